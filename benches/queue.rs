//! How many recalled articles go through the spool: `cargo bench --bench queue`.
//!
//! The real command, as a process, on jobs that `submit` handed in: articles of 20 paragraphs, all of
//! them remembered. Beside it a bare loop, which translates nothing and makes the same files, flushes
//! and renames. Then how much memory the worker holds after each fifth of the jobs.
//! A further argument is the number of jobs: 2,000 unless given. One more is of how many articles
//! they are, each sent in again with a higher revision: each job has an article of its own unless
//! given. Then the memory's store does not grow, and what the worker holds is its own.
//! `TMPDIR` decides about the disk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench is a program for people: it prints, and a panic is how its failure is told"
)]

#[path = "../tests/support/desk.rs"]
mod desk;
#[path = "support/table.rs"]
mod table;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use desk::Desk;
use diptych::queue::job::JobName;
use diptych::queue::options::Options;
use diptych::queue::spool::desk::Desk as Spool;
use table::Table;

/// Jobs where no other number is given.
const JOBS: usize = 2_000;
/// Articles in hand at once, and threads of the bare loop.
const AT_ONCE: usize = 16;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut numbers = args.iter().filter_map(|arg| arg.parse().ok());
    let jobs = numbers.next().unwrap_or(JOBS);
    let articles = numbers.next().unwrap_or(jobs).clamp(1, jobs);
    let mut table = Table::new();
    if let Ok(load) = fs::read_to_string("/proc/loadavg") {
        table.row("load of the machine before", "0", load.trim().to_owned());
    }
    let desk = Desk::with(&format!(
        "[backends.main]\nkind = \"pseudo\"\n[worker]\narticles = {AT_ONCE}\n\
         [queue]\nkeep_done = \"all\"\n"
    ));
    let article: String = (0..20)
        .map(|n| format!("Ferry number {n} left the harbour on time, and nobody waved at it.\n\n"))
        .collect();
    desk.put("story.md", &article);
    assert_eq!(desk.run(&["submit", "story.md"]).code, 0);
    assert_eq!(desk.run(&["worker", "--until-empty"]).code, 0);
    let done = desk.at("queue/latest/story.md").canonicalize().unwrap();
    let files: Vec<Vec<u8>> =
        fs::read_dir(done).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();

    let bare = bare_loop(&desk.at("bare"), jobs, article.as_bytes(), &files);
    let bare = jobs as f64 / bare.as_secs_f64();
    let spool = Spool::open(&desk.at("queue")).unwrap();
    for n in 0..jobs {
        let name = JobName::new(&format!("{}.md", n % articles)).unwrap();
        let options = Options { revision: (n / articles) as u64, ..Options::default() };
        spool.submit(&name, article.as_bytes(), &options).unwrap();
    }
    let (wall, held) = worker(&desk, jobs);
    let rate = jobs as f64 / wall.as_secs_f64();
    table.row(
        &format!("{jobs} recalled jobs of 20 paragraphs, of {articles} articles"),
        "at least 300 a second, or 70 % of the bare loop",
        format!("{rate:.0} a second, {:.0} % of the bare loop's {bare:.0}", 100.0 * rate / bare),
    );
    table.row(
        "memory of the worker after each fifth of the jobs",
        "less than 10 % more at the end than after the first",
        format!("{} KiB", held.map(|kib| kib.to_string()).join(", ")),
    );
    table.print();
}

/// Runs a worker until the queue is empty; how long it took, and what it held.
fn worker(desk: &Desk, jobs: usize) -> (Duration, [u64; 5]) {
    let begun = Instant::now();
    let mut command = desk.command(&["worker", "--until-empty"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut held = [0; 5];
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let now = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        if let Some(now) = now.filter(|now| *now > 0) {
            let done = fs::read_dir(desk.at("queue/done")).unwrap().count();
            let fifth = (done * 5 / jobs.max(1)).min(4);
            held[fifth] = now;
        }
        thread::sleep(Duration::from_millis(200));
    }
    assert!(child.wait().unwrap().success());
    (begun.elapsed(), held)
}

/// What a worker does to the disk for each job, and nothing else.
fn bare_loop(root: &Path, jobs: usize, article: &[u8], files: &[Vec<u8>]) -> Duration {
    for folder in ["new", "work", "done", "latest", "tmp"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for n in 0..jobs {
        let job = root.join(format!("new/{n}"));
        fs::create_dir(&job).unwrap();
        fs::write(job.join("article"), article).unwrap();
        fs::write(job.join("job.json"), b"{}").unwrap();
    }
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= jobs {
                        return;
                    }
                    one(root, n, files);
                }
            });
        }
    });
    begun.elapsed()
}

fn one(root: &Path, n: usize, files: &[Vec<u8>]) {
    let sync = |folder: &str| File::open(root.join(folder)).unwrap().sync_all().unwrap();
    let claim = root.join(format!("work/{n}"));
    fs::rename(root.join(format!("new/{n}")), &claim).unwrap();
    sync("work");
    sync("new");
    fs::read(claim.join("article")).unwrap();
    let out = claim.join("out");
    fs::create_dir(&out).unwrap();
    for (i, bytes) in files.iter().enumerate() {
        let mut file = File::create_new(out.join(i.to_string())).unwrap();
        file.write_all(bytes).unwrap();
        file.sync_all().unwrap();
    }
    File::open(&out).unwrap().sync_all().unwrap();
    fs::rename(&out, root.join(format!("done/{n}"))).unwrap();
    sync("done");
    symlink(format!("../done/{n}"), root.join(format!("tmp/{n}"))).unwrap();
    fs::rename(root.join(format!("tmp/{n}")), root.join(format!("latest/{n}"))).unwrap();
    sync("latest");
    fs::remove_dir_all(&claim).unwrap();
}
