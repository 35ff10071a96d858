//! Laws 3 to 5, at the command line, against a server that counts.

use std::collections::HashSet;
use std::time::Duration;

use crate::desk::Desk;
use crate::server::{Fault, Script, Server, pseudo};

/// Articles with `each` paragraphs of their own and three that all of them share.
fn articles(desk: &Desk, count: usize, each: usize) -> (Vec<String>, usize) {
    let names: Vec<String> = (0..count).map(|i| format!("story-{i}.md")).collect();
    for (i, name) in names.iter().enumerate() {
        let mut text = format!("# The {i}th harbour report\n\n");
        for j in 0..each {
            text += &format!(
                "Ship {j} of report {i} came in late, and the crew said nothing about it.\n\n"
            );
            if j < 3 {
                text += &format!(
                    "Notice {j}: the reading room stays open until the tide turns again.\n\n"
                );
            }
        }
        desk.put(name, text);
    }
    (names, count * (1 + each) + 3)
}

fn translate<'a>(names: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let names = names.iter().map(String::as_str);
    ["translate"].into_iter().chain(names).chain(more.iter().copied()).collect()
}

#[test]
fn identical_paragraphs_are_asked_once_across_articles_in_flight() {
    let server = Server::start(Script { latency: Duration::from_millis(20), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "paragraphs_per_request = 2");
    let (names, unique) = articles(&desk, 8, 5);
    let (code, report) = desk.json(&translate(&names, &[]));
    assert_eq!(code, 0, "{report}");
    let sent = server.paragraphs();
    assert_eq!(sent.len(), unique);
    assert_eq!(sent.iter().collect::<HashSet<_>>().len(), unique);
    assert_eq!(report["counts"]["paragraphs_sent"], unique);
    assert_eq!(report["counts"]["asked_again"], 0);
    assert_eq!(report["counts"]["recalled"], 8 * 9 - unique);

    server.forget();
    let before = desk.read("story-0.pair.json");
    assert_eq!(desk.json(&translate(&names, &[])).0, 0);
    assert!(server.requests().is_empty());
    assert_eq!(desk.read("story-0.pair.json"), before, "the same pair, bought or recalled");
}

#[test]
fn an_edit_sends_the_edited_paragraph_and_no_other() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    let (names, _) = articles(&desk, 2, 6);
    assert_eq!(desk.run(&translate(&names, &[])).code, 0);
    server.forget();
    desk.put(
        "story-1.md",
        desk.read("story-1.md").replace("Ship 2 of report 1 came in late", "Ship 2 sank"),
    );
    // Another order of backends, another price: no reason to ask again.
    desk.put("pipeline.toml", desk.read("pipeline.toml").replace("scripted", "another-model"));
    assert_eq!(desk.run(&translate(&names, &[])).code, 0);
    assert_eq!(server.paragraphs(), ["Ship 2 sank, and the crew said nothing about it."]);
}

#[test]
fn refresh_asks_each_paragraph_once_again() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    let (names, unique) = articles(&desk, 3, 3);
    assert_eq!(desk.run(&translate(&names, &[])).code, 0);
    server.forget();
    assert_eq!(desk.run(&translate(&names, &["--refresh"])).code, 0);
    assert_eq!(server.paragraphs().len(), unique);
}

#[test]
fn a_killed_run_pays_again_for_what_was_in_flight_at_most() {
    let server = Server::start(Script { latency: Duration::from_millis(30), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "paragraphs_per_request = 3\nconcurrency = 2");
    let (names, unique) = articles(&desk, 6, 6);
    let mut in_flight = 0;
    for kill_after in [3, 8] {
        let mut child = desk.command(&translate(&names, &[])).spawn().unwrap();
        while server.requests().len() < kill_after && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Two requests at most are sent and not yet remembered, with three paragraphs each.
        in_flight += 2 * 3;
    }
    assert_eq!(desk.run(&translate(&names, &[])).code, 0);
    let sent = server.paragraphs().len();
    assert!(
        sent >= unique && sent <= unique + in_flight,
        "{sent} sent for {unique}, {in_flight} in flight"
    );
}

#[test]
fn a_term_edit_touches_the_paragraphs_that_break_it_and_no_others() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    desk.put(
        "story.md",
        "# Notes from the harbour\n\nThe reading room is open.\n\nThe harbour is closed today.\n\n\
         Two reading rooms are planned for next year.\n",
    );
    let term = |zh: &str| format!("[[term]]\nen = \"reading room\"\nzh = [\"{zh}\"]\n");
    let sent = |glossary: &str| {
        server.forget();
        desk.put("glossary/terms.toml", glossary);
        let ran = desk.run(&["translate", "story.md"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        server.paragraphs()
    };
    let breaking = ["The reading room is open.", "Two reading rooms are planned for next year."];
    assert_eq!(sent("").len(), 4);
    assert_eq!(sent(&term("阅览室")), breaking);
    assert!(desk.read("story.zh.md").contains("阅览室"));
    assert_eq!(sent(&term("读书室")), breaking);
    assert!(!desk.read("story.zh.md").contains("阅览室"));
    // Back: the older candidates serve.
    assert_eq!(sent(&term("阅览室")), [""; 0]);
    assert!(desk.read("story.zh.md").contains("阅览室"));
    // A further term that the remembered text honours by chance, or that occurs nowhere.
    assert_eq!(sent(&(term("阅览室") + "[[term]]\nen = \"lighthouse\"\nzh = \"灯塔\"\n")), [""; 0]);
}

#[test]
fn a_term_the_model_will_not_keep_is_asked_once_more_and_then_flagged() {
    let stubborn = Script {
        answer: std::sync::Arc::new(|_| "阅读的房间今天开放，欢迎各位读者前来。".to_owned()),
        ..Script::default()
    };
    let server = Server::start(stubborn);
    let desk = Desk::with_server(&server.url(), "");
    desk.put("glossary/terms.toml", "[[term]]\nen = \"reading room\"\nzh = [\"阅览室\"]\n");
    desk.put("story.md", "The reading room is open to all readers today.\n");
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(server.paragraphs().len(), 2, "once, and once more with what was wrong");
    assert!(server.requests()[1].message("user").contains("阅览室"));
    let pair = desk.pair("story.pair.json");
    let findings = pair["paragraphs"][0]["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["check"] == "terms" && finding["severity"] == "error")
    );
    // It was asked for under these terms: it serves, with its finding, and nothing is sent.
    server.forget();
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert!(server.requests().is_empty());
    assert_eq!(desk.run(&["translate", "story.md", "--strict"]).code, 2);
}

/// Law 5: what is unusable is neither stored nor shown, whatever kind it is.
fn unusable(fault: Fault) {
    let told = format!("{fault:?}");
    let always =
        Script { fault: std::sync::Arc::new(move |_, _| Some(fault.clone())), ..Script::default() };
    let server = Server::start(always);
    let desk = Desk::with_server(&server.url(), "");
    desk.put(
        "story.md",
        "See the [minutes](https://example.com/m) of the harbour board, please.\n",
    );
    let ran = desk.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 1, "{told}: {}", ran.err);
    assert!(ran.err.contains("error: story.md"), "{told}: {}", ran.err);
    // A model that withholds is not asked the same again; any other is, differently.
    let withheld = told == "Refusal";
    assert_eq!(server.requests().len() == 1, withheld, "{told}");
    assert!(!desk.at("story.zh.md").exists(), "{told}");
    // The model is well again: nothing of before was remembered.
    let server = Server::start(Script::default());
    desk.put(
        "pipeline.toml",
        format!("[backends.main]\nurl = \"{}\"\nmodel = \"scripted\"\n", server.url()),
    );
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0, "{told}");
    assert_eq!(server.paragraphs().len(), 1, "{told}");
}

#[test]
fn an_unusable_reply_is_never_stored_or_shown() {
    for fault in [
        Fault::Garbage,
        Fault::Cut,
        Fault::Refusal,
        Fault::Echo,
        Fault::BrokenMarks,
        Fault::Missing,
        Fault::Text(String::new()),
        Fault::Text("I'm sorry, but I can't help with that.".to_owned()),
        Fault::Text("<think>The user wants a translation of".to_owned()),
    ] {
        unusable(fault);
    }
}

#[test]
fn the_good_paragraphs_of_a_bad_reply_are_kept() {
    let server = Server::start(Script {
        answer: std::sync::Arc::new(|asked| {
            if asked.text.contains("Ship 2") {
                "抱歉，我无法协助。".to_owned()
            } else {
                pseudo(asked)
            }
        }),
        ..Script::default()
    });
    let desk = Desk::with_server(&server.url(), "");
    let (names, unique) = articles(&desk, 1, 4);
    let (code, report) = desk.json(&translate(&names, &[]));
    assert_eq!(code, 2, "{report}");
    assert_eq!(report["complete"], false);
    assert_eq!(report["articles"][0]["state"], "incomplete");
    assert_eq!(report["counts"]["untranslated"], 1);
    let again: Vec<_> =
        server.requests().into_iter().skip(1).map(|request| request.asked.len()).collect();
    assert_eq!(again, [1, 1], "only the bad one, alone");
    assert_eq!(server.paragraphs().len(), unique + 2);
    let pair = desk.pair("story-0.pair.json");
    assert_eq!(pair["complete"], false);
    let missing = pair["paragraphs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|each| each["origin"] == "none")
        .unwrap();
    assert_eq!(missing["target"], serde_json::Value::Null);
    assert!(desk.read("story-0.zh.md").contains("[未翻译] Ship 2 of report 0"));
    // The next run asks for that one alone.
    server.forget();
    assert_eq!(desk.run(&translate(&names, &[])).code, 2);
    assert!(server.paragraphs().iter().all(|text| text.contains("Ship 2")));
}
