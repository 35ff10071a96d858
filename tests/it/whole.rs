//! Law 8: whole or not at all, also when the program is killed or the disk says no.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use crate::desk::Desk;

const PSEUDO: &str = "[backends.main]\nkind = \"pseudo\"\n";

/// A story long enough that writing it takes a while; two that have no wording in common, so that
/// neither is an edit of the other.
fn story(edition: usize) -> String {
    let part: fn(usize) -> String = match edition {
        0 => |i| format!("Part {i}: nobody waved, and nothing moved along the quay.\n\n"),
        _ => |i| format!("In chapter {i} every ship has left for some southern port.\n\n"),
    };
    let title = ["# The harbour\n\n", "# Where they all went\n\n"][edition];
    title.to_owned() + &(0..60).map(part).collect::<String>()
}

/// The outputs on a desk, and their bytes.
fn outputs(desk: &Desk) -> BTreeMap<String, Vec<u8>> {
    let names = ["story.en.md", "story.zh.md", "story.pair.html", "story.pair.json"];
    let read = |name: &str| Some((name.to_owned(), fs::read(desk.at(name)).ok()?));
    names.into_iter().filter_map(read).collect()
}

/// What an undisturbed run writes for each of two generations.
fn generations() -> [BTreeMap<String, Vec<u8>>; 2] {
    [0, 1].map(|generation| {
        let desk = Desk::with(PSEUDO);
        desk.put("story.md", story(generation));
        assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
        outputs(&desk)
    })
}

#[test]
fn a_killed_run_leaves_whole_files_and_none_for_a_persons() {
    let generations = generations();
    let desk = Desk::with(PSEUDO);
    let laid_down = || {
        let names = fs::read_dir(desk.path()).unwrap().filter_map(Result::ok);
        names.filter(|entry| entry.file_name().to_string_lossy().ends_with(".tmp")).count()
    };
    let written = |name: &str| fs::metadata(desk.at(name)).and_then(|it| it.modified()).ok();
    for round in 0..16 {
        // What earlier rounds left lying about does not count.
        for entry in fs::read_dir(desk.path()).unwrap().filter_map(Result::ok) {
            if entry.file_name().to_string_lossy().ends_with(".tmp") {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        desk.put("story.md", story((round + round / 4) % 2));
        let mut child = desk
            .command(&["translate", "story.md"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It is killed when a file is laid down, or when one, or another, is in its place.
        let places = ["story.en.md", "story.zh.md", "story.pair.html"];
        let before = places.map(written);
        let reached = || match round % 4 {
            3 => laid_down() > 0,
            place => written(places[place]) != before[place],
        };
        while !reached() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
        for (name, bytes) in outputs(&desk) {
            assert!(
                generations.iter().any(|whole| whole[&name] == bytes),
                "round {round}: {name} is neither edition"
            );
        }
    }
    // What is of two generations now is known as ours, and mended without --force.
    desk.put("story.md", story(1));
    let ran = desk.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(outputs(&desk), generations[1]);
}

#[test]
fn the_manifest_comes_last() {
    let [first, second] = generations();
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", story(0));
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    // A folder stands in the way of the page.
    fs::remove_file(desk.at("story.pair.html")).unwrap();
    desk.put("story.pair.html/note.txt", "in the way");
    desk.put("story.md", story(1));
    let ran = desk.run(&["translate", "story.md", "--force"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("story.pair.html"), "{}", ran.err);
    assert_eq!(outputs(&desk)["story.pair.json"], first["story.pair.json"]);
    fs::remove_dir_all(desk.at("story.pair.html")).unwrap();
    let ran = desk.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(outputs(&desk), second);
}
