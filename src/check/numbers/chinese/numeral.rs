//! Numbers of Chinese: digits with 万 and 亿 after them, and numerals.

use super::super::quantity::Weight;
use super::super::text::{Literal, Text};
use super::super::value::Value;

/// A number before anything that follows it is looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::check::numbers) struct Numeral {
    /// Its value.
    pub(in crate::check::numbers) value: Value,
    /// Another value it may have.
    pub(in crate::check::numbers) other: Option<Value>,
    /// How firmly it is a figure.
    pub(in crate::check::numbers) weight: Weight,
    /// The place after it.
    pub(in crate::check::numbers) end: usize,
    /// The power of ten of its last units.
    pub(in crate::check::numbers) scale: i16,
    /// Digits before the point, where it has nothing but digits.
    pub(in crate::check::numbers) whole: usize,
    /// 多, 余 or 几 stands in it.
    pub(in crate::check::numbers) about: bool,
}

/// The power of ten of a unit.
pub(in crate::check::numbers) fn unit(c: char) -> Option<i16> {
    Some(match c {
        '十' | '拾' => 1,
        '百' => 2,
        '千' => 3,
        '万' => 4,
        '亿' => 8,
        '兆' => 12,
        _ => return None,
    })
}

/// A digit.
pub(in crate::check::numbers) fn digit(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' | '○' => 0,
        '一' | '壹' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// Whether a number in words can begin with a character.
pub(in crate::check::numbers) fn begins(c: char) -> bool {
    // `○` alone is a bullet.
    c != '○' && (digit(c).is_some() || unit(c).is_some())
}

/// Whether a character between a number and its unit says that it is more.
fn is_more(c: char) -> bool {
    matches!(c, '多' | '余' | '几' | '来')
}

/// No number of a text is as large as ten to this power.
const LARGEST: i16 = 24;

/// Where the units from `start` on end, and their power of ten.
fn units(text: &Text, start: usize) -> (usize, i16, bool) {
    let (mut at, mut scale, mut about) = (start, 0, false);
    loop {
        let mut place = text.skip(at);
        let more = is_more(text.at(place));
        if more && !about {
            place += 1;
        }
        let Some(power) = unit(text.at(place)).filter(|_| scale < LARGEST) else { break };
        let after = text.at(place + 1);
        // 千瓦 and 百分点 are units of their own.
        let own = match text.at(place) {
            '千' => "瓦克米卡帕赫伏焦兆".contains(after),
            '百' => after == '分' || after == '姓',
            '兆' => "瓦赫帕字比焦欧".contains(after),
            _ => false,
        };
        if own {
            break;
        }
        about |= more;
        scale += power;
        at = place + 1;
    }
    (at, scale, about)
}

impl Numeral {
    /// Digits, and the units after them: 12亿, 20多万, 1亿2000万, 3万5千.
    pub(in crate::check::numbers) fn digits(text: &Text, literal: Literal, value: Value) -> Self {
        let (mut end, mut scale, about) = units(text, literal.end);
        let mut total = value.scaled(scale);
        let mut other = None;
        let bare = scale == 0;
        // `10k`, `5m`.
        let after = text.at(end).to_ascii_lowercase();
        if bare && !text.at(end + 1).is_ascii_alphabetic() {
            match after {
                'k' => (total, end, scale) = (value.scaled(3), end + 1, 3),
                'm' => other = Some(value.scaled(6)),
                'b' => other = Some(value.scaled(9)),
                _ => {}
            }
        }
        // Smaller units may follow.
        while scale > 0 && !bare {
            let start = text.skip(end);
            let (part, after) = if text.at(start).is_ascii_digit() {
                let literal = text.literal(start);
                let Some(part) = literal.value else { break };
                (part, literal.end)
            } else {
                let start = start + usize::from(text.at(start) == '零');
                let Some(part) = digit(text.at(start)) else { break };
                (Value::whole(part), start + 1)
            };
            let (after, smaller, _) = units(text, after);
            let part = part.scaled(smaller);
            let below = Value::new(1, scale);
            if smaller >= scale || part.near() >= below.near() || (smaller == 0 && start != end) {
                break;
            }
            // 3 万 5 is hardly 30,005, but a list that lost its comma.
            if smaller == 0 && part.near() * 10.0 < below.near() {
                break;
            }
            let Some(sum) = total.plus(part) else { break };
            (total, end, scale) = (sum, after, smaller);
        }
        Self {
            value: total,
            other,
            weight: Weight::Firm,
            end,
            scale,
            whole: if bare && literal.bare { literal.whole } else { 0 },
            about,
        }
    }

    /// A number in words; none where the characters are no number.
    pub(in crate::check::numbers) fn spoken(text: &Text, start: usize) -> Option<Self> {
        let (mut total, mut section, mut last) = (Value::ZERO, 0_u64, None::<u64>);
        // Digits side by side, as in years.
        let (mut digits, mut side_by_side) = (0_u64, 0);
        let (mut at, mut largest) = (start, 0_i16);
        let (mut units_read, mut about) = (0, false);
        let (mut scale, mut chained) = (0, false);
        loop {
            let c = text.at(at);
            if let Some(digit) = digit(c) {
                chained = false;
                // 一两 and 三四十 are no sums.
                if last.is_some() && units_read > 0 {
                    break;
                }
                if units_read == 0 {
                    digits = digits.checked_mul(10)?.checked_add(digit)?;
                    side_by_side += 1;
                }
                last = Some(last.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
                if digit == 0 && units_read > 0 {
                    last = None;
                }
                at += 1;
                continue;
            }
            let skipped = usize::from(is_more(c) && at > start && unit(text.at(at + 1)).is_some());
            let Some(power) = unit(text.at(at + skipped)) else { break };
            let (_, read, _) = units(text, at + skipped);
            if read == 0 {
                break;
            }
            about |= skipped > 0;
            if power >= 4 {
                let own = section.checked_add(last.take().unwrap_or(0))?;
                if own == 0 && total == Value::ZERO {
                    total = Value::new(1, power);
                } else if own == 0 || (largest > 0 && power > largest) {
                    // 万亿, and 一百二十万亿.
                    total = total.plus(Value::whole(own))?.scaled(power);
                } else {
                    total = total.plus(Value::new(own, power))?;
                }
                section = 0;
                largest = largest.max(power);
            } else {
                let own = last
                    .take()
                    .unwrap_or(1)
                    .checked_mul(10_u64.checked_pow(u32::try_from(power).ok()?)?)?;
                section = section.checked_add(own)?;
            }
            scale = if chained { power.saturating_add(scale) } else { power };
            chained = true;
            units_read += 1;
            at += skipped + 1;
        }
        if at == start {
            return None;
        }
        let value = total.plus(Value::whole(section.checked_add(last.unwrap_or(0))?))?;
        // 七八 and 四五十 are either of two.
        let either = (side_by_side == 2 && digit(text.at(start)).is_some()).then(|| {
            let (first, second) = (digits / 10, digits % 10);
            (first > 0 && second == first + 1).then(|| {
                let own = if units_read == 0 { 0 } else { scale };
                (Value::new(first, own), Value::new(second, own))
            })
        });
        // 十九 is a number, 十 and 百 may be anything.
        let led = digit(text.at(start)).is_some()
            || text.at(start) == '十' && digit(text.at(start + 1)).is_some();
        let number = value.as_whole().is_none_or(|value| value > 10);
        let weight = if led && number && (units_read > 0 || side_by_side == 4) {
            Weight::Spoken
        } else {
            Weight::Loose
        };
        let (value, other, weight) = match either.flatten() {
            Some((first, second)) => (first, Some(second), Weight::Loose),
            None => (value, None, weight),
        };
        let mut numeral = Self {
            value,
            other,
            weight,
            end: at,
            scale,
            whole: if units_read == 0 { side_by_side } else { 0 },
            about,
        };
        numeral.point(text, start);
        if numeral.other.is_none() {
            numeral.thousands(last, scale);
        }
        Some(numeral)
    }

    /// 三点五, 三点五亿, 百分之十五点五; 三点五十 stays an hour, and so may 十五点五.
    fn point(&mut self, text: &Text, start: usize) {
        if text.at(self.end) != '点' {
            return;
        }
        let share = text.strip_back(text.skip_back(start), "分之").is_some();
        let hour = self.whole == 0 && self.value.near() <= 24.0 && !share;
        let (mut at, mut digits, mut places) = (self.end + 1, 0_u64, 0_i16);
        while let Some(digit) = digit(text.at(at)) {
            let Some(more) = digits.checked_mul(10).and_then(|more| more.checked_add(digit)) else {
                return;
            };
            (digits, places, at) = (more, places + 1, at + 1);
        }
        let (end, scale, _) = units(text, at);
        // 三点一刻.
        if places == 0 || scale == 1 || (hour && scale == 0) || text.at(end) == '刻' {
            return;
        }
        if let Some(value) = self.value.plus(Value::new(digits, -places)) {
            self.value = value.scaled(scale);
            self.end = end;
            self.scale = scale;
            self.whole = 0;
            self.weight = Weight::Spoken;
        }
    }

    /// 三万五 is thirty-five thousand.
    fn thousands(&mut self, last: Option<u64>, scale: i16) {
        if let Some(last) = last
            && scale >= 2
            && last < 10
            && let Some(base) = self.value.as_whole().and_then(|value| value.checked_sub(last))
            && let Some(sum) = Value::whole(base).plus(Value::new(last, scale - 1))
        {
            self.other = Some(sum);
        }
    }
}
