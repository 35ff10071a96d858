//! Figures that are times or parts of names.

use super::super::quantity::{Kind, Quantity, Weight};
use super::super::value::Value;
use super::super::words::Word;
use super::Reader;
use super::tokens::What;

impl Reader<'_> {
    /// A time such as 7:30 or 9.30pm; also 15:00:20.
    pub(super) fn clock(&mut self, at: usize) -> Option<usize> {
        let What::Digits(hour) = self.what(at) else { return None };
        if hour.places == 2 && hour.whole <= 2 && self.is_half_day(at + 1) {
            let value = hour.value?;
            let hours = (0..=12).rev().find(|&hours| Value::whole(hours) <= value)?;
            let minutes = (0..60).find(|&minutes| {
                Value::whole(hours).plus(Value::new(minutes, -2)) == Some(value)
            })?;
            self.push(at, at + 1, Kind::Hour, Weight::Firm, Value::whole(hours));
            self.push(at, at + 1, Kind::Minute, Weight::Loose, Value::whole(minutes));
            return Some(at + 1);
        }
        let What::Digits(minute) = self.what(at + 2) else { return None };
        if self.sign(at + 1) != ':' || !self.joined(at + 1) {
            return None;
        }
        let (hour, minute) = (hour.value?.as_whole()?, (minute.value?.as_whole()?, minute.whole));
        if hour > 24 || minute.0 > 59 || minute.1 != 2 {
            return None;
        }
        self.push(at, at + 1, Kind::Hour, Weight::Firm, Value::whole(hour));
        let weight = if minute.0 == 0 { Weight::Loose } else { Weight::Firm };
        self.push(at + 2, at + 3, Kind::Minute, weight, Value::whole(minute.0));
        Some(at + 3)
    }

    /// Figures that belong to a name: COVID-19, G20, 737NG, 4.2.1.
    pub(super) fn name(&mut self, at: usize) -> Option<usize> {
        let What::Digits(literal) = self.what(at) else { return None };
        // 3Q25.
        if literal.bare
            && literal.whole == 1
            && self.joined(at + 1)
            && self.letter(at + 1) == 'q'
            && let Some(quarter @ 1..=4) = literal.value.and_then(Value::as_whole)
        {
            self.push(at, at + 2, Kind::Ordinal, Weight::Loose, Value::whole(quarter));
            if let Some(last) = self.found.last_mut() {
                last.quarter = true;
            }
            return Some(at + 2);
        }
        if self.joined(at)
            && let Some(letters) = at.checked_sub(1).and_then(|before| self.tokens.get(before))
            && let Some(period) = Quantity::period(self.text, letters.start, self.start(at))
        {
            self.found.push(period);
            return Some(at + 1);
        }
        let mut from = at;
        let mut named = literal.value.is_none();
        if self.joined(at) {
            let letters = if self.sign_before(at) == '-' && self.joined(at - 1) {
                at.checked_sub(2)
            } else {
                at.checked_sub(1)
            };
            if let Some(letters) = letters
                && let What::Word { meaning, capital } = self.what(letters)
                && !matches!(meaning, Some(Word::Money(_) | Word::Month(..)))
                && !matches!(meaning, Some(Word::Before) if letters + 2 == at)
                && (letters + 1 == at || capital)
            {
                from = letters;
                named = true;
            }
        }
        let mut next = at + 1;
        if self.joined(next)
            && let What::Word { meaning, .. } = self.what(next)
        {
            let belongs = match meaning {
                Some(
                    Word::Suffix
                    | Word::Scale(_)
                    | Word::ShortScale(_)
                    | Word::Am
                    | Word::Pm
                    | Word::Percent
                    | Word::Unit(_)
                    | Word::X
                    | Word::P
                    | Word::A
                    | Word::Money(_)
                    | Word::Country(_)
                    | Word::Month(..),
                ) => false,
                _ => !self.is_unit_letters(next),
            };
            if belongs {
                named = true;
                next += 1;
                // H5N1 is one name.
                while from < at
                    && self.joined(next)
                    && matches!(self.what(next), What::Word { .. } | What::Digits(_))
                {
                    next += 1;
                }
            }
        }
        if !named {
            return None;
        }
        let place = self.start(from)..self.end(next);
        self.found.push(Quantity::name(self.text, place));
        Some(next)
    }

    /// Whether a.m. or p.m. stands at a token.
    pub(super) fn is_half_day(&self, at: usize) -> bool {
        match self.word(at) {
            Some(Word::Am | Word::Pm) => true,
            Some(Word::A | Word::P) => self.sign(at + 1) == '.' && self.letter(at + 2) == 'm',
            _ => false,
        }
    }

    /// Letters after digits that are a unit without a conversion: `5g`, `60mg`, `20kW`.
    pub(super) fn is_unit_letters(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        let lower: String =
            (token.start..token.end).map(|at| self.text.at(at).to_ascii_lowercase()).collect();
        matches!(
            lower.as_str(),
            "g" | "mg"
                | "ml"
                | "l"
                | "h"
                | "hr"
                | "hrs"
                | "min"
                | "mins"
                | "s"
                | "sec"
                | "kw"
                | "mw"
                | "gw"
                | "kwh"
                | "mwh"
                | "gwh"
                | "hz"
                | "khz"
                | "mhz"
                | "ghz"
                | "kb"
                | "mb"
                | "gb"
                | "tb"
                | "mbps"
                | "gbps"
                | "v"
                | "w"
                | "pt"
                | "px"
                | "in"
                | "yr"
                | "yo"
                | "sqm"
                | "b"
                | "t"
                | "tr"
                | "bps"
                | "nm"
                | "c"
                | "f"
                | "hp"
                | "bhp"
        )
    }
}
