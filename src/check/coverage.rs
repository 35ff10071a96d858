//! What has to stand on both sides: addresses, Latin names of a Chinese source, quotations.
//!
//! An address that the translation lacks is an error; one that only the translation has makes a
//! machine's reply unusable ([`super::hijack`]). A Latin word of a Chinese source stands in every
//! translation into English, capitals aside: warning. An English source with three quotations and
//! more whose translation has none: warning.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): no
//! error, 3 warnings, all of names that are misspelt or missing. Blind spots: names that are
//! translated, quotations turned into reported speech one by one.

use std::collections::HashSet;
use std::ops::Range;

use super::{Check, Finding, Severity, Subject};
use crate::language::{Language, is_latin};

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Coverage;

/// The letters of a word that is looked for: shorter ones are units and ordinals.
const NAME: usize = 4;

impl Check for Coverage {
    fn name(&self) -> &'static str {
        "coverage"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut findings = self.addresses(subject);
        if subject.to.language() == Language::English {
            findings.extend(self.names(subject));
        }
        // Chinese also puts quotation marks around names, which English does without.
        if subject.to.language() == Language::Chinese {
            findings.extend(self.quotations(subject));
        }
        findings
    }
}

impl Coverage {
    fn addresses(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let wanted = addresses(subject.source);
        if wanted.is_empty() {
            return Vec::new();
        }
        let held: HashSet<String> =
            addresses(subject.target).into_iter().map(|address| address.host).collect();
        wanted
            .into_iter()
            .filter(|it| !held.contains(&it.host))
            .map(|Address { host, at }| {
                let en = format!("the address {host} of the source is missing");
                let zh = format!("缺少原文的网址 {host}");
                Finding::new(self, Severity::Error, en, zh).in_source(&at)
            })
            .collect()
    }

    fn names(&self, subject: &Subject<'_>) -> Option<Finding> {
        if !words(subject.source).any(|(word, _)| word.chars().count() >= NAME) {
            return None;
        }
        let held: HashSet<String> = words(subject.target).map(|(word, _)| word).collect();
        let addresses = addresses(subject.source);
        let (word, at) = words(subject.source).find(|(word, at)| {
            let in_address =
                addresses.iter().any(|it| it.at.start < at.end && at.start < it.at.end);
            word.chars().count() >= NAME && !in_address && !held.contains(word)
        })?;
        let joined: String = words(subject.target).map(|(word, _)| word).collect();
        if joined.contains(&word) {
            return None;
        }
        let en = format!("“{word}” of the source does not stand here");
        let zh = format!("译文里找不到原文的“{word}”");
        Some(Finding::new(self, Severity::Warning, en, zh).in_source(&at))
    }

    fn quotations(&self, subject: &Subject<'_>) -> Option<Finding> {
        const MANY: usize = 3;
        let source = quotations(subject.source);
        if source < MANY || quotations(subject.target) > 0 {
            return None;
        }
        let en = format!("the source has {source} quotations, the translation none");
        let zh = format!("原文有 {source} 处引号，译文一处也没有");
        Some(Finding::new(self, Severity::Warning, en, zh))
    }
}

/// The words of Latin letters in small letters, with their places.
fn words(text: &str) -> impl Iterator<Item = (String, Range<usize>)> {
    let mut chars = text.chars().enumerate().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.find(|&(_, c)| is_latin(c))?;
        let mut word: String = first.to_lowercase().collect();
        let mut end = start + 1;
        while let Some((i, c)) = chars.next_if(|&(_, c)| is_latin(c)) {
            word.extend(c.to_lowercase());
            end = i + 1;
        }
        Some((word, start..end))
    })
}

/// How many quotations and titles open in a text.
fn quotations(text: &str) -> usize {
    let straight = text.chars().filter(|&c| c == '"').count() / 2;
    let open = text.chars().filter(|c| matches!(c, '“' | '「' | '『' | '《' | '〈' | '‘'));
    open.count() + straight
}

/// An address of the web or of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The host, in small letters, without `www.`.
    pub(super) host: String,
    /// Where the address stands, in Unicode scalar values.
    pub(super) at: Range<usize>,
}

/// The addresses of a text: `https://…`, `www.…` and `someone@…`.
pub(super) fn addresses(text: &str) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    if !text.contains(['@', '/', '.']) {
        return found;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    for sign in ["://", "www.", "@"] {
        let mut place = Place::default();
        for (at, _) in text.match_indices(sign) {
            let rest = text.get(at + sign.len()..).unwrap_or_default();
            let host = rest.split(|c| !is_part(c)).next().unwrap_or_default();
            let host = host.trim_end_matches(['.', '-', '_']).to_ascii_lowercase();
            let host = host.strip_prefix("www.").unwrap_or(&host).to_owned();
            let before = text.get(..at).unwrap_or_default();
            let name = before.chars().rev().take_while(|&c| is_part(c)).count();
            let after_scheme = before.ends_with("://") || before.ends_with('@');
            let sound = match sign {
                "@" => host.contains('.') && name > 0,
                "www." => host.contains('.') && !after_scheme,
                _ => !host.is_empty() && name > 0,
            };
            if sound {
                let number = place.of(text, at);
                let start = number - if sign == "www." { 0 } else { name };
                let graphic = rest.chars().take_while(|c| c.is_ascii_graphic()).count();
                found.push(Address { host, at: start..number + sign.len() + graphic });
            }
        }
    }
    found
}

/// Counts characters up to places that only grow.
#[derive(Default)]
struct Place {
    byte: usize,
    number: usize,
}

impl Place {
    fn of(&mut self, text: &str, byte: usize) -> usize {
        self.number += text.get(self.byte..byte).map_or(0, |piece| piece.chars().count());
        self.byte = byte;
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::found;
    use crate::language::{Target, Variant};

    fn check(to: Target, source: &str, target: &str, said: &[&str]) {
        let findings = found(&Coverage, source, target, to, &[]);
        assert_eq!(findings.len(), said.len(), "{target}: {findings:?}");
        for (finding, words) in findings.iter().zip(said) {
            assert!(finding.message.en.contains(words), "{finding:?}");
        }
    }

    #[test]
    fn addresses_are_told_by_their_hosts() {
        let hosts = |text: &str| -> Vec<String> {
            addresses(text).into_iter().map(|address| address.host).collect()
        };
        assert_eq!(
            hosts("见 https://www.Example.org/a?b，或 www.example.com。"),
            ["example.org", "example.com"]
        );
        assert_eq!(hosts("write to desk@news.example."), ["news.example"]);
        assert_eq!(hosts("and/or, 3.14, a@b, foo:// bar"), [""; 0]);
    }

    #[test]
    fn both_sides_hold_what_they_must() {
        let zh = Target::Chinese(Variant::Hans);
        check(zh, "See https://example.org/en for more.", "详见 https://example.org/zh。", &[]);
        check(zh, "See https://example.org for more.", "详情见网站。", &["example.org"]);
        let en = Target::English;
        check(en, "他使用Kubernetes部署。", "He deploys it with Kubernetes.", &[]);
        check(en, "他使用Kubernetes部署。", "He deploys it.", &["kubernetes"]);
        check(en, "“甲”“乙”和“丙”", "A, B and C", &[]);
        check(zh, "“One”, “two” and “three”", "一、二和三", &["3 quotations"]);
    }
}
