//! Places in a text: where bare addresses stand, and the text at character numbers.

use std::ops::Range;

/// The bare addresses in a text, in bytes: the words around `://` and after `www.`.
pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for sign in ["://", "www."] {
        let mut free = 0;
        for (at, _) in text.match_indices(sign) {
            let Some(before) = text.get(free..at) else { continue };
            let scheme = before.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
            let in_address = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>');
            free = text[at..].find(|c| !in_address(c)).map_or(text.len(), |length| at + length);
            found.push(at - scheme..free);
        }
    }
    found
}

/// Cuts pieces out of a text by character numbers that only grow.
pub(super) struct Places<'a> {
    text: &'a str,
    number: usize,
    byte: usize,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, number: 0, byte: 0 }
    }

    pub(super) fn slice(&mut self, at: &Range<usize>) -> &'a str {
        let start = self.seek(at.start);
        let end = self.seek(at.end);
        &self.text[start..end]
    }

    fn seek(&mut self, number: usize) -> usize {
        let rest = &self.text[self.byte..];
        let ahead = number.saturating_sub(self.number);
        self.byte += rest.char_indices().nth(ahead).map_or(rest.len(), |(i, _)| i);
        self.number = number.max(self.number);
        self.byte
    }
}
