//! An English text as words, digits and signs.

use super::super::text::{Literal, Text};
use super::super::value::Value;
use super::super::words::{self, Word};

/// What a token is.
#[derive(Clone, Copy, Debug)]
pub(in crate::check::numbers) enum What {
    /// Letters.
    Word {
        /// What they mean to a figure.
        meaning: Option<Word>,
        /// Whether one of them is a capital.
        capital: bool,
    },
    /// Digits.
    Digits(Literal),
    /// ½ and its like.
    Glyph(Value),
    /// Anything else but spaces.
    Sign(char),
}

/// A token and its place.
#[derive(Clone, Copy, Debug)]
pub(in crate::check::numbers) struct Token {
    /// What it is.
    pub(in crate::check::numbers) what: What,
    /// Its first character.
    pub(in crate::check::numbers) start: usize,
    /// The character after it.
    pub(in crate::check::numbers) end: usize,
}

/// The longest word that has a meaning.
const LONGEST: usize = 16;

pub(in crate::check::numbers) fn of(text: &Text) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    while at < text.len() {
        let c = text.at(at);
        let start = at;
        let what = if c.is_ascii_digit() {
            let literal = text.literal(at);
            at = literal.end;
            What::Digits(literal)
        } else if c.is_ascii_alphabetic() || (!c.is_ascii() && c.is_alphabetic()) {
            word(text, &mut at)
        } else {
            at += 1;
            match c {
                ' ' => continue,
                '½' => What::Glyph(Value::HALF),
                '¼' => What::Glyph(Value::new(25, -2)),
                '¾' => What::Glyph(Value::new(75, -2)),
                '⅓' | '⅔' => {
                    let above = if c == '⅓' { 1 } else { 2 };
                    Value::fraction(above, 3).map_or(What::Sign(c), What::Glyph)
                }
                _ => What::Sign(c),
            }
        };
        tokens.push(Token { what, start, end: at });
    }
    tokens
}

fn word(text: &Text, at: &mut usize) -> What {
    let mut lower = [0_u8; LONGEST];
    let mut length = 0;
    let mut capital = false;
    let mut plain = true;
    loop {
        let c = text.at(*at);
        if !(c.is_ascii_alphabetic() || (!c.is_ascii() && c.is_alphabetic())) {
            break;
        }
        match (lower.get_mut(length), u8::try_from(c)) {
            (Some(place), Ok(byte)) if c.is_ascii() => *place = byte.to_ascii_lowercase(),
            _ => plain = false,
        }
        capital |= c.is_ascii_uppercase();
        length += 1;
        *at += 1;
    }
    let meaning = if plain {
        lower.get(..length).and_then(|word| std::str::from_utf8(word).ok()).and_then(words::word)
    } else {
        None
    };
    What::Word { meaning, capital }
}
