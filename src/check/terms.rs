//! Fixed terms: an accepted form stands in the translation at least once, a forbidden one never.
//!
//! Once is enough, because one correct human translation in eight rephrases a repetition. English
//! forms count in their plurals; capitals count only where the entry says so; spacing beside Han
//! characters and the width of letters never do. An accepted form inside a forbidden one does not
//! count, nor a forbidden one inside an accepted one, nor anything inside code.
//!
//! Blind spots: an accepted form that stands for something else, a term rendered by a pronoun.

use std::ops::Range;

use super::{Check, Finding, Severity, Subject};
use crate::glossary::RequiredTerm;
use crate::glossary::folded::Folded;
use crate::glossary::matching::{Ranges, places_of};

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Terms;

impl Check for Terms {
    fn name(&self) -> &'static str {
        "terms"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        if subject.terms.is_empty() {
            return Vec::new();
        }
        let target = Folded::of(subject.target);
        let found: Vec<Found> =
            subject.terms.iter().map(|term| Found::of(term, &target)).collect();
        let accepted = found.iter().flat_map(|found| found.accepted.iter().cloned()).collect();
        let accepted = Ranges::new(accepted);
        let kept = Ranges::new(target.bytes(&subject.target_marked.kept(subject.marks)));
        let mut findings = Vec::new();
        for (term, found) in subject.terms.iter().zip(&found) {
            let forbidden = Ranges::new(found.forbidden.clone());
            if !term.accepted.is_empty() && !found.accepted.iter().any(|at| !forbidden.hold(at)) {
                findings.push(self.missing(term));
            }
            let stands =
                found.forbidden.iter().find(|at| !accepted.hold(at) && !kept.overlaps(at));
            if let Some(at) = stands {
                findings.push(self.forbidden(term, &target, at));
            }
        }
        findings
    }
}

impl Terms {
    fn missing(&self, term: &RequiredTerm) -> Finding {
        let en = format!(
            "the term “{}” must be translated as {}, which the translation lacks",
            term.source,
            quoted(&term.accepted, " or ")
        );
        let zh = format!(
            "原文的“{}”应译为{}，译文里没有",
            term.source,
            quoted(&term.accepted, "或")
        );
        Finding::new(self, Severity::Error, en, zh).in_source(&term.at)
    }

    fn forbidden(&self, term: &RequiredTerm, target: &Folded, at: &Range<usize>) -> Finding {
        let form = target.text.get(at.clone()).unwrap_or_default();
        let accepted = term.accepted.first().map_or("", String::as_str);
        let source = &term.source;
        let en = format!("“{form}” must not be used for “{source}”; write “{accepted}”");
        let zh = format!("“{source}”不可译为“{form}”，应译为“{accepted}”");
        let at = target.place(at);
        Finding::new(self, Severity::Error, en, zh).in_source(&term.at).in_target(&at)
    }
}

/// Where the forms of one term stand in a target, in bytes of the folded text.
struct Found {
    accepted: Vec<Range<usize>>,
    forbidden: Vec<Range<usize>>,
}

impl Found {
    fn of(term: &RequiredTerm, target: &Folded) -> Self {
        let folded: Vec<Folded> = term.accepted.iter().map(|form| Folded::of(form)).collect();
        let accepted =
            folded.iter().flat_map(|form| places_of(form, term.case, target)).collect();
        let forbidden = term.forbidden.iter().flat_map(|form| {
            let form = Folded::of(form);
            // "Openai" is forbidden and "OpenAI" right: here capitals count.
            let case = term.case || folded.iter().any(|good| good.lower == form.lower);
            places_of(&form, case, target)
        });
        Self { accepted, forbidden: forbidden.collect() }
    }
}

fn quoted(forms: &[String], or: &str) -> String {
    let quoted: Vec<String> = forms.iter().map(|form| format!("“{form}”")).collect();
    quoted.join(or)
}
