//! What Linux says, by inotify.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use inotify::{EventMask, Inotify, WatchMask};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::How;

/// More names than this are found by looking at all.
const MANY: usize = 10_000;
/// What is read of the system at once, in bytes.
const PIECE: usize = 16 * 1024;
/// So many pieces in a row, and somebody writes without end.
const PIECES: usize = 100;

/// What happens in a folder.
pub(in super::super) struct Notices {
    inotify: Mutex<Inotify>,
    /// Becomes readable once something has happened.
    readable: OwnedFd,
}

impl Notices {
    /// Listens to what happens in a folder from now on.
    pub(in super::super) fn of(folder: &Path) -> io::Result<Self> {
        let inotify = Inotify::init()?;
        let mask =
            WatchMask::MOVED_TO | WatchMask::CREATE | WatchMask::MODIFY | WatchMask::CLOSE_WRITE;
        inotify.watches().add(folder, mask)?;
        let readable = inotify.as_fd().try_clone_to_owned()?;
        Ok(Self { inotify: Mutex::new(inotify), readable })
    }

    /// Everything that happened since the last call; `None` where all is to be looked at.
    pub(in super::super) fn take(&self) -> Option<HashMap<String, How>> {
        let mut inotify = self.inotify.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names = HashMap::new();
        let mut buffer = [0; PIECE];
        for _ in 0..PIECES {
            let events = match inotify.read_events(&mut buffer) {
                Ok(events) => events,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Some(names),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return None,
            };
            for event in events {
                if event.mask.intersects(EventMask::Q_OVERFLOW | EventMask::IGNORED) {
                    return None;
                }
                let Some(name) = event.name.and_then(|name| name.to_str()) else { continue };
                // Renamed and then written to is not complete.
                let renamed = event.mask.contains(EventMask::MOVED_TO);
                let how = if renamed { How::Renamed } else { How::Written };
                names.insert(name.to_owned(), how);
            }
            if names.len() > MANY {
                return None;
            }
        }
        None
    }

    /// Waits until something has happened since the last [`Self::take`].
    pub(in super::super) async fn some(&self) {
        #[expect(
            deprecated,
            reason = "what is put in its place is unsafe for the sake of those \
                                       who close the descriptor meanwhile, and this is borrowed"
        )]
        let readable = AsyncFd::with_interest(self.readable.as_fd(), Interest::READABLE);
        match readable {
            Ok(readable) => {
                let _ = readable.readable().await;
            }
            // It is found by looking.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_has_happened_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let new = at("new");
        fs::create_dir(&new).unwrap();
        let notices = Notices::of(&new).unwrap();
        let none = HashMap::new();
        for n in 0..1000 {
            fs::write(at("ready"), "text").unwrap();
            fs::rename(at("ready"), new.join(n.to_string())).unwrap();
            assert_eq!(notices.take(), Some([(n.to_string(), How::Renamed)].into()));
            assert_eq!(notices.take().as_ref(), Some(&none));
        }
        fs::write(new.join("0"), "more").unwrap();
        assert_eq!(notices.take(), Some([("0".to_owned(), How::Written)].into()));
        fs::rename(new.join("0"), at("taken")).unwrap();
        fs::remove_file(new.join("1")).unwrap();
        assert_eq!(notices.take(), Some(none), "what is taken away is nothing to look at");
        for n in 0..=MANY {
            fs::write(new.join(format!("many-{n}")), "").unwrap();
        }
        assert_eq!(notices.take(), None, "too many to be named");
        fs::remove_dir_all(&new).unwrap();
        let told = std::iter::from_fn(|| notices.take()).take(3).count();
        assert!(told < 3, "the folder is gone");
    }
}
