//! What a provider says, made fit to be shown: one line, bounded, without control characters and
//! without the key.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use reqwest::Url;
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
    let text = key.map_or_else(|| text.to_owned(), |key| without(text, key.expose_secret()));
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

/// The text without the key in any form in which it may be quoted: as it is, with the escapes of
/// an address, in base64 (also as a part of something longer).
fn without(text: &str, key: &str) -> String {
    if key.is_empty() {
        return text.to_owned();
    }
    let escaped = Url::parse_with_params("k:", [("k", key)]).ok();
    let escaped = escaped.as_ref().and_then(|url| url.query()?.strip_prefix("k=")).unwrap_or(key);
    let mut text = text.replace(key, "[key]").replace(escaped, "[key]");
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for skipped in 0..3 {
            // Where the key stands inside of something, its first and last bytes share their
            // signs with what is beside it: the whole groups of three between them are told.
            let groups = key.as_bytes().get(skipped..).unwrap_or_default();
            let groups = &groups[..groups.len() - groups.len() % 3];
            // Of a key so short that it could be any word nothing is told in base64 either.
            if groups.len() >= 6 {
                text = text.replace(&engine.encode(groups), "[key]");
            }
        }
    }
    text
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
    fn the_key_is_blotted_out_in_every_form() {
        let key = "sk-canary+/7=";
        let known = SecretString::from(key);
        let basic = STANDARD_NO_PAD.encode(format!("user:{key}"));
        let bare = URL_SAFE_NO_PAD.encode(key);
        for quoted in [key, "sk-canary%2B%2F7%3D", &basic, &bare] {
            let shown = sanitised(&format!("no such key: {quoted}!"), Some(&known));
            assert!(shown.contains("[key]") && !shown.contains(quoted), "{shown}");
        }
    }

    #[test]
    fn messages_are_one_bounded_line_without_the_key() {
        assert_eq!(shown("a\u{1b}[31mred\nb"), "a\\u{1b}[31mred b");
        assert_eq!(shown("wrong key sk-canary, sk-canary"), "wrong key [key], [key]");
        assert_eq!(shown(&"长".repeat(600)).chars().count(), LONGEST + 1);
    }
}
