//! Plain text: paragraphs apart by blank lines, hard-wrapped or not, and pages pasted whole from
//! a news site.
//!
//! Three steps: `layout` finds lines, blocks and what belongs together; `furniture` finds the
//! navigation of a pasted page, if it is one; `kinds` says what each piece is. White space,
//! indentation, list markers and ornaments (`* * *`) stay outside of the paragraphs.

mod furniture;
mod kinds;
mod layout;
mod question;
mod words;

use super::Parsed;
use crate::paragraph::{Found, Marked, Slot};

/// Finds the paragraphs of a plain text, in time linear in its length.
pub fn parse(text: &str) -> Parsed {
    let lines = layout::lines(text);
    let is_furniture = furniture::find(&lines);
    let blocks = layout::blocks(&lines, &is_furniture);
    let kinds = kinds::of(&blocks);
    let found = blocks
        .iter()
        .flatten()
        .zip(kinds)
        .map(|(unit, kind)| Found {
            kind,
            range: unit.range.clone(),
            source: Marked::from_plain(&unit.text),
            marks: Vec::new(),
            slot: Slot::Text,
            beside: false,
        })
        .collect();
    let furniture = lines
        .iter()
        .zip(&is_furniture)
        .filter(|(_, is_furniture)| **is_furniture)
        .map(|(line, _)| line.whole.clone())
        .collect();
    Parsed { found, furniture, definitions: String::new() }
}

/// A translation as it stands in plain text: as it is.
pub fn render(target: &Marked) -> String {
    target.plain(&[])
}
