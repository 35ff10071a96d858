//! The log, on standard error: what a program or a person reads afterwards. Never the text of an
//! article, never a key.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};

use diptych::config::LogFormat;
use tracing_subscriber::EnvFilter;

/// What is logged is chosen by this variable, as `tracing` reads it.
const VARIABLE: &str = "DIPTYCH_LOG";

/// Whether this process is a worker, which says everything in its log.
static IS_A_WORKERS: AtomicBool = AtomicBool::new(false);

/// Says in the log of a worker what a command says to a person; whether this is one.
pub(crate) fn say(line: &str) -> bool {
    let is_a_workers = IS_A_WORKERS.load(Ordering::Relaxed);
    if is_a_workers {
        match (line.strip_prefix("error: "), line.strip_prefix("warning: ")) {
            (Some(error), _) => tracing::error!("{error}"),
            (_, Some(warning)) => tracing::warn!("{warning}"),
            _ => tracing::info!("{line}"),
        }
    }
    is_a_workers
}

/// The log of a command that speaks for itself.
pub(crate) fn of_a_command() {
    tracing_subscriber::fmt().with_env_filter(filter("error")).with_writer(std::io::stderr).init();
}

/// The log of a worker, which says nothing else.
pub(crate) fn of_a_worker(format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter("warn,diptych=info"))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that nobody reads any more ends nothing.
        .log_internal_errors(false)
        .with_target(false);
    match format {
        LogFormat::Human => log.init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).init(),
    }
    IS_A_WORKERS.store(true, Ordering::Relaxed);
}

fn filter(usual: &str) -> EnvFilter {
    EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(usual))
}
