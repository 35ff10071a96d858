//! Sentences left out of the translation, or added to it.
//!
//! The sentences of both sides are aligned by size and by the figures and Latin words they share
//! (after Gale and Church), once with every sentence matched and once with sentences allowed to
//! stand alone. Where the second fits much better, something is missing. People merge and split
//! sentences, so only the whole alignment counts, never the number of sentences.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): 2
//! errors (one is a real addition), 6 warnings. With one sentence of the target left out, this
//! check and [`super::length`] find, by its share of the paragraph, into Chinese and into English:
//! 50 % and more 96 and 92 of 100, 30 to 50 % 89 and 67, 15 to 30 % 49 and 35, below that 28 and
//! 11. Blind spots: a clause, a short sentence, what is replaced by something as long. Which of
//! several sentences of one size is missing is a guess unless figures or names tell.

use std::collections::HashMap;
use std::ops::Range;

use super::sentences::{Sentence, sentences, size};
use super::{Check, Finding, Severity, Subject};
use crate::language::Direction;

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Omission;

/// How much better the alignment with a gap has to fit for a warning, as a logarithm of odds.
const DOUBTFUL: f64 = 3.0;
/// The same for an error.
const CERTAIN: f64 = 5.0;
/// What a sentence that stands alone costs.
const GAP: f64 = 2.0;
/// Below this size of the source, proportions say little.
pub(super) const SMALLEST: f64 = 25.0;
/// Above this many sentences a side is no paragraph, and would take too long.
const MOST: usize = 40;

impl Check for Omission {
    fn name(&self) -> &'static str {
        "omission"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let Some(Gap { side, at, score }) = gap(subject) else { return Vec::new() };
        let severity = if score >= CERTAIN { Severity::Error } else { Severity::Warning };
        let text = match side {
            Side::Source => subject.source,
            Side::Target => subject.target,
        };
        let words = excerpt(text, &at);
        let finding = |en: String, zh: String| Finding::new(self, severity, en, zh);
        vec![match side {
            Side::Source => finding(
                format!("a sentence of the source seems to be left out, perhaps “{words}”"),
                format!("原文有句子似乎漏译了，可能是“{words}”"),
            )
            .in_source(&at),
            Side::Target => finding(
                format!("a sentence seems to be added to the source, perhaps “{words}”"),
                format!("译文似乎添加了原文没有的句子，可能是“{words}”"),
            )
            .in_target(&at),
        }]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Source,
    Target,
}

struct Gap {
    side: Side,
    at: Range<usize>,
    score: f64,
}

/// How a target's size lies to its source's, in standard deviations of human translations.
pub(crate) fn deviation(direction: Direction, source: f64, target: f64) -> f64 {
    let (mean, slope, noise) = match direction {
        Direction::EnglishToChinese => (-0.07, -0.02, 1.3),
        Direction::ChineseToEnglish => (0.19, -0.06, 1.75),
    };
    let usual = mean + slope * (source.max(5.0).ln() - 4.0);
    ((target.max(0.1) / source.max(0.1)).ln() - usual) / spread(noise, source)
}

fn spread(noise: f64, source: f64) -> f64 {
    (0.09_f64.powi(2) + f64::powi(noise, 2) / (source + 4.0)).sqrt()
}

fn gap(subject: &Subject<'_>) -> Option<Gap> {
    let kept =
        (subject.source_marked.kept(subject.marks), subject.target_marked.kept(subject.marks));
    let direction = subject.to.direction();
    let source = size(subject.source, &kept.0);
    if source < SMALLEST {
        return None;
    }
    let side = match deviation(direction, source, size(subject.target, &kept.1)) {
        short if short < -0.6 => Side::Source,
        long if long > 0.8 => Side::Target,
        _ => return None,
    };
    let source = sentences(subject.source, &kept.0);
    let target = sentences(subject.target, &kept.1);
    let sentences = if side == Side::Source { &source } else { &target };
    if sentences.len() < 2 || source.len().max(target.len()) > MOST {
        return None;
    }
    let lattice = Lattice::new(direction, &source, &target);
    let matched = lattice.best(None)?.cost;
    let alone = lattice.best(Some(side))?;
    let score = matched - alone.cost;
    if score < DOUBTFUL {
        return None;
    }
    let widest = alone.gaps.iter().filter_map(|&i| sentences.get(i));
    let widest = widest.max_by(|a, b| a.size.total_cmp(&b.size))?;
    Some(Gap { side, at: widest.at.clone(), score })
}

/// Both sides as numbers.
struct Lattice {
    direction: Direction,
    /// Sums of sizes before each sentence, and one more.
    source: Vec<f64>,
    target: Vec<f64>,
    /// The anchors of each sentence that stand on both sides, as bits.
    source_anchors: Vec<u64>,
    target_anchors: Vec<u64>,
}

struct Alignment {
    cost: f64,
    gaps: Vec<usize>,
}

/// How many sentences of each side go together, and what that costs.
const STEPS: [(usize, usize, f64); 8] = [
    (1, 1, 0.0),
    (1, 2, 1.5),
    (2, 1, 2.0),
    (1, 3, 3.0),
    (3, 1, 4.0),
    (2, 2, 3.5),
    (2, 3, 5.0),
    (3, 2, 5.0),
];

impl Lattice {
    fn new(direction: Direction, source: &[Sentence], target: &[Sentence]) -> Self {
        let sums = |sentences: &[Sentence]| {
            let mut sums = vec![0.0];
            sums.extend(sentences.iter().scan(0.0, |sum, sentence| {
                *sum += sentence.size;
                Some(*sum)
            }));
            sums
        };
        // The Chinese side has few Latin words: it says which there are.
        let (few, many) = match direction {
            Direction::EnglishToChinese => (target, source),
            Direction::ChineseToEnglish => (source, target),
        };
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        for anchor in few.iter().flat_map(|sentence| &sentence.anchors) {
            let next = numbers.len() as u32;
            numbers.entry(anchor).or_insert(next);
        }
        let bits = |sentences: &[Sentence]| -> Vec<u64> {
            let of = |sentence: &Sentence| {
                let known = sentence.anchors.iter().filter_map(|it| numbers.get(it.as_str()));
                known.filter(|&&n| n < u64::BITS).fold(0, |bits, &n| bits | (1 << n))
            };
            sentences.iter().map(of).collect()
        };
        let (few, many) = (bits(few), bits(many));
        let (source_anchors, target_anchors) = match direction {
            Direction::EnglishToChinese => (many, few),
            Direction::ChineseToEnglish => (few, many),
        };
        Self {
            direction,
            source: sums(source),
            target: sums(target),
            source_anchors,
            target_anchors,
        }
    }

    /// The best alignment, with sentences of one side allowed to stand alone.
    fn best(&self, alone: Option<Side>) -> Option<Alignment> {
        let (n, m) = (self.source_anchors.len(), self.target_anchors.len());
        let width = m + 1;
        let mut cost = vec![f64::INFINITY; (n + 1) * width];
        let mut from = vec![(0_usize, 0_usize); cost.len()];
        cost[0] = 0.0;
        let gap = match alone {
            None => (0, 0),
            Some(Side::Source) => (1, 0),
            Some(Side::Target) => (0, 1),
        };
        for i in 0..=n {
            for j in 0..=m {
                let so_far = cost[i * width + j];
                if so_far.is_infinite() {
                    continue;
                }
                let mut step = |p: usize, q: usize, price: f64| {
                    let next = (i + p) * width + j + q;
                    if so_far + price < cost[next] {
                        cost[next] = so_far + price;
                        from[next] = (p, q);
                    }
                };
                for (p, q, price) in STEPS {
                    if i + p <= n && j + q <= m {
                        step(p, q, price + self.price(i..i + p, j..j + q));
                    }
                }
                if gap != (0, 0) && i + gap.0 <= n && j + gap.1 <= m {
                    step(gap.0, gap.1, GAP);
                }
            }
        }
        let total = *cost.last()?;
        if total.is_infinite() {
            return None;
        }
        let mut gaps = Vec::new();
        let (mut i, mut j) = (n, m);
        while (i, j) != (0, 0) {
            let (p, q) = from[i * width + j];
            i -= p;
            j -= q;
            match (p, q) {
                (1, 0) => gaps.push(i),
                (0, 1) => gaps.push(j),
                _ => {}
            }
        }
        Some(Alignment { cost: total, gaps })
    }

    fn price(&self, source: Range<usize>, target: Range<usize>) -> f64 {
        let a = self.source[source.end] - self.source[source.start];
        let b = self.target[target.end] - self.target[target.start];
        let bits = |of: &[u64], range: Range<usize>| of[range].iter().fold(0, |all, &it| all | it);
        let shared = bits(&self.source_anchors, source) & bits(&self.target_anchors, target);
        let shared = f64::from(shared.count_ones().min(3));
        let noise = match self.direction {
            Direction::EnglishToChinese => 1.3,
            Direction::ChineseToEnglish => 1.75,
        };
        if a <= 0.0 || b <= 0.0 {
            return 9.0;
        }
        let z = deviation(self.direction, a, b);
        (z * z / 2.0).min(12.0) + (spread(noise, a) / 0.2).ln() - 0.8 * shared
    }
}

fn excerpt(text: &str, at: &Range<usize>) -> String {
    const LONGEST: usize = 60;
    let mut words: String = text.chars().skip(at.start).take(at.len().min(LONGEST)).collect();
    if at.len() > LONGEST {
        words.push('…');
    }
    words.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::found;
    use crate::language::{Target, Variant};

    const ZH: Target = Target::Chinese(Variant::Hans);
    const EN: [&str; 4] = [
        "The harbour board met on Monday to discuss the new pier and its cost.",
        "It was the third meeting of the year, and only four members came.",
        "A decision is expected before the end of the summer, officials said.",
        "Fishermen in the old town have waited for the pier since 2011.",
    ];
    const CH: [&str; 4] = [
        "港务委员会周一开会，讨论新码头及其造价。",
        "这是今年的第三次会议，只有四名委员到场。",
        "官员表示，预计夏天结束之前会作出决定。",
        "老城的渔民从2011年起就在等这座码头。",
    ];

    #[test]
    fn a_sentence_left_out_is_found_and_named() {
        for (to, source, target) in [(ZH, EN, CH), (Target::English, CH, EN)] {
            let (all, whole) = (source.join(" "), target.join(" "));
            assert_eq!(found(&Omission, &all, &whole, to, &[]), []);
            let findings = found(&Omission, &all, &target[..2].join(" "), to, &[]);
            assert!(findings.iter().any(|finding| finding.source_at.is_some()), "{to}");
            let twice = format!("{whole} {whole}");
            let findings = found(&Omission, &all, &twice, to, &[]);
            assert!(findings.iter().any(|finding| finding.target_at.is_some()), "{to}");
        }
    }

    #[test]
    fn merged_sentences_are_whole() {
        let merged = CH.join("").replacen('。', "，", 2);
        assert_eq!(found(&Omission, &EN.join(" "), &merged, ZH, &[]), []);
    }
}
