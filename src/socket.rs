//! One memory, many commands: while a worker holds a memory, one-off commands ask the worker.
//!
//! The worker listens on a Unix socket beside its memory ([`place`]). A command that wants the
//! memory tries the socket first; where nobody answers it opens the memory itself, as without a
//! worker. What a person sees is the same either way: the same progress, the same files, the same
//! exit code.
//!
//! # Who does what
//!
//! The command reads its inputs, looks whether its outputs may be written, and writes them. The
//! worker gets bytes and resolved options, and gives bytes back: no path that comes over the
//! socket is ever opened by it. The worker's term base, limits, backends, checks and style apply.
//! Settings of the command that it cannot honour (another `[backends.main]`, say) are refused by
//! the name of their table. Before it answers, the worker takes in what has changed on the disk,
//! so that an edited term base counts at once, as it would without a worker.
//!
//! # What goes over it
//!
//! A conversation is one request and its answer. It begins with a greeting each way, which names
//! the version of the protocol: another version is an error that names both. Then come frames
//! ([`mod@frame`]): messages as JSON, and bytes in pieces, each of bounded size. Nothing is
//! allocated for a size that was only declared.
//!
//! # A command that goes away
//!
//! Ctrl-C at the command, or its end, stops what it asked for: requests that are under way are
//! received and remembered, since they are paid for, and nothing more is sent. What other commands
//! and jobs asked for goes on.
//!
//! # Who may speak
//!
//! The socket has mode 0600, and each side looks at the user the other runs as: only the same one
//! is spoken to.

pub mod place;
pub mod frame;
pub mod message;
pub mod wire;
pub mod server;
pub mod client;

use std::io;
use std::path::PathBuf;

/// The version of the protocol: another one is another language.
pub const PROTOCOL: u32 = 1;

/// Why a conversation failed.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The connection broke.
    #[error("the connection to the worker broke off: {0}")]
    Io(#[from] io::Error),
    /// The other side went away in the middle.
    #[error(
        "the worker went away in the middle of the work; what it had paid for is remembered: run it again"
    )]
    Gone,
    /// It is not our language.
    #[error("what came over the socket cannot be read: {0}")]
    Frame(#[from] frame::FrameError),
    /// It is no message we know, or not at this place.
    #[error("a message cannot be read: {0}")]
    Message(#[from] serde_json::Error),
    /// It is a message we know, at the wrong place.
    #[error("an unexpected message came over the socket")]
    Unexpected,
    /// The other side speaks another version.
    #[error(
        "the worker is diptych {theirs} and speaks version {their_protocol} of the protocol, this is diptych {} and speaks version {PROTOCOL}; restart the worker with this version",
        env!("CARGO_PKG_VERSION")
    )]
    Version {
        /// The version of its program.
        theirs: String,
        /// The version of its protocol.
        their_protocol: u32,
    },
    /// It accepts connections, and says nothing.
    #[error("the worker that holds the memory does not answer on {}; is it stopped? `diptych worker` started again answers", .0.display())]
    Silent(PathBuf),
    /// Somebody else is behind the socket.
    #[error("the socket {} belongs to another user (uid {uid}); run the command as the user the worker runs as", path.display())]
    Stranger {
        /// The socket.
        path: PathBuf,
        /// Whose process is behind it.
        uid: u32,
    },
    /// The worker could not or would not do it: why, the causes after it.
    #[error("{}", .0.first().map_or("the worker gave no reason", String::as_str))]
    Refused(Vec<String>),
    /// The socket cannot be made.
    #[error(transparent)]
    Place(#[from] place::PlaceError),
}
