//! What differs between two wordings of a text, in words of Latin script and single characters of
//! Chinese. Pure.

mod likeness;

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

use crate::language::is_han;

pub use likeness::Words;

/// A piece of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// It stands in both.
    Same(String),
    /// It stands in the earlier one alone.
    Old(String),
    /// It stands in the later one alone.
    New(String),
}

/// Above this many steps of comparison the middle of two texts counts as wholly different.
const MOST: usize = 4_000_000;

/// The words of a text: runs of letters and digits of Latin script, runs of white space, and every
/// other character by itself.
pub fn words(text: &str) -> Vec<&str> {
    #[derive(PartialEq)]
    enum Sort {
        Word,
        Space,
        Alone,
    }
    let sort = |c: char| match c {
        _ if c.is_whitespace() => Sort::Space,
        _ if c.is_alphanumeric() && !is_han(c) => Sort::Word,
        _ => Sort::Alone,
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let this = sort(c);
        if before.is_some_and(|before| before != this || this == Sort::Alone) {
            words.push(&text[start..at]);
            start = at;
        }
        before = Some(this);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

/// The difference, in the order of the later text; what goes stands before what comes.
pub fn between(old: &str, new: &str) -> Vec<Piece> {
    let (old, new) = (words(old), words(new));
    let mut pieces = Pieces::default();
    let common = common_places(&old, &new);
    let (mut i, mut j) = (0, 0);
    for (at_old, at_new) in common.into_iter().chain([(old.len(), new.len())]) {
        pieces.push(Piece::Old, &old[i..at_old]);
        pieces.push(Piece::New, &new[j..at_new]);
        if let Some(word) = old.get(at_old) {
            pieces.push(Piece::Same, std::slice::from_ref(word));
        }
        (i, j) = (at_old + 1, at_new + 1);
    }
    without_crumbs(pieces.0)
}

/// A single word that two changes happen to share reads as a part of the change.
fn without_crumbs(pieces: Vec<Piece>) -> Vec<Piece> {
    let changed = |piece: Option<&Piece>| matches!(piece, Some(Piece::Old(_) | Piece::New(_)));
    let is_crumb = |i: usize| match &pieces[i] {
        Piece::Same(text) => {
            words(text).len() == 1
                && i > 0
                && changed(pieces.get(i - 1))
                && changed(pieces.get(i + 1))
        }
        _ => false,
    };
    let mut joined = Pieces::default();
    let (mut old, mut new) = (String::new(), String::new());
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Old(text) => old.push_str(text),
            Piece::New(text) => new.push_str(text),
            Piece::Same(text) if is_crumb(i) => {
                old.push_str(text);
                new.push_str(text);
            }
            Piece::Same(text) => {
                joined.change(&std::mem::take(&mut old), &std::mem::take(&mut new));
                joined.push(Piece::Same, &[text]);
            }
        }
    }
    joined.change(&old, &new);
    joined.0
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    /// A change, without what both sides of it begin or end with.
    fn change(&mut self, old: &str, new: &str) {
        let (old, new) = (words(old), words(new));
        let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let (inner_old, inner_new) = (&old[before..], &new[before..]);
        let ends = inner_old.iter().rev().zip(inner_new.iter().rev());
        let after = ends.take_while(|(a, b)| a == b).count();
        self.push(Piece::Same, &old[..before]);
        self.push(Piece::Old, &inner_old[..inner_old.len() - after]);
        self.push(Piece::New, &inner_new[..inner_new.len() - after]);
        self.push(Piece::Same, &inner_old[inner_old.len() - after..]);
    }

    fn push(&mut self, of: fn(String) -> Piece, words: &[&str]) {
        if words.is_empty() {
            return;
        }
        let text = words.concat();
        match (self.0.last_mut(), of(text)) {
            (Some(Piece::Same(before)), Piece::Same(more)) => before.push_str(&more),
            (_, piece) => self.0.push(piece),
        }
    }
}

/// The places of a longest common subsequence: ascending in both, from 0.
pub fn common_places<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (middle_old, middle_new) = (&old[before..], &new[before..]);
    let after =
        middle_old.iter().rev().zip(middle_new.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle_old = &middle_old[..middle_old.len() - after];
    let middle_new = &middle_new[..middle_new.len() - after];
    let mut places: Vec<(usize, usize)> = (0..before).map(|i| (i, i)).collect();
    let inner = longest(middle_old, middle_new);
    places.extend(inner.into_iter().map(|(i, j)| (before + i, before + j)));
    places.extend((0..after).rev().map(|i| (old.len() - 1 - i, new.len() - 1 - i)));
    places
}

fn longest<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if old.len().saturating_mul(new.len()) > MOST {
        return by_unique(old, new);
    }
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = if old[i] == new[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut places = Vec::new();
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            places.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    places
}

/// Of long lists, what stands once in both and in the same order; and what lies between.
fn by_unique<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let (in_old, in_new) = (once(old), once(new));
    let mut shared: Vec<(usize, usize)> =
        in_old.iter().filter_map(|(item, i)| Some(((*i)?, (*in_new.get(item)?)?))).collect();
    if shared.is_empty() {
        // Nothing to hold on to: it counts as different.
        return Vec::new();
    }
    shared.sort_unstable();
    let mut places = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (at_old, at_new) in ascending(&shared).into_iter().chain([(old.len(), new.len())]) {
        let inner = common_places(&old[i..at_old], &new[j..at_new]);
        places.extend(inner.into_iter().map(|(a, b)| (i + a, j + b)));
        if at_old < old.len() && at_new < new.len() {
            places.push((at_old, at_new));
        }
        (i, j) = (at_old + 1, at_new + 1);
    }
    places
}

/// What stands once in a list, with its place; what stands more often, without.
fn once<T: Eq + Hash>(list: &[T]) -> HashMap<&T, Option<usize>> {
    let mut places = HashMap::new();
    for (i, item) in list.iter().enumerate() {
        places.entry(item).and_modify(|place| *place = None).or_insert(Some(i));
    }
    places
}

/// The longest run of pairs, sorted by their first, whose second ascends too.
fn ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last pair of the best run of each length, and what comes before each pair.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (i, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < *second);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = i,
            None => ends.push(i),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(i) = at {
        run.push(pairs[i]);
        at = before[i];
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(old: &str, new: &str, expected: &str) {
        let written: String = between(old, new)
            .iter()
            .map(|piece| match piece {
                Piece::Same(text) => text.clone(),
                Piece::Old(text) => format!("[-{text}-]"),
                Piece::New(text) => format!("{{+{text}+}}"),
            })
            .collect();
        assert_eq!(written, expected);
    }

    #[test]
    fn words_and_characters_differ() {
        check("建数据中心的人", "建机房的人", "建[-数据中心-]{+机房+}的人");
        check("The old cat sat.", "The cat sat down.", "The [-old -]cat sat{+ down+}.");
        check("一直没有人，直到今年", "直到今年才有人", "[-一直没有人，-]直到今年{+才有人+}");
        check("甲一乙", "丙一丁", "[-甲一乙-]{+丙一丁+}");
        check("", "新", "{+新+}");
        check("同", "同", "同");
    }

    #[test]
    fn long_lists_are_compared_between_what_is_unique() {
        let old: Vec<usize> = (0..9000).map(|n| n % 6000).collect();
        let mut new = old.clone();
        new[1] = 77_777;
        new.insert(4500, 88_888);
        new.remove(8990);
        let places = common_places(&old, &new);
        assert_eq!(places.len(), old.len() - 2);
        assert!(places.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        assert!(places.iter().all(|&(a, b)| old[a] == new[b]));
    }

    proptest! {
        #[test]
        fn both_texts_come_back(old in "[ab 中文，.]{0,20}", new in "[ab 中文，.]{0,20}") {
            let pieces = between(&old, &new);
            let of = |skip: fn(&Piece) -> bool| -> String {
                pieces.iter().filter(|piece| !skip(piece)).map(|piece| match piece {
                    Piece::Same(text) | Piece::Old(text) | Piece::New(text) => text.as_str(),
                }).collect()
            };
            prop_assert_eq!(of(|piece| matches!(piece, Piece::New(_))), old);
            prop_assert_eq!(of(|piece| matches!(piece, Piece::Old(_))), new);
        }
    }
}
