//! What nobody said yet is asked for: briefs go out, replies are read, the usable ones are
//! remembered, and what is missing, unusable or doubtful is asked for again, differently.

mod read;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tracing::Instrument;

use super::budget::Claim;
use super::failure::Failure;
use super::gather::Gathering;
use super::recall::{Query, Said};
use super::single_flight::{Follow, Landing, Lead, Seat};
use super::{Coming, Counts, Event, Line, Pipeline, Progress, Refresh, Run};
use crate::article::Document;
use crate::backend::{BackendError, Move, Reply, Usage};
use crate::brief::{Ask, Brief, Errand, Outline};
use crate::language::Target;
use crate::memory::MemoryError;
use crate::paragraph::ParagraphId;

/// How often a paragraph is asked of one backend when its replies are missing or unusable.
const ATTEMPTS: usize = 3;

/// What came of asking.
pub(super) struct Bought {
    pub(super) said: Vec<(usize, Said)>,
    pub(super) failures: Vec<(ParagraphId, Failure)>,
    pub(super) counts: Counts,
}

/// What an article wants of the machines.
pub(super) struct Wanted<'a> {
    pub(super) document: &'a Document,
    pub(super) queries: &'a [Query<'a>],
    /// The places of the paragraphs nobody has translated yet.
    pub(super) missing: Vec<usize>,
    pub(super) to: Target,
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
    /// What came back in pieces so far.
    gathering: Gathering,
    /// The backends that paragraphs in pieces were sent on to: what earlier ones still say of
    /// them comes too late.
    moved: HashMap<usize, usize>,
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
    /// It was not even asked: it is down or parked.
    Down(Arc<BackendError>),
    Backend(Arc<BackendError>),
}

impl Pipeline {
    /// Asks for the missing paragraphs; those in flight for another article are waited for.
    pub(super) async fn buy(
        &self,
        wanted: Wanted<'_>,
        refresh: Refresh,
        run: &Run,
        coming: Coming,
        progress: &dyn Progress,
    ) -> Result<Bought, MemoryError> {
        let Wanted { document, queries, missing, to } = wanted;
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
            gathering: Gathering::default(),
            moved: HashMap::new(),
            failures: HashMap::new(),
            counts: Counts::default(),
        };
        let mut open = missing.clone();
        let mut coming = Some(coming);
        while !open.is_empty() {
            let (asks, follows) = buyer.board(&open);
            progress.event(Event::Settled(open.len() - asks.len() - follows.len()));
            open.clear();
            buyer.run(asks, coming.take()).await?;
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
    async fn run(&mut self, asks: Vec<Ask>, coming: Option<Coming>) -> Result<(), MemoryError> {
        let pipeline = self.pipeline;
        let room = pipeline.lines.first().map_or(1, |line| line.backend.room());
        let share = coming.as_ref().map_or(room, |coming| coming.share(room));
        let mut ready = self.errands_over(asks, 0, share);
        drop(coming);
        let mut flying = FuturesUnordered::new();
        loop {
            for (errand, line) in ready.drain(..) {
                flying.push(pipeline.send(errand, line));
            }
            let Some(returned) = flying.next().await else { return Ok(()) };
            ready = self.receive(returned).await?;
        }
    }

    /// Fills briefs for a backend to the brim; what does not fit there is offered to the next.
    fn errands(&mut self, asks: Vec<Ask>, line: usize) -> Vec<(Errand, usize)> {
        self.errands_over(asks, line, 1)
    }

    /// The same over several requests, where places for them are free.
    fn errands_over(&mut self, asks: Vec<Ask>, line: usize, over: usize) -> Vec<(Errand, usize)> {
        let Some(backend) = self.pipeline.lines.get(line) else { return Vec::new() };
        let filled = backend.filled(asks, &self.outline, self.to, over);
        let capacity = backend.backend.capacity();
        let mut errands: Vec<_> = filled.errands.into_iter().map(|errand| (errand, line)).collect();
        for (ask, tokens) in filled.too_large {
            let why = || Failure::TooLarge { tokens, capacity: capacity.tokens };
            errands.extend(self.elsewhere(vec![ask], line, why));
        }
        errands
    }

    /// Reads what an errand brought; returns the errands that follow from it.
    async fn receive(&mut self, returned: Returned) -> Result<Vec<(Errand, usize)>, MemoryError> {
        let Returned { errand, line, outcome } = returned;
        let error = match outcome {
            Ok(reply) => return self.read(errand, line, reply).await,
            Err(error) => error,
        };
        if let Failed::Backend(error) = &error {
            self.spent(&errand, error.sends(), error.usage().unwrap_or_default());
        }
        let may_try_again = self.may_try_again(&errand, line);
        // In smaller requests the same words get another answer, in one they do not.
        let divisible = errand.asks.len() > 1;
        let mut asks = errand.asks;
        asks.retain(|ask| !self.is_late(ask, line));
        let error = match error {
            // Half of it may be within the budget.
            Failed::NotAsked(Failure::Budget(_)) if asks.len() > 1 => {
                let rest = asks.split_off(asks.len().div_ceil(2));
                let mut errands = self.errands(asks, line);
                errands.extend(self.errands(rest, line));
                return Ok(errands);
            }
            Failed::NotAsked(why) => {
                self.fail_all(&asks, || why.clone());
                return Ok(Vec::new());
            }
            Failed::Down(error) => {
                return Ok(self.elsewhere(asks, line, || Failure::Backend(error.clone())));
            }
            Failed::Backend(error) => error,
        };
        let (doubted, asks): (Vec<_>, Vec<_>) = asks.into_iter().partition(|ask| ask.doubts > 0);
        let mut again = self.second_opinion(doubted, line);
        let halves = match asks.as_slice() {
            [alone] if !divisible && error.is_of_length() => alone.halves(),
            _ => None,
        };
        again.extend(match (error.next(), halves) {
            (Move::Smaller, Some(halves)) => self.errands(halves, line),
            (Move::Smaller, None) if divisible || may_try_again => self.in_halves(asks, line),
            (Move::Differently, _) if may_try_again => self.in_halves(asks, line),
            (Move::Apart, _) if divisible => self.in_halves(asks, line),
            (Move::Smaller | Move::Differently | Move::Apart | Move::Elsewhere, _) => {
                self.elsewhere(asks, line, || Failure::Backend(error.clone()))
            }
        });
        Ok(again)
    }

    /// Whether nobody waits any more for what this backend says of a piece.
    fn is_late(&self, ask: &Ask, line: usize) -> bool {
        ask.piece.is_some()
            && (!self.leads.contains_key(&ask.position)
                || self.moved.get(&ask.position).is_some_and(|&to| to > line))
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
        for ask in self.whole(doubtful, line) {
            let again_here = ask.doubts == 0 && self.rewords(line);
            if ask.doubts >= self.pipeline.extra_requests || (last && !again_here) {
                self.land(ask.position);
            } else if again_here {
                same.push(Ask { attempt: ask.attempt + 1, doubts: 1, ..ask });
            } else {
                next.push(Ask { attempt: 1, doubts: ask.doubts + 1, ..ask });
            }
        }
        let mut errands = self.errands(same, line);
        errands.extend(self.errands(next, line + 1));
        errands
    }

    /// The paragraphs of these asks, each once: where a piece of one fails, it is asked for as a
    /// whole again, by whom ever.
    fn whole(&mut self, asks: Vec<Ask>, line: usize) -> Vec<Ask> {
        let mut whole = Vec::new();
        for ask in asks {
            if ask.piece.is_none() {
                whole.push(ask);
            } else if !self.is_late(&ask, line) {
                self.moved.insert(ask.position, line + 1);
                self.gathering.forget(ask.position);
                whole.push(Ask { complaint: ask.complaint.clone(), ..ask.paragraph().clone() });
            }
        }
        whole
    }

    /// A larger brief can always be halved; a paragraph alone has a number of attempts. An engine
    /// that cannot be asked in other words gives the same answer to both.
    fn may_try_again(&self, errand: &Errand, line: usize) -> bool {
        self.rewords(line)
            && (errand.asks.len() > 1 || errand.brief.attempt + 1 < self.attempts(line))
    }

    /// How often a paragraph is asked of this backend when its replies are missing or unusable.
    fn attempts(&self, line: usize) -> usize {
        if self.rewords(line) { ATTEMPTS } else { 1 }
    }

    fn rewords(&self, line: usize) -> bool {
        self.pipeline.lines.get(line).is_some_and(|line| line.backend.rewords())
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
            let asks = self.whole(asks, line).into_iter().map(first).collect();
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
        self.gathering.forget(ask.position);
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
    async fn send(&self, errand: Errand, at: usize) -> Returned {
        let line = &self.lines[at];
        let claim = match self.claim(&errand.brief, line).await {
            Ok(claim) => claim,
            Err(why) => return Returned { errand, line: at, outcome: Err(Failed::NotAsked(why)) },
        };
        let engine = line.backend.engine();
        let span = tracing::debug_span!(
            "request",
            backend = engine.backend,
            paragraphs = errand.asks.len()
        );
        let asking = line.ask(&errand, self.stop.is_stopped()).instrument(span);
        let outcome = match self.keeping.or_alone(asking).await {
            Some(Err(failed)) if self.stop.is_stopped() && !failed.was_sent() => {
                Err(Failed::NotAsked(Failure::Stopped))
            }
            Some(outcome) => outcome,
            None => Err(Failed::NotAsked(Failure::Unkept)),
        };
        if let Some(claim) = claim {
            let cost = match &outcome {
                Ok(reply) => reply.usage.cost,
                Err(Failed::Backend(error)) => in_vain(&claim, error),
                Err(Failed::NotAsked(_) | Failed::Down(_)) => 0.0,
            };
            claim.settle(cost);
        }
        Returned { errand, line: at, outcome }
    }

    /// Sets apart what a request may cost; nothing where nothing limits that.
    pub(super) async fn claim(&self, brief: &Brief, line: &Line) -> Result<Option<Claim>, Failure> {
        let Some(budget) = &self.budget else { return Ok(None) };
        let backend = &line.backend;
        let price = backend.cost(backend.estimate(brief).high());
        let claim = self.stop.or(budget.claim(price)).await.ok_or(Failure::Stopped)?;
        claim.map(Some).map_err(Failure::Budget)
    }
}

/// What a request without a reply cost, where that is not known as much as it may have.
pub(super) fn in_vain(claim: &Claim, error: &BackendError) -> f64 {
    if error.may_have_cost() {
        return claim.claimed() * f64::from(error.sends());
    }
    error.usage().map_or(0.0, |usage| usage.cost)
}

impl Failed {
    /// Whether a request left, which may have to be paid for.
    fn was_sent(&self) -> bool {
        matches!(self, Self::Backend(error) if error.sends() > 0)
    }
}

impl Line {
    async fn ask(&self, errand: &Errand, stopped: bool) -> Result<Reply, Failed> {
        if stopped {
            return Err(Failed::NotAsked(Failure::Stopped));
        }
        let outcome = self.backend.translate(&errand.brief).await.map_err(Arc::new);
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(reply) => {
                *left = None;
                Ok(reply)
            }
            Err(error) if matches!(*error, BackendError::Closed { .. }) => {
                // Why it was left says more, and what to do about it.
                Err(Failed::Down(left.clone().unwrap_or(error)))
            }
            Err(error) => {
                let stopped = matches!(*error, BackendError::Stopped { .. });
                if error.next() == Move::Elsewhere && !stopped {
                    *left = Some(error.clone());
                }
                Err(Failed::Backend(error))
            }
        }
    }
}
