//! One translation in the syntax of its place.
//!
//! What is written is read again before it counts: candidates from the plainest to the most
//! escaped are tried until one reads as exactly the translation, marks and all.

use super::blocks::{self, Reading};
use super::emphasis::{self, Written};
use super::escape::{self, Place};
use super::{address, front_matter, lines};
use crate::paragraph::{Kind, Mark, MarkKind, Marked, Paragraph, Slot, Token};

/// A piece of a translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bit<'a> {
    /// Text, on one line.
    Text(String),
    /// A bare address in the text.
    Address(String),
    /// The begin of span `n`.
    Open(usize),
    /// The end of span `n`.
    Close(usize),
    /// The thing `n` that is kept whole.
    Kept(usize, &'a Mark),
}

/// Above this many bytes a text is not tried out but escaped at once.
const LONG: usize = 64 * 1024;

/// Above this many spans of emphasis in one paragraph, those that fail are not looked for one by one.
const MANY: usize = 256;

/// Writes `target` as it must stand in the place of `paragraph`: on one line (but for hard
/// breaks), and escaped where it has to be, and only there.
///
/// `definitions` are those of the document, from [`super::parse`].
pub fn render(paragraph: &Paragraph, target: &Marked, definitions: &str) -> String {
    match paragraph.slot {
        Slot::Text => return target.plain(&paragraph.marks),
        Slot::Yaml | Slot::Toml => {
            return front_matter::quoted(&lines::on_one(&target.plain(&paragraph.marks)));
        }
        Slot::Markdown | Slot::MarkdownHeading | Slot::MarkdownCell => {}
    }
    let bits = bits(target, &paragraph.marks);
    if let [Bit::Text(text)] = bits.as_slice()
        && is_harmless(text)
    {
        return text.clone();
    }
    let pen = Pen { paragraph, definitions };
    if target.as_str().len() > LONG {
        return pen
            .write(&bits, Manner { escapes: true, stars: true, html: Html::All }, false)
            .text;
    }
    let manner = |escapes| Manner { escapes, stars: false, html: Html::None };
    let plain = pen.write(&bits, manner(false), false);
    let loose = paragraph.beside && bits.iter().any(may_reach_out);
    let plain_serves = || !may_underline(&plain.text) && pen.reads_as(&plain, &bits);
    if !loose && plain_serves() {
        return plain.text;
    }
    let escaped = pen.write(&bits, manner(true), false);
    let differs = escaped.text != plain.text;
    if (differs || loose) && pen.reads_as(&escaped, &bits) {
        return escaped.text;
    }
    if loose && plain_serves() {
        return plain.text;
    }
    if !plain.spans.is_empty() {
        for escapes in if differs { &[false, true][..] } else { &[false] } {
            if let Some(text) = pen.emphasised(&bits, manner(*escapes)) {
                return text;
            }
        }
    }
    let bracketed =
        pen.write(&bits, Manner { escapes: true, stars: false, html: Html::None }, true);
    if pen.reads_as(&bracketed, &bits) {
        return bracketed.text;
    }
    pen.write(&bits, Manner { escapes: true, stars: true, html: Html::All }, true).text
}

/// Whether a text needs no escape anywhere: then nothing has to be tried.
fn is_harmless(text: &str) -> bool {
    let plain = |c: char| {
        !c.is_ascii()
            || c.is_ascii_alphanumeric()
            || matches!(c, ' ' | ',' | '.' | ';' | '\'' | '"' | '(' | ')' | '?' | '%')
    };
    text.starts_with(|c: char| c.is_ascii_alphabetic() || (!c.is_ascii() && !c.is_control()))
        && text.chars().all(plain)
        && !text.starts_with("import ")
}

/// Whether something in a text could pair with something outside of the paragraph, which is not
/// there when the paragraph is read again by itself.
fn may_reach_out(bit: &Bit<'_>) -> bool {
    matches!(bit, Bit::Text(text) if text.contains(['`', '*', '_', '~', '[', ']', '<', '>', '$']))
}

/// Whether a text could, below another line, be the underline of a heading or of a table's head.
fn may_underline(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'=' | b'-' | b'|' | b':' | b' '))
}

/// The translation in pieces: on one line, without white space at its ends and around breaks.
fn bits<'a>(target: &Marked, marks: &'a [Mark]) -> Vec<Bit<'a>> {
    let mark = |n: usize| n.checked_sub(1).and_then(|i| marks.get(i));
    let mut bits: Vec<Bit<'a>> = Vec::new();
    for token in target.tokens() {
        match token {
            Token::Text(text) => {
                let text = joined(&text);
                let mut done = 0;
                for address in address::find(&text) {
                    if done < address.start {
                        bits.push(Bit::Text(text[done..address.start].to_owned()));
                    }
                    done = address.end;
                    bits.push(Bit::Address(text[address].to_owned()));
                }
                if done < text.len() {
                    bits.push(Bit::Text(text[done..].to_owned()));
                }
            }
            Token::Open(n) if matches!(mark(n), Some(Mark::Span { .. })) => bits.push(Bit::Open(n)),
            Token::Close(n) if matches!(mark(n), Some(Mark::Span { .. })) => {
                bits.push(Bit::Close(n));
            }
            Token::Kept(n) => {
                if let Some(mark @ Mark::Kept { .. }) = mark(n) {
                    bits.push(Bit::Kept(n, mark));
                }
            }
            Token::Open(_) | Token::Close(_) => {}
        }
    }
    trimmed(apart_from_formulas(bits))
}

/// Line ends within a text as [`lines::on_one`] joins them, white space at its ends as one space.
pub(super) fn joined(text: &str) -> String {
    if !text.contains(['\n', '\r']) {
        return text.to_owned();
    }
    let one = lines::on_one(text);
    let before = if text.starts_with(char::is_whitespace) { " " } else { "" };
    let after = if text.ends_with(char::is_whitespace) && !one.is_empty() { " " } else { "" };
    format!("{before}{one}{after}")
}

/// With a space between a formula and a letter or digit, beside which its dollars are money.
fn apart_from_formulas(bits: Vec<Bit<'_>>) -> Vec<Bit<'_>> {
    let is_kept = |bit: &Bit<'_>, kind| matches!(bit, Bit::Kept(_, mark) if mark.kind() == kind);
    let is_formula = |bit: &Bit<'_>| is_kept(bit, MarkKind::Math);
    if !bits.iter().any(is_formula) {
        return bits;
    }
    let sticks = |bit: &Bit<'_>, at_end: bool| match bit {
        Bit::Text(text) => {
            let c = if at_end { text.chars().next_back() } else { text.chars().next() };
            c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '$')
        }
        Bit::Address(_) => true,
        bit => is_formula(bit) || is_kept(bit, MarkKind::Address),
    };
    let mut out: Vec<Bit<'_>> = Vec::with_capacity(bits.len());
    for bit in bits {
        if let Some(before) = out.last()
            && ((is_formula(&bit) && sticks(before, true))
                || (is_formula(before) && sticks(&bit, false)))
        {
            out.push(Bit::Text(" ".to_owned()));
        }
        out.push(bit);
    }
    out
}

/// Without the white space that Markdown drops: at both ends and around breaks.
fn trimmed(bits: Vec<Bit<'_>>) -> Vec<Bit<'_>> {
    let is_break =
        |bit: &Bit<'_>| matches!(bit, Bit::Kept(_, mark) if mark.kind() == MarkKind::Break);
    let ends = |bit: Option<&Bit<'_>>| bit.is_none_or(is_break);
    let mut out: Vec<Bit<'_>> = Vec::with_capacity(bits.len());
    let mut bits = bits.into_iter().peekable();
    while let Some(mut bit) = bits.next() {
        if let Bit::Text(text) = &mut bit {
            if ends(out.last()) {
                *text = text.trim_start().to_owned();
            }
            if ends(bits.peek()) {
                text.truncate(text.trim_end().len());
            }
            if text.is_empty() {
                continue;
            }
        }
        out.push(bit);
    }
    out
}

/// How a candidate is written.
#[derive(Clone, Copy)]
struct Manner<'m> {
    escapes: bool,
    /// `_` as `*`, which also works between letters.
    stars: bool,
    html: Html<'m>,
}

/// Which emphasis is written as HTML.
#[derive(Clone, Copy)]
enum Html<'m> {
    None,
    These(&'m [usize]),
    All,
}

/// A candidate.
struct Draft {
    /// As it stands in the article.
    text: String,
    /// The same without the container's `> ` after line ends inside of marks, to be read alone.
    alone: String,
    /// Where the markup of emphasis stands in `text`, the inner spans first.
    spans: Vec<Written>,
}

/// What writes and reads again in one place.
struct Pen<'a> {
    paragraph: &'a Paragraph,
    definitions: &'a str,
}

impl Pen<'_> {
    /// Writes emphasis as its neighbours allow: punctuation outside, else as HTML where it must be.
    fn emphasised(&self, bits: &[Bit<'_>], manner: Manner<'_>) -> Option<String> {
        let manner = Manner { stars: true, ..manner };
        let draft = self.write(bits, manner, false);
        if draft.spans.len() > MANY {
            return None;
        }
        let failing = emphasis::failing(&draft.text, &draft.spans);
        let moved = emphasis::with_punctuation_outside(bits, &failing);
        let draft = self.write(&moved, manner, false);
        if self.reads_as(&draft, &moved) {
            return Some(draft.text);
        }
        let failing = emphasis::failing(&draft.text, &draft.spans);
        let numbers: Vec<usize> = failing.iter().map(|failing| failing.number).collect();
        [Html::These(&numbers), Html::All].into_iter().find_map(|html| {
            let draft = self.write(bits, Manner { html, ..manner }, false);
            self.reads_as(&draft, bits).then_some(draft.text)
        })
    }

    fn write(&self, bits: &[Bit<'_>], manner: Manner<'_>, brackets: bool) -> Draft {
        let marks = &self.paragraph.marks;
        let mut draft = Draft { text: String::new(), alone: String::new(), spans: Vec::new() };
        let mut open: Vec<(usize, usize)> = Vec::new();
        // The element a span of emphasis is written as, if it is to be one.
        let element = |n: usize, mark: &Mark| -> Option<&'static str> {
            let html = match manner.html {
                Html::None => false,
                Html::These(numbers) => numbers.contains(&n),
                Html::All => true,
            };
            (html && emphasis::is_run(mark)).then_some(match mark.kind() {
                MarkKind::Strong => "strong",
                MarkKind::Strike => "del",
                _ => "em",
            })
        };
        for (i, bit) in bits.iter().enumerate() {
            match bit {
                Bit::Text(text) => {
                    let mut written = String::with_capacity(text.len());
                    if manner.escapes {
                        escape::escape(text, self.place(bits, i), &mut written);
                    } else {
                        written.push_str(text);
                        // At the end of a line a backslash is a hard break, before a pipe an escape.
                        if i + 1 == bits.len() && !text.ends_with("\\\\") && text.ends_with('\\') {
                            written.push('\\');
                        }
                    }
                    if self.paragraph.slot == Slot::MarkdownCell {
                        written = written.replace('|', "\\|");
                    }
                    draft.push(&written);
                }
                Bit::Address(address) => draft.push(&bracketed(address, brackets)),
                Bit::Kept(_, Mark::Kept { kind: MarkKind::Address, bytes }) => {
                    draft.push(&bracketed(bytes, brackets));
                }
                Bit::Kept(_, Mark::Kept { kind, bytes }) => draft.push_mark(*kind, bytes),
                Bit::Kept(..) => {}
                Bit::Open(n) => {
                    let Some(mark @ Mark::Span { kind, open: bytes, .. }) = marks.get(n - 1) else {
                        continue;
                    };
                    let start = draft.text.len();
                    match element(*n, mark) {
                        Some(name) => draft.push(&format!("<{name}>")),
                        None if emphasis::is_run(mark) => draft.push(&starred(bytes, manner)),
                        None => draft.push_mark(*kind, bytes),
                    }
                    open.push((start, draft.text.len()));
                }
                Bit::Close(n) => {
                    let Some(mark @ Mark::Span { kind, close, .. }) = marks.get(n - 1) else {
                        continue;
                    };
                    let start = draft.text.len();
                    match element(*n, mark) {
                        Some(name) => draft.push(&format!("</{name}>")),
                        None if emphasis::is_run(mark) => draft.push(&starred(close, manner)),
                        None => draft.push_mark(*kind, close),
                    }
                    if let Some(open) = open.pop()
                        && emphasis::is_run(mark)
                        && element(*n, mark).is_none()
                    {
                        let close = (start, draft.text.len());
                        draft.spans.push(Written { number: *n, open, close });
                    }
                }
            }
        }
        draft
    }

    fn place(&self, bits: &[Bit<'_>], at: usize) -> Place {
        let kept = |bit: Option<&Bit<'_>>, kind: MarkKind| matches!(bit, Some(Bit::Kept(_, mark)) if mark.kind() == kind);
        let before = at.checked_sub(1).and_then(|at| bits.get(at));
        let after = bits.get(at + 1);
        Place {
            line_start: before.is_none() || kept(before, MarkKind::Break),
            heading: self.paragraph.slot == Slot::MarkdownHeading
                || self.paragraph.kind.class() == crate::paragraph::Class::Heading,
            after_footnote: kept(before, MarkKind::Footnote),
            before_code: kept(after, MarkKind::Code),
            before_bracket: matches!(after, Some(Bit::Open(_) | Bit::Kept(..))),
        }
    }

    /// Whether a draft, read in its place, says exactly what these bits say.
    fn reads_as(&self, draft: &Draft, bits: &[Bit<'_>]) -> bool {
        let fragment = &draft.alone;
        let Paragraph { kind, slot, .. } = self.paragraph;
        let mut text = match (slot, kind) {
            (Slot::MarkdownCell, _) => format!("| {fragment} |\n| --- |"),
            (Slot::MarkdownHeading, _) => format!("# {fragment}"),
            (_, Kind::Title | Kind::Heading) => format!("{fragment}\n---"),
            (_, Kind::Quotation) => format!("> {fragment}"),
            (_, Kind::ListItem) => format!("- {fragment}"),
            _ => fragment.clone(),
        };
        let needed = blocks::needed(fragment, self.definitions);
        if !needed.is_empty() {
            text.push_str("\n\n");
            text.push_str(&needed);
        }
        let parsed = blocks::read(&text, Reading::Fragment);
        // What the definitions hold stands last.
        let Some(first) = parsed.found.first() else { return false };
        let of_definitions = needed.matches("\n[^").count();
        let place = match slot {
            Slot::MarkdownCell => first.kind == Kind::TableCell,
            Slot::MarkdownHeading => matches!(first.kind, Kind::Title | Kind::Heading),
            _ => match kind {
                Kind::Title | Kind::Heading => matches!(first.kind, Kind::Title | Kind::Heading),
                Kind::Quotation | Kind::ListItem => {
                    first.kind == *kind || first.kind == Kind::Caption
                }
                _ => matches!(first.kind, Kind::Paragraph | Kind::Caption),
            },
        };
        place
            && parsed.found.len() == 1 + of_definitions
            && shape(&self::bits(&first.source, &first.marks), &first.marks)
                == shape(bits, &self.paragraph.marks)
    }
}

impl Draft {
    fn push(&mut self, written: &str) {
        self.text.push_str(written);
        self.alone.push_str(written);
    }

    fn push_mark(&mut self, kind: MarkKind, bytes: &str) {
        self.text.push_str(bytes);
        self.alone.push_str(&uncontained(kind, bytes));
    }
}

/// The bytes of a mark without what belongs to the container of its second line.
fn uncontained(kind: MarkKind, bytes: &str) -> String {
    let mut lines = bytes.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        if kind != MarkKind::Break {
            out.push_str(line.trim_start_matches([' ', '\t', '>']));
        }
    }
    out
}

fn starred(run: &str, manner: Manner<'_>) -> String {
    if manner.stars { run.replace('_', "*") } else { run.to_owned() }
}

fn bracketed(address: &str, brackets: bool) -> String {
    if brackets && !address.starts_with('<') { format!("<{address}>") } else { address.to_owned() }
}

/// What bits say, for comparison: numbers and the ways to write the same mark do not count.
fn shape(bits: &[Bit<'_>], marks: &[Mark]) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::with_capacity(bits.len());
    for bit in bits {
        let shape = match bit {
            Bit::Text(text) => {
                if let Some(Shape::Text(before)) = shapes.last_mut() {
                    before.push_str(text);
                    continue;
                }
                Shape::Text(text.clone())
            }
            Bit::Address(address) => Shape::Address(address.clone()),
            Bit::Kept(_, Mark::Kept { kind: MarkKind::Address, bytes }) => {
                Shape::Address(bytes.trim_matches(['<', '>']).to_owned())
            }
            Bit::Kept(_, Mark::Kept { kind, bytes }) => {
                Shape::Kept(*kind, uncontained(*kind, bytes))
            }
            Bit::Kept(..) => continue,
            Bit::Open(n) => match n.checked_sub(1).and_then(|i| marks.get(i)) {
                Some(Mark::Span { kind, open, close }) => match kind {
                    MarkKind::Emphasis | MarkKind::Strong | MarkKind::Strike => {
                        Shape::Open(*kind, String::new(), String::new())
                    }
                    _ => Shape::Open(*kind, uncontained(*kind, open), uncontained(*kind, close)),
                },
                _ => continue,
            },
            Bit::Close(_) => Shape::Close,
        };
        shapes.push(shape);
    }
    shapes
}

#[derive(Debug, PartialEq, Eq)]
enum Shape {
    Text(String),
    Address(String),
    Open(MarkKind, String, String),
    Close,
    Kept(MarkKind, String),
}
