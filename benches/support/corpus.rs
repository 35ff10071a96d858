//! A generated corpus: Markdown articles of English-like sentences, the same for the same seed.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

const SUBJECTS: [&str; 16] = [
    "The river port",
    "A small foundry",
    "Our reading room",
    "The night editor",
    "One supplier",
    "The city council",
    "Every archive",
    "The new line",
    "A patient reader",
    "The old printing house",
    "The harbour office",
    "Nobody here",
    "The second shift",
    "A quiet competitor",
    "The ministry",
    "The school library",
];
const VERBS: [&str; 16] = [
    "opened",
    "measured",
    "ordered",
    "repaired",
    "published",
    "questioned",
    "counted",
    "translated",
    "delayed",
    "welcomed",
    "sold",
    "borrowed",
    "explained",
    "forgot",
    "rebuilt",
    "compared",
];
const OBJECTS: [&str; 16] = [
    "the heavy doors",
    "a thousand letters",
    "its first contract",
    "the paper machines",
    "two long reports",
    "the early edition",
    "a map of the valley",
    "the winter budget",
    "several quiet rooms",
    "the missing figures",
    "a crate of lenses",
    "the bridge toll",
    "a careful reply",
    "the morning queue",
    "the spare engine",
    "an honest ledger",
];
const ENDS: [&str; 12] = [
    "before the rain came",
    "without a word to the press",
    "as the treaty allows",
    "for the third time this year",
    "and nobody was surprised",
    "because the lease ran out",
    "while the others waited",
    "in the last week of autumn",
    "to the relief of its neighbours",
    "after a long discussion",
    "with a little help",
    "as far as anyone knows",
];

/// One article.
pub(crate) struct Article {
    /// Its file name.
    pub(crate) name: String,
    /// Its blocks, in order.
    pub(crate) blocks: Vec<String>,
}

impl Article {
    /// Its text.
    pub(crate) fn text(&self) -> String {
        self.blocks.join("\n\n") + "\n"
    }
}

/// `articles` articles of `blocks` blocks in all; every third block repeats an earlier one.
pub(crate) fn generate(articles: usize, blocks: usize, seed: u64) -> Vec<Article> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut known: Vec<String> = Vec::new();
    let mut made = 0;
    let each = blocks / articles;
    (0..articles)
        .map(|i| {
            let mut parts = Vec::with_capacity(each);
            for j in 0..each {
                made += 1;
                let block = if j > 0 && made % 3 == 0 && !known.is_empty() {
                    known.choose(&mut rng).cloned().unwrap_or_default()
                } else {
                    let block = match j {
                        0 => format!("# {} {made}", heading(&mut rng)),
                        _ if j % 7 == 4 => format!("## {} {made}", heading(&mut rng)),
                        _ if j % 7 == 6 => format!("- {}", paragraph(&mut rng, made, 1)),
                        _ => paragraph(&mut rng, made, 3),
                    };
                    if j > 0 {
                        known.push(block.clone());
                    }
                    block
                };
                parts.push(block);
            }
            Article { name: format!("article-{i:03}.md"), blocks: parts }
        })
        .collect()
}

fn heading(rng: &mut StdRng) -> String {
    format!("{} {}", pick(rng, &SUBJECTS), pick(rng, &VERBS))
}

/// A paragraph that no other is like: it holds its own number.
fn paragraph(rng: &mut StdRng, number: usize, sentences: usize) -> String {
    let mut text = String::new();
    for i in 0..sentences {
        if i > 0 {
            text.push(' ');
        }
        text.push_str(&format!(
            "{} {} {} {}",
            pick(rng, &SUBJECTS),
            pick(rng, &VERBS),
            pick(rng, &OBJECTS),
            pick(rng, &ENDS)
        ));
        if i == 0 {
            text.push_str(&format!(", as item {number} of the list says"));
        }
        if rng.random_bool(0.2) {
            text.push_str(", and **that** was [noted](https://example.com/notes)");
        }
        text.push('.');
    }
    text
}

fn pick<'a>(rng: &mut StdRng, from: &[&'a str]) -> &'a str {
    from.choose(rng).copied().unwrap_or_default()
}
