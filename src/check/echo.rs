//! The source sent back instead of a translation.
//!
//! Compared by letters and digits alone, so that changed punctuation or spacing hides nothing.
//! Names, kept terms, figures and code come back rightly: an English source counts as prose only
//! with words in small letters, or with a word no name has; identifiers, files and addresses are no
//! words, and a command or a literal has none (`code.rs`). A Chinese source has to change in
//! any case, because names are written in Latin letters in English.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): none
//! flagged. Blind spots: a title in capitals all of whose words could be names passes ("Silicon
//! Dawn"); a single word in small letters gives a warning only, because `nginx` is right and "yes"
//! is not, and so does a title of two or three, which no writer of English puts in small letters
//! unless it is the name of something.

use super::code::{has_glue, is_code, is_identifier};
use super::{Check, Finding, Severity, Subject};
use crate::language::{Language, is_han, is_latin};
use crate::paragraph::Class;

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

impl Check for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let severity = match of(subject) {
            Echoes::No => return Vec::new(),
            Echoes::Perhaps => Severity::Warning,
            Echoes::Prose => Severity::Error,
        };
        let en = "the source stands here untranslated".to_owned();
        let zh = "译文照抄了原文，没有翻译".to_owned();
        vec![Finding::new(self, severity, en, zh)]
    }
}

/// How far a translation is its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echoes {
    /// It is not, or there is nothing to translate.
    No,
    /// It is, and may have to be.
    Perhaps,
    /// It is, and is prose.
    Prose,
}

/// Whether the translation is its source.
pub fn of(subject: &Subject<'_>) -> Echoes {
    let source = subject.source_marked.prose();
    if !same_letters(&source, &subject.target_marked.prose()) {
        return Echoes::No;
    }
    let source = without_kept_terms(subject, source);
    match subject.to.language() {
        Language::English => match source.chars().filter(|&c| is_han(c)).count() {
            0 => Echoes::No,
            1 => Echoes::Perhaps,
            _ => Echoes::Prose,
        },
        Language::Chinese if is_code(&source) => Echoes::No,
        Language::Chinese => english(subject.kind.class(), &source),
    }
}

fn same_letters(a: &str, b: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
    }
    letters(a).eq(letters(b))
}

fn without_kept_terms(subject: &Subject<'_>, source: String) -> String {
    let kept = subject.terms.iter().filter(|term| term.accepted.contains(&term.source));
    kept.fold(source, |source, term| source.replace(&term.source, " "))
}

fn english(class: Class, source: &str) -> Echoes {
    let words = || {
        source
            .split_whitespace()
            .filter(|word| !is_identifier(word))
            .map(|word| word.trim_matches(|c: char| !is_latin(c)))
            .filter(|word| word.chars().all(|c| is_latin(c) || matches!(c, '\'' | '’' | '-')))
            .filter(|word| word.chars().count() > 1)
    };
    let small = words().filter(|word| word.starts_with(char::is_lowercase)).count();
    let no_name = words().any(|word| NO_NAMES.contains(&word.to_lowercase().as_str()));
    match small {
        _ if no_name => Echoes::Prose,
        0 => Echoes::No,
        1 => Echoes::Perhaps,
        2 | 3 if class == Class::Heading && words().count() == small && !has_glue(source) => {
            Echoes::Perhaps
        }
        _ if words().any(|word| word.chars().count() > 3) => Echoes::Prose,
        _ => Echoes::Perhaps,
    }
}

/// Words that stand in headings and in no name.
const NO_NAMES: [&str; 52] = [
    "how",
    "what",
    "why",
    "when",
    "where",
    "who",
    "which",
    "your",
    "you",
    "we",
    "our",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "has",
    "have",
    "will",
    "should",
    "must",
    "does",
    "did",
    "about",
    "from",
    "into",
    "without",
    "between",
    "because",
    "getting",
    "using",
    "introduction",
    "overview",
    "conclusion",
    "conclusions",
    "summary",
    "background",
    "contents",
    "references",
    "related",
    "questions",
    "frequently",
    "asked",
    "more",
    "these",
    "those",
    "their",
    "its",
    "than",
    "further",
    "acknowledgements",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::with;
    use crate::language::{Target, Variant};
    use crate::paragraph::Kind;

    fn check(kind: Kind, text: &str, expected: Echoes) {
        let to = Target::Chinese(Variant::Hans);
        let said = with((text, text), to, &[], |subject| of(&Subject { kind, ..*subject }));
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn what_has_no_words_to_translate_is_no_echo() {
        for text in [
            "'use strict'",
            "npm ls left-pad",
            "cargo build --release",
            "readLine",
            "readLine writeLine",
            "read_line(path)",
            "Cargo.toml",
            "src/main.rs",
            "www.example.org",
            "https://example.org/a/b",
        ] {
            check(Kind::Paragraph, text, Echoes::No);
        }
        check(Kind::Title, "open source", Echoes::Perhaps);
        check(Kind::Paragraph, "nginx", Echoes::Perhaps);
        check(Kind::Title, "the open source", Echoes::Prose);
        check(Kind::TableCell, "net income", Echoes::Prose);
        check(Kind::Paragraph, "Pass --force to overwrite the file.", Echoes::Prose);
    }
}
