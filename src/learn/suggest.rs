//! What a correction says about the term base: where it uses other words than an entry allows, a
//! change of the entry, written as TOML to accept or strike.

use std::fmt::Write;

use crate::check::{Subject, terms};
use crate::difference::{self, Piece};
use crate::glossary::{RequiredTerm, Term};
use crate::language::{Target, Variant};

/// An entry that a correction contradicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The form in the source.
    pub source: String,
    /// The forms accepted now, the preferred first.
    pub accepted: Vec<String>,
    /// The word the person used instead, where that can be told.
    pub used: Option<String>,
    /// Whether that word is forbidden now.
    pub forbidden: bool,
}

/// What a corrected paragraph suggests; `before` is the earlier translation without marks, if there
/// was one.
pub fn of(subject: &Subject<'_>, before: Option<&str>) -> Vec<Suggestion> {
    let broken = terms::broken(subject);
    let suggestions = broken.into_iter().map(|term| {
        let forbidden = term.forbidden.iter().find(|form| subject.target.contains(form.as_str()));
        let used = match forbidden {
            Some(form) => Some(form.clone()),
            None => before.and_then(|before| instead(term, before, subject.target)),
        };
        Suggestion {
            source: term.source.clone(),
            accepted: term.accepted.clone(),
            forbidden: forbidden.is_some(),
            used,
        }
    });
    let mut suggestions: Vec<Suggestion> = suggestions.collect();
    suggestions.dedup();
    suggestions
}

/// What stands in the place of an accepted form.
fn instead(term: &RequiredTerm, before: &str, now: &str) -> Option<String> {
    let form = term.accepted.iter().find(|form| before.contains(form.as_str()))?;
    let start = before.find(form.as_str())?;
    let end = start + form.len();
    let mut at = 0;
    let mut used = String::new();
    let pieces = difference::between(before, now);
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Same(text) | Piece::Old(text) => {
                let (from, to) = (at.max(start), (at + text.len()).min(end));
                if matches!(piece, Piece::Same(_)) && from < to {
                    // Part of the form stayed, as in 数据中心 to 数据中枢.
                    used.push_str(text.get(from - at..to - at)?);
                }
                at += text.len();
            }
            Piece::New(text) => {
                let replaces =
                    i.checked_sub(1).is_some_and(|i| matches!(&pieces[i], Piece::Old(_)));
                if at > start && (at <= end || (replaces && at - start <= form.len())) {
                    used.push_str(text);
                }
            }
        }
    }
    let used = used.trim().to_owned();
    (!used.is_empty() && used != *form).then_some(used)
}

/// The suggestions as TOML: each entry whole, as it would be, with a comment that says why.
pub fn toml(suggestions: &[(Suggestion, Option<&Term>)], to: Target) -> String {
    let mut text = String::new();
    for (suggestion, entry) in suggestions {
        // Writing to a String cannot fail.
        let _ = write_suggestion(&mut text, suggestion, *entry, to);
    }
    text
}

fn write_suggestion(
    into: &mut String,
    suggestion: &Suggestion,
    entry: Option<&Term>,
    to: Target,
) -> std::fmt::Result {
    let Suggestion { source, accepted, used, forbidden } = suggestion;
    match used {
        Some(used) => writeln!(into, "# “{}” was corrected to “{}”", clean(source), clean(used))?,
        None => writeln!(into, "# a correction does without “{}”", clean(&accepted.join("”, “")))?,
    }
    if let Some(entry) = entry {
        let (file, line) = (entry.file.display(), entry.line);
        writeln!(into, "# instead of the entry in {file}:{line}")?;
    }
    let mut forms = accepted.clone();
    let new = used.as_deref().unwrap_or("…");
    if !forms.iter().any(|form| form == new) {
        forms.push(new.to_owned());
    }
    let none = Term::default();
    let entry = entry.unwrap_or(&none);
    let own =
        |forms: &[String]| if forms.is_empty() { vec![source.clone()] } else { forms.to_vec() };
    let mut variants = entry.variants.clone();
    let (en, zh) = match to {
        Target::English => (forms, own(&entry.zh)),
        Target::Chinese(Variant::Hans) => (own(&entry.en), forms),
        Target::Chinese(variant) => {
            let zh = if entry.zh.is_empty() { forms.clone() } else { entry.zh.clone() };
            variants.insert(variant, forms);
            (own(&entry.en), zh)
        }
    };
    writeln!(into, "[[term]]\nen = {}\nzh = {}", array(&en), array(&zh))?;
    let kept = |form: &&String| !*forbidden || Some(*form) != used.as_ref();
    let forbid: Vec<String> = entry.forbid.iter().filter(kept).cloned().collect();
    for (name, forms) in [("forbid", &forbid), ("not_in", &entry.not_in)] {
        if !forms.is_empty() {
            writeln!(into, "{name} = {}", array(forms))?;
        }
    }
    if let Some(only) = entry.only {
        writeln!(into, "only = \"{only}\"")?;
    }
    if entry.case {
        writeln!(into, "case = true")?;
    }
    if let Some(note) = &entry.note {
        writeln!(into, "note = {}", toml_string(note))?;
    }
    if !variants.is_empty() {
        writeln!(into, "[term.variants]")?;
        for (variant, forms) in &variants {
            writeln!(into, "\"{variant}\" = {}", array(forms))?;
        }
    }
    writeln!(into)
}

fn array(forms: &[String]) -> String {
    let quoted: Vec<String> = forms.iter().map(|form| toml_string(form)).collect();
    format!("[{}]", quoted.join(", "))
}

fn toml_string(text: &str) -> String {
    // Without control characters a string of JSON is one of TOML.
    serde_json::Value::String(clean(text)).to_string()
}

/// A text for a comment: on one line.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_is_the_whole_entry() {
        let entry = Term {
            en: vec!["data center".into()],
            zh: vec!["数据中心".into()],
            forbid: vec!["数据中央".into(), "机房".into()],
            variants: [(Variant::HantTw, vec!["資料中心".into()])].into(),
            case: true,
            file: "a.toml".into(),
            line: 3,
            ..Term::default()
        };
        let suggestion = Suggestion {
            source: "data center".into(),
            accepted: vec!["数据中心".into()],
            used: Some("机房".into()),
            forbidden: true,
        };
        let text = toml(&[(suggestion, Some(&entry))], Target::Chinese(Variant::Hans));
        assert_eq!(
            text,
            "# “data center” was corrected to “机房”\n# instead of the entry in a.toml:3\n[[term]]\n\
             en = [\"data center\"]\nzh = [\"数据中心\", \"机房\"]\nforbid = [\"数据中央\"]\ncase = true\n\
             [term.variants]\n\"zh-Hant-TW\" = [\"資料中心\"]\n\n"
        );
        let read = crate::glossary::Glossary::load(&[("b.toml".into(), text)]).unwrap();
        assert_eq!(read.entries()[0].zh, ["数据中心", "机房"]);
    }

    #[test]
    fn the_word_in_the_place_of_a_term_is_found() {
        let term = RequiredTerm {
            source: "data center".into(),
            accepted: vec!["数据中心".into()],
            ..RequiredTerm::default()
        };
        let instead = |before, now| instead(&term, before, now);
        assert_eq!(instead("他们建数据中心。", "他们建机房。").as_deref(), Some("机房"));
        assert_eq!(instead("他们建数据中心。", "他们建数据中枢。").as_deref(), Some("数据中枢"));
        assert_eq!(instead("他们建机房。", "他们建厂房。"), None);
    }
}
