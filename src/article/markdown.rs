//! Markdown: CommonMark with the extensions of GitHub, front matter, and what site generators add.
//!
//! [`parse`] finds the prose of a text and where it stands; [`render`] writes one translation in
//! the syntax of its place. Neither prints Markdown from a tree: every byte that is not prose stays
//! because nobody touches it.

mod front_matter;
mod islands;
mod blocks;
mod inline;
mod pieces;
mod address;
mod tags;
mod segments;
mod lines;
mod render;
mod emphasis;
mod escape;
mod kept_lines;

use super::Parsed;
use crate::paragraph::{Marked, Token};

pub use kept_lines::render_lines;
pub use render::render;

/// Finds the paragraphs of a Markdown text.
///
/// Prose is: title, description and summary of the front matter, headings, paragraphs, list items,
/// table cells, quotations, footnotes, the text of links and pictures. Everything else is kept.
pub fn parse(text: &str) -> Parsed {
    blocks::read(text, blocks::Reading::Article)
}

/// As [`parse`], with a line feed in the sources where prose is broken into lines.
pub fn parse_lines(text: &str) -> Parsed {
    blocks::read(text, blocks::Reading::Lines)
}

/// A translation with its line feeds joined, as [`render`] writes it.
pub fn on_one_line(target: &Marked) -> Marked {
    let tokens = target.tokens().into_iter().map(|token| match token {
        Token::Text(text) => Token::Text(render::joined(&text).into()),
        token => token,
    });
    Marked::from_tokens(tokens)
}
