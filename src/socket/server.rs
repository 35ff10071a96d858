//! The worker's side: a conversation per connection, each in a task of its own.
//!
//! What a host needs to answer stands behind [`Host`]. Whatever goes wrong in one conversation
//! ends that conversation, and nothing else.

mod article;
mod pipe;
mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::SocketError;
use super::message::{Answer, Ask, Request};
use super::place::{Bound, Place, PlaceError, own_user};
use super::wire::{Wire, fits};
use crate::config::Tables;
use crate::limits::stop::{Stop, stop};
use crate::pipeline::{Coming, Failure, Pipeline, Run};
use article::plan;

/// Conversations at once; further ones wait to be accepted.
const CONVERSATIONS: usize = 512;

/// Articles of a run that are taken notice of before they come, at most.
const ANNOUNCED: usize = 10_000;

/// How long a command may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a worker answers from.
pub trait Host: Send + Sync + 'static {
    /// What is in force, for one conversation. What has changed on the disk is brought in force
    /// before, and where it is broken refused; what was in force before stays. The causes of a
    /// refusal, in order.
    fn current(&self) -> BoxFuture<'_, Result<Current, Vec<String>>>;

    /// Why a paragraph has no translation, in words for a person.
    fn words(&self, failure: &Failure) -> String;
}

/// What is in force. As long as it is held, it may be worked with.
pub struct Current {
    /// Translates.
    pub pipeline: Arc<Pipeline>,
    /// The file of people's corrections.
    pub corrections: PathBuf,
    /// The worker's settings.
    pub tables: Tables,
    /// What keeps it from being replaced by something that could not be at work beside it.
    pub held: Box<dyn Send + Sync>,
}

/// A socket that is listened on.
#[derive(Debug)]
pub struct Server {
    bound: Bound,
}

/// What the conversations share.
struct Desk {
    host: Arc<dyn Host>,
    /// The runs that are open, by their numbers.
    runs: Mutex<HashMap<u64, Open>>,
    next_run: AtomicU64,
    stop: Stop,
}

/// A run that is open.
struct Open {
    run: Run,
    /// Its articles that are still to come.
    coming: Vec<Coming>,
}

/// How a conversation goes on after its request.
type Talk = Result<(), SocketError>;

impl Server {
    /// Listens at this place. The caller holds the memory.
    ///
    /// # Errors
    ///
    /// [`PlaceError`].
    pub async fn bind(place: &Place) -> Result<Self, PlaceError> {
        Ok(Self { bound: place.listen().await? })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        self.bound.path()
    }

    /// Answers until it is stopped: then the socket goes, and the conversations that are open come
    /// to their end.
    pub async fn serve(self, host: Arc<dyn Host>, stop: Stop) {
        let Self { bound } = self;
        let (runs, next_run) = (Mutex::default(), AtomicU64::new(1));
        let desk = Arc::new(Desk { host, runs, next_run, stop: stop.clone() });
        let seats = Arc::new(Semaphore::new(CONVERSATIONS));
        let mut talks = JoinSet::new();
        loop {
            while talks.try_join_next().is_some() {}
            let next = async {
                let seat = seats.clone().acquire_owned().await;
                (seat, bound.listener.accept().await)
            };
            let Some((seat, accepted)) = stop.or(next).await else { break };
            match accepted {
                Ok((stream, _)) => {
                    let desk = desk.clone();
                    talks.spawn(async move {
                        let mut wire = Wire::new(stream);
                        match desk.talk(&mut wire).await {
                            Ok(()) => {}
                            // In the error's words it is the worker that did.
                            Err(SocketError::Gone) => {
                                tracing::info!("a command went away before it was answered");
                            }
                            Err(error) => {
                                tracing::info!(%error, "a conversation on the socket broke off");
                            }
                        }
                        drop(seat);
                    });
                }
                Err(error) => {
                    // Of files, mostly: there are too many open. They become fewer.
                    tracing::warn!(%error, "cannot accept a connection");
                    let _ = stop.or(tokio::time::sleep(Duration::from_millis(100))).await;
                }
            }
        }
        drop(bound);
        while talks.join_next().await.is_some() {}
    }
}

impl Desk {
    /// One conversation.
    async fn talk(&self, wire: &mut Wire) -> Talk {
        let user = own_user()?;
        if wire.peer()? != user {
            tracing::warn!(uid = wire.peer()?, "another user spoke on the socket");
            return Ok(());
        }
        let request = async {
            wire.greet().await?;
            wire.receive::<Request>().await
        };
        let Ok(request) = tokio::time::timeout(PATIENCE, request).await else { return Ok(()) };
        if matches!(request, Err(SocketError::Gone)) {
            // It only wanted to know whether there is a worker.
            return Ok(());
        }
        let is_run = matches!(&request, Ok(Request { ask: Ask::Run { .. }, .. }));
        let done = match request {
            Ok(request) => self.answer(wire, request).await,
            Err(error) => Err(error),
        };
        if is_run && done.is_ok() {
            // It is over, and there is nothing a command could have missed.
            return Ok(());
        }
        if let Err(error) = done {
            match error {
                SocketError::Gone | SocketError::Io(_) | SocketError::Version { .. } => {
                    return Err(error);
                }
                SocketError::Refused(causes) => say(wire, &Answer::Refused(causes)).await?,
                error => {
                    tracing::warn!(%error, "a request on the socket cannot be read");
                    say(wire, &Answer::Refused(vec![error.to_string()])).await?;
                }
            }
        }
        let _ = tokio::time::timeout(PATIENCE, wire.linger()).await;
        Ok(())
    }

    async fn answer(&self, wire: &mut Wire, request: Request) -> Talk {
        let Request { settings, ask } = request;
        let current = self.host.current().await.map_err(SocketError::Refused)?;
        agree(&settings, &current)?;
        match ask {
            Ask::Run { articles } => {
                let pipeline = &current.pipeline;
                let coming = (0..articles.min(ANNOUNCED)).map(|_| pipeline.expect()).collect();
                // It may last long, and works with nothing.
                drop(current);
                self.run(wire, coming).await
            }
            Ask::Translate { article, commission, run, stopped } => {
                let (switch, stop) = stop();
                if stopped {
                    switch.stop();
                }
                let run = self.open_run(run).stopped_by(stop);
                self.translate(wire, current, article, commission, (run, switch)).await
            }
            Ask::Plan { article, options } => plan(wire, current, article, options).await,
            Ask::Reload => say(wire, &Answer::Done).await,
            Ask::Stats => store::stats(wire, current).await,
            Ask::Forget(asked) => store::forget(wire, current, asked).await,
            Ask::Compact => store::compact(wire, current).await,
            Ask::Export { format } => store::export(wire, current, format).await,
            Ask::Import(importing) => self.import(wire, current, importing).await,
            Ask::Records => store::records(wire, current).await,
        }
    }

    /// The run of this number; a command that gives none that is open has one of its own.
    fn open_run(&self, number: u64) -> Run {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = runs.get_mut(&number) else { return Run::default() };
        // This one is here.
        open.coming.pop();
        open.run.clone()
    }

    /// A run lasts as long as its connection.
    async fn run(&self, wire: &mut Wire, coming: Vec<Coming>) -> Talk {
        let number = self.next_run.fetch_add(1, Ordering::Relaxed);
        let runs = || self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs().insert(number, Open { run: Run::default(), coming });
        let said = say(wire, &Answer::Run(number)).await;
        if said.is_ok() {
            let _ = self.stop.or(wire.linger()).await;
        }
        runs().remove(&number);
        said
    }
}

/// Refuses settings that the worker does not have, by the names of their tables.
fn agree(settings: &Tables, current: &Current) -> Talk {
    let unlike = settings.unlike(&current.tables);
    if unlike.is_empty() {
        return Ok(());
    }
    Err(SocketError::Refused(vec![format!(
        "a worker holds the memory {}, and its settings apply; it has others in {}: use the pipeline.toml it was started with, or change that one and wait until the worker has read it again",
        current.pipeline.memory().path().display(),
        unlike.join(", ")
    )]))
}

/// Answers; what is too long to be said is refused instead.
async fn say(wire: &mut Wire, answer: &Answer) -> Talk {
    if fits(answer) {
        return wire.send(answer).await;
    }
    wire.send(&Answer::Refused(vec!["the answer is too long for the socket".to_owned()])).await
}

/// An error and its causes, each in its own words.
fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect()
}

/// The refusal an error comes to.
fn refused(error: &(dyn std::error::Error + 'static)) -> SocketError {
    SocketError::Refused(causes(error))
}
