//! What nobody said yet is asked for: briefs go out, replies are read, the usable ones are
//! remembered, and what is missing, unusable or doubtful is asked for again, differently.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tracing::Instrument;

use super::recall::{Query, Said, errors};
use super::shares::shares;
use super::single_flight::{Follow, Landing, Lead, Seat};
use super::{Counts, Event, Line, Pipeline, Progress, Refresh, Run};
use crate::article::Document;
use crate::backend::{Backend, BackendError, Move, Reply, Usage};
use crate::brief::{self, Ask, Errand, Outline};
use crate::check::{self, Finding, Severity, Unusable};
use crate::language::Target;
use crate::memory::{Candidate, MemoryError};
use crate::paragraph::{ParagraphId, repair};

/// How often a paragraph is asked of one backend when its replies are missing or unusable.
const ATTEMPTS: usize = 3;

/// Why a paragraph has no translation.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// No backend could be asked, or none answered.
    #[error(transparent)]
    Backend(Arc<BackendError>),
    /// Every reply was unusable; this is what the last one was.
    #[error("every reply was unusable: {}", .0.message().en)]
    Unusable(Unusable),
    /// No reply held it.
    #[error("no reply held it")]
    Missing,
    /// It does not fit into a request.
    #[error(
        "it takes about {tokens} tokens, and context_tokens is {capacity}: raise context_tokens if the model allows it"
    )]
    TooLarge {
        /// Tokens of the smallest request that holds it.
        tokens: u64,
        /// The configured limit.
        capacity: u64,
    },
    /// The run was stopped before it was asked for.
    #[error("the run was stopped before it was asked for")]
    Stopped,
    /// It was not asked for, since the memory could not be written any more.
    #[error("it was not asked for: the memory cannot be written, and the answer would be lost")]
    Unkept,
    /// Another article of the run asked for the same paragraph, in vain.
    #[error("the same paragraph was asked for in another article, in vain")]
    Elsewhere,
}

/// How it is to be asked for.
pub(super) struct Order<'a> {
    pub(super) to: Target,
    pub(super) refresh: Refresh,
    pub(super) run: &'a Run,
    pub(super) progress: &'a dyn Progress,
}

/// What came of asking.
pub(super) struct Bought {
    pub(super) said: Vec<(usize, Said)>,
    pub(super) failures: Vec<(ParagraphId, Failure)>,
    pub(super) counts: Counts,
}

/// The asking for one article.
struct Buyer<'a> {
    pipeline: &'a Pipeline,
    outline: Outline<'a>,
    queries: &'a [Query<'a>],
    to: Target,
    refresh: Refresh,
    run: &'a Run,
    progress: &'a dyn Progress,
    /// The paragraphs this article asks for; a lead is dropped when its paragraph is settled.
    leads: HashMap<usize, Lead>,
    /// The paragraphs this article asked for.
    asked: HashSet<usize>,
    failures: HashMap<usize, Failure>,
    counts: Counts,
}

/// An errand that came back.
struct Returned {
    errand: Errand,
    line: usize,
    outcome: Result<Reply, Failed>,
}

/// Why an errand brought nothing.
enum Failed {
    NotAsked(Failure),
    /// It was not even asked: it cannot be used any more in this run.
    Down(Arc<BackendError>),
    Backend(Arc<BackendError>),
}

/// What one paragraph of a reply is worth.
enum Verdict {
    /// To be remembered, with what the checks found.
    Usable(Candidate, Vec<Finding>),
    Unusable(Unusable),
}

impl Pipeline {
    /// Asks for the missing paragraphs; those in flight for another article are waited for.
    pub(super) async fn buy(
        &self,
        document: &Document,
        queries: &[Query<'_>],
        missing: Vec<usize>,
        order: Order<'_>,
    ) -> Result<Bought, MemoryError> {
        let Order { to, refresh, run, progress } = order;
        let mut buyer = Buyer {
            pipeline: self,
            outline: Outline::of(document.paragraphs()),
            queries,
            to,
            refresh,
            run,
            progress,
            leads: HashMap::new(),
            asked: HashSet::new(),
            failures: HashMap::new(),
            counts: Counts::default(),
        };
        let mut open = missing.clone();
        while !open.is_empty() {
            let (asks, follows) = buyer.board(&open);
            progress.event(Event::Settled(open.len() - asks.len() - follows.len()));
            open.clear();
            buyer.run(asks).await?;
            for (position, follow) in follows {
                match follow.landed().await {
                    Landing::Settled => progress.event(Event::Settled(1)),
                    // The other article was stopped; this one is not.
                    Landing::Abandoned => open.push(position),
                }
            }
        }
        Ok(buyer.settle(missing))
    }
}

impl Buyer<'_> {
    /// Decides for each paragraph whether this article asks for it. Between the first look into
    /// the memory and taking the lead another article may have landed: so the leader looks again.
    fn board(&mut self, missing: &[usize]) -> (Vec<Ask>, Vec<(usize, Follow)>) {
        let mut asks = Vec::new();
        let mut follows = Vec::new();
        let mut own = HashSet::new();
        for &position in missing {
            let query = &self.queries[position];
            if !own.insert(query.key) {
                continue;
            }
            match self.pipeline.flight.board(query.key) {
                Seat::Follow(follow) => follows.push((position, follow)),
                Seat::Lead(lead) => {
                    if !self.already_bought(query) {
                        asks.push(query.ask());
                        self.leads.insert(position, lead);
                        self.asked.insert(position);
                    }
                }
            }
        }
        (asks, follows)
    }

    fn already_bought(&self, query: &Query<'_>) -> bool {
        match self.refresh {
            Refresh::Never => self.pipeline.remembered(query).is_some(),
            Refresh::Machines => self.run.has_refreshed(&query.key),
        }
    }

    /// Sends everything at once and lets the door decide how fast; what comes back may lead to
    /// further errands.
    async fn run(&mut self, asks: Vec<Ask>) -> Result<(), MemoryError> {
        let (pipeline, run) = (self.pipeline, self.run);
        let mut ready = self.errands(asks, 0);
        let mut flying = FuturesUnordered::new();
        loop {
            for (errand, line) in ready.drain(..) {
                flying.push(pipeline.send(errand, line, run));
            }
            let Some(returned) = flying.next().await else { return Ok(()) };
            ready = self.receive(returned).await?;
        }
    }

    /// Fills briefs for a backend; what does not fit there is offered to the next.
    fn errands(&mut self, asks: Vec<Ask>, line: usize) -> Vec<(Errand, usize)> {
        let backend = match self.pipeline.lines.get(line) {
            Some(line) => &line.backend,
            None => return Vec::new(),
        };
        let capacity = backend.capacity();
        let filled =
            brief::fill(asks, &self.outline, self.to, capacity, |brief| backend.estimate(brief));
        let mut errands: Vec<_> = filled.errands.into_iter().map(|errand| (errand, line)).collect();
        let mut too_large = Vec::new();
        let mut bare = Vec::new();
        for (ask, tokens) in filled.too_large {
            if ask.reference.is_some() {
                // Without its earlier version it may fit.
                bare.push(Ask { reference: None, ..ask });
            } else if line + 1 < self.pipeline.lines.len() {
                too_large.push(Ask { attempt: 0, ..ask });
            } else {
                self.fail(&ask, Failure::TooLarge { tokens, capacity: capacity.tokens });
            }
        }
        if !bare.is_empty() {
            errands.extend(self.errands(bare, line));
        }
        if !too_large.is_empty() {
            errands.extend(self.errands(too_large, line + 1));
        }
        errands
    }

    /// Reads what an errand brought; returns the errands that follow from it.
    async fn receive(&mut self, returned: Returned) -> Result<Vec<(Errand, usize)>, MemoryError> {
        let Returned { errand, line, outcome } = returned;
        match outcome {
            Err(Failed::NotAsked(why)) => {
                self.fail_all(&errand.asks, || why.clone());
                Ok(Vec::new())
            }
            Err(Failed::Down(error)) => {
                Ok(self.elsewhere(errand.asks, line, || Failure::Backend(error.clone())))
            }
            Err(Failed::Backend(error)) => {
                self.spent(&errand, error.sends(), error.usage().unwrap_or_default());
                let may_try_again = self.may_try_again(&errand);
                let (doubted, asks) = errand.asks.into_iter().partition(|ask| ask.doubts > 0);
                let mut again = self.second_opinion(doubted, line);
                again.extend(match error.next() {
                    Move::Differently if may_try_again => self.in_halves(asks, line),
                    Move::Differently | Move::Stop => {
                        self.elsewhere(asks, line, || Failure::Backend(error.clone()))
                    }
                });
                Ok(again)
            }
            Ok(reply) => self.read(errand, line, reply).await,
        }
    }

    /// Keeps the good paragraphs of a reply and asks for the others again.
    async fn read(
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
            let Some(text) = items.remove(&(i + 1)) else {
                missing.push(ask);
                continue;
            };
            match self.judge(&ask, &text, &*backend, shares[i]) {
                Verdict::Unusable(why) => unusable.push((ask, why)),
                Verdict::Usable(candidate, findings) => {
                    good.push((ask.position, candidate));
                    if errors(&findings) > 0 {
                        doubtful.push(Ask { complaint: Some(complaint(&findings)), ..ask });
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
            again.extend(if ask.attempt + 1 < ATTEMPTS {
                self.errands(vec![Ask { attempt: ask.attempt + 1, complaint, ..ask }], line)
            } else {
                self.elsewhere(vec![ask], line, || Failure::Unusable(why.clone()))
            });
        }
        let (once_more, given_up): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|ask| ask.attempt + 1 < ATTEMPTS || carried > 1);
        again.extend(self.in_halves(once_more, line));
        again.extend(self.elsewhere(given_up, line, || Failure::Missing));
        Ok(again)
    }

    /// What a paragraph of a reply is worth.
    fn judge(&self, ask: &Ask, text: &str, backend: &dyn Backend, usage: Usage) -> Verdict {
        let query = &self.queries[ask.position];
        let marks = &query.paragraph.marks;
        let target = match repair::repair(text, &ask.source, marks) {
            Ok(target) => target,
            Err(broken) => return Verdict::Unusable(Unusable::BrokenMarks(broken)),
        };
        let plain = target.plain(marks);
        if let Err(why) = check::usable(&query.subject(&plain, &target)) {
            return Verdict::Unusable(why);
        }
        let findings = self.pipeline.findings(query, &target);
        let candidate = Candidate {
            target,
            terms: query.asked_terms(),
            engine: backend.engine().clone(),
            at: (self.pipeline.clock)(),
            usage,
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

    /// Asks again for what a reply lacked, in at least two requests where there is more than one:
    /// the same request would get the same answer.
    fn in_halves(&mut self, mut asks: Vec<Ask>, line: usize) -> Vec<(Errand, usize)> {
        for ask in &mut asks {
            ask.attempt += 1;
        }
        let rest = asks.split_off(asks.len().div_ceil(2));
        let mut errands = self.errands(asks, line);
        errands.extend(self.errands(rest, line));
        errands
    }

    /// Asks again for paragraphs that have a candidate with errors: the same backend once, told
    /// what was wrong, then each of the next once. Where the configured number is reached or no
    /// backend is left, the best candidate stands, with its findings.
    fn second_opinion(&mut self, doubtful: Vec<Ask>, line: usize) -> Vec<(Errand, usize)> {
        let (mut same, mut next) = (Vec::new(), Vec::new());
        let last = line + 1 >= self.pipeline.lines.len();
        for ask in doubtful {
            if ask.doubts >= self.pipeline.extra_requests || (ask.doubts > 0 && last) {
                self.land(ask.position);
            } else if ask.doubts == 0 {
                same.push(Ask { attempt: ask.attempt + 1, doubts: 1, ..ask });
            } else {
                next.push(Ask { attempt: 1, doubts: ask.doubts + 1, ..ask });
            }
        }
        let mut errands = self.errands(same, line);
        errands.extend(self.errands(next, line + 1));
        errands
    }

    /// A larger brief can always be halved; a paragraph alone has a number of attempts.
    fn may_try_again(&self, errand: &Errand) -> bool {
        errand.asks.len() > 1 || errand.brief.attempt + 1 < ATTEMPTS
    }

    /// Asks the next backend, or gives up.
    fn elsewhere(
        &mut self,
        asks: Vec<Ask>,
        line: usize,
        why: impl Fn() -> Failure,
    ) -> Vec<(Errand, usize)> {
        if line + 1 < self.pipeline.lines.len() {
            // What was sent before stays "asked again".
            let first = |ask: Ask| Ask { attempt: usize::from(ask.doubts > 0), ..ask };
            let asks = asks.into_iter().map(first).collect();
            return self.errands(asks, line + 1);
        }
        self.fail_all(&asks, why);
        Vec::new()
    }

    fn spent(&mut self, errand: &Errand, sends: u32, usage: Usage) {
        let sends = sends as usize;
        let first = errand.asks.iter().filter(|ask| ask.attempt == 0).count();
        let sent = sends * errand.asks.len();
        self.counts.requests += sends;
        self.counts.paragraphs_sent += sent;
        self.counts.asked_again += sent - first.min(sent);
        self.counts.usage += usage;
    }

    fn fail_all(&mut self, asks: &[Ask], why: impl Fn() -> Failure) {
        for ask in asks {
            self.fail(ask, why());
        }
    }

    fn fail(&mut self, ask: &Ask, why: Failure) {
        self.failures.insert(ask.position, why);
        self.land(ask.position);
    }

    /// Nothing more is asked for this paragraph.
    fn land(&mut self, position: usize) {
        if let Some(lead) = self.leads.remove(&position) {
            if self.refresh == Refresh::Machines {
                self.run.refreshed(self.queries[position].key);
            }
            if !matches!(self.failures.get(&position), Some(Failure::Stopped)) {
                lead.settle();
            }
            self.progress.event(Event::Settled(1));
        }
    }

    /// Looks everything up in the memory, so that the same pair comes out of buying and of
    /// recalling.
    fn settle(mut self, missing: Vec<usize>) -> Bought {
        let mut said = Vec::new();
        let mut failures = Vec::new();
        let asked = |position: usize| self.queries[position].key;
        let failed: HashMap<_, _> =
            self.failures.drain().map(|(position, why)| (asked(position), why)).collect();
        for position in missing {
            let query = &self.queries[position];
            match self.pipeline.remembered(query) {
                Some(answer) => {
                    let bought_now = self.asked.contains(&position);
                    said.push((position, Said { bought_now, ..answer }));
                }
                None => {
                    let why = failed.get(&query.key).cloned().unwrap_or(Failure::Elsewhere);
                    failures.push((query.paragraph.id.clone(), why));
                }
            }
        }
        Bought { said, failures, counts: self.counts }
    }
}

impl Pipeline {
    async fn send(&self, errand: Errand, at: usize, run: &Run) -> Returned {
        let line = &self.lines[at];
        let engine = line.backend.engine();
        let span = tracing::debug_span!(
            "request",
            backend = engine.backend,
            paragraphs = errand.asks.len()
        );
        let asking = async {
            if self.stop.is_stopped() {
                return Err(Failed::NotAsked(Failure::Stopped));
            }
            if let Some(error) = run.down(at) {
                return Err(Failed::Down(error));
            }
            line.ask(&errand).await.map_err(|error| {
                let stopped = matches!(*error, BackendError::Stopped { .. });
                if error.next() == Move::Stop && !stopped {
                    run.set_down(at, &error);
                }
                Failed::Backend(error)
            })
        };
        let outcome = match self.keeping.or_alone(asking.instrument(span)).await {
            Some(Err(_)) if self.stop.is_stopped() => Err(Failed::NotAsked(Failure::Stopped)),
            Some(outcome) => outcome,
            None => Err(Failed::NotAsked(Failure::Unkept)),
        };
        Returned { errand, line: at, outcome }
    }
}

impl Line {
    async fn ask(&self, errand: &Errand) -> Result<Reply, Arc<BackendError>> {
        self.backend.translate(&errand.brief).await.map_err(Arc::new)
    }
}

/// What was wrong, in words for the model.
fn complaint(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.message.en.as_str()).collect::<Vec<_>>().join(" ")
}
