//! What may be asked for a job: `NAME.job.toml` beside `NAME`. Unknown keys are refused.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Output;

/// The options of a job; each may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// What into: `en`, `zh` (the configured variant) or a variant; else the other language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The forms to write; else the configured ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<Output>>,
    /// Higher goes first.
    pub priority: i32,
    /// After this it is not begun any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Deadline>,
    /// Of several revisions of a name, `latest` leads to the highest.
    pub revision: u64,
    /// Where `result.json` is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
}

/// A moment, written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Deadline(pub Timestamp);

impl FromStr for Deadline {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| {
            format!("`{text}` is no moment such as 2026-05-01T18:00:00+08:00 (with its offset)")
        })
    }
}

impl TryFrom<String> for Deadline {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Deadline> for String {
    fn from(deadline: Deadline) -> Self {
        deadline.0.to_string()
    }
}

impl Options {
    /// The options as they are written beside an article.
    ///
    /// # Errors
    ///
    /// What is wrong, with its line.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            format!("line {}: {}", 1 + before.matches('\n').count(), error.message())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_mistakes_named() {
        let options = Options::parse(
            "target = \"zh-Hant-TW\"\noutputs = [\"tmx\"]\npriority = 5\nrevision = 2\n\
             deadline = \"2026-05-01T18:00:00+08:00\"\ncallback = \"https://cms.example/done\"\n",
        );
        let options = options.unwrap();
        assert_eq!(options.outputs, Some(vec![Output::Tmx]));
        assert_eq!(options.deadline.unwrap().0.to_string(), "2026-05-01T10:00:00Z");
        assert_eq!(Options::parse(""), Ok(Options::default()));
        let refused = |text: &str, because: &str| {
            let error = Options::parse(text).unwrap_err();
            assert!(error.contains(because), "{error}");
        };
        refused("\nprioritty = 1\n", "line 2: unknown field `prioritty`");
        refused("deadline = \"tomorrow\"\n", "`tomorrow` is no moment");
        refused("revision = -1\n", "line 1: ");
        refused("outputs = [\"pdf\"]\n", "unknown variant `pdf`");
    }
}
