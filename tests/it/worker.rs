//! The worker at the command line: jobs in, folders out.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::desk::Desk;
use crate::running::Running;

const STORY: &str = "# The ferry\n\nThe ferry left on time.\n\nNobody waved at it.\n";

/// A desk that needs no network.
fn desk() -> Desk {
    Desk::with("[backends.main]\nkind = \"pseudo\"\n[queue]\nsettle_seconds = 0.2\n")
}

/// The only folder in `done/` or `failed/` that holds a job of this name.
fn folder(desk: &Desk, end: &str, name: &str) -> PathBuf {
    let entries = std::fs::read_dir(desk.at("queue").join(end)).unwrap();
    let begins = format!("{name}-");
    let found: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&begins))
        .map(|entry| entry.path())
        .collect();
    assert_eq!(found.len(), 1, "{end}/{name}: {found:?}");
    found[0].clone()
}

fn result(desk: &Desk, end: &str, name: &str) -> Value {
    let bytes = std::fs::read(folder(desk, end, name).join("result.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// How many entries a folder of the queue has.
fn count(desk: &Desk, folder: &str) -> usize {
    std::fs::read_dir(desk.at("queue").join(folder)).unwrap().count()
}

#[test]
fn what_is_handed_in_is_published_as_one_folder() {
    let desk = desk();
    desk.put("story.md", STORY);
    let (code, report) = desk.json(&["submit", "story.md"]);
    assert_eq!((code, report["jobs"][0]["state"].as_str()), (0, Some("queued")));
    assert_eq!(count(&desk, "new"), 1);
    let (code, report) = desk.json(&["submit", "story.md"]);
    assert_eq!((code, report["jobs"][0]["state"].as_str()), (0, Some("waiting")));

    let mut worker = Running::start(&desk);
    assert_eq!(worker.published(1), [("story.md".into(), "done".into())]);
    let ended = worker.stop();
    assert_eq!(ended.code, 0, "{}", ended.said);

    let folder = folder(&desk, "done", "story.md");
    assert_eq!(std::fs::read_to_string(folder.join("story.en.md")).unwrap(), STORY);
    let result = result(&desk, "done", "story.md");
    assert_eq!(result["schema"], "diptych.result/1");
    assert_eq!(result["attempts"], 1);
    assert_eq!(result["counts"]["paragraphs"], 3);
    for (name, hash) in result["files"].as_object().unwrap() {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(hash.as_str().unwrap(), diptych::pair::write::hash(&bytes), "{name}");
    }
    assert_eq!(desk.at("queue/latest/story.md").canonicalize().unwrap(), folder);
    for empty in ["new", "work", "failed", "workers"] {
        assert_eq!(count(&desk, empty), 0, "{empty}");
    }
    let (code, report) = desk.json(&["submit", "story.md"]);
    assert_eq!((code, report["jobs"][0]["state"].as_str()), (0, Some("done")));
}

#[test]
fn a_file_of_any_program_is_a_job() {
    let desk = desk();
    let mut worker = Running::start(&desk);
    desk.put("queue/new/.hidden.md", STORY);
    desk.put("queue/new/half.md.part", STORY);
    desk.put("queue/new/tw.md.job.toml", "target = \"zh-Hant-TW\"\noutputs = [\"tmx\"]\n");
    desk.put("queue/new/tw.md", STORY);
    assert_eq!(worker.published(1), [("tw.md".into(), "done".into())]);
    let written = folder(&desk, "done", "tw.md");
    assert!(written.join("tw.zh-Hant-TW.pair.json").exists());
    assert!(written.join("tw.zh-Hant-TW.tmx").exists());
    assert!(!written.join("tw.en.md").exists());
    // Renamed in: it needs not settle.
    desk.put("ready.md", STORY);
    std::fs::rename(desk.at("ready.md"), desk.at("queue/new/ready.md")).unwrap();
    assert_eq!(worker.published(1), [("ready.md".into(), "done".into())]);
    assert_eq!(worker.stop().code, 0);
    let mut left: Vec<_> = std::fs::read_dir(desk.at("queue/new"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, [".hidden.md", "half.md.part"]);
}

#[test]
fn what_is_no_article_is_set_aside_with_the_reason() {
    let desk = desk();
    let mut worker = Running::start(&desk);
    desk.put("secret.md", "Not to be read.\n");
    symlink(desk.at("secret.md"), desk.at("queue/new/link.md")).unwrap();
    let pipe = desk.at("queue/new/pipe.md");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    desk.put("queue/new/story.docm", STORY);
    desk.put("queue/new/odd.md.job.toml", "priorty = 1\n");
    desk.put("queue/new/odd.md", STORY);
    desk.put("queue/new/binary.md", [0xff, 0xfe, 0x00, 0x80, 0x81, 0x00, 0x01]);
    assert_eq!(worker.published(5).iter().filter(|(_, state)| state == "failed").count(), 5);
    assert_eq!(worker.stop().code, 0);
    for (name, because) in [
        ("link.md", "links are not followed"),
        ("pipe.md", "no plain file"),
        ("story.docm", "format is not known"),
        ("odd.md", "line 1: unknown field `priorty`"),
    ] {
        let result = result(&desk, "failed", name);
        assert!(result["reason"].as_str().unwrap().contains(because), "{result}");
        assert_eq!(result["state"], "failed");
    }
    assert!(!folder(&desk, "failed", "link.md").join("article").exists());
}

#[test]
fn a_newer_revision_leads_and_an_older_does_not() {
    let desk = desk();
    let mut worker = Running::start(&desk);
    let mut submit = |text: &str, revision: &str| {
        desk.put("story.md", text);
        assert_eq!(desk.run(&["submit", "story.md", "--revision", revision]).code, 0);
        worker.published(1);
        std::fs::read_to_string(desk.at("queue/latest/story.md/story.en.md")).unwrap()
    };
    assert_eq!(submit("The second.\n", "2"), "The second.\n");
    assert_eq!(submit("The first.\n", "1"), "The second.\n");
    assert_eq!(submit("The third.\n", "3"), "The third.\n");
    assert_eq!(count(&desk, "done"), 3);
}

#[test]
fn jobs_are_listed_cancelled_tried_again_and_dropped() {
    let desk = desk();
    desk.put("good.md", STORY);
    desk.put("bad.md", "1984\n");
    desk.put("never.md", "Never mind.\n");
    assert_eq!(desk.run(&["submit", "good.md", "bad.md", "never.md"]).code, 0);
    assert_eq!(desk.run(&["jobs", "cancel", "never.md"]).code, 0);
    let mut worker = Running::start(&desk);
    worker.published(2);
    let (_, report) = desk.json(&["jobs"]);
    let states: Vec<_> = report["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| (job["name"].as_str().unwrap(), job["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("bad.md", "failed"), ("good.md", "done")]);
    let (code, shown) = desk.json(&["jobs", "show", "bad.md"]);
    assert_eq!(code, 0);
    let id = shown["jobs"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(shown["jobs"][0]["result"]["id"], id.as_str());
    assert_eq!(desk.run(&["jobs", "retry", &id[..6]]).code, 0);
    assert_eq!(worker.published(1), [("bad.md".into(), "failed".into())]);
    assert_eq!(desk.run(&["jobs", "retry", "good.md"]).code, 1);
    assert_eq!(desk.run(&["jobs", "drop", "bad.md", "good.md"]).code, 0);
    assert_eq!((count(&desk, "done"), count(&desk, "failed"), count(&desk, "latest")), (0, 0, 0));
    let ran = desk.run(&["jobs", "show", "good.md"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("there is no job `good.md`"), "{}", ran.err);
}
