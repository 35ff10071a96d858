//! Inline marks that the translation lacks, or has and the source does not.
//!
//! Replies of models with such marks are unusable and never get here ([`super::usable`]); pairs made
//! elsewhere do, and people treat marks freely. An error: a link, a picture, an address, a formula
//! or a footnote is lost, and none of its kind stands in its place; tags do not nest; a span has
//! text in the source and none in the translation, such as a link without its words. A warning:
//! code, markup or a line break is lost, anything is added, or another of its kind stands in its
//! place, as where the address was made that of the other language. Silence: code whose words
//! stand on the other side, plain or as other code, because people set a word as code, leave it
//! plain and say it twice. In a `pair.json` whatever a machine lost is an error
//! ([`crate::pair::existing`]).
//!
//! Measured on 168 Markdown pages that people translated, 9,781 paragraphs (`cargo bench --bench
//! checks -- --folders`, see `docs/checks.md`): 63 with an error, all of them links that were lost,
//! and 508 more with a warning.
//!
//! Blind spots: marks at the wrong words; a link whose address leads elsewhere than it should;
//! emphasis, which pairs of two files are read without where only one side has it.

use std::collections::BTreeMap;

use super::{Check, Finding, Message, Severity, Subject};
use crate::paragraph::{Mark, MarkKind, Marked, MarksBroken, Token};

/// What its findings call it.
pub const NAME: &str = "marks";

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Marks;

impl Check for Marks {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        match subject.source_marked.same_marks(subject.target_marked) {
            Ok(()) => {}
            Err(MarksBroken::Missing(_) | MarksBroken::Unknown(_)) => return self.changed(subject),
            Err(broken) => return vec![lost(&broken)],
        }
        let before = empty_spans(subject.source_marked);
        let after = empty_spans(subject.target_marked);
        let emptied = after.into_iter().filter(|n| !before.contains(n));
        emptied
            .map(|n| {
                let en = format!("mark {n} has no words left between its two ends");
                let zh = format!("第 {n} 个标记之间没有文字了");
                Finding::new(self, Severity::Error, en, zh)
            })
            .collect()
    }
}

impl Marks {
    /// What one side has and the other has not.
    fn changed(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let (ours, theirs) = (forms(subject.source_marked), forms(subject.target_marked));
        let only = |own: &Forms, other: &Forms| -> Vec<usize> {
            own.iter().filter(|(n, form)| other.get(n) != Some(form)).map(|(&n, _)| n).collect()
        };
        let (lost, mut added) = (only(&ours, &theirs), only(&theirs, &ours));
        let mark = |n: usize| n.checked_sub(1).and_then(|i| subject.marks.get(i));
        let mut findings = Vec::new();
        for n in lost {
            let kind = mark(n).map(Mark::kind);
            let answer =
                added.iter().position(|&n| kind.is_some() && mark(n).map(Mark::kind) == kind);
            if let Some(at) = answer {
                added.remove(at);
            }
            if is_said(mark(n), subject.target) {
                continue;
            }
            let what = What::of(n, mark(n));
            let (severity, en, zh) = if answer.is_some() {
                let en = format!("{} of the source stands here changed", what.en);
                (Severity::Warning, en, format!("原文的{}在译文里变了样", what.zh))
            } else {
                let severity = if may_go(kind) { Severity::Warning } else { Severity::Error };
                let en = format!("{} of the source is missing", what.en);
                (severity, en, format!("缺少原文的{}", what.zh))
            };
            findings.push(Finding::new(self, severity, en, zh));
        }
        for n in added.into_iter().filter(|&n| !is_said(mark(n), subject.source)) {
            let what = What::of(n, mark(n));
            let en = format!("{} is not in the source", what.en);
            let zh = format!("译文的{}在原文里没有", what.zh);
            findings.push(Finding::new(self, Severity::Warning, en, zh));
        }
        findings
    }
}

/// The tags of a text, and whether each is a span.
type Forms = BTreeMap<usize, bool>;

fn forms(marked: &Marked) -> Forms {
    let form = |token| match token {
        Token::Open(n) => Some((n, true)),
        Token::Kept(n) => Some((n, false)),
        Token::Text(_) | Token::Close(_) => None,
    };
    marked.tokens().into_iter().filter_map(form).collect()
}

/// Whether a reader loses little without a mark of a kind.
fn may_go(kind: Option<MarkKind>) -> bool {
    use MarkKind::{Break, Code, Emphasis, Html, Strike, Strong};
    matches!(kind, Some(Code | Html | Break | Emphasis | Strong | Strike))
}

/// Whether the words of code stand on the other side.
fn is_said(mark: Option<&Mark>, other: &str) -> bool {
    let Some(Mark::Kept { kind: MarkKind::Code, bytes }) = mark else { return false };
    let code = bytes.trim_matches(['`', ' ']).to_lowercase();
    !code.is_empty() && other.to_lowercase().contains(&code)
}

/// A mark in words.
struct What {
    en: String,
    zh: String,
}

impl What {
    fn of(n: usize, mark: Option<&Mark>) -> Self {
        let (en, zh) = match mark.map(Mark::kind) {
            Some(MarkKind::Link) => ("the link", "链接"),
            Some(MarkKind::Image) => ("the picture", "图片"),
            Some(MarkKind::Address) => ("the address", "网址"),
            Some(MarkKind::Footnote) => ("the footnote", "脚注"),
            Some(MarkKind::Math) => ("the formula", "公式"),
            Some(MarkKind::Code) => ("the code", "代码"),
            _ => return Self { en: format!("tag {n}"), zh: format!("标签 {n}") },
        };
        let bytes = match mark {
            Some(Mark::Kept { bytes, .. }) => bytes.as_str(),
            Some(Mark::Span { close, .. }) => close.trim_start_matches("](").trim_end_matches(')'),
            None => "",
        };
        let bytes: String = bytes.chars().take(60).collect();
        Self { en: format!("{en} {bytes}"), zh: format!("{zh} {bytes} ") }
    }
}

/// A mark that was lost, whatever it was.
pub(crate) fn lost(broken: &MarksBroken) -> Finding {
    let Message { en, zh } = told(broken);
    Finding::new(&Marks, Severity::Error, en, zh)
}

/// What is wrong with the marks, in both languages.
pub(super) fn told(broken: &MarksBroken) -> Message {
    let (en, zh) = match broken {
        MarksBroken::Stray(_) => (
            "a “<” begins no tag; an angle bracket of the text is written “&lt;”".to_owned(),
            "有一个“<”不属于任何标签；正文里的尖括号应写作“&lt;”".to_owned(),
        ),
        MarksBroken::Nesting(n) => {
            (format!("tag {n} is not opened and closed in order"), format!("标签 {n} 没有正确开合"))
        }
        MarksBroken::Repeated(n) => {
            (format!("tag {n} stands more than once"), format!("标签 {n} 出现了不止一次"))
        }
        MarksBroken::Missing(n) => {
            (format!("tag {n} of the source is missing"), format!("缺少原文的标签 {n}"))
        }
        MarksBroken::Unknown(n) => {
            (format!("tag {n} is not in the source"), format!("标签 {n} 在原文里没有"))
        }
    };
    Message { en, zh }
}

fn empty_spans(marked: &Marked) -> Vec<usize> {
    let tokens = marked.tokens();
    tokens
        .windows(2)
        .filter_map(|two| match two {
            [Token::Open(n), Token::Close(_)] => Some(*n),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Target, Variant};
    use crate::paragraph::Kind;

    /// Tag 1 is a link, 2 code, 3 a picture, 4 a link of the translation, 5 code of the translation.
    fn check(source: &str, target: &str, said: &[(Severity, &str)]) {
        let link = |to: &str| Mark::Span {
            kind: MarkKind::Link,
            open: "[".into(),
            close: format!("]({to})"),
        };
        let kept = |kind, bytes: &str| Mark::Kept { kind, bytes: bytes.into() };
        let marks = [
            link("/learn"),
            kept(MarkKind::Code, "`tide`"),
            kept(MarkKind::Image, "![](ship.png)"),
            link("/zh/learn"),
            kept(MarkKind::Code, "`Fog`"),
        ];
        let (source, target) = (Marked::parse(source).unwrap(), Marked::parse(target).unwrap());
        let findings = Marks.check(&Subject {
            kind: Kind::Paragraph,
            source: &source.plain(&marks),
            target: &target.plain(&marks),
            source_marked: &source,
            target_marked: &target,
            marks: &marks,
            to: Target::Chinese(Variant::Hans),
            terms: &[],
            precedent: None,
        });
        let found: Vec<_> =
            findings.iter().map(|it| (it.severity, it.message.en.as_str())).collect();
        assert_eq!(found, said, "{target}");
    }

    #[test]
    fn what_a_reader_loses_is_an_error() {
        check("<1>a</1> <2/>", "<2/><1>甲</1>", &[]);
        check("<1>a</1>", "甲", &[(Severity::Error, "the link /learn of the source is missing")]);
        check(
            "<3/>",
            "甲",
            &[(Severity::Error, "the picture ![](ship.png) of the source is missing")],
        );
        check("<8/>", "甲", &[(Severity::Error, "tag 8 of the source is missing")]);
        check(
            "<1>a</1>",
            "甲<1></1>",
            &[(Severity::Error, "mark 1 has no words left between its two ends")],
        );
        check("a<1></1>", "甲<1></1>", &[]);
    }

    #[test]
    fn what_people_change_is_no_error() {
        let changed = "the link /learn of the source stands here changed";
        check("<1>a</1>", "<4>甲</4>", &[(Severity::Warning, changed)]);
        let added = "the link /zh/learn is not in the source";
        check("a", "<4>甲</4>", &[(Severity::Warning, added)]);
        check("<2/> a", "甲", &[(Severity::Warning, "the code `tide` of the source is missing")]);
        check(
            "<2/> a",
            "<5/>甲",
            &[(Severity::Warning, "the code `tide` of the source stands here changed")],
        );
        check("The <2/> rises", "Tide 会上涨", &[]);
        check("the fog", "<5/>", &[]);
    }
}
