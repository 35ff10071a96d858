//! What characters and line ends mean for the layout of plain text.

use crate::language::is_han;

/// Whether the character is white space or takes no room at all.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

/// Whether the character fills a square and is written without spaces between words: Han, kana
/// and full-width punctuation.
pub(super) fn is_wide(c: char) -> bool {
    is_han(c) || is_wide_punctuation(c) || matches!(c, '\u{3040}'..='\u{30FF}')
}

/// Whether the character is full-width punctuation.
pub(super) fn is_wide_punctuation(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}'
        | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}'
        | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}')
}

/// The columns a character takes.
pub(super) fn width(c: char) -> usize {
    match c {
        '\t' => 4,
        '\u{3000}' | '\u{FF01}'..='\u{FF60}' | '\u{AC00}'..='\u{D7A3}' => 2,
        '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}' => 0,
        c if is_wide(c) => 2,
        _ => 1,
    }
}

/// Whether a text ends as a sentence does, closing quotation marks and brackets aside.
pub(super) fn ends_sentence(text: &str) -> bool {
    final_mark(text).is_some_and(|c| ".。．!！?？…".contains(c))
}

/// Whether a text ends as a clause does: a sentence, or something that goes on.
pub(super) fn ends_clause(text: &str) -> bool {
    final_mark(text).is_some_and(|c| ".。．!！?？…,，、;；:：".contains(c))
}

/// Whether a text ends in a question mark.
pub(super) fn ends_question(text: &str) -> bool {
    final_mark(text).is_some_and(|c| "?？".contains(c))
}

/// The last character that is no closing quotation mark or bracket.
fn final_mark(text: &str) -> Option<char> {
    text.chars().rev().find(|c| !is_blank(*c) && !"\"'”’」』)）]】》*_".contains(*c))
}

/// Columns of a text, counted no further than `limit` needs.
pub(super) fn is_wider_than(text: &str, limit: usize) -> bool {
    let mut columns = 0;
    text.chars().any(|c| {
        columns += width(c);
        columns > limit
    })
}
