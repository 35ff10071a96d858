//! Any server that speaks OpenAI's chat completions: OpenAI, Ollama, llama.cpp, vLLM, LM Studio,
//! DeepSeek and the gateways before them.
//!
//! It knows the protocol and what its errors mean. When to send is the door's business, what to
//! say the prompt's, what was said the reply's.

mod completion;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, LOCATION};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::backend::prompt::{self, PROMPT_VERSION, Prompt};
use crate::backend::reply;
use crate::backend::{Backend, BackendError, Capacity, Engine, Estimate, Reply, Usage};
use crate::brief::Brief;
use crate::limits::ledger::Ledger;
use crate::limits::retry::Patience;
use crate::limits::stop::Stop;
use crate::limits::transport::{Http, HttpRequest, HttpResponse, Transport};
use crate::limits::{Answered, CallError, Demand, Door, Limits, Verdict, message};
use completion::{Answer, Counted, effective_status, is_quota, is_too_large, refuses_temperature};

/// What is configured for one such backend.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The backend's name in the configuration.
    pub name: String,
    /// The base address, such as `http://127.0.0.1:11434/v1`.
    pub url: String,
    /// The model's name.
    pub model: String,
    /// The key, where one is needed; sent to the host of `url` and to no other.
    pub key: Option<SecretString>,
    /// How large a brief may be.
    pub capacity: Capacity,
    /// What tokens cost.
    pub prices: Prices,
    /// What the provider allows.
    pub limits: Limits,
    /// The total deadline of one request.
    pub timeout: Duration,
    /// How often and how long one call is tried.
    pub patience: Patience,
}

/// Prices per million tokens, in the currency of the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// Of prompts.
    pub input: f64,
    /// Of replies.
    pub output: f64,
}

/// An address that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("backend {backend}: `{url}` is no http or https address")]
pub struct InvalidUrl {
    /// The backend's name.
    pub backend: String,
    /// What is configured.
    pub url: String,
}

/// The backend.
#[derive(Debug)]
pub struct OpenAi {
    settings: Settings,
    engine: Engine,
    endpoint: Url,
    /// Host and port, for messages.
    host: String,
    door: Door,
    delimiters: Mutex<StdRng>,
    /// Some models take no temperature but their own; learned from their refusal.
    no_temperature: AtomicBool,
}

impl OpenAi {
    /// The backend over HTTP. No connection is made, nothing of TLS set up, before it is asked.
    ///
    /// `seed` draws delimiters and the jitter of retries: random in a run, fixed in a test.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`].
    pub fn new(settings: Settings, stop: Stop, seed: u64) -> Result<Self, InvalidUrl> {
        let endpoint = endpoint(&settings)?;
        let http = Arc::new(Http::new(&endpoint, settings.timeout));
        Self::with_transport(settings, http, stop, seed)
    }

    /// The same backend, whose windows go on where an earlier process left. To be said before
    /// anything is asked.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Ledger) -> Self {
        self.door = self.door.with_ledger(ledger);
        self
    }

    /// The backend over any transport.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`].
    pub fn with_transport(
        settings: Settings,
        transport: Arc<dyn Transport>,
        stop: Stop,
        seed: u64,
    ) -> Result<Self, InvalidUrl> {
        let endpoint = endpoint(&settings)?;
        let engine = Engine {
            backend: settings.name.clone(),
            model: settings.model.clone(),
            prompt: PROMPT_VERSION.to_owned(),
        };
        let host = host(&endpoint);
        let door = Door::new(transport, &settings.limits, settings.patience, stop, seed);
        let delimiters = Mutex::new(StdRng::seed_from_u64(seed.wrapping_add(1)));
        let no_temperature = AtomicBool::new(false);
        Ok(Self { settings, engine, endpoint, host, door, delimiters, no_temperature })
    }

    async fn ask(&self, brief: &Brief) -> Result<Reply, BackendError> {
        let delimiter = self.draw_delimiter(brief);
        let prompt = prompt::render(brief, &delimiter);
        let Answered { response, sends, place } = self.send(brief, &prompt).await?;
        if !(200..300).contains(&response.status) {
            return Err(self.error(&response));
        }
        let answer = match Answer::read(&response) {
            Some(answer) if answer.error.is_some() => return Err(self.error(&response)),
            Some(answer) => answer,
            None => {
                let message = "the response is no chat completion".to_owned();
                return Err(self.unusable(message, self.usage(None, brief, &response)));
            }
        };
        let usage = self.usage(answer.usage.as_ref(), brief, &response);
        let (text, end) = match answer.text() {
            Ok(text_and_end) => text_and_end,
            Err(message) => {
                return Err(self.unusable(self.shown(&message), usage));
            }
        };
        match reply::parse(text, brief, &delimiter, end) {
            Ok(items) => Ok(Reply { items, usage, sends, place: Some(place) }),
            Err(unreadable) => Err(self.unusable(unreadable.to_string(), usage)),
        }
    }

    async fn send(&self, brief: &Brief, prompt: &Prompt) -> Result<Answered, BackendError> {
        let Estimate { tokens_in, tokens_out } = self.estimate(brief);
        let demand = Demand { tokens: tokens_in + tokens_out, characters: 0 };
        let mut asked_without = self.no_temperature.load(Ordering::Relaxed);
        loop {
            let request = self.request(brief, prompt, asked_without);
            let answered = self
                .door
                .call(&request, demand, &|response| self.verdict(response))
                .await
                .map_err(|error| self.call_error(error, brief))?;
            if asked_without || !refuses_temperature(&answered.response) {
                return Ok(answered);
            }
            asked_without = true;
            self.no_temperature.store(true, Ordering::Relaxed);
        }
    }

    fn request(&self, brief: &Brief, prompt: &Prompt, no_temperature: bool) -> HttpRequest {
        let mut body = json!({
            "model": self.settings.model,
            "messages": [
                { "role": "system", "content": prompt.system },
                { "role": "user", "content": prompt.user },
            ],
            "stream": false,
        });
        if !no_temperature {
            body["temperature"] = json!([0.0, 0.3, 0.5].get(brief.attempt).unwrap_or(&0.7));
        }
        let key = self.settings.key.as_ref().filter(|key| !key.expose_secret().is_empty());
        HttpRequest {
            url: self.endpoint.clone(),
            headers: HeaderMap::new(),
            key: key.map(|key| {
                (AUTHORIZATION, SecretString::from(format!("Bearer {}", key.expose_secret())))
            }),
            body: body.to_string().into_bytes(),
        }
    }

    /// A code word that occurs nowhere in the brief.
    fn draw_delimiter(&self, brief: &Brief) -> String {
        // No `0`, `1`, `l`, `o`: a model that copies it should not stumble.
        const SIGNS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut rng = self.delimiters.lock().unwrap_or_else(PoisonError::into_inner);
        let mut length = 6;
        loop {
            let word: String = (0..length)
                .filter_map(|_| SIGNS.get(rng.random_range(0..SIGNS.len())))
                .map(|&sign| char::from(sign))
                .collect();
            if !prompt::occurs(brief, &word) {
                return word;
            }
            // A brief can hold every word of six signs only if it is gigabytes long.
            length += 1;
        }
    }

    fn verdict(&self, response: &HttpResponse) -> Verdict {
        let again = match response.headers.get("x-should-retry").and_then(|it| it.to_str().ok()) {
            Some("true") => true,
            Some("false") => false,
            _ => {
                let status = effective_status(response);
                matches!(status, 408 | 409 | 429 | 500..=599) && !is_quota(response)
            }
        };
        if again && effective_status(response) == 429 {
            return Verdict::TooFast { message: self.message(response) };
        }
        if again {
            return Verdict::Again { message: self.message(response) };
        }
        let usage = Answer::read(response).and_then(|answer| answer.usage);
        if self.is_for_all(response) {
            return Verdict::Parked { message: self.message(response) };
        }
        Verdict::Final {
            characters: None,
            tokens: usage.map(|counted| {
                let (tokens_in, tokens_out) = counted.tokens();
                (tokens_in + tokens_out) as u64
            }),
        }
    }

    /// Whether every other request would get the same response now.
    fn is_for_all(&self, response: &HttpResponse) -> bool {
        !(200..300).contains(&effective_status(response))
            && !refuses_temperature(response)
            && matches!(
                self.error(response),
                BackendError::Refused { .. }
                    | BackendError::Quota { .. }
                    | BackendError::Rejected { .. }
            )
    }

    /// What a response that is no answer means.
    fn error(&self, response: &HttpResponse) -> BackendError {
        let backend = self.settings.name.clone();
        let message = self.message(response);
        let status = effective_status(response);
        match status {
            300..=399 => BackendError::Rejected { backend, status, message: redirect(response) },
            _ if is_quota(response) => BackendError::Quota { backend, message },
            401 | 403 => {
                BackendError::Refused { backend, host: self.host.clone(), status, message }
            }
            413 | 414 => BackendError::TooLarge { backend, message },
            _ if is_too_large(response) => BackendError::TooLarge { backend, message },
            // Told not to be tried again, or it would not come here.
            408 | 409 | 429 | 500..=599 => {
                BackendError::Busy { backend, attempts: 1, message, retry_after: None }
            }
            _ => BackendError::Rejected { backend, status, message },
        }
    }

    fn call_error(&self, error: CallError, brief: &Brief) -> BackendError {
        let backend = self.settings.name.clone();
        match error {
            CallError::Late if brief.paragraphs.len() > 1 => {
                BackendError::Late { backend, host: self.host.clone() }
            }
            CallError::Late => {
                let reason = error.to_string();
                BackendError::Lost { backend, host: self.host.clone(), attempts: 1, reason }
            }
            CallError::Stopped => BackendError::Stopped { backend },
            CallError::Closed { reason, again_in } => {
                BackendError::Closed { backend, reason, again_in }
            }
            CallError::Unreachable { reason } => {
                BackendError::Unreachable { backend, host: self.host.clone(), reason }
            }
            CallError::Lost { attempts, reason } => {
                BackendError::Lost { backend, host: self.host.clone(), attempts, reason }
            }
            CallError::Busy { attempts, message, retry_after } => {
                BackendError::Busy { backend, attempts, message, retry_after }
            }
            error @ CallError::TooLong(_) => self.unusable(error.to_string(), Usage::default()),
        }
    }

    fn unusable(&self, message: String, usage: Usage) -> BackendError {
        BackendError::Unusable { backend: self.settings.name.clone(), message, usage }
    }

    fn message(&self, response: &HttpResponse) -> String {
        message::of_response(response, self.settings.key.as_ref())
    }

    fn shown(&self, text: &str) -> String {
        message::sanitised(text, self.settings.key.as_ref())
    }

    /// What the provider counted; where it does not say, our estimate.
    fn usage(&self, counted: Option<&Counted>, brief: &Brief, response: &HttpResponse) -> Usage {
        let (tokens_in, tokens_out) = match counted {
            Some(counted) => counted.tokens(),
            None => {
                let body = String::from_utf8_lossy(&response.body);
                (self.estimate(brief).tokens_in as f64, prompt::text_tokens(&body).ceil())
            }
        };
        Usage { tokens_in, tokens_out, cost: self.cost(tokens_in, tokens_out) }
    }
}

impl Backend for OpenAi {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn capacity(&self) -> Capacity {
        self.settings.capacity
    }

    fn estimate(&self, brief: &Brief) -> Estimate {
        prompt::estimate(brief)
    }

    fn cost(&self, tokens_in: f64, tokens_out: f64) -> f64 {
        let Prices { input, output } = self.settings.prices;
        (tokens_in * input + tokens_out * output) / 1e6
    }

    fn translate<'a>(&'a self, brief: &'a Brief) -> BoxFuture<'a, Result<Reply, BackendError>> {
        Box::pin(self.ask(brief))
    }
}

fn endpoint(settings: &Settings) -> Result<Url, InvalidUrl> {
    let invalid = || {
        let url = message::sanitised(&settings.url, settings.key.as_ref());
        InvalidUrl { backend: settings.name.clone(), url }
    };
    let base = settings.url.trim().trim_end_matches('/');
    let base = base.strip_suffix("/chat/completions").unwrap_or(base);
    let url: Url = format!("{base}/chat/completions").parse().map_err(|_| invalid())?;
    let sound = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    if sound { Ok(url) } else { Err(invalid()) }
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn redirect(response: &HttpResponse) -> String {
    let target = response.headers.get(LOCATION).and_then(|it| it.to_str().ok());
    let target = target.and_then(|location| location.parse().ok()).map(|url: Url| host(&url));
    match target {
        Some(host) => format!("redirected to {host}, which is not followed; set url to it"),
        None => "redirected, which is not followed; correct url".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> Settings {
        Settings {
            name: "main".into(),
            url: url.into(),
            model: "m".into(),
            key: Some(SecretString::from("sk-canary-7")),
            capacity: Capacity { paragraphs: 25, tokens: 4096 },
            prices: Prices { input: 0.15, output: 0.6 },
            limits: Limits::default(),
            timeout: Duration::from_secs(5),
            patience: Patience::default(),
        }
    }

    fn backend() -> OpenAi {
        OpenAi::new(settings("https://api.example.com/v1/"), Stop::never(), 1).unwrap()
    }

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status, body.as_bytes().to_vec())
    }

    #[test]
    fn addresses_are_completed_or_refused() {
        let at =
            |url| OpenAi::new(settings(url), Stop::never(), 1).map(|it| it.endpoint.to_string());
        let full = "http://127.0.0.1:11434/v1/chat/completions";
        for url in ["http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/", full] {
            assert_eq!(at(url).unwrap(), full);
        }
        for url in ["", "localhost:1234", "ftp://a/v1", "not an address"] {
            assert!(at(url).is_err(), "{url}");
        }
    }

    #[test]
    fn errors_say_whose_move_it_is() {
        let backend = backend();
        let kind = |status, body: &str| {
            let response = response(status, body);
            match backend.verdict(&response) {
                Verdict::Again { .. } | Verdict::TooFast { .. } => "again",
                Verdict::Final { .. } | Verdict::Parked { .. } => match backend.error(&response) {
                    BackendError::Refused { .. } => "refused",
                    BackendError::Quota { .. } => "quota",
                    BackendError::TooLarge { .. } => "too large",
                    BackendError::Rejected { .. } => "rejected",
                    other => panic!("{other}"),
                },
            }
        };
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert_eq!(kind(status, ""), "again", "{status}");
        }
        for quota in ["insufficient_quota", "credit_balance_exhausted"] {
            assert_eq!(kind(429, &format!(r#"{{"error":{{"code":"{quota}"}}}}"#)), "quota");
        }
        assert_eq!(kind(402, ""), "quota");
        assert_eq!(kind(401, ""), "refused");
        assert_eq!(kind(403, "<html>"), "refused");
        assert_eq!(kind(413, "<html>"), "too large");
        assert_eq!(kind(400, r#"{"error":{"code":"context_length_exceeded"}}"#), "too large");
        let llama = r#"{"error":{"code":400,"message":"x","type":"exceed_context_size_error"}}"#;
        assert_eq!(kind(400, llama), "too large");
        assert_eq!(kind(404, r#"{"error":"model 'm' not found"}"#), "rejected");
        assert_eq!(kind(422, ""), "rejected");
        assert_eq!(kind(200, r#"{"error":{"message":"x","code":503}}"#), "again");
        assert_eq!(kind(200, r#"{"error":{"message":"x","type":"overloaded_error"}}"#), "again");
        assert_eq!(kind(200, r#"{"error":{"message":"x","code":"401"}}"#), "refused");
        assert_eq!(kind(200, r#"{"choices":null,"error":{"message":"x"}}"#), "rejected");
    }

    #[test]
    fn a_redirect_names_its_host_and_nothing_more() {
        let mut response = response(308, "");
        let target = "https://elsewhere.example/v1?token=t".parse().unwrap();
        response.headers.insert(LOCATION, target);
        let error = backend().error(&response).to_string();
        assert!(error.contains("elsewhere.example") && !error.contains("token"), "{error}");
    }

    #[test]
    fn the_key_is_shown_to_nobody() {
        let backend = backend();
        let told = response(401, r#"{"error":{"message":"bad key sk-canary-7"}}"#);
        let error = backend.error(&told);
        let prompt = Prompt { system: String::new(), user: String::new() };
        let brief = Brief {
            to: crate::language::Target::English,
            context: crate::brief::Context::default(),
            paragraphs: Vec::new(),
            terms: Vec::new(),
            names: Vec::new(),
            attempt: 0,
        };
        let request = backend.request(&brief, &prompt, false);
        for shown in [format!("{backend:?}"), format!("{error} {error:?}"), format!("{request:?}")]
        {
            assert!(!shown.contains("canary"), "{shown}");
        }
        assert!(request.key.is_some());
    }
}
