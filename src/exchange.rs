//! Translators' formats: TMX 1.4b and XLIFF 2.1 in and out, XLIFF 1.2 in.
//!
//! A [`Unit`] is one paragraph in both languages with who said it and in which state it is. Files
//! of other tools are read as far as their units are whole paragraphs between English and Chinese;
//! what cannot be told is skipped with its line and the reason. Nothing here opens a file.

pub mod tmx;
pub mod xliff;
pub mod whole;
mod inline;
mod provenance;

use std::collections::VecDeque;
use std::io;

use crate::backend::{Engine, Usage};
use crate::glossary::AskedTerm;
use crate::language::{Language, Target, Variant, is_han};
use crate::memory::import::Step;
use crate::memory::{Candidate, Correction, Head, Learnt};
use crate::pair::{Origin, Pair};
use crate::paragraph::{self, Kind, Mark, Marked, Token};

pub use whole::{Format, Importing};

/// How far a translation is; each state includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// There is none, or it is only begun.
    #[default]
    Initial,
    /// Somebody or something has translated it.
    Translated,
    /// A person has looked at it.
    Reviewed,
    /// A person stands for it.
    Final,
}

impl State {
    /// The word of XLIFF 2.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Translated => "translated",
            Self::Reviewed => "reviewed",
            Self::Final => "final",
        }
    }

    /// The state of this name.
    fn of(name: &str) -> Option<Self> {
        let all = [Self::Initial, Self::Translated, Self::Reviewed, Self::Final];
        all.into_iter().find(|state| state.name() == name)
    }
}

/// A paragraph in both languages.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its id in its article, where it comes from a pair of ours.
    pub id: Option<String>,
    /// The article it stands in.
    pub article: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// What it was translated into.
    pub to: Target,
    /// The source.
    pub source: Marked,
    /// What the tags stand for; from a memory, only their kinds are known, and their bytes are
    /// empty.
    pub marks: Vec<Mark>,
    /// The translation.
    pub target: Option<Marked>,
    /// How far it is.
    pub state: State,
    /// Whose words they are.
    pub said: Said,
    /// When they were said, RFC 3339.
    pub at: Option<String>,
    /// Remarks for the translator.
    pub notes: Vec<String>,
}

/// Whose words a unit's translation is.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Nobody's: there is none.
    Nobody,
    /// A person's, and the name where it is known.
    Person(String),
    /// A rule's.
    Rule,
    /// A machine's, as it stands in a pair: styled.
    Shown(Engine),
    /// A machine's, as the memory keeps it.
    Remembered(Engine, Usage, Vec<AskedTerm>),
    /// Somebody's or something's: another tool wrote it and does not say.
    Elsewhere {
        /// The tool.
        tool: String,
        /// Who changed it last, where the file says so.
        who: Option<String>,
    },
    /// It stood in a pair of ours when it went out, and differs now.
    Changed {
        /// Who changed it, where the file says so.
        who: Option<String>,
        /// Whether it was a person's already: then its line ends mean something.
        person: bool,
    },
}

impl Unit {
    /// The units of a pair, in order; `article` is the file its text was read from.
    pub fn of_pair(pair: &Pair, article: &str) -> Vec<Self> {
        let units = pair.paragraphs.iter().map(|paragraph| {
            let translation = paragraph.translation.as_ref();
            let (said, state) = match translation.map(|translation| &translation.origin) {
                None => (Said::Nobody, State::Initial),
                Some(Origin::Person) => (Said::Person(String::new()), State::Final),
                Some(Origin::Rule) => (Said::Rule, State::Translated),
                Some(Origin::Machine(engine)) => (Said::Shown(engine.clone()), State::Translated),
            };
            let findings = translation.map_or(&[][..], |translation| &translation.findings);
            let english = pair.source == Language::English;
            let notes = findings.iter().map(|finding| &finding.message);
            let notes = notes.map(|told| if english { &told.en } else { &told.zh }.clone());
            let revised = translation.is_some_and(|translation| translation.revised.is_some());
            let revised = revised.then_some(if english {
                "the source has changed since the earlier translation: see what is new"
            } else {
                "原文在上次翻译之后有改动，请核对改动之处"
            });
            Self {
                id: Some(paragraph.id.to_string()),
                article: Some(article.to_owned()),
                kind: paragraph.kind,
                to: pair.to,
                source: paragraph.source_marked.clone(),
                marks: paragraph.marks.clone(),
                target: translation.map(|translation| translation.target_marked.clone()),
                state,
                said,
                at: None,
                notes: notes.chain(revised.map(str::to_owned)).collect(),
            }
        });
        units.collect()
    }

    /// A candidate of the memory.
    pub fn of_memory(head: &Head, said: &Candidate, article: Option<&str>) -> Self {
        let Candidate { target, terms, engine, at, usage } = said.clone();
        Self {
            state: State::Translated,
            said: Said::Remembered(engine, usage, terms),
            ..Self::about(head, target, at, article)
        }
    }

    /// A correction.
    pub fn of_correction(correction: &Correction) -> Self {
        let Correction { head, target, at, who, article, reason, line: _ } = correction.clone();
        Self {
            state: State::Final,
            said: Said::Person(who.unwrap_or_default()),
            notes: reason.into_iter().collect(),
            ..Self::about(&head, target, at.to_string(), article.as_deref())
        }
    }

    fn about(head: &Head, target: Marked, at: String, article: Option<&str>) -> Self {
        Self {
            id: None,
            article: article.map(str::to_owned),
            kind: head.class.kind(),
            to: head.to,
            source: head.source.clone(),
            marks: Mark::of_kinds(&head.source, &head.marks),
            target: Some(target),
            state: State::Translated,
            said: Said::Nobody,
            at: Some(at),
            notes: Vec::new(),
        }
    }

    /// What a memory takes of it.
    pub fn step(self, line: usize, reading: &Reading) -> Step {
        let skipped = |reason: String| Step::Skipped { line, reason };
        let Some(target) = self.target.filter(|target| !target.prose().trim().is_empty()) else {
            return Step::Nothing;
        };
        let target = match self.said {
            Said::Changed { person: false, .. } | Said::Elsewhere { .. } => on_one_line(&target),
            _ => target,
        };
        if let Err(broken) = self.source.same_marks(&target) {
            return skipped(format!("in the translation, {broken}"));
        }
        if let Some(id) = &self.id {
            let hash = paragraph::hash(&self.source.normalised(&self.marks));
            if id.split('-').next() != Some(hash.as_str()) {
                return skipped(format!(
                    "the source of paragraph {id} is not what it was when the file was written; \
                     correct the article and translate it again"
                ));
            }
        }
        let reviewed_there = self.state >= State::Reviewed;
        if matches!(self.said, Said::Elsewhere { .. }) {
            let source = self.source.prose();
            // The header of a catalogue has no source. And many tools put the source in the place
            // of a translation that is still to be made.
            let is_echo = source.trim() == target.prose().trim();
            if source.trim().is_empty() || (is_echo && !reviewed_there) {
                return Step::Nothing;
            }
        }
        let marks = Mark::kinds(&self.marks);
        let head = Head { source: self.source, marks, to: self.to, class: self.kind.class() };
        let at = self.at.unwrap_or_else(|| reading.now.clone());
        let reviewed = reading.approve || reviewed_there;
        let name =
            |who: Option<String>| who.filter(|who| !who.is_empty()).or_else(|| reading.who.clone());
        // Words of machines that came back as they went out.
        let as_it_was = matches!(self.said, Said::Shown(_) | Said::Rule | Said::Remembered(..));
        let (who, at) = match self.said {
            Said::Person(who) => (name(Some(who)), at),
            // What a person reads and leaves as it is becomes theirs when they say so: now.
            Said::Changed { who, .. } => (name(who), reading.now.clone()),
            Said::Shown(_) | Said::Rule | Said::Remembered(..) if reviewed => {
                (name(None), reading.now.clone())
            }
            Said::Elsewhere { who, .. } if reviewed => (name(who), at),
            Said::Shown(_) | Said::Rule | Said::Nobody => return Step::Nothing,
            Said::Elsewhere { .. } if self.state == State::Initial => return Step::Nothing,
            Said::Remembered(engine, usage, terms) => {
                return Step::Machine(head, Candidate { target, terms, engine, at, usage }, vec![]);
            }
            Said::Elsewhere { tool, .. } => {
                let engine = Engine { backend: tool, model: String::new(), prompt: String::new() };
                let usage = Usage::default();
                let said = Candidate { target, terms: vec![], engine, at, usage };
                return Step::Machine(head, said, vec![]);
            }
        };
        let Ok(at) = at.parse() else {
            return skipped(format!("`{}` is not a time", at.escape_debug()));
        };
        let said = Learnt { head, target, at, who, article: self.article, reason: None };
        if as_it_was { Step::Approved(said) } else { Step::Person(said) }
    }
}

/// How files are taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Whether every translation is a person's.
    pub approve: bool,
    /// Who said what people said, where the file does not tell.
    pub who: Option<String>,
    /// What time it is, RFC 3339.
    pub now: String,
}

/// What a unit is read as, or why it cannot be used; with the line it begins on.
pub type Read = (usize, Result<Unit, String>);

/// The steps of an import from the units of a file.
pub fn steps(
    units: impl Iterator<Item = io::Result<Read>>,
    reading: &Reading,
) -> impl Iterator<Item = io::Result<Step>> {
    units.map(|read| {
        read.map(|(line, unit)| match unit {
            Ok(unit) => unit.step(line, reading),
            Err(reason) => Step::Skipped { line, reason },
        })
    })
}

/// Something that reads units in portions, as an iterator that ends with the first error.
fn units<T>(
    mut from: T,
    more: impl Fn(&mut T, &mut VecDeque<Read>) -> io::Result<bool>,
) -> impl Iterator<Item = io::Result<Read>> {
    let mut ready = VecDeque::new();
    let mut over = false;
    std::iter::from_fn(move || {
        loop {
            if let Some(unit) = ready.pop_front() {
                return Some(Ok(unit));
            }
            if over {
                return None;
            }
            match more(&mut from, &mut ready) {
                Ok(goes_on) => over = !goes_on,
                Err(error) => {
                    over = true;
                    return Some(Err(error));
                }
            }
        }
    })
}

/// The text with its line breaks joined, which tools make where they like: in a person's words
/// they would mean something. A space stands for them, between Han characters nothing.
fn on_one_line(text: &Marked) -> Marked {
    let tokens = text.tokens().into_iter().map(|token| match token {
        Token::Text(text) if text.contains('\n') => Token::Text(joined(&text).into()),
        other => other,
    });
    Marked::from_tokens(tokens)
}

fn joined(text: &str) -> String {
    let wide =
        |c: Option<char>| c.is_some_and(|c| is_han(c) || ('\u{3000}'..='\u{FF5E}').contains(&c));
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(char::is_whitespace) {
        let (before, from) = rest.split_at(at);
        let after = from.trim_start();
        let space = &from[..from.len() - after.len()];
        joined.push_str(before);
        match space.contains('\n') {
            true if wide(joined.chars().next_back()) && wide(after.chars().next()) => {}
            true => joined.push(' '),
            false => joined.push_str(space),
        }
        rest = after;
    }
    joined.push_str(rest);
    joined
}

/// A language of ours by its tag, as tools write it (`en-US`, `zh-CN`, `zh_TW`): the language, and
/// what a translation into it is.
pub(crate) fn language(tag: &str) -> Option<(Language, Target)> {
    let tag = tag.replace('_', "-").to_ascii_lowercase();
    let mut parts = tag.split('-');
    match parts.next()? {
        "en" => Some((Language::English, Target::English)),
        "zh" | "cmn" => {
            let parts: Vec<&str> = parts.collect();
            let has = |any: &[&str]| parts.iter().any(|part| any.contains(part));
            let variant = if has(&["hk", "mo"]) {
                Variant::HantHk
            } else if has(&["hant", "tw"]) {
                Variant::HantTw
            } else {
                Variant::Hans
            };
            Some((Language::Chinese, Target::Chinese(variant)))
        }
        _ => None,
    }
}

/// The hash of a translation as it went out: whether it was changed since.
fn fingerprint(target: &Marked) -> String {
    paragraph::hash(target.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_tools_are_known() {
        let to = |tag| language(tag).map(|(_, to)| to.code());
        for (tag, code) in [
            ("en-US", "en"),
            ("EN", "en"),
            ("zh", "zh-Hans"),
            ("zh-CN", "zh-Hans"),
            ("zh_Hans_CN", "zh-Hans"),
            ("zh_TW", "zh-Hant-TW"),
            ("ZH-HK", "zh-Hant-HK"),
            ("zh-Hant-HK", "zh-Hant-HK"),
            ("zh-hant", "zh-Hant-TW"),
        ] {
            assert_eq!(to(tag), Some(code), "{tag}");
        }
        assert_eq!(to("de-DE"), None);
    }
}
