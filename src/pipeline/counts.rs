//! What a run did, counted: the proof of "paid once".

use serde::{Deserialize, Serialize};

use crate::backend::Usage;

/// A run's own counts, for one article or summed over several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Paragraphs of the articles.
    pub paragraphs: usize,
    /// Of these, in a person's words.
    pub corrected: usize,
    /// Of these, translated by a rule.
    pub by_rule: usize,
    /// Of these, shown from the memory without asking in this run.
    pub recalled: usize,
    /// Of these, without a translation.
    pub untranslated: usize,
    /// Requests that carried paragraphs to a backend.
    pub requests: usize,
    /// Paragraphs carried by requests, summed: first sends and re-asks. Of a paragraph too large
    /// for a request each piece counts.
    pub paragraphs_sent: usize,
    /// Of these, paragraphs that had been sent before: a check or a failure called for it.
    pub asked_again: usize,
    /// Requests beside those that carried paragraphs: for the renderings of names.
    pub name_requests: usize,
    /// What all requests used.
    pub usage: Usage,
    /// Of this, what those for names used.
    pub name_usage: Usage,
    /// Findings of severity error in what is shown.
    pub errors: usize,
    /// Findings of severity warning in what is shown.
    pub warnings: usize,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.paragraphs += more.paragraphs;
        self.corrected += more.corrected;
        self.by_rule += more.by_rule;
        self.recalled += more.recalled;
        self.untranslated += more.untranslated;
        self.requests += more.requests;
        self.paragraphs_sent += more.paragraphs_sent;
        self.asked_again += more.asked_again;
        self.name_requests += more.name_requests;
        self.usage += more.usage;
        self.name_usage += more.name_usage;
        self.errors += more.errors;
        self.warnings += more.warnings;
    }
}
