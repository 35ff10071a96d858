//! `diptych worker`: watches the queue until told to stop.

mod answering;
mod chores;
pub(super) mod heap;
mod supervisor;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::{Result, bail};
use diptych::config::{Config, FILE_NAME};
use diptych::limits::stop::{Stop, stop};
use diptych::memory::{Corrections, Memory, Notice};
use diptych::pipeline::budget::Budget;
use diptych::queue::spool::Spool;
use diptych::worker::day::Day;
use diptych::worker::status::Status;
use diptych::worker::workshop::{Opening, Tools, Workshop};
use diptych::worker::{Ending, Settings, Worker};
use futures_util::future::BoxFuture;

use super::args::queue::Worker as WorkerArgs;
use super::held::Held;
use super::{Exit, assemble, chain, log, signals};
use chores::Chores;
use supervisor::Supervisor;

/// Of broken lines so many are named.
const NAMED: usize = 3;

/// Works until a signal comes.
pub(crate) async fn run(args: WorkerArgs) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    log::of_a_worker(args.log.map_or(config.worker.log, Into::into));
    let (switch, stop) = stop();
    signals::stop_worker_on_signal(switch.clone())?;
    signals::ignore_hangups()?;
    let spool = Spool::open(config.queue.clone())?;
    tracing::info!(queue = %config.queue.path.display(), worker = spool.worker(), "watching");
    let settings = Settings {
        articles: config.worker.articles,
        grace: config.worker.grace,
        ending: if args.until_empty { Ending::Empty } else { Ending::Never },
    };
    let status = Arc::new(Status::default());
    let desk = Arc::new(Desk::new(args.config, config.clone(), stop.clone()));
    let ending = tokio::spawn({
        let stop = stop.clone();
        async move {
            stop.stopped().await;
            Supervisor::of_the_environment().stopping();
        }
    });
    let queue = Arc::new(spool.clone());
    let worker = Worker::new(queue, desk.clone(), settings, status, stop.clone());
    let _chores = Chores::begin(&config, &spool, worker.in_force(), desk.clone())?;
    let answering = tokio::spawn(answering::answer(worker.in_force(), desk, stop, settings.grace));
    let worked = worker.run().await;
    // Also where it ends by itself: nobody may ask any more.
    switch.stop();
    let _ = answering.await;
    // A process that ends sooner leaves its supervisor to think that it broke down.
    let _ = ending.await;
    worked?;
    tracing::info!("stopped");
    Ok(Exit::Complete)
}

/// Makes what a worker translates with of the files of a configuration.
struct Desk {
    /// As it was named.
    path: Option<PathBuf>,
    /// What it said at the start: where the memory is stays for the worker's life.
    first: Config,
    stop: Stop,
    memory: Mutex<Option<Memory>>,
    /// What the files were like when they were last read.
    seen: Mutex<Seen>,
    /// Lines of the corrections in force that cannot be read: those there were at the start.
    skipped: AtomicUsize,
}

/// What tells whether a file has changed; `None` where there is none.
type Seen = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

impl Desk {
    fn new(path: Option<PathBuf>, first: Config, stop: Stop) -> Self {
        let (memory, seen, skipped) = Default::default();
        Self { path, first, stop, memory, seen, skipped }
    }

    /// What the files are like now. Of a configuration that cannot be read, the files that the
    /// first one named.
    fn look(&self) -> Seen {
        let path = self.path.as_deref().unwrap_or(Path::new(FILE_NAME));
        let now = Config::load(self.path.as_deref());
        let config = now.as_ref().unwrap_or(&self.first);
        let files = config.glossary.iter().chain([&config.corrections]).cloned();
        let seen = |path: PathBuf| {
            let metadata = std::fs::metadata(&path).ok();
            let like = metadata.and_then(|it| Some((it.modified().ok()?, it.len())));
            (path, like)
        };
        files.chain([path.to_owned()]).map(seen).collect()
    }

    async fn make(&self, opening: Opening) -> Result<Tools> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.look();
        let config = Config::load(self.path.as_deref())?.for_one_worker()?;
        if config.memory != self.first.memory
            || assemble::pretends(&config) != assemble::pretends(&self.first)
        {
            bail!("the memory cannot be changed while a worker runs: start it again");
        }
        let glossary = assemble::glossary(&config)?;
        let corrections = self.corrections(&config.corrections, opening)?;
        let memory = self.memory(&config, opening).await?;
        // Of a day, over every start and every change of the settings.
        let budget = config.budget.map(|budget| Budget::new(budget, Day::beside(&config.memory)));
        let stop = self.stop.clone();
        let pipeline = assemble::with(&config, glossary, memory, corrections, budget, stop)?;
        Ok(Tools {
            pipeline: Arc::new(pipeline),
            chinese: config.chinese,
            outputs: config.outputs,
            on_error: config.worker.on_error,
            callback_hosts: config.worker.callbacks.hosts,
            corrections: config.corrections,
            tables: config.tables,
        })
    }

    /// The same tools for other terms and corrections; `None` where the settings have changed.
    fn remake(&self, tools: &Tools) -> Result<Option<Tools>> {
        let now = self.look();
        let path = self.path.as_deref().unwrap_or(Path::new(FILE_NAME));
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen().get(path) != now.get(path) {
            return Ok(None);
        }
        let config = Config::load(self.path.as_deref())?;
        if config.backends.iter().any(|backend| backend.kind.holds_terms()) {
            return Ok(None);
        }
        *seen() = now;
        let glossary = assemble::glossary(&config)?;
        let corrections = self.corrections(&config.corrections, Opening::Files)?;
        let pipeline = Arc::new(tools.pipeline.renewed(glossary, corrections));
        Ok(Some(Tools { pipeline, ..tools.clone() }))
    }

    /// What people said. A line that cannot be read at the start is told and passed over, as by any
    /// command; one that is broken later keeps in force what was: what a person said would be
    /// unsaid.
    fn corrections(&self, path: &Path, opening: Opening) -> Result<Corrections> {
        let (corrections, notices) = assemble::corrections_read(path)?;
        let broken: Vec<String> = notices
            .iter()
            .filter_map(|notice| match notice {
                Notice::Line { line, reason, .. } => Some(format!("line {line}: {reason}")),
                _ => None,
            })
            .collect();
        let skipped = self.skipped.load(Ordering::Relaxed);
        if opening != Opening::First && broken.len() > skipped {
            let named: Vec<_> = broken.iter().take(NAMED).map(String::as_str).collect();
            bail!("{}: {}", path.display(), named.join("; "));
        }
        self.skipped.store(broken.len(), Ordering::Relaxed);
        if opening == Opening::First {
            assemble::tell(notices);
        }
        Ok(corrections)
    }

    /// The memory, while it is open.
    fn memory_in_use(&self) -> Option<Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The memory stays open, unless it could not be written.
    async fn memory(&self, config: &Config, opening: Opening) -> Result<Memory> {
        let kept = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if opening == Opening::Memory {
            kept().take();
        }
        if let Some(memory) = kept().clone() {
            return Ok(memory);
        }
        let ours = async {
            if opening == Opening::Memory {
                return Held::again(config).await;
            }
            match Held::by(config).await? {
                Held::Ours(memory) => Ok(memory),
                Held::Workers(_) => bail!(
                    "another worker holds the memory {}: give each worker a `path` of its own under [memory]",
                    config.memory.display()
                ),
            }
        };
        let Some(memory) = self.stop.or(ours).await else {
            bail!("stopped while waiting for the memory {}", config.memory.display())
        };
        let memory = memory?;
        *kept() = Some(memory.clone());
        Ok(memory)
    }
}

impl Workshop for Desk {
    fn has_changed(&self) -> bool {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != self.look()
    }

    fn renew<'a>(&'a self, tools: &'a Tools) -> BoxFuture<'a, Result<Option<Tools>, Vec<String>>> {
        Box::pin(async move {
            let causes = |error: anyhow::Error| error.chain().map(ToString::to_string).collect();
            self.remake(tools).map_err(causes)
        })
    }

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<Tools, String>> {
        Box::pin(async move {
            let tools = self.make(opening).await.map_err(|error| chain(&error))?;
            if opening == Opening::First {
                Supervisor::of_the_environment().ready();
            }
            Ok(tools)
        })
    }
}
