//! The folders of a spool, and what things in them are called.
//!
//! ```text
//! new/NAME, new/NAME.job.toml      a job as any program hands it in, and its options
//! new/NAME-ID, new/NAME-ID~N       a job as a folder: handed in by `submit`, or given back after
//!                                  N attempts over which a worker died
//! work/WORKER.SERIAL~N             a claim, in its Nth attempt; the name is the right to publish
//! done/NAME-ID, failed/NAME-ID     what came of it
//! latest/NAME                      a link to the folder in done/ of the highest revision
//! callbacks/NAME-ID~WORKER         where a result is to be sent, and which worker sends it
//! workers/WORKER, WORKER.json      a worker's sign of life, and what it says of itself
//! tmp/WORKER.…                     what is not in its place yet
//! ```
//!
//! A job's folder holds `job.json` and `article`; in `failed/` they stand beside `result.json` and
//! what was translated, so that the folder, renamed into `new/`, is the job again.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::disk::{self, Folder, Health};
use crate::article::MAX_BYTES;
use crate::queue::QueueError;
use crate::queue::job::{JobId, JobName};
use crate::queue::options::Options;
use crate::queue::outcome::{End, Ended, RESULT};

/// The file that says what a job's folder is about.
pub(super) const NOTE: &str = "job.json";
/// The article in a job's folder.
pub(super) const ARTICLE: &str = "article";
/// Where the folder that will be published grows, within a claim.
pub(super) const OUT: &str = "out";
/// What the name of a file with options ends with.
pub(super) const OPTIONS: &str = ".job.toml";
/// The most bytes of options, of a note and of a result that are read.
pub(super) const SMALL: u64 = 1 << 20;

/// The folders.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) health: Health,
    pub(super) new: Folder,
    pub(super) work: Folder,
    pub(super) done: Folder,
    pub(super) failed: Folder,
    pub(super) latest: Folder,
    pub(super) callbacks: Folder,
    pub(super) tmp: PathBuf,
    pub(super) workers: PathBuf,
}

/// What `job.json` says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) schema: String,
    /// The article's name.
    pub(super) name: String,
    /// When it came.
    pub(super) queued: String,
    /// What is asked for it.
    pub(super) options: Options,
    /// Why nothing can be done for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<String>,
    /// Which file of options was read for it: a worker that is killed before it took that away
    /// leaves it to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) beside: Option<Seen>,
}

/// What tells a file from any other, and from itself after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Seen {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }

    /// What is at this path now, if anything is.
    pub(super) fn at(path: &Path) -> Option<Self> {
        fs::symlink_metadata(path).ok().map(|metadata| Self::of(&metadata))
    }
}

impl Note {
    pub(super) fn new(name: &str, queued: Timestamp, options: Options) -> Self {
        let schema = "diptych.job/1".to_owned();
        let (name, queued) = (name.to_owned(), queued.to_string());
        Self { schema, name, queued, options, refused: None, beside: None }
    }

    /// When it came; of what cannot be read, now.
    pub(super) fn queued(&self) -> Timestamp {
        self.queued.parse().unwrap_or_else(|_| Timestamp::now())
    }

    /// Reads the note of a job's folder.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let bytes = disk::read(&folder.join(NOTE), SMALL)?;
        serde_json::from_slice(&bytes).map_err(invalid)
    }

    pub(super) fn write(&self, folder: &Path, health: &Health) -> Result<(), QueueError> {
        health.write_new(&folder.join(NOTE), &serde_json::to_vec(self)?)
    }
}

impl Room {
    /// The spool at `path`, made where it does not exist.
    pub(super) fn open(path: &Path) -> Result<Self, QueueError> {
        let health = Health::default();
        let is_new = !path.join("workers").is_dir();
        let folder = |name: &str| Folder::make(path.join(name), &health);
        let plain = |name| {
            let path = path.join(name);
            fs::create_dir_all(&path).map_err(disk::failed("create the folder", &path))?;
            Ok::<_, QueueError>(path)
        };
        let room = Self {
            new: folder("new")?,
            work: folder("work")?,
            done: folder("done")?,
            failed: folder("failed")?,
            latest: folder("latest")?,
            callbacks: folder("callbacks")?,
            tmp: plain("tmp")?,
            workers: plain("workers")?,
            health: health.clone(),
        };
        if is_new {
            // Before anything in them is acknowledged.
            health.sync_folder(path)?;
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            health.sync_folder(parent.unwrap_or(Path::new(".")))?;
        }
        Ok(room)
    }

    /// Where jobs that end so are.
    pub(super) fn ended(&self, end: End) -> &Folder {
        match end {
            End::Done => &self.done,
            End::Failed => &self.failed,
        }
    }

    /// Where a job ended, if it has.
    pub(super) fn end_of(&self, name: &JobName, id: &JobId) -> Option<End> {
        let folder = name.folder(id);
        [End::Done, End::Failed].into_iter().find(|end| self.ended(*end).at(&folder).is_dir())
    }
}

/// What came of the job that was published in this folder.
pub(super) fn ended(folder: &Path) -> io::Result<Ended> {
    serde_json::from_slice(&disk::read(&folder.join(RESULT), SMALL)?).map_err(invalid)
}

/// What is wrong with a file, and not with the disk.
fn invalid(error: serde_json::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// An article's bytes.
pub(super) fn article(folder: &Path) -> io::Result<Vec<u8>> {
    disk::read(&folder.join(ARTICLE), MAX_BYTES as u64)
}

/// The name of a folder, and how many attempts it stands for.
pub(super) fn attempts(folder: &str) -> (&str, u32) {
    match folder.rsplit_once('~') {
        Some((name, count)) => match count.parse() {
            Ok(count) => (name, count),
            Err(_) => (folder, 0),
        },
        None => (folder, 0),
    }
}

/// The name of a folder after so many attempts.
pub(super) fn counted(name: &str, attempts: u32) -> String {
    match attempts {
        0 => name.to_owned(),
        _ => format!("{name}~{attempts}"),
    }
}

/// Whether an entry of `new/` is none of ours to take: hidden, still being written by its name, or
/// options.
pub(super) fn is_passed_over(name: &str) -> bool {
    name.starts_with('.') || [".part", ".tmp", OPTIONS].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_stand_in_the_name() {
        assert_eq!(attempts("a.md-12~3"), ("a.md-12", 3));
        assert_eq!(attempts("a~b.md-12"), ("a~b.md-12", 0));
        assert_eq!(counted("a", 0), "a");
        assert_eq!(attempts(&counted("a~b", 2)), ("a~b", 2));
    }

    #[test]
    fn what_is_still_being_written_is_passed_over() {
        for name in [".hidden", "a.md.part", "a.md.tmp", "a.md.job.toml"] {
            assert!(is_passed_over(name), "{name}");
        }
        assert!(!is_passed_over("a.md"));
        assert!(!is_passed_over("job.toml"));
    }
}
