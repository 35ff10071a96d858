//! Amounts of which only the power of ten is told: hundreds of thousands = 数十万.
//!
//! No figures stand in them, so nothing is missed without one; but where each side has just one, of
//! the same things, they have to be of one power. 成千上万 and 千百万 lie between two.

use std::ops::Range;

use super::text::Text;
use crate::language::Language;

/// Such an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vague {
    /// Where it stands, in Unicode scalar values.
    pub(super) at: Range<usize>,
    /// The powers of ten that it may be of.
    powers: Range<u32>,
}

impl Vague {
    /// Whether the two can be one amount.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        self.powers.start < other.powers.end && other.powers.start < self.powers.end
    }
}

/// The only such amount of a text; none where there are more.
pub(super) fn only(text: &Text, language: Language) -> Option<Vague> {
    let mut found = match language {
        Language::English => english(text),
        Language::Chinese => chinese(text),
    };
    let first = found.pop()?;
    found.is_empty().then_some(first)
}

fn english(text: &Text) -> Vec<Vague> {
    const WORDS: [(&str, u32); 8] = [
        ("tens", 1),
        ("dozens", 1),
        ("scores", 1),
        ("hundreds", 2),
        ("thousands", 3),
        ("millions", 6),
        ("billions", 9),
        ("trillions", 12),
    ];
    let word = |at: usize| {
        WORDS.iter().find_map(|&(word, power)| {
            let end = text.strip(at, word)?;
            (!text.at(end).is_alphanumeric()).then_some((end, power))
        })
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let begins = !text.before(at).is_alphanumeric();
        let Some((mut end, mut power)) = begins.then(|| word(at)).flatten() else {
            at += 1;
            continue;
        };
        // Hundreds of thousands, tens of millions; hundreds of millions of dollars.
        while let Some((next, more)) = text.strip(end, " of ").and_then(word) {
            (end, power) = (next, power + more);
        }
        // `tens` alone is a column of figures.
        if power > 1 || text.strip(at, "dozens").is_some() {
            found.push(Vague { at: at..end, powers: power..power + 1 });
        }
        at = end;
    }
    found
}

fn chinese(text: &Text) -> Vec<Vague> {
    const FIXED: [(&str, Range<u32>); 7] = [
        ("成千上万", 3..5),
        ("成百上千", 2..4),
        ("千百万", 6..8),
        ("数以千计", 3..4),
        ("数以万计", 4..5),
        ("数以百万计", 6..7),
        ("数以亿计", 8..9),
    ];
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let fixed = FIXED.iter().find_map(|(word, powers)| Some((text.strip(at, word)?, powers)));
        if let Some((end, powers)) = fixed {
            found.push(Vague { at: at..end, powers: powers.clone() });
            at = end;
            continue;
        }
        // 数十万, 几百, 上千; not 十几万, 第几, 多数, 以上.
        let begins = matches!(text.at(at), '数' | '几' | '上')
            && !"十百千万亿多少人总分指系次以之马早晚事世".contains(text.before(at));
        let (mut end, mut power) = (at + 1, 0);
        while let Some(more) = begins.then(|| super::chinese::numeral::unit(text.at(end))).flatten()
        {
            (end, power) = (end + 1, power + u32::from(more.unsigned_abs()));
        }
        if power > 0 {
            found.push(Vague { at: at..end, powers: power..power + 1 });
        }
        at = end;
    }
    found
}
