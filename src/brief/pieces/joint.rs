//! The translations of pieces as one text: what stands between two of them.

use crate::language::Language;
use crate::paragraph::{Marked, Token};

/// A translation that is being joined.
pub(super) struct Joint<'a> {
    into: Language,
    tokens: Vec<Token<'a>>,
    /// The last sign of what is joined so far, once there is something.
    last: Option<char>,
    /// White space of the source that is still to be written, or not.
    space: Option<&'a str>,
}

impl<'a> Joint<'a> {
    /// Nothing yet.
    pub(super) fn new(into: Language) -> Self {
        Self { into, tokens: Vec::new(), last: None, space: None }
    }

    /// All of it.
    pub(super) fn end(mut self) -> Marked {
        if let Some(space) = self.space {
            self.tokens.push(Token::Text(space.into()));
        }
        Marked::from_tokens(self.tokens)
    }

    /// A span ends.
    pub(super) fn close(&mut self, n: usize) {
        self.tokens.push(Token::Close(n));
    }

    /// White space of the source.
    pub(super) fn space(&mut self, space: &'a str) {
        match (self.into, self.last) {
            // What stands between pieces is decided by what follows; before the first it stays.
            (Language::Chinese, Some(_)) => self.space = Some(space),
            (Language::Chinese, None) | (Language::English, _) => {
                self.last = self.last.and(Some(' '));
                self.tokens.push(Token::Text(space.into()));
            }
        }
    }

    /// A span begins.
    pub(super) fn open(&mut self, n: usize) {
        // In English a space stands before the span rather than in it.
        if self.into == Language::English && self.last.is_some_and(|last| !ends_open(last)) {
            self.tokens.push(Token::Text(" ".into()));
            self.last = Some(' ');
        }
        self.tokens.push(Token::Open(n));
    }

    /// A piece, or what stays.
    pub(super) fn text(&mut self, text: &'a Marked) {
        let tokens = text.tokens();
        let first = tokens.iter().find_map(|token| match token {
            Token::Text(text) => text.chars().next(),
            Token::Kept(_) => Some('\u{FFFC}'),
            Token::Open(_) | Token::Close(_) => None,
        });
        let last = tokens.iter().rev().find_map(|token| match token {
            Token::Text(text) => text.chars().next_back(),
            Token::Kept(_) => Some('\u{FFFC}'),
            Token::Open(_) | Token::Close(_) => None,
        });
        let apart = match (self.last, first) {
            (Some(before), Some(after)) => match self.into {
                Language::English => !ends_open(before) && !begins_closed(after),
                // Two words in Latin letters would run into one.
                Language::Chinese => {
                    before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric()
                }
            },
            _ => false,
        };
        self.space = None;
        if apart {
            self.tokens.push(Token::Text(" ".into()));
        }
        self.tokens.extend(tokens);
        self.last = last.or(self.last);
    }
}

/// Whether what comes next stands directly behind it.
fn ends_open(last: char) -> bool {
    last.is_whitespace() || matches!(last, '(' | '[' | '“' | '‘' | '（' | '「' | '《')
}

/// Whether it stands directly behind what came before.
fn begins_closed(first: char) -> bool {
    first.is_whitespace()
        || (!first.is_alphanumeric()
            && !matches!(first, '(' | '[' | '“' | '‘' | '（' | '「' | '《' | '"' | '\u{FFFC}'))
}
