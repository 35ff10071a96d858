//! Places of a translation at which a figure seems to have been left out: the unit, the ending or
//! the hyphen that belongs to it stands without it.

use std::ops::Range;

use super::chinese::numeral;
use super::english::tokens::{self, What};
use super::quantity::Quantity;
use super::text::Text;
use super::units::{CHINESE, Unit};
use super::words::Word;
use crate::language::Language;

/// Such a place.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    /// Where, in Unicode scalar values.
    pub(super) at: Range<usize>,
    /// The unit that stands there.
    pub(super) unit: Option<Unit>,
    /// The letters of the name that stands there, as [`Quantity::letters`].
    pub(super) letters: u64,
    /// Whether nothing else explains it: `the th anniversary`, `a -year-old`.
    pub(super) sure: bool,
}

impl Gap {
    /// Whether a figure of the source is what is missing here.
    pub(super) fn fits(&self, figure: &Quantity) -> bool {
        let name = self.letters != 0 && self.letters == figure.letters;
        let unit = self.unit.is_some() && self.unit == figure.unit;
        name || unit || self.sure && figure.letters == 0
    }
}

/// The gaps of a text.
pub(super) fn of(text: &Text, language: Language) -> Vec<Gap> {
    match language {
        Language::English => english(text),
        Language::Chinese => chinese(text),
    }
}

fn english(text: &Text) -> Vec<Gap> {
    let tokens = tokens::of(text);
    let mut gaps = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let joined = before.is_some_and(|before| before.end == token.start);
        let gap = |unit: Option<Unit>, sure: bool| Gap {
            at: token.start..token.end,
            unit,
            letters: 0,
            sure,
        };
        match token.what {
            What::Word { meaning: Some(Word::Suffix), capital: false } if !joined => {
                let waits = before.is_some_and(|before| {
                    let What::Word { meaning, .. } = before.what else { return false };
                    matches!(meaning, Some(Word::The | Word::Month(..)))
                });
                gaps.extend(waits.then(|| gap(None, true)));
            }
            What::Word { meaning: Some(Word::Unit(unit)), capital: false } => {
                let hyphen = before.is_some_and(|before| matches!(before.what, What::Sign('-')));
                let dangling = joined && hyphen && {
                    let sign = before.map_or(0, |before| before.start);
                    text.before(sign) == ' ' && sign > 1
                };
                let number = before.is_some_and(|before| match before.what {
                    What::Digits(_) | What::Glyph(_) => true,
                    What::Word { meaning, .. } => meaning.is_some_and(Word::is_number),
                    What::Sign(sign) => sign == '-',
                });
                let many = text.before(token.end) == 's';
                if dangling || many && !number {
                    gaps.push(gap(Some(unit), dangling));
                }
            }
            _ => {}
        }
    }
    gaps
}

fn chinese(text: &Text) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        if text.at(at).is_ascii_alphabetic() {
            while text.at(at).is_ascii_alphabetic() {
                at += 1;
            }
            // COVID-的: the hyphen waits for its figure.
            let after = text.at(at + 1);
            if text.at(at) == '-' && after.is_alphabetic() && !after.is_ascii() {
                let mut from = start;
                while text.before(from) == '-' || text.before(from).is_ascii_alphanumeric() {
                    from -= 1;
                }
                let letters = Quantity::name(text, start..at + 1).letters;
                gaps.push(Gap { at: from..at + 1, unit: None, letters, sure: false });
            }
            continue;
        }
        at += 1;
        // A measure word that nothing is counted by: ，个城市.
        if text.at(start) == '个' && matches!(text.before(text.skip_back(start)), '、' | '。' | ';')
        {
            let word = "人别体性子头案股中".contains(text.at(at));
            gaps.extend((!word).then_some(Gap {
                at: start..at,
                unit: None,
                letters: 0,
                sure: true,
            }));
        }
        // What any unit begins with.
        if !"平公千英厘毫海米码里亩克吨斤磅盎升加华摄小分天周星个年".contains(text.at(start))
        {
            continue;
        }
        // A unit that no number stands before, or after a space that parts it from Han: 保持 米的距离.
        let before = text.before(text.skip_back(start));
        if before.is_ascii_digit() || numeral::begins(before) || "多余几数每半个整".contains(before)
        {
            continue;
        }
        let spaced = text.before(start) == ' ' && before.is_alphabetic() && !before.is_ascii();
        let found = CHINESE.iter().find(|(word, _)| text.strip(start, word).is_some());
        if let Some(&(word, unit)) = found {
            let length = word.chars().count();
            if spaced || length > 1 {
                let at = start..start + length;
                gaps.push(Gap { at, unit: Some(unit), letters: 0, sure: false });
            }
            at = start + length;
        }
    }
    gaps
}
