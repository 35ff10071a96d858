//! Law 7: never over the limit, and the limit used. On paused time, with a transport in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use diptych::limits::ledger::{Kept, Ledger, Used};
use diptych::limits::retry::Patience;
use diptych::limits::stop::{Stop, stop};
use diptych::limits::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use diptych::limits::{CallError, Demand, Door, Limits, Verdict};
use futures_util::future::{BoxFuture, join_all};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MONTH: Duration = Duration::from_secs(31 * 24 * 60 * 60);

type Outcome = Result<HttpResponse, TransportError>;
type Script = dyn Fn(usize) -> Outcome + Send + Sync;

/// Notes when each request leaves, and what its body says it uses.
struct Wire {
    latency: Duration,
    script: Box<Script>,
    sent: Mutex<Vec<(Instant, u64)>>,
}

impl Wire {
    fn new(latency: Duration, script: impl Fn(usize) -> Outcome + Send + Sync + 'static) -> Self {
        Self { latency, script: Box::new(script), sent: Mutex::default() }
    }

    fn good(latency: Duration) -> Self {
        Self::new(latency, |_| Ok(HttpResponse::new(200, Vec::new())))
    }

    fn times(&self, from: Instant) -> Vec<f64> {
        self.sent.lock().unwrap().iter().map(|(at, _)| (*at - from).as_secs_f64()).collect()
    }

    /// The most that any closed window of this length holds: of requests, and of tokens.
    fn most(&self, window: Duration) -> (usize, u64) {
        let sent = self.sent.lock().unwrap();
        let (mut from, mut tokens, mut most) = (0, 0, (0, 0));
        for (to, (at, used)) in sent.iter().enumerate() {
            tokens += used;
            while *at - sent[from].0 > window {
                tokens -= sent[from].1;
                from += 1;
            }
            most = (most.0.max(to + 1 - from), most.1.max(tokens));
        }
        most
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Outcome> {
        let used = std::str::from_utf8(&request.body).unwrap().parse().unwrap_or(0);
        let index = {
            let mut sent = self.sent.lock().unwrap();
            sent.push((Instant::now(), used));
            sent.len() - 1
        };
        Box::pin(async move {
            tokio::time::sleep(self.latency).await;
            (self.script)(index).map(|response| HttpResponse { body: request.body, ..response })
        })
    }
}

fn door(wire: &Arc<Wire>, limits: &Limits) -> Door {
    // A day's limit is waited for, if it takes a month.
    let patience = Patience { longest_wait: 40 * DAY, ..Patience::default() };
    Door::new(Arc::clone(wire) as Arc<dyn Transport>, limits, patience, Stop::never(), 7)
}

fn per_minute(requests: u32) -> Limits {
    Limits { requests_per_minute: Some(requests), concurrency: 1000, ..Limits::default() }
}

/// Sets the limit on requests in one of the windows; gives the window's length.
fn requests_in(limits: &mut Limits, window: usize, limit: u32) -> Duration {
    let (field, length) = match window {
        0 => (&mut limits.requests_per_second, SECOND),
        1 => (&mut limits.requests_per_minute, MINUTE),
        2 => (&mut limits.requests_per_day, DAY),
        _ => (&mut limits.requests_per_month, MONTH),
    };
    *field = Some(limit);
    length
}

/// Sets the limit on tokens or characters in one of the windows; gives the window's length.
fn amounts_in(limits: &mut Limits, window: usize, limit: u32) -> Duration {
    let (field, length) = match window {
        0 => (&mut limits.tokens_per_minute, MINUTE),
        1 => (&mut limits.tokens_per_day, DAY),
        2 => (&mut limits.characters_per_minute, MINUTE),
        _ => (&mut limits.characters_per_month, MONTH),
    };
    *field = Some(limit);
    length
}

/// Sends a request that says how much it uses.
async fn call(door: &Door, estimate: u64, used: u64) -> Result<HttpResponse, CallError> {
    let request = HttpRequest {
        method: reqwest::Method::POST,
        url: "http://127.0.0.1/".parse().unwrap(),
        headers: Default::default(),
        key: None,
        body: used.to_string().into_bytes(),
    };
    let judge = |response: &HttpResponse| match response.status {
        408 | 429 | 500..=599 => Verdict::Again { message: "busy".into() },
        _ => Verdict::Final {
            tokens: std::str::from_utf8(&response.body).unwrap().parse().ok(),
            characters: std::str::from_utf8(&response.body).unwrap().parse().ok(),
        },
    };
    let demand = Demand { tokens: estimate, characters: estimate };
    door.call(&request, demand, &judge).await.map(|answered| answered.response)
}

/// Runs a future on a paused clock of its own.
fn paused<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap().block_on(future)
}

/// Requests that come in bursts with idle times between.
async fn arrive(door: &Door, arrivals: &[(u64, usize)], cost: impl Fn(usize) -> (u64, u64)) {
    let mut calls = Vec::new();
    let mut at = Duration::ZERO;
    for &(idle, count) in arrivals {
        at += Duration::from_millis(idle);
        for _ in 0..count {
            let (estimate, used) = cost(calls.len());
            calls.push(async move {
                tokio::time::sleep(at).await;
                call(door, estimate, used).await.unwrap();
            });
        }
    }
    join_all(calls).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_window_of_requests_is_over_the_limit(
        limit in prop_oneof![1_u32..20, 90_u32..130, 200_u32..2000],
        window in 0_usize..4,
        burst in prop_oneof![Just(0_u64), Just(1000), 0_u64..90_000],
        arrivals in proptest::collection::vec((0_u64..150_000, 1_usize..120), 1..12),
    ) {
        paused(async {
            let mut limits = Limits { concurrency: 64, ..Limits::default() };
            limits.burst = Duration::from_millis(burst);
            let length = requests_in(&mut limits, window, limit);
            let wire = Arc::new(Wire::good(Duration::from_millis(700)));
            arrive(&door(&wire, &limits), &arrivals, |_| (1, 1)).await;
            let most = wire.most(length).0;
            prop_assert!(most <= limit as usize, "{most} of {limit}");
            Ok(())
        })?;
    }

    #[test]
    fn no_window_of_amounts_or_requests_is_over_the_limit(
        window in 0_usize..4,
        limit in 1_000_u32..300_000,
        requests in 5_u32..400,
        sizes in proptest::collection::vec(1_u64..9_000, 1..20),
        arrivals in proptest::collection::vec((0_u64..100_000, 1_usize..60), 1..8),
    ) {
        paused(async {
            let mut limits = Limits {
                requests_per_minute: Some(requests),
                concurrency: 16,
                ..Limits::default()
            };
            let length = amounts_in(&mut limits, window, limit);
            let wire = Arc::new(Wire::good(Duration::from_secs(3)));
            // Estimates that hold: what is reserved is what is used.
            let cost = |i: usize| {
                let size = sizes[i % sizes.len()].min(limit.into());
                (size, size)
            };
            arrive(&door(&wire, &limits), &arrivals, cost).await;
            let most = wire.most(MINUTE).0;
            prop_assert!(most <= requests as usize, "{most} of {requests} requests");
            let used = wire.most(length).1;
            prop_assert!(used <= limit.into(), "{used} of {limit}");
            Ok(())
        })?;
    }
}

/// What was kept, in memory.
#[derive(Default)]
struct Shelf {
    used: Mutex<Option<Used>>,
    writes: Mutex<usize>,
}

impl Kept for Shelf {
    fn load(&self) -> std::io::Result<Option<Used>> {
        Ok(self.used.lock().unwrap().clone())
    }

    fn store(&self, used: &Used) -> std::io::Result<()> {
        *self.used.lock().unwrap() = Some(used.clone());
        *self.writes.lock().unwrap() += 1;
        Ok(())
    }
}

/// A process that is killed after `seconds`, and how long until the next one starts.
#[derive(Clone, Copy, Debug)]
struct Life {
    seconds: f64,
    pause: f64,
    /// How far the wall clock is set, in seconds, while nothing runs.
    set_clock: f64,
}

fn life() -> impl Strategy<Value = Life> {
    let set_clock = prop_oneof![4 => Just(0.0), 1 => -4000.0..0.0_f64];
    (0.0..150.0_f64, prop_oneof![Just(0.0), 0.0..90.0_f64], set_clock)
        .prop_map(|(seconds, pause, set_clock)| Life { seconds, pause, set_clock })
}

/// Work without end, through doors that are rebuilt from what was kept.
async fn live(wire: &Arc<Wire>, shelf: &Arc<Shelf>, limits: &Limits, lives: &[Life], size: u64) {
    let begin = Instant::now();
    let set = Arc::new(Mutex::new(1_700_000_000.0));
    for life in lives {
        let wall = {
            let set = Arc::clone(&set);
            let elapsed = move || begin.elapsed().as_secs_f64() + *set.lock().unwrap();
            Arc::new(move || std::time::UNIX_EPOCH + Duration::from_secs_f64(elapsed()))
        };
        let ledger = Ledger::new(Arc::clone(shelf) as Arc<dyn Kept>, wall);
        let door = door(wire, limits).with_ledger(ledger);
        let work = join_all((0..1500).map(|_| call(&door, size, size)));
        let _ = tokio::time::timeout(Duration::from_secs_f64(life.seconds), work).await;
        // Killed: it keeps nothing more.
        std::mem::forget(door);
        tokio::time::sleep(Duration::from_secs_f64(life.pause)).await;
        *set.lock().unwrap() += life.set_clock;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn no_restart_opens_a_fresh_burst(
        limit in prop_oneof![1_u32..20, 90_u32..130, 200_u32..2000],
        amount in prop_oneof![Just(None), (20_000_u32..300_000).prop_map(Some)],
        of in 0_usize..4,
        window in 0_usize..4,
        burst in prop_oneof![Just(0_u64), Just(1000), 0_u64..90_000],
        size in 100_u64..3_000,
        lives in proptest::collection::vec(life(), 6),
    ) {
        paused(async {
            let mut limits = Limits { concurrency: 64, ..Limits::default() };
            limits.burst = Duration::from_millis(burst);
            let of = amount.map(|amount| (amounts_in(&mut limits, of, amount), amount));
            let length = requests_in(&mut limits, window, limit);
            let (wire, shelf) = (Arc::new(Wire::good(Duration::from_millis(700))), Arc::default());
            live(&wire, &shelf, &limits, &lives, size).await;
            let most = wire.most(length).0;
            prop_assert!(most <= limit as usize, "{most} of {limit}");
            if let Some((length, amount)) = of {
                let used = wire.most(length).1;
                prop_assert!(used <= amount.into(), "{used} of {amount}");
            }
            Ok(())
        })?;
    }
}

#[test]
fn a_rebuilt_door_forfeits_little_and_writes_seldom() {
    paused(async {
        let limits = per_minute(600);
        let (wire, shelf) =
            (Arc::new(Wire::good(Duration::from_millis(300))), Arc::new(Shelf::default()));
        let from = Instant::now();
        let lives = [Life { seconds: 100.0, pause: 0.0, set_clock: 0.0 }; 6];
        live(&wire, &shelf, &limits, &lives, 1).await;
        let sent = wire.times(from).len();
        let writes = *shelf.writes.lock().unwrap();
        let share = sent as f64 / 6000.0;
        println!("ten minutes, five restarts: {:.1} % of the limit, {writes} writes", share * 1e2);
        assert!(share >= 0.98, "{share}");
        assert!(wire.most(MINUTE).0 <= 600);
        // A block is 1 % of the window: one write for every seven requests.
        assert!(writes <= sent / 6 && writes >= sent / 8, "{writes} writes for {sent}");
    });
}

#[test]
fn nothing_is_kept_where_no_limit_is_set() {
    paused(async {
        let (wire, shelf) = (Arc::new(Wire::good(SECOND)), Arc::new(Shelf::default()));
        let life = Life { seconds: 10.0, pause: 0.0, set_clock: 0.0 };
        live(&wire, &shelf, &Limits::default(), &[life], 1).await;
        assert!(shelf.used.lock().unwrap().is_none());
        assert!(!wire.times(Instant::now()).is_empty());
    });
}

/// What share of the limit is used while there is work.
fn share_used(limit: u32, minutes: u32) -> f64 {
    paused(async {
        let wire = Arc::new(Wire::good(Duration::from_millis(300)));
        let count = (limit * minutes) as usize;
        let from = Instant::now();
        arrive(&door(&wire, &per_minute(limit)), &[(0, count)], |_| (1, 1)).await;
        let last = wire.times(from).last().copied().unwrap();
        assert!(wire.most(MINUTE).0 <= limit as usize);
        count as f64 / (f64::from(limit) * last / 60.0)
    })
}

#[test]
fn a_limit_of_requests_is_used() {
    for (limit, minutes) in [(100, 10), (110, 9), (119, 8), (120, 8), (150, 6), (600, 4), (3000, 2)]
    {
        let share = share_used(limit, minutes);
        assert!(share >= 0.98, "{share} of {limit}");
    }
    for limit in [2, 10, 30, 99] {
        let share = share_used(limit, 15);
        assert!(share >= 0.97, "{share} of {limit}");
    }
}

#[test]
fn a_day_or_a_month_may_go_at_once() {
    let begun = |set: fn(&mut Limits) -> Duration| {
        paused(async {
            let mut limits = Limits { concurrency: 4, ..Limits::default() };
            let length = set(&mut limits);
            let wire = Arc::new(Wire::good(Duration::from_millis(300)));
            let from = Instant::now();
            arrive(&door(&wire, &limits), &[(0, 150)], |_| (1_000, 1_000)).await;
            let times = wire.times(from);
            assert!(times[99] < 10.0, "{}", times[99]);
            // The rest leaves a window later, not a moment sooner.
            assert!(times[100] > length.as_secs_f64(), "{}", times[100]);
        });
    };
    begun(|limits| requests_in(limits, 2, 100));
    begun(|limits| requests_in(limits, 3, 100));
    begun(|limits| amounts_in(limits, 3, 100_000));
}

#[test]
fn a_limit_used_up_for_long_is_told() {
    paused(async {
        let limits = Limits { characters_per_month: Some(1_000), ..Limits::default() };
        let wire = Arc::new(Wire::good(SECOND));
        let transport = Arc::clone(&wire) as Arc<dyn Transport>;
        let door = Door::new(transport, &limits, Patience::default(), Stop::never(), 7);
        call(&door, 900, 900).await.unwrap();
        match call(&door, 200, 200).await {
            Err(CallError::Closed { reason, again_in }) => {
                assert_eq!(reason, "characters_per_month is used up");
                assert!(again_in > MONTH - MINUTE && again_in <= MONTH);
            }
            other => panic!("{other:?}"),
        }
        // What still fits is sent.
        call(&door, 90, 90).await.unwrap();
    });
}

#[test]
fn a_process_that_ends_by_itself_forfeits_nothing() {
    paused(async {
        let limits = Limits { characters_per_month: Some(100_000), ..Limits::default() };
        let (wire, shelf) = (Arc::new(Wire::good(SECOND)), Arc::new(Shelf::default()));
        for _ in 0..100 {
            let kept = Arc::clone(&shelf) as Arc<dyn Kept>;
            let wall = || std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
            let door = door(&wire, &limits).with_ledger(Ledger::new(kept, Arc::new(wall)));
            // Without a block each run would promise as much again.
            call(&door, 990, 990).await.unwrap();
        }
        assert!(Instant::now() - wire.sent.lock().unwrap()[0].0 < 2 * MINUTE);
    });
}

/// Requests of at most 2 % of a window, whose estimates are wrong by a factor and by chance.
fn tokens_used(factor: f64, spread: f64, minutes: f64) -> (f64, f64) {
    const LIMIT: u32 = 200_000;
    paused(async {
        let limits =
            Limits { tokens_per_minute: Some(LIMIT), concurrency: 16, ..Limits::default() };
        let wire = Arc::new(Wire::good(Duration::from_secs(8)));
        let mut rng = StdRng::seed_from_u64(3);
        let costs: Vec<(u64, u64)> = (0..(minutes * 100.0) as usize)
            .map(|_| {
                let used: f64 = rng.random_range(1_000.0..4_000.0);
                let off = factor * rng.random_range(1.0 - spread..=1.0 + spread);
                ((used * off) as u64, used as u64)
            })
            .collect();
        let from = Instant::now();
        let door = door(&wire, &limits);
        arrive(&door, &[(0, costs.len())], |i| costs[i]).await;
        let last = wire.times(from).last().copied().unwrap();
        let sum: u64 = costs.iter().map(|(_, used)| used).sum();
        let most = wire.most(MINUTE).1 as f64 / f64::from(LIMIT);
        (sum as f64 / (f64::from(LIMIT) * last / 60.0), most)
    })
}

#[test]
fn a_limit_of_tokens_is_used_in_true_usage() {
    for (factor, spread) in [(1.0, 0.0), (1.0, 0.3), (1.5, 0.3), (2.0, 0.4)] {
        let (share, most) = tokens_used(factor, spread, 20.0);
        println!("estimates {factor} ± {spread}: {share:.3} used, at most {most:.3} in a window");
        assert!(share >= 0.9, "{share} with estimates of {factor} ± {spread}");
        assert!(most <= 1.0, "{most} with estimates of {factor} ± {spread}");
    }
}

#[test]
fn estimates_that_are_too_low_are_charged_afterwards() {
    let (_, most) = tokens_used(0.7, 0.2, 20.0);
    // Only what left before the first true count is over its reservation.
    assert!(most <= 1.05, "{most}");
}

#[test]
fn a_large_request_is_not_starved() {
    paused(async {
        let limits =
            Limits { tokens_per_minute: Some(60_000), concurrency: 64, ..Limits::default() };
        let wire = Arc::new(Wire::good(SECOND));
        let door = door(&wire, &limits);
        let from = Instant::now();
        let small = arrive(&door, &[(0, 200), (1000, 600)], |_| (100, 100));
        let large = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            call(&door, 20_000, 20_000).await.unwrap();
            (Instant::now() - from).as_secs_f64()
        };
        let ((), took) = tokio::join!(small, large);
        // 200 small ones stood before it: 20 s; it needs 20 s of tokens itself.
        assert!(took < 60.0, "{took}");
    });
}

fn told(status: u16, header: &'static str, value: &str) -> Outcome {
    let mut response = HttpResponse::new(status, Vec::new());
    response.headers.insert(header, value.parse().unwrap());
    Ok(response)
}

#[test]
fn retry_after_is_for_everyone_and_never_early() {
    for (header, value, wait) in [
        ("retry-after", "20", 20.0),
        ("retry-after", "1.5", 1.5),
        ("retry-after-ms", "700", 0.7),
        ("retry-after", "Fri, 01 Jan 2038 00:00:00 GMT", f64::INFINITY),
    ] {
        paused(async {
            let wire = Arc::new(Wire::new(Duration::from_millis(100), move |index| {
                if index == 0 {
                    told(429, header, value)
                } else {
                    Ok(HttpResponse::new(200, vec![]))
                }
            }));
            let door = door(&wire, &Limits { concurrency: 2, ..Limits::default() });
            let from = Instant::now();
            let late = async {
                tokio::time::sleep(Duration::from_millis(150)).await;
                call(&door, 1, 1).await
            };
            let (first, second) = tokio::join!(call(&door, 1, 1), late);
            if wait.is_infinite() {
                for outcome in [first, second] {
                    assert!(matches!(outcome, Err(CallError::Busy { retry_after: Some(_), .. })));
                }
                assert_eq!(wire.times(from).len(), 1);
                return;
            }
            first.unwrap();
            second.unwrap();
            let times = wire.times(from);
            assert_eq!(times.len(), 3);
            assert!(times[1..].iter().all(|at| *at >= 0.1 + wait), "{times:?}");
            assert!(times[1..].iter().all(|at| *at <= 0.2 + wait * 1.1), "{times:?}");
        });
    }
}

#[test]
fn a_pause_told_while_others_wait_holds_them_too() {
    paused(async {
        let wire = Arc::new(Wire::new(Duration::from_millis(500), |index| match index {
            0 => told(429, "retry-after", "30"),
            1 => told(429, "retry-after", "1"),
            _ => Ok(HttpResponse::new(200, vec![])),
        }));
        // One leaves each 606 ms: the third waits for its place when the first is told to wait.
        let door = door(&wire, &per_minute(100));
        let from = Instant::now();
        let calls = (0..4).map(|_| call(&door, 1, 1));
        assert!(join_all(calls).await.iter().all(Result::is_ok));
        let times = wire.times(from);
        // The shorter pause, told later, shortens nothing.
        assert!(times[2..].iter().all(|at| *at >= 30.5), "{times:?}");
    });
}

#[test]
fn patience_ends() {
    let attempts_with = |patience: Patience, script: fn(usize) -> Outcome| {
        paused(async {
            let wire = Arc::new(Wire::new(Duration::from_millis(1), script));
            let transport = Arc::clone(&wire) as Arc<dyn Transport>;
            let door = Door::new(transport, &Limits::default(), patience, Stop::never(), 7);
            let error = call(&door, 1, 1).await.err();
            let sent = wire.sent.lock().unwrap().len();
            (sent, error)
        })
    };
    let attempts = |script| attempts_with(Patience::default(), script);
    let busy = |_| Ok(HttpResponse::new(503, vec![]));
    // Five, and it is down: with somewhere else to go at once, else with a probe each 25 s.
    let outage = |seconds| Patience { outage: Duration::from_secs(seconds), ..Patience::default() };
    let ended = attempts_with(outage(0), busy);
    assert!(matches!(ended, (5, Some(CallError::Busy { attempts: 5, .. }))), "{ended:?}");
    let ended = attempts_with(outage(110), busy);
    assert!(matches!(ended, (9, Some(CallError::Busy { attempts: 9, .. }))), "{ended:?}");
    // Others are answered: this one is given up.
    let alternating = |index| Ok(HttpResponse::new(if index % 3 == 2 { 408 } else { 503 }, vec![]));
    let ended = attempts_with(outage(0), alternating);
    assert!(matches!(ended, (6, Some(CallError::Busy { attempts: 6, .. }))), "{ended:?}");
    let (sent, error) = attempts(|_| Err(TransportError::Connect("refused".into())));
    assert_eq!((sent, error), (3, Some(CallError::Unreachable { reason: "refused".into() })));
    assert_eq!(attempts(|_| Err(TransportError::Lost("reset".into()))).0, 3);
    assert_eq!(attempts(|_| Err(TransportError::Tls("expired".into()))).0, 1);
    // A server that has answered is waited for when it restarts.
    let restarts = |index| match index {
        0 => Ok(HttpResponse::new(503, vec![])),
        1..=4 => Err(TransportError::Connect("refused".into())),
        _ => Ok(HttpResponse::new(200, vec![])),
    };
    assert_eq!(attempts(restarts), (6, None));
}

#[test]
fn waits_end_at_a_stop() {
    paused(async {
        let wire = Arc::new(Wire::new(SECOND, |_| told(429, "retry-after", "60")));
        let (switch, stop) = stop();
        let limits = Limits { concurrency: 1, ..Limits::default() };
        let door = Door::new(
            Arc::clone(&wire) as Arc<dyn Transport>,
            &limits,
            Patience::default(),
            stop,
            7,
        );
        let from = Instant::now();
        let stopping = async {
            tokio::time::sleep(5 * SECOND).await;
            switch.stop();
        };
        let (one, two, ()) = tokio::join!(call(&door, 1, 1), call(&door, 1, 1), stopping);
        assert_eq!((one.unwrap_err(), two.unwrap_err()), (CallError::Stopped, CallError::Stopped));
        assert_eq!(Instant::now() - from, 5 * SECOND);
        assert_eq!(wire.times(from).len(), 1);
    });
}

#[test]
fn a_permit_is_free_while_its_request_waits_to_be_sent_again() {
    paused(async {
        let wire = Arc::new(Wire::new(Duration::from_millis(10), |index| match index {
            0 => Ok(HttpResponse::new(503, vec![])),
            _ => Ok(HttpResponse::new(200, vec![])),
        }));
        let door = door(&wire, &Limits { concurrency: 1, ..Limits::default() });
        let from = Instant::now();
        let calls = (0..3).map(|_| call(&door, 1, 1));
        join_all(calls).await;
        let times = wire.times(from);
        assert!(times[1] < 0.1 && times[2] < 0.1 && times[3] > 0.5, "{times:?}");
    });
}
