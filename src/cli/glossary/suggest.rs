//! `diptych glossary suggest`.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use diptych::config::Config;
use diptych::glossary::suggest::{Suggestion, suggest};
use diptych::glossary::write;
use diptych::pair::json::SCHEMA;
use serde::{Deserialize, Serialize};

use super::args::Suggest;
use super::{Exit, load, write_new};
use crate::cli::print_json;
use crate::cli::report::plural;

/// The parts of `pair.json` that are looked at.
#[derive(Deserialize)]
struct PairFile {
    schema: String,
    source: String,
    #[serde(default)]
    target: String,
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    source: String,
    target: Option<String>,
}

#[derive(Serialize)]
struct Suggested<'a> {
    en: &'a str,
    zh: &'a [(String, usize)],
    keep: bool,
    paragraphs: usize,
    agreeing: usize,
}

/// Writes what could be fixed as TOML, each entry with what speaks for it.
pub(super) fn run(config: &Config, args: Suggest, json: bool) -> Result<Exit> {
    let glossary = load(config)?;
    let mut pairs = Vec::new();
    let mut traditional = false;
    for path in &args.pairs {
        let pair = read(path).with_context(|| path.display().to_string())?;
        traditional |= pair.target.starts_with("zh-Hant");
        pairs.extend(paragraphs(pair));
    }
    let suggestions = suggest(&pairs, &glossary);
    if json {
        #[derive(Serialize)]
        struct Report<'a> {
            paragraphs: usize,
            suggestions: Vec<Suggested<'a>>,
        }
        let told = suggestions.iter().map(|suggestion| Suggested {
            en: &suggestion.en,
            zh: &suggestion.zh,
            keep: suggestion.zh.is_empty(),
            paragraphs: suggestion.paragraphs,
            agreeing: suggestion.agreeing,
        });
        let report = Report { paragraphs: pairs.len(), suggestions: told.collect() };
        return print_json("diptych.glossary-suggest/1", report);
    }
    let mut text = "# Suggested terms, the most consistent first. Keep an entry to accept it, delete it to strike it.\n".to_owned();
    if traditional {
        text.push_str("# Some pairs are in Traditional characters: write Simplified ones in `zh`, and these in [term.variants].\n");
    }
    for suggestion in &suggestions {
        text.push('\n');
        text.push_str(&evidence(suggestion));
        text.push_str(&write::entry(&suggestion.term()));
    }
    write_new(args.out.as_deref(), &text)?;
    Ok(Exit::Complete)
}

/// A comment.
fn evidence(suggestion: &Suggestion) -> String {
    let Suggestion { zh, paragraphs, agreeing, .. } = suggestion;
    let mut text = format!("# in {agreeing} of {}", plural(*paragraphs, "paragraph"));
    for (form, count) in zh.iter().skip(1) {
        let _ = write!(text, "; {form} in {count}");
    }
    text.push('\n');
    text
}

fn read(path: &Path) -> Result<PairFile> {
    let text = std::fs::read_to_string(path)?;
    let pair: PairFile = serde_json::from_str(&text).context("it is no pair.json")?;
    if pair.schema != SCHEMA {
        bail!("`schema` is `{}`; this version reads `{SCHEMA}`", pair.schema.escape_debug());
    }
    Ok(pair)
}

/// The paragraphs of a pair in English and Chinese.
fn paragraphs(pair: PairFile) -> impl Iterator<Item = (String, String)> {
    let english = pair.source == "en";
    pair.paragraphs.into_iter().filter_map(move |Paragraph { source, target }| {
        let target = target?;
        Some(if english { (source, target) } else { (target, source) })
    })
}
