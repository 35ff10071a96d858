//! What a provider writes into the headers of a response about its limits. Pure: headers in,
//! values out; what follows from them is decided elsewhere.
//!
//! Forms: `retry-after-ms`; `retry-after` in seconds, with or without a fraction, or as a date;
//! `x-ratelimit-{remaining,limit,reset}-{requests,tokens}` of OpenAI and those who follow it, with
//! durations as Go writes them; `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-*`
//! of Anthropic, with times in RFC 3339.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

/// Nothing honest is further away.
const YEAR: f64 = 365.0 * 24.0 * 60.0 * 60.0;

/// How much of a limit is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// So much is.
    pub remaining: u64,
    /// Of so much, where it is told.
    pub limit: Option<u64>,
    /// How long until it is whole again.
    pub reset: Duration,
}

/// What one response tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Of requests.
    pub requests: Option<Left>,
    /// Of tokens, prompts and replies together; else of whichever of the two is used up.
    pub tokens: Option<Left>,
}

/// What is left of the provider's limits, as it tells.
pub fn left(headers: &HeaderMap, now: SystemTime) -> Told {
    let now = text(headers, "date").and_then(date).unwrap_or(now);
    let openai = |what: &str| {
        let name = |field: &str| format!("x-ratelimit-{field}-{what}");
        of(headers, name, |text| duration(text).or_else(|| until(text, now)))
    };
    let anthropic = |what: &str| {
        let name = |field: &str| format!("anthropic-ratelimit-{what}-{field}");
        of(headers, name, |text| until(text, now).or_else(|| duration(text)))
    };
    // A limit on one half is no limit on both, but what is used up is used up.
    let used_up = |what: &str| anthropic(what).filter(|left| left.remaining == 0);
    Told {
        requests: openai("requests").or_else(|| anthropic("requests")),
        tokens: used_up("input-tokens")
            .or_else(|| used_up("output-tokens"))
            .or_else(|| openai("tokens"))
            .or_else(|| anthropic("tokens")),
    }
}

fn of(
    headers: &HeaderMap,
    name: impl Fn(&str) -> String,
    reset: impl Fn(&str) -> Option<Duration>,
) -> Option<Left> {
    let count = |field: &str| -> Option<u64> {
        let number: f64 = text(headers, &name(field))?.parse().ok()?;
        // Some count below zero what was used in advance.
        number.is_finite().then_some(number.max(0.0) as u64)
    };
    Some(Left {
        remaining: count("remaining")?,
        limit: count("limit"),
        reset: reset(text(headers, &name("reset"))?)?,
    })
}

/// How long a provider asks to wait: `retry-after-ms`, else `retry-after`. A date is read by the
/// provider's own clock where it tells the time.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if let Some(wait) = text(headers, "retry-after-ms")
        .and_then(|ms| ms.parse::<f64>().ok())
        .and_then(|ms| seconds(ms / 1e3))
    {
        return Some(wait);
    }
    let after = text(headers, "retry-after")?;
    if let Ok(number) = after.parse::<f64>() {
        return seconds(number);
    }
    if let Some(wait) = duration(after) {
        return Some(wait).filter(|wait| !wait.is_zero());
    }
    let until = date(after).or_else(|| timestamp(after))?;
    let now = text(headers, "date").and_then(date).unwrap_or(now);
    // Dates have whole seconds: the provider may be at the end of the one it names.
    until.duration_since(now).ok().map(|wait| wait + Duration::from_secs(1))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A positive number of seconds, a year at most.
fn seconds(number: f64) -> Option<Duration> {
    (number > 0.0).then(|| Duration::from_secs_f64(number.min(YEAR)))
}

/// A duration as Go writes it: `1s`, `6m0s`, `120ms`, `1h2m3.5s`; a bare number is seconds.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(number) = text.parse::<f64>() {
        // A larger one is a time of day, not a duration.
        return (0.0..=YEAR).contains(&number).then(|| Duration::from_secs_f64(number));
    }
    let mut rest = text;
    let mut sum = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match rest.get(..end)? {
            "d" => 86_400.0,
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        sum += number * unit;
        rest = rest.get(end..)?;
    }
    (!text.is_empty() && sum.is_finite()).then(|| Duration::from_secs_f64(sum.min(YEAR)))
}

/// How long until a moment, zero where it is over.
fn until(text: &str, now: SystemTime) -> Option<Duration> {
    let at = timestamp(text).or_else(|| date(text)).or_else(|| unix(text))?;
    Some(at.duration_since(now).unwrap_or_default())
}

/// RFC 3339.
fn timestamp(text: &str) -> Option<SystemTime> {
    let at: jiff::Timestamp = text.parse().ok()?;
    let seconds = u64::try_from(at.as_second()).ok()?;
    let nanos = u32::try_from(at.subsec_nanosecond()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanos))
}

/// As HTTP writes dates.
fn date(text: &str) -> Option<SystemTime> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    let seconds = u64::try_from(zoned.timestamp().as_second()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Seconds since 1970.
fn unix(text: &str) -> Option<SystemTime> {
    let since = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 08:49:37 on 6 November 1994.
    const NOW: u64 = 784_111_777;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let headers = all.iter().map(|(name, value)| {
            (reqwest::header::HeaderName::from_static(name), value.parse().unwrap())
        });
        headers.collect()
    }

    fn asked(all: &[(&'static str, &str)]) -> Option<f64> {
        retry_after(&headers(all), now()).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn every_form_of_retry_after() {
        assert_eq!(asked(&[("retry-after", "7")]), Some(7.0));
        assert_eq!(asked(&[("retry-after", " 0.25 ")]), Some(0.25));
        assert_eq!(asked(&[("retry-after-ms", "1500"), ("retry-after", "7")]), Some(1.5));
        assert_eq!(asked(&[("retry-after-ms", "soon"), ("retry-after", "7")]), Some(7.0));
        assert_eq!(asked(&[("retry-after", "1m30s")]), Some(90.0));
        assert_eq!(asked(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]), Some(11.0));
        assert_eq!(asked(&[("retry-after", "1994-11-06T08:49:47Z")]), Some(11.0));
        assert_eq!(
            asked(&[
                ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"),
                ("date", "Sun, 06 Nov 1994 08:49:42 GMT"),
            ]),
            Some(6.0)
        );
        assert_eq!(asked(&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]), None);
        for nonsense in ["", "-3", "0", "0s", "NaN", "tomorrow", "Sun, 99 Nov", "5 apples"] {
            assert_eq!(asked(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert!(asked(&[("retry-after", "1e300")]).is_some());
        assert!(asked(&[("retry-after", "inf")]).is_some());
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn durations_as_go_writes_them() {
        let read = |text| duration(text).map(|it| it.as_secs_f64());
        for (text, seconds) in [
            ("1s", 1.0),
            ("6m0s", 360.0),
            ("120ms", 0.12),
            ("1h2m3.5s", 3723.5),
            ("2m59.56s", 179.56),
            ("250µs", 0.00025),
            ("1d2h", 93_600.0),
            ("0s", 0.0),
            ("12", 12.0),
            ("0.5", 0.5),
        ] {
            assert!(read(text).is_some_and(|read| (read - seconds).abs() < 1e-9), "{text}");
        }
        for nonsense in ["", "s", "1", "m1", "-1s", "1s2", "1x", "1.2.3s", "1784111777"] {
            let number = nonsense.parse::<f64>().is_ok_and(|it| it < 1e6);
            assert_eq!(read(nonsense).is_some(), number, "{nonsense}");
        }
    }

    #[test]
    fn openais_headers() {
        let told = left(
            &headers(&[
                ("x-ratelimit-limit-requests", "60"),
                ("x-ratelimit-remaining-requests", "59"),
                ("x-ratelimit-reset-requests", "1s"),
                ("x-ratelimit-limit-tokens", "150000"),
                ("x-ratelimit-remaining-tokens", "149984"),
                ("x-ratelimit-reset-tokens", "6m0s"),
            ]),
            now(),
        );
        let left = |remaining, limit, reset| {
            Some(Left { remaining, limit: Some(limit), reset: Duration::from_secs(reset) })
        };
        let expected = Told { requests: left(59, 60, 1), tokens: left(149_984, 150_000, 360) };
        assert_eq!(told, expected);
    }

    #[test]
    fn anthropics_headers() {
        let common = [
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "1994-11-06T08:50:00Z"),
            ("anthropic-ratelimit-tokens-remaining", "70000"),
            ("anthropic-ratelimit-tokens-reset", "1994-11-06T08:49:37.5Z"),
            ("anthropic-ratelimit-input-tokens-remaining", "60000"),
            ("anthropic-ratelimit-input-tokens-reset", "1994-11-06T08:49:38Z"),
        ];
        let told = left(&headers(&common), now());
        let wait = Duration::from_secs(23);
        assert_eq!(told.requests, Some(Left { remaining: 0, limit: Some(50), reset: wait }));
        let wait = Duration::from_millis(500);
        assert_eq!(told.tokens, Some(Left { remaining: 70_000, limit: None, reset: wait }));

        let mut used_up = common.to_vec();
        used_up.push(("anthropic-ratelimit-output-tokens-remaining", "0"));
        used_up.push(("anthropic-ratelimit-output-tokens-reset", "1994-11-06T08:49:47Z"));
        let told = left(&headers(&used_up), now());
        let wait = Duration::from_secs(10);
        assert_eq!(told.tokens, Some(Left { remaining: 0, limit: None, reset: wait }));
    }

    #[test]
    fn headers_that_cannot_be_read_tell_nothing() {
        for (remaining, reset) in [("", "1s"), ("many", "1s"), ("3", "soon"), ("NaN", "1s")] {
            let headers = headers(&[
                ("x-ratelimit-remaining-requests", remaining),
                ("x-ratelimit-reset-requests", reset),
            ]);
            assert_eq!(left(&headers, now()), Told::default(), "{remaining} {reset}");
        }
        let over = headers(&[
            ("x-ratelimit-remaining-requests", "-2"),
            ("x-ratelimit-reset-requests", "784111787"),
        ]);
        let wait = Duration::from_secs(10);
        let requests = Some(Left { remaining: 0, limit: None, reset: wait });
        assert_eq!(left(&over, now()), Told { requests, tokens: None });
    }

    proptest::proptest! {
        #[test]
        fn no_header_breaks_it(name in 0_usize..6, value in "[ -~]{0,24}") {
            let name = [
                "retry-after", "retry-after-ms", "date", "x-ratelimit-reset-requests",
                "x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-reset",
            ][name];
            let mut all = headers(&[
                ("x-ratelimit-remaining-requests", "1"),
                ("x-ratelimit-reset-requests", "1s"),
                ("anthropic-ratelimit-requests-remaining", "1"),
            ]);
            all.insert(name, value.parse().unwrap());
            let _ = (retry_after(&all, now()), left(&all, now()));
        }
    }
}
