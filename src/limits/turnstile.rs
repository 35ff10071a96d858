//! One at a time, in order of arrival: whether the provider is up, its pause, its pace, requests,
//! tokens and characters.
//!
//! All of them are asked before any is drawn on, at the very moment the request leaves: a request
//! that waits for tokens holds no place in the windows of requests meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::amounts::Reserved;
use super::breaker::{Breaker, Gate};
use super::ledger::Ledger;
use super::meters::Meters;
use super::pace::Pace;
use super::retry::Patience;
use super::standing::Standing;
use super::stop::Stop;
use super::told::Told;
use super::{Demand, Limits, headers};

/// Where requests wait for their limits.
pub(super) struct Turnstile {
    /// First come, first served, so that small requests cannot starve a large one.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    /// Wakes whoever waits when the provider is up again, or parked.
    changed: Notify,
}

struct State {
    meters: Meters,
    breaker: Breaker,
    pace: Pace,
    told: Told,
    paused_until: Option<Instant>,
}

/// Why a request did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Asked to stop.
    Stopped,
    /// The provider's pause is longer than anyone should sleep.
    Paused(Duration),
    /// The provider is down or parked, or a limit is used up for longer than anyone should sleep.
    NotNow { reason: String, again_in: Duration },
}

/// A request that passed, until it is over.
pub(super) struct Entry<'a> {
    turnstile: &'a Turnstile,
    demand: Demand,
    reserved: Vec<Reserved>,
    /// When it left.
    left: Instant,
    /// Whether it is to find out if the provider is up again.
    pub(super) probe: bool,
}

/// What became of a request.
pub(super) enum Outcome<'a> {
    /// An answer, with what it truly used where the provider says.
    Answered { tokens: Option<u64>, characters: Option<u64> },
    /// The same answer that any other would get now; for as long as the provider says.
    Parked { reason: &'a str, wait: Option<Duration> },
    /// Refused for coming too fast.
    TooFast,
    /// Refused by a provider that is overloaded.
    Overloaded { reason: &'a str },
    /// An error of the provider's own.
    Failed { reason: &'a str },
    /// No connection.
    Unconnected { reason: &'a str },
    /// Sent, and no complete answer.
    Lost { reason: &'a str },
}

impl Turnstile {
    pub(super) fn new(limits: &Limits) -> Self {
        let state = State {
            meters: Meters::new(limits),
            breaker: Breaker::new(),
            pace: Pace::new(limits.requests_a_second()),
            told: Told::default(),
            paused_until: None,
        };
        Self { turn: tokio::sync::Mutex::new(()), state: Mutex::new(state), changed: Notify::new() }
    }

    /// Goes on where an earlier process left, and keeps what this one uses.
    pub(super) fn keep_in(&self, ledger: Ledger) {
        self.state().meters.keep_in(ledger);
    }

    /// Waits until a request of this demand may leave, which it then must at once.
    pub(super) async fn pass(
        &self,
        demand: Demand,
        patience: Patience,
        stop: &Stop,
    ) -> Result<Entry<'_>, Closed> {
        let _turn = stop.or(self.turn.lock()).await.ok_or(Closed::Stopped)?;
        loop {
            if stop.is_stopped() {
                return Err(Closed::Stopped);
            }
            let wait = {
                let now = Instant::now();
                let mut state = self.state();
                let wait = state.wait(demand, patience, now)?;
                if wait.is_zero() {
                    let (reserved, probe) = state.take(demand, now);
                    return Ok(Entry { turnstile: self, demand, reserved, left: now, probe });
                }
                wait
            };
            // Everything is looked at again after it: a pause may have been told meanwhile.
            let waiting = async {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.changed.notified() => {}
                }
            };
            stop.or(waiting).await.ok_or(Closed::Stopped)?;
        }
    }

    /// How many requests the limits let through within this time; none where one waits already.
    pub(super) fn room(&self, time: Duration) -> usize {
        if self.turn.try_lock().is_err() {
            return 0;
        }
        usize::try_from(self.state().room(time, Instant::now())).unwrap_or(usize::MAX)
    }

    /// How the provider stands.
    pub(super) fn standing(&self) -> Standing {
        let mut state = self.state();
        Standing {
            breaker: state.breaker.standing(Instant::now()),
            limits: state.meters.used(),
            told: state.told.standing(),
        }
    }

    /// Nobody leaves for this long. A pause is never shortened.
    pub(super) fn pause(&self, wait: Duration) {
        let mut state = self.state();
        let until = Instant::now().checked_add(wait);
        state.paused_until = state.paused_until.max(until);
    }

    /// Whether anything ever came back.
    pub(super) fn has_answered(&self) -> bool {
        self.state().breaker.has_answered()
    }

    /// A call has given up on a server that never answered.
    pub(super) fn never_answered(&self, reason: &str) {
        self.state().breaker.never_answered(reason, Instant::now());
        self.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait(
        &mut self,
        demand: Demand,
        patience: Patience,
        now: Instant,
    ) -> Result<Duration, Closed> {
        let up = match self.breaker.gate(now, patience.outage) {
            Gate::Open => Duration::ZERO,
            Gate::Wait(wait) => wait,
            Gate::Closed { reason, again_in } => return Err(Closed::NotNow { reason, again_in }),
        };
        let pause =
            self.paused_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        if pause > patience.longest_wait {
            return Err(Closed::Paused(pause));
        }
        let (limit, name) = self.meters.wait(demand);
        if limit > patience.longest_wait {
            let reason = format!("{name} is used up");
            return Err(Closed::NotNow { reason, again_in: limit });
        }
        Ok(up.max(pause).max(limit).max(self.pace.wait(now)).max(self.told.wait(demand, now)))
    }

    fn room(&self, time: Duration, now: Instant) -> u64 {
        let paused = self.paused_until.is_some_and(|until| until > now);
        if paused || self.breaker.is_shut() || self.told.is_scarce(now) {
            return 0;
        }
        self.meters.room(time).min(self.pace.room(time, now))
    }

    fn take(&mut self, demand: Demand, now: Instant) -> (Vec<Reserved>, bool) {
        self.pace.take(now);
        self.told.take(demand, now);
        (self.meters.take(demand), self.breaker.leaves())
    }
}

impl Entry<'_> {
    /// Reads what the provider says of its limits.
    pub(super) fn learn(&self, told: headers::Told) {
        let now = Instant::now();
        self.turnstile.state().told.learn(told, self.demand, self.left, now);
    }

    /// What became of it. Gives the pause for everyone where it came too fast and this is news.
    pub(super) fn over(mut self, outcome: &Outcome<'_>) -> Option<Duration> {
        let now = Instant::now();
        let mut pause = None;
        let changed = {
            let mut state = self.turnstile.state();
            let State { meters, breaker, pace, .. } = &mut *state;
            let was_shut = breaker.is_shut();
            match *outcome {
                Outcome::Answered { tokens, characters } => {
                    meters.settle(&self.reserved, tokens, characters);
                    pace.through(self.left, now);
                    breaker.alive(now);
                }
                Outcome::Parked { reason, wait } => breaker.park(reason, wait, now),
                Outcome::TooFast => {
                    pause = pace.refused(self.left, now);
                    breaker.alive(now);
                }
                Outcome::Overloaded { reason } => {
                    pause = pace.overloaded(self.left, now);
                    breaker.answered_with_failure(reason, now);
                }
                Outcome::Failed { reason } => breaker.answered_with_failure(reason, now),
                Outcome::Unconnected { reason } => breaker.unconnected(reason, now),
                Outcome::Lost { reason } => breaker.failed(reason, now),
            }
            was_shut || breaker.is_shut()
        };
        self.probe = false;
        if changed {
            self.turnstile.changed.notify_one();
        }
        pause
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut state = self.turnstile.state();
        state.told.landed(self.demand);
        if self.probe {
            state.breaker.probe_dropped(Instant::now());
        }
        drop(state);
        if self.probe {
            self.turnstile.changed.notify_one();
        }
    }
}
