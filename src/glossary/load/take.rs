//! Entries of formats whose parts have no lines of their own.

use super::{Folded, Problem, Term, Wrong};

/// Takes an entry, and tells what is wrong with it at the entry's line.
pub(in crate::glossary) fn take(
    mut term: Term,
    terms: &mut Vec<Term>,
    problems: &mut Vec<Problem>,
) {
    let lists = [&mut term.en, &mut term.zh, &mut term.forbid, &mut term.not_in];
    for forms in lists.into_iter().chain(term.variants.values_mut()) {
        forms.retain(|form| !Folded::of(form).text.is_empty());
    }
    let mut wrong = |what| {
        problems.push(Problem { file: term.file.clone(), line: term.line, what });
    };
    if term.en.is_empty() {
        wrong(Wrong::Missing("en"));
    }
    match (term.keep, term.zh.is_empty()) {
        (false, true) => wrong(Wrong::Missing("zh")),
        (true, false) => wrong(Wrong::KeepTranslated("zh")),
        _ => {}
    }
    if term.keep && !term.variants.is_empty() {
        wrong(Wrong::KeepTranslated("variants"));
    }
    for form in term.en.iter().chain(&term.zh).filter(|form| term.forbid.contains(form)) {
        wrong(Wrong::ForbiddenAccepted(form.clone()));
    }
    terms.push(term);
}
