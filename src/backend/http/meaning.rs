//! What a response means, decided once for every provider.
//!
//! A provider hands in a [`Reading`]: the status that counts and what its own codes say. What
//! follows from them is the same for all.

use reqwest::header::LOCATION;

use super::host_of;
use crate::limits::transport::HttpResponse;

/// What a provider's own protocol says about a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The status that counts: some send an error inside a 200, and name the status there.
    pub(crate) status: u16,
    /// What its codes say beyond the status.
    pub(crate) says: Option<Says>,
}

impl Reading {
    /// The status alone.
    pub(crate) fn of_status(response: &HttpResponse) -> Self {
        Self { status: response.status, says: None }
    }
}

impl Reading {
    /// Whether it came too fast, where it may be sent again.
    pub(crate) fn is_too_fast(self) -> bool {
        self.status == 429 || self.says == Some(Says::Wait)
    }
}

/// What a provider's code says, whatever its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// Too much in too short a time: a wait helps.
    Wait,
    /// Quota or credit is used up: no wait of ours helps.
    Quota,
    /// More than it takes at once.
    TooLarge,
    /// The key is no good.
    Refused,
}

/// Reads a response of one provider.
pub(crate) type Reader = fn(&HttpResponse) -> Reading;

/// What a response means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It is what was asked for.
    Answer,
    /// Time may mend it.
    Again,
    /// Time would mend it, but the provider says not to try.
    Busy,
    /// A smaller request helps.
    TooLarge,
    /// The key is refused.
    Refused,
    /// Quota or credit is used up.
    Quota,
    /// It points elsewhere.
    Redirected,
    /// Nothing helps.
    Rejected,
}

impl Meaning {
    /// The one table of statuses.
    pub(crate) fn of(response: &HttpResponse, Reading { status, says }: Reading) -> Self {
        if (200..300).contains(&status) {
            return Self::Answer;
        }
        let meaning = match (says, status) {
            (Some(Says::Quota), _) => Self::Quota,
            (Some(Says::TooLarge), _) => Self::TooLarge,
            (Some(Says::Wait), _) => Self::Again,
            (Some(Says::Refused), _) => Self::Refused,
            (None, 300..=399) => Self::Redirected,
            (None, 401 | 403) => Self::Refused,
            (None, 402) => Self::Quota,
            (None, 413 | 414) => Self::TooLarge,
            (None, 408 | 409 | 429 | 500..=599) => Self::Again,
            (None, _) => Self::Rejected,
        };
        // Its own word counts for more than the status.
        match response.headers.get("x-should-retry").and_then(|it| it.to_str().ok()) {
            Some("true") => Self::Again,
            Some("false") if meaning == Self::Again => Self::Busy,
            _ => meaning,
        }
    }
}

/// Where a redirect points, told without anything that might be secret.
pub(crate) fn redirect(response: &HttpResponse) -> String {
    let target = response.headers.get(LOCATION).and_then(|it| it.to_str().ok());
    match target.and_then(|location| location.parse().ok()) {
        Some(url) => {
            format!("redirected to {}, which is not followed; set url to it", host_of(&url))
        }
        None => "redirected, which is not followed; correct url".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, says: Option<Says>) -> Meaning {
        Meaning::of(&HttpResponse::new(status, Vec::new()), Reading { status, says })
    }

    #[test]
    fn each_status_has_one_meaning() {
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert_eq!(meaning(status, None), Meaning::Again, "{status}");
        }
        for status in [400, 404, 405, 422, 456] {
            assert_eq!(meaning(status, None), Meaning::Rejected, "{status}");
        }
        assert_eq!(meaning(200, None), Meaning::Answer);
        assert_eq!(meaning(401, None), Meaning::Refused);
        assert_eq!(meaning(403, None), Meaning::Refused);
        assert_eq!(meaning(402, None), Meaning::Quota);
        assert_eq!(meaning(413, None), Meaning::TooLarge);
        assert_eq!(meaning(308, None), Meaning::Redirected);
        assert_eq!(meaning(403, Some(Says::Wait)), Meaning::Again);
        assert_eq!(meaning(429, Some(Says::Quota)), Meaning::Quota);
        assert_eq!(meaning(400, Some(Says::TooLarge)), Meaning::TooLarge);
    }

    #[test]
    fn the_word_of_the_provider_overrides_the_status() {
        let told = |status, should: &'static str| {
            let mut response = HttpResponse::new(status, Vec::new());
            response.headers.insert("x-should-retry", should.parse().unwrap());
            Meaning::of(&response, Reading::of_status(&response))
        };
        assert_eq!(told(400, "true"), Meaning::Again);
        assert_eq!(told(503, "false"), Meaning::Busy);
        assert_eq!(told(401, "false"), Meaning::Refused);
    }
}
