//! Opening a damaged store: what is torn is moved aside, step by step, never deleted.
//!
//! First a half-written snapshot, then every snapshot (the log holds the same entries), at last
//! the whole folder, which means to start empty.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::shelf::{self, Failure};
use super::{MemoryError, Notice};

/// Opens the store at `path`, healing it where needed. The caller holds the lock.
pub(super) fn open(path: &Path) -> Result<(sled::Db, Vec<Notice>), MemoryError> {
    let cannot = |source| MemoryError::Open { path: path.to_owned(), source };
    // A file here is a mistake in the configuration, not damage: it is left alone.
    if fs::metadata(path).is_ok_and(|at| !at.is_dir()) {
        return Err(cannot(io::Error::new(io::ErrorKind::NotADirectory, "it is not a folder")));
    }
    let mut reason = match shelf::open(path) {
        Ok(db) => return Ok((db, Vec::new())),
        Err(Failure::Locked) => return Err(MemoryError::Busy { path: path.to_owned() }),
        Err(Failure::Refused(error)) => return Err(cannot(error)),
        Err(Failure::Damaged(reason)) => reason,
    };

    let mut notices = Vec::new();
    for torn in [half_written as fn(&str) -> bool, snapshot] {
        let moved = set_aside_within(path, torn).map_err(cannot)?;
        if moved.is_empty() {
            continue;
        }
        notices.extend(moved.into_iter().map(|(from, to)| Notice::Snapshot { from, to }));
        match shelf::open(path) {
            Ok(db) => return Ok((db, notices)),
            Err(Failure::Refused(error)) => return Err(cannot(error)),
            Err(Failure::Damaged(again)) => reason = again,
            // Ours: a panic inside the attempt before kept the file open.
            Err(Failure::Locked) => {}
        }
    }

    let to = set_aside(path).map_err(cannot)?;
    tracing::warn!(memory = %path.display(), aside = %to.display(), reason, "the memory starts empty");
    // The folder is gone, and with it what the snapshots' notices are about.
    let notices = vec![Notice::StartedEmpty { from: path.to_owned(), to, reason }];
    match shelf::open(path) {
        Ok(db) => Ok((db, notices)),
        Err(Failure::Refused(error)) => Err(cannot(error)),
        Err(Failure::Locked) => Err(MemoryError::Busy { path: path.to_owned() }),
        Err(Failure::Damaged(reason)) => Err(cannot(io::Error::other(reason))),
    }
}

fn half_written(name: &str) -> bool {
    name.starts_with("snap.") && name.ends_with(".generating")
}

fn snapshot(name: &str) -> bool {
    name.starts_with("snap.")
}

/// Renames the files in `folder` whose name is `torn`, and tells from what to what.
fn set_aside_within(
    folder: &Path,
    torn: fn(&str) -> bool,
) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut moved = Vec::new();
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name();
        let Some(name) = name.to_str().filter(|name| torn(name)) else { continue };
        // sled takes every `snap.*` for a snapshot: the new name must begin otherwise.
        let to = unused(|n| folder.join(format!("aside-{n}.{name}")));
        fs::rename(file.path(), &to)?;
        moved.push((file.path(), to));
    }
    Ok(moved)
}

/// Renames the whole folder, and tells to what.
fn set_aside(folder: &Path) -> io::Result<PathBuf> {
    let to = unused(|n| {
        let mut path = folder.as_os_str().to_owned();
        path.push(format!(".aside-{n}"));
        path.into()
    });
    fs::rename(folder, &to)?;
    Ok(to)
}

/// The first of the numbered paths that does not exist.
fn unused(numbered: impl Fn(u64) -> PathBuf) -> PathBuf {
    let mut n = 1;
    loop {
        let path = numbered(n);
        if fs::symlink_metadata(&path).is_err() {
            return path;
        }
        n += 1;
    }
}
