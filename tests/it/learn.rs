//! `diptych learn` as an editor or a script uses it.

use std::fs;

use crate::desk::{Desk, Ran};
use crate::server::{Script, Server};

const STORY: &str = "# A quiet harbour\n\nThe ferry left on time, with 120 people on board.\n\n\
                     > Nobody waved. *Nobody* looked back.\n\n- See [the log](https://log.example/1).\n- Ropes & tar.\n";

/// What the scripted model says.
fn chinese(text: &str) -> String {
    match text {
        "A quiet harbour" => "安静的港口",
        "The ferry left on time, with 120 people on board." => "渡轮准点离港，船上有120人。",
        "Nobody waved. <1>Nobody</1> looked back." => "没有人挥手。<1>没有人</1>回头。",
        "See <1>the log</1>." => "见<1>航海日志</1>。",
        "Ropes &amp; tar." => "绳索与焦油。",
        "The ferry left late, with 120 people on board." => "渡轮晚点离港，船上有120人。",
        other => panic!("not in the script: {other}"),
    }
    .to_owned()
}

struct Room {
    server: Server,
    desk: Desk,
}

impl Room {
    fn new() -> Self {
        let script = Script {
            answer: std::sync::Arc::new(|asked| chinese(&asked.text)),
            ..Script::default()
        };
        let server = Server::start(script);
        let desk = Desk::with_server(&server.url(), "");
        desk.put("story.md", STORY);
        let room = Self { server, desk };
        room.complete(&["translate", "story.md"]);
        room.server.forget();
        room
    }

    #[track_caller]
    fn complete(&self, args: &[&str]) -> Ran {
        let ran = self.desk.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
        ran
    }

    /// Edits the translated version.
    #[track_caller]
    fn edit(&self, from: &str, to: &str) -> String {
        self.edit_file("story.zh.md", from, to)
    }

    #[track_caller]
    fn edit_file(&self, name: &str, from: &str, to: &str) -> String {
        let text = self.desk.read(name);
        assert!(text.contains(from), "`{from}` is not in {text}");
        let edited = text.replacen(from, to, 1);
        self.desk.put(name, &edited);
        edited
    }

    /// The next run writes exactly these bytes and asks nobody.
    #[track_caller]
    fn stays(&self, edited: &str) {
        for args in [&["translate", "story.md"][..], &["translate", "story.md", "--force"]] {
            self.complete(args);
            assert_eq!(self.desk.read("story.zh.md"), edited);
        }
        assert_eq!(self.server.paragraphs(), [""; 0], "nothing is asked");
    }

    /// `learn` refuses, for this reason, and leaves everything as it is.
    #[track_caller]
    fn refuses(&self, because: &[&str]) {
        let before: Vec<_> = self.files();
        let ran = self.desk.run(&["learn", "story.zh.md", "--yes"]);
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
        for part in because {
            assert!(ran.err.contains(part), "`{part}` is not in {}", ran.err);
        }
        assert_eq!(self.files(), before);
        assert!(!self.desk.at("corrections.jsonl").exists());
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = self.desk.files().into_iter();
        files.map(|name| (name.clone(), fs::read(self.desk.at(&name)).unwrap())).collect()
    }
}

#[test]
fn a_reworded_paragraph_is_learnt_and_stays() {
    let room = Room::new();
    let edited = room.edit("渡轮准点离港，船上有120人。", "渡轮准时离港， 船上载着120人 .");
    let ran =
        room.complete(&["learn", "story.zh.md", "--yes", "--who", "林编辑", "--reason", "语气"]);
    assert!(ran.out.contains("line 3: 渡轮准[-点-]{+时+}离港"), "{}", ran.out);
    let line = room.desk.read("corrections.jsonl");
    assert_eq!(line.lines().count(), 1);
    for part in [
        r#""source":"The ferry left on time, with 120 people on board.""#,
        r#""target":"渡轮准时离港， 船上载着120人 .""#,
        r#""direction":"en-zh","variant":"zh-Hans","class":"body""#,
        r#""who":"林编辑","article":"story.md","reason":"语气""#,
    ] {
        assert!(line.contains(part), "`{part}` is not in {line}");
    }
    assert_eq!(room.desk.read("story.zh.md"), edited, "byte for byte what the editor left");
    let pair = room.desk.pair("story.pair.json");
    assert_eq!(pair["paragraphs"][1]["origin"], "person");
    assert_eq!(pair["paragraphs"][1]["target"], "渡轮准时离港， 船上载着120人 .");
    let hash = blake3::hash(edited.as_bytes()).to_hex();
    assert_eq!(pair["files"]["story.zh.md"], hash.as_str());
    assert!(room.desk.read("story.pair.html").contains("船上载着"));
    room.stays(&edited);
    let ran = room.complete(&["learn", "story.zh.md"]);
    assert!(ran.err.contains("nothing was changed"), "{}", ran.err);
}

#[test]
fn what_is_known_is_not_learnt_twice() {
    let room = Room::new();
    let before = ["story.pair.json", "story.pair.html"].map(|it| (it, room.desk.read(it)));
    room.edit("挥手", "招手");
    room.complete(&["learn", "story.zh.md", "--yes"]);
    // As after a merge of two branches: the words of both, and the pair of one.
    let [(pair, old), (page, old_page)] = before;
    room.desk.put(pair, old);
    let edited = room.edit("准点", "准时");
    let ran = room.desk.run(&["learn", "story.zh.md", "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("story.pair.html was changed"), "{}", ran.err);
    assert!(ran.err.contains("delete it"), "{}", ran.err);
    room.desk.put(page, old_page);
    room.complete(&["learn", "story.zh.md", "--yes"]);
    assert_eq!(room.desk.read("corrections.jsonl").lines().count(), 2);
    room.stays(&edited);
}

#[test]
fn without_a_terminal_and_without_yes_it_shows_and_learns_nothing() {
    let room = Room::new();
    let edited = room.edit("挥手", "招手");
    let ran = room.desk.run(&["learn", "story.zh.md"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("[-挥-]{+招+}手"), "{}", ran.out);
    assert!(ran.err.contains("--yes"), "{}", ran.err);
    assert!(!room.desk.at("corrections.jsonl").exists());
    assert_eq!(room.desk.read("story.zh.md"), edited);
}

#[test]
fn a_split_is_learnt_as_one_with_its_breaks() {
    let room = Room::new();
    room.edit("渡轮准点离港，船上有120人。", "渡轮准点离港。\n\n船上有\n120人。");
    let edited = room.edit("没有人挥手。*没有人*回头。", "没有人挥手。\n>\n> *没有人*回头。");
    let ran = room.complete(&["learn", "story.zh.md", "--yes"]);
    assert!(ran.out.contains("(split)"), "{}", ran.out);
    let lines = room.desk.read("corrections.jsonl");
    assert!(lines.contains(r#""target":"渡轮准点离港。\n\n船上有\n120人。""#), "{lines}");
    assert!(lines.contains(r#""target":"没有人挥手。\n\n<1>没有人</1>回头。""#), "{lines}");
    room.stays(&edited);
    // An edit of a part, and a split taken back, are new wordings of the one paragraph.
    let edited = room.edit("渡轮准点离港。\n\n船上有", "渡轮按时离港。\n\n船上有");
    room.complete(&["learn", "story.zh.md", "--yes"]);
    room.stays(&edited);
    let edited = room.edit("没有人挥手。\n>\n> *没有人*回头。", "没有人挥手。*没有人*回头。");
    room.complete(&["learn", "story.zh.md", "--yes"]);
    room.stays(&edited);
}

#[test]
fn what_is_no_new_wording_is_reported_and_left() {
    for (from, to, because) in [
        ("120人。\n\n> 没有人", "120人。没有人", &["paragraphs 2, 3 were merged"][..]),
        ("渡轮准点离港，船上有120人。\n\n", "", &["paragraph 2 was deleted"]),
        ("# 宁静", "旁人的一段话。\n\n# 宁静", &["added"]),
        ("- 绳索", "* 绳索", &["line 8", "outside of the prose"]),
        ("log.example/1", "log.example/2", &["line 7", "address", "log.example/2"]),
        (
            "[航海日志](https://log.example/1)",
            "航海日志",
            &["](https://log.example/1)` of the source is missing"],
        ),
        ("绳索", "**绳索**", &["`**…**` is not in the source"]),
        ("绳索", "\\绳索\\-", &["cannot be written back byte for byte"]),
        ("绳索与焦油。", "[未翻译] 绳索", &["still marked as untranslated"]),
    ] {
        let room = Room::new();
        // A good edit beside it is not learnt either.
        room.edit("安静的港口", "宁静的港口");
        room.edit(from, to);
        room.refuses(because);
    }
}

#[test]
fn a_moved_paragraph_is_reported() {
    let room = Room::new();
    let text = room.desk.read("story.zh.md");
    let moved = "渡轮准点离港，船上有120人。\n\n";
    room.desk.put("story.zh.md", text.replace(moved, "") + "\n" + moved.trim_end() + "\n");
    room.refuses(&["paragraph 2 was moved here"]);
}

#[test]
fn paragraphs_alike_that_changed_places_are_reported() {
    let script = Script {
        answer: std::sync::Arc::new(|asked| {
            asked.text.replace("Ferry ", "渡轮").replace(" left on time.", "号准点离港。")
        }),
        ..Script::default()
    };
    let server = Server::start(script);
    let desk = Desk::with_server(&server.url(), "");
    let ferry = |n: usize| format!("- Ferry {n} left on time.\n");
    desk.put("story.md", (1..=9).map(ferry).collect::<String>());
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let text = desk.read("story.zh.md");
    let ring = |from: &[&str], to: &[&str]| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for line in &mut lines {
            if let Some(at) = from.iter().position(|from| line.contains(from)) {
                *line = line.replace(from[at], to[at]);
            }
        }
        lines.join("\n") + "\n"
    };
    let two = ring(&["渡轮2号", "渡轮8号"], &["渡轮8号", "渡轮2号"]);
    let three = ring(&["渡轮1号", "渡轮5号", "渡轮9号"], &["渡轮5号", "渡轮9号", "渡轮1号"]);
    for (edited, moved) in
        [(two, ["paragraph 8", "paragraph 2"]), (three, ["paragraph 5", "paragraph 1"])]
    {
        desk.put("story.zh.md", &edited);
        let ran = desk.run(&["learn", "story.zh.md", "--yes"]);
        assert_eq!(ran.code, 1, "{}", ran.out);
        for moved in moved {
            assert!(ran.err.contains(&format!("{moved} was moved here")), "{}", ran.err);
        }
        assert!(!desk.at("corrections.jsonl").exists());
    }
    // Numbers that go up are new wordings: no text stands where another went.
    let numbered = ring(&["渡轮1号", "渡轮5号", "渡轮9号"], &["渡轮5号", "渡轮9号", "渡轮13号"]);
    desk.put("story.zh.md", &numbered);
    assert_eq!(desk.run(&["learn", "story.zh.md", "--yes"]).code, 0);
    assert_eq!(desk.read("story.zh.md"), numbered);
}

#[test]
fn approving_makes_unchanged_paragraphs_a_persons() {
    let room = Room::new();
    let edited = room.edit("挥手", "招手");
    let ran = room.complete(&["learn", "story.zh.md", "--approve", "--yes"]);
    assert!(ran.out.contains("4 paragraphs approved"), "{}", ran.out);
    assert_eq!(room.desk.read("corrections.jsonl").lines().count(), 5);
    fs::remove_dir_all(room.desk.at(".diptych")).unwrap();
    room.stays(&edited);
    room.complete(&["translate", "story.md", "--refresh"]);
    assert_eq!(room.desk.read("story.zh.md"), edited);
    assert!(room.server.paragraphs().is_empty());
}

#[test]
fn an_untranslated_paragraph_is_learnt_once_it_is_translated() {
    let server = Server::start(Script {
        answer: std::sync::Arc::new(|asked| match asked.text.as_str() {
            "Ropes &amp; tar." => String::new(),
            text => chinese(text),
        }),
        ..Script::default()
    });
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", STORY);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 2);
    let text = desk.read("story.zh.md");
    assert!(text.contains("- [未翻译] Ropes & tar."), "{text}");
    // Untouched it is never learnt, not even by --approve.
    assert_eq!(desk.run(&["learn", "story.zh.md", "--approve", "--yes"]).code, 0);
    assert!(!desk.read("corrections.jsonl").contains("Ropes"));
    let edited = text.replace("[未翻译] Ropes & tar.", "绳索，还有焦油。");
    desk.put("story.zh.md", &edited);
    let ran = desk.run(&["learn", "story.zh.md", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert_eq!(desk.read("story.zh.md"), edited);
    assert_eq!(desk.pair("story.pair.json")["complete"], true);
}

#[test]
fn a_fixed_source_is_asked_about() {
    let fix = ("on time", "in time");
    // Nothing is guessed.
    let room = Room::new();
    room.edit_file("story.en.md", fix.0, fix.1);
    let ran = room.desk.run(&["learn", "story.en.md", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("[-on-]{+in+} time"), "{}", ran.out);
    assert!(ran.err.contains("--fixed-source keep"), "{}", ran.err);
    assert_eq!(room.desk.read("story.md"), STORY);

    // The translation holds: it is a person's now, for the new source; the article has the fix.
    let target = room.edit("准点", "准时");
    room.complete(&["learn", "story.en.md", "--yes", "--fixed-source", "keep"]);
    assert_eq!(room.desk.read("story.md"), STORY.replace(fix.0, fix.1));
    room.stays(&target);

    // It is to be translated again, also where the article itself was changed.
    for name in ["story.en.md", "story.md"] {
        let room = Room::new();
        room.edit_file(name, "left on time", "left late");
        room.complete(&["learn", name, "--yes", "--fixed-source", "again"]);
        room.complete(&["translate", "story.md"]);
        assert_eq!(room.server.paragraphs().len(), 1);
        assert!(room.desk.read("story.zh.md").contains("晚点"));
        assert!(room.desk.read("story.en.md").contains("left late"));
    }
}

#[test]
fn a_rewritten_article_does_not_stand_in_the_way() {
    let room = Room::new();
    let more = STORY.replace("# A quiet harbour", "# A quiet harbour\n\nRopes & tar.");
    room.desk.put("story.md", &more);
    room.edit("挥手", "招手");
    // The editor of the translation need not know of it.
    room.complete(&["learn", "story.zh.md", "--yes"]);
    room.complete(&["translate", "story.md"]);
    assert!(room.desk.read("story.zh.md").contains("招手"));
    // Who names the article is told.
    room.desk.put("story.md", STORY);
    room.edit("招手", "摆手");
    let ran = room.desk.run(&["learn", "story.md", "--yes"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("paragraph 2 was deleted"), "{}", ran.err);
    assert!(room.desk.read("corrections.jsonl").contains("摆手"));
}

#[test]
fn both_sides_changed_at_once() {
    // Words on both sides: learnt together.
    let room = Room::new();
    room.edit_file("story.md", "120 people", "130 people");
    let edited = room.edit("120人", "130人");
    room.complete(&["learn", "story.md", "--yes", "--fixed-source", "keep"]);
    room.stays(&edited);

    // An address in the source alone, and words beside it: one after the other.
    let room = Room::new();
    room.edit_file("story.md", "log.example/1", "log.example/2");
    let edited = room.edit("航海日志", "航行日志");
    let ran = room.desk.run(&["learn", "story.md", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("learn from one of them first"), "{}", ran.err);
    assert_eq!(room.desk.read("story.zh.md"), edited);
    assert!(!room.desk.at("corrections.jsonl").exists());
    room.complete(&["learn", "story.zh.md", "--yes"]);
    room.complete(&["translate", "story.md"]);
    assert!(room.desk.read("story.zh.md").contains("[航行日志](https://log.example/2)"));

    // A fix that makes two sources one.
    let room = Room::new();
    room.edit_file("story.md", "Ropes & tar.", "Nobody waved. *Nobody* looked back.");
    let ran = room.desk.run(&["learn", "story.md", "--yes", "--fixed-source", "keep"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(!room.desk.at("corrections.jsonl").exists());
}

#[test]
fn an_address_fixed_in_the_source_needs_no_answer() {
    let room = Room::new();
    room.edit_file("story.en.md", "log.example/1", "log.example/2");
    room.complete(&["learn", "story.en.md", "--yes"]);
    assert!(room.desk.read("story.md").contains("log.example/2"));
    let zh = room.desk.read("story.zh.md");
    assert!(zh.contains("[航海日志](https://log.example/2)"), "{zh}");
    room.stays(&zh);
}

#[test]
fn a_contradicted_term_yields_a_suggestion() {
    let room = Room::new();
    room.desk.put("glossary/a.toml", "[[term]]\nen = \"ferry\"\nzh = \"渡轮\"\n");
    let edited = room.edit("渡轮", "轮渡船");
    let ran = room.complete(&["learn", "story.zh.md", "--yes"]);
    let toml = "en = [\"ferry\"]\nzh = [\"渡轮\", \"轮渡船\"]";
    assert!(ran.out.contains(toml), "{}", ran.out);
    assert!(ran.out.contains("glossary/a.toml:1"), "{}", ran.out);
    room.complete(&["translate", "story.md"]);
    assert_eq!(room.desk.read("story.zh.md"), edited);
    let pair = room.desk.pair("story.pair.json");
    assert_eq!(pair["paragraphs"][1]["findings"][0]["check"], "terms", "a finding, no change");
}

#[test]
fn one_source_has_one_translation() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", "Nobody waved.\n\nThe ferry left.\n\nNobody waved.\n");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let text = desk.read("story.zh.md");
    let first = text.lines().next().unwrap().to_owned();
    desk.put("story.zh.md", text.replacen(&first, "没有人挥手。", 1));
    let ran = desk.run(&["learn", "story.zh.md", "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("paragraphs 1 and 3 have the same source"), "{}", ran.err);
    let edited = text.replace(&first, "没有人挥手。");
    desk.put("story.zh.md", &edited);
    assert_eq!(desk.run(&["learn", "story.zh.md", "--yes"]).code, 0);
    assert_eq!(desk.run(&["translate", "story.md", "--refresh"]).code, 0);
    assert!(desk.read("story.zh.md").matches("没有人挥手。").count() == 2);
}

#[test]
fn plain_text_and_other_folders() {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    desk.put("in/story.txt", "The ferry left.\r\n\r\nNobody waved at it.\r\n");
    assert_eq!(desk.run(&["translate", "in/story.txt", "--out", "out"]).code, 0);
    let text = desk.read("out/in/story.zh.txt");
    let (first, _) = text.split_once("\r\n").unwrap();
    let half = first.char_indices().nth(first.chars().count() / 2).unwrap().0;
    let split = format!("{}\r\n\r\n　　{}", &first[..half], &first[half..]);
    let edited = text.replace(first, &split);
    desk.put("out/in/story.zh.txt", &edited);
    let ran = desk.run(&["learn", "out/in/story.zh.txt", "--yes"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(desk.run(&["translate", "in/story.txt", "--out", "out"]).code, 0);
    assert_eq!(desk.read("out/in/story.zh.txt"), edited);
}

#[test]
fn variants_and_the_other_direction() {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    desk.put("story.md", STORY);
    desk.put("港口.md", "# 安静的港口\n\n渡轮准点离港，船上有120人。\n");
    for args in [&["story.md", "--to", "zh-Hant-TW"][..], &["story.md"], &["港口.md"]] {
        assert_eq!(desk.run(&[&["translate"], args].concat()).code, 0);
    }
    let hans = desk.read("story.zh.md");
    for (article, version, more) in [
        ("story.md", "story.zh-Hant-TW.md", &["--to", "zh-Hant-TW"][..]),
        ("港口.md", "港口.en.md", &[]),
    ] {
        let edited = desk.read(version).replacen("# ", "# 新 New ", 1);
        desk.put(version, &edited);
        let ran = desk.run(&["learn", version, "--yes"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let ran = desk.run(&[&["translate", article, "--refresh"], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(desk.read(version), edited);
    }
    let lines = desk.read("corrections.jsonl");
    assert!(
        lines.contains(r#""direction":"en-zh","variant":"zh-Hant-TW","class":"heading""#),
        "{lines}"
    );
    assert!(lines.contains(r#""direction":"zh-en","class":"heading""#), "{lines}");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert_eq!(desk.read("story.zh.md"), hans, "another variant is another text");
}

#[test]
fn what_is_no_pair_is_told() {
    let room = Room::new();
    room.desk.put("other.md", "x");
    let ran = room.desk.run(&["learn", "other.md", "missing.zh.md"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("other.md: no pair.json beside it names it"), "{}", ran.err);
    assert!(ran.err.contains("missing.zh.md: there is no such file"), "{}", ran.err);
    let ran = room.desk.run(&["learn", "story.pair.html"]);
    assert!(ran.err.contains("edit the separate version"), "{}", ran.err);
    room.edit("挥手", "招手");
    let ran = room.desk.run(&["learn", "story.zh.md", "other.md", "--yes"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn a_merge_conflict_is_told_and_never_learnt() {
    let long = "The ferry left the old harbour on time today with everybody on board and a band";
    for name in ["story.md", "story.txt"] {
        for source_side in [false, true] {
            let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
            desk.put(name, format!("First of all.\n\n{long}.\n\nNobody waved at all.\n"));
            assert_eq!(desk.run(&["translate", name]).code, 0);
            let side = if source_side { "en" } else { "zh" };
            let edited = name.replace("story.", &format!("story.{side}."));
            let text = desk.read(&edited);
            let middle = text.split("\n\n").nth(1).unwrap();
            let both = format!("<<<<<<< HEAD\n{middle} A\n=======\n{middle} B\n>>>>>>> mei");
            let unmerged = text.replace(middle, &both);
            desk.put(&edited, &unmerged);
            let ran = desk.run(&["learn", &edited, "--yes", "--fixed-source", "keep"]);
            assert_eq!(ran.code, 1, "{edited}: {}{}", ran.out, ran.err);
            assert!(ran.err.contains("line 3: a merge conflict"), "{edited}: {}", ran.err);
            assert!(!desk.at("corrections.jsonl").exists(), "{edited}");
            assert_eq!(desk.read(&edited), unmerged);
        }
    }
}

#[test]
fn an_unreadable_pair_costs_nobody_their_work() {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    desk.put("story.md", "First of all.\n\nNobody waved at all.\n");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let pair = desk.read("story.pair.json");
    let edited = desk.read("story.zh.md") + "\n改过。\n";
    desk.put("story.zh.md", &edited);
    desk.put("story.pair.json", format!("<<<<<<< HEAD\n{pair}"));
    for command in [&["learn", "story.zh.md", "--yes"][..], &["translate", "story.md"]] {
        let ran = desk.run(command);
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
        for part in ["story.pair.json cannot be read", "git checkout --ours"] {
            assert!(ran.err.contains(part), "{part}: {}", ran.err);
        }
        assert_eq!(desk.read("story.zh.md"), edited);
    }
    // A pair of another article is none of this one's business.
    desk.put("story.pair.json", pair);
    desk.put("story-2.pair.json", "torn");
    let ran = desk.run(&["translate", "story.md"]);
    assert!(ran.err.contains("has been edited"), "{}", ran.err);
}

/// What is said of front matter and of code is what can be done about it.
#[test]
fn front_matter_and_code_are_told_as_they_are_written() {
    for (article, from, to, because) in [
        (
            "---\ntitle: One\n---\n\nTwo.\n",
            "title: \"",
            "title: 新的",
            "line 2: in the front matter a text stands in double quotes",
        ),
        (
            "---\ntitle: One\n---\n\nTwo.\n",
            "title: \"",
            "title: a: 新的",
            "line 2: in the front matter",
        ),
        (
            "+++\ntitle = 'One'\n+++\n\nTwo.\n",
            "title = \"",
            "title = 新的",
            "line 2: in the front matter",
        ),
        ("Run `make` at once.\n", "`make`", "make", "line 1: `make` of the source is missing"),
    ] {
        let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
        desk.put("story.md", article);
        assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
        let text = desk.read("story.zh.md");
        assert!(text.contains(from), "{text}");
        let mut edited = text.replacen(from, to, 1);
        if to.starts_with("title") {
            // The quote at the end goes too.
            let end = edited.find("\"\n").unwrap();
            edited.remove(end);
        }
        desk.put("story.zh.md", edited);
        let ran = desk.run(&["learn", "story.zh.md", "--yes"]);
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.err.contains(because) && !ran.err.contains("``"), "{}", ran.err);
    }
}

/// What `learn` writes, the next run would have written: also what it cost, and what is found across
/// the pair.
#[test]
fn the_pair_after_learning_is_the_one_the_next_run_writes() {
    let chinese = |text: &str| match text {
        "Harbour log" => "港口日志",
        "Gavin Orme left on time." => "加文·奥姆准时离开。",
        "Nobody saw Gavin Orme leave." => "没有人看见加文·奥姆离开。",
        "Gavin Orme came back." => "加文·奥姆回来了。",
        "It rained." => "下雨了。",
        other => panic!("not in the script: {other}"),
    };
    let server = Server::start(Script {
        answer: std::sync::Arc::new(move |asked| chinese(&asked.text).to_owned()),
        ..Script::default()
    });
    let desk = Desk::with_server(&server.url(), "price_in = 7.3\nprice_out = 31.9");
    desk.put(
        "story.md",
        "# Harbour log\n\nGavin Orme left on time.\n\nIt rained.\n\nNobody saw Gavin Orme leave.\n\nIt rained.\n\nGavin Orme came back.\n",
    );
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let cost = |desk: &Desk| desk.pair("story.pair.json")["usage"]["tokens_out"].as_u64().unwrap();
    let mut before = cost(&desk);
    for (from, to) in
        [("没有人看见加文·奥姆", "没有人看见加文·奥穆"), ("下雨了", "下着雨"), ("日志", "航海日志")]
    {
        desk.put("story.zh.md", desk.read("story.zh.md").replace(from, to));
        assert_eq!(desk.run(&["learn", "story.zh.md", "--yes"]).code, 0);
        let learnt = ["story.pair.json", "story.pair.html"].map(|name| desk.read(name));
        assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
        let next = ["story.pair.json", "story.pair.html"].map(|name| desk.read(name));
        assert_eq!(learnt, next, "after {to}");
        let found = &desk.pair("story.pair.json")["paragraphs"][3]["findings"][0]["check"];
        assert_eq!(found, "names", "a name in another form is found at once");
        assert!(cost(&desk) < before, "what a person replaced is not counted");
        before = cost(&desk);
    }
}
