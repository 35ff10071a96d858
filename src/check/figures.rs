//! Figures of the source that are missing from the translation. A warning only.
//!
//! A figure counts as present where its digits stand, or its value in another form: scaled (1.2
//! billion, 12亿), in Chinese numerals, in English words, as a month, an hour of the afternoon, a
//! decade. Values are compared loosely, and only figures written in digits are asked for.
//!
//! Measured on 2,081 human translations: 60 get a warning (plain slips, "last year" for a year, acres
//! turned into hectares, figures left out); of 1,179 with one figure changed 739 get one.
//! Blind spots: figures below 3, a figure that also stands elsewhere in the translation, a wrong
//! scale with the right digits, units, signs, percentages, spelled-out numbers of the source.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Check, Finding, Severity, Subject};
use crate::glossary::folded::Folded;
use crate::glossary::matching::Ranges;
use crate::language::is_latin;

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Figures;

impl Check for Figures {
    fn name(&self) -> &'static str {
        "figures"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        if !subject.source.contains(|c: char| c.is_ascii_digit() || ('０'..='９').contains(&c)) {
            return Vec::new();
        }
        // A full-width comma parts figures and never groups digits.
        let source = Folded::of(&subject.source.replace('，', "、"));
        let target = Folded::of(&subject.target.replace('，', "、"));
        let kept = Ranges::new(source.bytes(&subject.source_marked.kept(subject.marks)));
        let present = Values::of(&target.lower);
        figures(&source.lower)
            .into_iter()
            .filter(|figure| !figure.in_name)
            .filter(|figure| !kept.overlaps(&figure.at))
            .filter(|figure| !present.hold(figure))
            .map(|figure| {
                let words = source.text.get(figure.at.clone()).unwrap_or_default();
                let en = format!("the figure {words} of the source does not stand here");
                let zh = format!("译文里找不到原文的数字 {words}");
                Finding::new(self, Severity::Warning, en, zh).in_source(&source.place(&figure.at))
            })
            .collect()
    }
}

/// A figure in digits.
#[derive(Debug)]
struct Figure {
    /// Its digits, in bytes of the folded text.
    at: Range<usize>,
    /// What it may mean, as written first.
    values: Vec<f64>,
    /// Part of a name such as COVID-19 or G20.
    in_name: bool,
}

static DIGITS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[0-9]+(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?").ok());

fn figures(text: &str) -> Vec<Figure> {
    let Some(digits) = DIGITS.as_ref() else { return Vec::new() };
    let mut figures: Vec<Figure> = Vec::new();
    // The figure before, if only its unit stands between: where that ends, and its value.
    let mut before: Option<(usize, f64)> = None;
    for found in digits.find_iter(text) {
        let Ok(value) = found.as_str().replace(',', "").parse::<f64>() else { continue };
        let rest = &text[found.end()..];
        let (scale, length) = scale(rest);
        let mut values = vec![value];
        if scale != 1.0 {
            values.push(value * scale);
        }
        // 3-5亿: the unit holds for both.
        if let (Some(last), false) = (figures.last_mut(), scale == 1.0)
            && is_range_sign(&text[last.at.end..found.start()])
            && let Some(&first) = last.values.first()
        {
            last.values.push(first * scale);
        }
        // 1亿2000万 is one figure.
        if let Some((end, whole)) = before
            && end == found.start()
        {
            let sum = whole + value * scale;
            values.push(sum);
            if let Some(last) = figures.last_mut() {
                last.values.push(sum);
            }
        }
        before = (scale != 1.0).then_some((found.end() + length, value * scale));
        if rest.starts_with('成') {
            values.push(value * 10.0);
        }
        let mut back = text[..found.start()].chars().rev();
        let in_name = match back.next() {
            Some('-') => back.next().is_some_and(is_latin),
            Some(c) => is_latin(c) && !text[..found.start()].ends_with("hk") || c == '_',
            None => false,
        };
        figures.push(Figure { at: found.range(), values, in_name });
    }
    figures
}

fn is_range_sign(between: &str) -> bool {
    let between = between.trim().trim_start_matches(['$', '€', '£', '¥', '%']);
    let between = between.trim_end_matches(['$', '€', '£', '¥']).trim();
    matches!(
        between,
        "-" | "–"
            | "—"
            | "~"
            | "～"
            | "至"
            | "到"
            | "to"
            | "and"
            | "or"
            | "或"
            | "、"
            | "per cent to"
    )
}

/// The scale that follows a figure, and its length in bytes.
fn scale(rest: &str) -> (f64, usize) {
    const WORDS: [(&str, f64); 15] = [
        ("lakh", 1e5),
        ("crore", 1e7),
        ("hundred", 1e2),
        ("thousand", 1e3),
        ("million", 1e6),
        ("billion", 1e9),
        ("trillion", 1e12),
        ("mln", 1e6),
        ("mn", 1e6),
        ("bn", 1e9),
        ("tn", 1e12),
        ("k", 1e3),
        ("m", 1e6),
        ("b", 1e9),
        ("t", 1e12),
    ];
    let word = rest.trim_start_matches([' ', '-', '+']);
    for (name, scale) in WORDS {
        if let Some(after) = word.strip_prefix(name)
            && !after.starts_with(|c: char| is_latin(c) && !after.starts_with('s'))
        {
            return (scale, rest.len() - after.len());
        }
    }
    let mut scale = 1.0;
    let mut length = 0;
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match unit(c) {
            // 千瓦 and 千克 are units of their own.
            Some(1e3) if chars.peek().is_some_and(|&c| "瓦克米卡帕赫伏焦兆".contains(c)) =>
            {
                break;
            }
            Some(unit) => scale *= unit,
            None if scale == 1.0 && matches!(c, '多' | '余' | '餘' | '几' | '幾' | '来' | '來') =>
                {}
            None => break,
        }
        length += c.len_utf8();
    }
    (scale, if scale == 1.0 { 0 } else { length })
}

fn unit(c: char) -> Option<f64> {
    Some(match c {
        '十' | '拾' => 1e1,
        '百' => 1e2,
        '千' => 1e3,
        '万' | '萬' => 1e4,
        '亿' | '億' => 1e8,
        '兆' => 1e12,
        _ => return None,
    })
}

/// All values a text speaks of.
struct Values(Vec<f64>);

impl Values {
    fn of(text: &str) -> Self {
        let mut values: Vec<f64> =
            figures(text).into_iter().flat_map(|figure| figure.values).collect();
        chinese_values(text, &mut values);
        english_values(text, &mut values);
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    fn hold(&self, figure: &Figure) -> bool {
        let first = figure.values.first().copied().unwrap_or_default();
        figure.values.iter().any(|&value| self.near(value))
            // An hour of the afternoon; a year or a decade written short.
            || (first <= 12.0 && self.near(first + 12.0))
            || (first > 12.0 && first <= 24.0 && self.near(first - 12.0))
            || ((1000.0..2100.0).contains(&first) && self.near(first % 100.0))
            || (first < 100.0 && (self.near(1900.0 + first) || self.near(2000.0 + first)))
            // The first and the second half, a quarter, a double.
            || first < 3.0 && first.fract() == 0.0
    }

    /// Whether a value stands here; large ones may be rounded.
    fn near(&self, value: f64) -> bool {
        let slack = if value >= 10_000.0 { value * 0.02 } else { value.abs() * 1e-9 };
        let from = self.0.partition_point(|&own| own < value - slack);
        self.0.get(from).is_some_and(|&own| own <= value + slack)
    }
}

/// Values in Chinese numerals: 三百二十, 二〇二六, 两成, 一半.
fn chinese_values(text: &str, values: &mut Vec<f64>) {
    let mut numeral = Numeral::default();
    for c in text.chars() {
        if let Some(digit) = digit(c) {
            numeral.digit(digit);
        } else if let Some(unit) = unit(c) {
            numeral.unit(unit);
        } else {
            let ended = std::mem::take(&mut numeral);
            if c == '成' {
                values.extend(ended.read.then_some(ended.value() * 10.0));
            }
            ended.end(values);
            if c == '半' {
                values.extend([0.5, 6.0, 30.0, 50.0]);
            }
        }
    }
    numeral.end(values);
}

fn digit(c: char) -> Option<f64> {
    let at = "零一二三四五六七八九".chars().position(|own| own == c);
    let at = at.or(match c {
        '〇' => Some(0),
        '两' | '兩' | '双' | '雙' => Some(2),
        '壹' => Some(1),
        _ => None,
    });
    at.map(|at| at as f64)
}

#[derive(Clone, Copy, Debug, Default)]
struct Numeral {
    read: bool,
    /// Digits side by side, as in years.
    digits: f64,
    section: f64,
    total: f64,
    last: Option<f64>,
}

impl Numeral {
    fn digit(&mut self, digit: f64) {
        self.read = true;
        self.digits = self.digits * 10.0 + digit;
        self.last = Some(self.last.map_or(digit, |last| last * 10.0 + digit));
    }

    fn unit(&mut self, unit: f64) {
        self.read = true;
        if unit >= 1e4 {
            let section = self.section + self.last.take().unwrap_or(0.0);
            if section == 0.0 {
                self.total = self.total.max(1.0) * unit;
            } else {
                self.total += section * unit;
            }
            self.section = 0.0;
        } else {
            self.section += self.last.take().unwrap_or(1.0) * unit;
        }
    }

    fn value(&self) -> f64 {
        self.total + self.section + self.last.unwrap_or(0.0)
    }

    fn end(self, values: &mut Vec<f64>) {
        if self.read {
            values.extend([self.value(), self.digits]);
        }
    }
}

/// Values in English words: twenty-five, two hundred thousand, August, half, a dozen.
fn english_values(text: &str, values: &mut Vec<f64>) {
    let mut sum = 0.0;
    let mut part = 0.0;
    let mut read = false;
    for word in text.split(|c: char| !is_latin(c)).filter(|word| !word.is_empty()) {
        let bare = word.strip_suffix('s').unwrap_or(word);
        if let Some(value) = word_value(word).or_else(|| word_value(bare)) {
            values.push(value);
            part += value;
            read = true;
        } else if let Some(scale) = word_scale(bare) {
            values.push(scale);
            part = if part == 0.0 { scale } else { part * scale };
            if scale >= 1e3 {
                sum += std::mem::take(&mut part);
            }
            read = true;
        } else if word != "and" {
            if read {
                values.push(sum + part);
            }
            (sum, part, read) = (0.0, 0.0, false);
            other_values(word, values);
        }
    }
    if read {
        values.push(sum + part);
    }
}

fn word_value(word: &str) -> Option<f64> {
    const ONES: [[&str; 2]; 20] = [
        ["zero", "zeroth"],
        ["one", "first"],
        ["two", "second"],
        ["three", "third"],
        ["four", "fourth"],
        ["five", "fifth"],
        ["six", "sixth"],
        ["seven", "seventh"],
        ["eight", "eighth"],
        ["nine", "ninth"],
        ["ten", "tenth"],
        ["eleven", "eleventh"],
        ["twelve", "twelfth"],
        ["thirteen", "thirteenth"],
        ["fourteen", "fourteenth"],
        ["fifteen", "fifteenth"],
        ["sixteen", "sixteenth"],
        ["seventeen", "seventeenth"],
        ["eighteen", "eighteenth"],
        ["nineteen", "nineteenth"],
    ];
    const TENS: [[&str; 3]; 8] = [
        ["twenty", "twentieth", "twentie"],
        ["thirty", "thirtieth", "thirtie"],
        ["forty", "fortieth", "fortie"],
        ["fifty", "fiftieth", "fiftie"],
        ["sixty", "sixtieth", "sixtie"],
        ["seventy", "seventieth", "seventie"],
        ["eighty", "eightieth", "eightie"],
        ["ninety", "ninetieth", "ninetie"],
    ];
    let ones = ONES.iter().position(|names| names.contains(&word)).map(|at| at as f64);
    let tens =
        || TENS.iter().position(|names| names.contains(&word)).map(|at| (at + 2) as f64 * 10.0);
    ones.or_else(tens)
}

fn word_scale(word: &str) -> Option<f64> {
    Some(match word {
        "hundred" => 1e2,
        "thousand" => 1e3,
        "million" => 1e6,
        "billion" => 1e9,
        "trillion" => 1e12,
        "dozen" => 12.0,
        "decade" => 10.0,
        _ => return None,
    })
}

fn other_values(word: &str, values: &mut Vec<f64>) {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const FULL: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let month =
        MONTHS.iter().position(|&month| month == word || (month == "sep" && word == "sept"));
    let month = month.or_else(|| FULL.iter().position(|&month| month == word));
    values.extend(month.map(|month| (month + 1) as f64));
    let others: &[f64] = match word {
        "half" | "halves" | "halved" => &[0.5, 5.0, 6.0, 30.0, 50.0],
        "quarter" | "quarters" | "quarterly" => &[0.25, 3.0, 15.0, 25.0],
        "both" | "twice" | "double" | "doubled" | "pair" | "couple" => &[2.0],
        "triple" | "tripled" | "thrice" => &[3.0],
        "century" | "centuries" | "centennial" | "centenary" => &[100.0],
        "fortnight" => &[14.0],
        "noon" | "midday" | "midnight" => &[0.0, 12.0, 24.0],
        "week" | "weekly" => &[7.0],
        _ => &[],
    };
    values.extend(others);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::found;
    use crate::language::{Target, Variant};

    /// The figures said to be missing.
    fn check(source: &str, target: &str, missing: &[&str]) {
        let to = match crate::language::Scripts::of(source).language() {
            Some(crate::language::Language::Chinese) => Target::English,
            _ => Target::Chinese(Variant::Hans),
        };
        let findings = found(&Figures, source, target, to, &[]);
        let figures: Vec<String> = findings
            .iter()
            .map(|finding| {
                assert_eq!(finding.severity, Severity::Warning);
                let at = finding.source_at.unwrap();
                source.chars().skip(at.0).take(at.1 - at.0).collect()
            })
            .collect();
        assert_eq!(figures, missing, "{target}");
    }

    #[test]
    fn the_same_value_may_be_written_in_many_ways() {
        check("It cost $1.2 billion in 2019.", "2019年耗资12亿美元。", &[]);
        check("It has 14,231 people.", "那里有1.4万人。", &[]);
        check("a 120 million project", "1亿2000万的项目", &[]);
        check("发电600至850亿千瓦时", "It generates 60 to 85 billion kilowatt hours.", &[]);
        check("8月15日下午3点，共40年", "At 15:00 on 15 August, after four decades", &[]);
        check(
            "In the 1990s, 25 of 320 won 50%.",
            "九十年代，三百二十人中有二十五人赢得一半。",
            &[],
        );
        check("350,000 people", "三十五万人", &[]);
        check("2.5万亿元，增长3成", "2.5 trillion yuan, up 30 percent", &[]);
        check("COVID-19 and the G20", "新冠肺炎与二十国集团", &[]);
    }

    #[test]
    fn what_is_missing_is_named() {
        check("It cost $1.2 billion in 2019.", "2018年耗资13亿美元。", &["1.2", "2019"]);
        check("共有4854家企业，20万人", "There are 4,584 firms and 200,000 people.", &["4854"]);
    }
}
