//! `diptych glossary check`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use diptych::config::Config;
use diptych::glossary::review::Review;
use serde::Serialize;

use super::args::Check;
use super::{Exit, Named, assemble, begin, load, memory, print};
use crate::cli::print_json;
use crate::cli::report::plural;

#[derive(Serialize)]
struct Report {
    terms: usize,
    /// Translations that were looked at.
    translations: u64,
    contradictions: Vec<Contradiction>,
    doubts: Vec<Doubt>,
    unseen: Vec<Named>,
}

/// An entry that a person's words break.
#[derive(Serialize)]
struct Contradiction {
    term: Named,
    accepted: Vec<String>,
    corrections: PathBuf,
    line: usize,
    source: String,
    target: String,
}

#[derive(Serialize)]
struct Doubt {
    term: Named,
    reason: String,
}

/// Clashes and mistakes are what loading tells, and are an error; the rest is a report.
pub(super) async fn run(config: &Config, args: Check, json: bool) -> Result<Exit> {
    let glossary = load(config)?;
    let corrections = assemble::corrections(&config.corrections)?;
    let memory = memory(config).await?;
    let mut review = Review::of(&glossary);
    let mut contradictions = Vec::new();
    let mut translations = 0;
    for correction in corrections.all() {
        translations += 1;
        for (entry, term) in review.look(&correction.head, &correction.target) {
            contradictions.push(Contradiction {
                term: Named::of(entry),
                accepted: term.accepted,
                corrections: config.corrections.clone(),
                line: correction.line,
                source: correction.head.source.prose(),
                target: correction.target.prose(),
            });
        }
    }
    for remembered in memory.all().filter(|remembered| corrections.get(&remembered.key).is_none()) {
        // What serves is the newest as a rule; older ones may be of an older term base.
        if let Some(newest) = remembered.entry.candidates.last() {
            translations += 1;
            review.look(&remembered.entry.head, &newest.target);
        }
    }
    let doubts = review.doubts().into_iter();
    let report = Report {
        terms: glossary.entries().len(),
        translations,
        contradictions,
        doubts: doubts
            .map(|(term, doubt)| Doubt { term: Named::of(term), reason: doubt.to_string() })
            .collect(),
        unseen: review.unseen().map(Named::of).collect(),
    };
    let exit = if report.contradictions.is_empty() { Exit::Complete } else { Exit::Partly };
    if json {
        print_json("diptych.glossary-check/1", report)?;
    } else {
        print(&told(&report, args.unseen))?;
    }
    Ok(exit)
}

fn told(report: &Report, unseen: bool) -> String {
    let mut text = String::new();
    for Contradiction { term, accepted, corrections, line, source, target } in
        &report.contradictions
    {
        let place = |path: &Path| format!("{}:{line}", path.display());
        let _ = writeln!(
            text,
            "contradiction: {term}, but {} says otherwise: “{}” is “{}”; accept its wording, or add `not_in` \
             (accepted: {})",
            place(corrections),
            begin(source),
            begin(target),
            accepted.join(", "),
        );
    }
    for Doubt { term, reason } in &report.doubts {
        let _ = writeln!(text, "doubt: {term}: {reason}");
    }
    if unseen {
        for term in &report.unseen {
            let _ = writeln!(text, "never seen: {term}");
        }
    }
    let more = if unseen || report.unseen.is_empty() { "" } else { " (--unseen names them)" };
    let _ = writeln!(
        text,
        "{}, no clashes; {}, {}; {} never seen in {}{more}",
        plural(report.terms, "term"),
        plural(report.contradictions.len(), "contradiction"),
        plural(report.doubts.len(), "doubt"),
        plural(report.unseen.len(), "term"),
        plural(report.translations, "remembered translation"),
    );
    text
}
