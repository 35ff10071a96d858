//! One job while the system fails under the worker: at every call that opens, writes, flushes,
//! renames, links or removes.
//!
//! Faults are counted by thread. So there are two tests: one in which the worker fails from its
//! start, where a fault of the main thread may hide the same of a later one, and one in which it is
//! at work already when the job comes.
//!
//! Needs `strace`; where there is none it says so and is skipped. The long form, every call:
//! `DIPTYCH_FAULTS=all cargo test --test it worker_faults -- --nocapture`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use diptych::queue::spool::desk::{Desk as Spool, State};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::desk::Desk;
use crate::running::Running;

const STORY: &str = "# The ferry\n\nThe ferry left on time.\n\nNobody waved at it.\n";

/// What is done to which call.
const FAULTS: [(&str, &str); 26] = [
    ("openat", "signal=KILL"),
    ("openat", "error=EIO"),
    ("openat", "error=ENOSPC"),
    ("write", "signal=KILL"),
    ("write", "error=EIO"),
    ("write", "error=ENOSPC"),
    ("write", "retval=2"),
    ("fsync", "signal=KILL"),
    ("fsync", "error=EIO"),
    ("fsync", "error=ENOSPC"),
    ("rename", "signal=KILL"),
    ("rename", "error=EIO"),
    ("rename", "error=ENOSPC"),
    ("mkdir", "signal=KILL"),
    ("mkdir", "error=ENOSPC"),
    ("unlinkat", "signal=KILL"),
    ("unlinkat", "error=EIO"),
    ("unlink", "signal=KILL"),
    ("unlink", "error=EIO"),
    ("symlink", "signal=KILL"),
    ("symlink", "error=EIO"),
    ("symlink", "error=ENOSPC"),
    ("linkat", "signal=KILL"),
    ("linkat", "error=EIO"),
    ("linkat", "error=ENOSPC"),
    // A file system without such links.
    ("linkat", "error=EPERM"),
];

/// What is handed in: links are made where a job is set aside, to what it was.
fn story(call: &str) -> &'static str {
    if call == "linkat" { "1984\n" } else { STORY }
}

pub(crate) fn has_strace() -> bool {
    let traces = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !traces {
        println!("skipped: there is no strace here, or it may not trace");
    }
    traces
}

/// The calls of this name that a run makes, most in one thread: faults are counted by thread.
fn calls(log: &Path, name: &str) -> usize {
    let mut threads = std::collections::HashMap::new();
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        if call.trim_start().starts_with(&format!("{name}(")) {
            *threads.entry(thread.to_owned()).or_insert(0) += 1;
        }
    }
    threads.into_values().max().unwrap_or(0)
}

fn empty_desk(call: &str) -> Desk {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    desk.put("story.md", story(call));
    desk
}

/// A desk with one job, handed in.
fn desk(call: &str) -> Desk {
    let desk = empty_desk(call);
    assert_eq!(desk.run(&["submit", "story.md"]).code, 0);
    desk
}

/// Whether each call is to fail once.
fn all() -> bool {
    std::env::var("DIPTYCH_FAULTS").is_ok_and(|it| it == "all")
}

/// Which of so many calls fail: one of them, or each.
fn whens(count: usize, random: &mut StdRng) -> Vec<usize> {
    if all() { (1..=count).collect() } else { vec![random.random_range(1..=count)] }
}

/// The worker under `strace` with these arguments, until the queue is empty.
fn traced(desk: &Desk, arguments: &[&str]) -> Command {
    let plain = desk.command(&["worker", "--log", "json", "--until-empty"]);
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq"])
        .args(arguments)
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(desk.path())
        .stdin(Stdio::null());
    traced
}

/// The job is in one place, whole; what was left of it is swept up.
pub(crate) fn settled(desk: &Desk, context: &str) -> State {
    let ran = desk.run(&["worker", "--log", "json", "--until-empty"]);
    assert_eq!(ran.code, 0, "{context}: {}", ran.err);
    let jobs = Spool::open(&desk.at("queue")).unwrap().list().unwrap();
    assert_eq!(jobs.len(), 1, "{context}: {jobs:#?}\n{}", ran.err);
    for folder in ["done", "failed"] {
        whole(&desk.at("queue").join(folder), context);
    }
    if jobs[0].state == State::Done {
        let latest = desk.at("queue/latest/story.md").canonicalize();
        let place = jobs[0].path.canonicalize();
        assert_eq!(latest.ok(), place.ok(), "{context}");
    }
    for folder in ["new", "work", "workers"] {
        let left: Vec<_> = std::fs::read_dir(desk.at("queue").join(folder)).unwrap().collect();
        assert!(left.is_empty(), "{context}: {folder}: {left:?}");
    }
    let left: Vec<String> = std::fs::read_dir(desk.at("queue/tmp"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "latest.lock")
        .collect();
    assert_eq!(left, Vec::<String>::new(), "{context}: tmp");
    jobs[0].state
}

/// Every published folder holds what its `result.json` names, byte for byte.
pub(crate) fn whole(folder: &Path, context: &str) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let job = entry.unwrap().path();
        let result = std::fs::read(job.join("result.json"))
            .unwrap_or_else(|error| panic!("{context}: {}: {error}", job.display()));
        let result: serde_json::Value = serde_json::from_slice(&result)
            .unwrap_or_else(|error| panic!("{context}: {}: {error}", job.display()));
        for (name, hash) in result["files"].as_object().unwrap() {
            let bytes = std::fs::read(job.join(name)).unwrap();
            let found = diptych::pair::write::hash(&bytes);
            assert_eq!(hash.as_str().unwrap(), found, "{context}: {}/{name}", job.display());
        }
    }
}

#[test]
fn whatever_fails_the_job_is_whole_and_in_one_place() {
    if !has_strace() {
        return;
    }
    let count = |call: &str| {
        let base = desk(call);
        let log = base.at("trace");
        let mut traced = traced(&base, &["-o", log.to_str().unwrap()]);
        assert!(traced.output().unwrap().status.success());
        calls(&log, call)
    };
    let mut random = StdRng::seed_from_u64(5);
    let (mut runs, mut done) = (0, 0);
    for (call, fault) in FAULTS {
        let count = count(call);
        assert!(count > 0, "{call} is never called");
        for when in whens(count, &mut random) {
            let inject = format!("inject={call}:{fault}:when={when}");
            let desk = desk(call);
            let filter = format!("trace={call}");
            let command = traced(&desk, &["-o", "/dev/null", "-e", &filter, "-e", &inject]);
            let mut worker = Running::spawn(command);
            // A fault in the runtime's own plumbing may leave it hanging: then it is killed.
            worker.says_within("never said", Duration::from_secs(12));
            // Also what it traces.
            let mut child = Command::new("pkill");
            child.args(["-KILL", "-P", &worker.pid().to_string()]).status().unwrap();
            done += usize::from(is_done(&desk, worker, &inject));
            runs += 1;
        }
    }
    println!("{runs} runs with a fault: {done} done, {} set aside, 0 lost, 0 torn", runs - done);
}

#[test]
fn whatever_fails_under_a_worker_at_work_the_job_is_whole_and_in_one_place() {
    if !has_strace() {
        return;
    }
    let mut random = StdRng::seed_from_u64(6);
    let (mut runs, mut done) = (0, 0);
    for (call, fault) in FAULTS {
        // The short form takes a third of them: each run takes a worker's whole life.
        if !all() && random.random_ratio(2, 3) {
            continue;
        }
        let base = empty_desk(call);
        let log = base.at("trace");
        let Some((mut worker, strace)) = at_work(&base, &["-o", log.to_str().unwrap()]) else {
            return;
        };
        assert_eq!(base.run(&["submit", "story.md"]).code, 0);
        worker.published(1);
        worker.kill();
        // It ends with what it traces.
        strace.ended();
        let count = calls(&log, call);
        if count == 0 {
            // At the start and at the end only.
            assert_eq!(call, "unlink");
            continue;
        }
        for when in whens(count, &mut random) {
            let inject = format!("inject={call}:{fault}:when={when}");
            let desk = empty_desk(call);
            let filter = format!("trace={call}");
            let arguments = ["-o", "/dev/null", "-e", &filter, "-e", &inject];
            let Some((mut worker, strace)) = at_work(&desk, &arguments) else { return };
            assert_eq!(desk.run(&["submit", "story.md"]).code, 0);
            worker.says_within("\"message\":\"published\"", Duration::from_secs(12));
            done += usize::from(is_done(&desk, worker, &inject));
            strace.ended();
            runs += 1;
        }
    }
    println!("{runs} runs with a fault: {done} done, {} set aside, 0 lost, 0 torn", runs - done);
}

/// A worker at work, and `strace` with these arguments at all of its threads; nothing where that
/// is not allowed.
fn at_work(desk: &Desk, arguments: &[&str]) -> Option<(Running, Running)> {
    let mut worker = Running::start(desk);
    worker.until("\"answering\"");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-p", &worker.pid().to_string()]).args(arguments).stdin(Stdio::null());
    let mut strace = Running::spawn(strace);
    let attached = strace.says("attached");
    if !attached {
        println!("skipped: strace may not attach to a process here: {:?}", strace.said);
    }
    attached.then_some((worker, strace))
}

/// Whether the job of a worker that is killed now is done in the end; that it is whole and in one
/// place at any time.
fn is_done(desk: &Desk, worker: Running, inject: &str) -> bool {
    let said = worker.said.join("\n");
    if said.contains("the disk did not keep") {
        assert!(!said.contains("\"message\":\"stopped\""), "{inject}: {said}");
    }
    worker.kill();
    // Before anybody tidies up, readers see whole folders or none.
    whole(&desk.at("queue/done"), inject);
    whole(&desk.at("queue/failed"), inject);
    settled(desk, &format!("{inject}\n{said}")) == State::Done
}
