//! `pair.json` read back: the pair as it was written, put on its document again.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Origin, Pair, PairParagraph, Revised, Translation};
use crate::article::Document;
use crate::backend::{Engine, Usage};
use crate::check::Finding;
use crate::language::Target;
use crate::paragraph::Marked;
use crate::style::Change;

/// A pair as its `pair.json` has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Known {
    schema: String,
    /// What it was translated into.
    pub target: Target,
    /// Its outputs, each with the hash of its bytes.
    pub files: BTreeMap<String, String>,
    paragraphs: Vec<KnownParagraph>,
    #[serde(default)]
    furniture: Vec<String>,
    usage: Usage,
}

#[derive(Clone, Debug, Deserialize)]
struct KnownParagraph {
    id: String,
    target_marked: Option<Marked>,
    origin: String,
    #[serde(default)]
    engine: Option<String>,
    #[serde(default)]
    usage: Usage,
    #[serde(default)]
    findings: Vec<Finding>,
    #[serde(default)]
    changes: Vec<Change>,
    #[serde(default)]
    revised: Option<Revised>,
}

/// Why a `pair.json` is not the pair of a document.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON, or not of this shape.
    #[error("it cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is of another version.
    #[error("its schema is `{0}`; this version reads `diptych.pair/1`")]
    Schema(String),
}

impl Known {
    /// Reads the text of a `pair.json`.
    ///
    /// # Errors
    /// Where it is none of ours.
    pub fn parse(text: &[u8]) -> Result<Self, ReadError> {
        let known: Self = serde_json::from_slice(text)?;
        if known.schema != super::json::SCHEMA {
            return Err(ReadError::Schema(known.schema));
        }
        Ok(known)
    }

    /// The pair, if these are the paragraphs it was made of.
    pub fn pair(&self, document: &Document) -> Option<Pair> {
        let paragraphs = document.paragraphs();
        if paragraphs.len() != self.paragraphs.len() {
            return None;
        }
        let paragraphs = paragraphs.iter().zip(&self.paragraphs).map(|(paragraph, known)| {
            let translation = known.translation(paragraph);
            (paragraph.id.to_string() == known.id).then(|| PairParagraph {
                id: paragraph.id.clone(),
                kind: paragraph.kind,
                source: paragraph.source.plain(&paragraph.marks),
                source_marked: paragraph.source.clone(),
                marks: paragraph.marks.clone(),
                translation,
                usage: known.usage.noted(),
            })
        });
        Some(Pair {
            title: document.title(),
            source: self.target.direction().source(),
            to: self.target,
            paragraphs: paragraphs.collect::<Option<_>>()?,
            furniture: self.furniture.clone(),
            usage: self.usage,
        })
    }
}

impl KnownParagraph {
    fn translation(&self, paragraph: &crate::paragraph::Paragraph) -> Option<Translation> {
        let target_marked = self.target_marked.clone()?;
        let origin = match self.origin.as_str() {
            "person" => Origin::Person,
            "rule" => Origin::Rule,
            _ => {
                let engine = self.engine.as_deref().unwrap_or_default();
                let (backend, model) = engine.split_once('/').unwrap_or((engine, ""));
                let (backend, model) = (backend.to_owned(), model.to_owned());
                Origin::Machine(Engine { backend, model, prompt: String::new() })
            }
        };
        let target = target_marked.plain(&paragraph.marks);
        Some(Translation {
            target,
            target_marked,
            origin,
            findings: self.findings.clone(),
            changes: self.changes.clone(),
            revised: self.revised.clone(),
        })
    }
}
