//! What was already said about a paragraph, and which of it serves: a person's words, then a
//! rule's, then the memory's.

use std::ops::Range;
use std::sync::Arc;

use super::{Pipeline, Refresh, revise};
use crate::article::Document;
use crate::backend::Usage;
use crate::brief::Ask;
use crate::check::{self, Finding, Severity, Subject};
use crate::glossary::{AskedTerm, RequiredTerm};
use crate::language::Target;
use crate::memory::{Candidate, Earlier, Head, MemoryKey};
use crate::pair::{Origin, Translation};
use crate::paragraph::{Marked, Paragraph};
use crate::{names, rule, style};

/// A paragraph as it is looked for.
pub(super) struct Query<'a> {
    pub(super) position: usize,
    pub(super) paragraph: &'a Paragraph,
    pub(super) plain: String,
    pub(super) to: Target,
    pub(super) terms: Arc<[RequiredTerm]>,
    /// The names in it that recur in the article and that no term fixes.
    pub(super) names: Arc<[String]>,
    pub(super) key: MemoryKey,
    /// What it was before its source was edited.
    pub(super) earlier: Option<Arc<Earlier>>,
}

/// What somebody said about a paragraph.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) translation: Translation,
    /// What it cost when it was bought.
    pub(super) usage: Usage,
    /// Whether that was in this run, for this article.
    pub(super) bought_now: bool,
}

impl Query<'_> {
    /// The first attempt at it.
    pub(super) fn ask(&self) -> Ask {
        Ask {
            position: self.position,
            kind: self.paragraph.kind,
            source: self.paragraph.source.clone(),
            terms: self.terms_seen(),
            names: self.names.clone(),
            complaint: None,
            attempt: 0,
            doubts: 0,
            reference: self.earlier.clone(),
            piece: None,
        }
    }

    /// The terms at their places in what a backend sees: the text without the things kept whole.
    fn terms_seen(&self) -> Arc<[RequiredTerm]> {
        let kept = self.paragraph.source.kept(&self.paragraph.marks);
        if kept.is_empty() {
            return self.terms.clone();
        }
        let seen = |at: &Range<usize>| {
            let before = kept.iter().filter(|kept| kept.end <= at.start);
            let hidden: usize = before.map(|kept| kept.len()).sum();
            at.start.saturating_sub(hidden)..at.end.saturating_sub(hidden)
        };
        let terms = self.terms.iter().map(|term| RequiredTerm {
            at: seen(&term.at),
            again: term.again.iter().map(seen).collect(),
            ..term.clone()
        });
        terms.collect()
    }

    /// What the memory says an entry of it is about.
    pub(super) fn head(&self) -> Head {
        Head::of(self.paragraph, self.to)
    }

    /// The terms as they are recorded with a reply.
    pub(super) fn asked_terms(&self) -> Vec<AskedTerm> {
        let mut terms: Vec<AskedTerm> = self.terms.iter().map(AskedTerm::from).collect();
        terms.sort();
        terms
    }

    /// A translation of it as the checks read it.
    pub(super) fn subject<'s>(&'s self, target: &'s str, marked: &'s Marked) -> Subject<'s> {
        Subject {
            kind: self.paragraph.kind,
            source: &self.plain,
            target,
            source_marked: &self.paragraph.source,
            target_marked: marked,
            marks: &self.paragraph.marks,
            to: self.to,
            terms: &self.terms,
            precedent: self
                .earlier
                .as_ref()
                .filter(|earlier| earlier.person)
                .map(|earlier| earlier.target.as_str()),
        }
    }

    pub(super) fn shown(&self, marked: Marked, origin: Origin) -> Translation {
        let target = marked.plain(&self.paragraph.marks);
        let findings = match origin {
            Origin::Rule => Vec::new(),
            Origin::Person => {
                let subject = self.subject(&target, &marked);
                check::judge(&Subject { precedent: Some(&target), ..subject })
            }
            Origin::Machine(_) => check::judge(&self.subject(&target, &marked)),
        };
        Translation {
            target,
            target_marked: marked,
            origin,
            findings,
            changes: Vec::new(),
            revised: None,
        }
    }
}

impl Pipeline {
    /// The paragraphs of a document as they are looked for.
    pub(super) fn queries<'a>(
        &self,
        article: &str,
        document: &'a Document,
        to: Target,
    ) -> Vec<Query<'a>> {
        let earlier = self.memory.earlier(article, to);
        let paragraphs = document.paragraphs().iter().enumerate();
        let mut queries: Vec<Query<'a>> = paragraphs
            .map(|(position, paragraph)| {
                let query = self.query(position, paragraph, to);
                let earlier = earlier.get(&query.key).cloned().map(Arc::new);
                Query { earlier, ..query }
            })
            .collect();
        name(&mut queries, to);
        queries
    }

    /// One paragraph as it is looked for, without an earlier pair.
    pub(super) fn query<'a>(
        &self,
        position: usize,
        paragraph: &'a Paragraph,
        to: Target,
    ) -> Query<'a> {
        let plain = paragraph.source.plain(&paragraph.marks);
        let terms = self.glossary.terms_of(&paragraph.source, &paragraph.marks, to).into();
        let key = Head::of(paragraph, to).key();
        Query { position, paragraph, plain, to, terms, names: [].into(), key, earlier: None }
    }

    /// What is known of each paragraph.
    pub(super) fn recall(&self, queries: &[Query<'_>], refresh: Refresh) -> Vec<Option<Said>> {
        queries.iter().map(|query| self.recall_one(query, refresh)).collect()
    }

    /// What a person, a rule or the memory says of one paragraph, in this order.
    fn recall_one(&self, query: &Query<'_>, refresh: Refresh) -> Option<Said> {
        let paragraph = query.paragraph;
        if let Some(correction) = self.corrections.get(&query.key) {
            return Some(Said::for_nothing(query.shown(correction.target.clone(), Origin::Person)));
        }
        if let Some(target) = rule::translate(paragraph.kind, &paragraph.source, query.to) {
            return Some(Said::for_nothing(query.shown(target, Origin::Rule)));
        }
        match refresh {
            Refresh::Never => self.remembered(query),
            Refresh::Machines => None,
        }
    }

    /// The remembered candidate that serves: of the usable ones the one with the fewest errors,
    /// the newest among equals. One that breaks terms in force serves only if a candidate was
    /// already asked for under these very terms: asking again would be paying twice.
    pub(super) fn remembered(&self, query: &Query<'_>) -> Option<Said> {
        let entry = self.memory.recall(&query.key)?;
        let best =
            entry.candidates.iter().filter_map(|candidate| self.present(query, candidate)).min_by(
                |(a, told_a), (b, told_b)| {
                    errors(&a.findings)
                        .cmp(&errors(&b.findings))
                        .then_with(|| told_b.at.cmp(&told_a.at))
                },
            );
        let (mut translation, candidate) = best?;
        let subject = query.subject(&translation.target, &translation.target_marked);
        let broken: Vec<AskedTerm> =
            check::terms::broken(&subject).into_iter().map(AskedTerm::from).collect();
        let asked_under =
            |candidate: &Candidate| broken.iter().all(|term| candidate.terms.contains(term));
        if !entry.candidates.iter().any(asked_under) {
            return None;
        }
        revise::flag(query, &mut translation);
        Some(Said { translation, usage: candidate.usage, bought_now: false })
    }

    /// A candidate as it would be shown, or `None` if it is unusable.
    fn present<'c>(
        &self,
        query: &Query<'_>,
        candidate: &'c Candidate,
    ) -> Option<(Translation, &'c Candidate)> {
        let marks = &query.paragraph.marks;
        let plain = candidate.target.plain(marks);
        check::usable(&query.subject(&plain, &candidate.target)).ok()?;
        let styled = self.styled(query, &candidate.target);
        let shown = query.shown(styled, Origin::Machine(candidate.engine.clone()));
        let changes = style::changes(&plain, &shown.target);
        Some((Translation { changes, ..shown }, candidate))
    }

    /// A machine's text in the house style; but where it revises a person's words, the style of
    /// those stands, and a person looks at it.
    fn styled(&self, query: &Query<'_>, text: &Marked) -> Marked {
        if query.earlier.as_ref().is_some_and(|earlier| earlier.person) {
            return text.clone();
        }
        let class = query.paragraph.kind.class();
        style::apply(text, &query.paragraph.marks, class, query.to, &self.house)
    }

    /// What the checks say of a reply, as it would be shown.
    pub(super) fn findings(&self, query: &Query<'_>, reply: &Marked) -> Vec<Finding> {
        let styled = self.styled(query, reply);
        let target = styled.plain(&query.paragraph.marks);
        check::judge(&query.subject(&target, &styled))
    }
}

/// Gives each paragraph the names in it that recur in the article, but for those that terms fix.
fn name(queries: &mut [Query<'_>], to: Target) {
    let paragraphs = queries.iter().map(|query| (query.paragraph.kind, query.plain.as_str()));
    let mut found: Vec<Vec<String>> = vec![Vec::new(); queries.len()];
    for name in names::recurring(paragraphs, to.direction().source()) {
        for &position in &name.paragraphs {
            let (Some(query), Some(found)) = (queries.get(position), found.get_mut(position))
            else {
                continue;
            };
            let fixed = query.terms.iter().any(|term| term.source.contains(&name.text));
            if !fixed {
                found.push(name.text.clone());
            }
        }
    }
    for (query, found) in queries.iter_mut().zip(found) {
        query.names = found.into();
    }
}

impl Said {
    fn for_nothing(translation: Translation) -> Self {
        Self { translation, usage: Usage::default(), bought_now: false }
    }
}

/// How many findings of severity error there are.
pub(super) fn errors(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| finding.severity == Severity::Error).count()
}
