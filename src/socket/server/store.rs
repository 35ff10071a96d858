//! The memory: its figures, out of it, into it, less of it.

use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use tokio::sync::mpsc::{self, Sender};

use super::pipe::{In, Out, PIECES};
use super::{Current, Desk, Talk, refused, say};
use crate::exchange::{Format, Importing, whole};
use crate::memory::forget::Asked;
use crate::memory::{Corrections, Imported, MemoryError, Notice, Stats};
use crate::socket::SocketError;
use crate::socket::frame::LONGEST_PIECE;
use crate::socket::message::{Answer, Skipped};
use crate::socket::wire::Wire;

pub(super) async fn stats(wire: &mut Wire, current: Current) -> Talk {
    let figures = blocking(move || {
        let memory = current.pipeline.memory();
        Ok((Stats::of(memory.entries(), Timestamp::now()), memory.size()?))
    });
    let (stats, bytes) = figures.await?;
    say(wire, &Answer::Stats { stats, bytes }).await
}

pub(super) async fn forget(wire: &mut Wire, current: Current, asked: Asked) -> Talk {
    let forgotten = blocking(move || asked.carry_out(current.pipeline.memory())).await?;
    say(wire, &Answer::Forgotten(forgotten)).await
}

/// What else the worker does with the memory waits meanwhile.
pub(super) async fn compact(wire: &mut Wire, current: Current) -> Talk {
    let compacted = blocking(move || current.pipeline.memory().compact()).await?;
    say(wire, &Answer::Compacted(compacted)).await
}

pub(super) async fn export(wire: &mut Wire, current: Current, format: Format) -> Talk {
    let written = give(wire, move |out| {
        let people = match format {
            Format::Tmx => said(&current.corrections)?,
            Format::Jsonl | Format::Xliff => Corrections::default(),
        };
        whole::write_out(current.pipeline.memory(), &people, format, out)
    });
    let written = written.await?;
    say(wire, &Answer::Exported(written)).await
}

pub(super) async fn records(wire: &mut Wire, current: Current) -> Talk {
    let written = give(wire, move |mut out| {
        let memory = current.pipeline.memory();
        let copied = memory.write_records(&mut out).and_then(|()| out.flush());
        copied.map_err(|source| MemoryError::Exchange { doing: "copy the memory", source })
    });
    written.await?;
    say(wire, &Answer::Done).await
}

impl Desk {
    pub(super) async fn import(
        &self,
        wire: &mut Wire,
        current: Current,
        importing: Importing,
    ) -> Talk {
        let (pieces, from) = mpsc::channel(PIECES);
        let (tell, mut told) = mpsc::unbounded_channel();
        let work = tokio::task::spawn_blocking(move || {
            let (memory, corrections) = (current.pipeline.memory(), &current.corrections);
            let said = said(corrections)?;
            let from = BufReader::with_capacity(1 << 20, In::new(from));
            let progress = |units| {
                let _ = tell.send(units);
            };
            importing.take_in(memory, corrections, &said, from, &progress)
        });
        tokio::pin!(work);
        // Its own end: what has come is handed on while news goes out.
        let mut pieces = Some(pieces);
        let done = loop {
            tokio::select! {
                biased;
                Some(units) = told.recv() => wire.send(&Answer::Units(units)).await?,
                done = &mut work => break done,
                piece = next(wire, pieces.as_ref()), if pieces.is_some() => {
                    let piece = piece?;
                    let over = piece.is_none();
                    if let Some(sender) = pieces.as_ref() {
                        // A reader that is gone has ended: its answer comes next.
                        let _ = sender.send(piece).await;
                    }
                    if over {
                        pieces = None;
                    }
                }
            }
        };
        let imported = done.map_err(|_| broken_off())?.map_err(|error| refused(&error))?;
        let Imported { machines, people, nothing, skipped, resumed, notices } = imported;
        if people > 0 {
            // What people said counts at once.
            self.host.current().await.map_err(SocketError::Refused)?;
        }
        let notices = notices.into_iter().filter_map(|notice| match notice {
            Notice::Line { line, reason, .. } => Some(Skipped { line, reason }),
            _ => None,
        });
        let notices = notices.collect();
        say(wire, &Answer::Imported { machines, people, nothing, skipped, resumed, notices }).await
    }
}

/// The next piece of what the command sends, once there is room for it.
async fn next(
    wire: &mut Wire,
    pieces: Option<&Sender<Option<Vec<u8>>>>,
) -> Result<Option<Vec<u8>>, SocketError> {
    if let Some(pieces) = pieces {
        // A closed pipe has room: the rest is read and thrown away.
        let _ = pieces.reserve().await;
    }
    wire.receive_piece().await
}

/// Gives out what `work` writes, and returns what it returns.
async fn give<T: Send + 'static>(
    wire: &mut Wire,
    work: impl FnOnce(BufWriter<Out>) -> Result<T, MemoryError> + Send + 'static,
) -> Result<T, SocketError> {
    say(wire, &Answer::Bytes).await?;
    let (sender, mut pieces) = mpsc::channel(PIECES);
    let work = blocking(move || work(BufWriter::with_capacity(LONGEST_PIECE, Out(sender))));
    let work = tokio::spawn(work);
    while let Some(piece) = pieces.recv().await {
        wire.send_piece(&piece).await?;
    }
    wire.end_run().await?;
    work.await.map_err(|_| broken_off())?
}

/// What people said so far; without a file, nothing. Broken lines were told by whoever asks.
fn said(path: &Path) -> Result<Corrections, MemoryError> {
    match std::fs::read(path) {
        Ok(text) => Ok(Corrections::load(path, text).0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Corrections::default()),
        Err(source) => Err(MemoryError::Unreadable { path: path.to_owned(), source }),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MemoryError> + Send + 'static,
) -> Result<T, SocketError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| broken_off())?;
    done.map_err(|error| refused(&error))
}

fn broken_off() -> SocketError {
    SocketError::Refused(vec!["the work broke off".to_owned()])
}
