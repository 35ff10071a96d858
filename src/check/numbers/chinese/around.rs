//! What stands beside a number: 百分之, currencies, 年月日, the other end of a range.

use super::super::quantity::{Kind, Quantity, Weight};
use super::super::units::{self, AFTER, BEFORE, CHINESE, Currency};
use super::super::value::Value;
use super::Reader;
use super::numeral::{self, Numeral};

impl Reader<'_> {
    /// What stands before a number: 百分之, 第, a currency.
    pub(super) fn before(&mut self, from: &mut usize, quantity: &mut Quantity, numeral: &Numeral) {
        let text = self.text;
        for (word, power) in [("百分之", -2), ("千分之", -3), ("万分之", -4)] {
            if let Some(start) = text.strip_back(*from, word) {
                quantity.kind = Kind::Percent;
                quantity.only(numeral.value.scaled(power));
                if let Some(other) = numeral.other {
                    quantity.add(other.scaled(power));
                }
                quantity.weight = Weight::Firm;
                *from = start;
                // The hundred of 百分之 was read as a number of its own.
                while self.found.last().is_some_and(|last| last.at.end > start) {
                    self.found.pop();
                }
                return;
            }
        }
        if let Some(start) = text.strip_back(*from, "分之")
            && let Some(below) = self.found.last()
            && below.at.end == text.skip_back(start)
        {
            let below = below.value().as_whole().and_then(|below| u32::try_from(below).ok());
            let part = below.and_then(|below| Value::fraction(numeral.value.as_whole()?, below));
            if let Some(part) = part {
                *from = self.found.pop().map_or(*from, |below| below.at.start);
                quantity.kind = Kind::Part;
                quantity.only(part);
                return;
            }
        }
        if text.before(*from) == '第' {
            quantity.kind = Kind::Ordinal;
            *from -= 1;
            return;
        }
        let found = BEFORE.iter().find_map(|(word, code)| {
            text.strip_back(*from, word).map(|start| (start, Currency(code)))
        });
        if let Some((start, currency)) = found {
            quantity.kind = Kind::Money(currency);
            *from = start;
        }
        // 约, 约有.
        let word = *from - usize::from(matches!(text.before(*from), '有' | '为'));
        quantity.about |= matches!(text.before(word), '约' | '近' | '逾' | '超' | '过' | '达');
    }

    /// What stands after a number: %, 成, 倍, 元, 年, 月, 日 …; where the figure ends.
    pub(super) fn after(
        &mut self,
        at: usize,
        bare: usize,
        quantity: &mut Quantity,
        numeral: &Numeral,
    ) -> usize {
        let text = self.text;
        let value = numeral.value;
        let whole = value.as_whole().unwrap_or(u64::MAX);
        let next = text.at(at + 1);
        let c = text.at(at);
        let is = |word: &str| text.strip(at, word);
        // 一年半, 两个半小时.
        if matches!(c, '年' | '个' | '天' | '岁' | '倍')
            && next == '半'
            && let Some(more) = value.plus(Value::HALF)
        {
            quantity.add(more);
        }
        match c {
            '%' => {
                quantity.kind = Kind::Percent;
                quantity.only(value.scaled(-2));
                return at + 1;
            }
            '‰' => {
                quantity.kind = Kind::Percent;
                quantity.only(value.scaled(-3));
                return at + 1;
            }
            '个' | '百' if is("个百分点").or_else(|| is("百分点")).is_some() => {
                quantity.kind = Kind::Points;
                quantity.only(value.scaled(-2));
                return is("个百分点").or_else(|| is("百分点")).unwrap_or(at);
            }
            '成' | '厘'
                if value.near() <= 10.0
                    && !"为立功员果本长绩都就熟人份分语型品交形千吨米".contains(next) =>
            {
                if c == '厘' {
                    // 2.95 厘 is an interest rate.
                    quantity.kind = Kind::Percent;
                    quantity.only(value.scaled(-2));
                    return at + 1;
                }
                // 三成半, 三成五.
                let rest = if next == '半' { Some(5) } else { numeral::digit(next) };
                let rest = rest.filter(|_| !"个名家人".contains(text.at(at + 2)));
                let mut value = value.scaled(-1);
                if let Some(rest) = rest {
                    value = value.plus(Value::new(rest, -2)).unwrap_or(value);
                }
                quantity.kind = Kind::Percent;
                quantity.rather(value);
                if let Some(other) = numeral.other {
                    quantity.add(other.scaled(-1));
                }
                return at + 1 + usize::from(rest.is_some());
            }
            '折' if value.near() < 100.0 && !"叠磨腾线射算旧页扇中返".contains(next) => {
                let part = value.scaled(if value.near() < 10.0 { -1 } else { -2 });
                quantity.kind = Kind::Percent;
                quantity.rather(part);
                // 八折 is twenty percent off.
                if let Some(off) = (1..100).find_map(|off| {
                    let off = Value::new(off, -2);
                    (off.plus(part) == Some(Value::whole(1))).then_some(off)
                }) {
                    quantity.add(off);
                }
                return at + 1;
            }
            '倍' => {
                quantity.kind = Kind::Multiple;
                return at + 1;
            }
            '番' if text.before(text.skip_back(quantity.at.start)) == '翻'
                || text.before(quantity.at.start) == '了' =>
            {
                quantity.kind = Kind::Multiple;
                if let Some(times) = 1_u64.checked_shl(u32::try_from(whole.min(60)).unwrap_or(60)) {
                    quantity.only(Value::whole(times));
                }
                return at + 1;
            }
            '世' if next == '纪' => return self.century(at + 2, quantity, whole),
            '年' if next == '代' => {
                quantity.kind = Kind::Decade;
                if whole < 100 {
                    quantity.rather(Value::whole(1900 + whole));
                }
                return at + 2;
            }
            '年' if numeral.whole == 4 => {
                quantity.kind = Kind::Year;
                quantity.weight = Weight::Firm;
                return at + 1;
            }
            '财' if numeral.whole == 4 && (next == '年' || next == '政') => {
                quantity.kind = Kind::Year;
                quantity.weight = Weight::Firm;
                return at;
            }
            // 三季度 is the third; 前三季度 are three.
            '季' if next == '度'
                && (1..=4).contains(&whole)
                && !"前续近过下上".contains(text.before(quantity.at.start)) =>
            {
                quantity.kind = Kind::Ordinal;
                return at;
            }
            '年' => {
                let republic = ["民国", "民國"]
                    .iter()
                    .any(|word| text.strip_back(text.skip_back(quantity.at.start), word).is_some());
                if republic && whole < 300 {
                    quantity.rather(Value::whole(whole + 1911));
                }
            }
            '月' if (1..=12).contains(&whole) => {
                quantity.kind = Kind::Month;
                return at + 1;
            }
            '日' | '号' if (1..=31).contains(&whole) && !is_yen(c, next, text.at(at + 2)) => {
                quantity.kind = Kind::Day;
                return at + 1;
            }
            '时' | '点' if whole <= 24 && next != '间' && next != '代' => {
                quantity.kind = Kind::Hour;
                return at + 1;
            }
            '分' if self.found.last().is_some_and(|last| {
                last.kind == Kind::Hour && text.skip(last.at.end) >= quantity.at.start
            }) =>
            {
                quantity.kind = Kind::Minute;
                return at + 1;
            }
            '°' | '℃' | '℉' => {
                let unit = match (c, next) {
                    ('℃', _) | (_, 'C') => units::CELSIUS,
                    ('℉', _) | (_, 'F') => units::FAHRENHEIT,
                    _ => units::DEGREES,
                };
                quantity.unit = Some(unit);
                return at + if c == '°' { 2 } else { 1 };
            }
            _ => {}
        }
        // A currency; 多 and 余 may stand before it.
        let money = if matches!(c, '多' | '余' | '来') { at + 1 } else { at };
        if !matches!(text.at(money), '元')
            || !matches!(text.at(money + 1), '旦' | '素' | '件' | '首' | '老' | '月' | '宵')
        {
            let longest = AFTER
                .iter()
                .filter_map(|(word, code)| text.strip(money, word).map(|end| (end, *code)))
                .max();
            if let Some((end, code)) = longest {
                let currency = Currency(code);
                if !matches!(quantity.kind, Kind::Money(own) if own != Currency::DOLLAR && own.0 != "¥")
                {
                    quantity.kind = Kind::Money(currency);
                }
                if matches!(text.before(end), '分') {
                    quantity.add(value.scaled(-2));
                }
                if text.strip(money, "毛").is_some() {
                    quantity.add(value.scaled(-1));
                }
                return end;
            }
        }
        if quantity.kind == Kind::Count {
            let unit = CHINESE.iter().find(|(word, _)| text.strip(money, word).is_some());
            quantity.unit = unit.map(|&(_, unit)| unit);
        }
        bare
    }

    /// 20世纪90年代 is one figure, 20世纪 another.
    pub(super) fn century(&self, at: usize, quantity: &mut Quantity, century: u64) -> usize {
        quantity.kind = Kind::Ordinal;
        let text = self.text;
        let start = text.skip(at);
        let decade = if text.at(start).is_ascii_digit() {
            let literal = text.literal(start);
            literal.value.map(|value| (value, literal.end))
        } else {
            Numeral::spoken(text, start).map(|numeral| (numeral.value, numeral.end))
        };
        if let Some((decade, end)) = decade
            && let Some(end) = text.strip(text.skip(end), "年代")
            && let Some(decade) = decade.as_whole().filter(|&decade| decade < 100)
            && (1..=30).contains(&century)
        {
            quantity.kind = Kind::Decade;
            quantity.only(Value::whole((century - 1) * 100 + decade));
            return end;
        }
        // Half a century is fifty years.
        if let Some(years) = quantity.value().times(100) {
            quantity.add(years);
        }
        at
    }

    /// In 5至10万, 3到5%, 7月15至16日 what the end has holds for the beginning.
    pub(super) fn share(&mut self, quantity: &mut Quantity, numeral: &Numeral, from: usize) {
        let text = self.text;
        let mut back = text.skip_back(from);
        let sure = match text.before(back) {
            '-' | '~' | '至' | '到' => true,
            '、' | '或' | '和' | '及' | '与' => false,
            _ => return,
        };
        back = text.skip_back(back - 1);
        let Some(last) = self.found.last_mut() else { return };
        if last.at.end != back && text.skip(last.at.end) != back {
            return;
        }
        let bare = last.value();
        // 百分之三到五 is so of both.
        let hundredths = text.strip(last.at.start, "百分之").is_some();
        if sure && hundredths && quantity.kind == Kind::Count {
            quantity.kind = last.kind;
            quantity.only(numeral.value.scaled(-2));
        }
        if last.kind == Kind::Count {
            match quantity.kind {
                Kind::Percent | Kind::Points => {
                    if sure {
                        last.kind = quantity.kind;
                        // 三至五成 is tenths.
                        let tenths = quantity.values().contains(&numeral.value)
                            || numeral.value.scaled(-1) == quantity.value();
                        last.only(bare.scaled(if tenths { -1 } else { -2 }));
                    } else {
                        last.add(bare.scaled(-2));
                    }
                }
                Kind::Money(_) | Kind::Multiple | Kind::Hour | Kind::Day | Kind::Month if sure => {
                    last.kind = quantity.kind;
                }
                // 六、七十年代.
                Kind::Decade if bare.near() < 10.0 => {
                    last.kind = quantity.kind;
                    last.add(bare.scaled(1));
                }
                Kind::Ordinal if sure => {
                    last.kind = quantity.kind;
                }
                Kind::Year if sure && (1000.0..2200.0).contains(&bare.near()) => {
                    last.kind = quantity.kind;
                }
                _ => {}
            }
        }
        if numeral.scale >= 4
            && matches!(last.kind, Kind::Count | Kind::Money(_))
            && bare.near() < 1e5
        {
            if sure {
                last.rather(bare.scaled(numeral.scale));
            } else {
                last.add(bare.scaled(numeral.scale));
            }
        }
        if last.unit.is_none() && sure {
            last.unit = quantity.unit;
        }
    }
}

/// 20日元 are yen; 1日元旦 is the first of January.
fn is_yen(c: char, next: char, after: char) -> bool {
    c == '日' && (matches!(next, '圆' | '币') || next == '元' && !matches!(after, '旦' | '宵'))
}
