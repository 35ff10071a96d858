//! The queue: articles that wait to be translated, and what becomes of each.
//!
//! The seam is [`Queue`]; [`spool`] is the queue that needs nothing installed. The same worker
//! runs on any of them.
//!
//! # What every queue promises
//!
//! - **An accepted job is never lost.** It ends as published or as set aside, in one of the two.
//! - **At least once, published once.** A job may be worked on twice; what stands at the end is as
//!   if it had been worked on once. Which attempt publishes is decided by the claim: a worker that
//!   has lost its claim cannot publish.
//! - **Attempts are counted before the work starts**, so that a job that kills the process is set
//!   aside in the end. What is no fault of the job is not counted: it is released.
//! - **Nothing is acknowledged after a failed flush.**

pub mod job;
pub mod options;
pub mod outcome;
pub mod spool;

use std::io;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use serde::Serialize;

use job::Job;
use outcome::{End, Outcome};

/// How often a job is begun before it is set aside, where each time the worker died over it.
pub const ATTEMPTS: u32 = 3;

/// A claim: who holds it may publish, and nobody else. Names a place in the queue; worth nothing
/// once another worker has taken the job over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease(pub String);

/// A job in hand. Its attempt is counted already.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The job.
    pub job: Job,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The right to publish it.
    pub lease: Lease,
    /// Why there is nothing to be translated: it is only to be set aside.
    pub refused: Option<String>,
}

/// What there is to do.
#[derive(Debug)]
pub enum Next {
    /// This job.
    Job(Box<Claimed>),
    /// A job that was in hand when workers died, as often as may be: its last attempt is made with
    /// nothing else in hand, so that no other job is counted as dying with it.
    Alone,
    /// Nothing, for now.
    Nothing,
}

/// Whether a worker has other jobs in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hands {
    /// No job is in hand.
    Empty,
    /// Others are.
    Full,
}

/// Whether the attempt of a job that is given back counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It does.
    Counts,
    /// The job is as it was: nothing of it was the job's fault.
    Forgotten,
}

/// What came of publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is there, whole.
    Now,
    /// The same job had been published before; that stands.
    Before,
    /// The claim was lost to another worker; nothing was published.
    Stale,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Depth {
    /// Jobs that wait.
    pub waiting: usize,
    /// Files that may still be being written.
    pub settling: usize,
    /// How long the longest of them has waited, in seconds.
    pub oldest_seconds: f64,
}

/// Why the queue could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// There is no room. It was not done, and may be tried again once there is.
    #[error("no room to {what} {}: {source}", path.display())]
    Full {
        /// What was attempted.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk says no.
    #[error("cannot {what} {}: {source}", path.display())]
    Disk {
        /// What was attempted.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A flush failed: nobody knows what the disk holds now, and trying again would only hide it.
    #[error(
        "the disk did not keep {}: {reason}; nothing more is acknowledged until the worker is \
         started again", path.display()
    )]
    Unsynced {
        /// What was to be kept.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A value cannot be put in words.
    #[error("cannot write as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// The work broke off.
    #[error("a task of the queue broke off: {0}")]
    Broken(String),
}

/// Where jobs come from and what became of them goes to.
pub trait Queue: Send + Sync {
    /// The next job, claimed, its attempt counted; by priority, then by age.
    fn next(&self, hands: Hands) -> BoxFuture<'_, Result<Next, QueueError>>;

    /// Ends a job: publishes what came of it, whole, in one step.
    fn publish<'a>(
        &'a self,
        claimed: &'a Claimed,
        outcome: Outcome,
    ) -> BoxFuture<'a, Result<Published, QueueError>>;

    /// Gives a job back.
    fn release<'a>(
        &'a self,
        claimed: &'a Claimed,
        begun: Begun,
    ) -> BoxFuture<'a, Result<(), QueueError>>;

    /// Waits until there may be something to do.
    fn wait(&self) -> BoxFuture<'_, ()>;

    /// How much waits.
    fn depth(&self) -> Depth;
}

impl End {
    /// The folder, or the like, where jobs that end so are found.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}
