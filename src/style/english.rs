//! The house style of English: no full-width punctuation left over from Chinese, quotation marks
//! of one shape, single spaces, the capitals of headings.
//!
//! Chinese quoted inside English keeps its own punctuation.

mod title_case;

use super::line::{Edit, Line, Role, Word, is_space};
use super::{House, Quotes, TitleCase};
use crate::language::{is_han, is_latin};
use crate::paragraph::Class;

/// The paragraph in the house style; one without Latin letters stays as it is.
pub(super) fn apply(line: Line, class: Class, house: &House) -> Line {
    if !line.glyphs().iter().any(|glyph| glyph.role == Role::Text && is_latin(glyph.c)) {
        return line;
    }
    let edits = narrow(&line);
    let line = line.edit(&edits);
    let edits = match house.quotes {
        Quotes::Curly => curly(&line),
        Quotes::Straight => straight(&line),
        Quotes::Keep => line.no_edits(),
    };
    let line = line.edit(&edits);
    let edits = spaces(&line);
    let line = line.edit(&edits);
    match (house.title_case, class) {
        (TitleCase::Title, Class::Heading) => title_case::apply(line),
        _ => line,
    }
}

/// Full-width punctuation as English has it.
fn narrow(line: &Line) -> Vec<Edit> {
    let mut edits = line.no_edits();
    let (before, after) = line.words();
    let mut titles = Vec::new();
    let mut han = 0;
    for (i, glyph) in line.glyphs().iter().enumerate() {
        han += usize::from(is_han(glyph.c));
        let quoted = before[i] == Word::Han && after[i] == Word::Han;
        if glyph.role != Role::Text || quoted {
            continue;
        }
        let figure = line.left(i).is_some_and(|c| c.is_ascii_digit())
            && line.right(i).is_some_and(|c| c.is_ascii_digit());
        let follows = !figure && line.right(i).is_some_and(begins);
        let preceded = line.left(i).is_some_and(ends);
        let doubled = line.left(i) == Some(glyph.c);
        edits[i] = Edit::Put(match (glyph.c, follows) {
            ('，' | '、', true) => ", ",
            ('，' | '、', false) => ",",
            ('。', true) => ". ",
            ('。', false) => ".",
            ('；', true) => "; ",
            ('；', false) => ";",
            ('：', true) => ": ",
            ('：', false) => ":",
            ('？', true) => "? ",
            ('？', false) => "?",
            ('！', true) => "! ",
            ('！', false) => "!",
            ('（', _) if preceded => " (",
            ('（', _) => "(",
            ('）', true) => ") ",
            ('）', false) => ")",
            ('【', _) => "[",
            ('】', _) => "]",
            ('「', _) if preceded => " “",
            ('「', _) => "“",
            ('」', true) => "” ",
            ('」', false) => "”",
            ('『', _) if preceded => " ‘",
            ('『', _) => "‘",
            ('』', true) => "’ ",
            ('』', false) => "’",
            // Chinese doubles both.
            ('…', true) if doubled => " ",
            ('—' | '…', _) if doubled => "",
            ('％', _) => "%",
            ('＂', _) => "\"",
            ('\u{3000}', _) => " ",
            ('《', _) => {
                titles.push((i, han));
                continue;
            }
            ('》', _) => {
                if let Some((open, before)) = titles.pop()
                    && before == han
                {
                    edits[open] =
                        Edit::Put(if line.left(open).is_some_and(ends) { " “" } else { "“" });
                    edits[i] = Edit::Put(if follows { "” " } else { "”" });
                }
                continue;
            }
            (',' | ';', _) if is_tight(line, i) => {
                edits[i] = Edit::Put(if glyph.c == ',' { ", " } else { "; " });
                continue;
            }
            _ => continue,
        });
    }
    edits
}

/// Whether a space is missing between punctuation and this character.
fn begins(c: char) -> bool {
    c.is_alphanumeric() || "(“‘[「『《$€£¥\u{FFFC}".contains(c)
}

/// Whether a space is missing between this character and an opening bracket.
fn ends(c: char) -> bool {
    c.is_alphanumeric() || ")”’]%」』》,.;:?!\u{FFFC}".contains(c)
}

/// `one,two`, but neither `1,000` nor `f(x,y)`.
fn is_tight(line: &Line, i: usize) -> bool {
    let letter = |by: isize| {
        line.at(i, by).is_some_and(|glyph| glyph.role == Role::Text && is_latin(glyph.c))
    };
    letter(-1) && letter(1) && (letter(-2) || letter(2))
}

/// Curly quotation marks and apostrophes.
fn curly(line: &Line) -> Vec<Edit> {
    let mut edits = line.no_edits();
    let glyphs = line.glyphs();
    let last_single = (0..glyphs.len()).rev().find(|&i| {
        matches!(glyphs[i].c, '\'' | '’') && closes(line.left(i)) && !is_inside(line, i)
    });
    let (mut double, mut single) = (0usize, 0usize);
    for (i, glyph) in glyphs.iter().enumerate() {
        // As it reads by now: a mark may follow one that this pass has turned.
        let left = match i.checked_sub(1).and_then(|i| edits.get(i)) {
            Some(Edit::Put(turned)) => turned.chars().next_back(),
            _ => line.left(i),
        };
        match glyph.c {
            _ if !matches!(glyph.role, Role::Text | Role::Wide) => {}
            '“' => double += 1,
            '”' => double = double.saturating_sub(1),
            '‘' => single += 1,
            '’' if !is_inside(line, i) => single = single.saturating_sub(1),
            '"' => {
                if double > 0 && closes(left) {
                    double -= 1;
                    edits[i] = Edit::Put("”");
                } else if opens(left, line.right(i)) {
                    double += 1;
                    edits[i] = Edit::Put("“");
                }
            }
            '\'' => {
                let after_digit = line.left(i).is_some_and(|c| c.is_ascii_digit());
                if is_inside(line, i) {
                    let feet = after_digit && line.right(i).is_some_and(|c| c.is_ascii_digit());
                    if !feet {
                        edits[i] = Edit::Put("’");
                    }
                } else if closes(left) {
                    if single > 0 {
                        single -= 1;
                        edits[i] = Edit::Put("’");
                    } else if line.left(i).is_some_and(is_latin) {
                        edits[i] = Edit::Put("’");
                    }
                } else if is_elision(line, i) || last_single.is_none_or(|last| last <= i) {
                    if line.right(i).is_some_and(char::is_alphanumeric) {
                        edits[i] = Edit::Put("’");
                    }
                } else if opens(left, line.right(i)) {
                    single += 1;
                    edits[i] = Edit::Put("‘");
                }
            }
            _ => {}
        }
    }
    edits
}

/// Whether a mark after this can end a quotation.
fn closes(left: Option<char>) -> bool {
    left.is_some_and(|c| !is_space(c) && !"([{“‘".contains(c))
}

/// Whether a mark between these can begin a quotation.
fn opens(left: Option<char>, right: Option<char>) -> bool {
    left.is_none_or(|c| is_space(c) || "([{“‘\"'—–-/,:".contains(c) || is_han(c))
        && right.is_some_and(|c| !is_space(c))
}

/// Whether letters or figures stand on both sides.
fn is_inside(line: &Line, i: usize) -> bool {
    line.left(i).is_some_and(char::is_alphanumeric)
        && line.right(i).is_some_and(char::is_alphanumeric)
}

/// `'90s`, `'tis`, `rock 'n' roll`
fn is_elision(line: &Line, i: usize) -> bool {
    let word: String = (1..=6)
        .map_while(|by| line.at(i, by))
        .map(|glyph| glyph.c.to_ascii_lowercase())
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let decade = word.strip_suffix('s').unwrap_or(&word);
    (decade.len() == 2 && decade.bytes().all(|b| b.is_ascii_digit()))
        || ["tis", "twas", "em", "til", "cause", "n", "round"].contains(&word.as_str())
}

/// Straight quotation marks and apostrophes.
fn straight(line: &Line) -> Vec<Edit> {
    line.glyphs()
        .iter()
        .map(|glyph| match glyph.c {
            '“' | '”' if glyph.role != Role::Fixed => Edit::Put("\""),
            '‘' | '’' if glyph.role != Role::Fixed => Edit::Put("'"),
            _ => Edit::Keep,
        })
        .collect()
}

/// One space between words, none before punctuation.
fn spaces(line: &Line) -> Vec<Edit> {
    let mut edits = line.no_edits();
    let glyphs = line.glyphs();
    let is_blank = |i: usize| {
        glyphs
            .get(i)
            .is_some_and(|glyph| glyph.c == ' ' && matches!(glyph.role, Role::Text | Role::Wide))
    };
    let mut i = 0;
    while i < glyphs.len() {
        let mut end = i;
        while is_blank(end) {
            end += 1;
        }
        // Spaces at the edges of a line are not between words.
        let between = i > 0 && line.at(i, -1).is_some() && line.at(end, 0).is_some();
        if end > i && between {
            let point = line.at(end, 0).is_some_and(|glyph| ",.;:?!".contains(glyph.c))
                && line.at(end, 1).is_none_or(|glyph| is_space(glyph.c) || "”’)\"".contains(glyph.c))
                && line.left(i).is_some_and(|c| c.is_alphanumeric() || "”’)%\u{FFFC}".contains(c))
                // Emoticons.
                && line.right(end) != Some(')');
            edits[i + usize::from(!point)..end].fill(Edit::Put(""));
        }
        i = end.max(i + 1);
    }
    edits
}
