//! An article as it came: its bytes, their encoding, its format; and the document inside it.
//!
//! Reading decodes and recognises; [`Document::parse`] finds the paragraphs; [`Document::write`]
//! puts translations in their places and leaves every other byte as it was.

pub mod decode;
pub mod newline;
pub mod markdown;
pub mod text;

use std::ops::Range;

use crate::language::{Language, Scripts};
use crate::paragraph::{self, Found, Kind, Marked, Paragraph};

pub use decode::{Candidate, DecodeError, Encoding, MAX_BYTES, UnknownEncoding};
pub use newline::{Ends, Newline};

/// A format of articles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Plain text, also pages pasted whole from a news site.
    Text,
    /// CommonMark with the extensions of GitHub.
    Markdown,
}

impl Format {
    /// The format a file name's extension (without the dot, any case) stands for.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "txt" | "text" => Some(Self::Text),
            "md" | "markdown" | "mdx" | "mkd" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// An article: what it is called, its bytes and its text.
#[derive(Clone, Debug)]
pub struct Article {
    /// The name outputs are made from and uses are recorded under: a relative path with `/`.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// The bytes as they came; the source's own version is these.
    pub bytes: Vec<u8>,
    /// How the bytes are encoded.
    pub encoding: Encoding,
    /// The decoded text, without a byte order mark.
    pub text: String,
}

impl Article {
    /// Reads an article from its bytes, in the named encoding where one is named.
    pub fn read(
        name: String,
        format: Format,
        bytes: Vec<u8>,
        encoding: Option<Encoding>,
    ) -> Result<Self, DecodeError> {
        let decode::Decoded { text, encoding, .. } = decode::decode(&bytes, encoding)?;
        Ok(Self { name, format, bytes, encoding, text })
    }

    /// What a translated version begins with: a byte order mark if the source is UTF-8 with one,
    /// else nothing.
    pub fn byte_order_mark(&self) -> &'static str {
        let marked = self.encoding == Encoding::UTF_8 && self.bytes.starts_with(b"\xEF\xBB\xBF");
        if marked { "\u{FEFF}" } else { "" }
    }

    /// Where ranges of [`Self::text`], in order and apart, stand in [`Self::bytes`], where that can
    /// be told.
    pub fn ranges_in_bytes(&self, ranges: &[Range<usize>]) -> Option<Vec<Range<usize>>> {
        let offsets: Vec<usize> =
            ranges.iter().flat_map(|range| [range.start, range.end]).collect();
        let places = self.source_offsets(&offsets)?;
        Some(places.chunks_exact(2).map(|ends| ends[0]..ends[1]).collect())
    }

    /// Where byte offsets of [`Self::text`], in ascending order, stand in [`Self::bytes`]; `None`
    /// where encoding the text again does not give the bytes it was read from.
    pub fn source_offsets(&self, offsets: &[usize]) -> Option<Vec<usize>> {
        decode::source_offsets(&self.bytes, &self.text, self.encoding, offsets)
    }
}

/// What a reader of a format found in a text.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The paragraphs, in order, their ranges apart from each other.
    pub found: Vec<Found>,
    /// Ranges of furniture: whole lines, line ends included, in order.
    pub furniture: Vec<Range<usize>>,
    /// Definitions (links, footnotes) that a translated paragraph needs to read as it is meant.
    pub definitions: String,
}

/// An article cut into paragraphs.
#[derive(Clone, Debug)]
pub struct Document {
    format: Format,
    text: String,
    paragraphs: Vec<Paragraph>,
    furniture: Vec<Range<usize>>,
    definitions: String,
    /// How the lines of its translated version end, where not as its own.
    ends: Ends,
}

/// Whether the navigation of a pasted page stays in the separate files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Furniture {
    /// It stays, byte for byte.
    #[default]
    Keep,
    /// It is left out.
    Drop,
}

/// What becomes of the line feeds in a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LineEnds {
    /// A paragraph is a paragraph: in Markdown they are joined, as a machine's have to be.
    #[default]
    Joined,
    /// They stand as a person set them, two as the end of a paragraph.
    Kept,
}

/// A version of the document with its paragraphs replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The whole text.
    pub text: String,
    /// For each paragraph, in order, where it stands in `text`, in bytes.
    pub at: Vec<Range<usize>>,
}

impl Document {
    /// Finds the paragraphs of a text.
    pub fn parse(text: String, format: Format) -> Self {
        let parsed = match format {
            Format::Text => text::parse(&text),
            Format::Markdown => markdown::parse(&text),
        };
        Self::of(text, format, parsed)
    }

    /// As [`Self::parse`], with a line feed in the sources wherever the text breaks a line: what a
    /// person wrote, to be written again with [`LineEnds::Kept`].
    pub fn parse_lines(text: String, format: Format) -> Self {
        let mut parsed = match format {
            Format::Text => text::parse(&text),
            Format::Markdown => markdown::parse_lines(&text),
        };
        if format == Format::Text {
            for found in &mut parsed.found {
                found.source = Marked::from_plain(&text[found.range.clone()]);
            }
        }
        Self::of(text, format, parsed)
    }

    fn of(text: String, format: Format, parsed: Parsed) -> Self {
        let Parsed { found, furniture, definitions } = parsed;
        let paragraphs = paragraph::name(found);
        Self { format, text, paragraphs, furniture, definitions, ends: Ends::default() }
    }

    /// The document whose translated version ends its lines so, whatever its own lines end with: a
    /// person saved it thus.
    pub fn with_ends(self, ends: Ends) -> Self {
        Self { ends, ..self }
    }

    /// How the lines of its translated version end, where not as its own.
    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// The paragraphs, in order.
    pub fn paragraphs(&self) -> &[Paragraph] {
        &self.paragraphs
    }

    /// The pieces of furniture, in order, without the white space around them.
    pub fn furniture(&self) -> impl Iterator<Item = &str> {
        self.furniture.iter().map(|range| self.text[range.clone()].trim())
    }

    /// The text of the title, if the article has one.
    pub fn title(&self) -> Option<String> {
        let title = self.paragraphs.iter().find(|paragraph| paragraph.kind == Kind::Title)?;
        Some(title.source.plain(&title.marks))
    }

    /// The language most of the prose is in; furniture does not count.
    pub fn language(&self) -> Option<Language> {
        self.paragraphs
            .iter()
            .map(|paragraph| Scripts::of(&paragraph.source.prose()))
            .fold(Scripts::default(), std::ops::Add::add)
            .language()
    }

    /// The document with `targets[i]` in the place of paragraph `i`.
    ///
    /// A target equal to its source leaves the source's own bytes, hard-wrapped lines included.
    pub fn write(&self, targets: &[Marked], furniture: Furniture) -> Written {
        self.put(targets.iter().map(|target| (target, LineEnds::Joined)), furniture)
    }

    /// As [`Self::write`], where each target says what becomes of its line feeds, and the lines end
    /// as a person left them, if one did ([`Self::with_ends`]).
    pub fn write_wordings<'t>(
        &self,
        targets: impl ExactSizeIterator<Item = (&'t Marked, LineEnds)>,
        furniture: Furniture,
    ) -> Written {
        self.ends.applied_to(self.put(targets, furniture))
    }

    fn put<'t>(
        &self,
        targets: impl ExactSizeIterator<Item = (&'t Marked, LineEnds)>,
        furniture: Furniture,
    ) -> Written {
        debug_assert_eq!(targets.len(), self.paragraphs.len());
        let mut text = String::with_capacity(self.text.len() * 2);
        let mut at = Vec::with_capacity(self.paragraphs.len());
        let mut dropped = match furniture {
            Furniture::Keep => [].iter(),
            Furniture::Drop => self.furniture.iter(),
        }
        .peekable();
        let mut done = 0;
        let mut copy_until = |end: usize, text: &mut String| {
            while let Some(range) = dropped.next_if(|range| range.start < end) {
                text.push_str(&self.text[done..range.start]);
                done = range.end;
            }
            text.push_str(&self.text[done..end]);
            done = end;
        };
        for (paragraph, (target, line_ends)) in self.paragraphs.iter().zip(targets) {
            copy_until(paragraph.range.start, &mut text);
            let start = text.len();
            if *target == paragraph.source {
                text.push_str(&self.text[paragraph.range.clone()]);
            } else {
                text.push_str(&match line_ends {
                    LineEnds::Joined => self.rendered(paragraph, target),
                    LineEnds::Kept => self.rendered_lines(paragraph, target),
                });
            }
            at.push(start..text.len());
            let mut skipped = String::new();
            copy_until(paragraph.range.end, &mut skipped);
        }
        copy_until(self.text.len(), &mut text);
        Written { text, at }
    }

    /// One translation in the syntax of its place.
    pub fn rendered(&self, paragraph: &Paragraph, target: &Marked) -> String {
        match self.format {
            Format::Text => text::render(target),
            Format::Markdown => markdown::render(paragraph, target, &self.definitions),
        }
    }

    /// The same with the line feeds it holds.
    pub fn rendered_lines(&self, paragraph: &Paragraph, target: &Marked) -> String {
        let first = self.text.find('\n').map_or("", |at| &self.text[..at]);
        let newline = if first.ends_with('\r') { Newline::CrLf } else { Newline::Lf };
        match self.format {
            Format::Text if target.as_str().contains('\r') => text::render(target),
            Format::Text => newline.applied(&text::render(target)),
            Format::Markdown => {
                let line = self.text[..paragraph.range.start].rfind('\n').map_or(0, |at| at + 1);
                let before = &self.text[line..paragraph.range.start];
                let definitions = &self.definitions;
                markdown::render_lines(paragraph, target, definitions, before, newline.as_str())
            }
        }
    }

    /// A translation as it reads once it is written, its line feeds joined where the format joins
    /// them.
    pub fn as_read(&self, target: &Marked) -> Marked {
        match self.format {
            Format::Text => target.clone(),
            Format::Markdown => markdown::on_one_line(target),
        }
    }

    /// Its format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The text it was cut from.
    pub fn text(&self) -> &str {
        &self.text
    }
}
