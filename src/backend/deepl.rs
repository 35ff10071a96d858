//! DeepL, free and pro, after its OpenAPI description (2026-06-30).
//!
//! Terms without conditions go into a glossary at DeepL, which enforces them with the grammar
//! around them; all others stand in the text in their target form, in an element DeepL leaves
//! alone. Both variants of Traditional Chinese are asked for as `ZH-HANT`, the only one it has.

mod glossary;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::backend::http::meaning::{Reading, Says};
use crate::backend::http::{Provider, Shown};
use crate::backend::kinds::{Kind, Opening};
use crate::backend::tagged::Markup;
use crate::backend::translator::{
    CHARACTER_KEYS, Composed, Enforced, Protocol, Translated, Translator, Work,
};
use crate::brief::Brief;
use crate::language::Target;
use crate::limits::Demand;
use crate::limits::transport::HttpResponse;
use glossary::Glossaries;

/// What `kind = "deepl"` means. The model is what DeepL calls `model_type`.
pub(super) const KIND: Kind = Kind {
    name: "deepl",
    url: PRO,
    model: Some(""),
    context_tokens: 0,
    keys: CHARACTER_KEYS,
    translates: true,
    open: |Opening { mut settings, way, glossary }| {
        // Keys of the free plan end so, and are known to one host only.
        let free = settings.key.as_ref().is_some_and(|key| key.expose_secret().ends_with(":fx"));
        if free && settings.url == PRO {
            settings.url = FREE.to_owned();
        }
        let protocol =
            DeepL { model: settings.model.clone(), glossaries: Glossaries::of(glossary) };
        let shown = Shown::Header(AUTHORIZATION, "DeepL-Auth-Key ");
        let most = (MOST_TEXTS, MOST_BYTES);
        Ok(Arc::new(Translator::open(settings, protocol, most, shown, (read, count), way)?))
    },
};

const PRO: &str = "https://api.deepl.com";
const FREE: &str = "https://api-free.deepl.com";
/// The documentation's number; the OpenAPI description names none.
const MOST_TEXTS: usize = 50;
/// 128 KiB, less what stands around texts and context.
const MOST_BYTES: u64 = (128 << 10) - 2048;

#[derive(Debug)]
struct DeepL {
    model: String,
    glossaries: Glossaries,
}

impl Protocol for DeepL {
    fn markup(&self) -> Markup {
        Markup::Xml
    }

    fn compose(&self, work: &Work<'_>) -> Composed {
        let Work { brief, texts, enforced } = work;
        let mut body = json!({
            "text": texts,
            "source_lang": work.source(["EN", "ZH", "ZH"]),
            // `EN` alone is taken as a target no more.
            "target_lang": work.target(["EN-US", "ZH-HANS", "ZH-HANT"]),
            "show_billed_characters": true,
            // A line feed inside a paragraph ends no sentence.
            "split_sentences": "nonewlines",
            "tag_handling": "xml",
            // No structure of a document is to be found in ours.
            "outline_detection": false,
            "non_splitting_tags": Markup::XML,
            "ignore_tags": Markup::UNTRANSLATED,
        });
        if let Some(context) = context(brief) {
            body["context"] = Value::String(context);
        }
        if let Some(enforced) = enforced {
            body["glossary_id"] = json!(enforced.id);
        }
        if !self.model.is_empty() {
            body["model_type"] = json!(self.model);
        }
        let (path, query, headers) = ("/v2/translate".to_owned(), Vec::new(), HeaderMap::new());
        Composed { path, query, headers, body }
    }

    fn size(&self, work: &Work<'_>) -> u64 {
        let json = |text: &str| Value::from(text).to_string().len() as u64 + 1;
        let texts: u64 = work.texts.iter().map(|text| json(text)).sum();
        texts + context(work.brief).map_or(0, |context| json(&context))
    }

    fn read(&self, response: &HttpResponse) -> Option<Translated> {
        let Answer { translations } = serde_json::from_slice(&response.body).ok()?;
        let billed = translations.iter().map(|one| one.billed_characters).sum();
        let texts = translations.into_iter().map(|one| one.text).collect();
        Some(Translated { texts, billed })
    }

    fn enforce<'a>(
        &'a self,
        provider: &'a Provider,
        brief: &'a Brief,
    ) -> BoxFuture<'a, Option<Arc<Enforced>>> {
        self.glossaries.enforce(provider, brief).boxed()
    }

    fn forget(&self, to: Target) {
        self.glossaries.forget(to);
    }
}

/// What is shown and not translated; DeepL does not bill it.
fn context(brief: &Brief) -> Option<String> {
    let context = &brief.context;
    let parts = [&context.title, &context.heading, &context.before];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

#[derive(Deserialize)]
struct Answer {
    translations: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    text: String,
    billed_characters: Option<f64>,
}

/// 456 is DeepL's own: the characters of the month, or of the key, are used up.
fn read(response: &HttpResponse) -> Reading {
    let says = (response.status == 456).then_some(Says::Quota);
    Reading { status: response.status, says }
}

fn count(response: &HttpResponse) -> Demand {
    let answer: Option<Answer> = serde_json::from_slice(&response.body).ok();
    let billed = answer.and_then(|answer| {
        answer.translations.iter().map(|one| one.billed_characters).sum::<Option<f64>>()
    });
    Demand { tokens: 0, characters: billed.unwrap_or_default() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::http::meaning::Meaning;

    #[test]
    fn errors_say_whose_move_it_is() {
        for (status, expected) in [
            (400, Meaning::Rejected),
            (403, Meaning::Refused),
            (404, Meaning::Rejected),
            (413, Meaning::TooLarge),
            (414, Meaning::TooLarge),
            (429, Meaning::Again),
            (456, Meaning::Quota),
            (500, Meaning::Again),
            (503, Meaning::Again),
            (504, Meaning::Again),
            (529, Meaning::Again),
        ] {
            // The body may be empty.
            let response = HttpResponse::new(status, Vec::new());
            assert_eq!(Meaning::of(&response, read(&response)), expected, "{status}");
        }
    }
}
