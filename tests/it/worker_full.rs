//! A worker on a disk that fills up under it, and that is made room on again.
//!
//! Needs the right to mount a small file system; without it the test says so and is skipped. The
//! long form: `DIPTYCH_FILLS=50 cargo test --test it worker_full -- --nocapture`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use diptych::queue::job::JobName;
use diptych::queue::options::Options;
use diptych::queue::spool::desk::{Desk as Spool, State};

use crate::desk::Desk;
use crate::running::Running;
use crate::server::{Script, Server};
use crate::worker_faults::whole;

/// A file system of so many bytes, until it is dropped.
struct Small(PathBuf);

impl Small {
    fn at(path: &Path, size: &str) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "diptych-test"])
            .arg(path)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            println!("skipped: a small file system cannot be mounted here");
        }
        mounted.then(|| Self(path.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Fills a disk to the last byte.
fn fill(file: &Path) {
    let mut filler = File::create(file).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        let bytes = vec![0; size];
        loop {
            match filler.write(&bytes) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Every file of what is published.
fn published(desk: &Desk) -> BTreeMap<PathBuf, Vec<u8>> {
    let jobs = std::fs::read_dir(desk.at("queue/done")).unwrap();
    let files = jobs.flat_map(|job| std::fs::read_dir(job.unwrap().path()).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn a_full_disk_pauses_a_worker_and_it_goes_on_by_itself() {
    let fills = std::env::var("DIPTYCH_FILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(3);
    let (gate, open) = tokio::sync::watch::channel(true);
    let server = Server::start(Script { open: Some(open), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "");
    let settings = desk.read("pipeline.toml");
    let Some(_small) = Small::at(desk.path(), "48m") else { return };
    desk.put("pipeline.toml", settings);
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let mut worker = Running::start(&desk);
    let (mut jobs, mut before) = (0, published(&desk));
    let mut submit = |text: String| {
        let name = JobName::new(&format!("{jobs}.md")).unwrap();
        jobs += 1;
        spool.submit(&name, text.as_bytes(), &Options::default())
    };
    let mut accepted = 0;
    for round in 0..fills {
        gate.send_replace(false);
        server.forget();
        for n in 0..3 {
            submit(format!("Ferry {n} of round {round} left.\n\n").repeat(1 + n)).unwrap();
            accepted += 1;
        }
        // Once they are in hand, nothing can be written any more.
        let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while server.requests().len() < 3 {
            assert!(std::time::Instant::now() < end, "they are not begun");
            std::thread::yield_now();
        }
        fill(&desk.at("filler"));
        let refused = submit("It cannot be taken.\n".to_owned());
        assert!(refused.is_err(), "a full disk takes no job");
        gate.send_replace(true);
        let line = worker.until("\"pausing\"");
        assert!(line.contains("pausing"), "{line}");
        for (path, bytes) in &before {
            assert_eq!(std::fs::read(path).unwrap(), *bytes, "{}", path.display());
        }
        whole(&desk.at("queue/done"), "while the disk is full");
        std::fs::remove_file(desk.at("filler")).unwrap();
        worker.until("\"going on\"");
        let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while spool.list().unwrap().iter().any(|job| job.state != State::Done) {
            assert!(std::time::Instant::now() < end, "{:#?}", spool.list().unwrap());
            std::thread::yield_now();
        }
        before = published(&desk);
    }
    let stopped = worker.stop();
    assert_eq!(stopped.code, 0, "{}", stopped.said);
    let (memory, queue) = ["cannot be written", "cannot be published"]
        .map(|what| stopped.said.matches(what).count())
        .into();
    let ended = spool.list().unwrap();
    assert_eq!(ended.len(), accepted, "none is lost, none is invented");
    assert!(ended.iter().all(|job| job.attempts == 1), "{ended:#?}");
    whole(&desk.at("queue/done"), "at the end");
    assert!(memory > 0 && queue > 0, "both of them met the full disk");
    println!(
        "{fills} times full: {accepted} jobs, all done, 0 torn; {memory} times a reply could not be \
         kept, {queue} times a pair not be published"
    );
}
