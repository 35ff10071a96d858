//! What a worker says of its backends: what is used of their limits, and whether they are asked.

use std::sync::Arc;

use serde_json::Value;

use crate::desk::Desk;
use crate::running::Running;
use crate::server::{Asked, Fault, Script, Server};

type Faults = dyn Fn(usize, &[Asked]) -> Option<Fault> + Send + Sync;

/// What the only worker says, once it says this.
fn said(desk: &Desk, what: impl Fn(&Value) -> bool) -> Value {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(90);
    loop {
        let (_, jobs) = desk.json(&["jobs"]);
        let worker = &jobs["workers"][0];
        if what(worker) {
            return worker.clone();
        }
        assert!(std::time::Instant::now() < end, "{worker:#}");
    }
}

#[test]
fn what_is_used_of_the_limits_is_told() {
    let (gate, open) = tokio::sync::watch::channel(false);
    let server = Server::start(Script { open: Some(open), ..Script::default() });
    let limits = "concurrency = 3\nparagraphs_per_request = 1\nrequests_per_second = 50\n\
                  requests_per_minute = 600\nrequests_per_day = 1000\ntokens_per_minute = 60000\n\
                  price_in = 1.0\nprice_out = 1.0\n[pipeline]\nbudget = 2.0\n[worker]\nshare = 2\n";
    let desk = Desk::with_server(&server.url(), limits);
    desk.put("queue/new/story.md", "The ferry left.\n\nNobody waved.\n\nIt was late.\n");
    let mut worker = Running::start(&desk);
    let used = |worker: &Value, limit: &str| {
        let limit = &worker["backends"]["main"]["limits"][limit];
        (limit["used"].as_u64().unwrap_or_default(), limit["limit"].as_u64().unwrap_or_default())
    };
    // One place of three, which is half of it and at least one.
    let report = said(&desk, |worker| used(worker, "concurrency").0 > 0);
    assert_eq!(used(&report, "concurrency"), (1, 1), "{report:#}");
    gate.send_replace(true);
    worker.published(1);
    let report = said(&desk, |worker| {
        worker["done"] == 1 && used(worker, "concurrency").0 == 0 && worker["queue"]["waiting"] == 0
    });
    let requests = server.requests();
    let sent = requests.len() as u64;
    assert!(sent >= 3);
    // A worker's share: half.
    assert_eq!(used(&report, "requests_per_minute"), (sent, 300), "{report:#}");
    assert_eq!(used(&report, "requests_per_day"), (sent, 500));
    assert_eq!(used(&report, "requests_per_second").1, 25);
    let charged: usize = requests.iter().map(|it| it.charged.0 + it.charged.1).sum();
    assert_eq!(used(&report, "tokens_per_minute"), (charged as u64, 30_000));
    assert_eq!(report["backends"]["main"]["breaker"], serde_json::json!({ "state": "closed" }));
    let spent = report["budget"]["spent"].as_f64().unwrap();
    assert!((spent - charged as f64 / 1e6).abs() < 1e-9, "{report:#}");
    assert_eq!(report["budget"]["limit"], 1.0);
    let lines = desk.run(&["jobs"]).out;
    let expected = format!("backend main: closed; concurrency 0 of 1, requests_per_day {sent} of");
    assert!(lines.contains(&expected), "{lines}");
    assert!(lines.contains("budget: 0.00 of 1.00 spent today"), "{lines}");
    assert_eq!(worker.stop().code, 0);
}

#[test]
fn a_backend_that_is_down_is_told() {
    let fault: Arc<Faults> = Arc::new(|_, _| Some(Fault::Status(503, "overloaded")));
    let server = Server::start(Script { fault, ..Script::default() });
    // So many requests at once fail in a row.
    let desk = Desk::with_server(&server.url(), "paragraphs_per_request = 1\n");
    let text: String = (0..6).map(|n| format!("Ferry number {n} left.\n\n")).collect();
    desk.put("queue/new/story.md", text);
    let worker = Running::start(&desk);
    let report = said(&desk, |worker| worker["backends"]["main"]["breaker"]["state"] == "open");
    let open = &report["backends"]["main"]["breaker"];
    assert!(open["reason"].as_str().unwrap().contains("503"), "{open}");
    assert!(open["probe_in_seconds"].as_f64().unwrap() <= 25.0, "{open}");
    let since: jiff::Timestamp = open["since"].as_str().unwrap().parse().unwrap();
    assert!(since <= jiff::Timestamp::now(), "{open}");
    let lines = desk.run(&["jobs"]).out;
    assert!(lines.contains(&format!("backend main: open since {since}, next probe in")), "{lines}");
    assert_eq!(worker.stop().code, 0);
}
