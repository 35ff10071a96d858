//! Emphasis beside Chinese. `他说**“重要”**的事` is not bold in CommonMark: a run of `*` that stands
//! between a letter and punctuation opens or closes only on the letter's side. So punctuation moves
//! out of the span, where nobody misses the bold.

use super::render::Bit;
use crate::paragraph::{Mark, MarkKind};

/// Where the markup of one span stands in what was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// The number of the mark.
    pub(super) number: usize,
    /// The bytes of the opening run.
    pub(super) open: (usize, usize),
    /// The bytes of the closing run.
    pub(super) close: (usize, usize),
}

/// Which ends of a span's markup are not read as markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failing {
    /// The number of the mark.
    pub(super) number: usize,
    open: bool,
    close: bool,
}

/// Whether the mark is written with a run of `*`, `_` or `~`.
pub(super) fn is_run(mark: &Mark) -> bool {
    matches!(mark, Mark::Span {
        kind: MarkKind::Emphasis | MarkKind::Strong | MarkKind::Strike,
        open,
        ..
    } if open.bytes().all(|b| matches!(b, b'*' | b'_' | b'~')))
}

/// The spans whose markup would not be read as such, the inner ones first.
pub(super) fn failing(text: &str, spans: &[Written]) -> Vec<Failing> {
    spans
        .iter()
        .filter_map(|&Written { number, open, close }| {
            let failing = Failing {
                number,
                open: !flanks(neighbours(text, open)),
                close: {
                    let (before, after) = neighbours(text, close);
                    !flanks((after, before))
                },
            };
            (failing.open || failing.close).then_some(failing)
        })
        .collect()
}

/// The characters before and after a run; runs that touch are one.
fn neighbours(text: &str, run: (usize, usize)) -> (Option<char>, Option<char>) {
    let of_run = text[run.0..run.1].chars().next().unwrap_or('*');
    (
        text[..run.0].trim_end_matches(of_run).chars().next_back(),
        text[run.1..].trim_start_matches(of_run).chars().next(),
    )
}

/// Whether a run between `outside` and `inside` is flanking on the inside.
fn flanks((outside, inside): (Option<char>, Option<char>)) -> bool {
    let Some(inside) = inside.filter(|c| !c.is_whitespace()) else { return false };
    !is_punctuation(inside) || outside.is_none_or(|c| c.is_whitespace() || is_punctuation(c))
}

/// What CommonMark takes for punctuation, nearly: symbols and punctuation of Unicode.
fn is_punctuation(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_punctuation() } else { !c.is_alphanumeric() && !c.is_whitespace() }
}

/// The same text with the punctuation at the failing ends moved out of the spans.
pub(super) fn with_punctuation_outside<'a>(bits: &[Bit<'a>], failing: &[Failing]) -> Vec<Bit<'a>> {
    let mut bits = bits.to_vec();
    for &Failing { number, open, close } in failing {
        let Some(begin) = bits.iter().position(|bit| *bit == Bit::Open(number)) else { continue };
        let Some(end) = bits.iter().position(|bit| *bit == Bit::Close(number)) else { continue };
        let text = |at: usize| match bits.get(at) {
            Some(Bit::Text(text)) if begin < at && at < end => text.clone(),
            _ => String::new(),
        };
        let (first, last) = (text(begin + 1), text(end.saturating_sub(1)));
        let is_outside = |c: char| c.is_whitespace() || is_punctuation(c);
        let only = begin + 2 == end;
        if only && first.chars().all(is_outside) {
            continue;
        }
        let pair = is_pair(first.chars().next(), last.chars().next_back());
        let head =
            if open || pair { first.len() - first.trim_start_matches(is_outside).len() } else { 0 };
        let tail =
            if close || pair { last.len() - last.trim_end_matches(is_outside).len() } else { 0 };
        let tail_text = last[last.len() - tail..].to_owned();
        let head_text = first[..head].to_owned();
        // From the back, so that the places before stay.
        if tail > 0 {
            if let Some(Bit::Text(text)) = bits.get_mut(end - 1) {
                text.truncate(text.len() - tail);
            }
            bits.insert(end + 1, Bit::Text(tail_text));
        }
        if head > 0 {
            if let Some(Bit::Text(text)) = bits.get_mut(begin + 1) {
                text.drain(..head);
            }
            bits.insert(begin, Bit::Text(head_text));
        }
    }
    bits
}

/// Whether a text between these characters is in quotation marks or brackets.
fn is_pair(first: Option<char>, last: Option<char>) -> bool {
    const PAIRS: [(char, char); 14] = [
        ('“', '”'),
        ('‘', '’'),
        ('「', '」'),
        ('『', '』'),
        ('《', '》'),
        ('〈', '〉'),
        ('（', '）'),
        ('【', '】'),
        ('〔', '〕'),
        ('［', '］'),
        ('"', '"'),
        ('\'', '\''),
        ('(', ')'),
        ('[', ']'),
    ];
    first.zip(last).is_some_and(|pair| PAIRS.contains(&pair))
}
