//! Builds the pipeline from the settings: opens the memory, reads term base, corrections and
//! seeds, finds the keys, makes the backends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use diptych::backend::openai::{self, OpenAi, Prices};
use diptych::backend::pseudo::Pseudo;
use diptych::backend::{Backend, Capacity};
use diptych::config::{self, BackendKind, Config};
use diptych::glossary::Glossary;
use diptych::limits::Limits;
use diptych::limits::ledger::{Ledger, LimitsFile};
use diptych::limits::stop::Stop;
use diptych::memory::Corrections;
use diptych::memory::{Memory, Notice, Seeds, Store};
use diptych::pipeline::{Parts, Pipeline};
use secrecy::SecretString;

use super::held::is_pseudo;
use super::say;

/// The pipeline of these settings with what is read and opened already.
pub(crate) fn with(
    config: &Config,
    glossary: Glossary,
    memory: Memory,
    corrections: Corrections,
    stop: Stop,
) -> Result<Pipeline> {
    let backends = backends(config, &stop)?;
    Ok(Pipeline::new(Parts {
        memory,
        corrections,
        glossary,
        backends,
        house: config.house,
        chinese: config.chinese,
        extra_requests: config.extra_requests,
        clock: Arc::new(|| jiff::Timestamp::now().to_string()),
        stop,
    }))
}

/// The backends of these settings. To be made once the memory is ours: then an earlier run has
/// written the last of its limits.
pub(crate) fn backends(config: &Config, stop: &Stop) -> Result<Vec<Arc<dyn Backend>>> {
    let limits = LimitsFile::new(config.memory.with_file_name("limits.json"));
    config.backends.iter().map(|backend| make(backend, &limits, stop)).collect()
}

/// The term base of these settings.
pub(crate) fn glossary(config: &Config) -> Result<Glossary> {
    Ok(Glossary::load(&texts(&config.glossary)?)?)
}

/// What the memory of these settings holds: the seeds are read.
pub(crate) fn store(config: &Config) -> Result<Store> {
    if is_pseudo(config) {
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
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let (corrections, notices) = Corrections::load(path, text);
    tell(notices);
    Ok(corrections)
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
    limits: &Arc<LimitsFile>,
    stop: &Stop,
) -> Result<Arc<dyn Backend>> {
    Ok(match backend.kind {
        BackendKind::Pseudo => Arc::new(Pseudo::new(&backend.name, capacity(backend))),
        BackendKind::Openai => {
            let settings = openai::Settings {
                name: backend.name.clone(),
                url: backend.url.clone(),
                model: backend.model.clone(),
                key: key(backend)?,
                capacity: capacity(backend),
                prices: Prices { input: backend.price_in, output: backend.price_out },
                limits: Limits {
                    requests_per_second: backend.requests_per_second,
                    requests_per_minute: backend.requests_per_minute,
                    requests_per_day: backend.requests_per_day,
                    tokens_per_minute: backend.tokens_per_minute,
                    burst: backend.burst,
                    concurrency: backend.concurrency,
                },
                timeout: backend.timeout,
            };
            let kept = limits.of(&settings.name, &settings.url, settings.key.as_ref());
            let ledger = Ledger::new(kept, Arc::new(SystemTime::now));
            Arc::new(OpenAi::new(settings, stop.clone(), rand::random())?.with_ledger(ledger))
        }
    })
}

fn capacity(backend: &config::Backend) -> Capacity {
    Capacity { paragraphs: backend.paragraphs_per_request, tokens: backend.context_tokens }
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
