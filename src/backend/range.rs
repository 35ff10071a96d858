//! How far the truth may lie from an estimate.
//!
//! Tokenizers differ: a prompt takes 0.5 to 1.3 times what is estimated. Replies differ more. On
//! human translations of paragraphs the target has 0.19 to 0.72 characters for one of an English
//! source and 2.0 to 7.4 for one of a Chinese source (first to last percentile); with that, and
//! 0.6 to 1.25 tokens for a Han character and 3 to 4.8 characters for a token of English, a reply
//! takes 0.27 to 2.1 times what is estimated. What a model thinks before it replies is not in it.

use super::Estimate;

const PROMPT: (f64, f64) = (0.5, 1.3);
const REPLY: (f64, f64) = (0.25, 2.2);

impl Estimate {
    /// The least it may come to: short replies, all of the prompt in the provider's cache.
    #[must_use]
    pub fn low(self) -> Self {
        let tokens_in = (self.tokens_in as f64 * PROMPT.0).floor() as u64;
        let tokens_out = (self.tokens_out as f64 * REPLY.0).floor() as u64;
        Self { tokens_in, tokens_out, cached: tokens_in, ..self }
    }

    /// The most it may come to: long replies, nothing in a cache.
    #[must_use]
    pub fn high(self) -> Self {
        let tokens_in = (self.tokens_in as f64 * PROMPT.1).ceil() as u64;
        let tokens_out = (self.tokens_out as f64 * REPLY.1).ceil() as u64;
        Self { tokens_in, tokens_out, cached: 0, ..self }
    }
}
