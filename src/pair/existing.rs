//! A pair that is there already, made by whomever, as the checks read it.
//!
//! From a `pair.json` ([`manifest`]) or from two documents that are aligned by their structure
//! ([`align`]). It only reads: nothing here writes a pair.

pub mod align;
pub mod manifest;

use std::ops::Range;

use crate::check::{self, Finding, Message, Severity, Subject};
use crate::glossary::Glossary;
use crate::language::Target;
use crate::paragraph::{Kind, Mark, Marked};

/// A pair to be checked.
#[derive(Clone, Debug)]
pub struct Existing {
    /// What it was translated into.
    pub to: Target,
    /// The paragraphs, in order.
    pub paragraphs: Vec<Both>,
    /// Whether one numbering of marks was given to a model on one side and came back on the other:
    /// a mark that differs there was lost. In two documents it may be what a person chose.
    pub numbered: bool,
}

/// A paragraph on both sides, as far as it stands there.
#[derive(Clone, Debug)]
pub struct Both {
    /// What it is.
    pub kind: Kind,
    /// The source, or `None` where only the target has such a paragraph.
    pub source: Option<Side>,
    /// The target, or `None` where it was left out.
    pub target: Option<Side>,
    /// What the tags of both sides stand for.
    pub marks: Vec<Mark>,
    /// Whether the target is known to be a person's.
    pub person: bool,
}

/// One side of a paragraph.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Without marks.
    pub plain: String,
    /// With marks.
    pub marked: Marked,
    /// Its bytes in the file it stands in, where that is known.
    pub at: Option<Range<usize>>,
}

impl Existing {
    /// What all checks find, with the index of the paragraph: in the order of the pair, errors of a
    /// paragraph first.
    pub fn judge(&self, glossary: &Glossary) -> Vec<(usize, Finding)> {
        let mut found = Vec::new();
        for (i, both) in self.paragraphs.iter().enumerate() {
            let findings = match (&both.source, &both.target) {
                (Some(source), Some(target)) if !target.plain.trim().is_empty() => {
                    self.judge_one(both, source, target, glossary)
                }
                (Some(source), _) => vec![lacking(source)],
                (None, Some(target)) => vec![added(target)],
                (None, None) => Vec::new(),
            };
            found.extend(findings.into_iter().map(|finding| (i, finding)));
        }
        let sides: Vec<_> = self.paragraphs.iter().map(Both::translated).collect();
        found.extend(check::names::across(&sides, self.to));
        found.sort_by_key(|(i, _)| *i);
        found
    }

    fn judge_one(
        &self,
        both: &Both,
        source: &Side,
        target: &Side,
        glossary: &Glossary,
    ) -> Vec<Finding> {
        if source.plain.trim().is_empty() {
            return Vec::new();
        }
        let terms = glossary.terms_of(&source.marked, &both.marks, self.to);
        let mut findings = check::judge(&Subject {
            kind: both.kind,
            source: &source.plain,
            target: &target.plain,
            source_marked: &source.marked,
            target_marked: &target.marked,
            marks: &both.marks,
            to: self.to,
            terms: &terms,
            precedent: Some(target.plain.as_str()).filter(|_| both.person),
        });
        if self.numbered
            && !both.person
            && let Err(broken) = source.marked.same_marks(&target.marked)
        {
            findings.retain(|finding| finding.check != check::marks::NAME);
            findings.insert(0, check::marks::lost(&broken));
        }
        findings
    }
}

impl Both {
    fn translated(&self) -> check::names::Translated<'_> {
        fn plain(side: Option<&Side>) -> &str {
            side.map_or("", |side| &side.plain)
        }
        let (source, target) = (plain(self.source.as_ref()), plain(self.target.as_ref()));
        check::names::Translated { kind: self.kind, source, target }
    }
}

fn lacking(source: &Side) -> Finding {
    Finding {
        check: "omission".to_owned(),
        severity: Severity::Error,
        source_at: Some(check::Place(0, source.plain.chars().count())),
        target_at: None,
        message: Message {
            en: "this paragraph has no translation".to_owned(),
            zh: "这一段没有译文".to_owned(),
        },
    }
}

fn added(target: &Side) -> Finding {
    Finding {
        check: "omission".to_owned(),
        severity: Severity::Error,
        source_at: None,
        target_at: Some(check::Place(0, target.plain.chars().count())),
        message: Message {
            en: "the source has no such paragraph".to_owned(),
            zh: "原文没有这一段".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Variant;
    use crate::paragraph::MarkKind;

    #[test]
    fn code_that_a_machine_made_plain_was_lost() {
        let marks = vec![Mark::Kept { kind: MarkKind::Code, bytes: "`tide`".to_owned() }];
        let side = |text: &str| {
            let marked = Marked::parse(text).unwrap();
            Some(Side { plain: marked.plain(&marks), marked, at: None })
        };
        let errors = |numbered, person| {
            let both = Both {
                kind: Kind::Paragraph,
                source: side("Run <1/> at noon."),
                target: side("中午运行 tide。"),
                marks: marks.clone(),
                person,
            };
            let to = Target::Chinese(Variant::Hans);
            let pair = Existing { to, paragraphs: vec![both], numbered };
            let found = pair.judge(&Glossary::load(&[]).unwrap());
            found.iter().filter(|(_, it)| it.severity == Severity::Error).count()
        };
        assert_eq!((errors(true, false), errors(true, true), errors(false, false)), (1, 0, 0));
    }
}
