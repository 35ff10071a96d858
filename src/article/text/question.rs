//! Questions and answers: below a heading that announces them, or where they alternate.

use super::words::{ends_question, is_blank, is_wider_than};
use crate::paragraph::Kind;

/// Wider than this, in columns, a paragraph that ends in a question mark is no question to which
/// an answer follows.
const WIDEST_QUESTION: usize = 240;
/// Where no heading announces them, an answer has at most so many paragraphs.
const LONGEST_ANSWER: usize = 3;

/// Which part of an interview a line says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// `Q:`, `问：`
    Question,
    /// `A:`, `答：`
    Answer,
}

/// The label at the begin of a line.
pub(super) fn label(text: &str) -> Option<Label> {
    const QUESTIONS: [&str; 8] = ["Q:", "Q：", "Q. ", "问：", "問：", "问:", "問:", "记者问："];
    const ANSWERS: [&str; 6] = ["A:", "A：", "答：", "答:", "答复：", "答覆："];
    if QUESTIONS.iter().any(|label| text.starts_with(label)) {
        Some(Label::Question)
    } else if ANSWERS.iter().any(|label| text.starts_with(label)) {
        Some(Label::Answer)
    } else {
        None
    }
}

/// Turns paragraphs into questions and answers.
pub(super) fn name(units: &[&str], kinds: &mut [Kind]) {
    let mut start = 0;
    let mut announced = false;
    for at in 0..=units.len() {
        let kind = kinds.get(at).copied();
        if !matches!(kind, None | Some(Kind::Title | Kind::Heading)) {
            continue;
        }
        if let (Some(units), Some(kinds)) = (units.get(start..at), kinds.get_mut(start..at)) {
            section(units, kinds, announced);
        }
        // A terse answer looks like a heading, and ends nothing.
        let answers = at > start && units.get(at - 1).is_some_and(|text| is_question(text));
        start = at + 1;
        announced = (announced && answers) || units.get(at).is_some_and(|text| announces(text));
    }
}

/// One section, without its heading.
fn section(units: &[&str], kinds: &mut [Kind], announced: bool) {
    let roles: Vec<Option<Label>> = units
        .iter()
        .zip(kinds.iter())
        .map(|(text, kind)| match (kind, label(text)) {
            (Kind::Paragraph | Kind::ListItem | Kind::Caption, Some(label)) => Some(label),
            (Kind::Paragraph, None) if is_question(text) => Some(Label::Question),
            (Kind::ListItem, None) if announced && is_question(text) => Some(Label::Question),
            _ => None,
        })
        .collect();
    let questions: Vec<usize> =
        (0..roles.len()).filter(|&at| roles.get(at) == Some(&Some(Label::Question))).collect();
    let reach = |i: usize| {
        let at = questions.get(i).copied().unwrap_or(roles.len());
        questions.get(i + 1).copied().unwrap_or(roles.len()).saturating_sub(at + 1)
    };
    let announced = announced && !questions.is_empty();
    let chosen = if announced { 0..questions.len() } else { alternation(&questions, reach) };
    // The last answer has no question after it to end it.
    let longest = chosen.clone().take(chosen.len().saturating_sub(1)).map(reach).max();
    for i in chosen.clone() {
        let Some(&question) = questions.get(i) else { return };
        let last = i + 1 == chosen.end && !announced;
        let length = if last { reach(i).min(longest.unwrap_or(1)) } else { reach(i) };
        if let Some(kind) = kinds.get_mut(question) {
            *kind = Kind::Question;
        }
        for kind in kinds.iter_mut().skip(question + 1).take(length) {
            if matches!(kind, Kind::Paragraph | Kind::Caption) {
                *kind = Kind::Answer;
            }
        }
    }
}

/// The longest run of questions that each have an answer, if there are two at least.
fn alternation(questions: &[usize], reach: impl Fn(usize) -> usize) -> std::ops::Range<usize> {
    let (mut best, mut start) = (0..0, 0);
    for i in 0..questions.len() {
        let last = i + 1 == questions.len();
        let answered = reach(i) >= 1;
        let short = reach(i) <= LONGEST_ANSWER;
        let end = if answered { i + 1 } else { i };
        if !answered || !short || last {
            if end.saturating_sub(start) > best.len() {
                best = start..end;
            }
            start = i + 1;
        }
    }
    if best.len() >= 2 { best } else { 0..0 }
}

fn is_question(text: &str) -> bool {
    ends_question(text)
        && !is_wider_than(text, WIDEST_QUESTION)
        && !text.starts_with(['"', '“', '「'])
}

/// Whether a heading announces questions and answers.
fn announces(text: &str) -> bool {
    let bare: String = text
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '&' | ' '))
        .collect::<String>()
        .to_lowercase();
    let bare = bare.trim_matches(is_blank);
    let words = ["faq", "faqs", "q&a", "qa", "q & a", "qas", "q&as", "questions and answers"];
    let parts = [
        "frequently asked questions",
        "常见问题",
        "常見問題",
        "问答",
        "問答",
        "答问",
        "答問",
        "常见疑问",
        "常見疑問",
        "你问我答",
        "问与答",
        "問與答",
    ];
    words.contains(&bare)
        || bare.split(' ').next().is_some_and(|word| matches!(word, "faq" | "faqs"))
        || bare.split(' ').next_back().is_some_and(|word| matches!(word, "faq" | "faqs" | "q&a"))
        || parts.iter().any(|part| bare.contains(part))
}
