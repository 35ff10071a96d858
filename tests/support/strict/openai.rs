//! OpenAI's `POST /chat/completions`, from its API reference.

use serde_json::json;

use super::{Holds, Said, Strict, object};
use crate::server::{pseudo, read, written};

/// A server for this key.
pub(crate) fn server(key: &'static str) -> Strict {
    Strict::start(move |call| {
        call.only_headers(&["authorization"])?;
        call.only_query(&[])?;
        if call.header("authorization") != Some(&format!("Bearer {key}")) {
            let error = json!({ "message": "Incorrect API key provided.", "param": null,
                "type": "invalid_request_error", "code": "invalid_api_key" });
            return Ok(Said::new(401, &json!({ "error": error })));
        }
        if call.path != "/chat/completions" {
            return Err(format!("{} is not in the schema", call.path));
        }
        object(
            &call.body,
            &[
                ("model", true, Holds::Text),
                ("messages", true, Holds::Any),
                ("stream", false, Holds::Flag),
                ("temperature", false, Holds::Number(0.0, 2.0)),
            ],
        )?;
        let mut user = "";
        for message in call.body["messages"].as_array().ok_or("messages is no array")? {
            let roles = Holds::Word(&["system", "user"]);
            object(message, &[("role", true, roles), ("content", true, Holds::Text)])?;
            user = message["content"].as_str().unwrap();
        }
        let (delimiter, asked) = read(user);
        Ok(Said::new(
            200,
            &json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{
                    "index": 0, "finish_reason": "stop", "logprobs": null,
                    "message": { "role": "assistant", "refusal": null,
                        "content": written(&delimiter, &asked, pseudo) },
                }],
                "usage": { "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100,
                    "prompt_tokens_details": { "cached_tokens": 600 } },
            }),
        )
        .with("x-ratelimit-limit-requests", 60)
        .with("x-ratelimit-remaining-requests", 59)
        .with("x-ratelimit-reset-requests", "1s")
        .with("x-ratelimit-limit-tokens", 150000)
        .with("x-ratelimit-remaining-tokens", 149984)
        .with("x-ratelimit-reset-tokens", "6ms"))
    })
}
