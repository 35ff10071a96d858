//! What people said, from a plain file of JSON Lines that is kept in git and edited by hand.
//!
//! People outrank machines: a paragraph that stands here is neither asked for nor changed. This
//! file reads; [`mod@append`] writes, and only ever adds lines.

pub mod append;

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lines::{self, Lines};
use super::{Head, MemoryKey, Notice};
use crate::language::{Direction, Target};
use crate::paragraph::{Class, MarkKind, Marked, Token};

pub use append::{AppendError, Learnt, append};

/// What a person said about a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// What it is about.
    pub head: Head,
    /// The translation, marks included: well-formed, and with the marks of its source. A line feed
    /// in it is the end of a line, two are the end of a paragraph that the person split.
    pub target: Marked,
    /// When it was said.
    pub at: Timestamp,
    /// Who said it, if that was given.
    pub who: Option<String>,
    /// The article it was said about.
    pub article: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The line it stands on, from 1.
    pub line: usize,
}

/// What people said, the newest about each paragraph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrections(HashMap<MemoryKey, Correction>);

/// One line, in the order in which it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    source: Marked,
    target: Marked,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marks: Vec<MarkKind>,
    direction: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<Target>,
    class: Class,
    at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    article: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Line {
    fn read(self, line: usize) -> Result<(MemoryKey, Correction), String> {
        let at = lines::time(&self.at)?;
        lines::same_marks(&self.source, &self.target)?;
        if is_blank(&self.target) && !is_blank(&self.source) {
            return Err("`target` holds no text: to take a correction back, delete its line".into());
        }
        let marker = ["[未翻译]", "[untranslated]"].into_iter().find(|marker| {
            let begins = |text: &Marked| text.prose().trim_start().starts_with(marker);
            begins(&self.target) && !begins(&self.source)
        });
        if let Some(marker) = marker {
            return Err(format!(
                "`target` is still marked with {marker}: translate it, or delete the line"
            ));
        }
        let head = lines::head(self.direction, self.variant, self.class, self.source, self.marks)?;
        let Self { target, who, article, reason, .. } = self;
        Ok((head.key(), Correction { head, target, at, who, article, reason, line }))
    }
}

/// Whether a text has neither words nor anything that is kept whole.
fn is_blank(text: &Marked) -> bool {
    text.tokens().iter().all(|token| match token {
        Token::Text(text) => text.trim().is_empty(),
        Token::Kept(_) => false,
        Token::Open(_) | Token::Close(_) => true,
    })
}

impl Corrections {
    /// Reads the text of a file; `path` is for messages. Of several lines about a paragraph the
    /// newest counts, of equally new ones the later. A line that cannot be used is skipped, with
    /// a notice that says where and why; so are two texts of the same time told.
    ///
    /// Bytes, because a torn character makes its line unreadable, and not the file.
    pub fn load(path: &Path, text: impl AsRef<[u8]>) -> (Self, Vec<Notice>) {
        let text = text.as_ref();
        let mut newest: HashMap<MemoryKey, Correction> = HashMap::new();
        let mut notices = Vec::new();
        if is_utf16(text) {
            let reason = "the file is UTF-16: save it as UTF-8; until then nothing in it counts";
            notices.push(Notice::Line { path: path.to_owned(), line: 1, reason: reason.into() });
            return (Self(newest), notices);
        }
        let mut lines = Lines::of(text, |line| serde_json::from_slice::<Line>(line));
        // Text in memory is read without errors.
        while let Ok(Some((line, read))) = lines.next() {
            let path = path.to_owned();
            let (key, correction) = match read.and_then(|read| read.read(line)) {
                Ok(read) => read,
                Err(reason) => {
                    let reason = in_words(text, line, reason);
                    notices.push(Notice::Line { path, line, reason });
                    continue;
                }
            };
            match newest.get(&key) {
                Some(known) if known.at > correction.at => continue,
                Some(known) if known.at == correction.at && known.target != correction.target => {
                    notices.push(Notice::Tie { path, line, earlier: known.line });
                }
                _ => {}
            }
            newest.insert(key, correction);
        }
        (Self(newest), notices)
    }

    /// What a person said about the paragraph.
    pub fn get(&self, key: &MemoryKey) -> Option<&Correction> {
        self.0.get(key)
    }

    /// All of them, in the order of their lines.
    pub fn all(&self) -> Vec<&Correction> {
        let mut all: Vec<&Correction> = self.0.values().collect();
        all.sort_by_key(|correction| correction.line);
        all
    }

    /// What people said about paragraphs of this article, in the order of the file.
    pub fn of_article<'a>(&'a self, article: &str) -> Vec<(&'a MemoryKey, &'a Correction)> {
        let said = self.0.iter().filter(|(_, said)| said.article.as_deref() == Some(article));
        let mut said: Vec<_> = said.collect();
        said.sort_by_key(|(_, said)| said.line);
        said
    }

    /// How many paragraphs people said something about.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether they said nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a file begins as editors and shells of Windows write UTF-16.
fn is_utf16(begin: &[u8]) -> bool {
    begin.starts_with(b"\xFF\xFE") || begin.starts_with(b"\xFE\xFF")
}

/// What is wrong with a line, where people meet it often, with what to do.
fn in_words(text: &[u8], line: usize, reason: String) -> String {
    let written = text.split(|&b| b == b'\n').nth(line - 1).unwrap_or_default();
    let is_conflict = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
        .iter()
        .any(|marker| written.starts_with(marker.as_bytes()));
    if is_conflict {
        "a marker of a merge conflict in git: delete this line and keep the lines of both sides"
            .to_owned()
    } else if reason.starts_with("EOF") || std::str::from_utf8(written).is_err() {
        format!("the line breaks off ({reason}): delete it, or learn the correction again")
    } else {
        reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Variant;

    fn line(target: &str, at: &str) -> String {
        format!(
            r#"{{"source":"See <1>this</1>.","target":"{target}","marks":["link"],"direction":"en-zh","variant":"zh-Hans","class":"body","at":"{at}","who":"Lin","article":"a.md","reason":"tone"}}"#
        )
    }

    /// The text that counts, and the notices, of these lines.
    fn read(lines: &[String]) -> (Option<String>, Vec<String>) {
        let (corrections, notices) = Corrections::load(Path::new("c.jsonl"), lines.join("\n"));
        let source = Marked::parse("See <1>this</1>.").unwrap();
        let to = Target::Chinese(Variant::Hans);
        let key = MemoryKey::of(&source, &[MarkKind::Link], Class::Body, to);
        let text = corrections.get(&key).map(|correction| correction.target.prose());
        (text, notices.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_newest_counts_wherever_it_stands() {
        let new = line("见<1>这里</1>。", "2026-04-22T08:00:00+08:00");
        let old = line("参见<1>此处</1>。", "2026-04-21T23:00:00Z");
        assert_eq!(read(&[new.clone(), old.clone()]), (Some("见这里。".into()), vec![]));
        assert_eq!(read(&[old, new]), (Some("见这里。".into()), vec![]));
    }

    #[test]
    fn of_equally_new_ones_the_later_counts_and_the_doubt_is_told() {
        let first = line("见<1>此</1>。", "2026-04-21T08:00:00Z");
        let second = line("见<1>彼</1>。", "2026-04-21T08:00:00Z");
        let (text, notices) = read(&[first.clone(), second]);
        assert_eq!(text.as_deref(), Some("见彼。"));
        assert!(
            notices[0].starts_with("c.jsonl:2: another translation than line 1"),
            "{notices:?}"
        );
        assert_eq!(read(&[first.clone(), first]), (Some("见此。".into()), vec![]));
    }

    #[test]
    fn a_line_without_words_empties_no_paragraph() {
        let good = line("见<1>此</1>。", "2026-04-21T08:00:00Z");
        for blank in ["<1></1>", " <1>　</1>\\n"] {
            let (text, notices) = read(&[good.clone(), line(blank, "2026-04-22T08:00:00Z")]);
            assert_eq!(text.as_deref(), Some("见此。"));
            assert!(notices[0].starts_with("c.jsonl:2: `target` holds no text"), "{notices:?}");
        }
    }

    #[test]
    fn a_line_still_marked_as_untranslated_is_nobodys_word() {
        let good = line("见<1>此</1>。", "2026-04-21T08:00:00Z");
        let marked = line("[未翻译] See <1>this</1>.", "2026-04-22T08:00:00Z");
        let (text, notices) = read(&[good, marked]);
        assert_eq!(text.as_deref(), Some("见此。"));
        assert!(notices[0].starts_with("c.jsonl:2: `target` is still marked"), "{notices:?}");
    }

    #[test]
    fn a_file_in_utf_16_is_told_once() {
        let good = line("见<1>此</1>。", "2026-04-21T08:00:00Z");
        let units = format!("\u{feff}{good}\n{good}\n");
        let bytes: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (read, notices) = Corrections::load(Path::new("c.jsonl"), bytes);
        assert!(read.is_empty());
        assert_eq!(notices.len(), 1);
        assert!(notices[0].to_string().starts_with("c.jsonl:1: the file is UTF-16"), "{notices:?}");
    }

    #[test]
    fn a_broken_line_is_told_and_takes_no_other_along() {
        let good = line("见<1>此</1>。", "2026-04-21T08:00:00Z");
        let (text, notices) = read(&[
            "{".into(),
            good.replace("\"who\"", "\"whom\""),
            good.replace("<1>此</1>", "此"),
            String::new(),
            good,
            "<<<<<<< HEAD".into(),
        ]);
        assert_eq!(text.as_deref(), Some("见此。"));
        let told = [
            "c.jsonl:1: the line breaks off (EOF",
            "c.jsonl:2: unknown field `whom`",
            "c.jsonl:3: in `target`, tag 1",
            "c.jsonl:6: a marker of a merge conflict in git",
        ];
        assert_eq!(notices.len(), told.len(), "{notices:?}");
        for (notice, begin) in notices.iter().zip(told) {
            assert!(
                notice.starts_with(begin) && notice.ends_with("the line is skipped"),
                "{notice}"
            );
        }
    }
}
