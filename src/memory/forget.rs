//! What of a memory is to be forgotten. People's corrections are no part of it.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Candidate, Memory, MemoryError, MemoryKey, Remembered};
use crate::paragraph;

/// Names that are told instead of one that is not known, at most.
const NAMED: usize = 3;

/// What is to be forgotten: what meets every condition given here. Without any, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forget {
    /// Only what is said about this paragraph.
    pub paragraph: Option<Named>,
    /// Only paragraphs of this article: its name as the memory recorded it. What other articles
    /// use too stays.
    pub article: Option<String>,
    /// Only what this engine said: a backend's name, or a backend and a model (`main/qwen3:8b`).
    pub engine: Option<String>,
    /// Only what was said before this time.
    pub before: Option<Timestamp>,
    /// Only what was said at this time or later.
    pub since: Option<Timestamp>,
}

/// How a paragraph is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// By the hash in its id, with or without its occurrence: `9f3a52c1d0e4b7a6-1`.
    Id(String),
    /// By its text without marks; runs of white space count as one space.
    Text(String),
}

impl Named {
    /// An id where it has the form of one, else a text.
    pub fn of(name: &str) -> Self {
        let hash = name.split_once('-').map_or(name, |(hash, _)| hash);
        if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            Self::Id(hash.to_ascii_lowercase())
        } else {
            Self::Text(words(name))
        }
    }

    fn names(&self, remembered: &Remembered) -> bool {
        let head = &remembered.entry.head;
        match self {
            Self::Id(hash) => paragraph::hash(&head.source.normalised_with(&head.marks)) == *hash,
            Self::Text(text) => words(&head.source.prose()) == *text,
        }
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is to be forgotten, and whether it is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What.
    pub what: Forget,
    /// Forget it; else only tell what would be forgotten.
    pub yes: bool,
}

/// What was forgotten, or would be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forgotten {
    /// Whether it is done.
    pub done: bool,
    /// Paragraphs of which something is forgotten.
    pub paragraphs: u64,
    /// What machines said about them.
    pub translations: u64,
    /// What that had cost.
    pub cost: f64,
    /// Paragraphs of the article that stay, since others use them too.
    pub kept_for_other_articles: u64,
    /// Paragraphs that stand in read-only memories too, and are recalled from there.
    pub still_in_seeds: u64,
}

impl Asked {
    /// Forgets, or tells what would be forgotten. Blocks.
    ///
    /// # Errors
    ///
    /// [`MemoryError::UnknownArticle`]: then nothing is forgotten. [`MemoryError::Write`].
    pub fn carry_out(&self, memory: &Memory) -> Result<Forgotten, MemoryError> {
        if let Some(wanted) = &self.what.article {
            let uses = memory.uses();
            let names: BTreeSet<&str> =
                uses.articles().iter().map(|(article, _)| article.as_str()).collect();
            if !names.contains(wanted.as_str()) {
                let (article, near) = (wanted.clone(), near(wanted, names));
                return Err(MemoryError::UnknownArticle { article, near });
            }
        }
        let mut forgotten = Forgotten { done: self.yes, ..Forgotten::default() };
        let mut places = GonePlaces {
            article: self.what.article.as_deref(),
            // Of a single paragraph they would go amiss in all the others.
            names: self.what.paragraph.is_none(),
            ..GonePlaces::default()
        };
        for remembered in memory.entries() {
            let Some(gone) = self.what.of(&remembered) else { continue };
            forgotten.kept_for_other_articles += u64::from(gone.shared);
            forgotten.paragraphs += u64::from(!gone.candidates.is_empty());
            forgotten.translations += gone.candidates.len() as u64;
            forgotten.cost += gone.candidates.iter().map(|said| said.usage.cost).sum::<f64>();
            if self.yes {
                memory.forget(&remembered, &gone)?;
                if gone.whole {
                    places.everywhere.insert(remembered.key);
                } else if gone.shared {
                    places.in_article.insert(remembered.key);
                }
            }
            let seeded = !gone.shared && memory.is_seeded(&remembered.key);
            forgotten.still_in_seeds += u64::from(seeded);
        }
        if self.yes {
            // The places go last: what a kill leaves of an article is still found by its name.
            memory.forget_places(&places)?;
            memory.settle()?;
        }
        Ok(forgotten)
    }
}

/// Those of the names that are like this one.
fn near(wanted: &str, known: BTreeSet<&str>) -> Vec<String> {
    let stem = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or_default();
        file.split('.').next().unwrap_or_default().to_lowercase()
    };
    let wanted_stem = stem(wanted);
    // A folder forgotten or too many, another ending, a slip behind the first half.
    let is_near = |name: &&str| {
        let stem = stem(name);
        let same = stem.chars().zip(wanted_stem.chars()).take_while(|(a, b)| a == b).count();
        same > 0 && same * 2 >= stem.chars().count().min(wanted_stem.chars().count())
    };
    known.into_iter().filter(is_near).take(NAMED).map(ToOwned::to_owned).collect()
}

/// That no article of this name is known, with those whose names are like it.
pub(super) fn unknown(wanted: &str, near: &[String]) -> String {
    let told = format!("the memory knows no paragraph of an article called `{wanted}`");
    if near.is_empty() { told } else { format!("{told}; it knows {}", near.join(", ")) }
}

/// The part of an entry that is to be forgotten.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gone {
    /// What machines said.
    pub candidates: Vec<Candidate>,
    /// Whether nothing is left of the entry.
    pub whole: bool,
    /// Whether the words stay because another article uses them too.
    pub shared: bool,
}

/// Places that are to be forgotten with what was said there.
#[derive(Debug, Default)]
pub(super) struct GonePlaces<'a> {
    /// Of these paragraphs, all.
    pub(super) everywhere: HashSet<MemoryKey>,
    /// Of these, those in the article.
    pub(super) in_article: HashSet<MemoryKey>,
    /// The article that is forgotten, if it is one.
    pub(super) article: Option<&'a str>,
    /// Whether the renderings of names go too that were settled for an article.
    pub(super) names: bool,
}

impl GonePlaces<'_> {
    /// Whether the paragraph's places in the article go.
    pub(super) fn of(&self, article: &str, key: &MemoryKey) -> bool {
        self.everywhere.contains(key) || self.is_the(article) && self.in_article.contains(key)
    }

    /// Whether it is the article that is forgotten.
    pub(super) fn is_the(&self, article: &str) -> bool {
        self.article == Some(article)
    }
}

impl Forget {
    /// Whether there is any condition.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What of an entry is to be forgotten, if anything.
    pub fn of(&self, remembered: &Remembered) -> Option<Gone> {
        if self.is_empty() || !self.paragraph.as_ref().is_none_or(|named| named.names(remembered)) {
            return None;
        }
        let mut gone = Gone::default();
        if let Some(article) = &self.article {
            let here = remembered.uses.iter().filter(|used| used.article == *article).count();
            if here == 0 {
                return None;
            }
            gone.shared = here < remembered.uses.len();
        }
        let candidates = &remembered.entry.candidates;
        if !gone.shared {
            gone.candidates = candidates.iter().filter(|said| self.meets(said)).cloned().collect();
            if gone.candidates.is_empty() {
                return None;
            }
        }
        gone.whole = gone.candidates.len() == candidates.len();
        Some(gone)
    }

    fn meets(&self, said: &Candidate) -> bool {
        let at = said.at.parse::<Timestamp>().ok();
        // What has no readable time is as old as can be.
        self.before.is_none_or(|before| at.is_none_or(|at| at < before))
            && self.since.is_none_or(|since| at.is_some_and(|at| at >= since))
            && self.engine.as_ref().is_none_or(|engine| {
                *engine == said.engine.backend || *engine == said.engine.to_string()
            })
    }
}
