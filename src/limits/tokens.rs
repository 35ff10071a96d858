//! The limit on tokens: reserved before a request by estimate, settled after it by true usage.

use std::time::Duration;

use super::quota::{Quota, Shape};

const MINUTE: Duration = Duration::from_secs(60);
/// A request of this share of the limit may go at once.
const BURST_SHARE: u32 = 32;
/// What was reserved and not used serves later requests up to this share of the limit; more would
/// be tokens of an earlier window spent in this one.
const CREDIT_SHARE: u32 = 64;
/// How much of what was learned about the estimates stays with each further request.
const MEMORY: f64 = 0.95;

/// Tokens per minute.
pub(super) struct Tokens {
    quota: Quota,
    limit: u32,
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
}

impl Tokens {
    /// A limit of which nothing has been used.
    pub(super) fn new(limit: u32, burst: Duration) -> Self {
        let at_once = f64::from(limit) * burst.as_secs_f64() / MINUTE.as_secs_f64();
        let quota = Quota::new(shape(limit, (at_once as u32).max(limit / BURST_SHARE + 1)));
        Self { quota, limit, credit: 0, estimated: 0.0, used: 0.0 }
    }

    /// How long until a request of this estimate may go.
    pub(super) fn wait(&mut self, estimate: u64) -> Duration {
        let draw = self.draw(self.reservation(estimate));
        if draw > self.quota.burst() {
            // The burst is at least the largest request, or each of those would be paid for twice
            // over in waiting. With some room, so that it does not grow again at the next.
            let burst = u32::try_from(draw + draw / 4).unwrap_or(u32::MAX);
            self.quota = self.quota.reshaped(shape(self.limit, burst));
        }
        self.quota.wait(draw)
    }

    /// Takes what [`Self::wait`] has just said may go.
    pub(super) fn take(&mut self, estimate: u64) -> Reserved {
        let tokens = self.reservation(estimate);
        let draw = self.draw(tokens);
        self.credit -= tokens - draw;
        self.quota.take(draw);
        Reserved { estimate, tokens }
    }

    /// Charges what a request used beyond its reservation, or credits what it left.
    pub(super) fn settle(&mut self, reserved: Reserved, used: u64) {
        self.estimated = self.estimated * MEMORY + reserved.estimate as f64;
        self.used = self.used * MEMORY + used as f64;
        let funds = self.credit + reserved.tokens;
        self.credit = funds.saturating_sub(used).min((self.limit / CREDIT_SHARE).into());
        self.quota.charge(used.saturating_sub(funds));
    }

    /// The estimate, corrected by how earlier ones turned out; never more than a whole window.
    fn reservation(&self, estimate: u64) -> u64 {
        let ratio =
            if self.estimated > 0.0 { (self.used / self.estimated).clamp(0.1, 10.0) } else { 1.0 };
        ((estimate as f64 * ratio).ceil() as u64).clamp(1, self.limit.max(1).into())
    }

    fn draw(&self, tokens: u64) -> u64 {
        tokens - self.credit.min(tokens)
    }
}

/// Credit may be spent in a window beside all that the quota gives: it is set apart.
fn shape(limit: u32, burst: u32) -> Shape {
    Shape::within(limit - limit / CREDIT_SHARE, MINUTE, burst)
}
