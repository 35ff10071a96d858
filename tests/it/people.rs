//! Law 6: people outrank machines, and what they said outlives every change around it. An edited
//! source keeps the wording that the edit does not touch.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::desk::Desk;
use crate::server::{Asked, Script, Server, pseudo};

const STORY: &str = "# A quiet harbour\n\nThe ferry left on time.\n\nNobody waved. Nobody looked back. The \
                     harbour was quiet again by noon.\n\n- Ropes.\n- Tar and timber.\n";

/// What a machine says of the paragraph that a person will correct.
fn machine(asked: &Asked) -> String {
    if asked.text.starts_with("Nobody waved.") {
        "没有人挥手，没有人回头。到了中午，港口再次变得安静了。".to_owned()
    } else {
        pseudo(asked)
    }
}

fn script() -> Script {
    Script { answer: Arc::new(machine), ..Script::default() }
}

/// A desk with the story translated, one paragraph corrected and the correction learnt.
fn corrected(server: &Server) -> (Desk, String) {
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", STORY);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let text = desk.read("story.zh.md");
    let old = text.lines().nth(4).unwrap();
    let new = "没有人挥手 , 没有人回头。\n\n到了中午，港口又安静下来 。";
    desk.put("story.zh.md", text.replace(old, new));
    let ran = desk.run(&["learn", "story.zh.md", "--yes"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    (desk, new.to_owned())
}

#[track_caller]
fn stands(desk: &Desk, server: &Server, words: &str) {
    let text = desk.read("story.zh.md");
    assert!(text.contains(&format!("\n\n{words}\n\n")), "{text}");
    let asked = server.paragraphs();
    assert!(asked.iter().all(|text| !text.starts_with("Nobody waved.")), "{asked:?}");
}

#[test]
fn corrected_paragraphs_outlive_every_change_around_them() {
    let server = Server::start(script());
    let (desk, words) = corrected(&server);
    server.forget();
    let translate = |more: &[&str]| {
        let ran = desk.run(&[&["translate", "story.md"], more].concat());
        assert_eq!(ran.code, 0, "{more:?}: {}", ran.err);
        stands(&desk, &server, &words);
    };
    translate(&["--refresh"]);
    assert_eq!(server.paragraphs().len(), 4, "the others are asked again");

    // Another model, and machines asked again.
    desk.put("pipeline.toml", desk.read("pipeline.toml").replace("\"scripted\"", "\"another\""));
    translate(&[]);
    translate(&["--refresh"]);

    // A term that the person's words break: a finding, no change.
    desk.put("glossary/a.toml", "[[term]]\nen = \"harbour\"\nzh = \"海港\"\n");
    translate(&[]);
    let pair = desk.pair("story.pair.json");
    assert_eq!(pair["paragraphs"][2]["findings"][0]["check"], "terms");
    assert_eq!(pair["paragraphs"][2]["origin"], "person");
    translate(&["--refresh"]);

    // Every other paragraph edited, and the corrected one moved to the end.
    let persons = "Nobody waved. Nobody looked back. The harbour was quiet again by noon.";
    desk.put(
        "story.md",
        format!("# A loud harbour\n\nThe last ferry left late.\n\n{persons}\n\n- Nets.\n"),
    );
    translate(&[]);

    // The memory gone.
    std::fs::remove_dir_all(desk.at(".diptych")).unwrap();
    translate(&[]);
}

#[test]
fn a_correction_travels_and_branches_merge() {
    let server = Server::start(script());
    let (desk, words) = corrected(&server);
    let line = desk.read("corrections.jsonl");
    // Another desk, another memory; the lines of two branches below each other, and a conflict that
    // nobody resolved.
    let other = Desk::with_server(&server.url(), "");
    let ropes = r#"{"source":"Ropes.","target":"缆绳。","direction":"en-zh","variant":"zh-Hans","class":"body","at":"2026-05-01T10:00:00Z"}"#;
    other.put(
        "corrections.jsonl",
        format!("<<<<<<< ours\n{line}=======\n{ropes}\n>>>>>>> theirs\n"),
    );
    other.put("story.md", STORY);
    server.forget();
    let ran = other.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for n in [1, 3, 5] {
        assert!(
            ran.err.contains(&format!("corrections.jsonl:{n}: a marker of a merge conflict")),
            "{}",
            ran.err
        );
    }
    stands(&other, &server, &words);
    assert!(other.read("story.zh.md").contains("- 缆绳。\n"));
    drop(desk);
}

#[test]
fn a_corrected_paragraph_whose_source_changed_is_marked() {
    let shown = Arc::new(std::sync::Mutex::new(Vec::new()));
    let see = Arc::clone(&shown);
    let server = Server::start(Script {
        answer: Arc::new(move |asked: &Asked| {
            see.lock().unwrap().push(asked.earlier.clone());
            match &asked.earlier {
                Some((_, earlier)) => earlier.replace("中午", "傍晚"),
                None => machine(asked),
            }
        }),
        ..Script::default()
    });
    let (desk, words) = corrected(&server);
    server.forget();
    shown.lock().unwrap().clear();
    desk.put("story.md", STORY.replace("by noon", "by dusk"));
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!((code, &report["counts"]["paragraphs_sent"]), (0, &1.into()), "{report}");
    let earlier = shown.lock().unwrap()[0].clone().expect("the person's pair is shown");
    assert_eq!(earlier.0, "Nobody waved. Nobody looked back. The harbour was quiet again by noon.");
    assert_eq!(earlier.1, words);

    let pair = desk.pair("story.pair.json");
    let paragraph = &pair["paragraphs"][2];
    assert_eq!(paragraph["origin"], "machine");
    assert_eq!(paragraph["revised"]["person"], true);
    let source = serde_json::json!([
        { "same": "Nobody waved. Nobody looked back. The harbour was quiet again by " },
        { "old": "noon" }, { "new": "dusk" }, { "same": "." }
    ]);
    assert_eq!(paragraph["revised"]["source"], source);
    assert_eq!(paragraph["findings"][0]["check"], "revised");
    // Also the person's own style and breaks, where nothing changed.
    let text = desk.read("story.zh.md");
    assert!(text.contains(&format!("\n\n{}\n\n", words.replace("中午", "傍晚"))), "{text}");
    let page = desk.read("story.pair.html");
    assert!(page.contains("<del>中午</del><ins>傍晚</ins>"), "{page}");
    assert!(page.contains("请人工复核"));

    // The same pair from the memory, also beside something else that changes.
    let before = desk.read("story.pair.json");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert_eq!(desk.read("story.pair.json"), before);
    // Another edit: still the person's words are shown, and a person is still to look.
    desk.put("story.md", STORY.replace("by noon", "by nightfall"));
    shown.lock().unwrap().clear();
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert_eq!(shown.lock().unwrap()[0].clone().unwrap().1, words);
    // Once a person has looked, it is theirs.
    assert_eq!(desk.run(&["learn", "story.zh.md", "--approve", "--yes"]).code, 0);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let pair = desk.pair("story.pair.json");
    assert_eq!(pair["paragraphs"][2]["origin"], "person");
    assert!(pair["paragraphs"][2]["revised"].is_null());
    assert_eq!(pair["paragraphs"][2]["findings"], serde_json::json!([]));
}

/// The sentences of a pseudo-translation are its source's.
fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(". ").collect()
}

#[test]
fn one_word_changed_in_a_long_article_changes_one_sentence() {
    // A model that keeps what it is shown: of the sentences that stand in the earlier source it
    // gives back the earlier translation, and words the others anew each time.
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(Script {
        answer: Arc::new(move |asked: &Asked| {
            let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let (was, said) = asked.earlier.clone().unwrap_or_default();
            let said: Vec<&str> = said.split_inclusive('。').collect();
            let kept: std::collections::HashMap<&str, &str> =
                sentences(&was).into_iter().map(str::trim).zip(said).collect();
            let all = sentences(&asked.text).into_iter().map(str::trim);
            all.map(|sentence| match kept.get(sentence) {
                Some(kept) => (*kept).to_owned(),
                None => format!(
                    "第{}句译文之{call}，{}。",
                    sentence.len(),
                    "译".repeat(sentence.len() / 6)
                ),
            })
            .collect()
        }),
        ..Script::default()
    });
    let desk = Desk::with_server(&server.url(), "");
    let mut random = StdRng::seed_from_u64(3);
    let words = ["harbour", "ferry", "cargo", "bridge", "winter", "captain", "letter", "market"];
    let mut sentence = || {
        let some: Vec<&str> = (0..9).map(|_| words[random.random_range(0..words.len())]).collect();
        format!("The {} was there.", some.join(" "))
    };
    let paragraphs: Vec<String> = (0..200)
        .map(|n| {
            format!(
                "Paragraph {} begins. {}",
                "i".repeat(n % 40 + 1),
                [sentence(), sentence(), sentence()].join(" ")
            )
        })
        .collect();
    let article = paragraphs.join("\n\n") + "\n";
    desk.put("story.md", &article);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let before = desk.read("story.zh.md");
    server.forget();

    let edited = paragraphs[120].replacen("there.", "gone.", 1);
    desk.put("story.md", article.replacen(&paragraphs[120], &edited, 1));
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert_eq!(server.paragraphs(), [edited], "one paragraph is sent");
    let after = desk.read("story.zh.md");
    let of =
        |text: &str| -> Vec<String> { text.split_inclusive('。').map(str::to_owned).collect() };
    let (before, after) = (of(&before), of(&after));
    let same = before.iter().zip(&after).filter(|(a, b)| a == b).count();
    println!("{same} of {} sentences are byte-identical", before.len());
    assert_eq!((before.len(), same), (after.len(), before.len() - 1));
}

/// What was edited is known where a memory was carried to: the earlier wording, and that a person
/// should look.
#[test]
fn an_edited_article_moves_to_another_desk() {
    let server = Server::start(Script {
        answer: Arc::new(|asked: &Asked| match &asked.earlier {
            Some((_, earlier)) => earlier.replace("中午", "傍晚"),
            None => machine(asked),
        }),
        ..Script::default()
    });
    let (desk, _) = corrected(&server);
    let edited = STORY.replace("by noon", "by dusk").replace("left on time", "left very late");
    desk.put("story.md", &edited);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let flags = |desk: &Desk| {
        let pair = desk.pair("story.pair.json");
        let paragraphs = pair["paragraphs"].as_array().unwrap().iter();
        paragraphs.map(|it| (it["revised"].clone(), it["findings"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(flags(&desk)[2].0["person"], true);
    assert_eq!(desk.run(&["memory", "export", "out.jsonl"]).code, 0);

    let other = Desk::with_server(&server.url(), "");
    for name in ["story.md", "corrections.jsonl", "out.jsonl"] {
        other.put(name, desk.read(name));
    }
    assert_eq!(other.run(&["memory", "import", "out.jsonl"]).code, 0);
    server.forget();
    assert_eq!(other.run(&["translate", "story.md"]).code, 0);
    assert_eq!(server.paragraphs(), [""; 0], "nothing is asked");
    assert_eq!(flags(&desk), flags(&other));
    assert_eq!(desk.read("story.pair.json"), other.read("story.pair.json"));
    // A further edit is shown what a machine said before, too.
    other.put("story.md", edited.replace("very late", "rather late"));
    assert_eq!(other.run(&["translate", "story.md"]).code, 0);
    assert!(flags(&other)[1].0.is_object(), "{:?}", flags(&other));
}
