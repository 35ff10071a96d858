//! The one door to the network.
//!
//! Every request of a backend passes [`Door::call`], in this order: concurrency permit, whether
//! the provider is up, its pause, its pace, requests, tokens, characters, send, learn. A retry
//! passes the whole door again, within a budget. No other code opens a connection. What a reply
//! means is the backend's business: it hands in a judge.
//!
//! Identical paragraphs are joined before they come here, by the pipeline.

mod allowed;
mod amounts;
mod book;
mod breaker;
mod budget;
pub mod headers;
pub mod ledger;
pub mod message;
mod meters;
mod pace;
mod quota;
pub mod retry;
pub mod standing;
pub mod stop;
mod told;
pub mod transport;
mod tries;
mod turnstile;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

pub use allowed::Limits;
use budget::Budget;
use ledger::Ledger;
use retry::{Backoff, Patience};
use standing::{Standing, Use};
use stop::Stop;
use transport::{HttpRequest, HttpResponse, Transport, TransportError};
use tries::{Again, Tries};
use turnstile::{Closed, Outcome, Turnstile};

/// A request that leaves so late is as good as one that leaves now: its reply takes longer.
const SOON: Duration = Duration::from_secs(2);

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MONTH: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// What one request takes of a provider's limits, as estimated before it leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Tokens of prompt and reply together; zero for engines that are no language models.
    pub tokens: u64,
    /// Characters the provider bills, in Unicode scalar values; zero for those that bill tokens.
    pub characters: u64,
}

/// What a backend makes of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Time alone will not change it, whether good or bad: hand it over.
    Final {
        /// The tokens the provider counted, where it says.
        tokens: Option<u64>,
        /// The characters the provider billed, where it says.
        characters: Option<u64>,
    },
    /// Every request would get this now: the key is refused, the quota is used up, there is no
    /// such model. It is handed over, and the next request leaves after a while.
    Parked {
        /// Why, fit to be shown.
        message: String,
    },
    /// Worth another attempt after a while. With status 429 or 529 it came too fast.
    Again {
        /// Why, fit to be shown.
        message: String,
    },
    /// It came too fast, whatever the status: worth another attempt, and everyone slows down.
    TooFast {
        /// Why, fit to be shown.
        message: String,
    },
}

/// Reads a [`Verdict`] off a response.
pub type Judge<'a> = &'a (dyn Fn(&HttpResponse) -> Verdict + Send + Sync);

/// Why a call ended without a response to hand over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The run was asked to stop; this request was not sent (again).
    #[error("stopped before it was sent")]
    Stopped,
    /// Nobody answers there, or not in a way that can be trusted.
    #[error("no answer: {reason}")]
    Unreachable {
        /// What happened.
        reason: String,
    },
    /// The request was sent, and no complete response came by the deadline.
    #[error("no complete answer within timeout_seconds")]
    Late,
    /// The request was sent, and each time the response was lost.
    #[error("no complete answer after {attempts} attempts: {reason}")]
    Lost {
        /// How often it was sent.
        attempts: u32,
        /// What happened last.
        reason: String,
    },
    /// Busy or failing for longer than it was tried, or asking for a longer wait than is slept.
    #[error("gave up after {attempts} attempts: {message}")]
    Busy {
        /// How often it was tried.
        attempts: u32,
        /// What came back last.
        message: String,
        /// How long the provider asks to wait, where it said.
        retry_after: Option<Duration>,
    },
    /// Nothing leaves for this provider now, and it is not worth waiting: it is parked or down.
    #[error("not asked for now: {reason}")]
    Closed {
        /// Why.
        reason: String,
        /// How long until it is asked again.
        again_in: Duration,
    },
    /// The response is larger than any honest one.
    #[error("the response is larger than {0} bytes")]
    TooLong(usize),
}

/// A final response.
#[derive(Debug)]
pub struct Answered {
    /// The response.
    pub response: HttpResponse,
    /// How often the request was sent for it.
    pub sends: u32,
    /// The place among the requests in flight that it still takes.
    pub place: Place,
}

/// A place among the requests in flight, free again when it is dropped. Whoever keeps a reply
/// until it is safe bounds what a killed process can lose by the concurrency.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// The door to one provider: its limits, its pause, its transport.
pub struct Door {
    transport: Arc<dyn Transport>,
    permits: Arc<Semaphore>,
    places: usize,
    turnstile: Turnstile,
    budget: Mutex<Budget>,
    patience: Patience,
    stop: Stop,
    jitter: Mutex<StdRng>,
}

impl Door {
    /// A door with full, unused limits. `seed` draws the jitter of the waits.
    pub fn new(
        transport: Arc<dyn Transport>,
        limits: &Limits,
        patience: Patience,
        stop: Stop,
        seed: u64,
    ) -> Self {
        let places = limits.concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            transport,
            permits: Arc::new(Semaphore::new(places)),
            places,
            turnstile: Turnstile::new(limits),
            budget: Mutex::new(Budget::new(Instant::now())),
            patience,
            stop,
            jitter: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }

    /// The same door, which goes on where an earlier process left and keeps what it uses. To be
    /// said before anything is sent.
    #[must_use]
    pub fn with_ledger(self, ledger: Ledger) -> Self {
        self.turnstile.keep_in(ledger);
        self
    }

    /// Sends a request when the limits allow it, as often as patience goes, and gives back the
    /// first response that is final.
    ///
    /// `demand` counts only under a limit of tokens or of characters.
    ///
    /// # Errors
    ///
    /// [`CallError`], when there is no such response.
    pub async fn call(
        &self,
        request: &HttpRequest,
        demand: Demand,
        judge: Judge<'_>,
    ) -> Result<Answered, CallError> {
        // Before any limit is drawn on, so that what is drawn leaves at once.
        self.transport.prepare();
        self.budget().first();
        let mut tries = Tries::default();
        let mut backoff = Backoff::new(self.draw_seed());
        let mut last: Option<Again> = None;
        loop {
            let (again, probe) = match self.attempt(request, demand, judge).await {
                Ok(Attempt::Done(response, place)) => {
                    return Ok(Answered { response, sends: tries.sent() + 1, place });
                }
                Ok(Attempt::Again { again, probe }) => (again, probe),
                Err(CallError::Busy { message, retry_after, .. }) => {
                    let attempts = tries.sent();
                    return Err(CallError::Busy { attempts, message, retry_after });
                }
                Err(closed @ CallError::Closed { .. }) => {
                    // What became of its own attempts says more.
                    return Err(last.map_or(closed, |last| last.into_error(tries.sent())));
                }
                Err(error) => return Err(error),
            };
            let now = Instant::now();
            tries.count(&again, probe, now);
            let answered = self.turnstile.has_answered();
            if tries.exhausted(&again, self.patience, answered, now) {
                if let (false, Again::Lost(TransportError::Connect(reason))) = (answered, &again) {
                    self.turnstile.never_answered(reason);
                }
                return Err(again.into_error(tries.sent()));
            }
            let wait = match &again {
                Again::Told { after: Some(after), .. } => match self.pause(*after) {
                    Some(wait) => wait,
                    None => return Err(again.into_error(tries.sent())),
                },
                // The pause is everyone's, and the next probe has its own time.
                Again::Told { too_fast: true, .. } => Duration::ZERO,
                _ if probe => Duration::ZERO,
                _ => backoff.next().unwrap_or_default(),
            };
            tracing::debug!(attempt = tries.sent(), ?wait, "asking again");
            self.sleep(wait).await?;
            if !again.is_too_fast() && !self.may_retry(&tries).await? {
                return Err(again.into_error(tries.sent()));
            }
            last = Some(again);
        }
    }

    /// How many requests could leave by now: as many as places are free and limits let through
    /// within two seconds, none where one waits already. A hint, true for this moment.
    pub fn room(&self) -> usize {
        self.permits.available_permits().min(self.turnstile.room(SOON))
    }

    /// How the provider stands at this moment.
    pub fn standing(&self) -> Standing {
        let mut standing = self.turnstile.standing();
        let used = self.places.saturating_sub(self.permits.available_permits()) as u64;
        standing.limits.insert("concurrency", Use { used, limit: self.places as u64 });
        standing
    }

    /// Passes the door once.
    async fn attempt(
        &self,
        request: &HttpRequest,
        demand: Demand,
        judge: Judge<'_>,
    ) -> Result<Attempt, CallError> {
        let place = match self.stop.or(self.permits.clone().acquire_owned()).await {
            Some(Ok(permit)) => Place(permit),
            Some(Err(_)) | None => return Err(CallError::Stopped),
        };
        let entry = self.turnstile.pass(demand, self.patience, &self.stop).await?;
        let probe = entry.probe;
        // From here on a stop waits for the response: it is paid for.
        let response = match self.transport.send(request.clone()).await {
            Ok(response) => response,
            Err(error) => {
                let reason = &error.to_string();
                entry.over(&match &error {
                    TransportError::Connect(_) => Outcome::Unconnected { reason },
                    TransportError::Tls(_) => Outcome::Parked { reason, wait: None },
                    TransportError::Lost(_) | TransportError::Late => Outcome::Lost { reason },
                    TransportError::TooLong(_) => {
                        Outcome::Answered { tokens: None, characters: None }
                    }
                });
                return match error {
                    TransportError::TooLong(bound) => Err(CallError::TooLong(bound)),
                    error => Ok(Attempt::Again { again: Again::Lost(error), probe }),
                };
            }
        };
        // The one place where headers teach the limits.
        let now = SystemTime::now();
        entry.learn(headers::left(&response.headers, now));
        let after = headers::retry_after(&response.headers, now);
        let status = response.status;
        let (message, too_fast) = match judge(&response) {
            Verdict::Final { tokens, characters } => {
                entry.over(&Outcome::Answered { tokens, characters });
                return Ok(Attempt::Done(response, place));
            }
            Verdict::Parked { message } => {
                entry.over(&Outcome::Parked { reason: &message, wait: after });
                return Ok(Attempt::Done(response, place));
            }
            Verdict::TooFast { message } => (message, true),
            Verdict::Again { message } => (message, matches!(status, 429 | 529)),
        };
        let message = format!("status {status}: {message}");
        let pause = entry.over(&match (status, too_fast) {
            (529, _) => Outcome::Overloaded { reason: &message },
            (_, true) => Outcome::TooFast,
            // Such a conflict or time-out is about one request.
            (408 | 409, _) => Outcome::Answered { tokens: None, characters: None },
            _ => Outcome::Failed { reason: &message },
        });
        if let (None, Some(pause)) = (after, pause) {
            self.turnstile.pause(pause.mul_f64(1.0 + 0.2 * self.draw_share()));
        }
        Ok(Attempt::Again { again: Again::Told { message, after, too_fast }, probe })
    }

    /// Holds everyone for as long as the provider asks, a little past that, and not all workers
    /// until the same moment. `None` where that is longer than anyone should sleep.
    fn pause(&self, after: Duration) -> Option<Duration> {
        let later = after.mul_f64(1.0 + 0.1 * self.draw_share());
        let wait = later.min(after.max(self.patience.longest_wait));
        self.turnstile.pause(wait);
        (wait <= self.patience.longest_wait).then_some(wait)
    }

    /// Whether one more attempt is within the budget; waits for it where it is worth waiting.
    async fn may_retry(&self, tries: &Tries) -> Result<bool, CallError> {
        loop {
            let now = Instant::now();
            let taken = self.budget().retry(now);
            match taken {
                Ok(()) => return Ok(true),
                Err(wait) if tries.trouble(now) + wait > self.patience.outage => return Ok(false),
                Err(wait) => self.sleep(wait).await?,
            }
        }
    }

    async fn sleep(&self, wait: Duration) -> Result<(), CallError> {
        self.stop.or(tokio::time::sleep(wait)).await.ok_or(CallError::Stopped)
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw_share(&self) -> f64 {
        use rand::RngExt;
        self.jitter.lock().unwrap_or_else(PoisonError::into_inner).random()
    }

    fn draw_seed(&self) -> u64 {
        use rand::RngExt;
        self.jitter.lock().unwrap_or_else(PoisonError::into_inner).random()
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

enum Attempt {
    Done(HttpResponse, Place),
    Again { again: Again, probe: bool },
}

impl From<Closed> for CallError {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Stopped => Self::Stopped,
            Closed::Paused(wait) => Self::Busy {
                attempts: 0,
                message: format!("asks to wait {} seconds", wait.as_secs()),
                retry_after: Some(wait),
            },
            Closed::NotNow { reason, again_in } => Self::Closed { reason, again_in },
        }
    }
}
