//! Corrections on a real disk: what a killed or a failing process leaves of them.
//!
//! `DIPTYCH_KILLS=1000 cargo test --test it corrections::killed` runs the long form; the fault
//! injection needs `strace` and is skipped, with a word, where there is none.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use diptych::language::Target;
use diptych::memory::corrections::{Corrections, Learnt, append};
use diptych::memory::{Head, Notice};
use diptych::paragraph::{Class, Marked};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::desk::Desk;

/// Names the file to which the program of [`learning_until_it_is_killed`] adds.
const FILE: &str = "DIPTYCH_TEST_CORRECTIONS";
/// Names the first number it adds.
const FROM: &str = "DIPTYCH_TEST_FROM";
/// How many lines it adds at most.
const MOST: &str = "DIPTYCH_TEST_MOST";

/// Processes that are killed over one file.
const ROUNDS: usize = 10;
/// Numbers each of them has.
const NUMBERS: usize = 200;

fn head(n: usize) -> Head {
    Head {
        source: Marked::from_plain(&format!("第{n}段。")),
        marks: vec![],
        to: Target::English,
        class: Class::Body,
    }
}

fn learnt(n: usize) -> Learnt {
    Learnt {
        head: head(n),
        // Larger than a page: a kill may then come between two pages of a write.
        target: Marked::from_plain(&format!("Paragraph {n}. {}", "All of it. ".repeat(600))),
        at: "2026-05-01T10:00:00Z".parse().unwrap(),
        who: Some("Lin".into()),
        article: None,
        reason: None,
    }
}

/// Not a test of its own: the process that the others kill. It says each number once it is safe.
#[test]
fn learning_until_it_is_killed() {
    let Ok(file) = std::env::var(FILE) else { return };
    let number = |name| std::env::var(name).unwrap().parse::<usize>().unwrap();
    let from = number(FROM);
    for n in from..from + number(MOST) {
        match append(Path::new(&file), &[learnt(n)]) {
            Ok(()) => println!("safe {n}"),
            Err(error) => println!("unsafe {n}: {error}"),
        }
    }
}

fn program(file: &Path, from: usize, most: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "corrections::learning_until_it_is_killed", "--nocapture"])
        .env(FILE, file)
        .env(FROM, from.to_string())
        .env(MOST, most.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// The number of a line that says what is safe. The harness may have begun the line.
fn safe(line: &str) -> Option<usize> {
    line.split("safe ").nth(1).filter(|_| !line.contains("unsafe"))?.trim().parse().ok()
}

/// What stands in the file: the numbers, and the lines that cannot be read.
fn read(file: &Path) -> (BTreeSet<usize>, Vec<Notice>) {
    let text = fs::read(file).unwrap_or_default();
    let (corrections, notices) = Corrections::load(file, &text);
    let known = (0..ROUNDS * NUMBERS).filter(|&n| {
        corrections.get(&head(n).key()).is_some_and(|it| it.target == learnt(n).target)
    });
    (known.collect(), notices)
}

/// How many processes are killed, unless `DIPTYCH_KILLS` says more.
fn kills(usual: usize) -> usize {
    std::env::var("DIPTYCH_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}

#[test]
fn killed_processes_lose_nothing_that_was_acknowledged() {
    let kills = kills(12);
    let mut random = StdRng::seed_from_u64(7);
    let folder = tempfile::tempdir().unwrap();
    let (mut acknowledged, mut torn, mut killed) = (0, 0, 0);
    for round in 0..kills {
        // Files of some generations: a torn line of one is found by the next.
        let file = folder.path().join(format!("{}/corrections.jsonl", round / ROUNDS));
        let from = (round % ROUNDS) * NUMBERS;
        let mut child = program(&file, from, NUMBERS - 1).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (send, receive) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            for n in lines.map_while(Result::ok).filter_map(|line| safe(&line)) {
                let _ = send.send(n);
            }
        });
        // Somewhere in the work: after a number of lines, and a part of one.
        let mut said: BTreeSet<usize> = BTreeSet::new();
        for _ in 0..random.random_range(0..12) {
            said.extend(receive.recv());
        }
        let moment = Duration::from_micros(random.random_range(0..2000));
        let _ = receive.recv_timeout(moment).map(|n| said.insert(n));
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        reader.join().unwrap();
        said.extend(receive.try_iter());
        acknowledged += said.len();

        let (known, notices) = read(&file);
        let lost: Vec<_> = said.difference(&known).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} of {} lost", said.len());
        for notice in &notices {
            let is_torn = notice.to_string().contains("breaks off");
            assert!(is_torn, "round {round}: {notice}");
        }
        torn = torn.max(notices.len());
        append(&file, &[learnt(from + NUMBERS - 1)]).unwrap();
        let (known, after) = read(&file);
        assert!(known.contains(&(from + NUMBERS - 1)), "the next line is whole");
        assert_eq!(after.len(), notices.len(), "and the torn one stays told: {after:?}");
    }
    println!(
        "{killed} of {kills} killed; {acknowledged} acknowledged, 0 lost; torn lines in a file, all told: {torn}"
    );
    assert!(killed * 2 > kills, "most were at work when they were killed");
}

#[test]
fn failing_writes_and_flushes_keep_every_line_whole() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        println!("skipped: there is no strace here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (round, fault) in [
        "inject=fsync:error=EIO:when=2+3",
        "inject=fsync:error=ENOSPC:when=1",
        "inject=write:error=ENOSPC:when=3+5",
        "inject=write:error=EIO:when=2+2",
        "inject=write:error=EINTR:when=1+4",
        "inject=ftruncate:error=EIO",
    ]
    .iter()
    .enumerate()
    {
        let file = folder.path().join(format!("{round}/corrections.jsonl"));
        let plain = program(&file, 0, 30);
        let mut traced = Command::new("strace");
        traced
            .args(["-f", "-qq", "-o", "/dev/null", "-P"])
            .arg(&file)
            .args(["-e", "trace=write,fsync,ftruncate", "-e", fault])
            .arg(plain.get_program())
            .args(plain.get_args())
            .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .stderr(Stdio::null());
        let output = traced.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !text.contains("safe ") {
            println!("skipped: strace may not trace here");
            return;
        }
        let said: BTreeSet<usize> = text.lines().filter_map(safe).collect();
        let failed = text.matches("unsafe ").count();
        let (known, notices) = read(&file);
        assert!(said.is_subset(&known), "{fault}: {:?} lost", said.difference(&known));
        assert_eq!(notices, [], "{fault}");
        println!("{fault}: {} safe, {failed} told as unsafe, 0 lost, 0 broken lines", said.len());
        if fault.contains("fsync") || fault.contains("write:error=E") && !fault.contains("EINTR") {
            assert!(failed > 0, "{fault}: the fault was met\n{text}");
        }
    }
}

#[test]
fn a_killed_learn_command_is_run_again() {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    desk.put("story.md", "The ferry left on time.\n\nNobody waved at it.\n");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let mut random = StdRng::seed_from_u64(11);
    for round in 0..kills(8).min(100) {
        let text = desk.read("story.zh.md");
        let (first, rest) = text.split_once('\n').unwrap();
        let edited = format!("{first}{round}\n{rest}");
        desk.put("story.zh.md", &edited);
        let mut learn = desk.command(&["learn", "story.zh.md", "--yes"]);
        let mut child = learn.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(random.random_range(0..60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(desk.read("story.zh.md"), edited, "round {round}");
        let ran = desk.run(&["learn", "story.zh.md", "--yes"]);
        assert_eq!(ran.code, 0, "round {round}: {}", ran.err);
        let ran = desk.run(&["translate", "story.md"]);
        assert_eq!(ran.code, 0, "round {round}: {}", ran.err);
        assert!(!ran.err.contains("warning"), "{}", ran.err);
        assert_eq!(desk.read("story.zh.md"), edited, "round {round}");
    }
}
