//! One job that several workers have in hand: what is published is published once, the same bytes
//! as if one worker alone had had it once.

use std::collections::BTreeMap;

use diptych::queue::spool::desk::{Desk as Spool, State};
use serde_json::Value;

use crate::desk::Desk;
use crate::running::Running;
use crate::server::{Script, Server};

/// The times at which a job came and ended: all in which two publications of it may differ.
const TIMES: [&str; 2] = ["queued", "finished"];

/// One article in hand, and requests one after the other: what is counted is the same each time.
fn config(server: &Server, memory: &str) -> String {
    format!(
        "[backends.main]\nurl = \"{}\"\nmodel = \"scripted\"\nconcurrency = 1\n\
         price_in = 1.0\nprice_out = 2.0\n[memory]\npath = \"{memory}\"\n[worker]\narticles = 1\n",
        server.url()
    )
}

/// A text of each revision; they have a paragraph in common.
fn story(revision: u64) -> String {
    format!(
        "# The ferry\n\nThe ferry left at {}:40, as [planned](https://example.com/).\n\n\
         Nobody waved at it.\n",
        6 + revision
    )
}

/// The files of a published folder; of `result.json` without the times.
fn published(desk: &Desk, revision: u64) -> BTreeMap<String, Vec<u8>> {
    let jobs = Spool::open(&desk.at("queue")).unwrap().list().unwrap();
    let done: Vec<_> = jobs.iter().filter(|job| job.revision == revision).collect();
    assert_eq!(done.len(), 1, "revision {revision}: {jobs:#?}");
    assert_eq!(done[0].state, State::Done);
    let files = std::fs::read_dir(&done[0].path).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut bytes = std::fs::read(&path).unwrap();
        if name == "result.json" {
            let mut result: Value = serde_json::from_slice(&bytes).unwrap();
            for time in TIMES {
                assert!(result.as_object_mut().unwrap().remove(time).is_some(), "{result}");
            }
            bytes = serde_json::to_vec_pretty(&result).unwrap();
        }
        (name, bytes)
    });
    files.collect()
}

fn hand_in(desk: &Desk, revision: u64) -> String {
    let (code, report) = desk.json(&["submit", "story.md", "--revision", &revision.to_string()]);
    assert_eq!(code, 0, "{report}");
    report["jobs"][0]["state"].as_str().unwrap().to_owned()
}

/// Waits until the model has been asked so often by now.
fn asked(server: &Server, requests: usize) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while server.requests().len() < requests {
        assert!(std::time::Instant::now() < end, "it is not asked");
        std::thread::yield_now();
    }
}

/// What one worker publishes of each revision, handed in once.
fn alone() -> [BTreeMap<String, Vec<u8>>; 2] {
    let server = Server::start(Script::default());
    let desk = Desk::with(&config(&server, ".diptych/memory"));
    [0, 1].map(|revision| {
        desk.put("story.md", story(revision));
        assert_eq!(hand_in(&desk, revision), "queued");
        assert_eq!(desk.run(&["worker", "--until-empty"]).code, 0);
        published(&desk, revision)
    })
}

#[test]
fn a_job_in_the_hands_of_two_workers_is_published_once_as_one_alone_publishes_it() {
    let (gate, open) = tokio::sync::watch::channel(false);
    let server = Server::start(Script { open: Some(open), ..Script::default() });
    let desk = Desk::with(&config(&server, ".diptych/memory"));
    desk.put("other.toml", config(&server, ".diptych/other"));
    let mut expected = alone();
    let mut workers: Vec<Running> = Vec::new();
    for revision in [0, 1] {
        gate.send_replace(false);
        server.forget();
        desk.put("story.md", story(revision));
        assert_eq!(hand_in(&desk, revision), "queued");
        if workers.is_empty() {
            // The first is handed in before there is a worker.
            assert_eq!(hand_in(&desk, revision), "waiting");
            workers.push(Running::start(&desk));
            let other = ["worker", "--config", "other.toml", "--log", "json"];
            workers.push(Running::spawn(desk.command(&other)));
        }
        asked(&server, 1);
        assert_eq!(hand_in(&desk, revision), "queued", "it is in hand, and not done");
        asked(&server, 2);
        // Both have it in hand; this waits behind them.
        assert_eq!(hand_in(&desk, revision), "queued");
        gate.send_replace(true);
        for worker in &mut workers {
            worker.until_any(&["\"message\":\"published\"", "the same job was published before"]);
        }
        assert_eq!(hand_in(&desk, revision), "done");
    }
    // As any program hands it in, with the options of the last.
    desk.put("queue/new/story.md.job.toml", "revision = 1\n");
    desk.put("ready.md", story(1));
    std::fs::rename(desk.at("ready.md"), desk.at("queue/new/story.md")).unwrap();
    let spool = Spool::open(&desk.at("queue")).unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while spool.list().unwrap().iter().any(|job| job.state != State::Done) {
        assert!(std::time::Instant::now() < end, "{:#?}", spool.list().unwrap());
        std::thread::yield_now();
    }
    let said: Vec<String> = workers
        .into_iter()
        .map(|worker| {
            let ended = worker.stop();
            assert_eq!(ended.code, 0, "{}", ended.said);
            ended.said
        })
        .collect();
    let count = |what: &str| said.iter().map(|said| said.matches(what).count()).sum::<usize>();
    assert_eq!(count("\"message\":\"published\""), 2, "one publication of each revision");
    assert_eq!(count("the same job was published before"), 2, "and one too late for it");
    assert!(count("is in done/ already") >= 2, "{said:?}");
    for (revision, expected) in (0..).zip(&mut expected) {
        let found = published(&desk, revision);
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (name, bytes) in found {
            let [found, expected] =
                [&bytes, &expected[&name]].map(|it| String::from_utf8_lossy(it).into_owned());
            assert_eq!(found, expected, "revision {revision}: {name}");
        }
    }
    let latest = desk.at("queue/latest/story.md").canonicalize().unwrap();
    let newest = spool.list().unwrap().into_iter().find(|job| job.revision == 1).unwrap();
    assert_eq!(latest, newest.path.canonicalize().unwrap());
    for folder in ["new", "work", "failed"] {
        assert_eq!(std::fs::read_dir(desk.at("queue").join(folder)).unwrap().count(), 0);
    }
}
