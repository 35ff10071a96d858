//! What a run did: a few lines for a person, or one JSON object (`diptych.run/1`) for a script.

use std::fmt::{Display, Write};
use std::path::{Path, PathBuf};

use diptych::backend::Estimate;
use diptych::pair::json::{millionths, whole};
use diptych::pipeline::commission::Untranslated;
use diptych::pipeline::{Counts, Plan};
use serde::{Serialize, Serializer};

use super::shown;

/// How one article ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Every paragraph has a translation, and the pair is written.
    Complete,
    /// The pair is written, and some paragraphs are untranslated.
    Incomplete,
    /// Nothing is written.
    Failed,
}

/// What became of one article.
#[derive(Debug, Serialize)]
pub(crate) struct ArticleReport {
    #[serde(serialize_with = "readable")]
    pub(crate) path: PathBuf,
    pub(crate) state: State,
    /// Why nothing is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What it was translated into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<&'static str>,
    /// Every file of the pair.
    pub(crate) files: Vec<FileReport>,
    /// The paragraphs without a translation.
    pub(crate) untranslated: Vec<Untranslated>,
    pub(crate) counts: Counts,
    /// Whether anything a person or a machine said stands in it.
    #[serde(skip)]
    pub(crate) translated: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct FileReport {
    #[serde(serialize_with = "readable")]
    pub(crate) path: PathBuf,
    /// Whether it changed.
    pub(crate) written: bool,
}

impl ArticleReport {
    /// An article of which nothing is written.
    pub(crate) fn failed(path: &Path, reason: String) -> Self {
        Self {
            path: path.to_owned(),
            state: State::Failed,
            reason: Some(reason),
            target: None,
            files: Vec::new(),
            untranslated: Vec::new(),
            counts: Counts::default(),
            translated: false,
        }
    }
}

/// What became of a run.
#[derive(Debug, Serialize)]
pub(crate) struct RunReport {
    schema: &'static str,
    /// Whether every article is complete.
    pub(crate) complete: bool,
    pub(crate) articles: Vec<ArticleReport>,
    /// Paths that are no articles.
    pub(crate) skipped: Vec<String>,
    pub(crate) counts: Counts,
}

impl RunReport {
    /// Sums the articles up.
    pub(crate) fn new(articles: Vec<ArticleReport>, skipped: Vec<String>) -> Self {
        let mut counts = Counts::default();
        for article in &articles {
            counts += article.counts;
        }
        let complete = articles.iter().all(|article| article.state == State::Complete);
        Self { schema: "diptych.run/1", complete, articles, skipped, counts }
    }

    /// The closing lines.
    pub(crate) fn summary(&self) -> String {
        let counts = &self.counts;
        let mut text = String::new();
        let written = self.articles.iter().filter(|article| article.state != State::Failed).count();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}, {}: {} recalled, {} by rule, {} corrected by people, {} newly translated{}",
            plural(written, "article"),
            plural(counts.paragraphs, "paragraph"),
            counts.recalled,
            counts.by_rule,
            counts.corrected,
            counts.paragraphs
                - counts.recalled
                - counts.by_rule
                - counts.corrected
                - counts.untranslated,
            if counts.untranslated > 0 {
                format!(", {} UNTRANSLATED", counts.untranslated)
            } else {
                String::new()
            },
        );
        let _ = writeln!(
            text,
            "sent: {} with {} ({} asked again){}, {} tokens in, {} out, cost {}",
            plural(counts.requests, "request"),
            plural(counts.paragraphs_sent, "paragraph"),
            counts.asked_again,
            match counts.name_requests {
                0 => String::new(),
                some => format!(", {} for names", plural(some, "request")),
            },
            whole(counts.usage.tokens_in),
            whole(counts.usage.tokens_out),
            millionths(counts.usage.cost),
        );
        let _ = writeln!(
            text,
            "findings: {}, {}",
            plural(counts.errors, "error"),
            plural(counts.warnings, "warning"),
        );
        const SHOWN: usize = 12;
        let files: Vec<&FileReport> =
            self.articles.iter().flat_map(|article| &article.files).collect();
        for file in files.iter().take(SHOWN) {
            let note = if file.written { "" } else { " (unchanged)" };
            let _ = writeln!(text, "  {}{note}", shown(&file.path));
        }
        if let Some(more) = files.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            let _ = writeln!(text, "  … and {}", plural(more, "file"));
        }
        text
    }

    /// The object for scripts.
    pub(crate) fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}

/// What a run would do.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PlanReport {
    pub(crate) articles: Vec<PlannedArticle>,
    pub(crate) skipped: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PlannedArticle {
    #[serde(serialize_with = "readable")]
    pub(crate) path: PathBuf,
    #[serde(flatten)]
    pub(crate) plan: Planned,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Planned {
    Plan(Box<Plan>),
    Reason(String),
}

impl PlanReport {
    /// The lines for a person.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        let mut total = Plan::default();
        for article in &self.articles {
            let path = shown(&article.path);
            // Writing to a String cannot fail.
            let _ = match &article.plan {
                Planned::Reason(reason) => writeln!(text, "{path}: {reason}"),
                Planned::Plan(plan) => {
                    total += **plan;
                    writeln!(
                        text,
                        "{path}: {}, {} recalled, {} by rule, {} corrected by people, {} to send in {}",
                        plural(plan.counts.paragraphs, "paragraph"),
                        plan.counts.recalled,
                        plan.counts.by_rule,
                        plan.counts.corrected,
                        plan.paragraphs_sent,
                        plural(plan.requests, "request"),
                    )
                }
            };
        }
        let about = match total.estimate {
            Estimate { characters: characters @ 1.., .. } => format!("{characters} characters"),
            Estimate { tokens_in, tokens_out, .. } => {
                format!("{tokens_in} tokens in, {tokens_out} out")
            }
        };
        let _ = writeln!(
            text,
            "would send {} with {}: about {about}, cost about {}",
            plural(total.requests, "request"),
            plural(total.paragraphs_sent, "paragraph"),
            millionths(total.cost),
        );
        let _ = writeln!(
            text,
            "cost at least {}, if every reply is good and short; at most {}, in {}, if every reply is long and every paragraph asked for twice",
            millionths(total.low.cost),
            millionths(total.high.cost),
            plural(total.high.requests, "request"),
        );
        text
    }

    /// The object for scripts.
    pub(crate) fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}

/// A path that is not valid UTF-8 is no reason for no report.
fn readable<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}

/// A count with its noun.
pub(crate) fn plural<N: Display + From<u8> + PartialEq>(count: N, noun: &str) -> String {
    if count == N::from(1) { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
