//! What the system says of `new/`: which names to look at, at once.
//!
//! It is asked in the moment in which a job is chosen, and by no thread that may be late: whatever
//! was renamed in before that moment is in the answer. So a job that goes before all others is the
//! next that is claimed, however many wait.
//!
//! A help and no more: what it misses is found by looking, and so is everything on a system that
//! says nothing.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod none;

#[cfg(target_os = "linux")]
pub(super) use linux::Notices;
#[cfg(not(target_os = "linux"))]
pub(super) use none::Notices;

/// How a name came to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Renamed there: it is complete.
    Renamed,
    /// Written there.
    Written,
}
