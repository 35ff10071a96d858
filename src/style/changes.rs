//! What the house style changed in a text: told, not asked of the passes, so that nothing they do
//! can go unreported.

use serde::{Deserialize, Serialize};

use super::line::narrow;
use crate::check::Place;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where it stands in the styled text without marks.
    pub target_at: Place,
    /// What stood there before.
    pub from: String,
    /// What stands there now.
    pub to: String,
}

/// What lies between two texts without marks that hold the same words: each run of anything else
/// that differs, and each word character that became narrow or a capital, or is one no more.
pub fn changes(before: &str, after: &str) -> Vec<Change> {
    if before == after {
        return Vec::new();
    }
    let (before, after): (Vec<char>, Vec<char>) =
        (before.chars().collect(), after.chars().collect());
    let word = |c: &char| c.is_alphanumeric();
    let (mut i, mut j) = (0, 0);
    let mut found: Vec<Change> = Vec::new();
    while i < before.len() || j < after.len() {
        let (a, b) = (i, j);
        i += before[i..].iter().take_while(|c| !word(c)).count();
        j += after[j..].iter().take_while(|c| !word(c)).count();
        if (a, b) == (i, j) {
            // A word character on both sides, or words that differ: that is told as one change.
            let same =
                before.get(i).zip(after.get(j)).is_some_and(|(&x, &y)| folded(x).eq(folded(y)));
            (i, j) = if same { (i + 1, j + 1) } else { (before.len(), after.len()) };
        }
        if before[a..i] != after[b..j] {
            let text = |chars: &[char]| chars.iter().collect();
            let (from, to) = (text(&before[a..i]), text(&after[b..j]));
            found.push(Change { target_at: Place(b, j), from, to });
        }
    }
    found
}

/// A word character without its width and case.
fn folded(c: char) -> impl Iterator<Item = char> {
    narrow(c).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_told() {
        let told: Vec<_> = changes("由 OpenAI 于２０年发布, 完.", "由OpenAI于20年发布，完。")
            .into_iter()
            .map(|change| (change.target_at.0, change.from, change.to))
            .collect();
        let expected = [
            (1, " ", ""),
            (7, " ", ""),
            (8, "２", "2"),
            (9, "０", "0"),
            (13, ", ", "，"),
            (15, ".", "。"),
        ];
        let expected = expected.map(|(at, from, to)| (at, from.to_owned(), to.to_owned()));
        assert_eq!(told, expected);
        let told = changes("of cats, dogs", "Of Cats, dogs");
        let places: Vec<_> = told.iter().map(|change| change.target_at).collect();
        assert_eq!(places, [Place(0, 1), Place(3, 4)]);
        assert_eq!(changes("同", "同"), []);
    }
}
