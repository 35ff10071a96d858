//! A chat completion as servers send it, and their errors, in all the shapes seen.
//!
//! It reads; what follows from it is decided by the backend.

use serde::Deserialize;
use serde_json::Value;

use crate::backend::chat;
use crate::backend::http::meaning::{Reading, Says};
use crate::backend::reply::{End, Unreadable};
use crate::limits::transport::HttpResponse;

/// A chat completion, as far as it is read. Fields that are absent or null are `None`.
#[derive(Deserialize)]
pub(super) struct Answer {
    choices: Option<Vec<Choice>>,
    usage: Option<Counted>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Message>,
    finish_reason: Option<String>,
}

/// Reasoning, in whichever field of its own, is not read.
#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

/// What the provider counted.
#[derive(Deserialize)]
struct Counted {
    prompt_tokens: Option<f64>,
    completion_tokens: Option<f64>,
    prompt_tokens_details: Option<Details>,
    /// Where DeepSeek tells what OpenAI tells in the details.
    prompt_cache_hit_tokens: Option<f64>,
}

#[derive(Deserialize)]
struct Details {
    cached_tokens: Option<f64>,
}

impl Answer {
    /// Reads a response's body; `None` where it is neither a completion nor an error.
    pub(super) fn read(response: &HttpResponse) -> Option<Self> {
        // Blank lines and comments that keep the connection alive may come first; JSON's own
        // white space covers the blank lines.
        let mut body = response.body.trim_ascii_start();
        while body.first() == Some(&b':') {
            let end = body.iter().position(|&byte| byte == b'\n')?;
            body = body.get(end..)?.trim_ascii_start();
        }
        let answer: Self = serde_json::from_slice(body).ok()?;
        (answer.error.is_some() || answer.choices.is_some()).then_some(answer)
    }

    /// What the provider counted, where it says.
    pub(super) fn counted(&self) -> Option<chat::Counted> {
        let counted = self.usage.as_ref()?;
        let details = counted.prompt_tokens_details.as_ref().and_then(|it| it.cached_tokens);
        Some(chat::Counted {
            input: counted.prompt_tokens.unwrap_or_default(),
            cached: details.or(counted.prompt_cache_hit_tokens).unwrap_or_default(),
            surcharge: 0.0,
            output: counted.completion_tokens.unwrap_or_default(),
        })
    }

    /// The text, and whether it came to its end; or why there is none.
    pub(super) fn text(&self) -> Result<(&str, End), Unreadable> {
        let choice = self.choices.iter().flatten().next().ok_or(Unreadable::Lacks("choice"))?;
        let message = choice.message.as_ref().ok_or(Unreadable::Lacks("message"))?;
        if let Some(refusal) = message.refusal.as_deref().filter(|it| !it.trim().is_empty()) {
            return Err(Unreadable::Withheld(format!("the model refuses: {refusal}")));
        }
        let end = match choice.finish_reason.as_deref() {
            Some("content_filter") => {
                let why = "the provider's filter stopped the reply";
                return Err(Unreadable::Withheld(why.into()));
            }
            Some("length" | "max_tokens" | "model_context_window_exceeded") => End::Cut,
            _ => End::Done,
        };
        match message.content.as_deref() {
            Some(text) if !text.trim().is_empty() => Ok((text, end)),
            // Used up by reasoning, before any text.
            _ if end == End::Cut => Err(Unreadable::Cut),
            _ => Err(Unreadable::Empty),
        }
    }
}

/// What a response says, in the protocol's own codes.
pub(super) fn read(response: &HttpResponse) -> Reading {
    let says = match (is_quota(response), is_too_large(response)) {
        (true, _) => Some(Says::Quota),
        (false, true) => Some(Says::TooLarge),
        (false, false) => None,
    };
    Reading { status: effective_status(response), says }
}

/// The status; for an error inside a 200, the one it names.
fn effective_status(response: &HttpResponse) -> u16 {
    if !(200..300).contains(&response.status) {
        return response.status;
    }
    let Some(error) = Answer::read(response).and_then(|answer| answer.error) else {
        return response.status;
    };
    let named = ["code", "status"]
        .into_iter()
        .find_map(|name| {
            let value = error.get(name)?;
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        })
        .and_then(|status| u16::try_from(status).ok())
        .filter(|status| (300..600).contains(status));
    let busy = names(&error).iter().any(|name| {
        ["rate_limit_exceeded", "slow_down", "overloaded_error", "server_error"]
            .contains(&name.as_str())
    });
    named.unwrap_or(if busy { 429 } else { 400 })
}

/// The error's type and code, whichever of them are words.
fn names(error: &Value) -> Vec<String> {
    ["code", "type"]
        .into_iter()
        .filter_map(|name| Some(error.get(name)?.as_str()?.to_ascii_lowercase()))
        .collect()
}

fn error_of(response: &HttpResponse) -> Option<Value> {
    let body: Value = serde_json::from_slice(response.body.trim_ascii()).ok()?;
    body.get("error").cloned()
}

/// Quota and credit: no wait helps, someone has to pay.
fn is_quota(response: &HttpResponse) -> bool {
    const WORDS: [&str; 4] =
        ["insufficient_quota", "credit_balance", "spend_limit", "usage_limit_exceeded"];
    error_of(response).is_some_and(|error| {
        names(&error).iter().any(|name| WORDS.iter().any(|word| name.contains(word)))
    })
}

/// More than the model takes: smaller requests help.
fn is_too_large(response: &HttpResponse) -> bool {
    let Some(error) = error_of(response) else { return false };
    let told = error.get("message").and_then(Value::as_str).or(error.as_str()).unwrap_or_default();
    let told = told.to_ascii_lowercase();
    names(&error)
        .iter()
        .any(|name| name.contains("context_length") || name == "exceed_context_size_error")
        || [
            "maximum context length",
            "context length exceeded",
            "exceeds the available context",
            // Larger than a whole minute's tokens: a wait does not help.
            "request too large for",
        ]
        .iter()
        .any(|words| told.contains(words))
}

/// The model takes no temperature but its own.
pub(super) fn refuses_temperature(response: &HttpResponse) -> bool {
    response.status == 400
        && error_of(response)
            .is_some_and(|error| error.get("param").and_then(Value::as_str) == Some("temperature"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_the_shapes_they_come_in() {
        let text = |body: &str| {
            let answer = Answer::read(&HttpResponse::new(200, body.as_bytes().to_vec()))
                .ok_or(Unreadable::Lacks("answer"))?;
            answer.text().map(|(text, end)| (text.to_owned(), end))
        };
        let with = |message: &str, reason: &str| {
            format!(
                r#"{{"choices":[{{"message":{message},"finish_reason":{reason}}}],"usage":null}}"#
            )
        };
        let said = r#"{"content":"好","refusal":null,"reasoning_content":"hm"}"#;
        let done = Ok(("好".to_owned(), End::Done));
        assert_eq!(text(&with(said, r#""stop""#)), done);
        assert_eq!(text(&with(said, "null")), done);
        assert_eq!(text(&format!("\n\n: keep-alive\n\n{}", with(said, "null"))), done);
        assert_eq!(text(&with(said, r#""length""#)), Ok(("好".to_owned(), End::Cut)));
        for bad in [
            with(said, r#""content_filter""#),
            with(r#"{"content":null}"#, r#""stop""#),
            with(r#"{"content":" "}"#, r#""length""#),
            with(r#"{"content":"x","refusal":"I cannot"}"#, r#""stop""#),
            "{}".into(),
            "<html>".into(),
            String::new(),
        ] {
            assert!(text(&bad).is_err(), "{bad}");
        }
    }
}
