//! How much of what is sent may be retries: a tenth of the first attempts, and a reserve. What a
//! provider that fails half of the time is sent stays near what one is sent that never fails.
//!
//! Where the budget is used up, a call waits for it to fill again, which it also does in time, or
//! is given up where there is somewhere else to go. A request that was refused for coming too fast
//! costs the provider nothing, and the pace answers for it: it is not in the budget.

use std::time::Duration;

use tokio::time::Instant;

/// Retries for each first attempt.
const SHARE: f64 = 0.1;
/// Retries that are there from the beginning; never more are saved up.
const RESERVE: f64 = 10.0;
/// Retries a second, where nothing else fills the budget.
const TRICKLE: f64 = 0.1;

/// What is left for retries.
#[derive(Debug)]
pub(super) struct Budget {
    left: f64,
    at: Instant,
}

impl Budget {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: RESERVE, at: now }
    }

    /// A first attempt is made.
    pub(super) fn first(&mut self) {
        self.left = (self.left + SHARE).min(RESERVE);
    }

    /// Takes a retry, or says how long until there is one.
    pub(super) fn retry(&mut self, now: Instant) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed * TRICKLE).min(RESERVE);
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.left) / TRICKLE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_tenth_and_a_reserve() {
        let now = Instant::now();
        let mut budget = Budget::new(now);
        let mut retries = 0;
        for _ in 0..1000 {
            budget.first();
            while budget.retry(now).is_ok() {
                retries += 1;
            }
        }
        assert!((105..=111).contains(&retries), "{retries}");
    }

    #[test]
    fn it_fills_in_time_up_to_its_reserve() {
        let begin = Instant::now();
        let mut budget = Budget::new(begin);
        let taken = |budget: &mut Budget, now| {
            std::iter::from_fn(|| budget.retry(now).ok()).take(100).count()
        };
        assert_eq!(taken(&mut budget, begin), 10);
        let wait = budget.retry(begin).unwrap_err();
        assert!((9.0..=10.1).contains(&wait.as_secs_f64()), "{wait:?}");
        assert_eq!(taken(&mut budget, begin + wait), 1);
        assert_eq!(taken(&mut budget, begin + Duration::from_secs(9_999)), 10);
    }
}
