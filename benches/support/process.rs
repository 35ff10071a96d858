//! Runs the command as a process and watches it from outside.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a process ended.
pub(crate) struct Finished {
    /// Whether its exit code was 0.
    pub(crate) success: bool,
    /// Its standard error.
    pub(crate) err: String,
    /// From start to end.
    pub(crate) wall: Duration,
    /// The most memory it held, in KiB; 0 where the system does not tell.
    pub(crate) peak_kib: u64,
}

/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Finished {
    let begin = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let watch = thread::spawn(move || {
        let mut peak = 0;
        while let Some(now) = high_water_kib(id) {
            peak = peak.max(now);
            thread::sleep(LOOK);
        }
        peak
    });
    let mut err = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        std::io::Read::read_to_string(&mut stderr, &mut err).unwrap();
    }
    let success = child.wait().unwrap().success();
    Finished { success, err, wall: begin.elapsed(), peak_kib: watch.join().unwrap() }
}

/// Runs a command until it is time, then kills it so that it cannot clean up.
pub(crate) fn kill_when(mut command: Command, it_is_time: impl Fn() -> bool) {
    let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !it_is_time() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The median wall time of nine runs.
pub(crate) fn median(run: impl Fn() -> Finished) -> Duration {
    let mut walls: Vec<Duration> = (0..9)
        .map(|_| {
            let run = run();
            assert!(run.success, "{}", run.err);
            run.wall
        })
        .collect();
    walls.sort();
    walls[walls.len() / 2]
}

/// The high-water mark of a living process.
fn high_water_kib(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
