//! Segments: the paragraphs that one run of pieces holds, and each of them as marked text.

use super::blocks::Reading;
use super::pieces::{Piece, slice};
use super::{lines, tags};
use crate::paragraph::{Found, Kind, Mark, MarkKind, Marked, Slot, Token};

/// Lines that hold no prose of their own (`:::note`, a shortcode, a formula, an import) part the
/// lines before them from those after them.
pub(super) fn segments(text: &str, pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
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
pub(super) fn paragraph(
    text: &str,
    mut pieces: Vec<Piece>,
    kind: Kind,
    slot: Slot,
    reading: Reading,
) -> Option<Found> {
    let beside = trim(text, &mut pieces, reading);
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
            Piece::Soft(_) if reading == Reading::Lines => Token::Text("\n".into()),
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
    (is_prose || reading == Reading::Fragment).then_some(Found {
        kind,
        range,
        source,
        marks,
        slot,
        beside,
    })
}

/// Takes away what no translation touches: white space at both ends, and in an article templates,
/// comments and whole elements there. Tells whether it took more than white space.
fn trim(source: &str, pieces: &mut Vec<Piece>, reading: Reading) -> bool {
    let mut beside = false;
    let outside = |piece: &Piece| match piece {
        Piece::Soft(_) | Piece::Kept { kind: MarkKind::Break, .. } => true,
        Piece::Kept { kind: MarkKind::Template, .. } => reading != Reading::Fragment,
        Piece::Kept { kind: MarkKind::Html, range, .. } => {
            reading != Reading::Fragment && tags::is_whole(slice(source, range))
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
        beside |= !is_white(last);
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
        beside |= !is_white(first);
        before += 1;
    }
    pieces.drain(..before);
    beside
}

fn is_white(piece: &Piece) -> bool {
    match piece {
        Piece::Soft(_) | Piece::Kept { kind: MarkKind::Break, .. } => true,
        Piece::Text { text, .. } => text.trim().is_empty(),
        _ => false,
    }
}

/// Whether a picture stands alone.
fn is_picture(pieces: &[Piece]) -> bool {
    let Some(Piece::Open { kind: MarkKind::Image, range, .. }) = pieces.first() else {
        return false;
    };
    matches!(pieces.last(), Some(Piece::Close(end)) if *end == range.end)
}
