//! What one paragraph of a request cost: its share of what the request used.

use std::collections::HashMap;

use crate::backend::Usage;
use crate::brief::Errand;

/// What each paragraph of a reply used: the prompt by length of source, the reply by length of
/// translation.
pub(super) fn shares(errand: &Errand, items: &HashMap<usize, String>, usage: Usage) -> Vec<Usage> {
    let sent: Vec<f64> = errand.asks.iter().map(|ask| ask.source.as_str().len() as f64).collect();
    let received: Vec<f64> = (1..=errand.asks.len())
        .map(|number| items.get(&number).map_or(0.0, |text| text.len() as f64))
        .collect();
    let part = |all: &[f64], i: usize| {
        let sum: f64 = all.iter().sum();
        if sum > 0.0 { all[i] / sum } else { 0.0 }
    };
    let tokens = usage.tokens_in + usage.tokens_out;
    (0..errand.asks.len())
        .map(|i| {
            let tokens_in = usage.tokens_in * part(&sent, i);
            let tokens_out = usage.tokens_out * part(&received, i);
            // Engines that are no language models are paid for what is sent.
            let share =
                if tokens > 0.0 { (tokens_in + tokens_out) / tokens } else { part(&sent, i) };
            let cost = usage.cost * share;
            Usage { tokens_in, tokens_out, cost }
        })
        .collect()
}
