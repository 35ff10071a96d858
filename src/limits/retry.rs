//! When to try again: delays as a plain iterator, and patience.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How often and how long one call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Attempts in all, those excepted that were refused for coming too fast or were to find out
    /// whether an outage is over.
    pub attempts: u32,
    /// Attempts to connect to a server that has not answered once.
    pub unanswered: u32,
    /// Attempts that end without a response though the request may have been taken, and so may
    /// have been paid for.
    pub unsure: u32,
    /// The longest wait a provider may ask for, or a limit call for, that is slept; a longer one
    /// ends the call.
    pub longest_wait: Duration,
    /// How long an outage is waited out, and refusals for coming too fast are borne; zero where
    /// there is another backend to go to.
    pub outage: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 6,
            unanswered: 3,
            unsure: 3,
            longest_wait: Duration::from_secs(120),
            outage: Duration::from_secs(600),
        }
    }
}

/// Delays between attempts: about 1 s, then 1.6 times as long each, 60 s at most.
#[derive(Debug)]
pub struct Backoff {
    next: f64,
    jitter: StdRng,
}

const FIRST: f64 = 1.0;
const FACTOR: f64 = 1.6;
const LONGEST: f64 = 60.0;

impl Backoff {
    /// The delays for one call; the seed draws the jitter of a fifth up or down.
    pub fn new(seed: u64) -> Self {
        Self { next: FIRST, jitter: StdRng::seed_from_u64(seed) }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.next * self.jitter.random_range(0.8..=1.2);
        self.next = (self.next * FACTOR).min(LONGEST);
        Some(Duration::from_secs_f64(delay.min(LONGEST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_a_minute_and_differ_by_seed() {
        let delays: Vec<f64> = Backoff::new(7).take(20).map(|d| d.as_secs_f64()).collect();
        let mut plain = 1.0_f64;
        for delay in &delays {
            assert!((0.8 * plain..=1.2 * plain).contains(delay), "{delay} beside {plain}");
            plain = (plain * 1.6).min(60.0);
        }
        assert!(delays.iter().all(|delay| *delay <= 60.0));
        assert_ne!(Backoff::new(1).next(), Backoff::new(2).next());
    }
}
