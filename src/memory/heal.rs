//! Mending a damaged store, at its opening or later: what is torn is moved aside, step by step,
//! never deleted.
//!
//! At opening: first what was being written when the power went, and sled's own settings (which
//! are always the same); then every snapshot (the log holds the same entries); at last the whole
//! folder, which means to start empty. Later, when a page turns out unreadable: a new store of
//! every record that can be read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::shelf::{self, Failure, Shelf};
use super::{MemoryError, Notice};

/// What sled writes as its settings, up to their checksum.
const SETTINGS: &[u8] = b"segment_size: 524288\nuse_compression: false\nversion: 0.34\n";

/// How long to wait for a file that sled has not let go of yet: so many moments.
const PATIENCE: u32 = 100;
const MOMENT: Duration = Duration::from_millis(20);

/// Opens the store at `path`, mending it where needed. The caller holds the lock.
pub(super) fn open(path: &Path) -> Result<(sled::Db, Vec<Notice>), MemoryError> {
    let cannot = |source| MemoryError::Open { path: path.to_owned(), source };
    // A file here is a mistake in the configuration, not damage: it is left alone.
    if fs::metadata(path).is_ok_and(|at| !at.is_dir()) {
        return Err(cannot(io::Error::new(io::ErrorKind::NotADirectory, "it is not a folder")));
    }
    finish_replacing(path).map_err(cannot)?;
    // `Some(reason)` where the files are damaged.
    let mut opened = None;
    let mut attempt = || match patiently(path) {
        Ok(db) => {
            opened = Some(db);
            Ok(None)
        }
        Err(Failure::Damaged(reason)) => Ok(Some(reason)),
        Err(Failure::Locked) => Err(MemoryError::Busy { path: path.to_owned() }),
        Err(Failure::Refused(error)) => Err(cannot(error)),
    };

    let mut notices = Vec::new();
    let mut damage = attempt()?;
    if damage.is_some() {
        let moved = set_aside_half_written(path).map_err(cannot)?;
        if !moved.is_empty() {
            notices.extend(moved.into_iter().map(|(from, to)| Notice::SetAside { from, to }));
            damage = attempt()?;
        }
    }
    let mut aside = None;
    if damage.is_some() && has_snapshots(path).map_err(cannot)? {
        // A copy, because sled cuts a log off where it finds it damaged.
        copy_without_snapshots(path, &beside(path, REPLACEMENT)).map_err(cannot)?;
        let to = replace(path).map_err(cannot)?;
        notices = vec![Notice::Rebuilt { from: path.to_owned(), to: to.clone() }];
        aside = Some(to);
        damage = attempt()?;
    }
    if let Some(reason) = damage {
        let to = match aside {
            // What is at `path` now is only our copy.
            Some(to) => fs::remove_dir_all(path).map(|()| to),
            None => set_aside(path),
        }
        .map_err(cannot)?;
        tracing::warn!(memory = %path.display(), aside = %to.display(), reason, "the memory starts empty");
        notices = vec![Notice::StartedEmpty { from: path.to_owned(), to, reason }];
        if let Some(reason) = attempt()? {
            return Err(cannot(io::Error::other(reason)));
        }
    }
    let db = opened.ok_or_else(|| cannot(io::Error::other("it did not open")))?;
    Ok((db, notices))
}

/// A new store at `path` of all that can be read of `damaged`, which is set aside. Nobody else may
/// use it meanwhile.
pub(super) fn rebuild(path: &Path, damaged: &Shelf) -> io::Result<Shelf> {
    let Some(lock) = damaged.lock() else { return Err(io::Error::other("closed")) };
    let replacement = beside(path, REPLACEMENT);
    remove(&replacement)?;
    let fresh = Shelf::new(patiently(&replacement)?, Arc::clone(&lock));
    let mut saved: usize = 0;
    for (key, value) in damaged.sweep(..) {
        fresh.put(&key, value)?;
        saved += 1;
    }
    fresh.flush()?;
    drop(fresh);
    let aside = replace(path)?;
    tracing::warn!(
        memory = %path.display(), aside = %aside.display(), saved,
        "a part of the memory cannot be read; it was rebuilt from the records that can"
    );
    Ok(Shelf::new(patiently(path)?, lock))
}

/// Puts a new store, of every record that can be read, in the place of the one at `path`; tells of
/// how many records. At no moment is there less than one whole store.
pub(super) fn compact(path: &Path, shelf: &mut Shelf) -> io::Result<u64> {
    let Some(lock) = shelf.lock() else { return Err(io::Error::other("closed")) };
    let replacement = beside(path, REPLACEMENT);
    remove(&replacement)?;
    let fresh = Shelf::new(patiently(&replacement)?, Arc::clone(&lock));
    let mut records: u64 = 0;
    let mut sweep = shelf.sweep(..);
    for (key, value) in &mut sweep {
        fresh.put(&key, value)?;
        records += 1;
    }
    let outdated = if sweep.stepped_over() {
        // What could not be read may be read by someone cleverer.
        unused(|n| beside(path, &format!(".aside-{n}")))
    } else {
        beside(path, OUTDATED)
    };
    drop(sweep);
    fresh.flush()?;
    drop(fresh);
    // The old store goes for good: the new one must be on the disk itself before.
    sync(&replacement)?;
    *shelf = Shelf::closed();
    remove(&outdated)?;
    fs::rename(path, &outdated)?;
    fs::rename(replacement, path)?;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::File::open(parent)?.sync_all()?;
    }
    remove(&beside(path, OUTDATED))?;
    *shelf = Shelf::new(patiently(path)?, lock);
    Ok(records)
}

/// Hands all files of a store to the disk itself.
fn sync(folder: &Path) -> io::Result<()> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.is_dir() { sync(&path)? } else { fs::File::open(path)?.sync_all()? }
    }
    fs::File::open(folder)?.sync_all()
}

/// Bytes of all files of a store.
pub(super) fn size(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(folder)? {
        let file = file?;
        let about = file.metadata()?;
        bytes += if about.is_dir() { size(&file.path())? } else { about.len() };
    }
    Ok(bytes)
}

/// Opens, and waits out the thread by which sled still holds a file that was just closed.
fn patiently(path: &Path) -> Result<sled::Db, Failure> {
    for _ in 0..PATIENCE {
        match shelf::open(path) {
            Err(Failure::Locked) => std::thread::sleep(MOMENT),
            opened => return opened,
        }
    }
    shelf::open(path)
}

/// Renames what was half-written in the folder, and tells from what to what.
fn set_aside_half_written(folder: &Path) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut moved = Vec::new();
    for file in fs::read_dir(folder)? {
        let from = file?.path();
        let Some(name) = from.file_name().and_then(|name| name.to_str()) else { continue };
        let torn = match name {
            "conf" => !fs::read(&from)?.starts_with(SETTINGS),
            _ => name.starts_with(SNAPSHOT) && name.ends_with(".generating"),
        };
        if torn {
            // sled takes every `snap.*` for a snapshot: the new name must begin otherwise.
            let to = unused(|n| folder.join(format!("aside-{n}.{name}")));
            fs::rename(&from, &to)?;
            moved.push((from, to));
        }
    }
    Ok(moved)
}

/// What the names of sled's snapshots begin with.
const SNAPSHOT: &str = "snap.";

fn is_snapshot(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(SNAPSHOT.as_bytes())
}

fn has_snapshots(folder: &Path) -> io::Result<bool> {
    for file in fs::read_dir(folder)? {
        if is_snapshot(&file?.file_name()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Copies a store, two levels deep as stores are. What is at `to` is from an earlier attempt.
fn copy_without_snapshots(from: &Path, to: &Path) -> io::Result<()> {
    remove(to)?;
    fs::create_dir(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        let name = file.file_name();
        if file.file_type()?.is_dir() {
            fs::create_dir(to.join(&name))?;
            for blob in fs::read_dir(file.path())? {
                let blob = blob?;
                if blob.file_type()?.is_file() {
                    fs::copy(blob.path(), to.join(&name).join(blob.file_name()))?;
                }
            }
        } else if !is_snapshot(&name) {
            fs::copy(file.path(), to.join(&name))?;
        }
    }
    Ok(())
}

/// The ending of the folder in which a store is made that is to replace a damaged one.
const REPLACEMENT: &str = ".rebuilding";

/// The ending of the folder of a store whose compacted copy is in its place.
const OUTDATED: &str = ".outdated";

/// Sets the store at `path` aside and puts its finished replacement there; tells to where.
fn replace(path: &Path) -> io::Result<PathBuf> {
    let aside = set_aside(path)?;
    fs::rename(beside(path, REPLACEMENT), path)?;
    Ok(aside)
}

/// Ends a [`replace`] or a [`compact`] that was killed between two steps.
fn finish_replacing(path: &Path) -> io::Result<()> {
    let replacement = beside(path, REPLACEMENT);
    if !path.exists() && replacement.exists() {
        fs::rename(replacement, path)?;
    }
    if path.exists() { remove(&beside(path, OUTDATED)) } else { Ok(()) }
}

/// Renames the whole folder, and tells to what.
fn set_aside(folder: &Path) -> io::Result<PathBuf> {
    let to = unused(|n| beside(folder, &format!(".aside-{n}")));
    fs::rename(folder, &to)?;
    Ok(to)
}

fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
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
