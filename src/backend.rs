//! What translates: the seam, its replies and its errors.

pub mod kinds;
pub mod http;
pub mod chat;
pub mod prompt;
pub mod reply;
pub mod openai;
pub mod anthropic;
mod tagged;
mod translator;
mod deepl;
mod google;
mod azure;
mod libretranslate;
pub mod pseudo;
mod range;

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::brief::Brief;
use crate::limits::Place;
use crate::limits::standing::Standing;

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

impl Usage {
    /// To a thousandth of a token and a billionth of the currency: as a file notes it, so that its
    /// sum is the same before it is written and after it is read.
    pub fn noted(self) -> Self {
        let to = |places: f64, figure: f64| (figure * places).round() / places;
        Self {
            tokens_in: to(1e3, self.tokens_in),
            tokens_out: to(1e3, self.tokens_out),
            cost: to(1e9, self.cost),
        }
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, more| {
            sum += more;
            sum
        })
    }
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
    /// The size of a request, at most, in whatever the provider counts: bytes, code points.
    pub size: u64,
}

impl Capacity {
    /// Of a model, which counts tokens and nothing else.
    pub fn of_tokens(paragraphs: usize, tokens: u64) -> Self {
        Self { paragraphs, tokens, size: u64::MAX }
    }

    /// Whether a brief of this size is within it.
    pub fn holds(&self, brief: &Brief, estimate: Estimate) -> bool {
        brief.paragraphs.len() <= self.paragraphs
            && estimate.tokens_in + estimate.tokens_out <= self.tokens
            && estimate.size <= self.size
    }
}

/// An estimate of what a brief takes, never too low by much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Tokens of the prompt; none where the provider counts characters.
    pub tokens_in: u64,
    /// Those of the prompt that are in the provider's cache; an estimate counts on none.
    #[serde(skip)]
    pub cached: u64,
    /// Tokens of the reply; none where the provider counts characters.
    pub tokens_out: u64,
    /// Characters that are billed; none where the provider counts tokens.
    pub characters: u64,
    /// The size of the request, in the unit of [`Capacity::size`].
    #[serde(skip)]
    pub size: u64,
}

impl std::ops::AddAssign for Estimate {
    fn add_assign(&mut self, more: Self) {
        self.tokens_in += more.tokens_in;
        self.cached += more.cached;
        self.tokens_out += more.tokens_out;
        self.characters += more.characters;
        self.size += more.size;
    }
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

    /// What an estimate comes to, in the currency of the configured prices.
    fn cost(&self, estimate: Estimate) -> f64;

    /// Whether the same paragraph can be asked for in other words. Of an engine that is no
    /// language model the same text gets the same answer, so it is asked once.
    fn rewords(&self) -> bool {
        true
    }

    /// Whether it heeds the names of a brief and can be asked for their renderings, as language
    /// models can and translation engines cannot.
    fn heeds_names(&self) -> bool {
        false
    }

    /// How many requests could leave by now, as far as can be told: fewer than places are free
    /// where a limit binds, none where requests wait already. At least as many make briefs small
    /// and quick, fewer make them full and cheap.
    fn room(&self) -> usize {
        1
    }

    /// How its provider stands; nothing of a backend that asks nobody.
    fn standing(&self) -> Option<Standing> {
        None
    }

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
    /// The reply was cut off before a single paragraph was complete.
    #[error("{backend}: the reply is cut off at the model's limit before a paragraph is complete")]
    Cut {
        /// The backend's name.
        backend: String,
        /// What it cost all the same.
        usage: Usage,
    },
    /// The model, or its provider's filter, will not answer: asked again, it would not either.
    #[error("{backend}: the reply is withheld: {message}")]
    Withheld {
        /// The backend's name.
        backend: String,
        /// What was said.
        message: String,
        /// What it cost all the same.
        usage: Usage,
    },
    /// The reply is empty or not to be read.
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
    /// It was not asked: it is parked or down, and not worth waiting for.
    #[error("{backend}: not asked for now: {reason}")]
    Closed {
        /// The backend's name.
        backend: String,
        /// Why.
        reason: String,
        /// How long until it is asked again.
        again_in: Duration,
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
    /// Ask for the paragraphs in smaller requests.
    Smaller,
    /// Ask for the paragraphs in smaller, different requests.
    Differently,
    /// Ask for several paragraphs in smaller requests, and for one alone the next backend.
    Apart,
    /// Ask the next backend. When this one is asked again is for its door to say.
    Elsewhere,
}

impl BackendError {
    /// How often the request was sent, as far as that is known.
    pub fn sends(&self) -> u32 {
        match self {
            Self::Busy { attempts, .. } | Self::Lost { attempts, .. } => *attempts,
            Self::Unreachable { .. } | Self::Closed { .. } | Self::Stopped { .. } => 0,
            Self::Refused { .. }
            | Self::Quota { .. }
            | Self::TooLarge { .. }
            | Self::Late { .. }
            | Self::Cut { .. }
            | Self::Withheld { .. }
            | Self::Unusable { .. }
            | Self::Rejected { .. } => 1,
        }
    }

    /// What a request used that was answered all the same.
    pub fn usage(&self) -> Option<Usage> {
        match self {
            Self::Cut { usage, .. }
            | Self::Withheld { usage, .. }
            | Self::Unusable { usage, .. } => Some(*usage),
            _ => None,
        }
    }

    /// Whether the request may have been paid for, though nobody says what it cost.
    pub fn may_have_cost(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Late { .. })
    }

    /// Whether the request met a limit of the model: a shorter text may not.
    pub fn is_of_length(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::Cut { .. })
    }

    /// Whose move it is.
    pub fn next(&self) -> Move {
        match self {
            Self::TooLarge { .. } | Self::Late { .. } | Self::Cut { .. } => Move::Smaller,
            Self::Withheld { .. } => Move::Apart,
            Self::Unusable { .. } => Move::Differently,
            // Others are answered meanwhile, or the door would be closed: it may be this request.
            // What is late alone is as late again.
            Self::Lost { attempts: 2.., .. } | Self::Busy { retry_after: None, .. } => {
                Move::Differently
            }
            Self::Unreachable { .. }
            | Self::Lost { .. }
            | Self::Refused { .. }
            | Self::Quota { .. }
            | Self::Busy { .. }
            | Self::Rejected { .. }
            | Self::Closed { .. }
            | Self::Stopped { .. } => Move::Elsewhere,
        }
    }
}
