//! A provider in memory, for tests on paused time: it decides about each request when it comes,
//! answers after its latency, and remembers what came when.
#![allow(dead_code, reason = "each test uses its own part")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diptych::limits::retry::Patience;
use diptych::limits::stop::Stop;
use diptych::limits::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use diptych::limits::{CallError, Demand, Door, Limits, Verdict};
use futures_util::future::{BoxFuture, join_all};
use tokio::time::Instant;

pub(crate) type Outcome = Result<HttpResponse, TransportError>;

/// What a provider does with a request, which is the `index`th and comes at a time since it began.
type Decide = dyn Fn(usize, Duration, &HttpRequest) -> Outcome + Send + Sync;

/// The provider.
pub(crate) struct Provider {
    latency: Duration,
    begin: Instant,
    decide: Box<Decide>,
    seen: Mutex<Vec<Seen>>,
}

/// A request as it was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    /// When it came, in seconds.
    pub(crate) at: f64,
    /// The status it got; 0 where there was no response.
    pub(crate) status: u16,
}

impl Provider {
    /// A provider that begins now.
    pub(crate) fn new(
        latency: Duration,
        decide: impl Fn(usize, Duration, &HttpRequest) -> Outcome + Send + Sync + 'static,
    ) -> Arc<Self> {
        let decide = Box::new(decide);
        Arc::new(Self { latency, begin: Instant::now(), decide, seen: Mutex::default() })
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// When each request came, in seconds.
    pub(crate) fn times(&self) -> Vec<f64> {
        self.seen().iter().map(|seen| seen.at).collect()
    }

    /// How many requests came from one second to another, and got this status.
    pub(crate) fn count(&self, from: f64, to: f64, status: u16) -> usize {
        let within = |seen: &&Seen| seen.at >= from && seen.at < to && seen.status == status;
        self.seen().iter().filter(within).count()
    }
}

impl Transport for Provider {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Outcome> {
        let at = self.begin.elapsed();
        let outcome = {
            let mut seen = self.seen.lock().unwrap();
            let outcome = (self.decide)(seen.len(), at, &request);
            let status = outcome.as_ref().map_or(0, |response| response.status);
            seen.push(Seen { at: at.as_secs_f64(), status });
            outcome
        };
        Box::pin(async move {
            tokio::time::sleep(self.latency).await;
            outcome
        })
    }
}

/// A limit in every window of a length, kept strictly; what is refused does not count.
pub(crate) struct Window {
    limit: usize,
    length: Duration,
    admitted: Mutex<VecDeque<Duration>>,
}

impl Window {
    pub(crate) fn new(limit: usize, length: Duration) -> Self {
        Self { limit, length, admitted: Mutex::default() }
    }

    /// Whether a request may come now: then how many more may; else how long until one may.
    pub(crate) fn admit(&self, at: Duration) -> Result<usize, Duration> {
        let mut admitted = self.admitted.lock().unwrap();
        while admitted.front().is_some_and(|&first| at - first >= self.length) {
            admitted.pop_front();
        }
        match admitted.front() {
            Some(&first) if admitted.len() >= self.limit => Err(self.length - (at - first)),
            _ => {
                admitted.push_back(at);
                Ok(self.limit - admitted.len())
            }
        }
    }
}

impl Window {
    /// How long until the window is whole again.
    pub(crate) fn length_from(&self, at: Duration) -> Duration {
        let admitted = self.admitted.lock().unwrap();
        admitted.back().map_or(Duration::ZERO, |&last| self.length - (at - last))
    }
}

/// A bare status.
pub(crate) fn status(status: u16) -> HttpResponse {
    HttpResponse::new(status, Vec::new())
}

/// A status with a header.
pub(crate) fn told(code: u16, header: &'static str, value: &str) -> HttpResponse {
    let mut response = status(code);
    response.headers.insert(header, value.parse().unwrap());
    response
}

/// A door to it.
pub(crate) fn door(provider: &Arc<Provider>, limits: &Limits, patience: Patience) -> Door {
    door_with(provider, limits, patience, 7)
}

/// The same, with another seed for its jitter.
pub(crate) fn door_with(
    provider: &Arc<Provider>,
    limits: &Limits,
    patience: Patience,
    seed: u64,
) -> Door {
    let transport = Arc::clone(provider) as Arc<dyn Transport>;
    Door::new(transport, limits, patience, Stop::never(), seed)
}

/// How a backend reads bare statuses.
pub(crate) fn judge(response: &HttpResponse) -> Verdict {
    let message = String::new();
    match response.status {
        408 | 409 | 429 | 500..=599 => Verdict::Again { message },
        400..=499 => Verdict::Parked { message },
        _ => Verdict::Final { tokens: None, characters: None },
    }
}

/// One call of this demand.
pub(crate) async fn call(door: &Door, tokens: u64) -> Result<u16, CallError> {
    let request = HttpRequest {
        method: reqwest::Method::POST,
        url: "http://127.0.0.1/".parse().unwrap(),
        headers: Default::default(),
        key: None,
        body: Vec::new(),
    };
    let demand = Demand { tokens, characters: tokens };
    Ok(door.call(&request, demand, &judge).await?.response.status)
}

/// Callers that want more until so many seconds have passed.
pub(crate) async fn busy(door: &Door, callers: usize, seconds: f64) -> Vec<CallError> {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let callers = (0..callers).map(|_| async {
        let mut failed = Vec::new();
        while Instant::now() < end {
            match tokio::time::timeout_at(end, call(door, 1)).await {
                Ok(Err(error)) => {
                    failed.push(error);
                    // A caller does something else meanwhile.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Ok(Ok(_)) | Err(_) => {}
            }
        }
        failed
    });
    join_all(callers).await.into_iter().flatten().collect()
}

/// Runs a future on a paused clock of its own.
pub(crate) fn paused<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap().block_on(future)
}
