//! One process owns a memory: a lock on a file beside it, freed by the system when the process
//! ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::MemoryError;

/// Holds the memory until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    /// `None` where the file system knows no locks; the store's own lock remains.
    held: Option<File>,
}

impl Lock {
    /// Takes the lock, or fails at once with [`MemoryError::Busy`]. Makes the folder it stands in.
    pub(super) fn take(memory: &Path) -> Result<Self, MemoryError> {
        let cannot = |source| MemoryError::Open { path: memory.to_owned(), source };
        if let Some(parent) = memory.parent() {
            std::fs::create_dir_all(parent).map_err(cannot)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside(memory))
            .map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { held: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(MemoryError::Busy { path: memory.to_owned() }),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Self { held: None })
            }
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not free it while a child process just forked has the file too.
        if let Some(file) = &self.held {
            let _ = file.unlock();
        }
    }
}

fn beside(memory: &Path) -> PathBuf {
    let mut path = memory.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}
