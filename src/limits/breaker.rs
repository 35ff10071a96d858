//! Whether a provider is worth asking now. Time is passed in; nothing waits here.
//!
//! **Down.** After five failures in a row (no connection, a 5xx, a response lost or late) nothing
//! leaves for a while; then one request does, the probe. If it is answered, everyone goes on; if
//! not, the next probe leaves after the same time. A provider that comes up only to go down again
//! is left alone for twice, three times, … as long. The time is 25 s, so that full speed is back
//! within 30 s of a recovery, the probe's own time included.
//!
//! **Parked.** Where every request would get the same (a refused key, a used-up quota, a model
//! that is not there), one probe leaves in five minutes, or when the provider says.
//!
//! What a call does meanwhile depends on whether there is somewhere else to go
//! ([`Patience::outage`](super::retry::Patience)). With a backend after this one it leaves at once
//! and that one is asked; this one is back as soon as a probe is answered, which any later call
//! may be. The last backend's calls wait for the probes, up to ten minutes from the beginning of
//! the outage and not from their own, so that fifty articles that wait together also end together.
//! Nobody waits for what is parked, nor for a server that has never answered: time alone starts
//! no server.

use std::time::Duration;

use tokio::time::Instant;

use super::standing;

/// So many failures in a row are no accident.
const FAILURES: u32 = 5;
/// How long a provider that is down is left alone.
const REST: Duration = Duration::from_secs(25);
/// The rests of a flapping provider grow up to so many times that.
const LONGEST: u32 = 12;
/// A provider that was up for so long is not flapping.
const STEADY: Duration = Duration::from_secs(300);
/// How long a provider is parked that does not say itself.
const PARKED: Duration = Duration::from_secs(300);

/// What is known of a provider.
#[derive(Debug)]
pub(super) struct Breaker {
    state: State,
    /// Failures in a row.
    failures: u32,
    /// How often it went down, less once for each steady time.
    openings: u32,
    /// When it came up last.
    closed: Option<Instant>,
    /// Whether anything ever came back: then a refused connection is a restart to be waited for,
    /// not a server that was never started.
    answered: bool,
}

#[derive(Clone, Debug)]
enum State {
    Closed,
    Shut(Shut),
}

#[derive(Clone, Debug)]
struct Shut {
    why: Why,
    reason: String,
    /// When it began.
    since: Instant,
    /// When the next probe may leave.
    until: Instant,
    probing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Down,
    Parked,
}

/// What a request is told that wants to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// It may.
    Open,
    /// To look again after this long, or when something has changed.
    Wait(Duration),
    /// Not worth waiting for.
    Closed { reason: String, again_in: Duration },
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self { state: State::Closed, failures: 0, openings: 0, closed: None, answered: false }
    }

    /// Whether a request may leave, which it then must with [`Self::leaves`]. It waits up to
    /// `patience` from the beginning of an outage.
    pub(super) fn gate(&self, now: Instant, patience: Duration) -> Gate {
        let State::Shut(shut) = &self.state else { return Gate::Open };
        let until = shut.until.saturating_duration_since(now);
        if !shut.probing && until.is_zero() {
            return Gate::Open;
        }
        let left = (shut.since + patience).saturating_duration_since(now);
        if shut.why == Why::Parked || !self.answered || until >= left {
            return Gate::Closed { reason: shut.reason.clone(), again_in: until };
        }
        // The end of a probe wakes whoever waits.
        Gate::Wait(if shut.probing { left } else { until })
    }

    /// A request leaves; whether it is a probe.
    pub(super) fn leaves(&mut self) -> bool {
        match &mut self.state {
            State::Closed => false,
            State::Shut(shut) => {
                shut.probing = true;
                true
            }
        }
    }

    /// A probe was given up before anything was known of it: the next may leave.
    pub(super) fn probe_dropped(&mut self, now: Instant) {
        if let State::Shut(shut) = &mut self.state
            && shut.probing
        {
            shut.probing = false;
            shut.until = now;
        }
    }

    /// An answer came, whatever it says.
    pub(super) fn alive(&mut self, now: Instant) {
        self.answered = true;
        self.failures = 0;
        if let State::Shut(shut) = &self.state {
            tracing::info!(
                after_s = now.saturating_duration_since(shut.since).as_secs(),
                "the provider answers again"
            );
            self.state = State::Closed;
            self.closed = Some(now);
        }
    }

    /// It answers, and with an error of its own.
    pub(super) fn answered_with_failure(&mut self, reason: &str, now: Instant) {
        self.answered = true;
        self.failed(reason, now);
    }

    /// No answer came, or an error of its own.
    pub(super) fn failed(&mut self, reason: &str, now: Instant) {
        self.failures += 1;
        match &self.state {
            // What left before it went down.
            State::Shut(shut) if !shut.probing => {}
            State::Shut(shut) => {
                let since = if shut.why == Why::Down { shut.since } else { now };
                self.shut(Why::Down, reason, since, now + self.rest());
            }
            State::Closed if self.failures >= FAILURES => self.open(reason, now),
            State::Closed => {}
        }
    }

    /// No connection. A server that has never answered is given its attempts, however many calls
    /// make them at once.
    pub(super) fn unconnected(&mut self, reason: &str, now: Instant) {
        if self.answered || matches!(self.state, State::Shut(_)) {
            self.failed(reason, now);
        }
    }

    /// A call has given up on a server that never answered.
    pub(super) fn never_answered(&mut self, reason: &str, now: Instant) {
        if !self.answered && matches!(self.state, State::Closed) {
            self.open(reason, now);
        }
    }

    /// Whether it is down or parked.
    pub(super) fn is_shut(&self) -> bool {
        matches!(self.state, State::Shut(_))
    }

    /// Whether anything ever came back.
    pub(super) fn has_answered(&self) -> bool {
        self.answered
    }

    /// How it stands.
    pub(super) fn standing(&self, now: Instant) -> standing::Breaker {
        let ago = |at: Instant| standing::since(now.saturating_duration_since(at));
        match &self.state {
            State::Closed => standing::Breaker {
                state: standing::State::Closed,
                since: self.closed.and_then(ago),
                reason: None,
                probe_in_seconds: None,
            },
            State::Shut(shut) => {
                let wait = shut.until.saturating_duration_since(now).as_secs_f64();
                let (state, wait) = match shut.probing {
                    true => (standing::State::Probing, None),
                    false => (standing::State::Open, Some(wait)),
                };
                let reason = Some(shut.reason.clone());
                let since = ago(shut.since);
                standing::Breaker { state, since, reason, probe_in_seconds: wait }
            }
        }
    }

    /// Every request would get the same answer now.
    pub(super) fn park(&mut self, reason: &str, wait: Option<Duration>, now: Instant) {
        self.failures = 0;
        let wait = wait.unwrap_or(PARKED).max(PARKED);
        // What left before it was parked moves nothing.
        if let State::Shut(Shut { why: Why::Parked, probing: false, until, .. }) = self.state
            && until > now
        {
            return;
        }
        tracing::warn!(reason, again_in_s = wait.as_secs(), "the provider is parked");
        self.shut(Why::Parked, reason, now, now + wait);
    }

    fn open(&mut self, reason: &str, now: Instant) {
        let up = self.closed.map(|closed| now.saturating_duration_since(closed));
        let steady = up.map_or(u32::MAX, |up| (up.as_secs() / STEADY.as_secs()) as u32);
        self.openings = self.openings.saturating_sub(steady).saturating_add(1).min(LONGEST);
        let rest = self.rest();
        tracing::warn!(reason, probe_in_s = rest.as_secs(), "the provider is down");
        self.shut(Why::Down, reason, now, now + rest);
    }

    fn shut(&mut self, why: Why, reason: &str, since: Instant, until: Instant) {
        let reason = reason.to_owned();
        self.state = State::Shut(Shut { why, reason, since, until, probing: false });
    }

    fn rest(&self) -> Duration {
        REST * self.openings.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_secs(600);

    fn down(breaker: &mut Breaker, now: Instant) {
        for _ in 0..FAILURES {
            assert_eq!(breaker.gate(now, LONG), Gate::Open);
            breaker.answered_with_failure("status 503", now);
        }
    }

    #[test]
    fn it_opens_probes_and_closes() {
        let begin = Instant::now();
        let mut breaker = Breaker::new();
        down(&mut breaker, begin);
        assert_eq!(breaker.gate(begin, LONG), Gate::Wait(REST));
        let standing = breaker.standing(begin + SECOND);
        assert_eq!(standing.state, standing::State::Open);
        assert_eq!(standing.reason.as_deref(), Some("status 503"));
        assert_eq!(standing.probe_in_seconds, Some((REST - SECOND).as_secs_f64()));
        assert!(matches!(breaker.gate(begin, Duration::ZERO), Gate::Closed { .. }));
        let later = begin + REST;
        assert_eq!(breaker.gate(later, Duration::ZERO), Gate::Open);
        assert!(breaker.leaves());
        assert_eq!(breaker.standing(later).state, standing::State::Probing);
        // One probe: the others wait for it, or go elsewhere.
        assert!(matches!(breaker.gate(later, LONG), Gate::Wait(_)));
        assert!(matches!(breaker.gate(later, Duration::ZERO), Gate::Closed { .. }));
        breaker.answered_with_failure("status 503", later);
        assert_eq!(breaker.gate(later, LONG), Gate::Wait(REST), "an outage is no flapping");
        assert!(breaker.leaves());
        breaker.alive(later + REST);
        assert_eq!(breaker.gate(later + REST, Duration::ZERO), Gate::Open);
        let standing = breaker.standing(later + REST);
        assert_eq!((standing.state, standing.reason), (standing::State::Closed, None));
        assert!(standing.since.is_some(), "since it came up");
        assert!(!breaker.leaves());
    }

    #[test]
    fn a_flapping_provider_rests_longer_and_a_steady_one_is_forgiven() {
        let mut now = Instant::now();
        let mut breaker = Breaker::new();
        for times in 1..=3 {
            down(&mut breaker, now);
            assert_eq!(breaker.gate(now, LONG), Gate::Wait(REST * times));
            now += REST * times;
            assert!(breaker.leaves());
            breaker.alive(now);
        }
        now += STEADY * 3;
        down(&mut breaker, now);
        assert_eq!(breaker.gate(now, LONG), Gate::Wait(REST));
    }

    #[test]
    fn successes_between_keep_it_closed() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        for _ in 0..10 {
            for _ in 1..FAILURES {
                breaker.failed("reset", now);
            }
            breaker.alive(now);
        }
        assert_eq!(breaker.gate(now, Duration::ZERO), Gate::Open);
    }

    #[test]
    fn patience_counts_from_the_beginning_of_the_outage() {
        let begin = Instant::now();
        let mut breaker = Breaker::new();
        down(&mut breaker, begin);
        for probe in 1..=4 {
            assert!(breaker.leaves());
            breaker.failed("reset", begin + REST * probe);
        }
        let now = begin + REST * 4;
        assert!(matches!(breaker.gate(now, REST * 4 + SECOND), Gate::Closed { .. }));
        assert!(matches!(breaker.gate(now, REST * 5 + SECOND), Gate::Wait(_)));
    }

    #[test]
    fn what_is_parked_is_probed_once_in_its_time_and_waited_for_by_nobody() {
        let begin = Instant::now();
        let mut breaker = Breaker::new();
        breaker.alive(begin);
        breaker.park("the key is refused", None, begin);
        // The others that were in flight.
        breaker.park("the key is refused", None, begin + SECOND);
        let Gate::Closed { reason, again_in } = breaker.gate(begin + SECOND, LONG) else {
            panic!("it is parked")
        };
        assert_eq!((reason.as_str(), again_in), ("the key is refused", PARKED - SECOND));
        let due = begin + PARKED;
        assert_eq!(breaker.gate(due, LONG), Gate::Open);
        assert!(breaker.leaves());
        assert!(matches!(breaker.gate(due, LONG), Gate::Closed { .. }));
        breaker.park("the key is refused", Some(LONG), due);
        assert!(matches!(breaker.gate(due + LONG - SECOND, LONG), Gate::Closed { .. }));
        assert_eq!(breaker.gate(due + LONG, LONG), Gate::Open);
        breaker.leaves();
        breaker.alive(due + LONG);
        assert_eq!(breaker.gate(due + LONG, LONG), Gate::Open);
    }

    #[test]
    fn nobody_waits_for_a_server_that_never_answered() {
        let begin = Instant::now();
        let mut breaker = Breaker::new();
        for _ in 0..3 * FAILURES {
            breaker.unconnected("refused", begin);
        }
        assert_eq!(breaker.gate(begin, LONG), Gate::Open, "each call has its attempts");
        breaker.never_answered("refused", begin);
        assert!(matches!(breaker.gate(begin, LONG), Gate::Closed { .. }));
        assert_eq!(breaker.gate(begin + REST, LONG), Gate::Open);
    }

    #[test]
    fn a_probe_that_is_dropped_is_no_probe() {
        let begin = Instant::now();
        let mut breaker = Breaker::new();
        down(&mut breaker, begin);
        breaker.leaves();
        breaker.probe_dropped(begin + REST);
        assert_eq!(breaker.gate(begin + REST, LONG), Gate::Open);
    }
}
