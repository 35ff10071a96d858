//! What an edit of the term base would come to: the paragraphs that are remembered, looked at as
//! a run would look at them.

use crate::brief;
use crate::check;
use crate::glossary::RequiredTerm;
use crate::language::Target;
use crate::memory::{Correction, Head};
use crate::paragraph::{self, Found, Mark, Paragraph, Slot};

use super::recall::Query;
use super::{Pipeline, Plan};

/// What a run would make of a remembered paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// A person's words are shown; these terms they break.
    Person(Vec<RequiredTerm>),
    /// A machine's words are shown; these terms they break, and were asked for under them.
    Stands(Vec<RequiredTerm>),
    /// It would be asked for, under these terms.
    Asked(Vec<RequiredTerm>),
}

impl Pipeline {
    /// What a run would make of the paragraph an entry of the memory is about.
    pub fn outlook(&self, head: &Head) -> Outlook {
        let paragraphs = paragraphs(&[head]);
        let Some(paragraph) = paragraphs.first() else { return Outlook::Asked(Vec::new()) };
        let query = self.query(0, paragraph, head.to);
        let broken = |shown: &crate::pair::Translation| {
            let subject = query.subject(&shown.target, &shown.target_marked);
            check::terms::broken(&subject).into_iter().cloned().collect()
        };
        if let Some(Correction { target, .. }) = self.corrections.get(&query.key) {
            let shown = query.shown(target.clone(), crate::pair::Origin::Person);
            return Outlook::Person(broken(&shown));
        }
        match self.remembered(&query) {
            Some(said) => Outlook::Stands(broken(&said.translation)),
            None => Outlook::Asked(query.terms.to_vec()),
        }
    }

    /// The terms that occur in the paragraph an entry of the memory is about.
    pub fn terms(&self, head: &Head) -> Vec<RequiredTerm> {
        let marks = Mark::of_kinds(&head.source, &head.marks);
        self.glossary.terms_of(&head.source, &marks, head.to)
    }

    /// What it would take to ask the first backend for paragraphs of one article.
    pub fn price(&self, heads: &[&Head], to: Target) -> Plan {
        let paragraphs = paragraphs(heads);
        let queries: Vec<Query<'_>> =
            paragraphs.iter().enumerate().map(|(i, each)| self.query(i, each, to)).collect();
        let asks = queries.iter().map(Query::ask);
        self.quote(asks.collect(), &brief::Outline::of(&paragraphs), to)
    }
}

/// The paragraphs as far as a memory knows them.
fn paragraphs(heads: &[&Head]) -> Vec<Paragraph> {
    let found = heads.iter().map(|head| Found {
        kind: head.class.kind(),
        range: 0..0,
        source: head.source.clone(),
        marks: Mark::of_kinds(&head.source, &head.marks),
        slot: Slot::Text,
        beside: false,
    });
    paragraph::name(found.collect())
}
