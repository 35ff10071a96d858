//! What may be spent: a request leaves only if it cannot pass the budget, whatever becomes of it
//! and of those in flight.
//!
//! Before it leaves, the high end of its price is claimed; after it, the claim is settled with
//! what it truly cost. Claims wait for those in flight where these may leave room, and are refused
//! where nothing will. So the budget is never passed as long as no request costs more than was
//! claimed for it. Where one does (a model that thinks before it replies), later claims grow by
//! as much: what is passed is at most the excess of the requests in flight when that came out.
//!
//! Over which time a budget runs, and what earlier processes spent of it, a [`Book`] says: `()`
//! for one run, one of its own for a worker's day.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What of a larger excess than the last one stays with each further request.
const FADING: f64 = 0.98;

/// Keeps what was spent, by periods of time.
pub trait Book: Send + Sync {
    /// The number of the present period; when it changes, a new budget begins.
    fn period(&self) -> u64;

    /// What earlier processes spent in this period.
    fn spent(&self, period: u64) -> f64;

    /// Keeps what is spent in this period, requests in flight included. Must be quick.
    fn keep(&self, period: u64, spent: f64);
}

/// One run: one period, nothing kept.
impl Book for () {
    fn period(&self) -> u64 {
        0
    }

    fn spent(&self, _period: u64) -> f64 {
        0.0
    }

    fn keep(&self, _period: u64, _spent: f64) {}
}

/// A budget, in the currency of the configured prices.
pub struct Budget {
    limit: f64,
    book: Box<dyn Book>,
    state: Mutex<State>,
    settled: Notify,
}

struct State {
    period: u64,
    spent: f64,
    claimed: f64,
    /// How much more than their claim requests cost lately, at least 1.
    excess: f64,
}

/// The budget does not reach for a request.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the budget of {0} does not reach for it")]
pub struct Passed(pub f64);

/// What is set apart for one request. Dropped unsettled it counts as spent: nobody knows.
pub struct Claim {
    budget: Arc<Budget>,
    price: f64,
    claimed: f64,
    settled: bool,
}

impl Budget {
    /// A budget of so much in each period of the book.
    pub fn new(limit: f64, book: impl Book + 'static) -> Arc<Self> {
        let period = book.period();
        let spent = book.spent(period);
        let state = Mutex::new(State { period, spent, claimed: 0.0, excess: 1.0 });
        Arc::new(Self { limit, book: Box::new(book), state, settled: Notify::new() })
    }

    /// What was spent in this period, requests in flight not included.
    pub fn spent(&self) -> f64 {
        self.state().spent
    }

    /// What may be spent in a period.
    pub fn limit(&self) -> f64 {
        self.limit
    }

    /// Sets apart what a request may cost, as soon as that leaves everything within the budget.
    ///
    /// # Errors
    ///
    /// [`Passed`] where the request would not fit even if those in flight cost nothing.
    pub async fn claim(self: &Arc<Self>, price: f64) -> Result<Claim, Passed> {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            // From here on no settlement is missed.
            settled.as_mut().enable();
            {
                let mut state = self.state();
                let claimed = price * state.excess;
                if state.spent + claimed > self.limit {
                    return Err(Passed(self.limit));
                }
                if state.spent + state.claimed + claimed <= self.limit {
                    state.claimed += claimed;
                    self.book.keep(state.period, state.spent + state.claimed);
                    return Ok(Claim { budget: self.clone(), price, claimed, settled: false });
                }
            }
            settled.await;
        }
    }

    /// The state in the present period.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let period = self.book.period();
        if period != state.period {
            state.period = period;
            state.spent = self.book.spent(period);
        }
        state
    }
}

impl Claim {
    /// What is set apart.
    pub fn claimed(&self) -> f64 {
        self.claimed
    }

    /// The request cost this much.
    pub fn settle(mut self, cost: f64) {
        self.close(cost);
    }

    fn close(&mut self, cost: f64) {
        self.settled = true;
        {
            let mut state = self.budget.state();
            // Sums of what was added and taken away again: the last bits may differ.
            state.claimed = (state.claimed - self.claimed).max(0.0);
            state.spent += cost;
            let excess = if self.price > 0.0 { cost / self.price } else { 1.0 };
            let faded = state.excess * FADING + excess * (1.0 - FADING);
            state.excess = excess.max(faded).max(1.0);
            self.budget.book.keep(state.period, state.spent + state.claimed);
        }
        self.budget.settled.notify_waiters();
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.settled {
            self.close(self.claimed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::future::join_all;
    use proptest::prelude::*;

    use super::*;

    fn block<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    /// Sends requests of these prices, each with the share of it that it truly costs and the
    /// turns it takes; gives back what was spent and which were refused.
    async fn send(budget: &Arc<Budget>, requests: &[(f64, f64, usize)]) -> (f64, Vec<f64>) {
        let sent = requests.iter().map(|&(price, share, turns)| async move {
            let Ok(claim) = budget.claim(price).await else { return Some(price) };
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            claim.settle(price * share);
            None
        });
        let refused = join_all(sent).await.into_iter().flatten().collect();
        (budget.spent(), refused)
    }

    proptest! {
        #[test]
        fn what_costs_no_more_than_its_claim_never_passes_the_budget(
            limit in 0.0..20.0,
            requests in proptest::collection::vec((0.0..3.0, 0.0..=1.0, 0..5_usize), 0..60),
        ) {
            let budget = Budget::new(limit, ());
            let (spent, refused) = block(send(&budget, &requests));
            prop_assert!(spent <= limit + 1e-9, "{spent} of {limit}");
            // Only what would have passed it is refused.
            for price in refused {
                prop_assert!(spent + price > limit - 1e-9);
            }
        }

        #[test]
        fn an_excess_is_paid_by_those_in_flight_alone(
            excess in 1.0..8.0,
            at_once in 1..6_usize,
        ) {
            let budget = Budget::new(10.0, ());
            let mut first = 0.0;
            block(async {
                for round in 0..40 {
                    let requests = vec![(0.5, excess, 1); at_once];
                    send(&budget, &requests).await;
                    if round == 0 {
                        first = budget.spent();
                    }
                }
            });
            prop_assert!(budget.spent() <= 10.0_f64.max(first) + 1e-9, "{}", budget.spent());
        }
    }

    #[test]
    fn a_claim_waits_for_what_is_in_flight() {
        let budget = Budget::new(1.0, ());
        block(async {
            let first = budget.claim(0.8).await.unwrap();
            let second = tokio::join!(budget.claim(0.5), async {
                tokio::task::yield_now().await;
                first.settle(0.3);
            });
            assert_eq!(budget.claim(0.8).await.err(), Some(Passed(1.0)));
            drop(second.0.unwrap());
        });
        assert!((budget.spent() - 0.8).abs() < 1e-9, "what nobody settles is spent");
    }

    #[test]
    fn a_new_period_is_a_new_budget() {
        #[derive(Default)]
        struct Days(Arc<AtomicU64>, Arc<Mutex<Vec<(u64, f64)>>>);
        impl Book for Days {
            fn period(&self) -> u64 {
                self.0.load(Ordering::Relaxed)
            }
            fn spent(&self, period: u64) -> f64 {
                if period == 7 { 0.75 } else { 0.0 }
            }
            fn keep(&self, period: u64, spent: f64) {
                self.1.lock().unwrap().push((period, spent));
            }
        }
        let (day, kept) = (Arc::new(AtomicU64::new(7)), Arc::default());
        let budget = Budget::new(1.0, Days(day.clone(), Arc::clone(&kept)));
        block(async {
            assert!(budget.claim(0.5).await.is_err());
            budget.claim(0.25).await.unwrap().settle(0.125);
            day.store(8, Ordering::Relaxed);
            budget.claim(0.5).await.unwrap().settle(0.5);
        });
        assert_eq!(*kept.lock().unwrap(), [(7, 1.0), (7, 0.875), (8, 0.5), (8, 0.5)]);
    }
}
