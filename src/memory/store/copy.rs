//! A copy of a store, to be looked into where the store itself is another process's.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::super::MemoryError;
use super::{Memory, Store};

/// The longest key or value that is read; ours are far shorter.
const LONGEST: u32 = 1 << 28;

impl Memory {
    /// Writes every record as it stands. Blocks.
    ///
    /// # Errors
    ///
    /// What `into` says.
    pub fn write_records(&self, mut into: impl Write) -> io::Result<()> {
        for (key, value) in self.0.shelf().sweep(..) {
            for part in [&key, &value] {
                let length = u32::try_from(part.len()).map_err(io::Error::other)?;
                into.write_all(&length.to_le_bytes())?;
                into.write_all(part)?;
            }
        }
        into.flush()
    }

    /// A memory of records that [`Self::write_records`] wrote, in a temporary folder which goes
    /// with it. Blocks.
    ///
    /// # Errors
    ///
    /// What `from` and the disk say.
    pub fn of_records(mut from: impl Read, store: Store) -> Result<Self, MemoryError> {
        let folder = tempfile::tempdir();
        let folder =
            folder.map_err(|source| MemoryError::Exchange { doing: "copy the memory", source })?;
        let cannot = |source| MemoryError::Open { path: folder.path().to_owned(), source };
        let (mut memory, _) = Self::open(&folder.path().join("memory"), store)?;
        {
            let shelf = memory.0.shelf();
            while let Some(key) = part(&mut from).map_err(cannot)? {
                let value = part(&mut from).map_err(cannot)?;
                let value = value.ok_or_else(|| cannot(io::ErrorKind::UnexpectedEof.into()))?;
                shelf.put(&key, value).map_err(|failure| cannot(failure.into()))?;
            }
        }
        // Nobody else has it yet.
        if let Some(inner) = Arc::get_mut(&mut memory.0) {
            inner.kept = Some(folder);
        }
        Ok(memory)
    }
}

/// The next key or value, or `None` at the end. What is declared is not allocated before it comes.
fn part(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = Vec::new();
    from.by_ref().take(4).read_to_end(&mut length)?;
    let Some(length) = length.first_chunk::<4>() else {
        let torn = || io::Error::from(io::ErrorKind::UnexpectedEof);
        return if length.is_empty() { Ok(None) } else { Err(torn()) };
    };
    let length = u32::from_le_bytes(*length);
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    from.by_ref().take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == u64::from(length) {
        Ok(Some(bytes))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
