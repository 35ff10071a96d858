//! What came of a job: the files of its folder, `result.json` among them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Claimed;
use crate::pair::write::{self, Output};
use crate::pipeline::Counts;

/// The name of the file that says what came of a job.
pub const RESULT: &str = "result.json";

/// Where a job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Complete.
    Done,
    /// Refused, incomplete, or given up.
    Failed,
}

/// What is published.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where.
    pub end: End,
    /// The files of its folder.
    pub files: Vec<Output>,
}

/// What happened, for [`Outcome::new`] to put in words.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Where the job ends.
    pub end: End,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// What it was translated into.
    pub target: Option<&'static str>,
    /// The files of the pair, as far as there is one.
    pub files: Vec<Output>,
    /// The paragraphs without a translation, and why.
    pub untranslated: Vec<Untranslated>,
    /// What the run did for it.
    pub counts: Counts,
}

/// A paragraph without a translation.
#[derive(Clone, Debug, Serialize)]
pub struct Untranslated {
    /// Its id in `pair.json`.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// `result.json`.
#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    id: &'a str,
    name: &'a str,
    state: End,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// Attempts that were begun, this one included.
    attempts: u32,
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'static str>,
    queued: String,
    finished: String,
    /// Every other file of the folder that belongs to the pair, with its hash.
    files: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    untranslated: &'a [Untranslated],
    counts: Counts,
}

/// What is read of a `result.json` again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Ended {
    /// The job's id.
    pub id: String,
    /// The name of its article.
    pub name: String,
    /// Where it ended.
    pub state: End,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// Attempts that were begun.
    pub attempts: u32,
    /// Its revision.
    #[serde(default)]
    pub revision: u64,
    /// When it came, as RFC 3339.
    pub queued: String,
    /// When it ended, as RFC 3339.
    #[serde(default)]
    pub finished: String,
}

impl Outcome {
    /// What happened, in files.
    ///
    /// # Errors
    ///
    /// Where `result.json` cannot be put in words.
    pub fn new(
        claimed: &Claimed,
        happened: Happened,
        finished: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        let Happened { end, reason, target, mut files, untranslated, counts } = happened;
        let job = &claimed.job;
        let written = Written {
            schema: "diptych.result/1",
            id: job.id.as_str(),
            name: job.name.as_str(),
            state: end,
            reason: reason.as_deref(),
            attempts: claimed.attempt,
            revision: job.options.revision,
            target,
            queued: job.queued.to_string(),
            finished: finished.to_string(),
            files: files.iter().map(|file| (&*file.name, write::hash(&file.bytes))).collect(),
            untranslated: &untranslated,
            counts,
        };
        let mut bytes = serde_json::to_vec_pretty(&written)?;
        bytes.push(b'\n');
        files.push(Output { name: RESULT.to_owned(), bytes });
        Ok(Self { end, files })
    }
}
