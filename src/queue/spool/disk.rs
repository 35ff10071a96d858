//! The system calls of the spool: what is flushed, when, and what a failure means.
//!
//! A file is flushed before it is renamed into a place where others read it; a folder is flushed
//! after a rename into or out of it, the one that gained before the one that lost. Many jobs that
//! flush one folder at the same time share a flush.
//!
//! A flush that failed is never made again: the system may have dropped what it could not write,
//! and the second flush would say that all is well. From then on nothing is acknowledged.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::queue::QueueError;

/// Whether a flush has failed; the same for all folders of a spool.
#[derive(Clone, Debug, Default)]
pub(super) struct Health(Arc<OnceLock<(PathBuf, String)>>);

impl Health {
    /// Whether anything may still be acknowledged.
    pub(super) fn check(&self) -> Result<(), QueueError> {
        match self.0.get() {
            None => Ok(()),
            Some((path, reason)) => {
                Err(QueueError::Unsynced { path: path.clone(), reason: reason.clone() })
            }
        }
    }

    fn broke(&self, path: &Path, error: &io::Error) -> QueueError {
        let broken = (path.to_owned(), error.to_string());
        let _ = self.0.set(broken.clone());
        QueueError::Unsynced { path: broken.0, reason: broken.1 }
    }

    /// Writes a new file, whole and flushed. Where that fails, the file is no file yet: its name is
    /// in a folder that nobody reads.
    pub(super) fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), QueueError> {
        let mut options = OpenOptions::new();
        // The usual mode, from which the umask takes away: readers are other users' programs.
        options.write(true).create_new(true).mode(0o666);
        let mut file = options.open(path).map_err(failed("write", path))?;
        file.write_all(bytes).map_err(failed("write", path))?;
        let length = file.metadata().map_err(failed("look at", path))?.len();
        if length != bytes.len() as u64 {
            let short = io::Error::new(ErrorKind::StorageFull, "the disk took only a part");
            return Err(failed("write", path)(short));
        }
        match file.sync_all() {
            Ok(()) => Ok(()),
            // The file is given up, so that nothing hangs on what was flushed of it.
            Err(error) if is_full(&error) => Err(failed("write", path)(error)),
            Err(error) => Err(self.broke(path, &error)),
        }
    }

    /// Flushes a folder that nobody else flushes.
    pub(super) fn sync_folder(&self, path: &Path) -> Result<(), QueueError> {
        self.check()?;
        let folder = File::open(path).map_err(failed("open", path))?;
        folder.sync_all().map_err(|error| self.broke(path, &error))
    }
}

/// A folder that many jobs rename into and out of.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    health: Health,
    /// Tickets given out: each stands for renames made before it was taken.
    changed: AtomicU64,
    /// The highest ticket a flush covers. Held during a flush: those who come meanwhile queue up,
    /// and the first of them flushes for all.
    durable: Mutex<u64>,
}

impl Folder {
    /// The folder at `path`, made where it does not exist.
    pub(super) fn make(path: PathBuf, health: &Health) -> Result<Self, QueueError> {
        fs::create_dir_all(&path).map_err(failed("create the folder", &path))?;
        let health = health.clone();
        Ok(Self { path, health, changed: AtomicU64::new(0), durable: Mutex::new(0) })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A place in it.
    pub(super) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Returns once everything its caller changed in the folder before the call is on the disk.
    pub(super) fn sync(&self) -> Result<(), QueueError> {
        let ticket = self.changed.fetch_add(1, Ordering::SeqCst) + 1;
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        self.health.check()?;
        if *durable >= ticket {
            return Ok(());
        }
        let covered = self.changed.load(Ordering::SeqCst);
        self.health.sync_folder(&self.path)?;
        *durable = covered;
        Ok(())
    }

    /// What is in it: names that are text, in no order.
    pub(super) fn names(&self) -> Result<Vec<String>, QueueError> {
        let mut names = Vec::new();
        self.each_name(|name| names.push(name))?;
        Ok(names)
    }

    /// The same one by one: of a folder that may hold very many.
    pub(super) fn each_name(&self, mut take: impl FnMut(String)) -> Result<(), QueueError> {
        for entry in fs::read_dir(&self.path).map_err(failed("list", &self.path))? {
            let entry = entry.map_err(failed("list", &self.path))?;
            if let Ok(name) = entry.file_name().into_string() {
                take(name);
            }
        }
        Ok(())
    }
}

/// A file that is read whole: never a link's target, never what is no plain file, and never more
/// than `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Not to wait for the other end of a pipe that took the file's place.
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no plain file"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let reason = format!("it is larger than the {limit} bytes it may have");
        return Err(io::Error::new(ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}

/// Takes a folder and everything in it away, or as much as can be; what stays is swept later.
pub(super) fn clear(folder: &Path) {
    match fs::remove_dir_all(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(folder = %folder.display(), %error, "cannot clear a folder"),
    }
}

/// The system's error with what was attempted on what.
pub(super) fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> QueueError {
    let path = path.to_owned();
    move |source| {
        if is_full(&source) {
            QueueError::Full { what, path, source }
        } else {
            QueueError::Disk { what, path, source }
        }
    }
}

/// Whether there is no room: on the disk, or in somebody's share of it.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Whether something that was to be renamed or opened is not there.
pub(super) fn is_gone(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// Whether something stands already where something was to be put.
pub(super) fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists)
}
