//! How often one call was tried, by what came of it, and whether it is tried again.

use std::time::Duration;

use tokio::time::Instant;

use super::CallError;
use super::retry::Patience;
use super::transport::TransportError;

/// Why one more attempt may be worth it.
pub(super) enum Again {
    /// The provider said so.
    Told { message: String, after: Option<Duration>, too_fast: bool },
    /// Nothing came back.
    Lost(TransportError),
}

impl Again {
    pub(super) fn is_too_fast(&self) -> bool {
        matches!(self, Self::Told { too_fast: true, .. })
    }

    pub(super) fn into_error(self, attempts: u32) -> CallError {
        match self {
            Self::Told { message, after, .. } => {
                CallError::Busy { attempts, message, retry_after: after }
            }
            Self::Lost(TransportError::Late) => CallError::Late,
            Self::Lost(TransportError::Lost(reason)) => CallError::Lost { attempts, reason },
            Self::Lost(error) => CallError::Unreachable { reason: error.to_string() },
        }
    }
}

/// The attempts of one call.
#[derive(Default)]
pub(super) struct Tries {
    all: u32,
    /// Those that say something about this call: neither refused for coming too fast nor sent to
    /// find out whether an outage is over.
    counted: u32,
    too_fast: u32,
    unsure: u32,
    /// When the first of them failed.
    trouble: Option<Instant>,
}

impl Tries {
    pub(super) fn count(&mut self, again: &Again, probe: bool, now: Instant) {
        self.all += 1;
        self.trouble.get_or_insert(now);
        if again.is_too_fast() {
            self.too_fast += 1;
        } else if !probe {
            self.counted += 1;
        }
        if matches!(again, Again::Lost(TransportError::Lost(_))) {
            self.unsure += 1;
        }
    }

    /// How often it was sent.
    pub(super) fn sent(&self) -> u32 {
        self.all
    }

    /// How long ago the first attempt failed.
    pub(super) fn trouble(&self, now: Instant) -> Duration {
        self.trouble.map_or(Duration::ZERO, |trouble| now.saturating_duration_since(trouble))
    }

    pub(super) fn exhausted(
        &self,
        again: &Again,
        patience: Patience,
        answered: bool,
        now: Instant,
    ) -> bool {
        let spent = self.counted >= patience.attempts;
        match again {
            Again::Told { too_fast: true, .. } => {
                self.too_fast >= patience.attempts && self.trouble(now) >= patience.outage
            }
            Again::Told { .. } => spent,
            Again::Lost(TransportError::Connect(_)) if answered => spent,
            Again::Lost(TransportError::Connect(_)) => spent || self.all >= patience.unanswered,
            Again::Lost(TransportError::Lost(_)) => spent || self.unsure >= patience.unsure,
            // The same request again would be as late.
            Again::Lost(TransportError::Late) => true,
            Again::Lost(TransportError::Tls(_) | TransportError::TooLong(_)) => true,
        }
    }
}
