//! JSON Lines as they are read: one value a line, the broken ones told by their number.

use std::io::{self, BufRead, Read};

use jiff::Timestamp;

use super::Head;
use crate::language::{Direction, Target};
use crate::paragraph::{Class, MarkKind, Marked, Token};

/// The bytes of a line, at most: no paragraph is as long, and it is held in memory.
const LONGEST: u64 = 16 << 20;

/// The values of a file. Blank lines are passed over; a byte order mark is no part of the first.
pub(super) struct Lines<R, T> {
    from: R,
    number: usize,
    line: Vec<u8>,
    parse: fn(&[u8]) -> serde_json::Result<T>,
}

impl<R: BufRead, T> Lines<R, T> {
    /// The lines of a file, each read by `parse`.
    pub(super) fn of(from: R, parse: fn(&[u8]) -> serde_json::Result<T>) -> Self {
        Self { from, number: 0, line: Vec::new(), parse }
    }

    /// The next line's number, from 1, and its value or what is wrong with it; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(usize, Result<T, String>)>> {
        loop {
            self.line.clear();
            let read = self.from.by_ref().take(LONGEST + 1).read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if read as u64 > LONGEST {
                let what = format!("line {} is longer than {} MiB", self.number, LONGEST >> 20);
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            let line = self.line.trim_ascii();
            let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
            if !line.is_empty() {
                return Ok(Some((self.number, (self.parse)(line).map_err(in_words))));
            }
        }
    }
}

/// The error without its line, which counts within the line and so is always 1.
fn in_words(error: serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) => format!("{what} (column {})", error.column()),
        None => text,
    }
}

/// What a line says an entry or a correction is about, if it says so without contradiction.
pub(super) fn head(
    direction: Direction,
    variant: Option<Target>,
    class: Class,
    source: Marked,
    marks: Vec<MarkKind>,
) -> Result<Head, String> {
    let to = match (direction, variant) {
        (Direction::ChineseToEnglish, None) => Target::English,
        (Direction::EnglishToChinese, None) => {
            return Err(
                "`variant` is missing: a translation into Chinese says which Chinese".into()
            );
        }
        (_, Some(to)) if to.direction() == direction => to,
        (_, Some(to)) => {
            return Err(format!("`direction` {direction} and `variant` {to} contradict"));
        }
    };
    for token in source.tokens() {
        if let Token::Open(n) | Token::Kept(n) = token
            && !(1..=marks.len()).contains(&n)
        {
            return Err(format!("tag {n} of the source has no kind in `marks`"));
        }
    }
    Ok(Head { source, marks, to, class })
}

/// The time a line gives.
pub(super) fn time(at: &str) -> Result<Timestamp, String> {
    at.parse().map_err(|_| {
        format!("`at` is `{}`, not a time such as 2026-04-21T08:00:00Z", at.escape_debug())
    })
}

/// Whether the translation holds the source's marks.
pub(super) fn same_marks(source: &Marked, target: &Marked) -> Result<(), String> {
    source.same_marks(target).map_err(|broken| format!("in `target`, {broken}"))
}
