//! What machines said and what people said, kept by paragraph.
//!
//! [`Memory`] is the store of machine translations: an entry per paragraph, several candidates per
//! entry. [`Seeds`] are memories that ship with texts and are only read. [`Corrections`] hold what
//! people said. The memory holds facts (what was said, by whom, when, for how much, under which
//! terms) and no verdicts: whoever recalls judges.

pub mod key;
pub mod store;
pub mod articles;
pub mod places;
pub mod exchange;
pub mod import;
pub mod forget;
pub mod stats;
pub mod corrections;
mod lines;
mod record;
mod commit;
mod shelf;
mod heal;
mod lock;

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::backend::{Engine, Usage};
use crate::glossary::AskedTerm;
use crate::language::Target;
use crate::paragraph::{Class, Mark, MarkKind, Marked, Paragraph};

pub use articles::Renderings;
pub use corrections::{AppendError, Correction, Corrections, Learnt};
pub use exchange::{Seeds, export};
pub use forget::Forget;
pub use import::{Import, Imported};
pub use key::MemoryKey;
pub use places::Uses;
pub use stats::Stats;
pub use store::{Compacted, LoadId, Memory, Remembered, Store};

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The marked source, as first seen.
    pub source: Marked,
    /// What the tags of the source stand for, without addresses: tag `n` is `marks[n - 1]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<MarkKind>,
    /// What it was translated into, which tells the direction too.
    pub to: Target,
    /// The class of its kind.
    pub class: Class,
}

impl Head {
    /// The head of the entry about this paragraph.
    pub fn of(paragraph: &Paragraph, to: Target) -> Self {
        Self {
            source: paragraph.source.clone(),
            marks: Mark::kinds(&paragraph.marks),
            to,
            class: paragraph.kind.class(),
        }
    }

    /// The key its entry stands under.
    pub fn key(&self) -> MemoryKey {
        MemoryKey::of(&self.source, &self.marks, self.class, self.to)
    }
}

/// One translation a machine gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// What is remembered about a paragraph.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is about.
    pub head: Head,
    /// What machines said, at least one, the oldest first.
    pub candidates: Vec<Candidate>,
}

/// Where a paragraph is used: recorded so that an edit of the term base can be previewed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Use {
    /// The article's name.
    pub article: String,
    /// The paragraph's place in it, from 0.
    pub position: usize,
}

/// What a paragraph of an article was before its source was edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// The marked source it had.
    pub source: Marked,
    /// The translation it had, as it was shown.
    pub target: Marked,
    /// Whether that was a person's.
    pub person: bool,
}

/// Something a person should be told that stopped nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// A file was torn that the memory can do without.
    #[error("{} was torn; it is set aside as {}, and nothing is lost", .from.display(), .to.display())]
    SetAside {
        /// Where it was.
        from: PathBuf,
        /// Where it is now.
        to: PathBuf,
    },
    /// The memory was made anew from its log.
    #[error("the memory {} was damaged; it was rebuilt from its log, in which entries may be missing if the log was damaged too; as it was found it is kept in {}", .from.display(), .to.display())]
    Rebuilt {
        /// The memory's folder.
        from: PathBuf,
        /// Where it lies as it was found.
        to: PathBuf,
    },
    /// The memory could not be opened at all.
    #[error("THE MEMORY {} COULD NOT BE READ ({reason}). It is set aside as {}, and a new, empty one is begun: paragraphs that no seed or correction holds are paid for again", .from.display(), .to.display())]
    StartedEmpty {
        /// Where it was.
        from: PathBuf,
        /// Where it is now.
        to: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of a file could not be used, and was skipped.
    #[error("{}:{line}: {reason}; the line is skipped", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Two lines say different things about one paragraph at the same time.
    #[error("{}:{line}: another translation than line {earlier} has, of the same paragraph and the same time; the later line counts", .path.display())]
    Tie {
        /// The file.
        path: PathBuf,
        /// The later line, from 1.
        line: usize,
        /// The earlier line, from 1.
        earlier: usize,
    },
}

/// Why the memory could not do its work. None of these is damage: that heals.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// Another process has it open.
    #[error("the memory {} is in use by another run; wait for it to end, or set another `path` under [memory]", .path.display())]
    Busy {
        /// The memory's folder.
        path: PathBuf,
    },
    /// Its folder, or a file beside it, cannot be made, locked, moved or opened.
    #[error("the memory {} cannot be opened: {source}; make its folder writable, or set another `path` under [memory]", .path.display())]
    Open {
        /// The memory's folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A reply could not be kept.
    #[error("the memory {} cannot be written: {source}; free or repair the disk and run again: what was remembered before is kept", .path.display())]
    Write {
        /// The memory's folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is to be taken in cannot be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says, or what is wrong with the file.
        source: io::Error,
    },
    /// No paragraph of it is remembered under this name.
    #[error("{}", forget::unknown(.article, .near))]
    UnknownArticle {
        /// The article that was named.
        article: String,
        /// Articles that are known, and whose names are like it.
        near: Vec<String>,
    },
    /// Corrections could not be kept.
    #[error(transparent)]
    Corrections(#[from] AppendError),
    /// An export broke off.
    #[error("{doing}: {source}")]
    Exchange {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
}
