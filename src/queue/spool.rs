//! The embedded queue: a folder, and nothing to install.
//!
//! # What each rename means
//!
//! | rename | meaning |
//! |---|---|
//! | `tmp/… → new/NAME-ID` | handed in: from here on the job is accepted |
//! | `new/NAME → work/CLAIM/article`, `new/NAME-ID → work/CLAIM` | claimed by one worker, the attempt counted: the number stands in the claim's name |
//! | `work/CLAIM → work/CLAIM'` | taken over from a worker that is gone or silent |
//! | `work/CLAIM/out → done/NAME-ID` | published, all files at once |
//! | `work/CLAIM/out → failed/NAME-ID` | set aside, the article with it |
//! | `work/CLAIM → new/NAME-ID` | given back |
//! | `failed/NAME-ID → new/NAME-ID` | to be tried again |
//! | `tmp/… → latest/NAME` | a newer revision leads |
//!
//! # Why a worker that lost its claim cannot publish
//!
//! What is published is renamed out of the folder that bears the claim's name, and whoever takes
//! the job over has renamed that folder first: the path leads nowhere any more. So a worker that
//! was stopped for an hour and goes on in the very last step publishes nothing.
//!
//! # What survives
//!
//! *A killed process:* everything that is in a folder, since every step is one rename. A claim
//! stays in `work/` and is taken over; if its job was published already, there is only tidying up
//! left.
//!
//! *A power cut:* every job whose `submit` returned, or whose program flushed file and folder; and
//! every published folder, whole. Files are flushed before the rename that shows them, and both
//! folders after it, the one that gained first. What tidying up was not flushed is done again: a
//! job that comes back from the dead is found published by its id.
//!
//! Not promised: file systems shared over a network, whose renames and locks are other ones.

mod backlog;
pub mod callbacks;
mod claim;
pub mod desk;
mod disk;
mod notice;
mod owner;
mod publish;
mod room;
mod scan;
mod sweep;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::outcome::Outcome;
use super::{ATTEMPTS, Begun, Claimed, Depth, Hands, Next, Published, Queue, QueueError};
use notice::Notices;
use owner::{Sign, Watch};
use room::Room;
use scan::Picture;

pub use sweep::Keep;

/// How often the folders are looked at, whatever the system says of them.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How a spool is kept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder.
    pub path: PathBuf,
    /// How long a file that was written in place has to stay unchanged.
    pub settle: Duration,
    /// How long a worker may be silent before its jobs are another's.
    pub lease: Duration,
    /// What is kept of published jobs.
    pub keep_done: Keep,
    /// What is kept of those set aside.
    pub keep_failed: Keep,
}

/// A worker's side of the spool. Clones are one worker; when the last is dropped, its sign of life
/// goes.
#[derive(Clone)]
pub struct Spool(Arc<Inner>);

struct Inner {
    settings: Settings,
    room: Room,
    /// This worker's id: drawn afresh by each process.
    id: String,
    serial: AtomicU64,
    picture: Mutex<Picture>,
    /// None where the system tells of nothing.
    notices: Option<Notices>,
    _beat: Beat,
}

impl Spool {
    /// Opens the spool as a new worker: makes its folders, sweeps up what dead processes left.
    /// Blocks for some milliseconds.
    ///
    /// # Errors
    ///
    /// Where its folders cannot be made or written.
    pub fn open(settings: Settings) -> Result<Self, QueueError> {
        let room = Room::open(&settings.path)?;
        let id = format!("{:08x}", rand::random::<u32>());
        let sign = Sign::put_up(&room.workers, &room.tmp, &id)?;
        let mut watch = Watch::new(room.workers.clone(), settings.lease);
        let swept = sweep::strays(&room, &mut watch);
        if swept > 0 {
            tracing::info!(swept, "swept up what processes that are gone left behind");
        }
        let notices = Notices::of(room.new.path())
            .inspect_err(|error| {
                tracing::warn!(%error, "the system tells of no changes; the queue is looked at every second");
            })
            .ok();
        Ok(Self(Arc::new(Inner {
            picture: Mutex::new(Picture::new(watch)),
            serial: AtomicU64::new(0),
            _beat: Beat::of(sign, settings.lease / 4),
            settings,
            room,
            id,
            notices,
        })))
    }

    /// Removes what [`Settings::keep_done`] and [`Settings::keep_failed`] say is not kept, and what
    /// is not needed any more. To be called now and then. Blocks.
    ///
    /// # Errors
    ///
    /// Where a folder cannot be read.
    pub fn tidy(&self) -> Result<usize, QueueError> {
        let Inner { room, settings, .. } = &*self.0;
        sweep::keep(room, settings)
    }

    /// The worker's id, as `workers/` names it.
    pub fn worker(&self) -> &str {
        &self.0.id
    }

    /// Puts what the worker says of itself where `jobs` finds it. Blocks.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn report(&self, json: &[u8]) -> std::io::Result<()> {
        let Inner { room, id, .. } = &*self.0;
        let next = room.tmp.join(format!("{}.report", self.0.fresh()));
        let put = std::fs::write(&next, json)
            .and_then(|()| std::fs::rename(&next, owner::report(&room.workers.join(id))));
        if put.is_err() {
            let _ = std::fs::remove_file(&next);
        }
        put
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, QueueError> + Send + 'static,
    ) -> Result<T, QueueError> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(|error| QueueError::Broken(error.to_string()))?
    }
}

impl Queue for Spool {
    fn next(&self, hands: Hands) -> BoxFuture<'_, Result<Next, QueueError>> {
        Box::pin(self.blocking(move |spool| spool.next(hands)))
    }

    fn publish<'a>(
        &'a self,
        claimed: &'a Claimed,
        outcome: Outcome,
    ) -> BoxFuture<'a, Result<Published, QueueError>> {
        let claimed = claimed.clone();
        Box::pin(self.blocking(move |spool| spool.publish(&claimed, &outcome)))
    }

    fn release<'a>(
        &'a self,
        claimed: &'a Claimed,
        begun: Begun,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        let claimed = claimed.clone();
        Box::pin(self.blocking(move |spool| spool.release(&claimed, begun)))
    }

    fn wait(&self) -> BoxFuture<'_, ()> {
        let settles = self.0.picture().backlog.settles(self.0.settings.settle);
        let settles = settles.map(|at| at.saturating_duration_since(Instant::now()));
        let pause = settles
            .map_or(LOOK_AGAIN, |settles| LOOK_AGAIN.min(settles.max(Duration::from_millis(1))));
        Box::pin(async move {
            let told = async {
                match &self.0.notices {
                    Some(notices) => notices.some().await,
                    None => std::future::pending().await,
                }
            };
            // Whichever comes first.
            let _ = tokio::time::timeout(pause, told).await;
        })
    }

    fn depth(&self) -> Depth {
        let picture = self.0.picture();
        let age = |queued: Timestamp| Timestamp::now().duration_since(queued).as_secs_f64();
        Depth {
            waiting: picture.backlog.len(),
            settling: picture.backlog.unsettled().len(),
            oldest_seconds: picture.backlog.oldest().map(age).unwrap_or_default().max(0.0),
        }
    }
}

impl Inner {
    fn picture(&self) -> MutexGuard<'_, Picture> {
        // What another thread left when it panicked is looked at again.
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, hands: Hands) -> Result<Next, QueueError> {
        self.room.health.check()?;
        // Claims are made one after the other: the picture stays locked.
        let mut picture = self.picture();
        self.look(&mut picture, Instant::now(), SystemTime::now())?;
        while let Some(waiting) = picture.backlog.first().cloned() {
            if waiting.attempts + 1 == ATTEMPTS && hands == Hands::Full {
                return Ok(Next::Alone);
            }
            let claimed = match self.claim(&waiting) {
                // One entry that cannot be taken does not hold up the others.
                Err(error @ QueueError::Disk { .. }) => {
                    if picture.stuck.insert(waiting.place.clone()) {
                        tracing::error!(%error, "a job cannot be claimed; it is left where it is");
                    }
                    None
                }
                claimed => claimed?,
            };
            picture.backlog.remove(&waiting.place);
            if let Some(claimed) = claimed {
                return Ok(Next::Job(Box::new(claimed)));
            }
        }
        Ok(Next::Nothing)
    }

    /// A name that nothing had before: in `work/` for the given attempt, or in `tmp/`.
    fn fresh(&self) -> String {
        format!("{}.{}", self.id, self.serial.fetch_add(1, Ordering::Relaxed))
    }
}

/// Touches a sign until it is dropped: from a thread, so that no busy task keeps it.
struct Beat {
    thread: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Beat {
    fn of(sign: Sign, every: Duration) -> Self {
        let (sender, receiver) = mpsc::channel();
        let touch = move || {
            while receiver.recv_timeout(every) == Err(mpsc::RecvTimeoutError::Timeout) {
                if let Err(error) = sign.touch() {
                    tracing::warn!(%error, "the worker's sign of life cannot be touched");
                }
            }
        };
        Self { thread: Some((sender, std::thread::spawn(touch))) }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.thread.take() {
            drop(sender);
            // The sign goes with the thread: before the process does.
            let _ = thread.join();
        }
    }
}
