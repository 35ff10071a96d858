//! Words of the model about its work where the translation should stand.
//!
//! Refusals, preambles ("Here is the translation:"), reasoning left in, code fences or JSON around
//! the text, delimiters of the prompt, and notes after it. An article may itself speak of such
//! things, so a sign counts only where the source has no counterpart of it, and a refusal or a
//! preamble only at the very start. The counterparts are wide on purpose: to throw a good
//! translation away costs more than to miss an odd refusal.
//!
//! Measured on 3,581 human translations (`cargo bench --bench checks`, see `docs/checks.md`): no
//! sign found in any. Blind spots: refusals in other words, refusals in the middle, and everything
//! of the kind when the article is about it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Check, Finding, Severity, Subject};

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct Refusal;

impl Check for Refusal {
    fn name(&self) -> &'static str {
        "refusal"
    }

    fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let Some(sign) = sign(subject.source, subject.target) else { return Vec::new() };
        let words: String =
            subject.target.chars().skip(sign.at.start).take(sign.at.len().min(40)).collect();
        let words = words.trim();
        let (en, zh) = match sign.kind {
            Kind::Refused => (
                format!("“{words}” declines to translate"),
                format!("“{words}”是拒绝翻译的话，不是译文"),
            ),
            Kind::Reasoning => (
                format!("“{words}” is reasoning left in"),
                format!("“{words}”是模型留下的思考过程"),
            ),
            Kind::Wrapped => {
                (format!("“{words}” is no part of the translation"), format!("“{words}”不属于译文"))
            }
            Kind::Note => (
                format!("the note “{words}” is not in the source"),
                format!("原文没有“{words}”这条注"),
            ),
        };
        vec![Finding::new(self, Severity::Error, en, zh).in_target(&sign.at)]
    }
}

/// What the model did instead of only translating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It declined.
    Refused,
    /// It left its reasoning in.
    Reasoning,
    /// It spoke of its translation, or wrapped it.
    Wrapped,
    /// It added a note.
    Note,
}

/// A sign, with its place in the target in Unicode scalar values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What it is a sign of.
    pub kind: Kind,
    /// Where it stands.
    pub at: Range<usize>,
}

/// The first sign in a target that has no counterpart in the source.
pub fn sign(source: &str, target: &str) -> Option<Sign> {
    let target = target.to_ascii_lowercase();
    let mut lower_source = None;
    SIGNS.iter().find_map(|(kind, sign, counterpart)| {
        let found = sign.find(&target)?;
        if counterpart.is_match(lower_source.get_or_insert_with(|| source.to_ascii_lowercase())) {
            return None;
        }
        let chars = |to: usize| target.get(..to).map_or(0, |text| text.chars().count());
        Some(Sign { kind: *kind, at: chars(found.start())..chars(found.end()) })
    })
}

/// The kind, the sign in a target, and what in a source excuses it; both texts in small letters.
static SIGNS: LazyLock<Vec<(Kind, Regex, Regex)>> = LazyLock::new(|| {
    const SIGNS: [(Kind, &str, &str); 9] = [
        (
            Kind::Reasoning,
            r"</?(think|thinking|reasoning|thought|scratchpad)>",
            r"think|reason|thought|scratchpad|<",
        ),
        (
            Kind::Refused,
            r"(?x)^[\s\x22“'‘*]*
            (?:(?:i(?:'|’)?m|i\ am)\ (?:very\ |really\ |so\ )?(?:sorry|afraid),?\ (?:but\ )?(?:that\ )?i\ (?:can(?:'|’)?t|cannot|can\ not|am\ unable|am\ not\ able|won(?:'|’)t|will\ not|could\ not|couldn(?:'|’)t)
            |(?:sorry|unfortunately|i\ apologi[sz]e),?\ (?:but\ )?i\ (?:can(?:'|’)?t|cannot|can\ not|am\ unable|(?:'|’)?m\ unable|am\ not\ able|won(?:'|’)t)
            |i\ (?:can(?:'|’)?t|cannot|can\ not|am\ unable\ to|am\ not\ able\ to|won(?:'|’)t)\ (?:assist|help\ with|translate|provide\ (?:a|the|this|that)|fulfil|comply|complete\ (?:this|that|the)|process)
            |(?:(?:(?:i(?:'|’)?m|i\ am)\ )?(?:very\ )?(?:sorry|unfortunately),?\ (?:but\ )?)?as\ an\ (?:ai|artificial\ intelligence)(?:\ language)?(?:\ model|\ assistant)?,\ i\b)",
            r"sorry|apolog|unfortunate|afraid|cannot|can['’]t|unable|refus|won['’]t|抱歉|对不起|對不起|遗憾|遺憾|恐怕|不能|无法|無法|拒绝|拒絕|没办法|沒辦法|作为.{0,6}(?:ai|人工智能)|作為.{0,6}(?:ai|人工智慧)|不好意思|未能|不行",
        ),
        (
            Kind::Refused,
            r"^[\s“‘\x22]*(?:(?:非常|很|十分|真的)?(?:抱歉|对不起|對不起|不好意思|很遗憾|很遺憾)[，,。！!]?\s*(?:但|但是|但是，|但，)?我(?:们|們)?(?:无法|無法|不能|没法|沒法|没有办法|不可以|不便|未能)|我(?:无法|無法|不能|没法)(?:翻译|翻譯|协助|協助|提供(?:该|此|这|這|翻)|满足(?:您|你)|滿足|完成(?:此|该|这|這)|处理(?:此|该|这)|帮助(?:您|你))|(?:(?:非常|很|十分)?(?:抱歉|对不起|不好意思)[，,。！!]?)?作为(?:一个|一名|一款)?(?:ai|人工智能|大)(?:语言)?(?:模型|助手)?，我|(?:(?:非常|很|十分)?(?:抱歉|對不起|不好意思)[，,。！!]?)?作為(?:一個|一名)?(?:ai|人工智慧)(?:語言)?(?:模型|助理|助手)?，我)",
            r"sorry|apolog|unfortunate|afraid|regret|cannot|can['’]t|could not|couldn['’]t|unable|not able|refus|won['’]t|as an? (?:ai|artificial|large)|抱歉|对不起|對不起|无法|無法",
        ),
        (
            Kind::Wrapped,
            r"(?x)^[\s*\#>\x22“]*(?:(?:sure|certainly|of\ course|okay|ok|absolutely|got\ it)[,.!:]*\s+(?:here|below|i\b).{0,60}?(?:translat|version|english|chinese).{0,60}?[:：\n]
            |(?:here(?:\ is|\ are|(?:'|’)s)|below\ is|the\ following\ is|this\ is)\ (?:the|a|my|your)?\ ?(?:\w+\ ){0,3}?(?:translation|translated)\b.{0,60}?[:：\n]
            |(?:the\ )?(?:chinese|english|simplified\ chinese|traditional\ chinese|translated|final|target)?\ ?(?:translation|translated\ text|translated\ version)\s*\**\s*[:：])",
            r"translat|译|譯|翻成|版本|版",
        ),
        (
            Kind::Wrapped,
            r"(?:^[\s*#>“]*(?:(?:好的|当然|當然|没问题|沒問題|可以)[，,。！!：:].{0,20}?(?:翻译|翻譯|译文|譯文).{0,20}?[：:\n]|(?:以下|下面|这|這|如下)(?:是|为|為).{0,20}?(?:翻译|翻譯|译文|譯文).{0,10}?[：:\n]|(?:中文|英文|简体中文|繁體中文|最终|参考|參考)?(?:译文|譯文|翻译|翻譯|翻译结果|翻譯結果|翻译如下|译文如下)\**\s*[：:]))",
            r"translat|version|render|译|譯|翻",
        ),
        (Kind::Wrapped, r"^\s*```|```\s*$", r"```"),
        (Kind::Wrapped, r#"^\s*\{\s*"[^"]*"\s*:|^\s*\[\s*\{?\s*""#, r"^\s*[\{\[]"),
        (
            Kind::Wrapped,
            r"<\|[a-z_]+\|>|\[/?inst\]|</?(?:source|target|translation|paragraph|text|article|answer|output)(?:\s[^<>]*)?>|^\s*={3,}|={3,}\s*$|^\s*<{3,}|>{3,}\s*$",
            r"<|\[/?inst\]|={3,}|>{3,}",
        ),
        (
            Kind::Note,
            r"(?x)\n\s*[\(（\[【*]*\s*(?:(?:translator(?:'|’)?s?(?:'|’)?\ )?notes?|explanation|译者注|譯者註|译注|譯註|注|註|备注|備註|说明|說明|翻译说明|注释)\**\s*[:：]
            |[\(（\[【]\s*(?:translator(?:'|’)s\ note|(?:translation\ )?note|译者注|譯者註|译注|譯註|注|註|备注|備註)\s*[:：][^\)）\]】]*[\)）\]】]\s*$",
            r"\bnote|\bn\.?b\b|\bp\.?s\b|explan|disclaim|remark|\bcaution|注|註|说明|說明|备|備|附|按[：:]|提示|提醒|\[\d",
        ),
    ];
    let compiled = SIGNS.into_iter().filter_map(|(kind, sign, counterpart)| {
        Some((kind, Regex::new(sign).ok()?, Regex::new(counterpart).ok()?))
    });
    compiled.collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, target: &str, expected: Option<Kind>) {
        assert_eq!(sign(source, target).map(|sign| sign.kind), expected, "{target}");
    }

    #[test]
    fn every_sign_is_read() {
        assert_eq!(SIGNS.len(), 9);
    }

    #[test]
    fn what_models_say_is_found() {
        let en = "The committee met on Monday.";
        let zh = "委员会周一开会。";
        check(zh, "I'm sorry, but I can't help with that.", Some(Kind::Refused));
        check(zh, "I cannot assist with this request.", Some(Kind::Refused));
        check(zh, "As an AI language model, I do not have", Some(Kind::Refused));
        check(en, "抱歉，我无法翻译这段文字。", Some(Kind::Refused));
        check(en, "作为一个AI语言模型，我不能", Some(Kind::Refused));
        check(en, "对不起，作为AI模型，我不能协助。", Some(Kind::Refused));
        check(zh, "I’m sorry, but as an AI assistant, I must", Some(Kind::Refused));
        check(zh, "Sure! Here is the translation:\nThe committee", Some(Kind::Wrapped));
        check(zh, "Here is the translation: The committee", Some(Kind::Wrapped));
        check(zh, "**Translation:** The committee", Some(Kind::Wrapped));
        check(en, "以下是翻译：委员会", Some(Kind::Wrapped));
        check(en, "好的，以下是译文：\n委员会", Some(Kind::Wrapped));
        check(en, "译文：委员会", Some(Kind::Wrapped));
        check(en, "```\n委员会\n```", Some(Kind::Wrapped));
        check(en, "{\"translation\": \"委员会\"}", Some(Kind::Wrapped));
        check(en, "<think>先看</think>委员会", Some(Kind::Reasoning));
        check(en, "委员会周一开会。\n\n注：委员会指", Some(Kind::Note));
        check(en, "委员会周一开会。（注：委员会指预算委员会）", Some(Kind::Note));
        check(zh, "The committee met.\n\nNote: I have kept", Some(Kind::Note));
    }

    #[test]
    fn an_article_about_such_things_is_no_sign() {
        check(
            "“抱歉，我无法回答这个问题。”模型说。",
            "“I’m sorry, but I can’t answer that,” the model said.",
            None,
        );
        check(
            "I'm sorry, but I can't do that, it replied.",
            "对不起，我不能这样做，它回答。",
            None,
        );
        check("Translation: a history", "翻译：一部历史", None);
        check("译文：第一版", "Translation: first edition", None);
        check("The `<think>` tag", "`<think>`标签", None);
        check("Revenue rose. (Note: unaudited.)", "收入上升。（注：未经审计。）", None);
        check("我忍不住想", "I can’t help but wonder", None);
        check("这里是问题所在：钱", "Here is the problem: money", None);
        check("当然，他也来了。", "Of course, he came too.", None);
    }
}
