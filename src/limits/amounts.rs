//! A limit on what requests use up: tokens, characters, or the requests themselves where the
//! window is a day or a month. Reserved before a request by estimate, settled after it by true
//! usage.
//!
//! The book of the last window guarantees the limit, whatever the estimates were worth, for what
//! is known when a request leaves. In a minute a quota spreads the requests over it as well. A day
//! or a month is not spread: all of it may go at once, and nobody waits for the night to pass.

use std::time::Duration;

use super::book::{Book, millis};
use super::ledger::{AmountUsed, Level};
use super::quota::{Quota, Shape};
use super::{Demand, MINUTE};

/// A request of this share of the limit may go at once.
const BURST_SHARE: u32 = 32;
/// What was reserved and not used serves later requests up to this share of the limit.
const CREDIT_SHARE: u32 = 64;
/// This share of a limit on tokens is set apart for estimates in flight that turn out too low.
/// Characters are counted, not estimated.
const SPARE_SHARE: u32 = 32;
/// How much of what was learned about the estimates stays with each further request.
const MEMORY: f64 = 0.98;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Requests,
    Tokens,
    Characters,
}

impl Unit {
    /// How much of it a request takes.
    pub(super) fn of(self, demand: Demand) -> u64 {
        match self {
            Self::Requests => 1,
            Self::Tokens => demand.tokens,
            Self::Characters => demand.characters,
        }
    }
}

/// One limit.
pub(super) struct Amounts {
    /// Its name in the configuration.
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    /// What may be used of the limit.
    limit: u32,
    /// Spreads requests over a minute.
    quota: Option<Quota>,
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
    pub(super) amount: u64,
    number: u64,
}

impl Amounts {
    /// A limit of which nothing has been used.
    pub(super) fn new(
        name: &'static str,
        unit: Unit,
        limit: u32,
        window: Duration,
        burst: Duration,
    ) -> Self {
        let at_once = f64::from(limit) * burst.as_secs_f64() / MINUTE.as_secs_f64();
        let at_once = (at_once as u32).max(limit / BURST_SHARE + 1);
        let spare = if unit == Unit::Tokens { limit / SPARE_SHARE } else { 0 };
        let limit = (limit - spare).max(1);
        let spread = window <= MINUTE;
        Self {
            name,
            unit,
            limit,
            quota: spread.then(|| Quota::new(Shape::within(limit, window, at_once))),
            book: Book::new(window),
            credit: 0,
            estimated: 0.0,
            used: 0.0,
        }
    }

    pub(super) fn window(&self) -> Duration {
        self.book.window()
    }

    /// What was used in the last window.
    pub(super) fn told(&mut self) -> u64 {
        self.book.used()
    }

    /// How long until a request of this estimate may go.
    pub(super) fn wait(&mut self, estimate: u64) -> Duration {
        let amount = self.reservation(estimate);
        let draw = self.draw(amount);
        let limit = self.limit;
        let spread = self.quota.as_mut().map_or(Duration::ZERO, |quota| {
            if draw > quota.burst() {
                // The burst is at least the largest request, or each of those would be paid for
                // twice over in waiting. With some room, so that it does not grow again at the
                // next.
                let burst = u32::try_from(draw + draw / 4).unwrap_or(u32::MAX);
                *quota = quota.reshaped(Shape::within(limit, MINUTE, burst));
            }
            quota.wait(draw)
        });
        let room = u64::from(limit).saturating_sub(amount);
        spread.max(self.book.wait(room))
    }

    /// Whether the limit is idle: any number of requests, or none.
    pub(super) fn room(&self) -> u64 {
        let idle = match &self.quota {
            Some(quota) => quota.room(Duration::ZERO) >= quota.burst(),
            None => self.book.sum() < self.limit.into(),
        };
        if idle { u64::MAX } else { 0 }
    }

    /// Takes what [`Self::wait`] has just said may go.
    pub(super) fn take(&mut self, estimate: u64) -> Reserved {
        let amount = self.reservation(estimate);
        let draw = self.draw(amount);
        self.credit -= amount - draw;
        if let Some(quota) = &self.quota {
            quota.take(draw);
        }
        Reserved { estimate, amount, number: self.book.enter(amount) }
    }

    /// Charges what a request used beyond its reservation, or credits what it left.
    pub(super) fn settle(&mut self, reserved: Reserved, used: u64) {
        self.estimated = self.estimated * MEMORY + reserved.estimate as f64;
        self.used = self.used * MEMORY + used as f64;
        if let Some(quota) = &self.quota {
            let funds = self.credit + reserved.amount;
            self.credit = funds.saturating_sub(used).min((self.limit / CREDIT_SHARE).into());
            quota.charge(used.saturating_sub(funds));
        }
        self.book.correct(reserved.number, reserved.amount, used);
    }

    /// What is used, as it is kept for another process, with a block that may leave before it is
    /// kept anew. Times on the wall are counted from `wall`, which is now.
    pub(super) fn kept(&self, wall: u64, block: u64) -> AmountUsed {
        let level = self.quota.as_ref().map(|quota| Level::of(quota, wall, block));
        AmountUsed {
            level,
            block,
            book: self.book.kept(wall),
            estimated: self.estimated,
            used: self.used,
        }
    }

    /// Goes on where an earlier process left.
    pub(super) fn resume(&mut self, kept: &AmountUsed, wall: u64) {
        if let (Some(quota), Some(level)) = (&self.quota, kept.level) {
            quota.resume(level.cells(wall));
        }
        self.estimated = kept.estimated.max(0.0);
        self.used = kept.used.max(0.0);
        for &(at, amount) in &kept.book {
            self.book.enter_at(Duration::from_millis(wall.saturating_sub(at)), amount);
        }
        // What the block promised may have left a moment ago.
        if kept.block > 0 {
            self.book.enter(kept.block);
        }
    }

    /// Counts everything as used by an earlier process.
    pub(super) fn resume_exhausted(&mut self) {
        if let Some(quota) = &self.quota {
            quota.resume(u64::MAX);
        }
        self.book.enter(self.limit.into());
    }

    /// The estimate, corrected by how earlier ones turned out; never more than a whole window.
    fn reservation(&self, estimate: u64) -> u64 {
        if estimate == 0 {
            return 0;
        }
        let ratio =
            if self.estimated > 0.0 { (self.used / self.estimated).clamp(0.1, 10.0) } else { 1.0 };
        ((estimate as f64 * ratio).ceil() as u64).clamp(1, self.limit.into())
    }

    fn draw(&self, amount: u64) -> u64 {
        amount - self.credit.min(amount)
    }
}

impl Level {
    /// How far ahead of time a quota is used.
    pub(super) fn of(quota: &Quota, wall: u64, block: u64) -> Self {
        let interval = u64::try_from(quota.interval().as_nanos()).unwrap_or(u64::MAX);
        // Rounded up: a millisecond too late, never too soon.
        let until = wall.saturating_add(millis(quota.ahead())).saturating_add(1);
        Self { until, interval, block }
    }
}
