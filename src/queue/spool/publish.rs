//! What came of a job, put where readers look: one rename, and the link to the newest.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Inner;
use super::disk::{self, failed, is_gone, is_taken};
use super::room::{self, ARTICLE, NOTE, OUT};
use crate::queue::outcome::{End, Outcome};
use crate::queue::{Claimed, Published, QueueError};

/// How long another worker may take to turn a link before it is not waited for: it was stopped
/// right there. Whoever turns a link looks at it again afterwards.
const TURNING: Duration = Duration::from_secs(5);

impl Inner {
    /// Publishes what came of a job.
    pub(super) fn publish(
        &self,
        claimed: &Claimed,
        outcome: &Outcome,
    ) -> Result<Published, QueueError> {
        self.room.health.check()?;
        let claim = self.room.work.at(&claimed.lease.0);
        let out = claim.join(OUT);
        match self.lay_out(&claim, &out, outcome) {
            Ok(()) => {}
            Err(_) if !claim.exists() => return Ok(Published::Stale),
            Err(error) => {
                // Room for the next attempt, where there is none.
                disk::clear(&out);
                return Err(error);
            }
        }
        self.note_callback(claimed)?;
        let folder = self.room.ended(outcome.end);
        let name = claimed.job.name.folder(&claimed.job.id);
        let place = folder.at(&name);
        let published = match fs::rename(&out, &place) {
            Ok(()) => Published::Now,
            Err(error) if is_taken(&error) => Published::Before,
            Err(error) if is_gone(&error) && !claim.exists() => return Ok(Published::Stale),
            Err(error) => return Err(failed("publish", &place)(error)),
        };
        folder.sync()?;
        // The same job may have been in two hands, and only one of them failed: both look here
        // after their rename, and the later one sees the other's.
        if self.room.done.at(&name).is_dir() {
            self.take_back_failed(&name)?;
        }
        self.lead(claimed, outcome.end)?;
        // A process that is killed here leaves a claim whose job is found published.
        disk::clear(&claim);
        Ok(published)
    }

    /// Takes away what says that a job has failed which is done.
    fn take_back_failed(&self, name: &str) -> Result<(), QueueError> {
        let away = self.room.tmp.join(format!("{}.failed", self.fresh()));
        match fs::rename(self.room.failed.at(name), &away) {
            Ok(()) => {
                disk::clear(&away);
                self.room.failed.sync()
            }
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(failed("take away", &self.room.failed.at(name))(error)),
        }
    }

    /// Everything that will be published, flushed, where nobody reads yet.
    pub(super) fn lay_out(
        &self,
        claim: &Path,
        out: &Path,
        outcome: &Outcome,
    ) -> Result<(), QueueError> {
        // Of an attempt to publish that failed on a full disk.
        disk::clear(out);
        fs::create_dir(out).map_err(failed("create the folder", out))?;
        for file in &outcome.files {
            self.room.health.write_new(&out.join(&file.name), &file.bytes)?;
        }
        if outcome.end == End::Failed {
            // With these the folder can be a job again.
            for name in [NOTE, ARTICLE] {
                let (from, to) = (claim.join(name), out.join(name));
                if fs::symlink_metadata(&from).is_ok_and(|metadata| !metadata.is_file()) {
                    // A link, a pipe: nobody should come upon it again.
                    continue;
                }
                match fs::hard_link(&from, &to) {
                    Err(error) if !is_gone(&error) => {
                        let bytes = disk::read(&from, u64::MAX - 1).unwrap_or_default();
                        self.room.health.write_new(&to, &bytes)?;
                    }
                    Err(error) if name == ARTICLE => return Err(failed("keep", &from)(error)),
                    _ => {}
                }
            }
        }
        self.room.health.sync_folder(out)
    }

    /// Makes `latest/NAME` lead to the job's folder, unless it leads to a newer one.
    pub(super) fn lead(&self, claimed: &Claimed, end: End) -> Result<(), QueueError> {
        if end == End::Failed {
            return Ok(());
        }
        let _turn = self.turn();
        let link = self.room.latest.at(claimed.job.name.as_str());
        let ours = claimed.job.name.folder(&claimed.job.id);
        let mine = (claimed.job.options.revision, claimed.job.queued);
        // Twice at most: a worker that was stopped with the turn may have turned it meanwhile.
        for _ in 0..2 {
            if self.leads_further(&link, &ours, mine) {
                return Ok(());
            }
            let next = self.room.tmp.join(format!("{}.link", self.fresh()));
            let target = Path::new("..").join(End::Done.name()).join(&ours);
            symlink(&target, &next).map_err(failed("write the link", &next))?;
            fs::rename(&next, &link).map_err(failed("turn the link", &link))?;
            self.room.latest.sync()?;
        }
        Ok(())
    }

    /// Whether the link leads to this folder, or to one that is newer.
    fn leads_further(&self, link: &Path, ours: &str, mine: (u64, jiff::Timestamp)) -> bool {
        let Ok(target) = fs::read_link(link) else { return false };
        let Some(theirs) = target.file_name().and_then(|name| name.to_str()) else { return false };
        if theirs == ours {
            return true;
        }
        match room::ended(&self.room.done.at(theirs)) {
            Ok(ended) => (ended.revision, ended.queued.parse().unwrap_or_default()) > mine,
            // Not kept any more.
            Err(_) => false,
        }
    }

    /// One worker at a time turns links, as far as that can be had.
    fn turn(&self) -> Option<File> {
        let lock = self.room.tmp.join("latest.lock");
        let file = File::options().create(true).append(true).open(lock).ok()?;
        let begun = Instant::now();
        while let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
            if begun.elapsed() > TURNING {
                return None;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Some(file)
    }
}

/// Removes a link that leads nowhere.
pub(super) fn remove_dangling(link: &Path) -> io::Result<bool> {
    match fs::metadata(link) {
        Err(error) if is_gone(&error) => fs::remove_file(link).map(|()| true),
        _ => Ok(false),
    }
}
