//! Looking at the folders: what waits, and which claims nobody holds any more.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use super::backlog::{Backlog, Identity, Place, Waiting};
use super::notice::{How, Notices};
use super::owner::Watch;
use super::room::{NOTE, Note, OPTIONS, attempts, is_passed_over};
use super::{Inner, LOOK_AGAIN, disk};
use crate::queue::QueueError;
use crate::queue::options::Options;

/// Looking takes at most this share of the time.
const SHARE: u32 = 10;

/// What is known of the folders.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) backlog: Backlog,
    pub(super) watch: Watch,
    /// When all is looked at again.
    again: Option<Instant>,
    /// What could not be claimed, and was told once.
    pub(super) stuck: HashSet<Place>,
}

impl Picture {
    pub(super) fn new(watch: Watch) -> Self {
        Self { backlog: Backlog::default(), watch, again: None, stuck: HashSet::new() }
    }
}

impl Inner {
    /// Looks at what the system named, at what may be complete by now, and now and then at all.
    pub(super) fn look(
        &self,
        picture: &mut Picture,
        now: Instant,
        wall: SystemTime,
    ) -> Result<(), QueueError> {
        let due = picture.again.is_none_or(|again| now >= again);
        match self.notices.as_ref().map_or_else(|| Some(HashMap::new()), Notices::take) {
            Some(named) if !due => {
                for (name, how) in named {
                    self.look_at(&mut picture.backlog, &name, how, now, wall);
                }
                let settles = picture.backlog.settles(self.settings.settle);
                if settles.is_some_and(|at| now >= at) {
                    for name in picture.backlog.unsettled() {
                        self.look_at(&mut picture.backlog, &name, How::Written, now, wall);
                    }
                }
                Ok(())
            }
            named => {
                for (name, how) in named.unwrap_or_default() {
                    if how == How::Renamed {
                        self.look_at(&mut picture.backlog, &name, how, now, wall);
                    }
                }
                let looked = self.look_at_all(picture, now, wall);
                let pause: Duration = LOOK_AGAIN.max(now.elapsed() * SHARE);
                picture.again = Some(now + pause);
                looked
            }
        }
    }

    pub(super) fn look_at_all(
        &self,
        picture: &mut Picture,
        now: Instant,
        wall: SystemTime,
    ) -> Result<(), QueueError> {
        picture.backlog.begin_look();
        self.room.new.each_name(|name| {
            self.look_at(&mut picture.backlog, &name, How::Written, now, wall);
        })?;
        for name in self.room.work.names()? {
            let (claim, begun) = attempts(&name);
            let worker = claim.split('.').next().unwrap_or_default();
            if worker == self.id || !picture.watch.has_lost(worker, now) {
                continue;
            }
            let place = Place::Left(name.as_str().into());
            if !picture.backlog.sees(&place) {
                let (priority, queued) = folder(&self.room.work.at(&name));
                picture.backlog.put(Waiting { place, priority, queued, attempts: begun });
            }
        }
        picture.backlog.end_look();
        picture.stuck.retain(|place| picture.backlog.get(place).is_some());
        Ok(())
    }

    /// Takes an entry of `new/` into the backlog, if it is a job.
    fn look_at(&self, backlog: &mut Backlog, name: &str, how: How, now: Instant, wall: SystemTime) {
        if is_passed_over(name) {
            return;
        }
        let path = self.room.new.at(name);
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            // Gone already: taken by another worker, or by who put it there.
            backlog.remove(&Place::File(name.into()));
            backlog.remove(&Place::Folder(name.into()));
            return;
        };
        if metadata.is_dir() {
            let place = Place::Folder(name.into());
            // A folder that is no job is somebody else's business.
            if !backlog.sees(&place) && path.join(NOTE).exists() {
                let (priority, queued) = folder(&path);
                let (_, attempts) = attempts(name);
                backlog.put(Waiting { place, priority, queued, attempts });
            }
            return;
        }
        let modified = metadata.modified().unwrap_or(wall);
        let seen = Identity { inode: metadata.ino(), size: metadata.len(), modified };
        let complete = how == How::Renamed
            || !metadata.is_file()
            || backlog.get(&Place::File(name.into())).is_some()
            || backlog.is_settled(name, seen, self.settings.settle, now, wall);
        if complete {
            let queued = Timestamp::try_from(modified).unwrap_or_else(|_| Timestamp::now());
            let priority = options(&path).map_or(0, |options| options.priority);
            let place = Place::File(name.into());
            backlog.put(Waiting { place, priority, queued, attempts: 0 });
        }
    }
}

/// The options beside a file, as far as they can be read: for the order they are taken in.
fn options(path: &Path) -> Option<Options> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(OPTIONS);
    let bytes = disk::read(Path::new(&beside), super::room::SMALL).ok()?;
    Options::parse(std::str::from_utf8(&bytes).ok()?).ok()
}

/// Priority and age of a job's folder; one that cannot be read is taken soon, to be set aside.
fn folder(path: &Path) -> (i32, Timestamp) {
    match Note::read(path) {
        Ok(note) => (note.options.priority, note.queued()),
        Err(_) => (0, Timestamp::UNIX_EPOCH),
    }
}
