//! Workers that are killed, stopped and poisoned.
//!
//! Each test has a long form: `DIPTYCH_KILLS=1000 cargo test --test it worker_crash::killed`,
//! `DIPTYCH_STOPS=100 cargo test --test it worker_crash::stopped`. What is counted is counted
//! outside of the process: by the scripted server, and in the folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diptych::queue::job::JobName;
use diptych::queue::options::Options;
use diptych::queue::spool::desk::{Desk as Spool, State, Submitted};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::desk::Desk;
use crate::running::Running;
use crate::server::{Script, Server};

/// Requests under way at once, and paragraphs in each: what a kill may cost.
const CONCURRENCY: usize = 4;
const PARAGRAPHS: usize = 2;

fn times(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}

fn seed() -> u64 {
    let seed = std::env::var("DIPTYCH_SEED").ok().and_then(|it| it.parse().ok());
    let seed = seed.unwrap_or_else(rand::random);
    println!("seed: DIPTYCH_SEED={seed}");
    seed
}

fn backend(server: &Server) -> String {
    format!(
        "[backends.main]\nurl = \"{}\"\nmodel = \"scripted\"\nconcurrency = {CONCURRENCY}\n\
         paragraphs_per_request = {PARAGRAPHS}\n",
        server.url()
    )
}

/// Hands an article in, past the command line; gives back its id.
fn submit(spool: &Spool, name: &str, text: &str) -> String {
    let name = JobName::new(name).unwrap();
    let (id, state) = spool.submit(&name, text.as_bytes(), &Options::default()).unwrap();
    assert_eq!(state, Submitted::Queued);
    id.to_string()
}

/// An article whose paragraphs no other has.
fn story(n: usize) -> String {
    let paragraphs = (0..4).map(|i| format!("Ferry number {n} left pier {i} on time.\n\n"));
    paragraphs.collect()
}

/// Where each job has ended; none may stand in two places.
fn ends(spool: &Spool) -> BTreeMap<String, State> {
    let mut ends = BTreeMap::new();
    for job in spool.list().unwrap() {
        let id = job.id.unwrap_or(job.name);
        let earlier = ends.insert(id.clone(), job.state);
        assert_eq!(earlier, None, "{id} is {:?} too", job.state);
    }
    ends
}

/// Works on until nothing is left.
fn finish(desk: &Desk, spool: &Spool) {
    let mut worker = Running::start(desk);
    loop {
        let open = ends(spool).values().filter(|state| !is_over(**state)).count();
        if open == 0 {
            break;
        }
        worker.until("\"message\":\"published\"");
    }
    assert_eq!(worker.stop().code, 0);
}

fn is_over(state: State) -> bool {
    matches!(state, State::Done | State::Failed)
}

/// Every file of what is published is the file its `result.json` names.
fn whole(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let result = std::fs::read(folder.join("result.json")).unwrap();
        let result: serde_json::Value = serde_json::from_slice(&result).unwrap();
        for (name, hash) in result["files"].as_object().unwrap() {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            assert_eq!(hash.as_str().unwrap(), diptych::pair::write::hash(&bytes), "{name}");
        }
    }
}

#[test]
fn killed_workers_lose_no_job_and_pay_for_little_twice() {
    let kills = times("DIPTYCH_KILLS", 10);
    let mut random = StdRng::seed_from_u64(seed());
    let latency = Duration::from_millis(5);
    let server = Server::start(Script { latency, ..Script::default() });
    let desk = Desk::with(&backend(&server));
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let mut ids = BTreeSet::new();
    for round in 0..kills {
        // At least 200 of them, however few kills there are of a long run.
        for _ in 0..(200_usize.div_ceil(kills).min(3) + random.random_range(0..3)) {
            ids.insert(submit(&spool, &format!("{}.md", ids.len()), &story(ids.len())));
        }
        let mut worker = if random.random_bool(0.3) {
            Running::spawn(desk.command(&["worker", "--log", "json"]))
        } else {
            Running::start(&desk)
        };
        for _ in 0..random.random_range(0..3) {
            if !worker.says_within("published", Duration::from_millis(200)) {
                break;
            }
        }
        let moment = Duration::from_micros(random.random_range(0..60_000));
        worker.says_within("never said", moment);
        worker.kill();
        let known = ends(&spool).len();
        assert!(known >= ids.len(), "round {round}: {known} of {} are known", ids.len());
    }
    finish(&desk, &spool);
    let ends = ends(&spool);
    assert_eq!(ends.keys().cloned().collect::<BTreeSet<_>>(), ids);
    let failed = ends.values().filter(|state| **state == State::Failed).count();
    for folder in ["done", "failed"] {
        whole(&desk.at("queue").join(folder));
    }
    let sent = server.requests().iter().map(|request| request.asked.len()).sum::<usize>();
    let unique = ids.len() * 4;
    let most = unique + kills * CONCURRENCY * PARAGRAPHS;
    println!(
        "{kills} kills, {} jobs: {} done, {failed} set aside after dying {} times, 0 lost; \
         {sent} paragraph-sends of {unique} paragraphs, {most} allowed",
        ids.len(),
        ids.len() - failed,
        diptych::queue::ATTEMPTS,
    );
    assert!(sent <= most, "{sent} paragraph-sends, {most} are allowed");
}

#[test]
fn a_poisonous_job_is_set_aside_and_the_hundred_behind_it_are_done() {
    let server = Server::start(Script::default());
    let desk = Desk::with(&backend(&server));
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let poison = submit(&spool, "poison.md", &story(0));
    let good: Vec<String> =
        (1..=100).map(|n| submit(&spool, &format!("{n}.md"), &story(n))).collect();
    let mut deaths = 0;
    loop {
        let mut command = desk.command(&["worker", "--log", "json"]);
        command.env("DIPTYCH_FAIL", "work:abort:poison.md");
        let mut worker = Running::spawn(command);
        let mut open = usize::MAX;
        while open > 0 && worker.says("\"message\":\"published\"") {
            open = ends(&spool).values().filter(|state| !is_over(**state)).count();
        }
        if open == 0 {
            assert_eq!(worker.stop().code, 0);
            break;
        }
        deaths += 1;
        assert!(deaths <= 3, "it dies on");
    }
    assert_eq!(deaths, 3);
    let ends = ends(&spool);
    assert_eq!(ends[&poison], State::Failed);
    assert!(good.iter().all(|id| ends[id] == State::Done), "{ends:?}");
    let (_, shown) = desk.json(&["jobs", "show", &poison]);
    let reason = shown["jobs"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("begun 3 times"), "{reason}");
    assert_eq!(shown["jobs"][0]["attempts"], 3);
}

#[test]
fn a_panic_fails_its_own_job_only() {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    let spool = Spool::open(&desk.at("queue")).unwrap();
    submit(&spool, "odd.md", &story(0));
    submit(&spool, "even.md", &story(1));
    let mut command = desk.command(&["worker", "--log", "json"]);
    command.env("DIPTYCH_FAIL", "work:panic:odd.md");
    let mut worker = Running::spawn(command);
    let mut published = worker.published(2);
    published.sort();
    let expected = [("even.md", "done"), ("odd.md", "failed")];
    assert_eq!(published, expected.map(|(name, state)| (name.to_owned(), state.to_owned())));
    assert_eq!(worker.stop().code, 0);
}

#[test]
fn stopped_workers_that_wake_up_publish_nothing_stale() {
    let stops = times("DIPTYCH_STOPS", 3);
    let mut random = StdRng::seed_from_u64(seed());
    // Each answer is another: what is published tells whose it is.
    let answers = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&answers);
    let script = Script {
        latency: Duration::from_millis(30),
        answer: Arc::new(move |_| format!("第{}个回答。", counted.fetch_add(1, Ordering::Relaxed))),
        ..Script::default()
    };
    let server = Server::start(script);
    let lease = "[queue]\nlease_seconds = 1.0\n";
    let desk = Desk::with(&(backend(&server) + lease));
    let other = backend(&server) + lease + "[memory]\npath = \".diptych/other\"\n";
    desk.put("other.toml", other);
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let (mut stale, mut jobs) = (0, 0);
    for round in 0..stops {
        let mut sleeper = Running::start(&desk);
        let ids: Vec<String> =
            (0..4).map(|i| submit(&spool, &format!("{round}-{i}.md"), &story(jobs + i))).collect();
        jobs += ids.len();
        let moment = Duration::from_micros(random.random_range(0..120_000));
        sleeper.says_within("never said", moment);
        sleeper.signal("STOP");
        let stopped = Instant::now();
        let mut taker =
            Running::spawn(desk.command(&["worker", "--config", "other.toml", "--log", "json"]));
        taker.until("watching");
        while !ids.iter().all(|id| ends(&spool).get(id) == Some(&State::Done)) {
            taker.until("\"message\":\"published\"");
        }
        let took = stopped.elapsed();
        assert!(took < Duration::from_secs(15), "round {round}: taken over after {took:?}");
        let before = contents(&desk.at("queue/done"));
        sleeper.signal("CONT");
        // It finds out of every job it had in hand, and works on.
        let last = submit(&spool, &format!("{round}-last.md"), &story(jobs));
        jobs += 1;
        while ends(&spool).get(&last) != Some(&State::Done) {
            taker.says_within("published", Duration::from_millis(20));
        }
        let ended = sleeper.stop();
        assert_eq!(ended.code, 0, "{}", ended.said);
        stale += ended.said.matches("another worker took it over").count();
        let after = contents(&desk.at("queue/done"));
        for (path, bytes) in &before {
            assert_eq!(after.get(path), Some(bytes), "round {round}: {path} was published again");
        }
        assert_eq!(taker.stop().code, 0);
    }
    assert_eq!(std::fs::read_dir(desk.at("queue/work")).unwrap().count(), 0);
    assert_eq!(ends(&spool).len(), jobs);
    println!("{stops} stops over {jobs} jobs: {stale} stale publications refused, 0 made");
}

/// Every file below a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for job in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(job.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            found.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn ten_thousand_jobs_are_claimed_from_within_five_seconds_of_the_start() {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    let new = desk.at("queue/new");
    std::fs::create_dir_all(&new).unwrap();
    for n in 0..10_000 {
        std::fs::write(new.join(format!("{n}.md")), format!("Ferry number {n} left.\n")).unwrap();
    }
    let first = Running::start(&desk);
    first.kill();
    let begun = Instant::now();
    let mut worker = Running::start(&desk);
    worker.published(1);
    let took = begun.elapsed();
    println!("10,000 queued: the first is published {took:?} after the start");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(worker.stop().code, 0);
}
