//! Where the forms of terms stand in a text: one automaton per source language.
//!
//! All forms are found at once, overlapping; what fails its border test, its case or stands inside
//! an expression it must not stand in is dropped, and of the rest the leftmost and then longest
//! win. So a long form that fails never hides a short one that holds.
//!
//! Latin letters and digits need word borders, Han characters need none. English forms are also
//! recognised in their regular plurals and possessives. What is not seen: irregular plurals, which
//! are written as forms of their own, and that 美国会 can be read 美国·会 or 美·国会 (the leftmost
//! is taken).

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use super::folded::Folded;
use crate::language::{is_han, is_latin};

/// A form to look for.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// Which entry it belongs to.
    pub(crate) entry: usize,
    /// The form, folded.
    pub(crate) form: String,
    /// Whether capital and small letters differ.
    pub(crate) case: bool,
    /// Whether the entry is not meant where it stands in this.
    pub(crate) not_in: bool,
    /// Whether it is a plural we made.
    pub(crate) inflected: bool,
}

/// An entry found in a folded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Which.
    pub(crate) entry: usize,
    /// Where, in bytes of the folded text.
    pub(crate) at: Range<usize>,
}

/// All forms of one source language.
#[derive(Debug)]
pub(crate) struct Index {
    /// None where there are no forms.
    automaton: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
    /// The entries that say where they are not meant.
    bounded: HashSet<usize>,
    inflects: Inflects,
}

/// Whether forms may carry a plural ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inflects {
    /// English.
    Yes,
    /// Chinese.
    No,
}

impl Index {
    /// Builds the automaton. Fails only beyond some hundred million bytes of forms.
    pub(crate) fn new(mut patterns: Vec<Pattern>, inflects: Inflects) -> Result<Self, BuildError> {
        if inflects == Inflects::Yes {
            let plurals: Vec<_> = patterns.iter().filter_map(Pattern::in_ies).collect();
            patterns.extend(plurals);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(patterns.iter().map(|pattern| &pattern.form))?;
        let bounded = patterns.iter().filter(|pattern| pattern.not_in);
        let bounded = bounded.map(|pattern| pattern.entry).collect();
        Ok(Self { automaton: Some(automaton), patterns, bounded, inflects })
    }

    /// An index that finds nothing.
    pub(crate) fn empty() -> Self {
        let inflects = Inflects::No;
        Self { automaton: None, patterns: Vec::new(), bounded: HashSet::new(), inflects }
    }

    /// The entries in a text, from left to right, none overlapping another. `outside` are ranges
    /// of the text, in bytes, in which nothing is looked for.
    pub(crate) fn matches(&self, folded: &Folded, outside: &Ranges) -> Vec<Match> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let text = &folded.text;
        let mut found: Vec<(&Pattern, Range<usize>, bool)> = Vec::new();
        let mut barred: HashMap<usize, Ranges> = HashMap::new();
        for hit in automaton.find_overlapping_iter(text) {
            let Some(pattern) = self.patterns.get(hit.pattern().as_usize()) else { continue };
            if pattern.case && text.get(hit.range()) != Some(&pattern.form) {
                continue;
            }
            let Some(end) = word_end(text, hit.range(), self.inflects) else { continue };
            let at = hit.start()..end;
            if pattern.not_in {
                barred.entry(pattern.entry).or_default().0.push(at);
            } else if !outside.overlaps(&at) {
                found.push((pattern, at.clone(), pattern.inflected || end > hit.end()));
            }
        }
        found.sort_by_key(|(pattern, at, inflected)| {
            let bounded = self.bounded.contains(&pattern.entry);
            (at.start, Reverse(at.end), *inflected, !pattern.case, !bounded, pattern.entry)
        });
        for bars in barred.values_mut() {
            bars.sort();
        }
        let is_barred = |pattern: &Pattern, at: &Range<usize>| {
            barred.get(&pattern.entry).is_some_and(|bars| bars.hold(at))
        };
        let mut matches: Vec<Match> = Vec::new();
        let mut free = 0;
        let mut refused = None;
        for (pattern, at, _) in found {
            if at.start < free {
                continue;
            }
            if is_barred(pattern, &at) {
                // "Apple" in "Big Apple" is not the fruit either.
                if pattern.case {
                    refused = Some(at);
                }
                continue;
            }
            if !pattern.case && refused.as_ref() == Some(&at) {
                continue;
            }
            free = at.end;
            matches.push(Match { entry: pattern.entry, at });
        }
        matches
    }
}

impl Pattern {
    /// The plural of a form in a consonant and y.
    fn in_ies(&self) -> Option<Self> {
        let stem = self.form.strip_suffix(['y', 'Y'])?;
        let before = stem.chars().next_back()?;
        if !before.is_ascii_alphabetic() || "aeiouAEIOU".contains(before) {
            return None;
        }
        let ending = if self.form.ends_with('Y') { "IES" } else { "ies" };
        Some(Self { form: format!("{stem}{ending}"), inflected: true, ..self.clone() })
    }
}

/// Where a form of a target stands in a text, in bytes of the folded text, inflected or not.
pub(crate) fn places_of(form: &Folded, case: bool, text: &Folded) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut look_for = |needle: &str| {
        let hits = if case { &text.text } else { &text.lower }.match_indices(needle);
        for (start, hit) in hits {
            if let Some(end) = word_end(&text.text, start..start + hit.len(), Inflects::Yes) {
                places.push(start..end);
            }
        }
    };
    let needle = if case { &form.text } else { &form.lower };
    if needle.is_empty() {
        return places;
    }
    look_for(needle);
    let pattern = Pattern { entry: 0, form: needle.clone(), case, not_in: false, inflected: false };
    if let Some(plural) = pattern.in_ies() {
        look_for(&plural.form);
    }
    places
}

/// Ranges of a text that can be asked in one look each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges(Vec<Range<usize>>);

impl Ranges {
    /// Ranges in any order.
    pub(crate) fn new(ranges: Vec<Range<usize>>) -> Self {
        let mut ranges = Self(ranges);
        ranges.sort();
        ranges
    }

    /// Sorts by start and lets each range end where the furthest so far ends: of all ranges that
    /// start before a place only the furthest end matters.
    fn sort(&mut self) {
        self.0.sort_by_key(|range| range.start);
        let mut furthest = 0;
        for range in &mut self.0 {
            furthest = furthest.max(range.end);
            range.end = furthest;
        }
    }

    /// Whether one of them holds all of `at`.
    pub(crate) fn hold(&self, at: &Range<usize>) -> bool {
        self.last_before(at.start + 1).is_some_and(|range| at.end <= range.end)
    }

    /// Whether one of them touches `at`.
    pub(crate) fn overlaps(&self, at: &Range<usize>) -> bool {
        self.last_before(at.end).is_some_and(|range| at.start < range.end)
    }

    /// The last range that starts before `place`.
    fn last_before(&self, place: usize) -> Option<&Range<usize>> {
        self.0.get(self.0.partition_point(|range| range.start < place).checked_sub(1)?)
    }
}

/// The end of a form that stands at `at`, its plural ending included; `None` where it is only a
/// part of a longer word.
fn word_end(text: &str, at: Range<usize>, inflects: Inflects) -> Option<usize> {
    let (before, form, after) = (text.get(..at.start)?, text.get(at.clone())?, text.get(at.end..)?);
    if !begins_word(before, form) {
        return None;
    }
    if ends_word(form, after) {
        return Some(at.end);
    }
    if inflects == Inflects::No || !form.chars().next_back().is_some_and(is_latin) {
        return None;
    }
    let upper = form.ends_with(char::is_uppercase);
    plural_endings(form).iter().find_map(|ending| {
        let (plural, rest) = after.split_at_checked(ending.len())?;
        let fits = plural == *ending || (upper && plural.eq_ignore_ascii_case(ending));
        (fits && ends_word(plural, rest)).then_some(at.end + ending.len())
    })
}

fn plural_endings(form: &str) -> &'static [&'static str] {
    let lower = |c: Option<char>| c.map(|c| c.to_ascii_lowercase());
    let mut back = form.chars().rev();
    match (lower(back.next()), lower(back.next())) {
        (Some('s' | 'x' | 'z'), _) | (Some('h'), Some('c' | 's')) => &["es"],
        (Some('o'), _) => &["es", "s"],
        _ => &["s"],
    }
}

fn begins_word(before: &str, form: &str) -> bool {
    let Some(first) = form.chars().next() else { return false };
    let mut back = before.chars().rev();
    match (is_word(first), back.next()) {
        (false, _) | (true, None) => true,
        (true, Some(c)) if is_word(c) => false,
        // O'Brien holds no Brien.
        (true, Some('\'')) => !back.next().is_some_and(is_latin),
        (true, Some('.' | ',')) if first.is_ascii_digit() => {
            !back.next().is_some_and(|c| c.is_ascii_digit())
        }
        _ => true,
    }
}

fn ends_word(form: &str, after: &str) -> bool {
    let Some(last) = form.chars().next_back() else { return false };
    let mut next = after.chars();
    match (is_word(last), next.next()) {
        (false, _) | (true, None) => true,
        (true, Some(c)) if is_word(c) => false,
        // A possessive ends a word, we'll does not.
        (true, Some('\'')) => match (next.next(), next.next()) {
            (Some('s' | 'S'), c) => !c.is_some_and(is_word),
            (Some(c), _) => !is_latin(c),
            (None, _) => true,
        },
        // GPT-4.1 is no GPT-4, and amazon.com an address.
        (true, Some('.' | ',')) if last.is_ascii_digit() => {
            !next.next().is_some_and(|c| c.is_ascii_digit())
        }
        (true, Some('.')) => !next.next().is_some_and(|c| c.is_ascii_lowercase()),
        _ => true,
    }
}

fn is_word(c: char) -> bool {
    (c.is_alphanumeric() && !is_han(c)) || c == '_'
}
