//! `pair.json`: the pair as programs read it, and the manifest of its files.
//!
//! A contract of its own (`diptych.pair/1`): these structs are the file, not the program's types.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::{Origin, Pair, PairParagraph, Revised};
use crate::backend;
use crate::check::Finding;
use crate::style::Change;

/// The version of the contract.
pub const SCHEMA: &str = "diptych.pair/1";

/// Where the paragraphs stand in one of the files.
#[derive(Clone, Debug)]
pub struct Places {
    /// The file's name.
    pub file: String,
    /// For each paragraph, in order, its bytes in the file.
    pub at: Vec<Range<usize>>,
}

#[derive(Serialize)]
struct File<'a> {
    schema: &'static str,
    source: &'static str,
    target: &'static str,
    complete: bool,
    files: &'a BTreeMap<String, String>,
    paragraphs: Vec<Paragraph<'a>>,
    furniture: &'a [String],
    usage: Usage,
}

#[derive(Serialize)]
struct Paragraph<'a> {
    id: String,
    kind: &'static str,
    source: &'a str,
    target: Option<&'a str>,
    source_marked: &'a str,
    target_marked: Option<&'a str>,
    at: BTreeMap<&'a str, [usize; 2]>,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<String>,
    /// What it cost when it was bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<backend::Usage>,
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    revised: Option<&'a Revised>,
    /// What the house style changed.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    changes: &'a [Change],
}

#[derive(Serialize)]
struct Usage {
    tokens_in: u64,
    tokens_out: u64,
    cost: f64,
}

/// The file's text. `files` maps each output to the hash of its bytes.
pub fn render(
    pair: &Pair,
    files: &BTreeMap<String, String>,
    places: &[Places],
) -> Result<String, serde_json::Error> {
    let paragraphs = pair.paragraphs.iter().enumerate();
    let file = File {
        schema: SCHEMA,
        source: pair.source.code(),
        target: pair.to.code(),
        complete: pair.is_complete(),
        files,
        paragraphs: paragraphs.map(|(i, each)| paragraph(each, i, places)).collect(),
        furniture: &pair.furniture,
        usage: Usage {
            tokens_in: whole(pair.usage.tokens_in),
            tokens_out: whole(pair.usage.tokens_out),
            cost: millionths(pair.usage.cost),
        },
    };
    let mut text = serde_json::to_string_pretty(&file)?;
    text.push('\n');
    Ok(text)
}

fn paragraph<'a>(paragraph: &'a PairParagraph, i: usize, places: &'a [Places]) -> Paragraph<'a> {
    let translation = paragraph.translation.as_ref();
    let (origin, engine) = match translation.map(|translation| &translation.origin) {
        Some(Origin::Person) => ("person", None),
        Some(Origin::Rule) => ("rule", None),
        Some(Origin::Machine(engine)) => ("machine", Some(engine.to_string())),
        None => ("none", None),
    };
    let at = places.iter().filter_map(|places| {
        places.at.get(i).map(|range| (places.file.as_str(), [range.start, range.end]))
    });
    Paragraph {
        id: paragraph.id.to_string(),
        kind: paragraph.kind.name(),
        source: &paragraph.source,
        target: translation.map(|translation| translation.target.as_str()),
        source_marked: paragraph.source_marked.as_str(),
        target_marked: translation.map(|translation| translation.target_marked.as_str()),
        at: at.collect(),
        origin,
        engine,
        usage: Some(paragraph.usage).filter(|usage| *usage != backend::Usage::default()),
        findings: translation.map_or(&[], |translation| &translation.findings),
        revised: translation.and_then(|translation| translation.revised.as_ref()),
        changes: translation.map_or(&[], |translation| &translation.changes),
    }
}

/// Tokens as a whole number: a share of a request need not be one.
pub fn whole(tokens: f64) -> u64 {
    // Casting saturates: a negative or absurd figure cannot wrap.
    tokens.round() as u64
}

/// A price to six places, so that sums do not carry the noise of binary fractions.
pub fn millionths(cost: f64) -> f64 {
    (cost * 1e6).round() / 1e6
}
