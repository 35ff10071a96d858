//! A number with what stands around it.

use super::super::quantity::{Kind, Quantity, Weight};
use super::super::units::{CELSIUS, Currency, DEGREES, FAHRENHEIT, METRES, POUNDS, YEARS};
use super::super::value::Value;
use super::super::words::Word;
use super::Reader;
use super::number::{Number, ordinal};
use super::tokens::What;

impl Reader<'_> {
    /// Adds a number with what stands around it.
    pub(super) fn finish(&mut self, start: usize, mut number: Number) -> usize {
        let mut kind = Kind::Count;
        let mut unit = None;
        let mut others: Vec<Value> = Vec::new();
        let mut from = start;
        self.and_a_half(&mut number);
        let mut value = number.value;
        let mut next = number.next;
        let small = value.as_whole().filter(|&value| value <= 31);
        // Before it: a currency.
        if let Some((sign, first)) = self.currency_before(start) {
            kind = Kind::Money(sign);
            from = first;
        }
        let hyphen = |at: usize| if self.sign(at) == '-' { at + 1 } else { at };
        let after = hyphen(next);
        match self.word(after) {
            _ if self.sign(next) == '%' => {
                kind = Kind::Percent;
                next += 1;
            }
            Some(Word::Percent) => {
                kind = Kind::Percent;
                next = after + 1;
            }
            Some(Word::Per) if matches!(self.word(after + 1), Some(Word::Cent)) => {
                kind = Kind::Percent;
                next = after + 2;
            }
            Some(Word::Percentage) => {
                kind = Kind::Points;
                next = after + 1;
            }
            Some(Word::Suffix) if self.joined(next) => {
                kind = Kind::Ordinal;
                next += 1;
            }
            Some(Word::Nth(nth)) if number.weight < Weight::Firm => {
                if let Some((own, of_kind)) = ordinal(value, nth) {
                    (value, kind) = (own, of_kind);
                    if kind == Kind::Part {
                        others.push(Value::whole(u64::from(nth)));
                    } else {
                        number.weight = Weight::Spoken;
                    }
                    next = after + 1;
                }
            }
            Some(Word::Parts(parts)) if small.is_some() && number.weight < Weight::Firm => {
                value = Value::fraction(small.unwrap_or(0), u32::from(parts)).unwrap_or(value);
                kind = Kind::Part;
                others.extend(small.map(Value::whole));
                next = after + 1;
            }
            Some(Word::Times) => {
                kind = Kind::Multiple;
                next = after + 1;
            }
            Some(Word::X) if self.joined(next) => {
                kind = Kind::Multiple;
                next += 1;
            }
            Some(Word::Decade) => {
                others.extend(value.times(10));
                unit = Some(YEARS);
            }
            Some(Word::Century) => others.extend(value.times(100)),
            Some(Word::Dozen) => {
                value = value.times(12).unwrap_or(value);
                next = after + 1;
            }
            _ if small.is_some() && self.is_half_day(after) => kind = Kind::Hour,
            Some(Word::Money(currency)) if !matches!(kind, Kind::Money(_)) => {
                kind = Kind::Money(currency);
                next = after + 1;
            }
            Some(Word::Pound) => {
                if !matches!(kind, Kind::Money(_)) {
                    kind = Kind::Money(Currency("GBP"));
                }
                unit = Some(POUNDS);
                next = after + 1;
            }
            Some(Word::Dollar) => {
                if !matches!(kind, Kind::Money(_)) {
                    kind = Kind::Money(Currency::DOLLAR);
                }
                next = after + 1;
            }
            Some(Word::Country(_)) => {
                if let Some((currency, end)) = self.country_dollars(after) {
                    kind = Kind::Money(currency);
                    next = end;
                }
            }
            Some(Word::Unit(own)) => unit = Some(own),
            Some(Word::Square) => {
                if let Some(Word::Unit(side)) = self.word(after + 1) {
                    unit = side.squared();
                }
            }
            Some(Word::ShortScale(_)) => unit = Some(METRES),
            Some(Word::Degree) => {
                unit = match (self.word(after + 1), self.letter(after + 1)) {
                    (Some(Word::Celsius), _) | (_, 'c') => Some(CELSIUS),
                    (Some(Word::Fahrenheit), _) | (_, 'f') => Some(FAHRENHEIT),
                    _ => Some(DEGREES),
                };
            }
            Some(Word::Celsius) => unit = Some(CELSIUS),
            Some(Word::Fahrenheit) => unit = Some(FAHRENHEIT),
            Some(Word::Point) => others.push(value.scaled(-2)),
            _ if self.sign(next) == '‰' => {
                kind = Kind::Percent;
                value = value.scaled(-1);
                next += 1;
            }
            _ if self.sign(next) == '°' => {
                unit = match self.letter(next + 1) {
                    'c' => Some(CELSIUS),
                    'f' => Some(FAHRENHEIT),
                    _ => None,
                };
            }
            _ => {}
        }
        if kind == Kind::Count
            && let Some((currency, end)) = self.foreign_money(after)
        {
            kind = Kind::Money(currency);
            next = end;
        }
        if matches!(kind, Kind::Count | Kind::Ordinal) && number.bare {
            (kind, next) = self.date(start, next, kind, &number);
        }
        if kind == Kind::Count
            && number.bare
            && number.whole == 4
            && (1000..2200).contains(&value.as_whole().unwrap_or(0))
        {
            kind = Kind::Year;
        }
        if kind == Kind::Count
            && matches!(self.sign_before(start), '-' | '/')
            && self.joined(start)
            && let Some(last) = self.found.last()
            && let Some(year) = last.next_year(self.text, self.start(start), value)
        {
            (kind, value) = (Kind::Year, year);
        }
        if matches!(kind, Kind::Percent | Kind::Points) {
            value = value.scaled(-2);
        }
        if kind == Kind::Decade
            && let Some(decade) = value.as_whole().filter(|&decade| decade < 100)
        {
            others.push(Value::whole(1900 + decade));
        }
        let mut weight = number.weight;
        // 24/7, 9/11, 1/2: rarely the two numbers they are made of.
        if self.slashed(start, next) && kind == Kind::Count {
            weight = Weight::Loose;
            if let (Some(above), What::Digits(below)) = (value.as_whole(), self.what(next + 1))
                && let Some(below) = below
                    .value
                    .and_then(Value::as_whole)
                    .and_then(|below| u32::try_from(below).ok())
                && self.sign(next) == '/'
            {
                others.extend(Value::fraction(above, below));
            }
        }
        // 1 in 10 is a tenth.
        if let Some((second, below)) = self.ratio(next)
            && let Some(above) = small
            && above < u64::from(below)
            && kind == Kind::Count
            && let Some(part) = Value::fraction(above, below)
        {
            kind = Kind::Part;
            others.push(value);
            value = part;
            weight = Weight::Loose;
            self.ratio = Some(second);
        }
        if self.ratio == Some(start) {
            weight = Weight::Loose;
        }
        // `42.000` is written for 42,000 where the point groups digits.
        if let What::Digits(literal) = self.what(start)
            && literal.places == 3
            && number.scale == 0
        {
            others.push(value.scaled(3));
        }
        // A footnote pasted after its year, which the text has told before: in 20246.
        if number.bare && matches!(number.whole, 5 | 6) {
            let digits = value.as_whole().unwrap_or(0);
            let told = |year: u64| {
                (1900..2100).contains(&year)
                    && self
                        .found
                        .iter()
                        .any(|own| own.kind == Kind::Year && own.value() == Value::whole(year))
            };
            others.extend(
                [digits / 10, digits / 100].into_iter().find(|&year| told(year)).map(Value::whole),
            );
        }
        // 2.10 is a section or an episode as well.
        if let What::Digits(literal) = self.what(start)
            && kind == Kind::Count
            && number.scale == 0
            && literal.places == 2
            && literal.whole == 1
            && let Some(tenths) = value.scaled(1).as_whole()
        {
            others.push(Value::whole(tenths % 10 * 10));
        }
        if self.is_kilo(next) {
            others.push(value.scaled(3));
        }
        // `10m` is ten million or ten metres.
        if number.scale == 6 && self.letter(number.next.saturating_sub(1)) == 'm' {
            others.push(value.scaled(-6));
        }
        let mut quantity = Quantity::new(self.start(from)..self.end(next), kind, weight, value);
        for other in others {
            quantity.add(other);
        }
        quantity.unit = unit;
        quantity.about = self.before_is_about(from);
        self.share(from, &mut quantity, &number);
        let range =
            matches!(from.checked_sub(1).and_then(|at| self.word(at)), Some(Word::To | Word::And));
        if range
            && self.is_kilo(next)
            && let Some(last) = self.found.last_mut()
            && last.kind == Kind::Count
        {
            last.add(last.value().scaled(3));
        }
        self.found.push(quantity);
        next
    }
}
