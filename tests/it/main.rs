//! The one integration binary: a file per subject.

// All of this is test; clippy knows only the functions marked so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod memory;
