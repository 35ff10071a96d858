//! A text cut into sentences, each with its size in a measure that both languages share.
//!
//! The measure is what the same content takes in Chinese characters: a Han character is 1, a word of
//! Latin letters 1.7, a figure 1.2. On 3,581 human translations the target's size over the source's
//! is 0.93 on average into Chinese and 1.17 into English, and from 80 on 95 of 100 lie within 25 %
//! of that.

use std::ops::Range;

use crate::language::{is_han, is_latin};

/// A sentence of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sentence {
    /// Where it stands, in Unicode scalar values.
    pub(super) at: Range<usize>,
    /// Its size.
    pub(super) size: f64,
    /// Its words of Latin letters in small letters, and its figures without grouping commas.
    pub(super) anchors: Vec<String>,
}

/// What a word of Latin letters takes.
const WORD: f64 = 1.7;
/// What a figure takes.
const FIGURE: f64 = 1.2;

/// The size of a text without what stands in `kept`: the sum of its sentences, for less.
pub(crate) fn size(text: &str, kept: &[Range<usize>]) -> f64 {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum In {
        Nothing,
        Word,
        Figure,
    }
    let mut kept = kept.iter().peekable();
    let (mut han, mut words, mut figures) = (0_u32, 0_u32, 0_u32);
    let mut inside = In::Nothing;
    for (i, c) in text.chars().enumerate() {
        while kept.next_if(|range| range.end <= i).is_some() {}
        let is_kept = kept.peek().is_some_and(|range| range.start <= i);
        inside = match inside {
            _ if is_kept => In::Nothing,
            In::Word if matches!(c, '\'' | '’') => In::Word,
            In::Figure if matches!(c, ',' | '.') => In::Figure,
            _ if c.is_ascii_digit() => {
                figures += u32::from(inside == In::Nothing);
                if inside == In::Word { In::Word } else { In::Figure }
            }
            _ if is_latin(c) => {
                words += u32::from(inside != In::Word);
                In::Word
            }
            _ => {
                han += u32::from(is_han(c));
                In::Nothing
            }
        };
    }
    f64::from(han) + f64::from(words) * WORD + f64::from(figures) * FIGURE
}

/// The sentences of a text. What stands in `kept` (code, addresses) has no size and ends nothing.
pub(super) fn sentences(text: &str, kept: &[Range<usize>]) -> Vec<Sentence> {
    let mut cutter = Cutter::default();
    let mut kept = kept.iter().peekable();
    let mut chars = text.chars().enumerate().peekable();
    while let Some((i, c)) = chars.next() {
        while kept.next_if(|range| range.end <= i).is_some() {}
        if kept.peek().is_some_and(|range| range.start <= i) {
            cutter.take(i, '\u{FFFC}');
            continue;
        }
        let next = chars.peek().map(|&(_, c)| c);
        cutter.take(i, c);
        if cutter.ends_sentence(c, next) {
            cutter.cut(i + 1);
        }
    }
    cutter.cut(text.chars().count());
    cutter.done
}

/// Where each sentence of a text begins, in Unicode scalar values.
pub(crate) fn starts(text: &str, kept: &[Range<usize>]) -> Vec<usize> {
    sentences(text, kept).into_iter().map(|sentence| sentence.at.start).collect()
}

#[derive(Default)]
struct Cutter {
    done: Vec<Sentence>,
    start: Option<usize>,
    size: f64,
    found: Vec<String>,
    word: String,
    /// Whether a full stop, or its like, was passed and only closing marks since.
    ending: bool,
}

impl Cutter {
    fn take(&mut self, i: usize, c: char) {
        let goes_on = match self.word.chars().next_back() {
            None => false,
            Some(last) if last.is_ascii_digit() => c.is_ascii_digit() || matches!(c, ',' | '.'),
            Some(',' | '.') => c.is_ascii_digit(),
            Some(_) => is_latin(c) || matches!(c, '\'' | '’'),
        };
        // A full stop is judged by the word before it.
        if !goes_on && c != '.' {
            self.end_word();
        }
        if goes_on || is_latin(c) || c.is_ascii_digit() {
            self.word.push(c);
        } else if is_han(c) {
            self.size += 1.0;
        }
        if !c.is_whitespace() {
            self.start.get_or_insert(i);
        }
    }

    fn end_word(&mut self) {
        let Some(first) = self.word.chars().next() else { return };
        let figure = first.is_ascii_digit();
        self.size += if figure { FIGURE } else { WORD };
        let mut word = self.word.to_lowercase();
        word.retain(|c| c != ',');
        let word = word.trim_end_matches('.');
        if figure || word.chars().count() > 1 {
            self.found.push(word.to_owned());
        }
        self.word.clear();
    }

    /// Whether the sentence ends behind `c`, with `next` after it.
    fn ends_sentence(&mut self, c: char, next: Option<char>) -> bool {
        let stop = match c {
            '。' | '！' | '？' | '!' | '?' | '；' | '\n' => true,
            '.' => self.is_full_stop(next),
            _ => self.ending && is_closing(c),
        };
        self.ending = stop;
        stop && !next.is_some_and(|c| is_closing(c) || "。！？!?".contains(c))
    }

    fn is_full_stop(&self, next: Option<char>) -> bool {
        const ABBREVIATED: [&str; 16] = [
            "mr", "mrs", "ms", "dr", "prof", "st", "no", "vs", "inc", "ltd", "co", "corp", "gen",
            "sen", "rep", "fig",
        ];
        if !next.is_none_or(|c| c.is_whitespace() || is_closing(c)) {
            return false;
        }
        let word = self.word.trim_end_matches('.');
        if word.is_empty() {
            return !self.done.is_empty() || self.start.is_some();
        }
        let letters = word.chars().count();
        let initial = letters == 1 && word.starts_with(char::is_uppercase);
        !initial && !ABBREVIATED.iter().any(|known| word.eq_ignore_ascii_case(known))
    }

    fn cut(&mut self, end: usize) {
        self.end_word();
        self.ending = false;
        let Some(start) = self.start.take() else { return };
        let size = std::mem::take(&mut self.size);
        let anchors = std::mem::take(&mut self.found);
        match self.done.last_mut() {
            // A piece without words belongs to the sentence before it.
            Some(last) if size == 0.0 => last.at.end = end,
            _ => self.done.push(Sentence { at: start..end, size, anchors }),
        }
    }
}

fn is_closing(c: char) -> bool {
    matches!(c, '”' | '’' | '"' | '\'' | ')' | '）' | '」' | '』' | '》' | ']' | '】')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        sentences(text, &[])
            .iter()
            .map(|sentence| {
                text.chars().skip(sentence.at.start).take(sentence.at.len()).collect::<String>()
            })
            .collect()
    }

    #[test]
    fn sentences_end_where_readers_pause() {
        assert_eq!(
            cut("天晴了。他说：“走吧！”然后走了"),
            ["天晴了。", "他说：“走吧！”", "然后走了"]
        );
        assert_eq!(
            cut("Mr. J. Doe of Acme Inc. left. “Why?” he asked. It cost 3.5 million."),
            ["Mr. J. Doe of Acme Inc. left.", "“Why?”", "he asked.", "It cost 3.5 million."]
        );
        assert_eq!(cut(""), [""; 0]);
    }

    #[test]
    fn sizes_compare_across_languages() {
        let check = |text: &str, kept: &[Range<usize>], expected: f64| {
            assert!((size(text, kept) - expected).abs() < 1e-9, "{text}");
            let sum: f64 = sentences(text, kept).iter().map(|sentence| sentence.size).sum();
            assert!((sum - expected).abs() < 1e-9, "{text}: {sum}");
        };
        check("Two ships came in 2019.", &[], 4.0 * WORD + FIGURE);
        check("It’s 1,200.50 km", &[], 2.0 * WORD + FIGURE);
        check("2019年来了两艘船", &[], 6.0 + FIGURE);
        check("运行 rm 即可", std::slice::from_ref(&(3..5)), 4.0);
    }

    #[test]
    fn anchors_are_figures_and_names() {
        let found = sentences("GPU sales rose to 1,200 at Acme.", &[]);
        assert_eq!(found[0].anchors, ["gpu", "sales", "rose", "to", "1200", "at", "acme"]);
    }
}
