//! Files of a pair whose line ends git or an editor changed: no word of them is lost, none is taken
//! for an edit, and they stay as they were left.

use crate::desk::{Desk, Ran};

const STORY: &str = "# A quiet harbour\n\nThe ferry left on time,\nwith 120 people on board.\n\n\
                     > Nobody waved.\n> *Nobody* looked back.\n\n- Ropes & tar.\n\n```\nmake  fast\n```\n";

/// A desk with a translated story.
fn translated(name: &str, story: &str) -> Desk {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    desk.put(name, story);
    complete(&desk, &["translate", name]);
    desk
}

#[track_caller]
fn complete(desk: &Desk, args: &[&str]) -> Ran {
    let ran = desk.run(args);
    assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
    ran
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn lf(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// A line in three parts, of which each ends with a letter.
fn thirds(line: &str) -> [String; 3] {
    let letters: Vec<char> = line.chars().collect();
    let third = letters.len() / 3;
    let (first, rest) = letters.split_at(third);
    let (second, third) = rest.split_at(third);
    [first, second, third].map(|part| part.iter().collect::<String>().trim().to_owned())
}

/// Changes how the lines of files end, and nothing else.
fn reline(desk: &Desk, names: &[&str], how: fn(&str) -> String) {
    for name in names {
        desk.put(name, how(&desk.read(name)));
    }
}

/// What `pair.json` says of the files is true: their hashes, and where their paragraphs stand.
#[track_caller]
fn holds(desk: &Desk, name: &str) {
    let pair = desk.pair(name);
    for (file, hash) in pair["files"].as_object().unwrap() {
        let bytes = std::fs::read(desk.at(file)).unwrap();
        assert_eq!(*hash, blake3::hash(&bytes).to_hex().as_str(), "{file}");
    }
    for paragraph in pair["paragraphs"].as_array().unwrap() {
        for (file, at) in paragraph["at"].as_object().unwrap() {
            let at = at[0].as_u64().unwrap() as usize..at[1].as_u64().unwrap() as usize;
            let text = desk.read(file);
            let target = file.contains(".zh.");
            let words = paragraph[if target { "target" } else { "source" }].as_str().unwrap();
            // Their marks and line ends apart, the bytes there are the paragraph.
            let letters = |text: &str| -> String {
                text.chars().filter(|c| !c.is_whitespace() && !"*>\\".contains(*c)).collect()
            };
            assert_eq!(letters(&text[at]), letters(words), "{file}");
        }
    }
}

/// Nothing is asked of anybody, and neither the version nor the proof of it changes.
#[track_caller]
fn stays(desk: &Desk, article: &str, version: &str, manifest: &str) {
    let files = [version, manifest].map(|name| desk.read(name));
    complete(desk, &["translate", article]);
    assert_eq!([version, manifest].map(|name| desk.read(name)), files);
    holds(desk, manifest);
}

#[test]
fn a_checkout_with_other_line_ends_is_no_edit() {
    let desk = translated("story.md", STORY);
    let all = ["story.md", "story.en.md", "story.zh.md", "story.pair.html", "story.pair.json"];
    reline(&desk, &all, crlf);
    let ran = complete(&desk, &["learn", "story.zh.md"]);
    for name in ["story.en.md", "story.zh.md"] {
        assert!(ran.out.contains(&format!("{name}: only its line ends differ")), "{}", ran.out);
    }
    assert!(!desk.at("corrections.jsonl").exists());
    assert_eq!(desk.read("story.md"), crlf(STORY));
    stays(&desk, "story.md", "story.zh.md", "story.pair.json");
    // And back, where the next run is the first to see it.
    reline(&desk, &all, lf);
    complete(&desk, &["translate", "story.md"]);
    assert_eq!(lf(&desk.read("story.zh.md")), desk.read("story.zh.md"));
    stays(&desk, "story.md", "story.zh.md", "story.pair.json");
}

#[test]
fn new_words_in_a_checkout_with_other_line_ends_are_learnt() {
    let desk = translated("story.md", STORY);
    let all = ["story.md", "story.en.md", "story.zh.md", "story.pair.html", "story.pair.json"];
    reline(&desk, &all, crlf);
    let text = desk.read("story.zh.md");
    let line = text.lines().nth(2).unwrap();
    let [first, second, third] = thirds(line);
    let edited = text.replace(line, &format!("{first}\r\n\r\n{second}\r\n{third}"));
    desk.put("story.zh.md", &edited);
    complete(&desk, &["learn", "story.zh.md", "--yes"]);
    assert_eq!(desk.read("story.zh.md"), edited);
    let lines = desk.read("corrections.jsonl");
    assert!(lines.contains(&format!(r#""target":"{first}\n\n{second}\n{third}""#)), "{lines}");
    assert_eq!(lines.lines().count(), 1);
    stays(&desk, "story.md", "story.zh.md", "story.pair.json");
    // The file of corrections too may have been checked out so.
    reline(&desk, &["corrections.jsonl"], crlf);
    stays(&desk, "story.md", "story.zh.md", "story.pair.json");
}

#[test]
fn what_differs_is_said_and_the_way_out_works() {
    for (story, how) in [(STORY.to_owned(), crlf as fn(&str) -> String), (crlf(STORY), lf)] {
        let desk = translated("story.md", &story);
        reline(&desk, &["story.zh.md"], how);
        let left = desk.read("story.zh.md");
        let ran = desk.run(&["translate", "story.md"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(!ran.err.contains("edited"), "{}", ran.err);
        for part in
            ["its lines end in another way", "`diptych learn story.zh.md`", "--force", "* -text"]
        {
            assert!(ran.err.contains(part), "`{part}` is not in {}", ran.err);
        }
        complete(&desk, &["learn", "story.zh.md"]);
        assert_eq!(desk.read("story.zh.md"), left);
        assert_eq!(desk.read("story.md"), story, "the article is as it was");
        stays(&desk, "story.md", "story.zh.md", "story.pair.json");
        // New words are written as the person left the rest.
        let text = desk.read("story.zh.md");
        let edited = text.replace("# ", "# 新的");
        desk.put("story.zh.md", &edited);
        complete(&desk, &["learn", "story.zh.md", "--yes"]);
        assert_eq!(desk.read("story.zh.md"), edited);
        stays(&desk, "story.md", "story.zh.md", "story.pair.json");
        // The article changes elsewhere: still so.
        desk.put("story.md", story.replace("Ropes", "Nets"));
        complete(&desk, &["translate", "story.md"]);
        let text = desk.read("story.zh.md");
        assert_eq!(how(&text), text);
        holds(&desk, "story.pair.json");
        // By force it is written as the article is.
        desk.put("story.zh.md", "x");
        complete(&desk, &["translate", "story.md", "--force"]);
        assert_eq!(desk.read("story.zh.md").contains("\r\n"), story.contains("\r\n"));
    }
}

#[test]
fn an_article_that_is_saved_anew_takes_its_translation_along() {
    let desk = translated("story.md", STORY);
    reline(&desk, &["story.md"], crlf);
    complete(&desk, &["translate", "story.md"]);
    let text = desk.read("story.zh.md");
    assert_eq!(crlf(&text), text, "what is no prose is the source's");
    stays(&desk, "story.md", "story.zh.md", "story.pair.json");
    // A source version that an editor saved anew goes into the article, and nobody is asked.
    reline(&desk, &["story.en.md"], lf);
    complete(&desk, &["learn", "story.en.md"]);
    assert_eq!(desk.read("story.md"), STORY);
    stays(&desk, "story.md", "story.zh.md", "story.pair.json");
}

#[test]
fn a_page_with_other_line_ends_is_made_anew() {
    let desk = translated("story.md", STORY);
    let page = desk.read("story.pair.html");
    reline(&desk, &["story.pair.html"], crlf);
    complete(&desk, &["translate", "story.md"]);
    assert_eq!(desk.read("story.pair.html"), page);
    desk.put("story.pair.html", page.replace("<body", "<body class=\"mine\""));
    assert_eq!(desk.run(&["translate", "story.md"]).code, 1);
}

#[test]
fn both_kinds_in_one_file_are_told_with_their_line() {
    let desk = translated("story.md", STORY);
    let text = desk.read("story.zh.md").replacen("\n\n", "\n\r\n", 1);
    desk.put("story.zh.md", &text);
    let ran = desk.run(&["learn", "story.zh.md", "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("line 2: some lines of the file end with CRLF"), "{}", ran.err);
    assert_eq!(desk.read("story.zh.md"), text);
}

/// Vim and nano end the last line of what they save, others take its end away.
#[test]
fn a_last_line_that_an_editor_ended_or_left_open_stays_so() {
    for (name, story) in [
        ("story.md", STORY.to_owned()),
        ("story.md", STORY.split("\n```").next().unwrap().to_owned()),
        ("story.md", crlf("# A quiet harbour\n\nThe ferry left on time.")),
        ("story.md", "The ferry left on time.".to_owned()),
        ("story.txt", "A quiet harbour\n\nThe ferry left on time.\n".to_owned()),
        ("story.txt", "A quiet harbour\n\nThe ferry left on time.".to_owned()),
    ] {
        let desk = translated(name, &story);
        let version = name.replace("story", "story.zh");
        let text = desk.read(&version);
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let edited = match text.strip_suffix(newline) {
            Some(open) => open.to_owned(),
            None => text.clone() + newline,
        };
        desk.put(&version, &edited);
        let ran = complete(&desk, &["learn", &version]);
        assert!(ran.out.contains(&format!("{version}: only its end differs")), "{}", ran.out);
        assert!(!desk.at("corrections.jsonl").exists());
        assert_eq!(desk.read(&version), edited);
        stays(&desk, name, &version, "story.pair.json");

        // New words in the file as it was left, and then in one that ends as the article does.
        let last = text.lines().rfind(|line| line.contains('译')).unwrap().to_owned();
        let [first, second, third] = thirds(&last);
        let mut learnt = 0;
        for (text, new) in [(&edited, [&third, &second]), (&text, [&third, &third])] {
            let words = format!("{first}{}{}", new[0], new[1]);
            let edited = text.replace(&last, &words);
            desk.put(&version, &edited);
            complete(&desk, &["learn", &version, "--yes"]);
            assert_eq!(desk.read(&version), edited);
            learnt += 1;
            assert_eq!(desk.read("corrections.jsonl").lines().count(), learnt);
            stays(&desk, name, &version, "story.pair.json");
        }
    }
}

#[test]
fn a_byte_order_mark_that_came_or_went_is_told_and_left() {
    let mark = "\u{FEFF}";
    for (story, edit, told) in [
        (STORY.to_owned(), "added", "begins with a byte order mark; save it as UTF-8 without one"),
        (
            format!("{mark}{STORY}"),
            "taken",
            "has lost a byte order mark; save it as UTF-8 with one",
        ),
    ] {
        let desk = translated("story.md", &story);
        let text = desk.read("story.zh.md");
        let edited = match edit {
            "added" => format!("{mark}{text}"),
            _ => text.strip_prefix(mark).unwrap().to_owned(),
        };
        desk.put("story.zh.md", &edited);
        let ran = desk.run(&["learn", "story.zh.md", "--yes"]);
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains(&format!("line 1: the file {told}")), "{}", ran.err);
        assert_eq!(desk.read("story.zh.md"), edited);

        let edited = edited.strip_prefix(mark).map_or(format!("{mark}{edited}"), str::to_owned);
        let last = edited.lines().find(|line| line.starts_with("- ")).unwrap().to_owned();
        let [first, second, third] = thirds(&last);
        desk.put("story.zh.md", edited.replace(&last, &format!("{first} {third}, {second}")));
        complete(&desk, &["learn", "story.zh.md", "--yes"]);
    }
}

#[test]
fn plain_text_keeps_them_too() {
    let story = "A quiet harbour\n\nThe ferry left on time.\n\nNobody waved at it.\n";
    for (story, how) in [(story.to_owned(), crlf as fn(&str) -> String), (crlf(story), lf)] {
        let desk = translated("story.txt", &story);
        reline(&desk, &["story.zh.txt"], how);
        let text = desk.read("story.zh.txt");
        let last = text.trim_end().lines().next_back().unwrap();
        let [first, second, third] = thirds(last);
        let edited = text.replace(last, &how(&format!("{first}\n\n　　{second}\n{third}")));
        desk.put("story.zh.txt", &edited);
        complete(&desk, &["learn", "story.zh.txt", "--yes"]);
        assert_eq!(desk.read("story.zh.txt"), edited);
        let lines = desk.read("corrections.jsonl");
        let target = format!(r#""target":"{first}\n\n　　{second}\n{third}""#);
        assert!(lines.contains(&target), "{lines}");
        stays(&desk, "story.txt", "story.zh.txt", "story.pair.json");
    }
}
