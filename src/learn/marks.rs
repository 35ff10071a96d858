//! The marks of an edited paragraph, found again among those of its source.

use super::Trouble;
use crate::paragraph::{Mark, MarkKind, Marked, Paragraph, Token};

/// An edited paragraph, possibly in several pieces, as marked text with the tags of `source`.
/// `line_feeds[i]` stand before piece `i`; `order` is the earlier translation, whose order of tags
/// decides between marks that are written the same.
///
/// # Errors
/// Each mark that is not the source's, and each of the source's that is missing.
pub(super) fn bring_home(
    paragraph: usize,
    source: &Paragraph,
    order: Option<&Marked>,
    pieces: &[(&Paragraph, usize)],
    line: usize,
) -> Result<Marked, Vec<Trouble>> {
    let mut free = numbers(order.unwrap_or(&source.source));
    let mut troubles = Vec::new();
    let mut strangers: Vec<&Mark> = Vec::new();
    let mut tokens: Vec<Token<'_>> = Vec::new();
    for (piece, line_feeds) in pieces {
        tokens.push(Token::Text("\n".repeat(*line_feeds).into()));
        let mut own: Vec<Option<usize>> = Vec::with_capacity(piece.marks.len());
        for mark in &piece.marks {
            let known = |&n: &usize| source.marks.get(n - 1).is_some_and(|it| same(it, mark));
            let found = free.iter().position(known).map(|at| free.remove(at));
            if found.is_none() {
                strangers.push(mark);
            }
            own.push(found);
        }
        let number = |n: usize| n.checked_sub(1).and_then(|i| own.get(i).copied().flatten());
        tokens.extend(piece.source.tokens().into_iter().filter_map(|token| match token {
            Token::Open(n) => number(n).map(Token::Open),
            Token::Close(n) => number(n).map(Token::Close),
            Token::Kept(n) => number(n).map(Token::Kept),
            text @ Token::Text(_) => Some(text),
        }));
    }
    for stranger in strangers {
        // A link whose words stayed and whose address did not.
        let was = free.iter().position(|n| {
            source.marks.get(n - 1).is_some_and(|it| {
                it.kind() == stranger.kind()
                    && matches!(it.kind(), MarkKind::Link | MarkKind::Image | MarkKind::Address)
            })
        });
        troubles.push(match was.map(|at| free.remove(at)) {
            Some(n) => Trouble::Address {
                paragraph,
                line,
                was: written(&source.marks[n - 1]),
                is: written(stranger),
            },
            None => Trouble::MarkAdded { paragraph, line, mark: written(stranger) },
        });
    }
    let missing = free.into_iter().filter_map(|n| source.marks.get(n - 1));
    troubles.extend(missing.map(|mark| Trouble::MarkMissing {
        paragraph,
        line,
        mark: written(mark),
    }));
    if !troubles.is_empty() {
        return Err(troubles);
    }
    Ok(Marked::from_tokens(tokens))
}

/// The numbers of a text's tags, in its order.
fn numbers(text: &Marked) -> Vec<usize> {
    let tokens = text.tokens().into_iter();
    tokens
        .filter_map(|token| match token {
            Token::Open(n) | Token::Kept(n) if n > 0 => Some(n),
            _ => None,
        })
        .collect()
}

/// Whether two marks are one. Emphasis may be written in other ways: which, is seen when the
/// paragraph is written back.
fn same(source: &Mark, edited: &Mark) -> bool {
    match (source, edited) {
        (
            Mark::Span { kind, open, close },
            Mark::Span { kind: kind_now, open: now, close: end },
        ) => {
            let run = matches!(kind, MarkKind::Emphasis | MarkKind::Strong | MarkKind::Strike);
            (kind == kind_now && (run || (open == now && close == end)))
                || (run && *kind_now == MarkKind::Html && is_element(*kind, now))
        }
        (Mark::Kept { kind, bytes }, Mark::Kept { kind: kind_now, bytes: now }) => {
            kind == kind_now && bytes == now
        }
        _ => false,
    }
}

fn is_element(kind: MarkKind, open: &str) -> bool {
    match kind {
        MarkKind::Strong => open == "<strong>",
        MarkKind::Strike => open == "<del>",
        _ => open == "<em>",
    }
}

/// A mark as a person wrote it.
fn written(mark: &Mark) -> String {
    match mark {
        Mark::Span { open, close, .. } => format!("{open}…{close}"),
        Mark::Kept { bytes, .. } => bytes.clone(),
    }
}
