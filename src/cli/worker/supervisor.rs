//! What systemd is told: that the worker is ready, alive, and stopping. Without systemd, nothing.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The supervisor that started the process, if it listens.
pub(crate) struct Supervisor {
    to: Option<SocketAddr>,
}

impl Supervisor {
    /// As the environment names it (`sd_notify(3)`).
    pub(crate) fn of_the_environment() -> Self {
        let name = std::env::var("NOTIFY_SOCKET").unwrap_or_default();
        let to = match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name),
            None => SocketAddr::from_pathname(&name),
        };
        Self { to: to.ok().filter(|_| !name.is_empty()) }
    }

    /// It has begun to work.
    pub(crate) fn ready(&self) {
        self.tell("READY=1");
    }

    /// It is alive.
    pub(crate) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// It is ending.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, what: &str) {
        let Some(to) = &self.to else { return };
        let told =
            UnixDatagram::unbound().and_then(|socket| socket.send_to_addr(what.as_bytes(), to));
        if let Err(error) = told {
            tracing::warn!(%error, what, "the supervisor cannot be told");
        }
    }
}

/// How often the supervisor wants to hear that the worker is alive; half of its patience.
pub(crate) fn every() -> Option<Duration> {
    let patience = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    Some(Duration::from_micros(patience) / 2).filter(|every| !every.is_zero())
}
