//! The furniture of a page that was pasted whole: skip links, menus, language switches, what
//! stands twice, copyright lines, lists of other articles.
//!
//! An article must never lose a line to a guess. So nothing is furniture unless the text begins
//! or ends with the marks of a page, of two different sorts; then only lines that carry such a
//! mark, and the few that stand among them, are furniture. Between the first and the last
//! paragraph of running text everything but `Advertisement` belongs to the article.

mod signs;

use std::ops::Range;

use self::signs::Sign;
use super::kinds;
use super::layout::Line;
use super::words::{ends_sentence, is_wider_than};
use crate::language::is_han;

/// Running text is wider than this, in columns.
const RUNNING: usize = 100;
/// Furniture is sought in so many lines at either end.
const FARTHEST: usize = 400;

/// For each line, whether it is furniture.
pub(super) fn find(lines: &[Line<'_>]) -> Vec<bool> {
    let page = Page::of(lines);
    let head = Head::of(&page);
    let foot = foot(&page, head.end);
    let mut furniture = vec![false; lines.len()];
    let mut sorts: Vec<Sign> = head.signs.iter().chain(&foot).map(|(_, sign)| *sign).collect();
    sorts.retain(|sign| *sign != Sign::Label);
    sorts.sort_unstable();
    sorts.dedup();
    // Two sorts of marks, one of them such as only pages have.
    if sorts.len() < 2 || !sorts.iter().any(|sign| sign.is_strong()) {
        return furniture;
    }
    for at in head.signs.iter().chain(&foot).map(|(at, _)| *at).chain(head.among) {
        if let Some(line) = furniture.get_mut(at) {
            *line = true;
        }
    }
    for (line, is_furniture) in lines.iter().zip(&mut furniture) {
        *is_furniture |= signs::is_advertisement(line.text);
    }
    furniture
}

/// The lines, with the marks of those where furniture is sought.
struct Page<'a> {
    lines: &'a [Line<'a>],
    blocks: Vec<Range<usize>>,
    signs: Vec<Option<Sign>>,
}

impl<'a> Page<'a> {
    fn of(lines: &'a [Line<'a>]) -> Self {
        let mut signs: Vec<Option<Sign>> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| {
                let near = at < FARTHEST || at + FARTHEST >= lines.len();
                if near { signs::of(line.text) } else { None }
            })
            .collect();
        name_menus(lines, &mut signs);
        Self { lines, blocks: block_ranges(lines), signs }
    }

    fn text(&self, at: usize) -> &'a str {
        self.lines.get(at).map_or("", |line| line.text)
    }

    fn sign(&self, at: usize) -> Option<Sign> {
        self.signs.get(at).copied().flatten()
    }

    /// Whether a line is running text: it cannot be furniture, and ends the head of a page.
    fn is_running(&self, at: usize) -> bool {
        let text = self.text(at);
        is_wider_than(text, RUNNING) && ends_sentence(text) && self.sign(at).is_none()
    }

    /// Whether a line is more than a name.
    fn could_be_title(&self, at: usize) -> bool {
        self.sign(at).is_none() && !is_name(self.text(at))
    }
}

/// Makes menus of labels of which several stand in a row; `Home` alone may be anything.
fn name_menus(lines: &[Line<'_>], signs: &mut [Option<Sign>]) {
    let mut row: Vec<usize> = Vec::new();
    for at in 0..=lines.len() {
        match signs.get(at) {
            Some(Some(Sign::Label)) => row.push(at),
            Some(_) if lines.get(at).is_some_and(Line::is_blank) => {}
            _ => {
                let mut labels: Vec<&str> =
                    row.iter().filter_map(|at| lines.get(*at)).map(|line| line.text).collect();
                labels.sort_unstable();
                labels.dedup();
                for at in row.drain(..) {
                    if labels.len() >= 3
                        && let Some(sign) = signs.get_mut(at)
                    {
                        *sign = Some(Sign::Menu);
                    }
                }
            }
        }
    }
}

/// The lines of each block.
fn block_ranges(lines: &[Line<'_>]) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut start = None;
    for (at, line) in lines.iter().enumerate() {
        match (line.is_blank(), start) {
            (true, Some(begun)) => {
                blocks.push(begun..at);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    blocks.extend(start.map(|begun| begun..lines.len()));
    blocks
}

/// What stands before the running text.
#[derive(Default)]
struct Head {
    /// Lines with a mark.
    signs: Vec<(usize, Sign)>,
    /// Lines without one that stand among them.
    among: Vec<usize>,
    /// The first line after the head.
    end: usize,
}

impl Head {
    fn of(page: &Page<'_>) -> Self {
        // A page that was pasted without blank lines has its head and its text in one block.
        let mut before = Vec::new();
        for block in &page.blocks {
            let far = block.end.min(FARTHEST);
            let end = (block.start..far).find(|at| page.is_running(*at)).unwrap_or(far);
            before.extend((block.start < end).then_some(block.start..end));
            if end < block.end {
                break;
            }
        }
        let before = before.as_slice();
        let navigation = navigation(page, before);
        let mut head = Self::default();
        for (i, block) in before.iter().enumerate() {
            head.end = block.end;
            let last = block.clone().rfind(|at| page.sign(*at).is_some_and(Sign::is_navigation));
            for at in block.clone() {
                let line = page.text(at);
                if at > block.start && signs::is_label(line) && line == page.text(at - 1) {
                    head.signs.push((at, Sign::Repeated));
                } else if i >= navigation {
                    // Around the title only what can be nothing else.
                    if navigation > 0 && page.sign(at) == Some(Sign::Action) {
                        head.signs.push((at, Sign::Action));
                    }
                } else if let Some(sign) = page.sign(at) {
                    head.signs.push((at, sign));
                } else {
                    let part = (block.start..at)
                        .any(|above| page.sign(above).is_some() && is_part(line, page.text(above)));
                    let within = last.is_none_or(|last| at < last) && could_be_site(line);
                    let above_title = i + 1 < navigation
                        || before
                            .get(i + 1)
                            .is_some_and(|next| next.len() == 1 && page.could_be_title(next.start));
                    // The name of the site right below the menu, if a title is left below it.
                    let below = at == block.start || page.sign(at - 1).is_some();
                    let last = at + 1 == block.end;
                    let titled = if last { above_title } else { page.could_be_title(at + 1) };
                    let site = below && titled && could_be_site(line);
                    if part || within || site {
                        head.among.push(at);
                    }
                }
            }
        }
        head
    }
}

/// How many of the first blocks are navigation: mostly lines with marks, from the first line on;
/// a site's name may stand between two of them, and a title must be left.
fn navigation(page: &Page<'_>, before: &[Range<usize>]) -> usize {
    let titles = before
        .iter()
        .rposition(|block| block.clone().any(|at| page.could_be_title(at)))
        .unwrap_or(0);
    let mut navigation = 0;
    for (i, block) in before.iter().enumerate() {
        let is_navigation = |at: &usize| page.sign(*at).is_some_and(Sign::is_navigation);
        // What stands below the last label of a block may be the title already.
        let length = block.clone().rfind(is_navigation).map_or(0, |at| at + 1 - block.start);
        let marked = block.clone().take(length).filter(|at| page.sign(*at).is_some()).count();
        let navigates = length > 0 && marked * 2 >= length;
        let name = match before.get(navigation..i).unwrap_or_default() {
            [] => true,
            [block] => i < titles && block.len() == 1 && could_be_site(page.text(block.start)),
            _ => false,
        };
        // A page without any title keeps its first name as the title.
        if navigates && name && (i == navigation || i < titles) {
            navigation = i + 1;
        }
    }
    navigation
}

/// Whether a line is a part of a line of labels run together.
fn is_part(line: &str, labels: &str) -> bool {
    line.len() < labels.len() && line.chars().nth(1).is_some() && labels.contains(line)
}

/// Whether a line is as short as the name of a site or a section.
fn is_name(text: &str) -> bool {
    let han = text.chars().filter(|c| is_han(*c)).count();
    !ends_sentence(text)
        && han <= 8
        && text.split_whitespace().count() <= 4
        && !is_wider_than(text, 32)
}

/// Whether a line could be the name of a site or a section, and is no part of an article's head.
fn could_be_site(text: &str) -> bool {
    is_name(text) && !kinds::is_dateline(text) && !kinds::is_signed(text)
}

/// What stands after the running text: the last lines, as far as they carry marks.
fn foot(page: &Page<'_>, head: usize) -> Vec<(usize, Sign)> {
    let least = page.lines.len().saturating_sub(FARTHEST).max(head);
    let mut found = Vec::new();
    // Lines without a mark, down to a heading that announces other articles.
    let mut pending: Vec<usize> = Vec::new();
    for at in page.blocks.iter().rev().flat_map(|block| block.clone().rev()) {
        let text = page.text(at);
        if at < least || page.is_running(at) {
            break;
        }
        match page.sign(at) {
            Some(Sign::Related) => {
                found.extend(pending.drain(..).map(|at| (at, Sign::Related)));
                found.push((at, Sign::Related));
            }
            Some(sign) if pending.is_empty() => found.push((at, sign)),
            None if !ends_sentence(text) && pending.len() < 20 => pending.push(at),
            _ => break,
        }
    }
    found
}
