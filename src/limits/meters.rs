//! Every configured limit of one provider, asked and drawn on together, and kept for the process
//! after this one.

use std::collections::BTreeMap;
use std::time::Duration;

use super::amounts::{Amounts, Reserved, Unit};
use super::book::Book;
use super::ledger::{self, Earlier, Ledger, Level, Used};
use super::quota::{Quota, Shape};
use super::standing::Use;
use super::{DAY, Demand, Limits, MINUTE, MONTH, SECOND};

/// The limits.
pub(super) struct Meters {
    requests: Vec<Requests>,
    amounts: Vec<Metered>,
    ledger: Option<Ledger>,
    /// Whether anything was taken: then more is promised than was used.
    taken: bool,
}

/// One limit on requests in a second or a minute.
struct Requests {
    name: &'static str,
    limit: u32,
    quota: Quota,
    /// What left in the last window: the quota knows only when the next may.
    book: Book,
    unkept: Unkept,
}

/// Any other limit.
struct Metered {
    limit: u32,
    amounts: Amounts,
    unkept: Unkept,
}

/// How much may leave before it is kept anew, and how much has left since it was kept.
struct Unkept {
    block: u64,
    left: u64,
}

impl Meters {
    /// The limits, of which nothing has been used.
    pub(super) fn new(limits: &Limits) -> Self {
        let requests = [
            ("requests_per_second", limits.requests_per_second, SECOND),
            ("requests_per_minute", limits.requests_per_minute, MINUTE),
        ];
        let requests = requests.into_iter().filter_map(|(name, limit, window)| {
            let limit = limit?;
            let quota = Quota::new(Shape::of_requests(limit, window, limits.burst));
            let book = Book::coarse(window);
            Some(Requests { name, limit, quota, book, unkept: Unkept::of(limit, window) })
        });
        let amounts = [
            ("requests_per_day", Unit::Requests, limits.requests_per_day, DAY),
            ("requests_per_month", Unit::Requests, limits.requests_per_month, MONTH),
            ("tokens_per_minute", Unit::Tokens, limits.tokens_per_minute, MINUTE),
            ("tokens_per_day", Unit::Tokens, limits.tokens_per_day, DAY),
            ("characters_per_minute", Unit::Characters, limits.characters_per_minute, MINUTE),
            ("characters_per_month", Unit::Characters, limits.characters_per_month, MONTH),
        ];
        let amounts = amounts.into_iter().filter_map(|(name, unit, limit, window)| {
            let limit = limit?;
            let amounts = Amounts::new(name, unit, limit, window, limits.burst);
            Some(Metered { limit, amounts, unkept: Unkept::of(limit, window) })
        });
        Self {
            requests: requests.collect(),
            amounts: amounts.collect(),
            ledger: None,
            taken: false,
        }
    }

    /// How long until a request of this demand may go, and which limit says so.
    pub(super) fn wait(&mut self, demand: Demand) -> (Duration, &'static str) {
        let requests = self.requests.iter().map(|it| (it.quota.wait(1), it.name));
        let amounts = self
            .amounts
            .iter_mut()
            .map(|Metered { amounts, .. }| (amounts.wait(amounts.unit.of(demand)), amounts.name));
        requests.chain(amounts).max_by_key(|(wait, _)| *wait).unwrap_or_default()
    }

    /// What is used of each limit.
    pub(super) fn used(&mut self) -> BTreeMap<&'static str, Use> {
        let requests = self.requests.iter_mut().map(|it| (it.name, it.book.used(), it.limit));
        let amounts =
            self.amounts.iter_mut().map(|it| (it.amounts.name, it.amounts.told(), it.limit));
        let all = requests.chain(amounts);
        all.map(|(name, used, limit)| (name, Use { used, limit: limit.into() })).collect()
    }

    /// How many requests could leave within this time.
    pub(super) fn room(&self, time: Duration) -> u64 {
        let requests = self.requests.iter().map(|it| it.quota.room(time));
        requests.chain(self.amounts.iter().map(|it| it.amounts.room())).min().unwrap_or(u64::MAX)
    }

    /// Takes what [`Self::wait`] has just said may go.
    pub(super) fn take(&mut self, demand: Demand) -> Vec<Reserved> {
        for requests in &mut self.requests {
            requests.quota.take(1);
            requests.book.enter(1);
            requests.unkept.left += 1;
        }
        let reserved = self.amounts.iter_mut().map(|Metered { amounts, unkept, .. }| {
            let reserved = amounts.take(amounts.unit.of(demand));
            unkept.left = unkept.left.saturating_add(reserved.amount);
            reserved
        });
        let reserved = reserved.collect();
        self.taken = true;
        // Before the request leaves, so that no restart can forget it.
        if self.is_due() {
            self.keep(Rest::Promised);
        }
        reserved
    }

    /// Charges what a request truly used, where that is known.
    pub(super) fn settle(
        &mut self,
        reserved: &[Reserved],
        tokens: Option<u64>,
        characters: Option<u64>,
    ) {
        for (Metered { amounts, unkept, .. }, &reserved) in self.amounts.iter_mut().zip(reserved) {
            let used = match amounts.unit {
                Unit::Requests => None,
                Unit::Tokens => tokens,
                Unit::Characters => characters,
            };
            if let Some(used) = used {
                amounts.settle(reserved, used);
                let excess = used.saturating_sub(reserved.amount);
                unkept.left = unkept.left.saturating_add(excess);
            }
        }
    }

    /// Goes on where an earlier process left, and keeps what this one uses.
    pub(super) fn keep_in(&mut self, ledger: Ledger) {
        if self.requests.is_empty() && self.amounts.is_empty() {
            return;
        }
        let wall = ledger.now();
        match ledger.earlier() {
            Earlier::Nothing => {}
            Earlier::Known(used) => self.resume(&used, wall, &|_| true),
            Earlier::Ahead(used) => {
                // No time counts as having passed since, where a window is not to be waited out.
                self.resume(&used, used.written, &|window| window > MINUTE);
                self.exhaust(&|window| window <= MINUTE);
            }
            Earlier::Unknown => self.exhaust(&|_| true),
        }
        self.ledger = Some(ledger);
    }

    fn resume(&mut self, used: &Used, wall: u64, of: &dyn Fn(Duration) -> bool) {
        for requests in self.requests.iter_mut().filter(|_| of(MINUTE)) {
            if let Some(level) = used.requests.get(requests.name) {
                requests.resume(level.cells(wall));
            }
        }
        for Metered { amounts, .. } in &mut self.amounts {
            if let Some(kept) = used.amounts.get(amounts.name).filter(|_| of(amounts.window())) {
                amounts.resume(kept, wall);
            }
        }
    }

    fn exhaust(&mut self, of: &dyn Fn(Duration) -> bool) {
        for requests in self.requests.iter_mut().filter(|_| of(MINUTE)) {
            requests.resume(u64::MAX);
        }
        for Metered { amounts, .. } in &mut self.amounts {
            if of(amounts.window()) {
                amounts.resume_exhausted();
            }
        }
    }

    /// Whether more has left than was promised.
    fn is_due(&self) -> bool {
        let requests = self.requests.iter().map(|it| &it.unkept);
        let mut all = requests.chain(self.amounts.iter().map(|it| &it.unkept));
        self.ledger.is_some() && all.any(|unkept| unkept.left > unkept.block)
    }

    fn keep(&mut self, rest: Rest) {
        let Some(ledger) = &self.ledger else { return };
        let wall = ledger.now();
        let block = |unkept: &Unkept| match rest {
            Rest::Promised => unkept.block,
            Rest::None => 0,
        };
        let requests = self.requests.iter_mut().map(|Requests { name, quota, unkept, .. }| {
            unkept.left = 0;
            ((*name).to_owned(), Level::of(quota, wall, block(unkept)))
        });
        let requests = requests.collect();
        let amounts = self.amounts.iter_mut().map(|Metered { amounts, unkept, .. }| {
            unkept.left = 0;
            (amounts.name.to_owned(), amounts.kept(wall, block(unkept)))
        });
        let amounts = amounts.collect();
        ledger.keep(&Used { written: wall, requests, amounts });
    }
}

/// What may leave after it is kept.
#[derive(Clone, Copy)]
enum Rest {
    /// A block.
    Promised,
    /// Nothing: it is the end.
    None,
}

impl Requests {
    /// Goes on where an earlier process left, as far as what it used still binds.
    fn resume(&mut self, cells: u64) {
        self.quota.resume(cells);
        self.book.enter(cells.min(self.quota.burst()));
    }
}

/// A process that ends in its own time forfeits nothing.
impl Drop for Meters {
    fn drop(&mut self) {
        if self.taken {
            self.keep(Rest::None);
        }
    }
}

impl Unkept {
    fn of(limit: u32, window: Duration) -> Self {
        let block = ledger::block(limit, window);
        // As if the block were used up: the first request is kept.
        Self { block, left: block }
    }
}
