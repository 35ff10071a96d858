//! What is said over a socket. Every message is one JSON object; unknown fields are refused, save
//! in the greeting, which later versions have to be able to extend.

use serde::{Deserialize, Serialize};

use super::PROTOCOL;
use crate::article::Format;
use crate::config::Tables;
use crate::exchange;
use crate::language::Target;
use crate::memory::forget::Forgotten;
use crate::memory::{Compacted, Stats};
use crate::pipeline::commission::{Commission, Untranslated};
use crate::pipeline::{Counts, Event, Plan};

/// The first message each way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of the protocol.
    pub protocol: u32,
    /// The version of the program, for messages.
    pub version: String,
}

impl Hello {
    /// This program's.
    pub fn ours() -> Self {
        Self { protocol: PROTOCOL, version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// What a command asks for; one to a connection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The settings of the command that have to be the worker's too.
    pub settings: Tables,
    /// What.
    pub ask: Ask,
}

/// What is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// A run begins: answered with [`Answer::Run`]. It ends with the connection.
    Run {
        /// How many articles will be asked for in it, as far as is known.
        articles: usize,
    },
    /// Translate an article, whose bytes follow.
    Translate {
        /// The article.
        article: ArticleHead,
        /// What is to become of it.
        commission: Commission,
        /// The run it belongs to.
        run: u64,
        /// Whether it was stopped before it began: then what is remembered is all there is.
        stopped: bool,
    },
    /// Tell what translating an article would send; its bytes follow.
    Plan {
        /// The article.
        article: ArticleHead,
        /// How it would be translated.
        options: crate::pipeline::Options,
    },
    /// Bring what has changed on the disk in force.
    Reload,
    /// The figures of the memory.
    Stats,
    /// Forget a part of the memory, or tell what would be forgotten.
    Forget(crate::memory::forget::Asked),
    /// Make the store anew.
    Compact,
    /// Give the memory out: a run of bytes.
    Export {
        /// The format.
        format: exchange::Format,
    },
    /// Take a file in, whose bytes follow.
    Import(exchange::Importing),
    /// Give out every record of the store as it stands, to be looked into: a run of bytes.
    Records,
}

/// What an article is, beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArticleHead {
    /// The name its uses are recorded under.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// The encoding it was said to have.
    pub encoding: Option<String>,
}

/// What a command says after its request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Further {
    /// Send nothing more for it.
    Stop,
}

/// What the worker answers. Of some there are several; all but the last are news.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// The run has this number.
    Run(u64),
    /// News: how far an article is.
    Event(Event),
    /// News: so many units are taken in.
    Units(u64),
    /// News: a paragraph has no translation.
    Untranslated(Untranslated),
    /// The article is done; what was made of it follows.
    Delivered {
        /// What it was translated into.
        to: Target,
        /// Whether every paragraph has a translation.
        complete: bool,
        /// What was done for it.
        counts: Counts,
        /// What follows.
        made: MadeHead,
    },
    /// What translating it would send.
    Plan(Plan),
    /// The figures.
    Stats {
        /// Of the store.
        stats: Stats,
        /// Its size on the disk.
        bytes: u64,
    },
    /// What was forgotten, or would be.
    Forgotten(Forgotten),
    /// What compacting did.
    Compacted(Compacted),
    /// The memory follows: a run of bytes, then [`Answer::Exported`].
    Bytes,
    /// So many translations went out.
    Exported(usize),
    /// What the import did.
    Imported {
        /// Translations of machines.
        machines: u64,
        /// New corrections.
        people: u64,
        /// Units that said nothing, or nothing new.
        nothing: u64,
        /// Units that could not be used.
        skipped: u64,
        /// Units an earlier import had taken in.
        resumed: u64,
        /// The first of the units that could not be used.
        notices: Vec<Skipped>,
    },
    /// It is done.
    Done,
    /// It is not done: why, the causes after it.
    Refused(Vec<String>),
}

/// A unit of a file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// The line it stands on, from 1.
    pub line: usize,
    /// Why.
    pub reason: String,
}

/// What follows an [`Answer::Delivered`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MadeHead {
    /// A run of bytes for each file, the manifest's last.
    Files(Vec<String>),
    /// One run of bytes.
    Text,
    /// Nothing.
    Nothing,
}
