//! Figures in words of both languages, for messages.

use super::contrary::Beside;
use super::quantity::{Kind, Quantity};
use super::value::Value;
use crate::rule::dates::MONTHS;

/// A figure as it stands in its text, and what it says.
#[derive(Debug)]
pub(super) struct Figure {
    /// As it stands.
    pub(super) words: String,
    /// What it says, in English and in Chinese.
    value: (String, String),
}

impl Figure {
    pub(super) fn of(text: &str, quantity: &Quantity) -> Self {
        let words: String = text.chars().skip(quantity.at.start).take(quantity.at.len()).collect();
        Self { words: words.trim().to_owned(), value: value(quantity) }
    }

    /// As it stands, with its value where that says more: 100亿美元 (10 billion US dollars).
    pub(super) fn en(&self) -> String {
        if plain(&self.words) == plain(&self.value.0) {
            return self.words.clone();
        }
        format!("{} ({})", self.words, self.value.0)
    }

    /// The same in Chinese.
    pub(super) fn zh(&self) -> String {
        if plain(&self.words) == plain(&self.value.1) {
            return self.words.clone();
        }
        format!("{}（{}）", self.words, self.value.1)
    }

    /// How a figure of the source contradicts one of the translation.
    pub(super) fn told_beside(&self, stands: &Self) -> (String, String) {
        let en = format!("the source says {}, the translation {}", self.en(), stands.en());
        (en, format!("原文是 {}，译文是 {}", self.zh(), stands.zh()))
    }
}

/// Without what only typing adds.
fn plain(words: &str) -> String {
    words.chars().filter(|c| !matches!(c, ' ' | ',')).collect()
}

impl Beside {
    /// What two equal values contradict in.
    pub(super) fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Sign => ("the signs differ", "正负不同"),
            Self::Bound => ("one is more than that, the other less", "一处说多于，一处说少于"),
            Self::Unit => ("the units differ", "单位不同"),
            Self::HalfDay => ("one is before noon, the other after", "一处是上午，一处是下午"),
            Self::Discount => (
                "one is what is left of the price, the other what is taken off it",
                "一处说的是折后价，一处说的是降幅",
            ),
            Self::Points => ("percent are no percentage points", "百分比与百分点不是一回事"),
        }
    }
}

/// The value of a figure in both languages: 10 billion US dollars, 100亿美元.
fn value(quantity: &Quantity) -> (String, String) {
    let value = quantity.value();
    match quantity.kind {
        Kind::Percent => {
            let plain = value.scaled(2).plain();
            (format!("{plain} percent"), format!("{plain}%"))
        }
        Kind::Points => {
            let plain = value.scaled(2).plain();
            (format!("{plain} percentage points"), format!("{plain}个百分点"))
        }
        Kind::Money(currency) => {
            let (en, zh) = currency.names();
            (format!("{} {en}", english(value)), format!("{}{zh}", chinese(value)))
        }
        Kind::Multiple => (format!("{} times", english(value)), format!("{}倍", chinese(value))),
        // It may be no year: `1361 trees`.
        Kind::Year => (value.plain(), value.plain()),
        Kind::Decade => (format!("the {}s", value.plain()), format!("{}年代", value.plain())),
        Kind::Month => (month(value), format!("{}月", value.plain())),
        Kind::Day => (format!("day {}", value.plain()), format!("{}日", value.plain())),
        Kind::Hour => (format!("{} o’clock", value.plain()), format!("{}时", value.plain())),
        Kind::Minute => (format!("{} minutes", value.plain()), format!("{}分", value.plain())),
        Kind::Count | Kind::Ordinal | Kind::Part | Kind::Name => (english(value), chinese(value)),
    }
}

fn month(value: Value) -> String {
    let at = value.as_whole().and_then(|month| usize::try_from(month).ok()?.checked_sub(1));
    at.and_then(|at| MONTHS.get(at)).map_or_else(|| value.plain(), |&month| month.to_owned())
}

fn english(value: Value) -> String {
    scaled(value, &[(12, " trillion"), (9, " billion"), (6, " million")])
}

fn chinese(value: Value) -> String {
    scaled(value, &[(12, "万亿"), (8, "亿"), (4, "万")])
}

fn scaled(value: Value, names: &[(i16, &str)]) -> String {
    let scale = names.iter().find(|(power, _)| value.near() >= 10_f64.powi(i32::from(*power)));
    match scale {
        Some((power, name)) => format!("{}{name}", grouped(value.scaled(-power))),
        None => grouped(value),
    }
}

fn grouped(value: Value) -> String {
    let plain = value.plain();
    let (whole, rest) = plain.split_at(plain.find(['.', '/']).unwrap_or(plain.len()));
    if whole.len() <= 4 {
        return plain;
    }
    let mut grouped = String::new();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    grouped + rest
}
