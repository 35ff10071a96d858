//! What a reply is worth, paragraph by paragraph: the good ones are kept, the others asked for
//! again.

use std::collections::{HashMap, HashSet};

use super::super::gather::Gained;
use super::super::recall::errors;
use super::super::shares::shares;
use super::{Buyer, Failure};
use crate::backend::{Backend, Reply};
use crate::brief::{Ask, Errand};
use crate::check::{self, Finding, Severity, Subject, Unusable};
use crate::memory::{Candidate, MemoryError};
use crate::paragraph::{Marked, repair};

/// What one paragraph of a reply is worth.
enum Verdict {
    /// To be remembered, with what the checks found.
    Usable(Candidate, Vec<Finding>),
    Unusable(Unusable),
}

impl Buyer<'_> {
    /// Keeps the good paragraphs of a reply and asks for the others again.
    pub(super) async fn read(
        &mut self,
        errand: Errand,
        line: usize,
        reply: Reply,
    ) -> Result<Vec<(Errand, usize)>, MemoryError> {
        self.spent(&errand, reply.sends, reply.usage);
        let backend = self.pipeline.lines[line].backend.clone();
        let Reply { items, usage, place, .. } = reply;
        let mut items: HashMap<usize, String> = items.into_iter().collect();
        let shares = shares(&errand, &items, usage);
        let carried = errand.asks.len();
        let (mut good, mut doubtful, mut unusable, mut missing) = (vec![], vec![], vec![], vec![]);
        for (i, ask) in errand.asks.into_iter().enumerate() {
            if self.is_late(&ask, line) {
                continue;
            }
            let Some(text) = items.remove(&(i + 1)) else {
                missing.push(ask);
                continue;
            };
            let text = match self.understand(&ask, &text) {
                Ok(text) => text,
                Err(why) => {
                    unusable.push((ask, why));
                    continue;
                }
            };
            let gained = Gained { ask, text, usage: shares[i] };
            let Some(gained) = self.gathering.take(gained, self.to.language()) else { continue };
            match self.judge(&gained, &*backend) {
                Verdict::Unusable(why) => unusable.push((gained.ask, why)),
                Verdict::Usable(candidate, findings) => {
                    good.push((gained.ask.position, candidate));
                    if errors(&findings) > 0 {
                        let complaint = Some(complaint(&findings));
                        doubtful.push(Ask { complaint, ..gained.ask });
                    }
                }
            }
        }
        self.remember(&good).await?;
        drop(place);
        let doubted: HashSet<usize> = doubtful.iter().map(|ask| ask.position).collect();
        for (position, _) in good {
            if !doubted.contains(&position) {
                self.land(position);
            }
        }
        // A doubted paragraph has a candidate already: no reply is as good as a doubtful one.
        doubtful.extend(missing.extract_if(.., |ask| ask.doubts > 0));
        doubtful.extend(unusable.extract_if(.., |(ask, _)| ask.doubts > 0).map(|(ask, _)| ask));
        let mut again = self.second_opinion(doubtful, line);
        for (ask, why) in unusable {
            let complaint = Some(why.message().en);
            again.extend(if ask.attempt + 1 < self.attempts(line) {
                self.errands(vec![Ask { attempt: ask.attempt + 1, complaint, ..ask }], line)
            } else {
                self.elsewhere(vec![ask], line, || Failure::Unusable(why.clone()))
            });
        }
        let attempts = self.attempts(line);
        let (once_more, given_up): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|ask| ask.attempt + 1 < attempts || carried > 1);
        again.extend(self.in_halves(once_more, line));
        again.extend(self.elsewhere(given_up, line, || Failure::Missing));
        Ok(again)
    }

    /// The text of a reply with its marks. That of a piece is looked at by itself: joined to the
    /// others, a refusal would pass for a sentence.
    fn understand(&self, ask: &Ask, text: &str) -> Result<Marked, Unusable> {
        let query = &self.queries[ask.position];
        let marks = &query.paragraph.marks;
        let target = repair::repair(text, &ask.source, marks).map_err(Unusable::BrokenMarks)?;
        if ask.piece.is_some() {
            let (source, plain) = (ask.source.plain(marks), target.plain(marks));
            let whole = query.subject(&plain, &target);
            check::usable(&Subject { source: &source, source_marked: &ask.source, ..whole })?;
        }
        Ok(target)
    }

    /// What a translated paragraph is worth.
    fn judge(&self, gained: &Gained, backend: &dyn Backend) -> Verdict {
        let Gained { ask, text, usage } = gained;
        let query = &self.queries[ask.position];
        let plain = text.plain(&query.paragraph.marks);
        if let Err(why) = check::usable(&query.subject(&plain, text)) {
            return Verdict::Unusable(why);
        }
        let findings = self.pipeline.findings(query, text);
        let candidate = Candidate {
            target: text.clone(),
            terms: query.asked_terms(),
            engine: backend.engine().clone(),
            at: (self.pipeline.clock)(),
            usage: *usage,
        };
        Verdict::Usable(candidate, findings)
    }

    async fn remember(&self, good: &[(usize, Candidate)]) -> Result<(), MemoryError> {
        let entries = good.iter().map(|(position, candidate)| {
            let query = &self.queries[*position];
            (query.key, query.head(), candidate.clone())
        });
        let kept = self.pipeline.memory.remember_all(entries.collect()).await;
        if kept.is_err() {
            self.pipeline.unkept.stop();
        }
        kept
    }
}

/// What was wrong, in words for the model.
fn complaint(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.message.en.as_str()).collect::<Vec<_>>().join(" ")
}
