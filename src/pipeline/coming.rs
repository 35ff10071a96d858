//! Articles that are still to come keep their share of the places for requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An article on its way to asking.
#[derive(Debug)]
pub struct Coming(Arc<AtomicUsize>);

impl Coming {
    pub(super) fn new(all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(1, Ordering::Relaxed);
        Self(all.clone())
    }

    /// This article's share of what is free.
    pub(super) fn share(&self, of: usize) -> usize {
        of / self.0.load(Ordering::Relaxed).max(1)
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
