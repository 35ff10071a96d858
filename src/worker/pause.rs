//! When a worker pauses, why, and how it finds out that it may go on.

use std::time::Duration;

use tokio::time::Instant;

use super::article::Outside;
use super::status::Condition;
use crate::queue::QueueError;

/// The first pause; each that follows without a job done in between is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause while no backend can be asked.
const LONGEST: Duration = Duration::from_secs(60);
/// The longest pause while the disk is full.
const LONGEST_DISK: Duration = Duration::from_secs(5);

/// Whether a worker pauses. After a pause it tries one job, and only when that is done as many as
/// before.
#[derive(Debug, Default)]
pub(super) struct Pause {
    until: Option<Instant>,
    next: Duration,
    why: Option<String>,
    reopen: bool,
    fatal: Option<QueueError>,
}

impl Pause {
    /// When to go on, while it pauses.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until.filter(|until| *until > Instant::now())
    }

    /// Whether it has paused and no job has been done since.
    pub(super) fn is_trying(&self) -> bool {
        self.why.is_some()
    }

    /// A job was done: all is well.
    pub(super) fn worked(&mut self) {
        if self.why.take().is_some() {
            tracing::info!("going on");
        }
        self.until = None;
        self.next = Duration::ZERO;
    }

    /// A job came back through no fault of its own.
    pub(super) fn outside(&mut self, outside: &Outside) {
        match outside {
            Outside::Stopped | Outside::Waited => {}
            Outside::Backend(reason) | Outside::Unlucky(reason) => {
                self.pause(reason.clone(), LONGEST);
            }
            Outside::Memory(reason) => {
                self.reopen = true;
                self.pause(reason.clone(), LONGEST_DISK);
            }
        }
    }

    /// The disk does not take what it should.
    pub(super) fn disk(&mut self, error: &QueueError) {
        self.pause(error.to_string(), LONGEST_DISK);
    }

    /// A job could not be published.
    pub(super) fn failed(&mut self, error: QueueError) {
        match error {
            QueueError::Unsynced { .. } => self.fatal = Some(error),
            error => self.disk(&error),
        }
    }

    /// What ends the worker.
    pub(super) fn fatal(&mut self) -> Option<QueueError> {
        self.fatal.take()
    }

    /// Whether the memory is to be opened anew.
    pub(super) fn needs_reopening(&self) -> bool {
        self.reopen
    }

    pub(super) fn reopened(&mut self) {
        self.reopen = false;
    }

    pub(super) fn condition(&self) -> Condition {
        match &self.why {
            Some(reason) => Condition::Paused { reason: reason.clone() },
            None => Condition::Working,
        }
    }

    fn pause(&mut self, reason: String, longest: Duration) {
        if self.until().is_some() {
            // Of the same trouble as the job before it.
            return;
        }
        self.next = (self.next * 2).clamp(FIRST, longest);
        self.until = Some(Instant::now() + self.next);
        tracing::warn!(%reason, seconds = self.next.as_secs_f64(), "pausing");
        self.why = Some(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_end_with_a_job_done() {
        let mut pause = Pause::default();
        let down = Outside::Backend("no answer".into());
        let mut lengths = Vec::new();
        for _ in 0..8 {
            pause.outside(&down);
            pause.outside(&down);
            let until = pause.until().unwrap();
            lengths.push((until - Instant::now()).as_secs());
            tokio::time::sleep_until(until).await;
            assert_eq!(pause.until(), None);
            assert!(pause.is_trying());
        }
        assert_eq!(lengths, [1, 2, 4, 8, 16, 32, 60, 60]);
        pause.worked();
        assert!(!pause.is_trying());
        pause.outside(&Outside::Memory("full".into()));
        assert!(pause.needs_reopening());
        assert_eq!(pause.until().map(|until| (until - Instant::now()).as_secs()), Some(1));
    }
}
