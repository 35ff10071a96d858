//! A run of inline content: from the parser's events to pieces.
//!
//! The parser decodes entities and escapes, gives text in pieces, and its ranges do not cover every
//! byte (a backslash, the `> ` before a wrapped line); so the pieces carry their own ranges, and
//! marks take their bytes from the text itself.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag};

use super::blocks::Reading;
use super::islands::Island;
use super::pieces::{Piece, paired, slice, with_addresses, without_empty_spans};
use super::segments::{paragraph, segments};
use crate::paragraph::{Found, Kind, MarkKind, Slot};

/// The run being read.
pub(super) struct Run<'a> {
    text: &'a str,
    masked: &'a str,
    islands: &'a [Island],
    pieces: Vec<Piece>,
    /// Spans that are open: the place of their beginning in `pieces`, and of their last byte.
    open: Vec<(usize, Link)>,
    /// Up to where the text has been read.
    done: usize,
    /// Up to where its events went.
    seen: usize,
    /// The island read last: its place among all.
    last_island: Option<usize>,
    /// Islands that are none, because they do not lie within one block: their places among all.
    pub(super) broken: Vec<usize>,
    /// Inside `<https://…>`, whose text is no prose.
    in_address: bool,
}

/// What the end of a span needs to know of its beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    No,
    Explicit,
    /// `[label]` or `[label][]`
    ByItsText,
}

impl<'a> Run<'a> {
    pub(super) fn new(text: &'a str, masked: &'a str, islands: &'a [Island]) -> Self {
        Self {
            text,
            masked,
            islands,
            pieces: Vec::new(),
            open: Vec::new(),
            done: 0,
            seen: 0,
            last_island: None,
            broken: Vec::new(),
            in_address: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Takes an inline event.
    pub(super) fn push(&mut self, event: Event<'_>, range: Range<usize>) {
        self.seen = range.end;
        if self.in_address {
            self.in_address = !matches!(event, Event::End(_));
            return;
        }
        match event {
            Event::Text(text) => self.push_text(&text, range),
            Event::Code(_) => {
                let whole = self.with_role(range.clone());
                let kind = if whole == range { MarkKind::Code } else { MarkKind::Template };
                self.put(Piece::Kept { kind, range: whole, display: false });
            }
            Event::InlineHtml(_) | Event::Html(_) => self.put(Piece::Tag(range)),
            Event::InlineMath(_) | Event::DisplayMath(_) => {
                self.put(Piece::Kept { kind: MarkKind::Math, range, display: false });
            }
            Event::FootnoteReference(_) => {
                self.put(Piece::Kept { kind: MarkKind::Footnote, range, display: false });
            }
            Event::SoftBreak if !self.in_island(range.start) => self.put(Piece::Soft(range)),
            Event::HardBreak if !self.in_island(range.start) => {
                self.put(Piece::Kept { kind: MarkKind::Break, range, display: false });
            }
            Event::Start(tag) => self.start(&tag, range),
            Event::End(_) => self.end(),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, mut range: Range<usize>) {
        let (kind, width, link) = match tag {
            Tag::Strong => (MarkKind::Strong, 2, Link::No),
            Tag::Strikethrough if slice(self.text, &range).starts_with("~~") => {
                (MarkKind::Strike, 2, Link::No)
            }
            Tag::Strikethrough => (MarkKind::Strike, 1, Link::No),
            Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. } => {
                self.put(Piece::Kept { kind: MarkKind::Address, range, display: false });
                self.in_address = true;
                return;
            }
            Tag::Link { link_type, .. } | Tag::Image { link_type, .. } => {
                let (kind, width) = match tag {
                    Tag::Link { .. } => (MarkKind::Link, 1),
                    _ => (MarkKind::Image, 2),
                };
                let link = match link_type {
                    LinkType::Shortcut | LinkType::Collapsed => Link::ByItsText,
                    _ => Link::Explicit,
                };
                // The parser's range of `[text][]` ends before the `[]`.
                if *link_type == LinkType::Collapsed
                    && slice(self.text, &(range.end..self.text.len())).starts_with("[]")
                {
                    range.end += 2;
                }
                (kind, width, link)
            }
            _ => (MarkKind::Emphasis, 1, Link::No),
        };
        let inner = range.start + width;
        let open = slice(self.text, &(range.start..inner)).to_owned();
        let close = match link {
            Link::No => slice(self.text, &(range.end.saturating_sub(width)..range.end)).to_owned(),
            _ => String::new(),
        };
        self.put(Piece::Open { kind, range, open, close });
        self.done = inner;
        self.open.push((self.pieces.len() - 1, link));
    }

    fn end(&mut self) {
        let Some((at, link)) = self.open.pop() else { return };
        let text = self.text;
        let read = self.done;
        let Some(Piece::Open { range, open, close, .. }) = self.pieces.get_mut(at) else { return };
        if link != Link::No {
            let end = range.end;
            let bracket = slice(text, &(read..end)).find(']').map_or(end, |step| read + step);
            *close = if link == Link::ByItsText {
                let label = slice(text, &(range.start + open.len()..bracket));
                // The `>` of a quotation may stand between the lines of a label.
                let lines = label.lines().enumerate().map(|(i, line)| match i {
                    0 => line,
                    _ => line.trim_start_matches([' ', '\t', '>']),
                });
                format!("][{}]", lines.collect::<Vec<_>>().join(" "))
            } else {
                slice(text, &(bracket..end)).to_owned()
            };
        }
        let end = range.end;
        self.put(Piece::Close(end));
        self.done = end;
    }

    /// Adds a piece; a hard break before it takes all bytes up to it, the next line's `> ` included.
    fn put(&mut self, piece: Piece) {
        let start = piece.start();
        if let Some(Piece::Kept { kind: MarkKind::Break, range, .. }) = self.pieces.last_mut() {
            range.end = range.end.max(start);
        }
        self.done = self.done.max(piece.end());
        self.pieces.push(piece);
    }

    fn push_text(&mut self, text: &str, range: Range<usize>) {
        let Range { mut start, end } = range;
        let mut rest = text;
        let escaped =
            start > self.done && self.text.as_bytes().get(start - 1).is_some_and(|&b| b == b'\\');
        if escaped && let Some(c) = text.chars().next() {
            let to = start + c.len_utf8();
            self.put(Piece::Text { text: c.into(), range: start - 1..to, verbatim: false });
            (start, rest) = (to, &text[c.len_utf8()..]);
        }
        if self.masked.get(start..end) != Some(rest) {
            self.put(Piece::Text { text: rest.to_owned(), range: start..end, verbatim: false });
            return;
        }
        let first = self.islands.partition_point(|island| island.range.end <= start);
        for (at, island) in self.islands.iter().enumerate().skip(first) {
            if island.range.start >= end {
                break;
            }
            self.put_verbatim(start..island.range.start);
            // The first of its lines stands for all of it.
            if island.range.start >= start {
                let Island { range, kind, display } = island.clone();
                self.put(Piece::Kept { kind, range, display });
                self.last_island = Some(at);
            } else if self.last_island != Some(at) {
                self.broken.push(at);
            }
            start = island.range.end;
        }
        self.put_verbatim(start..end);
    }

    fn put_verbatim(&mut self, range: Range<usize>) {
        if range.start < range.end {
            let text = slice(self.text, &range).to_owned();
            self.put(Piece::Text { text, range, verbatim: true });
        }
    }

    fn in_island(&self, at: usize) -> bool {
        let first = self.islands.partition_point(|island| island.range.end <= at);
        self.islands.get(first).is_some_and(|island| island.range.start <= at)
    }

    /// Code with the role before it (`` :numref:`fig_a` ``, `` {ref}`a` ``) is one thing.
    fn with_role(&mut self, code: Range<usize>) -> Range<usize> {
        let Some(Piece::Text { text, range, verbatim: true }) = self.pieces.last_mut() else {
            return code;
        };
        if range.end != code.start {
            return code;
        }
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '+');
        let length = match text.as_bytes().last() {
            Some(b':') => {
                let tail = &text[text.trim_end_matches(name).len()..];
                match tail.find(':') {
                    Some(at) if tail.len() - at > 2 => tail.len() - at,
                    _ => return code,
                }
            }
            Some(b'}') => {
                let inner = &text[..text.len() - 1];
                let start = inner.trim_end_matches(name).len();
                if start == inner.len() || !inner[..start].ends_with('{') {
                    return code;
                }
                text.len() - start + 1
            }
            _ => return code,
        };
        text.truncate(text.len() - length);
        range.end -= length;
        let start = range.end;
        if text.is_empty() {
            self.pieces.pop();
        }
        start..code.end
    }

    /// Ends the run: its paragraphs are added to `found`, the run is empty again.
    pub(super) fn finish(&mut self, kind: Kind, reading: Reading, found: &mut Vec<Found>) {
        let pieces = std::mem::take(&mut self.pieces);
        self.open.clear();
        self.in_address = false;
        if let Some(at) = self.last_island.take()
            && self.islands.get(at).is_some_and(|island| island.range.end > self.seen)
        {
            self.broken.push(at);
        }
        let Some(start) = pieces.first().map(Piece::start) else { return };
        let slot = match kind {
            Kind::TableCell => Slot::MarkdownCell,
            Kind::Title | Kind::Heading
                if slice(self.text, &(0..start)).trim_end_matches([' ', '\t']).ends_with('#') =>
            {
                Slot::MarkdownHeading
            }
            _ => Slot::Markdown,
        };
        let pieces = with_addresses(self.text, pieces);
        let pieces = paired(self.text, pieces);
        let pieces = without_empty_spans(pieces);
        let lines = match kind {
            Kind::Title | Kind::Heading | Kind::TableCell => vec![pieces],
            _ => segments(self.text, pieces),
        };
        let parted = lines.len() > 1;
        for pieces in lines {
            if let Some(mut paragraph) = paragraph(self.text, pieces, kind, slot, reading) {
                paragraph.beside |= parted;
                found.push(paragraph);
            }
        }
    }
}
