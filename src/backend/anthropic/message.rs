//! A message as Anthropic sends it, and its errors, which the edge before it may send as HTML.

use serde::Deserialize;
use serde_json::Value;

use crate::backend::chat;
use crate::backend::http::meaning::{Reading, Says};
use crate::backend::reply::{End, Unreadable};
use crate::limits::transport::HttpResponse;

/// Writing to the cache costs a quarter more than sending, at its default lifetime of five
/// minutes (the provider's price list of prompt caching).
const WRITE_SURCHARGE: f64 = 0.25;

/// A message, as far as it is read.
#[derive(Deserialize)]
pub(super) struct Message {
    content: Vec<Block>,
    stop_reason: Option<String>,
    usage: Option<Used>,
}

/// A block of content. Those that are no text (thinking, redacted or not) are not read.
#[derive(Deserialize)]
struct Block {
    r#type: String,
    text: Option<String>,
}

/// What the provider counted. The three parts of the prompt exclude one another.
#[derive(Deserialize)]
struct Used {
    input_tokens: Option<f64>,
    cache_read_input_tokens: Option<f64>,
    cache_creation_input_tokens: Option<f64>,
    output_tokens: Option<f64>,
}

impl Message {
    /// Reads a response's body; `None` where it is no message.
    pub(super) fn read(response: &HttpResponse) -> Option<Self> {
        serde_json::from_slice(&response.body).ok()
    }

    /// What the provider counted, where it says.
    pub(super) fn counted(&self) -> Option<chat::Counted> {
        let used = self.usage.as_ref()?;
        let cached = used.cache_read_input_tokens.unwrap_or_default();
        let written = used.cache_creation_input_tokens.unwrap_or_default();
        Some(chat::Counted {
            input: used.input_tokens.unwrap_or_default() + cached + written,
            cached,
            surcharge: written * WRITE_SURCHARGE,
            output: used.output_tokens.unwrap_or_default(),
        })
    }

    /// The text, and whether it came to its end; or why there is none.
    pub(super) fn text(&self) -> Result<(String, End), Unreadable> {
        let texts = self.content.iter().filter(|block| block.r#type == "text");
        let text: String = texts.filter_map(|block| block.text.as_deref()).collect();
        let end = match self.stop_reason.as_deref() {
            Some("refusal") => return Err(Unreadable::Withheld("the model refuses".into())),
            Some("max_tokens" | "model_context_window_exceeded" | "pause_turn") => End::Cut,
            _ => End::Done,
        };
        match text.trim() {
            // Used up by reasoning, before any text.
            "" if end == End::Cut => Err(Unreadable::Cut),
            "" => Err(Unreadable::Empty),
            _ => Ok((text, end)),
        }
    }
}

/// An error document: `{"type": "error", "error": {"type": …, "message": …}}`.
#[derive(Deserialize)]
struct Failure {
    error: Error,
}

#[derive(Deserialize)]
struct Error {
    r#type: Option<String>,
    message: Option<String>,
}

fn error_of(response: &HttpResponse) -> Option<Error> {
    let document: Value = serde_json::from_slice(&response.body).ok()?;
    // A message has no such field; a gateway's error may lack the type.
    document.get("error")?;
    Some(serde_json::from_value::<Failure>(document).ok()?.error)
}

/// What a response says, in the protocol's own codes.
pub(super) fn read(response: &HttpResponse) -> Reading {
    let Some(Error { r#type, message }) = error_of(response) else {
        return Reading::of_status(response);
    };
    let name = r#type.unwrap_or_default();
    let message = message.unwrap_or_default().to_ascii_lowercase();
    let says = match name.as_str() {
        "billing_error" => Some(Says::Quota),
        // Told as an invalid request.
        _ if message.contains("credit balance is too low") => Some(Says::Quota),
        "request_too_large" => Some(Says::TooLarge),
        _ if message.contains("prompt is too long")
            || message.contains("exceed context limit")
            || name == "exceed_context_size_error" =>
        {
            Some(Says::TooLarge)
        }
        _ => None,
    };
    let inside = match name.as_str() {
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "api_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 400,
    };
    let outside = response.status;
    Reading { status: if (200..300).contains(&outside) { inside } else { outside }, says }
}

/// The model takes no temperature.
pub(super) fn refuses_temperature(response: &HttpResponse) -> bool {
    let told = |error: Error| error.message.is_some_and(|told| told.contains("temperature"));
    response.status == 400 && error_of(response).is_some_and(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::http::meaning::Meaning;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status, body.as_bytes().to_vec())
    }

    #[test]
    fn errors_say_whose_move_it_is() {
        let meaning = |status, name: &str, message: &str| {
            let error = serde_json::json!({ "type": name, "message": message });
            let body = serde_json::json!({ "type": "error", "error": error, "request_id": "r" });
            let response = response(status, &body.to_string());
            Meaning::of(&response, read(&response))
        };
        for (status, name, expected) in [
            (400, "invalid_request_error", Meaning::Rejected),
            (401, "authentication_error", Meaning::Refused),
            (402, "billing_error", Meaning::Quota),
            (403, "permission_error", Meaning::Refused),
            (404, "not_found_error", Meaning::Rejected),
            (413, "request_too_large", Meaning::TooLarge),
            (429, "rate_limit_error", Meaning::TooFast),
            (500, "api_error", Meaning::Again),
            (504, "timeout_error", Meaning::Again),
            (529, "overloaded_error", Meaning::Again),
        ] {
            assert_eq!(meaning(status, name, "x"), expected, "{name}");
            assert_eq!(meaning(200, name, "x"), expected, "{name} inside a 200");
        }
        let invalid = "invalid_request_error";
        let long = "prompt is too long: 210000 tokens > 200000 maximum";
        assert_eq!(meaning(400, invalid, long), Meaning::TooLarge);
        let poor = "Your credit balance is too low to access the Anthropic API.";
        assert_eq!(meaning(400, invalid, poor), Meaning::Quota);
        let edge = response(413, "<html>413 Request Entity Too Large</html>");
        assert_eq!(Meaning::of(&edge, read(&edge)), Meaning::TooLarge);
        let hot = response(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"`temperature` is not supported"}}"#,
        );
        assert!(refuses_temperature(&hot));
    }

    #[test]
    fn thinking_is_skipped_and_a_cut_is_noticed() {
        let text = |content: &str, reason: &str| {
            let body = format!(r#"{{"content":{content},"stop_reason":"{reason}","usage":null}}"#);
            Message::read(&response(200, &body)).ok_or(Unreadable::Lacks("message"))?.text()
        };
        let said = r#"[{"type":"thinking","thinking":"hm","signature":"s"},
            {"type":"redacted_thinking","data":"d"},{"type":"text","text":"好"}]"#;
        assert_eq!(text(said, "end_turn"), Ok(("好".to_owned(), End::Done)));
        for cut in ["max_tokens", "model_context_window_exceeded", "pause_turn"] {
            assert_eq!(text(said, cut), Ok(("好".to_owned(), End::Cut)));
        }
        assert!(matches!(text(said, "refusal"), Err(Unreadable::Withheld(_))));
        assert!(text("[]", "end_turn").is_err());
        assert!(text(r#"[{"type":"tool_use","id":"t","name":"n","input":{}}]"#, "x").is_err());
    }

    #[test]
    fn each_part_of_the_prompt_is_counted_once() {
        let body = r#"{"content":[],"stop_reason":null,"usage":{"input_tokens":10,
            "cache_read_input_tokens":600,"cache_creation_input_tokens":40,"output_tokens":7}}"#;
        let counted = Message::read(&response(200, body)).unwrap().counted().unwrap();
        let expected = chat::Counted { input: 650.0, cached: 600.0, surcharge: 10.0, output: 7.0 };
        assert_eq!(counted, expected);
    }
}
