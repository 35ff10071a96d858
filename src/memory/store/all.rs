//! Everything that recall could give, seeds included.

use super::super::record::Part;
use super::{Entries, Memory, Record, Remembered};

impl Memory {
    /// Every entry of the store and of the seeds, each once and as [`Self::recall`] puts it
    /// together, with its uses. Reads the disk as it goes.
    pub fn all(&self) -> impl Iterator<Item = Remembered> + '_ {
        let seeds = &self.0.seeds;
        let records = self.0.shelf().sweep().map(|(key, value)| Record { key, value });
        let stored = Entries { records: records.peekable(), seeds: Some(seeds) };
        let only_seeded = seeds.entries().filter(|(key, _)| {
            self.0.scan(Part::keys(key, Part::Head..=Part::Use)).next().is_none()
        });
        let only_seeded = only_seeded.map(|(key, entry)| Remembered {
            key: *key,
            entry: entry.clone(),
            uses: Vec::new(),
        });
        stored.chain(only_seeded)
    }
}
