//! LibreTranslate's `POST /translate`, from its source (github.com/LibreTranslate/LibreTranslate,
//! July 2026): its checks in their order, its words for what it refuses, and its habit of resolving
//! the entities of what it returns.

use diptych::language::{Target, Variant};
use serde_json::json;

use super::markup::{Engine, unescaped};
use super::{Holds, Said, Strict, object};

/// A server for this key with its operator's limits: texts of a request, characters of a text.
pub(crate) fn server(key: &'static str, batch_limit: usize, char_limit: usize) -> Strict {
    Strict::start(move |call| {
        call.only_headers(&[])?;
        call.only_query(&[])?;
        if call.path != "/translate" {
            return Err(format!("{} is not in the schema", call.path));
        }
        let refused = |status, told: &str| Ok(Said::new(status, &json!({ "error": told })));
        if call.body["api_key"] != key {
            return refused(403, "Invalid API key");
        }
        object(
            &call.body,
            &[
                ("q", true, Holds::Any),
                ("source", true, Holds::Word(&["auto", "en", "zh", "zh-Hans", "zh-Hant", "zt"])),
                ("target", true, Holds::Word(&["en", "zh", "zh-Hans", "zh-Hant", "zt"])),
                ("format", false, Holds::Word(&["text", "html"])),
                ("alternatives", false, Holds::Number(0.0, 10.0)),
                ("api_key", false, Holds::Text),
            ],
        )?;
        let q = call.body["q"].as_array().ok_or("q is no list")?;
        if q.len() > batch_limit {
            let size = q.len();
            return refused(
                400,
                &format!("Invalid request: request ({size}) exceeds text limit ({batch_limit})"),
            );
        }
        let texts: Vec<&str> = q.iter().map(|text| text.as_str().unwrap()).collect();
        if let Some(size) =
            texts.iter().map(|text| text.chars().count()).find(|size| *size > char_limit)
        {
            return refused(
                400,
                &format!("Invalid request: request ({size}) exceeds text limit ({char_limit})"),
            );
        }
        let to = match call.body["target"].as_str().unwrap() {
            "en" => Target::English,
            "zh" | "zh-Hans" => Target::Chinese(Variant::Hans),
            _ => Target::Chinese(Variant::HantTw),
        };
        let protected = |tag: &str| tag.contains("translate=\"no\"");
        let engine = Engine { to, protected: &protected, terms: &[] };
        let texts: Vec<String> = texts
            .into_iter()
            .map(|text| unescaped(&engine.translate(text)?))
            .collect::<Result<_, _>>()?;
        Ok(Said::new(200, &json!({ "translatedText": texts })))
    })
}
