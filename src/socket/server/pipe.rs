//! Pipes between a conversation and work that blocks: bounded, so that neither runs ahead.

use std::io::{self, Read, Write};

use tokio::sync::mpsc::{Receiver, Sender};

use crate::socket::frame::LONGEST_PIECE;

/// Pieces on their way at most.
pub(super) const PIECES: usize = 8;

/// Bytes as a file that is written to; the other end sends them on.
pub(super) struct Out(pub(super) Sender<Vec<u8>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = bytes.get(..LONGEST_PIECE).unwrap_or(bytes);
        self.0.blocking_send(piece.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes as a file that is read; `None` is its end, and a closed pipe is none.
pub(super) struct In {
    pieces: Receiver<Option<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
    over: bool,
}

impl In {
    pub(super) fn new(pieces: Receiver<Option<Vec<u8>>>) -> Self {
        Self { pieces, piece: io::Cursor::default(), over: false }
    }
}

impl Read for In {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(into)?;
            if read > 0 || self.over || into.is_empty() {
                return Ok(read);
            }
            match self.pieces.blocking_recv() {
                Some(Some(piece)) => self.piece = io::Cursor::new(piece),
                Some(None) => self.over = true,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}
