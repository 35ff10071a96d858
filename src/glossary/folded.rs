//! Text as terms are compared: without the differences that typing and house style make.
//!
//! Curly apostrophes, full-width letters, digits and brackets, the kinds of hyphen and of middle
//! dot, runs of white space, and white space beside a Han character, which one house writes and
//! another does not. Letters keep their case here; `lower` is the same text without it (ASCII only,
//! as the automaton folds). Every place can be told in the text as it was.

use std::ops::Range;

use crate::language::is_han;

/// A folded text that knows where each of its bytes came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded {
    /// The text, its case kept.
    pub(crate) text: String,
    /// The text in lower case, byte for byte as long.
    pub(crate) lower: String,
    /// For each byte the number of its character in the original.
    at: Vec<u32>,
}

impl Folded {
    /// Folds a text.
    pub(crate) fn of(original: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(original.len()),
            lower: String::new(),
            at: Vec::with_capacity(original.len()),
        };
        let mut blank: Option<u32> = None;
        let mut last = None;
        for (number, c) in (0u32..).zip(original.chars()) {
            if c.is_whitespace() {
                blank.get_or_insert(number);
                continue;
            }
            let c = fold(c);
            if let (Some(blank), Some(last)) = (blank, last)
                && !is_wide(last)
                && !is_wide(c)
            {
                folded.push(' ', blank);
            }
            blank = None;
            folded.push(c, number);
            last = Some(c);
        }
        folded.lower = folded.text.to_ascii_lowercase();
        folded
    }

    fn push(&mut self, c: char, number: u32) {
        self.text.push(c);
        self.at.resize(self.text.len(), number);
    }

    /// Where a range of folded bytes stands in the original, in Unicode scalar values.
    pub(crate) fn place(&self, range: &Range<usize>) -> Range<usize> {
        let of = |byte: usize| self.at.get(byte).map_or(0, |&number| number as usize);
        match range.end.checked_sub(1) {
            Some(last) if !range.is_empty() => of(range.start)..of(last) + 1,
            _ => of(range.start)..of(range.start),
        }
    }

    /// The folded bytes of ranges of the original, given in Unicode scalar values.
    pub(crate) fn bytes(&self, places: &[Range<usize>]) -> Vec<Range<usize>> {
        let of = |place: usize| self.at.partition_point(|&number| (number as usize) < place);
        places.iter().map(|place| of(place.start)..of(place.end)).collect()
    }
}

fn fold(c: char) -> char {
    match c {
        '‘' | '’' | 'ʼ' => '\'',
        '\u{2010}' | '\u{2011}' => '-',
        '•' | '‧' | '・' | '･' => '·',
        // Full-width forms of ASCII stand at a fixed distance.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// Characters beside which white space means nothing.
fn is_wide(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3000}'..='\u{303F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(original: &str, folded: &str) {
        assert_eq!(Folded::of(original).text, folded);
    }

    #[test]
    fn what_typing_and_style_change_is_one() {
        check("  the company’s\u{a0} data ", "the company's data");
        check("用 AI 芯片（GPU）", "用AI芯片(GPU)");
        check("《 季报 》", "《季报》");
        check("ＡＩ", "AI");
    }

    #[test]
    fn places_are_those_of_the_original() {
        let folded = Folded::of("用  AI 芯片");
        let at = folded.text.find("AI芯片").unwrap();
        assert_eq!(folded.place(&(at..at + "AI芯片".len())), 3..8);
    }
}
