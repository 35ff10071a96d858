//! The house style of Chinese and English: punctuation, quotation marks, spaces, and the capitals of
//! English headings.
//!
//! Only machine text is styled, and only on its way out: the memory keeps the reply as it came, and
//! people's text is never touched. Only prose changes: things kept whole, addresses, figures and
//! what stands between Latin words inside Chinese stay. No word and no figure is ever changed, but
//! for full-width letters and digits, which become ASCII, and the capitals of English headings, where
//! the house asks for them; and every change is told ([`Change`]).

mod line;
mod changes;
mod chinese;
mod english;
#[cfg(test)]
mod tests;

use crate::language::Target;
use crate::paragraph::{Class, Mark, Marked};

use line::Line;

pub use changes::{Change, changes};

/// How the house writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct House {
    /// In Chinese, between a Han character and a Latin letter.
    pub han_latin: Spacing,
    /// In Chinese, between a Han character and a figure.
    pub han_digit: Spacing,
    /// In English, the shape of quotation marks and apostrophes.
    pub quotes: Quotes,
    /// In English, the capitals of titles and headings.
    pub title_case: TitleCase,
}

/// What stands between a Han character and its Latin neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Spacing {
    /// Nothing, as mainland newsrooms print.
    #[default]
    None,
    /// One space.
    Space,
    /// What the translator wrote.
    Keep,
}

/// The shape of English quotation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Quotes {
    /// “ ” ‘ ’, as newsrooms print.
    #[default]
    Curly,
    /// " and '.
    Straight,
    /// What the translator wrote.
    Keep,
}

/// The capitals of English titles and headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TitleCase {
    /// What the translator wrote.
    #[default]
    Keep,
    /// Capitals for all words but the small ones.
    Title,
}

/// Rounds after which a text counts as one that does not settle. Ordinary text settles in one;
/// quotation marks that contradict each other may take another.
const ROUNDS: usize = 4;

/// The text as the house writes it. Applying it twice changes nothing; a text that does not settle
/// stays as it is.
pub fn apply(text: &Marked, marks: &[Mark], class: Class, to: Target, house: &House) -> Marked {
    let mut styled = text.clone();
    for _ in 0..ROUNDS {
        let next = once(&styled, marks, class, to, house);
        if next == styled {
            return styled;
        }
        styled = next;
    }
    text.clone()
}

fn once(text: &Marked, marks: &[Mark], class: Class, to: Target, house: &House) -> Marked {
    let mut line = Line::read(text, marks);
    line.narrow();
    match to {
        Target::English => english::apply(line, class, house),
        Target::Chinese(variant) => chinese::apply(line, variant, house),
    }
    .write()
}
