//! The names of an article that no term base holds: what recurs and has to be rendered alike.
//!
//! By rules, without a model. In English: runs of capitalised words that stand inside a sentence at
//! least once; headings do not count, since they capitalise everything. In Chinese: transliterated
//! names (乔治·米勒), titles in 《》, and Latin names. A name counts if two paragraphs hold it. What
//! is not seen: Chinese personal names, which nothing sets apart, and names in small letters.
//!
//! Names are hints to a model, with their renderings where those are settled, and the ground of a
//! warning ([`crate::check::names`]), never a condition of recall.

use std::collections::BTreeMap;

use crate::language::{Language, is_han, is_latin};
use crate::paragraph::{Class, Kind};
use crate::rule::dates::{MONTHS, WEEKDAYS};

/// A name, and which paragraphs hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// As it stands in the text.
    pub text: String,
    /// The indices of the paragraphs that hold it, ascending; at least two.
    pub paragraphs: Vec<usize>,
}

/// The names that recur in an article: its paragraphs without marks, in order. The most frequent
/// first.
pub fn recurring<'a>(
    paragraphs: impl IntoIterator<Item = (Kind, &'a str)>,
    language: Language,
) -> Vec<Name> {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for (i, (kind, text)) in paragraphs.into_iter().enumerate() {
        let found = match language {
            Language::English if kind.class() == Class::Heading => Vec::new(),
            Language::English => english(text),
            Language::Chinese => chinese(text),
        };
        for (name, inside) in found {
            let seen = seen.entry(name).or_default();
            seen.inside |= inside == Stands::Inside;
            if seen.paragraphs.last() != Some(&i) {
                seen.paragraphs.push(i);
            }
        }
    }
    let names = seen.into_iter().filter(|(_, seen)| seen.inside && seen.paragraphs.len() >= 2);
    let mut names: Vec<Name> =
        names.map(|(text, seen)| Name { text, paragraphs: seen.paragraphs }).collect();
    // In the order of the alphabet a name comes right before those that begin with it.
    let parts: Vec<bool> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let longer = names[i + 1..].iter().take_while(|it| it.text.starts_with(&name.text));
            longer.into_iter().any(|longer| longer.paragraphs == name.paragraphs)
        })
        .collect();
    let mut parts = parts.into_iter();
    names.retain(|_| parts.next() != Some(true));
    names.sort_by_key(|name| std::cmp::Reverse(name.paragraphs.len()));
    names
}

#[derive(Default)]
struct Seen {
    paragraphs: Vec<usize>,
    inside: bool,
}

/// Whether a capital may be that of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    AtStart,
    Inside,
}

/// Words that are capitalised and no part of a name.
const NO_NAMES: [&str; 57] = [
    "A", "An", "The", "I", "He", "She", "It", "We", "You", "They", "His", "Her", "Its", "Our",
    "Their", "My", "Your", "This", "That", "These", "Those", "There", "Here", "And", "But", "Or",
    "So", "If", "As", "At", "By", "In", "On", "Of", "To", "For", "From", "With", "Without",
    "After", "Before", "When", "While", "What", "Who", "Why", "How", "Where", "Not", "No", "Yes",
    "Mr", "Mrs", "Ms", "Dr", "Now", "Then",
];

fn english(text: &str) -> Vec<(String, Stands)> {
    let mut found = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut stands = Stands::AtStart;
    let mut start = true;
    for piece in text.split_whitespace() {
        let word = piece.trim_matches(|c: char| !c.is_alphanumeric());
        let bare = word.strip_suffix("’s").or_else(|| word.strip_suffix("'s")).unwrap_or(word);
        let opens = piece.starts_with(|c: char| !c.is_alphanumeric());
        let capital = bare.starts_with(char::is_uppercase)
            && bare.chars().all(|c| is_latin(c) || c.is_ascii_digit() || "-.’'&".contains(c))
            && bare.chars().count() > 1
            && ![&NO_NAMES[..], &MONTHS, &WEEKDAYS].iter().any(|list| list.contains(&bare));
        if opens || !capital {
            end(&mut run, stands, &mut found);
        }
        if capital {
            if run.is_empty() {
                stands = if start || opens { Stands::AtStart } else { Stands::Inside };
            }
            run.push(bare);
        }
        start = piece.ends_with(['.', '!', '?', ':', '”', '"']);
        // A possessive, or any mark, ends a name.
        if bare.len() != word.len() || piece.ends_with(|c: char| !c.is_alphanumeric()) {
            end(&mut run, stands, &mut found);
        }
    }
    end(&mut run, stands, &mut found);
    found
}

fn end(run: &mut Vec<&str>, stands: Stands, found: &mut Vec<(String, Stands)>) {
    if let [_, rest @ ..] = run.as_slice() {
        found.push((run.join(" "), stands));
        // The first word may have its capital from the sentence: "Today Anna Lindqvist".
        if stands == Stands::AtStart && !rest.is_empty() {
            found.push((rest.join(" "), stands));
        }
        run.clear();
    }
}

/// Characters of a surname after its dot.
const LONGEST: usize = 6;

fn chinese(text: &str) -> Vec<(String, Stands)> {
    let mut found = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let dot = |c: char| matches!(c, '·' | '・' | '‧' | '•');
    for (i, _) in chars.iter().enumerate().filter(|&(_, &c)| dot(c)) {
        // Where such a name begins and ends, nothing tells: of the characters after the dot, as
        // many are its own as recur.
        let after = chars[i + 1..].iter().take(LONGEST).take_while(|&&c| is_han(c)).count();
        if i > 0 && is_han(chars[i - 1]) {
            let ends = (2..=after).map(|length| i + 1 + length);
            found.extend(ends.map(|end| (chars[i + 1..end].iter().collect(), Stands::Inside)));
        }
    }
    for piece in text.split('《').skip(1) {
        if let Some((title, _)) = piece.split_once('》')
            && (1..=20).contains(&title.chars().count())
        {
            found.push((format!("《{title}》"), Stands::Inside));
        }
    }
    let latin = text.split(|c: char| !(is_latin(c) || c.is_ascii_digit() || " -.'’&".contains(c)));
    for name in latin.map(|name| name.trim_matches(|c: char| !c.is_alphanumeric())) {
        if name.chars().count() >= 3 && name.chars().any(char::is_uppercase) {
            found.push((name.to_owned(), Stands::Inside));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, paragraphs: &[&str], names: &[&str]) {
        let paragraphs = paragraphs.iter().map(|&text| (Kind::Paragraph, text));
        let found = recurring(paragraphs, language);
        assert_eq!(found.iter().map(|name| name.text.as_str()).collect::<Vec<_>>(), names);
    }

    #[test]
    fn english_names_recur_in_capitals() {
        check(
            Language::English,
            &[
                "The ferry was built for Anna Lindqvist’s Harbour Trust in Norwick.",
                "Fog came. Later, Anna Lindqvist left Norwick on Monday.",
                "Fog again, on Monday. Later she came back.",
            ],
            &["Anna Lindqvist", "Norwick"],
        );
    }

    #[test]
    fn chinese_names_have_dots_brackets_or_latin_letters() {
        check(
            Language::Chinese,
            &[
                "乔治·米勒读了《潮汐》，用的是Kindle。",
                "《潮汐》的作者是乔治·米勒。",
                "Kindle坏了。",
            ],
            &["Kindle", "《潮汐》", "米勒"],
        );
    }
}
