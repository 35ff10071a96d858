//! `diptych glossary preview`: what uncommitted changes of the term base touch and cost.

mod earlier;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result};
use diptych::config::Config;
use diptych::glossary::{Glossary, RequiredTerm, Term};
use diptych::language::Target;
use diptych::limits::stop::stop;
use diptych::memory::{Corrections, Head, Memory};
use diptych::pair::json::millionths;
use diptych::paragraph::{self, Mark};
use diptych::pipeline::Pipeline;
use diptych::pipeline::outlook::Outlook;
use serde::Serialize;

use super::args::Preview;
use super::{Exit, Named, assemble, begin, memory, print};
use crate::cli::print_json;
use crate::cli::report::plural;

#[derive(Default, Serialize)]
struct Report {
    /// Entries that are new or changed, and that are gone or were so before.
    added: Vec<Named>,
    removed: Vec<Named>,
    articles: Vec<Article>,
    /// Paragraphs that break it and are used in no article, which are not asked for.
    unused: usize,
    /// Paragraphs a run of all these articles would ask for, each once.
    sent: usize,
    /// Paragraphs of people that break it: they stay, and get a finding.
    of_people: usize,
    requests: usize,
    tokens_in: u64,
    tokens_out: u64,
    cost: f64,
}

/// What an edit touches in one article.
#[derive(Serialize)]
struct Article {
    /// Its name; none for a correction that names none.
    path: Option<String>,
    paragraphs: Vec<Touched>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Touched {
    /// Its place in the article, from 0, where it is known.
    position: Option<usize>,
    /// The hash in its id.
    id: String,
    /// Whether a person's words stand there, which stay.
    person: bool,
    /// The forms of the terms it breaks.
    terms: Vec<String>,
    source: String,
}

/// Both term bases, with everything else the same.
struct Both {
    before: Pipeline,
    after: Pipeline,
}

/// Looks at everything that is remembered under both term bases.
pub(super) async fn run(config: Config, args: Preview, json: bool) -> Result<Exit> {
    let old = match &args.against {
        Some(folder) => earlier::in_folder(folder, &config.glossary)?,
        None => earlier::committed(&config.glossary)?,
    };
    let old = Glossary::load(&old).context("the term base as it was")?;
    let new = super::load(&config)?;
    let mut report = Report {
        added: beyond(new.entries(), old.entries()),
        removed: beyond(old.entries(), new.entries()),
        ..Report::default()
    };
    let corrections = assemble::corrections(&config.corrections)?;
    let memory = memory(&config).await?;
    let make = |glossary| {
        assemble::with(&config, glossary, memory.clone(), corrections.clone(), None, stop().1)
    };
    let both = Both { before: make(old)?, after: make(new)? };
    if !(report.added.is_empty() && report.removed.is_empty()) {
        let (memory, corrections) = (memory.clone(), corrections.clone());
        let look = move || {
            both.look(&memory, &corrections, &mut report);
            report
        };
        report = tokio::task::spawn_blocking(look).await.context("the command broke off")?;
    }
    if json {
        return print_json("diptych.glossary-preview/1", report);
    }
    print(&told(&report))?;
    Ok(Exit::Complete)
}

/// The entries that the others lack, wherever they stand.
fn beyond(these: &[Term], others: &[Term]) -> Vec<Named> {
    let bare = |term: &Term| Term { file: Default::default(), line: 0, ..term.clone() };
    let others: Vec<Term> = others.iter().map(bare).collect();
    these.iter().filter(|term| !others.contains(&bare(term))).map(Named::of).collect()
}

impl Both {
    fn look(&self, memory: &Memory, corrections: &Corrections, report: &mut Report) {
        let mut articles: BTreeMap<Option<String>, BTreeSet<Touched>> = BTreeMap::new();
        let mut asked: BTreeMap<(String, Target), Vec<Head>> = BTreeMap::new();
        let uses = memory.uses();
        for correction in corrections.all() {
            let head = &correction.head;
            if let Some(terms) = self.newly_broken(head) {
                report.of_people += 1;
                let places = uses.of_paragraph(&head.key());
                let position =
                    places.iter().find(|used| Some(&used.article) == correction.article.as_ref());
                let touched = touched(head, position.map(|used| used.position), true, &terms);
                articles.entry(correction.article.clone()).or_default().insert(touched);
            }
        }
        for remembered in memory.all() {
            let head = &remembered.entry.head;
            if corrections.get(&remembered.key).is_some() || !self.differs(head) {
                continue;
            }
            let Outlook::Asked(terms) = self.after.outlook(head) else { continue };
            // What would be asked for anyway is no consequence of the edit.
            if matches!(self.before.outlook(head), Outlook::Asked(_)) {
                continue;
            }
            let Some(first) = remembered.uses.first() else {
                report.unused += 1;
                continue;
            };
            let group = (first.article.clone(), head.to);
            asked.entry(group).or_default().push(head.clone());
            for used in &remembered.uses {
                let touched =
                    touched(head, Some(used.position), false, &self.changed(head, terms.clone()));
                articles.entry(Some(used.article.clone())).or_default().insert(touched);
            }
        }
        for ((_, to), heads) in &asked {
            let plan = self.after.price(&heads.iter().collect::<Vec<_>>(), *to);
            report.sent += heads.len();
            report.requests += plan.requests;
            report.tokens_in += plan.estimate.tokens_in;
            report.tokens_out += plan.estimate.tokens_out;
            report.cost += plan.cost;
        }
        let articles = articles.into_iter();
        let articles = articles.map(|(path, paragraphs)| Article {
            path,
            paragraphs: paragraphs.into_iter().collect(),
        });
        report.articles = articles.collect();
    }

    /// Whether the term bases ask different things of a paragraph.
    fn differs(&self, head: &Head) -> bool {
        self.before.terms(head) != self.after.terms(head)
    }

    /// Of some terms those that are new or changed.
    fn changed(&self, head: &Head, mut terms: Vec<RequiredTerm>) -> Vec<RequiredTerm> {
        let before = self.before.terms(head);
        terms.retain(|term| !before.contains(term));
        terms
    }

    /// The terms that a person's words break and did not break before.
    fn newly_broken(&self, head: &Head) -> Option<Vec<RequiredTerm>> {
        if !self.differs(head) {
            return None;
        }
        let broken = |pipeline: &Pipeline| match pipeline.outlook(head) {
            Outlook::Person(broken) => broken,
            _ => Vec::new(),
        };
        let before = broken(&self.before);
        let mut broken = broken(&self.after);
        broken.retain(|term| !before.contains(term));
        Some(broken).filter(|broken| !broken.is_empty())
    }
}

fn touched(head: &Head, position: Option<usize>, person: bool, terms: &[RequiredTerm]) -> Touched {
    let marks = Mark::of_kinds(&head.source, &head.marks);
    Touched {
        position,
        id: paragraph::hash(&head.source.normalised(&marks)),
        person,
        terms: terms.iter().map(|term| term.source.clone()).collect(),
        source: head.source.prose(),
    }
}

fn told(report: &Report) -> String {
    let mut text = String::new();
    for (sign, terms) in [('-', &report.removed), ('+', &report.added)] {
        for term in terms {
            let _ = writeln!(text, "{sign} {term}");
        }
    }
    if text.is_empty() {
        return "the term base has not changed\n".to_owned();
    }
    for Article { path, paragraphs } in &report.articles {
        let people = paragraphs.iter().filter(|touched| touched.person).count();
        let path = path.as_deref().unwrap_or("(corrections of no article)");
        let _ = writeln!(
            text,
            "{path}: {}, {people} of them a person’s",
            plural(paragraphs.len(), "paragraph")
        );
        for Touched { position, id, person, terms, source } in paragraphs {
            let place =
                position.map(|position| format!("{:>4} ", position + 1)).unwrap_or_default();
            let whose = if *person { " [a person’s]" } else { "" };
            let _ = writeln!(text, "  {place}{id}{whose} ({}) {}", terms.join(", "), begin(source));
        }
    }
    let Report { sent, of_people, requests, tokens_in, tokens_out, cost, unused, .. } = report;
    let _ = writeln!(
        text,
        "to send: {} in {}, about {tokens_in} + {tokens_out} tokens, {}; people’s words that stay and \
         get a finding: {}",
        plural(*sent, "paragraph"),
        plural(*requests, "request"),
        millionths(*cost),
        plural(*of_people, "paragraph"),
    );
    if *unused > 0 {
        let _ = writeln!(text, "used in no article and not sent: {unused} more");
    }
    text
}
