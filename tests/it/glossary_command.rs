//! `diptych glossary` as a person or a script uses it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::desk::Desk;
use crate::server::{Script, Server};

const STORY: &str = "# Notes from the harbour\n\nThe reading room is open.\n\nThe harbour is closed today.\n\n\
    Two reading rooms are planned for next year.\n";
const OTHER: &str = "# Other notes\n\nThe reading room is open.\n\nThe lamp is lit.\n";

fn term(zh: &str) -> String {
    format!("[[term]]\nen = \"reading room\"\nzh = [\"{zh}\"]\n")
}

fn git(desk: &Desk, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Lin", "-c", "user.email=lin@example.com"])
        .args(["-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(desk.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A desk with a committed term base and two articles that were bought under it.
fn committed() -> (Server, Desk) {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "price_in = 1000000.0");
    desk.put("glossary/terms.toml", term("阅览室"));
    desk.put("glossary/gone.toml", "[[term]]\nen = \"lamp\"\nzh = [\"灯\"]\n");
    git(&desk, &["init", "-q"]);
    git(&desk, &["add", "glossary"]);
    git(&desk, &["commit", "-q", "-m", "terms"]);
    for (name, text) in [("story.md", STORY), ("other.md", OTHER)] {
        desk.put(name, text);
        assert_eq!(desk.run(&["translate", name]).code, 0);
    }
    server.forget();
    (server, desk)
}

/// The paragraphs of an article that a preview names.
fn touched(report: &Value, article: &str) -> Vec<String> {
    let articles = report["articles"].as_array().unwrap();
    let paragraphs = articles.iter().find(|each| each["path"] == article);
    let paragraphs = paragraphs.map_or(&[][..], |each| each["paragraphs"].as_array().unwrap());
    paragraphs.iter().map(|each| each["source"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_preview_tells_what_an_edit_then_sends() {
    let (server, desk) = committed();
    let unchanged = desk.run(&["glossary", "preview"]);
    assert_eq!((unchanged.code, unchanged.out.as_str()), (0, "the term base has not changed\n"));

    let line = r#"{"source":"Two reading rooms are planned for next year.","target":"明年计划建两间阅览室。","direction":"en-zh","variant":"zh-Hans","class":"body","at":"2026-04-21T08:00:00Z","who":"Lin","article":"story.md"}"#;
    desk.put("corrections.jsonl", format!("{line}\n"));
    desk.put("glossary/terms.toml", term("读书室"));
    let (code, report) = desk.json(&["glossary", "preview"]);
    assert_eq!(code, 0);
    assert_eq!(
        (&report["sent"], &report["of_people"], &report["requests"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(
        touched(&report, "story.md"),
        ["The reading room is open.", "Two reading rooms are planned for next year."]
    );
    assert_eq!(touched(&report, "other.md"), ["The reading room is open."]);
    assert_eq!(
        (report["added"][0]["zh"].as_str(), report["removed"][0]["zh"].as_str()),
        (Some("读书室"), Some("阅览室"))
    );
    let story = desk.pair("story.pair.json");
    let id = story["paragraphs"][1]["id"].as_str().unwrap();
    let told =
        report["articles"].as_array().unwrap().iter().find(|each| each["path"] == "story.md");
    let told = &told.unwrap()["paragraphs"][0];
    assert!(id.starts_with(told["id"].as_str().unwrap()), "{id} {told}");
    assert_eq!(told["position"], 1);
    assert!(report["tokens_in"].as_u64().unwrap() > 0 && report["cost"].as_f64().unwrap() > 0.0);
    let ran = desk.run(&["glossary", "preview"]);
    assert!(ran.out.contains("[a person’s] (reading rooms)"), "{}", ran.out);
    assert!(ran.out.contains("story.md: 2 paragraphs, 1 of them a person’s"), "{}", ran.out);
    assert!(server.requests().is_empty(), "a preview sends nothing");

    for name in ["story.md", "other.md"] {
        assert_eq!(desk.run(&["translate", name]).code, 0);
    }
    assert_eq!(server.paragraphs(), ["The reading room is open."]);
    // What is bought under the new terms is touched no more, and neither is what is bought under
    // the old ones when the edit is taken back.
    assert_eq!(desk.json(&["glossary", "preview"]).1["sent"], 0);
    git(&desk, &["commit", "-q", "-a", "-m", "renamed"]);
    desk.put("glossary/terms.toml", term("阅览室"));
    assert_eq!(desk.json(&["glossary", "preview"]).1["sent"], 0);
}

/// On the examples, with their seeds and marks: twelve edits one after the other.
#[test]
fn a_preview_is_what_a_run_sends() {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let server = Server::start(Script::default());
    let desk = Desk::with_server(
        &server.url(),
        &format!("[memory]\nseeds = [\"{}/*.memory.jsonl\"]\n", examples.display()),
    );
    let articles = ["nearly-finished.md", "yunling.md"];
    for name in articles {
        desk.put(name, std::fs::read(examples.join(name)).unwrap());
    }
    let run = || {
        server.forget();
        for name in articles {
            let ran = desk.run(&["translate", name]);
            assert_eq!(ran.code, 0, "{}", ran.err);
        }
        server.paragraphs().into_iter().collect::<BTreeSet<_>>().len()
    };
    let entry = |en: &str, zh: &str, more: &str| {
        format!("[[term]]\nen = \"{en}\"\nzh = [\"{zh}\"]\n{more}\n")
    };
    desk.put("glossary/a.toml", "");
    assert_eq!(run(), 0, "the seeds hold everything");
    let mut touched = 0;
    for edit in [
        entry("bridge", "大桥", ""),
        entry("bridge", "桥梁", ""),
        entry("bridge", "大桥", ""),
        entry("archive", "档案", "") + &entry("bridge", "大桥", "forbid = \"竣工\""),
        entry("archive", "资料库", ""),
        entry("frost", "霜冻", ""),
        entry("frost", "霜", ""),
        entry("village", "村庄", "only = \"zh-en\""),
        entry("tea", "茶", "not_in = [\"tea master\", \"茶师\"]"),
        entry("Courier", "快报", "case = true"),
        entry("cellar", "地窖", ""),
        String::new(),
    ] {
        desk.put("old/a.toml", desk.read("glossary/a.toml"));
        desk.put("glossary/a.toml", &edit);
        let (code, report) = desk.json(&["glossary", "preview", "--against", "old"]);
        assert_eq!(code, 0);
        let sent = run();
        assert_eq!(report["sent"], sent, "{edit}");
        touched += sent;
    }
    assert!(touched > 20, "{touched}");
}

#[test]
fn a_preview_compares_with_a_folder_or_says_why_not() {
    let (_server, desk) = committed();
    std::fs::remove_file(desk.at("glossary/gone.toml")).unwrap();
    let (_, report) = desk.json(&["glossary", "preview"]);
    assert_eq!(report["removed"][0]["en"], "lamp");
    assert_eq!(report["sent"], 0, "a term that is gone is broken by nothing");
    desk.put("old/terms.toml", term("读书室"));
    let (code, report) = desk.json(&["glossary", "preview", "--against", "old"]);
    assert_eq!((code, &report["removed"][0]["zh"]), (0, &"读书室".into()));
    assert!(desk.run(&["glossary", "preview", "--against", "no"]).err.contains("cannot read no"));
    std::fs::remove_dir_all(desk.at(".git")).unwrap();
    let ran = desk
        .command(&["glossary", "preview"])
        .env("GIT_CEILING_DIRECTORIES", "/")
        .output()
        .unwrap();
    let err = String::from_utf8(ran.stderr).unwrap();
    assert!(err.contains("--against DIR"), "{err}");
}

#[test]
fn a_check_names_contradictions_doubts_and_what_was_never_seen() {
    let (_server, desk) = committed();
    desk.put(
        "glossary/more.toml",
        "[[term]]\nen = \"harbour\"\nzh = [\"港\"]\n\n[[term]]\nen = \"lighthouse\"\nzh = \"灯塔\"\n",
    );
    let ran = desk.run(&["glossary", "check", "--unseen"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out
            .contains("doubt: glossary/more.toml:1: harbour = 港: the form `港` is one character"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("never seen: glossary/more.toml:5: lighthouse = 灯塔"), "{}", ran.out);
    assert!(
        ran.out
            .contains("4 terms, no clashes; 0 contradictions, 2 doubts; 1 term never seen in 6 "),
        "{}",
        ran.out
    );

    let line = r#"{"source":"The reading room is open.","target":"读书室开放了。","direction":"en-zh","variant":"zh-Hans","class":"body","at":"2026-04-21T08:00:00Z","who":"Lin"}"#;
    desk.put("corrections.jsonl", format!("\n{line}\n"));
    let ran = desk.run(&["glossary", "check"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.out.contains("contradiction: glossary/terms.toml:1: reading room = 阅览室, but corrections.jsonl:2 says"),
        "{}",
        ran.out
    );
    let (_, report) = desk.json(&["glossary", "check"]);
    assert_eq!(report["contradictions"][0]["target"], "读书室开放了。");

    desk.put("glossary/z.toml", term("读书室"));
    let ran = desk.run(&["glossary", "check"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err
            .contains("glossary/z.toml:1: `reading room` is also a term in glossary/terms.toml:1"),
        "{}",
        ran.err
    );
}

#[test]
fn the_terms_of_an_article_are_found() {
    let desk = Desk::with("");
    desk.put("glossary/terms.toml", term("阅览室"));
    desk.put("story.md", STORY);
    let ran = desk.run(&["glossary", "find", "story.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        ran.out,
        "reading room, reading rooms → 阅览室  (paragraphs 2, 4; glossary/terms.toml:1)\n1 term in 4 paragraphs\n"
    );
    desk.put("zh.txt", "阅览室今天开放，欢迎各位读者。\n");
    let (code, report) = desk.json(&["glossary", "find", "zh.txt"]);
    assert_eq!(
        (code, &report["target"], &report["terms"][0]["accepted"][0]),
        (0, &"en".into(), &"reading room".into())
    );
    assert!(desk.run(&["glossary", "find", "no.md"]).err.contains("no.md: there is no such file"));
}

#[test]
fn a_term_base_goes_out_and_comes_in() {
    let desk = Desk::with("[glossary]\nfiles = [\"glossary/*.toml\", \"more/*.csv\"]\n");
    let all = term("阅览室")
        + "\n[[term]]\nen = [\"Apple\"]\nzh = [\"苹果公司\", \"苹果\"]\nnot_in = [\"Big Apple\"]\ncase = true\nonly = \"en-zh\"\n\
           \n[[term]]\nen = [\"OpenHarbor\"]\nkeep = true\n";
    desk.put("glossary/terms.toml", &all);
    for name in ["out.csv", "out.tsv", "out.tbx"] {
        assert_eq!(desk.run(&["glossary", "export", name]).code, 0);
        let other = Desk::with("");
        other.put(name, desk.read(name));
        let ran = other.run(&["glossary", "import", name, "--out", "in.toml"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.err.contains("3 terms, and 0 that the term base has already"), "{}", ran.err);
        assert_eq!(
            other.read("in.toml").replace("[\"reading room\"]", "\"reading room\""),
            all,
            "{name}"
        );
        // It overwrites nothing.
        let again = other.run(&["glossary", "import", name, "--out", "in.toml"]);
        assert!(again.code == 1 && again.err.contains("cannot write in.toml"), "{}", again.err);
        let ran = desk.run(&["glossary", "import", name]);
        assert!(ran.err.contains("0 terms, and 3 that"), "{}", ran.err);
    }
    // A table is read where it lies, and what is wrong in it is told with its line.
    desk.put("more/terms.csv", "en,zh\nlighthouse,灯塔\n");
    desk.put("a.md", "The lighthouse is dark tonight.\n");
    assert!(desk.run(&["glossary", "find", "a.md"]).out.contains("more/terms.csv:2"));
    desk.put("more/terms.csv", "en,zh\nlighthouse,\n");
    assert!(
        desk.run(&["glossary", "check"]).err.contains("more/terms.csv:2: the term has no `zh`")
    );
    desk.put("more/terms.csv", "en,zh\n");
    desk.put("clash.csv", "en,zh\nreading room,读书室\n");
    let ran = desk.run(&["glossary", "import", "clash.csv"]);
    assert!(
        ran.code == 2 && ran.err.contains("is also a term in glossary/terms.toml:1"),
        "{}",
        ran.err
    );
    assert!(ran.out.contains("zh = [\"读书室\"]"), "{}", ran.out);
}

#[test]
fn terms_are_suggested_from_pairs() {
    let desk = Desk::with("");
    let paragraph =
        |source: &str, target: &str| serde_json::json!({ "source": source, "target": target });
    let pair = serde_json::json!({ "schema": "diptych.pair/1", "source": "en", "paragraphs": [
        paragraph("They love Greywater.", "他们爱灰水镇。"),
        paragraph("They left Greywater.", "他们离开了灰水镇。"),
        paragraph("They asked about Pilot Bay.", "有人问起领航湾。"),
        paragraph("The reading room faces Pilot Bay.", "阅览室面朝领航湾。"),
        { "source": "They lost Greywater.", "target": null },
    ]});
    desk.put("story.pair.json", pair.to_string());
    let ran = desk.run(&["glossary", "suggest", "story.pair.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        ran.out,
        "# Suggested terms, the most consistent first. Keep an entry to accept it, delete it to strike it.\n\
         \n# in 2 of 2 paragraphs\n[[term]]\nen = [\"Greywater\"]\nzh = [\"灰水镇\"]\n\
         \n# in 2 of 2 paragraphs\n[[term]]\nen = [\"Pilot Bay\"]\nzh = [\"领航湾\"]\n"
    );
    // What is accepted is a term base, and is suggested no more.
    assert_eq!(
        desk.run(&["glossary", "suggest", "story.pair.json", "--out", "glossary.toml"]).code,
        0
    );
    desk.put("pipeline.toml", "[glossary]\nfiles = [\"glossary.toml\"]\n");
    let (code, report) = desk.json(&["glossary", "suggest", "story.pair.json"]);
    assert_eq!((code, &report["suggestions"]), (0, &serde_json::json!([])));
    desk.put("no.json", "{}");
    assert!(
        desk.run(&["glossary", "suggest", "no.json"]).err.contains("no.json: it is no pair.json")
    );
}

#[test]
fn term_bases_of_weblate_are_read() {
    let desk = Desk::with("");
    desk.put("terms.csv", include_bytes!("../exchange/weblate.csv"));
    let ran = desk.run(&["glossary", "import", "terms.csv"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in
        ["en = [\"ferry\"]", "zh = [\"渡轮\"]", "note = \"not a boat\"", "[\"harbour\", \"port\"]"]
    {
        assert!(ran.out.contains(part), "`{part}` is not in {}", ran.out);
    }
    assert!(!ran.out.contains("low tide"), "what is fuzzy is not confirmed: {}", ran.out);
    // From Chinese into English.
    desk.put("terms.csv", "\"context\",\"source\",\"target\"\n\"1\",\"渡轮\",\"ferry\"\n");
    assert!(desk.run(&["glossary", "import", "terms.csv"]).out.contains("en = [\"ferry\"]"));
    desk.put("terms.csv", "source,target\nOpenAI,OpenAI\n");
    let ran = desk.run(&["glossary", "import", "terms.csv"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("terms.csv:1: ") && ran.err.contains("name them `en` and `zh`"),
        "{}",
        ran.err
    );
    desk.put("terms.tbx", include_bytes!("../exchange/weblate.tbx"));
    let ran = desk.run(&["glossary", "import", "terms.tbx"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("terms.tbx:7: `&#0;` on line 7 stands for no character"),
        "{}",
        ran.err
    );
    desk.put("terms.tbx", desk.read("terms.tbx").replace("&#0;", ""));
    let ran = desk.run(&["glossary", "import", "terms.tbx"]);
    assert!(ran.code == 0 && ran.out.contains("低潮"), "{}", ran.err);
}
