//! Google's Cloud Translation: version 2 with a key, version 3 with a project and an OAuth token.
//!
//! A term stands in the text in its target form, in an element that is not translated. Both
//! variants of Traditional Chinese are asked for as `zh-TW`, the only one it has.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::backend::http::meaning::{Reading, Says};
use crate::backend::http::{Shown, Unfit};
use crate::backend::kinds::{Kind, Opening};
use crate::backend::tagged::Markup;
use crate::backend::translator::{Composed, Protocol, Translated, Translator, Work};
use crate::limits::Demand;
use crate::limits::transport::HttpResponse;

/// What `kind = "google"` means: version 3 where a project is given.
pub(super) const KIND: Kind = Kind {
    name: "google",
    url: "https://translation.googleapis.com",
    model: Some(""),
    context_tokens: 0,
    keys: &[
        "model",
        "price_characters",
        "characters_per_minute",
        "characters_per_month",
        "project",
        "location",
    ],
    translates: true,
    open: |Opening { settings, way, .. }| {
        let account = settings.account.clone();
        let unfit = |key, why| Unfit { backend: settings.name.clone(), key, why };
        for (key, part) in [("project", &account.project), ("location", &account.location)] {
            if part.as_deref().is_some_and(|part| !is_name(part)) {
                return Err(unfit(key, "is no name of one: letters, digits, - . : and _ only"));
            }
        }
        let parent = match (account.project, account.location) {
            (None, Some(_)) => return Err(unfit("location", "means nothing without project")),
            (None, None) => None,
            (Some(project), location) => {
                let location = location.unwrap_or_else(|| "global".to_owned());
                Some(format!("projects/{project}/locations/{location}"))
            }
        };
        let (shown, most) = match parent {
            Some(_) => (Shown::Header(AUTHORIZATION, "Bearer "), MOST_OF_V3),
            // Not in the address, where logs would keep it.
            None => (Shown::Header(HeaderName::from_static("x-goog-api-key"), ""), MOST_OF_V2),
        };
        let protocol = Google { parent, model: settings.model.clone() };
        Ok(Arc::new(Translator::open(settings, protocol, most, shown, (read, |_| COUNTED), way)?))
    },
};

/// Texts, and bytes of them (version 2's limit is 100,000 bytes of a request).
const MOST_OF_V2: (usize, u64) = (128, 98_000);
/// Texts, and code points of them.
const MOST_OF_V3: (usize, u64) = (1024, 30_000);
/// Google does not tell what it bills: it is the characters that were sent, tags included.
const COUNTED: Demand = Demand { tokens: 0, characters: 0 };

const CODES: [&str; 3] = ["en", "zh-CN", "zh-TW"];

#[derive(Debug)]
struct Google {
    /// Version 3's project and location.
    parent: Option<String>,
    model: String,
}

impl Protocol for Google {
    fn markup(&self) -> Markup {
        Markup::Html
    }

    fn compose(&self, work: &Work<'_>) -> Composed {
        let (from, to) = (work.source(CODES), work.target(CODES));
        let (path, mut body, model) = match &self.parent {
            None => (
                "/language/translate/v2".to_owned(),
                json!({ "q": work.texts, "source": from, "target": to, "format": "html" }),
                self.model.clone(),
            ),
            Some(parent) => (
                format!("/v3/{parent}:translateText"),
                json!({
                    "contents": work.texts,
                    "mimeType": "text/html",
                    "sourceLanguageCode": from,
                    "targetLanguageCode": to,
                }),
                match self.model.as_str() {
                    whole if whole.is_empty() || whole.starts_with("projects/") => whole.to_owned(),
                    short => format!("{parent}/models/{short}"),
                },
            ),
        };
        if !model.is_empty() {
            body["model"] = Value::String(model);
        }
        Composed { path, query: Vec::new(), headers: HeaderMap::new(), body }
    }

    fn size(&self, work: &Work<'_>) -> u64 {
        let size = |text: &String| match self.parent {
            None => Value::from(text.as_str()).to_string().len() + 1,
            Some(_) => text.chars().count(),
        };
        work.texts.iter().map(|text| size(text) as u64).sum()
    }

    fn read(&self, response: &HttpResponse) -> Option<Translated> {
        let answer: Answer = serde_json::from_slice(&response.body).ok()?;
        let translations = answer.data.map(|data| data.translations).or(answer.translations)?;
        let texts = translations.into_iter().map(|one| one.translated_text).collect();
        Some(Translated { texts, billed: None })
    }
}

/// Whether a text can stand as one segment of a path.
fn is_name(text: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || "-.:_".contains(c);
    !text.is_empty() && text.chars().all(sign) && !text.chars().all(|c| c == '.')
}

/// Version 2 wraps what version 3 sends bare.
#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    translations: Option<Vec<One>>,
}

#[derive(Deserialize)]
struct Data {
    translations: Vec<One>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    translated_text: String,
}

#[derive(Deserialize)]
struct Failure {
    error: Error,
}

/// Version 2's `errors` and version 3's `status` and `details` in one.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Error {
    message: String,
    errors: Vec<Reason>,
    details: Vec<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

/// Limits come as 403 in version 2, where only the reason tells a wait from the end of the day.
fn read(response: &HttpResponse) -> Reading {
    let failure: Option<Failure> = serde_json::from_slice(&response.body).ok();
    let says = failure.and_then(|Failure { error: Error { message, errors, details } }| {
        let message = message.to_ascii_lowercase();
        let is = |names: &[&str]| {
            errors.iter().chain(&details).any(|given| names.contains(&given.reason.as_str()))
        };
        if is(&["dailyLimitExceeded", "quotaExceeded", "BILLING_DISABLED", "billingNotEnabled"])
            || message.contains("daily limit exceeded")
            || message.contains("per day")
        {
            Some(Says::Quota)
        } else if is(&["userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED"])
            || message.contains("rate limit exceeded")
        {
            Some(Says::Wait)
        } else if is(&["API_KEY_INVALID", "keyInvalid"]) {
            Some(Says::Refused)
        } else if message.contains("too long")
            || message.contains("too large")
            || message.contains("too many text segments")
        {
            Some(Says::TooLarge)
        } else {
            None
        }
    });
    Reading { status: response.status, says }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::http::meaning::Meaning;

    fn meaning(status: u16, body: Value) -> Meaning {
        let response = HttpResponse::new(status, body.to_string().into_bytes());
        Meaning::of(&response, read(&response))
    }

    #[test]
    fn errors_say_whose_move_it_is() {
        let v2 = |status, reason: &str, message: &str| {
            let error = json!({ "domain": "usageLimits", "reason": reason, "message": message });
            meaning(
                status,
                json!({ "error": { "code": status, "message": message, "errors": [error] } }),
            )
        };
        assert_eq!(v2(403, "userRateLimitExceeded", "User Rate Limit Exceeded"), Meaning::Again);
        assert_eq!(v2(403, "", "User Rate Limit Exceeded"), Meaning::Again);
        assert_eq!(v2(403, "dailyLimitExceeded", "Daily Limit Exceeded"), Meaning::Quota);
        assert_eq!(v2(403, "", "Daily Limit Exceeded"), Meaning::Quota);
        assert_eq!(v2(403, "accessNotConfigured", "not enabled"), Meaning::Refused);
        assert_eq!(v2(400, "badRequest", "Too many text segments"), Meaning::TooLarge);
        assert_eq!(v2(400, "invalid", "Text too long"), Meaning::TooLarge);
        assert_eq!(v2(400, "invalid", "Bad language pair: en|xx"), Meaning::Rejected);
        assert_eq!(v2(413, "uploadTooLarge", "x"), Meaning::TooLarge);
        let v3 = |status, name: &str, reason: &str, message: &str| {
            let kind = "type.googleapis.com/google.rpc.ErrorInfo";
            let details = json!([{ "@type": kind, "reason": reason, "domain": "googleapis.com" }]);
            let error = json!({ "code": status, "message": message, "status": name,
                "details": details });
            meaning(status, json!({ "error": error }))
        };
        let limit = "Quota exceeded for quota metric 'x' and limit 'x per minute' of service";
        let exhausted = "RESOURCE_EXHAUSTED";
        assert_eq!(v3(429, exhausted, "RATE_LIMIT_EXCEEDED", limit), Meaning::Again);
        assert_eq!(v3(429, exhausted, "", limit), Meaning::Again);
        let day = limit.replace("minute", "day");
        assert_eq!(v3(429, exhausted, "RATE_LIMIT_EXCEEDED", &day), Meaning::Quota);
        let invalid = "INVALID_ARGUMENT";
        assert_eq!(v3(400, invalid, "API_KEY_INVALID", "API key not valid."), Meaning::Refused);
        assert_eq!(v3(401, "UNAUTHENTICATED", "", "x"), Meaning::Refused);
        assert_eq!(v3(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", "x"), Meaning::Refused);
        assert_eq!(v3(403, "PERMISSION_DENIED", "BILLING_DISABLED", "x"), Meaning::Quota);
        assert_eq!(v3(503, "UNAVAILABLE", "", "x"), Meaning::Again);
    }

    #[test]
    fn projects_and_locations_are_names() {
        for good in ["my-project", "example.com:my-project", "us-central1", "123456"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a/b", "..", "a b", "a?b", "项目"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
