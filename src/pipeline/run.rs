//! A run: some articles that one person asked for together.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits::stop::Stop;
use crate::memory::MemoryKey;

/// What the articles of one command share beside the pipeline, which may serve other commands too.
/// Clones are the same run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What has been asked for afresh, so that `--refresh` asks once.
    refreshed: Arc<Mutex<HashSet<MemoryKey>>>,
    stop: Stop,
}

impl Default for Run {
    /// A run that is only stopped with everything else.
    fn default() -> Self {
        Self { refreshed: Arc::default(), stop: Stop::never() }
    }
}

impl Run {
    /// The same run, its next article to be stopped by this.
    #[must_use]
    pub fn stopped_by(&self, stop: Stop) -> Self {
        Self { stop, ..self.clone() }
    }

    pub(super) fn stop(&self) -> &Stop {
        &self.stop
    }

    pub(super) fn has_refreshed(&self, key: &MemoryKey) -> bool {
        self.refreshed.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    pub(super) fn refreshed(&self, key: MemoryKey) {
        self.refreshed.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }
}
