//! Checks: pure functions of source, target, direction and terms to findings, one file each.

use serde::{Deserialize, Serialize};

use crate::glossary::RequiredTerm;
use crate::language::Target;
use crate::paragraph::{Kind, Mark, Marked};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look.
    Warning,
    /// The translation is doubtful: it is asked for once more, then shown with the finding.
    Error,
}

/// A half-open range of Unicode scalar values in a text without marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place(pub usize, pub usize);

/// A message in both languages of the people who read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The name of the check.
    pub check: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_at: Option<Place>,
    /// Where in the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_at: Option<Place>,
    /// What is wrong, for people; a model that is asked again is told the same.
    pub message: Message,
}

/// A paragraph and its translation, as checks read them.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What the paragraph is.
    pub kind: Kind,
    /// The source without marks.
    pub source: &'a str,
    /// The translation without marks.
    pub target: &'a str,
    /// The source with marks.
    pub source_marked: &'a Marked,
    /// The translation with marks.
    pub target_marked: &'a Marked,
    /// What the marks stand for.
    pub marks: &'a [Mark],
    /// What was translated into.
    pub to: Target,
    /// The terms that occur in the source.
    pub terms: &'a [RequiredTerm],
}
