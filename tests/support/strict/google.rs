//! Google's Cloud Translation: `language.translations.translate` of version 2 and
//! `projects.locations.translateText` of version 3, from the reference of their REST methods
//! (cloud.google.com/translate/docs/reference/rest), with the limits of its page on quotas.

use diptych::language::{Target, Variant};
use serde_json::json;

use super::markup::Engine;
use super::{Call, Holds, Said, Strict, object};

/// Version 2, with a key.
pub(crate) fn v2(key: &'static str) -> Strict {
    Strict::start(move |call| {
        call.only_headers(&["x-goog-api-key"])?;
        call.only_query(&[])?;
        if call.header("x-goog-api-key") != Some(key) {
            let info = json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID", "domain": "googleapis.com" });
            let error = json!({ "code": 400, "message": "API key not valid.",
                "status": "INVALID_ARGUMENT", "details": [info] });
            return Ok(Said::new(400, &json!({ "error": error })));
        }
        if call.path != "/language/translate/v2" {
            return Err(format!("{} is not in the schema", call.path));
        }
        object(
            &call.body,
            &[
                ("q", true, Holds::Texts),
                ("target", true, Holds::Word(&["en", "zh-CN", "zh-TW"])),
                ("format", false, Holds::Word(&["html", "text"])),
                ("source", false, Holds::Word(&["en", "zh", "zh-CN", "zh-TW"])),
                ("model", false, Holds::Word(&["base", "nmt"])),
                ("key", false, Holds::Text),
            ],
        )?;
        let texts = translate(call, "q", "target")?;
        if texts.len() > 128 || call.bytes > 100_000 {
            return Err(format!("{} texts in {} bytes", texts.len(), call.bytes));
        }
        let texts: Vec<_> = texts.iter().map(|text| json!({ "translatedText": text })).collect();
        Ok(Said::new(200, &json!({ "data": { "translations": texts } })))
    })
}

/// Version 3, for this project and location, with a token.
pub(crate) fn v3(token: &'static str, parent: &'static str) -> Strict {
    Strict::start(move |call| {
        call.only_headers(&["authorization", "x-goog-user-project"])?;
        call.only_query(&[])?;
        if call.header("authorization") != Some(&format!("Bearer {token}")) {
            let error = json!({ "code": 401, "message": "Request had invalid authentication \
                credentials.", "status": "UNAUTHENTICATED" });
            return Ok(Said::new(401, &json!({ "error": error })));
        }
        if call.path != format!("/v3/{parent}:translateText") {
            return Err(format!("{} is not in the schema", call.path));
        }
        object(
            &call.body,
            &[
                ("contents", true, Holds::Texts),
                ("mimeType", false, Holds::Word(&["text/html", "text/plain"])),
                ("sourceLanguageCode", false, Holds::Word(&["en", "zh", "zh-CN", "zh-TW"])),
                ("targetLanguageCode", true, Holds::Word(&["en", "zh-CN", "zh-TW"])),
                ("model", false, Holds::Text),
                ("glossaryConfig", false, Holds::Any),
                ("transliterationConfig", false, Holds::Any),
                ("labels", false, Holds::Any),
            ],
        )?;
        if let Some(model) = call.body.get("model")
            && !model.as_str().unwrap().starts_with(&format!("{parent}/models/"))
        {
            return Err(format!("model {model}"));
        }
        let contents = call.body["contents"].as_array().unwrap();
        let points: usize =
            contents.iter().map(|text| text.as_str().unwrap().chars().count()).sum();
        if contents.len() > 1024 || points > 30_000 {
            return Err(format!("{} texts of {points} code points", contents.len()));
        }
        let texts = translate(call, "contents", "targetLanguageCode")?;
        let texts: Vec<_> = texts.iter().map(|text| json!({ "translatedText": text })).collect();
        Ok(Said::new(200, &json!({ "translations": texts })))
    })
}

fn translate(call: &Call, texts: &str, target: &str) -> Result<Vec<String>, String> {
    let to = match call.body[target].as_str().unwrap() {
        "zh-CN" => Target::Chinese(Variant::Hans),
        "zh-TW" => Target::Chinese(Variant::HantTw),
        _ => Target::English,
    };
    let protected =
        |tag: &str| tag.contains("translate=\"no\"") || tag.contains("class=\"notranslate\"");
    let engine = Engine { to, protected: &protected, terms: &[] };
    let texts = call.body[texts].as_array().unwrap();
    // It writes quotation marks of text as entities.
    let entities = |text: String| text.replace('\'', "&#39;");
    texts.iter().map(|text| engine.translate(text.as_str().unwrap()).map(entities)).collect()
}
