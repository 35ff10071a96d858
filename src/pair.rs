//! A pair: both versions of an article, paragraph by paragraph, with the proof of each.

pub mod interleaved;
pub mod side_by_side;
pub mod json;
pub mod read;
pub mod files;
pub mod existing;
pub mod write;
mod kept_ends;
#[cfg(test)]
mod sample;

use serde::{Deserialize, Serialize};

use crate::article::LineEnds;
use crate::backend::{Engine, Usage};
use crate::check::Finding;
use crate::difference::Piece;
use crate::language::{Language, Target};
use crate::paragraph::{Kind, Mark, Marked, ParagraphId};
use crate::style::Change;

/// An article in both languages.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The article's title without marks, where it has one.
    pub title: Option<String>,
    /// The language of the source.
    pub source: Language,
    /// What it was translated into.
    pub to: Target,
    /// The paragraphs, in order.
    pub paragraphs: Vec<PairParagraph>,
    /// The navigation of a pasted page, which is no part of the article.
    pub furniture: Vec<String>,
    /// What the shown candidates cost when they were bought.
    pub usage: Usage,
}

/// A paragraph in both languages.
#[derive(Clone, Debug)]
pub struct PairParagraph {
    /// Its name within the article.
    pub id: ParagraphId,
    /// What it is.
    pub kind: Kind,
    /// The source without marks.
    pub source: String,
    /// The source with marks.
    pub source_marked: Marked,
    /// What the tags of both sides stand for: tag `n` is `marks[n - 1]`.
    pub marks: Vec<Mark>,
    /// The translation, or why there is none.
    pub translation: Option<Translation>,
    /// What it cost when it was bought; what stands in several places was bought in the first.
    pub usage: Usage,
}

/// A translation as it is shown.
#[derive(Clone, Debug)]
pub struct Translation {
    /// Styled, without marks.
    pub target: String,
    /// Styled, with marks.
    pub target_marked: Marked,
    /// Whose words they are.
    pub origin: Origin,
    /// What the checks found.
    pub findings: Vec<Finding>,
    /// What the house style changed.
    pub changes: Vec<Change>,
    /// What it was before, where the source was edited and a machine revised the translation.
    pub revised: Option<Revised>,
}

/// How a translation whose source was edited differs from the earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revised {
    /// Whether the earlier one was a person's: then a person should look at it.
    pub person: bool,
    /// The edit of the source.
    pub source: Vec<Piece>,
    /// What became of the translation.
    pub target: Vec<Piece>,
}

/// Whose words a translation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person's.
    Person,
    /// A rule's.
    Rule,
    /// A machine's.
    Machine(Engine),
}

impl Translation {
    /// What the line feeds in its text mean: those that a person set stay, also where a machine
    /// revised the rest.
    pub fn line_ends(&self) -> LineEnds {
        let persons = self.revised.as_ref().is_some_and(|revised| revised.person);
        if persons || self.origin == Origin::Person { LineEnds::Kept } else { LineEnds::Joined }
    }
}

impl Pair {
    /// Whether every paragraph has a translation.
    pub fn is_complete(&self) -> bool {
        self.paragraphs.iter().all(|paragraph| paragraph.translation.is_some())
    }
}
