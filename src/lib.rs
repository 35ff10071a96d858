//! Diptych turns an article in English or Chinese into a pair: the same article in both
//! languages, aligned paragraph by paragraph.
//!
//! # The sentence
//!
//! An **article** is cut into **paragraphs**; what **people** and the **memory** already said is
//! recalled; the **glossary** says which terms are fixed; the rest goes to a **backend** under its
//! **limits**; **checks** read what comes back; the house **style** is applied on the way out; the
//! article leaves as a **pair**.
//!
//! The modules below stand in the order of that sentence; [`pipeline`] is the sentence as one
//! function. `ARCHITECTURE.md` has the map and the laws.
//!
//! The core (article, paragraph, rule, glossary, brief, check, style, the rendering of a pair) is
//! pure: text in, values out; no clock, disk, network, async or log. The world (memory store,
//! backend, files) stands at the edges.

pub mod language;
pub mod article;
pub mod paragraph;
pub mod rule;
pub mod memory;
pub mod glossary;
pub mod names;
pub mod brief;
pub mod backend;
pub mod limits;
pub mod check;
pub mod style;
pub mod difference;
pub mod pair;
pub mod exchange;
pub mod pipeline;
pub mod learn;
pub mod queue;
pub mod worker;
pub mod config;
pub mod socket;
mod xml;
