//! Paragraphs too large for a request: in pieces to the model, in one into the pair.

use std::sync::Arc;

use diptych::paragraph::Marked;

use crate::desk::Desk;
use crate::server::{Asked, Fault, Script, Server, pseudo};

/// A paragraph of so many sentences, with marks in and around some of them.
fn long(sentences: usize) -> String {
    let sentence = |i: usize| match i % 4 {
        0 => format!("Ship number {i} came in late that evening, and the crew said nothing."),
        1 => format!("It carried [{i} sacks of rice](https://example.com/{i}) for the town."),
        2 => format!("*Nobody had asked for the {i} sacks. Nobody paid for any of them.*"),
        _ => format!("The clerk wrote `row {i}` into the book and went home."),
    };
    (0..sentences).map(sentence).collect::<Vec<_>>().join(" ")
}

fn story(sentences: usize) -> String {
    format!(
        "# Notes from the harbour\n\n{}\n\nThe reading room stays open until nine.\n",
        long(sentences)
    )
}

/// A model that takes so many bytes of text in a request, and says so.
fn small(bytes: usize, fault: Fault) -> Script {
    let length = |asked: &[Asked]| asked.iter().map(|each| each.text.len()).sum::<usize>();
    Script {
        fault: Arc::new(move |_, asked| (length(asked) > bytes).then(|| fault.clone())),
        ..Script::default()
    }
}

/// Runs the story and looks at what became of it; gives back how many paragraphs were carried.
fn whole(desk: &Desk, server: &Server) -> usize {
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["counts"]["paragraphs"], 3);
    let pair = desk.pair("story.pair.json");
    let paragraph = &pair["paragraphs"][1];
    assert_eq!(paragraph["origin"], "machine");
    let marked = |key: &str| Marked::parse(paragraph[key].as_str().unwrap()).unwrap();
    assert_eq!(marked("source_marked").same_marks(&marked("target_marked")), Ok(()));
    let target = paragraph["target"].as_str().unwrap();
    for i in 0..40 {
        assert!(target.contains(&i.to_string()), "{i} is missing: {target}");
    }
    // Recalled as one: nothing is asked again, and the pair is the same to the byte.
    let sent = server.paragraphs().len();
    server.forget();
    let before = desk.read("story.pair.json");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert!(server.requests().is_empty());
    assert_eq!(desk.read("story.pair.json"), before);
    assert_eq!(report["counts"]["paragraphs_sent"], sent, "{report}");
    sent
}

#[test]
fn a_paragraph_larger_than_the_context_goes_in_pieces() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "context_tokens = 1800\nconcurrency = 1");
    desk.put("story.md", story(40));
    let plan = desk.json(&["translate", "story.md", "--dry-run"]).1;
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["counts"]["asked_again"], 0);
    let paragraphs = server.paragraphs();
    assert!((4..12).contains(&paragraphs.len()), "{paragraphs:?}");
    assert_eq!(report["counts"]["paragraphs_sent"], paragraphs.len());
    assert_eq!(plan["articles"][0]["plan"]["paragraphs_sent"], paragraphs.len(), "{plan}");
    // Every piece ends where a sentence does, and shows the end of the one before.
    let pieces: Vec<&String> = paragraphs.iter().filter(|text| text.contains("sacks")).collect();
    for piece in &pieces {
        assert!(piece.trim_end_matches(|c| "*<>/0123456789".contains(c)).ends_with('.'), "{piece}");
    }
    let second = server
        .requests()
        .into_iter()
        .find(|request| request.asked.iter().any(|asked| asked.text == *pieces[1]));
    let user = second.unwrap().message("user").to_owned();
    let end = Marked::parse(pieces[0]).unwrap().prose();
    let end = end.split_whitespace().rev().take(3).collect::<Vec<_>>();
    let before = user.lines().find(|line| line.starts_with("- The paragraph before")).unwrap();
    assert!(end.iter().all(|word| before.contains(word)), "{before}");

    let desk = Desk::with_server(&server.url(), "context_tokens = 1800");
    desk.put("story.md", story(40));
    server.forget();
    whole(&desk, &server);
}

#[test]
fn what_the_provider_finds_too_large_goes_in_halves() {
    for fault in [Fault::Status(400, "context_length_exceeded"), Fault::Cut] {
        let cut = matches!(fault, Fault::Cut);
        let server = Server::start(small(1000, fault));
        let desk = Desk::with_server(&server.url(), "context_tokens = 32768");
        desk.put("story.md", story(40));
        let (code, report) = desk.json(&["translate", "story.md"]);
        assert_eq!(code, 0, "{report}");
        let counts = &report["counts"];
        // Each send beyond the first of a paragraph was called for by a refusal or a cut reply.
        let (sent, again) = (counts["paragraphs_sent"].as_u64(), counts["asked_again"].as_u64());
        assert_eq!(sent.unwrap() - again.unwrap(), 3, "{report}");
        let carried: usize = server.requests().iter().map(|request| request.asked.len()).sum();
        assert_eq!(sent.unwrap(), carried as u64);
        assert_eq!(server.paragraphs().len() < carried, !cut);
        let pair = desk.pair("story.pair.json");
        assert_eq!(pair["complete"], true);
    }
}

#[test]
fn one_that_is_too_large_even_in_halves_is_told() {
    let server = Server::start(small(90, Fault::Status(400, "context_length_exceeded")));
    let desk = Desk::with_server(&server.url(), "context_tokens = 32768");
    desk.put("story.md", story(40));
    let ran = desk.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("1 of 3 paragraphs untranslated"), "{}", ran.err);
    assert!(ran.err.contains("set context_tokens of [backends.main]"), "{}", ran.err);
    assert!(server.requests().len() < 40, "{}", server.requests().len());
}

#[test]
fn a_piece_that_fails_sends_the_paragraph_on_as_a_whole() {
    // The first backend translates every piece but one; the second takes the whole.
    let refusing = Server::start(Script {
        answer: Arc::new(|asked| {
            if asked.text.contains("number 24 ") {
                "抱歉，我无法协助。".to_owned()
            } else {
                pseudo(asked)
            }
        }),
        ..Script::default()
    });
    let spare = Server::start(Script::default());
    let desk = Desk::with(&format!(
        "[backends.main]\nurl = \"{}\"\nmodel = \"a\"\ncontext_tokens = 1800\n\
         [backends.spare]\nurl = \"{}\"\nmodel = \"b\"\ncontext_tokens = 32768\n\
         [pipeline]\nbackends = [\"main\", \"spare\"]\n",
        refusing.url(),
        spare.url()
    ));
    desk.put("story.md", story(40));
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 0, "{report}");
    let sent = spare.paragraphs();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let pair = desk.pair("story.pair.json");
    assert_eq!(pair["paragraphs"][1]["engine"], "spare/b");
    assert_eq!(pair["paragraphs"][2]["engine"], "main/a");
}

#[test]
fn into_english_pieces_stand_apart() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "context_tokens = 1800");
    let sentence = |i: usize| format!("第{i}号船那天晚上很晚才进港，船员们一句话也没有说。");
    let text: String = (0..60).map(sentence).collect();
    desk.put("story.md", format!("# 港口笔记\n\n{text}\n"));
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 0, "{report}");
    assert!(server.paragraphs().len() > 3);
    let pair = desk.pair("story.pair.json");
    let target = pair["paragraphs"][1]["target"].as_str().unwrap();
    let pieces = target.matches("[pseudo]").count();
    assert!(pieces > 2, "{target}");
    assert_eq!(target.matches(" [pseudo]").count(), pieces - 1, "{target}");
    let marked = pair["paragraphs"][1]["target_marked"].as_str().unwrap();
    assert!(!marked.contains("  "), "{marked}");
}
