//! What a provider allows, as configured.

use std::time::Duration;

use super::{MINUTE, SECOND};

/// What a provider allows. A month is 31 days: so a limit also holds in every calendar month and
/// in every month of a bill, whatever day it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in any second.
    pub requests_per_second: Option<u32>,
    /// Requests in any minute.
    pub requests_per_minute: Option<u32>,
    /// Requests in any day; all of them may go at once.
    pub requests_per_day: Option<u32>,
    /// Requests in any month; all of them may go at once.
    pub requests_per_month: Option<u32>,
    /// Tokens of prompts and replies together in any minute.
    pub tokens_per_minute: Option<u32>,
    /// Tokens of prompts and replies together in any day; all of them may go at once.
    pub tokens_per_day: Option<u32>,
    /// Characters in any minute, for engines that bill characters.
    pub characters_per_minute: Option<u32>,
    /// Characters in any month; all of them may go at once.
    pub characters_per_month: Option<u32>,
    /// How much of a limit per minute may go at once, in time; a limit per second takes its
    /// sixtieth. Never more than half of such a limit goes at once.
    pub burst: Duration,
    /// Requests in flight at most; at least one.
    pub concurrency: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_second: None,
            requests_per_minute: None,
            requests_per_day: None,
            requests_per_month: None,
            tokens_per_minute: None,
            tokens_per_day: None,
            characters_per_minute: None,
            characters_per_month: None,
            burst: Duration::from_secs(1),
            concurrency: 8,
        }
    }
}

impl Limits {
    /// How many requests a second are allowed in the long run.
    pub(super) fn requests_a_second(&self) -> Option<f64> {
        let rate = |limit: Option<u32>, window: Duration| {
            limit.map(|limit| f64::from(limit) / window.as_secs_f64())
        };
        let rates =
            [rate(self.requests_per_second, SECOND), rate(self.requests_per_minute, MINUTE)];
        rates.into_iter().flatten().reduce(f64::min)
    }
}
