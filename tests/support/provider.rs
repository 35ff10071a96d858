//! A provider in memory, for tests on paused time: it decides about each request when it comes,
//! answers after its latency, and remembers what came when.
#![allow(dead_code, reason = "each test uses its own part")]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diptych::article::{Article, Format};
use diptych::backend::http::{Account, Prices, Settings};
use diptych::backend::openai::OpenAi;
use diptych::backend::{Backend, Capacity};
use diptych::language::Variant;
use diptych::limits::retry::Patience;
use diptych::limits::stop::Stop;
use diptych::limits::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use diptych::limits::{CallError, Demand, Door, Limits, Verdict};
use diptych::memory::{Memory, Store};
use diptych::pipeline::{Options, Parts, Pipeline, Translated};
use futures_util::future::{BoxFuture, join_all};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::server::{Asked, pseudo, read, written};

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

/// How a provider counts its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Counts {
    /// In every window of its length; what is refused does not count.
    Sliding,
    /// The same, and what is refused counts as well.
    Refused,
    /// From one full minute, or whatever its length is, to the next.
    Fixed,
}

/// A limit in windows of a length, kept strictly.
pub(crate) struct Window {
    limit: usize,
    length: Duration,
    counts: Counts,
    admitted: Mutex<VecDeque<Duration>>,
}

impl Window {
    /// A window that slides.
    pub(crate) fn new(limit: usize, length: Duration) -> Self {
        Self::counting(limit, length, Counts::Sliding)
    }

    pub(crate) fn counting(limit: usize, length: Duration, counts: Counts) -> Self {
        Self { limit, length, counts, admitted: Mutex::default() }
    }

    /// Whether a request may come now: then how many more may; else how long until one may.
    pub(crate) fn admit(&self, at: Duration) -> Result<usize, Duration> {
        let mut admitted = self.admitted.lock().unwrap();
        let over = |first: Duration| match self.counts {
            Counts::Fixed => self.of(first) < self.of(at),
            _ => at - first >= self.length,
        };
        while admitted.front().is_some_and(|&first| over(first)) {
            admitted.pop_front();
        }
        match admitted.front() {
            Some(&first) if admitted.len() >= self.limit => {
                let wait = match self.counts {
                    Counts::Fixed => self.rest(at),
                    _ => self.length - (at - first),
                };
                if self.counts == Counts::Refused {
                    admitted.pop_front();
                    admitted.push_back(at);
                }
                Err(wait)
            }
            _ => {
                admitted.push_back(at);
                Ok(self.limit - admitted.len())
            }
        }
    }
}

impl Window {
    /// The number of the fixed window of a time: the first is half over at the beginning.
    fn of(&self, at: Duration) -> u128 {
        (at + self.length / 2).as_nanos() / self.length.as_nanos()
    }

    /// How long until a time's fixed window ends.
    fn rest(&self, at: Duration) -> Duration {
        let into = (at + self.length / 2).as_nanos() % self.length.as_nanos();
        self.length - Duration::from_nanos(into as u64)
    }

    /// How long until the window is whole again.
    pub(crate) fn length_from(&self, at: Duration) -> Duration {
        if self.counts == Counts::Fixed {
            return self.rest(at);
        }
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

/// What a model says, as a chat completion.
pub(crate) fn completion(text: &str, finish: &str) -> HttpResponse {
    let message = json!({ "role": "assistant", "content": text });
    let choice = json!({ "index": 0, "message": message, "finish_reason": finish });
    let body =
        json!({ "choices": [choice], "usage": { "prompt_tokens": 9, "completion_tokens": 9 } });
    HttpResponse::new(200, body.to_string().into_bytes())
}

/// The delimiter and the paragraphs of a chat request.
pub(crate) fn asked(request: &HttpRequest) -> (String, Vec<Asked>) {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let messages = body["messages"].as_array().unwrap();
    read(messages.last().unwrap()["content"].as_str().unwrap())
}

/// The text of a reply that translates every paragraph.
pub(crate) fn translation(request: &HttpRequest) -> String {
    let (delimiter, asked) = asked(request);
    written(&delimiter, &asked, pseudo)
}

/// A good reply.
pub(crate) fn good(request: &HttpRequest) -> HttpResponse {
    completion(&translation(request), "stop")
}

/// The settings of a chat backend of this name.
pub(crate) fn settings(name: &str) -> Settings {
    Settings {
        name: name.into(),
        url: format!("http://{name}.example/v1"),
        model: "m".into(),
        key: Some(secrecy::SecretString::from("sk-canary")),
        capacity: Capacity::of_tokens(25, 4096),
        prices: Prices::default(),
        limits: Limits::default(),
        timeout: Duration::from_secs(60),
        patience: Patience::default(),
        account: Account::default(),
    }
}

/// A chat backend to it.
pub(crate) fn backend(provider: &Arc<Provider>, settings: Settings) -> Arc<OpenAi> {
    let transport = Arc::clone(provider) as Arc<dyn Transport>;
    Arc::new(OpenAi::with_transport(settings, transport, Stop::never(), 1).unwrap())
}

/// A pipeline of these backends, its memory in this folder.
pub(crate) fn pipeline(folder: &Path, backends: Vec<Arc<dyn Backend>>) -> Pipeline {
    let (memory, _) = Memory::open(&folder.join("memory"), Store::Pseudo).unwrap();
    Pipeline::new(Parts {
        memory,
        corrections: Default::default(),
        glossary: Default::default(),
        backends,
        house: Default::default(),
        chinese: Variant::Hans,
        names: true,
        extra_requests: 1,
        budget: None,
        clock: Arc::new(|| "2026-05-01T08:00:00Z".to_owned()),
        stop: Stop::never(),
    })
}

/// Translates an article of so many paragraphs, unlike any of another name.
pub(crate) async fn translate(pipeline: &Pipeline, name: &str, paragraphs: usize) -> Translated {
    let text: String = (0..paragraphs)
        .map(|i| {
            format!("Ship {i} of {name} came in late, and the crew said nothing about it.\n\n")
        })
        .collect();
    let name = format!("{name}.md");
    let article = Article::read(name, Format::Markdown, text.into_bytes(), None).unwrap();
    pipeline.translate(&article, Options::default(), &()).await.unwrap()
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
            if let Ok(Err(error)) = tokio::time::timeout_at(end, call(door, 1)).await {
                failed.push(error);
                // A caller does something else meanwhile.
                tokio::time::sleep(Duration::from_millis(100)).await;
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
