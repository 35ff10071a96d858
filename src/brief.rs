//! What a backend is asked: some paragraphs of one article in their order, their context, their
//! terms. A paragraph too large for a request is asked for in pieces. Pure: how large a brief is,
//! the backend says.

mod ask;
pub mod pieces;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::backend::{Capacity, Estimate};
use crate::glossary::RequiredTerm;
use crate::language::Target;
use crate::memory::Earlier;
use crate::paragraph::{Kind, Marked, Paragraph};

pub use ask::{Ask, Piece, Whole};

/// How much of the paragraph before is shown, in Unicode scalar values: enough to know what "it"
/// is, not so much that context crowds out work.
const BEFORE_CHARS: usize = 300;

/// Names a brief tells at most: a longer list is not heeded.
const NAMES: usize = 16;

/// One request's worth of work.
#[derive(Clone, Debug)]
pub struct Brief {
    /// What to translate into.
    pub to: Target,
    /// What surrounds the paragraphs; shown, never translated.
    pub context: Context,
    /// The paragraphs, at least one.
    pub paragraphs: Vec<BriefParagraph>,
    /// The terms that occur in them, each once.
    pub terms: Vec<RequiredTerm>,
    /// Names in them that recur in the article and that no term fixes, each once.
    pub names: Vec<String>,
    /// Which attempt at these paragraphs this is, from 0. A later one must not be the same request
    /// again: it is worded differently and asks with another temperature.
    pub attempt: usize,
}

/// The surroundings of a brief.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The title of the article.
    pub title: Option<String>,
    /// The heading of the section.
    pub heading: Option<String>,
    /// The paragraph before the first.
    pub before: Option<String>,
}

/// A paragraph as it is asked.
#[derive(Clone, Debug)]
pub struct BriefParagraph {
    /// Its number in the brief and in the reply, from 1.
    pub number: usize,
    /// What it is.
    pub kind: Kind,
    /// The marked source.
    pub source: Marked,
    /// The terms that occur in it; places as in [`Ask::terms`].
    pub terms: Arc<[RequiredTerm]>,
    /// What was wrong with an earlier reply, in words for the model.
    pub complaint: Option<String>,
    /// What it was before its source was edited: only what changed may change.
    pub reference: Option<Arc<Earlier>>,
}

/// A brief with the asks it is made of: paragraph `number` is `asks[number - 1]`.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What the backend reads.
    pub brief: Brief,
    /// What it is made of.
    pub asks: Vec<Ask>,
}

/// What became of some asks.
#[derive(Debug, Default)]
pub struct Filled {
    /// Briefs within the capacity.
    pub errands: Vec<Errand>,
    /// Asks of which not even a word fits, with their size in tokens.
    pub too_large: Vec<(Ask, u64)>,
}

/// An article as context is taken from it: made once, so that a brief of a long article costs no
/// more than one of a short one.
#[derive(Clone, Debug)]
pub struct Outline<'a> {
    article: &'a [Paragraph],
    title: Option<usize>,
    /// Where the headings stand, in ascending order.
    headings: Vec<usize>,
}

impl<'a> Outline<'a> {
    /// The outline of these paragraphs.
    pub fn of(article: &'a [Paragraph]) -> Self {
        let places = |kind| {
            let all = article.iter().enumerate();
            all.filter(move |(_, paragraph)| paragraph.kind == kind).map(|(place, _)| place)
        };
        Self {
            article,
            title: places(Kind::Title).next(),
            headings: places(Kind::Heading).collect(),
        }
    }

    /// What surrounds the paragraph at this place.
    fn context(&self, position: usize) -> Context {
        let plain = |place: usize| {
            let paragraph = &self.article[place];
            paragraph.source.plain(&paragraph.marks)
        };
        let above = self.headings.partition_point(|&place| place < position);
        let before = position.checked_sub(1).filter(|&place| {
            let kind = self.article.get(place).map(|paragraph| paragraph.kind);
            kind.is_some_and(|kind| !matches!(kind, Kind::Title | Kind::Heading))
        });
        Context {
            title: self.title.filter(|&title| title < position).map(plain),
            heading: above.checked_sub(1).map(|last| plain(self.headings[last])),
            before: before.map(|place| plain(place).chars().take(BEFORE_CHARS).collect()),
        }
    }
}

/// Fills briefs with asks, in order, each as full as the capacity allows; or, to be quicker, `over`
/// several requests of about equal size, as far as these are worth their prompts (see [`enough`]).
/// An ask too large for a brief goes without its earlier version, then in pieces.
///
/// A brief mixes no attempts: a second attempt is worded differently. `estimate` says how large a
/// brief is.
pub fn fill(
    asks: impl IntoIterator<Item = Ask>,
    outline: &Outline<'_>,
    to: Target,
    capacity: Capacity,
    over: usize,
    estimate: impl Fn(&Brief) -> Estimate,
) -> Filled {
    let size = |asks: &[Ask]| {
        let brief = brief(asks, outline, to);
        let estimate = estimate(&brief);
        (capacity.holds(&brief, estimate), weight(estimate))
    };
    let fits = |ask: &Ask| size(std::slice::from_ref(ask)).0;
    let mut filled = Filled::default();
    let mut open: Vec<Ask> = Vec::new();
    let mut seal = |open: &mut Vec<Ask>| {
        if !open.is_empty() {
            let asks = std::mem::take(open);
            filled.errands.push(Errand { brief: brief(&asks, outline, to), asks });
        }
    };
    let mut waiting: VecDeque<Ask> = asks.into_iter().collect();
    let enough = enough(waiting.make_contiguous(), over, |asks| size(asks).1);
    while let Some(ask) = waiting.pop_front() {
        if open.first().is_some_and(|first| first.attempt != ask.attempt) {
            seal(&mut open);
        }
        open.push(ask);
        // Nothing is measured of what has too many paragraphs already.
        let (holds, weight) =
            if open.len() <= capacity.paragraphs { size(&open) } else { (false, 0) };
        if holds {
            if weight >= enough {
                seal(&mut open);
            }
            continue;
        }
        // The newest did not fit: the others go without it, and it begins the next brief.
        let Some(ask) = open.pop() else { continue };
        if !open.is_empty() {
            seal(&mut open);
            waiting.push_front(ask);
        } else if ask.reference.is_some() {
            waiting.push_front(Ask { reference: None, ..ask });
        } else if let Some(pieces) = ask.pieces(&fits) {
            pieces.into_iter().rev().for_each(|piece| waiting.push_front(piece));
        } else {
            filled.too_large.push((ask, weight));
        }
    }
    seal(&mut open);
    filled
}

/// The weight from which on a brief is full enough, if these go over so many requests.
///
/// Every request carries the same constant part, a good 800 tokens of prompt. It is worth it as
/// long as what else is in the request, reply included, is as much: so spreading at most doubles
/// the tokens, and where a token of a reply costs four of a prompt, as is usual, the price grows
/// by a third. Paragraphs of a hundred words go by twos and threes, list
/// items by tens.
fn enough(asks: &[Ask], over: usize, size: impl Fn(&[Ask]) -> u64) -> u64 {
    let [first, second, ..] = asks else { return u64::MAX };
    if over < 2 {
        return u64::MAX;
    }
    let alone = |ask: &Ask| size(std::slice::from_ref(ask));
    let both = size(&[first.clone(), second.clone()]);
    let constant = (alone(first) + alone(second)).saturating_sub(both);
    let own: u64 = asks.iter().map(|ask| alone(ask).saturating_sub(constant)).sum();
    let worth = usize::try_from(own / constant.max(1)).unwrap_or(usize::MAX);
    let requests = over.min(worth).min(asks.len());
    if requests < 2 { u64::MAX } else { constant + own.div_ceil(requests as u64) }
}

/// What a request takes, in whatever the provider counts.
fn weight(estimate: Estimate) -> u64 {
    estimate.tokens_in + estimate.tokens_out + estimate.characters
}

fn brief(asks: &[Ask], outline: &Outline<'_>, to: Target) -> Brief {
    let mut terms: Vec<RequiredTerm> = Vec::new();
    for term in asks.iter().flat_map(|ask| ask.terms.iter()) {
        if !terms.iter().any(|known| known.source == term.source && known.accepted == term.accepted)
        {
            terms.push(term.clone());
        }
    }
    let mut names: Vec<String> = Vec::new();
    for name in asks.iter().flat_map(|ask| ask.names.iter()) {
        if names.len() < NAMES && !names.contains(name) {
            names.push(name.clone());
        }
    }
    let context = asks.first().map(|first| {
        let context = outline.context(first.position);
        let before = first.before().map(str::to_owned).or(context.before);
        Context { before, ..context }
    });
    Brief {
        to,
        context: context.unwrap_or_default(),
        paragraphs: asks
            .iter()
            .enumerate()
            .map(|(i, ask)| BriefParagraph {
                number: i + 1,
                kind: ask.kind,
                source: ask.source.clone(),
                terms: ask.terms.clone(),
                complaint: ask.complaint.clone(),
                reference: ask.reference.clone(),
            })
            .collect(),
        terms,
        names,
        attempt: asks.first().map_or(0, |first| first.attempt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Document, Format};
    use crate::language::Variant;

    /// Every paragraph counts as many tokens as it has characters, the rest of a brief none.
    fn sizes(
        text: &str,
        attempts: &[usize],
        paragraphs: usize,
        tokens: u64,
    ) -> (Vec<usize>, usize) {
        spread(text, attempts, (paragraphs, tokens), 1, 0)
    }

    /// The same over several requests, where the rest of a brief counts something.
    fn spread(
        text: &str,
        attempts: &[usize],
        (paragraphs, tokens): (usize, u64),
        over: usize,
        constant: u64,
    ) -> (Vec<usize>, usize) {
        let document = Document::parse(text.to_owned(), Format::Text);
        let asks = document.paragraphs().iter().enumerate().map(|(position, paragraph)| Ask {
            position,
            kind: paragraph.kind,
            source: paragraph.source.clone(),
            terms: [].into(),
            names: [].into(),
            complaint: None,
            attempt: attempts.get(position).copied().unwrap_or(0),
            doubts: 0,
            reference: None,
            piece: None,
        });
        let filled = fill(
            asks,
            &Outline::of(document.paragraphs()),
            Target::Chinese(Variant::Hans),
            Capacity::of_tokens(paragraphs, tokens),
            over,
            |brief| Estimate {
                tokens_in: brief.paragraphs.iter().map(|p| p.source.as_str().len() as u64).sum(),
                tokens_out: constant,
                ..Estimate::default()
            },
        );
        (filled.errands.iter().map(|errand| errand.asks.len()).collect(), filled.too_large.len())
    }

    const FIVE: &str = "Aaaa aaa.\n\nBbbb bbb.\n\nCccc ccc.\n\nDddd ddd.\n\nEeee eee.\n";

    #[test]
    fn briefs_are_full_but_never_too_large() {
        assert_eq!(sizes(FIVE, &[], 25, 1000), (vec![5], 0));
        assert_eq!(sizes(FIVE, &[], 2, 1000), (vec![2, 2, 1], 0));
        assert_eq!(sizes(FIVE, &[], 25, 20), (vec![2, 2, 1], 0));
        assert_eq!(sizes(FIVE, &[], 25, 5), (vec![1; 10], 0), "a word fits");
        assert_eq!(sizes(FIVE, &[], 25, 3), (vec![], 5));
        assert_eq!(sizes(FIVE, &[0, 0, 1, 1, 0], 25, 1000), (vec![2, 2, 1], 0));
    }

    #[test]
    fn where_slots_are_free_briefs_are_small_but_worth_their_prompt() {
        // Nine tokens each.
        let over = |requests, constant| spread(FIVE, &[], (25, 1000), requests, constant).0;
        assert_eq!(over(1, 9), [5]);
        assert_eq!(over(2, 9), [3, 2]);
        assert_eq!(over(8, 9), [1, 1, 1, 1, 1]);
        assert_eq!(over(8, 0), [1, 1, 1, 1, 1]);
        assert_eq!(over(8, 18), [3, 2], "two are as much as the prompt, and three is the rest");
        assert_eq!(over(8, 23), [5], "not worth a second prompt");
        // The capacity binds all the same.
        assert_eq!(spread(FIVE, &[], (2, 1000), 2, 9).0, [2, 2, 1]);
    }
}
