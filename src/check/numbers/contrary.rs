//! What figures of a pair contradict although their values agree, or although each could be missed.
//!
//! Two looks that the matcher does not take. Beside the value stand its sign, whether it is more or
//! less than that, its unit, and the half of a day; a pair of equal values, each of which stands only
//! once, has to agree in these as well. And parts, multiples, quarters and hours often are words that
//! count nothing, so that nothing is missed without them; but one that only the source has, beside
//! one that only the target has, is a contradiction.

use super::matching::Slip;
use super::quantity::{Kind, Quantity, Weight};
use super::text::Text;
use super::value::Value;
use crate::language::Language;

/// What two equal values contradict in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// One is negative.
    Sign,
    /// One is more than the value, the other less.
    Bound,
    /// They are measured in different units.
    Unit,
    /// Before noon and after it.
    HalfDay,
    /// Percent and percentage points.
    Points,
    /// What is left of a price, and what is taken off it.
    Discount,
}

/// A text with its figures.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) text: &'a Text,
    pub(super) language: Language,
    pub(super) figures: &'a [Quantity],
}

/// Equal values that stand for something else: places in the two lists that were matched.
pub(super) fn beside(source: Side<'_>, target: Side<'_>, pairs: &[(usize, usize)]) -> Vec<Slip> {
    let once = |side: Side<'_>, at: usize| {
        let value = side.figures[at].value();
        side.figures.iter().filter(|other| other.values().contains(&value)).count() == 1
    };
    let contrary = |&(at, to): &(usize, usize)| {
        if !once(source, at) || !once(target, to) {
            return None;
        }
        let what = source.contradicts(at, target, to)?;
        Some(Slip::Beside(at, to, what))
    };
    pairs.iter().filter_map(contrary).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    More,
    Less,
}

impl Side<'_> {
    fn contradicts(self, at: usize, other: Side<'_>, to: usize) -> Option<Beside> {
        let (own, its) = (&self.figures[at], &other.figures[to]);
        let equal = own.value() == its.value();
        if own.kind == Kind::Hour && its.kind == Kind::Hour {
            let halves = (self.is_afternoon(at)?, other.is_afternoon(to)?);
            return (halves.0 != halves.1).then_some(Beside::HalfDay);
        }
        let points = |kind: Kind| kind == Kind::Points;
        let percent = |kind: Kind| kind == Kind::Percent;
        if equal && (points(own.kind) && percent(its.kind) || percent(own.kind) && points(its.kind))
        {
            return Some(Beside::Points);
        }
        let off = |after: String| {
            let after = after.trim_start_matches([' ', '-']).to_owned();
            after.starts_with("off") || after.starts_with("discount")
        };
        let half = own.value() == Value::new(5, -1);
        if equal
            && !half
            && (self.is_rebate(at) && off(other.after(to, 10))
                || other.is_rebate(to) && off(self.after(at, 10)))
        {
            return Some(Beside::Discount);
        }
        if let (true, Some(a), Some(b)) = (equal, own.unit, its.unit)
            && a.contradicts(b)
        {
            return Some(Beside::Unit);
        }
        let amount = |kind: Kind| {
            matches!(kind, Kind::Count | Kind::Percent | Kind::Points | Kind::Money(_))
        };
        if !amount(own.kind) || !amount(its.kind) {
            return None;
        }
        let alone = |own: Side<'_>, at, other: Side<'_>, to| {
            own.is_negative(at) && other.dash(to).is_none() && !other.falls(to)
        };
        if alone(self, at, other, to) || alone(other, to, self, at) {
            return Some(Beside::Sign);
        }
        let bounds = (self.bound(at)?, other.bound(to)?);
        (bounds.0 != bounds.1).then_some(Beside::Bound)
    }

    /// What stands before a figure, in small letters.
    fn before(self, at: usize, length: usize) -> String {
        let start = self.figures[at].at.start;
        let from = start.saturating_sub(length);
        (from..start).map(|place| self.text.at(place).to_ascii_lowercase()).collect()
    }

    /// What stands after a figure, in small letters.
    fn after(self, at: usize, length: usize) -> String {
        let end = self.figures[at].at.end;
        let upto = (end + length).min(self.text.len());
        (end.min(upto)..upto).map(|place| self.text.at(place).to_ascii_lowercase()).collect()
    }

    /// Whether a figure is surely a part of something: two-thirds of, 1/3, one in five, 三分之一,
    /// 一半; not the half of a half-brother or of 半导体.
    fn is_part(self, at: usize) -> bool {
        let own = &self.figures[at];
        let within = |c: char| own.at.clone().any(|place| self.text.at(place) == c);
        match (own.kind, self.language) {
            (Kind::Percent, _) => true,
            (Kind::Part, Language::Chinese) => {
                let after = self.text.at(own.at.end);
                within('之')
                    || self.text.before(own.at.start) == '一' && !matches!(after, '导' | '岛')
                    || matches!(self.text.at(own.at.start), '减')
            }
            (Kind::Part, Language::English) => {
                let after = self.after(at, 5);
                ["of ", "in ", "out "].iter().any(|word| after.trim_start().starts_with(word))
                    || self.text.strip(own.at.start, "halv").is_some()
            }
            (Kind::Count, _) => {
                own.weight == Weight::Loose
                    && (self.text.at(own.at.end) == '/' || self.text.before(own.at.start) == '/')
                    && own.values().iter().any(|value| (0.0..1.0).contains(&value.near()))
            }
            _ => false,
        }
    }

    /// Whether 折 ends a figure.
    fn is_rebate(self, at: usize) -> bool {
        self.text.before(self.figures[at].at.end) == '折'
    }

    /// What stands before the dash before a figure.
    fn dash(self, at: usize) -> Option<String> {
        let before = self.before(at, 12);
        let first = self.text.at(self.figures[at].at.start);
        let dash = before.strip_suffix('-').map(str::to_owned);
        dash.or((first == '-').then_some(before))
    }

    /// -5, minus 5, 零下5度.
    fn is_negative(self, at: usize) -> bool {
        const SIGNS: [&str; 5] = ["minus", "negative", "零下", "负", "負"];
        // 3 -5 is a range, and two dashes are one of Chinese.
        let alone = |before: String| {
            let said = before.trim_end();
            said.is_empty() && before.len() == said.len()
                || before.ends_with([' ', '(', '为', '是', '到', '达', '约', ':'])
                    && !said.ends_with(|c: char| c.is_ascii_digit() || "%°-".contains(c))
        };
        let before = self.before(at, 12);
        self.dash(at).is_some_and(alone)
            || SIGNS.iter().any(|sign| before.trim_end().ends_with(sign))
    }

    /// Whether words around a figure say that something fell, or lies below.
    fn falls(self, at: usize) -> bool {
        const FALLING: [&str; 32] = [
            "降", "跌", "减", "減", "低", "亏", "虧", "损", "損", "缩", "縮", "下", "逆差", "赤字",
            "少", "负", "負", "fall", "fell", "drop", "down", "declin", "decreas", "contract",
            "los", "deficit", "below", "shr", "cut", "less", "negativ", "minus",
        ];
        let around = self.before(at, 60) + &self.after(at, 60);
        FALLING.iter().any(|word| around.contains(word))
    }

    fn bound(self, at: usize) -> Option<Bound> {
        // Denials first, and longer words before those they end with.
        const ENGLISH: [(&str, Bound); 19] = [
            ("no more than", Bound::Less),
            ("not more than", Bound::Less),
            ("no less than", Bound::More),
            ("no fewer than", Bound::More),
            ("not less than", Bound::More),
            ("more than", Bound::More),
            ("greater than", Bound::More),
            ("exceeding", Bound::More),
            ("exceeds", Bound::More),
            ("in excess of", Bound::More),
            ("at least", Bound::More),
            ("less than", Bound::Less),
            ("fewer than", Bound::Less),
            ("at most", Bound::Less),
            ("up to", Bound::Less),
            ("nearly", Bound::Less),
            ("almost", Bound::Less),
            ("over", Bound::More),
            ("under", Bound::Less),
        ];
        const CHINESE: [(&str, Bound); 26] = [
            ("不超过", Bound::Less),
            ("不会超过", Bound::Less),
            ("不多于", Bound::Less),
            ("不少于", Bound::More),
            ("不低于", Bound::More),
            ("不少於", Bound::More),
            ("不低於", Bound::More),
            ("超过", Bound::More),
            ("多于", Bound::More),
            ("多於", Bound::More),
            ("高于", Bound::More),
            ("高於", Bound::More),
            ("大于", Bound::More),
            ("至少", Bound::More),
            ("逾", Bound::More),
            ("超", Bound::More),
            ("不到", Bound::Less),
            ("不足", Bound::Less),
            ("少于", Bound::Less),
            ("少於", Bound::Less),
            ("低于", Bound::Less),
            ("低於", Bound::Less),
            ("最多", Bound::Less),
            ("至多", Bound::Less),
            ("将近", Bound::Less),
            ("將近", Bound::Less),
        ];
        let before = self.before(at, 40);
        let before = before.trim_end();
        let words: &[(&str, Bound)] = match self.language {
            Language::English => &ENGLISH,
            Language::Chinese => &CHINESE,
        };
        let said =
            words.iter().find_map(|&(word, bound)| Some((before.strip_suffix(word)?, bound)));
        if let Some((before, bound)) = said {
            return (!self.is_denied(before)).then_some(bound);
        }
        let after = self.after(at, 10);
        match self.language {
            Language::English => after.trim_start().starts_with("or more").then_some(Bound::More),
            Language::Chinese => {
                let figure = self.figures[at].at.clone();
                let within = figure.clone().any(|place| matches!(self.text.at(place), '余' | '多'));
                (within || after.starts_with(['余', '多'])).then_some(Bound::More)
            }
        }
    }

    /// Whether a denial may turn what follows: it should not take more than that, 不会超过.
    fn is_denied(self, before: &str) -> bool {
        match self.language {
            Language::English => {
                let near = before.rsplit(['.', ',', ';', ':']).next().unwrap_or_default();
                near.split_whitespace().any(|word| {
                    matches!(word, "not" | "no" | "never" | "cannot" | "nor")
                        || word.ends_with("n't")
                })
            }
            Language::Chinese => before.chars().rev().take(4).any(|c| "不没沒未无無".contains(c)),
        }
    }

    /// Whether an hour lies after noon, where that is said; twelve is either.
    fn is_afternoon(self, at: usize) -> Option<bool> {
        let hour = self.figures[at].value().as_whole()?;
        if hour == 12 || hour == 0 {
            return None;
        }
        match self.language {
            Language::English => {
                let after: String =
                    self.after(at, 12).chars().filter(|c| !" .".contains(*c)).collect();
                let after = after.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
                match after.get(..2) {
                    Some("pm") => Some(true),
                    Some("am") => Some(false),
                    _ => (hour > 12).then_some(true),
                }
            }
            Language::Chinese => {
                let before = self.before(at, 3);
                let said =
                    |words: &[&str]| words.iter().any(|word| before.trim_end().ends_with(word));
                if said(&["上午", "早上", "清晨", "早晨", "凌晨"]) {
                    Some(false)
                } else if said(&["下午", "傍晚"]) {
                    Some(true)
                } else {
                    (hour > 12).then_some(true)
                }
            }
        }
    }
}

/// Loose figures of one kind that each side has alone, one and one.
pub(super) fn loose(
    source: Side<'_>,
    target: Side<'_>,
    known: (&[bool], &[bool]),
) -> Vec<(usize, usize)> {
    type Is<'a> = &'a dyn Fn(Side<'_>, usize) -> bool;
    let one = |side: Side<'_>, known: &[bool], is: Is<'_>| -> Option<usize> {
        let mut left = (0..known.len()).filter(|&at| !known[at] && is(side, at));
        left.next().filter(|_| left.next().is_none())
    };
    let both = |is: Is<'_>| Some((one(source, known.0, is)?, one(target, known.1, is)?));
    let of = |kind: Kind| both(&|side: Side<'_>, at: usize| side.figures[at].kind == kind);
    let parts = both(&|side: Side<'_>, at: usize| side.is_part(at));
    let percents = |side: Side<'_>, at: usize| side.figures[at].kind == Kind::Percent;
    let parts = parts.filter(|&(at, to)| !percents(source, at) || !percents(target, to));
    // 4.2.1 is a name without letters.
    let versions = both(&|side: Side<'_>, at: usize| {
        side.figures[at].kind == Kind::Name && side.figures[at].letters == 0
    });
    // The first and the second are often no more than one and the other.
    let ordinals = both(&|side: Side<'_>, at: usize| {
        let own = &side.figures[at];
        own.kind == Kind::Ordinal && own.weight < Weight::Firm && own.value() > Value::whole(3)
    });
    [parts, of(Kind::Multiple), of(Kind::Hour), versions, ordinals].into_iter().flatten().collect()
}

/// Quarters that only the source has, each with one that only the target has.
pub(super) fn quarters(source: &[Quantity], target: &[Quantity]) -> Vec<(usize, usize)> {
    let alone = |own: &[Quantity], other: &[Quantity]| -> Vec<usize> {
        let said = |value: Value| other.iter().any(|other| other.quarter && other.value() == value);
        (0..own.len()).filter(|&at| own[at].quarter && !said(own[at].value())).collect()
    };
    alone(source, target).into_iter().zip(alone(target, source)).collect()
}
