//! A connection: messages and runs of bytes, sent and received.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::SocketError;
use super::frame::{Decoder, Frame, FrameError, LONGEST_MESSAGE, LONGEST_PIECE};
use super::message::Hello;

/// How much is read at once.
const READ: usize = 1 << 16;

/// One end of a connection.
#[derive(Debug)]
pub struct Wire {
    stream: UnixStream,
    decoder: Decoder,
    buffer: Vec<u8>,
}

impl Wire {
    /// A connection on which nothing was said yet.
    pub fn new(stream: UnixStream) -> Self {
        Self { stream, decoder: Decoder::default(), buffer: vec![0; READ] }
    }

    /// Greets, and hears the other side's greeting.
    ///
    /// # Errors
    ///
    /// [`SocketError::Version`] where it is another version: what one makes need not be what the
    /// other makes.
    pub async fn greet(&mut self) -> Result<(), SocketError> {
        let ours = Hello::ours();
        self.send(&ours).await?;
        let theirs: Hello = self.receive().await?;
        if theirs == ours {
            Ok(())
        } else {
            let (theirs, their_protocol) = (theirs.version, theirs.protocol);
            Err(SocketError::Version { theirs, their_protocol })
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// [`SocketError::Gone`] where nobody reads any more; a message that is too long is not sent.
    pub async fn send(&mut self, message: &impl Serialize) -> Result<(), SocketError> {
        self.send_frame(&Frame::Message(serde_json::to_vec(message)?)).await
    }

    /// Sends one piece of a run of bytes; an empty one is none.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub async fn send_piece(&mut self, bytes: &[u8]) -> Result<(), SocketError> {
        for piece in bytes.chunks(LONGEST_PIECE) {
            self.send_frame(&Frame::Bytes(piece.to_vec())).await?;
        }
        Ok(())
    }

    /// Ends a run of bytes.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub async fn end_run(&mut self) -> Result<(), SocketError> {
        self.send_frame(&Frame::End).await
    }

    /// Sends a whole run of bytes.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub async fn send_run(&mut self, bytes: &[u8]) -> Result<(), SocketError> {
        self.send_piece(bytes).await?;
        self.end_run().await
    }

    async fn send_frame(&mut self, frame: &Frame) -> Result<(), SocketError> {
        if !frame.fits() {
            let length = match frame {
                Frame::Message(bytes) | Frame::Bytes(bytes) => bytes.len(),
                Frame::End => 0,
            };
            return Err(FrameError::Length { kind: 1, length }.into());
        }
        self.stream.write_all(&frame.encode()).await.map_err(gone)
    }

    /// The next frame. May be dropped at any moment: what has come is kept.
    ///
    /// # Errors
    ///
    /// [`SocketError::Gone`] where nothing more comes.
    pub async fn next(&mut self) -> Result<Frame, SocketError> {
        loop {
            if let Some(frame) = self.decoder.pull()? {
                return Ok(frame);
            }
            let read = self.stream.read(&mut self.buffer).await.map_err(gone)?;
            let bytes = self.buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                return Err(SocketError::Gone);
            }
            self.decoder.push(bytes);
        }
    }

    /// The next frame, which has to be a message.
    ///
    /// # Errors
    ///
    /// As [`Self::next`]; [`SocketError::Message`] where it is not one of these.
    pub async fn receive<T: DeserializeOwned>(&mut self) -> Result<T, SocketError> {
        match self.next().await? {
            Frame::Message(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Frame::Bytes(_) | Frame::End => Err(SocketError::Unexpected),
        }
    }

    /// The next piece of a run of bytes, or `None` at its end.
    ///
    /// # Errors
    ///
    /// As [`Self::next`].
    pub async fn receive_piece(&mut self) -> Result<Option<Vec<u8>>, SocketError> {
        match self.next().await? {
            Frame::Bytes(bytes) => Ok(Some(bytes)),
            Frame::End => Ok(None),
            Frame::Message(_) => Err(SocketError::Unexpected),
        }
    }

    /// A whole run of bytes, refused once there are more than `most`.
    ///
    /// # Errors
    ///
    /// As [`Self::next`].
    pub async fn receive_run(&mut self, most: usize) -> Result<Vec<u8>, SocketError> {
        let mut run = Vec::new();
        while let Some(piece) = self.receive_piece().await? {
            if run.len() + piece.len() > most {
                return Err(FrameError::Length { kind: 2, length: run.len() + piece.len() }.into());
            }
            run.extend(piece);
        }
        Ok(run)
    }

    /// Reads on until the other side is done: closed with bytes unread, the connection would lose
    /// it what was sent last.
    pub async fn linger(&mut self) {
        loop {
            match self.next().await {
                Ok(_) => {}
                // Whatever it says: it is not listened to any more.
                Err(SocketError::Frame(_)) => match self.stream.read(&mut self.buffer).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return,
                },
                Err(_) => return,
            }
        }
    }

    /// The user behind the other end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn peer(&self) -> std::io::Result<u32> {
        Ok(self.stream.peer_cred()?.uid())
    }
}

/// Whether a value can be sent as one message.
pub fn fits(value: &impl Serialize) -> bool {
    serde_json::to_vec(value).is_ok_and(|bytes| (1..=LONGEST_MESSAGE).contains(&bytes.len()))
}

fn gone(error: std::io::Error) -> SocketError {
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionReset | UnexpectedEof => SocketError::Gone,
        _ => SocketError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> (Wire, Wire) {
        let (one, other) = UnixStream::pair().unwrap();
        (Wire::new(one), Wire::new(other))
    }

    #[tokio::test]
    async fn messages_and_runs_arrive_however_long() {
        let (mut one, mut other) = both();
        // Far more than a socket holds.
        let long: Vec<u8> = (0..5_000_000_u32).map(|i| i.to_le_bytes()[0]).collect();
        let sending = async {
            one.greet().await.unwrap();
            one.send_run(&long).await.unwrap();
            one.send_run(b"").await.unwrap();
            one.send(&7).await.unwrap();
        };
        let receiving = async {
            other.greet().await.unwrap();
            assert!(other.receive_run(long.len()).await.unwrap() == long);
            assert_eq!(other.receive_run(0).await.unwrap(), b"");
            assert_eq!(other.receive::<u32>().await.unwrap(), 7);
        };
        tokio::join!(sending, receiving);
    }

    #[tokio::test]
    async fn bounds_hold_on_both_sides() {
        let (mut one, mut other) = both();
        let long = "x".repeat(LONGEST_MESSAGE);
        assert!(!fits(&long));
        assert!(matches!(one.send(&long).await, Err(SocketError::Frame(_))), "it is not sent");
        one.send_run(b"four").await.unwrap();
        assert!(matches!(other.receive_run(3).await, Err(SocketError::Frame(_))));
    }

    #[tokio::test]
    async fn an_end_in_the_middle_is_told() {
        let (mut one, mut other) = both();
        one.stream.write_all(&Frame::Message(b"1".to_vec()).encode()[..4]).await.unwrap();
        drop(one);
        assert!(matches!(other.next().await, Err(SocketError::Gone)));
        assert!(matches!(other.send(&1).await, Err(SocketError::Gone)));
    }

    #[tokio::test]
    async fn another_version_is_told_by_its_name() {
        let (mut one, mut other) = both();
        let hello = Hello { protocol: 1, version: "9.9.9".to_owned() };
        one.send(&hello).await.unwrap();
        let error = other.greet().await.unwrap_err().to_string();
        for part in ["9.9.9", env!("CARGO_PKG_VERSION")] {
            assert!(error.contains(part), "{error}");
        }
    }
}
