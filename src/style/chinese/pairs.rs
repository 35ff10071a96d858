//! What stands in pairs: quotation marks and parentheses.

use super::Prose;
use crate::language::{Variant, is_han};
use crate::style::line::{Edit, Role, Word, is_space};

/// Two glyphs that belong together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) open: usize,
    pub(super) close: usize,
}

/// A quotation mark before it is known what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Open,
    Close,
    /// `"` and `'` look the same on both sides.
    Either,
}

/// The shapes of quotation marks; a pair has one shape.
const SHAPES: usize = 6;

/// The shape and side of a quotation mark.
fn quotation_mark(c: char) -> Option<(usize, Side)> {
    Some(match c {
        '"' | '＂' => (0, Side::Either),
        '\'' => (1, Side::Either),
        '“' => (2, Side::Open),
        '”' => (2, Side::Close),
        '‘' => (3, Side::Open),
        '’' => (3, Side::Close),
        '「' => (4, Side::Open),
        '」' => (4, Side::Close),
        '『' => (5, Side::Open),
        '』' => (5, Side::Close),
        _ => return None,
    })
}

fn is_corner(shape: usize) -> bool {
    shape >= 4
}

/// Gives the quotation marks of Chinese the variant's shapes: the outer ones double.
pub(super) fn quotes(prose: &Prose<'_>, variant: Variant, edits: &mut [Edit]) {
    let (pairs, single) = matched(prose);
    // +1 where a Chinese quotation opens, -1 where one closes; what is open at an end of the
    // paragraph goes on in its neighbour.
    let mut steps = vec![0isize; edits.len()];
    let mut before = 0;
    for pair in &pairs {
        if is_chinese(prose, *pair) {
            steps[pair.open] = 1;
            steps[pair.close] = -1;
        }
    }
    for &(i, shape, side) in &single {
        let near = if side == Side::Open { prose.after[i] } else { prose.before[i] };
        if is_corner(shape) || (shape >= 2 && near == Word::Han) {
            steps[i] = if side == Side::Open { 1 } else { -1 };
            before += isize::from(side == Side::Close);
        }
    }
    let mut depth = before;
    for (i, &step) in steps.iter().enumerate() {
        if step == 0 {
            continue;
        }
        depth += step.min(0);
        let outer = depth % 2 == 0;
        edits[i] = Edit::Put(match (variant.is_traditional(), outer, step > 0) {
            (false, true, true) => "“",
            (false, true, false) => "”",
            (false, false, true) => "‘",
            (false, false, false) => "’",
            (true, true, true) => "「",
            (true, true, false) => "」",
            (true, false, true) => "『",
            (true, false, false) => "』",
        });
        depth += step.max(0);
    }
}

/// Quotation marks in pairs, properly nested, and those that found no partner.
pub(super) fn matched(prose: &Prose<'_>) -> (Vec<Pair>, Vec<(usize, usize, Side)>) {
    let mut pairs = Vec::new();
    let mut single = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut count = [0usize; SHAPES];
    for (i, glyph) in prose.line.glyphs().iter().enumerate() {
        let Some((shape, side)) = quotation_mark(glyph.c) else { continue };
        if glyph.role != Role::Text || is_apostrophe(prose, i, shape) {
            continue;
        }
        let side = match side {
            Side::Either if count[shape] > 0 => Side::Close,
            Side::Either if is_prime(prose, i) => continue,
            Side::Either => Side::Open,
            side => side,
        };
        if side == Side::Open {
            open.push((i, shape));
            count[shape] += 1;
        } else if count[shape] == 0 {
            single.push((i, shape, side));
        } else {
            while let Some((at, found)) = open.pop() {
                count[found] -= 1;
                if found == shape {
                    pairs.push(Pair { open: at, close: i });
                    break;
                }
                single.push((at, found, Side::Open));
            }
        }
    }
    single.extend(open.into_iter().map(|(at, shape)| (at, shape, Side::Open)));
    (pairs, single)
}

/// `McDonald's`, `don’t`, `6'2`
fn is_apostrophe(prose: &Prose<'_>, i: usize, shape: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_han(c));
    matches!(prose.line.glyphs().get(i).map(|glyph| glyph.c), Some('\'' | '’'))
        && (shape == 1 || shape == 3)
        && word(prose.line.left(i))
        && word(prose.line.right(i))
}

/// Feet and inches: 27" and 6'.
fn is_prime(prose: &Prose<'_>, i: usize) -> bool {
    prose.line.left(i).is_some_and(|c| c.is_ascii_digit())
}

fn is_chinese(prose: &Prose<'_>, Pair { open, close }: Pair) -> bool {
    let corner = prose.glyph(open).is_some_and(|glyph| "「『".contains(glyph.c));
    corner
        || prose.han[open] < prose.han[close]
        || prose.before[open] == Word::Han
        || prose.after[close] == Word::Han
}

/// Full-width parentheses in Chinese.
pub(super) fn parentheses(prose: &Prose<'_>, edits: &mut [Edit]) {
    let mut open = Vec::new();
    for (i, glyph) in prose.line.glyphs().iter().enumerate() {
        match glyph.c {
            _ if glyph.role != Role::Text => {}
            '(' | '（' => open.push(i),
            ')' | '）' => {
                let Some(open) = open.pop() else { continue };
                let pair = Pair { open, close: i };
                let mixed = prose.is_text(open, '（') != prose.is_text(i, '）');
                if (mixed || (is_chinese(prose, pair) && !is_technical(prose, pair)))
                    && !prose.after_address(i)
                {
                    edits[open] = Edit::Put("（");
                    edits[i] = Edit::Put("）");
                }
            }
            _ => {}
        }
    }
}

/// `f(x)`, `print()`, `model(s)`, `3(a)`: what stands right after a word without a Han character
/// inside belongs to it.
fn is_technical(prose: &Prose<'_>, Pair { open, close }: Pair) -> bool {
    let Some(left) = prose.line.left(open) else { return false };
    if prose.han[open] < prose.han[close] {
        return false;
    }
    if left.is_ascii_digit() || left == '_' {
        return true;
    }
    if !left.is_ascii_alphabetic() {
        return false;
    }
    // The first letter of the word, within reason.
    let word: Vec<char> = (1..=24)
        .map_while(|by| prose.line.at(open, -by))
        .map(|glyph| glyph.c)
        .take_while(|&c| !is_space(c) && (c.is_ascii_alphanumeric() || c == '_' || c == '.'))
        .collect();
    word.len() == 1 || word.last().is_some_and(char::is_ascii_lowercase)
}
