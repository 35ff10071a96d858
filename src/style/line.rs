//! A paragraph as a row of glyphs that can be looked at from any place in both directions.
//!
//! The tags of spans stand aside, so that the neighbour of a character is what a reader sees
//! beside it; things kept whole are one glyph each. A pass of a style looks at the whole row,
//! decides an [`Edit`] for each glyph and makes all of them at once.

use crate::language::is_han;
use crate::paragraph::{Mark, MarkKind, Marked, Token};

/// One character, or one thing kept whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    /// The character; for things kept whole one that is no letter, no space and no punctuation.
    pub(super) c: char,
    pub(super) role: Role,
}

/// What may be done with a glyph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Prose.
    Text,
    /// Prose that a pass has written: punctuation as wide as a Han character.
    Wide,
    /// Part of an address or the like: text, but not prose.
    Fixed,
    /// Kept whole.
    Kept(usize),
    /// A hard line break.
    Break(usize),
}

/// What a pass does to one glyph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    Keep,
    /// This in its place; nothing, if empty.
    Put(&'static str),
    /// A space before it.
    SpaceBefore,
}

/// The script of the word nearest to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    None,
    Han,
    Latin,
    Digit,
}

/// A paragraph.
#[derive(Clone, Debug)]
pub(super) struct Line {
    glyphs: Vec<Glyph>,
    /// The tags of spans, each with the number of glyphs before it.
    tags: Vec<(usize, Token<'static>)>,
}

const KEPT: char = '\u{FFFC}';

impl Line {
    pub(super) fn read(text: &Marked, marks: &[Mark]) -> Self {
        let mut line = Self { glyphs: Vec::with_capacity(text.as_str().len()), tags: Vec::new() };
        for token in text.tokens() {
            match token {
                Token::Text(text) => {
                    line.glyphs.extend(text.chars().map(|c| Glyph { c, role: Role::Text }));
                }
                Token::Open(n) => line.tags.push((line.glyphs.len(), Token::Open(n))),
                Token::Close(n) => line.tags.push((line.glyphs.len(), Token::Close(n))),
                Token::Kept(n) => {
                    let kind = n.checked_sub(1).and_then(|i| marks.get(i)).map(Mark::kind);
                    line.glyphs.push(match kind {
                        Some(MarkKind::Break) => Glyph { c: '\n', role: Role::Break(n) },
                        _ => Glyph { c: KEPT, role: Role::Kept(n) },
                    });
                }
            }
        }
        fix(&mut line.glyphs);
        line
    }

    pub(super) fn write(self) -> Marked {
        let mut tokens = Vec::with_capacity(self.tags.len() * 2 + 1);
        let mut text = String::new();
        let mut tags = self.tags.into_iter().peekable();
        let flush = |text: &mut String, tokens: &mut Vec<Token<'static>>| {
            if !text.is_empty() {
                tokens.push(Token::Text(std::mem::take(text).into()));
            }
        };
        for (i, glyph) in self.glyphs.iter().enumerate() {
            while let Some((_, tag)) = tags.next_if(|&(at, _)| at <= i) {
                flush(&mut text, &mut tokens);
                tokens.push(tag);
            }
            match glyph.role {
                Role::Text | Role::Wide | Role::Fixed => text.push(glyph.c),
                Role::Kept(n) | Role::Break(n) => {
                    flush(&mut text, &mut tokens);
                    tokens.push(Token::Kept(n));
                }
            }
        }
        flush(&mut text, &mut tokens);
        tokens.extend(tags.map(|(_, tag)| tag));
        Marked::from_tokens(tokens)
    }

    pub(super) fn glyphs(&self) -> &[Glyph] {
        &self.glyphs
    }

    /// Figures and letters that are as wide as Han characters become ASCII. A full-width comma
    /// stays: 100，200 may be two figures.
    pub(super) fn narrow(&mut self) {
        for glyph in self.glyphs.iter_mut().filter(|glyph| glyph.role == Role::Text) {
            glyph.c = narrow(glyph.c);
        }
    }

    /// Another character in the place of the glyph's, which stays what it is.
    pub(super) fn set(&mut self, i: usize, c: char) {
        if let Some(glyph) = self.glyphs.get_mut(i) {
            glyph.c = c;
        }
    }

    /// An edit for each glyph, none of which does anything yet.
    pub(super) fn no_edits(&self) -> Vec<Edit> {
        vec![Edit::Keep; self.glyphs.len()]
    }

    /// The glyph `by` places right of `i` (left, if negative), if there is one on this line.
    pub(super) fn at(&self, i: usize, by: isize) -> Option<Glyph> {
        let glyph = *self.glyphs.get(i.checked_add_signed(by)?)?;
        (glyph.c != '\n').then_some(glyph)
    }

    /// The character left of `i` on this line.
    pub(super) fn left(&self, i: usize) -> Option<char> {
        self.at(i, -1).map(|glyph| glyph.c)
    }

    /// The character right of `i` on this line.
    pub(super) fn right(&self, i: usize) -> Option<char> {
        self.at(i, 1).map(|glyph| glyph.c)
    }

    /// The script of the nearest word before each glyph, and after it, on its line. Spaces,
    /// punctuation and things kept whole are passed over, so that no edit changes an answer.
    pub(super) fn words(&self) -> (Vec<Word>, Vec<Word>) {
        let nearest = |last: &mut Word, glyph: &Glyph| {
            let before = *last;
            match word(*glyph) {
                _ if glyph.c == '\n' => *last = Word::None,
                Word::None => {}
                word => *last = word,
            }
            before
        };
        let mut last = Word::None;
        let before = self.glyphs.iter().map(|glyph| nearest(&mut last, glyph)).collect();
        last = Word::None;
        let mut after: Vec<Word> =
            self.glyphs.iter().rev().map(|glyph| nearest(&mut last, glyph)).collect();
        after.reverse();
        (before, after)
    }

    /// The line with the edits made; `edits[i]` is for glyph `i`.
    pub(super) fn edit(self, edits: &[Edit]) -> Self {
        let mut glyphs = Vec::with_capacity(self.glyphs.len() + 8);
        let mut placed = Vec::with_capacity(self.tags.len());
        let mut tags = self.tags.into_iter().peekable();
        for (i, glyph) in self.glyphs.into_iter().enumerate() {
            let edit = edits.get(i).copied().unwrap_or(Edit::Keep);
            let mut spaced = edit != Edit::SpaceBefore;
            while let Some((_, tag)) = tags.next_if(|&(at, _)| at <= i) {
                if !spaced && matches!(tag, Token::Open(_)) {
                    glyphs.push(Glyph { c: ' ', role: Role::Text });
                    spaced = true;
                }
                placed.push((glyphs.len(), tag));
            }
            if !spaced {
                glyphs.push(Glyph { c: ' ', role: Role::Text });
            }
            match edit {
                Edit::Keep | Edit::SpaceBefore => glyphs.push(glyph),
                Edit::Put(text) => {
                    glyphs.extend(text.chars().map(|c| Glyph { c, role: Role::Wide }));
                }
            }
        }
        let end = glyphs.len();
        placed.extend(tags.map(|(_, tag)| (end, tag)));
        Self { glyphs, tags: placed }
    }
}

/// The ASCII letter, digit or percent sign that a full-width one stands for; else the character.
pub(super) fn narrow(c: char) -> char {
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '％' => {
            char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c)
        }
        _ => c,
    }
}

/// Whether the character is a space within a line; the ideographic one is punctuation.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{A0}' | '\u{2009}' | '\u{200A}' | '\u{202F}')
}

fn word(glyph: Glyph) -> Word {
    match glyph.c {
        _ if matches!(glyph.role, Role::Kept(_) | Role::Break(_)) => Word::None,
        _ if glyph.role == Role::Fixed => Word::Latin,
        c if is_han(c) => Word::Han,
        c if c.is_alphabetic() => Word::Latin,
        c if c.is_numeric() || matches!(c, '%' | '％' | '‰' | '℃' | '°') => Word::Digit,
        _ => Word::None,
    }
}

/// Names that end in what looks like the end of a sentence.
const EXCLAIMED: [&str; 3] = ["Yahoo!", "Jeopardy!", "Yum!"];

/// How far a name or an entity reaches at most: enough, and no way to make the search slow.
const REACH: usize = 32;

/// Marks what is text but not prose: addresses, e-mail addresses, paths, options, entities,
/// shortcodes.
fn fix(glyphs: &mut [Glyph]) {
    let mut from = 0;
    let mut i = 0;
    while i < glyphs.len() {
        if let Some((start, end)) = fixed_at(glyphs, i, from) {
            for glyph in &mut glyphs[start..end] {
                if glyph.role == Role::Text {
                    glyph.role = Role::Fixed;
                }
            }
            from = end;
            i = end.max(i + 1);
        } else {
            i += 1;
        }
    }
}

/// The bounds of the thing that is told by its character at `i` and begins at `from` at the
/// earliest.
fn fixed_at(glyphs: &[Glyph], i: usize, from: usize) -> Option<(usize, usize)> {
    let at = |i: usize| glyphs.get(i).filter(|glyph| glyph.role == Role::Text).map(|glyph| glyph.c);
    let starts = |i: usize, text: &str| {
        text.chars().enumerate().all(|(n, c)| at(i + n).is_some_and(|x| x.eq_ignore_ascii_case(&c)))
    };
    let reach = |mut i: usize, is: fn(char) -> bool| {
        while at(i).is_some_and(is) {
            i += 1;
        }
        i
    };
    let back = |mut i: usize, is: fn(char) -> bool| {
        while i > from && at(i - 1).is_some_and(is) {
            i -= 1;
        }
        i
    };
    let begins =
        || i == 0 || glyphs.get(i - 1).is_some_and(|glyph| is_space(glyph.c) || glyph.c == '\n');
    let fresh = || i == 0 || !at(i - 1).is_some_and(|c| c.is_ascii_alphanumeric());
    match at(i)? {
        ':' if starts(i, "://") => {
            let start = back(i, |c| c.is_ascii_alphanumeric());
            (start < i).then(|| (start, trimmed(glyphs, i + 3, reach(i + 3, is_of_address))))
        }
        'w' | 'W' if fresh() && starts(i, "www.") => {
            Some((i, trimmed(glyphs, i + 4, reach(i + 4, is_of_address))))
        }
        '@' => {
            let start = back(i, |c| c.is_ascii_alphanumeric() || "._%+-".contains(c));
            let end = reach(i + 1, |c| c.is_ascii_alphanumeric() || ".-".contains(c));
            let end = trimmed(glyphs, i + 1, end);
            let dotted = glyphs.get(i + 1..end)?.iter().any(|glyph| glyph.c == '.');
            (start < i && dotted).then_some((start, end))
        }
        '&' => {
            let end = (i + 1..i + REACH)
                .find(|&n| !at(n).is_some_and(|c| c.is_ascii_alphanumeric() || c == '#'))?;
            (end > i + 1 && at(end) == Some(';')).then_some((i, end + 1))
        }
        ':' if fresh() => {
            let end = (i + 1..i + REACH).find(|&n| {
                !at(n).is_some_and(|c| {
                    c.is_ascii_lowercase() || c.is_ascii_digit() || "_+-".contains(c)
                })
            })?;
            (end > i + 1 && at(end) == Some(':')).then_some((i, end + 1))
        }
        '/' | '.' | '~' => {
            let root = ["../", "./", "~/", "/"].into_iter().find(|root| starts(i, root))?;
            let first = i + root.len();
            (begins() && at(first).is_some_and(|c| c.is_ascii_alphanumeric()))
                .then(|| (i, trimmed(glyphs, first, reach(first, is_of_address))))
        }
        '-' if begins() => {
            let first = i + 1 + usize::from(at(i + 1) == Some('-'));
            at(first)
                .is_some_and(|c| c.is_ascii_lowercase())
                .then(|| (i, reach(first, |c| c.is_ascii_alphanumeric() || "-_=".contains(c))))
        }
        c if c.is_ascii_alphabetic() && fresh() && starts(i + 1, ":\\") => {
            Some((i, trimmed(glyphs, i + 3, reach(i + 3, is_of_address))))
        }
        'A'..='Z' if fresh() => {
            let name = EXCLAIMED
                .into_iter()
                .find(|name| name.starts_with(|c| Some(c) == at(i)) && starts(i, name))?;
            Some((i + name.len() - 1, i + name.len()))
        }
        _ => None,
    }
}

fn is_of_address(c: char) -> bool {
    c.is_ascii_graphic() && !"<>\"`{}|^".contains(c)
}

/// The end of an address without the punctuation of the sentence it stands in, as GitHub cuts it.
fn trimmed(glyphs: &[Glyph], start: usize, mut end: usize) -> usize {
    let count = |c: char| {
        glyphs.get(start..end).unwrap_or_default().iter().filter(|glyph| glyph.c == c).count()
    };
    let mut surplus = count(')').saturating_sub(count('('));
    let mut quote = count('\'') % 2;
    while end > start {
        match glyphs.get(end - 1).map(|glyph| glyph.c) {
            Some('.' | ',' | ';' | ':' | '!' | '?' | '*' | '_' | '-') => {}
            Some('\'') if quote > 0 => quote -= 1,
            Some(')') if surplus > 0 => surplus -= 1,
            _ => break,
        }
        end -= 1;
    }
    end
}
