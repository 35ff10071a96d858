//! What a worker says about itself: where a page or a metrics endpoint can read it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::pipeline::Counts;
use crate::pipeline::gauges::Gauges;
use crate::queue::outcome::End;
use crate::queue::{Claimed, Depth, Published};

/// What a worker is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Condition {
    /// At work, or waiting for some.
    #[default]
    Working,
    /// It cannot work for now, and tries again.
    Paused {
        /// Why.
        reason: String,
    },
    /// It was told to stop.
    Stopping,
}

/// A job in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InHand {
    /// The article's name.
    pub name: String,
    /// Which attempt it is.
    pub attempt: u32,
    /// Since when, as RFC 3339.
    pub since: String,
}

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// What it is about.
    #[serde(flatten)]
    pub condition: Condition,
    /// The queue.
    pub queue: Depth,
    /// What is in hand, by the job's id.
    pub in_hand: BTreeMap<String, InHand>,
    /// Jobs published.
    pub done: u64,
    /// Jobs set aside.
    pub failed: u64,
    /// Jobs given back, their attempt not counted.
    pub given_back: u64,
    /// Jobs that another worker had taken over when they were to be published.
    pub stale: u64,
    /// Jobs that another had published when they were to be published: one that was handed in
    /// again while it was in hand.
    pub again: u64,
    /// How often settings, term base and corrections were read again.
    pub reloads: u64,
    /// Why the last change of these could not be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_reload: Option<String>,
    /// What the jobs published took: paragraphs, recalled, sent, tokens, cost, findings.
    pub counts: Counts,
    /// How the backends stand, their breakers and what is used of their limits, and the budget of
    /// the day: also by what was asked over the socket.
    #[serde(flatten)]
    pub gauges: Gauges,
}

/// The figures of a worker at work.
#[derive(Debug, Default)]
pub struct Status(Mutex<Figures>);

impl Status {
    /// The figures as they are now, beside these of the tools in force.
    pub(super) fn figures(&self, gauges: Gauges) -> Figures {
        Figures { gauges, ..self.lock().clone() }
    }

    pub(super) fn condition(&self, condition: Condition) {
        self.lock().condition = condition;
    }

    pub(super) fn waiting(&self, depth: Depth) {
        self.lock().queue = depth;
    }

    pub(super) fn reloaded(&self, refused: Option<String>) {
        let mut figures = self.lock();
        figures.reloads += u64::from(refused.is_none());
        figures.refused_reload = refused;
    }

    pub(super) fn begun(&self, claimed: &Claimed, now: Timestamp) {
        let (name, attempt) = (claimed.job.name.to_string(), claimed.attempt);
        let in_hand = InHand { name, attempt, since: now.to_string() };
        self.lock().in_hand.insert(claimed.job.id.to_string(), in_hand);
    }

    pub(super) fn over(&self, claimed: &Claimed, end: End, published: Published, counts: Counts) {
        let mut figures = self.lock();
        figures.in_hand.remove(claimed.job.id.as_str());
        match (published, end) {
            (Published::Stale, _) => figures.stale += 1,
            (Published::Before, _) => figures.again += 1,
            (_, End::Done) => figures.done += 1,
            (_, End::Failed) => figures.failed += 1,
        }
        figures.counts += counts;
    }

    pub(super) fn back(&self, claimed: &Claimed) {
        let mut figures = self.lock();
        figures.in_hand.remove(claimed.job.id.as_str());
        figures.given_back += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
