//! `diptych check` as a person or a script uses it.

use std::sync::Arc;

use crate::desk::Desk;
use crate::server::{Script, Server};

const EN: &str = "# A quiet harbour\n\nThe ferry left on time, and nobody waved from the pier.\n\n\
                  Read the [notice](https://example.org/notice) of the `board` before you sail.\n";
const ZH: &str = "# 安静的港口\n\n渡轮准点离港，码头上没有人挥手送行。\n\n\
                  启航前请阅读`board`的[公告](https://example.org/notice)。\n";

fn desk(en: &str, zh: &str) -> Desk {
    let desk = Desk::with("");
    desk.put("story.en.md", en);
    desk.put("story.zh.md", zh);
    desk
}

#[test]
fn a_good_pair_of_files_raises_nothing() {
    let ran = desk(EN, ZH).run(&["check", "story.en.md", "story.zh.md"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "1 pair, 3 paragraphs: 0 errors, 0 warnings\n");
    let ran = desk(EN, ZH).run(&["check", "story.zh.md", "story.en.md"]);
    assert_eq!(ran.code, 0, "the other way round: {}{}", ran.out, ran.err);
}

#[test]
fn an_error_has_file_and_line() {
    let desk = desk(EN, &ZH.replace("渡轮准点离港，码头上没有人挥手送行。", "抱歉，我无法翻译。"));
    let ran = desk.run(&["check", "story.en.md", "story.zh.md"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("story.zh.md:3: error [refusal]"), "{}", ran.out);
    assert!(ran.out.contains("(story.en.md:3)"), "{}", ran.out);
    let (code, report) = desk.json(&["check", "story.en.md", "story.zh.md"]);
    assert_eq!((code, &report["schema"]), (2, &"diptych.check/1".into()));
    let found = &report["pairs"][0]["findings"][0];
    assert_eq!((&found["check"], &found["severity"]), (&"refusal".into(), &"error".into()));
    assert_eq!((&found["target"]["line"], &found["paragraph"]), (&3.into(), &2.into()));
    assert!(found["message"]["zh"].is_string() && found["message"]["en"].is_string());
}

#[test]
fn a_paragraph_left_out_is_named_with_its_line() {
    let without = ZH.replace("渡轮准点离港，码头上没有人挥手送行。\n\n", "");
    let ran = desk(EN, &without).run(&["check", "story.en.md", "story.zh.md"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("story.en.md:3: error [omission]"), "{}", ran.out);
}

#[test]
fn terms_are_those_of_the_glossary() {
    let desk = desk(EN, ZH);
    desk.put("glossary/terms.toml", "[[term]]\nen = \"ferry\"\nzh = \"摆渡船\"\n");
    let ran = desk.run(&["check", "story.en.md", "story.zh.md"]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("story.zh.md:3: error [terms]"), "{}", ran.out);
}

#[test]
fn a_lost_link_is_an_error_and_lost_emphasis_is_none() {
    let plain = ZH.replace("[公告](https://example.org/notice)", "公告");
    let ran = desk(EN, &plain).run(&["check", "story.en.md", "story.zh.md"]);
    assert!(ran.out.contains("story.zh.md:5: error [marks]"), "{}", ran.out);
    let ran =
        desk(&EN.replace("nobody", "*nobody*"), ZH).run(&["check", "story.en.md", "story.zh.md"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn a_traditional_translation_needs_no_flag() {
    let zh = "# 安靜的港口\n\n渡輪準點離港，碼頭上沒有人揮手送行。\n\n\
              啟航前請閱讀`board`的[公告](https://example.org/notice)。\n";
    let ran = desk(EN, zh).run(&["check", "story.en.md", "story.zh.md"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = desk(EN, zh).run(&["check", "story.en.md", "story.zh.md", "--to", "zh-Hans"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("[variant]"), "{}", ran.out);
}

#[test]
fn what_was_translated_is_checked_by_its_manifest() {
    let said = "渡轮准点离港，码头上没有人挥手送行。";
    let server =
        Server::start(Script { answer: Arc::new(move |_| said.to_owned()), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", "The ferry left on time, and nobody waved from the pier.\n");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let ran = desk.run(&["check", "story.pair.json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    desk.put("glossary/terms.toml", "[[term]]\nen = \"pier\"\nzh = \"栈桥\"\n");
    let ran = desk.run(&["check", "story.pair.json"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("story.zh.md:1: error [terms]"), "{}", ran.out);
}

#[test]
fn what_cannot_be_checked_is_told() {
    let desk = desk(EN, ZH);
    desk.put("other.json", "{}");
    desk.put("glossary/README.md", "Terms.\n");
    desk.put("empty/.hidden.md", "Nothing.\n");
    for (args, because) in [
        (&["check", "story.en.md"][..], "has no partner"),
        (&["check", "nowhere"], "nowhere: there is no such file"),
        (&["check", "other.json"], "not a pair.json"),
        (&["check", "missing.pair.json"], "cannot be read"),
        (&["check", "story.en.md", "story.en.md"], "one language"),
        (&["check", "story.en.md", "missing.md"], "missing.md"),
        (&["check", "glossary"], "holds no pair.json"),
        (&["check", "glossary", "story.zh.md"], "a file and a folder"),
        (&["check", "glossary", "empty"], "no file of one name"),
    ] {
        let ran = desk.run(args);
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
        assert!(ran.err.contains(because), "{because}: {}", ran.err);
    }
}

#[test]
fn a_name_in_two_ways_is_found_across_the_pair() {
    let en = "Anna Lindqvist came home.\n\nNobody knew Anna Lindqvist then.\n\nThe pier belongs to Anna Lindqvist now.\n";
    let zh = "安娜·林德奎斯特回家了。\n\n当时没有人认识安娜·林德奎斯特。\n\n如今码头归安娜·林德奎思特所有。\n";
    let ran = desk(en, zh).run(&["check", "story.en.md", "story.zh.md"]);
    assert_eq!(ran.code, 0, "a warning only: {}", ran.out);
    assert!(ran.out.contains("story.zh.md:5: warning [names]"), "{}", ran.out);
}

#[test]
fn names_that_recur_are_told_to_the_model() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    desk.put(
        "story.md",
        "We met Anna Lindqvist.\n\nThe pier of Anna Lindqvist is old.\n\nThe sea is calm.\n",
    );
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let told = server.requests()[0].message("user").to_owned();
    assert!(told.contains("the same way throughout: Anna Lindqvist\n"), "{told}");
}

#[test]
fn what_the_house_style_changed_is_told() {
    let said = "渡轮准点离港, 码头上没有人挥手送行.";
    let server =
        Server::start(Script { answer: Arc::new(move |_| said.to_owned()), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", "The ferry left on time, and nobody waved from the pier.\n");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let changes = desk.pair("story.pair.json")["paragraphs"][0]["changes"].clone();
    let expected = serde_json::json!([
        { "target_at": [6, 7], "from": ", ", "to": "，" },
        { "target_at": [17, 18], "from": ".", "to": "。" },
    ]);
    assert_eq!(changes, expected);
}

#[test]
fn headings_in_english_have_capitals_where_the_house_asks_for_them() {
    let server = Server::start(Script {
        answer: Arc::new(|asked| {
            let heading = asked.text.contains("港口");
            if heading { "a port of the north" } else { "The ferry left on time." }.to_owned()
        }),
        ..Script::default()
    });
    let desk = Desk::with_server(&server.url(), "[style]\ntitle_case = \"title\"\n");
    desk.put("story.md", "# 北方的港口\n\n渡轮准时离开了码头。\n");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let paragraphs = desk.pair("story.pair.json")["paragraphs"].clone();
    assert_eq!(paragraphs[0]["target"], "A Port of the North");
    assert_eq!(paragraphs[1]["target"], "The ferry left on time.");
    let changes = paragraphs[0]["changes"].as_array().map(Vec::len);
    assert_eq!(changes, Some(3), "a, port, north");
    let desk = Desk::with_server(&server.url(), "[style]\ntitle_case = \"sentence\"\n");
    desk.put("story.md", "# 北方的港口\n");
    let ran = desk.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("expected `keep` or `title`"), "{}", ran.err);
}

#[test]
fn two_folders_are_checked_by_the_names_in_them() {
    let desk = desk(EN, ZH);
    desk.put("en/a.md", EN);
    desk.put("zh/a.md", ZH);
    desk.put("en/news/b.txt", "It raised $100 billion.\n");
    desk.put("zh/news/b.txt", "它筹集了100亿美元。\n");
    desk.put("en/c.md", EN);
    let ran = desk.run(&["check", "en", "zh"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    let b = std::path::Path::new("zh/news/b.txt").display().to_string();
    assert!(ran.out.contains(&format!("{b}:1: error [numbers]")), "{}", ran.out);
    assert!(ran.out.contains("2 pairs, 4 paragraphs: 1 error"), "{}", ran.out);
    assert!(ran.err.contains("c.md: the other folder has no file of this name"), "{}", ran.err);
    let (code, report) = desk.json(&["check", "en", "zh"]);
    assert_eq!((code, report["pairs"].as_array().unwrap().len()), (2, 2));
}

#[test]
fn a_folder_is_checked_by_the_manifests_below_it() {
    let said = "渡轮准点离港，码头上没有人挥手送行。";
    let server =
        Server::start(Script { answer: Arc::new(move |_| said.to_owned()), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "");
    desk.put("news/story.md", "The ferry left on time, and nobody waved from the pier.\n");
    assert_eq!(desk.run(&["translate", "news/story.md"]).code, 0);
    let ran = desk.run(&["check", "news"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "1 pair, 1 paragraph: 0 errors, 0 warnings\n");
}
