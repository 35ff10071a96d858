//! Exact values: a decimal, or a decimal over a denominator for thirds and their like.

use std::cmp::Ordering;

/// `digits × 10^exponent ÷ over`, always in its lowest form, so that equal values are equal bits.
///
/// Values are not negative: a sign stands beside the value, because languages put it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Value {
    digits: u64,
    exponent: i16,
    over: u32,
}

impl Value {
    /// Nothing.
    pub(super) const ZERO: Self = Self { digits: 0, exponent: 0, over: 1 };
    /// One half.
    pub(super) const HALF: Self = Self { digits: 5, exponent: -1, over: 1 };

    /// `digits × 10^exponent`.
    pub(super) fn new(digits: u64, exponent: i16) -> Self {
        Self { digits, exponent, over: 1 }.reduced()
    }

    /// A whole number.
    pub(super) fn whole(digits: u64) -> Self {
        Self::new(digits, 0)
    }

    /// `above ÷ below`; none for a division by zero.
    pub(super) fn fraction(above: u64, mut below: u32) -> Option<Self> {
        if below == 0 {
            return None;
        }
        let (mut digits, mut exponent) = (above, 0);
        // Tenths, halves and fifths are decimals.
        for (factor, times) in [(10, 1), (2, 5), (5, 2)] {
            while below.is_multiple_of(factor) {
                below /= factor;
                digits = digits.checked_mul(times)?;
                exponent -= 1;
            }
        }
        let common = gcd(digits, u64::from(below));
        let over = u32::try_from(u64::from(below) / common.max(1)).ok()?;
        Some(Self { digits: digits / common.max(1), exponent, over }.reduced())
    }

    /// Strips zeros; the value stays.
    fn reduced(mut self) -> Self {
        if self.digits == 0 {
            return Self::ZERO;
        }
        while self.digits.is_multiple_of(10) {
            self.digits /= 10;
            self.exponent = self.exponent.saturating_add(1);
        }
        self
    }

    /// Times a power of ten.
    pub(super) fn scaled(self, exponent: i16) -> Self {
        match self.digits {
            0 => self,
            _ => Self { exponent: self.exponent.saturating_add(exponent), ..self },
        }
    }

    /// Times a whole number; none where it grows out of all measure.
    pub(super) fn times(self, factor: u32) -> Option<Self> {
        let common = u32::try_from(gcd(u64::from(self.over), u64::from(factor))).ok()?.max(1);
        let digits = self.digits.checked_mul(u64::from(factor / common))?;
        Some(Self { digits, over: self.over / common, ..self }.reduced())
    }

    /// The sum of two decimals; none where it grows out of all measure or a fraction takes part.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        if self.digits == 0 {
            return Some(other);
        }
        if other.digits == 0 {
            return Some(self);
        }
        if self.over != 1 || other.over != 1 {
            return None;
        }
        let exponent = self.exponent.min(other.exponent);
        let lifted = |value: Self| {
            let power = u32::try_from(i32::from(value.exponent) - i32::from(exponent)).ok()?;
            value.digits.checked_mul(10_u64.checked_pow(power)?)
        };
        Some(Self::new(lifted(self)?.checked_add(lifted(other)?)?, exponent))
    }

    /// As a float, for what is near by nature: rounding, conversions.
    pub(super) fn near(self) -> f64 {
        self.digits as f64 * 10_f64.powi(i32::from(self.exponent)) / f64::from(self.over)
    }

    /// The whole number it is, where it is one.
    pub(super) fn as_whole(self) -> Option<u64> {
        let power = u32::try_from(self.exponent).ok()?;
        (self.over == 1).then(|| self.digits.checked_mul(10_u64.checked_pow(power)?)).flatten()
    }

    /// How many digits are not zeros at an end, and the power of ten of the last one; none for a
    /// fraction that is no decimal.
    pub(super) fn precision(self) -> Option<(u32, i16)> {
        (self.over == 1)
            .then(|| (self.digits.checked_ilog10().map_or(1, |log| log + 1), self.exponent))
    }

    /// Whether nothing but the place of the decimal point tells the values apart.
    pub(super) fn same_digits(self, other: Self) -> bool {
        self.digits == other.digits && self.over == other.over
    }

    /// In digits, without grouping: `12.5`, `1/3`.
    pub(super) fn plain(self) -> String {
        if self.over != 1 {
            return match self.as_above() {
                Some(above) => format!("{above}/{}", self.over),
                None => format!("{:.4}", self.near()),
            };
        }
        let digits = self.digits.to_string();
        match usize::try_from(self.exponent) {
            Ok(zeros) => digits + &"0".repeat(zeros.min(40)),
            Err(_) => {
                let places = usize::from(self.exponent.unsigned_abs());
                let padded = format!("{digits:0>width$}", width = places.min(40) + 1);
                let (whole, rest) = padded.split_at(padded.len().saturating_sub(places));
                format!("{whole}.{rest}")
            }
        }
    }

    fn as_above(self) -> Option<u64> {
        Self { over: 1, ..self }.as_whole()
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.near().partial_cmp(&other.near())
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal() {
        assert_eq!(Value::new(12, 8), Value::whole(1_200_000_000));
        assert_eq!(Value::fraction(1, 2), Some(Value::HALF));
        assert_eq!(Value::fraction(3, 4), Some(Value::new(75, -2)));
        assert_eq!(Value::fraction(2, 6), Value::fraction(1, 3));
        assert_eq!(Value::fraction(10, 3), Some(Value::fraction(1, 3).unwrap().scaled(1)));
        assert_eq!(Value::fraction(1, 3).unwrap().times(6), Some(Value::whole(2)));
        assert_eq!(Value::whole(0).scaled(8), Value::ZERO);
        assert_eq!(Value::new(1, 8).plus(Value::new(2, 7)), Some(Value::whole(120_000_000)));
        assert_eq!(Value::new(u64::MAX, 0).plus(Value::new(1, 8)), None);
        assert_ne!(Value::new(1, 30), Value::new(1, 29));
    }

    #[test]
    fn values_are_written_out() {
        for (value, plain) in [
            (Value::new(125, -1), "12.5"),
            (Value::new(5, -2), "0.05"),
            (Value::whole(1200), "1200"),
            (Value::fraction(1, 3).unwrap(), "1/3"),
            (Value::ZERO, "0"),
        ] {
            assert_eq!(value.plain(), plain);
        }
    }
}
