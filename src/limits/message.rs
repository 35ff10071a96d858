//! What a provider says, made fit to be shown: one line, bounded, without control characters and
//! without the key.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::transport::HttpResponse;

/// Characters of a message that are shown at most.
const LONGEST: usize = 500;

/// The message of an error response: the field where providers put it, else the body.
pub fn of_response(response: &HttpResponse, key: Option<&SecretString>) -> String {
    let body = String::from_utf8_lossy(&response.body);
    let text = serde_json::from_str::<Value>(&body)
        .ok()
        .and_then(|value| of_value(&value).map(str::to_owned))
        .unwrap_or_else(|| body.into_owned());
    sanitised(&text, key)
}

/// The message inside an error document of any of the shapes seen.
fn of_value(value: &Value) -> Option<&str> {
    let error = value.get("error").unwrap_or(value);
    error
        .as_str()
        .or_else(|| ["message", "detail", "error"].into_iter().find_map(|k| error.get(k)?.as_str()))
}

/// One line of at most 500 characters; control characters escaped, the key blotted out.
pub fn sanitised(text: &str, key: Option<&SecretString>) -> String {
    let key = key.map(|key| key.expose_secret()).filter(|key| !key.is_empty());
    let text = match key {
        Some(key) if text.contains(key) => text.replace(key, "[key]"),
        _ => text.to_owned(),
    };
    let mut shown = String::new();
    for c in text.trim().chars().take(LONGEST) {
        match c {
            '\n' | '\r' | '\t' => shown.push(' '),
            // Also those that turn the direction of what follows.
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(c.escape_unicode());
            }
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    if text.trim().chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str) -> String {
        let key = SecretString::from("sk-canary");
        of_response(&HttpResponse::new(400, body.as_bytes().to_vec()), Some(&key))
    }

    #[test]
    fn messages_are_found_where_providers_put_them() {
        assert_eq!(shown(r#"{"error":{"message":"bad model","code":"x"}}"#), "bad model");
        assert_eq!(shown(r#"{"error":"model 'q' not found"}"#), "model 'q' not found");
        assert_eq!(shown(r#"{"detail":"no"}"#), "no");
        assert_eq!(shown("<h1>Bad gateway</h1>\n"), "<h1>Bad gateway</h1>");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn messages_are_one_bounded_line_without_the_key() {
        assert_eq!(shown("a\u{1b}[31mred\nb"), "a\\u{1b}[31mred b");
        assert_eq!(shown("wrong key sk-canary, sk-canary"), "wrong key [key], [key]");
        assert_eq!(shown(&"长".repeat(600)).chars().count(), LONGEST + 1);
    }
}
