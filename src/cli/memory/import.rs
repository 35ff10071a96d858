//! `diptych memory import`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use diptych::config::Config;
use diptych::exchange::Importing;
use diptych::memory::{Imported, LoadId};
use diptych::pair::write::Place;
use serde::Serialize;

use super::args::{self, ExchangeFormat};
use super::export::{format_of, open};
use super::{Exit, Held, assemble, plural, print, print_json};
use crate::cli::say;

/// After how many units a person is told that it goes on: some seconds.
const TELL: u64 = 1 << 17;

/// Takes the files in, one after the other. Killed and run again, it goes on where it stopped.
pub(super) async fn run(
    held: &Held,
    config: &Config,
    args: args::Import,
    json: bool,
) -> Result<Exit> {
    #[derive(Serialize)]
    struct File {
        path: PathBuf,
        machines: u64,
        corrections: u64,
        nothing_new: u64,
        skipped: u64,
        resumed_after: u64,
    }
    let now = jiff::Timestamp::now().to_string();
    let mut files = Vec::new();
    for path in &args.files {
        let Some(format) = args.format.or_else(|| format_of(path)) else {
            bail!("{}: name it .jsonl, .tmx or .xlf, or give --format", path.display())
        };
        let how = format!("{format:?} {} {:?}", args.approve, args.who);
        let load =
            LoadId::of(path, &how).with_context(|| format!("cannot read {}", path.display()))?;
        let progress = |units: u64| {
            tracing::info!(file = %path.display(), units, "taken in");
            if units > 0 && units.is_multiple_of(TELL) {
                say(format_args!("{}: {units} units so far", path.display()));
            }
        };
        let importing = Importing {
            name: path.to_string_lossy().into_owned(),
            format: format.into(),
            approve: args.approve,
            who: args.who.clone(),
            now: now.clone(),
            load,
        };
        let imported = held.import(config, importing, open(path)?, progress).await?;
        let Imported { machines, people, nothing, skipped, resumed, notices } = imported;
        assemble::tell_first(&notices, skipped);
        let taken = [machines, people, nothing, skipped, resumed].iter().any(|&count| count > 0);
        if !taken && format != ExchangeFormat::Jsonl {
            bail!("{}: none of its units is between English and Chinese", path.display());
        }
        if resumed > 0 {
            let path = path.display();
            let units = plural(resumed, "unit");
            say(format_args!("{path}: went on after {units} of an earlier import"));
        }
        if skipped == 0 {
            Place::taken_over(path)?;
        }
        files.push(File {
            path: path.clone(),
            machines,
            corrections: people,
            nothing_new: nothing,
            skipped,
            resumed_after: resumed,
        });
    }
    let partly = files.iter().any(|file| file.skipped > 0);
    let exit = if partly { Exit::Partly } else { Exit::Complete };
    if json {
        #[derive(Serialize)]
        struct Report {
            files: Vec<File>,
        }
        print_json("diptych.memory-import/1", Report { files })?;
        return Ok(exit);
    }
    for File { path, machines, corrections, nothing_new, skipped, .. } in &files {
        print(&format!(
            "{}: {} into the memory, {}, {} with nothing new, {skipped} skipped\n",
            path.display(),
            plural(*machines, "translation"),
            plural(*corrections, "new correction"),
            plural(*nothing_new, "unit"),
        ))?;
    }
    Ok(exit)
}
