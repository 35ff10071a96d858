//! Where paragraphs stand: a record for each article, all of them side by side in the store.
//!
//! A record for each place would lie beside its paragraph, on a page of its own as a rule, and the
//! store holds something in memory for every page.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::key::Prefixed;
use super::shelf::{Change, Failure, Shelf};
use super::{Memory, MemoryKey, Use, record};
use crate::language::Target;

/// What the keys of these records begin with, before 16 bytes that say which article.
pub(super) const ARTICLES: &[u8] = b"article:";

/// The keys of all these records.
pub(super) fn keys() -> Range<Vec<u8>> {
    let mut end = ARTICLES.to_vec();
    end.iter_mut().last().into_iter().for_each(|byte| *byte += 1);
    ARTICLES.to_vec()..end
}

/// The key of an article's record.
pub(super) fn key(article: &str, to: Target) -> Vec<u8> {
    let mut hash = Prefixed::default();
    [article, to.code()].iter().for_each(|field| hash.field(field.as_bytes()));
    [ARTICLES, &hash.finish::<16>()].concat()
}

/// What an article in one target language is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Places {
    pub(super) article: String,
    pub(super) to: Target,
    /// Its paragraphs when it was last complete, in order; `None` for one that is forgotten.
    paragraphs: Vec<Option<MemoryKey>>,
    /// Where those stood that are not among them: paragraphs of an earlier text, or of a run that
    /// was not complete.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    others: BTreeSet<(MemoryKey, usize)>,
}

impl Places {
    pub(super) fn none(article: &str, to: Target) -> Self {
        let (paragraphs, others) = (Vec::new(), BTreeSet::new());
        Self { article: article.to_owned(), to, paragraphs, others }
    }

    /// Takes a run's paragraphs in their order, `None` where nothing was said.
    pub(super) fn take(&mut self, paragraphs: &[Option<MemoryKey>]) {
        if paragraphs.iter().all(Option::is_some) {
            let places = self.all();
            self.paragraphs = paragraphs.to_vec();
            self.others = BTreeSet::new();
            self.add(places);
        } else {
            // An article in part would hide what the missing paragraphs were before.
            let places = paragraphs.iter().enumerate();
            self.add(places.filter_map(|(position, key)| Some(((*key)?, position))).collect());
        }
    }

    /// Adds places of paragraphs that have none in the complete article.
    pub(super) fn add(&mut self, places: Vec<(MemoryKey, usize)>) {
        let known: HashSet<MemoryKey> = self.paragraphs.iter().flatten().copied().collect();
        self.others.extend(places.into_iter().filter(|(key, _)| !known.contains(key)));
    }

    /// Takes what another memory knew of the complete article, where this one knows nothing.
    pub(super) fn take_complete(&mut self, paragraphs: &[MemoryKey]) {
        if self.paragraphs.is_empty() {
            self.take(&paragraphs.iter().copied().map(Some).collect::<Vec<_>>());
        }
    }

    /// The paragraphs of the complete article, in order.
    pub(super) fn complete(&self) -> Vec<MemoryKey> {
        self.paragraphs.iter().flatten().copied().collect()
    }

    /// Every place: which paragraph, and where.
    pub(super) fn all(&self) -> Vec<(MemoryKey, usize)> {
        let complete = self.paragraphs.iter().enumerate();
        let complete = complete.filter_map(|(position, key)| Some(((*key)?, position)));
        complete.chain(self.others.iter().copied()).collect()
    }

    /// Forgets the places of some paragraphs; the others stay where they are. Tells which.
    pub(super) fn forget(&mut self, gone: impl Fn(&MemoryKey) -> bool) -> HashSet<MemoryKey> {
        let forgotten: HashSet<MemoryKey> =
            self.all().into_iter().map(|(key, _)| key).filter(gone).collect();
        for place in &mut self.paragraphs {
            place.take_if(|key| forgotten.contains(key));
        }
        self.others.retain(|(key, _)| !forgotten.contains(key));
        forgotten
    }
}

/// Changes what is known of an article; a record is written only where it is another then.
pub(super) fn change(
    shelf: &Shelf,
    article: &str,
    to: Target,
    work: impl Fn(&mut Places),
) -> Result<(), Failure> {
    let key = key(article, to);
    shelf.change(&key, |there| {
        let known = there.and_then(|value| record::unseal(&key, value));
        let known = known.unwrap_or_else(|| Places::none(article, to));
        let mut places = known.clone();
        work(&mut places);
        if places == known {
            return Ok(Change::None);
        }
        let value = record::seal(&key, &places);
        value.map(Change::Put).map_err(|error| Failure::Refused(error.into()))
    })
}

/// Where all paragraphs stand, as it was when this was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// By name and target.
    articles: Vec<(String, Target)>,
    /// A paragraph, the index of its article, and its position: in this order.
    places: Vec<(MemoryKey, u32, u32)>,
}

impl Memory {
    /// Where the paragraphs stand of all articles that went through this memory. Reads a record
    /// for each article; a damaged one is passed over.
    pub fn uses(&self) -> Uses {
        Uses::of(self.places())
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Places> + use<> {
        let records = self.0.shelf().sweep(keys());
        records.filter_map(|(key, value)| record::unseal(&key, &value))
    }
}

impl Uses {
    fn of(records: impl Iterator<Item = Places>) -> Self {
        let mut by_name: BTreeMap<(String, Target), u32> = BTreeMap::new();
        let mut places = Vec::new();
        for (of_article, record) in (0..).zip(records) {
            let all = record.all().into_iter();
            // A position beyond the range of 32 bits is none of a text that fits in memory.
            places.extend(all.filter_map(|(key, at)| Some((key, of_article, at.try_into().ok()?))));
            by_name.insert((record.article, record.to), of_article);
        }
        let order: HashMap<u32, u32> = by_name.values().copied().zip(0..).collect();
        places.retain_mut(|(_, article, _)| {
            order.get(article).map(|place| *article = *place).is_some()
        });
        places.sort_unstable();
        places.dedup();
        Self { articles: by_name.into_keys().collect(), places }
    }

    /// Where a paragraph is used, by article and position.
    pub fn of_paragraph(&self, key: &MemoryKey) -> Vec<Use> {
        let from = self.places.partition_point(|(other, ..)| other < key);
        let here = self.places.iter().skip(from).take_while(|(other, ..)| other == key);
        let used = here.filter_map(|(_, article, position)| {
            let (article, _) = self.articles.get(*article as usize)?;
            Some(Use { article: article.clone(), position: *position as usize })
        });
        used.collect()
    }

    /// The articles, by name and by what they were translated into.
    pub fn articles(&self) -> &[(String, Target)] {
        &self.articles
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    fn keyed(n: u8) -> MemoryKey {
        MemoryKey::from_bytes(&[n; 32]).unwrap()
    }

    /// A run over a text of few paragraphs, some of which may stand in it more than once.
    fn any_run() -> impl Strategy<Value = Vec<Option<MemoryKey>>> {
        let said = prop_oneof![9 => (0..12_u8).prop_map(|n| Some(keyed(n))), 1 => Just(None)];
        prop::collection::vec(said, 1..9)
    }

    fn after(runs: &[Vec<Option<MemoryKey>>]) -> Places {
        let mut places = Places::none("a.md", Target::English);
        runs.iter().for_each(|run| places.take(run));
        places
    }

    proptest! {
        /// Whatever an article was: what it is made of counts once, at its own places, and nothing
        /// that was ever said for it is lost sight of.
        #[test]
        fn places_are_those_of_the_last_complete_run(
            runs in prop::collection::vec(any_run(), 1..8),
        ) {
            let places = after(&runs);
            let last = runs.iter().rfind(|run| run.iter().all(Option::is_some));
            let complete: Vec<MemoryKey> = last.into_iter().flatten().flatten().copied().collect();
            prop_assert_eq!(places.complete(), complete.clone());
            let all = places.all();
            for key in runs.iter().flatten().flatten() {
                let here = all.iter().filter(|(other, _)| other == key).map(|(_, at)| *at);
                let here: BTreeSet<usize> = here.collect();
                if complete.contains(key) {
                    let wanted = (0..complete.len()).filter(|at| complete[*at] == *key);
                    prop_assert_eq!(here, wanted.collect::<BTreeSet<_>>());
                } else {
                    prop_assert!(!here.is_empty());
                }
            }
            let mut again = places.clone();
            again.take(runs.last().unwrap());
            prop_assert_eq!(&again, &places, "the same run again changes nothing");
        }

        #[test]
        fn what_is_forgotten_leaves_the_others_where_they_are(
            runs in prop::collection::vec(any_run(), 1..8),
            gone in prop::collection::btree_set(0..12_u8, 0..6),
        ) {
            let gone: BTreeSet<MemoryKey> = gone.into_iter().map(keyed).collect();
            let before = after(&runs);
            let mut places = before.clone();
            let forgotten = places.forget(|key| gone.contains(key));
            let left = before.all().into_iter().filter(|(key, _)| !gone.contains(key));
            prop_assert_eq!(places.all(), left.collect::<Vec<_>>());
            let had = before.all().into_iter().map(|(key, _)| key);
            let had: HashSet<MemoryKey> = had.filter(|key| gone.contains(key)).collect();
            prop_assert_eq!(forgotten, had);
        }

        #[test]
        fn uses_are_by_article_and_position(
            articles in prop::collection::vec(prop::collection::vec(any_run(), 1..4), 1..6),
        ) {
            let number = Cell::new(0);
            let records = || articles.iter().map(|runs| {
                number.set(number.get() + 1);
                // Not in the order of their names, as in the store.
                let article = format!("{}.md", number.get() * 7 % 11);
                Places { article, ..after(runs) }
            });
            let mut wanted: BTreeMap<MemoryKey, BTreeSet<Use>> = BTreeMap::new();
            for record in records() {
                for (key, position) in record.all() {
                    let used = Use { article: record.article.clone(), position };
                    wanted.entry(key).or_default().insert(used);
                }
            }
            number.set(0);
            let uses = Uses::of(records());
            for n in 0..13 {
                let wanted = wanted.remove(&keyed(n)).unwrap_or_default();
                prop_assert_eq!(uses.of_paragraph(&keyed(n)), wanted.into_iter().collect::<Vec<_>>());
            }
            prop_assert_eq!(uses.articles().len(), articles.len());
        }
    }
}
