//! What waits, in the order in which it is taken: by priority, then by age.
//!
//! A picture of the folders, and never the truth: what it names may be gone, and the claim finds
//! that out. No clock and no disk: both are told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

/// Where a job waits. The name is shared: there may be many, and each stands in several places.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Place {
    /// A file in `new/`.
    File(Arc<str>),
    /// A folder in `new/`.
    Folder(Arc<str>),
    /// A claim in `work/` whose worker has lost it.
    Left(Arc<str>),
}

/// A job that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) place: Place,
    pub(super) priority: i32,
    pub(super) queued: Timestamp,
    /// Attempts that were begun.
    pub(super) attempts: u32,
}

/// The order.
type Rank = (Reverse<i32>, Timestamp, Place);

/// What tells whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) inode: u64,
    pub(super) size: u64,
    pub(super) modified: SystemTime,
}

/// The number of a look at all there is.
type Look = u64;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    ranked: BTreeMap<Rank, Waiting>,
    /// Its place in the order, and the look that saw it last.
    ranks: HashMap<Place, (Rank, Look)>,
    /// Files that may still be being written: since when they have been as they are.
    unsettled: HashMap<String, (Identity, Instant, Look)>,
    look: Look,
}

impl Backlog {
    /// This waits, whatever was known of it before.
    pub(super) fn put(&mut self, waiting: Waiting) {
        self.remove(&waiting.place);
        let rank = (Reverse(waiting.priority), waiting.queued, waiting.place.clone());
        self.ranks.insert(waiting.place.clone(), (rank.clone(), self.look));
        self.ranked.insert(rank, waiting);
    }

    pub(super) fn remove(&mut self, place: &Place) {
        if let Some((rank, _)) = self.ranks.remove(place) {
            self.ranked.remove(&rank);
        }
    }

    /// A look at all there is begins: what it does not see is gone. It is told what it sees one by
    /// one, so that a long backlog needs no list beside itself.
    pub(super) fn begin_look(&mut self) {
        self.look += 1;
    }

    /// The look has seen a place; whether it is known.
    pub(super) fn sees(&mut self, place: &Place) -> bool {
        let known = self.ranks.get_mut(place);
        known.map(|(_, seen)| *seen = self.look).is_some()
    }

    /// The look has ended, and seen all there is.
    pub(super) fn end_look(&mut self) {
        let look = self.look;
        let ranked = &mut self.ranked;
        self.ranks.retain(|_, (rank, seen)| {
            let there = *seen == look;
            if !there {
                ranked.remove(rank);
            }
            there
        });
        self.unsettled.retain(|_, (_, _, seen)| *seen == look);
    }

    /// What is known of a place.
    pub(super) fn get(&self, place: &Place) -> Option<&Waiting> {
        self.ranked.get(&self.ranks.get(place)?.0)
    }

    /// What is next.
    pub(super) fn first(&self) -> Option<&Waiting> {
        self.ranked.values().next()
    }

    pub(super) fn len(&self) -> usize {
        self.ranked.len()
    }

    /// When the longest of all that wait came.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.ranked.values().map(|waiting| waiting.queued).min()
    }

    /// Whether a file that was seen so at `now` is complete: it has not changed for `settle`, by
    /// its own time or by ours.
    pub(super) fn is_settled(
        &mut self,
        name: &str,
        seen: Identity,
        settle: Duration,
        now: Instant,
        wall: SystemTime,
    ) -> bool {
        let since = match self.unsettled.get_mut(name) {
            Some((known, since, look)) if *known == seen => {
                *look = self.look;
                *since
            }
            _ => {
                self.unsettled.insert(name.to_owned(), (seen, now, self.look));
                now
            }
        };
        let old = wall.duration_since(seen.modified).is_ok_and(|age| age >= settle);
        let settled = old || now.duration_since(since) >= settle;
        if settled {
            self.unsettled.remove(name);
        }
        settled
    }

    /// The files that may still be being written.
    pub(super) fn unsettled(&self) -> Vec<String> {
        self.unsettled.keys().cloned().collect()
    }

    /// When the next of these may be complete.
    pub(super) fn settles(&self, settle: Duration) -> Option<Instant> {
        self.unsettled.values().map(|(_, since, _)| *since + settle).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(name: &str, priority: i32, second: i64) -> Waiting {
        let queued = Timestamp::from_second(second).unwrap();
        Waiting { place: Place::File(name.into()), priority, queued, attempts: 0 }
    }

    fn drain(backlog: &mut Backlog) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(Waiting { place: Place::File(name), .. }) = backlog.first().cloned() {
            backlog.remove(&Place::File(name.clone()));
            names.push(name.to_string());
        }
        names
    }

    #[test]
    fn priority_goes_first_then_age() {
        let mut backlog = Backlog::default();
        for (name, priority, second) in [("c", 0, 3), ("a", 0, 1), ("low", -1, 0), ("b", 0, 2)] {
            backlog.put(waiting(name, priority, second));
        }
        backlog.put(waiting("urgent", 9, 100));
        backlog.put(waiting("c", 0, 3));
        assert_eq!(backlog.len(), 5);
        assert_eq!(backlog.oldest(), Timestamp::from_second(0).ok());
        assert_eq!(drain(&mut backlog), ["urgent", "a", "b", "c", "low"]);
    }

    #[test]
    fn what_a_look_does_not_see_is_gone() {
        let mut backlog = Backlog::default();
        let (now, wall) = (Instant::now(), SystemTime::now());
        let settle = Duration::from_secs(2);
        let seen = Identity { inode: 1, size: 1, modified: wall };
        ["a", "b", "c"].iter().for_each(|name| backlog.put(waiting(name, 0, 1)));
        assert!(!backlog.is_settled("d", seen, settle, now, wall));
        assert!(!backlog.is_settled("e", seen, settle, now, wall));
        backlog.begin_look();
        assert!(backlog.sees(&Place::File("b".into())));
        assert!(!backlog.sees(&Place::File("new".into())), "seeing is not taking in");
        backlog.put(waiting("c", 3, 1));
        assert!(!backlog.is_settled("e", seen, settle, now, wall));
        backlog.end_look();
        assert_eq!(backlog.unsettled(), ["e"]);
        assert_eq!(drain(&mut backlog), ["c", "b"]);
    }

    #[test]
    fn a_file_is_complete_once_it_has_not_changed() {
        let mut backlog = Backlog::default();
        let settle = Duration::from_secs(2);
        let (now, wall) = (Instant::now(), SystemTime::now());
        let seen = |size, modified| Identity { inode: 1, size, modified };
        let later = |seconds| now + Duration::from_secs(seconds);
        assert!(backlog.is_settled("old", seen(9, wall - settle), settle, now, wall));
        assert!(!backlog.is_settled("a", seen(1, wall), settle, now, wall));
        assert!(!backlog.is_settled("a", seen(2, wall), settle, later(2), wall));
        assert!(!backlog.is_settled("a", seen(2, wall), settle, later(3), wall));
        assert_eq!(backlog.settles(settle), Some(later(4)));
        assert!(backlog.is_settled("a", seen(2, wall), settle, later(4), wall));
        let future = wall + Duration::from_secs(86_400);
        assert!(!backlog.is_settled("b", seen(1, future), settle, now, wall), "a clock was set");
        assert!(backlog.is_settled("b", seen(1, future), settle, later(2), wall));
    }
}
