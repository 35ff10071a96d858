//! A third language in the translation: letters of another script, or a sentence in another
//! language of Latin letters.
//!
//! Models slip into Japanese, Korean or Russian for a word, and into Spanish or French for a
//! sentence. What the source has as well is right. Two letters in a row are asked for, so that α, β
//! and the ん of a menu pass. A Latin sentence counts by its function words: four of one language,
//! and more than twice as many as English ones; in English targets only, since in Chinese ones
//! [`super::untranslated`] sees any Latin sentence. Where no English one stands in a sentence of
//! eight words and more, two will do beside words with accents.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): none
//! flagged. Blind spots: single words of Latin letters, Chinese words in a Japanese order.

use std::ops::Range;

use super::{Check, Finding, Severity, Subject};
use crate::language::{Language, is_han, is_latin};

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Foreign;

impl Check for Foreign {
    fn name(&self) -> &'static str {
        "foreign"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let kept = subject.target_marked.kept(subject.marks);
        let mut found: Vec<(Range<usize>, &str, &str)> = Vec::new();
        if !subject.target.is_ascii() {
            found.extend(scripts(subject.target, subject.source));
        }
        if subject.to.language() == Language::English {
            found.extend(tongues(subject.target, subject.source));
        }
        found
            .retain(|(at, ..)| !kept.iter().any(|kept| kept.start < at.end && at.start < kept.end));
        found
            .into_iter()
            .map(|(at, en, zh)| {
                let words: String = subject.target.chars().skip(at.start).take(at.len()).collect();
                let en = format!("“{words}” is {en}, which the source has none of");
                let zh = format!("“{words}”是{zh}，原文没有");
                Finding::new(self, Severity::Error, en, zh).in_target(&at)
            })
            .collect()
    }
}

/// A script neither of our languages is written in: its names.
fn script(c: char) -> Option<(&'static str, &'static str)> {
    Some(match c {
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{FF66}'..='\u{FF9D}' => {
            ("Japanese", "日文")
        }
        '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '\u{AC00}'..='\u{D7A3}' => {
            ("Korean", "韩文")
        }
        '\u{0400}'..='\u{052F}' => ("Cyrillic", "西里尔字母"),
        '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}' => ("Greek", "希腊文"),
        '\u{0590}'..='\u{05FF}' => ("Hebrew", "希伯来文"),
        '\u{0600}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' => ("Arabic", "阿拉伯文"),
        '\u{0900}'..='\u{0DFF}' => ("an Indian script", "印度文字"),
        '\u{0E00}'..='\u{0E7F}' => ("Thai", "泰文"),
        _ => return None,
    })
}

type Found = (Range<usize>, &'static str, &'static str);

fn scripts(target: &str, source: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (i, c) in target.chars().enumerate() {
        let Some((en, zh)) = script(c) else { continue };
        match found.last_mut() {
            Some((at, last, _)) if at.end == i && *last == en => at.end = i + 1,
            _ => found.push((i..i + 1, en, zh)),
        }
    }
    found.retain(|(at, en, _)| {
        let in_source = || source.chars().filter_map(script).any(|(name, _)| name == *en);
        at.len() >= 2 && !in_source()
    });
    found
}

const ENGLISH: [&str; 16] = [
    "the", "of", "and", "to", "in", "is", "a", "for", "that", "with", "was", "are", "by", "as",
    "from", "his",
];

/// Languages of Latin letters: their names and some of their commonest words, none of them English.
const TONGUES: [(&str, &str, [&str; 12]); 6] = [
    (
        "Spanish",
        "西班牙文",
        ["de", "la", "que", "el", "los", "las", "por", "una", "para", "del", "con", "se"],
    ),
    (
        "French",
        "法文",
        ["le", "la", "les", "des", "et", "une", "dans", "que", "est", "sur", "du", "pour"],
    ),
    (
        "German",
        "德文",
        ["der", "die", "und", "das", "ist", "nicht", "mit", "von", "ein", "eine", "auf", "den"],
    ),
    (
        "Italian",
        "意大利文",
        ["di", "che", "il", "la", "per", "una", "del", "della", "con", "sono", "le", "gli"],
    ),
    (
        "Portuguese",
        "葡萄牙文",
        ["de", "que", "os", "uma", "para", "com", "não", "da", "do", "em", "por", "na"],
    ),
    (
        "Vietnamese",
        "越南文",
        ["của", "và", "là", "các", "không", "một", "được", "cho", "trong", "người", "những", "đã"],
    ),
];

fn tongues(target: &str, source: &str) -> Vec<Found> {
    // None of these languages does without this many words that English lacks.
    const FEWEST: usize = 4;
    let mut found = Vec::new();
    let mut start = 0;
    for sentence in target.split_inclusive(['.', '!', '?', '\n']) {
        let length = sentence.chars().count();
        if sentence.contains(" the ") || sentence.contains(" of ") {
            start += length;
            continue;
        }
        let words: Vec<String> = sentence
            .split(|c: char| !is_latin(c) && c != '\'' && c != '’')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let count = |of: &[&str]| words.iter().filter(|word| of.contains(&word.as_str())).count();
        let english = count(&ENGLISH);
        // `a` is a word of several.
        let plain = english > count(&["a"]) || words.len() < 8;
        let accents = words.iter().filter(|word| !plain && !word.is_ascii()).count();
        let best = TONGUES.iter().map(|(en, zh, of)| (count(of), *en, *zh)).max();
        if let Some((hits, en, zh)) = best
            && (hits >= FEWEST || hits >= 2 && hits + accents >= FEWEST)
            && hits > english * 2
            && hits * 6 >= words.len()
            && !source.contains(sentence.trim())
        {
            let blank = sentence.chars().take_while(|c| c.is_whitespace()).count();
            found.push((start + blank..start + length, en, zh));
        }
        start += length;
    }
    found
}

/// Whether a text has a letter of a third script in it: ours are Han and Latin.
pub(super) fn is_third(c: char) -> bool {
    c.is_alphabetic() && !is_han(c) && !is_latin(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::found;
    use crate::language::{Target, Variant};

    fn check(to: Target, source: &str, target: &str, flagged: &[&str]) {
        let findings = found(&Foreign, source, target, to, &[]);
        assert_eq!(findings.len(), flagged.len(), "{target}: {findings:?}");
        for (finding, name) in findings.iter().zip(flagged) {
            assert!(finding.message.en.contains(name), "{finding:?}");
        }
    }

    #[test]
    fn another_script_is_found_unless_the_source_has_it() {
        let zh = Target::Chinese(Variant::Hans);
        check(zh, "The harbour is closed.", "港口は閉鎖されています。", &["Japanese"]);
        check(zh, "The harbour is closed.", "港口закрыт了。", &["Cyrillic"]);
        check(zh, "The harbour (порт) is closed.", "港口（порт）关闭。", &[]);
        check(zh, "An alpha of 0.05", "α为0.05", &[]);
        check(Target::English, "港口关闭。", "The 항구 is closed.", &["Korean"]);
    }

    #[test]
    fn another_tongue_is_found() {
        let source = "港口因风暴而关闭，直到下周。";
        let en = Target::English;
        check(en, source, "El puerto de la ciudad se cierra por la tormenta.", &["Spanish"]);
        check(
            en,
            source,
            "Der Hafen ist geschlossen und das Boot liegt auf der Werft.",
            &["German"],
        );
        check(
            en,
            source,
            "Le ministre a parlé lundi à la presse dans son bureau et il était très clair.",
            &["French"],
        );
        check(en, source, "The café à la carte is where José María Núñez was married.", &[]);
        check(en, source, "The port of Las Palmas de la Cruz is closed for a week.", &[]);
    }
}
