//! Reads the figures of an English text.

mod around;
mod finish;
mod names;
mod number;
pub(super) mod tokens;
mod words;

use number::Number;
use tokens::{Token, What};

use super::quantity::{Kind, Quantity, Weight};
use super::text::Text;
use super::value::Value;
use super::words::Word;

/// The figures of a text, in its order.
pub(super) fn read(text: &Text) -> Vec<Quantity> {
    let tokens = tokens::of(text);
    let mut reader = Reader { text, tokens: &tokens, found: Vec::new(), ratio: None };
    let mut at = 0;
    while at < tokens.len() {
        at = reader.step(at).max(at + 1);
    }
    reader.found
}

struct Reader<'a> {
    text: &'a Text,
    tokens: &'a [Token],
    found: Vec<Quantity>,
    /// The second number of a ratio that was read, by its token.
    ratio: Option<usize>,
}

impl Reader<'_> {
    fn what(&self, at: usize) -> What {
        self.tokens.get(at).map_or(What::Sign('\n'), |token| token.what)
    }

    fn word(&self, at: usize) -> Option<Word> {
        match self.what(at) {
            What::Word { meaning, .. } => meaning,
            _ => None,
        }
    }

    fn sign(&self, at: usize) -> char {
        match self.what(at) {
            What::Sign(sign) => sign,
            _ => ' ',
        }
    }

    /// Whether nothing stands between a token and the one before it.
    fn joined(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|before| self.tokens.get(before)).is_some_and(|before| {
            self.tokens.get(at).is_some_and(|token| token.start == before.end)
        })
    }

    fn before(&self, at: usize) -> Option<Word> {
        at.checked_sub(1).and_then(|at| self.word(at))
    }

    fn sign_before(&self, at: usize) -> char {
        at.checked_sub(1).map_or(' ', |at| self.sign(at))
    }

    fn start(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.text.len(), |token| token.start)
    }

    fn end(&self, next: usize) -> usize {
        next.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.end)
    }

    fn push(&mut self, from: usize, next: usize, kind: Kind, weight: Weight, value: Value) {
        let at = self.start(from)..self.end(next);
        self.found.push(Quantity::new(at, kind, weight, value));
    }

    /// Reads what begins at a token; the token to go on with.
    fn step(&mut self, at: usize) -> usize {
        match self.what(at) {
            What::Digits(literal) => {
                if let Some(next) = self.clock(at) {
                    return next;
                }
                if let Some(next) = self.name(at) {
                    return next;
                }
                if literal.value.is_none() {
                    return at + 1;
                }
                self.number(at)
            }
            What::Glyph(value) => self.finish(at, Number::spoken(value, at + 1)),
            What::Word { meaning: Some(word), capital } => self.meaning(at, word, capital),
            What::Word { .. } | What::Sign(_) => at + 1,
        }
    }

    /// A number, in digits or words, and what follows it.
    fn number(&mut self, at: usize) -> usize {
        let number = match self.what(at) {
            What::Digits(_) => self.digits(at),
            _ => self.spoken(at),
        };
        match number {
            Some(number) => self.finish(at, number),
            None => at + 1,
        }
    }

    /// The letter that a token consists of.
    fn letter(&self, at: usize) -> char {
        match (self.what(at), self.tokens.get(at)) {
            (What::Word { .. }, Some(token)) if token.end == token.start + 1 => {
                self.text.at(token.start).to_ascii_lowercase()
            }
            _ => ' ',
        }
    }
}
