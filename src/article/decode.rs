//! Bytes to text.

/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding;
/// x
#[derive(Debug)]
pub struct DecodeError;
