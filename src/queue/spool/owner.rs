//! Which worker is alive: each holds a lock on a file of its own, and touches it.
//!
//! The lock ends with the process, however that ends: then its jobs are free at once. A process
//! that is stopped keeps its lock and touches nothing: it has lost its jobs once its file has not
//! changed for the lease, by the watcher's own monotonic clock. What the file says is never
//! compared with the time of day, so that a clock that is set takes no job from anybody.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::disk::{failed, is_gone};
use crate::queue::QueueError;

/// A worker's sign of life.
#[derive(Debug)]
pub(super) struct Sign {
    path: PathBuf,
    file: File,
}

impl Sign {
    /// Puts a sign up for the worker of this id. It is locked before anybody can see it.
    pub(super) fn put_up(workers: &Path, tmp: &Path, id: &str) -> Result<Self, QueueError> {
        // Nobody's by its name: of a worker that has no sign yet, others would sweep it away.
        let hidden = tmp.join(format!("command.{id}.sign"));
        let path = workers.join(id);
        let file = File::create(&hidden).map_err(failed("write", &hidden))?;
        match file.try_lock() {
            Ok(()) => {}
            // A file system that knows no locks: what is touched still tells.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(error) => return Err(failed("lock", &hidden)(error.into())),
        }
        fs::rename(&hidden, &path).map_err(failed("write", &path))?;
        Ok(Self { path, file })
    }

    /// Still alive.
    pub(super) fn touch(&self) -> io::Result<()> {
        self.file.set_modified(SystemTime::now())
    }
}

/// Where a worker says more of itself, beside its sign.
pub(super) fn report(sign: &Path) -> PathBuf {
    sign.with_extension("json")
}

impl Drop for Sign {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(report(&self.path));
        let _ = self.file.unlock();
    }
}

/// What a watcher has seen of other workers.
#[derive(Debug)]
pub(super) struct Watch {
    workers: PathBuf,
    lease: Duration,
    seen: HashMap<String, (SystemTime, Instant)>,
}

impl Watch {
    pub(super) fn new(workers: PathBuf, lease: Duration) -> Self {
        Self { workers, lease, seen: HashMap::new() }
    }

    /// Whether the worker of this id has lost what it had in hand.
    pub(super) fn has_lost(&mut self, id: &str, now: Instant) -> bool {
        let path = self.workers.join(id);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) => return is_gone(&error),
        };
        // Shared, so that two watchers do not take each other for the worker.
        if file.try_lock_shared().is_ok() {
            let _ = file.unlock();
            // Nobody can come back to it: a new worker has a new id.
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(report(&path));
            self.seen.remove(id);
            return true;
        }
        let Ok(touched) = file.metadata().and_then(|metadata| metadata.modified()) else {
            return false;
        };
        match self.seen.get(id) {
            Some((known, since)) if *known == touched => now.duration_since(*since) >= self.lease,
            _ => {
                self.seen.insert(id.to_owned(), (touched, now));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_is_gone_or_silent_has_lost_its_jobs() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let lease = Duration::from_secs(30);
        let mut watch = Watch::new(at.to_owned(), lease);
        let start = Instant::now();
        let sign = Sign::put_up(at, at, "one").unwrap();
        assert!(!watch.has_lost("one", start));
        assert!(!watch.has_lost("one", start + lease - Duration::from_millis(1)));
        sign.file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(!watch.has_lost("one", start + lease), "it was touched, whatever its clock says");
        assert!(!watch.has_lost("one", start + lease * 2 - Duration::from_millis(1)));
        assert!(watch.has_lost("one", start + lease * 2), "silent for the lease");
        sign.touch().unwrap();
        assert!(!watch.has_lost("one", start + lease * 3), "it woke up");
        drop(sign);
        assert!(watch.has_lost("one", start), "it is gone");
        assert!(watch.has_lost("never", start));
    }
}
