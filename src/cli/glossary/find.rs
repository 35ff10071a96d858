//! `diptych glossary find`.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result, bail};
use diptych::article::Document;
use diptych::config::Config;
use diptych::language::{Language, Target};
use serde::Serialize;

use super::args::Find;
use super::{Exit, Named, load, print};
use crate::cli::inputs::Inputs;
use crate::cli::print_json;
use crate::cli::report::plural;

/// A term of an article.
#[derive(Serialize)]
struct Found {
    term: Named,
    /// The forms as they stand in the article.
    forms: Vec<String>,
    accepted: Vec<String>,
    forbidden: Vec<String>,
    /// The paragraphs that hold it, from 1.
    paragraphs: Vec<usize>,
}

/// Shows the terms, in the order of their first paragraph.
pub(super) fn run(config: &Config, args: Find, json: bool) -> Result<Exit> {
    let glossary = load(config)?;
    let inputs = Inputs::of(std::slice::from_ref(&args.file), None, args.format.map(Into::into));
    if let Some(refused) = inputs.refused.first() {
        bail!("{}: {}", refused.path.display(), refused.reason);
    }
    let Some(input) = inputs.articles.first() else {
        let reason = inputs.skipped.first().map_or("it is no article", |(_, reason)| reason);
        bail!("{}: {reason}", args.file.display());
    };
    let article = input.read(None).with_context(|| args.file.display().to_string())?;
    let document = Document::parse(article.text, article.format);
    let to = match (args.to.as_deref(), document.language()) {
        (Some(to), _) if to.eq_ignore_ascii_case("zh") => Target::Chinese(config.chinese),
        (Some(to), _) => to.parse().context("--to")?,
        (None, Some(Language::Chinese)) => Target::English,
        (None, Some(Language::English)) => Target::Chinese(config.chinese),
        (None, None) => bail!(
            "{}: its language cannot be told: it is neither clearly English nor clearly Chinese",
            args.file.display()
        ),
    };
    let mut found: BTreeMap<Named, Found> = BTreeMap::new();
    for (i, paragraph) in document.paragraphs().iter().enumerate() {
        for (entry, term) in glossary.occurring(&paragraph.source, &paragraph.marks, to) {
            let known = found.entry(Named::of(entry)).or_insert_with(|| Found {
                term: Named::of(entry),
                forms: Vec::new(),
                accepted: term.accepted.clone(),
                forbidden: term.forbidden.clone(),
                paragraphs: Vec::new(),
            });
            known.paragraphs.push(i + 1);
            if !known.forms.contains(&term.source) {
                known.forms.push(term.source);
            }
        }
    }
    let mut found: Vec<Found> = found.into_values().collect();
    found.sort_by_key(|found| found.paragraphs.first().copied());
    if json {
        #[derive(Serialize)]
        struct Report {
            target: Target,
            paragraphs: usize,
            terms: Vec<Found>,
        }
        let paragraphs = document.paragraphs().len();
        return print_json(
            "diptych.glossary-find/1",
            Report { target: to, paragraphs, terms: found },
        );
    }
    let mut text = String::new();
    for Found { term, forms, accepted, paragraphs, .. } in &found {
        let places: Vec<String> = paragraphs.iter().map(usize::to_string).collect();
        let _ = writeln!(
            text,
            "{} → {}  (paragraphs {}; {}:{})",
            forms.join(", "),
            accepted.join(", "),
            places.join(", "),
            term.file.display(),
            term.line
        );
    }
    let _ = writeln!(
        text,
        "{} in {}",
        plural(found.len(), "term"),
        plural(document.paragraphs().len(), "paragraph")
    );
    print(&text)?;
    Ok(Exit::Complete)
}
