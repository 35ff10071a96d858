//! Translations that are too short or too long for their source.
//!
//! Two bands. The gross one is an error: between the first and the last percentile of human
//! translations of 40 characters and more stand 0.19 to 0.72 Chinese characters for an English one,
//! and 2.0 to 7.4 the other way; what lies beyond twice that is no translation of it. A shorter
//! source may give as much as one of 40 characters, and as little as it likes.
//!
//! The fine one is a warning: sizes as `sentences.rs` measures them, beyond 3.2 standard deviations
//! of human translations of that size and direction. Titles and headings, table cells and bylines
//! are worded freely and only have the gross one. Things kept whole are not counted.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): no
//! error, 8 warnings. Blind spot: what is left out and replaced by something as long; a sentence of
//! many, which [`super::omission`] looks for.

use super::omission::{SMALLEST, deviation};
use super::sentences::size;
use super::{Check, Finding, Severity, Subject};
use crate::language::Language;
use crate::paragraph::{Class, Kind, Mark, Marked};

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Length;

/// Below this many characters of source, proportions of characters say nothing.
const SHORT: usize = 40;
/// How many standard deviations are worth a look.
const UNUSUAL: f64 = 3.2;

impl Check for Length {
    fn name(&self) -> &'static str {
        "length"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let (first, last) = match subject.to.language() {
            Language::Chinese => (0.19, 0.72),
            Language::English => (2.0, 7.4),
        };
        let (low, high) = (first / 2.0, last * 2.0);
        let source = characters(subject.source, subject.source_marked, subject.marks);
        let target = characters(subject.target, subject.target_marked, subject.marks);
        let ratio = target as f64 / source.max(SHORT) as f64;
        let (severity, long) = if ratio > high {
            (Severity::Error, true)
        } else if source >= SHORT && ratio < low {
            (Severity::Error, false)
        } else {
            match unusual(subject) {
                Some(deviation) => (Severity::Warning, deviation > 0.0),
                None => return Vec::new(),
            }
        };
        let (much_en, much_zh) = match severity {
            Severity::Error => ("much too", "过"),
            Severity::Warning => ("unusually", "偏"),
        };
        let counts_en = format!("{target} characters for {source} of the source");
        let counts_zh = format!("原文 {source} 个字符，译文 {target} 个字符");
        let (en, zh) = if long {
            (
                format!("{much_en} long: {counts_en}; something may be added"),
                format!("译文{much_zh}长：{counts_zh}，可能添加了内容"),
            )
        } else {
            (
                format!("{much_en} short: {counts_en}; something may be left out"),
                format!("译文{much_zh}短：{counts_zh}，可能有漏译"),
            )
        };
        vec![Finding::new(self, severity, en, zh)]
    }
}

/// The characters of the prose; of things kept whole one each.
fn characters(text: &str, marked: &Marked, marks: &[Mark]) -> usize {
    if marks.is_empty() {
        return text.trim().chars().count();
    }
    marked.prose().trim().chars().count()
}

fn unusual(subject: &Subject<'_>) -> Option<f64> {
    if subject.kind.class() != Class::Body || subject.kind == Kind::Byline {
        return None;
    }
    let kept_source = subject.source_marked.kept(subject.marks);
    let kept_target = subject.target_marked.kept(subject.marks);
    let source = size(subject.source, &kept_source);
    let target = size(subject.target, &kept_target);
    let deviation = deviation(subject.to.direction(), source, target);
    (source >= SMALLEST && deviation.abs() > UNUSUAL).then_some(deviation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::found;
    use crate::language::{Target, Variant};

    fn check(to: Target, source: usize, target: usize, flagged: Option<Severity>) {
        let (source, target) = ("a".repeat(source), "一".repeat(target));
        let findings = found(&Length, &source, &target, to, &[]);
        let severity = findings.first().map(|finding| finding.severity);
        assert_eq!(severity, flagged, "{} to {}", source.len(), target.len() / 3);
    }

    #[test]
    fn the_gross_is_an_error() {
        const ERROR: Option<Severity> = Some(Severity::Error);
        let zh = Target::Chinese(Variant::Hans);
        check(zh, 100, 10, None);
        check(zh, 100, 9, ERROR);
        check(zh, 100, 144, None);
        check(zh, 100, 145, ERROR);
        check(zh, 10, 1, None);
        check(zh, 10, 57, None);
        check(zh, 10, 58, ERROR);
        check(Target::English, 100, 99, ERROR);
        check(Target::English, 100, 100, None);
        check(Target::English, 100, 1_480, None);
        check(Target::English, 100, 1_481, ERROR);
    }

    #[test]
    fn the_unusual_is_worth_a_look() {
        let source = "word ".repeat(60);
        let of = |target: usize| {
            let target = "字".repeat(target);
            let zh = Target::Chinese(Variant::Hans);
            found(&Length, &source, &target, zh, &[]).first().map(|finding| finding.severity)
        };
        assert_eq!(of(95), None);
        assert_eq!(of(50), Some(Severity::Warning));
        assert_eq!(of(190), Some(Severity::Warning));
    }

    #[test]
    fn code_is_not_counted() {
        let source = "a".repeat(40);
        let zh = Target::Chinese(Variant::Hans);
        assert!(found(&Length, &format!("{source}<9/>"), "<9/>", zh, &[]).len() == 1);
    }
}
