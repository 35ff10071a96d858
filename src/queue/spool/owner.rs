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
        let hidden = tmp.join(format!("{id}.sign"));
        let path = workers.join(id);
        loop {
            let file = File::create(&hidden).map_err(failed("write", &hidden))?;
            match file.try_lock() {
                Ok(()) => {}
                // A file system that knows no locks: what is touched still tells.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(error) => return Err(failed("lock", &hidden)(error.into())),
            }
            match fs::rename(&hidden, &path) {
                Ok(()) => return Ok(Self { path, file }),
                // Another that starts just now has swept it: it is of a worker with no sign yet.
                Err(error) if is_gone(&error) && workers.is_dir() => {}
                Err(error) => return Err(failed("write", &path)(error)),
            }
        }
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
    fn a_sign_that_others_sweep_before_it_hangs_is_made_again() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let (workers, tmp) = (folder.path().join("workers"), folder.path().join("tmp"));
        fs::create_dir(&workers).unwrap();
        fs::create_dir(&tmp).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for entry in fs::read_dir(&tmp).unwrap().flatten() {
                        let _ = fs::remove_file(entry.path());
                    }
                }
            });
            let signs: Result<Vec<_>, _> =
                (0..500).map(|id| Sign::put_up(&workers, &tmp, &id.to_string())).collect();
            done.store(true, Ordering::Relaxed);
            assert_eq!(signs.unwrap().len(), 500);
        });
        fs::remove_dir_all(&workers).unwrap();
        assert!(Sign::put_up(&workers, &tmp, "late").is_err(), "no folder, no end of trying");
    }

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
