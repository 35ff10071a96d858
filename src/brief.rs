//! What a backend is asked: some consecutive paragraphs of one article, their context, their terms.

use crate::glossary::RequiredTerm;
use crate::language::Target;
use crate::paragraph::{Kind, Marked};

/// One request's worth of work.
#[derive(Clone, Debug)]
pub struct Brief {
    /// What to translate into.
    pub to: Target,
    /// What surrounds the paragraphs; shown, never translated.
    pub context: Context,
    /// The paragraphs, at least one.
    pub paragraphs: Vec<BriefParagraph>,
    /// The terms that occur in them, each once.
    pub terms: Vec<RequiredTerm>,
    /// Which attempt at these paragraphs this is, from 0. A later one must not be the same request
    /// again: it is worded differently and asks with another temperature.
    pub attempt: usize,
}

/// The surroundings of a brief.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The title of the article.
    pub title: Option<String>,
    /// The heading of the section.
    pub heading: Option<String>,
    /// The paragraph before the first.
    pub before: Option<String>,
}

/// A paragraph as it is asked.
#[derive(Clone, Debug)]
pub struct BriefParagraph {
    /// Its number in the brief and in the reply, from 1.
    pub number: usize,
    /// What it is.
    pub kind: Kind,
    /// The marked source.
    pub source: Marked,
    /// What was wrong with an earlier reply, in words for the model.
    pub complaint: Option<String>,
}
