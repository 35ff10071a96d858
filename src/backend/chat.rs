//! What chat models share, whatever protocol carries them: the code words of their prompts, their
//! temperatures, and what the tokens they count cost.

use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::http::Prices;
use super::prompt::{self, Prompt};
use super::{Estimate, Usage};
use crate::brief::Brief;
use crate::limits::Demand;

/// Draws the code words that stand around the paragraphs.
#[derive(Debug)]
pub(crate) struct Delimiters(Mutex<StdRng>);

impl Delimiters {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// The prompt for a brief, behind a code word that occurs nowhere in it.
    pub(crate) fn prompt(&self, brief: &Brief) -> (String, Prompt) {
        let delimiter = self.draw(brief);
        let prompt = prompt::render(brief, &delimiter);
        (delimiter, prompt)
    }

    fn draw(&self, brief: &Brief) -> String {
        // No `0`, `1`, `l`, `o`: a model that copies it should not stumble.
        const SIGNS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut length = 6;
        loop {
            let word: String = (0..length)
                .filter_map(|_| SIGNS.get(rng.random_range(0..SIGNS.len())))
                .map(|&sign| char::from(sign))
                .collect();
            if !prompt::occurs(brief, &word) {
                return word;
            }
            // A brief can hold every word of six signs only if it is gigabytes long.
            length += 1;
        }
    }
}

/// The temperature of an attempt, from 0: none may repeat the one before.
pub(crate) fn temperature(attempt: usize) -> f64 {
    *[0.0, 0.3, 0.5].get(attempt).unwrap_or(&0.7)
}

/// What a provider counted, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counted {
    /// Of the prompt, all of them.
    pub(crate) input: f64,
    /// Those of the prompt that were in the provider's cache.
    pub(crate) cached: f64,
    /// What writing to the cache adds, as if in tokens of the prompt.
    pub(crate) surcharge: f64,
    /// Of the reply.
    pub(crate) output: f64,
}

impl Counted {
    /// Where the provider does not say: our estimate of the prompt, and what came back.
    pub(crate) fn guessed(estimate: Estimate, body: &[u8]) -> Self {
        let output = prompt::text_tokens(&String::from_utf8_lossy(body)).ceil();
        Self { input: estimate.tokens_in as f64, output, ..Self::default() }
    }

    /// As limits count it.
    pub(crate) fn demand(self) -> Demand {
        Demand { tokens: (self.input + self.output) as u64, characters: 0 }
    }

    /// With what they cost.
    pub(crate) fn usage(self, prices: Prices) -> Usage {
        let Self { input, cached, surcharge, output } = self;
        let cached = cached.clamp(0.0, input);
        let cost = (input - cached + surcharge) * prices.input
            + cached * prices.cached.unwrap_or(prices.input)
            + output * prices.output;
        Usage { tokens_in: input, tokens_out: output, cost: cost / 1e6 }
    }
}

/// What an estimate takes of the limits.
pub(crate) fn demand(estimate: Estimate) -> Demand {
    Demand { tokens: estimate.tokens_in + estimate.tokens_out, characters: 0 }
}

/// What an estimate comes to.
pub(crate) fn cost(estimate: Estimate, prices: Prices) -> f64 {
    let Estimate { tokens_in, cached, tokens_out, .. } = estimate;
    let counted = Counted {
        input: tokens_in as f64,
        cached: cached as f64,
        surcharge: 0.0,
        output: tokens_out as f64,
    };
    counted.usage(prices).cost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_cost_their_own_price() {
        let counted = Counted { input: 1000.0, cached: 600.0, surcharge: 0.0, output: 100.0 };
        let prices = Prices { input: 10.0, cached: Some(1.0), output: 20.0, ..Prices::default() };
        let usage = counted.usage(prices);
        assert_eq!((usage.tokens_in, usage.tokens_out), (1000.0, 100.0));
        assert!((usage.cost - (400.0 * 10.0 + 600.0 + 100.0 * 20.0) / 1e6).abs() < 1e-12);
        let unnamed = counted.usage(Prices { cached: None, ..prices });
        assert!((unnamed.cost - (1000.0 * 10.0 + 100.0 * 20.0) / 1e6).abs() < 1e-12);
        let written = Counted { surcharge: 100.0, ..counted };
        assert!(written.usage(prices).cost > usage.cost);
        let absurd = Counted { cached: 5000.0, ..counted }.usage(prices);
        assert!(absurd.cost > 0.0);
    }
}
