//! A model caught in a loop: the same words again and again where the source says them once.
//!
//! Three times in a row, at least four characters of letters each and 24 in all, or the same
//! sentence three times anywhere; unless the source repeats itself as well.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): none
//! flagged. Blind spots: a loop whose words vary, one that is cut off before its third round.

use std::collections::HashMap;
use std::ops::Range;

use super::{Check, Finding, Severity, Subject};

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Repetition;

/// The longest round that is looked for, in Unicode scalar values.
const LONGEST: usize = 80;
/// Rounds that make a loop.
const ROUNDS: usize = 3;
/// What a loop fills at least.
const SHORTEST: usize = 24;

impl Check for Repetition {
    fn name(&self) -> &'static str {
        "repetition"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let Some((target, at)) = repeated(subject.target) else { return Vec::new() };
        if repeated(subject.source).is_some() {
            return Vec::new();
        }
        let words: String = target[at.clone()].iter().take(30).collect();
        let words = words.trim();
        let en = format!("“{words}…” is said again and again");
        let zh = format!("“{words}……”反复出现");
        vec![Finding::new(self, Severity::Error, en, zh).in_target(&at)]
    }
}

/// A text in characters, and where the loop in it is.
fn repeated(text: &str) -> Option<(Vec<char>, Range<usize>)> {
    if text.len() < SHORTEST {
        return None;
    }
    let Again { times, periods } = again(text);
    if times < SHORTEST / 3 {
        return None;
    }
    let text: Vec<char> = text.chars().collect();
    let in_a_row = || periods.into_iter().find_map(|period| in_a_row(&text, period));
    let at = sentence_thrice(&text).or_else(in_a_row)?;
    Some((text, at))
}

/// What comes again in a text.
#[derive(Default)]
struct Again {
    /// How many runs of eight characters stood before.
    times: usize,
    /// After how many characters so many of them come again that it may be a loop.
    periods: Vec<usize>,
}

/// Runs are told by a rolling hash, each in a table with its last place: that errs towards a closer
/// look, but for two runs in one place of the table, which a loop has many more of.
fn again(text: &str) -> Again {
    const RUN: usize = 8;
    const FACTOR: u64 = 0x0100_0000_01B3;
    let places = (text.len() * 2).next_power_of_two();
    let mut last = vec![0_u32; places];
    let oldest = FACTOR.wrapping_pow(RUN as u32);
    let mut hash = 0_u64;
    let mut run = [0_u64; RUN];
    let mut again = Again::default();
    let mut in_step = [0_usize; LONGEST + 1];
    for (i, c) in text.chars().map(|c| u64::from(u32::from(c))).enumerate() {
        let gone = std::mem::replace(&mut run[i % RUN], c);
        hash = hash.wrapping_mul(FACTOR).wrapping_add(c).wrapping_sub(oldest.wrapping_mul(gone));
        let mixed = (hash ^ (hash >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let place = (mixed >> 32) as usize % places;
        // Places are counted from 1: 0 is none.
        let before = std::mem::replace(&mut last[place], i as u32 + 1) as usize;
        if i < RUN || before == 0 {
            continue;
        }
        again.times += 1;
        let period = i + 1 - before;
        let Some(steps) = in_step.get_mut(period) else { continue };
        *steps += 1;
        // A round may repeat itself inside, and then counts there: half is enough to look.
        let enough = (period * (ROUNDS - 1)).saturating_sub(RUN).max(RUN) / 2;
        if *steps == enough {
            again.periods.push(period);
        }
    }
    again
}

/// Where the text repeats itself after `period` characters, often enough for a loop.
fn in_a_row(text: &[char], period: usize) -> Option<Range<usize>> {
    let enough = (period * (ROUNDS - 1)).max(SHORTEST.saturating_sub(period));
    let mut run = 0;
    for (end, (a, b)) in text.iter().zip(text.get(period..).unwrap_or_default()).enumerate() {
        run = if a == b { run + 1 } else { 0 };
        if run == enough {
            let at = end + 1 - run..end + 1 + period;
            // `----` and `哈哈哈哈` are meant.
            if has_words(&text[at.start..at.start + period]) {
                return Some(at);
            }
        }
    }
    None
}

/// Whether a round holds at least three different letters.
fn has_words(round: &[char]) -> bool {
    let mut seen: Vec<char> = Vec::new();
    for &c in round.iter().filter(|c| c.is_alphabetic()) {
        if !seen.contains(&c) {
            seen.push(c);
        }
    }
    seen.len() >= 3
}

fn sentence_thrice(text: &[char]) -> Option<Range<usize>> {
    let mut times: HashMap<&[char], usize> = HashMap::new();
    let mut start = 0;
    for (i, c) in text.iter().enumerate() {
        if !matches!(c, '。' | '！' | '？' | '.' | '!' | '?' | '\n') {
            continue;
        }
        let sentence = &text[start..i];
        let blank = sentence.iter().take_while(|c| c.is_whitespace()).count();
        let sentence = &sentence[blank..];
        if sentence.iter().filter(|c| c.is_alphabetic()).count() >= 8 {
            let times = times.entry(sentence).or_default();
            *times += 1;
            if *times == ROUNDS {
                return Some(start + blank..i + 1);
            }
        }
        start = i + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::found;
    use crate::language::{Target, Variant};

    fn check(source: &str, target: &str, flagged: bool) {
        let zh = Target::Chinese(Variant::Hans);
        assert_eq!(!found(&Repetition, source, target, zh, &[]).is_empty(), flagged, "{target}");
    }

    #[test]
    fn loops_are_found() {
        let source = "The harbour is closed until the storm has passed.";
        check(source, &"港口关闭直到风暴过去，".repeat(5), true);
        check(source, &format!("港口关闭。{}", "风暴过去之前都是这样。".repeat(4)), true);
        check(source, "港口在风暴过去之前一直关闭。港口在风暴过去之前一直关闭。", false);
        check(source, "哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈", false);
        check(&"row, row, row your boat and ".repeat(4), &"划呀划呀划你的船，再".repeat(4), false);
    }
}
