//! Checks: pure functions of source, target, direction and terms to findings, one file each.
//!
//! [`usable`] says whether a reply may be kept at all; [`judge`] says what is doubtful about a
//! translation that is. Neither changes a text. A check that cries wolf is worse than none, so the
//! head of each file says what was measured on human translations.

pub mod echo;
pub mod figures;
pub mod length;
pub mod marks;
pub mod refusal;
pub mod terms;
pub mod untranslated;
#[cfg(test)]
mod measured;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::glossary::RequiredTerm;
use crate::language::Target;
use crate::paragraph::{Kind, Mark, Marked, MarksBroken};

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

/// One thing that is looked at.
pub trait Check: Send + Sync {
    /// The name in findings: one word.
    fn name(&self) -> &'static str;

    /// What is found.
    fn check(&self, subject: &Subject<'_>) -> Vec<Finding>;
}

/// Every check.
pub fn all() -> &'static [&'static dyn Check] {
    &[
        &marks::Marks,
        &refusal::Refusal,
        &echo::Echo,
        &terms::Terms,
        &untranslated::Untranslated,
        &length::Length,
        &figures::Figures,
    ]
}

/// What all checks find: errors first, then in the order of the target.
pub fn judge(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        all().iter().flat_map(|check| check.check(subject)).collect();
    let place = |place: Option<Place>| place.map_or((0, 0), |Place(start, end)| (start, end));
    findings.sort_by_key(|finding| {
        let at = (place(finding.target_at), place(finding.source_at));
        (std::cmp::Reverse(finding.severity), at)
    });
    findings
}

/// Why a reply is never stored or shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// There is no text.
    Empty,
    /// The marks are not those of the source.
    BrokenMarks(MarksBroken),
    /// The model declines instead of translating.
    Refused,
    /// The model speaks about its translation, or something wraps it.
    NotATranslation,
    /// The model's reasoning is left in.
    Reasoning,
    /// The source came back.
    Echoed,
}

impl Unusable {
    /// The reason in words; a model that is asked again is told the same.
    pub fn message(&self) -> Message {
        let (en, zh) = match self {
            Self::Empty => ("the translation is empty".to_owned(), "译文是空的".to_owned()),
            Self::BrokenMarks(broken) => {
                let Message { en, zh } = marks::told(broken);
                (en, zh)
            }
            Self::Refused => (
                "the reply declines to translate instead of translating".to_owned(),
                "回复拒绝翻译，没有给出译文".to_owned(),
            ),
            Self::NotATranslation => (
                "the reply holds more than the translation: write the translation alone".to_owned(),
                "回复里除译文外还有别的内容，应只写译文".to_owned(),
            ),
            Self::Reasoning => (
                "the reply holds the model’s reasoning: write the translation alone".to_owned(),
                "回复里留有模型的思考过程，应只写译文".to_owned(),
            ),
            Self::Echoed => (
                "the source came back untranslated".to_owned(),
                "回复照抄了原文，没有翻译".to_owned(),
            ),
        };
        Message { en, zh }
    }
}

/// Whether a reply may be kept and shown.
///
/// # Errors
/// The first reason why not.
pub fn usable(subject: &Subject<'_>) -> Result<(), Unusable> {
    let blank = |text: &str| text.trim().is_empty();
    if blank(subject.target) && !blank(subject.source) {
        return Err(Unusable::Empty);
    }
    subject.source_marked.same_marks(subject.target_marked).map_err(Unusable::BrokenMarks)?;
    match refusal::sign(subject.source, subject.target) {
        Some(refusal::Sign { kind: refusal::Kind::Refused, .. }) => Err(Unusable::Refused),
        Some(refusal::Sign { kind: refusal::Kind::Reasoning, .. }) => Err(Unusable::Reasoning),
        Some(refusal::Sign { kind: refusal::Kind::Wrapped, .. }) => Err(Unusable::NotATranslation),
        // A note of the translator's own may be right; people write them.
        Some(refusal::Sign { kind: refusal::Kind::Note, .. }) | None => Ok(()),
    }?;
    match echo::of(subject) {
        echo::Echoes::Prose => Err(Unusable::Echoed),
        echo::Echoes::Perhaps | echo::Echoes::No => Ok(()),
    }
}

impl Finding {
    /// A finding of a check; places are set with [`Self::in_source`] and [`Self::in_target`].
    pub(crate) fn new(check: &dyn Check, severity: Severity, en: String, zh: String) -> Self {
        let message = Message { en, zh };
        Self { check: check.name().to_owned(), severity, source_at: None, target_at: None, message }
    }

    pub(crate) fn in_source(self, at: &Range<usize>) -> Self {
        Self { source_at: Some(Place(at.start, at.end)), ..self }
    }

    pub(crate) fn in_target(self, at: &Range<usize>) -> Self {
        Self { target_at: Some(Place(at.start, at.end)), ..self }
    }
}
