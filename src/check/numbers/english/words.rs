//! Words that are figures of their own: half, twice, a decade, August.

use super::super::quantity::{Kind, Weight};
use super::super::value::Value;
use super::super::words::Word;
use super::Reader;
use super::number::Number;
use super::tokens::What;

impl Reader<'_> {
    pub(super) fn meaning(&mut self, at: usize, word: Word, capital: bool) -> usize {
        let loose = Weight::Loose;
        match word {
            Word::Ones(_) | Word::Tens(_) | Word::Hundred | Word::Scale(_) | Word::Dozen => {
                self.number(at)
            }
            Word::A
                if matches!(
                    self.word(at + 1),
                    Some(Word::Hundred | Word::Scale(_) | Word::Dozen)
                ) =>
            {
                self.number(at)
            }
            Word::A if matches!(self.word(at + 1), Some(Word::Nth(3..))) => {
                let Some(Word::Nth(nth)) = self.word(at + 1) else { return at + 1 };
                let part = Value::fraction(1, u32::from(nth)).unwrap_or(Value::ZERO);
                self.push(at, at + 2, Kind::Part, loose, part);
                if let Some(last) = self.found.last_mut() {
                    last.add(Value::whole(u64::from(nth)));
                }
                at + 2
            }
            // A ton of coal.
            Word::A if matches!(self.word(at + 1), Some(Word::Unit(_))) => {
                self.push(at, at + 1, Kind::Count, loose, Value::whole(1));
                if let (Some(Word::Unit(unit)), Some(last)) =
                    (self.word(at + 1), self.found.last_mut())
                {
                    last.unit = Some(unit);
                }
                at + 1
            }
            // Half past three.
            Word::Half if self.is_past(at + 1) => {
                let Some(Word::Ones(hour)) = self.word(at + 2) else { return at + 1 };
                self.push(at + 2, at + 3, Kind::Hour, loose, Value::whole(u64::from(hour)));
                self.push(at, at + 1, Kind::Minute, loose, Value::whole(30));
                if let Some(last) = self.found.last_mut() {
                    last.add(Value::HALF);
                }
                at + 3
            }
            Word::Half => {
                let mut next = at + 1;
                if matches!(self.word(next), Some(Word::A)) {
                    next += 1;
                }
                match self.word(next) {
                    Some(Word::Scale(scale)) => {
                        let value = Value::HALF.scaled(scale);
                        let number = Number { scale, ..Number::spoken(value, next + 1) };
                        self.finish(at, number)
                    }
                    Some(Word::Decade) => {
                        self.push(at, next + 1, Kind::Count, loose, Value::whole(5));
                        next + 1
                    }
                    Some(Word::Century) => {
                        self.push(at, next + 1, Kind::Count, loose, Value::whole(50));
                        next + 1
                    }
                    Some(Word::Dozen) => {
                        self.push(at, next + 1, Kind::Count, loose, Value::whole(6));
                        next + 1
                    }
                    _ => {
                        self.push(at, at + 1, Kind::Part, loose, Value::HALF);
                        // Half an hour, half a year.
                        if let Some(last) = self.found.last_mut() {
                            last.add(Value::whole(30));
                            last.add(Value::whole(6));
                        }
                        at + 1
                    }
                }
            }
            Word::Parts(parts) => {
                let part = Value::fraction(1, u32::from(parts)).unwrap_or(Value::ZERO);
                self.push(at, at + 1, Kind::Part, loose, part);
                if let (4, Some(last)) = (parts, self.found.last_mut()) {
                    last.add(Value::whole(3));
                    last.add(Value::whole(15));
                }
                at + 1
            }
            Word::Nth(nth) => {
                let weight = if nth > 12 { Weight::Spoken } else { loose };
                self.push(at, at + 1, Kind::Ordinal, weight, Value::whole(u64::from(nth)));
                at + 1
            }
            Word::ScaleNth(scale) => {
                self.push(at, at + 1, Kind::Ordinal, loose, Value::new(1, scale));
                at + 1
            }
            Word::Multiple(times) => {
                self.push(at, at + 1, Kind::Multiple, loose, Value::whole(u64::from(times)));
                at + 1
            }
            Word::Halved => {
                self.push(at, at + 1, Kind::Part, loose, Value::HALF);
                at + 1
            }
            Word::Decade => {
                self.push(at, at + 1, Kind::Count, loose, Value::whole(10));
                at + 1
            }
            Word::Century => {
                self.push(at, at + 1, Kind::Count, loose, Value::whole(100));
                at + 1
            }
            Word::Fortnight => {
                self.push(at, at + 1, Kind::Count, loose, Value::whole(14));
                if let Some(last) = self.found.last_mut() {
                    last.add(Value::whole(2));
                }
                at + 1
            }
            Word::Hint(number) => {
                self.push(at, at + 1, Kind::Count, loose, Value::whole(u64::from(number)));
                at + 1
            }
            Word::Roman(number) if capital => {
                self.push(at, at + 1, Kind::Ordinal, loose, Value::whole(u64::from(number)));
                at + 1
            }
            Word::Decades(decade) => {
                let decade = u64::from(decade);
                self.push(at, at + 1, Kind::Decade, loose, Value::whole(1900 + decade));
                if let Some(last) = self.found.last_mut() {
                    last.add(Value::whole(decade));
                }
                at + 1
            }
            Word::Month(month, doubtful) if capital || !doubtful => {
                let dated = self.beside_day_or_year(at);
                if dated && capital || !doubtful || self.prepared(at) {
                    let weight = if dated { Weight::Firm } else { Weight::Spoken };
                    self.push(at, at + 1, Kind::Month, weight, Value::whole(u64::from(month)));
                }
                at + 1
            }
            Word::End => {
                let mut year = at + 1;
                if self.sign(year) == '-' || matches!(self.word(year), Some(Word::Before)) {
                    year += 1;
                }
                let of_year = matches!(self.what(year), What::Digits(year) if year.whole == 4);
                if of_year || self.sign_before(at) == '-' {
                    self.push(at, at + 1, Kind::Month, loose, Value::whole(12));
                }
                at + 1
            }
            _ => at + 1,
        }
    }

    fn is_past(&self, at: usize) -> bool {
        let start = self.start(at);
        self.text.strip(start, "past ").is_some()
    }

    /// Whether a day or a year stands beside the word at `at`.
    pub(super) fn beside_day_or_year(&self, at: usize) -> bool {
        let number = |at: usize| matches!(self.what(at), What::Digits(_));
        let mut before = at;
        for _ in 0..2 {
            let Some(back) = before.checked_sub(1) else { break };
            before = back;
            match self.what(before) {
                What::Digits(_) => return true,
                What::Word { meaning: Some(Word::Suffix | Word::Before), .. } | What::Sign('-') => {
                }
                What::Word { meaning: Some(Word::Nth(_)), .. } => return true,
                _ => break,
            }
        }
        // `31st of August` is three tokens back.
        if matches!(self.word(before), Some(Word::Suffix)) {
            return true;
        }
        let mut after = at + 1;
        for _ in 0..2 {
            if matches!(self.sign(after), '.' | ',' | '-' | '\'')
                || matches!(self.word(after), Some(Word::The))
            {
                after += 1;
            }
        }
        number(after)
    }

    /// Whether the word before makes a month of `May`.
    pub(super) fn prepared(&self, at: usize) -> bool {
        let mut before = at;
        if self.sign_before(before) == '-' {
            before -= 1;
        }
        matches!(self.before(before), Some(Word::Before | Word::To | Word::End))
    }
}
