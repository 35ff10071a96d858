//! Names in Latin script: they stay as they are, in both directions.

use crate::language::{Target, is_latin};

/// A byline in Latin script, or `None` where a name has to be found in another script.
pub(super) fn translate(text: &str, to: Target) -> Option<String> {
    let english = ["By ", "BY ", "by ", "Written by "];
    let chinese = ["作者：", "作者:", "撰文：", "撰文:", "文／", "文/"];
    let signed = english.iter().chain(&chinese).find_map(|sign| text.strip_prefix(sign));
    let names = names(signed.unwrap_or(text).trim())?;
    Some(match (signed, to) {
        (None, Target::English) => listed(&names),
        (None, Target::Chinese(_)) => names.join("、"),
        (Some(_), Target::English) => format!("By {}", listed(&names)),
        (Some(_), Target::Chinese(_)) => format!("作者：{}", names.join("、")),
    })
}

/// The names of a list, or `None` if something in it is no name.
fn names(text: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = text
        .split([',', '、', '&'])
        .flat_map(|part| part.split(" and "))
        .map(|name| name.trim().trim_start_matches("and ").trim())
        .filter(|name| !name.is_empty())
        .collect();
    (!names.is_empty() && names.iter().all(|name| is_name(name))).then_some(names)
}

/// `A`, `A and B`, `A, B and C`.
fn listed(names: &[&str]) -> String {
    match names {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}

/// Whether a text can be a person's name; what an office or a desk is called has to be
/// translated.
fn is_name(text: &str) -> bool {
    const PARTICLES: [&str; 14] = [
        "de", "da", "del", "della", "der", "den", "di", "du", "la", "le", "van", "von", "bin", "al",
    ];
    const OFFICES: [&str; 25] = [
        "staff",
        "reporter",
        "reporters",
        "writer",
        "writers",
        "editor",
        "editors",
        "editorial",
        "correspondent",
        "newsroom",
        "news",
        "team",
        "desk",
        "board",
        "agency",
        "press",
        "contributor",
        "columnist",
        "the",
        "our",
        "senior",
        "chief",
        "special",
        "guest",
        "admin",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    (1..=5).contains(&words.len())
        && words.iter().any(|word| capital(word))
        && words.iter().all(|word| {
            (capital(word) || PARTICLES.contains(word))
                && word.chars().all(|c| is_latin(c) || matches!(c, '\'' | '’' | '.' | '-'))
                && !OFFICES.contains(&word.to_ascii_lowercase().as_str())
        })
}
