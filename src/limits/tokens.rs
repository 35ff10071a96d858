//! The limit on tokens: reserved before a request by estimate, settled after it by true usage.
//!
//! The quota spreads requests over the window; the book of the last window guarantees the limit
//! whatever the estimates were worth, for what is known when a request leaves.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::ledger::{Level, TokensUsed};
use super::quota::{Quota, Shape};

const MINUTE: Duration = Duration::from_secs(60);
/// A request of this share of the limit may go at once.
const BURST_SHARE: u32 = 32;
/// What was reserved and not used serves later requests up to this share of the limit.
const CREDIT_SHARE: u32 = 64;
/// This share of the limit is set apart for estimates in flight that turn out too low.
const SPARE_SHARE: u32 = 32;
/// Requests so close together are kept as one, in milliseconds: 1 % of the window.
const TOGETHER_MS: u64 = 600;
/// How much of what was learned about the estimates stays with each further request.
const MEMORY: f64 = 0.98;

/// Tokens per minute.
pub(super) struct Tokens {
    quota: Quota,
    /// What may be used of the limit.
    limit: u32,
    book: Book,
    /// Reserved earlier and not used.
    credit: u64,
    /// Sums of what was estimated and what was used, older requests fading.
    estimated: f64,
    used: f64,
}

/// What was reserved for one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reserved {
    estimate: u64,
    tokens: u64,
    number: u64,
}

impl Reserved {
    /// How many tokens are reserved.
    pub(super) fn tokens(self) -> u64 {
        self.tokens
    }
}

impl Tokens {
    /// A limit of which nothing has been used.
    pub(super) fn new(limit: u32, burst: Duration) -> Self {
        let at_once = f64::from(limit) * burst.as_secs_f64() / MINUTE.as_secs_f64();
        let at_once = (at_once as u32).max(limit / BURST_SHARE + 1);
        let limit = (limit - limit / SPARE_SHARE).max(1);
        Self {
            quota: Quota::new(Shape::within(limit, MINUTE, at_once)),
            limit,
            book: Book::default(),
            credit: 0,
            estimated: 0.0,
            used: 0.0,
        }
    }

    /// How long until a request of this estimate may go.
    pub(super) fn wait(&mut self, estimate: u64) -> Duration {
        let tokens = self.reservation(estimate);
        let draw = self.draw(tokens);
        if draw > self.quota.burst() {
            // The burst is at least the largest request, or each of those would be paid for twice
            // over in waiting. With some room, so that it does not grow again at the next.
            let burst = u32::try_from(draw + draw / 4).unwrap_or(u32::MAX);
            self.quota = self.quota.reshaped(Shape::within(self.limit, MINUTE, burst));
        }
        let room = u64::from(self.limit).saturating_sub(tokens);
        self.quota.wait(draw).max(self.book.wait(room))
    }

    /// Whether the limit is idle: any number of requests, or none.
    pub(super) fn room(&self) -> u64 {
        if self.quota.room(Duration::ZERO) >= self.quota.burst() { u64::MAX } else { 0 }
    }

    /// Takes what [`Self::wait`] has just said may go.
    pub(super) fn take(&mut self, estimate: u64) -> Reserved {
        let tokens = self.reservation(estimate);
        let draw = self.draw(tokens);
        self.credit -= tokens - draw;
        self.quota.take(draw);
        Reserved { estimate, tokens, number: self.book.enter(tokens) }
    }

    /// Charges what a request used beyond its reservation, or credits what it left.
    pub(super) fn settle(&mut self, reserved: Reserved, used: u64) {
        self.estimated = self.estimated * MEMORY + reserved.estimate as f64;
        self.used = self.used * MEMORY + used as f64;
        let funds = self.credit + reserved.tokens;
        self.credit = funds.saturating_sub(used).min((self.limit / CREDIT_SHARE).into());
        self.quota.charge(used.saturating_sub(funds));
        self.book.correct(reserved.number, used);
    }

    /// What is used, as it is kept for another process. Times on the wall are counted from `wall`,
    /// which is now.
    pub(super) fn used(&self, wall: u64, block: u64) -> TokensUsed {
        let ahead = millis(self.quota.ahead()) + 1;
        let interval = u64::try_from(self.quota.interval().as_nanos()).unwrap_or(u64::MAX);
        TokensUsed {
            level: Level { until: wall.saturating_add(ahead), interval, block },
            book: self.book.kept(wall),
            estimated: self.estimated,
            used: self.used,
        }
    }

    /// Goes on where an earlier process left.
    pub(super) fn resume(&mut self, kept: &TokensUsed, wall: u64) {
        self.quota.resume(kept.level.cells(wall));
        self.estimated = kept.estimated.max(0.0);
        self.used = kept.used.max(0.0);
        for &(at, tokens) in &kept.book {
            self.book.enter_at(Duration::from_millis(wall.saturating_sub(at)), tokens);
        }
        // What the block promised may have left a moment ago.
        self.book.enter(kept.level.block);
    }

    /// Counts everything as used by an earlier process.
    pub(super) fn resume_exhausted(&mut self) {
        self.quota.resume(u64::MAX);
        self.book.enter(self.limit.into());
    }

    /// The estimate, corrected by how earlier ones turned out; never more than a whole window.
    fn reservation(&self, estimate: u64) -> u64 {
        let ratio =
            if self.estimated > 0.0 { (self.used / self.estimated).clamp(0.1, 10.0) } else { 1.0 };
        ((estimate as f64 * ratio).ceil() as u64).clamp(1, self.limit.into())
    }

    fn draw(&self, tokens: u64) -> u64 {
        tokens - self.credit.min(tokens)
    }
}

/// The requests of the last window: what each used or, while it is in flight, reserved.
#[derive(Default)]
struct Book {
    entries: VecDeque<(Instant, u64)>,
    sum: u64,
    /// The number of the first entry.
    first: u64,
}

impl Book {
    /// How long until the entries of the last window sum up to no more than `room`.
    fn wait(&mut self, room: u64) -> Duration {
        // The window is closed at both ends, and timers are as fine as a millisecond.
        let window = MINUTE + Duration::from_millis(1);
        let now = Instant::now();
        while let Some(&(at, tokens)) = self.entries.front()
            && now - at >= window
        {
            self.entries.pop_front();
            self.first += 1;
            self.sum = self.sum.saturating_sub(tokens);
        }
        let mut over = self.sum.saturating_sub(room);
        for &(at, tokens) in &self.entries {
            if over <= tokens {
                return if over == 0 { Duration::ZERO } else { at + window - now };
            }
            over -= tokens;
        }
        Duration::ZERO
    }

    fn enter(&mut self, tokens: u64) -> u64 {
        self.enter_at(Duration::ZERO, tokens)
    }

    /// Enters a request that left so long ago. Entries come in the order of their time.
    fn enter_at(&mut self, ago: Duration, tokens: u64) -> u64 {
        let now = Instant::now();
        // A clock that has not run so long: later than it was, which is on the safe side.
        self.entries.push_back((now.checked_sub(ago).unwrap_or(now), tokens));
        self.sum = self.sum.saturating_add(tokens);
        self.first + self.entries.len() as u64 - 1
    }

    /// The entries as they are kept: those that are close together as one, at the time of the
    /// last of them.
    fn kept(&self, wall: u64) -> Vec<(u64, u64)> {
        let now = Instant::now();
        let mut kept: Vec<(u64, u64)> = Vec::new();
        let mut begin = 0;
        for &(at, tokens) in &self.entries {
            let at = wall.saturating_sub(millis(now - at));
            match kept.last_mut() {
                Some(last) if at.saturating_sub(begin) < TOGETHER_MS => {
                    *last = (at, last.1.saturating_add(tokens));
                }
                _ => {
                    begin = at;
                    kept.push((at, tokens));
                }
            }
        }
        kept
    }

    fn correct(&mut self, number: u64, used: u64) {
        let entry = number
            .checked_sub(self.first)
            .and_then(|index| self.entries.get_mut(usize::try_from(index).ok()?));
        if let Some((_, tokens)) = entry {
            self.sum = self.sum.saturating_sub(*tokens) + used;
            *tokens = used;
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
