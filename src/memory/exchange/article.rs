//! The line of an article: what it is made of, and what its edited paragraphs were before. So an
//! edit keeps its wording also where a memory was carried to.
//!
//! It names paragraphs by their keys, which are computed anew for every other line: it holds hints,
//! and one that names nothing any more does no harm.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::articles::Hints;
use super::super::{Earlier, MemoryKey};
use crate::language::{Direction, Target};

/// What the line calls itself.
const SCHEMA: &str = "diptych.article/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArticleLine {
    schema: String,
    article: String,
    direction: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<Target>,
    /// Its paragraphs when it was last complete, in order.
    #[serde(default)]
    paragraphs: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    earlier: BTreeMap<String, Earlier>,
}

impl ArticleLine {
    pub(super) fn of(hints: &Hints) -> Self {
        let Hints { article, to, paragraphs, earlier } = hints;
        let earlier = earlier.iter().map(|(key, earlier)| (key.to_string(), earlier.clone()));
        Self {
            schema: SCHEMA.to_owned(),
            article: article.clone(),
            direction: to.direction(),
            variant: Some(*to).filter(|to| *to != Target::English),
            paragraphs: paragraphs.iter().map(ToString::to_string).collect(),
            earlier: earlier.collect(),
        }
    }

    /// Reads a line, if it is one of these.
    pub(super) fn parse(line: &[u8]) -> Option<Hints> {
        let Self { schema, article, direction, variant, paragraphs, earlier } =
            serde_json::from_slice(line).ok()?;
        let to = match (direction, variant) {
            (Direction::ChineseToEnglish, None) => Target::English,
            (_, variant) => variant.filter(|to| to.direction() == direction)?,
        };
        let keyed = |(key, earlier): (String, Earlier)| Some((MemoryKey::from_hex(&key)?, earlier));
        (schema == SCHEMA).then(|| Hints {
            article,
            to,
            paragraphs: paragraphs.iter().filter_map(|key| MemoryKey::from_hex(key)).collect(),
            earlier: earlier.into_iter().filter_map(keyed).collect(),
        })
    }
}
