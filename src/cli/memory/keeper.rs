//! What the commands ask of the memory, whoever holds it: this run, or a worker.

use std::io::{BufReader, Read, Write};
use std::path::Path;

use anyhow::Result;
use diptych::config::Config;
use diptych::exchange::{Format, Importing, whole};
use diptych::memory::forget::{Asked, Forgotten};
use diptych::memory::{Compacted, Imported, Stats};
use diptych::socket::SocketError;
use diptych::socket::client::Taken;
use diptych::socket::message::Skipped;
use jiff::Timestamp;

use crate::cli::assemble;
use crate::cli::held::{Held, told};

// What is ours blocks: nothing else runs meanwhile, and nothing waits for it.
impl Held {
    /// The figures, and the size on the disk in bytes.
    pub(super) async fn stats(&self) -> Result<(Stats, u64)> {
        match self {
            Self::Ours(memory) => {
                Ok((Stats::of(memory.entries(), Timestamp::now()), memory.size()?))
            }
            Self::Workers(client) => client.stats().await.map_err(told),
        }
    }

    /// Forgets, or tells what would be forgotten.
    pub(super) async fn forget(&self, asked: Asked) -> Result<Forgotten> {
        match self {
            Self::Ours(memory) => Ok(asked.carry_out(memory)?),
            Self::Workers(client) => client.forget(asked).await.map_err(told),
        }
    }

    /// Makes the store anew.
    pub(super) async fn compact(&self) -> Result<Compacted> {
        match self {
            Self::Ours(memory) => Ok(memory.compact()?),
            Self::Workers(client) => client.compact().await.map_err(told),
        }
    }

    /// Writes what it holds, and tells how many translations that were.
    pub(super) async fn export(
        &self,
        config: &Config,
        format: Format,
        mut into: impl Write,
    ) -> Result<usize> {
        // Mistakes in them are told whoever reads them afterwards.
        let people = match format {
            Format::Tmx => assemble::corrections(&config.corrections)?,
            Format::Jsonl | Format::Xliff => Default::default(),
        };
        match self {
            Self::Ours(memory) => Ok(whole::write_out(memory, &people, format, into)?),
            Self::Workers(client) => {
                let written = client.export(format, |piece| into.write_all(piece)).await;
                let written = written.map_err(told)?;
                into.flush().map_err(SocketError::Io)?;
                Ok(written)
            }
        }
    }

    /// Takes a file in; `progress` is told how many units are done.
    pub(super) async fn import(
        &self,
        config: &Config,
        importing: Importing,
        from: BufReader<impl Read>,
        progress: impl Fn(u64),
    ) -> Result<Imported> {
        let said = assemble::corrections(&config.corrections)?;
        match self {
            Self::Ours(memory) => {
                Ok(importing.take_in(memory, &config.corrections, &said, from, &progress)?)
            }
            Self::Workers(client) => {
                let path = Path::new(&importing.name).to_owned();
                let taken = client.import(importing, from, progress).await.map_err(told)?;
                let Taken { machines, people, nothing, skipped, resumed, notices } = taken;
                let notices = notices.into_iter().map(|Skipped { line, reason }| {
                    diptych::memory::Notice::Line { path: path.clone(), line, reason }
                });
                let notices = notices.collect();
                Ok(Imported { machines, people, nothing, skipped, resumed, notices })
            }
        }
    }
}
