//! Markdown: the laws over generated and hostile texts, and over corpora where there are some.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests fail as tests do")]

use std::path::{Path, PathBuf};

use diptych::article::{Document, Format, Furniture};
use diptych::paragraph::{Kind, Mark, MarkKind, Marked, Paragraph, Slot, Token};
use proptest::prelude::*;

/// Reads a text.
fn read(text: &str) -> Document {
    Document::parse(text.to_owned(), Format::Markdown)
}

/// Law 1: each paragraph as its own translation gives the same bytes; ranges are in order, apart,
/// and hold something.
fn untouched(text: &str) -> Result<(), String> {
    let document = read(text);
    let mut done = 0;
    for Paragraph { range, .. } in document.paragraphs() {
        if range.start < done || range.is_empty() || text.get(range.clone()).is_none() {
            return Err(format!("range {range:?} after {done}"));
        }
        done = range.end;
    }
    let sources: Vec<Marked> = document.paragraphs().iter().map(|p| p.source.clone()).collect();
    let written = document.write(&sources, Furniture::Keep);
    if written.text == text { Ok(()) } else { Err(format!("written: {:?}", written.text)) }
}

/// Law 2, for every text there is: each paragraph replaced by a token of its own, which then stands
/// there once; all else stays. Gives the text written.
fn replaced(text: &str) -> Result<String, String> {
    let document = read(text);
    let paragraphs = document.paragraphs();
    let targets: Vec<Marked> = paragraphs
        .iter()
        .enumerate()
        .map(|(i, paragraph)| match paragraph.kind {
            // A picture without its mark would be none.
            Kind::Caption => {
                let text = Token::Text(token(i).into());
                Marked::from_tokens([Token::Open(1), text, Token::Close(1)])
            }
            _ => Marked::from_plain(&token(i)),
        })
        .collect();
    let written = document.write(&targets, Furniture::Keep);
    let (mut at_source, mut at_target) = (0, 0);
    for (i, (paragraph, range)) in paragraphs.iter().zip(&written.at).enumerate() {
        if text[at_source..paragraph.range.start] != written.text[at_target..range.start] {
            return Err("bytes between paragraphs differ".into());
        }
        if written.text[range.clone()].matches(&token(i)).count() != 1 {
            return Err(format!("{} is not in its place", token(i)));
        }
        (at_source, at_target) = (paragraph.range.end, range.end);
    }
    if text[at_source..] != written.text[at_target..] {
        return Err("bytes after the last paragraph differ".into());
    }
    Ok(written.text)
}

fn token(i: usize) -> String {
    format!("译文{i:04}")
}

/// Law 2, for well-formed articles: read again, they are the same paragraphs with those texts.
fn reread(text: &str) -> Result<(), String> {
    let document = read(text);
    let paragraphs = document.paragraphs();
    let written = replaced(text)?;
    let again = read(&written);
    let told = |paragraph: &Paragraph| (paragraph.kind, paragraph.source.plain(&paragraph.marks));
    let got: Vec<_> = again.paragraphs().iter().map(told).collect();
    let want: Vec<_> = paragraphs.iter().enumerate().map(|(i, p)| (p.kind, token(i))).collect();
    if got != want {
        let at = got.iter().zip(&want).take_while(|(a, b)| a == b).count();
        return Err(format!(
            "paragraph {at}: {:?} instead of {:?} ({} instead of {} in all)\n{}",
            got.get(at),
            want.get(at),
            got.len(),
            want.len(),
            written
        ));
    }
    Ok(())
}

/// Law 3: each paragraph's own source, written by the general path, reads as the same tokens. Gives
/// how many paragraphs were the same bytes.
fn rewritten(text: &str) -> Result<usize, String> {
    let document = read(text);
    let mut whole = String::new();
    let mut done = 0;
    let mut same = 0;
    for paragraph in document.paragraphs() {
        let written = document.rendered(paragraph, &paragraph.source);
        same += usize::from(written == text[paragraph.range.clone()]);
        whole.push_str(&text[done..paragraph.range.start]);
        whole.push_str(&written);
        done = paragraph.range.end;
    }
    whole.push_str(&text[done..]);
    let again = read(&whole);
    // Where lines were joined, emphasis may stand beside a letter, and punctuation outside of it.
    let wrapped: Vec<bool> = document
        .paragraphs()
        .iter()
        .map(|p| text[p.range.clone()].contains(['\n', '\r']))
        .collect();
    let told = |(i, p): (usize, &Paragraph)| {
        let marks = if wrapped.get(i) == Some(&true) {
            p.source.plain(&[]).split_whitespace().collect()
        } else {
            p.source.normalised(&p.marks)
        };
        (p.kind, marks)
    };
    let got: Vec<_> = again.paragraphs().iter().enumerate().map(told).collect();
    let want: Vec<_> = document.paragraphs().iter().enumerate().map(told).collect();
    if got != want {
        let at = got.iter().zip(&want).take_while(|(a, b)| a == b).count();
        return Err(format!("paragraph {at}: {:?} became {:?}", want.get(at), got.get(at)));
    }
    Ok(same)
}

fn check_laws(text: &str) {
    for (law, result) in
        [("1", untouched(text)), ("2", reread(text)), ("3", rewritten(text).map(drop))]
    {
        if let Err(why) = result {
            panic!("law {law} of {text:?}: {why}");
        }
    }
}

/// Checks what the paragraphs of a text are: kind and marked source, one a line.
fn check(text: &str, expected: &[&str]) {
    let document = read(text);
    let found: Vec<String> =
        document.paragraphs().iter().map(|p| format!("{}: {}", p.kind.name(), p.source)).collect();
    assert_eq!(found, expected, "in {text:?}");
    check_laws(text);
}

/// Checks how a translation of the one paragraph of a text is written.
fn check_written(text: &str, target: &str, expected: &str) {
    let document = read(text);
    let [paragraph] = document.paragraphs() else { panic!("{:?}", document.paragraphs()) };
    assert_eq!(document.rendered(paragraph, &Marked::parse(target).unwrap()), expected, "{text}");
}

#[test]
fn what_is_prose() {
    check(
        "# Big *News*\n\nText.\n\nTitle two\n===\n\n## Why? {#id}\n",
        &["title: Big <1>News</1>", "paragraph: Text.", "heading: Title two", "heading: Why?"],
    );
    check(
        "- a\n- b\n\n  c\n  1. [x] d\n\n> e\n> f\n>\n> - g\n",
        &[
            "list_item: a",
            "list_item: b",
            "list_item: c",
            "list_item: d",
            "quotation: e f",
            "list_item: g",
        ],
    );
    check(
        "| A | 5 |\n|---|--:|\n| x \\| *y* | — |\n",
        &["table_cell: A", "table_cell: 5", "table_cell: x | <1>y</1>"],
    );
    check("See[^1].\n\n[^1]: The note.\n", &["paragraph: See<1/>.", "paragraph: The note."]);
    check(
        "![A cat](c.png)\n\n![](d.png)\n\n[![Build](b.svg)](u)\n",
        &["caption: <1>A cat</1>", "paragraph: <1><2>Build</2></1>"],
    );
}

#[test]
fn what_is_kept() {
    check(
        "Run `a *b*` at https://a.example/x_y, <https://b.example>.\n\n    code\n\n```\ncode\n```\n",
        &["paragraph: Run <1/> at <2/>, <3/>."],
    );
    check(
        "<div>\nkept\n</div>\n\nA <b>bold</b><br>word, <kbd>Ctrl C</kbd> <!-- no -->\n",
        &["paragraph: A <1>bold</1><2/>word, <3/>"],
    );
    check(
        "Raised $5 billion, then $100 billion; $E = mc^2$ {{< ref \"a*b*\" >}} holds.\n",
        &["paragraph: Raised $5 billion, then $100 billion; <1/> <2/> holds."],
    );
    check(
        ":::note\nRead this.\n:::\n\n{{< tip >}}\nAnd this.\n{{< /tip >}}\n\nimport A from './a'\n",
        &["paragraph: Read this.", "paragraph: And this."],
    );
    check(
        "[a link][here], [here] and [here][].\n\n[here]: /x 'T'\n",
        &["paragraph: <1>a link</1>, <2>here</2> and <3>here</3>."],
    );
}

#[test]
fn wrapped_lines_are_joined() {
    check(
        "> 数据中心\n> 的电力，\n> Amazon\n> says.  \n> Next\n",
        &["quotation: 数据中心的电力，Amazon says.<1/>Next"],
    );
    check("AT&amp;T \\*and\\* 5 &lt; 6\r\nmore\r\n", &["paragraph: AT&amp;T *and* 5 &lt; 6 more"]);
}

#[test]
fn front_matter_is_read_and_quoted() {
    check(
        "---\ntitle: Hello: world # note\ntags: [a]\ndescription: >-\n  One\n  two\nsummary: 'It''s'\n---\n# H\n",
        &["title: Hello: world", "paragraph: One two", "paragraph: It's", "heading: H"],
    );
    check(
        "+++\ntitle = \"T \\\"q\\\"\"\nsummary = '''a\nb'''\n[x]\ndescription = \"no\"\n+++\nText\n",
        &["title: T \"q\"", "paragraph: a b", "paragraph: Text"],
    );
    check("---\nnot front matter\n---\n", &["heading: not front matter"]);
    check("---\ntitle: *anchor\ndescription: [a, b]\nsummary: null\n---\n", &[]);
    check_written("---\ntitle: T\n---\n", "他说：\"走\" \\ #1", r##""他说：\"走\" \\ #1""##);
}

#[test]
fn emphasis_beside_chinese_is_read_as_emphasis() {
    let bold = "He said **x** so.\n";
    check_written(bold, "他说<1>重要</1>的事", "他说**重要**的事");
    check_written(bold, "他说<1>“重要”</1>的事", "他说“**重要**”的事");
    check_written(bold, "他说<1>重要。</1>然后", "他说**重要**。然后");
    check_written(bold, "<1>重要：</1> 然后", "**重要：** 然后");
    check_written("Say _x_ so.\n", "说<1>走</1>吧", "说*走*吧");
    check_written("Run **`x`** now.\n", "运行<1><2/></1>吧", "运行<strong>`x`</strong>吧");
    check_written("A ~~b~~ c\n", "甲<1>（乙）</1>丙", "甲（~~乙~~）丙");
}

#[test]
fn text_is_escaped_where_it_has_to_be() {
    check_written("A\n", "1. 第一", "1\\. 第一");
    check_written("A\n", "- 第一", "\\- 第一");
    check_written("A\n", "# 第一", "\\# 第一");
    check_written("A\n", "2 * 3 = 6，a_b，50% [注]", "2 * 3 = 6，a_b，50% [注]");
    check_written("A\n", "用 *号* 和 &lt;b>", "用 \\*号\\* 和 \\<b>");
    check_written("A\n", "{{ secret }}", "{\\{ secret }}");
    check_written("A [l](u)\n", "看!<1>这</1>", "看\\![这](u)");
    check_written("# A\n", "甲 #", "甲 \\#");
    check_written("# A {#a}\n", "甲 {#b}", "甲 \\{#b&#125;");
    check_written("| A |\n|---|\n", "甲|乙\\", "甲\\|乙\\\\");
    check_written("A\n", "一\n二", "一二");
    check_written("- A\n", "[x] 完成", "\\[x\\] 完成");
    check_written("See [here].\n\n[here]: /u\n", "见<1>此处</1>。", "见[此处][here]。");
    check_written(
        "See [x][here].\n\n[here]: /u\n",
        "见<1>甲</1>和 [here]",
        "见[甲][here]和 \\[here\\]",
    );
    check_written("> A  \n> b\n", "甲<1/>- 乙", "甲  \n> \\- 乙");
}

#[test]
fn hostile_texts_neither_crash_nor_hang() {
    let n = 100_000;
    let nested = |open: &str, close: &str| open.repeat(n) + "a" + &close.repeat(n);
    let texts = [
        nested("> ", ""),
        nested("- ", ""),
        nested("1. ", ""),
        nested("[", "](u)"),
        nested("![", ""),
        nested("*", "*"),
        nested("*a ", " b*"),
        nested("~~a ", ""),
        nested("<b>", "</i>"),
        nested("`", ""),
        nested("{{", "}}"),
        nested("{{ a }}", ""),
        nested("$$", "$a"),
        nested("\0", "\r"),
        nested("|", "\n|-"),
        nested("\\", "  \n"),
        format!("---\ntitle: {}\n---\n", "[".repeat(n)),
        format!("+++\ntitle = {}\n+++\n", "[".repeat(n)),
        "中文 word，".repeat(700_000),
    ];
    for text in texts {
        let started = std::time::Instant::now();
        assert_eq!(untouched(&text), Ok(()));
        for paragraph in read(&text).paragraphs() {
            read(&text[..0]).rendered(paragraph, &paragraph.source);
        }
        let seconds = started.elapsed().as_secs();
        assert!(seconds < 60, "{:?} took {seconds} s", text.chars().take(8).collect::<String>());
    }
}

#[test]
fn many_definitions_are_no_burden() {
    let text: String =
        (0..2000).map(|i| format!("See [the {i}][l{i}] *now*.\n\n[l{i}]: /u{i}\n\n")).collect();
    check_laws(&text);
}

/// With `DIPTYCH_CORPORA` set, the laws over all Markdown below that folder.
#[test]
fn corpora() {
    let Some(folder) = std::env::var_os("DIPTYCH_CORPORA") else { return };
    let folder = PathBuf::from(folder);
    let mut texts: Vec<(String, String)> = std::fs::read_dir(folder.join("md"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    texts.sort();
    for name in ["commonmark.json", "gfm.json"] {
        texts.extend(examples(&folder.join(name)));
    }
    let verbose = std::env::var_os("DIPTYCH_VERBOSE").is_some();
    let mut failures = [0; 3];
    let (mut paragraphs, mut same) = (0, 0);
    for (name, text) in &texts {
        paragraphs += read(text).paragraphs().len();
        let results = [untouched(text), reread(text), rewritten(text).map(|n| same += n)];
        for (law, result) in results.into_iter().enumerate() {
            if let Err(why) = result {
                failures[law] += 1;
                if verbose {
                    eprintln!("law {} of {name}: {why}\n", law + 1);
                }
            }
        }
    }
    eprintln!(
        "{} texts, {paragraphs} paragraphs ({same} rewritten to the same bytes); \
         broken: law 1 {}, law 2 {}, law 3 {}",
        texts.len(),
        failures[0],
        failures[1],
        failures[2]
    );
    assert_eq!(failures[0], 0);
}

fn examples(path: &Path) -> Vec<(String, String)> {
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut texts = Vec::new();
    for (part, examples) in json.as_object().unwrap() {
        for example in examples.as_array().into_iter().flatten() {
            if let Some(text) = example["markdown"].as_str() {
                texts.push((
                    format!("{} {part} {}", path.display(), example["example"]),
                    text.to_owned(),
                ));
            }
        }
    }
    texts
}

/// Pieces whose meaning in Markdown depends on what stands around them.
const SOUP: &[&str] = &[
    "text",
    "中文",
    "“重要”",
    "，",
    "。",
    "（注）",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\u{3000}",
    "\u{a0}",
    "\0",
    "*",
    "**",
    "_",
    "__",
    "***",
    "~",
    "~~",
    "`",
    "``",
    "```\n",
    "[",
    "]",
    "](",
    ")",
    "![",
    "[^1]",
    "[^1]: note ",
    "\n[ref]: /url \"t\"\n",
    "[ref]",
    "[ref][]",
    "[a][ref]",
    "<b>",
    "</b>",
    "<br>",
    "<!-- c -->",
    "<",
    ">",
    "&amp;",
    "&nbsp;",
    "&#35;",
    "&",
    "\\",
    "\\*",
    "\\\n",
    "  \n",
    "\n> ",
    "\n- ",
    "\n1. ",
    "\n2) ",
    "\n    ",
    "\n# ",
    "\n## ",
    " #\n",
    "\n===\n",
    "\n---\n",
    "---\n",
    "+++\n",
    "title: 标题\n",
    "title = \"T\"\n",
    "description: >-\n  folded\n",
    "| a | b |\n|---|---|\n",
    "| ",
    " | ",
    "\\|",
    "\n|-|-|\n",
    "- [ ] ",
    "[x] ",
    "https://a.example/b_c",
    "www.b.example",
    "<https://c.example>",
    "$x$",
    "$5",
    "$$\ny\n$$",
    "{{< s >}}",
    "{{ v }}",
    "{% t %}",
    "{#id}",
    "{{",
    "}}",
    "{",
    "\n:::note\n",
    ":::",
    ":role:`x`",
    "<div>\n",
    "</div>\n",
    "<kbd>k</kbd>",
    "[!NOTE]",
    "!",
    ":",
    "1.",
    "-",
    "+",
    "=",
    "#",
    "|",
    "'",
    "\"",
    "é",
    "🙂",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(SOUP), 0..24).prop_map(|pieces| pieces.concat())
}

/// Prose of one line, with marks.
fn inline() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Amazon",
        "数据中心",
        "，“云”",
        "5%",
        "（注）",
        "a & b",
        "don't",
        "x_y",
        "。",
        "2026年",
        "R&D",
        "\\*",
        "&lt;",
        "…",
    ]);
    let atom = prop_oneof![
        6 => word.prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "`code *x*`", "[^n]", "<https://a.example>", "https://b.example/c_d", "<br>", "$a_1 * b$", "{{< s \"*\" >}}",
            "![](x.png)", "[`c`](u)",
        ]).prop_map(str::to_owned),
    ];
    let piece = atom.prop_recursive(3, 12, 3, |inner| {
        let run = prop::collection::vec(inner, 1..4).prop_map(|all| all.join(" "));
        prop_oneof![
            run.clone().prop_map(|t| format!("**{t}**")),
            run.clone().prop_map(|t| format!("_{t}_")),
            run.clone().prop_map(|t| format!("~~{t}~~")),
            run.clone().prop_map(|t| format!("<b>{t}</b>")),
            run.clone().prop_map(|t| format!("[{t}](/url \"title\")")),
            run.clone().prop_map(|t| format!("[{t}][ref]")),
            run.prop_map(|t| format!("![{t}](p.png)")),
        ]
    });
    prop::collection::vec(
        (piece, prop::sample::select(vec![" ", " ", "", "\n", "  \n", "\\\n"])),
        1..6,
    )
    .prop_map(|pieces| {
        let mut line = String::from("Ab ");
        for (piece, gap) in pieces {
            line.push_str(&piece);
            line.push_str(gap);
        }
        line.trim_end().trim_end_matches('\\').to_owned()
    })
}

/// Blocks within blocks.
pub(crate) fn blocks() -> impl Strategy<Value = String> {
    let one_line = || inline().prop_map(|t| t.replace(['\n', '\\', '|'], " "));
    let leaf = prop_oneof![
        4 => inline(),
        1 => (1..4_usize, one_line()).prop_map(|(n, t)| format!("{} {t}", "#".repeat(n))),
        1 => one_line().prop_map(|t| format!("{t}\n===")),
        1 => (one_line(), one_line()).prop_map(|(a, b)| format!("| {a} | b |\n|:--|---|\n| {b} | 乙 |")),
        1 => Just("```rust\nlet a = *b;\n```".to_owned()),
        1 => Just("<div>\n*kept*\n</div>".to_owned()),
        1 => Just("    indented code".to_owned()),
        1 => inline().prop_map(|t| format!(":::tip\n{t}\n:::")),
        1 => Just("[^n]: A note.\n\n[ref]: /there 'T'".to_owned()),
    ];
    let within = |prefix: &'static str, rest: &'static str| {
        move |text: String| {
            let lines: Vec<String> = text
                .split('\n')
                .enumerate()
                .map(|(i, line)| format!("{}{line}", if i == 0 { prefix } else { rest }))
                .collect();
            lines.join("\n")
        }
    };
    let nested = leaf.prop_recursive(4, 24, 4, move |inner| {
        let several =
            prop::collection::vec(inner.clone(), 1..4).prop_map(|blocks| blocks.join("\n\n"));
        let tight = prop::collection::vec(inner, 1..4).prop_map(move |blocks| {
            blocks.into_iter().map(within("- ", "  ")).collect::<Vec<_>>().join("\n")
        });
        prop_oneof![
            several.clone(),
            several.clone().prop_map(within("> ", "> ")),
            several.clone().prop_map(within(">", ">")),
            several.clone().prop_map(within("1. ", "   ")),
            several.prop_map(within("-\t", "\t")),
            tight,
        ]
    });
    let front = prop::sample::select(vec![
        "",
        "",
        "---\ntitle: A: b # c\ntags: [x]\ndescription: 'It''s'\n---\n",
        "+++\ntitle = \"T\"\n[extra]\nsummary = 'no'\n+++\n\n",
    ]);
    (front, prop::collection::vec(nested, 1..4), any::<bool>(), any::<bool>()).prop_map(
        |(front, blocks, crlf, end)| {
            let mut text = front.to_owned() + &blocks.join("\n\n");
            text.push_str(if end { "\n" } else { "" });
            if crlf { text.replace('\n', "\r\n") } else { text }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn soup_keeps_its_bytes(text in soup()) {
        prop_assert_eq!(untouched(&text), Ok(()));
    }

    #[test]
    fn soup_around_paragraphs_stays(text in soup()) {
        prop_assert_eq!(replaced(&text).err(), None);
    }

    #[test]
    fn anything_keeps_its_bytes(text in "\\PC{0,200}") {
        prop_assert_eq!(untouched(&text), Ok(()));
    }

    #[test]
    fn articles_obey_the_laws(text in blocks()) {
        prop_assert_eq!(untouched(&text), Ok(()));
        prop_assert_eq!(reread(&text), Ok(()));
        if let Err(why) = rewritten(&text) {
            return Err(TestCaseError::fail(why));
        }
    }

    #[test]
    fn any_translation_reads_as_itself(text in blocks(), words in prop::collection::vec(soup(), 1..6)) {
        prop_assert_eq!(translated(&text, &words), Ok(()));
    }
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(128)
}

/// Law 4: a translation with the marks in reverse order and any words reads as itself.
fn translated(text: &str, words: &[String]) -> Result<(), String> {
    let document = read(text);
    for (at, paragraph) in document.paragraphs().iter().enumerate() {
        // Front matter has its own test; a caption without its picture around it would be none.
        if matches!(paragraph.slot, Slot::Yaml | Slot::Toml) || paragraph.kind == Kind::Caption {
            continue;
        }
        // Of two elements that are kept with lone runs of stars in them, nothing that is ours to
        // write keeps the runs apart in another order.
        let lone = |mark: &&Mark| matches!(mark, Mark::Kept { kind: MarkKind::Html, bytes } if bytes.contains(['*', '_', '~']));
        if paragraph.marks.iter().filter(lone).count() > 1 {
            continue;
        }
        let target = reversed(paragraph, words);
        let mut targets: Vec<Marked> =
            document.paragraphs().iter().map(|p| p.source.clone()).collect();
        targets[at] = target.clone();
        let written = document.write(&targets, Furniture::Keep);
        let again = read(&written.text);
        let Some(found) = again.paragraphs().get(at) else { return Err("it is gone".into()) };
        if again.paragraphs().len() != targets.len() {
            return Err(format!("{target} changes the number of paragraphs: {}", written.text));
        }
        // Half tags that stood apart, such as `</b> <b>`, may form a pair in another order: then a
        // pair counts as its two halves, and their bytes are no text.
        let half = |mark: &Mark| matches!(mark, Mark::Kept { kind: MarkKind::Html, bytes } if bytes.starts_with('<'));
        let halves = paragraph.marks.iter().filter(|mark| half(mark)).count() > 1;
        let tags = |mark: &Mark| {
            let pair = matches!(mark, Mark::Span { kind: MarkKind::Html, .. });
            if halves && pair { 2 } else { 1 }
        };
        let without_half = |mark: &Mark| match mark {
            Mark::Kept { kind, .. } if half(mark) => {
                Mark::Kept { kind: *kind, bytes: String::new() }
            }
            _ => mark.clone(),
        };
        // An address may get `<>`, and emphasis may be HTML.
        let told = |marked: &Marked, marks: &[Mark]| {
            let text = marked.plain(&marks.iter().map(without_half).collect::<Vec<_>>());
            let text: String =
                text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '<' | '>')).collect();
            let mut kinds: Vec<&str> = marks
                .iter()
                .flat_map(|mark| std::iter::repeat_n(mark.kind().name(), tags(mark)))
                .filter(|kind| *kind != "address")
                .collect();
            kinds.sort_unstable();
            (text, kinds.join(" "))
        };
        let (got, want) = (told(&found.source, &found.marks), told(&target, &paragraph.marks));
        if got != want {
            let written = &written.text[written.at[at].clone()];
            return Err(format!("{target} was written as {written:?} and reads as {got:?}"));
        }
    }
    Ok(())
}

/// The marks of a paragraph in reverse order, flat, with words in and between them.
fn reversed(paragraph: &Paragraph, words: &[String]) -> Marked {
    let mut words = words.iter().cycle().map(|word| word.replace('\0', ""));
    let mut text = move || words.next().unwrap_or_default();
    let mut marked = String::from(Marked::from_plain(&format!("译{}", text())).as_str());
    for (i, mark) in paragraph.marks.iter().enumerate().rev() {
        let n = i + 1;
        match mark {
            Mark::Span { .. } => {
                let inner = Marked::from_plain(&format!("“云{}”", text()));
                marked.push_str(&format!("<{n}>{inner}</{n}>"));
            }
            Mark::Kept { .. } => marked.push_str(&format!("<{n}/>")),
        }
        marked.push_str(Marked::from_plain(&format!("的{}", text())).as_str());
    }
    Marked::parse(&marked).unwrap()
}
