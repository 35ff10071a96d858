//! A run of inline content: from the parser's events to marked text.
//!
//! The parser decodes entities and escapes, gives text in pieces, and its ranges do not cover every
//! byte (a backslash, the `> ` before a wrapped line); so the pieces carry their own ranges, and
//! marks take their bytes from the text itself.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag};

use super::blocks::Reading;
use super::islands::Island;
use super::tags::{self, Tag as HtmlTag};
use super::{address, lines};
use crate::paragraph::{Found, Kind, Mark, MarkKind, Marked, Slot, Token};

/// A piece of inline content.
#[derive(Clone, Debug)]
enum Piece {
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
    fn start(&self) -> usize {
        match self {
            Self::Text { range, .. }
            | Self::Soft(range)
            | Self::Open { range, .. }
            | Self::Kept { range, .. }
            | Self::Tag(range) => range.start,
            Self::Close(end) => *end,
        }
    }

    fn end(&self) -> usize {
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
        for pieces in lines {
            if let Some(paragraph) = paragraph(self.text, pieces, kind, slot, reading) {
                found.push(paragraph);
            }
        }
    }
}

/// What stands in a range. Ranges come from the parser, and one that it got wrong must not end the
/// program.
fn slice<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or_default()
}

/// Bare addresses become things kept.
fn with_addresses(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
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
fn paired(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
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
fn without_empty_spans(pieces: Vec<Piece>) -> Vec<Piece> {
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

/// Lines that hold no prose of their own (`:::note`, a shortcode, a formula, an import) part the
/// lines before them from those after them.
fn segments(text: &str, pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut depth = 0_usize;
    for piece in pieces {
        match &piece {
            Piece::Open { .. } => depth += 1,
            Piece::Close(_) => depth = depth.saturating_sub(1),
            Piece::Soft(_) if depth == 0 => lines.push(Vec::new()),
            _ => {}
        }
        if let Some(line) = lines.last_mut() {
            line.push(piece);
        }
    }
    let mut segments: Vec<Vec<Piece>> = vec![Vec::new()];
    for line in lines {
        if is_kept(text, &line) {
            segments.push(Vec::new());
        } else if let Some(segment) = segments.last_mut() {
            segment.extend(line);
        }
    }
    segments
}

/// Whether a line, which may begin with the end of the one before, is kept.
fn is_kept(text: &str, line: &[Piece]) -> bool {
    let line = match line {
        [Piece::Soft(_), line @ ..] => line,
        line => line,
    };
    let Some(first) = line.first() else { return false };
    let written = slice(text, &(first.start()..text.len()));
    if written.starts_with(":::") {
        return true;
    }
    if written.starts_with("import ") {
        let written = written.lines().next().unwrap_or_default().trim_end().trim_end_matches(';');
        return (written.contains(" from ") || written.starts_with("import '"))
            && written.ends_with(['\'', '"']);
    }
    line.iter().all(|piece| match piece {
        Piece::Kept { kind, display, .. } => *kind == MarkKind::Template || *display,
        Piece::Text { text, .. } => text.trim().is_empty(),
        _ => false,
    })
}

/// The paragraph that these pieces make, if they hold any prose.
fn paragraph(
    text: &str,
    mut pieces: Vec<Piece>,
    kind: Kind,
    slot: Slot,
    reading: Reading,
) -> Option<Found> {
    trim(text, &mut pieces, reading);
    let range = pieces.first()?.start()..pieces.last()?.end();
    text.get(range.clone())?;
    let kind = match kind {
        Kind::Title | Kind::Heading | Kind::TableCell => kind,
        _ if is_picture(&pieces) => Kind::Caption,
        _ => kind,
    };
    let mut marks = Vec::new();
    let mut open = Vec::new();
    let mut tokens: Vec<Token<'_>> = Vec::with_capacity(pieces.len());
    let mut before = None;
    for (i, piece) in pieces.iter().enumerate() {
        let token = match piece {
            Piece::Text { text, .. } => {
                before = text.chars().next_back().or(before);
                Token::Text(text.as_str().into())
            }
            Piece::Soft(_) => {
                let after = pieces[i + 1..].iter().find_map(|piece| match piece {
                    Piece::Open { .. } | Piece::Close(_) => None,
                    Piece::Text { text, .. } => Some(text.chars().next()),
                    _ => Some(None),
                });
                Token::Text(lines::joint(before, after.flatten()).into())
            }
            Piece::Open { kind, open: bytes, close, .. } => {
                let (open_bytes, close) = (bytes.clone(), close.clone());
                marks.push(Mark::Span { kind: *kind, open: open_bytes, close });
                open.push(marks.len());
                Token::Open(marks.len())
            }
            Piece::Close(_) => Token::Close(open.pop()?),
            Piece::Kept { kind, range, .. } => {
                before = None;
                marks.push(Mark::Kept { kind: *kind, bytes: slice(text, range).to_owned() });
                Token::Kept(marks.len())
            }
            Piece::Tag(_) => continue,
        };
        tokens.push(token);
    }
    let source = Marked::from_tokens(tokens);
    let is_prose = source.prose().contains(char::is_alphanumeric);
    (is_prose || reading == Reading::Fragment).then_some(Found { kind, range, source, marks, slot })
}

/// Takes away what no translation touches: white space at both ends, and in an article templates,
/// comments and whole elements there.
fn trim(source: &str, pieces: &mut Vec<Piece>, reading: Reading) {
    let outside = |piece: &Piece| match piece {
        Piece::Soft(_) | Piece::Kept { kind: MarkKind::Break, .. } => true,
        Piece::Kept { kind: MarkKind::Template, .. } => reading == Reading::Article,
        Piece::Kept { kind: MarkKind::Html, range, .. } => {
            reading == Reading::Article && tags::is_whole(slice(source, range))
        }
        _ => false,
    };
    while let Some(last) = pieces.last_mut() {
        if let Piece::Text { text, range, verbatim: true } = last {
            text.truncate(text.trim_end().len());
            range.end = range.start + text.len();
            if !text.is_empty() {
                break;
            }
        } else if !outside(last) {
            break;
        }
        pieces.pop();
    }
    let mut before = 0;
    while let Some(first) = pieces.get_mut(before) {
        if let Piece::Text { text, range, verbatim: true } = first {
            *text = text.trim_start().to_owned();
            range.start = range.end - text.len();
            if !text.is_empty() {
                break;
            }
        } else if !outside(first) {
            break;
        }
        before += 1;
    }
    pieces.drain(..before);
}

/// Whether a picture stands alone.
fn is_picture(pieces: &[Piece]) -> bool {
    let Some(Piece::Open { kind: MarkKind::Image, range, .. }) = pieces.first() else {
        return false;
    };
    matches!(pieces.last(), Some(Piece::Close(end)) if *end == range.end)
}
