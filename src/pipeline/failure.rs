//! Why a paragraph has no translation.

use std::sync::Arc;

use super::budget::Passed;
use crate::backend::BackendError;
use crate::check::Unusable;

/// Why a paragraph has no translation.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// No backend could be asked, or none answered.
    #[error(transparent)]
    Backend(Arc<BackendError>),
    /// Every reply was unusable; this is what the last one was.
    #[error("every reply was unusable: {}", .0.message().en)]
    Unusable(Unusable),
    /// No reply held it.
    #[error("no reply held it")]
    Missing,
    /// Not even a word of it fits into a request.
    #[error(
        "it takes about {tokens} tokens, and no piece of it fits into context_tokens = {capacity}: raise context_tokens if the model allows it"
    )]
    TooLarge {
        /// Tokens of the smallest request that holds it.
        tokens: u64,
        /// The configured limit.
        capacity: u64,
    },
    /// Asking for it might have passed the budget.
    #[error("{0}")]
    Budget(Passed),
    /// The run was stopped before it was asked for.
    #[error("the run was stopped before it was asked for")]
    Stopped,
    /// It was not asked for, since the memory could not be written any more.
    #[error("it was not asked for: the memory cannot be written, and the answer would be lost")]
    Unkept,
    /// Another article of the run asked for the same paragraph, in vain.
    #[error("the same paragraph was asked for in another article, in vain")]
    Elsewhere,
}
