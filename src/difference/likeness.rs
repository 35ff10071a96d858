//! How like two texts are: the share of words, and of neighbouring words, that they have in common.

use std::collections::HashMap;

use super::{common_places, words};

/// Up to this many letters, letters count as well: in two words every other letter may be another.
const SHORT: usize = 60;

/// The words of a text and their neighbourhoods, counted.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The letters of a short text.
    letters: Vec<char>,
    counts: HashMap<(String, String), u32>,
    total: u32,
}

impl Words {
    /// Those of a text; white space and punctuation do not count.
    pub fn of(text: &str) -> Self {
        let mut all = Self::default();
        let mut before = String::new();
        for word in words(text).into_iter().filter(|word| word.contains(char::is_alphanumeric)) {
            let word = word.to_lowercase();
            all.add((String::new(), word.clone()));
            if !before.is_empty() {
                all.add((before, word.clone()));
            }
            if all.letters.len() <= SHORT {
                all.letters.extend(word.chars());
            }
            before = word;
        }
        all
    }

    /// Those of several texts together.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for part in parts {
            for (word, count) in &part.counts {
                *sum.counts.entry(word.clone()).or_default() += count;
            }
            sum.letters.extend(&part.letters);
            sum.total += part.total;
        }
        sum
    }

    /// From 0 (nothing in common) to 1 (the same words).
    pub fn likeness(&self, other: &Self) -> f64 {
        let words = match self.total + other.total {
            0 => 1.0,
            total => 2.0 * f64::from(self.common(other)) / f64::from(total),
        };
        let letters = [self, other].map(|text| text.letters.len());
        if letters.into_iter().any(|count| count == 0 || count > SHORT) {
            return words;
        }
        let common = common_places(&self.letters, &other.letters).len();
        let letters = (2 * common) as f64 / letters.into_iter().sum::<usize>() as f64;
        // Letters recur in any two texts: only most of them say something.
        words.max(2.0 * letters - 1.0)
    }

    /// Which share of it the other holds, from 0 to 1.
    pub fn share_in(&self, other: &Self) -> f64 {
        match self.total {
            0 => 1.0,
            total => f64::from(self.common(other)) / f64::from(total),
        }
    }

    fn common(&self, other: &Self) -> u32 {
        let common = |(word, count): (&(String, String), &u32)| {
            other.counts.get(word).map_or(0, |others| *count.min(others))
        };
        self.counts.iter().map(common).sum()
    }

    fn add(&mut self, what: (String, String)) {
        *self.counts.entry(what).or_default() += 1;
        self.total += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reworded_text_is_like_itself_and_another_is_not() {
        let like = |a: &str, b: &str| Words::of(a).likeness(&Words::of(b));
        assert!(like("渡轮准点离港，船上有120人。", "渡轮准时离港，船上载有120人。") > 0.6);
        assert!(like("渡轮准点离港，船上有120人。", "没有人挥手告别。") < 0.2);
        assert!(like("The ferry left on time.", "The ferry left right on time.") > 0.6);
        assert!((like("同样", "同样") - 1.0).abs() < 1e-9);
        assert!((Words::of("前半。").share_in(&Words::of("前半。后半。")) - 1.0).abs() < 1e-9);
    }
}
