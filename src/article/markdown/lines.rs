//! Hard-wrapped lines become one: how two of them join, and how a text is put on one line.

use crate::language::is_han;

/// What stands between two lines once they are one: nothing within Chinese, else a space.
pub(super) fn joint(before: Option<char>, after: Option<char>) -> &'static str {
    match (before, after) {
        // Full-width punctuation brings its own space.
        (Some(a), Some(b)) if is_full_width(a) || is_full_width(b) => "",
        (Some(a), Some(b)) if is_han(a) && (is_han(b) || is_shared(b)) => "",
        (Some(a), Some(b)) if is_shared(a) && is_han(b) => "",
        _ => " ",
    }
}

/// The text on one line, without white space at its ends.
pub(super) fn on_one(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()) {
        if !joined.is_empty() {
            joined.push_str(joint(joined.chars().next_back(), line.chars().next()));
        }
        joined.push_str(line);
    }
    joined
}

/// Punctuation as wide as a Han character.
fn is_full_width(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{303F}' | '\u{FF01}'..='\u{FF0F}'
        | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}')
}

/// Punctuation that both languages write with the same characters.
fn is_shared(c: char) -> bool {
    matches!(c, '“' | '”' | '‘' | '’' | '…' | '—' | '·')
}
