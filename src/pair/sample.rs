//! A pair for the tests of the renderings.

use super::{Origin, Pair, PairParagraph, Translation};
use crate::backend::{Engine, Usage};
use crate::check::{Finding, Message, Place, Severity};
use crate::language::{Language, Target, Variant};
use crate::paragraph::{self, Found, Kind, Mark, MarkKind, Marked, Slot};

pub(super) fn machine() -> Origin {
    Origin::Machine(Engine { backend: "main".into(), model: "qwen3:8b".into(), prompt: "1".into() })
}

/// A paragraph in marked text; without a target it is untranslated.
pub(super) fn paragraph(
    kind: Kind,
    source: &str,
    target: Option<&str>,
    marks: Vec<Mark>,
) -> PairParagraph {
    let source = Marked::parse(source).unwrap();
    let found = Found {
        kind,
        range: 0..0,
        source: source.clone(),
        marks: marks.clone(),
        slot: Slot::Markdown,
        beside: false,
    };
    let id = paragraph::name(vec![found]).remove(0).id;
    let translation = target.map(|target| {
        let target_marked = Marked::parse(target).unwrap();
        Translation {
            target: target_marked.plain(&marks),
            target_marked,
            origin: machine(),
            changes: Vec::new(),
            findings: Vec::new(),
            revised: None,
        }
    });
    PairParagraph {
        id,
        kind,
        source: source.plain(&marks),
        source_marked: source,
        marks,
        translation,
        usage: Usage::default(),
    }
}

pub(super) fn pair(paragraphs: Vec<PairParagraph>) -> Pair {
    Pair {
        title: paragraphs.iter().find(|p| p.kind == Kind::Title).map(|p| p.source.clone()),
        source: Language::English,
        to: Target::Chinese(Variant::Hans),
        paragraphs,
        furniture: Vec::new(),
        usage: Usage::default(),
    }
}

pub(super) fn span(kind: MarkKind, open: &str, close: &str) -> Mark {
    Mark::Span { kind, open: open.into(), close: close.into() }
}

pub(super) fn kept(kind: MarkKind, bytes: &str) -> Mark {
    Mark::Kept { kind, bytes: bytes.into() }
}

pub(super) fn finding(
    severity: Severity,
    source: Option<(usize, usize)>,
    target: Option<(usize, usize)>,
) -> Finding {
    Finding {
        check: "numbers".into(),
        severity,
        source_at: source.map(|(from, to)| Place(from, to)),
        target_at: target.map(|(from, to)| Place(from, to)),
        message: Message {
            en: "40 is in the source, 14 in the translation".into(),
            zh: "原文为40，译文为14".into(),
        },
    }
}
