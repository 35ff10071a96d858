//! What the system says of `new/`: which names to look at, at once.
//!
//! A help and no more: what it misses is found by looking.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// More names than this are found by looking at all.
const MANY: usize = 10_000;

/// How a name came to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Renamed there: it is complete.
    Renamed,
    /// Written there.
    Written,
}

/// Which names to look at.
#[derive(Debug, Default)]
pub(super) struct Notices {
    names: Mutex<Pending>,
    pub(super) some: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    names: HashMap<String, How>,
    /// Some were missed.
    all: bool,
}

impl Notices {
    /// Everything said since the last call; `None` where all is to be looked at.
    pub(super) fn take(&self) -> Option<HashMap<String, How>> {
        let mut pending = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let Pending { names, all } = std::mem::take(&mut *pending);
        (!all).then_some(names)
    }

    fn note(&self, event: notify::Result<Event>) {
        let mut pending = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Ok(event) if !event.need_rescan() => {
                let Some(how) = how(event.kind) else { return };
                for path in event.paths {
                    let name = path.file_name().and_then(|name| name.to_str());
                    let Some(name) = name else { continue };
                    let known = pending.names.entry(name.to_owned()).or_insert(how);
                    // Renamed and then written to is not complete.
                    *known = how;
                }
            }
            _ => pending.all = true,
        }
        if pending.names.len() > MANY {
            *pending = Pending { names: HashMap::new(), all: true };
        }
        drop(pending);
        self.some.notify_one();
    }
}

fn how(kind: EventKind) -> Option<How> {
    match kind {
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => {
            Some(How::Renamed)
        }
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => None,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Create(_)
        | EventKind::Modify(_) => Some(How::Written),
        _ => None,
    }
}

/// Listens to what happens in a folder for as long as the watcher lives.
pub(super) fn listen(folder: &Path) -> notify::Result<(RecommendedWatcher, Arc<Notices>)> {
    let notices = Arc::new(Notices::default());
    let told = Arc::clone(&notices);
    let mut watcher = notify::recommended_watcher(move |event| told.note(event))?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok((watcher, notices))
}
