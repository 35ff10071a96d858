//! A figure as one language says it: what it counts, its value, and how firmly it is a figure.

use std::ops::Range;

use super::text::Text;
use super::units::{Currency, Unit};
use super::value::Value;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Things, or anything else.
    Count,
    /// A place in an order.
    Ordinal,
    /// Hundredths; the value of 5 % is 0.05.
    Percent,
    /// Percentage points; the value of one is 0.01.
    Points,
    /// A part of a whole.
    Part,
    /// A multiple: twice, threefold.
    Multiple,
    /// Money, where its currency is told.
    Money(Currency),
    /// A year of the calendar.
    Year,
    /// Ten years of the calendar, by their first.
    Decade,
    /// A month of the year.
    Month,
    /// A day of the month.
    Day,
    /// An hour of the day.
    Hour,
    /// A minute of the hour.
    Minute,
    /// Part of a name: COVID-19, G20, 4.2.1.
    Name,
}

impl Kind {
    /// Hundredths, parts and multiples stand for one another; other figures never do for them.
    pub(super) fn is_share(self) -> bool {
        matches!(self, Self::Percent | Self::Points | Self::Part)
    }
}

/// How firmly something is a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It can stand for a figure, and often is none: one, first, half, 一, 百.
    Loose,
    /// A number in words: thirty-five, 三十五.
    Spoken,
    /// A number in digits.
    Firm,
}

/// The most readings of one figure.
const READINGS: usize = 4;

/// A figure of a text.
#[derive(Clone, Debug)]
pub(super) struct Quantity {
    /// Where it stands, in Unicode scalar values.
    pub(super) at: Range<usize>,
    /// What it counts.
    pub(super) kind: Kind,
    /// What it is measured in.
    pub(super) unit: Option<Unit>,
    /// How firmly it is a figure.
    pub(super) weight: Weight,
    /// Whether a word says that it is not exact: about, nearly, 逾, 余.
    pub(super) about: bool,
    /// Whether it is the place of a quarter in its year: third quarter, 第三季度.
    pub(super) quarter: bool,
    /// What the letters of a name come to; 0 for none. Equal letters, equal number.
    pub(super) letters: u64,
    values: [Value; READINGS],
    count: usize,
}

impl Quantity {
    pub(super) fn new(at: Range<usize>, kind: Kind, weight: Weight, value: Value) -> Self {
        let values = [value; READINGS];
        let (unit, about, quarter, letters) = (None, false, false, 0);
        Self { at, kind, unit, weight, about, quarter, letters, values, count: 1 }
    }

    /// A name, such as COVID-19, 737NG or 4.2.1.
    pub(super) fn name(text: &Text, at: Range<usize>) -> Self {
        let (mut letters, mut digits) = (0_u64, 0_u64);
        for place in at.clone() {
            let c = text.at(place).to_ascii_lowercase();
            match c.to_digit(10) {
                Some(digit) => digits = digits.wrapping_mul(10).wrapping_add(u64::from(digit)),
                None if c.is_alphabetic() => {
                    letters = letters.wrapping_mul(31).wrapping_add(u64::from(u32::from(c)));
                }
                None => {}
            }
        }
        Self { letters, ..Self::new(at, Kind::Name, Weight::Loose, Value::whole(digits)) }
    }

    /// Q3 is a quarter, FY25 a year, and so is the 25 of 3Q25.
    pub(super) fn period(text: &Text, letters: usize, at: usize) -> Option<Self> {
        let number = text.literal(at);
        let value = number.value.filter(|_| number.bare)?.as_whole()?;
        let is = |word: &str| {
            let same =
                |(place, c): (usize, char)| text.at(letters + place).to_ascii_lowercase() == c;
            letters + word.len() == at && word.chars().enumerate().all(same)
        };
        let place = letters..number.end;
        if is("q") && number.whole == 1 && (1..=4).contains(&value) {
            let quarter = Self::new(place, Kind::Ordinal, Weight::Loose, Value::whole(value));
            return Some(Self { quarter: true, ..quarter });
        }
        let short = number.whole == 2 && (is("fy") || is("q"));
        let year = if short { 2000 + value } else { value };
        let said = short || number.whole == 4 && is("fy");
        said.then(|| Self::new(place, Kind::Year, Weight::Firm, Value::whole(year)))
    }

    /// The 25 of 2024-25 is the year after; `at` is where it begins.
    pub(super) fn next_year(&self, text: &Text, at: usize, value: Value) -> Option<Value> {
        let year = self.value().as_whole().filter(|year| (1800..2200).contains(year))? + 1;
        let four =
            self.at.end.checked_sub(4).is_some_and(|start| {
                (start..self.at.end).all(|place| text.at(place).is_ascii_digit())
            });
        let beside = self.at.end + 1 == at && matches!(text.before(at), '-' | '/');
        (four && beside && value == Value::whole(year % 100)).then(|| Value::whole(year))
    }

    /// Adds another reading; the first stays what it is said to be.
    pub(super) fn or(mut self, value: Value) -> Self {
        self.add(value);
        self
    }

    pub(super) fn add(&mut self, value: Value) {
        if !self.values().contains(&value)
            && let Some(free) = self.values.get_mut(self.count)
        {
            *free = value;
            self.count += 1;
        }
    }

    /// Another first reading; the earlier ones stay behind it.
    pub(super) fn rather(&mut self, value: Value) {
        let first = std::mem::replace(&mut self.values[0], value);
        self.add(first);
    }

    /// Another reading in place of all.
    pub(super) fn only(&mut self, value: Value) {
        self.values[0] = value;
        self.count = 1;
    }

    /// The value it is said to have.
    pub(super) fn value(&self) -> Value {
        self.values[0]
    }

    /// Every value it may have.
    pub(super) fn values(&self) -> &[Value] {
        &self.values[..self.count]
    }
}
