//! A text as its figures are read: characters, their widths and scripts folded, places kept.

use super::value::Value;

/// One folded character for each character of the original.
#[derive(Debug)]
pub(super) struct Text {
    chars: Vec<char>,
}

/// Digits as they stand in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Literal {
    /// Where it ends.
    pub(super) end: usize,
    /// Its value; none where it is a name: `4.2.1`, or longer than a number is.
    pub(super) value: Option<Value>,
    /// Its digits before the decimal point.
    pub(super) whole: usize,
    /// Its digits after the decimal point.
    pub(super) places: usize,
    /// Whether nothing but digits belongs to it.
    pub(super) bare: bool,
}

impl Text {
    pub(super) fn of(original: &str) -> Self {
        let mut chars: Vec<char> = original.chars().map(fold).collect();
        // A full-width comma parts figures; only between digits as wide does it group them.
        if original.contains('，') {
            let wide: Vec<char> = original.chars().collect();
            for (at, three) in wide.windows(3).enumerate() {
                if let ['０'..='９', '，', '０'..='９'] = three {
                    chars[at + 1] = ',';
                }
            }
        }
        Self { chars }
    }

    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at a place; nothing past the end is a line feed.
    pub(super) fn at(&self, place: usize) -> char {
        self.chars.get(place).copied().unwrap_or('\n')
    }

    /// The character before a place.
    pub(super) fn before(&self, place: usize) -> char {
        place.checked_sub(1).map_or('\n', |place| self.at(place))
    }

    /// The place of the first character from `place` on that is no space.
    pub(super) fn skip(&self, mut place: usize) -> usize {
        while self.at(place) == ' ' {
            place += 1;
        }
        place
    }

    /// The place after the last character before `place` that is no space.
    pub(super) fn skip_back(&self, mut place: usize) -> usize {
        while place > 0 && self.before(place) == ' ' {
            place -= 1;
        }
        place
    }

    /// Where `word` ends, if it stands at `place`.
    pub(super) fn strip(&self, place: usize, word: &str) -> Option<usize> {
        let mut end = place;
        for c in word.chars() {
            if self.at(end) != c {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// Where `word` begins, if it ends at `place`.
    pub(super) fn strip_back(&self, place: usize, word: &str) -> Option<usize> {
        let start = place.checked_sub(word.chars().count())?;
        self.strip(start, word).map(|_| start)
    }

    /// The digits from `start` on.
    pub(super) fn literal(&self, start: usize) -> Literal {
        let run = |mut place: usize| {
            while self.at(place).is_ascii_digit() {
                place += 1;
            }
            place
        };
        let first = run(start);
        let (mut end, mut whole) = (first, first - start);
        let mut grouped = false;
        // 12,345 and 12,345,678, but not 2019,300 or 1,2,3.
        if whole <= 3 {
            while self.at(end) == ',' && run(end + 1) == end + 4 {
                end += 4;
                whole += 3;
                grouped = true;
            }
        }
        // 1 234 567: one space may also part two figures, two hardly do.
        if !grouped && whole <= 3 && self.at(start) != '0' {
            let mut place = end;
            while self.at(place) == ' ' && run(place + 1) == place + 4 {
                place += 4;
            }
            if place >= end + 8 && self.before(start) != '+' {
                whole += (place - end) / 4 * 3;
                end = place;
                grouped = true;
            }
        }
        // 2,06,737 as in India.
        if !grouped && whole <= 2 {
            let mut place = end;
            while self.at(place) == ',' && run(place + 1) == place + 3 {
                place += 3;
            }
            if place > end && self.at(place) == ',' && run(place + 1) == place + 4 {
                whole += place - end - (place - end) / 3 + 3;
                end = place + 4;
                grouped = true;
            }
        }
        let point = end;
        let mut dotted = false;
        if self.at(end) == '.' && self.at(end + 1).is_ascii_digit() {
            end = run(end + 1);
            while self.at(end) == '.' && self.at(end + 1).is_ascii_digit() {
                end = run(end + 1);
                dotted = true;
            }
        }
        let value = if dotted { None } else { self.parse(start, end, point) };
        let places = end.saturating_sub(point + 1);
        Literal { end, value, whole, places, bare: !grouped && end == point }
    }

    fn parse(&self, start: usize, end: usize, point: usize) -> Option<Value> {
        let mut digits: u64 = 0;
        for c in self.chars.get(start..end)? {
            if let Some(digit) = c.to_digit(10) {
                digits = digits.checked_mul(10)?.checked_add(u64::from(digit))?;
            }
        }
        let places = i16::try_from(end.saturating_sub(point + 1)).ok()?;
        Some(Value::new(digits, -places))
    }
}

/// One width, one script, one dash, one space.
fn fold(c: char) -> char {
    match c {
        '\0'..='\u{7F}' => match c {
            '\t' => ' ',
            _ => c,
        },
        '，' => '、',
        '～' => '-',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => ' ',
        '‘' | '’' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '−' | '─' | '〜' | '﹣' => '-',
        '∶' | '︰' => ':',
        '￥' => '¥',
        '￡' => '£',
        '﹪' => '%',
        '﹒' => '.',
        '萬' => '万',
        '億' => '亿',
        '兩' => '两',
        '幾' => '几',
        '餘' => '余',
        '來' => '来',
        '個' => '个',
        '號' => '号',
        '點' => '点',
        '時' => '时',
        '鐘' | '鍾' => '钟',
        '紀' => '纪',
        '週' => '周',
        '歲' => '岁',
        '歷' | '曆' => '历',
        '塊' => '块',
        '錢' => '钱',
        '圓' | '圜' => '圆',
        '幣' => '币',
        '鎊' => '镑',
        '歐' => '欧',
        '韓' => '韩',
        '盧' => '卢',
        '銖' => '铢',
        '臺' => '台',
        '頃' => '顷',
        '畝' => '亩',
        '噸' => '吨',
        '碼' => '码',
        '華' => '华',
        '攝' => '摄',
        '釐' => '厘',
        '裡' | '裏' => '里',
        '倫' => '伦',
        '屆' => '届',
        '雙' => '双',
        '貝' => '贝',
        '國' => '国',
        '門' => '门',
        '數' => '数',
        '滿' => '满',
        '從' => '从',
        '減' => '减',
        '漲' => '涨',
        '長' => '长',
        '為' => '为',
        '員' => '员',
        '約' => '约',
        '過' => '过',
        '達' => '达',
        _ => c,
    }
}
