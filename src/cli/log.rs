//! The log, on standard error: what a program or a person reads afterwards. Never the text of an
//! article, never a key.

use std::io::IsTerminal;

use diptych::config::LogFormat;
use tracing_subscriber::EnvFilter;

/// What is logged is chosen by this variable, as `tracing` reads it.
const VARIABLE: &str = "DIPTYCH_LOG";

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
}

fn filter(usual: &str) -> EnvFilter {
    EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(usual))
}
