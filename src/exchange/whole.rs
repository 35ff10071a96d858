//! A whole memory out, and a whole file in, in whatever format.

use std::io::{self, BufRead, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Reading, Unit, steps, tmx, xliff};
use crate::memory::{self, Corrections, Import, Imported, LoadId, Memory, MemoryError, Remembered};

/// A format of whole memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Our own, one candidate a line.
    Jsonl,
    /// TMX.
    Tmx,
    /// XLIFF; it is only read.
    Xliff,
}

/// A file that is to be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Importing {
    /// What it is called, for messages.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// Whether every translation of a TMX or XLIFF file is a person's.
    pub approve: bool,
    /// Who said what people said, where the file does not tell.
    pub who: Option<String>,
    /// What time it is, RFC 3339.
    pub now: String,
    /// Which load it is, so that one that was broken off goes on.
    pub load: LoadId,
}

/// Writes a memory; in TMX what people said first, since a tool that takes the first match then
/// takes a person's. Returns how many translations that were. Blocks.
///
/// # Errors
///
/// [`MemoryError::Exchange`] where `into` fails.
pub fn write_out(
    memory: &Memory,
    people: &Corrections,
    format: Format,
    into: impl Write,
) -> Result<usize, MemoryError> {
    let cannot = |source| MemoryError::Exchange { doing: "export the memory", source };
    match format {
        Format::Jsonl => memory::export(memory, into),
        Format::Tmx => write_tmx(memory, people, into).map_err(cannot),
        Format::Xliff => Err(cannot(io::ErrorKind::Unsupported.into())),
    }
}

fn write_tmx(memory: &Memory, people: &Corrections, into: impl Write) -> io::Result<usize> {
    let mut written = 0;
    let mut writer = tmx::Writer::begin(into)?;
    for correction in people.all() {
        writer.unit(&Unit::of_correction(correction))?;
        written += 1;
    }
    for Remembered { entry, uses, .. } in memory.entries() {
        let article = uses.first().map(|used| used.article.as_str());
        for said in &entry.candidates {
            writer.unit(&Unit::of_memory(&entry.head, said, article))?;
            written += 1;
        }
    }
    writer.end()?;
    Ok(written)
}

impl Importing {
    /// Takes the file in; `corrections` is where people's words go, and holds what `said` says.
    /// `progress` is told how many units are done. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Import::run`].
    pub fn take_in(
        &self,
        memory: &Memory,
        corrections: &Path,
        said: &Corrections,
        from: impl BufRead,
        progress: &dyn Fn(u64),
    ) -> Result<Imported, MemoryError> {
        let import = Import::new(memory, corrections, said).resuming(self.load).telling(progress);
        let reading =
            Reading { approve: self.approve, who: self.who.clone(), now: self.now.clone() };
        let path = Path::new(&self.name);
        match self.format {
            Format::Jsonl => import.run(path, memory::exchange::units(from)),
            Format::Tmx => import.run(path, steps(tmx::read(from), &reading)),
            Format::Xliff => import.run(path, steps(xliff::read(from), &reading)),
        }
    }
}
