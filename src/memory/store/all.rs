//! Everything that recall could give, seeds included.

use std::sync::Arc;

use super::super::record::Part;
use super::{Memory, Remembered};

impl Memory {
    /// Every entry of the store and of the seeds, each once and as [`Self::recall`] puts it
    /// together, with its uses. Reads the disk as it goes.
    pub fn all(&self) -> impl Iterator<Item = Remembered> + '_ {
        let seeds = &self.0.seeds;
        let uses = Arc::new(self.uses());
        let stored = self.stored(Arc::clone(&uses), Some(seeds));
        let only_seeded = seeds.entries().filter(|(key, _)| {
            self.0.scan(Part::keys(key, Part::Head..=Part::Candidate)).next().is_none()
        });
        let only_seeded = only_seeded.map(move |(key, entry)| Remembered {
            key: *key,
            entry: entry.clone(),
            uses: uses.of_paragraph(key),
        });
        stored.chain(only_seeded)
    }
}
