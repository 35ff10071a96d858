//! `diptych glossary`: the term base, looked at, previewed, carried in and out.

mod check;
mod convert;
mod find;
mod preview;
mod suggest;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use diptych::config::Config;
use diptych::glossary::{Glossary, Term};
use diptych::memory::Memory;
use serde::Serialize;

use super::args::glossary as args;
use super::args::glossary::GlossaryCommand;
use super::held::Held;
use super::{Exit, assemble, print, say};

/// Runs one of the commands.
pub(crate) async fn run(args: args::Glossary) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    match args.command {
        GlossaryCommand::Check(check) => check::run(&config, check, args.json).await,
        GlossaryCommand::Find(find) => find::run(&config, find, args.json),
        GlossaryCommand::Preview(preview) => preview::run(config, preview, args.json).await,
        GlossaryCommand::Import(import) => convert::import(&config, import),
        GlossaryCommand::Export(export) => convert::export(&config, export),
        GlossaryCommand::Suggest(suggest) => suggest::run(&config, suggest, args.json),
    }
}

fn load(config: &Config) -> Result<Glossary> {
    Ok(Glossary::load(&assemble::texts(&config.glossary)?)?)
}

async fn memory(config: &Config) -> Result<Memory> {
    Held::to_look_into(config).await
}

/// An entry, where it stands and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Named {
    file: PathBuf,
    line: usize,
    en: String,
    zh: String,
}

impl Named {
    fn of(term: &Term) -> Self {
        let first = |forms: &[String]| forms.first().cloned().unwrap_or_default();
        let zh = if term.keep { first(&term.en) } else { first(&term.zh) };
        Self { file: term.file.clone(), line: term.line, en: first(&term.en), zh }
    }
}

impl std::fmt::Display for Named {
    /// `glossary/a.toml:12: data center = 数据中心`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {} = {}", self.file.display(), self.line, self.en, self.zh)
    }
}

/// Writes a new file, or to standard output. What is there stays.
fn write_new(path: Option<&Path>, text: &str) -> Result<()> {
    let Some(path) = path else {
        print(text)?;
        return Ok(());
    };
    let cannot = || format!("cannot write {}", path.display());
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).open(path).with_context(cannot)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(cannot)?;
    say(format_args!("written: {}", path.display()));
    Ok(())
}

/// The begin of a paragraph, for a line of a report.
fn begin(text: &str) -> String {
    const LENGTH: usize = 60;
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut begin: String = chars.by_ref().take(LENGTH).collect();
    if chars.next().is_some() {
        begin.push('…');
    }
    begin
}
