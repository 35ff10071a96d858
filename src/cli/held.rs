//! Who holds the memory: this run, or a worker that is asked instead.

use std::io::{BufReader, Seek, Write};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use diptych::config::Config;
use diptych::memory::{Memory, Store, store};
use diptych::socket::SocketError;
use diptych::socket::client::Client;
use diptych::socket::place::Place;

use super::{assemble, say};

/// How often a run that waits looks whether a worker has begun.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The memory, as far as this run has it.
pub(crate) enum Held {
    /// It is this run's alone.
    Ours(Memory),
    /// A worker has it, and does what is asked of it.
    Workers(Client),
}

impl Held {
    /// Opens the memory of these settings, or finds the worker that has it. Waits for another run
    /// that is using it.
    pub(crate) async fn by(config: &Config) -> Result<Self> {
        let store = assemble::store(config)?;
        if let Some(client) = worker(config).await? {
            return Ok(Self::Workers(client));
        }
        // A worker may have been waiting longer than we have, and then keeps it for months.
        tokio::select! {
            opened = opened(config, store) => Ok(Self::Ours(opened?)),
            client = begun(config) => Ok(Self::Workers(client?)),
        }
    }

    /// Opens the memory of these settings anew, for the worker that had it: whoever asks finds this
    /// worker and no other.
    pub(crate) async fn again(config: &Config) -> Result<Memory> {
        opened(config, assemble::store(config)?).await
    }

    /// The memory to be looked into, and not to be written to: of a worker's, a copy.
    pub(crate) async fn to_look_into(config: &Config) -> Result<Memory> {
        let client = match Self::by(config).await? {
            Self::Ours(memory) => return Ok(memory),
            Self::Workers(client) => client,
        };
        let cannot = || "cannot copy the memory of the worker";
        let mut copy = tempfile::tempfile().with_context(cannot)?;
        client.records(|piece| copy.write_all(piece)).await.map_err(told)?;
        copy.rewind().with_context(cannot)?;
        let store = assemble::store(config)?;
        Memory::of_records(BufReader::new(copy), store).with_context(cannot)
    }
}

/// The memory, once nobody else has it.
async fn opened(config: &Config, store: Store) -> Result<Memory> {
    let path = folder(config).display().to_string();
    let on_wait = move || {
        say(format_args!("another run is using the memory {path}: waiting for it to finish"))
    };
    let (memory, notices) = Memory::open_waiting(&config.memory, store, on_wait).await?;
    assemble::tell(notices);
    Ok(memory)
}

/// The worker that holds the memory of these settings, if one does.
pub(crate) async fn worker(config: &Config) -> Result<Option<Client>> {
    Client::find(Place::of(&folder(config)), config.tables.clone()).await.map_err(told)
}

/// A worker, once there is one.
async fn begun(config: &Config) -> Result<Client> {
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        if let Some(client) = worker(config).await? {
            return Ok(client);
        }
    }
}

/// The folder of the memory of these settings.
pub(crate) fn folder(config: &Config) -> std::path::PathBuf {
    if assemble::pretends(config) { store::pseudo(&config.memory) } else { config.memory.clone() }
}

/// What a worker says, as this run would say it itself.
pub(crate) fn told(error: SocketError) -> anyhow::Error {
    let SocketError::Refused(causes) = error else { return error.into() };
    let mut causes = causes.into_iter().rev();
    let last = anyhow!(causes.next().unwrap_or_else(|| "the worker gave no reason".to_owned()));
    causes.fold(last, anyhow::Error::context)
}
