//! Reads the figures of an English text.

pub(super) mod tokens;

use tokens::{Token, What};

use super::quantity::{Kind, Quantity, Weight};
use super::text::Text;
use super::units::{CELSIUS, Currency, FAHRENHEIT, Unit};
use super::value::Value;
use super::words::Word;

/// The figures of a text, in its order.
pub(super) fn read(text: &Text) -> Vec<Quantity> {
    let tokens = tokens::of(text);
    let mut reader = Reader { text, tokens: &tokens, found: Vec::new() };
    let mut at = 0;
    while at < tokens.len() {
        at = reader.step(at).max(at + 1);
    }
    reader.found
}

struct Reader<'a> {
    text: &'a Text,
    tokens: &'a [Token],
    found: Vec<Quantity>,
}

/// A number before anything that follows it is looked at.
struct Number {
    value: Value,
    weight: Weight,
    /// The token after it.
    next: usize,
    /// A scale word belongs to it.
    scale: i16,
    /// Digits and nothing else.
    bare: bool,
    /// Digits before the point.
    whole: usize,
}

impl Reader<'_> {
    fn what(&self, at: usize) -> What {
        self.tokens.get(at).map_or(What::Sign('\n'), |token| token.what)
    }

    fn word(&self, at: usize) -> Option<Word> {
        match self.what(at) {
            What::Word { meaning, .. } => meaning,
            _ => None,
        }
    }

    fn sign(&self, at: usize) -> char {
        match self.what(at) {
            What::Sign(sign) => sign,
            _ => ' ',
        }
    }

    /// Whether nothing stands between a token and the one before it.
    fn joined(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|before| self.tokens.get(before)).is_some_and(|before| {
            self.tokens.get(at).is_some_and(|token| token.start == before.end)
        })
    }

    fn before(&self, at: usize) -> Option<Word> {
        at.checked_sub(1).and_then(|at| self.word(at))
    }

    fn sign_before(&self, at: usize) -> char {
        at.checked_sub(1).map_or(' ', |at| self.sign(at))
    }

    fn start(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.text.len(), |token| token.start)
    }

    fn end(&self, next: usize) -> usize {
        next.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.end)
    }

    fn push(&mut self, from: usize, next: usize, kind: Kind, weight: Weight, value: Value) {
        let at = self.start(from)..self.end(next);
        self.found.push(Quantity::new(at, kind, weight, value));
    }

    /// Reads what begins at a token; the token to go on with.
    fn step(&mut self, at: usize) -> usize {
        match self.what(at) {
            What::Digits(literal) => {
                if let Some(next) = self.clock(at) {
                    return next;
                }
                if let Some(next) = self.name(at) {
                    return next;
                }
                if literal.value.is_none() {
                    return at + 1;
                }
                self.number(at)
            }
            What::Glyph(value) => self.finish(at, Number::spoken(value, at + 1)),
            What::Word { meaning: Some(word), capital } => self.meaning(at, word, capital),
            What::Word { .. } | What::Sign(_) => at + 1,
        }
    }

    fn meaning(&mut self, at: usize, word: Word, capital: bool) -> usize {
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

    /// Whether a day or a year stands beside the word at `at`.
    fn beside_day_or_year(&self, at: usize) -> bool {
        let number = |at: usize| matches!(self.what(at), What::Digits(_));
        let mut before = at;
        for _ in 0..2 {
            let Some(back) = before.checked_sub(1) else { break };
            before = back;
            match self.what(before) {
                What::Digits(_) => return true,
                What::Word { meaning: Some(Word::Suffix | Word::Before), .. } | What::Sign('-') => {}
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
    fn prepared(&self, at: usize) -> bool {
        let mut before = at;
        if self.sign_before(before) == '-' {
            before -= 1;
        }
        matches!(self.before(before), Some(Word::Before | Word::To | Word::End))
    }

    /// A time such as 7:30; also 15:00:20.
    fn clock(&mut self, at: usize) -> Option<usize> {
        let What::Digits(hour) = self.what(at) else { return None };
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
    fn name(&mut self, at: usize) -> Option<usize> {
        let What::Digits(literal) = self.what(at) else { return None };
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
            }
        }
        if !named {
            return None;
        }
        let place = self.start(from)..self.end(next);
        self.found.push(Quantity::name(self.text, place));
        Some(next)
    }

    /// Letters after digits that are a unit without a conversion: `5g`, `60mg`, `20kW`.
    fn is_unit_letters(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        let lower: String =
            (token.start..token.end).map(|at| self.text.at(at).to_ascii_lowercase()).collect();
        matches!(
            lower.as_str(),
            "g" | "mg" | "ml" | "l" | "h" | "hr" | "hrs" | "min" | "mins" | "s" | "sec" | "kw"
                | "mw" | "gw" | "kwh" | "mwh" | "gwh" | "hz" | "khz" | "mhz" | "ghz" | "kb"
                | "mb" | "gb" | "tb" | "mbps" | "gbps" | "v" | "w" | "pt" | "px" | "in" | "yr"
                | "yo" | "sqm" | "b" | "t" | "tr" | "bps" | "nm" | "c" | "f" | "hp" | "bhp"
        )
    }

    /// A number, in digits or words, and what follows it.
    fn number(&mut self, at: usize) -> usize {
        let number = match self.what(at) {
            What::Digits(_) => self.digits(at),
            _ => self.spoken(at),
        };
        match number {
            Some(number) => self.finish(at, number),
            None => at + 1,
        }
    }

    fn digits(&self, at: usize) -> Option<Number> {
        let What::Digits(literal) = self.what(at) else { return None };
        let mut number = Number {
            value: literal.value?,
            weight: Weight::Firm,
            next: at + 1,
            scale: 0,
            bare: literal.bare,
            whole: literal.whole,
        };
        // 2½; 2 and a half.
        if let What::Glyph(part) = self.what(number.next) {
            number.value = number.value.plus(part)?;
            number.next += 1;
        }
        self.scales(&mut number);
        Some(number)
    }

    /// Scale words after a number: `million`, `hundred thousand`, `-billion`, `bn`, `k`.
    fn scales(&self, number: &mut Number) {
        loop {
            let mut at = number.next;
            if self.sign(at) == '-' && self.joined(at) && self.joined(at + 1) {
                at += 1;
            }
            let scale = match self.word(at) {
                Some(Word::Hundred) => 2,
                Some(Word::Scale(scale)) => scale,
                // `10 m` is metres, `10m` may be both.
                Some(Word::ShortScale(scale)) if number.scale == 0 => {
                    let short = self.tokens.get(at).is_some_and(|token| token.end - token.start == 1);
                    if short && !self.joined(at) {
                        return;
                    }
                    scale
                }
                _ if number.scale == 0 && self.joined(at) => match self.letter(at) {
                    'b' => 9,
                    't' => 12,
                    _ => return,
                },
                _ => return,
            };
            number.value = number.value.scaled(scale);
            number.scale += scale;
            number.next = at + 1;
            number.bare = false;
        }
    }

    /// The letter that a token consists of.
    fn letter(&self, at: usize) -> char {
        match (self.what(at), self.tokens.get(at)) {
            (What::Word { .. }, Some(token)) if token.end == token.start + 1 => {
                self.text.at(token.start).to_ascii_lowercase()
            }
            _ => ' ',
        }
    }

    /// A number in words: two hundred and fifty thousand, a million, twenty-five.
    fn spoken(&self, start: usize) -> Option<Number> {
        let (mut total, mut part) = (Value::ZERO, 0_u64);
        let mut at = start;
        // What the last word was: 0 nothing, 1 ones, 2 tens, 3 a scale.
        let mut last = 0;
        let mut scale = 0;
        let mut words = 0;
        loop {
            let mut next = at;
            if last == 2 && self.sign(at) == '-' {
                next += 1;
            }
            if last == 3
                && matches!(self.word(at), Some(Word::And))
                && matches!(self.word(at + 1), Some(Word::Ones(_) | Word::Tens(_)))
                && total != Value::new(1, 3).scaled(3)
            {
                next += 1;
            }
            match self.word(next) {
                Some(Word::Ones(ones)) if last == 0 || last == 3 || (last == 2 && ones < 10) => {
                    part = part.checked_add(u64::from(ones))?;
                    last = 1;
                }
                Some(Word::Tens(tens)) if last == 0 || last == 3 => {
                    part = part.checked_add(u64::from(tens))?;
                    last = 2;
                }
                Some(Word::A) if last == 0 => {
                    at = next + 1;
                    continue;
                }
                Some(Word::Hundred) => {
                    part = part.max(1).checked_mul(100)?;
                    scale += 2;
                    last = 3;
                }
                Some(Word::Dozen) if last < 3 => {
                    part = part.max(1).checked_mul(12)?;
                    last = 4;
                }
                Some(Word::Scale(power)) => {
                    let value = if part == 0 && total == Value::ZERO { 1 } else { part };
                    if value == 0 {
                        // `thousand million`.
                        total = total.scaled(power);
                    } else {
                        total = total.plus(Value::new(value, power))?;
                    }
                    part = 0;
                    scale += power;
                    last = 3;
                }
                _ => break,
            }
            words += 1;
            at = next + 1;
        }
        if words == 0 {
            return None;
        }
        let value = total.plus(Value::whole(part))?;
        let firm = value.as_whole().is_none_or(|value| value > 12);
        let started = matches!(self.word(start), Some(Word::Ones(_) | Word::Tens(_)));
        let weight = if firm && started { Weight::Spoken } else { Weight::Loose };
        Some(Number { value, weight, next: at, scale, bare: false, whole: 0 })
    }

    /// Adds a number with what stands around it.
    fn finish(&mut self, start: usize, mut number: Number) -> usize {
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
            Some(Word::Am | Word::Pm) if small.is_some() => kind = Kind::Hour,
            Some(Word::A | Word::P)
                if small.is_some()
                    && self.sign(after + 1) == '.'
                    && self.letter(after + 2) == 'm' =>
            {
                kind = Kind::Hour;
            }
            Some(Word::Money(currency)) if !matches!(kind, Kind::Money(_)) => {
                kind = Kind::Money(currency);
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
            Some(Word::ShortScale(_)) => unit = Some(METRES),
            Some(Word::Degree) => {
                unit = match (self.word(after + 1), self.letter(after + 1)) {
                    (Some(Word::Celsius), _) | (_, 'c') => Some(CELSIUS),
                    _ => Some(FAHRENHEIT),
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
                && let Some(below) =
                    below.value.and_then(Value::as_whole).and_then(|below| u32::try_from(below).ok())
                && self.sign(next) == '/'
            {
                others.extend(Value::fraction(above, below));
            }
        }
        // `42.000` is written for 42,000 where the point groups digits.
        if let What::Digits(literal) = self.what(start)
            && literal.places == 3
            && number.scale == 0
        {
            others.push(value.scaled(3));
        }
        if self.is_kilo(next) {
            others.push(value.scaled(3));
        }
        // `10m` is ten million or ten metres.
        if number.scale == 6 && self.letter(number.next.saturating_sub(1)) == 'm' {
            others.push(value.scaled(-6));
        }
        let mut quantity =
            Quantity::new(self.start(from)..self.end(next), kind, weight, value);
        for other in others {
            quantity.add(other);
        }
        quantity.unit = unit;
        quantity.about = self.before_is_about(from);
        self.share(from, &mut quantity, &number);
        let range = matches!(
            from.checked_sub(1).and_then(|at| self.word(at)),
            Some(Word::To | Word::And)
        );
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

    /// two and a half (million).
    fn and_a_half(&self, number: &mut Number) {
        let at = number.next;
        if matches!(self.word(at), Some(Word::And)) {
            let half = match (self.word(at + 1), self.word(at + 2)) {
                (Some(Word::A), Some(Word::Half)) => at + 3,
                _ => return,
            };
            // A million and a half is half a million more.
            let part = Value::HALF.scaled(number.scale);
            if let Some(sum) = number.value.plus(part) {
                number.value = sum;
                number.next = half;
                self.scales(number);
            }
        }
    }

    fn currency_before(&self, start: usize) -> Option<(Currency, usize)> {
        let mut at = start.checked_sub(1)?;
        if let What::Sign('+' | '-') = self.what(at) {
            at = at.checked_sub(1)?;
        }
        match self.what(at) {
            What::Sign('$') => match at.checked_sub(1).map(|country| (country, self.what(country))) {
                Some((country, What::Word { meaning, .. })) if self.joined(at) => match meaning {
                    Some(Word::Country(currency)) => Some((currency, country)),
                    Some(Word::A) => Some((Currency("AUD"), country)),
                    Some(Word::Money(currency)) => Some((currency, country)),
                    _ => Some((Currency::DOLLAR, at)),
                },
                _ => Some((Currency::DOLLAR, at)),
            },
            What::Sign('€') => Some((Currency("EUR"), at)),
            What::Sign('£') => Some((Currency("GBP"), at)),
            What::Sign('¥') => Some((Currency("¥"), at)),
            What::Sign('₩') => Some((Currency("KRW"), at)),
            What::Sign('₹') => Some((Currency("INR"), at)),
            What::Sign('₽') => Some((Currency("RUB"), at)),
            What::Word { meaning: Some(Word::Money(currency)), capital: true } => {
                Some((currency, at))
            }
            _ => None,
        }
    }

    /// US dollars, U.S. dollars, Hong Kong dollars, New Zealand dollars.
    fn country_dollars(&self, at: usize) -> Option<(Currency, usize)> {
        let Some(Word::Country(currency)) = self.word(at) else { return None };
        let mut next = at + 1;
        for _ in 0..3 {
            if self.sign(next) == '.' || matches!(self.word(next), Some(Word::Country(_))) {
                next += 1;
            }
        }
        matches!(self.word(next), Some(Word::Dollar)).then_some((currency, next + 1))
    }

    /// A day beside its month; the 27th.
    fn date(&self, start: usize, next: usize, kind: Kind, number: &Number) -> (Kind, usize) {
        let whole = number.value.as_whole().unwrap_or(u64::MAX);
        if (1..=31).contains(&whole) {
            let month = |at: usize| {
                matches!(self.what(at), What::Word { meaning: Some(Word::Month(..)), capital: true })
            };
            let mut before = start;
            if matches!(self.sign_before(before), '.' | '-')
                || matches!(self.before(before), Some(Word::The))
            {
                before = before.saturating_sub(1);
            }
            let beside = before.checked_sub(1).is_some_and(month);
            let after = next + usize::from(matches!(self.word(next), Some(Word::Before)));
            if beside || month(after) {
                return (Kind::Day, next);
            }
        }
        // The 1990s, the 90s.
        let letter = next + usize::from(self.sign(next) == '\'');
        let decade = whole % 10 == 0 && (number.whole == 4 || whole < 100);
        if decade && self.letter(letter) == 's' && self.joined(letter) {
            return (Kind::Decade, letter + 1);
        }
        (kind, next)
    }

    /// Thousands of a unit: kilobases, kilotonnes, kHz; kilograms and kilometres are units.
    fn is_kilo(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        matches!(token.what, What::Word { meaning: None, .. })
            && token.end > token.start + 6
            && "kilo".chars().enumerate().all(|(place, c)| self.text.at(token.start + place) == c)
    }

    fn slashed(&self, start: usize, next: usize) -> bool {
        (self.sign(next) == '/' && matches!(self.what(next + 1), What::Digits(_)))
            || (self.sign_before(start) == '/'
                && start.checked_sub(2).is_some_and(|at| matches!(self.what(at), What::Digits(_))))
    }

    fn before_is_about(&self, from: usize) -> bool {
        (1..=2).any(|back| {
            from.checked_sub(back).is_some_and(|at| matches!(self.word(at), Some(Word::About)))
        })
    }

    /// In `5–10 million`, `3 to 5 percent` and `$5–10` what one end has holds for the other.
    fn share(&mut self, from: usize, quantity: &mut Quantity, number: &Number) {
        let Some(range) = from.checked_sub(1) else { return };
        let sure = self.sign(range) == '-' || matches!(self.word(range), Some(Word::To));
        let perhaps = matches!(self.word(range), Some(Word::And)) || self.sign(range) == ',';
        let end = self.end(range);
        let Some(last) = self.found.last_mut() else { return };
        if !(sure || perhaps) || last.at.end != end {
            return;
        }
        let plain = matches!(last.kind, Kind::Count | Kind::Money(_) | Kind::Year);
        if plain && last.kind != quantity.kind || number.scale > 0 {
            let bare = last.value();
            match quantity.kind {
                Kind::Percent | Kind::Points if last.kind == Kind::Count => {
                    if sure {
                        last.kind = quantity.kind;
                        last.only(bare.scaled(-2));
                    } else {
                        last.add(bare.scaled(-2));
                    }
                }
                Kind::Money(_) | Kind::Multiple | Kind::Hour | Kind::Ordinal
                    if sure && last.kind == Kind::Count =>
                {
                    last.kind = quantity.kind;
                }
                Kind::Count if matches!(last.kind, Kind::Money(_)) && sure => {
                    quantity.kind = last.kind;
                }
                _ => {}
            }
            if number.scale > 0 && plain && bare.near() < 1e5 && sure {
                last.rather(bare.scaled(number.scale));
            } else if number.scale > 0 && plain && bare.near() < 1e5 {
                last.add(bare.scaled(number.scale));
            }
        }
        if last.unit.is_none() && sure {
            last.unit = quantity.unit;
        }
    }
}

/// twenty-fifth, one third; `five third prizes` is neither.
fn ordinal(value: Value, nth: u8) -> Option<(Value, Kind)> {
    let whole = value.as_whole()?;
    if whole > 0 && whole % 10 == 0 && nth < 20 {
        return Some((value.plus(Value::whole(u64::from(nth)))?, Kind::Ordinal));
    }
    let part = whole == 1 && nth >= 3;
    part.then(|| Some((Value::fraction(1, u32::from(nth))?, Kind::Part))).flatten()
}

impl Number {
    fn spoken(value: Value, next: usize) -> Self {
        Self { value, weight: Weight::Spoken, next, scale: 0, bare: false, whole: 0 }
    }
}

const YEARS: Unit = super::units::YEARS;
const METRES: Unit = super::units::METRES;
