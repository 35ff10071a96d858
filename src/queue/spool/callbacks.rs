//! Results that are still to be sent: a file for each, flushed before the job is published, so that
//! a killed worker's are sent by another.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use super::disk::{self, failed, is_gone, is_taken};
use super::room::SMALL;
use super::{Inner, Spool};
use crate::queue::outcome::{End, RESULT};
use crate::queue::{Claimed, QueueError};

/// A result to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The name of its file; only to be handed back.
    pub name: String,
    /// Where to.
    pub address: String,
    /// `result.json`.
    pub body: Vec<u8>,
    /// For how long it has been due.
    pub age: Duration,
}

impl Spool {
    /// The results that this worker has to send: its own, and those of workers that are gone.
    /// Blocks.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read.
    pub fn callbacks(&self) -> Result<Vec<Due>, QueueError> {
        self.0.callbacks()
    }

    /// A result has been sent, or is given up. Blocks.
    pub fn called_back(&self, due: &Due) {
        let path = self.0.room.callbacks.at(&due.name);
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "it will be sent again");
        }
    }
}

impl Inner {
    /// Notes, before a job is published, where its result is to be sent.
    pub(super) fn note_callback(&self, claimed: &Claimed) -> Result<(), QueueError> {
        let Some(address) = &claimed.job.options.callback else { return Ok(()) };
        if claimed.refused.is_some() {
            return Ok(());
        }
        let folder = claimed.job.name.folder(&claimed.job.id);
        let note = self.room.callbacks.at(format!("{folder}~{}", self.id));
        match self.room.health.write_new(&note, address.as_bytes()) {
            Err(QueueError::Disk { source, .. }) if is_taken(&source) => {}
            written => written?,
        }
        self.room.callbacks.sync()
    }

    fn callbacks(&self) -> Result<Vec<Due>, QueueError> {
        let mut due = Vec::new();
        for name in self.room.callbacks.names()? {
            let Some((folder, worker)) = name.rsplit_once('~') else { continue };
            let name = if worker == self.id {
                name.clone()
            } else if self.picture().watch.has_lost(worker, Instant::now()) {
                let ours = format!("{folder}~{}", self.id);
                let taken =
                    fs::rename(self.room.callbacks.at(&name), self.room.callbacks.at(&ours));
                if taken.is_err() {
                    continue;
                }
                ours
            } else {
                continue;
            };
            due.extend(self.due(folder, name)?);
        }
        Ok(due)
    }

    fn due(&self, folder: &str, name: String) -> Result<Option<Due>, QueueError> {
        let note = self.room.callbacks.at(&name);
        let result = [End::Done, End::Failed]
            .map(|end| self.room.ended(end).at(folder).join(RESULT))
            .into_iter()
            .find_map(|path| disk::read(&path, SMALL).ok());
        // Not published yet.
        let Some(body) = result else { return Ok(None) };
        let address = match disk::read(&note, SMALL) {
            Ok(address) => String::from_utf8_lossy(&address).into_owned(),
            Err(error) if is_gone(&error) => return Ok(None),
            Err(error) => return Err(failed("read", &note)(error)),
        };
        let modified = fs::metadata(&note).and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        Ok(Some(Due { name, address, body, age: age.unwrap_or_default() }))
    }
}
