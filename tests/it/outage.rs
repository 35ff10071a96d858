//! A provider that is down, flaps, refuses the key, or fails now and then: little is sent in vain,
//! no article is lost, and what is up again is used again. On paused time.

use std::sync::Arc;
use std::time::Duration;

use diptych::limits::retry::Patience;
use diptych::limits::transport::{HttpResponse, TransportError};
use diptych::limits::{CallError, Limits};
use futures_util::StreamExt;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::provider::{
    Provider, backend, busy, call, door, good, paused, pipeline, settings, status, translate,
};

const LATENCY: Duration = Duration::from_millis(300);

/// Requests in a minute at full speed, under a limit of 600.
const FULL: usize = 588;

/// Falls over at once: there is another backend.
fn no_patience() -> Patience {
    Patience { outage: Duration::ZERO, ..Patience::default() }
}

fn per_minute(requests: u32) -> Limits {
    Limits { requests_per_minute: Some(requests), ..Limits::default() }
}

/// Down from one second to another.
fn down(from: u64, to: u64) -> impl Fn(Duration) -> bool {
    move |at| (from..to).contains(&at.as_secs())
}

#[test]
fn five_minutes_of_503_are_waited_out_with_few_requests() {
    // Wherever between two probes it ends.
    for end in [352_u32, 360, 367, 375] {
        paused(async {
            let down = down(60, end.into());
            let provider = Provider::new(LATENCY, move |_, at, _| {
                Ok(status(if down(at) { 503 } else { 200 }))
            });
            let door = door(&provider, &per_minute(600), Patience::default());
            let end = f64::from(end);
            let failed = busy(&door, 8, end + 91.0).await;
            assert!(failed.is_empty(), "{failed:?}");
            let vain = provider.count(0.0, end, 503);
            let after = provider.count(end + 30.0, end + 90.0, 200);
            println!("503 for five minutes: {vain} requests, {after} in the minute after 30 s");
            // The eight in flight, and a probe each 25 s.
            assert!(vain <= 8 + 8 + 12, "{vain}");
            assert!(after >= FULL, "{after}");
        });
    }
}

#[test]
fn calls_that_come_during_an_outage_send_no_more_for_it() {
    paused(async {
        let down = down(60, 360);
        let provider =
            Provider::new(LATENCY, move |_, at, _| Ok(status(if down(at) { 503 } else { 200 })));
        // Each call that is told to go elsewhere is followed by another: 80 a second.
        let failed = busy(&door(&provider, &per_minute(600), no_patience()), 8, 480.0).await;
        assert!(failed.len() > 10_000, "{}", failed.len());
        let vain = provider.count(0.0, 480.0, 503);
        assert!(vain <= 8 + 8 + 12, "{vain}");
        assert!(provider.count(390.0, 450.0, 200) >= FULL);
    });
}

#[test]
fn what_fails_half_of_the_time_is_not_sent_twice_as_much() {
    paused(async {
        let rng = std::sync::Mutex::new(StdRng::seed_from_u64(5));
        let provider = Provider::new(LATENCY, move |_, _, _| {
            Ok(status(if rng.lock().unwrap().random_bool(0.5) { 500 } else { 200 }))
        });
        let failed = busy(&door(&provider, &per_minute(600), no_patience()), 8, 600.0).await;
        let sent = provider.seen().len();
        let answered = provider.count(0.0, 600.0, 200);
        // Calls that were told to go elsewhere before anything left are no first attempts.
        let given_up = failed.iter().filter(|error| !matches!(error, CallError::Closed { .. }));
        let first = answered + given_up.count();
        println!("half fail: {sent} requests for {first} first attempts");
        // The reserve, what fills it in ten minutes, and those in flight at the end.
        assert!(sent as f64 <= 1.1 * first as f64 + 10.0 + 60.0 + 8.0, "{sent} for {first}");
    });
}

#[test]
fn a_lone_call_outlives_a_minute() {
    paused(async {
        let down = down(0, 60);
        let provider =
            Provider::new(LATENCY, move |_, at, _| Ok(status(if down(at) { 502 } else { 200 })));
        let door = door(&provider, &Limits::default(), Patience::default());
        assert_eq!(call(&door, 1).await, Ok(200));
        let times = provider.times();
        assert!(times.len() <= 8 && times.last().is_some_and(|last| *last < 90.0), "{times:?}");
    });
}

#[test]
fn a_server_that_restarts_is_waited_for() {
    paused(async {
        let down = down(10, 100);
        let provider = Provider::new(LATENCY, move |_, at, _| match down(at) {
            true => Err(TransportError::Connect("refused".into())),
            false => Ok(status(200)),
        });
        let failed = busy(&door(&provider, &per_minute(600), Patience::default()), 8, 200.0).await;
        assert!(failed.is_empty(), "{failed:?}");
        assert!(provider.count(130.0, 190.0, 200) >= FULL);
    });
}

#[test]
fn patience_ends_for_all_at_once() {
    paused(async {
        let provider = Provider::new(LATENCY, |_, _, _| Ok(status(503)));
        let patience = Patience { outage: Duration::from_secs(120), ..Patience::default() };
        let door = door(&provider, &Limits { concurrency: 4, ..Limits::default() }, patience);
        let begin = tokio::time::Instant::now();
        let calls = futures_util::future::join_all((0..50).map(|_| call(&door, 1))).await;
        assert!(calls.iter().all(Result::is_err));
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(150), "fifty calls, one patience: {took:?}");
    });
}

#[test]
fn the_spare_is_asked_while_the_main_one_is_down_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    paused(async {
        let is_down = down(20, 100);
        let main = Provider::new(LATENCY, move |_, at, request| {
            Ok(if is_down(at) { status(503) } else { good(request) })
        });
        let spare = Provider::new(LATENCY, |_, _, request| Ok(good(request)));
        let first =
            diptych::backend::http::Settings { patience: no_patience(), ..settings("main") };
        let pipeline = pipeline(
            folder.path(),
            vec![backend(&main, first), backend(&spare, settings("spare"))],
        );
        for i in 0..200 {
            let done = translate(&pipeline, &format!("story-{i}"), 3).await;
            assert!(done.pair.is_complete(), "{:?}", done.failures);
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        let (main, spare) = (main.times(), spare.times());
        let (first, last) = (spare[0], spare[spare.len() - 1]);
        println!("down from 20 to 100 s: the spare one was asked from {first:.0} to {last:.0} s");
        assert!((20.0..45.0).contains(&first), "{first}");
        assert!((100.0..130.0).contains(&last), "{last}");
        assert!(main.iter().filter(|at| **at > last).count() > 30, "it came back");
    });
}

#[test]
fn a_refused_key_is_tried_once_in_five_minutes_and_taken_when_it_is_good_again() {
    for code in [401, 402] {
        let folder = tempfile::tempdir().unwrap();
        paused(async {
            let is_down = down(0, 1000);
            let main = Provider::new(LATENCY, move |_, at, request| {
                Ok(if is_down(at) { status(code) } else { good(request) })
            });
            let spare = Provider::new(LATENCY, |_, _, request| Ok(good(request)));
            let pipeline = pipeline(
                folder.path(),
                vec![backend(&main, settings("main")), backend(&spare, settings("spare"))],
            );
            for i in 0..140 {
                let done = translate(&pipeline, &format!("story-{i}"), 2).await;
                assert!(done.pair.is_complete(), "{:?}", done.failures);
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
            let refused: Vec<f64> =
                main.seen().iter().filter(|seen| seen.status == code).map(|seen| seen.at).collect();
            println!("{code}: probed at {refused:.0?}");
            assert_eq!(refused.len(), 4, "{refused:?}");
            assert!(refused.windows(2).all(|pair| pair[1] - pair[0] >= 300.0), "{refused:?}");
            assert!(main.count(1200.0, 1500.0, 200) > 15, "taken again");
        });
    }
}

#[test]
fn a_parked_backend_alone_fails_at_once_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    paused(async {
        let main = Provider::new(LATENCY, |_, _, _| Ok(status(401)));
        let pipeline = pipeline(folder.path(), vec![backend(&main, settings("main"))]);
        let begin = tokio::time::Instant::now();
        for i in 0..20 {
            let done = translate(&pipeline, &format!("story-{i}"), 2).await;
            let (_, why) = &done.failures[0];
            assert!(why.to_string().contains("refuses the key"), "{why}");
        }
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert_eq!(main.seen().len(), 1);
    });
}

#[test]
fn fifty_of_fifty_articles_through_errors_resets_and_truncated_bodies() {
    for seed in 0..4 {
        fifty_articles(seed);
    }
}

fn fifty_articles(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    paused(async {
        let rng = std::sync::Mutex::new(StdRng::seed_from_u64(seed));
        let provider = Provider::new(LATENCY, move |_, _, request| {
            let mut rng = rng.lock().unwrap();
            match rng.random_range(0..200) {
                0..10 => Ok(status(500)),
                10..14 => Err(TransportError::Lost("connection reset".into())),
                14 => Err(TransportError::Lost("end of file before message length".into())),
                15 => {
                    let mut body = good(request).body;
                    body.truncate(body.len() / 2);
                    Ok(HttpResponse::new(200, body))
                }
                _ => Ok(good(request)),
            }
        });
        let one = diptych::backend::http::Settings {
            limits: per_minute(600),
            capacity: diptych::backend::Capacity::of_tokens(2, 4096),
            ..settings("main")
        };
        let pipeline = Arc::new(pipeline(folder.path(), vec![backend(&provider, one)]));
        let articles = (0..50).map(|i| {
            let pipeline = Arc::clone(&pipeline);
            async move { translate(&pipeline, &format!("story-{i}"), 16).await }
        });
        let done: Vec<_> = futures_util::stream::iter(articles).buffered(16).collect().await;
        let complete = done.iter().filter(|done| done.pair.is_complete()).count();
        let sent = provider.seen().len();
        let wrong = provider.seen().iter().filter(|seen| seen.status != 200).count();
        println!("{complete} of 50 articles, {sent} requests for 400, {wrong} of them failed");
        assert_eq!(complete, 50);
        assert!(sent <= 480, "{sent}");
    });
}
