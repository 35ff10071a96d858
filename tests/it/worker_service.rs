//! A worker as its operator knows it: what it takes and when, what it keeps, what it shows.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diptych::queue::job::JobName;
use diptych::queue::options::Options;
use diptych::queue::spool::desk::{Desk as Spool, Listed, State};
use serde_json::Value;

use crate::desk::Desk;
use crate::running::Running;
use crate::server::{Script, Server};
use crate::worker_faults::has_strace;

const PSEUDO: &str = "[backends.main]\nkind = \"pseudo\"\n";

fn submit(spool: &Spool, name: &str, text: &str) {
    let name = JobName::new(name).unwrap();
    spool.submit(&name, text.as_bytes(), &Options::default()).unwrap();
}

fn jobs(spool: &Spool, state: State) -> Vec<Listed> {
    let all = spool.list().unwrap().into_iter();
    all.filter(|job| job.state == state).collect()
}

fn until(what: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !what() {
        assert!(Instant::now() < end, "in vain");
        std::thread::yield_now();
    }
}

#[test]
fn a_file_that_grows_is_taken_once_it_is_whole() {
    let desk = Desk::with(&format!("{PSEUDO}[queue]\nsettle_seconds = 6.0\n"));
    let mut worker = Running::start(&desk);
    let mut text = String::new();
    for n in 0..10 {
        text += &format!("Ferry number {n} left.\n\n");
        desk.put("queue/new/growing.md", &text);
        desk.put("queue/new/passed-over.md.tmp", &text);
        // Others are taken meanwhile.
        let other = format!("{n}.md");
        desk.put(&other, format!("Another story: {n}.\n"));
        std::fs::rename(desk.at(&other), desk.at("queue/new").join(&other)).unwrap();
        assert_eq!(worker.published(1), [(other, "done".to_owned())]);
    }
    assert_eq!(worker.published(1), [("growing.md".to_owned(), "done".to_owned())]);
    assert_eq!(worker.stop().code, 0);
    assert_eq!(desk.read("queue/latest/growing.md/growing.en.md"), text);
    let left: Vec<_> = std::fs::read_dir(desk.at("queue/new")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_is_not_begun_by_its_deadline_is_set_aside() {
    let desk = Desk::with(PSEUDO);
    desk.put("late.md", "The ferry left.\n");
    desk.put("soon.md", "The ferry left.\n");
    let submit = |name: &str, deadline: &str| desk.run(&["submit", name, "--deadline", deadline]);
    assert_eq!(submit("late.md", "2020-05-01T18:00:00+08:00").code, 0);
    assert_eq!(submit("soon.md", "2999-05-01T18:00:00+08:00").code, 0);
    let ran = submit("soon.md", "tomorrow");
    assert!(ran.code != 0 && ran.err.contains("is no moment"), "{}", ran.err);
    assert_eq!(desk.run(&["worker", "--until-empty"]).code, 0);
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let failed = jobs(&spool, State::Failed).remove(0);
    let reason = failed.reason.unwrap();
    assert!(reason.contains("its deadline 2020-05-01T10:00:00Z was over"), "{reason}");
    assert_eq!(jobs(&spool, State::Done)[0].name, "soon.md");
}

#[test]
fn a_slow_job_stays_with_its_worker_and_no_more_are_in_hand_than_may_be() {
    let (gate, open) = tokio::sync::watch::channel(false);
    let server = Server::start(Script { open: Some(open), ..Script::default() });
    let more = "[queue]\nlease_seconds = 1.0\n[worker]\narticles = 2\n";
    let desk = Desk::with_server(&server.url(), more);
    let other = desk.read("pipeline.toml") + "[memory]\npath = \".diptych/other\"\n";
    desk.put("other.toml", other.replace("articles = 2", "articles = 16"));
    let spool = Spool::open(&desk.at("queue")).unwrap();
    for n in 0..2 {
        submit(&spool, &format!("{n}.md"), &format!("Ferry number {n} left.\n"));
    }
    let mut worker = Running::start(&desk);
    until(|| server.requests().len() == 2);
    let mut idle =
        Running::spawn(desk.command(&["worker", "--config", "other.toml", "--log", "json"]));
    idle.until("answering");
    // Three leases long nothing comes from the model, and the worker lives.
    assert!(!idle.says_within("\"begun\"", Duration::from_secs(3)), "{:?}", idle.said);
    assert_eq!(idle.stop().code, 0);
    submit(&spool, "2.md", "Ferry number 2 left.\n");
    worker.says_within("\"begun\"", Duration::from_millis(1500));
    assert_eq!(jobs(&spool, State::Working).len(), 2);
    assert_eq!(jobs(&spool, State::New).len(), 1);
    gate.send_replace(true);
    worker.published(3);
    assert_eq!(worker.stop().code, 0);
    assert!(jobs(&spool, State::Done).iter().all(|job| job.attempts == 1));
}

#[test]
fn what_is_not_kept_is_removed() {
    let desk = Desk::with(&format!("{PSEUDO}[queue]\nkeep_done = 2\nkeep_failed = \"0 days\"\n"));
    let spool = Spool::open(&desk.at("queue")).unwrap();
    for n in 0..4 {
        submit(&spool, &format!("{n}.md"), "The ferry left.\n");
        // Nothing to be translated.
        submit(&spool, &format!("no-{n}.md"), "1984\n");
    }
    assert_eq!(desk.run(&["worker", "--until-empty"]).code, 0);
    let mut worker = Running::start(&desk);
    worker.until("not kept any longer");
    assert_eq!(worker.stop().code, 0);
    assert_eq!(jobs(&spool, State::Failed).len(), 0);
    let kept: Vec<String> = jobs(&spool, State::Done).into_iter().map(|job| job.name).collect();
    assert_eq!(kept.len(), 2);
    let mut led: Vec<String> = std::fs::read_dir(desk.at("queue/latest"))
        .unwrap()
        .map(|link| link.unwrap().file_name().into_string().unwrap())
        .collect();
    led.sort();
    let mut expected = kept;
    expected.sort();
    assert_eq!(led, expected, "no link leads nowhere");
}

#[test]
fn limits_are_read_again_and_broken_settings_refused() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "requests_per_minute = 600\n");
    let settings = desk.read("pipeline.toml");
    let mut worker = Running::start(&desk);
    let said = |what: &dyn Fn(&Value) -> bool| {
        until(|| what(&desk.json(&["jobs"]).1["workers"][0]));
    };
    let limit = |worker: &Value, limit: u64| {
        worker["backends"]["main"]["limits"]["requests_per_minute"]["limit"] == limit
    };
    said(&|worker| limit(worker, 600));
    desk.put("pipeline.toml", settings.replace("600", "700"));
    worker.until("read again");
    said(&|worker| limit(worker, 700));
    // A worker goes on with broken settings; a command says what is wrong with them.
    desk.put("pipeline.toml", settings.replace("600", "\"many\""));
    let line = worker.until("earlier settings stay in force");
    assert!(line.contains("pipeline.toml:") && line.contains("many"), "{line}");
    desk.put("queue.toml", PSEUDO);
    let report = || desk.json(&["jobs", "--config", "queue.toml"]).1["workers"][0].clone();
    until(|| report()["refused_reload"].is_string());
    assert!(limit(&report(), 700), "{:#}", report());
    let shown = desk.run(&["jobs", "--config", "queue.toml"]).out;
    assert!(shown.contains("a change is not in force: "), "{shown}");
    desk.put("ready.md", "The ferry left.\n");
    std::fs::rename(desk.at("ready.md"), desk.at("queue/new/ready.md")).unwrap();
    worker.published(1);
    desk.put("pipeline.toml", settings);
    worker.until("read again");
    until(|| !report()["refused_reload"].is_string() && limit(&report(), 600));
    assert_eq!(worker.stop().code, 0);
}

#[test]
fn a_worker_that_says_nothing_any_more_is_shown_as_silent() {
    let desk = Desk::with(PSEUDO);
    let worker = Running::start(&desk);
    let workers = || desk.json(&["jobs"]).1["workers"].clone();
    until(|| workers()[0]["said_seconds_ago"].as_f64().is_some_and(|ago| ago < 10.0));
    assert!(!desk.run(&["jobs"]).out.contains("silent"));
    worker.signal("STOP");
    let id = workers()[0]["worker"].as_str().unwrap().to_owned();
    let report = std::fs::File::open(desk.at(&format!("queue/workers/{id}.json"))).unwrap();
    report.set_modified(std::time::SystemTime::now() - Duration::from_secs(100)).unwrap();
    let shown = desk.run(&["jobs"]).out;
    let line = shown.lines().find(|line| line.contains(&id)).unwrap();
    assert!(line.contains(": working 10") && line.ends_with(" s ago, silent since"), "{shown}");
    worker.signal("CONT");
    assert_eq!(worker.stop().code, 0);
}

#[test]
fn broken_corrections_unsay_nothing() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    let source = "The ferry left.\n";
    desk.put("story.md", source);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    desk.put("story.zh.md", "渡轮开走了。\n");
    assert_eq!(desk.run(&["learn", "story.zh.md", "--yes"]).code, 0);
    let good = desk.read("corrections.jsonl");
    // What was broken at the start is told, and passed over.
    desk.put("corrections.jsonl", good.clone() + "{ torn\n");
    let mut worker = Running::spawn(desk.command(&["worker", "--log", "json"]));
    let line = worker.until("the line is skipped");
    assert!(line.contains("\"WARN\"") && line.contains("corrections.jsonl:2"), "{line}");
    worker.until("answering");
    let translated = |worker: &mut Running, name: &str| {
        desk.put(name, source);
        std::fs::rename(desk.at(name), desk.at("queue/new").join(name)).unwrap();
        worker.published(1);
        let stem = name.trim_end_matches(".md");
        desk.read(&format!("queue/latest/{name}/{stem}.zh.md"))
    };
    assert_eq!(translated(&mut worker, "1.md"), "渡轮开走了。\n");
    let conflict = format!("<<<<<<< HEAD\n{}", good.replace("\"source\"", "\"sauce\""));
    desk.put("corrections.jsonl", conflict);
    let line = worker.until("earlier settings stay in force");
    assert!(line.contains("line 1: a marker of a merge conflict"), "{line}");
    assert_eq!(translated(&mut worker, "2.md"), "渡轮开走了。\n");
    desk.put("corrections.jsonl", good.replace("渡轮开走了", "渡轮已经开走"));
    worker.until("read again");
    assert_eq!(translated(&mut worker, "3.md"), "渡轮已经开走。\n");
    let ended = worker.stop();
    assert_eq!(ended.code, 0);
    let other = ended.said.lines().find(|line| serde_json::from_str::<Value>(line).is_err());
    assert_eq!(other, None, "every line of the log is JSON");
}

#[test]
fn the_queue_can_be_watched() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", "The ferry left.\n");
    assert_eq!(desk.run(&["submit", "story.md"]).code, 0);
    let mut watching = desk.command(&["jobs", "--watch"]);
    let mut watching = watching.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut screens = BufReader::new(watching.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut shows = |what: &str| {
        let screen = screens.by_ref().find(|line| line.contains(what)).unwrap();
        assert!(screen.starts_with("\u{1b}[H\u{1b}[J"), "over what was there: {screen:?}");
    };
    shows("1 job: 0 in hand, 1 waiting, 0 failed, 0 done");
    assert_eq!(desk.run(&["worker", "--until-empty"]).code, 0);
    shows("1 job: 0 in hand, 0 waiting, 0 failed, 1 done");
    watching.kill().unwrap();
    watching.wait().unwrap();
}

#[test]
fn the_log_is_for_people_or_for_programs() {
    for (format, arguments) in
        [("human", vec![]), ("json", vec![]), ("json", vec!["--log", "human"])]
    {
        let desk = Desk::with(&format!("{PSEUDO}[log]\nformat = \"{format}\"\n"));
        desk.put("story.md", "Zebedee counted the lighthouses.\n");
        let id = desk.json(&["submit", "story.md"]).1["jobs"][0]["id"].as_str().unwrap().to_owned();
        let mut command = desk.command(&[&["worker", "--until-empty"], &*arguments].concat());
        let output = command.env_remove("DIPTYCH_LOG").output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty());
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(!log.contains("Zebedee"), "{log}");
        let line = log.lines().find(|line| line.contains("published")).unwrap();
        assert!(line.contains(&id) && line.contains("story.md"), "{line}");
        let json = format == "json" && arguments.is_empty();
        for line in log.lines() {
            let read = serde_json::from_str::<Value>(line);
            assert_eq!(read.is_ok(), json, "{line}");
            // Each field has a name of its own.
            assert!(line.matches("\"name\":").count() <= 2, "{line}");
        }
    }
}

#[test]
fn without_notifications_the_queue_is_looked_at() {
    if !has_strace() {
        return;
    }
    let desk = Desk::with(PSEUDO);
    let plain = desk.command(&["worker", "--log", "json"]);
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=inotify_init1"])
        .args(["-e", "inject=inotify_init1:error=EMFILE"])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(desk.path())
        .stdin(Stdio::null());
    let mut worker = Running::spawn(traced);
    worker.until("looked at every second");
    worker.until("watching");
    desk.put("ready.md", "The ferry left.\n");
    std::fs::rename(desk.at("ready.md"), desk.at("queue/new/ready.md")).unwrap();
    assert_eq!(worker.published(1), [("ready.md".to_owned(), "done".to_owned())]);
    // What is traced, and with it who traces.
    let mut stop = Command::new("pkill");
    assert!(stop.args(["-TERM", "-P", &worker.pid().to_string()]).status().unwrap().success());
    assert_eq!(worker.ended().code, 0);
}

#[test]
fn what_is_published_may_be_read_by_others() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", "The ferry left.\n");
    assert_eq!(desk.run(&["submit", "story.md"]).code, 0);
    assert_eq!(desk.run(&["worker", "--until-empty"]).code, 0);
    let mode = |path: &str| std::fs::metadata(desk.at(path)).unwrap().permissions().mode() & 0o777;
    desk.put("usual", "");
    for file in ["story.en.md", "story.zh.md", "story.pair.json", "result.json"] {
        assert_eq!(mode(&format!("queue/latest/story.md/{file}")), mode("usual"), "{file}");
    }
}

/// The threads of a worker share one heap, unless somebody decided otherwise; to its supervisor it is
/// the process that was started, by the same name and arguments.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_worker_has_one_heap() {
    let desk = Desk::with(PSEUDO);
    let heaps = |given: Option<&str>| {
        let mut command = desk.command(&["worker", "--log", "json"]);
        match given {
            Some(given) => command.env("MALLOC_ARENA_MAX", given),
            None => command.env_remove("MALLOC_ARENA_MAX"),
        };
        let mut worker = Running::spawn(command);
        worker.until("watching");
        let of_it = |file: &str| {
            let text = std::fs::read(format!("/proc/{}/{file}", worker.pid())).unwrap();
            let parts = text.split(|byte| *byte == 0).map(|it| String::from_utf8_lossy(it).into());
            parts.collect::<Vec<String>>()
        };
        assert_eq!(of_it("comm"), ["diptych\n"]);
        assert_eq!(of_it("cmdline")[1..4], ["worker", "--log", "json"]);
        let heaps = of_it("environ").into_iter().find(|it| it.starts_with("MALLOC_ARENA_MAX="));
        assert_eq!(worker.stop().code, 0);
        heaps
    };
    assert_eq!(heaps(None).as_deref(), Some("MALLOC_ARENA_MAX=1"));
    assert_eq!(heaps(Some("3")).as_deref(), Some("MALLOC_ARENA_MAX=3"));
}
