//! The paragraph: the unit of translation, of memory and of every proof.

pub mod marked;
pub mod repair;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use marked::{Mark, MarkKind, Marked, MarksBroken, Token};

/// What a paragraph is in its article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The title of the article.
    Title,
    /// A heading inside it.
    Heading,
    /// Who wrote it.
    Byline,
    /// A date or a reading time.
    Dateline,
    /// The text below or for a picture.
    Caption,
    /// Running text.
    Paragraph,
    /// A paragraph of a quotation.
    Quotation,
    /// A paragraph of a list item.
    ListItem,
    /// A cell of a table.
    TableCell,
    /// A question of an FAQ or an interview.
    Question,
    /// The answer to one.
    Answer,
}

/// The part of a kind that changes how a text is translated, and so belongs to the memory's key:
/// "Outlook" as a heading is not "Outlook" in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Titles and headings.
    Heading,
    /// Table cells.
    Cell,
    /// Everything else.
    Body,
}

impl Kind {
    /// The class of this kind.
    pub fn class(self) -> Class {
        match self {
            Self::Title | Self::Heading => Class::Heading,
            Self::TableCell => Class::Cell,
            _ => Class::Body,
        }
    }

    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Title,
        Self::Heading,
        Self::Byline,
        Self::Dateline,
        Self::Caption,
        Self::Paragraph,
        Self::Quotation,
        Self::ListItem,
        Self::TableCell,
        Self::Question,
        Self::Answer,
    ];

    /// The kind of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name as written in `pair.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Heading => "heading",
            Self::Byline => "byline",
            Self::Dateline => "dateline",
            Self::Caption => "caption",
            Self::Paragraph => "paragraph",
            Self::Quotation => "quotation",
            Self::ListItem => "list_item",
            Self::TableCell => "table_cell",
            Self::Question => "question",
            Self::Answer => "answer",
        }
    }
}

impl Class {
    /// The kind that stands for the class where no more is known.
    pub fn kind(self) -> Kind {
        match self {
            Self::Heading => Kind::Heading,
            Self::Cell => Kind::TableCell,
            Self::Body => Kind::Paragraph,
        }
    }

    /// The name as written in memories and corrections.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heading => "heading",
            Self::Cell => "cell",
            Self::Body => "body",
        }
    }
}

/// Names a paragraph within its article: 16 hex digits of the hash of its normalised marked
/// source, and which occurrence of it this is, from 1 (`9f3a52c1d0e4b7a6-1`).
///
/// Edits elsewhere in the article do not renumber it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ParagraphId(String);

impl fmt::Display for ParagraphId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a translation is written into the place its paragraph was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Plain text: as it is.
    Text,
    /// Inline Markdown of a paragraph, list item, quotation or footnote.
    Markdown,
    /// Inline Markdown of an ATX heading: one line.
    MarkdownHeading,
    /// A cell of a pipe table: one line, pipes escaped.
    MarkdownCell,
    /// A scalar value of YAML front matter, quotation marks included in the range.
    Yaml,
    /// A string of TOML front matter, quotation marks included in the range.
    Toml,
}

/// One paragraph as a reader of some format found it: all of a [`Paragraph`] but its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Bytes of the document's text that a translation replaces.
    pub range: Range<usize>,
    /// The text with numbered tags; line breaks of hard-wrapped prose are joined.
    pub source: Marked,
    /// What the tags stand for: tag `n` is `marks[n - 1]`.
    pub marks: Vec<Mark>,
    /// How a translation is written back.
    pub slot: Slot,
    /// Whether other inline content of its block, which no translation touches or which is another
    /// paragraph, stands before or after it: what opens in the one could close in the other.
    pub beside: bool,
}

/// A paragraph of an article, in the order of the article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// Its name within the article.
    pub id: ParagraphId,
    /// What it is.
    pub kind: Kind,
    /// Bytes of the document's text that a translation replaces.
    pub range: Range<usize>,
    /// The text with numbered tags; line breaks of hard-wrapped prose are joined.
    pub source: Marked,
    /// What the tags stand for: tag `n` is `marks[n - 1]`.
    pub marks: Vec<Mark>,
    /// How a translation is written back.
    pub slot: Slot,
    /// Whether other inline content of its block, which no translation touches or which is another
    /// paragraph, stands before or after it: what opens in the one could close in the other.
    pub beside: bool,
}

/// Names the paragraphs of one article.
pub fn name(found: Vec<Found>) -> Vec<Paragraph> {
    let mut seen: HashMap<[u8; 8], usize> = HashMap::new();
    found
        .into_iter()
        .map(|Found { kind, range, source, marks, slot, beside }| {
            let digest = digest(&source.normalised(&marks));
            let occurrence = seen.entry(digest).or_default();
            *occurrence += 1;
            let hash = u64::from_be_bytes(digest);
            let id = ParagraphId(format!("{hash:016x}-{occurrence}"));
            Paragraph { id, kind, range, source, marks, slot, beside }
        })
        .collect()
}

/// The hash in the id of a paragraph with this normalised marked source, as it is written.
pub fn hash(normalised: &str) -> String {
    format!("{:016x}", u64::from_be_bytes(digest(normalised)))
}

fn digest(normalised: &str) -> [u8; 8] {
    let mut digest = [0; 8];
    blake3::Hasher::new().update(normalised.as_bytes()).finalize_xof().fill(&mut digest);
    digest
}
