//! sled, kept at arm's length: whatever it does with a damaged store, errors and panics alike,
//! comes out as an error.

use std::cell::Cell;
use std::io;
use std::ops::{Bound, Range, RangeBounds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Once, mpsc};
use std::time::Duration;

use sled::IVec;

use super::lock::Lock;
use super::places;

/// What sled may keep of its pages in memory: those of some 5,000 paragraphs. Four times as much made
/// no command faster: a page that is read again comes out of the system's own cache.
const CACHE_BYTES: u64 = 8 << 20;

/// Lookups after which sled counts what they brought into memory: so many as each of the 256 parts
/// of its cache lets come together (`MAX_QUEUE_ITEMS` in its `lru.rs`). Whoever looks up a page once
/// and never again would fill the memory with pages that count as nothing.
const COUNTED_AFTER: usize = 64;

/// How long closing may take. sled's drop waits for its flusher, which a panic may have ended.
const CLOSING: Duration = Duration::from_secs(10);

/// An open sled database, and the lock that makes it ours.
pub(super) struct Shelf {
    /// Taken only by drop.
    open: Option<(sled::Db, Arc<Lock>)>,
}

/// Why a store did not do its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// Someone has it open without our lock.
    Locked,
    /// Its files are not what they should be.
    Damaged(String),
    /// The system refuses: no space, no permission. Healing would make it worse.
    Refused(io::Error),
}

/// What becomes of a record.
pub(super) enum Change {
    None,
    Put(Vec<u8>),
    Remove,
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Locked => Self::other("another program has it open"),
            Failure::Damaged(reason) => Self::new(io::ErrorKind::InvalidData, reason),
            Failure::Refused(error) => error,
        }
    }
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
        sled::Error::Io(error) => {
            let error = reported(error);
            let text = error.to_string();
            // An error that sled tells twice is, from the second time on, only its own picture.
            let systems = error.raw_os_error().is_some() || text.starts_with("Os {");
            if text.starts_with("could not acquire lock") {
                Failure::Locked
            } else if systems && !matches!(error.kind(), IsADirectory | NotADirectory) {
                Failure::Refused(error)
            } else {
                // What the system did not report is sled's own reading of the files.
                Failure::Damaged(text)
            }
        }
        error => Failure::Damaged(error.to_string()),
    }
}

/// The system's own error, where sled tells it again as a picture: `Os { code: 28, … }`.
fn reported(error: io::Error) -> io::Error {
    let text = error.to_string();
    let code = text.strip_prefix("Os { code: ").and_then(|rest| rest.split(',').next());
    match code.and_then(|code| code.parse().ok()) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error,
    }
}

impl Shelf {
    pub(super) fn new(db: sled::Db, lock: Arc<Lock>) -> Self {
        Self { open: Some((db, lock)) }
    }

    /// The lock it holds.
    pub(super) fn lock(&self) -> Option<Arc<Lock>> {
        self.open.as_ref().map(|(_, lock)| Arc::clone(lock))
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, Failure> {
        self.with(|db| db.get(key))
    }

    /// Writes in memory: durable after [`Self::flush`].
    pub(super) fn put(&self, key: &[u8], value: impl Into<IVec>) -> Result<(), Failure> {
        self.with(|db| db.insert(key, value)).map(drop)
    }

    /// Writes as [`Self::put`] where nothing stands under the key; else gives what does.
    pub(super) fn put_new(&self, key: &[u8], value: &[u8]) -> Result<Option<IVec>, Failure> {
        let put = self.with(|db| db.compare_and_swap(key, None::<&[u8]>, Some(value)))?;
        Ok(put.err().and_then(|there| there.current))
    }

    /// Puts something else in the place of what stands under the key, as `work` makes it of that;
    /// `work` is asked again where another writer was faster. Durable after [`Self::flush`].
    pub(super) fn change(
        &self,
        key: &[u8],
        work: impl Fn(Option<&IVec>) -> Result<Change, Failure>,
    ) -> Result<(), Failure> {
        let mut there = self.get(key)?;
        loop {
            let new = match work(there.as_ref())? {
                Change::None => return Ok(()),
                Change::Put(value) => Some(value),
                Change::Remove => None,
            };
            match self.with(|db| db.compare_and_swap(key, there.as_ref(), new))? {
                Ok(()) => return self.counted(key),
                Err(faster) => there = faster.current,
            }
        }
    }

    /// Looks a record up until sled counts its page as held, and lets go of others for it.
    fn counted(&self, key: &[u8]) -> Result<(), Failure> {
        (0..COUNTED_AFTER).try_for_each(|_| self.with(|db| db.get(key)).map(drop))
    }

    /// Removes in memory: durable after [`Self::flush`].
    pub(super) fn remove(&self, key: &[u8]) -> Result<(), Failure> {
        self.with(|db| db.remove(key)).map(drop)
    }

    /// A shelf with nothing on it, in the place of one that is to be closed.
    pub(super) fn closed() -> Self {
        Self { open: None }
    }

    /// Hands everything written to the system: a process killed afterwards loses none of it.
    pub(super) fn flush(&self) -> Result<(), Failure> {
        self.with(|db| db.flush()).map(drop)
    }

    /// The records from one key to before another, in order. After an error there is nothing
    /// more.
    pub(super) fn scan(&self, keys: Range<Vec<u8>>) -> Scan {
        let records = self.open.as_ref().map(|(db, _)| db.range(keys));
        Scan { records }
    }

    /// Every record that can be read of those whose keys are in the range, in the order of keys.
    pub(super) fn sweep(&self, keys: impl RangeBounds<Vec<u8>>) -> Sweep {
        let reached = match keys.start_bound() {
            Bound::Included(start) | Bound::Excluded(start) => start.clone(),
            Bound::Unbounded => Vec::new(),
        };
        let end = keys.end_bound().cloned();
        let tree = self.open.as_ref().map(|(db, _)| sled::Tree::clone(db));
        let records =
            tree.as_ref().map(|tree| tree.range((keys.start_bound().cloned(), end.clone())));
        Sweep { tree, records: Scan { records }, reached, end, stepped_over: false }
    }

    fn with<T>(&self, work: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, Failure> {
        let Some((db, _)) = &self.open else {
            return Err(Failure::Refused(io::Error::other("closed")));
        };
        match caught(|| work(db)) {
            Ok(done) => done.map_err(failure),
            Err(panic) => Err(Failure::Damaged(panic)),
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
    type Item = Result<(IVec, IVec), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut records = self.records.take()?;
        match caught(|| records.next()) {
            Ok(Some(Ok(record))) => {
                self.records = Some(records);
                Some(Ok(record))
            }
            Ok(Some(Err(error))) => Some(Err(failure(error))),
            Ok(None) => None,
            Err(panic) => Some(Err(Failure::Damaged(panic))),
        }
    }
}

/// An iterator over records, which steps over the pages that cannot be read.
pub(super) struct Sweep {
    tree: Option<sled::Tree>,
    records: Scan,
    /// The last key seen or tried.
    reached: Vec<u8>,
    end: Bound<Vec<u8>>,
    stepped_over: bool,
}

impl Sweep {
    /// Whether there was something so far that could not be read.
    pub(super) fn stepped_over(&self) -> bool {
        self.stepped_over
    }
}

impl Iterator for Sweep {
    type Item = (IVec, IVec);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.records.next()? {
                Ok((key, value)) => {
                    self.reached.clear();
                    self.reached.extend_from_slice(&key);
                    return Some((key, value));
                }
                Err(_) => {
                    self.stepped_over = true;
                    self.reached = beyond(&self.reached)?;
                    let from = (Bound::Included(self.reached.clone()), self.end.clone());
                    // sled panics at a range that ends before it begins.
                    let there = match &self.end {
                        Bound::Included(end) | Bound::Excluded(end) => self.reached < *end,
                        Bound::Unbounded => true,
                    };
                    self.records.records = there.then_some(self.tree.as_ref()?.range(from));
                }
            }
        }
    }
}

/// Where to go on behind a key at which something cannot be read. Keys are hashes, and the first
/// two bytes of a hash make a step: it loses little. The articles' keys have a beginning in common,
/// and the hash behind it; a step leads to them and not over them.
fn beyond(key: &[u8]) -> Option<Vec<u8>> {
    let step = |hash: &[u8]| {
        let first: Vec<u8> = hash.iter().copied().chain([0, 0]).take(2).collect();
        let next = u16::from_be_bytes(*first.first_chunk()?).checked_add(1)?;
        Some(next.to_be_bytes())
    };
    let Range { start: articles, end: behind } = places::keys();
    if let Some(hash) = key.strip_prefix(articles.as_slice()) {
        return Some(step(hash).map_or(behind, |next| [articles.as_slice(), &next].concat()));
    }
    let next = step(key)?.to_vec();
    Some(if key < articles.as_slice() && next > articles { articles } else { next })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_leads_into_the_articles_and_out_again() {
        let articles = |hash: &[u8]| Some([places::ARTICLES, hash].concat());
        assert_eq!(beyond(b""), Some(vec![0, 1]));
        assert_eq!(beyond(b"\x00\xff12"), Some(vec![1, 0]));
        assert_eq!(beyond(b"ap22"), Some(b"aq".to_vec()));
        assert_eq!(beyond(b"aq"), Some(b"ar".to_vec()));
        assert_eq!(beyond(b"ar"), articles(b""));
        assert_eq!(beyond(places::ARTICLES), articles(&[0, 1]));
        assert_eq!(beyond(&articles(&[7, 255, 3]).unwrap()), articles(&[8, 0]));
        assert_eq!(beyond(&articles(&[255, 255, 3]).unwrap()), Some(b"article;".to_vec()));
        assert_eq!(beyond(b"article;"), Some(b"as".to_vec()));
        assert_eq!(beyond(&[255, 255, 0]), None);
    }
}
