//! Which paragraph of an edited file is which paragraph of the pair.
//!
//! Paragraphs that did not change are the fixed points; what lies between two of them is laid side
//! by side by likeness. A reading that is not certain is reported and none is chosen.

use std::collections::HashMap;
use std::ops::Range;

use super::Trouble;
use crate::article::{Document, Format};
use crate::difference::{Words, common_places};
use crate::paragraph::Paragraph;

/// Below this likeness nothing says that one is a new wording of the other.
const UNLIKE: f64 = 0.35;
/// From this likeness on, a paragraph that is gone and one that is new are the same, moved.
const SAME: f64 = 0.6;
/// A split or merged paragraph is at least so like its parts, and each part stands in it so far.
const PARTS: f64 = 0.5;
/// Parts a paragraph is split into or merged of, at most.
const MOST_PARTS: usize = 8;
/// Above this many combinations no reading is looked for.
const MOST: usize = 40_000;

/// What became of the paragraphs of a file.
#[derive(Clone, Debug)]
pub(super) struct Aligned {
    /// The edited text, cut; sources hold the line feeds the person set.
    pub(super) edited: Document,
    /// For each paragraph of the pair, which paragraphs of `edited` it is now, where it changed.
    pub(super) changed: Vec<Option<Range<usize>>>,
}

/// A paragraph of the old text as it reads: all or a part of one of the pair's.
struct Unit {
    owner: usize,
    range: Range<usize>,
    words: Words,
}

/// Aligns `new` with `old`, whose paragraphs stand at `at` (in order, apart).
///
/// # Errors
/// Everything that is neither a new wording nor a split.
pub(super) fn align(
    format: Format,
    old: &str,
    at: &[Range<usize>],
    new: &str,
) -> Result<Aligned, Vec<Trouble>> {
    let units = units(format, old, at);
    let edited = Document::parse_lines(new.to_owned(), format);
    let pieces = edited.paragraphs();
    let texts_old: Vec<&str> = units.iter().map(|unit| &old[unit.range.clone()]).collect();
    let texts_new: Vec<&str> = pieces.iter().map(|piece| &new[piece.range.clone()]).collect();
    let fixed = common_places(&texts_old, &texts_new);
    let mut reader = Reader {
        units: &units,
        pieces,
        words: texts_new.iter().map(|text| Words::of(text)).collect(),
        new,
        taken: units.iter().map(|_| None).collect(),
        gone: Vec::new(),
        added: Vec::new(),
        troubles: Vec::new(),
    };
    let (mut i, mut j) = (0, 0);
    for (at_unit, at_piece) in fixed.iter().copied().chain([(units.len(), pieces.len())]) {
        reader.block(i..at_unit, j..at_piece);
        if let Some(taken) = reader.taken.get_mut(at_unit) {
            *taken = Some(at_piece..at_piece + 1);
        }
        (i, j) = (at_unit + 1, at_piece + 1);
    }
    reader.exchanged(&texts_old, &texts_new);
    reader.settle();
    let Reader { taken, mut troubles, .. } = reader;
    let mut owners: Vec<(usize, Range<usize>, Range<usize>)> = Vec::new();
    let mut changed: Vec<Option<Range<usize>>> = vec![None; at.len()];
    for ((unit, text), taken) in units.iter().zip(&texts_old).zip(&taken) {
        let Some(taken) = taken else { continue };
        let is_new = taken.len() != 1 || texts_new.get(taken.start) != Some(text);
        match owners.last_mut() {
            Some((owner, was, is)) if *owner == unit.owner => {
                was.end = unit.range.end;
                is.end = taken.end.max(is.end);
            }
            _ => owners.push((unit.owner, unit.range.clone(), taken.clone())),
        }
        if is_new {
            changed[unit.owner] = Some(taken.clone());
        }
    }
    for (owner, _, is) in &owners {
        if changed[*owner].is_some() {
            changed[*owner] = Some(is.clone());
        }
    }
    if troubles.is_empty() {
        troubles.extend(outside(old, new, pieces, &owners));
    }
    if troubles.is_empty() { Ok(Aligned { edited, changed }) } else { Err(troubles) }
}

fn units(format: Format, old: &str, at: &[Range<usize>]) -> Vec<Unit> {
    let document = Document::parse(old.to_owned(), format);
    let units = document.paragraphs().iter().filter_map(|paragraph| {
        let range = paragraph.range.clone();
        let owner = at.partition_point(|at| at.end < range.end);
        // What is no paragraph of the pair must stay as it is.
        let inside = at.get(owner).is_some_and(|at| at.start <= range.start);
        inside.then(|| Unit { owner, words: Words::of(&old[range.clone()]), range })
    });
    units.collect()
}

/// The first place outside of the paragraphs that is not as it was.
fn outside(
    old: &str,
    new: &str,
    pieces: &[Paragraph],
    owners: &[(usize, Range<usize>, Range<usize>)],
) -> Option<Trouble> {
    let (mut done_old, mut done_new) = (0, 0);
    let ends = owners.iter().map(|(_, was, is)| {
        let start = pieces.get(is.start).map_or(new.len(), |piece| piece.range.start);
        let end = is.end.checked_sub(1).and_then(|last| pieces.get(last));
        (was.clone(), start..end.map_or(new.len(), |piece| piece.range.end))
    });
    let end = (old.len()..old.len(), new.len()..new.len());
    for (was, is) in ends.chain([end]) {
        let (before, now) = (old.get(done_old..was.start)?, new.get(done_new..is.start)?);
        if before != now {
            let same = before.bytes().zip(now.bytes()).take_while(|(a, b)| a == b).count();
            return Some(Trouble::Outside { line: line_of(new, done_new + same) });
        }
        (done_old, done_new) = (was.end, is.end);
    }
    None
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|&b| b == b'\n').count() + 1
}

/// Reads what lies between two fixed points.
struct Reader<'a> {
    units: &'a [Unit],
    pieces: &'a [Paragraph],
    words: Vec<Words>,
    new: &'a str,
    /// For each unit, the pieces it is now.
    taken: Vec<Option<Range<usize>>>,
    gone: Vec<usize>,
    added: Vec<usize>,
    troubles: Vec<Trouble>,
}

/// What some units and some pieces are to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Reworded,
    Split(usize),
    Merged(usize),
    Gone,
    Added,
}

impl Step {
    fn takes(self) -> (usize, usize) {
        match self {
            Self::Reworded => (1, 1),
            Self::Split(parts) => (1, parts),
            Self::Merged(parts) => (parts, 1),
            Self::Gone => (1, 0),
            Self::Added => (0, 1),
        }
    }
}

impl Reader<'_> {
    fn block(&mut self, units: Range<usize>, pieces: Range<usize>) {
        match (units.len(), pieces.len()) {
            (_, 0) => self.gone.extend(units),
            (0, _) => self.added.extend(pieces),
            (1, 1) => self.replaced(units.start, pieces.start),
            (a, b) if a * b > MOST => self.unclear(units, pieces.start),
            _ => self.walk(units, pieces),
        }
    }

    /// One paragraph in the place of one, both neighbours unchanged: its new wording, however
    /// different, unless it is another paragraph's.
    fn replaced(&mut self, unit: usize, piece: usize) {
        let words = &self.words[piece];
        if self.units[unit].words.likeness(words) < UNLIKE
            && self.units.iter().any(|other| other.words.likeness(words) > SAME)
        {
            self.unclear(unit..unit + 1, piece);
        } else {
            self.taken[unit] = Some(piece..piece + 1);
        }
    }

    /// The best reading of a block, step by step; what in it is not certain is reported.
    fn walk(&mut self, units: Range<usize>, pieces: Range<usize>) {
        let steps = self.best(&units, &pieces);
        let (mut unit, mut piece) = (units.start, pieces.start);
        for step in steps {
            let (a, b) = step.takes();
            match step {
                Step::Reworded => {
                    let own = self.units[unit].words.likeness(&self.words[piece]);
                    let better = pieces.clone().any(|other| {
                        self.units[unit].words.likeness(&self.words[other]) > own + 0.2
                    });
                    if own < UNLIKE || better {
                        self.unclear(unit..unit + 1, piece);
                    } else {
                        self.taken[unit] = Some(piece..piece + 1);
                    }
                }
                Step::Split(_) => self.taken[unit] = Some(piece..piece + b),
                Step::Merged(_) => {
                    let owner = self.units[unit].owner;
                    if self.units[unit..unit + a].iter().all(|unit| unit.owner == owner) {
                        // A split that is taken back.
                        self.taken[unit..unit + a].fill(Some(piece..piece + 1));
                    } else {
                        let paragraphs = self.owners(unit..unit + a);
                        let line = self.line(piece);
                        self.troubles.push(Trouble::Merged { paragraphs, line });
                    }
                }
                Step::Gone => self.gone.push(unit),
                Step::Added => self.added.push(piece),
            }
            (unit, piece) = (unit + a, piece + b);
        }
    }

    fn best(&self, units: &Range<usize>, pieces: &Range<usize>) -> Vec<Step> {
        let (rows, columns) = (units.len() + 1, pieces.len() + 1);
        let mut best: Vec<(f64, Option<Step>)> = vec![(0.0, None); rows * columns];
        let mut known: HashMap<(usize, usize), f64> = HashMap::new();
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                let (unit, piece) = (units.start + row, pieces.start + column);
                let (a, b) = (rows - 1 - row, columns - 1 - column);
                let mut options = Vec::new();
                if a > 0 {
                    options.push((Step::Gone, 0.0));
                }
                if b > 0 {
                    options.push((Step::Added, 0.0));
                }
                if a > 0 && b > 0 {
                    let like = *known
                        .entry((unit, piece))
                        .or_insert_with(|| self.units[unit].words.likeness(&self.words[piece]));
                    options.push((Step::Reworded, like.max(0.02)));
                    let splits = (2..=b.min(MOST_PARTS)).map(|parts| {
                        let parts_of = &self.words[piece..piece + parts];
                        (Step::Split(parts), in_parts(&self.units[unit].words, parts_of.iter()))
                    });
                    let merges = (2..=a.min(MOST_PARTS)).map(|parts| {
                        let parts_of = &self.units[unit..unit + parts];
                        let words = parts_of.iter().map(|unit| &unit.words);
                        (Step::Merged(parts), in_parts(&self.words[piece], words))
                    });
                    let parted =
                        splits.chain(merges).filter_map(|(step, like)| Some((step, like?)));
                    options.extend(parted);
                }
                let reached = options.into_iter().map(|(step, value)| {
                    let (a, b) = step.takes();
                    (value + best[(row + a) * columns + column + b].0, Some(step))
                });
                if let Some(found) = reached.reduce(|a, b| if b.0 > a.0 { b } else { a }) {
                    best[row * columns + column] = found;
                }
            }
        }
        let (mut row, mut column) = (0, 0);
        let mut steps = Vec::new();
        while let Some((_, Some(step))) = best.get(row * columns + column) {
            let (a, b) = step.takes();
            (row, column) = (row + a, column + b);
            steps.push(*step);
        }
        steps
    }

    /// Tells paragraphs that changed places word for word, each with the next or in a ring: what
    /// stands in a place may be like what was there, as two items of a list are, and pass for its
    /// new wording.
    fn exchanged(&mut self, old: &[&str], new: &[&str]) {
        let single = |unit: usize| self.taken[unit].clone().filter(|taken| taken.len() == 1);
        let now: HashMap<usize, &str> = (0..old.len())
            .filter_map(|unit| Some((unit, *new.get(single(unit)?.start)?)))
            .filter(|(unit, now)| old[*unit] != *now)
            .collect();
        let was: HashMap<&str, usize> = now.keys().map(|unit| (old[*unit], *unit)).collect();
        let from = |unit: usize| was.get(now.get(&unit)?).copied();
        let in_ring = |unit: &usize| {
            let ring = std::iter::successors(from(*unit), |next| from(*next));
            ring.take(now.len()).any(|next| next == *unit)
        };
        let mut moved: Vec<usize> = now.keys().copied().filter(in_ring).collect();
        moved.sort_unstable();
        for unit in moved {
            if let (Some(from), Some(taken)) = (from(unit), single(unit)) {
                let paragraph = self.units[from].owner;
                self.troubles.push(Trouble::Moved { paragraph, line: self.line(taken.start) });
            }
        }
    }

    /// Tells what is gone and what is new; a paragraph that is both has moved.
    fn settle(&mut self) {
        let mut added = std::mem::take(&mut self.added);
        for unit in std::mem::take(&mut self.gone) {
            let words = &self.units[unit].words;
            let like = |piece: &usize| self.words[*piece].likeness(words) >= SAME;
            let paragraph = self.units[unit].owner;
            match added.iter().position(like) {
                Some(at) => {
                    let line = self.line(added.remove(at));
                    self.troubles.push(Trouble::Moved { paragraph, line });
                }
                None => self.troubles.push(Trouble::Deleted { paragraph }),
            }
        }
        for piece in added {
            self.troubles.push(Trouble::Added { line: self.line(piece) });
        }
    }

    fn unclear(&mut self, units: Range<usize>, piece: usize) {
        let (paragraphs, line) = (self.owners(units), self.line(piece));
        self.troubles.push(Trouble::Unclear { paragraphs, line });
    }

    fn owners(&self, units: Range<usize>) -> Vec<usize> {
        let mut owners: Vec<usize> = self.units[units].iter().map(|unit| unit.owner).collect();
        owners.dedup();
        owners
    }

    fn line(&self, piece: usize) -> usize {
        let at = self.pieces.get(piece).map_or(self.new.len(), |piece| piece.range.start);
        line_of(self.new, at)
    }
}

/// How like a whole is to its parts, if each of them can be a part of it.
fn in_parts<'a>(whole: &Words, parts: impl Iterator<Item = &'a Words> + Clone) -> Option<f64> {
    if parts.clone().any(|part| part.share_in(whole) < PARTS) {
        return None;
    }
    let like = Words::sum(parts).likeness(whole);
    (like >= PARTS).then_some(like)
}
