//! Identical paragraphs in flight at the same time are asked for once: the first to come leads,
//! the others wait and then find its reply in the memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::memory::MemoryKey;

/// Who is on the way for which paragraph. Clones share their knowledge.
#[derive(Clone, Debug, Default)]
pub struct SingleFlight {
    /// Each with whether it came to its end.
    flying: Arc<Mutex<HashMap<MemoryKey, watch::Receiver<bool>>>>,
}

/// What to do about a paragraph.
#[derive(Debug)]
pub enum Seat {
    /// Ask for it; dropping the lead lets the others look.
    Lead(Lead),
    /// Somebody is asking: wait for them, then look in the memory.
    Follow(Follow),
}

/// How a wait for somebody else's reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// It is remembered, or was asked for in vain.
    Settled,
    /// Whoever asked was stopped before there was an answer: somebody else may ask.
    Abandoned,
}

/// The duty to ask for a paragraph. Settled when it is remembered or given up; dropped otherwise,
/// so that no follower waits for ever.
#[derive(Debug)]
pub struct Lead {
    key: MemoryKey,
    flight: SingleFlight,
    /// Dropping it wakes the followers.
    landed: watch::Sender<bool>,
}

/// A wait for somebody else's reply.
#[derive(Debug)]
pub struct Follow(watch::Receiver<bool>);

impl SingleFlight {
    /// Takes the lead for a paragraph, or a place behind whoever has it.
    pub fn board(&self, key: MemoryKey) -> Seat {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leader) = flying.get(&key) {
            return Seat::Follow(Follow(leader.clone()));
        }
        let (landed, wait) = watch::channel(false);
        flying.insert(key, wait);
        Seat::Lead(Lead { key, flight: self.clone(), landed })
    }
}

impl Lead {
    /// Nothing more is asked for: the others may look, and need not ask themselves.
    pub fn settle(self) {
        self.landed.send_replace(true);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.flight.flying.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Follow {
    /// Waits until the leader is done, however it ended.
    pub async fn landed(mut self) -> Landing {
        // An error is the end of the sender: what it sent last still stands.
        let _ = self.0.wait_for(|settled| *settled).await;
        if *self.0.borrow() { Landing::Settled } else { Landing::Abandoned }
    }
}
