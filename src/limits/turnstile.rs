//! One at a time, in order of arrival: the provider's pause, requests, tokens.
//!
//! All of them are asked before any is drawn on, at the very moment the request leaves: a request
//! that waits for tokens holds no place in the windows of requests meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Limits;
use super::ledger::{self, Earlier, Ledger, Level, Used};
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
    requests: Vec<Requests>,
    tokens: Option<Tokens>,
    paused_until: Option<Instant>,
    books: Option<Books>,
}

/// One limit on requests.
struct Requests {
    name: &'static str,
    quota: Quota,
    /// How many may leave before they are kept anew.
    block: u64,
    /// How many have left since they were kept.
    unkept: u64,
}

/// Where what is used is kept, and what of the tokens is not kept yet.
struct Books {
    ledger: Ledger,
    block: u64,
    unkept: u64,
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
            ("requests_per_second", limits.requests_per_second, SECOND),
            ("requests_per_minute", limits.requests_per_minute, 60 * SECOND),
            ("requests_per_day", limits.requests_per_day, 24 * 60 * 60 * SECOND),
        ]
        .into_iter()
        .filter_map(|(name, limit, window)| {
            let limit = limit?;
            let quota = Quota::new(Shape::of_requests(limit, window, limits.burst));
            Some(Requests { name, quota, block: ledger::block(limit, window), unkept: 0 })
        })
        .collect();
        let tokens = limits.tokens_per_minute.map(|limit| Tokens::new(limit, limits.burst));
        Self {
            turn: tokio::sync::Mutex::new(()),
            meters: Mutex::new(Meters { requests, tokens, paused_until: None, books: None }),
        }
    }

    /// Goes on where an earlier process left, and keeps what this one uses.
    pub(super) fn with_ledger(self, ledger: Ledger, limits: &Limits) -> Self {
        {
            let mut meters = self.meters();
            meters.resume(&ledger);
            let tokens = limits.tokens_per_minute.unwrap_or_default();
            let block = ledger::block(tokens, Duration::from_secs(60));
            if !meters.requests.is_empty() || meters.tokens.is_some() {
                meters.books = Some(Books { ledger, block, unkept: 0 });
            }
        }
        self
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

    /// How many requests the limits let through within this time; none where one waits already.
    pub(super) fn room(&self, time: Duration) -> usize {
        if self.turn.try_lock().is_err() {
            return 0;
        }
        let meters = self.meters();
        if meters.pause() > Duration::ZERO {
            return 0;
        }
        let requests = meters.requests.iter().map(|requests| requests.quota.room(time)).min();
        let tokens = meters.tokens.as_ref().map_or(u64::MAX, Tokens::room);
        usize::try_from(requests.unwrap_or(u64::MAX).min(tokens)).unwrap_or(usize::MAX)
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
        let requests = self.requests.iter().map(|requests| requests.quota.wait(1)).max();
        let tokens = self.tokens.as_mut().map_or(Duration::ZERO, |tokens| tokens.wait(estimate));
        requests.unwrap_or_default().max(tokens)
    }

    fn take(&mut self, estimate: u64) -> Entry {
        for requests in &mut self.requests {
            requests.quota.take(1);
            requests.unkept += 1;
        }
        let reserved = self.tokens.as_mut().map(|tokens| tokens.take(estimate));
        if let (Some(books), Some(reserved)) = (&mut self.books, &reserved) {
            books.unkept = books.unkept.saturating_add(reserved.tokens());
        }
        // Before the request leaves, so that no restart can forget it.
        self.keep();
        Entry(reserved)
    }

    /// Keeps what is used, where more has left than was promised.
    fn keep(&mut self) {
        let Some(books) = &mut self.books else { return };
        let due = books.unkept > books.block && self.tokens.is_some();
        if !due && self.requests.iter().all(|requests| requests.unkept <= requests.block) {
            return;
        }
        let wall = books.ledger.now();
        let requests = self.requests.iter_mut().map(|requests| {
            requests.unkept = 0;
            (requests.name.to_owned(), requests.level(wall))
        });
        let requests = requests.collect();
        books.unkept = 0;
        let tokens = self.tokens.as_ref().map(|tokens| tokens.used(wall, books.block));
        books.ledger.keep(&Used { written: wall, requests, tokens });
    }

    fn resume(&mut self, ledger: &Ledger) {
        let wall = ledger.now();
        match ledger.earlier() {
            Earlier::Nothing => {}
            Earlier::Known(used) => {
                for requests in &self.requests {
                    if let Some(level) = used.requests.get(requests.name) {
                        requests.quota.resume(level.cells(wall));
                    }
                }
                if let (Some(tokens), Some(kept)) = (&mut self.tokens, &used.tokens) {
                    tokens.resume(kept, wall);
                }
            }
            Earlier::Unknown => {
                self.requests.iter().for_each(|requests| requests.quota.resume(u64::MAX));
                if let Some(tokens) = &mut self.tokens {
                    tokens.resume_exhausted();
                }
            }
        }
    }
}

impl Requests {
    fn level(&self, wall: u64) -> Level {
        let millis = u64::try_from(self.quota.ahead().as_millis()).unwrap_or(u64::MAX);
        let interval = u64::try_from(self.quota.interval().as_nanos()).unwrap_or(u64::MAX);
        // Rounded up: a millisecond too late, never too soon.
        let until = wall.saturating_add(millis).saturating_add(1);
        Level { until, interval, block: self.block }
    }
}
