//! The one door to the network.
//!
//! Every request of a backend passes [`Door::call`], in this order: concurrency permit, the
//! provider's pause, requests, tokens, send, learn. A retry passes the whole door again. No other
//! code opens a connection. What a reply means is the backend's business: it hands in a judge.
//!
//! Identical paragraphs are joined before they come here, by the pipeline.

pub mod ledger;
pub mod message;
mod quota;
pub mod retry;
pub mod stop;
mod tokens;
pub mod transport;
mod turnstile;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use ledger::Ledger;
use retry::{Backoff, Patience, retry_after};
use stop::Stop;
use transport::{HttpRequest, HttpResponse, Transport, TransportError};
use turnstile::{Closed, Turnstile};

/// A request that leaves so late is as good as one that leaves now: its reply takes longer.
const SOON: Duration = Duration::from_secs(2);

/// What a provider allows, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in any second.
    pub requests_per_second: Option<u32>,
    /// Requests in any minute.
    pub requests_per_minute: Option<u32>,
    /// Requests in any day; half of them may go at once.
    pub requests_per_day: Option<u32>,
    /// Tokens of prompts and replies together in any minute.
    pub tokens_per_minute: Option<u32>,
    /// How much of a limit per minute may go at once, in time; a limit per second takes its
    /// sixtieth. Never more than half of a limit goes at once.
    pub burst: Duration,
    /// Requests in flight at most; at least one.
    pub concurrency: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_second: None,
            requests_per_minute: None,
            requests_per_day: None,
            tokens_per_minute: None,
            burst: Duration::from_secs(1),
            concurrency: 8,
        }
    }
}

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
    /// Worth another attempt after a while.
    Again {
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
    turnstile: Turnstile,
    patience: Patience,
    stop: Stop,
    jitter: Mutex<StdRng>,
    /// Whether anything ever came back: then a refused connection is a restart to be waited for,
    /// not a server that was never started.
    answered: AtomicBool,
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
        Self {
            transport,
            permits: Arc::new(Semaphore::new(limits.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            turnstile: Turnstile::new(limits),
            patience,
            stop,
            jitter: Mutex::new(StdRng::seed_from_u64(seed)),
            answered: AtomicBool::new(false),
        }
    }

    /// The same door, which goes on where an earlier process left and keeps what it uses. To be
    /// said before anything is sent.
    #[must_use]
    pub fn with_ledger(self, ledger: Ledger, limits: &Limits) -> Self {
        Self { turnstile: self.turnstile.with_ledger(ledger, limits), ..self }
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
        let mut attempts = Attempts::default();
        let mut backoff = Backoff::new(self.draw_seed());
        loop {
            let again = match self.attempt(request, demand, judge).await? {
                Attempt::Done(response, place) => {
                    return Ok(Answered { response, sends: attempts.all + 1, place });
                }
                Attempt::Again(again) => again,
            };
            attempts.count(&again);
            if attempts.exhausted(&again, self.patience, self.answered.load(Ordering::Relaxed)) {
                return Err(again.into_error(attempts.all, None));
            }
            let own = backoff.next().unwrap_or_default();
            let wait = match again {
                Again::Told { after: Some(after), .. } => {
                    // Past the time that was asked for, and not all workers at the same moment.
                    let later = after.mul_f64(1.0 + 0.1 * self.draw_share());
                    let wait = later.min(after.max(self.patience.longest_wait));
                    self.turnstile.pause(wait);
                    if wait > self.patience.longest_wait {
                        return Err(again.into_error(attempts.all, Some(after)));
                    }
                    wait
                }
                Again::Told { busy: true, after: None, .. } => {
                    self.turnstile.pause(own);
                    own
                }
                _ => own,
            };
            tracing::debug!(attempt = attempts.all, ?wait, "asking again");
            self.stop.or(tokio::time::sleep(wait)).await.ok_or(CallError::Stopped)?;
        }
    }

    /// How many requests could leave by now: as many as places are free and limits let through
    /// within two seconds, none where one waits already. A hint, true for this moment.
    pub fn room(&self) -> usize {
        self.permits.available_permits().min(self.turnstile.room(SOON))
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
        let entry = self
            .turnstile
            .pass(demand.tokens, self.patience.longest_wait, &self.stop)
            .await
            .map_err(|closed| match closed {
                Closed::Stopped => CallError::Stopped,
                Closed::Parked(wait) => CallError::Busy {
                    attempts: 0,
                    message: format!("asks to wait {} seconds", wait.as_secs()),
                    retry_after: Some(wait),
                },
            })?;
        // From here on a stop waits for the response: it is paid for.
        let outcome = self.transport.send(request.clone()).await;
        let response = match outcome {
            Ok(response) => response,
            Err(TransportError::TooLong(bound)) => return Err(CallError::TooLong(bound)),
            Err(error) => return Ok(Attempt::Again(Again::Lost(error))),
        };
        self.answered.store(true, Ordering::Relaxed);
        self.learn(&response);
        Ok(match judge(&response) {
            Verdict::Final { tokens, .. } => {
                if let Some(tokens) = tokens {
                    self.turnstile.settle(entry, tokens);
                }
                Attempt::Done(response, place)
            }
            Verdict::Parked { .. } => Attempt::Done(response, place),
            Verdict::Again { message } => Attempt::Again(Again::Told {
                message: format!("status {}: {message}", response.status),
                after: retry_after(&response.headers, std::time::SystemTime::now()),
                busy: matches!(response.status, 429 | 529),
            }),
        })
    }

    /// The one place where a response may teach the limits. Waits are read where they are waited;
    /// the headers of remaining quota are not read yet.
    fn learn(&self, response: &HttpResponse) {
        tracing::trace!(status = response.status, "answered");
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
    Again(Again),
}

/// Why one more attempt is worth it.
enum Again {
    /// The provider said so.
    Told { message: String, after: Option<Duration>, busy: bool },
    /// Nothing came back.
    Lost(TransportError),
}

impl Again {
    fn into_error(self, attempts: u32, retry_after: Option<Duration>) -> CallError {
        match self {
            Self::Told { message, after, .. } => {
                CallError::Busy { attempts, message, retry_after: retry_after.or(after) }
            }
            Self::Lost(TransportError::Late) => CallError::Late,
            Self::Lost(TransportError::Lost(reason)) => CallError::Lost { attempts, reason },
            Self::Lost(error) => CallError::Unreachable { reason: error.to_string() },
        }
    }
}

/// How often one call was tried, by what came of it.
#[derive(Default)]
struct Attempts {
    all: u32,
    unsure: u32,
}

impl Attempts {
    fn count(&mut self, again: &Again) {
        self.all += 1;
        if matches!(again, Again::Lost(TransportError::Lost(_))) {
            self.unsure += 1;
        }
    }

    fn exhausted(&self, again: &Again, patience: Patience, answered: bool) -> bool {
        let spent = self.all >= patience.attempts;
        match again {
            Again::Told { .. } => spent,
            Again::Lost(TransportError::Connect(_)) if answered => spent,
            Again::Lost(TransportError::Connect(_)) => spent || self.all >= patience.unanswered,
            Again::Lost(TransportError::Lost(_)) => spent || self.unsure >= patience.unsure,
            // The same request again would be as late.
            Again::Lost(TransportError::Late) => true,
            Again::Lost(TransportError::Tls(_) | TransportError::TooLong(_)) => true,
        }
    }
}
