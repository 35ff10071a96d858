use proptest::prelude::*;

use super::*;
use crate::language::Variant;
use crate::paragraph::{MarkKind, Token};

const HANS: Target = Target::Chinese(Variant::Hans);
const TW: Target = Target::Chinese(Variant::HantTw);
const HK: Target = Target::Chinese(Variant::HantHk);

/// A house that asks for capitals.
const TITLED: House = House {
    han_latin: Spacing::None,
    han_digit: Spacing::None,
    quotes: Quotes::Curly,
    title_case: TitleCase::Title,
};

/// Marks for a text: `<n/>` is code, `<9n/>` a hard break, `<n>…</n>` strong.
fn marks_of(text: &Marked) -> Vec<Mark> {
    let mut marks =
        vec![Mark::Span { kind: MarkKind::Strong, open: "**".into(), close: "**".into() }; 99];
    for token in text.tokens() {
        if let Token::Kept(n) = token {
            let kind = if n >= 90 { MarkKind::Break } else { MarkKind::Code };
            marks[n - 1] = Mark::Kept { kind, bytes: "`x`".into() };
        }
    }
    marks
}

#[track_caller]
fn check_as(house: House, to: Target, written: &str, styled: &str) {
    check_class(Class::Body, house, to, written, styled);
}

#[track_caller]
fn check_class(class: Class, house: House, to: Target, written: &str, styled: &str) {
    let text = Marked::parse(written).unwrap();
    let marks = marks_of(&text);
    let result = apply(&text, &marks, class, to, &house);
    assert_eq!(result.as_str(), styled, "from {written}");
    assert_eq!(once(&text, &marks, class, to, &house), result, "one round is enough for {written}");
    assert_eq!(apply(&result, &marks, class, to, &house), result, "twice is once for {written}");
    assert_eq!(text.same_marks(&result), Ok(()));
}

#[track_caller]
fn check(to: Target, cases: &[(&str, &str)]) {
    for (written, styled) in cases {
        check_as(House::default(), to, written, styled);
    }
}

#[track_caller]
fn untouched(to: Target, texts: &[&str]) {
    for text in texts {
        check_as(House::default(), to, text, text);
    }
}

#[test]
fn chinese_punctuation() {
    check(
        HANS,
        &[
            ("他说,明天再来.", "他说，明天再来。"),
            ("你好,世界!", "你好，世界！"),
            ("真的吗?是的;当然.", "真的吗？是的；当然。"),
            ("注意: 请先备份.", "注意：请先备份。"),
            ("什么?!", "什么？！"),
            ("亚马逊(Amazon)宣布追加投资.", "亚马逊（Amazon）宣布追加投资。"),
            ("Amazon (亚马逊) 是一家公司。", "Amazon（亚马逊）是一家公司。"),
            ("（未注明)的来源", "（未注明）的来源"),
            ("营收增长 50%.", "营收增长50%。"),
            ("他先后任职于 Google, 微软和苹果.", "他先后任职于Google，微软和苹果。"),
            ("参与者包括 Google, Microsoft 和 Amazon.", "参与者包括Google, Microsoft和Amazon。"),
            ("总数为 3.5.", "总数为3.5。"),
            ("会议定于 10:30 开始,持续 2 小时.", "会议定于10:30开始，持续2小时。"),
            ("共有 1,000 人参加, 其中 300 人来自海外.", "共有1,000人参加，其中300人来自海外。"),
            ("等等...然后走了", "等等……然后走了"),
            ("等等。。。", "等等……"),
            ("等等…", "等等……"),
            ("云计算 -- 尤其是人工智能 -- 需要电力.", "云计算——尤其是人工智能——需要电力。"),
            ("云计算—尤其是人工智能—需要电力。", "云计算——尤其是人工智能——需要电力。"),
            ("他走了 — 再也没有回来。", "他走了——再也没有回来。"),
            ("你好 ， 世界 。", "你好，世界。"),
            ("他在《三体》 中写道 ：“ 别回答 。 ”", "他在《三体》中写道：“别回答。”"),
            ("这份报告由 OpenAI 发布. 它共有 20 页.", "这份报告由OpenAI发布。它共有20页。"),
            ("该模型名为 Claude Opus 4.", "该模型名为Claude Opus 4。"),
            (
                "他毕业于 University of California, Berkeley.",
                "他毕业于University of California, Berkeley。",
            ),
            ("(1) 打开设置; (2) 选择语言.", "（1）打开设置；（2）选择语言。"),
            ("你用过 ChatGPT 吗? 我用过!", "你用过ChatGPT吗？我用过！"),
            ("他问: “Really?”", "他问：“Really？”"),
            ("达 $500 万,约合 3,500 万元.", "达$500万，约合3,500万元。"),
            ("C++ 语言和 C# 语言", "C++语言和C#语言"),
        ],
    );
}

#[test]
fn chinese_titles() {
    check(
        HANS,
        &[
            ("他读了<1>“潮汐”</1>一书。", "他读了<1>《潮汐》</1>一书。"),
            ("\"潮汐\"这部电影很长.", "《潮汐》这部电影很长。"),
            ("他写了&lt;&lt;潮汐>>.", "他写了《潮汐》。"),
            ("《评《潮汐》的结尾》", "《评〈潮汐〉的结尾》"),
        ],
    );
    check(TW, &[("他讀了「潮汐」一書。", "他讀了《潮汐》一書。")]);
    untouched(HANS, &["论文“灌水”成风", "“不！”一书在手", "“潮汐”一片哗然", "a &lt;&lt; b >> c"]);
}

#[test]
fn chinese_figures_are_narrow() {
    check(
        HANS,
        &[
            ("２０２６年增长５％", "2026年增长5%"),
            ("ＡＩ公司", "AI公司"),
            ("iPhone １５ 发布", "iPhone 15发布"),
        ],
    );
    untouched(HANS, &["编号为100，200，300"]);
}

#[test]
fn chinese_quotation_marks() {
    check(
        HANS,
        &[
            ("他说:\"明天再来.\"", "他说：“明天再来。”"),
            ("他说：\"这是'重要'的事。\"", "他说：“这是‘重要’的事。”"),
            ("「重要」的事", "“重要”的事"),
            ("他说：「这是『重要』的事。」", "他说：“这是‘重要’的事。”"),
            ("所谓‘人工智能’", "所谓“人工智能”"),
            ("所谓 \"AI 工厂\" 的概念", "所谓“AI工厂”的概念"),
            ("他说：\"I have a dream.\"", "他说：“I have a dream.”"),
            ("这台 27\" 显示器很大,“屏幕”很亮。", "这台27\" 显示器很大，“屏幕”很亮。"),
            ("麦当劳(McDonald's)的'巨无霸'", "麦当劳（McDonald's）的“巨无霸”"),
            ("“第一段没有结束。", "“第一段没有结束。"),
            ("这是‘第二段’的结束。”", "这是‘第二段’的结束。”"),
        ],
    );
    for to in [TW, HK] {
        check(
            to,
            &[
                ("他說:\"明天再來.\"", "他說：「明天再來。」"),
                ("他說：“這是‘重要’的事。”", "他說：「這是『重要』的事。」"),
                ("所謂 “人工智慧” 的概念", "所謂「人工智慧」的概念"),
                ("他說：“I have a dream.”", "他說：「I have a dream.」"),
                ("「重要」的事", "「重要」的事"),
                ("“第一段沒有結束。", "「第一段沒有結束。"),
            ],
        );
    }
}

#[test]
fn chinese_leaves_what_is_no_chinese_punctuation() {
    untouched(
        HANS,
        &[
            "",
            "Amazon.com, Inc.",
            "10:30, 3.14, 1,000 (approx.)",
            "圆周率约为3.14，比例为3:1，版本为v1.2.3。",
            "1. 打开设置",
            "A. 打开设置",
            "1) 打开设置",
            "2020—2024年",
            "3月—5月，10-20人",
            "请打开报告.pdf文件",
            "编辑Cargo.toml和src/main.rs。",
            "访问 https://example.com/a,b?c=d:e(f) 了解详情",
            "请写信至 a.b@example.com 联系我们",
            "（见 https://example.com/a）",
            "U.S.政府与Apple Inc.达成协议",
            "使用 --help 选项",
            "编辑 /etc/hosts 文件",
            "他写道：Ask not what your country can do for you, ask what you can do.",
            "函数f(x)在此处连续，print()没有参数",
            "苹果、香蕉、梨",
            "6'2\"的身高",
            "好的 :smile: 谢谢",
            "Yahoo!宣布",
            "第一章　总则",
            "张三&amp;nbsp;李四",
            "“重要”的事",
        ],
    );
}

#[test]
fn chinese_around_marks() {
    check(
        HANS,
        &[
            ("使用 <1/>, 然后重启.", "使用 <1/>，然后重启。"),
            ("使用 <1/>.", "使用 <1/>。"),
            ("他说:<1>\"明天</1>再来\".", "他说：<1>“明天</1>再来”。"),
            ("<1>注意</1>: 请备份", "<1>注意</1>：请备份"),
            ("<1>注意:</1> 请备份", "<1>注意：</1>请备份"),
            ("第一行.<90/>第二行,完.", "第一行。<90/>第二行，完。"),
            ("由 <1>OpenAI</1> 发布", "由<1>OpenAI</1>发布"),
        ],
    );
}

#[test]
fn chinese_spacing_as_configured() {
    let spaced = House { han_latin: Spacing::Space, ..House::default() };
    check_as(spaced, HANS, "由OpenAI于 2024 年发布", "由 OpenAI 于2024年发布");
    check_as(spaced, HANS, "由<1>OpenAI</1>发布", "由 <1>OpenAI</1> 发布");
    let kept = House { han_latin: Spacing::Keep, han_digit: Spacing::Keep, ..spaced };
    check_as(kept, HANS, "由 OpenAI于 2024年发布.", "由 OpenAI于 2024年发布。");
}

#[test]
fn english_punctuation() {
    check(
        Target::English,
        &[
            ("Hello，world。", "Hello, world."),
            ("Really？Yes！", "Really? Yes!"),
            ("Note：back up first；then restart。", "Note: back up first; then restart."),
            ("Amazon（AWS）said so。", "Amazon (AWS) said so."),
            ("apples、pears、plums", "apples, pears, plums"),
            ("He said：「Come back tomorrow。」", "He said: “Come back tomorrow.”"),
            ("the「AI factory」idea", "the “AI factory” idea"),
            ("He read 《The Three-Body Problem》.", "He read “The Three-Body Problem”."),
            ("cloud——above all AI", "cloud—above all AI"),
            ("and so on……", "and so on…"),
            ("and so on……Then it ended。", "and so on… Then it ended."),
            ("1，000 people at 10：30", "1,000 people at 10:30"),
            ("Hello,world", "Hello, world"),
            ("two  spaces   here", "two spaces here"),
            ("a space , before .", "a space, before."),
            ("up 50％", "up 50%"),
            ("see <1/>，then <2/>。", "see <1/>, then <2/>."),
            ("<1>Note：</1>back up", "<1>Note: </1>back up"),
            ("Revenue rose（by 5%），he said", "Revenue rose (by 5%), he said"),
            ("Xiaomi【小米】", "Xiaomi[小米]"),
        ],
    );
}

#[test]
fn english_quotation_marks() {
    check(
        Target::English,
        &[
            ("He said \"yes\".", "He said “yes”."),
            ("\"Yes,\" he said, \"of course.\"", "“Yes,” he said, “of course.”"),
            ("It's Amazon's data center.", "It’s Amazon’s data center."),
            ("the engineers' work", "the engineers’ work"),
            ("back in the '90s", "back in the ’90s"),
            ("rock 'n' roll", "rock ’n’ roll"),
            ("a 'turbocharged' engine", "a ‘turbocharged’ engine"),
            ("\"He said 'no' twice,\" she recalled.", "“He said ‘no’ twice,” she recalled."),
            ("(\"quoted\")", "(“quoted”)"),
            ("the \"class of 2024\"", "the “class of 2024”"),
            ("<1>\"Yes\"</1>, he said", "<1>“Yes”</1>, he said"),
            ("'Go!' he said.", "‘Go!’ he said."),
            ("\"'Tis the season,\" he sang", "“’Tis the season,” he sang"),
            ("\"This paragraph goes on", "“This paragraph goes on"),
        ],
    );
    let straight = House { quotes: Quotes::Straight, ..House::default() };
    check_as(straight, Target::English, "“It’s ‘so’,” he said", "\"It's 'so',\" he said");
    let keep = House { quotes: Quotes::Keep, ..House::default() };
    check_as(keep, Target::English, "\"It’s\"，he said", "\"It’s\", he said");
}

#[test]
fn english_leaves_what_is_right_or_no_prose() {
    untouched(
        Target::English,
        &[
            "",
            "小米，华为。",
            "U.S. sales, e.g. 3.14 or 1,000 at 10:30",
            "He is 6'2\" tall with a 27\" screen",
            "the function f(x,y) is smooth",
            "see https://example.com/a,b?c='d' for more",
            "write to a.b@example.com",
            "the slogan “为人民服务，永远” was new",
            "the novel 《三体》",
            ".NET and Node.js",
            "fine :) really",
            "v1.2.3-beta",
            "“It’s fine,” she said. ‘Really?’",
            "wait... what",
            "an em dash—like this—or – like this",
        ],
    );
}

#[test]
fn english_title_case_as_configured() {
    for (written, styled) in [
        ("the line to the coast", "The Line to the Coast"),
        ("What it is for", "What It Is For"),
        ("state-of-the-art data centers", "State-of-the-Art Data Centers"),
        (
            "A 5-year plan, 30 km of track and 10 million people",
            "A 5-Year Plan, 30 km of Track and 10 Million People",
        ),
        ("Ursula von der Leyen visits the Hague", "Ursula von der Leyen Visits the Hague"),
        ("Life And Death Of a star", "Life and Death of a Star"),
        ("rail: the long wait", "Rail: The Long Wait"),
        ("why iPhone users choose npm v1.2", "Why iPhone Users Choose npm v1.2"),
        ("it's the people’s choice", "It’s the People’s Choice"),
        ("U.S. and China talk", "U.S. and China Talk"),
        ("“the end” is near", "“The End” Is Near"),
        ("how <1>the data</1> moves", "How <1>the Data</1> Moves"),
        ("using <1/>-based tools", "Using <1/>-Based Tools"),
        ("the caf&amp;eacute;s of old", "The caf&amp;eacute;s of Old"),
        ("cafe\u{301}s of the élite", "Cafe\u{301}s of the Élite"),
    ] {
        check_class(Class::Heading, TITLED, Target::English, written, styled);
    }
    for kept in ["Series A at The Hague", "An Lushan", "See https://example.com/a/b", "小米", ""]
    {
        check_class(Class::Heading, TITLED, Target::English, kept, kept);
    }
    let heading = "The line to the coast";
    check_class(Class::Heading, House::default(), Target::English, heading, heading);
    check_class(Class::Body, TITLED, Target::English, heading, heading);
}

#[test]
fn hostile_text_is_no_burden() {
    for piece in [
        "\"", "(", "中(", "“‘", ",", "中,", "a@", "://", "a://)", "'", ":a", "&", "——", "《", "…中",
    ] {
        let text = Marked::from_plain(&piece.repeat(100_000));
        for to in [HANS, TW, Target::English] {
            let _ = apply(&text, &[], Class::Heading, to, &TITLED);
        }
    }
}

/// Text made of what the rules look at.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "中", "文", "一", "年", "a", "B", "the", "Inc", "1", "20", "%", " ", "  ", ",", ".", ";",
        ":", "?", "!", "(", ")", "\"", "'", "“", "”", "‘", "’", "「", "」", "『", "』", "，", "。",
        "：", "（", "）", "…", "...", "—", "--", "–", "《", "》", "、", "&amp;", "&lt;", "http://",
        "@", "/", "\n", "\u{3000}", "+", "$", "=", "<1/>", "<91/>", "<2>", "</2>", "<3>", "</3>",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Headings made of what title case looks at.
fn heading() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "the",
        "The",
        "Of",
        "of",
        "And",
        "a",
        "An",
        "von",
        "der",
        "de",
        "la",
        "Leyen",
        "iPhone",
        "npm",
        "data",
        "center",
        "5",
        "km",
        "v1.2",
        "state",
        "-",
        "’",
        "'s",
        ":",
        "?",
        "—",
        "/",
        ".",
        "\"",
        "(",
        "é",
        "e\u{301}",
        "ß",
        "ǆ",
        "&amp;eacute;",
        "中",
        "<1/>",
        "<2>",
        "</2>",
        "<91/>",
        " ",
        " ",
        " ",
        " ",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn twice_is_once_and_marks_and_words_stay(text in pieces()) {
        let Ok(text) = Marked::parse(&text) else { return Ok(()) };
        let marks = marks_of(&text);
        let words = |text: &Marked| -> String {
            text.prose().chars().filter(|c| c.is_alphanumeric()).collect()
        };
        for to in [HANS, TW, HK, Target::English] {
            for house in [
                House::default(),
                House { han_latin: Spacing::Space, han_digit: Spacing::Space, quotes: Quotes::Straight, ..House::default() },
            ] {
                let styled = apply(&text, &marks, Class::Body, to, &house);
                prop_assert_eq!(&apply(&styled, &marks, Class::Body, to, &house), &styled);
                prop_assert_eq!(text.same_marks(&styled), Ok(()));
                prop_assert_eq!(Marked::parse(styled.as_str()), Ok(styled.clone()));
                prop_assert_eq!(words(&styled), words(&text));
            }
        }
    }

    #[test]
    fn headings_keep_their_words_but_for_capitals(text in heading()) {
        let Ok(text) = Marked::parse(&text) else { return Ok(()) };
        let marks = marks_of(&text);
        let folded = |text: &Marked| text.prose().to_lowercase();
        let cased = apply(&text, &marks, Class::Heading, Target::English, &TITLED);
        prop_assert_eq!(&apply(&cased, &marks, Class::Heading, Target::English, &TITLED), &cased);
        let kept = apply(&text, &marks, Class::Heading, Target::English, &House::default());
        prop_assert_eq!(folded(&cased), folded(&kept));
        prop_assert_eq!(apply(&text, &marks, Class::Body, Target::English, &TITLED), kept.clone());
        prop_assert_eq!(apply(&text, &marks, Class::Heading, HANS, &TITLED),
            apply(&text, &marks, Class::Heading, HANS, &House::default()));
        // Every change of a letter is told, one by one.
        let (before, after) = (kept.plain(&marks), cased.plain(&marks));
        let told = changes(&before, &after);
        let differ = before.chars().zip(after.chars()).filter(|(x, y)| x != y).count();
        prop_assert_eq!(told.len(), differ);
    }
}
