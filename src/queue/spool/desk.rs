//! The spool as the commands use it: hand in, list, try again, take back.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::disk::{self, failed, is_gone, is_taken};
use super::room::{self, ARTICLE, NOTE, Note, OPTIONS, Room, attempts, counted, is_passed_over};
use crate::queue::job::{JobId, JobName};
use crate::queue::options::Options;
use crate::queue::outcome::{End, Ended};
use crate::queue::{ATTEMPTS, QueueError};

/// The spool from outside of a worker.
#[derive(Debug)]
pub struct Desk {
    room: Room,
}

/// What came of handing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Submitted {
    /// It is accepted, and safe.
    Queued,
    /// The same job waits already.
    Waiting,
    /// The same job was done before.
    Done,
    /// The same job was set aside before.
    Failed,
}

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits.
    New,
    /// A worker has it in hand.
    Working,
    /// It is complete.
    Done,
    /// It is set aside.
    Failed,
}

/// A job, as a list shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// Its id, where that is known without reading the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The article's name.
    pub name: String,
    /// Where it is.
    pub state: State,
    /// Higher goes first.
    pub priority: i32,
    /// Its revision.
    pub revision: u64,
    /// Attempts that were begun.
    pub attempts: u32,
    /// When it came, as RFC 3339.
    pub queued: String,
    /// When it ended, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// Why it is not complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its folder or file.
    pub path: PathBuf,
}

impl Desk {
    /// The spool at `path`, made where it does not exist.
    ///
    /// # Errors
    ///
    /// Where its folders cannot be made.
    pub fn open(path: &Path) -> Result<Self, QueueError> {
        Ok(Self { room: Room::open(path)? })
    }

    /// Hands an article in. Once this returns, it is safe from a power cut.
    ///
    /// # Errors
    ///
    /// Where it is not.
    pub fn submit(
        &self,
        name: &JobName,
        article: &[u8],
        options: &Options,
    ) -> Result<(JobId, Submitted), QueueError> {
        let id = JobId::of(name, article, options);
        let folder = name.folder(&id);
        match self.room.end_of(name, &id) {
            Some(End::Done) => return Ok((id, Submitted::Done)),
            Some(End::Failed) => return Ok((id, Submitted::Failed)),
            None => {}
        }
        // Under each name it can wait: a list of all that waits would take longer for each job more.
        let waits = |attempts| self.room.new.at(counted(&folder, attempts)).exists();
        if (0..=ATTEMPTS).any(waits) {
            return Ok((id, Submitted::Waiting));
        }
        let tmp = self.temporary();
        fs::create_dir(&tmp).map_err(failed("create the folder", &tmp))?;
        let laid = self.lay_down(&tmp, name, article, options);
        let placed = laid.and_then(|()| match fs::rename(&tmp, self.room.new.at(&folder)) {
            Ok(()) => Ok(Submitted::Queued),
            Err(error) if is_taken(&error) => Ok(Submitted::Waiting),
            Err(error) => Err(failed("hand in", &self.room.new.at(&folder))(error)),
        });
        if !matches!(placed, Ok(Submitted::Queued)) {
            disk::clear(&tmp);
        }
        let placed = placed?;
        self.room.new.sync()?;
        Ok((id, placed))
    }

    fn lay_down(
        &self,
        tmp: &Path,
        name: &JobName,
        article: &[u8],
        options: &Options,
    ) -> Result<(), QueueError> {
        let note = Note::new(name.as_str(), Timestamp::now(), options.clone());
        note.write(tmp, &self.room.health)?;
        self.room.health.write_new(&tmp.join(ARTICLE), article)?;
        self.room.health.sync_folder(tmp)
    }

    /// Every job, those that wait first.
    ///
    /// # Errors
    ///
    /// Where a folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, QueueError> {
        let mut listed = Vec::new();
        for name in self.room.new.names()? {
            if is_passed_over(&name) {
                continue;
            }
            let path = self.room.new.at(&name);
            if path.join(NOTE).is_file() {
                listed.extend(waiting(&path, &name, State::New));
            } else if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_dir()) {
                listed.push(file(&path, name));
            }
        }
        for name in self.room.work.names()? {
            listed.extend(waiting(&self.room.work.at(&name), &name, State::Working));
        }
        for (end, state) in [(End::Done, State::Done), (End::Failed, State::Failed)] {
            for name in self.room.ended(end).names()? {
                let path = self.room.ended(end).at(&name);
                if let Ok(ended) = room::ended(&path) {
                    listed.push(over(ended, state, path));
                }
            }
        }
        Ok(listed)
    }

    /// Puts a job that was set aside on the queue again, its attempts forgotten.
    ///
    /// # Errors
    ///
    /// Where the disk says no.
    pub fn retry(&self, listed: &Listed) -> Result<bool, QueueError> {
        let Some(name) = listed.path.file_name() else { return Ok(false) };
        let article = listed.path.join(ARTICLE);
        if !article.is_file() {
            let source = std::io::ErrorKind::NotFound.into();
            return Err(QueueError::Disk { what: "try again", path: article, source });
        }
        let place = self.room.new.at(name);
        match fs::rename(&listed.path, &place) {
            Ok(()) => {}
            Err(error) if is_gone(&error) || is_taken(&error) => return Ok(false),
            Err(error) => return Err(failed("put back", &listed.path)(error)),
        }
        self.room.new.sync()?;
        self.room.failed.sync()?;
        Ok(true)
    }

    /// Takes a job off the queue, or a folder away that is not needed any more. Whoever is faster,
    /// this or a worker, has it.
    ///
    /// # Errors
    ///
    /// Where the disk says no.
    pub fn remove(&self, listed: &Listed) -> Result<bool, QueueError> {
        let tmp = self.temporary();
        match fs::rename(&listed.path, &tmp) {
            Ok(()) => {}
            Err(error) if is_gone(&error) => return Ok(false),
            Err(error) => return Err(failed("take away", &listed.path)(error)),
        }
        let folder = match listed.state {
            State::New => &self.room.new,
            State::Working => &self.room.work,
            State::Done => &self.room.done,
            State::Failed => &self.room.failed,
        };
        folder.sync()?;
        if tmp.is_dir() {
            disk::clear(&tmp);
        } else {
            let _ = fs::remove_file(&tmp);
        }
        if listed.state == State::Done {
            let _ = super::publish::remove_dangling(&self.room.latest.at(&listed.name));
        }
        Ok(true)
    }

    fn temporary(&self) -> PathBuf {
        self.room.tmp.join(format!("command.{:016x}", rand::random::<u64>()))
    }
}

/// A job's folder that waits or is in hand.
fn waiting(path: &Path, name: &str, state: State) -> Option<Listed> {
    let note = Note::read(path).ok()?;
    let (folder, attempts) = attempts(name);
    let id = folder.rsplit_once('-').map(|(_, id)| id.to_owned());
    Some(Listed {
        id: id.filter(|_| state == State::New),
        name: note.name,
        state,
        priority: note.options.priority,
        revision: note.options.revision,
        attempts,
        queued: note.queued,
        finished: None,
        reason: note.refused,
        path: path.to_owned(),
    })
}

/// A file in `new/`.
fn file(path: &Path, name: String) -> Listed {
    let mut beside = path.as_os_str().to_owned();
    beside.push(OPTIONS);
    let options = disk::read(Path::new(&beside), room::SMALL).ok();
    let options = options.and_then(|bytes| Options::parse(std::str::from_utf8(&bytes).ok()?).ok());
    let options = options.unwrap_or_default();
    let modified = fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).ok();
    let queued = modified.and_then(|modified| Timestamp::try_from(modified).ok());
    Listed {
        id: None,
        name,
        state: State::New,
        priority: options.priority,
        revision: options.revision,
        attempts: 0,
        queued: queued.map(|queued| queued.to_string()).unwrap_or_default(),
        finished: None,
        reason: None,
        path: path.to_owned(),
    }
}

/// A job that has ended.
fn over(ended: Ended, state: State, path: PathBuf) -> Listed {
    Listed {
        id: Some(ended.id),
        name: ended.name,
        state,
        priority: 0,
        revision: ended.revision,
        attempts: ended.attempts,
        queued: ended.queued,
        finished: Some(ended.finished),
        reason: ended.reason,
        path,
    }
}
