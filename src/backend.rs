//! What translates: the seam, its replies and its errors.

pub mod openai;
pub mod prompt;
pub mod reply;
pub mod pseudo;

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::brief::Brief;
use crate::limits::Place;

/// Who translated: recorded with every reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Engine {
    /// The backend's name in the configuration.
    pub backend: String,
    /// The model's name; empty for engines without one.
    pub model: String,
    /// The version of our prompt.
    pub prompt: String,
}

impl std::fmt::Display for Engine {
    /// `main/qwen3:8b`, as `pair.json` names it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.model.as_str() {
            "" => f.write_str(&self.backend),
            model => write!(f, "{}/{model}", self.backend),
        }
    }
}

/// What was used up, and what it cost in the currency of the configured prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Tokens sent.
    pub tokens_in: f64,
    /// Tokens received.
    pub tokens_out: f64,
    /// What they cost.
    pub cost: f64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.tokens_in += more.tokens_in;
        self.tokens_out += more.tokens_out;
        self.cost += more.cost;
    }
}

/// How large a brief may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Paragraphs at most.
    pub paragraphs: usize,
    /// Tokens of prompt and reply together, at most.
    pub tokens: u64,
}

/// An estimate of a brief's tokens, never too low by much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Tokens of the prompt.
    pub tokens_in: u64,
    /// Tokens of the reply.
    pub tokens_out: u64,
}

/// What came back for a brief.
#[derive(Debug)]
pub struct Reply {
    /// The paragraphs found in the reply: their number and their text as the model wrote it.
    /// Numbers may be missing, never invented, never twice.
    pub items: Vec<(usize, String)>,
    /// What the request used.
    pub usage: Usage,
    /// How often the request was sent for it.
    pub sends: u32,
    /// The place among the requests in flight; kept until the reply is remembered.
    pub place: Option<Place>,
}

/// Something that translates briefs.
pub trait Backend: Send + Sync {
    /// Who it is.
    fn engine(&self) -> &Engine;

    /// How large a brief may be.
    fn capacity(&self) -> Capacity;

    /// How large a brief is.
    fn estimate(&self, brief: &Brief) -> Estimate;

    /// What the tokens cost.
    fn cost(&self, tokens_in: f64, tokens_out: f64) -> f64;

    /// Asks for a translation of each paragraph of the brief.
    fn translate<'a>(&'a self, brief: &'a Brief) -> BoxFuture<'a, Result<Reply, BackendError>>;
}

/// Why a brief came back without a reply. Retries that time alone can mend have been made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BackendError {
    /// Nobody answers there.
    #[error("{backend}: no answer from {host}: {reason}")]
    Unreachable {
        /// The backend's name.
        backend: String,
        /// Host and port.
        host: String,
        /// What happened.
        reason: String,
    },
    /// It took a request with several paragraphs, and was not done with them by the deadline.
    #[error("{backend}: {host} does not complete so large a request within timeout_seconds")]
    Late {
        /// The backend's name.
        backend: String,
        /// Host and port.
        host: String,
    },
    /// It took the request, and its answer was lost each time, or late for a single paragraph.
    #[error("{backend}: no complete answer from {host} after {attempts} attempts: {reason}")]
    Lost {
        /// The backend's name.
        backend: String,
        /// Host and port.
        host: String,
        /// How often it was sent.
        attempts: u32,
        /// What happened last.
        reason: String,
    },
    /// The key is refused.
    #[error("{backend}: {host} refuses the key (status {status}): {message}")]
    Refused {
        /// The backend's name.
        backend: String,
        /// Host and port.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What the provider says.
        message: String,
    },
    /// The account's quota or credit is used up.
    #[error("{backend}: the quota is used up: {message}")]
    Quota {
        /// The backend's name.
        backend: String,
        /// What the provider says.
        message: String,
    },
    /// Busy or failing for longer than it was tried.
    #[error("{backend}: gave up after {attempts} attempts: {message}")]
    Busy {
        /// The backend's name.
        backend: String,
        /// How often it was tried.
        attempts: u32,
        /// What came back last.
        message: String,
        /// How long the provider asks to wait, where it said.
        retry_after: Option<Duration>,
    },
    /// The request is too large for the model.
    #[error("{backend}: the request is too large: {message}")]
    TooLarge {
        /// The backend's name.
        backend: String,
        /// What the provider says.
        message: String,
    },
    /// The reply is cut off, filtered, empty or not to be read.
    #[error("{backend}: unusable reply: {message}")]
    Unusable {
        /// The backend's name.
        backend: String,
        /// What is wrong with it.
        message: String,
        /// What it cost all the same.
        usage: Usage,
    },
    /// The provider rejects the request as such: another wording does not help.
    #[error("{backend}: request rejected (status {status}): {message}")]
    Rejected {
        /// The backend's name.
        backend: String,
        /// The HTTP status.
        status: u16,
        /// What the provider says.
        message: String,
    },
    /// The run was asked to stop before the request was sent.
    #[error("{backend}: stopped before it was asked")]
    Stopped {
        /// The backend's name.
        backend: String,
    },
}

/// What to do about a [`BackendError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Ask for the paragraphs in smaller, different requests.
    Differently,
    /// Ask this backend nothing more in this run.
    Stop,
}

impl BackendError {
    /// How often the request was sent, as far as that is known.
    pub fn sends(&self) -> u32 {
        match self {
            Self::Busy { attempts, .. } | Self::Lost { attempts, .. } => *attempts,
            Self::Unreachable { .. } | Self::Stopped { .. } => 0,
            Self::Refused { .. }
            | Self::Quota { .. }
            | Self::TooLarge { .. }
            | Self::Late { .. }
            | Self::Unusable { .. }
            | Self::Rejected { .. } => 1,
        }
    }

    /// What a request used that was answered all the same.
    pub fn usage(&self) -> Option<Usage> {
        match self {
            Self::Unusable { usage, .. } => Some(*usage),
            _ => None,
        }
    }

    /// Whose move it is.
    pub fn next(&self) -> Move {
        match self {
            Self::TooLarge { .. } | Self::Late { .. } | Self::Unusable { .. } => Move::Differently,
            Self::Unreachable { .. }
            | Self::Lost { .. }
            | Self::Refused { .. }
            | Self::Quota { .. }
            | Self::Busy { .. }
            | Self::Rejected { .. }
            | Self::Stopped { .. } => Move::Stop,
        }
    }
}
