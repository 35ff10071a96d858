//! Anthropic's messages, and servers that speak them (llama.cpp, gateways).
//!
//! The constant part of the prompt is marked for the provider's cache; prompts shorter than a
//! model's smallest cache entry are simply not cached.

mod message;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::backend::chat::{self, Counted, Delimiters};
use crate::backend::http::{Ask, Provider, Settings, Shown, Unfit, Way};
use crate::backend::kinds::{Bills, Kind, Opening};
use crate::backend::prompt::{self, PROMPT_VERSION, Prompt};
use crate::backend::reply;
use crate::backend::{Backend, BackendError, Capacity, Engine, Estimate, Reply};
use crate::brief::Brief;
use crate::limits::standing::Standing;
use crate::limits::transport::HttpResponse;
use crate::limits::{Answered, Demand};
use message::{Message, read, refuses_temperature};

/// What `kind = "anthropic"` means.
pub(super) const KIND: Kind = Kind {
    name: "anthropic",
    url: "https://api.anthropic.com",
    // Models come and go: none is named for anybody.
    model: None,
    context_tokens: 16_384,
    bills: Bills::Tokens,
    keys: &["model"],
    translates: true,
    open: |Opening { settings, way, .. }| Ok(Arc::new(Anthropic::open(settings, way)?)),
};

const PATH: &str = "/v1/messages";
/// The version of the protocol that is spoken.
const VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");
/// Replies are never allowed fewer tokens: a model may clear its throat.
const LEAST_TOKENS: u64 = 1024;

/// The backend.
#[derive(Debug)]
pub struct Anthropic {
    provider: Provider,
    engine: Engine,
    delimiters: Delimiters,
    /// Some models take no temperature; learned from their refusal.
    no_temperature: AtomicBool,
}

impl Anthropic {
    /// The backend. No connection is made, nothing of TLS set up, before it is asked.
    ///
    /// # Errors
    ///
    /// [`Unfit`].
    pub fn open(mut settings: Settings, way: Way) -> Result<Self, Unfit> {
        let base = settings.url.trim().trim_end_matches('/');
        let base = base.strip_suffix("/messages").unwrap_or(base);
        settings.url = base.strip_suffix("/v1").unwrap_or(base).to_owned();
        let engine = Engine {
            backend: settings.name.clone(),
            model: settings.model.clone(),
            prompt: PROMPT_VERSION.to_owned(),
        };
        let delimiters = Delimiters::new(way.seed.wrapping_add(1));
        let shown = Shown::Header(HeaderName::from_static("x-api-key"), "");
        let provider = Provider::new(settings, shown, (read, count), way)?;
        Ok(Self { provider, engine, delimiters, no_temperature: AtomicBool::new(false) })
    }

    async fn translated(&self, brief: &Brief) -> Result<Reply, BackendError> {
        let (delimiter, prompt) = self.delimiters.prompt(brief);
        let Answered { response, sends, place } = self.send(brief, &prompt).await?;
        let message = Message::read(&response);
        let counted = message.as_ref().and_then(Message::counted);
        let counted =
            counted.unwrap_or_else(|| Counted::guessed(self.estimate(brief), &response.body));
        let usage = counted.usage(self.provider.settings.prices);
        let unusable = |message: &str| self.provider.unusable(message, usage);
        let message = message.ok_or_else(|| unusable("the response is no message"))?;
        let read = message.text();
        match read.and_then(|(text, end)| reply::parse(&text, brief, &delimiter, end)) {
            Ok(items) => Ok(Reply { items, usage, sends, place: Some(place) }),
            Err(unreadable) => Err(self.provider.unreadable(unreadable, usage)),
        }
    }

    async fn send(&self, brief: &Brief, prompt: &Prompt) -> Result<Answered, BackendError> {
        let demand = chat::demand(self.estimate(brief));
        let version = (HeaderName::from_static("anthropic-version"), VERSION);
        let headers = HeaderMap::from_iter([version]);
        let mut asked_without = self.no_temperature.load(Ordering::Relaxed);
        loop {
            let body = self.body(brief, prompt, asked_without);
            let ask = Ask {
                path: PATH,
                query: &[],
                headers: headers.clone(),
                body: Some(&body),
                demand,
                divisible: brief.paragraphs.len() > 1,
                essential: true,
            };
            let answered = self.provider.send(&ask, refuses_temperature).await?;
            if !asked_without && refuses_temperature(&answered.response) {
                asked_without = true;
                self.no_temperature.store(true, Ordering::Relaxed);
                continue;
            }
            return match self.provider.error(&answered.response) {
                Some(error) => Err(error),
                None => Ok(answered),
            };
        }
    }

    fn body(&self, brief: &Brief, prompt: &Prompt, no_temperature: bool) -> Value {
        let constant = json!({
            "type": "text",
            "text": prompt.system,
            "cache_control": { "type": "ephemeral" },
        });
        let mut body = json!({
            "model": self.engine.model,
            "max_tokens": self.most_tokens(brief),
            "system": [constant],
            "messages": [{ "role": "user", "content": prompt.user }],
        });
        if !no_temperature {
            body["temperature"] = json!(chat::temperature(brief.attempt));
        }
        body
    }

    /// Twice what is expected, and more with each attempt: a reply must not be cut off because
    /// our estimate is, and a model that rambles must not be paid for rambling.
    fn most_tokens(&self, brief: &Brief) -> u64 {
        let Estimate { tokens_in, tokens_out, .. } = self.estimate(brief);
        let wished = tokens_out.saturating_mul(2 + brief.attempt as u64).max(LEAST_TOKENS);
        let room = self.provider.settings.capacity.tokens.saturating_sub(tokens_in);
        wished.min(room).max(tokens_out)
    }
}

fn count(response: &HttpResponse) -> Demand {
    let counted = Message::read(response).and_then(|message| message.counted());
    counted.unwrap_or_default().demand()
}

impl Backend for Anthropic {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn capacity(&self) -> Capacity {
        self.provider.settings.capacity
    }

    fn estimate(&self, brief: &Brief) -> Estimate {
        prompt::estimate(brief)
    }

    fn cost(&self, estimate: Estimate) -> f64 {
        chat::cost(estimate, self.provider.settings.prices)
    }

    fn heeds_names(&self) -> bool {
        true
    }

    fn room(&self) -> usize {
        self.provider.room()
    }

    fn standing(&self) -> Option<Standing> {
        Some(self.provider.standing())
    }

    fn translate<'a>(&'a self, brief: &'a Brief) -> BoxFuture<'a, Result<Reply, BackendError>> {
        Box::pin(self.translated(brief))
    }
}
