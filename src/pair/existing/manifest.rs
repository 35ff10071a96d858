//! `pair.json` read back.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Both, Existing, Side};
use crate::language::Target;
use crate::pair::json::SCHEMA;
use crate::paragraph::{Kind, Mark, MarkKind, Marked, Token};

/// What stands in a `pair.json`, as far as a check needs it.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The pair.
    pub pair: Existing,
    /// The files that hold the source and the target, where such were written.
    pub files: (Option<String>, Option<String>),
}

/// Why a file is no `pair.json`.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is not the JSON it should be. The cause names the line.
    #[error("not a pair.json: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another version of the contract.
    #[error("its schema is {0}, and this diptych reads {SCHEMA}")]
    Schema(String),
}

#[derive(Deserialize)]
struct File {
    schema: String,
    source: String,
    target: Target,
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    kind: Kind,
    source: String,
    target: Option<String>,
    source_marked: Marked,
    target_marked: Option<Marked>,
    #[serde(default)]
    origin: String,
    #[serde(default)]
    at: BTreeMap<String, (usize, usize)>,
}

impl Manifest {
    /// Reads the text of a `pair.json`.
    pub fn read(text: &str) -> Result<Self, ManifestError> {
        let File { schema, source, target, paragraphs } = serde_json::from_str(text)?;
        if schema != SCHEMA {
            return Err(ManifestError::Schema(schema));
        }
        // `story.en.md`: the source's file carries its language, the target's the variant or `zh`.
        let names: Vec<&String> = paragraphs.iter().flat_map(|it| it.at.keys()).collect();
        let named = |codes: &[&str]| {
            let of = |name: &&&String| name.rsplit('.').take(2).any(|part| codes.contains(&part));
            names.iter().find(of).map(|name| (**name).clone())
        };
        let files = (named(&[&source]), named(&[target.code(), target.language().code()]));
        let paragraphs = paragraphs.into_iter().map(|it| it.both(&files)).collect();
        Ok(Self { pair: Existing { to: target, paragraphs, numbered: true }, files })
    }
}

impl Paragraph {
    fn both(self, files: &(Option<String>, Option<String>)) -> Both {
        let at = |file: &Option<String>| {
            let &(start, end) = self.at.get(file.as_ref()?)?;
            Some(start..end)
        };
        let (source_at, target_at) = (at(&files.0), at(&files.1));
        let marks = marks(&self.source_marked, &self.source);
        let target = self.target.zip(self.target_marked);
        Both {
            kind: self.kind,
            source: Some(Side { plain: self.source, marked: self.source_marked, at: source_at }),
            target: target.map(|(plain, marked)| Side { plain, marked, at: target_at }),
            marks,
            person: self.origin == "person",
        }
    }
}

/// What the tags stand for, as far as the text without marks tells: what was kept whole lies
/// between the pieces of text around it.
fn marks(marked: &Marked, plain: &str) -> Vec<Mark> {
    let tokens = marked.tokens();
    let most = tokens.iter().map(|token| match token {
        Token::Open(n) | Token::Kept(n) => *n,
        Token::Text(_) | Token::Close(_) => 0,
    });
    // A hostile file may number a tag beyond all memory.
    let most = most.max().unwrap_or_default().min(tokens.len());
    let span = Mark::Span { kind: MarkKind::Html, open: String::new(), close: String::new() };
    let mut marks = vec![span; most];
    let mut rest = plain;
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Text(text) => rest = rest.strip_prefix(text.as_ref()).unwrap_or(rest),
            Token::Kept(n) => {
                let next = tokens[i + 1..].iter().find_map(|token| match token {
                    Token::Text(text) => Some(text.as_ref()),
                    _ => None,
                });
                let end = next.map_or(rest.len(), |next| rest.find(next).unwrap_or(rest.len()));
                let (bytes, after) = rest.split_at(end);
                if let Some(mark) = n.checked_sub(1).and_then(|i| marks.get_mut(i)) {
                    *mark = Mark::Kept { kind: MarkKind::Code, bytes: bytes.to_owned() };
                }
                rest = after;
            }
            Token::Open(_) | Token::Close(_) => {}
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_again() {
        let marked = Marked::parse("run <2/> in <1>the <3/></1>").unwrap();
        let marks = marks(&marked, "run `x` in the `y`");
        assert_eq!(marked.plain(&marks), "run `x` in the `y`");
    }

    #[test]
    fn other_files_are_refused() {
        assert!(matches!(Manifest::read("{}"), Err(ManifestError::Malformed(_))));
        let other =
            r#"{"schema":"diptych.pair/9","source":"en","target":"zh-Hans","paragraphs":[]}"#;
        assert!(matches!(Manifest::read(other), Err(ManifestError::Schema(_))));
    }
}
