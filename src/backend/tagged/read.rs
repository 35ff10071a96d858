//! What an engine returned, read back: only our own elements are elements, everything else is text.

use std::collections::HashMap;

use super::Markup;
use crate::language::is_han;
use crate::paragraph::{Marked, Token};

/// What the engine returned, as marked text. Between Han characters an engine may set spaces around
/// elements; those are taken away.
pub(crate) fn read(reply: &str, source: &Marked, markup: Markup) -> String {
    let kept: HashMap<usize, bool> = source
        .tokens()
        .into_iter()
        .filter_map(|token| match token {
            Token::Kept(n) => Some((n, true)),
            Token::Open(n) => Some((n, false)),
            Token::Text(_) | Token::Close(_) => None,
        })
        .collect();
    let mut reader = Reader { kept, open: Vec::new(), pieces: Vec::new() };
    let mut rest = reply;
    while !rest.is_empty() {
        if let Some(tag) = Tag::at(rest, markup) {
            rest = &rest[tag.length..];
            reader.tag(&tag);
            continue;
        }
        // A `<` that begins no tag of ours is text.
        let begins = usize::from(rest.starts_with('<'));
        let next = rest[begins..].find('<').map_or(rest.len(), |at| begins + at);
        let (piece, after) = rest.split_at(next);
        reader.text(&if markup == Markup::HtmlDecoded { piece.into() } else { decoded(piece) });
        rest = after;
    }
    joined(&reader.pieces)
}

struct Reader {
    /// The marks of the source, and whether each is something kept whole.
    kept: HashMap<usize, bool>,
    open: Vec<(String, Element)>,
    pieces: Vec<Piece>,
}

/// What was read: text, and what stands at its borders.
enum Piece {
    Text(String),
    /// A tag of a span, or nothing where an element was that is none of ours any more.
    Border(String),
    Kept(usize),
}

fn joined(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Border(tag) => text.push_str(tag),
            Piece::Kept(n) => text.push_str(&format!("<{n}/>")),
            Piece::Text(piece) => {
                let before = pieces[..i].iter().rev().find_map(|piece| edge(piece, End::Last));
                let after = pieces[i + 1..].iter().find_map(|piece| edge(piece, End::First));
                let own = piece.trim_matches(' ');
                let first = own.chars().next().or(after.flatten());
                let last = own.chars().next_back().or(before.flatten());
                let both = |left: Option<char>, right: Option<char>| {
                    left.is_some_and(is_han) && right.is_some_and(is_han)
                };
                let mut piece = piece.as_str();
                if both(before.flatten(), first) {
                    piece = piece.trim_start_matches(' ');
                }
                if both(last, after.flatten()) {
                    piece = piece.trim_end_matches(' ');
                }
                text.push_str(Marked::from_plain(piece).as_str());
            }
        }
    }
    text
}

#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

/// What stands at the end of a piece, if that decides: the sign, or `None` for a thing kept whole.
fn edge(piece: &Piece, end: End) -> Option<Option<char>> {
    match piece {
        Piece::Border(_) => None,
        Piece::Kept(_) => Some(None),
        Piece::Text(text) => {
            let text = text.trim_matches(' ');
            let sign = match end {
                End::First => text.chars().next(),
                End::Last => text.chars().next_back(),
            };
            sign.map(Some)
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Span(usize),
    Kept,
    Term,
}

impl Reader {
    fn text(&mut self, piece: &str) {
        // What stands inside a kept thing is our own placeholder.
        if !self.open.iter().any(|(_, element)| *element == Element::Kept) {
            match self.pieces.last_mut() {
                Some(Piece::Text(text)) => text.push_str(piece),
                _ => self.pieces.push(Piece::Text(piece.to_owned())),
            }
        }
    }

    fn tag(&mut self, tag: &Tag) {
        if tag.closes {
            let Some(place) = self.open.iter().rposition(|(name, _)| *name == tag.name) else {
                return;
            };
            self.pieces.push(match self.open.remove(place) {
                (_, Element::Span(n)) => Piece::Border(format!("</{n}>")),
                (_, Element::Kept | Element::Term) => Piece::Border(String::new()),
            });
            return;
        }
        let element = match tag.id.map(|n| (n, self.kept.get(&n))) {
            Some((n, Some(true))) => {
                self.pieces.push(Piece::Kept(n));
                Element::Kept
            }
            Some((n, Some(false) | None)) => {
                let close = if tag.empty { format!("</{n}>") } else { String::new() };
                self.pieces.push(Piece::Border(format!("<{n}>{close}")));
                Element::Span(n)
            }
            None => {
                self.pieces.push(Piece::Border(String::new()));
                Element::Term
            }
        };
        if !tag.empty {
            self.open.push((tag.name.clone(), element));
        }
    }
}

/// A tag of one of our elements.
struct Tag {
    name: String,
    id: Option<usize>,
    closes: bool,
    empty: bool,
    /// In bytes.
    length: usize,
}

impl Tag {
    /// The tag at the start of a text, if it is one of ours.
    fn at(text: &str, markup: Markup) -> Option<Self> {
        let inside = text.strip_prefix('<')?;
        let end = inside.find('>')?;
        let length = end + 2;
        let inside = &inside[..end];
        let (closes, inside) = match inside.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, inside),
        };
        let (empty, inside) = match inside.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, inside),
        };
        let name = inside.split_ascii_whitespace().next()?.to_ascii_lowercase();
        let ours = match markup {
            Markup::Xml => Markup::XML.contains(&name.as_str()),
            _ => ["span", "mstrans:dictionary"].contains(&name.as_str()),
        };
        if !ours || inside.contains('<') {
            return None;
        }
        let id = inside.split_once("id=").and_then(|(_, value)| {
            let digits = value.trim_start_matches(['"', '\'']);
            let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            digits[..length].parse().ok()
        });
        Some(Self { name, id, closes, empty, length })
    }
}

/// `&#x10FFFF;`
const LONGEST_REFERENCE: usize = 10;

/// Text with its character references resolved.
pub(super) fn decoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST_REFERENCE).position(|byte| byte == b';');
        let resolved = end.and_then(|end| Some((resolve(rest.get(1..end)?)?, end + 1)));
        let (c, length) = resolved.unwrap_or(('&', 1));
        plain.push(c);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

fn resolve(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}
