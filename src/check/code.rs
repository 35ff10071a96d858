//! Whether a text is code that nobody set as such: a command, a literal, an expression.
//!
//! It has no words to translate, so that to leave it as it stands is right. It begins in small
//! letters or with a sign, shows a sign of code (an option, an assignment, a call, braces, straight
//! quotation marks around the whole), and none of the small words that hold a sentence together.
//!
//! Blind spot: a command of plain words alone (`git commit`) cannot be told from a phrase.

use crate::language::{is_han, is_latin};

/// Whether there are only words of a program.
pub(super) fn is_code(text: &str) -> bool {
    let text = text.trim();
    let Some(first) = text.split_whitespace().next() else { return false };
    if first.starts_with(char::is_uppercase) && first.chars().all(is_latin) {
        return false;
    }
    (is_literal(text) || is_command(first) || text.split_whitespace().any(is_sign))
        && !text.chars().any(is_han)
        && !ends_a_sentence(text)
        && !has_glue(&unquoted(text))
}

/// Whether a word is one of a program: a name with capitals inside, a path, a file, an address.
pub(super) fn is_identifier(word: &str) -> bool {
    if word.contains(['/', '@', '_', '\\']) {
        return true;
    }
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let mut letters = word.chars().zip(word.chars().skip(1));
    word.contains(['=', '(', '{', '<']) || word.contains("::")
        // A dot inside, of a file or a member; not of "e.g.".
        || word.rsplit_once('.').is_some_and(|(before, after)| {
            before.len() > 1 && !before.contains('.') && after.starts_with(is_latin)
        })
        || (word.starts_with(char::is_lowercase)
            && letters.any(|(a, b)| a.is_lowercase() && b.is_uppercase()))
}

/// `'use strict'`: straight marks around all of it, and small letters alone.
fn is_literal(text: &str) -> bool {
    ['\'', '"', '`'].into_iter().any(|mark| {
        text.strip_prefix(mark).and_then(|text| text.strip_suffix(mark)).is_some_and(|text| {
            text.split_whitespace().count() <= 3
                && text.chars().all(|c| !c.is_uppercase() && c != mark)
        })
    })
}

/// A first word that nobody can say: `npm`, `cd`, `mv`.
fn is_command(word: &str) -> bool {
    word.len() > 1
        && word.chars().all(|c| c.is_ascii_lowercase())
        && !word.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

fn is_sign(word: &str) -> bool {
    const SIGNS: [&str; 9] = ["&&", "||", "=>", "->", "()", "(...", "{", "}", "`"];
    let letter_after = |sign: &str| {
        word.strip_prefix(sign).is_some_and(|word| word.starts_with(|c: char| is_latin(c)))
    };
    ["--", "-", "$"].into_iter().any(letter_after)
        || matches!(word, "|" | "=" | "==" | ":=")
        || SIGNS.iter().any(|sign| word.contains(sign))
        || word.ends_with(';')
        || word.split_once('=').is_some_and(|(name, _)| name.ends_with(is_latin))
}

fn ends_a_sentence(text: &str) -> bool {
    let last = text.trim_end_matches(['"', '\'', ')']);
    let word = last.rsplit(char::is_whitespace).next().unwrap_or_default();
    last.ends_with(['.', '!', '?'])
        && word.trim_end_matches(['.', '!', '?']).chars().all(is_latin)
        && word != last
}

/// What stands outside straight quotation marks: `git commit -m "fix the tests"`.
fn unquoted(text: &str) -> String {
    let whole = is_literal(text);
    let parts = text.split('"').enumerate().filter(|(i, _)| whole || i % 2 == 0);
    parts.flat_map(|(_, part)| [part, " "]).collect()
}

/// Whether a text has a word that holds sentences together.
pub(super) fn has_glue(text: &str) -> bool {
    let words = text.split_whitespace();
    let mut words = words.filter(|word| !word.starts_with('-') && !is_identifier(word));
    words.any(|word| {
        let mut parts = word.split(|c: char| !is_latin(c));
        parts.any(|part| GLUE.iter().any(|glue| part.eq_ignore_ascii_case(glue)))
    })
}

/// Words without which hardly a sentence is made.
const GLUE: [&str; 35] = [
    "a", "an", "the", "of", "and", "or", "but", "with", "from", "by", "to", "in", "on", "at", "as",
    "is", "are", "was", "were", "be", "has", "have", "will", "can", "not", "you", "your", "we",
    "our", "it", "its", "this", "that", "i", "my",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_phrases() {
        for code in [
            "'use strict'",
            "npm ls left-pad",
            "cargo build --release",
            "git commit -m \"mend the tests of a parser\"",
            "git clone https://example.org/tide && cd tide && npm install",
            "let depth = tides.max();",
            "ls -a -i",
            "export TIDE_HOME=/srv/tide",
            "fetch(...)",
        ] {
            assert!(is_code(code), "{code}");
        }
        for phrase in [
            "net income",
            "Pass --force to overwrite the file",
            "Pass --force",
            "“fresh bread”",
            "'the end'",
            "cats vs dogs",
            "a 3 km walk",
            "profit (restated)",
            "input/output devices",
            "iPhone sales",
            "make it - slowly",
            "is it?",
            "运行 npm ls 即可",
            "",
        ] {
            assert!(!is_code(phrase), "{phrase}");
        }
    }

    #[test]
    fn identifiers_are_no_words() {
        for word in
            ["useState", "read_line", "std::fs", "index.js", "(src/main.rs)", "a@b.org", "@reader7"]
        {
            assert!(is_identifier(word), "{word}");
        }
        for word in ["word", "Word", "e.g.", "U.S.", "p.m.", "end.", "well-known", "YouTube", "“a”"]
        {
            assert!(!is_identifier(word), "{word}");
        }
    }
}
