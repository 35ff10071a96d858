//! One limit per window, kept by governor's GCRA. No waiting happens here.
//!
//! A burst of `b` and one more per interval `t` put at most `b + ⌊W / t⌋` into any closed window
//! of length `W`; both are chosen so that this is never over the limit, from a cold start and
//! after idling alike.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota as Rate, RateLimiter};
use tokio::time::Instant;

use super::MINUTE;

/// A limit in every window of one length, a minute at most.
pub(super) struct Quota {
    limiter: RateLimiter<NotKeyed, Level, TokioClock, NoOpMiddleware<Duration>>,
    level: Level,
    clock: TokioClock,
    shape: Shape,
}

/// How a limit is let through: so many at once, then one per interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    burst: NonZeroU32,
    interval: Duration,
}

impl Shape {
    /// At most `limit` requests in every window of this length.
    pub(super) fn of_requests(limit: u32, window: Duration, burst: Duration) -> Self {
        let share = burst.as_secs_f64() / MINUTE.max(window).as_secs_f64();
        let at_once = (f64::from(limit) * share) as u32;
        // Requests do not all travel equally fast: the provider may see one sooner after another
        // than it left. A fifth of the burst and a little of the window are left for that.
        let early = (at_once / 5).max(1);
        let spare = limit / 200;
        // With a burst of one, the lateness of every timer would be lost; that tells where
        // intervals are short.
        let least = if window / limit.max(1) < Duration::from_millis(50) { 2 } else { 1 };
        Self::within(limit - spare, window, at_once.saturating_sub(early).max(least))
    }

    /// At most `limit` in every window, `burst` of it at once but no more than half.
    pub(super) fn within(limit: u32, window: Duration, burst: u32) -> Self {
        let burst = burst.min(limit / 2).max(1);
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let rest = f64::from(limit.max(1) - burst.get());
        // The second is for small limits, where the first gives away too much: one more fits, but
        // not quite by the end of the window.
        let nanos = window.as_nanos() as f64;
        let interval = (nanos / rest).min(nanos * 1.01 / (rest + 1.0)).ceil();
        Self { burst, interval: Duration::from_nanos(interval as u64 + 1) }
    }
}

impl Quota {
    /// A quota of which nothing has been used.
    pub(super) fn new(shape: Shape) -> Self {
        let level = Level::default();
        let clock = TokioClock { origin: Instant::now() };
        let rate = Rate::with_period(shape.interval)
            // Never zero: intervals are rounded up.
            .unwrap_or(Rate::per_second(NonZeroU32::MIN))
            .allow_burst(shape.burst);
        let limiter = RateLimiter::new(rate, level.clone(), clock.clone());
        Self { limiter, level, clock, shape }
    }

    /// How many may go at once.
    pub(super) fn burst(&self) -> u64 {
        self.shape.burst.get().into()
    }

    /// How long until `n` may go, zero when now. Takes nothing.
    ///
    /// More than the burst may go once the quota has been idle for the excess as well: so the
    /// window that ends with it, and the one that begins with it, stay within the limit.
    pub(super) fn wait(&self, n: u64) -> Duration {
        let Some(cells) = self.at_once(n) else { return Duration::ZERO };
        let excess = self.time_for(n - u64::from(cells.get()));
        let held = self.level.get();
        // Governor decides and takes in one step; putting back what it took makes it a question.
        self.level.set(held.saturating_add(excess));
        let answer = self.limiter.check_n(cells);
        self.level.set(held);
        match answer {
            // A quota never used has been idle for ever.
            Ok(Err(not_until)) if held > 0 => not_until.wait_time_from(self.clock.now()),
            // The error is out of the question: `at_once` is at most the burst.
            Ok(_) | Err(_) => Duration::ZERO,
        }
    }

    /// Takes `n`, which [`Self::wait`] has just said may go.
    pub(super) fn take(&self, n: u64) {
        let Some(cells) = self.at_once(n) else { return };
        if !matches!(self.limiter.check_n(cells), Ok(Ok(()))) {
            return self.charge(n);
        }
        let excess = self.time_for(n - u64::from(cells.get()));
        self.level.set(self.level.get().saturating_add(excess));
    }

    /// Takes `n` that have gone already: later ones wait the longer.
    pub(super) fn charge(&self, n: u64) {
        self.level.set(self.level.get().max(self.now()).saturating_add(self.time_for(n)));
    }

    /// The same quota with another shape: what may go at this moment stays what it is, so that no
    /// window that spans the change holds more than the larger of both limits.
    pub(super) fn reshaped(&self, shape: Shape) -> Self {
        let reshaped = Self::new(shape);
        let held = self.level.get();
        if held > 0 {
            let ahead = held.saturating_sub(self.now());
            let used = ahead.div_ceil(self.time_for(1).max(1));
            let left = self.burst().saturating_sub(used);
            reshaped.charge(reshaped.burst().saturating_sub(left));
        }
        reshaped
    }

    /// How many may go within this time.
    pub(super) fn room(&self, time: Duration) -> u64 {
        let interval = self.time_for(1).max(1);
        let ahead = u64::try_from(self.ahead().as_nanos()).unwrap_or(u64::MAX);
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let used = ahead.div_ceil(interval);
        self.burst().saturating_sub(used).saturating_add(time / interval)
    }

    /// How far ahead of time it is used; what another process needs to go on from here.
    pub(super) fn ahead(&self) -> Duration {
        Duration::from_nanos(self.level.get().saturating_sub(self.now()))
    }

    /// The time for one.
    pub(super) fn interval(&self) -> Duration {
        self.shape.interval
    }

    /// Goes on where an earlier process left, with so many used: never more than its burst could
    /// have been.
    pub(super) fn resume(&self, used: u64) {
        self.charge(used.min(self.burst()));
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.now().as_nanos()).unwrap_or(u64::MAX)
    }

    fn at_once(&self, n: u64) -> Option<NonZeroU32> {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        NonZeroU32::new(n.min(self.shape.burst.get()))
    }

    fn time_for(&self, n: u64) -> u64 {
        let interval = u64::try_from(self.shape.interval.as_nanos()).unwrap_or(u64::MAX);
        // A bound far beyond any wait, so that no sum in governor can overflow.
        interval.saturating_mul(n).min(u64::MAX / 8)
    }
}

/// Where governor keeps how far ahead of time a quota is used, in nanoseconds since its begin.
///
/// Ours, because several quotas must be asked before any is drawn on, because what was used beyond
/// a reservation is charged afterwards, and because a later run must be able to take it over.
/// Callers take turns (the turnstile holds a lock), so that a read and a write need not be one.
#[derive(Clone, Default)]
struct Level(Arc<AtomicU64>);

impl Level {
    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, nanos: u64) {
        self.0.store(nanos, Ordering::Relaxed);
    }
}

impl StateStore for Level {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (answer, level) = decide(Some(self.get().into()))?;
        self.set(level.into());
        Ok(answer)
    }
}

/// Tokio's time, so that a paused clock pauses the quotas too.
#[derive(Clone)]
struct TokioClock {
    origin: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}
