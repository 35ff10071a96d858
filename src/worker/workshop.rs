//! What a worker translates with, and the files it is made from.

use futures_util::future::BoxFuture;

use crate::config::{OnError, Output};
use crate::language::Variant;
use crate::pipeline::Pipeline;

/// What is needed for an article.
pub struct Tools {
    /// The sentence.
    pub pipeline: Pipeline,
    /// The variant that `zh` stands for.
    pub chinese: Variant,
    /// The forms that are written unless a job names others.
    pub outputs: Vec<Output>,
    /// What is done with an article in which an error was found.
    pub on_error: OnError,
    /// The hosts that results may be sent to.
    pub callback_hosts: Vec<String>,
}

/// Why tools are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The worker begins.
    First,
    /// The files have changed.
    Files,
    /// No backend could be asked; they are made anew.
    Backends,
    /// The memory could not be written; it is opened anew.
    Memory,
}

/// Makes the tools. The world of files stands behind it.
pub trait Workshop: Send + Sync {
    /// Whether a file that the tools were made from has changed since they were made.
    fn has_changed(&self) -> bool;

    /// Makes the tools of what the files say now. No tools made before are in use.
    ///
    /// # Errors
    ///
    /// Why they cannot be made, for the log.
    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<Tools, String>>;
}
