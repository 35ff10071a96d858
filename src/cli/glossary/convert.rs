//! `diptych glossary import` and `export`: between TOML and the tables and XML of other tools.

use std::path::Path;

use anyhow::{Context, Result, bail};
use diptych::config::Config;
use diptych::glossary::{Glossary, Term, rows, tbx, write};

use super::args::{Export, Import, TermFormat};
use super::{Exit, Named, assemble, load, say, write_new};
use crate::cli::report::plural;

/// The format a file's name tells.
fn format_of(path: &Path) -> Option<TermFormat> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "toml" => Some(TermFormat::Toml),
        "csv" => Some(TermFormat::Csv),
        "tsv" => Some(TermFormat::Tsv),
        "tbx" => Some(TermFormat::Tbx),
        _ => None,
    }
}

/// Reads files of other tools and writes them as TOML, ready to be looked through and put beside
/// the others. What the term base has already, with the same translations, is left out.
pub(super) fn import(config: &Config, args: Import) -> Result<Exit> {
    if let Some(path) = args.files.iter().find(|path| format_of(path).is_none()) {
        bail!(
            "{}: its format is not known by its name (.csv, .tsv, .tbx, .toml are)",
            path.display()
        );
    }
    let known = load(config).context("the term base that is there")?;
    let new = Glossary::load(&assemble::texts(&args.files)?)?;
    let says_the_same = |term: &Term| {
        known.entries().iter().any(|known| {
            let same = |a: &[String], b: &[String]| a.iter().all(|form| b.contains(form));
            same(&term.en, &known.en) && same(&term.zh, &known.zh) && term.only == known.only
        })
    };
    let (there, terms): (Vec<Term>, Vec<Term>) =
        new.entries().iter().cloned().partition(|term| says_the_same(term));
    let text = write::file(&terms);
    // Both together as they will be read, so that every clash is told before the file is there.
    let mut all = assemble::texts(&config.glossary)?;
    all.push((args.out.clone().unwrap_or_else(|| "(imported)".into()), text.clone()));
    let clashes = Glossary::load(&all).err();
    write_new(args.out.as_deref(), &text)?;
    say(format_args!(
        "{}, and {} that the term base has already",
        plural(terms.len(), "term"),
        there.len()
    ));
    match clashes {
        None => Ok(Exit::Complete),
        Some(clashes) => {
            say(format_args!("warning: beside the term base that is there:\n{clashes}"));
            Ok(Exit::Partly)
        }
    }
}

/// Writes the term base in force.
pub(super) fn export(config: &Config, args: Export) -> Result<Exit> {
    let glossary = load(config)?;
    let format = match (args.format.or(args.file.as_deref().and_then(format_of)), &args.file) {
        (Some(format), _) => format,
        (None, None) => TermFormat::Toml,
        (None, Some(path)) => {
            bail!("{}: name it .csv, .tsv, .tbx or .toml, or give --format", path.display())
        }
    };
    let terms = glossary.entries();
    let text = match format {
        TermFormat::Toml => write::file(terms),
        TermFormat::Csv => rows::write(terms, ','),
        TermFormat::Tsv => rows::write(terms, '\t'),
        TermFormat::Tbx => tbx::write(terms),
    };
    write_new(args.file.as_deref(), &text)?;
    tracing::info!(terms = terms.len(), first = ?terms.first().map(Named::of), "exported");
    Ok(Exit::Complete)
}
