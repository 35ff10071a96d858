//! Reads the figures of a Chinese text, Simplified or Traditional.

mod around;
pub(super) mod numeral;

use numeral::Numeral;

use super::quantity::{Kind, Quantity, Weight};
use super::text::Text;
use super::units::BEFORE;
use super::value::Value;

/// The figures of a text, in its order.
pub(super) fn read(text: &Text) -> Vec<Quantity> {
    let mut reader = Reader { text, found: Vec::new() };
    let mut at = 0;
    while at < text.len() {
        at = reader.step(at).max(at + 1);
    }
    reader.found
}

struct Reader<'a> {
    text: &'a Text,
    found: Vec<Quantity>,
}

impl Reader<'_> {
    /// Reads what begins at a place; the place to go on with.
    fn step(&mut self, at: usize) -> usize {
        let c = self.text.at(at);
        if c.is_ascii_alphabetic() {
            return self.latin(at);
        }
        if c.is_ascii_digit() {
            let literal = self.text.literal(at);
            let Some(value) = literal.value else {
                self.found.push(Quantity::name(self.text, at..literal.end));
                return literal.end;
            };
            if let Some(next) = self.clock(at) {
                return next;
            }
            if let Some(end) = self.named(literal.end) {
                self.found.push(Quantity::name(self.text, at..end));
                return end;
            }
            let numeral = Numeral::digits(self.text, literal, value);
            return self.finish(at, &numeral);
        }
        if numeral::begins(c) && self.text.strip(at, "百分百").is_none() {
            return match Numeral::spoken(self.text, at) {
                Some(numeral) => self.finish(at, &numeral),
                None => at + 1,
            };
        }
        self.words(at)
    }

    /// Figures in words of their own.
    fn words(&mut self, at: usize) -> usize {
        let c = self.text.at(at);
        let quantity = |length: usize, kind: Kind, value: Value| {
            Quantity::new(at..at + length, kind, Weight::Loose, value)
        };
        let after = |word: &str| self.text.strip(at + 1, word).is_some();
        let found = match c {
            '半' => quantity(1, Kind::Part, Value::HALF)
                .or(Value::whole(6))
                .or(Value::whole(30))
                .or(Value::whole(15)),
            '头' | '頭' if after("号") => quantity(2, Kind::Ordinal, Value::whole(1)),
            '双' => quantity(1, Kind::Count, Value::whole(2)),
            '倍' if self.text.before(at) == '翻' => quantity(1, Kind::Multiple, Value::whole(2)),
            '番' if self.text.before(at) == '翻' => quantity(1, Kind::Multiple, Value::whole(2)),
            '百' if after("分百") => quantity(3, Kind::Percent, Value::whole(1)),
            '减' if after("半") => quantity(2, Kind::Part, Value::HALF),
            'Ⅰ'..='Ⅻ' => {
                let number = u64::from(u32::from(c)) - u64::from(u32::from('Ⅰ')) + 1;
                quantity(1, Kind::Ordinal, Value::whole(number))
            }
            '½' => quantity(1, Kind::Part, Value::HALF),
            '季' if after("度") => {
                quantity(2, Kind::Part, Value::new(25, -2)).or(Value::whole(3))
            }
            _ => return at + 1,
        };
        let next = found.at.end;
        self.found.push(found);
        next
    }

    /// Latin letters, with the digits that belong to them.
    fn latin(&mut self, start: usize) -> usize {
        let text = self.text;
        let mut at = start;
        while text.at(at).is_ascii_alphabetic() {
            at += 1;
        }
        let letters = at;
        if text.at(at) == '-' && text.at(at + 1).is_ascii_digit() {
            at += 1;
        }
        let currency = BEFORE.iter().any(|(word, _)| text.strip(start, word) == Some(letters));
        if !text.at(at).is_ascii_digit() || currency {
            let roman = ["", "", "II", "III", "IV", "", "VI", "VII", "VIII", "IX"];
            let number = (2_u64..)
                .zip(roman.iter().skip(2))
                .find(|(_, roman)| !roman.is_empty() && text.strip(start, roman) == Some(letters));
            self.found.extend(number.map(|(number, _)| {
                Quantity::new(start..letters, Kind::Ordinal, Weight::Loose, Value::whole(number))
            }));
            return letters;
        }
        if let Some(period) = Quantity::period(text, start, at) {
            let end = period.at.end;
            self.found.push(period);
            return end;
        }
        let literal = text.literal(at);
        let mut end = self.named(literal.end).unwrap_or(literal.end);
        // H5N1 is one name.
        while end > literal.end && text.at(end).is_ascii_alphanumeric() {
            end += 1;
        }
        self.found.push(Quantity::name(text, start..end));
        end
    }

    /// Where letters that make a name of the digits before them end.
    fn named(&self, at: usize) -> Option<usize> {
        let text = self.text;
        let mut end = at;
        while text.at(end).is_ascii_alphabetic() {
            end += 1;
        }
        if end == at {
            return None;
        }
        let mut lower = String::with_capacity(8);
        lower.extend((at..end.min(at + 8)).map(|at| text.at(at).to_ascii_lowercase()));
        let unit = matches!(
            lower.as_str(),
            "k" | "m"
                | "b"
                | "bn"
                | "t"
                | "g"
                | "mg"
                | "kg"
                | "km"
                | "cm"
                | "mm"
                | "ml"
                | "l"
                | "h"
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
                | "st"
                | "nd"
                | "rd"
                | "th"
                | "s"
                | "min"
                | "am"
                | "pm"
                | "x"
                | "ft"
                | "in"
                | "lb"
                | "oz"
                | "mph"
                | "kmh"
                | "ha"
                | "rmb"
                | "usd"
                | "hkd"
                | "eur"
                | "nm"
                | "pt"
                | "px"
                | "c"
                | "f"
        );
        (!unit).then_some(end)
    }

    fn clock(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        let hour = text.literal(at);
        if text.at(hour.end) != ':' || !text.at(hour.end + 1).is_ascii_digit() {
            return None;
        }
        let minute = text.literal(hour.end + 1);
        let (hours, minutes) = (hour.value?.as_whole()?, minute.value?.as_whole()?);
        if hours > 24 || minutes > 59 || minute.whole != 2 {
            return None;
        }
        let hour = Quantity::new(at..hour.end, Kind::Hour, Weight::Firm, Value::whole(hours));
        let weight = if minutes == 0 { Weight::Loose } else { Weight::Firm };
        let from = hour.at.end + 1;
        self.found.push(hour);
        let minutes = Value::whole(minutes);
        self.found.push(Quantity::new(from..minute.end, Kind::Minute, weight, minutes));
        Some(minute.end)
    }

    /// Adds a number with what stands around it.
    fn finish(&mut self, start: usize, numeral: &Numeral) -> usize {
        let text = self.text;
        let mut quantity =
            Quantity::new(start..numeral.end, Kind::Count, numeral.weight, numeral.value);
        if let Some(other) = numeral.other {
            quantity.add(other);
        }
        quantity.about = numeral.about;
        let mut from = text.skip_back(start);
        let mut next = numeral.end;
        self.before(&mut from, &mut quantity, numeral);
        let after = text.skip(numeral.end);
        if quantity.kind == Kind::Count || matches!(quantity.kind, Kind::Money(_)) {
            next = self.after(after, next, &mut quantity, numeral);
        }
        quantity.at = from.min(start)..next;
        if text.at(from) == ' ' {
            quantity.at.start = start;
        }
        if numeral.whole == 2
            && let Some(last) = self.found.last_mut()
            && let Some(year) = last.next_year(text, start, numeral.value)
        {
            (last.kind, quantity.kind) = (Kind::Year, Kind::Year);
            quantity.only(year);
        }
        self.share(&mut quantity, numeral, from);
        let end = quantity.at.end;
        self.found.push(quantity);
        end.max(next)
    }
}
