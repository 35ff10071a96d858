//! Each kind of backend at the command line, against a server that speaks its protocol strictly.

use std::path::Path;

use diptych::backend::kinds::KINDS;
use diptych::config::Config;

use crate::desk::{Desk, Ran};
use crate::strict::{Said, Strict, anthropic, azure, deepl, google, libretranslate, openai};
use serde_json::{Value, json};

const KEY: &str = "canary-7f3a-key";

const GLOSSARY: &str = "[[term]]\nen = [\"data center\"]\nzh = [\"数据中心\"]\n\
    [[term]]\nen = [\"Apple\"]\ncase = true\nzh = [\"苹果公司\"]\nnot_in = [\"Big Apple\"]\n";

const STORY: &str = "# A quiet harbour\n\n\
    The **data center** near the [old harbour](https://example.com/a?b=1&c=2) opened with 120 \
    people; run `cargo test` twice in the data center, and do not write `<b>` or \\<i> there.\n\n\
    Apple said that the Big Apple & its harbour stay as they were, \"for now\".\n";

const CHINESE: &str = "# 安静的港口\n\n\
    位于[老港口](https://example.com/a?b=1&c=2)附近的**数据中心**迎来了120人；请运行`cargo test`两次。\n\n\
    苹果公司表示，港口将保持原样，“暂时如此”。\n";

/// The lines of a table. One request at a time, so that those a run makes can be told.
fn table(kind: &str, server: &Strict, more: &str) -> String {
    let url = server.url();
    format!("kind = \"{kind}\"\nurl = \"{url}\"\nkey_env = \"THE_KEY\"\nconcurrency = 1\n{more}")
}

/// A kind, its server, and the lines of its table.
fn kinds() -> Vec<(&'static str, Strict, String)> {
    let characters = "price_characters = 20.0\n";
    let mut kinds = Vec::new();
    let mut add = |kind: &'static str, server: Strict, more: &str| {
        let table = table(kind, &server, more);
        kinds.push((kind, server, table));
    };
    let tokens = "model = \"m\"\nprice_in = 10.0\nprice_cached = 1.0\nprice_out = 20.0\n";
    add("openai", openai::server(KEY), tokens);
    add("anthropic", anthropic::server(KEY), tokens);
    add("deepl", deepl::server(KEY, 1000), characters);
    add(
        "deepl",
        deepl::server(KEY, 1000),
        "model = \"quality_optimized\"\nprice_characters = 20.0\n",
    );
    add("google", google::v2(KEY), characters);
    let parent = "projects/my-project/locations/us-central1";
    let place = "project = \"my-project\"\nlocation = \"us-central1\"\nmodel = \"general/nmt\"\n";
    add("google", google::v3(KEY, parent), &format!("{place}{characters}"));
    let region = "region = \"westeurope\"\n";
    add("azure", azure::server(KEY, "westeurope"), &format!("{region}{characters}"));
    add("libretranslate", libretranslate::server(KEY, 100, 10_000), characters);
    kinds
}

fn desk(table: &str) -> Desk {
    let desk = Desk::with(&format!("[backends.main]\n{table}"));
    desk.put("glossary/terms.toml", GLOSSARY);
    desk
}

fn run(desk: &Desk, args: &[&str]) -> Ran {
    let mut command = desk.command(args);
    command.env("THE_KEY", KEY).env("DIPTYCH_LOG", "trace");
    let ran: Ran = command.output().unwrap().into();
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains("canary"), "the key is shown: {text}");
    }
    ran
}

fn report(desk: &Desk, args: &[&str]) -> (i32, Value) {
    let ran = run(desk, &[args, &["--json"]].concat());
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err)))
}

fn sound(kind: &str, server: &Strict) {
    assert_eq!(server.violations(), [""; 0], "{kind}");
    for call in server.calls() {
        assert!(!format!("{}{:?}", call.path, call.query).contains("canary"), "{kind}");
    }
}

#[test]
fn an_article_goes_through_each_kind() {
    for (kind, server, table) in kinds() {
        let desk = desk(&table);
        desk.put("story.md", STORY);
        let ran = run(&desk, &["translate", "story.md", "--strict"]);
        sound(kind, &server);
        assert_eq!(ran.code, 0, "{kind}: {}{}", ran.out, ran.err);
        let zh = desk.read("story.zh.md");
        for part in ["**数据中心**", "](https://example.com/a?b=1&c=2)", "`cargo test`", "`<b>`"]
        {
            assert!(zh.contains(part), "{kind}: {part} is not in {zh}");
        }
        assert_eq!(zh.matches("数据中心").count(), 2, "{kind}: {zh}");
        // A model is told of the Big Apple; an engine must not be.
        let engine = table.contains("price_characters");
        assert!(!engine || zh.matches("苹果公司").count() == 1, "{kind}: {zh}");
        assert!(!zh.contains("&quot;") && !zh.contains("&#39;") && !zh.contains("&amp;"), "{zh}");
        let pair = desk.pair("story.pair.json");
        assert_eq!(pair["complete"], true, "{kind}");
        assert!(pair["usage"]["cost"].as_f64().unwrap() > 0.0, "{kind}: {}", pair["usage"]);
        for file in desk.files() {
            assert!(!desk.read_lossy(&file).contains("canary"), "{kind}: {file}");
        }
        let before = server.calls().len();
        assert_eq!(run(&desk, &["translate", "story.md"]).code, 0);
        assert_eq!(server.calls().len(), before, "{kind}: paid for once");
    }
}

#[test]
fn a_chinese_article_and_other_variants_go_through_each_kind() {
    for (kind, server, table) in kinds() {
        let desk = desk(&table);
        desk.put("story.md", STORY);
        desk.put("gangkou.md", CHINESE);
        let ran = run(&desk, &["translate", "gangkou.md"]);
        assert_eq!(ran.code, 0, "{kind}: {}{}", ran.out, ran.err);
        let en = desk.read("gangkou.en.md");
        for part in ["ata center**", "](https://example.com/a?b=1&c=2)", "`cargo test`", "Apple"] {
            assert!(en.contains(part), "{kind}: {part} is not in {en}");
        }
        for variant in ["zh-Hant-TW", "zh-Hant-HK"] {
            let ran = run(&desk, &["translate", "story.md", "--to", variant]);
            assert_eq!(ran.code, 0, "{kind}: {}{}", ran.out, ran.err);
            assert!(
                desk.read(&format!("story.{variant}.md")).contains("**數據中心**")
                    || desk.read(&format!("story.{variant}.md")).contains("**資料中心**"),
                "{kind}"
            );
        }
        sound(kind, &server);
    }
}

#[test]
fn each_kind_is_tried_by_the_backends_command() {
    for (kind, server, table) in kinds() {
        let desk = desk(&table);
        let ran = run(&desk, &["backends"]);
        assert_eq!(ran.code, 0, "{kind}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("works;"), "{kind}: {}", ran.out);
        let counts = if table.contains("price_characters") { "characters" } else { "tokens in" };
        assert!(ran.out.contains(counts), "{kind}: {}", ran.out);
        let told = match kind {
            "openai" => Some("the provider says: 59 of 60 requests left, 149984 of 150000 tokens"),
            "anthropic" => Some("the provider says: 49 of 50 requests left\n"),
            _ => None,
        };
        match told {
            Some(told) => assert!(ran.out.contains(told), "{kind}: {}", ran.out),
            None => assert!(!ran.out.contains("the provider says"), "{kind}: {}", ran.out),
        }
        sound(kind, &server);
    }
}

#[test]
fn a_wrong_key_is_told_without_the_key() {
    for (kind, server, table) in kinds() {
        let desk = desk(&table);
        let mut command = desk.command(&["backends"]);
        let ran: Ran = command.env("THE_KEY", "canary-wrong").output().unwrap().into();
        assert_eq!(ran.code, 1, "{kind}");
        assert!(ran.out.contains("refuses the key"), "{kind}: {}", ran.out);
        assert!(!ran.out.contains("canary") && !ran.err.contains("canary"), "{kind}");
        assert_eq!(server.calls().len(), 1, "{kind}: asked once");
    }
}

#[test]
fn what_an_article_will_cost_is_told_before() {
    for (kind, server, table) in kinds() {
        let desk = desk(&table);
        desk.put("story.md", STORY);
        let (code, plan) = report(&desk, &["translate", "story.md", "--dry-run"]);
        assert_eq!((code, server.calls().len()), (0, 0), "{kind}");
        let plan = &plan["articles"][0]["plan"];
        let (low, high) = (plan["low"]["cost"].as_f64(), plan["high"]["cost"].as_f64());
        assert_eq!(run(&desk, &["translate", "story.md"]).code, 0);
        let cost = desk.pair("story.pair.json")["usage"]["cost"].as_f64().unwrap();
        assert!(low.unwrap() <= cost && cost <= high.unwrap(), "{kind}: {cost} of {plan}");
    }
}

#[test]
fn cached_tokens_cost_their_own_price() {
    for (kind, server, table) in kinds().into_iter().take(2) {
        let desk = desk(&table);
        desk.put("story.md", STORY);
        assert_eq!(run(&desk, &["translate", "story.md"]).code, 0);
        // 400 tokens in full, 600 from the cache, 100 of the reply; one request.
        assert_eq!(server.calls().len(), 1);
        let cost = desk.pair("story.pair.json")["usage"]["cost"].as_f64().unwrap();
        let expected = (400.0 * 10.0 + 600.0 + 100.0 * 20.0) / 1e6;
        assert!((cost - expected).abs() < 1e-6, "{kind}: {cost}");
    }
}

/// Paragraphs of so many words, none like another.
fn long_story(paragraphs: usize, words: usize) -> String {
    let paragraph = |i: usize| {
        let words: Vec<_> = (0..words).map(|j| format!("harbour{}", i * words + j)).collect();
        format!("The {} closes.\n\n", words.join(" \"and\" "))
    };
    (0..paragraphs).map(paragraph).collect()
}

#[test]
fn no_request_is_larger_than_the_provider_takes() {
    for (kind, server, table) in kinds().into_iter().skip(2) {
        let desk = desk(&format!("{table}paragraphs_per_request = 2000\n"));
        // 40 paragraphs of 2,500 characters, which are more once they are escaped.
        desk.put("story.txt", long_story(40, 130));
        let ran = run(&desk, &["translate", "story.txt"]);
        sound(kind, &server);
        let pair = desk.pair("story.pair.json");
        assert_eq!(pair["complete"], true, "{kind}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn limits_that_are_told_by_refusing_are_found() {
    let server = libretranslate::server(KEY, 3, 10_000);
    let desk = desk(&table("libretranslate", &server, ""));
    desk.put("story.txt", long_story(10, 4));
    let ran = run(&desk, &["translate", "story.txt"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(desk.pair("story.pair.json")["complete"], true);
    sound("libretranslate", &server);
}

#[test]
fn deepl_enforces_the_terms_with_one_glossary_for_a_term_base_and_direction() {
    let server = deepl::server(KEY, 1000);
    let desk = desk(&table("deepl", &server, "paragraphs_per_request = 1\n"));
    let made = |server: &Strict| {
        let calls = server.calls().into_iter();
        calls.filter(|call| call.path == "/v3/glossaries" && call.method == "POST").count()
    };
    desk.put("story.md", STORY);
    desk.put("other.md", STORY.replace("120", "130").replace("now", "a day"));
    assert_eq!(run(&desk, &["translate", "story.md"]).code, 0);
    assert_eq!(made(&server), 1);
    let with: Vec<_> =
        server.calls().into_iter().filter(|it| it.body.get("glossary_id").is_some()).collect();
    assert_eq!(with.len(), 1, "only where a term of it occurs");
    let text = with[0].body["text"][0].as_str().unwrap();
    assert!(text.contains("data center") && !text.contains("数据中心"), "{text}");
    // Another process finds it again.
    assert_eq!(run(&desk, &["translate", "other.md"]).code, 0);
    assert_eq!(made(&server), 1);
    // Another direction, another term base: another glossary.
    desk.put("gangkou.md", CHINESE);
    assert_eq!(run(&desk, &["translate", "gangkou.md"]).code, 0);
    assert_eq!(made(&server), 2);
    desk.put("glossary/terms.toml", GLOSSARY.replace("数据中心", "机房"));
    let ran = run(&desk, &["translate", "story.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(made(&server), 3);
    assert!(desk.read("story.zh.md").contains("**机房**"));
    sound("deepl", &server);
}

#[test]
fn terms_survive_where_deepl_has_no_room_for_a_glossary() {
    let server = deepl::server(KEY, 0);
    let desk = desk(&table("deepl", &server, ""));
    desk.put("story.md", STORY);
    let ran = run(&desk, &["translate", "story.md", "--strict"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(desk.read("story.zh.md").matches("数据中心").count(), 2);
    sound("deepl", &server);
}

#[test]
fn a_fault_of_the_glossaries_holds_nothing_up() {
    for fault in [500, 429, 403] {
        let server = deepl::server(KEY, 1000);
        let desk = desk(&table("deepl", &server, ""));
        desk.put("story.md", STORY);
        server.fail([Said::text(fault, "")]);
        let ran = run(&desk, &["translate", "story.md", "--strict"]);
        assert_eq!(ran.code, 0, "{fault}: {}{}", ran.out, ran.err);
        assert_eq!(server.calls().len(), 2, "{fault}: tried once");
        assert_eq!(desk.read("story.zh.md").matches("数据中心").count(), 2);
        sound("deepl", &server);
    }
}

#[test]
fn a_glossary_that_is_gone_does_not_stop_the_run() {
    let server = deepl::server(KEY, 1000);
    let desk = desk(&table("deepl", &server, ""));
    desk.put("story.md", STORY);
    let listed = json!({ "glossaries": [] });
    let made = json!({ "glossary_id": "not-there-any-more", "name": "diptych" });
    server.fail([Said::new(200, &listed), Said::new(201, &made)]);
    let ran = run(&desk, &["translate", "story.md", "--strict"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(desk.read("story.zh.md").matches("数据中心").count(), 2);
    sound("deepl", &server);
}

#[test]
fn where_one_is_used_up_the_next_takes_over() {
    let spent = [
        ("deepl", Said::new(456, &json!({ "message": "Quota exceeded" }))),
        (
            "google",
            Said::new(
                403,
                &json!({ "error": { "code": 403, "message": "Daily Limit Exceeded", "errors":
                    [{ "domain": "usageLimits", "reason": "dailyLimitExceeded" }] } }),
            ),
        ),
        ("azure", Said::new(403, &json!({ "error": { "code": 403001, "message": "x" } }))),
        ("anthropic", Said::text(402, "<html>")),
    ];
    for (name, said) in spent {
        let (_, server, table) = kinds().into_iter().find(|(kind, ..)| *kind == name).unwrap();
        let spare = openai::server(KEY);
        let desk = Desk::with(&format!(
            "[pipeline]\nbackends = [\"main\", \"spare\"]\n[backends.main]\n{table}\
             [backends.spare]\nurl = \"{}\"\nkey_env = \"THE_KEY\"\nconcurrency = 1\n",
            spare.url()
        ));
        desk.put("story.md", STORY);
        server.fail([said]);
        let (code, _) = report(&desk, &["translate", "story.md"]);
        assert_eq!(code, 0, "{name}");
        assert_eq!(server.calls().len(), 1, "{name} is asked no more");
        assert_eq!(spare.calls().len(), 1, "{name}");
    }
}

#[test]
fn a_wait_is_waited_also_where_it_looks_like_a_refusal() {
    let waits = [
        (
            "google",
            Said::new(
                403,
                &json!({ "error": { "code": 403, "message": "User Rate Limit Exceeded", "errors":
                    [{ "domain": "usageLimits", "reason": "userRateLimitExceeded" }] } }),
            ),
        ),
        ("azure", Said::new(429, &json!({ "error": { "code": 429001, "message": "x" } }))),
        ("libretranslate", Said::new(429, &json!({ "error": "Slowdown: 10 per 1 minute" }))),
        ("deepl", Said::text(429, "")),
        ("anthropic", Said::text(529, "<html>overloaded</html>")),
    ];
    for (name, said) in waits {
        let (_, server, table) = kinds().into_iter().find(|(kind, ..)| *kind == name).unwrap();
        let desk = Desk::with(&format!("[backends.main]\n{table}"));
        desk.put("story.md", STORY);
        server.fail([said.with("retry-after-ms", 20)]);
        let ran = run(&desk, &["translate", "story.md"]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        assert_eq!(server.calls().len(), 2, "{name}");
    }
}

#[test]
fn an_engine_is_not_asked_twice_what_it_cannot_say_otherwise() {
    let (_, server, table) = kinds().into_iter().find(|(kind, ..)| *kind == "azure").unwrap();
    let spare = openai::server(KEY);
    let desk = Desk::with(&format!(
        "[pipeline]\nbackends = [\"main\", \"spare\"]\n[backends.main]\n{table}\
         [backends.spare]\nurl = \"{}\"\nkey_env = \"THE_KEY\"\nconcurrency = 1\n",
        spare.url()
    ));
    desk.put("story.txt", "The ferry left the harbour on time.\n");
    // The source again: no translation.
    let echo = json!([{ "translations": [{ "text": "The ferry left the harbour on time.",
        "to": "zh-Hans" }] }]);
    server.fail([Said::new(200, &echo)]);
    let ran = run(&desk, &["translate", "story.txt"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(server.calls().len(), 1);
    assert_eq!(spare.calls().len(), 1);
}

#[test]
fn every_table_of_the_documentation_works() {
    let text = std::fs::read_to_string("docs/backends.md").unwrap();
    let mut tables = 0;
    let mut named = std::collections::HashSet::new();
    for block in text.split("```toml\n").skip(1) {
        let table = block.split("```").next().unwrap();
        let config = Config::parse(Path::new("pipeline.toml"), table);
        let config = config.unwrap_or_else(|error| panic!("{error}\n{table}"));
        named.extend(config.backends.iter().map(|backend| backend.kind.name));
        tables += 1;
        // What is commented out is meant to work as well.
        let more = |line: &str| match line.strip_prefix("# ") {
            Some(line) if line.contains(" = ") => format!("{line}\n"),
            _ => format!("{line}\n"),
        };
        let all: String = table.lines().map(more).collect();
        let config = Config::parse(Path::new("pipeline.toml"), &all);
        config.unwrap_or_else(|error| panic!("{error}\n{all}"));
    }
    assert!(tables > KINDS.len(), "{tables}");
    for kind in KINDS {
        assert!(named.contains(kind.name), "{} is not documented", kind.name);
    }
}
