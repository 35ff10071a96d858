//! LibreTranslate, on a machine of one's own or elsewhere, after its source (1.9).
//!
//! It takes any number of texts of any length unless its operator set limits, which it tells only
//! by refusing; so there are none here beside `paragraphs_per_request`. It resolves the entities of
//! the HTML it returns once, and both variants of Traditional Chinese are its `zh-Hant`.

use std::sync::Arc;

use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use crate::backend::http::Shown;
use crate::backend::http::meaning::{Reading, Says};
use crate::backend::kinds::{Kind, Opening};
use crate::backend::tagged::Markup;
use crate::backend::translator::{Composed, Protocol, Translated, Translator, Work};
use crate::limits::Demand;
use crate::limits::transport::HttpResponse;

/// What `kind = "libretranslate"` means.
pub(super) const KIND: Kind = Kind {
    name: "libretranslate",
    url: "http://127.0.0.1:5000",
    model: None,
    context_tokens: 0,
    keys: &["price_characters", "characters_per_minute", "characters_per_month"],
    translates: true,
    open: |Opening { settings, way, .. }| {
        let shown = Shown::Field("api_key");
        let most = (usize::MAX, u64::MAX);
        let reading = (read as _, (|_: &HttpResponse| Demand::default()) as _);
        Ok(Arc::new(Translator::open(settings, LibreTranslate, most, shown, reading, way)?))
    },
};

const CODES: [&str; 3] = ["en", "zh-Hans", "zh-Hant"];

#[derive(Debug)]
struct LibreTranslate;

impl Protocol for LibreTranslate {
    fn markup(&self) -> Markup {
        Markup::HtmlDecoded
    }

    fn compose(&self, work: &Work<'_>) -> Composed {
        let (source, target) = (work.source(CODES), work.target(CODES));
        let body = json!({ "q": work.texts, "source": source, "target": target, "format": "html" });
        let (path, query, headers) = ("/translate".to_owned(), Vec::new(), HeaderMap::new());
        Composed { path, query, headers, body }
    }

    fn size(&self, _: &Work<'_>) -> u64 {
        0
    }

    fn read(&self, response: &HttpResponse) -> Option<Translated> {
        let answer: Answer = serde_json::from_slice(&response.body).ok()?;
        Some(Translated { texts: answer.translated_text, billed: None })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    translated_text: Vec<String>,
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

/// Everything but a 429 is told in words.
fn read(response: &HttpResponse) -> Reading {
    let failure: Option<Failure> = serde_json::from_slice(&response.body).ok();
    let told = failure.map(|failure| failure.error.to_ascii_lowercase()).unwrap_or_default();
    let says = match response.status {
        400 if told.contains("exceeds text limit") => Some(Says::TooLarge),
        400 if told.contains("api key") => Some(Says::Refused),
        // It shuts out whoever ran into its limits too often, for hours.
        403 if told.contains("too many request limits violations") => Some(Says::Quota),
        _ => None,
    };
    Reading { status: response.status, says }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::http::meaning::Meaning;

    #[test]
    fn errors_say_whose_move_it_is() {
        let meaning = |status, told: &str| {
            let body = json!({ "error": told }).to_string();
            let response = HttpResponse::new(status, body.into_bytes());
            Meaning::of(&response, read(&response))
        };
        let over = "Invalid request: request (2500) exceeds text limit (2000)";
        assert_eq!(meaning(400, over), Meaning::TooLarge);
        assert_eq!(meaning(400, "Invalid request: missing q parameter"), Meaning::Rejected);
        assert_eq!(meaning(400, "xx is not supported"), Meaning::Rejected);
        let wanted = "Please contact the server operator to get an API key";
        assert_eq!(meaning(400, wanted), Meaning::Refused);
        assert_eq!(meaning(403, "Invalid API key"), Meaning::Refused);
        assert_eq!(meaning(403, "Too many request limits violations"), Meaning::Quota);
        assert_eq!(meaning(429, "Slowdown: 10 per 1 minute"), Meaning::Again);
        assert_eq!(meaning(500, "Cannot translate text: x"), Meaning::Again);
    }
}
