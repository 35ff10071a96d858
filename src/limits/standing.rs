//! How a provider stands: whether it is asked, and what is used of its limits. It tells, and
//! decides nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// How a provider stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Whether it is asked.
    pub breaker: Breaker,
    /// Each configured limit by its name in the configuration, `concurrency` among them.
    pub limits: BTreeMap<&'static str, Use>,
    /// What the provider said last of its own limits, in the headers of its responses.
    pub told: Told,
}

/// What a provider says of its own limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Of requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Left>,
    /// Of tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Left>,
}

/// What is left of a limit by the provider's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// So much is.
    pub remaining: u64,
    /// Of so much, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Whether a provider is asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Breaker {
    /// Open, closed or probing.
    pub state: State,
    /// Since when, as RFC 3339, to the second; of a breaker that was never open, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Why it is not closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Seconds until the next probe may leave, where it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_in_seconds: Option<f64>,
}

/// The states of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Requests leave.
    Closed,
    /// The provider is down, or parked: a refused key, a used-up quota. Nothing leaves.
    Open,
    /// One request is under way that will tell whether it is up again.
    Probing,
}

/// What is used of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// Used in the last window, requests in flight by their estimate; of `concurrency`, the
    /// requests in flight.
    pub used: u64,
    /// Of so much: as configured, a worker's share where several divide it.
    pub limit: u64,
}

/// Since when, told from how long ago.
pub(super) fn since(ago: Duration) -> Option<String> {
    let ago = SignedDuration::try_from(ago).ok()?;
    let since = Timestamp::now().checked_sub(ago).ok()?;
    Some(Timestamp::from_second(since.as_second()).ok()?.to_string())
}
