//! Titles of works stand in 《》: what was typed as `<<…>>`, what stands in quotation marks right
//! before a word for a work (“…”一书), and, inside another title, in 〈〉.
//!
//! A word before the quotation marks is no sign: 论文“灌水” is no title.

use super::Prose;
use super::pairs::{Pair, matched};
use crate::language::is_han;
use crate::style::line::Edit;

/// Words that only follow titles.
const WORKS: [&str; 26] = [
    "一书",
    "一書",
    "一文",
    "一剧",
    "一劇",
    "一诗",
    "一詩",
    "一曲",
    "这本书",
    "這本書",
    "这部小说",
    "這部小說",
    "这部电影",
    "這部電影",
    "这部影片",
    "這部影片",
    "这部纪录片",
    "這部紀錄片",
    "这首歌",
    "這首歌",
    "这张专辑",
    "這張專輯",
    "这本杂志",
    "這本雜誌",
    "这篇论文",
    "這篇論文",
];

/// The longest title.
const LONGEST: usize = 40;

/// Gives titles their marks. Comes after the quotation marks, whose edits it overrides.
pub(super) fn titles(prose: &Prose<'_>, edits: &mut [Edit]) {
    typed(prose, edits);
    quoted(prose, edits);
    nested(prose, edits);
}

/// `<<…>>`
fn typed(prose: &Prose<'_>, edits: &mut [Edit]) {
    let mut open: Option<usize> = None;
    let mut i = 0;
    while i + 1 < edits.len() {
        let twice = |c| prose.is_text(i, c) && prose.is_text(i + 1, c);
        if twice('<') {
            open = Some(i);
            i += 2;
        } else if twice('>') {
            let title = open
                .take()
                .filter(|open| i - open <= LONGEST + 2 && prose.han[*open] < prose.han[i]);
            if let Some(open) = title {
                edits[open] = Edit::Put("《");
                edits[open + 1] = Edit::Put("");
                edits[i] = Edit::Put("》");
                edits[i + 1] = Edit::Put("");
            }
            i += 2;
        } else {
            if prose.glyph(i).is_some_and(|glyph| matches!(glyph.c, '<' | '>' | '\n')) {
                open = None;
            }
            i += 1;
        }
    }
}

/// “…”一书
fn quoted(prose: &Prose<'_>, edits: &mut [Edit]) {
    for Pair { open, close } in matched(prose).0 {
        let inside = open + 1..close;
        let names = inside.len() <= LONGEST
            && inside.clone().any(|i| prose.glyph(i).is_some_and(|glyph| is_han(glyph.c)))
            && !inside.clone().any(|i| {
                prose
                    .glyph(i)
                    .is_none_or(|glyph| "“”‘’「」『』\"'《》〈〉。！？!?\n".contains(glyph.c))
            });
        let follows = |word: &&str| word.chars().zip(close + 1..).all(|(c, i)| prose.is_text(i, c));
        if names && WORKS.iter().any(follows) {
            edits[open] = Edit::Put("《");
            edits[close] = Edit::Put("》");
        }
    }
}

/// 《…《…》…》
fn nested(prose: &Prose<'_>, edits: &mut [Edit]) {
    let mut open: Vec<usize> = Vec::new();
    for i in 0..edits.len() {
        if prose.is_text(i, '《') {
            open.push(i);
        } else if prose.is_text(i, '》')
            && let Some(begin) = open.pop()
            && open.len() % 2 == 1
        {
            edits[begin] = Edit::Put("〈");
            edits[i] = Edit::Put("〉");
        } else if prose.glyph(i).is_some_and(|glyph| glyph.c == '\n') {
            open.clear();
        }
    }
}
