//! TMX and XLIFF: what goes out comes back, and what other tools write is read.

use std::io;

use diptych::backend::{Engine, Usage};
use diptych::exchange::{Read, Reading, Said, State, Unit, steps, tmx, xliff};
use diptych::glossary::AskedTerm;
use diptych::language::{Target, Variant};
use diptych::memory::import::Step;
use diptych::memory::{Candidate, Head};
use diptych::pair::{Origin, Pair, PairParagraph, Translation};
use diptych::paragraph::{self, Found, Kind, Mark, MarkKind, Marked, Slot, Token};
use proptest::prelude::*;

use crate::desk::Desk;
use crate::server::{Script, Server};

type Units = Vec<Result<Unit, String>>;

fn all(units: impl Iterator<Item = io::Result<Read>>) -> io::Result<Units> {
    units.map(|read| read.map(|(_, unit)| unit)).collect()
}

fn from_tmx(bytes: &[u8]) -> Units {
    all(tmx::read(bytes)).unwrap()
}

fn from_xliff(bytes: &[u8]) -> Units {
    all(xliff::read(bytes)).unwrap()
}

/// A piece of a paragraph: text, a thing kept whole, or a span around more.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Kept(MarkKind, String),
    Span(MarkKind, String, String, Vec<Piece>),
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z &<>\"'\\]/0-9\u{0}\u{1}\u{b}\u{1f}\r\n\t\u{85}\u{feff}\u{fffe}\u{2028}汉字，。é]{0,30}",
    ]
}

fn any_kind() -> impl Strategy<Value = MarkKind> {
    prop::sample::select(vec![
        MarkKind::Emphasis,
        MarkKind::Strong,
        MarkKind::Strike,
        MarkKind::Link,
        MarkKind::Image,
        MarkKind::Html,
        MarkKind::Code,
        MarkKind::Address,
        MarkKind::Footnote,
        MarkKind::Break,
        MarkKind::Math,
        MarkKind::Template,
    ])
}

fn any_pieces() -> impl Strategy<Value = Vec<Piece>> {
    let leaf = prop_oneof![
        3 => any_text().prop_map(Piece::Text),
        1 => (any_kind(), any_text()).prop_map(|(kind, bytes)| Piece::Kept(kind, bytes)),
    ];
    let piece = leaf.prop_recursive(3, 12, 4, |inner| {
        let inside = prop::collection::vec(inner, 0..4);
        (any_kind(), any_text(), any_text(), inside)
            .prop_map(|(kind, open, close, inside)| Piece::Span(kind, open, close, inside))
    });
    prop::collection::vec(piece, 0..5)
}

/// Writes the pieces as tokens, numbered in their order; of the target, other texts.
fn lay_out(
    pieces: &[Piece],
    marks: &mut Vec<Mark>,
    into: &mut (Vec<Token<'static>>, Vec<Token<'static>>),
) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                into.0.push(Token::Text(text.clone().into()));
                into.1.push(Token::Text(text.chars().rev().collect::<String>().into()));
            }
            Piece::Kept(kind, bytes) => {
                marks.push(Mark::Kept { kind: *kind, bytes: bytes.clone() });
                let n = marks.len();
                into.0.push(Token::Kept(n));
                // It may stand elsewhere.
                into.1.insert(0, Token::Kept(n));
            }
            Piece::Span(kind, open, close, inside) => {
                marks.push(Mark::Span { kind: *kind, open: open.clone(), close: close.clone() });
                let n = marks.len();
                let mut inner = (vec![Token::Open(n)], vec![Token::Open(n)]);
                lay_out(inside, marks, &mut inner);
                inner.1.retain(|token| *token != Token::Open(n));
                into.0.append(&mut inner.0);
                into.0.push(Token::Close(n));
                into.1.push(Token::Open(n));
                into.1.append(&mut inner.1);
                into.1.push(Token::Close(n));
            }
        }
    }
}

fn marked(tokens: Vec<Token<'_>>) -> Marked {
    Marked::parse(Marked::from_tokens(tokens).as_str()).unwrap()
}

fn any_origin() -> impl Strategy<Value = Option<Origin>> {
    let name = || "[a-zA-Z0-9:/. 汉&<>\"-]{1,12}";
    prop_oneof![
        Just(None),
        Just(Some(Origin::Person)),
        Just(Some(Origin::Rule)),
        (name(), name(), name()).prop_map(|(backend, model, prompt)| {
            Some(Origin::Machine(Engine { backend, model, prompt }))
        }),
    ]
}

fn any_pair() -> impl Strategy<Value = Pair> {
    let paragraph = (any_pieces(), any_origin(), prop::sample::select(Kind::ALL.to_vec()));
    let targets = vec![
        Target::English,
        Target::Chinese(Variant::Hans),
        Target::Chinese(Variant::HantTw),
        Target::Chinese(Variant::HantHk),
    ];
    (prop::collection::vec(paragraph, 1..4), prop::sample::select(targets)).prop_map(
        |(paragraphs, to)| {
            let mut found = Vec::new();
            let mut said = Vec::new();
            for (pieces, origin, kind) in paragraphs {
                let mut marks = Vec::new();
                let mut sides = (Vec::new(), Vec::new());
                lay_out(&pieces, &mut marks, &mut sides);
                let source = marked(sides.0);
                found.push(Found {
                    kind,
                    range: 0..0,
                    source,
                    marks,
                    slot: Slot::Text,
                    beside: false,
                });
                said.push((marked(sides.1), origin));
            }
            let paragraphs = paragraph::name(found).into_iter().zip(said);
            let paragraphs = paragraphs.map(|(paragraph, (target_marked, origin))| PairParagraph {
                id: paragraph.id,
                kind: paragraph.kind,
                source: paragraph.source.plain(&paragraph.marks),
                source_marked: paragraph.source,
                translation: origin.map(|origin| Translation {
                    target: target_marked.plain(&paragraph.marks),
                    target_marked,
                    origin,
                    findings: Vec::new(),
                    changes: Vec::new(),
                    revised: None,
                }),
                marks: paragraph.marks,
                usage: Usage::default(),
            });
            Pair {
                title: None,
                source: to.direction().source(),
                to,
                paragraphs: paragraphs.collect(),
                furniture: Vec::new(),
                usage: Usage::default(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_pair_comes_back_identical(pair in any_pair()) {
        let units = Unit::of_pair(&pair, "desk/story.md");
        let expected: Units = units.iter().cloned().map(Ok).collect();
        prop_assert_eq!(&from_tmx(&tmx::render(&units)), &expected);
        prop_assert_eq!(&from_xliff(&xliff::render(&units, pair.to, "desk/story.md")), &expected);
        // An untouched file teaches nothing.
        let reading = Reading { now: "2026-05-01T00:00:00Z".into(), ..Reading::default() };
        for step in steps(xliff::read(&xliff::render(&units, pair.to, "")[..]), &reading) {
            let step = step.unwrap();
            let person = matches!(&step, Step::Person(_));
            prop_assert!(person || matches!(&step, Step::Nothing), "{step:?}");
        }
    }

    #[test]
    fn a_memory_comes_back_identical(
        pieces in any_pieces(),
        (backend, cost, terms) in ("[a-z]{1,5}", 0.0..9.0_f64, prop::collection::vec(any_text(), 0..3)),
    ) {
        let mut marks = Vec::new();
        let mut sides = (Vec::new(), Vec::new());
        lay_out(&pieces, &mut marks, &mut sides);
        let (source, target) = (marked(sides.0), marked(sides.1));
        prop_assume!(!target.prose().trim().is_empty());
        let head = Head {
            source,
            marks: Mark::kinds(&marks),
            to: Target::Chinese(Variant::Hans),
            class: paragraph::Class::Cell,
        };
        let terms = terms.into_iter().filter(|text| !text.contains(['\u{fffe}', '\u{ffff}']));
        let said = Candidate {
            target,
            terms: terms
                .map(|text| AskedTerm { source: text.clone(), accepted: vec![text], forbidden: vec![] })
                .collect(),
            engine: Engine { backend, model: String::new(), prompt: "3".into() },
            at: "2026-04-21T08:00:00.123456Z".into(),
            usage: Usage { tokens_in: cost * 3.1, tokens_out: 1.0 / 3.0, cost },
        };
        let file = tmx::render(&[Unit::of_memory(&head, &said, Some("a.md"))]);
        let reading = Reading { now: "2026-05-01T00:00:00Z".into(), ..Reading::default() };
        let steps: Vec<_> = steps(tmx::read(&file[..]), &reading).map(Result::unwrap).collect();
        match &steps[..] {
            [Step::Machine(their_head, theirs, _)] => {
                prop_assert_eq!(their_head, &head);
                prop_assert_eq!(theirs, &said);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn hostile_files_are_read_or_refused(text in "[<>/&;a-z\"= !\\[\\]?-]{0,80}", at in 0..3_usize) {
        let files = [
            tmx::render(&[]),
            xliff::render(&[], Target::English, "a"),
            include_bytes!("../exchange/okapi.xlf").to_vec(),
        ];
        let mut file = String::from_utf8(files[at].clone()).unwrap();
        let middle = file.len() / 2;
        file.insert_str(middle, &text);
        let _ = all(tmx::read(file.as_bytes()));
        let _ = all(xliff::read(file.as_bytes()));
    }
}

/// What a file says: source, target, direction, state, and who or which tool.
#[track_caller]
fn check(units: Units, expected: &[&str]) {
    let told = units.iter().map(|unit| match unit {
        Err(error) => format!("error: {error}"),
        Ok(unit) => {
            let Unit { source, target, to, state, said, kind, .. } = unit;
            let target = target.as_ref().map_or("–", Marked::as_str);
            let said = match said {
                Said::Elsewhere { tool, who } => {
                    format!("{tool} {}", who.as_deref().unwrap_or("–"))
                }
                other => format!("{other:?}"),
            };
            let kinds: Vec<_> = unit.marks.iter().map(|mark| mark.kind().name()).collect();
            format!(
                "{source} = {target} | {to} {} {} {kinds:?} | {said}",
                state.name(),
                kind.name()
            )
        }
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn files_of_omegat_are_read() {
    check(
        from_tmx(include_bytes!("../exchange/omegat.tmx")),
        &[
            "The lamp was lit at dusk. = 黄昏时分，灯亮了。 | zh-Hans translated paragraph [] | OmegaT lin",
            "Ask <1>the pilot</1> &amp; wait<2/> = 请问<1>领航员</1>，再等等<2/> | zh-Hans translated paragraph [\"html\", \"html\"] | OmegaT lin",
            "Nobody answered. = 没有人应声。 | zh-Hans translated paragraph [] | OmegaT lin",
        ],
    );
}

#[test]
fn files_of_okapi_are_read() {
    check(
        from_tmx(include_bytes!("../exchange/okapi.tmx")),
        &[
            "The <1>quiet</1> harbour<2/> = <1>寧靜</1>的港口<2/> | zh-Hant-TW translated paragraph [\"strong\", \"break\"] | Okapi.TMXWriter –",
            "<1/>Low <2>tide</2> = <1/>低<2>潮</2> | zh-Hans translated paragraph [\"emphasis\", \"html\"] | Okapi.TMXWriter –",
            "High <1/> tide = 高潮 | zh-Hans translated paragraph [\"html\"] | Okapi.TMXWriter –",
        ],
    );
    check(
        from_xliff(include_bytes!("../exchange/okapi.xlf")),
        &[
            "The harbour = 港口 | zh-Hans final heading [] | xliff –",
            "A <1>quiet</1> place<2/>by the <3>sea</3>. = <3>海边</3><2/>一处<1>宁静</1>的地方。 | zh-Hans translated paragraph [\"strong\", \"break\", \"link\"] | xliff –",
            "<1>Low</1> tide = <1>低</1>潮 | zh-Hans reviewed paragraph [\"html\"] | xliff –",
            "Neap <1/>tide = Neap <1/>tide | zh-Hans translated paragraph [\"html\"] | xliff –",
            "<1>Spring</1> tide<2/> = <1>大</1>潮<2/> | zh-Hans translated paragraph [\"html\", \"html\"] | xliff –",
            "High tide = 高潮 | zh-Hans initial paragraph [] | xliff –",
        ],
    );
    check(
        from_xliff(include_bytes!("../exchange/okapi2.xlf")),
        &[
            "The <1>quiet</1> harbour. See <2>here</2>. = <1>寧靜</1>的港口。 見<2>此處</2>。 | zh-Hant-HK reviewed paragraph [\"strong\", \"link\"] | xliff –",
            "Low tide = – | zh-Hant-HK initial paragraph [] | xliff –",
            "High tide = 高潮 | zh-Hant-HK initial paragraph [] | xliff –",
            "First ebb. Then flood. = 先是涨潮，然后落潮。 | zh-Hant-HK final paragraph [] | xliff –",
            "Slack tide = 平潮 | zh-Hant-HK translated paragraph [] | xliff –",
        ],
    );
}

#[test]
fn files_of_weblate_are_read() {
    check(
        from_xliff(include_bytes!("../exchange/weblate.xlf")),
        &[
            "Nobody waved. = 没有人挥手。 | zh-Hans reviewed paragraph [] | xliff –",
            "The ferry left on time. = 渡轮准时开走了。 | zh-Hans translated paragraph [] | xliff –",
            "It came back late. = 它回来晚了。 | zh-Hans translated paragraph [] | xliff –",
            " = Content-Type: text/plain; charset=UTF-8 | zh-Hans translated paragraph [] | xliff –",
            "error: `&#0;` on line 31 stands for no character: take it out",
            "Unsaid. =  | zh-Hans translated paragraph [] | xliff –",
        ],
    );
    check(
        from_tmx(include_bytes!("../exchange/weblate.tmx")),
        &["没有人挥手。 = Nobody waved. | en translated paragraph [] | Translate Toolkit –"],
    );
}

/// A header is no translation, a copied source neither, and what is broken takes nothing along.
#[test]
fn what_tools_write_beside_translations_is_not_taken_in() {
    let desk = Desk::with("");
    desk.put("in.xlf", include_bytes!("../exchange/weblate.xlf"));
    let ran = desk.run(&["memory", "import", "in.xlf", "--approve"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err.contains("in.xlf:30: `&#0;` on line 31 stands for no character"),
        "{}",
        ran.err
    );
    let said = desk.read("corrections.jsonl");
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(!said.contains("Content-Type"), "{said}");

    let desk = Desk::with("");
    desk.put("in.xlf", include_bytes!("../exchange/okapi.xlf"));
    assert_eq!(desk.run(&["memory", "import", "in.xlf", "--approve"]).code, 0);
    let said = desk.read("corrections.jsonl");
    assert_eq!(said.lines().count(), 5, "{said}");
    assert!(!said.contains("Neap"), "{said}");
}

#[test]
fn a_file_in_other_languages_is_told() {
    let desk = Desk::with("");
    let tmx = String::from_utf8(include_bytes!("../exchange/weblate.tmx").to_vec()).unwrap();
    desk.put("in.tmx", tmx.replace("zh_Hans", "fr"));
    let ran = desk.run(&["memory", "import", "in.tmx"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(
        ran.err.contains("in.tmx: none of its units is between English and Chinese"),
        "{}",
        ran.err
    );
    let xliff = String::from_utf8(include_bytes!("../exchange/okapi.xlf").to_vec()).unwrap();
    desk.put("in.xlf", xliff.replace("zh-cn", "fr-fr"));
    let ran = desk.run(&["memory", "import", "in.xlf"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("in the language `fr-fr`; only English and Chinese"), "{}", ran.err);
    // One that does not say it, as catalogues of gettext do.
    let xliff = String::from_utf8(include_bytes!("../exchange/weblate.xlf").to_vec()).unwrap();
    desk.put("in.xlf", xliff.replace(" target-language=\"zh_Hans\"", ""));
    let ran = desk.run(&["memory", "import", "in.xlf"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("add `target-language` to its `<file>`"), "{}", ran.err);
}

#[test]
fn what_is_no_file_of_ours_is_refused() {
    let refused = |error: io::Result<Units>, why: &str| {
        let error = error.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    let xml = |text: &'static str| text.as_bytes();
    refused(all(tmx::read(xml("<html/>"))), "no TMX file");
    refused(all(xliff::read(xml("<html/>"))), "no XLIFF file");
    refused(
        all(xliff::read(xml("<!DOCTYPE xliff SYSTEM \"x.dtd\"><xliff/>"))),
        "DOCTYPE is refused",
    );
    refused(all(tmx::read(xml("<!DOCTYPE tmx [<!ENTITY a 'b'>]><tmx/>"))), "DOCTYPE is refused");
    refused(all(xliff::read(xml("<xliff version='3.0'/>"))), "XLIFF 3.0 is not read");
    let german = "<xliff version='2.0' srcLang='de' trgLang='zh'/>";
    refused(all(xliff::read(xml(german))), "in the language `de`");
    let same = "<xliff version='2.0' srcLang='zh-CN' trgLang='zh-TW'/>";
    refused(all(xliff::read(xml(same))), "both are the same language");
}

/// The pair of every example, bought from its seeds, out and back.
#[test]
fn every_example_comes_back_identical() {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let desk = Desk::with(&format!(
        "[memory]\nseeds = [\"{}/*.memory.jsonl\"]\n[output]\nwrite = [\"xliff\", \"tmx\"]\n",
        examples.display()
    ));
    let mut seen = 0;
    for entry in std::fs::read_dir(&examples).unwrap() {
        let path = entry.unwrap().path();
        // Whoever tried the first command has outputs beside the examples.
        if path.extension().is_none_or(|extension| extension != "md")
            || !path.with_extension("memory.jsonl").exists()
        {
            continue;
        }
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        desk.put(&format!("{stem}.md"), std::fs::read(&path).unwrap());
        let ran = desk.run(&["translate", &format!("{stem}.md")]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let pair = desk.pair(&format!("{stem}.pair.json"));
        let out = [
            from_xliff(desk.read(&format!("{stem}.xlf")).as_bytes()),
            from_tmx(desk.read(&format!("{stem}.tmx")).as_bytes()),
        ];
        let paragraphs = pair["paragraphs"].as_array().unwrap();
        for units in &out {
            assert_eq!(units.len(), paragraphs.len());
            for (unit, paragraph) in units.iter().zip(paragraphs) {
                let unit = unit.as_ref().unwrap();
                assert_eq!(paragraph["id"], unit.id.clone().unwrap());
                assert_eq!(paragraph["kind"], unit.kind.name());
                assert_eq!(paragraph["source_marked"], unit.source.as_str());
                assert_eq!(paragraph["source"], unit.source.plain(&unit.marks));
                assert_eq!(paragraph["target_marked"], unit.target.as_ref().unwrap().as_str());
                assert_eq!(paragraph["target"], unit.target.as_ref().unwrap().plain(&unit.marks));
                assert_eq!(
                    paragraph["origin"],
                    match unit.said {
                        Said::Rule => "rule",
                        Said::Shown(_) => "machine",
                        _ => "something else",
                    }
                );
            }
        }
        assert_eq!(out[0], out[1]);
        seen += 1;
    }
    assert!(seen > 1, "{seen} examples");
}

const STORY: &str = "# A quiet harbour\n\nThe *ferry* left on time.\n\nNobody waved.\n\nIt came back late.\n\nNobody waved.\n";

fn translated() -> (Server, Desk) {
    let server = Server::start(Script::default());
    let desk =
        Desk::with_server(&server.url(), "[output]\nwrite = [\"separate\", \"xliff\", \"tmx\"]");
    desk.put("story.md", STORY);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    (server, desk)
}

/// The segment of the paragraph with this source, with its target and state replaced.
fn edited(file: &str, source: &str, state: &str, target: Option<&str>) -> String {
    let from = file.find(source).unwrap();
    let begin = file[..from].rfind("<segment").unwrap();
    let end = from + file[from..].find("</segment>").unwrap();
    let mut segment =
        file[begin..end].replace("state=\"translated\"", &format!("state=\"{state}\""));
    if let Some(target) = target {
        let at = segment.find("<target>").unwrap();
        segment.replace_range(at.., &format!("<target>{target}</target>\n"));
    }
    format!("{}{segment}{}", &file[..begin], &file[end..])
}

#[test]
fn a_pair_goes_to_a_translators_tool_and_comes_back_as_corrections() {
    let (server, desk) = translated();
    let file = desk.read("story.xlf");
    assert!(file.contains("<pc id=\"1\" type=\"fmt\" subType=\"diptych:emphasis\""), "{file}");
    let (code, report) = desk.json(&["memory", "import", "story.xlf"]);
    let done = &report["files"][0];
    assert_eq!((code, &done["corrections"], &done["nothing_new"]), (0, &0.into(), &5.into()));
    assert!(!desk.at("corrections.jsonl").exists());

    let file = edited(&file, "Nobody waved.", "translated", Some("没有人挥手。"));
    let file = edited(&file, "It came back late.", "reviewed", None);
    let file = edited(&file, "A quiet harbour", "final", Some("静港"));
    desk.put("back.xlf", &file);
    let (code, report) = desk.json(&["memory", "import", "back.xlf", "--who", "Lin"]);
    let done = &report["files"][0];
    assert_eq!(
        (code, &done["corrections"], &done["machines"]),
        (0, &3.into(), &0.into()),
        "{report}"
    );
    let lines = desk.read("corrections.jsonl");
    assert_eq!(lines.lines().count(), 3);
    assert!(
        lines.contains("\"who\":\"Lin\"") && lines.contains("\"article\":\"story.md\""),
        "{lines}"
    );
    assert_eq!(
        desk.json(&["memory", "import", "back.xlf"]).1["files"][0]["corrections"],
        0,
        "once"
    );

    server.forget();
    assert_eq!(desk.run(&["translate", "story.md", "--refresh"]).code, 0);
    let pair = desk.pair("story.pair.json");
    let origins: Vec<_> =
        pair["paragraphs"].as_array().unwrap().iter().map(|p| &p["origin"]).collect();
    assert_eq!(origins, ["person", "machine", "person", "person", "person"]);
    assert_eq!(pair["paragraphs"][2]["target"], "没有人挥手。");
    assert_eq!(server.requests().len(), 1, "only what no person said is asked again");
}

#[test]
fn what_a_tool_left_as_it_was_undoes_no_correction_made_since() {
    let (_server, desk) = translated();
    let file = desk.read("story.xlf");
    let text = desk.read("story.zh.md");
    let title = text.lines().next().unwrap();
    let corrected = text.replacen(title, "# 静港", 1);
    desk.put("story.zh.md", &corrected);
    assert_eq!(desk.run(&["learn", "story.zh.md", "--yes"]).code, 0);
    desk.put("back.xlf", file.replace("state=\"translated\"", "state=\"final\""));
    for args in [&["back.xlf"][..], &["back.xlf", "--approve"]] {
        let (code, report) = desk.json(&[&["memory", "import"], args].concat());
        assert_eq!(code, 0, "{report}");
    }
    assert_eq!(desk.read("corrections.jsonl").lines().count(), 4, "the three others");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert_eq!(desk.read("story.zh.md"), corrected);
    // Of what is said twice in one file, the new words count.
    let file = edited(&file, "Nobody waved.", "translated", Some("没有人挥手。"));
    desk.put("again.xlf", file.replace("state=\"translated\"", "state=\"final\""));
    std::fs::remove_file(desk.at("corrections.jsonl")).unwrap();
    assert_eq!(desk.run(&["memory", "import", "again.xlf"]).code, 0);
    let lines = desk.read("corrections.jsonl");
    assert_eq!(lines.matches("Nobody waved.").count(), 1, "{lines}");
    assert!(lines.contains("没有人挥手。"), "{lines}");
}

/// A paragraph that a person split stays split, whatever else is changed in the tool.
#[test]
fn a_persons_line_ends_go_out_and_come_back() {
    let (_server, desk) = translated();
    let split = r#"{"source":"It came back late.","target":"它回来了。\n\n很晚。","direction":"en-zh","variant":"zh-Hans","class":"body","at":"2026-04-21T08:00:00Z","who":"Lin"}"#;
    desk.put("corrections.jsonl", format!("{split}\n"));
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    let file = desk.read("story.xlf");
    assert!(file.contains("它回来了。\n\n很晚。"), "{file}");
    desk.put("back.xlf", file.replace("很晚。", "夜深了。"));
    assert_eq!(desk.json(&["memory", "import", "back.xlf"]).1["files"][0]["corrections"], 1);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert!(
        desk.read("story.zh.md").contains("它回来了。\n\n夜深了。"),
        "{}",
        desk.read("story.zh.md")
    );
}

#[test]
fn a_repeated_paragraph_is_approved_once() {
    let (_server, desk) = translated();
    let (code, report) = desk.json(&["memory", "import", "story.xlf", "--approve"]);
    assert_eq!((code, &report["files"][0]["corrections"]), (0, &4.into()));
    assert_eq!(desk.read("corrections.jsonl").lines().count(), 4);
}

#[test]
fn an_edited_output_whose_edits_are_taken_over_may_be_written_again() {
    let (_server, desk) = translated();
    let file = desk.read("story.xlf");
    // A tool may break lines where it likes.
    desk.put("story.xlf", edited(&file, "Nobody waved.", "final", Some("没有人\n  挥手。")));
    let refused = desk.run(&["translate", "story.md"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("`diptych memory import story.xlf` takes the edits over"),
        "{}",
        refused.err
    );
    assert_eq!(desk.run(&["memory", "import", "story.xlf"]).code, 0);
    assert_eq!(desk.run(&["translate", "story.md"]).code, 0);
    assert!(desk.read("story.zh.md").contains("\n没有人挥手。\n"), "{}", desk.read("story.zh.md"));
    assert!(desk.read("story.xlf").contains("state=\"final\""));
    // Another edit is another matter.
    desk.put("story.xlf", "<xliff");
    assert_eq!(desk.run(&["translate", "story.md"]).code, 1);
}

#[test]
fn a_segment_that_cannot_be_used_is_told_with_its_line() {
    let (_server, desk) = translated();
    let file = desk.read("story.xlf");
    let file = edited(&file, "left on time", "final", Some("渡轮准时开走了。"));
    let file = file.replace("<source>Nobody waved.", "<source>Somebody waved.");
    desk.put("back.xlf", edited(&file, "Somebody waved.", "final", None));
    let ran = desk.run(&["memory", "import", "back.xlf"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("in the translation, tag 1 is missing"), "{}", ran.err);
    assert!(ran.err.contains("is not what it was when the file was written"), "{}", ran.err);
    assert!(ran.err.contains("back.xlf:"), "{}", ran.err);
    desk.put("bad.xlf", "<!DOCTYPE xliff [<!ENTITY a 'b'>]>\n<xliff/>");
    let ran = desk.run(&["memory", "import", "bad.xlf"]);
    assert!(
        ran.code == 1 && ran.err.contains("bad.xlf: line 1: a DOCTYPE is refused"),
        "{}",
        ran.err
    );
}

#[test]
fn a_memory_of_another_tool_serves() {
    let desk = Desk::with("");
    desk.put("in.tmx", include_bytes!("../exchange/omegat.tmx"));
    let (code, report) = desk.json(&["memory", "import", "in.tmx"]);
    assert_eq!((code, &report["files"][0]["machines"]), (0, &3.into()));
    desk.put("a.md", "The lamp was lit at dusk.\n\nNobody answered.\n");
    let ran = desk.run(&["translate", "a.md"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(desk.read("a.zh.md"), "黄昏时分，灯亮了。\n\n没有人应声。\n");

    // The same as a person's, and once only.
    let (code, report) = desk.json(&["memory", "import", "in.tmx", "--approve"]);
    assert_eq!((code, &report["files"][0]["corrections"]), (0, &3.into()));
    assert!(desk.read("corrections.jsonl").contains("\"who\":\"lin\""));
    assert_eq!(
        desk.json(&["memory", "import", "in.tmx", "--approve"]).1["files"][0]["corrections"],
        0
    );

    // Everything goes out as TMX, people's words first, and comes in on another desk.
    assert_eq!(desk.run(&["memory", "export", "out.tmx"]).code, 0);
    let other = Desk::with("");
    other.put("in.tmx", desk.read("out.tmx"));
    let (code, report) = other.json(&["memory", "import", "in.tmx"]);
    let done = &report["files"][0];
    assert_eq!((code, &done["corrections"], &done["machines"]), (0, &3.into(), &3.into()));
    // Where a paragraph is used, TMX has no place for.
    let lines = |desk: &Desk| {
        let lines = desk.run(&["memory", "export"]).out;
        let said = lines.lines().filter(|line| line.contains("diptych.memory/1"));
        let bare = said.map(|line| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            let fields = line.as_object_mut().unwrap();
            fields.retain(|name, _| name != "article" && name != "uses");
            line
        });
        bare.collect::<Vec<_>>()
    };
    assert_eq!(lines(&desk), lines(&other));
    assert_eq!(desk.read("corrections.jsonl"), other.read("corrections.jsonl"));
}

#[test]
fn state_words_are_those_of_the_standard() {
    let names = [State::Initial, State::Translated, State::Reviewed, State::Final].map(State::name);
    assert_eq!(names, ["initial", "translated", "reviewed", "final"]);
}
