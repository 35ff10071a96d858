//! Forgetting, and giving the disk its space back.

use std::collections::BTreeSet;
use std::io;
use std::sync::PoisonError;

use super::super::articles::names_key;
use super::super::forget::Gone;
use super::super::record::{self, Part};
use super::super::{MemoryError, Remembered};
use super::{Memory, heal};

impl Memory {
    /// Removes a part of an entry. Durable after [`Self::settle`]. Blocks.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Write`].
    pub fn forget(&self, remembered: &Remembered, gone: &Gone) -> Result<(), MemoryError> {
        let entry = &remembered.key;
        let candidates = gone.candidates.iter().map(|said| record::candidate_key(entry, said));
        let uses = gone.uses.iter().map(|used| record::use_key(entry, used));
        let mut keys: Vec<_> = candidates.chain(uses).collect();
        if gone.whole {
            // The head goes last: what a kill leaves behind is an entry with fewer words.
            keys.push(Part::Head.prefix(entry));
        }
        if gone.names {
            let to = remembered.entry.head.to;
            let articles: BTreeSet<&str> =
                gone.uses.iter().map(|used| used.article.as_str()).collect();
            keys.extend(articles.into_iter().map(|article| names_key(article, to)));
        }
        self.0
            .write(|shelf| keys.iter().try_for_each(|key| shelf.remove(key)))
            .map_err(|source| self.0.unwritten(source))
    }

    /// Returns once a killed process can lose nothing of what was written or removed. Blocks.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Write`].
    pub fn settle(&self) -> Result<(), MemoryError> {
        self.0.flush().map_err(|source| self.0.unwritten(source))
    }

    /// Makes the store anew of its own records, since deleting gives no space back; a process
    /// killed at any moment leaves the old store or the new one, whole. Blocks, and needs room on
    /// the disk for both.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Write`]: then the memory is as it was, but must be opened again.
    pub fn compact(&self) -> Result<Compacted, MemoryError> {
        let mut shelf = self.0.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let mut compact = || -> io::Result<Compacted> {
            let before = heal::size(&self.0.path)?;
            let records = heal::compact(&self.0.path, &mut shelf)?;
            Ok(Compacted { records, before, after: heal::size(&self.0.path)? })
        };
        compact().map_err(|source| self.0.unwritten(source))
    }

    /// Bytes of its files.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Open`].
    pub fn size(&self) -> Result<u64, MemoryError> {
        let path = &self.0.path;
        heal::size(path).map_err(|source| MemoryError::Open { path: path.clone(), source })
    }
}

/// What compacting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Compacted {
    /// Records carried over.
    pub records: u64,
    /// Bytes of the files before.
    pub before: u64,
    /// Bytes of the files after.
    pub after: u64,
}
