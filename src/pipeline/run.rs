//! A run: some articles that one person asked for together.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::backend::BackendError;
use crate::limits::stop::Stop;
use crate::memory::MemoryKey;

/// What the articles of one command share beside the pipeline, which may serve other commands too.
/// Clones are the same run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What has been asked for afresh, so that `--refresh` asks once.
    refreshed: Arc<Mutex<HashSet<MemoryKey>>>,
    /// The backends that cannot be used any more, by their places, each with the first reason.
    down: Arc<Mutex<HashMap<usize, Arc<BackendError>>>>,
    stop: Stop,
}

impl Default for Run {
    /// A run that is only stopped with everything else.
    fn default() -> Self {
        Self { refreshed: Arc::default(), down: Arc::default(), stop: Stop::never() }
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

    /// Why a backend cannot be used any more, if it cannot.
    pub(super) fn down(&self, line: usize) -> Option<Arc<BackendError>> {
        self.down.lock().unwrap_or_else(PoisonError::into_inner).get(&line).cloned()
    }

    /// A backend cannot be used any more; the first reason is the one that is told.
    pub(super) fn set_down(&self, line: usize, error: &Arc<BackendError>) {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        down.entry(line).or_insert_with(|| error.clone());
    }

    pub(super) fn has_refreshed(&self, key: &MemoryKey) -> bool {
        self.refreshed.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    pub(super) fn refreshed(&self, key: MemoryKey) {
        self.refreshed.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }
}
