//! What machines said, kept: one entry per paragraph, several candidates per entry.

pub mod key;
pub mod store;
pub mod exchange;
pub mod corrections;

use serde::{Deserialize, Serialize};

use crate::backend::{Engine, Usage};
use crate::glossary::AskedTerm;
use crate::language::Target;
use crate::paragraph::{Class, Marked};

pub use key::MemoryKey;

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The marked source, as first seen.
    pub source: Marked,
    /// What it was translated into, which tells the direction too.
    pub to: Target,
    /// The class of its kind.
    pub class: Class,
}

/// One translation a machine gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The reply as it came, marks included.
    pub target: Marked,
    /// The terms it was asked under.
    pub terms: Vec<AskedTerm>,
    /// Who gave it.
    pub engine: Engine,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What it used: its share of the request.
    pub usage: Usage,
}

/// Where a paragraph is used: recorded so that an edit of the term base can be previewed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Use {
    /// The article's name.
    pub article: String,
    /// The paragraph's place in it, from 0.
    pub position: usize,
}
