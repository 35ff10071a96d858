//! Two documents aligned paragraph by paragraph.
//!
//! Where both have the same kinds in the same order, paragraph answers paragraph. Else the best
//! alignment is sought by kind, size and shared figures; what finds no partner is left out on one
//! side. Paragraphs that people merged or split come out as a pair and a gap.

use std::collections::HashSet;

use super::{Both, Existing, Side};
use crate::article::Document;
use crate::check::{deviation, size};
use crate::language::{Direction, Target};
use crate::paragraph::{Mark, MarkKind, Marked, Paragraph, Token};

/// What a paragraph without a partner costs; a pair of one kind and usual size costs nothing.
const GAP: f64 = 5.0;
/// Above so many possible pairs, only those near the diagonal are looked at.
const MOST: usize = 16_000_000;

impl Existing {
    /// The pair of two documents.
    pub fn of_documents(source: &Document, target: &Document, to: Target) -> Self {
        let (ours, theirs) = (source.paragraphs(), target.paragraphs());
        let paragraphs = partners(ours, theirs, to.direction(), MOST)
            .into_iter()
            .filter_map(|(i, j)| {
                match (i.and_then(|i| ours.get(i)), j.and_then(|j| theirs.get(j))) {
                    (Some(source), Some(target)) => Some(both(source, target)),
                    (Some(source), None) => Some(alone(source, Stands::InSource)),
                    (None, Some(target)) => Some(alone(target, Stands::InTarget)),
                    (None, None) => None,
                }
            })
            .collect();
        Self { to, paragraphs, numbered: false }
    }
}

enum Stands {
    InSource,
    InTarget,
}

fn alone(paragraph: &Paragraph, stands: Stands) -> Both {
    let side = side(paragraph, paragraph.source.clone(), &paragraph.marks);
    let (source, target) = match stands {
        Stands::InSource => (Some(side), None),
        Stands::InTarget => (None, Some(side)),
    };
    Both { kind: paragraph.kind, source, target, marks: paragraph.marks.clone(), person: false }
}

fn side(paragraph: &Paragraph, marked: Marked, marks: &[Mark]) -> Side {
    Side { plain: marked.plain(marks), marked, at: Some(paragraph.range.clone()) }
}

/// A paragraph and its translation, whose marks were numbered apart, with one numbering: a mark of
/// the target answers the first free one of the source that is the same, else of the same kind.
/// Emphasis without an answer is no mark at all: the languages emphasise differently.
fn both(source: &Paragraph, target: &Paragraph) -> Both {
    let mut marks = source.marks.clone();
    let mut free: Vec<bool> = vec![true; marks.len()];
    let mut numbers: Vec<Option<usize>> = vec![None; target.marks.len()];
    let same: [fn(&Mark, &Mark) -> bool; 2] =
        [|a, b| a == b, |a, b| a.kind() == b.kind() && matches!(a, Mark::Span { .. })];
    for same in same {
        for (mark, number) in target.marks.iter().zip(&mut numbers) {
            if number.is_some() {
                continue;
            }
            let answer = (0..free.len()).find(|&i| free[i] && same(&marks[i], mark));
            if let Some(i) = answer {
                free[i] = false;
                *number = Some(i + 1);
            }
        }
    }
    for (mark, number) in target.marks.iter().zip(&mut numbers) {
        if number.is_none() && !is_emphasis(mark) {
            marks.push(mark.clone());
            *number = Some(marks.len());
        }
    }
    let unanswered = |n: usize| {
        let i = n.wrapping_sub(1);
        free.get(i) == Some(&true) && source.marks.get(i).is_some_and(is_emphasis)
    };
    let ours = renumbered(&source.source, |n| (!unanswered(n)).then_some(n));
    let theirs = renumbered(&target.source, |n| numbers.get(n.wrapping_sub(1)).copied().flatten());
    let (ours, theirs) = (side(source, ours, &marks), side(target, theirs, &marks));
    Both { kind: source.kind, source: Some(ours), target: Some(theirs), marks, person: false }
}

fn is_emphasis(mark: &Mark) -> bool {
    matches!(
        mark.kind(),
        MarkKind::Emphasis | MarkKind::Strong | MarkKind::Strike | MarkKind::Break
    )
}

/// The text with other tags; a tag without a number goes, a kept line break leaves a line feed.
fn renumbered(marked: &Marked, number: impl Fn(usize) -> Option<usize>) -> Marked {
    let tokens = marked.tokens().into_iter().filter_map(|token| match token {
        Token::Text(text) => Some(Token::Text(text)),
        Token::Open(n) => number(n).map(Token::Open),
        Token::Close(n) => number(n).map(Token::Close),
        Token::Kept(n) => Some(number(n).map_or(Token::Text("\n".into()), Token::Kept)),
    });
    Marked::from_tokens(tokens)
}

/// Which paragraph answers which, in order.
fn partners(
    source: &[Paragraph],
    target: &[Paragraph],
    direction: Direction,
    most: usize,
) -> Vec<(Option<usize>, Option<usize>)> {
    let kinds = |of: &[Paragraph]| of.iter().map(|it| it.kind).collect::<Vec<_>>();
    let (n, m) = (source.len(), target.len());
    if kinds(source) == kinds(target) {
        return (0..n).map(|i| (Some(i), Some(i))).collect();
    }
    let source: Vec<Seen> = source.iter().map(Seen::of).collect();
    let target: Vec<Seen> = target.iter().map(Seen::of).collect();
    let band = Band::of(n, m, most);
    // The cheapest way from each corner to the end, so that the way reads from the begin.
    let mut cost = vec![f64::INFINITY; (n + 1) * band.width];
    let read = |cost: &[f64], i, j| band.at(i, j).map_or(f64::INFINITY, |at| cost[at]);
    for i in (0..=n).rev() {
        for j in band.of_row(i).rev() {
            let Some(at) = band.at(i, j) else { continue };
            cost[at] = match (i < n, j < m) {
                (false, false) => 0.0,
                (true, false) => GAP + read(&cost, i + 1, j),
                (false, true) => GAP + read(&cost, i, j + 1),
                (true, true) => {
                    let pair = source[i].price(&target[j], direction) + read(&cost, i + 1, j + 1);
                    pair.min(GAP + read(&cost, i + 1, j)).min(GAP + read(&cost, i, j + 1))
                }
            };
        }
    }
    let mut way = Vec::with_capacity(n.max(m));
    let (mut i, mut j) = (0, 0);
    while i < n || j < m {
        let here = read(&cost, i, j);
        let paired = i < n && j < m && {
            let pair = source[i].price(&target[j], direction) + read(&cost, i + 1, j + 1);
            pair <= here
        };
        if paired {
            way.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        } else if i < n && (j == m || GAP + read(&cost, i + 1, j) <= here) {
            way.push((Some(i), None));
            i += 1;
        } else {
            way.push((None, Some(j)));
            j += 1;
        }
    }
    way
}

/// The pairs that are looked at: all of a shorter article; of a long one so many on both sides of
/// the diagonal that no more are looked at than asked for. Begin and end always belong to it.
struct Band {
    n: usize,
    m: usize,
    width: usize,
}

impl Band {
    fn of(n: usize, m: usize, most: usize) -> Self {
        // A step of a row may move the diagonal by so many: neighbours have to overlap.
        let step = m.div_ceil(n.max(1)) + 1;
        let width = (most / (n + 1)).max(2 * step).min(m + 1);
        Self { n, m, width }
    }

    /// Where a row of the band begins.
    fn begin(&self, i: usize) -> usize {
        let diagonal = (i as u128 * self.m as u128 / self.n.max(1) as u128) as usize;
        diagonal.saturating_sub(self.width / 2).min(self.m + 1 - self.width)
    }

    fn of_row(&self, i: usize) -> std::ops::Range<usize> {
        let begin = self.begin(i);
        begin..begin + self.width
    }

    /// The place of a corner in the table, if it belongs to the band.
    fn at(&self, i: usize, j: usize) -> Option<usize> {
        let row = self.of_row(i);
        (i <= self.n && row.contains(&j)).then(|| i * self.width + j - row.start)
    }
}

/// What is compared of a paragraph.
struct Seen {
    kind: crate::paragraph::Kind,
    size: f64,
    figures: HashSet<String>,
}

impl Seen {
    fn of(paragraph: &Paragraph) -> Self {
        let prose = paragraph.source.prose();
        let figures =
            prose.split(|c: char| !c.is_ascii_digit()).filter(|figure| !figure.is_empty());
        Self {
            kind: paragraph.kind,
            size: size(&prose, &[]),
            figures: figures.map(str::to_owned).collect(),
        }
    }

    fn price(&self, other: &Self, direction: Direction) -> f64 {
        let kind = match (self.kind == other.kind, self.kind.class() == other.kind.class()) {
            (true, _) => 0.0,
            (false, true) => 2.0,
            (false, false) => 6.0,
        };
        let deviation = deviation(direction, self.size, other.size);
        let shared = self.figures.intersection(&other.figures).count().min(3) as f64;
        kind + (deviation * deviation / 2.0).min(8.0) - shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Format;
    use crate::language::Variant;

    fn pair(source: &str, target: &str) -> Existing {
        let parse = |text: &str| Document::parse(text.to_owned(), Format::Markdown);
        Existing::of_documents(&parse(source), &parse(target), Target::Chinese(Variant::Hans))
    }

    fn plains(pair: &Existing) -> Vec<(Option<&str>, Option<&str>)> {
        let plain =
            |side: &Option<Side>| side.as_ref().map(|side| side.plain.clone().leak() as &str);
        pair.paragraphs.iter().map(|both| (plain(&both.source), plain(&both.target))).collect()
    }

    #[test]
    fn paragraphs_answer_each_other() {
        let pair =
            pair("# Harbour\n\nThe ferry left.\n\n- Rope\n", "# 港口\n\n渡轮开走了。\n\n- 绳子\n");
        assert_eq!(
            plains(&pair),
            [
                (Some("Harbour"), Some("港口")),
                (Some("The ferry left."), Some("渡轮开走了。")),
                (Some("Rope"), Some("绳子")),
            ]
        );
    }

    #[test]
    fn a_paragraph_left_out_finds_no_partner() {
        let pair = pair(
            "# Harbour\n\nThe ferry to the islands left at 9 in the morning, as always.\n\nNobody was on the pier, and the cafés along the quay were still closed.\n\nIn 1987 the pier burned down.\n",
            "# 港口\n\n开往群岛的渡轮照例上午9点离港。\n\n1987年码头烧毁。\n",
        );
        let gaps: Vec<_> =
            plains(&pair).into_iter().filter(|(_, target)| target.is_none()).collect();
        assert_eq!(gaps.len(), 1);
        assert!(gaps[0].0.unwrap().starts_with("Nobody"));
    }

    #[test]
    fn a_long_pair_is_aligned_near_its_diagonal() {
        let (mut source, mut target, mut left_out) = (String::new(), String::new(), 0);
        for i in 0..450 {
            source += &format!("The ferry carried {i} people to the islands and back again.\n\n");
            if i % 50 == 25 {
                left_out += 1;
            } else {
                target += &format!("渡轮把{i}人送到群岛，又把他们接了回来。\n\n");
            }
        }
        let parse = |text: &str| Document::parse(text.to_owned(), Format::Markdown);
        let (source, target) = (parse(&source), parse(&target));
        let (ours, theirs) = (source.paragraphs(), target.paragraphs());
        let way = partners(ours, theirs, Direction::EnglishToChinese, 40 * 450);
        let gaps: Vec<usize> =
            way.iter().filter(|(_, j)| j.is_none()).filter_map(|(i, _)| *i).collect();
        assert_eq!(way.len(), 450);
        assert_eq!(gaps, (0..left_out).map(|i| 50 * i + 25).collect::<Vec<_>>());
    }

    #[test]
    fn a_band_holds_begin_and_end_and_hangs_together() {
        for (n, m) in [(0, 0), (0, 9), (9, 0), (1, 30_000_000), (30_000_000, 1), (5000, 40_000)] {
            let band = Band::of(n, m, 100_000);
            assert!(band.at(0, 0).is_some() && band.at(n, m).is_some(), "{n} {m}");
            for i in (0..n.min(10_000)).chain(n.saturating_sub(10_000)..n) {
                let (row, next) = (band.of_row(i), band.of_row(i + 1));
                assert!(row.end <= m + 1 && next.start < row.end && row.start <= next.start);
            }
        }
    }

    #[test]
    fn marks_are_numbered_alike() {
        let pair = pair(
            "See `a` and [the **old** map](https://example.org) *now*.\n",
            "**现在**见[旧地图](https://example.org)和`a`。\n",
        );
        let both = &pair.paragraphs[0];
        let (source, target) = (both.source.as_ref().unwrap(), both.target.as_ref().unwrap());
        assert_eq!(source.marked.same_marks(&target.marked), Ok(()));
        assert_eq!(target.plain, "现在见旧地图和`a`。");
    }
}
