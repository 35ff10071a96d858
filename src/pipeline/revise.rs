//! An edited source keeps its wording: the earlier pair of an edited paragraph, found among those
//! of the same article, for whoever translates it anew and for whoever reads the result.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Pipeline;
use super::recall::{Query, Said};
use crate::check;
use crate::difference::{self, Words};
use crate::language::Target;
use crate::memory::{Earlier, MemoryError, MemoryKey};
use crate::pair::{Origin, Revised, Translation};
use crate::paragraph::Class;
use crate::style;

/// From this likeness of two sources on, one is an edit of the other.
const EDITED: f64 = 0.5;

/// Paragraphs compared on either side, at most: a rewritten article has no earlier wording to keep.
const MOST: usize = 600;

/// A paragraph the article had, and has no more.
struct Former {
    class: Class,
    words: Words,
    earlier: Earlier,
    /// What that one was before, where it was a person's.
    persons: Option<Earlier>,
}

impl Pipeline {
    /// Finds the earlier pairs of the paragraphs that are new in this article: of those that have
    /// to be asked for, so that what did not change stays; and of those that are recalled instead
    /// of a person's words, so that a person looks.
    pub(super) fn compare(
        &self,
        article: &str,
        queries: &mut [Query<'_>],
        said: &mut [Option<Said>],
    ) {
        let Some(to) = queries.first().map(|query| query.to) else { return };
        // Nothing is missing and nobody corrected anything: there is nothing to compare.
        if self.corrections.is_empty() && said.iter().all(Option::is_some) {
            return;
        }
        let before: HashSet<MemoryKey> = self.memory.article(article, to).into_iter().collect();
        let is_new = |query: &Query<'_>, said: &Option<Said>| {
            query.earlier.is_none()
                && said.as_ref().is_none_or(|said| {
                    matches!(said.translation.origin, Origin::Machine(_))
                        && !before.is_empty()
                        && !before.contains(&query.key)
                })
        };
        let new = queries.iter().zip(&*said).filter(|(query, said)| is_new(query, said)).count();
        if new == 0 || new > MOST {
            return;
        }
        let former = self.former(article, to, queries);
        for (query, said) in queries.iter_mut().zip(said) {
            if !is_new(query, said) {
                continue;
            }
            let earlier = former_of(query, &former);
            query.earlier = match said {
                None => earlier,
                Some(_) => earlier.filter(|earlier| earlier.person),
            }
            .map(Arc::new);
            if let Some(said) = said {
                flag(query, &mut said.translation);
            }
        }
    }

    /// What the article had and has no more, with its translations; a person's words come first.
    fn former(&self, article: &str, to: Target, queries: &[Query<'_>]) -> Vec<Former> {
        let mut seen: HashSet<MemoryKey> = queries.iter().map(|query| query.key).collect();
        let mut before_that = self.memory.earlier(article, to);
        let corrected = self.corrections.of_article(article);
        let corrected = corrected.into_iter().filter(|(_, said)| said.head.to == to);
        let keys = self.memory.article(article, to).into_iter();
        let keys = keys.chain(corrected.map(|(key, _)| *key)).filter(|key| seen.insert(*key));
        let former = keys.filter_map(|key| {
            let (head, target, person) = match self.corrections.get(&key) {
                Some(said) => (said.head.clone(), said.target.clone(), true),
                None => {
                    let entry = self.memory.recall(&key)?;
                    let newest = entry.candidates.last()?;
                    // As it was read; the bytes of its marks are not known any more.
                    let target =
                        style::apply(&newest.target, &[], entry.head.class, to, &self.house);
                    (entry.head, target, false)
                }
            };
            Some(Former {
                class: head.class,
                words: Words::of(&head.source.prose()),
                earlier: Earlier { source: head.source, target, person },
                persons: before_that.remove(&key).filter(|earlier| earlier.person),
            })
        });
        former.take(MOST).collect()
    }

    /// Keeps what the paragraphs of an article were, before anything is asked.
    pub(super) async fn record_earlier(
        &self,
        article: &str,
        queries: &[Query<'_>],
    ) -> Result<(), MemoryError> {
        let Some(to) = queries.first().map(|query| query.to) else { return Ok(()) };
        let earlier = queries
            .iter()
            .filter_map(|query| Some((query.key, Earlier::clone(query.earlier.as_deref()?))));
        let earlier: HashMap<MemoryKey, Earlier> = earlier.collect();
        if earlier.is_empty() && self.memory.earlier(article, to).is_empty() {
            return Ok(());
        }
        self.memory.record_earlier(article, to, &earlier).await
    }
}

/// What a paragraph was, if it is an edit of one of these. Where that one was itself an edit of a
/// person's, and this is still like it, the person's words are what counts.
fn former_of(query: &Query<'_>, former: &[Former]) -> Option<Earlier> {
    let words = Words::of(&query.paragraph.source.prose());
    let class = query.paragraph.kind.class();
    let like = former
        .iter()
        .filter(|former| former.class == class)
        .map(|former| (former.words.likeness(&words), former))
        .filter(|(like, _)| *like >= EDITED);
    let (_, best) = like.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    let still = |persons: &&Earlier| Words::of(&persons.source.prose()).likeness(&words) >= EDITED;
    Some(best.persons.as_ref().filter(still).unwrap_or(&best.earlier).clone())
}

/// Says of a machine's translation that it is an earlier one revised, and how it differs; one of a
/// person's words wants a person's look.
pub(super) fn flag(query: &Query<'_>, translation: &mut Translation) {
    let Some(earlier) = query.earlier.as_deref() else { return };
    if !matches!(translation.origin, Origin::Machine(_)) {
        return;
    }
    let marks = &query.paragraph.marks;
    translation.revised = Some(Revised {
        person: earlier.person,
        source: difference::between(&earlier.source.plain(marks), &query.plain),
        target: difference::between(&earlier.target.plain(marks), &translation.target),
    });
    if earlier.person {
        translation.findings.push(check::revised());
    }
}
