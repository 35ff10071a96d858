//! Reads the figures of a Chinese text, Simplified or Traditional.

pub(super) mod numeral;

use numeral::{Numeral, unit};

use super::quantity::{Kind, Quantity, Weight};
use super::text::Text;
use super::units::{CHINESE, Currency};
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

/// Currencies after a number, longer ones first where one begins another.
const CURRENCIES: [(&str, &str); 58] = [
    ("美元", "USD"),
    ("美金", "USD"),
    ("美分", "USD"),
    ("港元", "HKD"),
    ("港币", "HKD"),
    ("港纸", "HKD"),
    ("人民币", "CNY"),
    ("元人民币", "CNY"),
    ("欧元", "EUR"),
    ("英镑", "GBP"),
    ("日元", "JPY"),
    ("日圆", "JPY"),
    ("日币", "JPY"),
    ("韩元", "KRW"),
    ("韩圆", "KRW"),
    ("韩币", "KRW"),
    ("卢布", "RUB"),
    ("印度卢比", "INR"),
    ("卢比", "INR"),
    ("加元", "CAD"),
    ("加拿大元", "CAD"),
    ("加币", "CAD"),
    ("澳元", "AUD"),
    ("澳币", "AUD"),
    ("澳大利亚元", "AUD"),
    ("新西兰元", "NZD"),
    ("新元", "SGD"),
    ("新币", "SGD"),
    ("新加坡元", "SGD"),
    ("坡币", "SGD"),
    ("新台币", "TWD"),
    ("台币", "TWD"),
    ("元新台币", "TWD"),
    ("元台币", "TWD"),
    ("元港币", "HKD"),
    ("澳门元", "MOP"),
    ("葡币", "MOP"),
    ("瑞士法郎", "CHF"),
    ("法郎", "CHF"),
    ("瑞郎", "CHF"),
    ("越南盾", "VND"),
    ("越盾", "VND"),
    ("泰铢", "THB"),
    ("林吉特", "MYR"),
    ("令吉", "MYR"),
    ("马币", "MYR"),
    ("雷亚尔", "BRL"),
    ("瑞典克朗", "SEK"),
    ("兰特", "ZAR"),
    ("里拉", "TRY"),
    ("土耳其里拉", "TRY"),
    ("迪拉姆", "AED"),
    ("圆", "元"),
    ("元", "元"),
    ("块钱", "元"),
    ("块", "元"),
    ("毛钱", "元"),
    ("镑", "GBP"),
];

/// Words that end where a number begins and say its currency.
const BEFORE: [(&str, &str); 22] = [
    ("US$", "USD"),
    ("HK$", "HKD"),
    ("NT$", "TWD"),
    ("A$", "AUD"),
    ("AU$", "AUD"),
    ("C$", "CAD"),
    ("S$", "SGD"),
    ("NZ$", "NZD"),
    ("USD", "USD"),
    ("HKD", "HKD"),
    ("RMB", "CNY"),
    ("CNY", "CNY"),
    ("EUR", "EUR"),
    ("GBP", "GBP"),
    ("人民币", "CNY"),
    ("港币", "HKD"),
    ("美金", "USD"),
    ("新台币", "TWD"),
    ("$", "$"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "¥"),
];

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
            '½' => quantity(1, Kind::Part, Value::HALF),
            '季' if after("度") => quantity(2, Kind::Part, Value::new(25, -2)).or(Value::whole(3)),
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
            return letters;
        }
        let literal = text.literal(at);
        let end = self.named(literal.end).unwrap_or(literal.end);
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
            "k" | "m" | "b" | "bn" | "t" | "g" | "mg" | "kg" | "km" | "cm" | "mm" | "ml" | "l"
                | "h" | "kw" | "mw" | "gw" | "kwh" | "mwh" | "gwh" | "hz" | "khz" | "mhz" | "ghz"
                | "kb" | "mb" | "gb" | "tb" | "mbps" | "gbps" | "v" | "w" | "st" | "nd" | "rd"
                | "th" | "s" | "min" | "am" | "pm" | "x" | "ft" | "in" | "lb" | "oz" | "mph"
                | "kmh" | "ha" | "rmb" | "usd" | "hkd" | "eur" | "nm" | "pt" | "px" | "c" | "f"
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
        let mut quantity = Quantity::new(
            start..numeral.end,
            Kind::Count,
            numeral.weight,
            numeral.value,
        );
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
        self.share(&mut quantity, numeral, from);
        let end = quantity.at.end;
        self.found.push(quantity);
        end.max(next)
    }

    /// What stands before a number: 百分之, 第, a currency.
    fn before(&mut self, from: &mut usize, quantity: &mut Quantity, numeral: &Numeral) {
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
            let part = below.and_then(|below| {
                Value::fraction(numeral.value.as_whole()?, below)
            });
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
        quantity.about |= matches!(text.before(*from), '约' | '近' | '逾' | '超' | '过' | '达');
    }

    /// What stands after a number: %, 成, 倍, 元, 年, 月, 日 …; where the figure ends.
    fn after(
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
            '成' | '厘' if value.near() <= 10.0 && !"为立功员果本长绩都就熟人份分语型品交形千吨米".contains(next) =>
            {
                if c == '厘' {
                    // 2.95 厘 is an interest rate.
                    quantity.kind = Kind::Percent;
                    quantity.only(value.scaled(-2));
                    return at + 1;
                }
                let half = next == '半';
                let mut value = value.scaled(-1);
                if half {
                    value = value.plus(Value::new(5, -2)).unwrap_or(value);
                }
                quantity.kind = Kind::Percent;
                quantity.rather(value);
                return at + 1 + usize::from(half);
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
            '番' if text.before(text.skip_back(quantity.at.start)) == '翻' || text.before(quantity.at.start) == '了' => {
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
            '年' => {
                let republic = ["民国", "民國"].iter().any(|word| {
                    text.strip_back(text.skip_back(quantity.at.start), word).is_some()
                });
                if republic && whole < 300 {
                    quantity.rather(Value::whole(whole + 1911));
                }
            }
            '月' if (1..=12).contains(&whole) => {
                quantity.kind = Kind::Month;
                return at + 1;
            }
            '日' | '号' if (1..=31).contains(&whole) => {
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
                let celsius = c == '℃' || next == 'C';
                let unit = if celsius { super::units::CELSIUS } else { super::units::FAHRENHEIT };
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
            let longest = CURRENCIES
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
    fn century(&self, at: usize, quantity: &mut Quantity, century: u64) -> usize {
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
    fn share(&mut self, quantity: &mut Quantity, numeral: &Numeral, from: usize) {
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
                Kind::Money(_) | Kind::Multiple | Kind::Hour | Kind::Day | Kind::Month
                    if sure =>
                {
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
        let _ = unit;
    }
}
