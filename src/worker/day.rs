//! What a worker has spent of its budget today, kept beside the memory: a restart is no fresh
//! budget. A day is one of UTC.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::limits::ledger::WallClock;
use crate::pipeline::budget::Book;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The book of the days.
pub struct Day {
    path: PathBuf,
    wall: WallClock,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spent {
    /// Days since 1970.
    day: u64,
    spent: f64,
}

impl Day {
    /// Kept in this file, by this clock.
    pub fn new(path: PathBuf, wall: WallClock) -> Self {
        Self { path, wall }
    }

    /// Kept beside this memory, by the clock on the wall.
    pub fn beside(memory: &Path) -> Self {
        Self::new(memory.with_file_name("spent.json"), Arc::new(SystemTime::now))
    }

    fn write(&self, spent: &Spent) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, spent)?;
        file.flush()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

impl Book for Day {
    fn period(&self) -> u64 {
        let since = (self.wall)().duration_since(UNIX_EPOCH).unwrap_or_default();
        since.as_secs() / DAY.as_secs()
    }

    /// Where the file cannot be read, everything counts as spent until the next day: a budget must
    /// hold.
    fn spent(&self, period: u64) -> f64 {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return 0.0,
            Err(error) => {
                tracing::error!(file = %self.path.display(), %error, "what was spent today cannot be read: the budget counts as used up");
                return f64::INFINITY;
            }
        };
        match serde_json::from_slice::<Spent>(&text) {
            // A clock that was set back: a later day's money is spent all the same.
            Ok(kept) if kept.day >= period => kept.spent,
            Ok(_) => 0.0,
            Err(error) => {
                tracing::error!(file = %self.path.display(), %error, "what was spent today cannot be read: the budget counts as used up; remove the file to begin a new day");
                f64::INFINITY
            }
        }
    }

    fn keep(&self, period: u64, spent: f64) {
        // The budget holds within this process all the same.
        if let Err(error) = self.write(&Spent { day: period, spent }) {
            tracing::warn!(file = %self.path.display(), %error, "what was spent today cannot be kept: a restart would not know of it");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::pipeline::budget::Budget;

    #[tokio::test]
    async fn a_restart_is_no_fresh_budget_and_the_next_day_is() {
        let folder = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicU64::new(90_000));
        let budget = || {
            let now = now.clone();
            let wall = move || UNIX_EPOCH + Duration::from_secs(now.load(Ordering::Relaxed));
            Budget::new(1.0, Day::new(folder.path().join("spent.json"), Arc::new(wall)))
        };
        let first = budget();
        first.claim(0.5).await.unwrap().settle(0.5);
        let killed = first.claim(0.375).await.unwrap();
        let second = budget();
        assert!(second.claim(0.25).await.is_err(), "what was in flight counts");
        second.claim(0.125).await.unwrap().settle(0.125);
        drop(killed);
        now.store(2 * 86_400 + 1, Ordering::Relaxed);
        budget().claim(1.0).await.unwrap().settle(1.0);
        // Set back by a day: nothing is given twice.
        now.store(90_000, Ordering::Relaxed);
        assert!(budget().claim(0.5).await.is_err());
    }

    #[tokio::test]
    async fn a_book_that_cannot_be_read_lets_nothing_through() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spent.json");
        std::fs::write(&path, "{").unwrap();
        let budget = Budget::new(1.0, Day::new(path, Arc::new(SystemTime::now)));
        assert!(budget.claim(0.1).await.is_err());
    }
}
