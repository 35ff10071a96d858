//! Any server that speaks OpenAI's chat completions: OpenAI, Ollama, llama.cpp, vLLM, LM Studio,
//! DeepSeek and the gateways before them.
//!
//! It knows the protocol and what its errors mean. When to send is the door's business, what to
//! say the prompt's, what was said the reply's.

mod completion;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use crate::backend::chat::{self, Counted, Delimiters};
use crate::backend::http::{Ask, Provider, Settings, Shown, Unfit, Way};
use crate::backend::kinds::{Bills, Kind, Opening};
use crate::backend::prompt::{self, PROMPT_VERSION, Prompt};
use crate::backend::reply;
use crate::backend::{Backend, BackendError, Capacity, Engine, Estimate, Reply};
use crate::brief::Brief;
use crate::limits::standing::Standing;
use crate::limits::stop::Stop;
use crate::limits::transport::{HttpResponse, Transport};
use crate::limits::{Answered, Demand};
use completion::{Answer, read, refuses_temperature};

/// What `kind = "openai"` means.
pub(super) const KIND: Kind = Kind {
    name: "openai",
    // A local Ollama.
    url: "http://127.0.0.1:11434/v1",
    model: Some("qwen3:8b"),
    // Ollama's default: it cuts longer prompts silently.
    context_tokens: 4096,
    bills: Bills::Tokens,
    keys: &["model"],
    translates: true,
    open: |Opening { settings, way, .. }| Ok(Arc::new(OpenAi::open(settings, way)?)),
};

/// The backend.
#[derive(Debug)]
pub struct OpenAi {
    provider: Provider,
    engine: Engine,
    delimiters: Delimiters,
    /// Some models take no temperature but their own; learned from their refusal.
    no_temperature: AtomicBool,
}

impl OpenAi {
    /// The backend over HTTP, keeping nothing of its limits.
    ///
    /// # Errors
    ///
    /// [`Unfit`].
    pub fn new(settings: Settings, stop: Stop, seed: u64) -> Result<Self, Unfit> {
        Self::open(settings, Way::new(stop, seed))
    }

    /// The backend over any transport.
    ///
    /// # Errors
    ///
    /// [`Unfit`].
    pub fn with_transport(
        settings: Settings,
        transport: Arc<dyn Transport>,
        stop: Stop,
        seed: u64,
    ) -> Result<Self, Unfit> {
        Self::open(settings, Way { transport: Some(transport), ..Way::new(stop, seed) })
    }

    /// The backend. No connection is made, nothing of TLS set up, before it is asked.
    ///
    /// # Errors
    ///
    /// [`Unfit`].
    pub fn open(mut settings: Settings, way: Way) -> Result<Self, Unfit> {
        let base = settings.url.trim().trim_end_matches('/');
        settings.url = base.strip_suffix(PATH).unwrap_or(base).to_owned();
        let engine = Engine {
            backend: settings.name.clone(),
            model: settings.model.clone(),
            prompt: PROMPT_VERSION.to_owned(),
        };
        let delimiters = Delimiters::new(way.seed.wrapping_add(1));
        let shown = Shown::Header(AUTHORIZATION, "Bearer ");
        let provider = Provider::new(settings, shown, (read, count), way)?;
        Ok(Self { provider, engine, delimiters, no_temperature: AtomicBool::new(false) })
    }

    async fn translated(&self, brief: &Brief) -> Result<Reply, BackendError> {
        let (delimiter, prompt) = self.delimiters.prompt(brief);
        let Answered { response, sends, place } = self.send(brief, &prompt).await?;
        let answer = Answer::read(&response);
        let counted = answer.as_ref().and_then(Answer::counted);
        let counted =
            counted.unwrap_or_else(|| Counted::guessed(self.estimate(brief), &response.body));
        let usage = counted.usage(self.provider.settings.prices);
        let unusable = |message: &str| self.provider.unusable(message, usage);
        let answer = answer.ok_or_else(|| unusable("the response is no chat completion"))?;
        let read = answer.text();
        match read.and_then(|(text, end)| reply::parse(text, brief, &delimiter, end)) {
            Ok(items) => Ok(Reply { items, usage, sends, place: Some(place) }),
            Err(unreadable) => Err(self.provider.unreadable(unreadable, usage)),
        }
    }

    async fn send(&self, brief: &Brief, prompt: &Prompt) -> Result<Answered, BackendError> {
        let demand = chat::demand(self.estimate(brief));
        let mut asked_without = self.no_temperature.load(Ordering::Relaxed);
        loop {
            let body = self.body(brief, prompt, asked_without);
            let ask = Ask {
                path: PATH,
                query: &[],
                headers: HeaderMap::new(),
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
        let mut body = json!({
            "model": self.engine.model,
            "messages": [
                { "role": "system", "content": prompt.system },
                { "role": "user", "content": prompt.user },
            ],
            "stream": false,
        });
        if !no_temperature {
            body["temperature"] = json!(chat::temperature(brief.attempt));
        }
        body
    }
}

const PATH: &str = "/chat/completions";

fn count(response: &HttpResponse) -> Demand {
    let counted = Answer::read(response).and_then(|answer| answer.counted());
    counted.unwrap_or_default().demand()
}

impl Backend for OpenAi {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::SecretString;

    use super::*;
    use crate::backend::http::{Account, Prices};
    use crate::limits::Limits;
    use crate::limits::retry::Patience;

    fn backend(url: &str) -> Result<OpenAi, Unfit> {
        let settings = Settings {
            name: "main".into(),
            url: url.into(),
            model: "m".into(),
            key: Some(SecretString::from("sk-canary-7")),
            capacity: Capacity::of_tokens(25, 4096),
            prices: Prices::default(),
            limits: Limits::default(),
            timeout: Duration::from_secs(5),
            patience: Patience::default(),
            account: Account::default(),
        };
        OpenAi::new(settings, Stop::never(), 1)
    }

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status, body.as_bytes().to_vec())
    }

    #[test]
    fn errors_say_whose_move_it_is() {
        let backend = backend("https://api.example.com/v1/chat/completions").unwrap();
        let kind = |status, body: &str| match backend.provider.error(&response(status, body)) {
            Some(BackendError::Busy { .. }) => "again",
            Some(BackendError::Refused { .. }) => "refused",
            Some(BackendError::Quota { .. }) => "quota",
            Some(BackendError::TooLarge { .. }) => "too large",
            Some(BackendError::Rejected { .. }) => "rejected",
            other => panic!("{other:?}"),
        };
        for quota in ["insufficient_quota", "credit_balance_exhausted"] {
            assert_eq!(kind(429, &format!(r#"{{"error":{{"code":"{quota}"}}}}"#)), "quota");
        }
        assert_eq!(kind(429, r#"{"error":{"code":"rate_limit_exceeded"}}"#), "again");
        let large = r#"{"error":{"message":"Request too large for m on tokens per min (TPM)"}}"#;
        assert_eq!(kind(429, large), "too large");
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
        response.headers.insert(reqwest::header::LOCATION, target);
        let backend = backend("https://api.example.com/v1").unwrap();
        let error = backend.provider.error(&response).unwrap().to_string();
        assert!(error.contains("elsewhere.example") && !error.contains("token"), "{error}");
    }

    #[test]
    fn the_key_is_shown_to_nobody() {
        let backend = backend("https://api.example.com/v1").unwrap();
        let told = response(401, r#"{"error":{"message":"bad key sk-canary-7"}}"#);
        let error = backend.provider.error(&told).unwrap();
        let shown = format!("{backend:?} {error} {error:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
