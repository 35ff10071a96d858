//! `diptych translate` as a person or a script uses it.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::desk::{Desk, Ran};
use crate::server::{Fault, Script, Server};

const STORY: &str =
    "# A quiet harbour\n\nThe ferry left on time, with 120 people on board.\n\nNobody waved.\n";
const PSEUDO: &str = "[backends.main]\nkind = \"pseudo\"\n";

fn fails(ran: &Ran, because: &[&str]) {
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for part in because {
        assert!(ran.err.contains(part), "`{part}` is not in: {}", ran.err);
    }
}

#[test]
fn a_pair_is_written_beside_its_article() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "price_in = 1000000.0");
    desk.put("story.md", STORY);
    let ran = desk.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        desk.files(),
        [
            "pipeline.toml",
            "story.en.md",
            "story.md",
            "story.pair.html",
            "story.pair.json",
            "story.zh.md"
        ]
    );
    assert_eq!(desk.read("story.en.md"), STORY, "the source's own version");
    assert!(ran.out.contains("1 article, 3 paragraphs"), "{}", ran.out);
    assert!(ran.out.contains("sent: 1 request with 3 paragraphs (0 asked again)"), "{}", ran.out);
    assert!(ran.out.contains("story.zh.md"), "{}", ran.out);

    let pair = desk.pair("story.pair.json");
    assert_eq!(pair["schema"], "diptych.pair/1");
    assert_eq!((&pair["source"], &pair["target"]), (&"en".into(), &"zh-Hans".into()));
    assert_eq!(pair["complete"], true);
    for (name, hash) in pair["files"].as_object().unwrap() {
        assert_eq!(blake3::hash(&fs::read(desk.at(name)).unwrap()).to_hex().as_str(), hash);
    }
    let zh = desk.read("story.zh.md");
    for paragraph in pair["paragraphs"].as_array().unwrap() {
        assert_eq!(paragraph["origin"], "machine");
        assert_eq!(paragraph["engine"], "main/scripted");
        let range = |file: &str| {
            let at = &paragraph["at"][file];
            at[0].as_u64().unwrap() as usize..at[1].as_u64().unwrap() as usize
        };
        assert_eq!(&STORY[range("story.en.md")], paragraph["source"]);
        assert_eq!(&zh[range("story.zh.md")], paragraph["target"]);
    }
    let used = pair["usage"]["tokens_in"].as_f64().unwrap();
    assert!(used > 0.0);
    assert!((pair["usage"]["cost"].as_f64().unwrap() - used).abs() <= 1.0);
}

#[test]
fn unchanged_outputs_are_not_rewritten() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", STORY);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let stamp = |name: &str| fs::metadata(desk.at(name)).unwrap().modified().unwrap();
    let before = ["story.zh.md", "story.pair.html", "story.pair.json"].map(stamp);
    let ran = desk.run(&["translate", "story.md"]);
    assert!(ran.out.contains("(unchanged)"), "{}", ran.out);
    assert_eq!(["story.zh.md", "story.pair.html", "story.pair.json"].map(stamp), before);
}

#[test]
fn an_output_that_a_person_edited_is_not_overwritten() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", STORY);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let edited = desk.read("story.zh.md") + "编者按。\n";
    desk.put("story.zh.md", &edited);
    desk.put("story.md", STORY.to_owned() + "\nOne more paragraph for the harbour.\n");
    server.forget();
    let ran = desk.run(&["translate", "story.md"]);
    fails(&ran, &["story.zh.md", "edited", "learn", "--force"]);
    assert!(server.requests().is_empty(), "noticed before anything is paid for");
    assert_eq!(desk.read("story.zh.md"), edited);
    assert_eq!(desk.run(&["translate", "story.md", "--force"]).code, 0);
    assert_ne!(desk.read("story.zh.md"), edited);
}

#[test]
fn a_file_that_is_not_ours_is_not_overwritten() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", STORY);
    desk.put("story.zh.md", "一份人工译文。\n");
    fails(&desk.run(&["translate", "story.md"]), &["story.zh.md", "not written by diptych"]);
    assert_eq!(desk.read("story.zh.md"), "一份人工译文。\n");
}

#[test]
fn outputs_in_a_glob_are_skipped_and_named() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", STORY);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let ran = desk.run(&["translate", "story.en.md", "story.md", "story.zh.md", "story.pair.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for name in ["story.en.md", "story.zh.md", "story.pair.json"] {
        assert!(ran.err.contains(&format!("skipped {name}")), "{}", ran.err);
    }
}

#[test]
fn two_inputs_that_would_write_one_name_are_refused() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", STORY);
    desk.put("story.txt", STORY);
    fails(&desk.run(&["translate", "story.md", "story.txt"]), &["story.md", "story.txt", "--out"]);
    assert_eq!(desk.files(), ["pipeline.toml", "story.md", "story.txt"]);
}

#[test]
fn relative_paths_are_kept_under_out() {
    let desk = Desk::with(PSEUDO);
    desk.put("news/may/story.md", STORY);
    assert_eq!(desk.run(&["translate", "news/may/story.md", "--out", "pairs"]).code, 0);
    assert!(desk.at("pairs/news/may/story.zh.md").is_file());
    assert!(!desk.at("news/may/story.zh.md").exists());
}

#[test]
fn a_variant_has_files_of_its_own() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", STORY);
    for to in ["zh", "zh-Hant-TW", "zh-Hant-HK"] {
        let ran = desk.run(&["translate", "story.md", "--to", to]);
        assert_eq!(ran.code, 0, "{to}: {}", ran.err);
    }
    let files = desk.files();
    for name in [
        "story.zh.md",
        "story.zh-Hant-TW.md",
        "story.zh-Hant-HK.pair.json",
        "story.zh-Hant-TW.pair.html",
    ] {
        assert!(files.iter().any(|file| file == name), "{name}: {files:?}");
    }
    assert_eq!(desk.pair("story.zh-Hant-TW.pair.json")["target"], "zh-Hant-TW");
}

#[test]
fn chinese_becomes_english() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", "# 安静的港口\n\n渡轮准点离港，船上有120人。\n");
    let ran = desk.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let pair = desk.pair("story.pair.json");
    assert_eq!((&pair["source"], &pair["target"]), (&"zh".into(), &"en".into()));
    assert_eq!(desk.read("story.zh.md"), "# 安静的港口\n\n渡轮准点离港，船上有120人。\n");
    assert!(desk.read("story.en.md").contains("[pseudo]"));
    fails(&desk.run(&["translate", "story.md", "--to", "zh"]), &["already in the language"]);
}

#[test]
fn standard_input_is_answered_on_standard_output() {
    let desk = Desk::with(PSEUDO);
    let mut child = desk
        .command(&["translate", "-", "--format", "markdown"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), STORY.as_bytes()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("# "), "{}", ran.out);
    assert_eq!(desk.files(), ["pipeline.toml"]);
}

#[test]
fn a_dry_run_tells_and_sends_nothing() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "price_in = 2.0\nprice_out = 8.0");
    desk.put("story.md", STORY);
    let ran = desk.run(&["translate", "story.md", "--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("would send 1 request with 3 paragraphs"), "{}", ran.out);
    assert!(server.requests().is_empty());
    assert!(!desk.at("story.zh.md").exists());
}

#[test]
fn bad_input_gets_a_clear_error() {
    let desk = Desk::with(PSEUDO);
    desk.put("folder/story.md", STORY);
    desk.put("latin.txt", b"caf\xe9 society, and more of it\n");
    desk.put("picture.md", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0");
    desk.put("empty.md", "");
    desk.put("figures.md", "2026 — 100 %\n");
    desk.put("story.docx", "x");
    for (name, because) in [
        ("missing.md", "no such file"),
        ("folder", "it is a folder"),
        ("latin.txt", "--encoding"),
        ("picture.md", "binary"),
        ("empty.md", "empty"),
        ("figures.md", "language"),
        ("story.docx", "--format"),
    ] {
        let ran = desk.run(&["translate", name]);
        fails(&ran, &[&format!("error: {name}"), because]);
    }
    fails(&desk.run(&["translate", "folder/story.md", "--to", "fr"]), &["fr", "zh-Hant-TW"]);
    fails(&desk.run(&["translate"]), &["PATH"]);
    // A good article among bad ones is translated all the same, and the run says so.
    let ran = desk.run(&["translate", "folder/story.md", "missing.md"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(desk.at("folder/story.zh.md").is_file());
}

#[test]
fn bad_settings_and_terms_name_file_and_line() {
    let desk = Desk::with("[memory]\npath = \"m\"\nsize = 3\n");
    desk.put("story.md", STORY);
    fails(&desk.run(&["translate", "story.md"]), &["pipeline.toml:3: ", "size"]);
    desk.put("pipeline.toml", PSEUDO);
    desk.put("glossary/a.toml", "[[term]]\nen = \"harbour\"\nzh = \"港口\"\nhint = \"x\"\n");
    fails(&desk.run(&["translate", "story.md"]), &["glossary/a.toml:4", "hint"]);
    desk.put("glossary/a.toml", "[[term]]\nen = \"harbour\"\nzh = \"港口\"\n");
    desk.put("glossary/b.toml", "\n[[term]]\nen = \"harbour\"\nzh = \"海港\"\n");
    fails(
        &desk.run(&["translate", "story.md"]),
        &["glossary/a.toml", "glossary/b.toml", "harbour"],
    );
    let ran = desk.run(&["translate", "story.md", "--config", "none.toml"]);
    fails(&ran, &["none.toml"]);
    assert_eq!(ran.err.matches("No such file").count(), 1, "a cause is told once: {}", ran.err);
    desk.put("pipeline.toml", "[backends.main]\nkey = \"sk-canary\"\n");
    let ran = desk.run(&["translate", "story.md"]);
    fails(&ran, &["pipeline.toml:2: ", "`key`"]);
    assert!(!ran.err.contains("sk-canary"), "{}", ran.err);
}

#[test]
fn no_backend_is_needed_when_all_is_recalled_and_missed_clearly_when_one_is() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", STORY);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    drop(server);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    desk.put("other.md", "Another harbour, another story, and nobody to tell it.\n");
    let ran = desk.run(&["translate", "other.md"]);
    fails(&ran, &["no answer from 127.0.0.1", "ollama serve", "pipeline.toml"]);
    assert!(!desk.at("other.zh.md").exists());
}

#[test]
fn a_refused_key_is_told_and_never_shown() {
    let server = Server::start(Script {
        fault: std::sync::Arc::new(|_, _| Some(Fault::Status(401, "invalid_api_key"))),
        ..Script::default()
    });
    let desk = Desk::with_server(&server.url(), "key_env = \"DESK_KEY\"");
    desk.put("story.md", STORY);
    let canary = "sk-canary-1234567890";
    let mut command = desk.command(&["translate", "story.md", "--json"]);
    command.env("DESK_KEY", canary).env("DIPTYCH_LOG", "trace");
    let ran = Ran::from(command.output().unwrap());
    fails(&ran, &["refuses the key", "key_env"]);
    assert!(!ran.err.contains(canary) && !ran.out.contains(canary));
    assert_eq!(server.requests().len(), 1, "not tried again");
    assert_eq!(server.requests()[0].authorization.as_deref(), Some("Bearer sk-canary-1234567890"));
}

#[test]
fn an_unwritable_folder_loses_nothing_that_was_paid_for() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", STORY);
    // A file where the folder should be: also root cannot write into it.
    desk.put("out", "in the way");
    fails(&desk.run(&["translate", "story.md", "--out", "out"]), &["out"]);
    server.forget();
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert!(server.requests().len() <= 1);
}

#[test]
fn a_second_run_waits_for_the_first() {
    let server = Server::start(Script { latency: Duration::from_millis(600), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", STORY);
    desk.put("other.md", "Another harbour, another story, and somebody to tell it.\n");
    let first = desk.command(&["translate", "story.md"]).stdout(Stdio::null()).spawn();
    while server.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let second = desk.run(&["translate", "other.md"]);
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(second.err.contains("waiting"), "{}", second.err);
    assert!(first.unwrap().wait().unwrap().success());
}

#[test]
fn ctrl_c_keeps_what_was_paid_for() {
    let server = Server::start(Script { latency: Duration::from_millis(300), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "paragraphs_per_request = 1\nconcurrency = 1");
    desk.put("story.md", STORY);
    let child = desk
        .command(&["translate", "story.md"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while server.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let interrupt =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 2, "{}", ran.err);
    let paid = server.paragraphs();
    assert!(!paid.is_empty() && paid.len() < 3);
    assert_eq!(desk.pair("story.pair.json")["complete"], false);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert_eq!(server.paragraphs().len(), 3, "nothing twice");
}

#[test]
fn people_come_first() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", STORY);
    desk.put("glossary/terms.toml", "[[term]]\nen = \"wave\"\nzh = \"挥手\"\n");
    desk.put(
        "corrections.jsonl",
        "{\"source\":\"Nobody waved.\",\"target\":\"没有一个人挥挥手 .\",\"direction\":\"en-zh\",\"variant\":\"zh-Hans\",\
         \"class\":\"body\",\"at\":\"2026-05-01T10:00:00Z\",\"who\":\"编辑\"}\nnot json\n",
    );
    let ran = desk.run(&["translate", "story.md", "--refresh"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("corrections.jsonl:2"), "{}", ran.err);
    assert!(desk.read("story.zh.md").ends_with("没有一个人挥挥手 .\n"), "not even styled");
    assert!(server.paragraphs().iter().all(|text| text != "Nobody waved."));
    let pair = desk.pair("story.pair.json");
    assert_eq!(pair["paragraphs"][2]["origin"], "person");
}

#[test]
fn one_article_spelt_twice_is_one_article() {
    let desk = Desk::with(PSEUDO);
    desk.put("news/story.md", STORY);
    let (code, report) =
        desk.json(&["translate", "news/story.md", "./news/story.md", "news/../news/story.md"]);
    assert_eq!((code, report["articles"].as_array().unwrap().len()), (0, 1), "{report}");
    desk.put("news/story.txt", STORY);
    fails(&desk.run(&["translate", "news/story.md", "./news/story.txt"]), &["--out"]);
}

#[test]
#[cfg(unix)]
fn names_are_shown_and_not_obeyed() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::with(PSEUDO);
    let name = "story\nerror: all is lost\u{1b}[31m\u{202e}.md";
    desk.put(name, STORY);
    let ran = desk.run(&["translate", name]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for said in [&ran.out, &ran.err] {
        assert!(!said.contains("\nerror: all") && !said.contains(['\u{1b}', '\u{202e}']), "{said}");
    }
    // A name that is no text is no reason for no report.
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.md");
    fs::write(desk.path().join(name), STORY).unwrap();
    let ran: Ran = desk.command(&["translate", "--json"]).arg(name).output().unwrap().into();
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["articles"][0]["path"], "caf\u{fffd}.md");
}

#[test]
fn a_slow_server_is_no_missing_server() {
    let server = Server::start(Script { latency: Duration::from_secs(30), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "timeout_seconds = 1");
    desk.put("story.md", STORY);
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 1, "{report}");
    let reason = report["articles"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("raise timeout_seconds"), "{reason}");
    assert!(!reason.contains("start the server"), "{reason}");
}

#[test]
fn what_is_too_slow_at_once_is_asked_in_parts() {
    let per_token = Duration::from_millis(20);
    let server = Server::start(Script { per_token, ..Script::default() });
    let desk = Desk::with_server(&server.url(), "timeout_seconds = 2\nconcurrency = 2");
    let ship = |n: usize| format!("Ship {n} left the harbour on the evening tide.\n\n");
    desk.put("story.md", (0..8).map(ship).collect::<String>());
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 0, "{report}");
    assert!(report["counts"]["asked_again"].as_u64().unwrap() >= 8, "{report}");
}

#[test]
fn one_answer_on_standard_output() {
    let desk = Desk::with(PSEUDO);
    fails(&desk.run(&["translate", "-", "--json"]), &["--out"]);
    assert_eq!(desk.files(), ["pipeline.toml"]);
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let desk = Desk::with(PSEUDO);
    desk.put("story.md", STORY);
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = desk.command(&["translate", "-"]);
    command.stdin(fs::File::open(desk.at("story.md")).unwrap()).stdout(full());
    let ran = Ran::from(command.output().unwrap());
    fails(&ran, &["error: -: cannot write to standard output"]);
    // The pair is written; only its report is not.
    let ran = Ran::from(desk.command(&["translate", "story.md"]).stdout(full()).output().unwrap());
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert_eq!(desk.pair("story.pair.json")["complete"], true);
}

#[test]
#[cfg(unix)]
fn what_could_not_be_kept_is_not_asked_for() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "concurrency = 1");
    let mut names = Vec::new();
    for i in 0..12 {
        let name = format!("story-{i}.md");
        let line = |j| format!("Report {i}, part {j}: the harbour was calm, and nobody waved.\n\n");
        desk.put(&name, (0..20).map(line).collect::<String>());
        names.push(name);
    }
    // A disk that is full beyond a few kilobytes.
    let program = env!("CARGO_BIN_EXE_diptych");
    let script = format!("trap '' XFSZ; ulimit -f 16; exec {program} translate \"$@\" --out pairs");
    let mut command = std::process::Command::new("sh");
    command.arg("-c").arg(script).arg("sh").args(&names).current_dir(desk.path());
    let ran = Ran::from(command.output().unwrap());
    assert!(ran.code == 1 || ran.code == 2, "{}", ran.err);
    assert!(ran.err.contains("cannot be written"), "{}", ran.err);
    assert!(!ran.err.contains("Os {"), "{}", ran.err);
    let asked = server.paragraphs().len();
    assert!(asked < 12 * 20, "{asked} of 240 asked for");
    let lost = asked - complete(&desk, &names) * 20;
    assert!(lost <= 25, "{lost} paragraphs lost, with one request under way at a time");
}

/// How many of the articles have a complete pair in `pairs`.
fn complete(desk: &Desk, names: &[String]) -> usize {
    let pairs = names.iter().map(|name| format!("pairs/{}", name.replace(".md", ".pair.json")));
    pairs.filter(|name| desk.at(name).exists() && desk.pair(name)["complete"] == true).count()
}

#[test]
#[cfg(unix)]
fn waiting_for_the_memory_ends_when_told_to() {
    let server = Server::start(Script { latency: Duration::from_secs(20), ..Script::default() });
    let desk = Desk::with_server(&server.url(), "");
    desk.put("story.md", STORY);
    let mut first = desk.command(&["translate", "story.md"]).spawn().unwrap();
    while server.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut second =
        desk.command(&["translate", "story.md"]).stderr(Stdio::piped()).spawn().unwrap();
    // It says so before it waits.
    let mut told = std::io::BufReader::new(second.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut told, &mut line).unwrap();
    assert!(line.contains("waiting"), "{line}");
    signal("-TERM", &second);
    assert_eq!(second.wait().unwrap().code(), Some(1));
    first.kill().unwrap();
    first.wait().unwrap();
}

#[cfg(unix)]
fn signal(name: &str, child: &std::process::Child) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_second_run_goes_on_within_the_limit_of_the_first() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "requests_per_minute = 60");
    desk.put("a.md", "One ship left.\n");
    desk.put("b.md", "Two ships stayed.\n");
    assert_eq!(desk.run(&["translate", "a.md"]).code, 0);
    assert_eq!(desk.run(&["translate", "b.md"]).code, 0);
    let requests = server.requests();
    // A second apart by the limit; some of it for the way.
    let apart = requests[1].at - requests[0].at;
    assert!(apart >= Duration::from_millis(800), "{apart:?}");
    assert!(desk.at(".diptych/limits.json").exists());
}

#[test]
fn the_pseudo_backend_gives_the_checks_nothing_to_say() {
    let desk = Desk::with(PSEUDO);
    desk.put(
        "story.md",
        "# A line to the coast\n\nThe ministry spends $5.2 billion on it, 7 percent more than in \
         2024.\n\nNobody waved when the first of 12 trains left the old station on Tuesday.\n",
    );
    for to in ["zh", "zh-Hant-TW", "zh-Hant-HK"] {
        let (code, report) = desk.json(&["translate", "story.md", "--to", to]);
        let counts = &report["counts"];
        let told = [&counts["asked_again"], &counts["errors"], &counts["warnings"]];
        assert_eq!((code, told), (0, [&0.into(); 3]), "{report}");
    }
}
