//! Ctrl-C, and what a supervisor sends in its place.

use std::io;

use anyhow::{Context, Result};
use diptych::limits::stop::StopSwitch;

use super::say;

/// The first signal lets requests under way finish, since they are paid for, and starts no more;
/// the second ends the program. A person is told on standard error.
pub(crate) fn stop_on_signal(switch: StopSwitch) -> Result<()> {
    stop_and_tell(switch, || {
        say(format_args!(
            "stopping: requests under way are still received; press Ctrl-C again to end at once"
        ));
    })
}

/// The same for a worker, which tells it in its log, in whatever form that is.
pub(crate) fn stop_worker_on_signal(switch: StopSwitch) -> Result<()> {
    stop_and_tell(switch, || {
        tracing::info!(
            "stopping: requests under way are still received; a second signal ends at once"
        );
    })
}

fn stop_and_tell(switch: StopSwitch, tell: impl FnOnce() + Send + 'static) -> Result<()> {
    // Here, and not in the task: from now on a signal is heard.
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    tokio::spawn(async move {
        if signals.next().await.is_some() {
            tell();
            switch.stop();
        }
        if signals.next().await.is_some() {
            std::process::exit(2);
        }
    });
    Ok(())
}

/// From now on a hangup ends nothing: a worker reads changed settings by itself.
pub(crate) fn ignore_hangups() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangups = signal(SignalKind::hangup()).context("cannot listen for signals")?;
        tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                tracing::info!("hangup: changed settings are read by themselves");
            }
        });
    }
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Option<()> {
        tokio::select! {
            got = self.interrupt.recv() => got,
            got = self.terminate.recv() => got,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Option<()> {
        tokio::signal::ctrl_c().await.ok()
    }
}
