//! x
pub struct MemoryKey([u8; 32]);
