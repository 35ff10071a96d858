//! Checks: pure functions of source, target, direction and terms to findings, one file each.
//!
//! [`usable`] says whether a reply may be kept at all; [`judge`] says what is doubtful about a
//! translation that is. Neither changes a text. A check that cries wolf is worse than none, so the
//! head of each file says what was measured on human translations.

pub mod coverage;
pub mod echo;
pub mod foreign;
pub mod hijack;
pub mod length;
pub mod marks;
pub mod names;
pub mod numbers;
pub mod omission;
pub mod refusal;
pub mod repetition;
pub mod terms;
pub mod untranslated;
pub mod variant;
mod code;
mod sentences;
#[cfg(test)]
mod lines;

pub(crate) use omission::deviation;
pub(crate) use sentences::{size, starts as sentence_starts};

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
    /// What a person made of it, or of what it was before an edit: whoever broke it into lines
    /// there, it was no model led astray.
    pub precedent: Option<&'a str>,
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
        &hijack::Hijack,
        &echo::Echo,
        &terms::Terms,
        &untranslated::Untranslated,
        &foreign::Foreign,
        &variant::Variants,
        &length::Length,
        &omission::Omission,
        &repetition::Repetition,
        &coverage::Coverage,
        &numbers::Numbers,
    ]
}

/// What all checks find: errors first, then in the order of the target.
pub fn judge(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = all().iter().flat_map(|check| check.check(subject)).collect();
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
    /// The model followed the text, or answered it.
    Hijacked(hijack::Way),
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
            Self::Hijacked(way) => {
                let Message { en, zh } = way.message();
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
        echo::Echoes::Prose => return Err(Unusable::Echoed),
        echo::Echoes::Perhaps | echo::Echoes::No => {}
    }
    match hijack::sign(subject) {
        Some(hijack::Sign { way, .. }) => Err(Unusable::Hijacked(way)),
        None => Ok(()),
    }
}

/// A person's words stand here no more, because the source was edited.
pub fn revised() -> Finding {
    Finding {
        check: "revised".to_owned(),
        severity: Severity::Warning,
        source_at: None,
        target_at: None,
        message: Message {
            en:
                "the source was edited after a person had corrected the translation, and a machine \
                 revised it: have a person look at it"
                    .to_owned(),
            zh: "译文经人工修改之后原文又有改动，现由机器重新修订，请人工复核".to_owned(),
        },
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

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::paragraph::MarkKind;

    /// Looks at a pair of marked texts; tag 9 is kept code.
    pub(crate) fn with<T>(
        (source, target): (&str, &str),
        to: Target,
        terms: &[RequiredTerm],
        look: impl FnOnce(&Subject<'_>) -> T,
    ) -> T {
        let kept = Mark::Kept { kind: MarkKind::Code, bytes: "`let the old code be`".into() };
        let marks = vec![kept; 9];
        let source_marked = Marked::parse(source).unwrap();
        let target_marked = Marked::parse(target).unwrap();
        look(&Subject {
            kind: Kind::Paragraph,
            source: &source_marked.plain(&marks),
            target: &target_marked.plain(&marks),
            source_marked: &source_marked,
            target_marked: &target_marked,
            marks: &marks,
            to,
            terms,
            precedent: None,
        })
    }

    /// What one check finds.
    pub(crate) fn found(
        check: &dyn Check,
        source: &str,
        target: &str,
        to: Target,
        terms: &[RequiredTerm],
    ) -> Vec<Finding> {
        with((source, target), to, terms, |subject| check.check(subject))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::language::Variant;
    use Unusable::*;

    const HANS: Target = Target::Chinese(Variant::Hans);

    fn check(to: Target, source: &str, target: &str, expected: Result<(), Unusable>) {
        let said = testing::with((source, target), to, &[], usable);
        assert_eq!(said, expected, "{source} = {target}");
    }

    #[test]
    fn an_unusable_reply_is_told() {
        check(HANS, "The sky is blue.", " ", Err(Empty));
        check(
            HANS,
            "The <1>sky</1> is blue.",
            "天是蓝的。",
            Err(BrokenMarks(MarksBroken::Missing(1))),
        );
        check(HANS, "The sky is blue.", "抱歉，我无法翻译。", Err(Refused));
        check(HANS, "The sky is blue.", "译文：天是蓝的。", Err(NotATranslation));
        check(HANS, "The sky is blue.", "&lt;think>好&lt;/think>天是蓝的。", Err(Reasoning));
        check(HANS, "The sky is blue.", "The sky is blue。", Err(Echoed));
        check(Target::English, "天是蓝的。", "天是蓝的.", Err(Echoed));
        check(HANS, "Frequently Asked Questions", "Frequently Asked Questions", Err(Echoed));
    }

    #[test]
    fn what_comes_back_rightly_is_usable() {
        check(HANS, "The sky is blue.", "天是蓝的。", Ok(()));
        check(HANS, "Sam Altman, OpenAI", "Sam Altman, OpenAI", Ok(()));
        check(HANS, "<9/>", "<9/>", Ok(()));
        check(HANS, "nginx", "nginx", Ok(()));
        check(HANS, "100 km / 25%", "100 km / 25%", Ok(()));
        check(HANS, "", "", Ok(()));
    }

    #[test]
    fn errors_come_first() {
        let pair = (
            "In 2019 the <1>sky</1> was blue over all of the old town and its river.",
            "天<1></1>",
        );
        let findings = testing::with(pair, HANS, &[], judge);
        let checks: Vec<_> = findings.iter().map(|finding| finding.check.as_str()).collect();
        assert_eq!(checks, ["marks", "length", "numbers"]);
    }

    proptest! {
        #[test]
        fn any_pair_can_be_judged(
            source in "[ -~一-龥，。（）“”0-9万亿成半]{0,80}",
            target in "[ -~一-龥，。（）“”0-9万亿成半]{0,80}",
        ) {
            let (from, into) = (Marked::from_plain(&source), Marked::from_plain(&target));
            for to in [HANS, Target::English] {
                let pair = (from.as_str(), into.as_str());
                for finding in testing::with(pair, to, &[], judge) {
                    let within = |place: Option<Place>, text: &str| {
                        place.is_none_or(|Place(a, b)| a < b && b <= text.chars().count())
                    };
                    prop_assert!(within(finding.source_at, &source), "{finding:?}");
                    prop_assert!(within(finding.target_at, &target), "{finding:?}");
                }
            }
        }
    }

    #[test]
    fn hostile_texts_end_soon() {
        for piece in ["“", "(", "a b ", "汉 ", "1", "1,", "1亿", "<", "`", "note:", "一", "\0"]
        {
            let text = Marked::from_plain(&piece.repeat(20_000));
            for to in [HANS, Target::English] {
                let _ = testing::with((text.as_str(), text.as_str()), to, &[], judge);
            }
        }
    }
}
