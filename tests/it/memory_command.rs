//! `diptych memory` as a person or a script uses it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::desk::Desk;
use crate::server::{Script, Server};

const STORY: &str = "# A quiet harbour\n\nThe ferry left on time.\n\nNobody waved.\n";
const OTHER: &str = "# Another story\n\nNobody waved.\n";

/// A desk on which two articles were bought, and its server.
fn bought() -> (Server, Desk) {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "price_in = 1000000.0");
    desk.put("story.md", STORY);
    desk.put("other.md", OTHER);
    for story in ["story.md", "other.md"] {
        assert_eq!(desk.run(&["translate", story]).code, 0);
    }
    server.forget();
    (server, desk)
}

/// How many paragraphs a run would send.
fn would_send(desk: &Desk, story: &str) -> Value {
    let (code, report) = desk.json(&["translate", story, "--dry-run"]);
    assert_eq!(code, 0);
    report["articles"][0]["plan"]["paragraphs_sent"].clone()
}

#[test]
fn stats_tell_engines_directions_ages_and_money() {
    let (_server, desk) = bought();
    let (code, stats) = desk.json(&["memory", "stats"]);
    assert_eq!((code, &stats["schema"]), (0, &"diptych.memory-stats/1".into()));
    assert_eq!(
        (&stats["paragraphs"], &stats["uses"], &stats["articles"]),
        (&4.into(), &5.into(), &2.into())
    );
    assert_eq!(stats["engines"]["main/scripted"]["translations"], 4);
    assert_eq!(stats["directions"]["en→zh-Hans"]["translations"], 4);
    assert_eq!(stats["ages"][0]["days"], 1);
    assert_eq!(stats["ages"][0]["translations"], 4);
    let figure = |value: &Value| value.as_f64().unwrap();
    assert!(figure(&stats["all"]["cost"]) > figure(&stats["saved"]));
    assert!(figure(&stats["saved"]) > 0.0, "one paragraph is used twice");
    let ran = desk.run(&["memory", "stats"]);
    assert!(
        ran.out.contains("4 paragraphs, 4 translations by machines, 0 corrections"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("main/scripted"), "{}", ran.out);
    for age in [
        "less than 1 day",
        "1 day to 6 days",
        "7 to 29 days",
        "30 to 364 days",
        "365 days and more",
    ] {
        assert!(ran.out.contains(age), "no two bands hold the same: {}", ran.out);
    }
}

#[test]
fn an_export_serves_another_desk() {
    let (_server, desk) = bought();
    assert_eq!(desk.run(&["memory", "export", "out.jsonl"]).code, 0);
    let piped = desk.run(&["memory", "export"]);
    assert_eq!(piped.out, desk.read("out.jsonl"));
    assert_eq!(piped.out.lines().count(), 4 + 2, "four translations, two articles");

    let other = Desk::with("");
    other.put("story.md", STORY);
    other.put("in.jsonl", piped.out + "{\n");
    let (code, report) = other.json(&["memory", "import", "in.jsonl"]);
    assert_eq!(code, 2, "a line is broken");
    let file = &report["files"][0];
    assert_eq!((&file["machines"], &file["skipped"]), (&4.into(), &1.into()));
    // Where they are used came along: articles, places, and what may be forgotten with them.
    let counts = |desk: &Desk| {
        let stats = desk.json(&["memory", "stats"]).1;
        ["paragraphs", "articles", "uses", "saved"].map(|figure| stats[figure].clone())
    };
    assert_eq!(counts(&desk), counts(&other));
    assert_eq!(other.json(&["memory", "forget", "--article", "other.md"]).1["paragraphs"], 1);
    assert_eq!(desk.read("out.jsonl"), other.run(&["memory", "export"]).out, "as it was");
    // No backend is there, and none is needed.
    assert_eq!(other.run(&["translate", "story.md"]).code, 0);
    // An older export, without them.
    let older = Desk::with("");
    let lines = desk.read("out.jsonl");
    let lines = lines.lines().filter(|line| line.contains("diptych.memory/1")).map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("uses");
        format!("{line}\n")
    });
    older.put("in.jsonl", lines.collect::<String>());
    assert_eq!(older.json(&["memory", "import", "in.jsonl"]).1["files"][0]["machines"], 4);
    assert!(desk.run(&["memory", "export", "out.txt"]).err.contains("--format"));
    assert!(desk.run(&["memory", "import", "no.jsonl"]).err.contains("cannot read no.jsonl"));
}

#[test]
fn a_paragraph_an_article_an_engine_and_a_time_are_forgotten() {
    let (_server, desk) = bought();
    let forgets = |args: &[&str]| {
        let (code, report) = desk.json(&[&["memory", "forget"], args].concat());
        assert_eq!(code, 0);
        report["paragraphs"].clone()
    };
    assert_eq!(forgets(&["--before", "2026-01-01"]), 0);
    assert_eq!(forgets(&["--since", "2026-01-01", "--engine", "main"]), 4);
    assert_eq!(forgets(&["--engine", "main/scripted"]), 4);
    assert_eq!(forgets(&["--engine", "spare"]), 0);
    assert_eq!(
        forgets(&["--article", "story.md"]),
        2,
        "the third paragraph stands in the other too"
    );
    let id = desk.pair("story.pair.json")["paragraphs"][1]["id"].as_str().unwrap().to_owned();
    assert_eq!(forgets(&["--paragraph", &id]), 1);
    assert_eq!(forgets(&["--paragraph", "The ferry  left on time."]), 1);
    assert_eq!(would_send(&desk, "story.md"), 0, "nothing was done without --yes");

    assert_eq!(forgets(&["--paragraph", &id, "--yes"]), 1);
    assert_eq!(would_send(&desk, "story.md"), 1);
    assert_eq!(forgets(&["--article", "story.md", "--yes"]), 1);
    assert_eq!(
        (would_send(&desk, "story.md"), would_send(&desk, "other.md")),
        (2.into(), 0.into())
    );
    let known = desk.run(&["memory", "stats"]).out;
    assert!(
        known.contains("used in 1 article at 2 places"),
        "nor its use of the shared one: {known}"
    );
    for (name, near) in [("story.md", "`story.md`"), ("news/othre.md", "it knows other.md")] {
        let unknown = desk.run(&["memory", "forget", "--article", name, "--yes"]);
        assert_eq!(unknown.code, 1, "{}", unknown.out);
        assert!(unknown.err.contains("knows no paragraph of an article called"), "{}", unknown.err);
        assert!(unknown.err.contains(near), "{}", unknown.err);
    }
    assert_eq!(forgets(&["--engine", "main", "--yes"]), 2);
    assert_eq!(would_send(&desk, "other.md"), 2);

    let none = desk.run(&["memory", "forget"]);
    assert!(none.code == 1 && none.err.contains("say what to forget"), "{}", none.err);
    let wrong = desk.run(&["memory", "forget", "--before", "soon"]);
    assert!(wrong.code == 1 && wrong.err.contains("`soon` is no time"), "{}", wrong.err);
}

/// The lines of an export of `count` paragraphs.
fn lines(count: usize) -> String {
    (0..count)
        .map(|n| {
            let long = "word ".repeat(40);
            format!(
                r#"{{"schema":"diptych.memory/1","source":"Paragraph {n}. {long}","target":"第{n}段。","direction":"en-zh","variant":"zh-Hans","class":"body","engine":"old","at":"2025-01-01T00:00:00Z"}}"#
            ) + "\n"
        })
        .collect()
}

#[test]
fn a_killed_import_goes_on_where_it_stopped() {
    const COUNT: usize = 40_000;
    let desk = Desk::with("");
    desk.put("many.jsonl", lines(COUNT));
    let mut resumed = 0;
    for _ in 0..3 {
        let mut child = desk.command(&["memory", "import", "many.jsonl"]);
        let mut child = child.env("DIPTYCH_LOG", "info").stderr(Stdio::piped()).spawn().unwrap();
        // It says when a batch is safe; killed then, it is killed within the next one.
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let safe = said.find(|line| line.as_ref().unwrap().contains("taken in"));
        assert!(safe.is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        resumed += 1;
    }
    let (code, report) = desk.json(&["memory", "import", "many.jsonl"]);
    let file = &report["files"][0];
    let figure = |key: &str| file[key].as_u64().unwrap() as usize;
    assert_eq!(code, 0);
    assert!(figure("resumed_after") >= resumed * 8192, "{report}");
    assert_eq!(figure("resumed_after") + figure("machines"), COUNT);
    assert_eq!(desk.run(&["memory", "export"]).out.lines().count(), COUNT);
    // At its end it is forgotten how far it was.
    assert_eq!(desk.json(&["memory", "import", "many.jsonl"]).1["files"][0]["resumed_after"], 0);
}

#[test]
fn a_killed_compaction_loses_nothing() {
    const COUNT: usize = 3000;
    let desk = Desk::with("");
    desk.put("many.jsonl", lines(COUNT));
    assert_eq!(desk.run(&["memory", "import", "many.jsonl"]).code, 0);
    let mut random = StdRng::seed_from_u64(rand::random());
    for _ in 0..6 {
        let mut child = desk.command(&["memory", "compact"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random.random_range(0..800)));
        child.kill().unwrap();
        child.wait().unwrap();
        let ran = desk.run(&["memory", "export"]);
        assert_eq!((ran.code, ran.out.lines().count()), (0, COUNT), "{}", ran.err);
        assert_eq!(ran.err, "", "nothing had to be healed");
    }
    assert_eq!(desk.run(&["memory", "compact"]).code, 0);
    let left: Vec<_> = std::fs::read_dir(desk.at(".diptych")).unwrap().collect();
    assert_eq!(left.len(), 2, "the memory and its lock: {left:?}");
}

#[test]
fn corrections_are_never_forgotten() {
    let (_server, desk) = bought();
    let line = r#"{"source":"Nobody waved.","target":"没有人挥手。","direction":"en-zh","variant":"zh-Hans","class":"body","at":"2026-04-21T08:00:00Z","who":"Lin"}"#;
    desk.put("corrections.jsonl", format!("{line}\n"));
    assert_eq!(desk.run(&["memory", "forget", "--since", "1970-01-01", "--yes"]).code, 0);
    assert_eq!(desk.run(&["memory", "compact"]).code, 0);
    assert_eq!(desk.read("corrections.jsonl"), format!("{line}\n"));
    assert_eq!(would_send(&desk, "story.md"), 2);
}

#[test]
fn compacting_gives_space_back() {
    let (_server, desk) = bought();
    desk.put("old.jsonl", lines(3000));
    assert_eq!(desk.run(&["memory", "import", "old.jsonl"]).code, 0);
    assert_eq!(desk.run(&["memory", "forget", "--engine", "old", "--yes"]).code, 0);
    let (code, report) = desk.json(&["memory", "compact"]);
    assert_eq!(code, 0);
    let bytes = |key: &str| report[key].as_u64().unwrap();
    assert!(bytes("after") < bytes("before"), "{report}");
    assert_eq!(would_send(&desk, "story.md"), 0);
}

#[test]
fn one_is_told_as_one() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "price_in = 1000000.0");
    desk.put("in.jsonl", lines(1));
    let told = |args: &[&str], what: &str| {
        let ran = desk.run(args);
        let said = ran.out + &ran.err;
        assert!(said.contains(what), "{args:?}: `{what}` is not in {said}");
    };
    told(
        &["memory", "import", "in.jsonl"],
        ": 1 translation into the memory, 0 new corrections, 0 units",
    );
    told(&["memory", "export", "out.tmx"], "exported: 1 translation to out.tmx");
    told(&["memory", "stats"], "        1 translation  ");
    told(
        &["memory", "forget", "--engine", "old"],
        "would be forgotten: 1 translation of 1 paragraph, bought",
    );
    desk.put("story.md", "Nobody waved.\n");
    told(&["translate", "story.md"], "story.md: 1 paragraph\n");
    told(&["learn", "story.md", "--approve", "--yes"], "  1 paragraph approved as it stands\n");
}
