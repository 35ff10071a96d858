//! Frames: how messages and bytes are told apart on a stream.
//!
//! A frame is a kind (one byte), a length (four bytes, the highest first) and so many bytes. This
//! file is pure: bytes in, frames out, however the bytes are cut.

use std::collections::VecDeque;

/// The longest message, in bytes.
pub const LONGEST_MESSAGE: usize = 1 << 20;

/// The longest piece of bytes in one frame.
pub const LONGEST_PIECE: usize = 1 << 16;

/// The bytes before each frame's own.
const HEAD: usize = 5;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message: JSON.
    Message(Vec<u8>),
    /// A piece of a run of bytes; never empty.
    Bytes(Vec<u8>),
    /// The end of a run of bytes.
    End,
}

/// What is no frame of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// There is no such kind of frame.
    #[error("there is no kind {0} of frame")]
    Kind(u8),
    /// It is longer than its kind may be, or empty where it may not be.
    #[error("a frame of kind {kind} cannot have {length} bytes")]
    Length {
        /// Its kind.
        kind: u8,
        /// Its declared length.
        length: usize,
    },
}

const MESSAGE: u8 = 1;
const BYTES: u8 = 2;
const END: u8 = 3;

impl Frame {
    /// The frame as it goes over the wire. The caller keeps the bounds; [`fits`](Self::fits) tells.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, bytes) = match self {
            Self::Message(bytes) => (MESSAGE, bytes.as_slice()),
            Self::Bytes(bytes) => (BYTES, bytes.as_slice()),
            Self::End => (END, [].as_slice()),
        };
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut frame = Vec::with_capacity(HEAD + bytes.len());
        frame.push(kind);
        frame.extend(length.to_be_bytes());
        frame.extend(bytes);
        frame
    }

    /// Whether the other side would take it.
    pub fn fits(&self) -> bool {
        match self {
            Self::Message(bytes) => bounds(MESSAGE, bytes.len()).is_ok(),
            Self::Bytes(bytes) => bounds(BYTES, bytes.len()).is_ok(),
            Self::End => true,
        }
    }
}

fn bounds(kind: u8, length: usize) -> Result<(), FrameError> {
    let allowed = match kind {
        MESSAGE => 1..=LONGEST_MESSAGE,
        BYTES => 1..=LONGEST_PIECE,
        END => 0..=0,
        _ => return Err(FrameError::Kind(kind)),
    };
    if allowed.contains(&length) { Ok(()) } else { Err(FrameError::Length { kind, length }) }
}

/// Bytes as they come, frames as they are complete.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: VecDeque<u8>,
    /// What stood where a frame should begin; nothing after it means anything.
    broken: Option<FrameError>,
}

impl Decoder {
    /// Takes bytes in. It holds no more than these and the part of a frame that came before.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.bytes.extend(bytes);
        }
    }

    /// The next frame, if all of it has come.
    ///
    /// # Errors
    ///
    /// [`FrameError`] as soon as its head has come; the same for ever after.
    pub fn pull(&mut self) -> Result<Option<Frame>, FrameError> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let mut head = [0; HEAD];
        if self.bytes.len() < HEAD {
            return Ok(None);
        }
        for (to, from) in head.iter_mut().zip(&self.bytes) {
            *to = *from;
        }
        let [kind, a, b, c, d] = head;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        if let Err(error) = bounds(kind, length) {
            self.broken = Some(error);
            self.bytes = VecDeque::new();
            return Err(error);
        }
        if self.bytes.len() < HEAD + length {
            return Ok(None);
        }
        self.bytes.drain(..HEAD);
        let bytes = self.bytes.drain(..length).collect();
        Ok(Some(match kind {
            MESSAGE => Frame::Message(bytes),
            BYTES => Frame::Bytes(bytes),
            _ => Frame::End,
        }))
    }

    /// Whether a frame has begun and is not complete.
    pub fn is_within(&self) -> bool {
        !self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames() -> impl Strategy<Value = Vec<Frame>> {
        let bytes = || proptest::collection::vec(any::<u8>(), 1..200);
        let frame = prop_oneof![
            bytes().prop_map(Frame::Message),
            bytes().prop_map(Frame::Bytes),
            Just(Frame::End)
        ];
        proptest::collection::vec(frame, 0..8)
    }

    fn all(decoder: &mut Decoder) -> Result<Vec<Frame>, FrameError> {
        std::iter::from_fn(|| decoder.pull().transpose()).collect()
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_however_they_are_cut(
            frames in frames(),
            cuts in proptest::collection::vec(1_usize..40, 1..40),
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
            let (mut decoder, mut read, mut rest) = (Decoder::default(), Vec::new(), bytes.as_slice());
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                decoder.push(piece);
                read.extend(all(&mut decoder).unwrap());
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(read, frames);
            prop_assert!(!decoder.is_within());
        }

        #[test]
        fn garbage_is_an_error_or_waits_for_bounded_bytes(
            garbage in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            let mut decoder = Decoder::default();
            decoder.push(&garbage);
            match all(&mut decoder) {
                // A frame that is not complete waits for no more than the longest.
                Ok(_) => prop_assert!(decoder.bytes.len() <= garbage.len()),
                Err(error) => {
                    decoder.push(&[MESSAGE, 0, 0, 0, 1, b'1']);
                    prop_assert_eq!(decoder.pull(), Err(error), "nothing after it means anything");
                    prop_assert_eq!(decoder.bytes.capacity(), 0);
                }
            }
        }

        #[test]
        fn a_declared_size_allocates_nothing(kind in 1_u8..=3, length in any::<u32>()) {
            let mut decoder = Decoder::default();
            decoder.push(&[&[kind], length.to_be_bytes().as_slice()].concat());
            let pulled = decoder.pull();
            prop_assert!(decoder.bytes.capacity() < 64);
            let most = [LONGEST_MESSAGE, LONGEST_PIECE, 0][usize::from(kind) - 1];
            if length as usize > most {
                prop_assert!(pulled.is_err());
            }
        }
    }

    #[test]
    fn the_longest_fit_and_longer_ones_do_not() {
        assert!(Frame::Message(vec![0; LONGEST_MESSAGE]).fits());
        assert!(!Frame::Message(vec![0; LONGEST_MESSAGE + 1]).fits());
        assert!(!Frame::Bytes(vec![0; LONGEST_PIECE + 1]).fits());
        let mut decoder = Decoder::default();
        decoder.push(&Frame::Bytes(vec![0; LONGEST_PIECE + 1]).encode());
        assert_eq!(decoder.pull(), Err(FrameError::Length { kind: 2, length: LONGEST_PIECE + 1 }));
        decoder = Decoder::default();
        decoder.push(b"GET / HTTP/1.1\r\n");
        assert_eq!(decoder.pull(), Err(FrameError::Kind(b'G')));
    }
}
