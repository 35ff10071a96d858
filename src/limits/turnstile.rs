//! One at a time, in order of arrival: the provider's pause, requests, tokens.
//!
//! All of them are asked before any is drawn on, at the very moment the request leaves: a request
//! that waits for tokens holds no place in the windows of requests meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Limits;
use super::quota::{Quota, Shape};
use super::stop::Stop;
use super::tokens::{Reserved, Tokens};

/// Where requests wait for their limits.
pub(super) struct Turnstile {
    /// First come, first served, so that small requests cannot starve a large one.
    turn: tokio::sync::Mutex<()>,
    meters: Mutex<Meters>,
}

struct Meters {
    requests: Vec<Quota>,
    tokens: Option<Tokens>,
    paused_until: Option<Instant>,
}

/// Why a request did not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Asked to stop.
    Stopped,
    /// The provider's pause is longer than anyone should sleep.
    Parked(Duration),
}

/// A request that passed, with what was reserved for it.
#[derive(Debug)]
pub(super) struct Entry(Option<Reserved>);

impl Turnstile {
    pub(super) fn new(limits: &Limits) -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        let requests = [
            (limits.requests_per_second, SECOND),
            (limits.requests_per_minute, 60 * SECOND),
            (limits.requests_per_day, 24 * 60 * 60 * SECOND),
        ]
        .into_iter()
        .filter_map(|(limit, window)| {
            Some(Quota::new(Shape::of_requests(limit?, window, limits.burst)))
        })
        .collect();
        let tokens = limits.tokens_per_minute.map(|limit| Tokens::new(limit, limits.burst));
        Self {
            turn: tokio::sync::Mutex::new(()),
            meters: Mutex::new(Meters { requests, tokens, paused_until: None }),
        }
    }

    /// Waits until a request of this estimate may leave, which it then must at once.
    pub(super) async fn pass(
        &self,
        estimate: u64,
        longest_pause: Duration,
        stop: &Stop,
    ) -> Result<Entry, Closed> {
        let _turn = stop.or(self.turn.lock()).await.ok_or(Closed::Stopped)?;
        loop {
            if stop.is_stopped() {
                return Err(Closed::Stopped);
            }
            let wait = {
                let mut meters = self.meters();
                let pause = meters.pause();
                if pause > longest_pause {
                    return Err(Closed::Parked(pause));
                }
                let wait = meters.wait(estimate).max(pause);
                if wait.is_zero() {
                    return Ok(meters.take(estimate));
                }
                wait
            };
            // Everything is looked at again after it: a pause may have been told meanwhile.
            stop.or(tokio::time::sleep(wait)).await.ok_or(Closed::Stopped)?;
        }
    }

    /// Nobody leaves for this long. A pause is never shortened.
    pub(super) fn pause(&self, wait: Duration) {
        let mut meters = self.meters();
        let until = Instant::now().checked_add(wait);
        meters.paused_until = meters.paused_until.max(until);
    }

    /// Charges what a request truly used.
    pub(super) fn settle(&self, entry: Entry, used: u64) {
        let mut meters = self.meters();
        if let (Some(tokens), Some(reserved)) = (&mut meters.tokens, entry.0) {
            tokens.settle(reserved, used);
        }
    }

    fn meters(&self) -> MutexGuard<'_, Meters> {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Meters {
    fn pause(&self) -> Duration {
        self.paused_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    fn wait(&mut self, estimate: u64) -> Duration {
        let requests = self.requests.iter().map(|quota| quota.wait(1)).max().unwrap_or_default();
        let tokens = self.tokens.as_mut().map_or(Duration::ZERO, |tokens| tokens.wait(estimate));
        requests.max(tokens)
    }

    fn take(&mut self, estimate: u64) -> Entry {
        self.requests.iter().for_each(|quota| quota.take(1));
        Entry(self.tokens.as_mut().map(|tokens| tokens.take(estimate)))
    }
}
