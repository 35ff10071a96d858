//! Builds the pipeline from the settings: opens the memory, reads term base, corrections and
//! seeds, finds the keys, makes the backends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use diptych::backend::http::{Settings, Way};
use diptych::backend::kinds::Opening;
use diptych::backend::{Backend, Capacity};
use diptych::config::{self, Config};
use diptych::glossary::Glossary;
use diptych::limits::Limits;
use diptych::limits::ledger::{Ledger, LimitsFile};
use diptych::limits::retry::Patience;
use diptych::limits::stop::Stop;
use diptych::memory::Corrections;
use diptych::memory::{Memory, Notice, Seeds, Store};
use diptych::pipeline::budget::Budget;
use diptych::pipeline::{Parts, Pipeline};
use secrecy::SecretString;

use super::say;

/// The pipeline of these settings with what is read and opened already.
pub(crate) fn with(
    config: &Config,
    glossary: Glossary,
    memory: Memory,
    corrections: Corrections,
    budget: Option<Arc<Budget>>,
    stop: Stop,
) -> Result<Pipeline> {
    let backends = backends(config, &glossary, Outages::Bear, &stop)?;
    Ok(Pipeline::new(Parts {
        memory,
        corrections,
        glossary,
        backends,
        house: config.house,
        chinese: config.chinese,
        names: config.names,
        extra_requests: config.extra_requests,
        budget,
        clock: Arc::new(|| jiff::Timestamp::now().to_string()),
        stop,
    }))
}

/// The budget of these settings, for one run.
pub(crate) fn of_one_run(config: &Config) -> Option<Arc<Budget>> {
    config.budget.map(|budget| Budget::new(budget, ()))
}

/// What is done about a backend that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outages {
    /// The next is asked, or the outage is waited out.
    Bear,
    /// It is told.
    Tell,
}

/// The backends of these settings. To be made once the memory is ours: then an earlier run has
/// written the last of its limits.
pub(crate) fn backends(
    config: &Config,
    glossary: &Glossary,
    outages: Outages,
    stop: &Stop,
) -> Result<Vec<Arc<dyn Backend>>> {
    let limits = LimitsFile::new(config.memory.with_file_name("limits.json"));
    let last = config.backends.len().saturating_sub(1);
    let patience = |place: usize, backend: &config::Backend| Patience {
        outage: match outages {
            // With somewhere else to go, it is not waited out.
            Outages::Bear if place == last => backend.patience,
            Outages::Bear | Outages::Tell => Duration::ZERO,
        },
        ..Patience::default()
    };
    let all = config.backends.iter().enumerate();
    all.map(|(i, backend)| make(backend, glossary, patience(i, backend), &limits, stop)).collect()
}

/// Whether the backend's text is no translation, and so has a memory of its own.
pub(crate) fn pretends(config: &Config) -> bool {
    config.backends.iter().any(|backend| !backend.kind.translates)
}

/// The term base of these settings.
pub(crate) fn glossary(config: &Config) -> Result<Glossary> {
    Ok(Glossary::load(&texts(&config.glossary)?)?)
}

/// What the memory of these settings holds: the seeds are read.
pub(crate) fn store(config: &Config) -> Result<Store> {
    if pretends(config) {
        return Ok(Store::Pseudo);
    }
    let (seeds, notices) = Seeds::load(&texts(&config.seeds)?);
    tell(notices);
    Ok(Store::Real(seeds))
}

/// A file that is broken throughout should not drown everything else.
const NOTICES: usize = 5;

/// Tells what stopped nothing.
pub(crate) fn tell(notices: Vec<Notice>) {
    tell_first(&notices, notices.len() as u64);
}

/// Tells the first of `all` notices.
pub(crate) fn tell_first(notices: &[Notice], all: u64) {
    for notice in notices.iter().take(NOTICES) {
        say(format_args!("warning: {notice}"));
    }
    if let Some(more) = all.checked_sub(NOTICES as u64).filter(|more| *more > 0) {
        say(format_args!("warning: … and {more} more of this sort"));
    }
}

/// What people said so far; without a file, nothing.
pub(crate) fn corrections(path: &Path) -> Result<Corrections> {
    let (corrections, notices) = corrections_read(path)?;
    tell(notices);
    Ok(corrections)
}

/// What people said so far, and what is wrong with lines of it.
pub(crate) fn corrections_read(path: &Path) -> Result<(Corrections, Vec<Notice>)> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    Ok(Corrections::load(path, text))
}

/// The files' texts.
pub(crate) fn texts(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok((path.clone(), text))
    };
    paths.iter().map(read).collect()
}

fn make(
    backend: &config::Backend,
    glossary: &Glossary,
    patience: Patience,
    limits: &Arc<LimitsFile>,
    stop: &Stop,
) -> Result<Arc<dyn Backend>> {
    let settings = Settings {
        name: backend.name.clone(),
        url: backend.url.clone(),
        model: backend.model.clone(),
        key: key(backend)?,
        capacity: Capacity::of_tokens(backend.paragraphs_per_request, backend.context_tokens),
        prices: backend.prices,
        limits: allowed(backend),
        timeout: backend.timeout,
        patience,
        account: backend.account.clone(),
    };
    let kept = limits.of(&settings.name, &settings.url, settings.key.as_ref());
    let ledger = Ledger::new(kept, Arc::new(SystemTime::now));
    let way = Way { ledger: Some(ledger), ..Way::new(stop.clone(), rand::random()) };
    Ok((backend.kind.open)(Opening { settings, way, glossary })?)
}

fn allowed(backend: &config::Backend) -> Limits {
    Limits {
        requests_per_second: backend.requests_per_second,
        requests_per_minute: backend.requests_per_minute,
        requests_per_day: backend.requests_per_day,
        requests_per_month: backend.requests_per_month,
        tokens_per_minute: backend.tokens_per_minute,
        tokens_per_day: backend.tokens_per_day,
        characters_per_minute: backend.characters_per_minute,
        characters_per_month: backend.characters_per_month,
        burst: backend.burst,
        concurrency: backend.concurrency,
    }
}

/// The key, where its variable is set; local servers need none.
fn key(backend: &config::Backend) -> Result<Option<SecretString>> {
    let Some(variable) = &backend.key_env else { return Ok(None) };
    match std::env::var(variable) {
        Ok(key) if key.trim().is_empty() => Ok(None),
        Ok(key) => Ok(Some(SecretString::from(key.trim().to_owned()))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            bail!("[backends.{}] key_env: the value of {variable} is not valid UTF-8", backend.name)
        }
    }
}
