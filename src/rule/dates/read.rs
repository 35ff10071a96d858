//! The grammars of datelines: what is left over at the end means that nothing was understood.

use super::{Date, Event, MONTHS, Moment, Statement, Unit, WEEKDAYS, WEEKDAYS_HAN};
use crate::language::is_han;

/// What a piece of a dateline says, in either language.
pub(super) fn statement(text: &str) -> Option<Statement> {
    if text.chars().any(is_han) {
        whole(text, reading_han).or_else(|| whole(text, when_han))
    } else {
        whole(text, reading).or_else(|| whole(text, when))
    }
}

fn whole<T>(text: &str, grammar: fn(&mut Cursor<'_>) -> Option<T>) -> Option<T> {
    let mut cursor = Cursor(text);
    let read = grammar(&mut cursor)?;
    cursor.0.is_empty().then_some(read)
}

/// The rest of a text. What does not fit leaves it where it was.
#[derive(Clone, Copy)]
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    /// Takes one of these, in any case of ASCII letters; gives its index.
    fn one_of(&mut self, words: &[&str]) -> Option<usize> {
        let index = words.iter().position(|word| {
            self.0.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
        })?;
        self.0 = self.0.get(words.get(index)?.len()..)?;
        Some(index)
    }

    fn eat(&mut self, word: &str) -> bool {
        self.one_of(&[word]).is_some()
    }

    fn spaces(&mut self) -> bool {
        let before = self.0.len();
        self.0 = self.0.trim_start();
        self.0.len() < before
    }

    /// A word of ASCII letters.
    fn word(&mut self) -> &'a str {
        let end = self.0.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        word
    }

    /// A number of at most `digits` digits.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        if end == 0 || end > digits {
            return None;
        }
        let (number, rest) = self.0.split_at(end);
        self.0 = rest;
        number.parse().ok()
    }

    /// What a grammar reads, or nothing and no step forward.
    fn maybe<T>(&mut self, grammar: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut ahead = *self;
        let read = grammar(&mut ahead)?;
        *self = ahead;
        Some(read)
    }
}

/// `3 min read`, `5-minute read`, `Reading time: 4 minutes`.
fn reading(text: &mut Cursor<'_>) -> Option<Statement> {
    let announced = text.one_of(&["Reading time:", "Reading time", "Read time:", "Read time"]);
    text.spaces();
    let minutes = text.number(4)?;
    if !text.spaces() {
        text.eat("-");
    }
    if !matches!(text.word().to_ascii_lowercase().as_str(), "min" | "mins" | "minute" | "minutes") {
        return None;
    }
    if announced.is_none() {
        text.spaces();
        text.eat("read").then_some(())?;
    }
    Some(Statement::Reading(minutes))
}

/// `Updated Apr 21, 2026, 10:30 AM`, `3 hours ago`.
fn when(text: &mut Cursor<'_>) -> Option<Statement> {
    const LABELS: [(&str, Event); 8] = [
        ("Last updated", Event::LastUpdated),
        ("Last modified", Event::LastUpdated),
        ("First published", Event::FirstPublished),
        ("Originally published", Event::FirstPublished),
        ("Updated", Event::Updated),
        ("Modified", Event::Updated),
        ("Published", Event::Published),
        ("Posted", Event::Published),
    ];
    let event = text.maybe(|text| {
        let index = text.one_of(&LABELS.map(|(label, _)| label))?;
        text.maybe(|text| (text.spaces() && text.eat("on") && !text.0.is_empty()).then_some(()));
        text.eat(":");
        text.spaces().then_some(LABELS.get(index)?.1)
    });
    let moment = text.maybe(ago).map_or_else(|| text.maybe(date).map(Moment::At), Some)?;
    Some(Statement::When(event, moment))
}

fn ago(text: &mut Cursor<'_>) -> Option<Moment> {
    let number = text.number(3)?;
    text.spaces().then_some(())?;
    let word = text.word().to_ascii_lowercase();
    let word = word.strip_suffix('s').unwrap_or(&word);
    let unit = Unit::ALL
        .into_iter()
        .find(|unit| unit.english() == word || (*unit == Unit::Minute && word == "min"))?;
    (text.spaces() && text.eat("ago")).then_some(Moment::Ago(number, unit))
}

/// `Tuesday, April 21, 2026, 10:30 AM`, `21 April 2026`, `2026-04-21`.
fn date(text: &mut Cursor<'_>) -> Option<Date> {
    let weekday = text.maybe(|text| {
        let weekday = named(text.word(), &WEEKDAYS)?;
        text.eat(".");
        let comma = text.eat(",");
        (text.spaces() || comma).then_some(weekday)
    });
    let mut date = text
        .maybe(numeric)
        .or_else(|| text.maybe(month_first))
        .or_else(|| text.maybe(day_first))?;
    date.weekday = weekday;
    date.time = text.maybe(|text| {
        let comma = text.eat(",");
        let space = text.spaces();
        if text.eat("at") && !text.spaces() {
            return None;
        }
        (comma || space).then(|| clock(text))?
    });
    date.exists().then_some(date)
}

/// `2026-04-21`: the year first, so that day and month cannot be taken for each other.
fn numeric(text: &mut Cursor<'_>) -> Option<Date> {
    let year = text.number(4).filter(|year| *year >= 1000)?;
    const SEPARATORS: [&str; 3] = ["-", "/", "."];
    let separator = SEPARATORS.get(text.one_of(&SEPARATORS)?)?;
    let month = text.number(2)?;
    text.eat(separator).then_some(())?;
    let day = text.number(2)?;
    Some(Date { year: Some(year), month, day: Some(day), ..Date::default() })
}

/// `Apr 21, 2026`, `April 2026`, `April 21`.
fn month_first(text: &mut Cursor<'_>) -> Option<Date> {
    let month = month(text)?;
    text.spaces().then_some(())?;
    if let Some(year) = text.maybe(|text| text.number(4).filter(|year| *year >= 1000)) {
        return Some(Date { year: Some(year), month, ..Date::default() });
    }
    let day = Some(day(text)?);
    let year = text.maybe(|text| {
        let comma = text.eat(",");
        (text.spaces() || comma).then(|| text.number(4))?.filter(|year| *year >= 1000)
    });
    Some(Date { year, month, day, ..Date::default() })
}

/// `21 April 2026`, `3rd May, 2025`.
fn day_first(text: &mut Cursor<'_>) -> Option<Date> {
    let day = Some(day(text)?);
    text.spaces().then_some(())?;
    let month = month(text)?;
    let year = text.maybe(|text| {
        text.eat(",");
        text.spaces().then(|| text.number(4))?.filter(|year| *year >= 1000)
    });
    Some(Date { year, month, day, ..Date::default() })
}

fn month(text: &mut Cursor<'_>) -> Option<u32> {
    let word = text.word();
    text.eat(".");
    let word = if word.eq_ignore_ascii_case("sept") { "Sep" } else { word };
    u32::try_from(named(word, &MONTHS)? + 1).ok()
}

fn day(text: &mut Cursor<'_>) -> Option<u32> {
    let day = text.number(2)?;
    let suffix = match (day, day % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    text.eat(suffix);
    Some(day)
}

/// A name written out or with its first three letters (four for some weekdays).
fn named(word: &str, names: &[&str]) -> Option<usize> {
    names.iter().position(|name| {
        (3..=4).chain([name.len()]).any(|length| {
            word.len() == length
                && (length == 3 || length == name.len() || names.len() == 7)
                && name.get(..length).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
        })
    })
}

/// `10:30 AM`, `14:05`.
fn clock(text: &mut Cursor<'_>) -> Option<(u32, u32)> {
    let (hour, minute) = hour_and_minute(text)?;
    let half = text.maybe(|text| {
        text.spaces();
        text.one_of(&["a.m.", "p.m.", "am", "pm"])
    });
    match half {
        None => Some((hour, minute)),
        Some(_) if !(1..=12).contains(&hour) => None,
        Some(half) => Some((hour % 12 + if half % 2 == 1 { 12 } else { 0 }, minute)),
    }
}

fn hour_and_minute(text: &mut Cursor<'_>) -> Option<(u32, u32)> {
    let hour = text.number(2)?;
    (text.eat(":") || text.eat("：")).then_some(())?;
    let digits = text.0.bytes().take_while(u8::is_ascii_digit).count();
    let minute = text.number(2)?;
    (digits == 2).then_some((hour, minute))
}

/// `阅读约3分钟`, `阅读时间：3分钟`, `3分钟阅读`.
fn reading_han(text: &mut Cursor<'_>) -> Option<Statement> {
    text.one_of(&["预计", "預計", "全文"]);
    let announced = text.one_of(&["阅读时间", "閱讀時間", "阅读时长", "閱讀時長", "阅读", "閱讀"]);
    text.one_of(&["：", ":"]);
    text.spaces();
    text.one_of(&["大约", "大約", "约需", "約需", "需要", "约", "約", "需"]);
    text.spaces();
    let minutes = text.number(4)?;
    text.spaces();
    text.one_of(&["分钟", "分鐘"])?;
    if announced.is_none() {
        text.one_of(&["阅读", "閱讀"])?;
    }
    Some(Statement::Reading(minutes))
}

/// `更新于2026年4月21日10:30`, `3小时前`.
fn when_han(text: &mut Cursor<'_>) -> Option<Statement> {
    const LABELS: [(&str, Event); 16] = [
        ("最后更新", Event::LastUpdated),
        ("最後更新", Event::LastUpdated),
        ("首次发布", Event::FirstPublished),
        ("首次發布", Event::FirstPublished),
        ("首次發佈", Event::FirstPublished),
        ("更新时间", Event::Updated),
        ("更新時間", Event::Updated),
        ("发布时间", Event::Published),
        ("發布時間", Event::Published),
        ("發佈時間", Event::Published),
        ("更新", Event::Updated),
        ("发布", Event::Published),
        ("發布", Event::Published),
        ("發佈", Event::Published),
        ("发表", Event::Published),
        ("發表", Event::Published),
    ];
    let event = text.maybe(|text| {
        let index = text.one_of(&LABELS.map(|(label, _)| label))?;
        text.one_of(&["于", "於", "：", ":"]);
        text.spaces();
        Some(LABELS.get(index)?.1)
    });
    let moment = text.maybe(ago_han).map_or_else(|| text.maybe(date_han).map(Moment::At), Some)?;
    Some(Statement::When(event, moment))
}

fn ago_han(text: &mut Cursor<'_>) -> Option<Moment> {
    const UNITS: [(&str, Unit); 11] = [
        ("分钟", Unit::Minute),
        ("分鐘", Unit::Minute),
        ("小时", Unit::Hour),
        ("小時", Unit::Hour),
        ("天", Unit::Day),
        ("周", Unit::Week),
        ("週", Unit::Week),
        ("星期", Unit::Week),
        ("个月", Unit::Month),
        ("個月", Unit::Month),
        ("年", Unit::Year),
    ];
    let number = text.number(3)?;
    text.spaces();
    let index = text.one_of(&UNITS.map(|(word, _)| word))?;
    text.eat("前").then_some(Moment::Ago(number, UNITS.get(index)?.1))
}

fn date_han(text: &mut Cursor<'_>) -> Option<Date> {
    let mut date = text.maybe(numeric).or_else(|| text.maybe(year_month_day))?;
    date.weekday = text.maybe(|text| {
        text.spaces();
        text.one_of(&["星期", "周", "週"])?;
        if text.eat("天") { Some(6) } else { text.one_of(&WEEKDAYS_HAN) }
    });
    date.time = text.maybe(|text| {
        text.spaces();
        let half = text.one_of(&["凌晨", "早上", "上午", "中午", "下午", "晚上"]);
        text.spaces();
        let (hour, minute) = hour_and_minute(text)?;
        match half {
            // Six in the evening is eighteen; what is past twelve has been counted already.
            Some(4 | 5) if (1..12).contains(&hour) => Some((hour + 12, minute)),
            Some(5) if hour == 12 => None,
            Some(0..=2) if hour >= 12 => None,
            Some(3) if !(11..=13).contains(&hour) => None,
            _ => Some((hour, minute)),
        }
    });
    date.exists().then_some(date)
}

/// `2026年4月21日`, `2026年4月`, `4月21日`.
fn year_month_day(text: &mut Cursor<'_>) -> Option<Date> {
    let year = text.maybe(|text| {
        let year = text.number(4).filter(|year| *year >= 1000)?;
        text.spaces();
        text.eat("年").then_some(year)
    });
    text.spaces();
    let month = text.number(2)?;
    text.spaces();
    text.eat("月").then_some(())?;
    let day = text.maybe(|text| {
        text.spaces();
        let day = text.number(2)?;
        text.spaces();
        text.one_of(&["日", "号", "號"])?;
        Some(day)
    });
    Some(Date { year, month, day, ..Date::default() })
}
