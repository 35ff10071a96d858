//! What a worker translates with, and the files it is made from.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::config::{OnError, Output, Tables};
use crate::language::Variant;
use crate::pipeline::Pipeline;

/// What is needed for an article.
#[derive(Clone)]
pub struct Tools {
    /// The sentence.
    pub pipeline: Arc<Pipeline>,
    /// The variant that `zh` stands for.
    pub chinese: Variant,
    /// The forms that are written unless a job names others.
    pub outputs: Vec<Output>,
    /// What is done with an article in which an error was found.
    pub on_error: OnError,
    /// The hosts that results may be sent to.
    pub callback_hosts: Vec<String>,
    /// The file of people's corrections.
    pub corrections: PathBuf,
    /// The settings they were made of, as a command has to have them too.
    pub tables: Tables,
}

/// Why tools are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The worker begins.
    First,
    /// The files have changed.
    Files,
    /// The memory could not be written; it is opened anew.
    Memory,
}

/// Makes the tools. The world of files stands behind it.
pub trait Workshop: Send + Sync {
    /// Whether a file that the tools were made from has changed since they were made.
    fn has_changed(&self) -> bool;

    /// Tools for the term base and the corrections as they are now, which may be at work beside
    /// these: they share the backends and their limits. `None` where more has changed.
    ///
    /// # Errors
    ///
    /// Why they cannot be made: the causes in order.
    fn renew<'a>(&'a self, tools: &'a Tools) -> BoxFuture<'a, Result<Option<Tools>, Vec<String>>>;

    /// Makes the tools of what the files say now. No tools made before are in use.
    ///
    /// # Errors
    ///
    /// Why they cannot be made, for the log.
    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<Tools, String>>;
}
