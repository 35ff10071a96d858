//! What a run would ask for, and between which prices that will come.

use serde::{Deserialize, Serialize};

use super::{Counts, Line, Options, Pipeline, PipelineError, asks, count, naming};
use crate::article::{Article, Document};
use crate::backend::Estimate;
use crate::brief::{self, Ask, Filled, Outline};
use crate::language::Target;

/// What a translation would ask for, and what that would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What it would find: `untranslated` are those that would be asked for.
    pub counts: Counts,
    /// Requests it would send, if every reply is good.
    pub requests: usize,
    /// Paragraphs these would carry; identical ones once, each piece of one too large for itself.
    pub paragraphs_sent: usize,
    /// Their estimated size.
    pub estimate: Estimate,
    /// Their estimated price.
    pub cost: f64,
    /// The least it may come to: the first backend answers, every reply is good, and short.
    pub low: Bill,
    /// The most it may come to: requests are as small as they are made for speed, every paragraph
    /// is asked for twice, the second time of the dearest backend, and every reply is long. A
    /// model that thinks before it replies is not allowed for, nor a provider that loses replies.
    pub high: Bill,
}

/// One end of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    /// Requests.
    pub requests: usize,
    /// Their size.
    #[serde(flatten)]
    pub size: Estimate,
    /// Their price.
    pub cost: f64,
}

impl std::ops::AddAssign for Bill {
    fn add_assign(&mut self, more: Self) {
        self.requests += more.requests;
        self.size += more.size;
        self.cost += more.cost;
    }
}

impl std::ops::AddAssign for Plan {
    /// The counts stay: they are an article's own.
    fn add_assign(&mut self, more: Self) {
        self.requests += more.requests;
        self.paragraphs_sent += more.paragraphs_sent;
        self.estimate += more.estimate;
        self.cost += more.cost;
        self.low += more.low;
        self.high += more.high;
    }
}

impl Pipeline {
    /// What [`Self::translate`] would ask for. Sends nothing.
    pub fn plan(&self, article: &Article, options: Options) -> Result<Plan, PipelineError> {
        let document = Document::parse(article.text.clone(), article.format);
        let to = self.target(&document, options.to)?;
        let mut queries = self.queries(&article.name, &document, to);
        let mut said = self.recall(&queries, options.refresh);
        self.compare(&article.name, &mut queries, &mut said);
        let known = self.known_names(&article.name, &queries, &said, options.refresh);
        naming::tell(&mut queries, &known);
        let outline = Outline::of(document.paragraphs());
        let mut plan = self.quote(asks(&queries, &said), &outline, to);
        let Some(first) = self.lines.first() else { return Ok(plan) };
        let names = |over| self.names_brief(&document, &queries, &said, &known, over);
        if let Some(brief) = names(1) {
            let estimate = first.backend.estimate(&brief);
            plan.requests += 1;
            plan.estimate += estimate;
            plan.cost += first.backend.cost(estimate);
            plan.low += first.bill_of(&brief, Estimate::low);
        }
        if let Some(brief) = names(first.backend.room()) {
            plan.high += first.bill_of(&brief, Estimate::high);
        }
        count(&said, &mut plan.counts);
        Ok(plan)
    }

    /// What it would take to ask for these.
    pub(super) fn quote(&self, asks: Vec<Ask>, outline: &Outline<'_>, to: Target) -> Plan {
        let mut plan = Plan::default();
        let Some(first) = self.lines.first() else { return plan };
        let room = first.backend.room();
        let full = first.filled(asks.clone(), outline, to, 1);
        for errand in &full.errands {
            plan.requests += 1;
            plan.paragraphs_sent += errand.asks.len();
            plan.estimate += first.backend.estimate(&errand.brief);
        }
        plan.cost = first.backend.cost(plan.estimate);
        plan.low = first.bill(&full, Estimate::low);
        let quick = first.filled(asks, outline, to, room);
        plan.high = first.bill(&quick, Estimate::high);
        plan.high += self.asked_again(&quick, outline, to);
        plan
    }

    /// The most that asking for everything once more may come to, in requests half as full.
    fn asked_again(&self, filled: &Filled, outline: &Outline<'_>, to: Target) -> Bill {
        let of = |line: &Line| {
            let mut bill = Bill::default();
            for errand in &filled.errands {
                let again = |ask: &Ask| Ask { attempt: 1, ..ask.clone() };
                for half in errand.asks.chunks(errand.asks.len().div_ceil(2)) {
                    let asks = half.iter().map(again).collect();
                    bill += line.bill(&line.filled(asks, outline, to, 1), Estimate::high);
                }
            }
            bill
        };
        let bills = self.lines.iter().map(of);
        bills.max_by(|a, b| a.cost.total_cmp(&b.cost)).unwrap_or_default()
    }
}

impl Line {
    /// Briefs for this backend, over about so many requests where they are worth it.
    pub(super) fn filled(
        &self,
        asks: Vec<Ask>,
        outline: &Outline<'_>,
        to: Target,
        over: usize,
    ) -> Filled {
        let estimate = |brief: &brief::Brief| self.backend.estimate(brief);
        brief::fill(asks, outline, to, self.backend.capacity(), over, estimate)
    }

    fn bill(&self, filled: &Filled, end: fn(Estimate) -> Estimate) -> Bill {
        let mut bill = Bill::default();
        for errand in &filled.errands {
            bill += self.bill_of(&errand.brief, end);
        }
        bill
    }

    fn bill_of(&self, brief: &brief::Brief, end: fn(Estimate) -> Estimate) -> Bill {
        let size = end(self.backend.estimate(brief));
        Bill { requests: 1, size, cost: self.backend.cost(size) }
    }
}
