//! What the windows of a provider have used, kept across restarts, so that a restart opens no
//! fresh burst.
//!
//! Nothing is written per request: what is kept promises a block more than was used, and is kept
//! anew when the block is used up. A killed process forfeits the rest of its block. Within a
//! process time is the monotonic clock's; from one process to the next it is the wall clock's.
//!
//! Where that went backwards, a window of a minute counts as used up. In a day or a month that
//! would cost far more than it is worth: there no time counts as having passed since it was kept,
//! which keeps the limit just as surely. Where what was kept cannot be read, every window counts as
//! used up.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The share of a window that may be used before it is kept anew: 1 %.
const BLOCK_SHARE: u32 = 100;
/// In windows shorter than this a block is the whole window: nothing is kept more often than once
/// in such a window, and no more than such a window is forfeited.
const SHORT: Duration = Duration::from_secs(60);

/// Tells the wall clock's time.
pub type WallClock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Where the use of one provider's windows is kept.
pub trait Kept: Send + Sync {
    /// What was kept last, if anything ever was.
    ///
    /// # Errors
    ///
    /// Where something was kept and cannot be read.
    fn load(&self) -> io::Result<Option<Used>>;

    /// Keeps this in place of what was kept before; safe from a killed process when it returns.
    ///
    /// # Errors
    ///
    /// Where it could not be kept.
    fn store(&self, used: &Used) -> io::Result<()>;
}

/// What windows have used, as it is kept. Times are milliseconds since 1970 by the wall clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// When it was kept.
    pub written: u64,
    /// The limits on requests a second and a minute, by their name in the configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, Level>,
    /// All other limits, by their name in the configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub amounts: BTreeMap<String, AmountUsed>,
}

/// How far ahead of time a limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// When it will be as if never used.
    pub until: u64,
    /// Nanoseconds for one.
    pub interval: u64,
    /// How many more may leave before it is kept anew.
    pub block: u64,
}

/// What was used of a limit on tokens, characters, or requests a day or month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountUsed {
    /// How far ahead of time it is used, where it is spread over its window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// How much more may leave before it is kept anew.
    pub block: u64,
    /// The requests of the last window, those close together as one: when, and how much.
    pub book: Vec<(u64, u64)>,
    /// What was estimated and what was used, older requests fading: how estimates turn out.
    pub estimated: f64,
    /// The other half of that.
    pub used: f64,
}

impl Level {
    /// How many count as used at `now`; less than the block of them may never have left.
    pub(super) fn cells(self, now: u64) -> u64 {
        let ahead = u128::from(self.until.saturating_sub(now)) * 1_000_000;
        let cells = ahead.div_ceil(u128::from(self.interval.max(1)));
        u64::try_from(cells).unwrap_or(u64::MAX).saturating_add(self.block)
    }
}

/// How many of a limit may leave before it is kept anew.
pub(super) fn block(limit: u32, window: Duration) -> u64 {
    u64::from(if window < SHORT { limit } else { limit / BLOCK_SHARE })
}

/// A place to keep what was used, and the clock it is kept by.
#[derive(Clone)]
pub struct Ledger {
    kept: Arc<dyn Kept>,
    wall: WallClock,
}

/// What is known of earlier processes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Earlier {
    /// There was none.
    Nothing,
    /// It used this.
    Known(Used),
    /// It used this, and kept it at a time that is still to come.
    Ahead(Used),
    /// It may have used everything.
    Unknown,
}

impl Ledger {
    /// A ledger in this place, by this clock.
    pub fn new(kept: Arc<dyn Kept>, wall: WallClock) -> Self {
        Self { kept, wall }
    }

    pub(super) fn now(&self) -> u64 {
        let since = (self.wall)().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn earlier(&self) -> Earlier {
        match self.kept.load() {
            Ok(None) => Earlier::Nothing,
            Ok(Some(used)) if used.written <= self.now() => Earlier::Known(used),
            Ok(Some(used)) => {
                tracing::warn!("the clock went backwards: limits a minute count as used up");
                Earlier::Ahead(used)
            }
            Err(error) => {
                tracing::warn!(%error, "what limits had used cannot be read: each counts as used up for its window, a month at most; whoever knows better deletes the file");
                Earlier::Unknown
            }
        }
    }

    pub(super) fn keep(&self, used: &Used) {
        // The request must not suffer: the limit holds within this process all the same.
        if let Err(error) = self.kept.store(used) {
            tracing::warn!(%error, "what limits have used cannot be kept: a restart would not know of it");
        }
    }
}

/// `limits.json`: the windows of every backend, by name and by the hash of address and key. The
/// key itself is not in it.
pub struct LimitsFile {
    path: PathBuf,
    file: Mutex<()>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    backends: BTreeMap<String, Used>,
}

const SCHEMA: &str = "diptych.limits/1";

impl LimitsFile {
    /// The file at this path, which need not exist. One process writes it: the one that holds the
    /// memory beside it.
    pub fn new(path: PathBuf) -> Arc<Self> {
        Arc::new(Self { path, file: Mutex::new(()) })
    }

    /// The part of it that is one backend's.
    pub fn of(
        self: &Arc<Self>,
        backend: &str,
        url: &str,
        key: Option<&SecretString>,
    ) -> Arc<dyn Kept> {
        let mut hash =
            blake3::Hasher::new_derive_key("diptych 2026 limits of a provider's account");
        hash.update(url.as_bytes()).update(b"\0");
        hash.update(key.map_or("", |key| key.expose_secret()).as_bytes());
        let hash = hash.finalize().to_hex();
        let name = format!("{backend} {}", &hash.as_str()[..16]);
        Arc::new(PartOfFile { file: Arc::clone(self), name })
    }

    fn read(&self) -> io::Result<File> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(File::default()),
            Err(error) => return Err(error),
        };
        let damaged = |reason: String| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {reason}", self.path.display()))
        };
        let file: File = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        if file.schema == SCHEMA {
            Ok(file)
        } else {
            Err(damaged(format!("it is `{}`, not `{SCHEMA}`", file.schema)))
        }
    }
}

struct PartOfFile {
    file: Arc<LimitsFile>,
    name: String,
}

impl Kept for PartOfFile {
    fn load(&self) -> io::Result<Option<Used>> {
        let _alone = self.file.file.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.file.read()?.backends.remove(&self.name))
    }

    fn store(&self, used: &Used) -> io::Result<()> {
        let _alone = self.file.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A damaged file has been told of when it was loaded.
        let mut file = self.file.read().unwrap_or_default();
        SCHEMA.clone_into(&mut file.schema);
        file.backends.insert(self.name.clone(), used.clone());
        let folder = self.file.path.parent().unwrap_or(std::path::Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut new = tempfile::Builder::new().prefix(".limits").tempfile_in(folder)?;
        serde_json::to_writer(&mut new, &file)?;
        // A rename survives a killed process; a power cut takes longer than most windows.
        new.persist(&self.file.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(written: u64) -> Used {
        let level = Level { until: written + 700, interval: 10_000_000, block: 6 };
        Used {
            written,
            requests: [("requests_per_minute".to_owned(), level)].into(),
            amounts: [(
                "tokens_per_minute".to_owned(),
                AmountUsed {
                    level: Some(level),
                    block: 6,
                    book: vec![(written - 5, 900)],
                    estimated: 10.0,
                    used: 12.5,
                },
            )]
            .into(),
        }
    }

    #[test]
    fn accounts_are_kept_apart_and_without_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/limits.json");
        let file = LimitsFile::new(path.clone());
        let (one, two) = (SecretString::from("sk-one"), SecretString::from("sk-two"));
        let account = |key| file.of("main", "https://api.example/v1", Some(key));
        assert_eq!(account(&one).load().unwrap(), None);
        account(&one).store(&used(1_000)).unwrap();
        account(&two).store(&used(2_000)).unwrap();
        assert_eq!(account(&one).load().unwrap(), Some(used(1_000)));
        assert_eq!(account(&two).load().unwrap(), Some(used(2_000)));
        assert!(!std::fs::read_to_string(&path).unwrap().contains("sk-"));

        std::fs::write(&path, "{ torn").unwrap();
        assert!(account(&one).load().is_err());
        account(&one).store(&used(3_000)).unwrap();
        assert_eq!(account(&one).load().unwrap(), Some(used(3_000)));
    }

    #[test]
    fn what_counts_as_used_fades_with_time() {
        let level = Level { until: 1_000, interval: 10_000_000, block: 6 };
        assert_eq!(level.cells(0), 106);
        assert_eq!(level.cells(900), 16);
        assert_eq!(level.cells(5_000), 6);
    }
}
