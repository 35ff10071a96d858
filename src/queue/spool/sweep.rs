//! Order: what dead processes left is swept up, and what is published is kept for as long as
//! configured.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::Settings;
use super::disk::{self, Folder};
use super::owner::Watch;
use super::publish::remove_dangling;
use super::room::Room;
use crate::queue::QueueError;

/// What commands leave in `tmp/` that were killed is swept once it is this old.
const OLD: Duration = Duration::from_secs(600);

/// How much is kept of what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Everything.
    All,
    /// So many folders, the newest.
    Newest(usize),
    /// What is younger than this.
    Younger(Duration),
}

/// Removes from `tmp/` and `work/` what no living process needs. Returns how many things went.
pub(super) fn strays(room: &Room, watch: &mut Watch) -> usize {
    let now = Instant::now();
    let mut swept = 0;
    let entries = fs::read_dir(&room.tmp).into_iter().flatten().filter_map(Result::ok);
    for entry in entries {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.split('.').next()).unwrap_or_default();
        let stray = match owner {
            "latest" => false,
            "command" => is_older(&entry.path(), OLD, SystemTime::now()),
            worker => watch.has_lost(worker, now),
        };
        if stray {
            remove(&entry.path());
            swept += 1;
        }
    }
    let signs = fs::read_dir(&room.workers).into_iter().flatten().filter_map(Result::ok);
    for name in signs.filter_map(|entry| entry.file_name().into_string().ok()) {
        // The look takes the sign itself away.
        let worker = name.split('.').next().unwrap_or_default();
        if watch.has_lost(worker, now) {
            remove(&room.workers.join(&name));
            swept += 1;
        }
    }
    for name in room.work.names().unwrap_or_default() {
        let worker = name.split('.').next().unwrap_or_default();
        // A claim that was not made: what it was to take is still where it was.
        let empty = fs::symlink_metadata(room.work.at(&name).join(super::room::ARTICLE)).is_err();
        if empty && watch.has_lost(worker, now) {
            disk::clear(&room.work.at(&name));
            swept += 1;
        }
    }
    swept
}

/// Removes what is not kept, and the links that led there.
pub(super) fn keep(room: &Room, settings: &Settings) -> Result<usize, QueueError> {
    let mut removed = 0;
    for (folder, keep) in [(&room.done, settings.keep_done), (&room.failed, settings.keep_failed)] {
        removed += thin_out(folder, keep, &room.tmp)?;
    }
    if removed > 0 {
        for name in room.latest.names()? {
            let link = room.latest.at(&name);
            if let Err(error) = remove_dangling(&link) {
                tracing::warn!(link = %link.display(), %error, "cannot remove a link");
            }
        }
    }
    Ok(removed)
}

fn thin_out(folder: &Folder, keep: Keep, tmp: &Path) -> Result<usize, QueueError> {
    let aged = || {
        let names = folder.names()?;
        let aged = names.into_iter().filter_map(|name| {
            let modified = fs::symlink_metadata(folder.at(&name)).and_then(|it| it.modified());
            Some((modified.ok()?, name))
        });
        Ok::<Vec<_>, QueueError>(aged.collect())
    };
    let outdated: Vec<String> = match keep {
        Keep::All => return Ok(0),
        Keep::Newest(most) => {
            let mut all = aged()?;
            all.sort();
            let over = all.len().saturating_sub(most);
            all.into_iter().take(over).map(|(_, name)| name).collect()
        }
        Keep::Younger(age) => {
            let now = SystemTime::now();
            let old = |modified: SystemTime| now.duration_since(modified).is_ok_and(|it| it > age);
            aged()?.into_iter().filter(|(modified, _)| old(*modified)).map(|(_, it)| it).collect()
        }
    };
    for name in &outdated {
        // Readers see it whole or not at all.
        let away = tmp.join(format!("command.{:08x}", rand::random::<u32>()));
        if fs::rename(folder.at(name), &away).is_ok() {
            disk::clear(&away);
        }
    }
    Ok(outdated.len())
}

fn is_older(path: &Path, age: Duration, now: SystemTime) -> bool {
    let modified = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| now.duration_since(modified).is_ok_and(|it| it > age))
}

fn remove(path: &Path) {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => disk::clear(path),
        _ => {
            let _ = fs::remove_file(path);
        }
    }
}
