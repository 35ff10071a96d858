//! Where a text may be cut, and how gladly.

use crate::check::sentence_starts;
use crate::language::is_han;
use crate::paragraph::Token;

/// What may be cut where, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Border {
    Nothing,
    Word,
    Clause,
    Sentence,
}

/// The borders of a text, each at the sign before which it lies; things kept whole are one sign.
pub(super) struct Borders(Vec<Border>);

impl Borders {
    /// Those of this text.
    pub(super) fn of(tokens: &[Token<'_>]) -> Self {
        let mut plain = String::new();
        let mut kept = Vec::new();
        let mut length = 0;
        for token in tokens {
            match token {
                Token::Text(text) => {
                    plain.push_str(text);
                    length += text.chars().count();
                }
                Token::Kept(_) => {
                    plain.push('\u{FFFC}');
                    kept.push(length..length + 1);
                    length += 1;
                }
                Token::Open(_) | Token::Close(_) => {}
            }
        }
        let mut borders = Vec::with_capacity(length);
        let (mut before, mut space) = (None, false);
        for c in plain.chars() {
            borders.push(if c.is_whitespace() {
                Border::Nothing
            } else {
                before.map_or(Border::Nothing, |before| between(before, space, c))
            });
            space = c.is_whitespace();
            before = if space { before } else { Some(c) };
        }
        for start in sentence_starts(&plain, &kept).into_iter().skip(1) {
            if let Some(border) = borders.get_mut(start) {
                *border = Border::Sentence;
            }
        }
        Self(borders)
    }

    /// Whether there is one right before this sign.
    pub(super) fn cuts(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|&border| border > Border::Nothing)
    }

    /// The border before what begins at this sign, white space at its begin included.
    pub(super) fn before(&self, at: usize, text: &str) -> Border {
        let blank = text.chars().take_while(|c| c.is_whitespace()).count();
        self.0.get(at + blank).copied().unwrap_or(Border::Nothing)
    }
}

/// The border between two signs, with white space between them or without.
fn between(before: char, space: bool, after: char) -> Border {
    let clause = matches!(before, '，' | '、' | '：' | '；' | '—' | '–')
        || (space && matches!(before, ',' | ';' | ':'));
    if clause && after.is_alphanumeric() {
        return Border::Clause;
    }
    // A figure stays with its unit.
    let glued = |c: char| c.is_numeric() || !c.is_alphanumeric();
    let han = (is_han(before) || is_han(after)) && !glued(before) && !glued(after);
    if space || han { Border::Word } else { Border::Nothing }
}
