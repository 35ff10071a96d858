//! Claims: how a job that waits becomes one worker's.
//!
//! A claim is one rename, which one worker wins. What is written before it stands in a folder that
//! only the claim's own worker knows; what is read after it nobody else touches.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Inner;
use super::backlog::{Place, Waiting};
use super::disk::{self, failed, is_gone, is_taken};
use super::room::{self, ARTICLE, Note, OPTIONS, OUT, SMALL, Seen, counted};
use crate::queue::job::{Job, JobId, JobName};
use crate::queue::options::Options;
use crate::queue::{ATTEMPTS, Begun, Claimed, Lease, QueueError};

impl Inner {
    /// Claims a job that waits; `None` where another worker was faster, or where nothing is left
    /// to be done for it.
    pub(super) fn claim(&self, waiting: &Waiting) -> Result<Option<Claimed>, QueueError> {
        let exhausted = waiting.attempts >= ATTEMPTS;
        let attempt = if exhausted { waiting.attempts } else { waiting.attempts + 1 };
        let lease = counted(&self.fresh(), attempt);
        let taken = match &waiting.place {
            Place::File(name) => self.take_file(name, &lease)?,
            Place::Folder(name) => self.take_folder(&self.room.new.at(&**name), &lease)?,
            Place::Left(name) => self.take_folder(&self.room.work.at(&**name), &lease)?,
        };
        if !taken {
            return Ok(None);
        }
        let claimed = self.look_into(&lease, attempt, exhausted);
        if claimed.is_err() {
            self.let_go(&lease, attempt);
        }
        claimed
    }

    /// What there is to do for a job that has just been claimed.
    fn look_into(
        &self,
        lease: &str,
        attempt: u32,
        exhausted: bool,
    ) -> Result<Option<Claimed>, QueueError> {
        // From here on the attempt counts, whatever happens to this process or to the power.
        self.room.work.sync()?;
        self.room.new.sync()?;
        let mut claimed = match self.read(lease)? {
            Some(claimed) => Claimed { attempt, ..claimed },
            None => return Ok(None),
        };
        if let Some(end) = self.room.end_of(&claimed.job.name, &claimed.job.id) {
            tracing::info!(
                job = %claimed.job.id, name = claimed.job.name.as_str(),
                "the same job is in {}/ already; nothing is done", end.name()
            );
            self.lead(&claimed, end)?;
            disk::clear(&self.room.work.at(lease));
            return Ok(None);
        }
        if exhausted && claimed.refused.is_none() {
            claimed.refused = Some(format!(
                "it was begun {ATTEMPTS} times, and each time the worker died over it"
            ));
        }
        Ok(Some(claimed))
    }

    /// Takes a file of `new/` and the options beside it into a folder of its own.
    fn take_file(&self, name: &str, lease: &str) -> Result<bool, QueueError> {
        let file = self.room.new.at(name);
        let claim = self.room.work.at(lease);
        let before = match fs::symlink_metadata(&file) {
            Ok(metadata) => metadata,
            Err(error) if is_gone(&error) => return Ok(false),
            Err(error) => return Err(failed("look at", &file)(error)),
        };
        fs::create_dir(&claim).map_err(failed("create the folder", &claim))?;
        let taken = self.take_file_into(&file, &claim, &before);
        if !matches!(taken, Ok(true)) {
            // Without the article it is nobody's.
            disk::clear(&claim);
        }
        taken
    }

    fn take_file_into(
        &self,
        file: &Path,
        claim: &Path,
        before: &Metadata,
    ) -> Result<bool, QueueError> {
        let article = claim.join(ARTICLE);
        let beside = Beside::of(file);
        beside.note(file, before).write(claim, &self.room.health)?;
        match fs::rename(file, &article) {
            Ok(()) => {}
            Err(error) if is_gone(&error) => return Ok(false),
            Err(error) => return Err(failed("claim", file)(error)),
        }
        let after = fs::symlink_metadata(&article).map_err(failed("look at", &article))?;
        if Seen::of(before) == Seen::of(&after) {
            beside.take_away();
        } else {
            // A newer file came between: its options are those that are there now.
            let beside = Beside::of(file);
            let note = claim.join(room::NOTE);
            fs::remove_file(&note).map_err(failed("remove", &note))?;
            beside.note(file, &after).write(claim, &self.room.health)?;
            beside.take_away();
        }
        self.room.health.sync_folder(claim)?;
        Ok(true)
    }

    /// Takes a job's folder, from `new/` or from a worker that has lost it.
    fn take_folder(&self, folder: &Path, lease: &str) -> Result<bool, QueueError> {
        let claim = self.room.work.at(lease);
        match fs::rename(folder, &claim) {
            Ok(()) => {}
            Err(error) if is_gone(&error) => return Ok(false),
            Err(error) => return Err(failed("claim", folder)(error)),
        }
        // What an earlier attempt had not published is made anew.
        disk::clear(&claim.join(OUT));
        Ok(true)
    }

    /// Leaves a claim to whoever looks next.
    fn let_go(&self, lease: &str, attempt: u32) {
        let nobodys = counted(&format!("free.{:08x}", rand::random::<u32>()), attempt);
        if let Err(error) = fs::rename(self.room.work.at(lease), self.room.work.at(nobodys)) {
            tracing::warn!(lease, %error, "a claim cannot be let go of; the next worker has it");
        }
    }

    /// What a claim holds; `None` where that is no job any more.
    fn read(&self, lease: &str) -> Result<Option<Claimed>, QueueError> {
        let claim = self.room.work.at(lease);
        let article = claim.join(ARTICLE);
        match fs::symlink_metadata(&article) {
            Ok(_) => {}
            Err(error) if is_gone(&error) => {
                // Killed before it had the article, or while it tidied up.
                disk::clear(&claim);
                return Ok(None);
            }
            Err(error) => return Err(failed("look at", &article)(error)),
        }
        let (note, mut refused) = match Note::read(&claim) {
            Ok(note) => {
                let refused = note.refused.clone();
                (note, refused)
            }
            Err(error) if is_the_disks(&error) => {
                return Err(failed("read", &claim.join(room::NOTE))(error));
            }
            Err(error) => {
                let note = Note::new("unreadable", Timestamp::now(), Options::default());
                (note, Some(format!("what is asked for it cannot be read: {error}")))
            }
        };
        let name = match JobName::new(&note.name) {
            Ok(name) => {
                take_away(&self.room.new.at(format!("{name}{OPTIONS}")), note.beside);
                Ok(name)
            }
            Err(error) => {
                refused.get_or_insert(error.to_string());
                JobName::new("unreadable")
            }
        };
        let bytes = match room::article(&claim) {
            Ok(bytes) => bytes,
            Err(error) if is_the_disks(&error) => return Err(failed("read", &article)(error)),
            Err(error) => {
                refused.get_or_insert(unreadable(&article, &error));
                Vec::new()
            }
        };
        let Ok(name) = name else { return Ok(None) };
        let queued = note.queued();
        let id = JobId::of(&name, &bytes, &note.options);
        let job = Job { name, id, options: note.options, queued, article: bytes };
        Ok(Some(Claimed { job, attempt: 0, lease: Lease(lease.to_owned()), refused }))
    }

    /// Gives a job back.
    pub(super) fn release(&self, claimed: &Claimed, begun: Begun) -> Result<(), QueueError> {
        let claim = self.room.work.at(&claimed.lease.0);
        let name = claimed.job.name.folder(&claimed.job.id);
        let attempts = match begun {
            Begun::Counts => claimed.attempt,
            Begun::Forgotten => claimed.attempt.saturating_sub(1),
        };
        let place = self.room.new.at(counted(&name, attempts));
        disk::clear(&claim.join(OUT));
        match fs::rename(&claim, &place) {
            Ok(()) => {}
            // Another worker has it.
            Err(error) if is_gone(&error) => return Ok(()),
            // The same job waits there already.
            Err(error) if is_taken(&error) => {
                disk::clear(&claim);
                return Ok(());
            }
            Err(error) => return Err(failed("give back", &claim)(error)),
        }
        self.room.new.sync()?;
        self.room.work.sync()
    }
}

/// The options beside a file in `new/`.
struct Beside {
    path: PathBuf,
    options: Result<Options, String>,
    seen: Option<Seen>,
}

impl Beside {
    fn of(file: &Path) -> Self {
        let mut path = file.as_os_str().to_owned();
        path.push(OPTIONS);
        let path = PathBuf::from(path);
        let seen = Seen::at(&path);
        let options = match disk::read(&path, SMALL) {
            Ok(bytes) => String::from_utf8(bytes)
                .map_err(|_| "it is not UTF-8".to_owned())
                .and_then(|text| Options::parse(&text)),
            Err(error) if is_gone(&error) => Ok(Options::default()),
            Err(error) => Err(error.to_string()),
        };
        Self { path, options, seen }
    }

    fn note(&self, file: &Path, article: &Metadata) -> Note {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let queued = article.modified().ok().and_then(|modified| modified.try_into().ok());
        let options = self.options.clone().unwrap_or_default();
        let note = Note::new(&name, queued.unwrap_or_else(Timestamp::now), options);
        let refused = self.options.as_ref().err();
        let refused = refused.map(|why| format!("{name}{OPTIONS}: {why}"));
        Note { refused, beside: self.seen, ..note }
    }

    fn take_away(&self) {
        take_away(&self.path, self.seen);
    }
}

/// Takes the options away that were read, and no newer ones.
fn take_away(path: &Path, read: Option<Seen>) {
    if read.is_some()
        && Seen::at(path) == read
        && let Err(error) = fs::remove_file(path)
    {
        tracing::warn!(path = %path.display(), %error, "cannot remove options");
    }
}

/// Whether an error says something about the disk, and nothing about what is read.
fn is_the_disks(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, InvalidData, InvalidInput, NotFound};
    // A link where a file should be is told by its number only.
    let is_link = error.raw_os_error() == Some(libc::ELOOP);
    // A socket cannot be opened.
    let is_socket = error.raw_os_error() == Some(libc::ENXIO);
    !is_link
        && !is_socket
        && !matches!(error.kind(), FileTooLarge | InvalidData | InvalidInput | NotFound)
}

fn unreadable(article: &Path, error: &io::Error) -> String {
    match fs::symlink_metadata(article) {
        Ok(metadata) if metadata.is_symlink() => {
            "it is a link, and links are not followed: hand in the file itself".to_owned()
        }
        Ok(metadata) if !metadata.is_file() => "it is no plain file".to_owned(),
        _ => format!("cannot read it: {error}"),
    }
}
