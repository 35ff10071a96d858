//! Figures in words of both languages, for messages.

use super::quantity::{Kind, Quantity};
use super::value::Value;

/// What a figure says, in both languages.
#[derive(Debug)]
pub(super) struct Told {
    /// In English.
    pub(super) en: String,
    /// In Chinese.
    pub(super) zh: String,
}

/// The value of a figure in words: 10 billion US dollars, 100亿美元.
pub(super) fn value(quantity: &Quantity) -> Told {
    let value = quantity.value();
    let (en, zh) = match quantity.kind {
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
        Kind::Year => (value.plain(), format!("{}年", value.plain())),
        Kind::Decade => (format!("the {}s", value.plain()), format!("{}年代", value.plain())),
        Kind::Month => (month(value), format!("{}月", value.plain())),
        Kind::Day => (format!("day {}", value.plain()), format!("{}日", value.plain())),
        Kind::Hour => (format!("{} o’clock", value.plain()), format!("{}时", value.plain())),
        Kind::Minute => (format!("{} minutes", value.plain()), format!("{}分", value.plain())),
        Kind::Count | Kind::Ordinal | Kind::Part | Kind::Name => (english(value), chinese(value)),
    };
    Told { en, zh }
}

/// A figure as it stands in its text.
pub(super) fn words(text: &str, quantity: &Quantity) -> String {
    text.chars().skip(quantity.at.start).take(quantity.at.len()).collect::<String>().trim().into()
}

fn month(value: Value) -> String {
    const MONTHS: [&str; 12] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ];
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
