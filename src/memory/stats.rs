//! What a memory holds, counted: by engine, direction and age, and the money in it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Candidate, Remembered};

/// Figures of a memory's store; seeds and corrections are no part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Paragraphs that something is remembered about.
    pub paragraphs: u64,
    /// What machines said about them.
    pub all: Group,
    /// The same by engine, as `pair.json` names it.
    pub engines: BTreeMap<String, Group>,
    /// The same by direction: `en→zh-Hans`.
    pub directions: BTreeMap<String, Group>,
    /// The same by age, the youngest first.
    pub ages: Vec<Age>,
    /// Places of articles at which the paragraphs are used.
    pub uses: u64,
    /// Articles these are in.
    pub articles: u64,
    /// What the places beyond each paragraph's first would have cost, had they been bought at the
    /// price of its newest translation; runs that only repeat others are not counted.
    pub saved: f64,
    #[serde(skip)]
    names: BTreeSet<String>,
}

/// Some translations and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// How many.
    pub translations: u64,
    /// Tokens sent for them.
    pub tokens_in: f64,
    /// Tokens received.
    pub tokens_out: f64,
    /// What that cost, in the currency of the configured prices.
    pub cost: f64,
}

/// Translations of some age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Age {
    /// They are so many whole days old, or older.
    pub from_days: u32,
    /// They are younger than so many days; none is the rest.
    pub days: Option<u32>,
    /// What they are.
    #[serde(flatten)]
    pub group: Group,
}

/// The borders between ages, in days.
const DAYS: [u32; 4] = [1, 7, 30, 365];

impl Group {
    fn add(&mut self, said: &Candidate) {
        self.translations += 1;
        self.tokens_in += said.usage.tokens_in;
        self.tokens_out += said.usage.tokens_out;
        self.cost += said.usage.cost;
    }
}

impl Stats {
    /// Counts all entries, as of `now`.
    pub fn of(entries: impl IntoIterator<Item = Remembered>, now: Timestamp) -> Self {
        let from = [0].into_iter().chain(DAYS);
        let ages = from.zip(DAYS.map(Some).into_iter().chain([None]));
        let ages = ages.map(|(from_days, days)| Age { from_days, days, group: Group::default() });
        let ages = ages.collect();
        let mut stats = Self { ages, ..Self::default() };
        for remembered in entries {
            stats.add(&remembered, now);
        }
        stats.articles = stats.names.len() as u64;
        stats
    }

    fn add(&mut self, Remembered { entry, uses, .. }: &Remembered, now: Timestamp) {
        self.paragraphs += 1;
        let to = entry.head.to;
        let direction = format!("{}→{}", to.direction().source(), to);
        for said in &entry.candidates {
            self.all.add(said);
            self.engines.entry(said.engine.to_string()).or_default().add(said);
            self.directions.entry(direction.clone()).or_default().add(said);
            let days = said.at.parse::<Timestamp>().ok().map(|at| days_between(at, now));
            let mut younger = self.ages.iter_mut();
            let age = younger.find(|age| match (age.days, days) {
                (Some(border), Some(days)) => days < i64::from(border),
                (border, _) => border.is_none(),
            });
            if let Some(age) = age {
                age.group.add(said);
            }
        }
        self.uses += uses.len() as u64;
        for used in uses {
            if !self.names.contains(&used.article) {
                self.names.insert(used.article.clone());
            }
        }
        if let Some(newest) = entry.candidates.last() {
            self.saved += newest.usage.cost * uses.len().saturating_sub(1) as f64;
        }
    }
}

fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second()).div_euclid(24 * 60 * 60)
}
