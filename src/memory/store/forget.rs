//! Forgetting, and giving the disk its space back.

use std::collections::HashSet;
use std::io;
use std::sync::PoisonError;

use super::super::articles::{self, earlier_key, names_key};
use super::super::forget::{Gone, GonePlaces};
use super::super::places::{self, Places};
use super::super::record::{self, Part};
use super::super::{MemoryError, Remembered};
use super::{Failure, Memory, Shelf, heal, known};
use crate::language::Target;

impl Memory {
    /// Removes a part of an entry. Durable after [`Self::settle`]. Blocks.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Write`].
    pub fn forget(&self, remembered: &Remembered, gone: &Gone) -> Result<(), MemoryError> {
        let entry = &remembered.key;
        let mut keys: Vec<_> =
            gone.candidates.iter().map(|said| record::candidate_key(entry, said)).collect();
        if gone.whole {
            // The head goes last: what a kill leaves behind is an entry with fewer words.
            keys.push(Part::Head.prefix(entry));
        }
        self.0
            .write(|shelf| keys.iter().try_for_each(|key| shelf.remove(key)))
            .map_err(|source| self.0.unwritten(source))
    }

    /// Removes places, and all that is known of an article of which nothing is remembered any
    /// more. Durable after [`Self::settle`]. Blocks.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Write`].
    pub(in super::super) fn forget_places(&self, gone: &GonePlaces<'_>) -> Result<(), MemoryError> {
        for Places { article, to, .. } in self.places() {
            self.0
                .write(|shelf| forget_in(shelf, &article, to, gone))
                .map_err(|source| self.0.unwritten(source))?;
        }
        Ok(())
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

/// Removes places of one article; with the last one at which something is remembered all that is
/// known of the article, texts of earlier versions among it.
fn forget_in(
    shelf: &Shelf,
    article: &str,
    to: Target,
    gone: &GonePlaces<'_>,
) -> Result<(), Failure> {
    let key = places::key(article, to);
    let mut forgotten = HashSet::new();
    let mut is_empty = false;
    if let Some(mut places) = known::<Places>(shelf, &key)? {
        forgotten = places.forget(|paragraph| gone.of(article, paragraph));
        // Else it has nothing to do with what is forgotten. The article itself has, also where an
        // earlier process was killed between its paragraphs and their places.
        if !forgotten.is_empty() || (gone.is_the(article) && gone.names) {
            is_empty = true;
            for (paragraph, _) in places.all() {
                is_empty &= shelf.get(&Part::Head.prefix(&paragraph))?.is_none();
            }
        }
    }
    if is_empty {
        // The record goes last: by it the rest is found.
        shelf.remove(&earlier_key(article, to))?;
        shelf.remove(&names_key(article, to))?;
        return shelf.remove(&key);
    }
    if !forgotten.is_empty() {
        if gone.names {
            shelf.remove(&names_key(article, to))?;
        }
        articles::forget_earlier(shelf, article, to, &forgotten)?;
        places::change(shelf, article, to, |places| {
            places.forget(|paragraph| gone.of(article, paragraph));
        })?;
    }
    Ok(())
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
