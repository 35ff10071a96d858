//! Numbers, in digits and in words.

use super::super::quantity::{Kind, Weight};
use super::super::value::Value;
use super::super::words::Word;
use super::Reader;
use super::tokens::What;

/// A number before anything that follows it is looked at.
pub(super) struct Number {
    pub(super) value: Value,
    pub(super) weight: Weight,
    /// The token after it.
    pub(super) next: usize,
    /// A scale word belongs to it.
    pub(super) scale: i16,
    /// Digits and nothing else.
    pub(super) bare: bool,
    /// Digits before the point.
    pub(super) whole: usize,
}

impl Reader<'_> {
    pub(super) fn digits(&self, at: usize) -> Option<Number> {
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
    pub(super) fn scales(&self, number: &mut Number) {
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
                    let short =
                        self.tokens.get(at).is_some_and(|token| token.end - token.start == 1);
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
            number.scale = number.scale.saturating_add(scale);
            number.next = at + 1;
            number.bare = false;
        }
    }

    /// A number in words: two hundred and fifty thousand, a million, twenty-five.
    pub(super) fn spoken(&self, start: usize) -> Option<Number> {
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
                    scale = 2_i16.saturating_add(scale);
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
                    scale = power.saturating_add(scale);
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
        let mut value = total.plus(Value::whole(part))?;
        let mut firm = false;
        // Three point five.
        if let (Some(Word::Point), Some(Word::Ones(0..=9))) = (self.word(at), self.word(at + 1)) {
            let (mut digits, mut places) = (0_u64, 0_i16);
            at += 1;
            while let Some(Word::Ones(ones @ 0..=9)) = self.word(at) {
                digits = digits.checked_mul(10)?.checked_add(u64::from(ones))?;
                (places, at) = (places + 1, at + 1);
            }
            value = value.plus(Value::new(digits, -places))?;
            firm = true;
            while let Some(Word::Scale(power)) = self.word(at) {
                (value, at) = (value.scaled(power), at + 1);
                scale = power.saturating_add(scale);
            }
        }
        firm |= value.as_whole().is_none_or(|value| value > 12);
        let started = matches!(self.word(start), Some(Word::Ones(_) | Word::Tens(_)));
        let weight = if firm && started { Weight::Spoken } else { Weight::Loose };
        Some(Number { value, weight, next: at, scale, bare: false, whole: 0 })
    }

    /// two and a half (million).
    pub(super) fn and_a_half(&self, number: &mut Number) {
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
}

/// twenty-fifth, one third; `five third prizes` is neither.
pub(super) fn ordinal(value: Value, nth: u8) -> Option<(Value, Kind)> {
    let whole = value.as_whole()?;
    if whole > 0 && whole % 10 == 0 && nth < 20 {
        return Some((value.plus(Value::whole(u64::from(nth)))?, Kind::Ordinal));
    }
    let part = whole == 1 && nth >= 3;
    part.then(|| Some((Value::fraction(1, u32::from(nth))?, Kind::Part))).flatten()
}

impl Number {
    pub(super) fn spoken(value: Value, next: usize) -> Self {
        Self { value, weight: Weight::Spoken, next, scale: 0, bare: false, whole: 0 }
    }
}
