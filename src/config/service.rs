//! `[queue]` and `[worker]`, resolved.

use std::path::PathBuf;
use std::time::Duration;

use super::file::{self, Kept, LogFormat, OnError};
use super::{Config, ConfigError, Resolver};
use crate::queue::spool::{self, Keep};

/// How a worker works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Articles in hand at once.
    pub articles: usize,
    /// How long a worker that is told to stop may take.
    pub grace: Duration,
    /// How many workers divide the limits of the backends.
    pub share: u32,
    /// What it does with an article in which an error was found.
    pub on_error: OnError,
    /// Where results are sent.
    pub callbacks: Callbacks,
    /// The folder that the memory is exported to once a day.
    pub export: Option<PathBuf>,
    /// How a line of the log is written.
    pub log: LogFormat,
}

/// Where results may be sent, and how they are signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callbacks {
    /// Hosts, with their port where they name one.
    pub hosts: Vec<String>,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
}

impl Resolver<'_> {
    pub(super) fn queue(&self, written: file::Queue) -> Result<spool::Settings, ConfigError> {
        let keep = |key, kept: Kept| {
            match kept {
            Kept::Newest(most) => Ok(Keep::Newest(most)),
            Kept::Younger(age) => age_of(&age).ok_or_else(|| {
                let reason = format!(
                    "`{age}` is no age such as \"30 days\" or \"12 hours\", nor \"all\", nor a number of jobs"
                );
                self.invalid("queue", key, reason)
            }),
        }
        };
        Ok(spool::Settings {
            path: self.base.join(written.path),
            settle: self.between("queue", "settle_seconds", written.settle_seconds, 0.0)?,
            lease: self.between("queue", "lease_seconds", written.lease_seconds, 1.0)?,
            keep_done: keep("keep_done", written.keep_done)?,
            keep_failed: keep("keep_failed", written.keep_failed)?,
        })
    }

    pub(super) fn worker(
        &self,
        written: file::Worker,
        on_error: OnError,
        log: LogFormat,
    ) -> Result<Worker, ConfigError> {
        for (key, value) in [("articles", written.articles), ("share", written.share as usize)] {
            if value == 0 {
                return Err(self.invalid("worker", key, "must be at least 1".to_owned()));
            }
        }
        if !written.callback_hosts.is_empty() && written.callback_key_env.is_none() {
            let reason = "callbacks are signed: name the environment variable that holds their key";
            return Err(self.invalid("worker", "callback_key_env", reason.to_owned()));
        }
        Ok(Worker {
            articles: written.articles,
            grace: self.between("worker", "grace_seconds", written.grace_seconds, 0.0)?,
            share: written.share,
            on_error,
            callbacks: Callbacks {
                hosts: written.callback_hosts,
                key_env: written.callback_key_env,
            },
            export: written.export.map(|export| self.base.join(export)),
            log,
        })
    }

    fn between(
        &self,
        table: &str,
        key: &'static str,
        seconds: f64,
        least: f64,
    ) -> Result<Duration, ConfigError> {
        /// A day: more is a mistake.
        const MOST: f64 = 86_400.0;
        if seconds.is_finite() && (least..=MOST).contains(&seconds) {
            Ok(Duration::from_secs_f64(seconds))
        } else {
            Err(self.invalid(table, key, format!("must be between {least} and {MOST}")))
        }
    }
}

/// A limit is too small to be divided among the workers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("[backends.{backend}] {key} = {limit} cannot be divided by [worker] share = {share}")]
pub struct TooSmall {
    backend: String,
    key: &'static str,
    limit: u32,
    share: u32,
}

impl Config {
    /// The settings of one of several workers: each takes its share of the limits.
    ///
    /// # Errors
    ///
    /// [`TooSmall`].
    pub fn for_one_worker(mut self) -> Result<Self, TooSmall> {
        let share = self.worker.share;
        for backend in &mut self.backends {
            let limits = [
                ("requests_per_second", &mut backend.requests_per_second),
                ("requests_per_minute", &mut backend.requests_per_minute),
                ("requests_per_day", &mut backend.requests_per_day),
                ("tokens_per_minute", &mut backend.tokens_per_minute),
            ];
            for (key, limit) in limits {
                let Some(whole) = *limit else { continue };
                if whole < share {
                    let backend = backend.name.clone();
                    return Err(TooSmall { backend, key, limit: whole, share });
                }
                *limit = Some(whole / share);
            }
            backend.concurrency = (backend.concurrency / share as usize).max(1);
        }
        Ok(self)
    }
}

/// `30 days`, `12 hours`, `all`.
fn age_of(text: &str) -> Option<Keep> {
    if text == "all" {
        return Some(Keep::All);
    }
    let (count, unit) = text.split_once(' ')?;
    let seconds = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    let count: u64 = count.parse().ok()?;
    Some(Keep::Younger(Duration::from_secs(count.checked_mul(seconds)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_divide_the_limits() {
        let config = |share: u32| {
            let text = format!(
                "[backends.main]\nrequests_per_minute = 100\nconcurrency = 2\n[worker]\nshare = {share}\n"
            );
            Config::parse(std::path::Path::new("pipeline.toml"), &text).unwrap().for_one_worker()
        };
        let third = config(3).unwrap();
        assert_eq!(third.backends[0].requests_per_minute, Some(33));
        assert_eq!(third.backends[0].concurrency, 1);
        assert!(config(101).unwrap_err().to_string().contains("requests_per_minute = 100"));
    }

    #[test]
    fn ages_are_read() {
        assert_eq!(age_of("2 days"), Some(Keep::Younger(Duration::from_secs(172_800))));
        assert_eq!(age_of("1 hour"), Some(Keep::Younger(Duration::from_secs(3600))));
        assert_eq!(age_of("all"), Some(Keep::All));
        for text in ["", "days", "-1 days", "2 weeks", "99999999999999999999 days"] {
            assert_eq!(age_of(text), None, "{text}");
        }
    }
}
