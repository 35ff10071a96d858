//! What happens after an error: the same backend once more, the next backend, a flag.

use std::sync::Arc;

use serde_json::Value;

use crate::desk::Desk;
use crate::server::{Fault, Script, Server};

const STORY: &str = "The reading room is open to all readers today.\n";
const RIGHT: &str = "阅览室今天向所有读者开放。";
const WRONG: &str = "阅读的房间今天向所有读者开放。";

fn saying(text: &'static str) -> Server {
    Server::start(Script { answer: Arc::new(move |_| text.to_owned()), ..Script::default() })
}

/// A desk with two backends, the term “reading room”, and this many extra requests.
fn desk(first: &Server, second: &Server, extra: usize) -> Desk {
    let desk = Desk::with(&format!(
        "[backends.first]\nurl = \"{}\"\nmodel = \"one\"\n[backends.second]\nurl = \"{}\"\n\
         model = \"two\"\n[pipeline]\nbackends = [\"first\", \"second\"]\n\
         [checks]\nextra_requests = {extra}\n",
        first.url(),
        second.url()
    ));
    desk.put("glossary/terms.toml", "[[term]]\nen = \"reading room\"\nzh = [\"阅览室\"]\n");
    desk.put("story.md", STORY);
    desk
}

/// Translates; how often each was asked, and the paragraph as it is shown.
fn asked(first: &Server, second: &Server, extra: usize) -> (usize, usize, Value) {
    let desk = desk(first, second, extra);
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 0, "{report}");
    let sent = (first.paragraphs().len(), second.paragraphs().len());
    assert_eq!(report["counts"]["paragraphs_sent"], sent.0 + sent.1);
    assert_eq!(report["counts"]["asked_again"], sent.0 + sent.1 - 1);
    // What serves is found again, and nothing more is asked.
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert_eq!((first.paragraphs().len(), second.paragraphs().len()), sent);
    (sent.0, sent.1, desk.pair("story.pair.json")["paragraphs"][0].clone())
}

fn errors(paragraph: &Value) -> usize {
    let findings = paragraph["findings"].as_array().unwrap();
    findings.iter().filter(|finding| finding["severity"] == "error").count()
}

#[test]
fn the_next_backend_is_asked_when_the_first_does_not_mend_it() {
    let (first, second) = (saying(WRONG), saying(RIGHT));
    let (one, two, shown) = asked(&first, &second, 2);
    assert_eq!((one, two), (2, 1));
    assert_eq!((&shown["target"], &shown["engine"]), (&RIGHT.into(), &"second/two".into()));
    assert_eq!(errors(&shown), 0);
    for server in [&first, &second] {
        let requests = server.requests();
        let last = requests.last().unwrap().message("user");
        assert!(last.contains("turned down") && last.contains("阅览室"), "the finding is named");
    }
}

#[test]
fn no_more_is_asked_than_is_configured() {
    for (extra, expected) in [(0, (1, 0)), (1, (2, 0)), (2, (2, 1)), (9, (2, 1))] {
        let (first, second) = (saying(WRONG), saying(WRONG));
        let (one, two, shown) = asked(&first, &second, extra);
        assert_eq!((one, two), expected, "{extra}");
        assert_eq!(shown["target"], WRONG, "shown with its finding");
        assert_eq!(errors(&shown), 1);
    }
}

#[test]
fn one_backend_is_asked_once_more_however_much_is_allowed() {
    for (extra, expected) in [(0, 1), (1, 2), (5, 2)] {
        let server = saying(WRONG);
        let more = format!("[checks]\nextra_requests = {extra}\n");
        let desk = Desk::with_server(&server.url(), &more);
        desk.put("glossary/terms.toml", "[[term]]\nen = \"reading room\"\nzh = [\"阅览室\"]\n");
        desk.put("story.md", STORY);
        let (code, report) = desk.json(&["translate", "story.md"]);
        assert_eq!((code, server.paragraphs().len()), (0, expected), "{extra}");
        assert_eq!(report["counts"]["asked_again"], expected - 1);
        assert_eq!(errors(&desk.pair("story.pair.json")["paragraphs"][0]), 1);
    }
}

#[test]
fn the_better_candidate_is_kept_whatever_came_last() {
    let (first, second) = (
        saying(WRONG),
        saying("今天开放。阅读的房间，阅读的房间，阅读的房间，阅读的房间，阅读的房间。"),
    );
    let (one, two, shown) = asked(&first, &second, 2);
    assert_eq!((one, two), (2, 1));
    assert_eq!(shown["target"], WRONG);
}

#[test]
fn a_doubtful_reply_outlives_unusable_ones() {
    let first = Server::start(Script {
        answer: Arc::new(|_| WRONG.to_owned()),
        fault: Arc::new(|index, _| (index > 0).then_some(Fault::Garbage)),
        ..Script::default()
    });
    let second = saying("抱歉，我无法协助。");
    let (one, two, shown) = asked(&first, &second, 2);
    assert_eq!((one, two), (2, 1));
    assert_eq!(shown["target"], WRONG);
}
