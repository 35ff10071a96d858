//! Titles and headings with Capitals for Their Words, where the house asks for them.
//!
//! Words are capitalised as newsrooms do it: all but articles, conjunctions and prepositions of up
//! to three letters, which are capitalised at the beginning, at the end and after a colon, a dash,
//! a question or an exclamation mark. What is written on purpose stays: `iPhone`, `npm`, `v1.2`,
//! units after a figure, the particles of names (`von der Leyen`). Nothing is made small but "And",
//! "But", "Nor", "Of" and "Or": "The Hague", "Series A" and the surname An are right as they are.
//! For the same reason there is no sentence case here: which words are names no rule knows.

use crate::language::is_latin;
use crate::style::line::{Glyph, Line, Role};

/// Small inside a title.
const SMALL: [&str; 22] = [
    "a", "an", "and", "as", "at", "but", "by", "for", "in", "nor", "of", "off", "on", "or", "per",
    "so", "the", "to", "up", "via", "vs", "yet",
];

/// Never a name or a part of one, and never an adverb.
const ALWAYS_SMALL: [&str; 5] = ["And", "But", "Nor", "Of", "Or"];

/// Small before the rest of a name.
const PARTICLES: [&str; 16] = [
    "al", "bin", "da", "de", "del", "della", "der", "di", "du", "ibn", "la", "le", "ter", "van",
    "von", "zu",
];

/// A longer word is none of the lists'; reading no more of it keeps the pass linear.
const LONGEST: usize = 6;

/// A word, or a part of one between hyphens.
#[derive(Clone, Copy)]
struct Word {
    start: usize,
    end: usize,
    /// Whether a title, or its part after a colon, begins here.
    first: bool,
    /// Whether it stands behind a hyphen.
    joined: bool,
    /// Whether a figure stands before it.
    counted: bool,
}

/// The heading with its words capitalised.
pub(super) fn apply(mut line: Line) -> Line {
    let words = words(line.glyphs());
    let mut edits = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let glyphs = line.glyphs();
        let Some(first) = glyphs.get(word.start) else { continue };
        let edge = word.first || (i + 1 == words.len() && !word.joined);
        let cased = if is_always_small(glyphs, word) && !edge {
            first.c.to_ascii_lowercase()
        } else if is_written_small(glyphs, word) && (edge || !stays(glyphs, word, words.get(i + 1)))
        {
            capital(first.c)
        } else {
            continue;
        };
        edits.push((word.start, cased));
    }
    for (at, c) in edits {
        line.set(at, c);
    }
    line
}

/// The words of a heading in their order.
fn words(glyphs: &[Glyph]) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut first, mut counted) = (true, false);
    let mut i = 0;
    while i < glyphs.len() {
        if !is_of_word(glyphs, i) {
            if glyphs[i].role != Role::Fixed && ":?!—–：？！\n".contains(glyphs[i].c) {
                first = true;
            }
            i += 1;
            continue;
        }
        let start = i;
        while is_of_word(glyphs, i) {
            i += 1;
        }
        let joined = start > 0 && is_hyphen(glyphs[start - 1].c);
        words.push(Word { start, end: i, first, joined, counted });
        counted = glyphs[i - 1].c.is_ascii_digit();
        first = false;
    }
    words
}

/// Whether the glyph belongs to a word: a letter, a figure, or what stands within one.
fn is_of_word(glyphs: &[Glyph], i: usize) -> bool {
    let Some(glyph) = glyphs.get(i) else { return false };
    let within = || {
        let side = |i: Option<usize>| {
            i.and_then(|i| glyphs.get(i))
                .is_some_and(|glyph| glyph.role == Role::Fixed || glyph.c.is_alphanumeric())
        };
        side(i.checked_sub(1)) && side(Some(i + 1))
    };
    match glyph.c {
        _ if matches!(glyph.role, Role::Kept(_) | Role::Break(_)) => false,
        _ if glyph.role == Role::Fixed => true,
        '\'' | '’' | '.' | ',' | '&' | '_' | '@' | '#' => within(),
        '\u{300}'..='\u{36F}' | '\u{AD}' | '\u{200B}'..='\u{200D}' => true,
        c => c.is_alphanumeric(),
    }
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}')
}

/// Whether the word is small letters and apostrophes alone: no name of a thing that is written on
/// purpose, no file, no address.
fn is_written_small(glyphs: &[Glyph], word: &Word) -> bool {
    let glyphs = &glyphs[word.start..word.end];
    let vowel = |glyph: &Glyph| !glyph.c.is_ascii() || "aeiouy".contains(glyph.c);
    glyphs.iter().all(|glyph| {
        glyph.role != Role::Fixed
            && (matches!(glyph.c, '\'' | '’' | '\u{300}'..='\u{36F}' | '\u{AD}')
                || (is_latin(glyph.c) && glyph.c.is_lowercase()))
    }) && (glyphs.iter().any(vowel) || is_one_of(&SMALL, glyphs))
}

/// Whether a word that is written small is right so inside a title.
fn stays(glyphs: &[Glyph], word: &Word, next: Option<&Word>) -> bool {
    let letters = &glyphs[word.start..word.end];
    let name = |next: &Word| {
        let letters = &glyphs[next.start..next.end];
        let capital = letters.first().is_some_and(|glyph| glyph.c.is_uppercase());
        (capital && !is_always_small(glyphs, next)) || is_one_of(&PARTICLES, letters)
    };
    is_one_of(&SMALL, letters)
        || (word.counted && letters.len() <= 2)
        || (is_one_of(&PARTICLES, letters) && next.is_some_and(name))
}

fn is_always_small(glyphs: &[Glyph], word: &Word) -> bool {
    is_one_of(&ALWAYS_SMALL, &glyphs[word.start..word.end])
}

fn is_one_of(list: &[&str], letters: &[Glyph]) -> bool {
    letters.len() <= LONGEST
        && list.iter().any(|word| word.chars().eq(letters.iter().map(|glyph| glyph.c)))
}

/// The capital of a letter that has one of its own.
fn capital(c: char) -> char {
    let mut capitals = c.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => c,
    }
}
