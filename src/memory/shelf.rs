//! sled, kept at arm's length: whatever it does with a damaged store, errors and panics alike,
//! comes out as an error.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Once, mpsc};
use std::time::Duration;

use sled::IVec;

use super::lock::Lock;

/// What sled may keep of its pages in memory.
const CACHE_BYTES: u64 = 16 << 20;

/// How long closing may take. sled's drop waits for its flusher, which a panic may have ended.
const CLOSING: Duration = Duration::from_secs(10);

/// An open sled database, and the lock that makes it ours.
pub(super) struct Shelf {
    /// Taken only by drop.
    open: Option<(sled::Db, Lock)>,
}

/// Why a store did not open.
#[derive(Debug)]
pub(super) enum Failure {
    /// Someone has it open without our lock.
    Locked,
    /// Its files are not what they should be.
    Damaged(String),
    /// The system refuses: no space, no permission. Healing would make it worse.
    Refused(io::Error),
}

/// Opens what lies at `path`, once, without healing.
pub(super) fn open(path: &Path) -> Result<sled::Db, Failure> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES);
    match caught(|| config.open()) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(error)) => Err(failure(error)),
        Err(panic) => Err(Failure::Damaged(panic)),
    }
}

fn failure(error: sled::Error) -> Failure {
    use io::ErrorKind::{IsADirectory, NotADirectory};
    match error {
        sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock") => {
            Failure::Locked
        }
        // What the system itself did not report is sled's own reading of the files.
        sled::Error::Io(error)
            if error.raw_os_error().is_some()
                && !matches!(error.kind(), IsADirectory | NotADirectory) =>
        {
            Failure::Refused(error)
        }
        error => Failure::Damaged(error.to_string()),
    }
}

impl Shelf {
    pub(super) fn new(db: sled::Db, lock: Lock) -> Self {
        Self { open: Some((db, lock)) }
    }

    pub(super) fn get(&self, key: &[u8]) -> io::Result<Option<IVec>> {
        self.with(|db| db.get(key))
    }

    /// Writes in memory: durable after [`Self::flush`].
    pub(super) fn put(&self, key: &[u8], value: Vec<u8>) -> io::Result<()> {
        self.with(|db| db.insert(key, value)).map(drop)
    }

    /// Hands everything written to the system: a process killed afterwards loses none of it.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.with(|db| db.flush()).map(drop)
    }

    /// The records whose keys begin with `prefix`, in the order of their keys. After an error
    /// there is nothing more.
    pub(super) fn scan(&self, prefix: &[u8]) -> Scan {
        let records = self.open.as_ref().map(|(db, _)| db.scan_prefix(prefix));
        Scan { records }
    }

    fn with<T>(&self, work: impl FnOnce(&sled::Db) -> sled::Result<T>) -> io::Result<T> {
        let (db, _) = self.open.as_ref().ok_or_else(|| io::Error::other("closed"))?;
        match caught(|| work(db)) {
            Ok(done) => done.map_err(io::Error::from),
            Err(panic) => Err(io::Error::other(panic)),
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        let Some((db, lock)) = self.open.take() else { return };
        let (done, closed) = mpsc::channel();
        let closing = std::thread::Builder::new().name("memory-close".into()).spawn(move || {
            // The lock goes last, and not at all if sled never comes to an end.
            let _ = caught(move || drop(db));
            drop(lock);
            let _ = done.send(());
        });
        if closing.is_ok() && closed.recv_timeout(CLOSING).is_err() {
            tracing::warn!("the memory did not close; what was acknowledged is safe");
        }
    }
}

/// An iterator over records.
pub(super) struct Scan {
    records: Option<sled::Iter>,
}

impl Iterator for Scan {
    type Item = io::Result<(IVec, IVec)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut records = self.records.take()?;
        match caught(|| records.next()) {
            Ok(Some(Ok(record))) => {
                self.records = Some(records);
                Some(Ok(record))
            }
            Ok(Some(Err(error))) => Some(Err(error.into())),
            Ok(None) => None,
            Err(panic) => Some(Err(io::Error::other(panic))),
        }
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; a panic is an error, and not a message on the terminal.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.try_with(Cell::get).unwrap_or(false) {
                others(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    // Nothing of ours is half-changed by a panic in sled: what it leaves behind is only used
    // through this function again.
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    result.map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        text.unwrap_or("the store failed").to_owned()
    })
}
