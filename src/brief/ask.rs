//! What is asked for: a paragraph, or a piece of one that is too large for a request.

use std::ops::Range;
use std::sync::Arc;

use super::pieces::Pieces;
use crate::glossary::RequiredTerm;
use crate::memory::Earlier;
use crate::paragraph::{Kind, Marked};

/// How often a paragraph that a provider finds too large is cut in half before that is held for
/// a fact: eight pieces, the eighth part of what was configured.
const HALVINGS: usize = 3;

/// Below so many bytes, two or three sentences, it is not the length that a provider minds.
const SHORT: usize = 400;

/// How much of the piece before is shown, in Unicode scalar values.
const BEFORE_CHARS: usize = 300;

/// A paragraph that has to be asked for, or a piece of one.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Its place in the article, from 0; for a piece that of its paragraph.
    pub position: usize,
    /// What it is.
    pub kind: Kind,
    /// The marked source.
    pub source: Marked,
    /// The terms that occur in it. Their places are counted in the text without marks and without
    /// the things kept whole, which a backend does not see.
    pub terms: Arc<[RequiredTerm]>,
    /// The names in it that recur in the article and that no term fixes.
    pub names: Arc<[String]>,
    /// What was wrong with an earlier reply.
    pub complaint: Option<String>,
    /// How often it has been asked for.
    pub attempt: usize,
    /// How often it was asked for again because a check found an error in a usable reply.
    pub doubts: usize,
    /// What it was before its source was edited.
    pub reference: Option<Arc<Earlier>>,
    /// What it is a piece of.
    pub piece: Option<Piece>,
}

/// One piece of several.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What was cut.
    pub whole: Arc<Whole>,
    /// Which piece of it, from 0.
    pub index: usize,
    /// The end of the piece before, to be shown.
    before: Option<Arc<str>>,
}

/// What was cut into pieces.
#[derive(Debug)]
pub struct Whole {
    /// The paragraph; or a piece, where one was still too large.
    pub ask: Ask,
    /// Its pieces.
    pub pieces: Pieces,
    halvings: usize,
}

impl Ask {
    /// The paragraph that this asks for, or for a piece of.
    pub fn paragraph(&self) -> &Self {
        self.piece.as_ref().map_or(self, |piece| piece.whole.ask.paragraph())
    }

    /// The text before it in its own paragraph, where that was cut.
    pub(super) fn before(&self) -> Option<&str> {
        let piece = self.piece.as_ref()?;
        piece.before.as_deref().or_else(|| piece.whole.ask.before())
    }

    /// The pieces of it that fit, in order; `None` where not even a word of it does.
    pub(super) fn pieces(&self, fits: &dyn Fn(&Self) -> bool) -> Option<Vec<Self>> {
        // While it is cut it is not known what will stand before a piece: this is as long.
        let before = tail(&self.source);
        let whole = |pieces| Arc::new(Whole { ask: self.clone(), pieces, halvings: 0 });
        let probe = whole(Pieces::default());
        let pieces = Pieces::cut(&self.source, &|source| {
            let piece = Piece { whole: probe.clone(), index: 0, before: Some(before.clone()) };
            // All of it does not fit, or nobody would cut it.
            let prose = source.prose();
            let terms = self.terms.iter().filter(|term| prose.contains(&term.source)).cloned();
            *source != self.source && fits(&self.part(source, piece, terms.collect()))
        })?;
        Some(parts(&Arc::new(Whole { ask: self.clone(), pieces, halvings: self.halvings() })))
    }

    /// The halves of what a provider finds too large, in order; `None` where that cannot be meant.
    pub fn halves(&self) -> Option<Vec<Self>> {
        let length = self.source.as_str().len();
        let halvings = self.halvings() + 1;
        if halvings > HALVINGS || length < SHORT {
            return None;
        }
        // A little more than a half, so that two pieces are enough where sentences are short.
        let pieces = Pieces::cut(&self.source, &|piece| piece.as_str().len() * 5 <= length * 3)?;
        let asked = Self { reference: None, attempt: 1, ..self.clone() };
        Some(parts(&Arc::new(Whole { ask: asked, pieces, halvings })))
    }

    fn halvings(&self) -> usize {
        self.piece.as_ref().map_or(0, |piece| piece.whole.halvings)
    }

    fn part(&self, source: &Marked, piece: Piece, terms: Arc<[RequiredTerm]>) -> Self {
        let prose = source.prose();
        let names = self.names.iter().filter(|name| prose.contains(name.as_str()));
        Self {
            source: source.clone(),
            terms,
            names: names.cloned().collect(),
            reference: None,
            piece: Some(piece),
            complaint: self.complaint.clone(),
            ..*self
        }
    }
}

fn parts(whole: &Arc<Whole>) -> Vec<Ask> {
    let mut before = None;
    let pieces = whole.pieces.placed().enumerate().map(|(index, (source, at))| {
        let before = before.replace(tail(source));
        let terms = whole.ask.terms.iter().filter_map(|term| inside(term, &at)).collect();
        whole.ask.part(source, Piece { whole: whole.clone(), index, before }, terms)
    });
    pieces.collect()
}

/// The term at its places in a piece that stands at `piece`, if it has one there.
fn inside(term: &RequiredTerm, piece: &Range<usize>) -> Option<RequiredTerm> {
    let places = std::iter::once(&term.at).chain(&term.again);
    let within = places.filter(|at| piece.start <= at.start && at.end <= piece.end);
    let mut within = within.map(|at| at.start - piece.start..at.end - piece.start);
    let at = within.next()?;
    Some(RequiredTerm { at, again: within.collect(), ..term.clone() })
}

/// The end of a text.
fn tail(source: &Marked) -> Arc<str> {
    let prose = source.prose();
    let start = prose.char_indices().nth_back(BEFORE_CHARS - 1).map_or(0, |(start, _)| start);
    prose[start..].into()
}
