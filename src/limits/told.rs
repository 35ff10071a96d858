//! What the provider says is left of its limits, heeded before it has to refuse. Time is passed
//! in; nothing waits here.
//!
//! While there is plenty nothing is held back. Within the last fiftieth, what is in flight taken
//! off, it depends on how the provider fills its limit again, which the time tells that it names
//! for the limit to be whole:
//!
//! - It stays where it is: a window that ends then, all at once. What is left is spread over the
//!   time until then, and where it does not go round for the next request, that one waits.
//! - It moves on as requests come: a window that slides or a bucket that fills. What was used comes
//!   back in that time, and as fast as that requests leave.
//!
//! A window longer than two minutes is not spread (nobody spreads a day over the night), nor one
//! of a second, whose end is told too coarsely: there a refusal tells.

use std::time::Duration;

use tokio::time::Instant;

use super::Demand;
use super::amounts::Unit;
use super::headers::{self, Left};
use super::standing;

/// Nothing further away is waited for on a header alone.
const LONGEST: Duration = Duration::from_secs(120);
/// The share of a limit below which what is left is spread.
const SCARCE: u64 = 50;
/// Times of day may be rounded to whole seconds.
const ROUNDING: Duration = Duration::from_millis(1500);
/// What is asked for of what comes back.
const SAFE: f64 = 0.97;

/// What is told of requests and of tokens.
#[derive(Debug, Default)]
pub(super) struct Told {
    requests: Account,
    tokens: Account,
}

/// What is told of one of them.
#[derive(Debug, Default)]
struct Account {
    /// In flight, by estimate.
    flying: u64,
    /// What left before then tells nothing new.
    as_of: Option<Instant>,
    /// When the limit was to be whole, as it was told first.
    anchor: Option<Instant>,
    /// The longest it ever was until then.
    longest: Duration,
    /// Whether that time moves on.
    rolling: bool,
    /// When the last request left, and how much it took.
    last: Option<(Instant, u64)>,
    /// What was said last, whatever follows from it.
    said: Option<standing::Left>,
    scarce: Option<Scarce>,
}

#[derive(Debug)]
struct Scarce {
    /// What is left for what leaves from now on.
    left: u64,
    /// When the limit is whole again.
    whole: Instant,
    /// The time for one.
    interval: Duration,
}

impl Told {
    /// How long until a request may leave.
    pub(super) fn wait(&self, demand: Demand, now: Instant) -> Duration {
        let of = |account: &Account, unit: Unit| account.wait(unit.of(demand), now);
        of(&self.requests, Unit::Requests).max(of(&self.tokens, Unit::Tokens))
    }

    /// What was said last.
    pub(super) fn standing(&self) -> standing::Told {
        standing::Told { requests: self.requests.said, tokens: self.tokens.said }
    }

    /// Whether anything is held back.
    pub(super) fn is_scarce(&self, now: Instant) -> bool {
        let of = |account: &Account| account.scarce.as_ref().is_some_and(|it| it.whole > now);
        of(&self.requests) || of(&self.tokens)
    }

    /// A request leaves.
    pub(super) fn take(&mut self, demand: Demand, now: Instant) {
        self.requests.take(Unit::Requests.of(demand), now);
        self.tokens.take(Unit::Tokens.of(demand), now);
    }

    /// A request is over, whatever came of it.
    pub(super) fn landed(&mut self, demand: Demand) {
        self.requests.landed(Unit::Requests.of(demand));
        self.tokens.landed(Unit::Tokens.of(demand));
    }

    /// A response to a request that left then tells this. The request has not landed yet.
    pub(super) fn learn(
        &mut self,
        told: headers::Told,
        demand: Demand,
        left: Instant,
        now: Instant,
    ) {
        let own = |unit: Unit| unit.of(demand);
        self.requests.learn(told.requests, own(Unit::Requests), left, now);
        self.tokens.learn(told.tokens, own(Unit::Tokens), left, now);
    }
}

impl Account {
    fn wait(&self, amount: u64, now: Instant) -> Duration {
        let Some(scarce) = &self.scarce else { return Duration::ZERO };
        let next = self.last.map_or(now, |(at, last)| at + times(scarce.interval, last));
        let at = if amount > scarce.left && !self.rolling { scarce.whole } else { next };
        at.min(scarce.whole).saturating_duration_since(now)
    }

    fn take(&mut self, amount: u64, now: Instant) {
        self.flying = self.flying.saturating_add(amount);
        self.last = Some((now, amount));
        if self.scarce.as_ref().is_some_and(|scarce| now >= scarce.whole) {
            self.scarce = None;
        }
        if let Some(scarce) = &mut self.scarce {
            scarce.left = scarce.left.saturating_sub(amount);
        }
    }

    fn landed(&mut self, amount: u64) {
        self.flying = self.flying.saturating_sub(amount);
    }

    fn learn(&mut self, told: Option<Left>, own: u64, left: Instant, now: Instant) {
        let Some(told) = told else { return };
        if self.as_of.is_some_and(|as_of| left < as_of) {
            return;
        }
        self.as_of = Some(left);
        self.said = Some(standing::Left { remaining: told.remaining, limit: told.limit });
        self.longest = self.longest.max(told.reset);
        let whole = now + told.reset;
        match self.anchor {
            Some(anchor) if now < anchor => self.rolling |= whole > anchor + ROUNDING,
            _ => self.anchor = Some(whole),
        }
        // The provider may not have seen those yet.
        let remaining = told.remaining.saturating_sub(self.flying.saturating_sub(own));
        let plenty = own.max(told.limit.unwrap_or_default() / SCARCE);
        let tells = self.longest > ROUNDING && told.reset <= LONGEST;
        if remaining > plenty || told.reset.is_zero() || !tells {
            self.scarce = None;
            return;
        }
        let share = match told.limit {
            Some(limit) if self.rolling => SAFE * limit.saturating_sub(told.remaining) as f64,
            _ => {
                self.rolling = false;
                remaining as f64
            }
        };
        let interval = told.reset.div_f64(share.max(1.0));
        self.scarce = Some(Scarce { left: remaining, whole, interval });
    }
}

fn times(interval: Duration, amount: u64) -> Duration {
    Duration::try_from_secs_f64(interval.as_secs_f64() * amount as f64).unwrap_or(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const ONE: Demand = Demand { tokens: 100, characters: 0 };

    fn of(remaining: u64, limit: Option<u64>, seconds: u64) -> headers::Told {
        let requests = Some(Left { remaining, limit, reset: Duration::from_secs(seconds) });
        headers::Told { requests, tokens: None }
    }

    fn learned(told: headers::Told, now: Instant) -> Told {
        let mut known = Told::default();
        known.take(ONE, now);
        known.learn(told, ONE, now, now);
        known.landed(ONE);
        known
    }

    #[test]
    fn plenty_holds_nothing_back() {
        let now = Instant::now();
        for told in [of(6, Some(100), 60), of(9, None, 60), of(0, Some(9), 3600), of(0, None, 0)] {
            assert_eq!(learned(told, now).wait(ONE, now), Duration::ZERO, "{told:?}");
        }
    }

    #[test]
    fn what_is_used_up_is_waited_for_until_the_window_is_whole() {
        let now = Instant::now();
        let mut known = learned(of(0, Some(100), 20), now);
        assert_eq!(known.wait(ONE, now), 20 * SECOND);
        assert_eq!(known.wait(ONE, now + 19 * SECOND), SECOND);
        let whole = now + 20 * SECOND;
        for _ in 0..50 {
            assert_eq!(known.wait(ONE, whole), Duration::ZERO);
            known.take(ONE, whole);
        }
    }

    #[test]
    fn what_is_scarce_is_spread() {
        let begin = Instant::now();
        let mut known = learned(of(10, Some(1000), 20), begin);
        let mut now = begin;
        let mut sent = 0;
        while now < begin + 20 * SECOND {
            now += known.wait(ONE, now);
            known.take(ONE, now);
            sent += 1;
        }
        assert!((10..=12).contains(&sent), "{sent}");
    }

    #[test]
    fn what_comes_back_bit_by_bit_is_used_as_it_comes() {
        let begin = Instant::now();
        let mut known = Told::default();
        for i in 0..5 {
            let now = begin + SECOND * i;
            known.take(ONE, now);
            known.learn(of(u64::from(4 - i), Some(600), 60), ONE, now, now);
            known.landed(ONE);
        }
        let now = begin + 4 * SECOND;
        let wait = known.wait(ONE, now).as_secs_f64();
        assert!((0.1..0.11).contains(&wait), "{wait}: 600 in a minute come back");
    }

    #[test]
    fn what_is_in_flight_counts() {
        let now = Instant::now();
        let mut known = Told::default();
        for _ in 0..5 {
            known.take(ONE, now);
        }
        known.learn(of(3, Some(100), 20), ONE, now, now);
        assert_eq!(known.wait(ONE, now), 20 * SECOND, "four are on their way");
        // A later response knows better; an earlier one, come late, does not.
        known.learn(of(90, Some(100), 20), ONE, now + SECOND, now + SECOND);
        assert_eq!(known.wait(ONE, now + SECOND), Duration::ZERO);
        known.learn(of(0, Some(100), 20), ONE, now, now + SECOND);
        assert_eq!(known.wait(ONE, now + SECOND), Duration::ZERO);
    }

    #[test]
    fn tokens_are_spread_by_their_number() {
        let now = Instant::now();
        let told = Left { remaining: 1_000, limit: Some(100_000), reset: 10 * SECOND };
        let mut known = learned(headers::Told { requests: None, tokens: Some(told) }, now);
        let large = Demand { tokens: 2_000, characters: 0 };
        assert_eq!(known.wait(large, now), 10 * SECOND);
        assert_eq!(known.wait(ONE, now), SECOND);
        known.take(ONE, now + SECOND);
        assert_eq!(known.wait(ONE, now + SECOND), SECOND);
    }
}
