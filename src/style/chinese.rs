//! The house style of Chinese: full-width punctuation, quotation marks of the variant, no spaces
//! where punctuation is wide already.
//!
//! What stands between Latin words, or inside a figure, is no Chinese punctuation: each mark is
//! judged by the nearest words before and after it, which no edit changes.

mod pairs;
mod titles;

use super::line::{Edit, Glyph, Line, Role, Word, is_space};
use super::{House, Spacing};
use crate::language::{Variant, is_han, is_latin};

/// The paragraph in the house style; one without Han characters stays as it is.
pub(super) fn apply(line: Line, variant: Variant, house: &House) -> Line {
    if !line.glyphs().iter().any(|glyph| glyph.role == Role::Text && is_han(glyph.c)) {
        return line;
    }
    let prose = Prose::of(&line);
    let mut edits = line.no_edits();
    prose.points(&mut edits);
    prose.dots(&mut edits);
    prose.dashes(&mut edits);
    pairs::quotes(&prose, variant, &mut edits);
    pairs::parentheses(&prose, &mut edits);
    titles::titles(&prose, &mut edits);
    let line = line.edit(&edits);
    let edits = spaces(&line, house);
    line.edit(&edits)
}

/// A line, and what is around each of its glyphs.
struct Prose<'a> {
    line: &'a Line,
    /// The script of the nearest word before each glyph.
    before: Vec<Word>,
    /// The script of the nearest word after it.
    after: Vec<Word>,
    /// Whether the Latin words before it, back to the last Han character, are an English sentence.
    english: Vec<bool>,
    /// How many Han characters stand before it.
    han: Vec<usize>,
}

impl<'a> Prose<'a> {
    fn of(line: &'a Line) -> Self {
        let (before, after) = line.words();
        let mut run = Run::default();
        let mut english = Vec::with_capacity(before.len());
        let mut han = Vec::with_capacity(before.len() + 1);
        let mut count = 0;
        for glyph in line.glyphs() {
            run.push(glyph.c);
            english.push(run.is_sentence());
            han.push(count);
            if is_han(glyph.c) {
                count += 1;
                run = Run::default();
            } else if glyph.c == '\n' {
                run = Run::default();
            }
        }
        han.push(count);
        Self { line, before, after, english, han }
    }

    fn glyph(&self, i: usize) -> Option<Glyph> {
        self.line.glyphs().get(i).copied()
    }

    fn is_text(&self, i: usize, c: char) -> bool {
        self.glyph(i) == Some(Glyph { c, role: Role::Text })
    }

    /// Whether a mark at `i` belongs to the Chinese around it.
    fn is_chinese(&self, i: usize) -> bool {
        match (self.before[i], self.after[i]) {
            (Word::Han, _) => true,
            (_, Word::Han) => !self.english[i],
            (Word::Latin | Word::Digit, Word::None) => self.han[i] > 0 && !self.english[i],
            _ => false,
        }
    }

    /// Whether the glyph left of `i` ends an address, whose border must stay one of ASCII.
    fn after_address(&self, i: usize) -> bool {
        self.line.at(i, -1).is_some_and(|glyph| glyph.role == Role::Fixed)
    }

    /// `, ; : ? !`
    fn points(&self, edits: &mut [Edit]) {
        for (i, glyph) in self.line.glyphs().iter().enumerate() {
            let wide = match glyph.c {
                ',' => "，",
                ';' => "；",
                ':' => "：",
                '?' => "？",
                '!' => "！",
                _ => continue,
            };
            let (left, right) = (self.line.left(i), self.line.right(i));
            let right_is = |is: fn(char) -> bool| right.is_some_and(is);
            let left_is = |is: fn(char) -> bool| left.is_some_and(is);
            let technical = self.after_address(i)
                || (left_is(|c| c.is_ascii_alphanumeric())
                    && right_is(|c| c.is_ascii_alphanumeric()))
                || (left_is(is_space) && right_is(|c| c.is_ascii_alphanumeric()))
                || right_is(|c| matches!(c, '=' | '/' | '\\'));
            if glyph.role == Role::Text && !technical && self.is_chinese(i) {
                edits[i] = Edit::Put(wide);
            }
        }
    }

    /// Full stops and ellipses.
    fn dots(&self, edits: &mut [Edit]) {
        let glyphs = self.line.glyphs();
        let mut i = 0;
        while i < glyphs.len() {
            let Glyph { c, role } = glyphs[i];
            let length = glyphs[i..].iter().take_while(|glyph| **glyph == glyphs[i]).count();
            let end = i + length;
            if role == Role::Text {
                match (c, length) {
                    ('.', 1) if self.is_full_stop(i) => edits[i] = Edit::Put("。"),
                    ('.' | '。', 3..) | ('…', 1 | 2) => {
                        let alnum = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
                        let inside = alnum(self.line.left(i)) && alnum(self.line.right(end - 1));
                        if self.is_chinese(i) && !inside && !self.after_address(i) {
                            edits[i..end].fill(Edit::Put(""));
                            edits[i] = Edit::Put("……");
                        }
                    }
                    _ => {}
                }
            }
            i = end;
        }
    }

    fn is_full_stop(&self, i: usize) -> bool {
        let (left, right) = (self.line.left(i), self.line.right(i));
        let ends = self.after[i] == Word::None;
        if self.after_address(i)
            || right.is_some_and(|c| c.is_ascii_alphanumeric() || "./\\_".contains(c))
        {
            return false;
        }
        match left {
            // `1. 中文` may be a list.
            Some(c) if c.is_ascii_digit() => ends && self.is_chinese(i),
            Some(c) if is_latin(c) => {
                let single = !self.line.at(i, -2).is_some_and(|glyph| is_latin(glyph.c));
                !self.is_abbreviation(i) && (ends || !single) && self.is_chinese(i)
            }
            Some(c) if "一二三四五六七八九十".contains(c) && self.han[i] <= 2 => {
                ends && self.is_chinese(i)
            }
            Some(_) => self.is_chinese(i),
            None => false,
        }
    }

    /// Whether the full stop at `i` belongs to the word before it.
    fn is_abbreviation(&self, i: usize) -> bool {
        const KNOWN: [&str; 27] = [
            "inc", "ltd", "co", "corp", "llc", "plc", "no", "vol", "vs", "etc", "al", "dr", "mr",
            "mrs", "ms", "jr", "sr", "prof", "st", "gen", "sen", "rep", "gov", "fig", "dept",
            "univ", "approx",
        ];
        let mut word: Vec<char> = Vec::new();
        for by in 1..=8 {
            match self.line.at(i, -by).map(|glyph| glyph.c) {
                Some('.') => return true,
                Some(c) if is_latin(c) => word.push(c.to_ascii_lowercase()),
                _ => break,
            }
        }
        KNOWN.iter().any(|known| known.chars().rev().eq(word.iter().copied()))
    }

    /// Dashes: two em dashes in Chinese.
    fn dashes(&self, edits: &mut [Edit]) {
        let glyphs = self.line.glyphs();
        let mut i = 0;
        while i < glyphs.len() {
            let Glyph { c, role } = glyphs[i];
            let length = glyphs[i..].iter().take_while(|glyph| **glyph == glyphs[i]).count();
            let end = i + length;
            let (left, right) = (self.line.left(i), self.line.right(end - 1));
            let is = |c: Option<char>, is: fn(char) -> bool| c.is_some_and(is);
            let dash = role == Role::Text
                && match (c, length) {
                    // `2020—2024`, `3月—5月`
                    ('—' | '―', 1) => {
                        !(is(left, |c| c.is_ascii_digit() || "年月日时時点點号號".contains(c))
                            && is(right, |c| c.is_ascii_digit()))
                    }
                    ('—' | '―', 2) => true,
                    ('–', 1) => is(left, is_space) && is(right, is_space),
                    // `--help` is an option.
                    ('-', 2 | 3) => {
                        let inside = is(left, |c| c.is_ascii_alphanumeric())
                            && is(right, |c| c.is_ascii_alphanumeric());
                        !inside && !is(right, |c| c.is_ascii_lowercase())
                    }
                    _ => false,
                };
            if dash && self.is_chinese(i) && !self.after_address(i) {
                edits[i..end].fill(Edit::Put(""));
                edits[i] = Edit::Put("——");
            }
            i = end;
        }
    }
}

/// What is done to spaces, once punctuation is as it shall be.
fn spaces(line: &Line, house: &House) -> Vec<Edit> {
    let mut edits = line.no_edits();
    let glyphs = line.glyphs();
    let mut i = 0;
    while i < glyphs.len() {
        let length = glyphs[i..].iter().take_while(|glyph| is_plain_space(glyph)).count();
        let end = i + length;
        let left = i.checked_sub(1).and_then(|i| glyphs.get(i));
        let right = glyphs.get(end);
        let wanted = border(line, i, end).map(|border| match border {
            Border::Latin => house.han_latin,
            Border::Digit => house.han_digit,
        });
        if length == 0 {
            if wanted == Some(Spacing::Space) {
                edits[i] = Edit::SpaceBefore;
            }
        } else if wanted == Some(Spacing::None)
            || (left.is_some_and(is_wide) && right.is_none_or(|glyph| glyph.c != '\n'))
            || (right.is_some_and(is_wide)
                && left.is_none_or(|glyph| glyph.c != '\n' && glyph.role != Role::Fixed))
        {
            edits[i..end].fill(Edit::Put(""));
        } else if wanted == Some(Spacing::Space) {
            edits[i..end].fill(Edit::Put(""));
            edits[i] = Edit::Put(" ");
        }
        i = end.max(i + 1);
    }
    edits
}

fn is_plain_space(glyph: &Glyph) -> bool {
    glyph.role == Role::Text && is_space(glyph.c)
}

/// Whether the glyph brings its own space.
fn is_wide(glyph: &Glyph) -> bool {
    match glyph.role {
        Role::Wide => !is_space(glyph.c),
        Role::Text => "，。；：？！（）《》〈〉【】、「」『』".contains(glyph.c),
        Role::Fixed | Role::Kept(_) | Role::Break(_) => false,
    }
}

/// What meets a Han character.
enum Border {
    Latin,
    Digit,
}

/// The border between the glyph before `start` and the one at `end`, with only spaces between.
fn border(line: &Line, start: usize, end: usize) -> Option<Border> {
    let left = start.checked_sub(1).and_then(|i| line.at(i, 0))?;
    let right = line.at(end, 0)?;
    if left.role != Role::Text || right.role != Role::Text {
        return None;
    }
    let of = |c: char| match c {
        _ if is_latin(c) => Some(Border::Latin),
        _ if c.is_ascii_digit() => Some(Border::Digit),
        _ => None,
    };
    match (is_han(left.c), is_han(right.c)) {
        (true, false) if "$€£¥".contains(right.c) => Some(Border::Digit),
        (true, false) => of(right.c),
        (false, true) if "%％‰℃°".contains(left.c) => Some(Border::Digit),
        // C++, C#
        (false, true) if "+#".contains(left.c) => {
            let name = start.checked_sub(2).and_then(|i| line.at(i, 0));
            name.is_some_and(|glyph| is_latin(glyph.c) || glyph.c == '+').then_some(Border::Latin)
        }
        (false, true) => of(left.c),
        _ => None,
    }
}

/// Letters of a word that are looked at: longer ones are no words inside names.
const MEASURED: usize = 32;

/// Whether a run of Latin words is a sentence rather than a name: at least four words, and at
/// least two of them neither capitalised nor such as stand inside names.
#[derive(Clone, Debug, Default)]
struct Run {
    words: usize,
    plain: usize,
    word: String,
}

impl Run {
    fn push(&mut self, c: char) {
        if is_latin(c) {
            // Longer words are plain for certain.
            if self.word.len() < MEASURED {
                self.word.push(c);
            }
        } else if !matches!(c, '\'' | '’' | '-') {
            self.end_word();
        }
    }

    fn end_word(&mut self) {
        const IN_NAMES: [&str; 14] = [
            "of", "the", "and", "for", "in", "on", "at", "to", "a", "an", "by", "de", "van", "von",
        ];
        if self.word.is_empty() {
            return;
        }
        self.words += 1;
        if self.word.starts_with(char::is_lowercase) && !IN_NAMES.contains(&self.word.as_str()) {
            self.plain += 1;
        }
        self.word.clear();
    }

    fn is_sentence(&self) -> bool {
        self.words >= 4 && self.plain >= 2
    }
}
