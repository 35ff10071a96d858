//! A limit that nobody configured, or that is configured too high, is found and kept.

use std::time::Duration;

use diptych::limits::Limits;
use diptych::limits::retry::Patience;
use diptych::limits::transport::HttpResponse;

use crate::provider::{Counts, Provider, Window, busy, door, paused, status, told};

const LATENCY: Duration = Duration::from_millis(300);
const MINUTE: Duration = Duration::from_secs(60);

/// How a provider tells of its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tells {
    Nothing,
    RetryAfter,
    /// What is left, and how long until the window is whole, as OpenAI does.
    Left,
}

fn answer(window: &Window, tells: Tells, limit: usize, at: Duration) -> HttpResponse {
    let (mut response, left, reset) = match window.admit(at) {
        Ok(left) => (status(200), left, window.length_from(at)),
        Err(wait) if tells == Tells::RetryAfter => {
            return told(429, "retry-after", &format!("{:.3}", wait.as_secs_f64()));
        }
        Err(wait) => (status(429), 0, wait),
    };
    if tells == Tells::Left {
        for (name, value) in [
            ("x-ratelimit-limit-requests", limit.to_string()),
            ("x-ratelimit-remaining-requests", left.to_string()),
            ("x-ratelimit-reset-requests", format!("{}ms", reset.as_millis())),
        ] {
            response.headers.insert(name, value.parse().unwrap());
        }
    }
    response
}

/// Ten minutes of more work than goes through; settled after two of them.
fn settles(configured: Option<u32>, hidden: usize, window: Duration, tells: Tells, callers: usize) {
    settles_where(Counts::Sliding, configured, hidden, window, tells, callers);
}

fn settles_where(
    counts: Counts,
    configured: Option<u32>,
    hidden: usize,
    window: Duration,
    tells: Tells,
    callers: usize,
) {
    paused(async {
        let server = Window::counting(hidden, window, counts);
        let provider =
            Provider::new(LATENCY, move |_, at, _| Ok(answer(&server, tells, hidden, at)));
        let limits =
            Limits { requests_per_minute: configured, concurrency: callers, ..Limits::default() };
        let failed = busy(&door(&provider, &limits, Patience::default()), callers, 600.0).await;
        assert!(failed.is_empty(), "{failed:?}");
        let a_minute = hidden as f64 * 60.0 / window.as_secs_f64();
        let (through, refused) =
            (provider.count(120.0, 600.0, 200) as f64, provider.count(120.0, 600.0, 429) as f64);
        let (used, share) = (through / (8.0 * a_minute), refused / (through + refused));
        let learning = provider.count(0.0, 120.0, 429);
        println!(
            "{counts:?} {configured:?}, {hidden} in {window:?}, {tells:?}, {callers} callers: {:.1} % used, \
             {:.2} % refused, {learning} before",
            used * 100.0,
            share * 100.0
        );
        // In a second the lateness of timers is a part of the window.
        let second = tells != Tells::RetryAfter && window < Duration::from_secs(2);
        let least = if second { 0.9 } else { 0.95 };
        // Of few requests one refusal is a large share.
        let most = if hidden <= 60 && window == MINUTE { 0.04 } else { 0.02 };
        assert!(used >= least, "{used}");
        assert!(share < most, "{share}");
    });
}

#[test]
fn a_limit_configured_too_high_is_found() {
    for tells in [Tells::Nothing, Tells::RetryAfter, Tells::Left] {
        for callers in [8, 64] {
            settles(Some(600), 360, MINUTE, tells, callers);
        }
    }
}

#[test]
fn a_limit_nobody_configured_is_found() {
    for tells in [Tells::Nothing, Tells::RetryAfter, Tells::Left] {
        for callers in [8, 64] {
            settles(None, 360, MINUTE, tells, callers);
        }
    }
}

#[test]
fn windows_of_other_lengths_are_found() {
    for tells in [Tells::Nothing, Tells::RetryAfter, Tells::Left] {
        settles(Some(600), 6, Duration::from_secs(1), tells, 8);
        settles(None, 60, Duration::from_secs(10), tells, 8);
        settles(Some(6000), 360, MINUTE, tells, 64);
    }
}

#[test]
fn windows_counted_otherwise_are_found() {
    for counts in [Counts::Fixed, Counts::Refused] {
        for tells in [Tells::Nothing, Tells::RetryAfter, Tells::Left] {
            settles_where(counts, Some(600), 360, MINUTE, tells, 8);
            settles_where(counts, None, 360, MINUTE, tells, 64);
            settles_where(counts, None, 30, MINUTE, tells, 8);
            settles_where(counts, None, 60, MINUTE, tells, 8);
        }
    }
}
