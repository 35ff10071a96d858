//! What each piece of a plain text is.
//!
//! Whether a piece is a heading depends on its own block alone, because memory tells headings
//! from running text: an edit elsewhere must not change it. Only the title looks at its place.

use super::layout::Unit;
use super::question;
use super::words::{ends_clause, ends_sentence, is_wider_than};
use crate::language::{is_han, is_latin};
use crate::paragraph::Kind;

/// Wider than this, in columns, no line is a title or a heading.
const WIDEST_HEADING: usize = 120;
/// Wider than this no line is a byline or a dateline.
const WIDEST_LINE: usize = 80;
/// The head of an article (title, byline, dateline, caption) is within so many blocks.
const HEAD_BLOCKS: usize = 4;

/// The kinds of all units, block by block.
pub(super) fn of(blocks: &[Vec<Unit>]) -> Vec<Kind> {
    let mut kinds: Vec<Vec<Kind>> = blocks.iter().map(|block| alone(block)).collect();
    name_title(blocks, &mut kinds);
    name_head(blocks, &mut kinds);
    let units: Vec<&str> = blocks.iter().flatten().map(|unit| unit.text.as_str()).collect();
    let mut kinds = kinds.concat();
    question::name(&units, &mut kinds);
    kinds
}

/// The kinds of a block's units as the block alone tells them.
fn alone(block: &[Unit]) -> Vec<Kind> {
    let single = block.len() == 1;
    block
        .iter()
        .map(|unit| {
            let text = unit.text.as_str();
            if is_dateline(text) {
                Kind::Dateline
            } else if is_signed(text) {
                Kind::Byline
            } else if is_marked_caption(text) {
                Kind::Caption
            } else if single && looks_like_heading(text) && (!unit.is_item || begins_han(text)) {
                Kind::Heading
            } else if unit.is_item {
                Kind::ListItem
            } else {
                Kind::Paragraph
            }
        })
        .collect()
}

/// The title: the first piece that is no date or name, if it looks like one.
fn name_title(blocks: &[Vec<Unit>], kinds: &mut [Vec<Kind>]) {
    let before = |kind: &Kind| matches!(kind, Kind::Dateline | Kind::Byline);
    let head = kinds.iter_mut().zip(blocks).take(HEAD_BLOCKS);
    for (kinds, units) in head {
        let Some(at) = kinds.iter().position(|kind| !before(kind)) else { continue };
        let (Some(kind), Some(unit)) = (kinds.get_mut(at), units.get(at)) else { return };
        let is_heading = *kind == Kind::Heading;
        // A question or an exclamation is a title in the first place, and a heading nowhere else.
        let calls = units.len() == 1 && calls_out(&unit.text);
        // With its byline and date in one block, which no other block of an article has.
        let leads = at == 0 && units.len() > 1 && looks_like_heading(&unit.text);
        let leads = leads && kinds_follow(kinds, before);
        let Some(kind) = kinds.get_mut(at) else { return };
        if is_heading || ((calls || leads) && *kind == Kind::Paragraph) {
            *kind = Kind::Title;
        }
        return;
    }
}

fn kinds_follow(kinds: &[Kind], wanted: impl Fn(&Kind) -> bool) -> bool {
    kinds.iter().skip(1).take(3).any(wanted)
}

/// Names and captions around the date at the head of an article. All of them are of one class
/// with running text, so that nothing is asked again when the head changes.
fn name_head(blocks: &[Vec<Unit>], kinds: &mut [Vec<Kind>]) {
    let mut titled = false;
    for (units, kinds) in blocks.iter().zip(kinds).take(HEAD_BLOCKS) {
        let dated = kinds.iter().position(|kind| *kind == Kind::Dateline);
        let signed = kinds.contains(&Kind::Byline);
        let first = kinds.iter().position(|kind| matches!(kind, Kind::Dateline | Kind::Byline));
        for (at, (unit, kind)) in units.iter().zip(kinds.iter_mut()).enumerate() {
            titled |= *kind == Kind::Title;
            if *kind != Kind::Paragraph || units.len() == 1 {
                continue;
            }
            if titled
                && !signed
                && dated.is_some_and(|dated| at + 1 == dated)
                && is_name(&unit.text)
            {
                *kind = Kind::Byline;
            } else if first.is_some_and(|first| at > first)
                && !ends_sentence(&unit.text)
                && question::label(&unit.text).is_none()
            {
                *kind = Kind::Caption;
            }
        }
    }
}

/// A short line that does not end as a sentence or a clause does.
fn looks_like_heading(text: &str) -> bool {
    !is_wider_than(text, WIDEST_HEADING)
        && text.chars().any(char::is_alphabetic)
        && !ends_clause(text)
        && question::label(text).is_none()
}

/// A short line that ends in a question or exclamation mark.
fn calls_out(text: &str) -> bool {
    !is_wider_than(text, WIDEST_HEADING)
        && ends_sentence(text)
        && text.ends_with(['?', '!', '？', '！'])
        && !text.contains(['.', '。', '“', '"'])
        && question::label(text).is_none()
}

fn begins_han(text: &str) -> bool {
    text.chars().find(|c| c.is_alphanumeric()).is_some_and(is_han)
}

/// Whether a line says who wrote the article: `By Jason Wong`, `记者 王小明`, `文／王小明`.
pub(super) fn is_signed(text: &str) -> bool {
    if is_wider_than(text, WIDEST_LINE) || ends_clause(text) {
        return false;
    }
    if let Some(rest) =
        ["By ", "BY ", "Written by ", "by "].iter().find_map(|by| text.strip_prefix(by))
    {
        return rest.split([',', '|', '·']).next().is_some_and(|names| {
            names.split([' ', '&']).filter(|word| !word.is_empty()).all(|word| {
                matches!(word, "and" | "de" | "van" | "von" | "der" | "bin" | "al")
                    || word.chars().next().is_some_and(char::is_uppercase)
            }) && names.split_whitespace().count() <= 8
        });
    }
    const SIGNS: [&str; 20] = [
        "作者：",
        "作者:",
        "撰文：",
        "撰文:",
        "撰稿：",
        "撰稿:",
        "文／",
        "文/",
        "文｜",
        "文|",
        "记者：",
        "記者：",
        "记者 ",
        "記者 ",
        "本报记者",
        "本報記者",
        "编辑：",
        "編輯：",
        "编译：",
        "編譯：",
    ];
    SIGNS.iter().any(|sign| text.starts_with(sign)) && !text.contains(['，', '。', ','])
}

/// Whether a line could be a person's name and nothing else.
fn is_name(text: &str) -> bool {
    let han = text.chars().filter(|c| is_han(*c)).count();
    if han > 0 {
        return han <= 4 && text.chars().all(|c| is_han(c) || c == ' ' || c == '·');
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=4).contains(&words.len())
        && words.iter().all(|word| {
            word.chars().next().is_some_and(char::is_uppercase)
                && word.chars().all(|c| is_latin(c) || "'’.-".contains(c))
        })
}

/// Whether a line says that it belongs to a picture.
fn is_marked_caption(text: &str) -> bool {
    const SIGNS: [&str; 26] = [
        "Photo:",
        "Photo by",
        "Photo credit",
        "Photograph:",
        "Image:",
        "Image credit",
        "Image by",
        "Credit:",
        "Caption:",
        "Picture:",
        "Illustration:",
        "(Photo",
        "图：",
        "图:",
        "圖：",
        "图为",
        "圖為",
        "图源",
        "圖源",
        "图片来源",
        "圖片來源",
        "图片：",
        "圖片：",
        "图说：",
        "▲",
        "△",
    ];
    if is_wider_than(text, 240) {
        return false;
    }
    let numbered = ["Figure ", "Fig. ", "图", "圖"].iter().any(|sign| {
        text.strip_prefix(sign).is_some_and(|rest| {
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            after.len() < rest.len() && after.starts_with([':', '：', '.', '．', '　'])
        })
    });
    numbered || SIGNS.iter().any(|sign| text.starts_with(sign))
}

/// Whether a line holds a date or a reading time and nothing else.
pub(super) fn is_dateline(text: &str) -> bool {
    if is_wider_than(text, WIDEST_LINE) || text.ends_with(['。', '.', '，', ',', '：', ':']) {
        return false;
    }
    let mut rest = text;
    let mut anchored = false;
    let mut digits = false;
    let mut number_before = false;
    while let Some(c) = rest.chars().next() {
        let word = if c.is_ascii_digit() {
            let word = date_in_digits(rest);
            anchored |= word.len() > 6;
            digits = true;
            word
        } else if c.is_ascii_alphabetic() {
            let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            let lower = word.to_ascii_lowercase();
            let ordinal = number_before && matches!(lower.as_str(), "st" | "nd" | "rd" | "th");
            let unit = number_before && UNITS.contains(&lower.trim_end_matches('s'));
            let month = is_month(word);
            if !ordinal && !unit && !month && !WORDS.contains(&lower.as_str()) {
                return false;
            }
            anchored |= unit || month;
            word
        } else if let Some(word) = HAN.iter().find(|word| rest.starts_with(**word)) {
            anchored |= number_before && HAN_UNITS.contains(word);
            word
        } else if is_blank_or_mark(c) {
            rest.get(..c.len_utf8()).unwrap_or_default()
        } else {
            return false;
        };
        number_before = c.is_ascii_digit() || (number_before && matches!(c, ' ' | '-'));
        rest = rest.get(word.len()..).unwrap_or_default();
    }
    anchored && digits
}

fn is_blank_or_mark(c: char) -> bool {
    super::words::is_blank(c) || "·•|｜,，:：.-–—/／()（）+".contains(c)
}

/// `2026-04-21`, `2026/4/21` or `2026.04.21` as one word; else the number.
fn date_in_digits(text: &str) -> &str {
    let number = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let year = number(text);
    let whole = || {
        let separator = text.get(year..)?.chars().next().filter(|c| "-/.".contains(*c))?;
        let month = number(text.get(year + 1..)?);
        let rest = text.get(year + 1 + month..)?.strip_prefix(separator)?;
        let day = number(rest);
        (year == 4 && (1..=2).contains(&month) && (1..=2).contains(&day))
            .then(|| text.get(..year + month + day + 2))?
    };
    whole().or_else(|| text.get(..year)).unwrap_or_default()
}

fn is_month(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    // "may" and "mar" are words; a month is written with a capital.
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && crate::rule::dates::MONTHS.iter().any(|month| {
            let month = month.to_ascii_lowercase();
            lower == month
                || month.get(..3) == Some(&lower)
                || (lower == "sept" && month.starts_with("sep"))
        })
}

/// Words of English datelines.
const WORDS: [&str; 43] = [
    "updated",
    "published",
    "posted",
    "modified",
    "last",
    "first",
    "on",
    "at",
    "in",
    "read",
    "reading",
    "time",
    "ago",
    "a",
    "p",
    "am",
    "pm",
    "m",
    "et",
    "est",
    "edt",
    "pt",
    "pst",
    "pdt",
    "gmt",
    "utc",
    "bst",
    "cst",
    "hkt",
    "mon",
    "monday",
    "tue",
    "tuesday",
    "wed",
    "wednesday",
    "thu",
    "thursday",
    "fri",
    "friday",
    "sat",
    "saturday",
    "sun",
    "sunday",
];

/// Units that make a number a time.
const UNITS: [&str; 7] = ["min", "minute", "hour", "day", "week", "month", "year"];

/// Words of Chinese datelines, longer ones first where one begins another.
const HAN: [&str; 54] = [
    "更新时间",
    "更新時間",
    "发布时间",
    "發布時間",
    "發佈時間",
    "发表时间",
    "發表時間",
    "阅读时间",
    "閱讀時間",
    "最后更新",
    "最後更新",
    "首次发布",
    "首次發布",
    "更新",
    "发布",
    "發布",
    "發佈",
    "发表",
    "發表",
    "刊登",
    "阅读",
    "閱讀",
    "预计",
    "預計",
    "全文",
    "星期",
    "上午",
    "下午",
    "中午",
    "凌晨",
    "晚上",
    "分钟",
    "分鐘",
    "小时",
    "小時",
    "个月",
    "個月",
    "年",
    "月",
    "日",
    "号",
    "號",
    "时",
    "時",
    "分",
    "天",
    "周",
    "週",
    "前",
    "于",
    "於",
    "约",
    "約",
    "需",
];

/// Those that make a number before them a time.
const HAN_UNITS: [&str; 13] =
    ["分钟", "分鐘", "小时", "小時", "个月", "個月", "年", "月", "日", "号", "號", "天", "周"];
