//! What of a memory is to be forgotten. People's corrections are no part of it.

use jiff::Timestamp;

use super::{Candidate, Remembered, Use};
use crate::paragraph;

/// What is to be forgotten: what meets every condition given here. Without any, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// The part of an entry that is to be forgotten.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gone {
    /// What machines said.
    pub candidates: Vec<Candidate>,
    /// Where it is used.
    pub uses: Vec<Use>,
    /// Whether nothing is left of the entry.
    pub whole: bool,
    /// Whether the words stay because another article uses them too.
    pub shared: bool,
    /// Whether the renderings of names go too that were settled for articles of `uses`.
    pub names: bool,
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
            let (here, elsewhere): (Vec<Use>, Vec<Use>) =
                remembered.uses.iter().cloned().partition(|used| used.article == *article);
            if here.is_empty() {
                return None;
            }
            gone.uses = here;
            gone.shared = !elsewhere.is_empty();
        }
        let candidates = &remembered.entry.candidates;
        if !gone.shared {
            gone.candidates = candidates.iter().filter(|said| self.meets(said)).cloned().collect();
            if gone.candidates.is_empty() {
                return None;
            }
        }
        gone.whole = gone.candidates.len() == candidates.len();
        if gone.whole {
            gone.uses.clone_from(&remembered.uses);
        } else if !gone.shared {
            // The words that stay are still used there.
            gone.uses.clear();
        }
        // Of a single paragraph they would go amiss in all the others.
        gone.names = self.paragraph.is_none();
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
