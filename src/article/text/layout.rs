//! Lines, blocks, and which lines of a block are one hard-wrapped paragraph.
//!
//! Each block is judged by itself, so that an edit elsewhere never changes how it is read.

use std::ops::Range;

use super::words::{ends_sentence, is_blank, is_wide, is_wide_punctuation, is_wider_than, width};

/// A line of the text.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Its bytes with the line end (`\n`, `\r\n` or `\r`).
    pub(super) whole: Range<usize>,
    /// Its bytes without white space around.
    pub(super) range: Range<usize>,
    /// The text of `range`.
    pub(super) text: &'a str,
    /// Columns of white space before it.
    indent: usize,
    /// Whether it begins with an ideographic space, as a Chinese paragraph does.
    ideographic_indent: bool,
}

impl Line<'_> {
    /// Whether the line holds only white space.
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether the line only separates: `* * *`, `-----`.
    pub(super) fn is_ornament(&self) -> bool {
        let mut marks = self.text.chars().filter(|c| !is_blank(*c));
        let Some(first) = marks.next() else { return false };
        "-=*_~#+•·—–─═＊～◆■●☆★".contains(first)
            && marks.clone().count() >= 2
            && marks.all(|c| c == first)
    }
}

/// What is translated as one: a paragraph, a line that stands for itself, a list item.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Its bytes, list marker and white space around excluded.
    pub(super) range: Range<usize>,
    /// Its text, hard-wrapped lines joined.
    pub(super) text: String,
    /// Whether a list marker stands before it, or begins it.
    pub(super) is_item: bool,
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut push = |start: usize, end: usize, whole_end: usize| {
        let content = text.get(start..end).unwrap_or_default();
        let without = content.trim_start_matches(is_blank);
        let lead = content.len() - without.len();
        let inner = without.trim_end_matches(is_blank);
        let before = content.get(..lead).unwrap_or_default();
        lines.push(Line {
            whole: start..whole_end,
            range: start + lead..start + lead + inner.len(),
            text: inner,
            indent: before.chars().map(width).sum(),
            ideographic_indent: before.contains('\u{3000}'),
        });
    };
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let end = match byte {
            b'\n' => at + 1,
            b'\r' if bytes.next_if(|(_, next)| *next == b'\n').is_some() => at + 2,
            b'\r' => at + 1,
            _ => continue,
        };
        push(start, at, end);
        start = end;
    }
    if start < text.len() {
        push(start, text.len(), text.len());
    }
    lines
}

/// The blocks: lines without a blank line or an ornament between them, joined to units where they
/// are hard-wrapped. Furniture is left out; it parts units, not blocks.
pub(super) fn blocks(lines: &[Line<'_>], is_furniture: &[bool]) -> Vec<Vec<Unit>> {
    let mut blocks = Vec::new();
    let mut block = Vec::new();
    let mut piece: Vec<&Line<'_>> = Vec::new();
    for (line, &is_furniture) in lines.iter().zip(is_furniture) {
        if is_furniture {
            block.append(&mut units(&std::mem::take(&mut piece)));
        } else if line.is_blank() || line.is_ornament() {
            block.append(&mut units(&std::mem::take(&mut piece)));
            if !block.is_empty() {
                blocks.push(std::mem::take(&mut block));
            }
        } else {
            piece.push(line);
        }
    }
    block.append(&mut units(&piece));
    if !block.is_empty() {
        blocks.push(block);
    }
    blocks
}

/// The units of consecutive lines that are not blank.
fn units(lines: &[&Line<'_>]) -> Vec<Unit> {
    let breaks = breaks(lines);
    let mut units: Vec<Unit> = Vec::new();
    let mut wrapped = WrappedText::default();
    for (i, line) in lines.iter().enumerate() {
        match breaks.get(i) {
            Some(Break::Continues) if let Some(unit) = units.last_mut() => {
                wrapped.push(line.text);
                unit.range.end = line.range.end;
            }
            begun => {
                if let Some(unit) = units.last_mut() {
                    unit.text = wrapped.take();
                }
                let marker = match begun {
                    Some(Break::Item { marker }) => *marker,
                    _ => 0,
                };
                wrapped.push(line.text.get(marker..).unwrap_or_default());
                units.push(Unit {
                    range: line.range.start + marker..line.range.end,
                    text: String::new(),
                    is_item: matches!(begun, Some(Break::Item { .. })),
                });
            }
        }
    }
    if let Some(unit) = units.last_mut() {
        unit.text = wrapped.take();
    }
    units
}

/// The text of a unit as its lines are joined.
#[derive(Default)]
struct WrappedText(String);

impl WrappedText {
    fn push(&mut self, line: &str) {
        if let (Some(last), Some(first)) = (self.0.chars().next_back(), line.chars().next()) {
            let closed = (is_wide(last) && is_wide(first))
                || is_wide_punctuation(last)
                || is_wide_punctuation(first);
            let hyphen = last == '-' && first.is_lowercase();
            if !closed && !hyphen {
                self.0.push(' ');
            }
        }
        self.0.push_str(line);
    }

    fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

/// How a line stands to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    /// It begins a unit.
    Begins,
    /// It begins a list item; so many bytes of it are a marker that stays outside.
    Item { marker: usize },
    /// It goes on with the unit.
    Continues,
}

fn breaks(lines: &[&Line<'_>]) -> Vec<Break> {
    let fill = Fill::of(lines);
    let mut breaks: Vec<Break> = Vec::with_capacity(lines.len());
    // The item that is open: its indentation and its marker.
    let mut item: Option<(usize, Marker)> = None;
    for (i, line) in lines.iter().enumerate() {
        let full = fill.is_full(i);
        let before = i.checked_sub(1).and_then(|i| lines.get(i));
        let deeper = before.is_some_and(|before| line.indent > before.indent);
        let marker = Marker::of(line.text).filter(|marker| {
            // A dash or a year that a wrapped sentence happens to begin its line with.
            before.is_none_or(|before| match &item {
                Some((_, last)) => marker.follows(last) || !full,
                None => !full || (marker.is_first() && ends_sentence(before.text)),
            })
        });
        let this = match (marker, &item) {
            (Some(marker), _) => {
                let outside = marker.outside;
                item = Some((line.indent, marker));
                Break::Item { marker: outside }
            }
            (None, _) if i == 0 || line.ideographic_indent || is_labelled(line.text) => {
                Break::Begins
            }
            (None, Some((indent, _))) if full || line.indent > *indent => Break::Continues,
            (None, None) if full && !deeper => Break::Continues,
            (None, _) => Break::Begins,
        };
        if this == Break::Begins {
            item = None;
        }
        breaks.push(this);
    }
    fill.settle(lines, &mut breaks);
    breaks
}

/// How the lines of a block fill its width.
struct Fill {
    /// For each line, whether its first word would not have fitted on the line before.
    full: Vec<bool>,
}

impl Fill {
    /// Narrower than this, lines are broken for other reasons (verses, addresses, lists).
    const NARROWEST: usize = 40;
    /// Nobody wraps wider than this.
    const WIDEST: usize = 160;

    fn of(lines: &[&Line<'_>]) -> Self {
        let columns = Self::by(lines, width);
        // Some programs count characters instead of columns, which differs in mixed text.
        let characters = Self::by(lines, |_| 1);
        let count = |fill: &Self| fill.full.iter().filter(|full| **full).count();
        if count(&characters) > count(&columns) { characters } else { columns }
    }

    fn by(lines: &[&Line<'_>], measure: fn(char) -> usize) -> Self {
        let columns = lines.iter().map(|line| line.text.chars().map(width).sum::<usize>()).max();
        if !columns.is_some_and(|widest| (Self::NARROWEST..=Self::WIDEST).contains(&widest)) {
            return Self { full: vec![false; lines.len()] };
        }
        let length = |text: &str| text.chars().map(measure).sum::<usize>();
        let widest = lines.iter().map(|line| line.indent + length(line.text)).max().unwrap_or(0);
        // Verses with long lines are rare, and then few lines run on.
        let lower = lines.iter().skip(1).filter(|line| begins_lower(line.text)).count();
        let is_verse = lower * 3 < lines.len() - 1;
        let mut full = vec![false; lines.len()];
        for (i, pair) in lines.windows(2).enumerate() {
            let [line, next] = pair else { continue };
            let space = usize::from(
                !line.text.chars().next_back().is_some_and(is_wide)
                    && !next.text.chars().next().is_some_and(is_wide),
            );
            let needed = line.indent + length(line.text) + space + length(first_word(next.text));
            // Lines that an author broke by hand are ragged; the sentence tells.
            let runs_on = is_wider_than(line.text, Self::NARROWEST - 1)
                && (line.text.ends_with(['，', '、'])
                    || (!is_verse && !ends_sentence(line.text) && begins_lower(next.text)));
            if let Some(full) = full.get_mut(i + 1) {
                *full = needed > widest || runs_on;
            }
        }
        Self { full }
    }

    fn is_full(&self, line: usize) -> bool {
        self.full.get(line).copied().unwrap_or(false)
    }

    /// Takes joins back that the width alone suggests: the widest of any lines looks full.
    ///
    /// Lines are joined where most lines of the block are full, and where a sentence runs on
    /// from one line to the next.
    fn settle(&self, lines: &[&Line<'_>], breaks: &mut [Break]) {
        let text = |i: usize| lines.get(i).map_or("", |line| line.text);
        let border = |i: usize| i > 0 && ends_sentence(text(i - 1)) && !begins_lower(text(i));
        let inner = |i: usize, this: Break| {
            i > 0 && !matches!(this, Break::Item { .. }) && !ends_sentence(text(i - 1))
        };
        let open = breaks.iter().enumerate().filter(|(i, this)| inner(*i, **this));
        let (all, loose) = open
            .fold((0, 0), |(all, loose), (i, _)| (all + 1, loose + usize::from(!self.is_full(i))));
        let lower = (1..lines.len()).any(|i| begins_lower(text(i)));
        let wide = lines.iter().filter(|line| line.text.chars().any(is_wide)).count();
        // Verse: every line begins with a capital.
        let verse = lines.len() >= 4 && !lower && wide == 0;
        let ragged = loose * 2 > all;
        let mut start = 0;
        while start < breaks.len() {
            let mut end = start + 1;
            while breaks.get(end) == Some(&Break::Continues) {
                end += 1;
            }
            let is_item = matches!(breaks.get(start), Some(Break::Item { .. }));
            let runs_on = (start + 1..end).any(|i| !border(i));
            let ends = ends_sentence(text(end - 1));
            let begins_low = (start + 1..end).any(|i| begins_lower(text(i)));
            let prose = runs_on && (ends || begins_low || (end - start > 2 && wide > 0));
            if !is_item
                && (verse || ragged || !prose)
                && let Some(joined) = breaks.get_mut(start + 1..end)
            {
                joined.fill(Break::Begins);
            }
            start = end;
        }
    }
}

fn begins_lower(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_lowercase)
}

/// What cannot be parted from the begin of a line: a word, or one character of Chinese with the
/// punctuation that clings to it.
fn first_word(text: &str) -> &str {
    let mut end = 0;
    let mut core = false;
    for (at, c) in text.char_indices() {
        let clings = is_wide_punctuation(c);
        if is_blank(c) || (core && is_wide(c) && !clings) {
            break;
        }
        if core && clings && "“‘「『（《〈【".contains(c) {
            break;
        }
        end = at + c.len_utf8();
        if is_wide(c) && !clings {
            // Only punctuation may follow.
            let rest = text.get(end..).unwrap_or_default();
            let more = rest
                .char_indices()
                .find(|(_, c)| !is_wide_punctuation(*c) || "“‘「『（《〈【".contains(*c));
            end += more.map_or(rest.len(), |(at, _)| at);
            break;
        }
        core |= !clings;
    }
    text.get(..end).unwrap_or_default()
}

/// The two parts of an interview, at the begin of a line: they are never run together.
fn is_labelled(text: &str) -> bool {
    super::question::label(text).is_some()
}

/// A list marker at the begin of a line.
#[derive(Clone, Debug)]
struct Marker {
    /// Its style: the bullet, or what stands around the number.
    style: (char, char),
    /// The number, if it has one that is written in digits.
    number: Option<u32>,
    /// Bytes that stay outside of the paragraph: none where the marker is Chinese, as `一、`,
    /// and has to be translated with the text.
    outside: usize,
}

impl Marker {
    fn of(text: &str) -> Option<Self> {
        let first = text.chars().next()?;
        let after = |skipped: usize| {
            let rest = text.get(skipped..)?;
            let inner = rest.trim_start_matches(is_blank);
            (!inner.is_empty()).then_some((rest.len() - inner.len(), text.len() - inner.len()))
        };
        if "-*+•‣◦▪●○■□◆◇▶►※✓✔·–".contains(first) {
            // `· 1 min read` is read, and written, with its sign.
            if super::kinds::is_dateline(text) {
                return None;
            }
            let (space, outside) = after(first.len_utf8())?;
            // The signs that are no punctuation need no space after them.
            let clear = !first.is_ascii() && !matches!(first, '·' | '–');
            return (space > 0 || clear).then_some(Self {
                style: (first, ' '),
                number: None,
                outside,
            });
        }
        if let '①'..='⑳' = first {
            let (_, outside) = after(first.len_utf8())?;
            let number = u32::from(first) - u32::from('①') + 1;
            return Some(Self { style: ('①', ' '), number: Some(number), outside });
        }
        let open = if "(（".contains(first) { first } else { ' ' };
        let opened = if open == ' ' { 0 } else { open.len_utf8() };
        let rest = text.get(opened..)?;
        let digits: &str = rest.get(..rest.bytes().take_while(u8::is_ascii_digit).count())?;
        let han: &str = {
            let end = rest.find(|c| !"一二三四五六七八九十".contains(c)).unwrap_or(rest.len());
            rest.get(..end)?
        };
        let word = if digits.is_empty() { han } else { digits };
        if word.is_empty() || word.len() > 9 || digits.len() > 3 {
            return None;
        }
        let close = rest.get(word.len()..)?.chars().next()?;
        let number = digits.parse().ok();
        let (space, outside) = after(opened + word.len() + close.len_utf8())?;
        let style = (open, close);
        match (open, close) {
            (' ', '.' | ')') | ('(', ')') if number.is_some() && space > 0 => {
                Some(Self { style, number, outside })
            }
            (' ', '、' | '．' | '）') | ('（', '）') | ('(', ')')
                if number.is_some() || !han.is_empty() =>
            {
                Some(Self { style, number, outside: 0 })
            }
            _ => None,
        }
    }

    /// Whether a list can begin with it.
    fn is_first(&self) -> bool {
        self.number.is_none_or(|number| number <= 1)
    }

    /// Whether it goes on with the list that `last` stands in.
    fn follows(&self, last: &Self) -> bool {
        self.style == last.style
            && match (last.number, self.number) {
                (Some(last), Some(number)) => number == last + 1,
                (None, None) => true,
                _ => false,
            }
    }
}
