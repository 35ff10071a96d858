//! How a term base fares on what is remembered: terms never seen, terms that translations mostly
//! break, and entries that contradict people.

use std::collections::HashMap;
use std::ptr;

use super::{Glossary, RequiredTerm, Term, has_han};
use crate::check::{self, Subject};
use crate::memory::Head;
use crate::paragraph::{Mark, Marked};

/// What is known about the terms after some paragraphs.
#[derive(Debug)]
pub struct Review<'g> {
    glossary: &'g Glossary,
    /// By the entry's address: two may stand on one line.
    tallies: HashMap<*const Term, Tally>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    seen: u64,
    broken: u64,
}

/// Translations a term must be broken by, and be at least half of all, to be doubted.
const DOUBTFUL: u64 = 4;

/// Everyday words that abbreviations and names look like but for their capitals.
const WORDS: &str = "act aid aim all am and any apple arm art as at be bit can cap car cat chase cut do eye fed fit \
    for fox gap gas gates go has he her ice if in is it its jobs lab law led loft mac map may me meta musk \
    my net no nor of on or our out pad pet ram rest set she shell so sum target tie tip to too up us use \
    visa war was way we who word you";

/// Why an entry is doubtful.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// A form so short that it stands inside other words.
    #[error(
        "the form `{0}` is one character and stands inside other words; list those under `not_in`, or use a longer form"
    )]
    OneCharacter(String),
    /// A form that is an everyday word but for its capitals.
    #[error(
        "the form `{0}` is short and written in capitals; without `case = true` it is found in small letters too"
    )]
    Capitals(String),
    /// Translations mostly break it.
    #[error(
        "{broken} of {seen} remembered translations break it: another rendering may be right too"
    )]
    MostlyBroken {
        /// Translations that break it.
        broken: u64,
        /// Translations of paragraphs it occurs in.
        seen: u64,
    },
}

impl<'g> Review<'g> {
    /// A review that has seen nothing.
    pub fn of(glossary: &'g Glossary) -> Self {
        Self { glossary, tallies: HashMap::new() }
    }

    /// Looks at a paragraph and one translation of it; the entries that the translation breaks.
    pub fn look(&mut self, head: &Head, target: &Marked) -> Vec<(&'g Term, RequiredTerm)> {
        let marks = Mark::of_kinds(&head.source, &head.marks);
        let occurring = self.glossary.occurring(&head.source, &marks, head.to);
        if occurring.is_empty() {
            return Vec::new();
        }
        let terms: Vec<RequiredTerm> = occurring.iter().map(|(_, term)| term.clone()).collect();
        let (source, plain) = (head.source.plain(&marks), target.plain(&marks));
        let broken = check::terms::broken(&Subject {
            kind: head.class.kind(),
            source: &source,
            target: &plain,
            source_marked: &head.source,
            target_marked: target,
            marks: &marks,
            to: head.to,
            terms: &terms,
            precedent: None,
        });
        let mut breaks = Vec::new();
        for (entry, term) in occurring {
            let tally = self.tallies.entry(ptr::from_ref(entry)).or_default();
            tally.seen += 1;
            if broken.contains(&&term) {
                tally.broken += 1;
                breaks.push((entry, term));
            }
        }
        breaks
    }

    /// The entries that occurred nowhere.
    pub fn unseen(&self) -> impl Iterator<Item = &'g Term> + '_ {
        let seen = |term: &&Term| self.tallies.contains_key(&ptr::from_ref(*term));
        self.glossary.entries().iter().filter(move |term| !seen(term))
    }

    /// The entries that are doubtful, by themselves or by what was seen.
    pub fn doubts(&self) -> Vec<(&'g Term, Doubt)> {
        let mut doubts = Vec::new();
        for term in self.glossary.entries() {
            let one = term.zh.iter().find(|form| form.chars().count() == 1 && has_han(form));
            let looked_for = term.holds(crate::language::Direction::ChineseToEnglish);
            if let (Some(form), true, true) = (one, looked_for, term.not_in.is_empty()) {
                doubts.push((term, Doubt::OneCharacter(form.clone())));
            }
            let is_word = |form: &&String| {
                let lower = form.to_ascii_lowercase();
                lower != **form && WORDS.split(' ').any(|word| word == lower)
            };
            // In a target a capital too few is no other word: only sources are looked through.
            let looked_for = term.holds(crate::language::Direction::EnglishToChinese);
            if let (Some(form), true, false) = (term.en.iter().find(is_word), looked_for, term.case)
            {
                doubts.push((term, Doubt::Capitals(form.clone())));
            }
            let tally = self.tallies.get(&ptr::from_ref(term));
            if let Some(&Tally { seen, broken }) = tally
                && broken >= DOUBTFUL
                && broken * 2 >= seen
            {
                doubts.push((term, Doubt::MostlyBroken { broken, seen }));
            }
        }
        doubts
    }
}
