//! How a person left the line ends of a translated version: they stay so, also where those of the
//! article are other ones.

use super::files::Names;
use super::write::Place;
use crate::article::{Encoding, Ends, decode};

impl Place {
    /// How the lines of a pair's translated version end, where both versions are as they were
    /// written last and the source's lines, in `encoding`, end otherwise. It is never so unless a
    /// person saved it so and `learn` took it over.
    pub fn kept_ends(&self, names: &Names, encoding: Encoding) -> Ends {
        let kept = || {
            let source = decode::decode(&self.ours(&names.source())?, Some(encoding)).ok()?.text;
            let target = String::from_utf8(self.ours(&names.target())?).ok()?;
            Some(Ends::of(&target).other_than(Ends::of(&source)))
        };
        kept().unwrap_or_default()
    }
}
