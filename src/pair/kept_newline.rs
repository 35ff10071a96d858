//! How a person left the lines of a translated version: they stay so, also where those of the
//! article end in the other way.

use super::files::Names;
use super::write::Place;
use crate::article::{Encoding, Newline, decode};

impl Place {
    /// How the lines of a pair's translated version end, where both versions are as they were
    /// written last and the source's lines, in `encoding`, end otherwise. It is never so unless a
    /// person saved it so and `learn` took it over.
    pub fn kept_newline(&self, names: &Names, encoding: Encoding) -> Option<Newline> {
        let source = self.ours(&names.source())?;
        let target = self.ours(&names.target())?;
        let source = decode::decode(&source, Some(encoding)).ok()?.text;
        Newline::of(target).filter(|newline| Newline::of(source) != Some(*newline))
    }
}
