//! What every backend over HTTP shares: its settings, its address, its key bound to that address,
//! its door, and what a response or the lack of one means.
//!
//! It knows no provider. One hands in how the key is shown, and how its responses are read.

pub(crate) mod meaning;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::reply::Unreadable;
use super::{BackendError, Capacity, Usage};
use crate::limits::ledger::Ledger;
use crate::limits::retry::Patience;
use crate::limits::standing::Standing;
use crate::limits::stop::Stop;
use crate::limits::transport::{Http, HttpRequest, HttpResponse, Transport};
use crate::limits::{Answered, CallError, Demand, Door, Limits, Verdict, message};
use meaning::{Meaning, Reader, redirect};

/// What is configured for one backend.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The backend's name in the configuration.
    pub name: String,
    /// The base address, such as `http://127.0.0.1:11434/v1`.
    pub url: String,
    /// The model's name; empty where there is nothing to choose.
    pub model: String,
    /// The key, where one is needed; sent to the host of `url` and to no other.
    pub key: Option<SecretString>,
    /// How large a brief may be.
    pub capacity: Capacity,
    /// What is paid.
    pub prices: Prices,
    /// What the provider allows.
    pub limits: Limits,
    /// The total deadline of one request.
    pub timeout: Duration,
    /// How often and how long one call is tried.
    pub patience: Patience,
    /// Where in the provider's cloud the account is.
    pub account: Account,
}

/// Prices per million, in the currency of the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// Of tokens of prompts.
    pub input: f64,
    /// Of tokens of prompts that the provider had in its cache; where not given, as `input`.
    pub cached: Option<f64>,
    /// Of tokens of replies.
    pub output: f64,
    /// Of characters sent.
    pub characters: f64,
}

/// Where in a provider's cloud an account is. Most providers ask for none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Google's project.
    pub project: Option<String>,
    /// Google's location.
    pub location: Option<String>,
    /// Azure's region.
    pub region: Option<String>,
}

/// Settings no backend can be made of. What is configured is not repeated: it may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("[backends.{backend}] {key} {why}")]
pub struct Unfit {
    /// The backend's name.
    pub backend: String,
    /// The key that is wrong.
    pub key: &'static str,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The base address of a provider.
///
/// # Errors
///
/// What is wrong with it, as the end of a sentence that begins with the key.
pub fn address(text: &str) -> Result<Url, &'static str> {
    let url: Url = text.trim().trim_end_matches('/').parse().map_err(|_| NO_ADDRESS)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        Err(NO_ADDRESS)
    } else if !url.username().is_empty() || url.password().is_some() {
        Err("must not hold a name or password: name a variable in key_env")
    } else if url.query().is_some() || url.fragment().is_some() {
        Err("must be a plain address, without ? or #")
    } else {
        Ok(url)
    }
}

const NO_ADDRESS: &str = "is not an http:// or https:// address";

/// How a provider wants to be shown its key.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// In this header, after this prefix.
    Header(HeaderName, &'static str),
    /// As this field of the body.
    Field(&'static str),
}

/// How a backend gets out: over HTTP unless a test brings a transport of its own.
pub struct Way {
    /// In place of HTTP.
    pub transport: Option<Arc<dyn Transport>>,
    /// Where the use of the limits is kept.
    pub ledger: Option<Ledger>,
    /// When to stop.
    pub stop: Stop,
    /// Draws delimiters and the jitter of retries: random in a run, fixed in a test.
    pub seed: u64,
}

impl Way {
    /// Over HTTP, keeping nothing of the limits.
    pub fn new(stop: Stop, seed: u64) -> Self {
        Self { transport: None, ledger: None, stop, seed }
    }
}

/// Reads off a response what the provider counted against its limits; zero where it does not say.
pub(crate) type Counter = fn(&HttpResponse) -> Demand;

/// One provider, as a backend reaches it.
pub(crate) struct Provider {
    pub(crate) settings: Settings,
    base: Url,
    host: String,
    door: Door,
    shown: Shown,
    read: Reader,
    count: Counter,
    /// Requests in a row that were rejected as such.
    rejected: AtomicU32,
}

/// So many requests rejected in a row are not at fault, the settings are.
const REJECTED_IN_A_ROW: u32 = 3;

/// A request, but for where to and on whose account.
pub(crate) struct Ask<'a> {
    /// What follows the base address.
    pub(crate) path: &'a str,
    /// The query.
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Headers beside the key's.
    pub(crate) headers: HeaderMap,
    /// The document; none makes it a GET.
    pub(crate) body: Option<&'a Value>,
    /// What it is estimated to take of the limits.
    pub(crate) demand: Demand,
    /// Whether it carries several paragraphs, so that half of it may work.
    pub(crate) divisible: bool,
    /// Whether the work depends on it. What does not is tried once, and whatever comes of it says
    /// nothing about other requests.
    pub(crate) essential: bool,
}

impl Provider {
    /// No connection is made, nothing of TLS set up, before something is asked.
    pub(crate) fn new(
        settings: Settings,
        shown: Shown,
        (read, count): (Reader, Counter),
        way: Way,
    ) -> Result<Self, Unfit> {
        let base = address(&settings.url).map_err(|why| Unfit {
            backend: settings.name.clone(),
            key: "url",
            why,
        })?;
        let Way { transport, ledger, stop, seed } = way;
        let transport = transport.unwrap_or_else(|| Arc::new(Http::new(&base, settings.timeout)));
        let mut door = Door::new(transport, &settings.limits, settings.patience, stop, seed);
        if let Some(ledger) = ledger {
            door = door.with_ledger(ledger);
        }
        let host = host_of(&base);
        Ok(Self { settings, base, host, door, shown, read, count, rejected: AtomicU32::new(0) })
    }

    /// Sends a request when the limits allow it and gives back the first response that time does
    /// not mend, good or bad. `special` tells those that the backend meets with another request.
    pub(crate) async fn send(
        &self,
        ask: &Ask<'_>,
        special: fn(&HttpResponse) -> bool,
    ) -> Result<Answered, BackendError> {
        let judge = |response: &HttpResponse| match self.meaning(response) {
            _ if !ask.essential => Verdict::Final { tokens: None, characters: None },
            Meaning::TooFast => Verdict::TooFast { message: self.message(response) },
            Meaning::Again => Verdict::Again { message: self.message(response) },
            // Every other request would get the same now.
            Meaning::Refused | Meaning::Quota | Meaning::Rejected | Meaning::Redirected
                if !special(response) && self.is_about_all(response) =>
            {
                Verdict::Parked { message: self.message(response) }
            }
            meaning => {
                if meaning == Meaning::Answer {
                    self.rejected.store(0, Ordering::Relaxed);
                }
                let Demand { tokens, characters } = (self.count)(response);
                let told = |number| (number > 0).then_some(number);
                Verdict::Final { tokens: told(tokens), characters: told(characters) }
            }
        };
        self.door
            .call(&self.request(ask), ask.demand, &judge)
            .await
            .map_err(|error| self.call_error(error, ask.divisible))
    }

    /// Whether a response that is no answer would be the same for any other request. A request may
    /// be at fault by itself, with a text that a provider does not like; several in a row are not.
    fn is_about_all(&self, response: &HttpResponse) -> bool {
        let reading = (self.read)(response);
        if self.meaning(response) != Meaning::Rejected || !matches!(reading.status, 400 | 422) {
            return true;
        }
        self.rejected.fetch_add(1, Ordering::Relaxed) + 1 >= REJECTED_IN_A_ROW
    }

    /// The same, but that a response which is no answer is an error.
    pub(crate) async fn ask(
        &self,
        ask: &Ask<'_>,
        special: fn(&HttpResponse) -> bool,
    ) -> Result<Answered, BackendError> {
        let answered = self.send(ask, special).await?;
        match self.error(&answered.response) {
            Some(error) => Err(error),
            None => Ok(answered),
        }
    }

    /// What a response that is no answer means; `None` for an answer.
    pub(crate) fn error(&self, response: &HttpResponse) -> Option<BackendError> {
        let backend = self.settings.name.clone();
        let message = self.message(response);
        let status = (self.read)(response).status;
        Some(match self.meaning(response) {
            Meaning::Answer => return None,
            Meaning::Redirected => {
                BackendError::Rejected { backend, status, message: redirect(response) }
            }
            Meaning::Quota => BackendError::Quota { backend, message },
            Meaning::Refused => {
                BackendError::Refused { backend, host: self.host.clone(), status, message }
            }
            Meaning::TooLarge => BackendError::TooLarge { backend, message },
            Meaning::Again | Meaning::TooFast | Meaning::Busy => {
                BackendError::Busy { backend, attempts: 1, message, retry_after: None }
            }
            Meaning::Rejected => BackendError::Rejected { backend, status, message },
        })
    }

    /// A reply that is none.
    pub(crate) fn unusable(&self, message: &str, usage: Usage) -> BackendError {
        let message = message::sanitised(message, self.settings.key.as_ref());
        BackendError::Unusable { backend: self.settings.name.clone(), message, usage }
    }

    /// A reply of which nothing can be read.
    pub(crate) fn unreadable(&self, why: Unreadable, usage: Usage) -> BackendError {
        match why {
            Unreadable::Cut => BackendError::Cut { backend: self.settings.name.clone(), usage },
            Unreadable::Withheld(message) => {
                let message = message::sanitised(&message, self.settings.key.as_ref());
                BackendError::Withheld { backend: self.settings.name.clone(), message, usage }
            }
            _ => self.unusable(&why.to_string(), usage),
        }
    }

    /// How many requests could leave by now.
    pub(crate) fn room(&self) -> usize {
        self.door.room()
    }

    /// How the provider stands.
    pub(crate) fn standing(&self) -> Standing {
        self.door.standing()
    }

    fn key(&self) -> Option<&SecretString> {
        self.settings.key.as_ref().filter(|key| !key.expose_secret().is_empty())
    }

    fn meaning(&self, response: &HttpResponse) -> Meaning {
        Meaning::of(response, (self.read)(response))
    }

    fn message(&self, response: &HttpResponse) -> String {
        message::of_response(response, self.settings.key.as_ref())
    }

    /// Always to the provider's own host: what varies is the path.
    fn request(&self, ask: &Ask<'_>) -> HttpRequest {
        let mut url = self.base.clone();
        let path = format!("{}{}", self.base.path().trim_end_matches('/'), ask.path);
        url.set_path(&path);
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query);
        }
        let key = match &self.shown {
            Shown::Field(_) => None,
            Shown::Header(name, prefix) => self.key().map(|key| {
                let value = format!("{prefix}{}", key.expose_secret());
                (name.clone(), SecretString::from(value))
            }),
        };
        let (method, body) = match (ask.body, &self.shown, self.key()) {
            (None, ..) => (Method::GET, Vec::new()),
            (Some(Value::Object(fields)), Shown::Field(name), Some(key)) => {
                let mut fields = fields.clone();
                fields.insert((*name).to_owned(), key.expose_secret().into());
                (Method::POST, Value::Object(fields).to_string().into_bytes())
            }
            (Some(body), ..) => (Method::POST, body.to_string().into_bytes()),
        };
        HttpRequest { method, url, headers: ask.headers.clone(), key, body }
    }

    fn call_error(&self, error: CallError, divisible: bool) -> BackendError {
        let backend = self.settings.name.clone();
        let host = self.host.clone();
        match error {
            CallError::Late if divisible => BackendError::Late { backend, host },
            CallError::Late => {
                BackendError::Lost { backend, host, attempts: 1, reason: error.to_string() }
            }
            CallError::Stopped => BackendError::Stopped { backend },
            CallError::Closed { reason, again_in } => {
                BackendError::Closed { backend, reason, again_in }
            }
            CallError::Unreachable { reason } => {
                BackendError::Unreachable { backend, host, reason }
            }
            CallError::Lost { attempts, reason } => {
                BackendError::Lost { backend, host, attempts, reason }
            }
            CallError::Busy { attempts, message, retry_after } => {
                BackendError::Busy { backend, attempts, message, retry_after }
            }
            error @ CallError::TooLong(_) => self.unusable(&error.to_string(), Usage::default()),
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Host and port, for messages.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_no_secret_and_nothing_strange() {
        for good in ["http://127.0.0.1:1/v1/", "https://api.example.com", "http://[::1]:8/v1"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "localhost:1234",
            "ftp://a/v1",
            "not an address",
            "http://",
            "https://user:canary@api.example.com/v1",
            "https://api.example.com/v1?key=canary",
        ] {
            let why = address(bad).unwrap_err();
            assert!(!why.contains("canary"), "{why}");
        }
    }
}
