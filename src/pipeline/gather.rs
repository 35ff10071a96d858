//! The translations of pieces, until there is one of the paragraph.

use std::sync::Arc;

use crate::backend::Usage;
use crate::brief::{Ask, Whole};
use crate::language::Language;
use crate::paragraph::Marked;

/// What came back of the paragraphs that are asked for in pieces.
#[derive(Debug, Default)]
pub(super) struct Gathering(Vec<Gathered>);

#[derive(Debug)]
struct Gathered {
    whole: Arc<Whole>,
    texts: Vec<Option<Marked>>,
    usage: Usage,
}

/// A translated paragraph, and what all that went into it used.
pub(super) struct Gained {
    pub(super) ask: Ask,
    pub(super) text: Marked,
    pub(super) usage: Usage,
}

impl Gathering {
    /// Takes the translation of a paragraph or a piece, and gives back the paragraph that is
    /// complete with it.
    pub(super) fn take(&mut self, gained: Gained, into: Language) -> Option<Gained> {
        let Some(piece) = &gained.ask.piece else { return Some(gained) };
        let at = self.0.iter().position(|known| Arc::ptr_eq(&known.whole, &piece.whole));
        let at = at.unwrap_or_else(|| {
            let whole = piece.whole.clone();
            let texts = vec![None; whole.pieces.iter().count()];
            self.0.push(Gathered { whole, texts, usage: Usage::default() });
            self.0.len() - 1
        });
        let gathered = self.0.get_mut(at)?;
        *gathered.texts.get_mut(piece.index)? = Some(gained.text);
        gathered.usage += gained.usage;
        if gathered.texts.contains(&None) {
            return None;
        }
        let Gathered { whole, texts, usage } = self.0.swap_remove(at);
        let texts: Vec<Marked> = texts.into_iter().flatten().collect();
        let text = whole.pieces.join(&texts, into);
        self.take(Gained { ask: whole.ask.clone(), text, usage }, into)
    }

    /// Forgets the pieces of a paragraph, which is given up or asked for afresh.
    pub(super) fn forget(&mut self, position: usize) {
        self.0.retain(|known| known.whole.ask.position != position);
    }
}
