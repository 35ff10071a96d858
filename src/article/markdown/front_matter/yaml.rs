//! The strings of YAML front matter that are prose: where they stand and what they say.

use std::ops::Range;

use super::{Lines, Value, kind_of};

/// The prose of some YAML; `None` if it does not look like a mapping at all.
pub(super) fn values(text: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    let mut lines = Lines { text, at: 0 };
    let mut seen = false;
    while let Some(line) = lines.next() {
        let written = text[line.clone()].trim_end();
        if !seen && written.is_empty() {
            return None;
        }
        seen = true;
        // Indented lines, items and comments belong to a value that is kept.
        if written.is_empty() || written.starts_with([' ', '\t', '#', '-', '}', ']']) {
            continue;
        }
        let (key, rest) = written.split_once(':')?;
        if !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
            return None;
        }
        let Some(kind) = kind_of(key) else { continue };
        let start = line.start + key.len() + 1 + (rest.len() - rest.trim_start().len());
        // The value goes on over lines that are indented, and over blank ones between them.
        let mut end = line.start + written.len();
        let mut block_end = lines.at;
        let mut blank = false;
        let mut has_gap = false;
        while let Some(next) = lines.next() {
            let written = text[next.clone()].trim_end();
            if !written.is_empty() && !written.starts_with([' ', '\t']) {
                break;
            }
            block_end = lines.at;
            if written.is_empty() {
                blank = true;
            } else {
                has_gap |= blank;
                end = next.start + written.len();
            }
        }
        lines.at = block_end;
        if let Some((range, text)) = scalar(text, start..end).filter(|_| !has_gap) {
            values.push(Value { kind, range, text });
        }
    }
    seen.then_some(values)
}

/// The scalar in a range: where it ends, quotation marks included, and what it says.
fn scalar(text: &str, range: Range<usize>) -> Option<(Range<usize>, String)> {
    let written = text.get(range.clone())?;
    match written.as_bytes().first()? {
        b'"' => {
            let (string, length) = double_quoted(written)?;
            nothing_after(&written[length..]).then_some((range.start..range.start + length, string))
        }
        b'\'' => {
            let (string, length) = single_quoted(written)?;
            nothing_after(&written[length..]).then_some((range.start..range.start + length, string))
        }
        b'|' | b'>' => {
            let (header, body) = written.split_once('\n')?;
            let simple = header[1..].trim_end().bytes().all(|b| matches!(b, b'-' | b'+'));
            simple.then(|| (range, body.to_owned()))
        }
        _ => plain(written).map(|string| {
            let end = range.start + string.len();
            (range.start..end, string)
        }),
    }
}

/// A plain scalar, without the comment after it.
fn plain(written: &str) -> Option<String> {
    let comment = written
        .bytes()
        .zip(written.bytes().skip(1))
        .position(|(a, b)| matches!(a, b' ' | b'\t' | b'\n') && b == b'#');
    let string = match comment {
        // After a comment a plain scalar cannot go on.
        Some(at) if written[at..].trim_start().contains('\n') => return None,
        Some(at) => written[..at].trim_end(),
        None => written,
    };
    let indicator = string
        .starts_with(['[', ']', '{', '}', '&', '*', '!', '%', '@', '`', '#', ',', '|', '>'])
        || ["- ", "? ", ": "].iter().any(|start| string.starts_with(start));
    let is_string = !matches!(
        string.to_ascii_lowercase().as_str(),
        "" | "~" | "null" | "true" | "false" | "yes" | "no"
    );
    (!indicator && is_string).then(|| string.to_owned())
}

/// Whether at most a comment follows a quoted scalar.
fn nothing_after(rest: &str) -> bool {
    let trimmed = rest.trim_start();
    trimmed.is_empty() || (trimmed.starts_with('#') && trimmed.len() < rest.len())
}

fn single_quoted(written: &str) -> Option<(String, usize)> {
    let mut string = String::new();
    let mut chars = written.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            string.push(c);
        } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
            string.push('\'');
        } else {
            return Some((string, at + 1));
        }
    }
    None
}

pub(super) fn double_quoted(written: &str) -> Option<(String, usize)> {
    let mut string = String::new();
    let mut chars = written.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((string, at + 1)),
            '\\' => {
                let (_, escape) = chars.next()?;
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                if digits > 0 {
                    let mut code = 0;
                    for _ in 0..digits {
                        code = code * 16 + chars.next()?.1.to_digit(16)?;
                    }
                    string.push(char::from_u32(code)?);
                    continue;
                }
                string.push(match escape {
                    '"' | '\\' | '/' | ' ' => escape,
                    't' | '\t' => '\t',
                    'n' | 'r' | 'N' | 'L' | 'P' => '\n',
                    '_' => '\u{A0}',
                    // A line folded within a word would need its indentation taken away.
                    _ => return None,
                });
            }
            c => string.push(c),
        }
    }
    None
}
