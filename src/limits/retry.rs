//! When to try again: delays as a plain iterator, patience, and what providers write into
//! `Retry-After`.

use std::time::{Duration, SystemTime};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::header::HeaderMap;

/// How often and how long one call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Attempts in all.
    pub attempts: u32,
    /// Attempts to connect to a server that has not answered once.
    pub unanswered: u32,
    /// Attempts that end without a response though the request may have been taken, and so may
    /// have been paid for.
    pub unsure: u32,
    /// The longest wait a provider may ask for that is slept; a longer one ends the call.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 6, unanswered: 3, unsure: 2, longest_wait: Duration::from_secs(120) }
    }
}

/// Delays between attempts: about 1 s, then 1.6 times as long each, 60 s at most.
#[derive(Debug)]
pub struct Backoff {
    next: f64,
    jitter: StdRng,
}

const FIRST: f64 = 1.0;
const FACTOR: f64 = 1.6;
const LONGEST: f64 = 60.0;

impl Backoff {
    /// The delays for one call; the seed draws the jitter of a fifth up or down.
    pub fn new(seed: u64) -> Self {
        Self { next: FIRST, jitter: StdRng::seed_from_u64(seed) }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.next * self.jitter.random_range(0.8..=1.2);
        self.next = (self.next * FACTOR).min(LONGEST);
        Some(Duration::from_secs_f64(delay.min(LONGEST)))
    }
}

/// How long a provider asks to wait: `retry-after-ms`, else `retry-after` in seconds (also with a
/// fraction) or as a date. A date is read by the provider's own clock where it tells the time.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(wait) = text("retry-after-ms")
        .and_then(|ms| ms.parse::<f64>().ok())
        .and_then(|ms| seconds(ms / 1e3))
    {
        return Some(wait);
    }
    let after = text("retry-after")?;
    if let Ok(number) = after.parse::<f64>() {
        return seconds(number);
    }
    let until = date(after)?;
    let now = text("date").and_then(date).unwrap_or(now);
    // Dates have whole seconds: the provider may be at the end of the one it names.
    until.duration_since(now).ok().map(|wait| wait + Duration::from_secs(1))
}

fn seconds(number: f64) -> Option<Duration> {
    const YEAR: f64 = 365.0 * 24.0 * 60.0 * 60.0;
    (number > 0.0).then(|| Duration::from_secs_f64(number.min(YEAR)))
}

fn date(text: &str) -> Option<SystemTime> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    let seconds = u64::try_from(zoned.timestamp().as_second()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &str)]) -> Option<f64> {
        let headers = headers.iter().map(|(name, value)| {
            (reqwest::header::HeaderName::from_static(name), value.parse().unwrap())
        });
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        retry_after(&headers.collect(), now).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn every_form_of_retry_after() {
        assert_eq!(asked(&[("retry-after", "7")]), Some(7.0));
        assert_eq!(asked(&[("retry-after", " 0.25 ")]), Some(0.25));
        assert_eq!(asked(&[("retry-after-ms", "1500"), ("retry-after", "7")]), Some(1.5));
        assert_eq!(asked(&[("retry-after-ms", "soon"), ("retry-after", "7")]), Some(7.0));
        // The clock here says 08:49:37.
        assert_eq!(asked(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]), Some(11.0));
        assert_eq!(
            asked(&[
                ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"),
                ("date", "Sun, 06 Nov 1994 08:49:42 GMT"),
            ]),
            Some(6.0)
        );
        assert_eq!(asked(&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]), None);
        for nonsense in ["", "-3", "0", "NaN", "tomorrow", "Sun, 99 Nov"] {
            assert_eq!(asked(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert!(asked(&[("retry-after", "1e300")]).is_some());
        assert!(asked(&[("retry-after", "inf")]).is_some());
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn delays_grow_to_a_minute_and_differ_by_seed() {
        let delays: Vec<f64> = Backoff::new(7).take(20).map(|d| d.as_secs_f64()).collect();
        let mut plain = 1.0_f64;
        for delay in &delays {
            assert!((0.8 * plain..=1.2 * plain).contains(delay), "{delay} beside {plain}");
            plain = (plain * 1.6).min(60.0);
        }
        assert!(delays.iter().all(|delay| *delay <= 60.0));
        assert_ne!(Backoff::new(1).next(), Backoff::new(2).next());
    }
}
