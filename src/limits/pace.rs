//! How fast a provider lets itself be asked, found out by asking: every refusal for coming too
//! fast (429) lowers the pace by a factor, every answer lets it creep up by a little, up to the
//! configured limit. Time is passed in; nothing waits here.
//!
//! **Down.** The pace falls by a twentieth where about as much got through in the last minute;
//! else, and at every further refusal in a row, to what did get through, at most to half. Where it
//! took long until something got through again, that was the rest of the provider's window, and
//! what it let through is what it lets through. A first refusal before much got through is only waited out:
//! somebody else may have used the account. Of all the refusals of one moment the first counts:
//! the others left before anybody could know. An overloaded provider (529) is asked half as often,
//! whatever got through.
//!
//! **Up.** A twentieth in the first minute, twice as much in each further one: near the limit that was
//! found it goes gently, and a limit that is gone, or a pace that fell too far, is found out about
//! in minutes.
//!
//! **Pauses.** A refusal that does not say how long to wait holds everyone for a second, the next
//! ones in a row for 1.6 times as long each, a minute at most.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::MINUTE;

/// What a refusal leaves of the pace, at most and at least.
const GENTLE: f64 = 0.95;
const HARD: f64 = 0.5;
/// Where this share of the pace got through, its limit is near.
const NEAR: f64 = 0.8;
/// A wait that tells how long the provider's window is.
const LONG: Duration = Duration::from_secs(5);
/// What is asked for of what got through, once the provider answers again.
const SAFE: f64 = 0.97;
/// The share of itself by which the pace grows in its first second after a fall.
const GROWTH: f64 = 1.0 / 1200.0;
/// With fewer requests through in a minute a first refusal tells nothing of the limit.
const TELLING: u64 = 20;
/// The slowest pace, in requests a second.
const SLOWEST: f64 = 1.0 / 60.0;
/// Without a configured limit the pace is given up at so many times what it was at first.
const FREE: f64 = 4.0;
/// The lateness of timers that is made up for.
const SLACK: Duration = Duration::from_millis(20);

const FIRST_PAUSE: f64 = 1.0;
const PAUSE_FACTOR: f64 = 1.6;
const LONGEST_PAUSE: f64 = 60.0;

/// The pace of requests.
#[derive(Debug)]
pub(super) struct Pace {
    /// Requests a second by configuration, in the long run.
    configured: Option<f64>,
    fallen: Option<Fallen>,
    through: Through,
    /// Refusals in a row.
    refusals: u32,
    /// What left before then tells nothing new.
    as_of: Option<Instant>,
}

/// A pace below the configured one.
#[derive(Debug)]
struct Fallen {
    /// Requests a second.
    rate: f64,
    /// The rate it grows from.
    from: f64,
    /// Since the last refusal, or the first answer after it.
    since: Instant,
    /// When it grew last.
    grown: Instant,
    /// Where it ends.
    end: f64,
    /// When the next request may leave.
    next: Instant,
    /// What had got through before the first refusal, and in what time it would have had to, until
    /// a request gets through again.
    refused: Option<(u64, Instant)>,
}

impl Pace {
    /// A pace that nothing has lowered yet.
    pub(super) fn new(configured: Option<f64>) -> Self {
        Self { configured, fallen: None, through: Through::default(), refusals: 0, as_of: None }
    }

    /// How long until a request may leave.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.fallen
            .as_ref()
            .map_or(Duration::ZERO, |fallen| fallen.next.saturating_duration_since(now))
    }

    /// How many requests could leave within this time.
    pub(super) fn room(&self, time: Duration, now: Instant) -> u64 {
        let Some(fallen) = &self.fallen else { return u64::MAX };
        let time = time.saturating_sub(fallen.next.saturating_duration_since(now));
        (time.as_secs_f64() * fallen.rate) as u64
    }

    /// A request leaves.
    pub(super) fn take(&mut self, now: Instant) {
        if let Some(fallen) = &mut self.fallen {
            let slack = SLACK.mul_f64((now - fallen.since).as_secs_f64().min(1.0));
            let from = now.checked_sub(slack).map_or(now, |early| fallen.next.max(early));
            fallen.next = from + Duration::from_secs_f64(1.0 / fallen.rate);
        }
    }

    /// A request that left then got through.
    pub(super) fn through(&mut self, left: Instant, now: Instant) {
        self.through.enter(left);
        if self.as_of.is_none_or(|as_of| left >= as_of) {
            self.refusals = 0;
        }
        let Some(fallen) = &mut self.fallen else { return };
        if let Some((count, begin)) = fallen.refused
            && self.as_of.is_none_or(|as_of| left >= as_of)
        {
            fallen.refused = None;
            if left - fallen.since >= LONG {
                // A wait so long was the rest of the provider's window.
                let safe = SAFE * count as f64 / span(begin, left);
                let least = if count >= TELLING { SLOWEST } else { HARD * fallen.rate };
                fallen.rate = safe.clamp(least.min(fallen.rate), fallen.rate);
            }
            fallen.from = fallen.rate;
            fallen.since = now;
            fallen.grown = now;
            return;
        }
        let minutes = (now - fallen.since).as_secs_f64() / 60.0;
        let seconds = (now - fallen.grown).as_secs_f64().min(1.0);
        fallen.rate += fallen.from * GROWTH * minutes.min(20.0).exp2() * seconds;
        fallen.grown = now;
        if fallen.rate >= fallen.end {
            self.fallen = None;
        }
    }

    /// A request that left then was refused for coming too fast. Gives the pause for everyone,
    /// unless it says nothing new.
    pub(super) fn refused(&mut self, left: Instant, now: Instant) -> Option<Duration> {
        let (count, begin) = self.through.last_minute(now);
        let measured = count as f64 / span(begin, now);
        let first = self.refusals == 0;
        self.fall(left, now, (count, begin), |rate| {
            if first && measured >= NEAR * rate {
                GENTLE * rate
            } else {
                measured.clamp(HARD * rate, GENTLE * rate)
            }
        })
    }

    /// A request that left then found the provider overloaded.
    pub(super) fn overloaded(&mut self, left: Instant, now: Instant) -> Option<Duration> {
        let before = self.through.last_minute(now);
        self.fall(left, now, before, |rate| HARD * rate)
    }

    fn fall(
        &mut self,
        left: Instant,
        now: Instant,
        before: (u64, Instant),
        share: impl Fn(f64) -> f64,
    ) -> Option<Duration> {
        if self.as_of.is_some_and(|as_of| left < as_of) {
            return None;
        }
        self.as_of = Some(now);
        let pause = FIRST_PAUSE * PAUSE_FACTOR.powi(self.refusals.min(30) as i32);
        let pause = Duration::from_secs_f64(pause.min(LONGEST_PAUSE));
        self.refusals += 1;
        let (count, begin) = before;
        if self.fallen.is_none() && self.refusals == 1 && count < TELLING {
            return Some(pause);
        }
        let (rate, end, refused) = match &self.fallen {
            Some(fallen) => (fallen.rate, fallen.end, fallen.refused.or(Some(before))),
            None => {
                let measured = count as f64 / span(begin, now);
                let known = if count >= TELLING { None } else { self.configured };
                let rate = known.unwrap_or(measured.max(1.0));
                (rate, self.configured.unwrap_or(FREE * rate), Some(before))
            }
        };
        let rate = share(rate).max(SLOWEST);
        let next = now + Duration::from_secs_f64(1.0 / rate);
        self.fallen = Some(Fallen { rate, from: rate, since: now, grown: now, end, next, refused });
        Some(pause)
    }
}

/// The seconds in which something got through: one at least, a minute at most.
fn span(begin: Instant, end: Instant) -> f64 {
    (end - begin).as_secs_f64().clamp(1.0, 60.0)
}

/// How many requests got through, by the second in which they left.
#[derive(Debug, Default)]
struct Through {
    seconds: VecDeque<(Instant, u64)>,
}

impl Through {
    fn enter(&mut self, left: Instant) {
        match self.seconds.back_mut() {
            Some((begin, count)) if left < *begin + Duration::from_secs(1) => *count += 1,
            _ => self.seconds.push_back((left, 1)),
        }
        if self.seconds.len() > 61 {
            self.seconds.pop_front();
        }
    }

    /// How many left in the last minute, and when the first of them did.
    fn last_minute(&mut self, now: Instant) -> (u64, Instant) {
        while self.seconds.front().is_some_and(|(begin, _)| now - *begin > MINUTE) {
            self.seconds.pop_front();
        }
        let count = self.seconds.iter().map(|(_, count)| count).sum();
        (count, self.seconds.front().map_or(now, |(begin, _)| *begin))
    }
}
