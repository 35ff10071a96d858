//! What a worker does beside its work: it says how it is, removes what is not kept, sends results,
//! and exports its memory once a day. None of these holds up the work, and none ends it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use diptych::config::{Callbacks, Config};
use diptych::limits::transport::Http;
use diptych::memory::{self, Memory};
use diptych::queue::spool::Spool;
use diptych::worker::callback::{Caller, Sent, allowed};
use diptych::worker::in_force::InForce;
use secrecy::SecretString;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::super::chain;
use super::Desk;
use super::supervisor::{self, Supervisor};

const REPORT: Duration = Duration::from_secs(2);
const TIDY: Duration = Duration::from_secs(60);
const CALL: Duration = Duration::from_secs(1);
const EXPORT: Duration = Duration::from_secs(2);
/// How long the receiver of a result may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// The chores, until they are dropped.
pub(super) struct Chores(#[expect(dead_code, reason = "dropped, it ends them")] JoinSet<()>);

impl Chores {
    /// Begins them.
    pub(super) fn begin(
        config: &Config,
        spool: &Spool,
        in_force: Arc<InForce>,
        desk: Arc<Desk>,
    ) -> Result<Self> {
        let mut chores = JoinSet::new();
        let reporter = spool.clone();
        chores.spawn(again(REPORT, "report", move || {
            let mut report = serde_json::to_value(in_force.figures())?;
            report["worker"] = json!(reporter.worker());
            Ok(reporter.report(&serde_json::to_vec(&report)?)?)
        }));
        let tidier = spool.clone();
        chores.spawn(again(TIDY, "tidy up", move || {
            let removed = tidier.tidy()?;
            if removed > 0 {
                tracing::info!(removed, "removed jobs that are not kept any longer");
            }
            Ok(())
        }));
        if let Some(folder) = config.worker.export.clone() {
            chores.spawn(again(EXPORT, "export the memory", move || {
                desk.memory_in_use().map_or(Ok(()), |memory| export(&memory, &folder))
            }));
        }
        if let Some(caller) = caller(&config.worker.callbacks)? {
            chores.spawn(call_back(spool.clone(), caller, config.worker.callbacks.hosts.clone()));
        }
        if let Some(every) = supervisor::every() {
            chores.spawn(async move {
                let supervisor = Supervisor::of_the_environment();
                let mut tick = interval(every);
                loop {
                    tick.tick().await;
                    supervisor.alive();
                }
            });
        }
        Ok(Self(chores))
    }
}

/// Does it again and again, off the runtime; a failure is told and stops nothing.
async fn again<F>(every: Duration, what: &'static str, chore: F)
where
    F: Fn() -> Result<()> + Send + Sync + 'static,
{
    let chore = Arc::new(chore);
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let chore = chore.clone();
        match tokio::task::spawn_blocking(move || chore()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "cannot {what}"),
            Err(error) => tracing::error!(%error, "cannot {what}"),
        }
    }
}

/// Who sends results, where any host is named.
fn caller(callbacks: &Callbacks) -> Result<Option<Caller>> {
    let Some(variable) = callbacks.key_env.as_ref().filter(|_| !callbacks.hosts.is_empty()) else {
        return Ok(None);
    };
    let key = std::env::var(variable).unwrap_or_default();
    if key.trim().is_empty() {
        bail!("[worker] callback_key_env: {variable} is not set; unsigned results are not sent");
    }
    Ok(Some(Caller::new(callbacks.hosts.clone(), SecretString::from(key.trim().to_owned()))))
}

async fn call_back(spool: Spool, mut caller: Caller, hosts: Vec<String>) {
    let mut tick = interval(CALL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let looking = spool.clone();
        let due = match tokio::task::spawn_blocking(move || looking.callbacks()).await {
            Ok(Ok(due)) => due,
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot look for results to send");
                continue;
            }
            Err(error) => {
                tracing::error!(%error, "cannot look for results to send");
                continue;
            }
        };
        for due in due {
            let sent = match allowed(&due.address, &hosts) {
                Ok(url) => caller.send(&due, &Http::new(&url, DEADLINE)).await,
                Err(reason) => {
                    tracing::error!(result = due.name, %reason, "not called back");
                    Sent::Over
                }
            };
            if sent == Sent::Over {
                spool.called_back(&due);
            }
        }
    }
}

/// Exports the memory, unless today's export is there.
fn export(memory: &Memory, folder: &Path) -> Result<()> {
    let today = jiff::Timestamp::now().to_string();
    let today = today.get(..10).unwrap_or_default();
    let path: PathBuf = folder.join(format!("memory-{today}.jsonl"));
    if path.exists() {
        return Ok(());
    }
    let cannot = || format!("cannot write {}", path.display());
    std::fs::create_dir_all(folder).with_context(cannot)?;
    let file = tempfile::Builder::new().tempfile_in(folder).with_context(cannot)?;
    let written = memory::export(memory, std::io::BufWriter::new(file.as_file()))?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(&path).map_err(|error| error.error).with_context(cannot)?;
    tracing::info!(written, file = %path.display(), "exported the memory");
    Ok(())
}
