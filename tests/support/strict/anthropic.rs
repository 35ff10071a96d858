//! Anthropic's `POST /v1/messages`, from the types of its SDK
//! (github.com/anthropics/anthropic-sdk-python, August 2026).

use serde_json::json;

use super::{Holds, Said, Strict, object};
use crate::server::{pseudo, read, written};

/// A server for this key.
pub(crate) fn server(key: &'static str) -> Strict {
    Strict::start(move |call| {
        call.only_headers(&["x-api-key", "anthropic-version", "anthropic-beta"])?;
        call.only_query(&[])?;
        if call.header("anthropic-version") != Some("2023-06-01") {
            return Err("anthropic-version is missing".into());
        }
        if call.header("x-api-key") != Some(key) {
            let error = json!({ "type": "authentication_error", "message": "invalid x-api-key" });
            let body = json!({ "type": "error", "error": error, "request_id": "req_1" });
            return Ok(Said::new(401, &body));
        }
        if call.path != "/v1/messages" {
            return Err(format!("{} is not in the schema", call.path));
        }
        object(
            &call.body,
            &[
                ("model", true, Holds::Text),
                ("max_tokens", true, Holds::Number(1.0, 64_000.0)),
                ("messages", true, Holds::Any),
                ("system", false, Holds::Any),
                ("temperature", false, Holds::Number(0.0, 1.0)),
                ("stream", false, Holds::Flag),
            ],
        )?;
        for block in call.body["system"].as_array().ok_or("system is no list of blocks")? {
            let kind = Holds::Word(&["text"]);
            object(
                block,
                &[
                    ("type", true, kind),
                    ("text", true, Holds::Text),
                    ("cache_control", false, Holds::Any),
                ],
            )?;
            if let Some(control) = block.get("cache_control") {
                let lives = Holds::Word(&["5m", "1h"]);
                let kind = Holds::Word(&["ephemeral"]);
                object(control, &[("type", true, kind), ("ttl", false, lives)])?;
            }
        }
        let mut user = "";
        for message in call.body["messages"].as_array().ok_or("messages is no array")? {
            let roles = Holds::Word(&["user", "assistant"]);
            object(message, &[("role", true, roles), ("content", true, Holds::Text)])?;
            user = message["content"].as_str().unwrap();
        }
        let (delimiter, asked) = read(user);
        Ok(Said::new(
            200,
            &json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                "content": [
                    { "type": "thinking", "thinking": "Hm.", "signature": "s" },
                    { "type": "text", "text": written(&delimiter, &asked, pseudo) },
                ],
                "stop_reason": "end_turn", "stop_sequence": null,
                "usage": { "input_tokens": 400, "cache_creation_input_tokens": 0,
                    "cache_read_input_tokens": 600, "output_tokens": 100 },
            }),
        )
        .with("anthropic-ratelimit-requests-limit", 50)
        .with("anthropic-ratelimit-requests-remaining", 49)
        .with("anthropic-ratelimit-requests-reset", "2026-05-01T12:00:00Z"))
    })
}
