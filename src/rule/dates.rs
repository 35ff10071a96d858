//! Dates and reading times: read in either language to what they say, written in the other.

mod read;

use crate::language::{Target, Variant};

/// The months in English.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of the week in English.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const WEEKDAYS_HAN: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where a date or a reading time is meant.
    Dateline,
    /// Anywhere else: a month, a day without a year (`September 11`) or `3 days ago` may be meant
    /// otherwise there.
    Elsewhere,
}

/// A text that is wholly dates and reading times, in the target's words.
pub(super) fn translate(text: &str, to: Target, place: Place) -> Option<String> {
    // What is longer is none, and need not be looked at.
    if text.len() > 200 {
        return None;
    }
    let sign = |c: char| "·•|｜".contains(c);
    let start = text.find(|c: char| !sign(c) && !c.is_whitespace())?;
    let (prefix, rest) = text.split_at(start);
    let mut written = prefix.to_owned();
    let mut last = 0;
    for (at, separator) in rest.match_indices(sign).chain([(rest.len(), "")]) {
        let piece = rest.get(last..at)?;
        let inner = piece.trim();
        let said = read::statement(inner)?;
        if place == Place::Elsewhere && !said.is_clear() {
            return None;
        }
        written.push_str(&piece.replacen(inner, &said.write(to), 1));
        written.push_str(separator);
        last = at + separator.len();
    }
    Some(written)
}

/// What a piece of a dateline says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statement {
    /// How many minutes it takes to read.
    Reading(u32),
    /// When something happened to the article.
    When(Option<Event>, Moment),
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Updated,
    LastUpdated,
    Published,
    FirstPublished,
}

/// When it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// So many units ago.
    Ago(u32, Unit),
    /// At a date.
    At(Date),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// A date as far as it is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Date {
    year: Option<u32>,
    /// From 1.
    month: u32,
    day: Option<u32>,
    /// From Monday, 0.
    weekday: Option<usize>,
    /// Hours (of 24) and minutes.
    time: Option<(u32, u32)>,
}

impl Date {
    /// Whether there is such a day.
    fn exists(&self) -> bool {
        let leap =
            self.year.is_none_or(|year| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return false,
        };
        self.day.is_none_or(|day| (1..=days).contains(&day))
            && self.year.is_none_or(|year| (1000..=2999).contains(&year))
            && (self.year.is_some() || self.day.is_some())
            && (self.day.is_some() || (self.weekday.is_none() && self.time.is_none()))
            && self.time.is_none_or(|(hour, minute)| hour < 24 && minute < 60)
    }
}

impl Statement {
    /// Whether it means a date or a reading time wherever it stands.
    fn is_clear(&self) -> bool {
        match self {
            Self::Reading(_) | Self::When(Some(_), _) => true,
            Self::When(None, Moment::At(date)) => date.year.is_some() && date.day.is_some(),
            Self::When(None, Moment::Ago(..)) => false,
        }
    }

    fn write(&self, to: Target) -> String {
        match to {
            Target::English => self.in_english(),
            Target::Chinese(variant) => self.in_chinese(&Words::of(variant)),
        }
    }

    fn in_english(&self) -> String {
        let (event, moment) = match self {
            Self::Reading(minutes) => return format!("{minutes} min read"),
            Self::When(event, moment) => (event, moment),
        };
        let label = match event {
            None => "",
            Some(Event::Updated) => "Updated ",
            Some(Event::LastUpdated) => "Last updated ",
            Some(Event::Published) => "Published ",
            Some(Event::FirstPublished) => "First published ",
        };
        let moment = match moment {
            Moment::Ago(number, unit) => {
                let plural = if *number == 1 { "" } else { "s" };
                format!("{number} {}{plural} ago", unit.english())
            }
            Moment::At(date) => date.in_english(event.is_some()),
        };
        format!("{label}{moment}")
    }

    fn in_chinese(&self, words: &Words) -> String {
        let (event, moment) = match self {
            Self::Reading(minutes) => {
                return format!("{}{minutes}{}", words.reading, words.minutes);
            }
            Self::When(event, moment) => (event, moment),
        };
        let label = match event {
            None => "",
            Some(Event::Updated) => words.updated,
            Some(Event::LastUpdated) => words.last_updated,
            Some(Event::Published) => words.published,
            Some(Event::FirstPublished) => words.first_published,
        };
        let moment = match moment {
            Moment::Ago(number, unit) => format!("{number}{}前", words.unit(*unit)),
            Moment::At(date) => date.in_chinese(),
        };
        format!("{label}{moment}")
    }
}

impl Date {
    fn in_english(&self, short: bool) -> String {
        let index = usize::try_from(self.month).unwrap_or_default().saturating_sub(1);
        let month = MONTHS.get(index).copied().unwrap_or_default();
        let month = if short { month.get(..3).unwrap_or(month) } else { month };
        let weekday = self.weekday.and_then(|weekday| WEEKDAYS.get(weekday));
        let weekday = weekday.map_or(String::new(), |weekday| format!("{weekday}, "));
        let day = match (self.day, self.year) {
            (Some(day), Some(year)) => format!("{month} {day}, {year}"),
            (Some(day), None) => format!("{month} {day}"),
            (None, year) => format!("{month} {}", year.unwrap_or_default()),
        };
        let time = self.time.map_or(String::new(), |(hour, minute)| {
            let half = if hour < 12 { "AM" } else { "PM" };
            format!(", {}:{minute:02} {half}", (hour + 11) % 12 + 1)
        });
        format!("{weekday}{day}{time}")
    }

    fn in_chinese(&self) -> String {
        let year = self.year.map_or(String::new(), |year| format!("{year}年"));
        let day = self.day.map_or(String::new(), |day| format!("{day}日"));
        let weekday = self.weekday.and_then(|weekday| WEEKDAYS_HAN.get(weekday));
        let weekday = weekday.map_or(String::new(), |weekday| format!("星期{weekday}"));
        // Of 24 hours, which says morning and evening without the words for them.
        let time = self.time.map_or(String::new(), |(hour, minute)| format!("{hour}:{minute:02}"));
        format!("{year}{}月{day}{weekday}{time}", self.month)
    }
}

impl Unit {
    const ALL: [Self; 6] =
        [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    fn english(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// The few words in one variant of Chinese.
struct Words {
    updated: &'static str,
    last_updated: &'static str,
    published: &'static str,
    first_published: &'static str,
    reading: &'static str,
    minutes: &'static str,
    /// In the order of [`Unit::ALL`].
    units: [&'static str; 6],
}

impl Words {
    fn of(variant: Variant) -> Self {
        match variant {
            Variant::Hans => Self {
                updated: "更新于",
                last_updated: "最后更新于",
                published: "发布于",
                first_published: "首次发布于",
                reading: "阅读约",
                minutes: "分钟",
                units: ["分钟", "小时", "天", "周", "个月", "年"],
            },
            Variant::HantTw => Self {
                updated: "更新於",
                last_updated: "最後更新於",
                published: "發布於",
                first_published: "首次發布於",
                reading: "閱讀約",
                minutes: "分鐘",
                units: ["分鐘", "小時", "天", "週", "個月", "年"],
            },
            Variant::HantHk => Self {
                published: "發佈於",
                first_published: "首次發佈於",
                units: ["分鐘", "小時", "天", "星期", "個月", "年"],
                ..Self::of(Variant::HantTw)
            },
        }
    }

    fn unit(&self, unit: Unit) -> &'static str {
        let index = Unit::ALL.iter().position(|one| *one == unit);
        index.and_then(|index| self.units.get(index)).copied().unwrap_or_default()
    }
}
