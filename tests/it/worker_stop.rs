//! A worker that is told to stop, whose files change, whose disk is full, whose backend is down.
//!
//! The long form: `DIPTYCH_TERMS=200 cargo test --test it worker_stop::told`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use diptych::queue::job::JobName;
use diptych::queue::options::Options;
use diptych::queue::spool::desk::{Desk as Spool, State};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::desk::Desk;
use crate::running::Running;
use crate::server::{Asked, Fault, Script, Server};

type Faults = dyn Fn(usize, &[Asked]) -> Option<Fault> + Send + Sync;

fn submit(spool: &Spool, name: &str, text: &str) {
    let name = JobName::new(name).unwrap();
    spool.submit(&name, text.as_bytes(), &Options::default()).unwrap();
}

fn story(n: usize) -> String {
    (0..6).map(|i| format!("Ferry number {n} left pier {i} on time.\n\n")).collect()
}

fn count(spool: &Spool, state: State) -> usize {
    spool.list().unwrap().iter().filter(|job| job.state == state).count()
}

#[test]
fn told_to_stop_it_ends_well_and_pays_for_nothing_twice() {
    let terms = std::env::var("DIPTYCH_TERMS").ok().and_then(|it| it.parse().ok()).unwrap_or(6);
    let seed = std::env::var("DIPTYCH_SEED").ok().and_then(|it| it.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("seed: DIPTYCH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let latency = Duration::from_millis(40);
    let server = Server::start(Script { latency, ..Script::default() });
    let more = "concurrency = 4\nparagraphs_per_request = 2\n[worker]\ngrace_seconds = 5.0\n";
    let desk = Desk::with_server(&server.url(), more);
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let (mut jobs, mut longest) = (0, Duration::ZERO);
    for round in 0..terms {
        for _ in 0..random.random_range(1..4) {
            submit(&spool, &format!("{jobs}.md"), &story(jobs));
            jobs += 1;
        }
        let mut worker = Running::start(&desk);
        let moment = Duration::from_micros(random.random_range(0..400_000));
        worker.says_within("never said", moment);
        let ended = worker.stop();
        assert_eq!(ended.code, 0, "round {round}: {}", ended.said);
        longest = longest.max(ended.took);
        assert_eq!(count(&spool, State::Working), 0, "round {round}: {}", ended.said);
        assert_eq!(spool.list().unwrap().len(), jobs, "round {round}");
        assert!(spool.list().unwrap().iter().all(|job| job.attempts <= 1), "round {round}");
    }
    assert!(longest < Duration::from_secs(6), "{longest:?}");
    let mut worker = Running::start(&desk);
    while count(&spool, State::Done) < jobs {
        worker.until("\"message\":\"published\"");
    }
    assert_eq!(worker.stop().code, 0);
    let sent: usize = server.requests().iter().map(|request| request.asked.len()).sum();
    assert_eq!(sent, jobs * 6, "each paragraph was paid for once");
    println!("{terms} SIGTERM over {jobs} jobs: all ended 0, at most {longest:?} later, 0 lost");
}

/// A server that takes longer than anybody waits, and says when it is asked.
fn slow_server() -> (Server, Receiver<()>) {
    let (send, asked) = std::sync::mpsc::channel();
    let fault: Arc<Faults> = Arc::new(move |_, _| {
        let _ = send.send(());
        None
    });
    let latency = Duration::from_secs(30);
    (Server::start(Script { latency, fault, ..Script::default() }), asked)
}

#[test]
fn at_the_end_of_the_grace_what_is_not_done_goes_back() {
    let (server, asked) = slow_server();
    let desk = Desk::with_server(&server.url(), "[worker]\ngrace_seconds = 0.3\n");
    let spool = Spool::open(&desk.at("queue")).unwrap();
    submit(&spool, "slow.md", &story(0));
    let worker = Running::start(&desk);
    asked.recv_timeout(Duration::from_secs(60)).unwrap();
    let ended = worker.stop();
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert!(ended.took < Duration::from_millis(1300), "{:?}", ended.took);
    assert!(ended.said.contains("not done by the end of the grace"), "{}", ended.said);
    let jobs = spool.list().unwrap();
    assert_eq!((jobs.len(), jobs[0].state, jobs[0].attempts), (1, State::New, 0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (server, asked) = slow_server();
    let desk = Desk::with_server(&server.url(), "");
    let spool = Spool::open(&desk.at("queue")).unwrap();
    submit(&spool, "slow.md", &story(0));
    let mut worker = Running::start(&desk);
    asked.recv_timeout(Duration::from_secs(60)).unwrap();
    worker.signal("TERM");
    worker.until("stopping");
    worker.signal("TERM");
    let ended = worker.ended();
    assert_eq!(ended.code, 2);
    assert!(ended.took < Duration::from_secs(1), "{:?}", ended.took);
    assert_eq!(count(&spool, State::Working), 1);
    let _worker = Running::start(&desk);
    asked.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(spool.list().unwrap()[0].attempts, 2, "taken over at once");
}

#[test]
fn a_backend_that_is_down_pauses_the_worker_and_keeps_the_jobs() {
    let fault: Arc<Faults> =
        Arc::new(|index, _| (index < 1).then_some(Fault::Status(401, "invalid_api_key")));
    let server = Server::start(Script { fault, ..Script::default() });
    let desk = Desk::with_server(&server.url(), "");
    let spool = Spool::open(&desk.at("queue")).unwrap();
    for n in 0..5 {
        submit(&spool, &format!("{n}.md"), &format!("Ferry number {n} left.\n"));
    }
    let mut worker = Running::start(&desk);
    let line = worker.until("\"pausing\"");
    assert!(line.contains("refuses the key"), "{line}");
    let published = worker.published(5);
    assert!(published.iter().all(|(_, state)| state == "done"), "{published:?}");
    let ended = worker.stop();
    assert!(ended.said.contains("going on"), "{}", ended.said);
    assert!(spool.list().unwrap().iter().all(|job| job.attempts == 1));
}

#[test]
fn a_lost_answer_is_tried_again_and_costs_the_job_no_attempt() {
    let fault: Arc<Faults> = Arc::new(|index, _| (index < 4).then_some(Fault::Reset));
    let server = Server::start(Script { fault, ..Script::default() });
    let desk = Desk::with_server(&server.url(), "");
    let spool = Spool::open(&desk.at("queue")).unwrap();
    submit(&spool, "story.md", "The ferry left.\n");
    let mut worker = Running::start(&desk);
    worker.signal("HUP");
    let published = worker.published(1);
    let said = worker.stop().said;
    assert_eq!(published, [("story.md".into(), "done".into())], "{said}");
    assert_eq!(spool.list().unwrap()[0].attempts, 1);
    assert_eq!(server.requests().len(), 5);
}

/// Requests that carry this word are answered never, so often.
fn silent(times: usize) -> Arc<Faults> {
    let left = AtomicUsize::new(times);
    Arc::new(move |_, asked| {
        let is_meant = asked.iter().any(|asked| asked.text.contains("whirlpool"));
        let less = |left: usize| left.checked_sub(1);
        let silent =
            is_meant && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        silent.then_some(Fault::Silence)
    })
}

#[test]
fn what_is_answered_too_late_counts_as_an_attempt_and_three_times_is_enough() {
    let text = "# The ferry\n\nIt met a whirlpool.\n\nNobody waved at it.\n";
    // Late twice, and then it is answered; or never.
    for (late, end, attempts) in [(2, State::Done, 3), (usize::MAX, State::Failed, 3)] {
        let server = Server::start(Script { fault: silent(late), ..Script::default() });
        let more = "paragraphs_per_request = 1\ntimeout_seconds = 1\n";
        let desk = Desk::with_server(&server.url(), more);
        let spool = Spool::open(&desk.at("queue")).unwrap();
        submit(&spool, "story.md", text);
        let mut worker = Running::start(&desk);
        let line = worker.until("\"given back\"");
        assert!(line.contains("no complete answer"), "{line}");
        worker.published(1);
        assert_eq!(worker.stop().code, 0);
        let job = spool.list().unwrap().remove(0);
        assert_eq!((job.state, job.attempts), (end, attempts));
        let sent = server.paragraphs();
        let others = sent.iter().filter(|text| !text.contains("whirlpool")).count();
        assert_eq!(others, 2, "what was bought is not bought again: {sent:?}");
        let published = std::fs::read_to_string(job.path.join("story.zh.md")).unwrap();
        if end == State::Failed {
            let reason = job.reason.unwrap();
            assert!(reason.starts_with("1 of 3 paragraphs untranslated"), "{reason}");
            assert!(published.contains("[未翻译] It met a whirlpool."), "{published}");
        } else {
            assert!(!published.contains("[未翻译]"), "{published}");
        }
    }
}

#[test]
fn a_budget_passed_midway_keeps_the_job_until_there_is_more() {
    let server = Server::start(Script::default());
    let config = |budget: f64| {
        format!(
            "[backends.main]\nurl = \"{}\"\nmodel = \"scripted\"\nparagraphs_per_request = 1\n\
             concurrency = 1\nprice_in = 1.0\nprice_out = 1.0\n[pipeline]\nbudget = {budget}\n",
            server.url()
        )
    };
    let cost = || server.requests().iter().map(|it| it.charged.0 + it.charged.1).sum::<usize>();
    let budget = 0.006;
    let desk = Desk::with(&config(budget));
    let spool = Spool::open(&desk.at("queue")).unwrap();
    submit(&spool, "story.md", &(story(0) + &story(1) + &story(2)));
    let mut worker = Running::start(&desk);
    let line = worker.until("\"pausing\"");
    assert!(line.contains("the budget of 0.006 does not reach"), "{line}");
    let bought = server.paragraphs().len();
    assert!((1..18).contains(&bought), "midway: {bought}");
    assert!(cost() as f64 / 1e6 <= budget, "{}", cost());
    assert_eq!(worker.stop().code, 0);
    let job = spool.list().unwrap().remove(0);
    assert_eq!((job.state, job.attempts), (State::New, 0));
    // It is of the day, and not of the process.
    let mut worker = Running::start(&desk);
    worker.until("\"pausing\"");
    assert!(cost() as f64 / 1e6 <= budget, "{}", cost());
    // Nor do commands get more.
    desk.put("other.md", "Another ferry left.\n");
    let ran = desk.run(&["translate", "other.md"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("the budget of 0.006 does not reach"), "{}", ran.err);
    desk.put("pipeline.toml", config(1.0));
    assert_eq!(worker.published(1), [("story.md".to_owned(), "done".to_owned())]);
    assert_eq!(worker.stop().code, 0);
    assert_eq!(server.paragraphs().len(), 18, "each is bought once");
    assert_eq!(spool.list().unwrap()[0].attempts, 1);
}

#[test]
fn changed_files_are_read_again_and_broken_ones_refused() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let mut worker = Running::start(&desk);
    submit(&spool, "1.md", "The ferry left the harbour.\n");
    worker.published(1);
    let term = "[[term]]\nen = [\"quay\"]\nzh = [\"码头\"]\n";
    desk.put("glossary/sea.toml", term);
    worker.until("read again");
    submit(&spool, "2.md", "The quay was empty.\n");
    worker.published(1);
    let last = server.requests().pop().unwrap();
    assert_eq!(last.asked[0].terms, [("quay".to_owned(), "码头".to_owned())]);
    desk.put("glossary/sea.toml", "[[term]]\nen = [\"quay\"\n");
    let line = worker.until("earlier settings stay in force");
    assert!(line.contains("sea.toml"), "{line}");
    submit(&spool, "3.md", "The quay was full.\n");
    worker.published(1);
    let last = server.requests().pop().unwrap();
    assert_eq!(last.asked[0].terms, [("quay".to_owned(), "码头".to_owned())]);
    desk.put("corrections.jsonl", "");
    desk.put("glossary/sea.toml", term);
    worker.until("read again");
    assert_eq!(worker.stop().code, 0);
}
