//! In which order a worker takes what waits, while more arrives.

use diptych::queue::job::JobName;
use diptych::queue::options::Options;
use diptych::queue::spool::desk::Desk as Spool;
use jiff::Timestamp;
use serde_json::Value;

use crate::desk::Desk;
use crate::running::Running;
use crate::server::{Script, Server};

const WAITING: usize = 1000;
const URGENT: usize = 40;

/// When each job was begun, in this order.
fn begun(said: &str) -> Vec<(Timestamp, String)> {
    let lines = said.lines().filter(|line| line.contains("\"message\":\"begun\""));
    let begun = lines.map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let at = line["timestamp"].as_str().unwrap().parse().unwrap();
        (at, line["span"]["article"].as_str().unwrap().to_owned())
    });
    begun.collect()
}

#[test]
fn a_job_with_priority_that_arrives_is_claimed_next() {
    let server = Server::start(Script::default());
    let more = "concurrency = 4\n[worker]\narticles = 4\n";
    let desk = Desk::with_server(&server.url(), more);
    for n in 0..WAITING {
        desk.put(&format!("queue/new/{n}.md"), format!("Article number {n} of many.\n"));
    }
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let mut worker = Running::start(&desk);
    let mut arrived = Vec::new();
    for n in 0..URGENT {
        worker.published(WAITING / URGENT / 2);
        let (name, text) = (format!("urgent-{n}.md"), format!("Nothing else matters: {n}.\n"));
        if n % 2 == 0 {
            let options = Options { priority: 9, ..Options::default() };
            spool.submit(&JobName::new(&name).unwrap(), text.as_bytes(), &options).unwrap();
        } else {
            // As any program hands it in.
            desk.put(&format!("queue/new/{name}.job.toml"), "priority = 9\n");
            desk.put(&name, text);
            std::fs::rename(desk.at(&name), desk.at("queue/new").join(&name)).unwrap();
        }
        arrived.push((Timestamp::now(), name));
    }
    let waiting = spool.list().unwrap().iter().filter(|job| job.priority == 0).count();
    assert!(waiting > WAITING / 4, "the last arrived behind {waiting}");
    while worker.until("\"message\":\"published\"").contains("urgent") {}
    worker.published(URGENT);
    let begun = begun(&worker.stop().said);
    let before = arrived.iter().map(|(arrived, name)| {
        let own = begun.iter().position(|(_, it)| it == name).unwrap();
        let before: Vec<_> = begun[..own].iter().filter(|(at, _)| at > arrived).collect();
        // The one claim that was being made when it arrived is finished.
        assert!(before.len() <= 1, "{name} came after {before:?}");
        before.len()
    });
    let after = before.filter(|before| *before > 0).count();
    println!(
        "{URGENT} arrived: {} claimed next, {after} after the claim in the making",
        URGENT - after
    );
}
