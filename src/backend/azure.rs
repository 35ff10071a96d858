//! Azure's Translator, version 3.0 of its text interface.
//!
//! A term stands in the text with its translation beside it, in an element of Azure's own. Both
//! variants of Traditional Chinese are asked for as `zh-Hant`, the only one it has.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::backend::http::meaning::{Reading, Says};
use crate::backend::http::{Shown, Unfit};
use crate::backend::kinds::{Kind, Opening};
use crate::backend::tagged::Markup;
use crate::backend::translator::{Composed, Protocol, Translated, Translator, Work};
use crate::limits::Demand;
use crate::limits::transport::HttpResponse;

/// What `kind = "azure"` means. The model is what Azure calls the category of a custom translator.
pub(super) const KIND: Kind = Kind {
    name: "azure",
    url: "https://api.cognitive.microsofttranslator.com",
    model: Some(""),
    context_tokens: 0,
    keys: &["model", "price_characters", "characters_per_minute", "characters_per_month", "region"],
    translates: true,
    open: |Opening { settings, way, .. }| {
        let region = settings.account.region.as_deref().map(HeaderValue::from_str).transpose();
        let region = region.map_err(|_| Unfit {
            backend: settings.name.clone(),
            key: "region",
            why: "is no name of a region, such as westeurope",
        })?;
        let protocol = Azure { category: settings.model.clone(), region };
        let shown = Shown::Header(HeaderName::from_static("ocp-apim-subscription-key"), "");
        let most = (MOST_TEXTS, MOST_CHARACTERS);
        Ok(Arc::new(Translator::open(settings, protocol, most, shown, (read, count), way)?))
    },
};

/// Elements of the array, and characters of all of them (Azure's service limits).
const MOST_TEXTS: usize = 1000;
const MOST_CHARACTERS: u64 = 50_000;

const CODES: [&str; 3] = ["en", "zh-Hans", "zh-Hant"];

#[derive(Debug)]
struct Azure {
    category: String,
    region: Option<HeaderValue>,
}

impl Protocol for Azure {
    fn markup(&self) -> Markup {
        Markup::HtmlWithDictionary
    }

    fn compose(&self, work: &Work<'_>) -> Composed {
        let mut query = vec![
            ("api-version", "3.0".to_owned()),
            // Without it the dictionary is not heeded.
            ("from", work.source(CODES).to_owned()),
            ("to", work.target(CODES).to_owned()),
            ("textType", "html".to_owned()),
        ];
        if !self.category.is_empty() {
            query.push(("category", self.category.clone()));
        }
        let mut headers = HeaderMap::new();
        if let Some(region) = &self.region {
            let name = HeaderName::from_static("ocp-apim-subscription-region");
            headers.insert(name, region.clone());
        }
        let body: Vec<Value> = work.texts.iter().map(|text| json!({ "Text": text })).collect();
        Composed { path: "/translate".to_owned(), query, headers, body: body.into() }
    }

    /// In units of UTF-16, which is what Azure takes for characters and never less than ours.
    fn size(&self, work: &Work<'_>) -> u64 {
        work.texts.iter().map(|text| text.encode_utf16().count() as u64).sum()
    }

    fn read(&self, response: &HttpResponse) -> Option<Translated> {
        let answer: Vec<Item> = serde_json::from_slice(&response.body).ok()?;
        let first = |item: Item| item.translations.into_iter().next().map(|one| one.text);
        let texts = answer.into_iter().map(first).collect::<Option<_>>()?;
        let metered = count(response).characters;
        Some(Translated { texts, billed: (metered > 0).then_some(metered as f64) })
    }
}

#[derive(Deserialize)]
struct Item {
    translations: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    text: String,
}

#[derive(Deserialize)]
struct Failure {
    error: Error,
}

#[derive(Deserialize)]
struct Error {
    /// A number of six digits, the first three of them the status; also seen as a string.
    code: Value,
}

fn read(response: &HttpResponse) -> Reading {
    let failure: Option<Failure> = serde_json::from_slice(&response.body).ok();
    let code = failure.and_then(|Failure { error: Error { code } }| {
        code.as_u64().or_else(|| code.as_str()?.parse().ok())
    });
    let says = match code {
        // The free plan's characters are used up.
        Some(403_001) => Some(Says::Quota),
        Some(429_000..=429_999) => Some(Says::Wait),
        // An element that is too long; a request that is too large.
        Some(400_050 | 400_077) => Some(Says::TooLarge),
        _ => None,
    };
    Reading { status: response.status, says }
}

/// What Azure bills it tells in a header.
fn count(response: &HttpResponse) -> Demand {
    let metered = response.headers.get("x-metered-usage").and_then(|it| it.to_str().ok());
    Demand { tokens: 0, characters: metered.and_then(|it| it.parse().ok()).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::http::meaning::Meaning;

    #[test]
    fn errors_say_whose_move_it_is() {
        let meaning = |status, code: &str| {
            let body = format!(r#"{{"error":{{"code":{code},"message":"x"}}}}"#);
            let response = HttpResponse::new(status, body.into_bytes());
            Meaning::of(&response, read(&response))
        };
        assert_eq!(meaning(400, "400036"), Meaning::Rejected, "a language it has not");
        assert_eq!(meaning(400, "400050"), Meaning::TooLarge);
        assert_eq!(meaning(400, "400077"), Meaning::TooLarge);
        assert_eq!(meaning(401, "401000"), Meaning::Refused);
        assert_eq!(meaning(403, "403000"), Meaning::Refused);
        assert_eq!(meaning(403, "403001"), Meaning::Quota);
        assert_eq!(meaning(403, "\"403001\""), Meaning::Quota);
        assert_eq!(meaning(408, "408001"), Meaning::Again);
        for code in ["429000", "429001", "429002"] {
            assert_eq!(meaning(429, code), Meaning::Again);
        }
        assert_eq!(meaning(500, "500000"), Meaning::Again);
        assert_eq!(meaning(503, "503000"), Meaning::Again);
    }
}
