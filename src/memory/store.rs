//! The memory itself: what machines said, in a store that outlives any process.
//!
//! Recall reads the store and the seeds as one. Remembering returns once the words are safe from
//! a killed process. Nothing here judges a candidate.

mod all;
mod bulk;
mod copy;
mod forget;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::iter::Peekable;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::commit::GroupCommit;
use super::lock::Lock;
use super::record::{self, Part};
use super::shelf::{Failure, Shelf};
use super::{Candidate, Entry, Head, MemoryError, MemoryKey, Notice, Seeds, Use, Uses, heal};

pub use bulk::{LoadId, Loaded};
pub use forget::Compacted;

/// How often a run that waits for another one looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Whose words a memory holds.
#[derive(Clone, Debug)]
pub enum Store {
    /// Translations; seeds are recalled beside them, and never written to.
    Real(Seeds),
    /// The pseudo backend's, in a folder of its own (`memory-pseudo` beside `memory`) and without
    /// seeds, so that they never pass for translations.
    Pseudo,
}

impl Store {
    /// The folder of this store, where `path` is the configured one.
    fn folder(&self, path: &Path) -> PathBuf {
        match self {
            Self::Real(_) => path.to_owned(),
            Self::Pseudo => pseudo(path),
        }
    }
}

/// The folder of the pseudo backend's words, where `path` is the configured one.
pub fn pseudo(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, ToOwned::to_owned);
    name.push("-pseudo");
    path.with_file_name(name)
}

/// What machines said about paragraphs. Clones are the same memory; when the last is dropped, it
/// is closed.
#[derive(Clone)]
pub struct Memory(pub(super) Arc<Inner>);

pub(super) struct Inner {
    path: PathBuf,
    /// Replaced when it turns out to be damaged; the lock is held for single operations only.
    shelf: RwLock<Shelf>,
    seeds: Seeds,
    commit: GroupCommit,
    said_gone: AtomicBool,
    /// The folder of a copy, which goes after the shelf is closed.
    kept: Option<tempfile::TempDir>,
    #[cfg(test)]
    flushes: std::sync::atomic::AtomicUsize,
}

/// One entry of the store, with everything that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered {
    /// Its key.
    pub key: MemoryKey,
    /// What was said.
    pub entry: Entry,
    /// Where it is used, by article and position.
    pub uses: Vec<Use>,
}

impl Memory {
    /// Opens the memory at `path`, the configured one, made where it does not exist; of a damaged
    /// one, as much as can be saved. The notices tell what was healed. Blocks for some
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Busy`] at once where another process has it open; [`MemoryError::Open`]
    /// where the system refuses.
    pub fn open(path: &Path, store: Store) -> Result<(Self, Vec<Notice>), MemoryError> {
        let path = store.folder(path);
        let lock = Lock::take(&path)?;
        Self::open_locked(path, lock, store)
    }

    /// As [`Self::open`], but waits for the process that has it open to end. `on_wait` is called
    /// once before the wait, if there is one.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], [`MemoryError::Busy`] only for a program that does not know our lock.
    pub async fn open_waiting(
        path: &Path,
        store: Store,
        on_wait: impl FnOnce(),
    ) -> Result<(Self, Vec<Notice>), MemoryError> {
        let path = store.folder(path);
        let mut on_wait = Some(on_wait);
        let lock = loop {
            match Lock::take(&path) {
                Err(MemoryError::Busy { .. }) => {
                    if let Some(tell) = on_wait.take() {
                        tell();
                    }
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                taken => break taken?,
            }
        };
        let open = {
            let path = path.clone();
            move || Self::open_locked(path, lock, store)
        };
        tokio::task::spawn_blocking(open)
            .await
            .map_err(|error| MemoryError::Open { path, source: error.into() })?
    }

    fn open_locked(
        path: PathBuf,
        lock: Lock,
        store: Store,
    ) -> Result<(Self, Vec<Notice>), MemoryError> {
        let (db, notices) = heal::open(&path)?;
        let seeds = match store {
            Store::Real(seeds) => seeds,
            Store::Pseudo => Seeds::default(),
        };
        let inner = Inner {
            path,
            shelf: RwLock::new(Shelf::new(db, Arc::new(lock))),
            seeds,
            commit: GroupCommit::default(),
            said_gone: AtomicBool::new(false),
            kept: None,
            #[cfg(test)]
            flushes: Default::default(),
        };
        Ok((Self(Arc::new(inner)), notices))
    }

    /// The folder it lies in.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// What machines said about the paragraph, in the store and in the seeds. A damaged record is
    /// as none.
    pub fn recall(&self, key: &MemoryKey) -> Option<Entry> {
        let mut head = None;
        let mut candidates = Vec::new();
        for record in self.0.scan(Part::keys(key, Part::Head..=Part::Candidate)) {
            match Part::of(&record.key) {
                Some((_, Part::Head)) => head = record.read(),
                _ => candidates.extend(record.read()),
            }
        }
        entry(head, candidates, self.0.seeds.get(key))
    }

    /// Whether a seed holds something about the paragraph too.
    pub fn is_seeded(&self, key: &MemoryKey) -> bool {
        self.0.seeds.get(key).is_some()
    }

    /// Keeps what a machine said. The same words from the same engine under the same terms
    /// replace themselves; anything else is one candidate more. `key` is the head's.
    ///
    /// Returns once a killed process can lose nothing of it; callers who wait at the same time
    /// share one flush.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Write`], a full disk for instance: then the words may be lost.
    pub async fn remember(
        &self,
        key: MemoryKey,
        head: &Head,
        candidate: Candidate,
    ) -> Result<(), MemoryError> {
        self.remember_all(vec![(key, head.clone(), candidate)]).await
    }

    /// [`Self::remember`] for all paragraphs of a reply, with one flush.
    ///
    /// # Errors
    ///
    /// As [`Self::remember`].
    pub async fn remember_all(
        &self,
        said: Vec<(MemoryKey, Head, Candidate)>,
    ) -> Result<(), MemoryError> {
        if said.is_empty() {
            return Ok(());
        }
        self.blocking(move |inner| said.iter().try_for_each(|said| inner.put(said))).await?;
        let flush = || self.off_the_runtime(|inner| inner.flush());
        self.0.commit.commit(flush).await.map_err(|source| self.0.unwritten(source))
    }

    /// Every entry of the store (not of the seeds) in the order of its key; damaged ones are
    /// passed over. Where they are used is read first, the entries as it goes.
    pub fn entries(&self) -> impl Iterator<Item = Remembered> + '_ {
        self.stored(Arc::new(self.uses()), None)
    }

    fn stored<'s>(
        &self,
        uses: Arc<Uses>,
        seeds: Option<&'s Seeds>,
    ) -> impl Iterator<Item = Remembered> + use<'s> {
        let records = self.0.shelf().sweep(..).map(|(key, value)| Record { key, value });
        Entries { records: records.peekable(), uses, seeds }
    }

    pub(super) async fn blocking(
        &self,
        work: impl FnOnce(&Inner) -> io::Result<()> + Send + 'static,
    ) -> Result<(), MemoryError> {
        self.off_the_runtime(work).await.map_err(|source| self.0.unwritten(source))
    }

    // Also what holds a paused clock still while the disk works, which sled's own `flush_async`
    // would not do.
    async fn off_the_runtime(
        &self,
        work: impl FnOnce(&Inner) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&inner)).await?
    }
}

impl Inner {
    pub(super) fn shelf(&self) -> RwLockReadGuard<'_, Shelf> {
        // What another thread left when it panicked is a whole shelf, old or new.
        self.shelf.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes; where a part of the store proves damaged, into one made anew of the rest.
    pub(super) fn write(&self, work: impl Fn(&Shelf) -> Result<(), Failure>) -> io::Result<()> {
        match work(&self.shelf()) {
            Err(Failure::Damaged(_)) => {}
            done => return done.map_err(Into::into),
        }
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        match work(&shelf) {
            // Not yet by another.
            Err(Failure::Damaged(_)) => *shelf = heal::rebuild(&self.path, &shelf)?,
            done => return done.map_err(Into::into),
        }
        Ok(work(&shelf)?)
    }

    fn put(&self, (entry, head, candidate): &(MemoryKey, Head, Candidate)) -> io::Result<()> {
        let mut candidate = candidate.clone();
        // JSON has no word for what is no number, and would not read it back.
        let usage = &mut candidate.usage;
        for figure in [&mut usage.tokens_in, &mut usage.tokens_out, &mut usage.cost] {
            *figure = if figure.is_finite() { *figure } else { 0.0 };
        }
        let head_key = Part::Head.prefix(entry);
        let head = record::seal(&head_key, head)?;
        let key = record::candidate_key(entry, &candidate);
        let value = record::seal(&key, &candidate)?;
        self.write(|shelf| {
            // Most are new: one look into the store each.
            if let Some(there) = shelf.put_new(&head_key, &head)?
                && record::unseal::<Head>(&head_key, &there).is_none()
            {
                shelf.put(&head_key, head.as_slice())?;
            }
            let Some(there) = shelf.put_new(&key, &value)? else { return Ok(()) };
            // An import may bring an older record of the same words.
            match record::unseal::<Candidate>(&key, &there) {
                Some(known) if time(&known) > time(&candidate) => Ok(()),
                _ => shelf.put(&key, value.as_slice()),
            }
        })
    }

    fn flush(&self) -> io::Result<()> {
        #[cfg(test)]
        self.flushes.fetch_add(1, Ordering::SeqCst);
        self.write(Shelf::flush)?;
        if !self.path.join("db").exists() && !self.said_gone.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                memory = %self.path.display(),
                "the memory was deleted while in use; what is said from here on is not kept"
            );
        }
        Ok(())
    }

    /// The records of some keys, up to the first that cannot be read.
    fn scan(&self, keys: Range<Vec<u8>>) -> impl Iterator<Item = Record> + '_ {
        self.shelf().scan(keys).map_while(|record| match record {
            Ok((key, value)) => Some(Record { key, value }),
            Err(failure) => {
                let error = io::Error::from(failure);
                tracing::warn!(memory = %self.path.display(), %error, "a part of the memory cannot be read");
                None
            }
        })
    }

    pub(super) fn unwritten(&self, source: io::Error) -> MemoryError {
        MemoryError::Write { path: self.path.clone(), source }
    }
}

/// The record under `key`, if there is a sound one.
pub(super) fn known<T: DeserializeOwned>(shelf: &Shelf, key: &[u8]) -> Result<Option<T>, Failure> {
    Ok(shelf.get(key)?.and_then(|value| record::unseal(key, &value)))
}

struct Record {
    key: sled::IVec,
    value: sled::IVec,
}

impl Record {
    fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let what = record::unseal(&self.key, &self.value);
        if what.is_none() {
            tracing::warn!("a record of the memory is damaged and counts as none");
        }
        what
    }
}

/// Puts an entry together from the store's records and the seed's.
fn entry(head: Option<Head>, stored: Vec<Candidate>, seed: Option<&Entry>) -> Option<Entry> {
    // Without its head an entry has no source to prove itself by.
    let mut candidates = if head.is_some() { stored } else { Vec::new() };
    let head = head.or_else(|| seed.map(|seed| seed.head.clone()))?;
    candidates.extend(seed.iter().flat_map(|seed| &seed.candidates).cloned());
    in_order_of_time(&mut candidates);
    if candidates.is_empty() { None } else { Some(Entry { head, candidates }) }
}

/// Sorts by time, the oldest first (what has no readable time is oldest), and leaves of the same
/// candidate the newest.
pub(super) fn in_order_of_time(candidates: &mut Vec<Candidate>) {
    candidates.sort_by_cached_key(time);
    let mut seen = HashSet::new();
    candidates.reverse();
    candidates.retain(|candidate| seen.insert(record::identity(candidate)));
    candidates.reverse();
}

fn time(candidate: &Candidate) -> Option<Timestamp> {
    candidate.at.parse().ok()
}

/// Groups the records of a whole scan by their entry.
struct Entries<'s, I: Iterator<Item = Record>> {
    records: Peekable<I>,
    uses: Arc<Uses>,
    /// What is put together with the records.
    seeds: Option<&'s Seeds>,
}

impl<I: Iterator<Item = Record>> Iterator for Entries<'_, I> {
    type Item = Remembered;

    fn next(&mut self) -> Option<Remembered> {
        loop {
            let first = self.records.next()?;
            let Some((key, _)) = Part::of(&first.key) else { continue };
            let (mut head, mut candidates) = (None, Vec::new());
            let mut record = Some(first);
            while let Some(one) = record {
                match Part::of(&one.key) {
                    Some((_, Part::Head)) => head = one.read(),
                    Some((_, Part::Candidate)) => candidates.extend(one.read()),
                    None => {}
                }
                record = self.records.next_if(|next| next.key.starts_with(key.as_bytes()));
            }
            let seed = self.seeds.and_then(|seeds| seeds.get(&key));
            if let Some(entry) = entry(head, candidates, seed) {
                let uses = self.uses.of_paragraph(&key);
                return Some(Remembered { key, entry, uses });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::backend::{Engine, Usage};
    use crate::language::Target;
    use crate::paragraph::{Class, Marked};

    #[tokio::test]
    async fn many_who_remember_at_once_share_a_few_flushes() {
        let folder = tempfile::tempdir().unwrap();
        let (memory, _) = Memory::open(&folder.path().join("m"), Store::Pseudo).unwrap();
        let kept = join_all((0..200).map(|n| {
            let memory = &memory;
            async move {
                let source = Marked::from_plain(&format!("段落{n}"));
                let head = Head { source, marks: vec![], to: Target::English, class: Class::Body };
                let candidate = Candidate {
                    target: Marked::from_plain("A paragraph."),
                    terms: vec![],
                    engine: Engine {
                        backend: "b".into(),
                        model: String::new(),
                        prompt: String::new(),
                    },
                    at: "2026-04-21T08:00:00Z".into(),
                    usage: Usage::default(),
                };
                memory.remember(head.key(), &head, candidate).await
            }
        }))
        .await;
        assert!(kept.iter().all(Result::is_ok));
        let flushes = memory.0.flushes.load(Ordering::SeqCst);
        assert!((1..=50).contains(&flushes), "{flushes} flushes");
        println!("200 share {flushes} flushes");
    }
}
