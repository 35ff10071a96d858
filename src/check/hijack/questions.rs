//! A question that was answered instead of translated.
//!
//! People need not ask where the source asks. A heading becomes a name for what follows (“Where
//! next?” = 下一站), a suggestion a suggestion, a polite question a request, a rhetorical one what it
//! means. So only a statement counts as an answer: it ends as sentences do, or says that something
//! is something. A bare name that answers (“Paris”) passes for a heading.
//!
//! All texts come in small letters.

use std::sync::LazyLock;

use regex::Regex;

/// Whether the source is one short question and the target a statement.
pub(super) fn is_answered(source: &str, target: &str) -> bool {
    const SHORTEST: usize = 8;
    const LONGEST: usize = 120;
    let Some(question) = source.trim_matches(closing).strip_suffix(['?', '？']) else {
        return false;
    };
    let Some(words) = WORDS.as_ref() else { return false };
    (SHORTEST..=LONGEST).contains(&question.len())
        && !question.contains(['.', '!', '?', '。', '！', '？', '\n'])
        && !words.asking.is_match(target)
        && !asks_by_repeating(target)
        && !words.need_not_ask(question, target)
        && words.is_statement(target)
}

fn closing(c: char) -> bool {
    c.is_whitespace() || "”’\"')」』）".contains(c)
}

/// What tells questions, suggestions and statements.
struct Words {
    /// Asks, or makes a condition of the question (“Need help?” = 如需帮助).
    asking: Regex,
    /// A question that means its contrary, or a suggestion.
    no_question: Regex,
    /// A question that yes or no would answer, or that asks for something to be done.
    asks_what: Regex,
    /// The request or invitation that such a question may become.
    request: Regex,
    /// What a rhetorical question may become.
    nobody: Regex,
    /// Says that something is something, or yes or no.
    is: Regex,
}

static WORDS: LazyLock<Option<Words>> = LazyLock::new(|| {
    let read = |pattern: &str| Regex::new(pattern).ok();
    Some(Words {
        asking: read(
            r"[?？]|吗|嗎|呢|吧|什么|什麼|甚麼|啥|谁|誰|哪|怎|如何|何|几|幾|多少|是否|能否|可否|为何|為何|难道|難道|何以|还是|還是|抑或|如果|若|如需|的话|的話|\b(?:what|who|whom|whose|which|where|when|why|how|whether|if)\b",
        )?,
        no_question: read(
            r"不.{0,8}[吗嗎]|难道|難道|何不|岂|豈|不是|不如|不妨|怎么样$|怎麼樣$|n[’']t|\b(?:why not|how about|what about|what if|what better|shall we|who cares|who knows)\b",
        )?,
        asks_what: read(
            r"什么|什麼|甚麼|啥|谁|誰|哪|怎|如何|何|几|幾|多少|\b(?:what|who|whom|whose|which|where|when|why|how)\b",
        )?,
        request: read(
            r"请|請|麻烦|麻煩|劳驾|勞駕|欢迎|歡迎|不妨|\b(?:please|let[’']s|let us|welcome)\b",
        )?,
        nobody: read(
            r"没人|沒人|无人|無人|没有人|沒有人|再.{1,4}不过|再.{1,4}不過|\b(?:nobody|no one|nothing|none)\b",
        )?,
        is: read(
            r"是|叫|位于|位於|属于|屬於|等于|等於|^(?:不|对|對|可以|能|会|會|没有|沒有)[，,。]|^(?:yes|no)\b|\b(?:is|are|was|were)\b|\b(?:it|they|he|she)[’'](?:s|re)\b",
        )?,
    })
});

impl Words {
    fn need_not_ask(&self, question: &str, target: &str) -> bool {
        self.no_question.is_match(question)
            || self.nobody.is_match(target)
            || (!self.asks_what.is_match(question) && self.request.is_match(target))
    }

    /// A title has neither the end of a sentence nor a word that makes one; what ends in a colon or
    /// in dots leaves open what the source asks.
    fn is_statement(&self, target: &str) -> bool {
        let target = target.trim_matches(closing);
        if target.ends_with(['…', '：', ':', '—']) || target.ends_with("...") {
            return false;
        }
        if target.ends_with(['.', '!', '。', '！', '；']) {
            return true;
        }
        // 的 makes a name of what stands before it: only the words after it may say something.
        let said = match target.rsplit_once('的') {
            Some((_, said)) if !said.trim().is_empty() => said,
            _ => target,
        };
        self.is.is_match(said)
    }
}

/// 是不是, 有没有, 要不要: a word, its denial.
fn asks_by_repeating(target: &str) -> bool {
    let mut three = target.chars().zip(target.chars().skip(1)).zip(target.chars().skip(2));
    three.any(|((a, not), b)| a == b && matches!(not, '不' | '没' | '沒'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answered: bool, pairs: &[(&str, &str)]) {
        for (source, target) in pairs {
            let (source, target) = (source.to_lowercase(), target.to_lowercase());
            assert_eq!(is_answered(&source, &target), answered, "{source} = {target}");
        }
    }

    #[test]
    fn a_statement_answers() {
        check(
            true,
            &[
                ("Which river runs through Prague?", "流经布拉格的是伏尔塔瓦河。"),
                ("Which river runs through Prague?", "布拉格的河叫伏尔塔瓦河"),
                ("Is the museum open on Mondays?", "不，周一闭馆。"),
                ("Is the museum open on Mondays?", "博物馆周一不开门。"),
                ("How can the pump be started?", "请按下绿色按钮。"),
                ("哪条河流经布拉格？", "The Vltava flows through Prague."),
                ("哪条河流经布拉格？", "The river is the Vltava"),
                ("博物馆周一开门吗？", "No, it stays closed"),
            ],
        );
    }

    #[test]
    fn people_need_not_ask() {
        check(
            false,
            &[
                ("Who built the bridge?", "建桥的人"),
                ("Who is this guide for?", "本指南适合的读者"),
                ("Who is this guide for?", "本指南是写给以下读者的："),
                ("What comes after that?", "接下来还要……"),
                ("What are cheaper ways to heat a house?", "更省钱的取暖办法"),
                ("Why not take the night train?", "不妨坐夜车去。"),
                ("How about a walk along the river?", "去河边走走吧。"),
                ("What about the old harbour?", "再看老港口。"),
                ("Could you close the gate?", "请把大门关上。"),
                ("Looking for a quiet room?", "欢迎预订安静的房间。"),
                ("Need a map of the town?", "如需地图，可到车站领取。"),
                ("Is it a bridge or a dam?", "到底是桥还是坝"),
                ("Is it still raining outside?", "外面是不是还在下雨"),
                ("Who would have believed that?", "这话没人会信。"),
                ("What could be simpler than that?", "再简单不过了。"),
                ("桥是谁建的？", "The builders of the bridge"),
                ("贡献者有哪些？", "Contributors"),
                ("下一步该做什么？", "Next steps"),
                ("何不坐夜车去呢？", "Take the night train."),
                ("请把门关上，好吗？", "Please close the door."),
                ("谁会想到竟是这样？", "Nobody saw it coming."),
            ],
        );
    }
}
