//! Front matter: the title, description and summary that stand above the prose, in YAML or TOML.
//!
//! Only top-level strings that can be read with certainty are prose; whatever else there is, and
//! front matter that is not well-formed, is kept. It is no YAML parser.

mod yaml;

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::lines;
use crate::paragraph::{Found, Kind, Marked, Slot};

/// The front matter of a text.
pub(super) struct FrontMatter {
    /// Its prose.
    pub(super) found: Vec<Found>,
    /// Where the Markdown begins.
    pub(super) end: usize,
}

/// Reads the front matter that a text begins with, if it does.
pub(super) fn read(text: &str) -> Option<FrontMatter> {
    let mut lines = Lines { text, at: 0 };
    let opener = lines.next()?;
    let fence = text[opener.clone()].trim_end();
    let slot = match fence {
        "---" => Slot::Yaml,
        "+++" => Slot::Toml,
        _ => return None,
    };
    let start = lines.at;
    let inner = loop {
        let line = lines.next()?;
        let written = text[line.clone()].trim_end();
        if written == fence || (slot == Slot::Yaml && written == "...") {
            break start..line.start;
        }
    };
    let values = match slot {
        Slot::Yaml => yaml::values(&text[inner.clone()])?,
        _ => toml_values(&text[inner.clone()])?,
    };
    let found = values
        .into_iter()
        .filter(|value| value.text.contains(char::is_alphanumeric))
        .map(|Value { kind, range, text }| Found {
            kind,
            range: inner.start + range.start..inner.start + range.end,
            source: Marked::from_plain(&lines::on_one(&text)),
            marks: Vec::new(),
            slot,
            beside: false,
        })
        .collect();
    Some(FrontMatter { found, end: lines.at })
}

/// A string in double quotes, as YAML and TOML both read it.
pub(super) fn quoted(text: &str) -> String {
    use std::fmt::Write;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}') =>
            {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A string of the front matter that is prose.
struct Value {
    kind: Kind,
    /// Where it stands, quotation marks included.
    range: Range<usize>,
    text: String,
}

/// What the value of a key is, if it is prose.
fn kind_of(key: &str) -> Option<Kind> {
    match key {
        "title" => Some(Kind::Title),
        "description" | "summary" => Some(Kind::Paragraph),
        _ => None,
    }
}

fn toml_values(text: &str) -> Option<Vec<Value>> {
    #[derive(Deserialize)]
    struct Keys {
        title: Option<Spanned<toml::Value>>,
        description: Option<Spanned<toml::Value>>,
        summary: Option<Spanned<toml::Value>>,
    }
    let keys: Keys = toml::from_str(text).ok()?;
    let mut values: Vec<Value> =
        [("title", keys.title), ("description", keys.description), ("summary", keys.summary)]
            .into_iter()
            .filter_map(|(key, value)| {
                let value = value?;
                let range = value.span();
                let toml::Value::String(string) = value.into_inner() else { return None };
                // Paragraphs of their own would not fit on one line.
                let several = string.contains("\n\n") || string.contains("\n\r\n");
                (!several).then_some(Value { kind: kind_of(key)?, range, text: string })
            })
            .collect();
    values.sort_by_key(|value| value.range.start);
    Some(values)
}

/// The lines of a text, their ends included.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        self.at = self.text[start..].find('\n').map_or(self.text.len(), |step| start + step + 1);
        Some(start..self.at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_quoted_is_read_back(text in any::<String>()) {
            let quoted = quoted(&text);
            let toml: toml::Table = toml::from_str(&format!("v = {quoted}")).unwrap();
            prop_assert_eq!(toml["v"].as_str(), Some(text.as_str()));
            prop_assert_eq!(yaml::double_quoted(&quoted), Some((text, quoted.len())));
        }
    }
}
