//! Azure's Translator, version 3.0: `POST /translate`, from its reference
//! (learn.microsoft.com, "Translator 3.0: Translate"), with its service limits.

use diptych::language::{Target, Variant};
use serde_json::json;

use super::markup::Engine;
use super::{Holds, Said, Strict, object};

/// A server for this key and region.
pub(crate) fn server(key: &'static str, region: &'static str) -> Strict {
    Strict::start(move |call| {
        call.only_headers(&[
            "ocp-apim-subscription-key",
            "ocp-apim-subscription-region",
            "x-clienttraceid",
        ])?;
        if call.header("ocp-apim-subscription-key") != Some(key)
            || call.header("ocp-apim-subscription-region") != Some(region)
        {
            let error = json!({ "code": 401000, "message": "The request is not authorized." });
            return Ok(Said::new(401, &json!({ "error": error })));
        }
        if call.path != "/translate" {
            return Err(format!("{} is not in the schema", call.path));
        }
        call.only_query(&[
            ("api-version", Some("3.0")),
            ("from", None),
            ("to", None),
            ("textType", None),
            ("category", None),
            ("profanityAction", None),
            ("includeAlignment", None),
            ("allowFallback", None),
        ])?;
        let asked = |name: &str| {
            call.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        };
        asked("api-version").ok_or("?api-version is missing")?;
        let to = match asked("to") {
            Some("en") => Target::English,
            Some("zh-Hans") => Target::Chinese(Variant::Hans),
            Some("zh-Hant") => Target::Chinese(Variant::HantTw),
            to => return Err(format!("?to={to:?}")),
        };
        if !matches!(asked("from"), Some("en" | "zh-Hans" | "zh-Hant")) {
            return Err("a dictionary needs ?from".into());
        }
        if asked("textType") != Some("html") {
            return Err("tags without ?textType=html".into());
        }
        let items = call.body.as_array().ok_or("the body is no array")?;
        let mut texts = Vec::new();
        for item in items {
            object(item, &[("Text", true, Holds::Text)])?;
            texts.push(item["Text"].as_str().unwrap());
        }
        let characters: usize = texts.iter().map(|text| text.encode_utf16().count()).sum();
        if texts.len() > 1000 || characters > 50_000 {
            return Err(format!("{} elements of {characters} characters", texts.len()));
        }
        let protected =
            |tag: &str| tag.contains("translate=\"no\"") || tag.contains("class=\"notranslate\"");
        let engine = Engine { to, protected: &protected, terms: &[] };
        let mut answers = Vec::new();
        for text in texts {
            let text = engine.translate(text)?;
            answers.push(json!({ "translations": [{ "text": text, "to": asked("to") }] }));
        }
        Ok(Said::new(200, &answers.into()).with("x-metered-usage", characters))
    })
}
