//! What was used in the last window, entry by entry: the proof that no window is over its limit.
//!
//! In windows longer than a minute what is close together is one entry, at the time of its last
//! part: it leaves the window a little late, never too soon, and a month takes no more memory
//! than a minute.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::MINUTE;

/// Entries of one long window, at most.
const ENTRIES: u32 = 1000;
/// Entries of one window as they are kept for another process, at most.
const KEPT: u32 = 100;

/// The use of one window's length: what each request used or, while it is in flight, reserved.
pub(super) struct Book {
    window: Duration,
    /// Requests so close together are one entry.
    grain: Duration,
    entries: VecDeque<Entry>,
    sum: u64,
    /// The number of the first entry.
    first: u64,
}

struct Entry {
    begin: Instant,
    at: Instant,
    amount: u64,
}

impl Book {
    /// An empty book of windows of this length.
    pub(super) fn new(window: Duration) -> Self {
        let grain = if window > MINUTE { window / ENTRIES } else { Duration::ZERO };
        Self { window, grain, entries: VecDeque::new(), sum: 0, first: 0 }
    }

    pub(super) fn window(&self) -> Duration {
        self.window
    }

    /// A book that only tells: a minute or less takes no more memory than a month.
    pub(super) fn coarse(window: Duration) -> Self {
        Self { grain: window / KEPT, ..Self::new(window) }
    }

    /// What was used in the last window.
    pub(super) fn used(&mut self) -> u64 {
        self.forget(Instant::now());
        self.sum
    }

    /// What was used in the last window, and perhaps a little before.
    pub(super) fn sum(&self) -> u64 {
        self.sum
    }

    /// How long until the entries of the last window sum up to no more than `room`.
    pub(super) fn wait(&mut self, room: u64) -> Duration {
        let now = Instant::now();
        let window = self.forget(now);
        let mut over = self.sum.saturating_sub(room);
        for entry in &self.entries {
            if over <= entry.amount {
                return if over == 0 { Duration::ZERO } else { entry.at + window - now };
            }
            over -= entry.amount;
        }
        Duration::ZERO
    }

    /// Forgets what was before the last window, the length of which it gives.
    fn forget(&mut self, now: Instant) -> Duration {
        // The window is closed at both ends, and timers are as fine as a millisecond.
        let window = self.window + Duration::from_millis(1);
        while let Some(entry) = self.entries.front()
            && now - entry.at >= window
        {
            self.sum = self.sum.saturating_sub(entry.amount);
            self.first += 1;
            self.entries.pop_front();
        }
        window
    }

    /// Enters what leaves now; gives the number of its entry.
    pub(super) fn enter(&mut self, amount: u64) -> u64 {
        self.enter_at(Duration::ZERO, amount)
    }

    /// Enters what left so long ago. Entries come in the order of their time.
    pub(super) fn enter_at(&mut self, ago: Duration, amount: u64) -> u64 {
        let now = Instant::now();
        // A clock that has not run so long: later than it was, which is on the safe side.
        let at = now.checked_sub(ago).unwrap_or(now);
        self.sum = self.sum.saturating_add(amount);
        match self.entries.back_mut() {
            Some(last) if at.saturating_duration_since(last.begin) < self.grain => {
                last.at = at;
                last.amount = last.amount.saturating_add(amount);
            }
            _ => self.entries.push_back(Entry { begin: at, at, amount }),
        }
        self.first + self.entries.len() as u64 - 1
    }

    /// Writes what was used in place of what was reserved.
    pub(super) fn correct(&mut self, number: u64, reserved: u64, used: u64) {
        let entry = number
            .checked_sub(self.first)
            .and_then(|index| self.entries.get_mut(usize::try_from(index).ok()?));
        if let Some(entry) = entry {
            self.sum = self.sum.saturating_sub(reserved).saturating_add(used);
            entry.amount = entry.amount.saturating_sub(reserved).saturating_add(used);
        }
    }

    /// The entries as they are kept: by the wall clock, in milliseconds; those that are close
    /// together as one, at the time of the last of them.
    pub(super) fn kept(&self, wall: u64) -> Vec<(u64, u64)> {
        let now = Instant::now();
        let together = millis(self.window / KEPT);
        let mut kept: Vec<(u64, u64)> = Vec::new();
        let mut begin = 0;
        for entry in &self.entries {
            let at = wall.saturating_sub(millis(now - entry.at));
            match kept.last_mut() {
                Some(last) if at.saturating_sub(begin) < together => {
                    *last = (at, last.1.saturating_add(entry.amount));
                }
                _ => {
                    begin = at;
                    kept.push((at, entry.amount));
                }
            }
        }
        kept
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
