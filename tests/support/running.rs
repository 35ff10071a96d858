//! A worker at work on a test's desk: what it says, and signals to it.
#![allow(dead_code, reason = "each test uses its own part")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::desk::Desk;

/// Longer than anything a worker is waited for here.
const PATIENCE: Duration = Duration::from_secs(60);

/// A worker's process; killed when dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    /// Every line it said that has been read.
    pub(crate) said: Vec<String>,
}

/// What a worker's end came to.
pub(crate) struct Ended {
    /// The exit code; -1 when it was killed.
    pub(crate) code: i32,
    /// How long it took after the last signal.
    pub(crate) took: Duration,
    /// All it said.
    pub(crate) said: String,
}

impl Running {
    /// Starts a worker and waits until it watches.
    pub(crate) fn start(desk: &Desk) -> Self {
        let mut worker = Self::spawn(desk.command(&["worker", "--log", "json"]));
        worker.until("watching");
        worker
    }

    /// Starts this command, a worker's.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.split(b'\n').map_while(Result::ok) {
                let _ = send.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Self { child, lines, said: Vec::new() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads on until a line holds this; gives it back.
    pub(crate) fn until(&mut self, what: &str) -> String {
        self.until_any(&[what])
    }

    /// Reads on until a line holds one of these; gives it back.
    pub(crate) fn until_any(&mut self, any: &[&str]) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if any.iter().any(|what| line.contains(what)) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no {any:?} in {:#?}", self.said),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("it ended without {any:?}: {:#?}", self.said)
                }
            }
        }
    }

    /// Reads on until a line holds this, or until its end.
    pub(crate) fn says(&mut self, what: &str) -> bool {
        self.says_within(what, PATIENCE)
    }

    /// Reads on until so many jobs have been published; gives back their names and states.
    pub(crate) fn published(&mut self, count: usize) -> Vec<(String, String)> {
        let published = (0..count).map(|_| {
            let line = self.until("\"message\":\"published\"");
            let line: Value = serde_json::from_str(&line).unwrap();
            let field = |name: &str| line[name].as_str().unwrap().to_owned();
            (field("name"), field("state"))
        });
        published.collect()
    }

    /// What it says within the time, if it holds this.
    pub(crate) fn says_within(&mut self, what: &str, time: Duration) -> bool {
        let end = Instant::now() + time;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            let found = line.contains(what);
            self.said.push(line);
            if found {
                return true;
            }
        }
        false
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Tells it to stop, and waits for its end.
    pub(crate) fn stop(self) -> Ended {
        self.signal("TERM");
        self.ended()
    }

    /// Kills it, as a lack of memory would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Ended {
        let begun = Instant::now();
        let status = self.child.wait().unwrap();
        let took = begun.elapsed();
        self.said.extend(self.lines.iter());
        Ended { code: status.code().unwrap_or(-1), took, said: self.said.join("\n") }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status();
    assert!(sent.unwrap().success(), "kill -{name} {pid}");
}
