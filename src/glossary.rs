//! The term base: which terms are fixed, and where they occur in a text.

pub mod load;
pub mod matching;

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A term that occurs in a source text, with what a translation of that text must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredTerm {
    /// The form as it stands in the text.
    pub source: String,
    /// Where it stands first, in Unicode scalar values of the text without marks.
    pub at: Range<usize>,
    /// The accepted forms, the preferred first. At least one must stand in the target.
    pub accepted: Vec<String>,
    /// Forms that must not stand in the target.
    pub forbidden: Vec<String>,
    /// A note for translators and models.
    pub note: Option<String>,
}

/// A term as it was given to a backend, kept with the reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedTerm {
    /// The form in the source.
    pub source: String,
    /// The accepted forms.
    pub accepted: Vec<String>,
    /// The forbidden forms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<String>,
}

impl From<&RequiredTerm> for AskedTerm {
    fn from(term: &RequiredTerm) -> Self {
        Self {
            source: term.source.clone(),
            accepted: term.accepted.clone(),
            forbidden: term.forbidden.clone(),
        }
    }
}
