//! One memory, many commands: through a worker's socket everything is as without a worker.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Stdio;
use std::time::Duration;

use regex::Regex;

use crate::desk::{Desk, Ran};
use crate::running::{Running, signal};
use crate::server::{Asked, Fault, Script, Server, pseudo};

const STORY: &str = "# The ferry\n\nThe ferry left on time, with 120 people on board.\n\n\
                     Nobody waved at it from the old data center.\n";
const OTHER: &str = "Nobody waved at it from the old data center.\n\nIt rained for two days.\n";
const TERM: &str = "[[term]]\nen = [\"data center\"]\nzh = [\"数据中心\"]\n";

/// A desk with a few articles, and the server it buys from.
fn desk(script: Script, more: &str) -> (Server, Desk) {
    let server = Server::start(script);
    let desk = Desk::with_server(&server.url(), &format!("price_in = 1000000.0\n{more}"));
    desk.put("story.md", STORY);
    desk.put("other.txt", OTHER);
    desk.put("glossary/a.toml", TERM);
    (server, desk)
}

/// A worker that can be asked.
fn working(desk: &Desk) -> Running {
    let mut worker = Running::start(desk);
    worker.until("\"answering\"");
    worker
}

/// What is not the same twice: moments, and how much room a store takes.
fn alike(text: &str) -> String {
    let patterns = [
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z|\d{8}T\d{6}Z", "TIME"),
        (r#""bytes": \d+|"before": \d+|"after": \d+|"records": \d+"#, "SIZE"),
        (r"\d+(\.\d)? [kM]B|\d+ records", "SIZE"),
        (r"http://127\.0\.0\.1:\d+|127\.0\.0\.1:\d+", "HOST"),
        (r"/[^ ]*/\.tmp\w+", "DESK"),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, with)| {
        Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}

/// Every file below the desk that a command may have written, by its path.
fn files(desk: &Desk) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![desk.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(desk.path()).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if name != ".diptych" && name != "queue" {
                    folders.push(path);
                }
            } else {
                let bytes = std::fs::read(&path).unwrap();
                files.insert(name, alike(&String::from_utf8_lossy(&bytes)));
            }
        }
    }
    files
}

fn said(ran: &Ran) -> (i32, String, String) {
    (ran.code, alike(&ran.out), alike(&ran.err))
}

fn run(desk: &Desk, args: &[&str], input: Option<&str>) -> Ran {
    let Some(input) = input else { return desk.run(args) };
    let mut command = desk.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

/// What a server was asked for, each paragraph as often as it was; requests under way at the same
/// time arrive in any order.
fn bought(server: &Server) -> Vec<String> {
    let mut paragraphs = server.paragraphs();
    paragraphs.sort();
    paragraphs
}

/// The paragraph with a figure gets another one each time, so that there is an error to be found.
fn forgetful(asked: &Asked) -> String {
    pseudo(asked).replace("120", "9876")
}

/// Translation in part: whatever holds the word is refused.
fn refusing(word: &'static str) -> Script {
    Script {
        fault: std::sync::Arc::new(move |_, asked| {
            asked.iter().any(|asked| asked.text.contains(word)).then_some(Fault::Refusal)
        }),
        answer: std::sync::Arc::new(forgetful),
        ..Script::default()
    }
}

#[test]
fn every_command_line_is_the_same_with_and_without_a_worker() {
    let script = || refusing("unspeakable");
    let ((alone_server, alone), (worker_server, with_worker)) =
        (desk(script(), ""), desk(script(), ""));
    let worker = working(&with_worker);
    let mut compared = 0;
    let mut both = |args: &[&str], input: Option<&str>| {
        let (here, there) = (run(&alone, args, input), run(&with_worker, args, input));
        assert_eq!(said(&here), said(&there), "{args:?}");
        let (here_files, there_files) = (files(&alone), files(&with_worker));
        assert!(here_files.keys().eq(there_files.keys()), "{args:?}: {:?}", there_files.keys());
        for (name, text) in here_files {
            assert_eq!(text, there_files[&name], "{args:?}: {name}");
        }
        assert_eq!(bought(&alone_server), bought(&worker_server), "{args:?}");
        compared += 1;
        here
    };
    let complete = |ran: &Ran| assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let put = |name: &str, text: &[u8]| {
        alone.put(name, text);
        with_worker.put(name, text);
    };

    complete(&both(&["translate", "story.md", "--dry-run"], None));
    complete(&both(&["translate", "story.md", "other.txt", "--dry-run", "--json"], None));
    complete(&both(&["translate", "story.md"], None));
    complete(&both(&["translate", "story.md"], None));
    assert_eq!(both(&["translate", "story.md", "--strict"], None).code, 2, "a figure is wrong");
    complete(&both(&["translate", "story.md", "other.txt", "--json", "--out", "pairs"], None));
    complete(&both(&["translate", "story.md", "--refresh"], None));
    complete(&both(&["translate", "story.md", "--refresh"], None));
    complete(&both(&["translate", "story.md", "--to", "zh-Hant-TW"], None));
    complete(&both(&["translate", "-"], Some(OTHER)));
    complete(&both(&["translate", "-", "--format", "markdown", "--out", "in"], Some(STORY)));
    complete(&both(&["translate", "story.md", "story.zh.md", "--drop-furniture"], None));

    // What goes wrong.
    assert_eq!(both(&["translate", "missing.md", "pairs", "pipeline.toml"], None).code, 1);
    assert_eq!(both(&["translate", "missing.md", "story.md"], None).code, 2);
    assert_eq!(both(&["translate", "story.md", "--to", "en"], None).code, 1);
    put("blank.md", b"\n\n");
    assert_eq!(both(&["translate", "blank.md"], None).code, 1);
    put("part.md", format!("{STORY}\nThis is unspeakable.\n").as_bytes());
    assert_eq!(both(&["translate", "part.md"], None).code, 2);
    assert_eq!(both(&["translate", "part.md", "--json"], None).code, 2);
    put("none.md", b"This is unspeakable.\n");
    assert_eq!(both(&["translate", "none.md"], None).code, 1);
    put("big5.txt", &[0xA4, 0x40, 0xA4, 0x6B, 0xA4, 0x57, 0xA1, 0x43, b'\n']);
    assert_eq!(both(&["translate", "big5.txt"], None).code, 1, "nothing is guessed");
    complete(&both(&["translate", "big5.txt", "--encoding", "big5"], None));
    put("story.pair.html", b"mine");
    assert_eq!(both(&["translate", "story.md"], None).code, 1, "edited");
    complete(&both(&["translate", "story.md", "--force"], None));

    // A term base that is edited, and one that is broken.
    put("glossary/a.toml", TERM.replace("数据中心", "资料中心").as_bytes());
    complete(&both(&["glossary", "check"], None));
    complete(&both(&["translate", "story.md", "--dry-run"], None));
    complete(&both(&["translate", "story.md"], None));
    put("glossary/a.toml", b"[[term]]\nen = 3\n");
    assert_eq!(both(&["translate", "story.md"], None).code, 1, "it is broken");
    put("glossary/a.toml", TERM.as_bytes());
    complete(&both(&["translate", "story.md"], None));

    // People.
    let edited = alone.read("story.zh.md").replace("9876", "120");
    assert_ne!(edited, alone.read("story.zh.md"));
    put("story.zh.md", edited.as_bytes());
    complete(&both(&["learn", "story.zh.md", "--yes", "--who", "Lin"], None));
    complete(&both(&["translate", "story.md", "--refresh"], None));
    assert!(alone.read("story.zh.md").contains("120"), "it stays");

    // Line ends: a version that a person's tool saved with others is learnt, and stays so.
    put("lines.txt", b"The ferry left at dawn.\r\n\r\nIt came back at night.\r\n");
    complete(&both(&["translate", "lines.txt"], None));
    assert!(alone.read("lines.zh.txt").contains("\r\n"));
    put("lines.zh.txt", alone.read("lines.zh.txt").replace("\r\n", "\n").as_bytes());
    assert_eq!(both(&["translate", "lines.txt"], None).code, 1, "its line ends were changed");
    complete(&both(&["learn", "lines.zh.txt", "--yes"], None));
    complete(&both(&["translate", "lines.txt"], None));
    assert!(!alone.read("lines.zh.txt").contains('\r'), "it stays so");

    // Names that recur are settled before the rest is asked for.
    put("names.md", named().as_bytes());
    complete(&both(&["translate", "names.md", "--dry-run", "--json"], None));
    let settled = both(&["translate", "names.md", "--json"], None);
    complete(&settled);
    assert!(!settled.out.contains("\"requests\": 1,"), "{}", settled.out);
    put("page.html", b"<p>The ferry left <b>on time</b>.</p>\n");
    both(&["translate", "page.html"], None);

    // The memory.
    complete(&both(&["memory", "stats"], None));
    complete(&both(&["memory", "stats", "--json"], None));
    complete(&both(&["memory", "export"], None));
    complete(&both(&["memory", "export", "all.tmx"], None));
    complete(&both(&["memory", "export", "all.jsonl", "--json"], None));
    assert!(alone.read("all.jsonl").contains("diptych.article/1"));
    complete(&both(&["memory", "export", "--format", "tmx"], None));
    complete(&both(&["memory", "export", "--format", "jsonl"], None));
    assert_eq!(both(&["memory", "export", "all.xlf"], None).code, 1);
    assert_eq!(both(&["memory", "forget"], None).code, 1);
    complete(&both(&["memory", "forget", "--engine", "main"], None));
    let unknown = both(&["memory", "forget", "--article", "storey.md", "--yes"], None);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("`storey.md`; it knows story.md"), "{}", unknown.err);
    complete(&both(&["memory", "forget", "--article", "story.md"], None));
    complete(&both(&["memory", "forget", "--article", "story.md", "--yes", "--json"], None));
    complete(&both(&["memory", "forget", "--article", "names.md", "--yes"], None));
    complete(&both(&["memory", "compact"], None));
    complete(&both(&["memory", "import", "all.jsonl", "all.tmx"], None));
    put("torn.jsonl", b"{\n");
    assert_eq!(both(&["memory", "import", "torn.jsonl", "--json"], None).code, 2);
    assert_eq!(both(&["memory", "import", "missing.jsonl"], None).code, 1);
    complete(&both(&["translate", "story.md"], None));
    complete(&both(&["glossary", "check", "--json"], None));
    assert!(compared > 55, "{compared}");
    assert_eq!(worker.stop().code, 0);
}

/// An article of several requests, in which a name recurs.
fn named() -> String {
    let line = |i| format!("On day {i} the old Marlowe ferry met Captain Harriet Osgood again.\n");
    (0..60).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_budget_that_does_not_reach_ends_in_the_same_words() {
    // One request after the other: which of them it still covers is the same each time.
    let budget = "concurrency = 1\n[pipeline]\nbudget = 900.0\n";
    let ((alone_server, alone), (worker_server, with_worker)) =
        (desk(Script::default(), budget), desk(Script::default(), budget));
    for desk in [&alone, &with_worker] {
        desk.put("names.md", named());
    }
    let worker = working(&with_worker);
    for args in [["translate", "names.md", "--dry-run"], ["translate", "names.md", "--json"]] {
        let (here, there) = (alone.run(&args), with_worker.run(&args));
        assert_eq!(said(&here), said(&there), "{args:?}");
        assert_eq!(bought(&alone_server), bought(&worker_server), "{args:?}");
        let passed = here.code != 0 && here.err.contains("the budget of 900");
        assert_eq!(passed, args[2] == "--json", "{}{}", here.out, here.err);
    }
    assert_eq!(worker.stop().code, 0);
}

#[test]
fn through_a_worker_refresh_asks_again_each_time() {
    let (server, desk) = desk(Script::default(), "");
    let _worker = working(&desk);
    for _ in 0..3 {
        server.forget();
        assert_eq!(desk.run(&["translate", "other.txt", "--refresh"]).code, 0);
        assert_eq!(server.paragraphs().len(), 2);
    }
}

#[test]
fn other_settings_are_refused_by_the_name_of_their_table() {
    let (server, desk) = desk(Script::default(), "");
    let _worker = working(&desk);
    let own = desk.read("pipeline.toml");
    desk.put("other.toml", own.replace("scripted", "another") + "[style]\nquotes = \"keep\"\n");
    let ran = desk.run(&["translate", "story.md", "--config", "other.toml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("[backends.main], [style]"), "{}", ran.err);
    assert!(server.requests().is_empty());
    // What the command settles itself is its own business.
    desk.put("other.toml", own + "[output]\nwrite = [\"tmx\"]\n");
    assert_eq!(desk.run(&["translate", "story.md", "--config", "other.toml"]).code, 0);
    assert!(desk.at("story.tmx").exists() && !desk.at("story.pair.html").exists());
    let ran = desk.run(&["backends"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("a worker holds the memory"), "{}", ran.err);
}

/// An article whose paragraphs are asked for one by one, slowly.
fn slow() -> (Server, Desk) {
    let latency = Duration::from_millis(400);
    let (server, desk) = desk(
        Script { latency, ..Script::default() },
        "concurrency = 1\nparagraphs_per_request = 1\n",
    );
    let long: Vec<String> = (0..8).map(|i| format!("The ferry number {i} left.\n")).collect();
    desk.put("long.txt", long.join("\n"));
    (server, desk)
}

fn wait_for(what: impl Fn() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(30);
    while !what() {
        assert!(std::time::Instant::now() < end, "in vain");
        std::thread::yield_now();
    }
}

/// A command that has begun to buy `long.txt`.
fn buying(server: &Server, desk: &Desk) -> std::process::Child {
    let mut command = desk.command(&["translate", "long.txt"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_for(|| !server.requests().is_empty());
    child
}

#[test]
fn ctrl_c_stops_one_command_and_what_it_paid_for_is_kept() {
    let (server, desk) = slow();
    let worker = working(&desk);
    let child = buying(&server, &desk);
    signal(child.id(), "INT");
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("stopped before it was asked"), "{}", ran.err);
    let paid = server.paragraphs().len();
    assert!(paid < 8, "{paid}");
    // The worker goes on, and the rest alone is asked for.
    assert_eq!(desk.run(&["translate", "long.txt"]).code, 0);
    assert_eq!(server.paragraphs().len(), 8);
    assert_eq!(worker.stop().code, 0);
}

#[test]
fn what_a_killed_command_paid_for_is_kept() {
    let (server, desk) = slow();
    let _worker = working(&desk);
    let mut child = buying(&server, &desk);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(desk.run(&["translate", "long.txt"]).code, 0);
    assert_eq!(server.paragraphs().len(), 8, "nothing is paid for twice");
}

#[test]
fn a_stopped_command_leaves_the_same_paragraphs_to_another() {
    let (server, desk) = slow();
    let _worker = working(&desk);
    let first = buying(&server, &desk);
    desk.put("copy/long.txt", desk.read("long.txt"));
    let mut second = desk.command(&["translate", "copy/long.txt"]);
    let second = second.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Until it waits for the first: it has looked into the memory by the next request.
    wait_for(|| server.requests().len() >= 3);
    signal(first.id(), "INT");
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(2));
    let ran = Ran::from(second.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(server.paragraphs().len(), 8, "each once");
}

#[test]
fn two_commands_at_once_with_the_same_article_pay_for_it_once() {
    let (server, desk) = slow();
    let worker = working(&desk);
    let first = buying(&server, &desk);
    desk.put("copy/long.txt", desk.read("long.txt"));
    let ran = desk.run(&["translate", "copy/long.txt"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(server.paragraphs().len(), 8, "each once");
    assert_eq!(desk.read("long.zh.txt"), desk.read("copy/long.zh.txt"));
    let said = worker.stop().said;
    assert!(!said.contains("went away") && !said.contains("broke off"), "{said}");
}

#[test]
fn a_worker_that_goes_away_is_told_and_what_was_paid_for_is_kept() {
    let (server, desk) = slow();
    let worker = working(&desk);
    let child = buying(&server, &desk);
    wait_for(|| server.requests().len() >= 3);
    worker.kill();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the worker went away"), "{}", ran.err);
    // Its socket is still there, and nobody behind it: the command does it alone.
    assert!(desk.at(".diptych/memory.sock").exists());
    server.forget();
    assert_eq!(desk.run(&["translate", "long.txt"]).code, 0);
    assert!(server.paragraphs().len() <= 6, "{:?}", server.paragraphs());
    // And the next worker takes its place.
    let worker = working(&desk);
    assert_eq!(desk.run(&["translate", "long.txt"]).code, 0);
    assert_eq!(worker.stop().code, 0);
    assert!(!desk.at(".diptych/memory.sock").exists());
}

#[test]
fn a_worker_told_to_stop_ends_what_it_was_asked_for() {
    let (server, desk) = slow();
    let worker = working(&desk);
    let child = buying(&server, &desk);
    assert_eq!(worker.stop().code, 0);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 2, "{}", ran.err);
    let paid = server.paragraphs().len();
    assert_eq!(desk.run(&["translate", "long.txt"]).code, 0);
    assert_eq!(server.paragraphs().len(), 8, "{paid} were paid for before");
}

#[test]
fn whoever_waits_for_a_run_goes_on_with_the_worker_that_came_first() {
    let (server, desk) = slow();
    let run = buying(&server, &desk);
    let mut worker = Running::spawn(desk.command(&["worker", "--log", "json"]));
    worker.until("waiting for it to finish");
    let mut second = desk.command(&["translate", "other.txt"]);
    let second = second.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(run.wait_with_output().unwrap().status.code(), Some(0));
    // Whether the worker or the command is faster: both come to their ends.
    let ran = Ran::from(second.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    worker.until("\"answering\"");
    assert_eq!(desk.run(&["memory", "stats"]).code, 0);
    assert_eq!(worker.stop().code, 0);
}

#[test]
fn a_worker_that_waits_for_the_memory_stops_when_told() {
    let (server, desk) = slow();
    let mut run = buying(&server, &desk);
    let mut worker = Running::spawn(desk.command(&["worker", "--log", "json"]));
    worker.until("waiting for it to finish");
    assert_eq!(worker.stop().code, 0);
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn the_socket_is_the_users_alone() {
    let (_server, desk) = desk(Script::default(), "");
    let _worker = working(&desk);
    let mode = std::fs::metadata(desk.at(".diptych/memory.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn message(json: &str) -> Vec<u8> {
    [&[1], (json.len() as u32).to_be_bytes().as_slice(), json.as_bytes()].concat()
}

#[test]
fn another_version_is_an_error_that_names_both() {
    let (_server, desk) = desk(Script::default(), "");
    std::fs::create_dir(desk.at(".diptych")).unwrap();
    let listener = UnixListener::bind(desk.at(".diptych/memory.sock")).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let hello = r#"{"protocol":99,"version":"9.9.9","more":true}"#;
        stream.write_all(&message(hello)).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let ran = desk.run(&["translate", "story.md"]);
    answering.join().unwrap();
    assert_eq!(ran.code, 1);
    for part in ["9.9.9", "version 99", env!("CARGO_PKG_VERSION"), "version 1;", "restart"] {
        assert!(ran.err.contains(part), "`{part}` is not in: {}", ran.err);
    }
}

#[test]
fn garbage_ends_its_own_conversation_and_no_other() {
    let (_server, desk) = desk(Script::default(), "");
    let _worker = working(&desk);
    let version = env!("CARGO_PKG_VERSION");
    let hello = message(&format!(r#"{{"protocol":1,"version":"{version}"}}"#));
    let endless = [&[1], u32::MAX.to_be_bytes().as_slice()].concat();
    let unknown = message(r#"{"settings":{},"ask":{"open":"/etc/passwd"}}"#);
    let more = message(r#"{"settings":{},"ask":"stats","more":1}"#);
    let torn = message(r#"{"settings":{},"ask":"#);
    for said in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), endless, hello.clone()] {
        let mut stream = UnixStream::connect(desk.at(".diptych/memory.sock")).unwrap();
        let _ = stream.write_all(&said);
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
    for said in [unknown, more, torn] {
        let mut stream = UnixStream::connect(desk.at(".diptych/memory.sock")).unwrap();
        stream.write_all(&[hello.clone(), said].concat()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answered = Vec::new();
        stream.read_to_end(&mut answered).unwrap();
        let answered = String::from_utf8_lossy(&answered).into_owned();
        assert!(answered.contains(r#"{"refused":["#), "{answered}");
    }
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
}
