//! The life of a worker: claim, translate, publish, until it is told to stop; then give back what
//! is not done.
//!
//! Many articles are in hand at a time, all under the limits of the backends; their number bounds
//! the memory it takes. Nothing of one article ends another: a panic fails its own job, a backend
//! that is down or a full disk pauses the worker, and only a disk that did not keep what it was
//! told to keep ends it.
//!
//! # Told to stop
//!
//! It claims nothing more. Requests under way are paid for: they are received and remembered.
//! Articles that are complete with that are published; the others go back on the queue, the
//! attempt not counted. What is not back by the end of the grace is given back unfinished.

mod article;
pub mod callback;
pub mod day;
pub mod failpoint;
pub mod in_force;
mod pause;
pub mod status;
pub mod workshop;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use crate::limits::stop::Stop;
use crate::pipeline::Counts;
use crate::queue::outcome::{End, Happened, Outcome};
use crate::queue::{ATTEMPTS, Begun, Claimed, Hands, Next, Published, Queue, QueueError};
use article::{Outside, Verdict};
use in_force::{InForce, Renewal};
use pause::Pause;
use status::{Condition, Status};
use workshop::{Opening, Tools, Workshop};

/// How often the files that a workshop is made from are looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Articles in hand at once, at least one.
    pub articles: usize,
    /// How long it may take to stop.
    pub grace: Duration,
    /// When it stops of its own accord.
    pub ending: Ending,
}

/// When a worker stops of its own accord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// Never.
    #[default]
    Never,
    /// Once nothing waits and nothing is in hand.
    Empty,
}

/// A worker.
pub struct Worker {
    queue: Arc<dyn Queue>,
    workshop: Arc<dyn Workshop>,
    settings: Settings,
    status: Arc<Status>,
    in_force: Arc<InForce>,
    stop: Stop,
}

/// Why a worker ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// There is nothing to translate with.
    #[error("{0}")]
    Workshop(String),
    /// The queue cannot be relied on any more.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// What came of one job.
enum Came {
    /// It has ended.
    Over(End, Published, Box<Counts>),
    /// It is to be given back.
    Back(Outside, Begun),
}

/// The jobs in hand.
#[derive(Default)]
struct InHand {
    tasks: JoinSet<Result<Came, QueueError>>,
    jobs: HashMap<Id, Claimed>,
    /// One of them has to be the only one.
    alone: bool,
}

impl Worker {
    /// A worker on this queue.
    pub fn new(
        queue: Arc<dyn Queue>,
        workshop: Arc<dyn Workshop>,
        settings: Settings,
        status: Arc<Status>,
        stop: Stop,
    ) -> Self {
        let in_force = Arc::new(InForce::new(status.clone()));
        Self { queue, workshop, settings, status, in_force, stop }
    }

    /// What it works with, for whoever asks over the socket.
    pub fn in_force(&self) -> Arc<InForce> {
        self.in_force.clone()
    }

    /// Works until it is told to stop.
    ///
    /// # Errors
    ///
    /// [`WorkerError`]: what was in hand is still on the queue.
    pub async fn run(&self) -> Result<(), WorkerError> {
        match self.workshop.open(Opening::First).await {
            Ok(tools) => self.in_force.set(Some(tools)),
            Err(_) if self.stop.is_stopped() => return Ok(()),
            Err(reason) => return Err(WorkerError::Workshop(reason)),
        }
        let mut hand = InHand::default();
        let mut pause = Pause::default();
        let mut look = Instant::now() + LOOK_AGAIN;
        let worked = loop {
            if self.stop.is_stopped() {
                break Ok(());
            }
            if let Some(error) = pause.fatal() {
                break Err(error.into());
            }
            self.status.condition(pause.condition());
            if let Some(until) = pause.until() {
                self.stop_or(&mut hand, &mut pause, tokio::time::sleep_until(until)).await;
                continue;
            }
            if Instant::now() >= look {
                look = Instant::now() + LOOK_AGAIN;
                self.status.waiting(self.queue.depth());
                if self.in_force.renew(&*self.workshop).await == Ok(Renewal::Anew) {
                    // Two generations at work would not know of each other's requests.
                    self.drain(&mut hand, &mut pause).await;
                    self.reload().await;
                    continue;
                }
            }
            if pause.needs_reopening() {
                self.drain(&mut hand, &mut pause).await;
                if self.stop.or(self.in_force.alone()).await.is_some() {
                    self.in_force.set(None);
                }
                pause.reopened();
            }
            let Some(in_use) = self.in_force.get() else {
                match self.workshop.open(Opening::Memory).await {
                    Ok(new) => self.in_force.set(Some(new)),
                    Err(reason) => pause.outside(&Outside::Memory(reason)),
                }
                continue;
            };
            let most = if pause.is_trying() { 1 } else { self.settings.articles.max(1) };
            if hand.tasks.len() >= most || hand.alone {
                self.stop_or(&mut hand, &mut pause, std::future::pending()).await;
                continue;
            }
            let hands = if hand.tasks.is_empty() { Hands::Empty } else { Hands::Full };
            match self.queue.next(hands).await {
                Ok(Next::Job(claimed)) => self.begin(&mut hand, *claimed, &in_use),
                Ok(Next::Alone) => self.drain(&mut hand, &mut pause).await,
                Ok(Next::Nothing) if self.is_at_an_end(&hand) => break Ok(()),
                Ok(Next::Nothing) => {
                    self.stop_or(&mut hand, &mut pause, self.queue.wait()).await;
                }
                Err(error @ QueueError::Unsynced { .. }) => break Err(error.into()),
                Err(error) => pause.disk(&error),
            }
        };
        self.status.condition(Condition::Stopping);
        self.finish(hand, pause).await;
        worked
    }

    fn is_at_an_end(&self, hand: &InHand) -> bool {
        let depth = self.queue.depth();
        self.settings.ending == Ending::Empty
            && hand.tasks.is_empty()
            && depth.waiting + depth.settling == 0
    }

    /// Waits for `what`, for a job to come back, or for the stop.
    async fn stop_or(&self, hand: &mut InHand, pause: &mut Pause, what: impl Future<Output = ()>) {
        tokio::select! {
            () = self.stop.stopped() => {}
            () = what => {}
            Some(came) = hand.tasks.join_next_with_id() => self.came(hand, pause, came).await,
        }
    }

    /// Waits until nothing is in hand, or for the stop.
    async fn drain(&self, hand: &mut InHand, pause: &mut Pause) {
        while !hand.tasks.is_empty() && !self.stop.is_stopped() {
            self.stop_or(hand, pause, std::future::pending()).await;
        }
    }

    /// Makes the tools anew; where that fails, the old ones stay in force, and that is said loudly.
    async fn reload(&self) {
        let Some(_alone) = self.stop.or(self.in_force.alone()).await else { return };
        match self.workshop.open(Opening::Files).await {
            Ok(new) => {
                tracing::info!("settings, term base and corrections are read again");
                self.status.reloaded(None);
                self.in_force.set(Some(new));
            }
            Err(reason) => {
                tracing::error!(%reason, "what was changed cannot be used; the earlier settings stay in force");
                self.status.reloaded(Some(reason));
            }
        }
    }

    fn begin(&self, hand: &mut InHand, claimed: Claimed, tools: &Arc<Tools>) {
        hand.alone = claimed.attempt == ATTEMPTS;
        let job = &claimed.job;
        let span = tracing::info_span!(
            "job", id = %job.id, article = job.name.as_str(), attempt = claimed.attempt
        );
        tracing::debug!(parent: &span, "begun");
        self.status.begun(&claimed, Timestamp::now());
        let task = work(self.queue.clone(), claimed.clone(), tools.clone());
        let id = hand.tasks.spawn(task.instrument(span)).id();
        hand.jobs.insert(id, claimed);
    }

    /// A job came back.
    async fn came(
        &self,
        hand: &mut InHand,
        pause: &mut Pause,
        came: Result<(Id, Result<Came, QueueError>), JoinError>,
    ) {
        let (id, came) = match came {
            Ok((id, came)) => (id, came),
            Err(error) => {
                let id = error.id();
                (id, self.panicked(hand.jobs.get(&id), &error).await)
            }
        };
        hand.alone = false;
        let Some(claimed) = hand.jobs.remove(&id) else { return };
        let job = &claimed.job;
        let (id, name) = (job.id.as_str(), job.name.as_str());
        match came {
            Ok(Came::Over(end, published, counts)) => {
                if end == End::Done {
                    pause.worked();
                }
                let attempt = claimed.attempt;
                match published {
                    Published::Stale => {
                        tracing::warn!(
                            id,
                            name,
                            "another worker took it over; nothing is published"
                        );
                    }
                    Published::Before => {
                        tracing::info!(id, name, attempt, "the same job was published before");
                    }
                    Published::Now => {
                        tracing::info!(id, name, attempt, state = end.name(), "published");
                    }
                }
                self.status.over(&claimed, end, published, *counts);
            }
            Ok(Came::Back(outside, begun)) => {
                tracing::info!(id, name, reason = %outside, "given back");
                // First: what is given back is there to be claimed.
                pause.outside(&outside);
                self.status.back(&claimed);
                self.give_back(&claimed, begun).await;
            }
            Err(error) => {
                tracing::error!(id, name, %error, "cannot be published");
                self.status.back(&claimed);
                pause.failed(error);
                self.give_back(&claimed, Begun::Forgotten).await;
            }
        }
    }

    /// A job whose task broke off is set aside; the others go on.
    async fn panicked(
        &self,
        claimed: Option<&Claimed>,
        error: &JoinError,
    ) -> Result<Came, QueueError> {
        let Some(claimed) = claimed.filter(|_| error.is_panic()) else {
            return Ok(Came::Back(Outside::Stopped, Begun::Forgotten));
        };
        let reason = "its translation broke off because of a fault in diptych (see the log)";
        let outcome = Outcome::new(claimed, Happened::nothing(reason), Timestamp::now())?;
        let published = self.queue.publish(claimed, outcome).await?;
        Ok(Came::Over(End::Failed, published, Box::default()))
    }

    async fn give_back(&self, claimed: &Claimed, begun: Begun) {
        if let Err(error) = self.queue.release(claimed, begun).await {
            let id = claimed.job.id.as_str();
            tracing::error!(id, %error, "cannot be given back; the next worker takes it over");
        }
    }

    /// Waits for what is in hand, for as long as the grace goes, and gives back the rest.
    async fn finish(&self, mut hand: InHand, mut pause: Pause) {
        let end = Instant::now() + self.settings.grace;
        while let Ok(Some(came)) = timeout_at(end, hand.tasks.join_next_with_id()).await {
            self.came(&mut hand, &mut pause, came).await;
        }
        hand.tasks.abort_all();
        for claimed in hand.jobs.values() {
            let (id, name) = (claimed.job.id.as_str(), claimed.job.name.as_str());
            tracing::warn!(id, name, "not done by the end of the grace: given back");
            self.give_back(claimed, Begun::Forgotten).await;
        }
    }
}

/// One job, from its claim to its end.
async fn work(
    queue: Arc<dyn Queue>,
    claimed: Claimed,
    tools: Arc<Tools>,
) -> Result<Came, QueueError> {
    if claimed.refused.is_none() {
        failpoint::reached("work", claimed.job.name.as_str());
    }
    match article::translate(&claimed, &tools).await {
        Verdict::Unlucky(happened) if claimed.attempt < ATTEMPTS => {
            let reason = happened.reason.unwrap_or_default();
            Ok(Came::Back(Outside::Unlucky(reason), Begun::Counts))
        }
        Verdict::Happened(happened) | Verdict::Unlucky(happened) => {
            let (end, counts) = (happened.end, Box::new(happened.counts));
            let outcome = Outcome::new(&claimed, *happened, Timestamp::now())?;
            failpoint::reached("publish", claimed.job.name.as_str());
            let published = queue.publish(&claimed, outcome).await?;
            Ok(Came::Over(end, published, counts))
        }
        Verdict::Outside(outside) => Ok(Came::Back(outside, Begun::Forgotten)),
    }
}
