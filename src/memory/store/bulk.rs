//! Bulk loads: many records for one flush, and how far a load has come, kept in the store itself.
//!
//! The mark of a load is written after the records it covers and flushed with them: a killed
//! process leaves a mark that is true, and the next one goes on from there.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::super::key::Prefixed;
use super::super::{Candidate, Head, MemoryError, MemoryKey, Use, places};
use super::{Failure, Memory, known};
use crate::language::Target;
use crate::memory::record;

/// Threads that write at once, at most: sled gains little from more.
const WRITERS: usize = 4;

/// Names the load of one file: the same path, size and time of change are the same load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadId([u8; 16]);

impl LoadId {
    /// The load of the file at `path`; of options that change what it comes to, `how` tells.
    ///
    /// # Errors
    ///
    /// What the system says of the file.
    pub fn of(path: &Path, how: &str) -> std::io::Result<Self> {
        let file = std::fs::metadata(path)?;
        let changed = file.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut hash = Prefixed::default();
        hash.field(path.canonicalize()?.as_os_str().as_encoded_bytes());
        hash.field(&file.len().to_le_bytes());
        hash.field(&changed.as_nanos().to_le_bytes());
        hash.field(how.as_bytes());
        Ok(Self(hash.finish()))
    }

    /// Shorter than the key of any record of an entry, so that it passes for none.
    fn key(self) -> Vec<u8> {
        [b"load:".as_slice(), &self.0].concat()
    }
}

/// The value under a load's key.
#[derive(Serialize, Deserialize)]
struct Mark {
    /// Units of the file that are taken in.
    units: u64,
}

/// What a file says of one paragraph: what a machine said, and where it is used.
pub type Loaded = ((MemoryKey, Head, Candidate), Vec<Use>);

impl Memory {
    /// Takes in what a file says, on the caller's own (blocking) thread and a few of its own, and
    /// marks that `units` of the file are done. Returns once a killed process loses none of it.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Write`]: some of it may be lost, and the mark is not set.
    pub fn load(
        &self,
        mut said: Vec<Loaded>,
        mark: Option<(LoadId, u64)>,
    ) -> Result<(), MemoryError> {
        let writers = std::thread::available_parallelism().map_or(1, NonZero::get).min(WRITERS);
        // Neighbours lie on one page: each is fetched and written once.
        said.sort_unstable_by_key(|((key, ..), _)| *key);
        let share = said.len().div_ceil(writers).max(1);
        let write = |said: &[Loaded]| said.iter().try_for_each(|(said, _)| self.0.put(said));
        let written = std::thread::scope(|scope| {
            let writing: Vec<_> =
                said.chunks(share).map(|share| scope.spawn(move || write(share))).collect();
            writing.into_iter().try_for_each(|writer| {
                writer.join().unwrap_or_else(|_| Err(std::io::Error::other("a writer broke off")))
            })
        });
        written
            .and_then(|()| self.0.put_uses(&said))
            .and_then(|()| match mark {
                Some((load, units)) => self.0.mark(load, units),
                None => Ok(()),
            })
            .and_then(|()| self.0.flush())
            .map_err(|source| self.0.unwritten(source))
    }

    /// How many units of a file an earlier, broken-off load has taken in.
    pub fn loaded(&self, load: LoadId) -> u64 {
        let mark = known::<Mark>(&self.0.shelf(), &load.key());
        mark.ok().flatten().map_or(0, |mark| mark.units)
    }

    /// Forgets the mark of a load that has come to its end.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Write`].
    pub fn load_ended(&self, load: LoadId) -> Result<(), MemoryError> {
        self.0
            .write(|shelf| shelf.remove(&load.key()))
            .and_then(|()| self.0.flush())
            .map_err(|source| self.0.unwritten(source))
    }
}

impl super::Inner {
    /// Each article is written once.
    fn put_uses(&self, said: &[Loaded]) -> std::io::Result<()> {
        let mut articles: BTreeMap<(&str, Target), Vec<(MemoryKey, usize)>> = BTreeMap::new();
        for ((key, head, _), uses) in said {
            for Use { article, position } in uses {
                articles.entry((article, head.to)).or_default().push((*key, *position));
            }
        }
        articles.into_iter().try_for_each(|((article, to), at)| {
            self.write(|shelf| places::change(shelf, article, to, |it| it.add(at.clone())))
        })
    }

    fn mark(&self, load: LoadId, units: u64) -> std::io::Result<()> {
        let key = load.key();
        let value = record::seal(&key, &Mark { units })?;
        self.write(|shelf| -> Result<(), Failure> { shelf.put(&key, value.as_slice()) })
    }
}
