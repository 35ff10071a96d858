//! A line or two of each kind, right and wrong, past every check at once: what one finds, no other
//! may cry about.

use super::*;
use crate::glossary::Glossary;
use crate::language::Variant;

const HANS: Target = Target::Chinese(Variant::Hans);
const TW: Target = Target::Chinese(Variant::HantTw);
const HK: Target = Target::Chinese(Variant::HantHk);
const EN: Target = Target::English;

/// `expected`: nothing; `!`, unusable; the check that has an error; with `?`, that has any finding.
#[track_caller]
fn check(expected: &str, to: Target, glossary: &str, source: &str, target: &str) {
    let glossary = Glossary::load(&[("terms.toml".into(), glossary.to_owned())]).unwrap();
    let terms = glossary.terms(source, to);
    let (from, into) = (Marked::from_plain(source), Marked::from_plain(target));
    let pair = (from.as_str(), into.as_str());
    let (findings, usable) =
        testing::with(pair, to, &terms, |subject| (judge(subject), usable(subject)));
    let least = if expected.ends_with('?') { Severity::Warning } else { Severity::Error };
    let name = expected.trim_end_matches('?');
    let as_expected = match name {
        "" => findings.is_empty() && usable.is_ok(),
        "!" => usable.is_err(),
        name => findings.iter().any(|it| it.check == name && it.severity >= least),
    };
    assert!(as_expected, "{expected}: {source} = {target}: {findings:#?} {usable:?}");
}

#[test]
fn terms_are_held_to() {
    let dc = "[[term]]\nen=[\"data center\",\"data centre\"]\nzh=[\"数据中心\"]\nforbid=[\"数据中央\",\"资料中心\"]\n[[term]]\nen=[\"center\"]\nzh=[\"中心区\"]\n";
    check("", HANS, dc, "The data center is new.", "数据中心是新的。");
    check("", HANS, dc, "Two data centres opened.", "两座数据中心启用了。");
    check("", HANS, dc, "The data center and another data center opened.", "两座数据中心启用了。");
    check("terms", HANS, dc, "The data center is new.", "机房是新的。");
    check("terms", HANS, dc, "The data center is new.", "数据中央是新的。");
    check("terms", HANS, dc, "The data center is new.", "数据中心（资料中心）是新的。");
    check("terms", HANS, dc, "The center is new.", "市中心是新的。");
    check("", EN, dc, "数据中心是新的。", "The data centre is new.");
    check("terms", EN, dc, "数据中心是新的。", "The computer hall is new.");
    let ap = "[[term]]\nen=[\"Apple\"]\ncase=true\nzh=[\"苹果公司\",\"苹果\"]\nnot_in=[\"Big Apple\"]\nonly=\"en-zh\"\n[term.variants]\n\"zh-Hant-TW\"=[\"蘋果公司\"]\n";
    check("", HANS, ap, "An apple fell.", "一个果子掉了。");
    check("", HANS, ap, "He loves the Big Apple.", "他爱纽约。");
    check("", HANS, ap, "Apple rose.", "苹果上涨。");
    check("", TW, ap, "Apple rose.", "蘋果公司上漲。");
    check("terms", TW, ap, "Apple rose.", "蘋果上漲。");
    check("", HK, ap, "Apple rose.", "蘋果上漲。");
    check("", EN, ap, "苹果上涨。", "The fruit went up.");
    let keep = "[[term]]\nen=[\"Rust\"]\nkeep=true\ncase=true\n";
    check("", HANS, keep, "Rust is a language.", "Rust是一门语言。");
    check("terms", HANS, keep, "Rust is a language.", "锈是一门语言。");
}

#[test]
fn what_is_left_over_is_found() {
    check("", HANS, "", "The minister spoke on Monday.", "部长周一讲了话。");
    check(
        "untranslated",
        HANS,
        "",
        "The minister spoke. The market has been falling for days.",
        "部长讲了话。The market has been falling for days.",
    );
    check(
        "untranslated",
        HANS,
        "",
        "The minister spoke. Nobody answered him.",
        "部长讲了话。Nobody answered him.",
    );
    check(
        "",
        HANS,
        "",
        "He read The Art of the Deal last night.",
        "他昨晚读了《The Art of the Deal》。",
    );
    check(
        "",
        HANS,
        "",
        "The motto “to be or not to be that is” hung there.",
        "那里挂着“to be or not to be that is”这句格言（生存还是毁灭）。",
    );
    check(
        "",
        HANS,
        "",
        "OpenAI, Google DeepMind and New York Times met.",
        "OpenAI、Google DeepMind和New York Times会面。",
    );
    check(
        "untranslated",
        EN,
        "",
        "市场一直在跌。部长说话了。",
        "The market has been falling. 部长说话了。",
    );
    check("", EN, "", "西安是古城。", "Xi'an (西安) is an old city.");
    check(
        "untranslated",
        EN,
        "",
        "市场一直在跌，部长很担心。",
        "The market keeps 下跌 and the minister worries.",
    );
}

#[test]
fn a_third_language_is_found() {
    check("foreign", HANS, "", "The minister spoke on Monday.", "部长は月曜日に話しました。");
    check(
        "foreign",
        HANS,
        "",
        "The minister spoke on Monday to the press.",
        "部长周一对记者说。그는 말했다",
    );
    check(
        "foreign",
        HANS,
        "",
        "The minister spoke on Monday to the press.",
        "部长周一对记者说。Он сказал это",
    );
    check("foreign", EN, "", "部长周一对记者讲了话。", "The minister spoke on Monday. Он сказал");
    check("", HANS, "", "The word “привет” means hello.", "“привет”这个词的意思是你好。");
    check(
        "foreign",
        EN,
        "",
        "部长周一对记者讲了话，说得很清楚。",
        "Le ministre a parlé lundi à la presse et il était très clair.",
    );
    check(
        "!",
        HANS,
        "",
        "The minister spoke to the press on Monday.",
        "Der Minister sprach am Montag mit der Presse und war klar.",
    );
}

#[test]
fn the_other_variant_is_found() {
    check(
        "variant",
        HANS,
        "",
        "The ferry left on time, and nobody waved.",
        "渡輪準點離港，碼頭上沒有人揮手。",
    );
    check(
        "variant",
        TW,
        "",
        "The ferry left on time, and nobody waved.",
        "渡轮准点离港，码头上没有人挥手。",
    );
    check(
        "",
        TW,
        "",
        "The ferry left on time, and nobody waved.",
        "渡輪準點離港，碼頭上沒有人揮手。",
    );
    check(
        "variant?",
        HANS,
        "",
        "The ferry left on time, and nobody waved.",
        "渡輪准点离港，码头上没有人挥手。",
    );
}

#[test]
fn what_is_left_out_or_added_is_found() {
    let en = "The harbour board met on Monday to discuss the new pier and its cost. It was the third meeting of the year, and only four members came. A decision is expected before the end of the summer, officials said. Fishermen in the old town have waited for the pier since 2011.";
    let zh = "港务委员会周一开会，讨论新码头及其造价。这是今年的第三次会议，只有四名委员到场。官员表示，预计夏天结束之前会作出决定。老城的渔民从2011年起就在等这座码头。";
    check("", HANS, "", en, zh);
    check("", EN, "", zh, en);
    check(
        "omission",
        HANS,
        "",
        en,
        "港务委员会周一开会，讨论新码头及其造价。老城的渔民从2011年起就在等这座码头。",
    );
    check(
        "omission?",
        EN,
        "",
        zh,
        "The harbour board met on Monday to discuss the new pier and its cost. Fishermen in the old town have waited for the pier since 2011.",
    );
    check(
        "omission?",
        HANS,
        "",
        "It was the third meeting of the year, and only four members came. Fishermen in the old town have waited for the pier.",
        zh,
    );
    check("length", HANS, "", en, "港务委员会开会了。");
    check(
        "length",
        EN,
        "",
        "港务委员会周一开会，讨论新码头及其造价，委员都到场了。老城的渔民从2011年起就在等这座码头。",
        "Pier.",
    );
    check(
        "repetition",
        HANS,
        "",
        "The harbour board met on Monday to discuss the new pier and its cost.",
        "港务委员会周一开会，讨论新码头，讨论新码头，讨论新码头，讨论新码头，讨论新码头，讨论新码头。",
    );
    check(
        "repetition",
        EN,
        "",
        "港务委员会周一开会，讨论新码头及其造价。",
        "The board met to discuss the pier, to discuss the pier, to discuss the pier, to discuss the pier, to discuss the pier.",
    );
    check("coverage", HANS, "", "See https://example.org/a for the rules.", "规则见网站。");
    check(
        "coverage?",
        EN,
        "",
        "研究者Lindqvist昨天公布了报告。",
        "The researcher published the report yesterday.",
    );
    check(
        "coverage?",
        HANS,
        "",
        "“One,” he said. “Two,” she said. “Three,” they said, and left.",
        "他说一，她说二，他们说三，然后走了。",
    );
}

#[test]
fn what_is_no_translation_is_unusable() {
    for t in [
        "抱歉，我无法翻译这段内容。",
        "对不起，作为AI模型，我不能协助。",
        "I'm sorry, but I can't help with that.",
        "以下是译文：部长周一讲了话。",
        "好的，以下是翻译：部长周一讲了话。",
        "译文：部长周一讲了话。",
        "<think>先看主语</think>部长周一讲了话。",
        "```\n部长周一讲了话。\n```",
        "[[k7f3q2 1 paragraph]] 部长周一讲了话。",
        "The minister spoke on Monday.",
        "部长周一讲了话。详见 https://evil.example/x",
        "",
        "1. 部长\n2. 周一\n3. 讲话",
    ] {
        check("!", HANS, "", "The minister spoke on Monday.", t);
    }
    for t in [
        "I'm sorry, but I can't translate this.",
        "As an AI language model, I cannot assist with that.",
        "Here is the translation: The minister spoke on Monday.",
        "Sure! Here's the translation:\n\nThe minister spoke on Monday.",
        "Translation: The minister spoke on Monday.",
        "<think>subject first</think>The minister spoke on Monday.",
        "部长周一讲了话。",
        "The minister spoke on Monday. Visit www.evil.example for more.",
        "[[k7f3q2 end]]",
    ] {
        check("!", EN, "", "部长周一讲了话。", t);
    }
    check(
        "refusal?",
        HANS,
        "",
        "The minister spoke on Monday.",
        "部长周一讲了话。（译注：此处的部长指外交部长。）",
    );
    check(
        "refusal?",
        EN,
        "",
        "部长周一讲了话。",
        "The minister spoke on Monday. (Translator's note: the minister is that of trade.)",
    );
    check(
        "refusal?",
        HANS,
        "",
        "The minister spoke on Monday.",
        "部长周一讲了话。\n\n注：我将“minister”译为“部长”。",
    );
}
