//! Words of the source language left over in the translation, sentence by sentence.
//!
//! In Chinese: a run of English of four words and more, three of them in small letters, that does
//! not stand in brackets or quotation marks beside its translation; and a whole sentence of two
//! words and more, one of them a verb's or pronoun's small word no name has, that the source has as
//! well. Names, brands, units and code are in capitals, too short or kept. In English: two Han
//! characters and more outside brackets and quotation marks.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): none
//! flagged. Blind spots: one to three English words inside a Chinese sentence (the term check sees
//! those that are terms), long originals in quotation marks.

use std::ops::Range;

use super::code::is_code;
use super::{Check, Finding, Severity, Subject};
use crate::language::{Language, is_han, is_latin};

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Untranslated;

impl Check for Untranslated {
    fn name(&self) -> &'static str {
        "untranslated"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        if has_none(subject) {
            return Vec::new();
        }
        let text: Vec<char> = subject.target.chars().collect();
        let aside = asides(&text, subject);
        let left = match subject.to.language() {
            Language::Chinese => {
                let mut left = english_left(&text, &aside);
                if left.is_empty() {
                    left = sentences_left(subject, &aside);
                }
                left
            }
            Language::English => chinese_left(&text, &aside),
        };
        if !left.is_empty() && subject.source == subject.target && is_code(subject.source) {
            return Vec::new();
        }
        left.into_iter()
            .map(|at| {
                let words = excerpt(&text, &at);
                let en = format!("“{words}” is left untranslated");
                let zh = format!("“{words}”没有翻译");
                Finding::new(self, Severity::Error, en, zh).in_target(&at)
            })
            .collect()
    }
}

/// Whether there is nothing of the source language at all: a look that most paragraphs end with.
fn has_none(subject: &Subject<'_>) -> bool {
    // The shortest sentence of two words: "I do".
    const FEWEST: usize = 3;
    match subject.to.language() {
        Language::Chinese => {
            let letters = subject.target.chars().filter(|&c| is_latin(c));
            letters.take(FEWEST).count() < FEWEST
        }
        Language::English => !subject.target.chars().any(is_han),
    }
}

fn excerpt(text: &[char], at: &Range<usize>) -> String {
    const LONGEST: usize = 60;
    let mut words: String = text.iter().skip(at.start).take(at.len().min(LONGEST)).collect();
    if at.len() > LONGEST {
        words.push('…');
    }
    words
}

/// With fewer letters around them, brackets and quotation marks hold all there is.
const SOME_LETTERS: usize = 4;

/// Which characters are not looked at: kept things, and what stands in brackets or quotation marks,
/// unless the whole text does.
fn asides(text: &[char], subject: &Subject<'_>) -> Vec<bool> {
    let mut aside = vec![false; text.len()];
    // How many letters stand before each character.
    let mut before = vec![0];
    before.extend(text.iter().scan(0usize, |letters, c| {
        *letters += usize::from(c.is_alphabetic());
        Some(*letters)
    }));
    let mut depth: Vec<(char, usize)> = Vec::new();
    for (i, &c) in text.iter().enumerate() {
        let close = match c {
            '(' => Some(')'),
            '（' => Some('）'),
            '[' => Some(']'),
            '【' => Some('】'),
            '“' => Some('”'),
            '‘' => Some('’'),
            '「' => Some('」'),
            '『' => Some('』'),
            '《' => Some('》'),
            '〈' => Some('〉'),
            '"' if depth.last().is_none_or(|(close, _)| *close != '"') => Some('"'),
            _ => None,
        };
        if let Some(close) = close {
            // Deeper nesting is no prose, and must not cost more than its length.
            if depth.len() < 8 {
                depth.push((close, i));
            }
        } else if let Some(level) = depth.iter().rposition(|(close, _)| *close == c) {
            let from = depth[level].1;
            depth.truncate(level);
            let letters = |upto: usize| before.get(upto).copied().unwrap_or_default();
            let inside = letters(i) - letters(from);
            if letters(text.len()) - inside >= SOME_LETTERS {
                aside[from..=i].fill(true);
            }
        }
    }
    for kept in subject.target_marked.kept(subject.marks) {
        aside.iter_mut().skip(kept.start).take(kept.len()).for_each(|aside| *aside = true);
    }
    aside
}

/// Runs of English in a Chinese text.
fn english_left(text: &[char], aside: &[bool]) -> Vec<Range<usize>> {
    let mut left = Vec::new();
    let mut run = Run::default();
    let mut word: Option<(usize, bool)> = None;
    for i in 0..=text.len() {
        let c = text.get(i).copied().filter(|_| !aside.get(i).copied().unwrap_or(true));
        let in_word = c.is_some_and(|c| {
            is_latin(c)
                || (word.is_some()
                    && matches!(c, '\'' | '’' | '-' | '.' | '/' | '_' | '@' | ':')
                    && text.get(i + 1).is_some_and(|&c| is_latin(c) || c == '/'))
        });
        match (word, in_word, c) {
            (None, true, Some(c)) => word = Some((i, c.is_lowercase())),
            (Some(_), true, _) => {}
            (Some((start, small)), false, _) => {
                let plain =
                    text[start..i].iter().all(|&c| is_latin(c) || matches!(c, '\'' | '’' | '-'));
                run.take(start..i, small && plain && i - start > 1);
                word = None;
            }
            (None, ..) => {}
        }
        // Chinese, the end, a full stop or an aside ends a run; blanks, commas and figures do not.
        let goes_on =
            c.is_some_and(|c| in_word || (c.is_ascii() && !matches!(c, '\n' | '!' | '?')));
        if !goes_on {
            left.extend(run.end());
        }
    }
    left
}

/// Whole sentences of the source that stand in the target as they were.
fn sentences_left(subject: &Subject<'_>, aside: &[bool]) -> Vec<Range<usize>> {
    const NO_NAMES: [&str; 24] = [
        "is", "are", "was", "were", "has", "have", "had", "will", "would", "can", "could", "did",
        "does", "not", "he", "she", "they", "we", "you", "it", "this", "that", "there", "nobody",
    ];
    let mut left = Vec::new();
    let mut start = 0;
    let ends = |c: char| matches!(c, '。' | '！' | '？' | '.' | '!' | '?' | '\n');
    for sentence in subject.target.split_inclusive(ends) {
        let length = sentence.chars().count();
        let at = start..start + length;
        start = at.end;
        if sentence.contains(['/', '@']) || sentence.chars().any(is_han) {
            continue;
        }
        let words = || sentence.split(|c: char| !is_latin(c)).filter(|word| !word.is_empty());
        let plain = words().any(|word| NO_NAMES.iter().any(|no| word.eq_ignore_ascii_case(no)));
        let bare = sentence.trim_matches(|c: char| !c.is_alphanumeric());
        if plain && words().count() >= 2 && subject.source.contains(bare) {
            let blank = sentence.chars().take_while(|c| c.is_whitespace()).count();
            let at = at.start + blank..at.end;
            if !aside.get(at.clone()).is_some_and(|aside| aside.contains(&true)) {
                left.push(at);
            }
        }
    }
    left
}

/// A run of Latin words.
#[derive(Default)]
struct Run {
    at: Option<Range<usize>>,
    words: usize,
    small: usize,
}

impl Run {
    fn take(&mut self, word: Range<usize>, small: bool) {
        let start = self.at.as_ref().map_or(word.start, |at| at.start);
        self.at = Some(start..word.end);
        self.words += 1;
        self.small += usize::from(small);
    }

    fn end(&mut self) -> Option<Range<usize>> {
        let Self { at, words, small } = std::mem::take(self);
        at.filter(|_| words >= 4 && small >= 3)
    }
}

/// Runs of Chinese in an English text; what is parted by punctuation alone is one.
fn chinese_left(text: &[char], aside: &[bool]) -> Vec<Range<usize>> {
    let mut left = Vec::new();
    let mut run: Option<(Range<usize>, usize)> = None;
    for (i, &c) in text.iter().enumerate() {
        let aside = aside.get(i).copied().unwrap_or_default();
        if is_han(c) && !aside {
            let (at, count) = run.take().unwrap_or((i..i, 0));
            run = Some((at.start..i + 1, count + 1));
        } else if aside || is_latin(c) {
            left.extend(run.take());
        }
    }
    left.extend(run);
    left.into_iter().filter(|(_, count)| *count >= 2).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::found;
    use crate::language::{Target, Variant};

    /// The words said to be left over.
    fn check(to: Target, target: &str, left: &[&str]) {
        let findings = found(&Untranslated, "source", target, to, &[]);
        let plain = target.replace("<9/>", "`let the old code be`");
        let words: Vec<String> = findings
            .iter()
            .map(|finding| {
                let at = finding.target_at.unwrap();
                plain.chars().skip(at.0).take(at.1 - at.0).collect()
            })
            .collect();
        assert_eq!(words, left, "{target}");
    }

    #[test]
    fn english_left_in_chinese() {
        let zh = |target, left: &[&str]| check(Target::Chinese(Variant::Hans), target, left);
        zh(
            "他说。The market has been falling for days.市场",
            &["The market has been falling for days"],
        );
        zh("The sky is blue over the town.", &["The sky is blue over the town"]);
        let findings = found(
            &Untranslated,
            "Nobody waved. The ship left.",
            "Nobody waved. 船开走了。",
            Target::Chinese(Variant::Hans),
            &[],
        );
        assert_eq!(findings.len(), 1);
        zh("由 OpenAI 的 GPT-4 和 Google DeepMind 开发", &[]);
        zh(
            "他读了《The Art of the Deal and more of it》，很喜欢这本书，也喜欢别的书和许多杂志",
            &[],
        );
        zh(
            "这叫大语言模型（a large language model of text），如今已经十分常见，几乎人人都在使用它",
            &[],
        );
        zh("运行<9/>即可", &[]);
        zh("见 https://example.org/the/old/code/of/it 一文", &[]);
    }

    #[test]
    fn chinese_left_in_english() {
        let en = |target, left: &[&str]| check(Target::English, target, left);
        en("He said 市场一直在跌，跌了几天。 Nobody knew.", &["市场一直在跌，跌了几天"]);
        en("Xi’an (西安) is an old city in the west", &[]);
        en("The character “福” is hung upside down", &[]);
        en("A 字 alone", &[]);
    }
}
