//! The pieces of inline content, and what is made of them before they become marked text: bare
//! addresses are kept, HTML tags paired, spans without prose kept whole.

use std::ops::Range;

use super::address;
use super::tags::{self, Tag as HtmlTag};
use crate::paragraph::MarkKind;

/// A piece of inline content.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// Text, decoded; `verbatim` if it stands so in the source.
    Text { text: String, range: Range<usize>, verbatim: bool },
    /// The end of a hard-wrapped line.
    Soft(Range<usize>),
    /// The begin of a span that takes up `range`, its markup included.
    Open { kind: MarkKind, range: Range<usize>, open: String, close: String },
    /// The end of a span.
    Close(usize),
    /// Something kept whole.
    Kept { kind: MarkKind, range: Range<usize>, display: bool },
    /// A tag of inline HTML that has not been paired.
    Tag(Range<usize>),
}

impl Piece {
    pub(super) fn start(&self) -> usize {
        match self {
            Self::Text { range, .. }
            | Self::Soft(range)
            | Self::Open { range, .. }
            | Self::Kept { range, .. }
            | Self::Tag(range) => range.start,
            Self::Close(end) => *end,
        }
    }

    pub(super) fn end(&self) -> usize {
        match self {
            Self::Text { range, .. }
            | Self::Soft(range)
            | Self::Kept { range, .. }
            | Self::Tag(range) => range.end,
            Self::Open { range, .. } => range.start,
            Self::Close(end) => *end,
        }
    }
}

/// What stands in a range. Ranges come from the parser, and one that it got wrong must not end the
/// program.
pub(super) fn slice<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or_default()
}

/// Bare addresses become things kept.
pub(super) fn with_addresses(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pieces.len());
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let Piece::Text { range, .. } = &piece else {
            out.push(piece);
            continue;
        };
        let mut all = range.clone();
        let mut group = vec![piece];
        while let Some(next) = pieces
            .next_if(|next| matches!(next, Piece::Text { range, .. } if range.start == all.end))
        {
            all.end = next.end();
            group.push(next);
        }
        let addresses = address::find(slice(text, &all));
        if addresses.is_empty() {
            out.append(&mut group);
            continue;
        }
        let mut addresses =
            addresses.into_iter().map(|a| all.start + a.start..all.start + a.end).peekable();
        let mut kept = all.start;
        for piece in group {
            let Piece::Text { text: decoded, range, verbatim } = piece else { continue };
            let mut start = range.start.max(kept);
            while let Some(address) = addresses.next_if(|address| address.start < range.end) {
                if verbatim && start < address.start {
                    out.push(verbatim_text(text, start..address.start));
                }
                // An address does not end inside an escape or an entity: it takes all of it.
                let end = if verbatim { address.end } else { address.end.max(range.end) };
                kept = end;
                start = end.min(range.end);
                out.push(Piece::Kept {
                    kind: MarkKind::Address,
                    range: address.start..end,
                    display: false,
                });
            }
            start = start.max(kept);
            if start >= range.end {
                // A piece that is not verbatim ends where the address does, at the latest.
                extend_last(&mut out, kept);
            } else if verbatim {
                out.push(verbatim_text(text, start..range.end));
            } else if start == range.start {
                out.push(Piece::Text { text: decoded, range, verbatim });
            } else {
                kept = range.end;
                extend_last(&mut out, kept);
            }
        }
    }
    out
}

fn verbatim_text(text: &str, range: Range<usize>) -> Piece {
    Piece::Text { text: slice(text, &range).to_owned(), range, verbatim: true }
}

fn extend_last(pieces: &mut [Piece], end: usize) {
    if let Some(Piece::Kept { kind: MarkKind::Address, range, .. }) = pieces.last_mut() {
        range.end = range.end.max(end);
    }
}

/// How many unclosed tags a closing tag is compared with; more would take quadratic time.
const REACH: usize = 32;

/// Pairs of HTML tags become spans; tags alone, and elements whose content is no prose, are kept.
pub(super) fn paired(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    if !pieces.iter().any(|piece| matches!(piece, Piece::Tag(_))) {
        return pieces;
    }
    // For each opening tag, its closing one. A pair lies within one span.
    let mut partner = vec![None; pieces.len()];
    let mut levels: Vec<Vec<(usize, String)>> = vec![Vec::new()];
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open { .. } => levels.push(Vec::new()),
            Piece::Close(_) => {
                levels.pop();
            }
            Piece::Tag(range) => {
                let Some(level) = levels.last_mut() else { continue };
                match HtmlTag::read(slice(text, range)) {
                    HtmlTag::Open(name) => level.push((i, name)),
                    HtmlTag::Close(name) => {
                        let nearest =
                            level.iter().rev().take(REACH).position(|(_, open)| *open == name);
                        if let Some(back) = nearest {
                            let at = level.len() - 1 - back;
                            partner[level[at].0] = Some((i, name));
                            level.truncate(at);
                        }
                    }
                    HtmlTag::Alone => {}
                }
            }
            _ => {}
        }
    }
    let mut closing = vec![false; pieces.len()];
    let mut out = Vec::with_capacity(pieces.len());
    let mut skip_to = 0;
    for (i, piece) in pieces.iter().enumerate() {
        if i < skip_to {
            continue;
        }
        let Piece::Tag(range) = piece else {
            out.push(piece.clone());
            continue;
        };
        match &partner[i] {
            Some((end, name)) if tags::is_opaque(name) => {
                let range = range.start..pieces[*end].end();
                out.push(Piece::Kept { kind: MarkKind::Html, range, display: false });
                skip_to = end + 1;
            }
            Some((end, _)) => {
                closing[*end] = true;
                let close = pieces[*end].start()..pieces[*end].end();
                let (open, close_bytes) = (slice(text, range), slice(text, &close));
                out.push(Piece::Open {
                    kind: tag_kind(open),
                    range: range.start..close.end,
                    open: open.to_owned(),
                    close: close_bytes.to_owned(),
                });
            }
            None if closing[i] => out.push(Piece::Close(range.end)),
            None => {
                let range = range.clone();
                out.push(Piece::Kept { kind: MarkKind::Html, range, display: false });
            }
        }
    }
    out
}

/// HTML that says the same as Markdown's own marks is the same mark: emphasis beside Chinese can
/// often be written in no other way.
fn tag_kind(open: &str) -> MarkKind {
    match open {
        "<strong>" => MarkKind::Strong,
        "<em>" => MarkKind::Emphasis,
        "<del>" => MarkKind::Strike,
        _ => MarkKind::Html,
    }
}

/// Links, pictures and elements without any prose are kept whole.
pub(super) fn without_empty_spans(pieces: Vec<Piece>) -> Vec<Piece> {
    if !pieces.iter().any(|piece| {
        matches!(piece, Piece::Open { kind: MarkKind::Link | MarkKind::Image | MarkKind::Html, .. })
    }) {
        return pieces;
    }
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    // Open spans: their place in `out`, and whether they hold prose.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for piece in pieces {
        match &piece {
            Piece::Open { .. } => open.push((out.len(), false)),
            Piece::Text { text, .. } if text.contains(char::is_alphanumeric) => {
                if let Some((_, prose)) = open.last_mut() {
                    *prose = true;
                }
            }
            Piece::Close(_) => {
                if let Some((at, prose)) = open.pop() {
                    if prose {
                        if let Some((_, outer)) = open.last_mut() {
                            *outer = true;
                        }
                    } else if let Some(Piece::Open {
                        kind: kind @ (MarkKind::Link | MarkKind::Image | MarkKind::Html),
                        range,
                        ..
                    }) = out.get(at)
                    {
                        let (kind, range) = (*kind, range.clone());
                        out.truncate(at);
                        out.push(Piece::Kept { kind, range, display: false });
                        continue;
                    }
                }
            }
            _ => {}
        }
        out.push(piece);
    }
    out
}
