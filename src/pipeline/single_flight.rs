//! Identical paragraphs in flight at the same time are asked for once: the first to come leads,
//! the others wait and then find its reply in the memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::memory::MemoryKey;

/// Who is on the way for which paragraph. Clones share their knowledge.
#[derive(Clone, Debug, Default)]
pub struct SingleFlight {
    flying: Arc<Mutex<HashMap<MemoryKey, watch::Receiver<()>>>>,
}

/// What to do about a paragraph.
#[derive(Debug)]
pub enum Seat {
    /// Ask for it; dropping the lead lets the others look.
    Lead(Lead),
    /// Somebody is asking: wait for them, then look in the memory.
    Follow(Follow),
}

/// The duty to ask for a paragraph. Dropped when it is remembered, given up or cancelled, so that
/// no follower waits for ever.
#[derive(Debug)]
pub struct Lead {
    key: MemoryKey,
    flight: SingleFlight,
    /// Dropping it wakes the followers.
    _landed: watch::Sender<()>,
}

/// A wait for somebody else's reply.
#[derive(Debug)]
pub struct Follow(watch::Receiver<()>);

impl SingleFlight {
    /// Takes the lead for a paragraph, or a place behind whoever has it.
    pub fn board(&self, key: MemoryKey) -> Seat {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leader) = flying.get(&key) {
            return Seat::Follow(Follow(leader.clone()));
        }
        let (landed, wait) = watch::channel(());
        flying.insert(key, wait);
        Seat::Lead(Lead { key, flight: self.clone(), _landed: landed })
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.flight.flying.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Follow {
    /// Waits until the leader is done, however it ended.
    pub async fn landed(mut self) {
        // Nothing is ever sent: the only change is the end of the sender.
        while self.0.changed().await.is_ok() {}
    }
}
