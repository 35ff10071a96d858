//! How the lines of a text end: what an editor or git may change without changing a word.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Written;

/// The two ways in which lines end today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Newline {
    /// A line feed alone.
    Lf,
    /// A carriage return and a line feed, as on Windows.
    CrLf,
}

impl Newline {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Lf, Self::CrLf];

    /// How all lines of a text end; `None` where it has a single line or ends them in both ways.
    pub fn of(text: impl AsRef<[u8]>) -> Option<Self> {
        let text = text.as_ref();
        let mut lines = text.split_inclusive(|&b| b == b'\n').filter(|line| line.ends_with(b"\n"));
        let newline = |line: &[u8]| if line.ends_with(b"\r\n") { Self::CrLf } else { Self::Lf };
        let first = newline(lines.next()?);
        lines.all(|line| newline(line) == first).then_some(first)
    }

    /// The bytes of one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lf => "LF",
            Self::CrLf => "CRLF",
        }
    }

    /// The text with all its lines ended so.
    pub fn applied(self, text: &str) -> String {
        let short = text.replace("\r\n", "\n");
        match self {
            Self::Lf => short,
            Self::CrLf => short.replace('\n', "\r\n"),
        }
    }

    /// The bytes with all their lines ended so. In every encoding but UTF-16 the bytes of a line
    /// end stand for nothing else.
    pub fn applied_to_bytes(self, bytes: &[u8]) -> Vec<u8> {
        let mut applied = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|&b| b == b'\n') {
            let line = &rest[..at];
            applied.extend(line.strip_suffix(b"\r").unwrap_or(line));
            applied.extend(self.as_str().as_bytes());
            rest = &rest[at + 1..];
        }
        applied.extend(rest);
        applied
    }

    /// A version with all its lines ended so, and the places of its paragraphs in it.
    pub fn applied_to(self, version: &Written) -> Written {
        let Written { text, at } = version;
        let mut written = Written { text: String::new(), at: Vec::with_capacity(at.len()) };
        let mut done = 0;
        let mut up_to = |end: usize, into: &mut String| {
            // The two bytes of a line end stay together, also where a paragraph begins with it.
            let between = text.as_bytes().get(..end).is_some_and(|text| text.ends_with(b"\r"));
            let end = if between && text[end..].starts_with('\n') { end + 1 } else { end };
            into.push_str(&self.applied(text.get(done..end).unwrap_or_default()));
            done = done.max(end);
            into.len()
        };
        for Range { start, end } in at {
            let start = up_to(*start, &mut written.text);
            written.at.push(start..up_to(*end, &mut written.text));
        }
        up_to(text.len(), &mut written.text);
        written
    }
}

/// How the lines of a translated version end where a person's editor left them otherwise than the
/// source's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// How each of them ends.
    pub newline: Option<Newline>,
    /// Whether the last one ends at all: vim and nano see to it unasked.
    pub last: Option<bool>,
}

impl Ends {
    /// Those of a text.
    pub fn of(text: &str) -> Self {
        let last = (!text.is_empty()).then(|| text.ends_with('\n'));
        Self { newline: Newline::of(text), last }
    }

    /// What of them is not so in a source.
    pub fn other_than(self, source: Self) -> Self {
        Self {
            newline: self.newline.filter(|_| self.newline != source.newline),
            last: self.last.filter(|_| self.last != source.last),
        }
    }

    /// A version with its lines ended so, and the places of its paragraphs in it.
    pub fn applied_to(self, version: Written) -> Written {
        let mut version = match self.newline {
            Some(newline) => newline.applied_to(&version),
            None => version,
        };
        let text = &mut version.text;
        match (self.last, text.strip_suffix('\n')) {
            (Some(true), None) if !text.is_empty() => {
                let newline = self.newline.or_else(|| Newline::of(&*text)).unwrap_or(Newline::Lf);
                text.push_str(newline.as_str());
            }
            (Some(false), Some(rest)) => {
                let end = rest.strip_suffix('\r').unwrap_or(rest).len();
                text.truncate(end);
                for range in &mut version.at {
                    *range = range.start.min(end)..range.end.min(end);
                }
            }
            _ => {}
        }
        version
    }
}

/// Whether two texts are the same but for how their lines end.
pub fn same_but_for_newlines(a: &[u8], b: &[u8]) -> bool {
    Newline::Lf.applied_to_bytes(a) == Newline::Lf.applied_to_bytes(b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_with_both_has_neither() {
        for (text, newline) in [
            ("", None),
            ("one", None),
            ("one\rtwo", None),
            ("one\n", Some(Newline::Lf)),
            ("one\r\ntwo\r\n", Some(Newline::CrLf)),
            ("one\r\ntwo\n", None),
        ] {
            assert_eq!(Newline::of(text), newline, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn paragraphs_are_found_again_where_their_line_ends_changed(
            pieces in prop::collection::vec("[a\u{6c49}\r\n]{0,6}", 1..8),
        ) {
            let mut version = Written { text: String::new(), at: Vec::new() };
            for (i, piece) in pieces.iter().enumerate() {
                let start = version.text.len();
                version.text.push_str(piece);
                if i % 2 == 1 && !piece.starts_with('\n') && !piece.ends_with('\r') {
                    version.at.push(start..version.text.len());
                }
            }
            for newline in Newline::ALL {
                let written = newline.applied_to(&version);
                prop_assert_eq!(&written.text, &newline.applied(&version.text));
                prop_assert_eq!(
                    newline.applied_to_bytes(version.text.as_bytes()),
                    written.text.as_bytes()
                );
                for (was, is) in version.at.iter().zip(&written.at) {
                    prop_assert_eq!(&written.text[is.clone()], newline.applied(&version.text[was.clone()]));
                }
            }
        }
    }
}
