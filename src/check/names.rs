//! A name rendered in two ways across a pair. A warning, at the odd one out.
//!
//! Looked for are the names that recur in the source ([`crate::names`]). The rendering of one is
//! the longest transliteration, in English the longest run of capitalised words, that at least two
//! translations of its paragraphs share and that no other paragraph's translation has; a paragraph
//! of the name that lacks it is reported only if something very like it stands there instead: 扎克伯格
//! and 扎克伯克, Zhang Ruochen and Zhang Ruo Chen, or the name itself left in Latin letters.
//!
//! Measured on the tests below alone: the corpora at hand hold single paragraphs, so no rate is
//! known. Blind spots: two renderings that have nothing in common (联邦快递 and FedEx's 菲德克斯), names of
//! one paragraph, names that [`crate::names`] does not see.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{Finding, Message, Place, Severity};
use crate::language::traditional::characters;
use crate::language::{Language, Target, Variant, is_han, is_latin};
use crate::names::{Name, recurring};
use crate::paragraph::Kind;

/// What its findings call it.
pub const NAME: &str = "names";

/// A paragraph with its translation, as this check reads it.
#[derive(Clone, Copy, Debug)]
pub struct Translated<'a> {
    /// What it is.
    pub kind: Kind,
    /// The source without marks.
    pub source: &'a str,
    /// The translation without marks; empty where there is none.
    pub target: &'a str,
}

/// What is found in a whole pair, with the index of the paragraph.
pub fn across(pair: &[Translated<'_>], to: Target) -> Vec<(usize, Finding)> {
    let sources = pair.iter().map(|both| (both.kind, both.source));
    let names = recurring(sources, to.language().other());
    let mut seen = HashSet::new();
    let found = names.iter().flat_map(|name| odd_ones(name, pair, to));
    found.filter(|(i, finding)| seen.insert((*i, finding.target_at))).collect()
}

fn odd_ones(name: &Name, pair: &[Translated<'_>], to: Target) -> Vec<(usize, Finding)> {
    let targets: Vec<(usize, Vec<char>)> = name
        .paragraphs
        .iter()
        .filter_map(|&i| Some((i, pair.get(i)?.target.chars().collect::<Vec<_>>())))
        .filter(|(_, target)| !target.is_empty())
        .collect();
    let Some(usual) = rendering(name, &targets, pair, to) else { return Vec::new() };
    let language = to.language();
    let others = targets.iter().filter(|(_, target)| !holds(target, &usual));
    others
        .filter_map(|(i, target)| {
            let at = like(target, &usual, language).or_else(|| original(target, name, language))?;
            let odd: String = target[at.0..at.1].iter().collect();
            let usual: String = usual.iter().collect();
            let name = &name.text;
            let message = Message {
                en: format!("“{name}” is “{usual}” elsewhere and “{odd}” here"),
                zh: format!("“{name}”在别处译为“{usual}”，此处却作“{odd}”"),
            };
            let finding = Finding {
                check: NAME.to_owned(),
                severity: Severity::Warning,
                source_at: None,
                target_at: Some(Place(at.0, at.1)),
                message,
            };
            Some((*i, finding))
        })
        .collect()
}

/// The longest expression that two translations of a name's paragraphs share, and no others have.
fn rendering(
    name: &Name,
    targets: &[(usize, Vec<char>)],
    pair: &[Translated<'_>],
    to: Target,
) -> Option<Vec<char>> {
    // More say nothing new and take long.
    const LOOKED_AT: usize = 8;
    let mut best: Option<Vec<char>> = None;
    let mut tried = HashSet::new();
    for (_, target) in targets.iter().take(LOOKED_AT) {
        for expression in expressions(target, to) {
            if !tried.insert(expression) {
                continue;
            }
            let times = targets.iter().filter(|(_, target)| holds(target, expression)).count();
            let length = expression.len();
            if times < 2 || best.as_ref().is_some_and(|best| length <= best.len()) {
                continue;
            }
            let text: String = expression.iter().collect();
            let elsewhere = pair.iter().enumerate().any(|(i, both)| {
                !name.paragraphs.contains(&i)
                    && !both.source.contains(&name.text)
                    && both.target.contains(&text)
            });
            if !elsewhere {
                best = Some(expression.to_vec());
            }
        }
    }
    best
}

/// The characters that transliterations are written with.
const TRANSLITERATING: &str = "阿埃艾爱安奥澳巴柏班邦鲍贝本比彼毕宾波伯勃博布策茨达戴丹当德登邓迪蒂丁东杜顿多恩尔儿法凡范菲费芬福弗夫佛盖甘冈高戈哥格葛古瓜哈海汉豪赫亨胡华惠霍基吉季加贾简杰金津卡凯坎康考科柯克肯孔库夸奎昆拉莱兰朗劳勒雷蕾里理利莉丽林琳隆卢鲁路伦罗洛吕马玛麦迈曼芒毛梅门蒙孟米密缪明摩莫默姆穆娜纳南瑙内尼妮宁纽努诺欧帕派潘佩彭皮平珀普奇契钱乔切琴丘热日荣茹儒瑞若撒萨塞赛桑森沙莎山珊尚绍舍申圣施史舒朔斯思丝司松苏孙索塔泰坦汤唐陶特腾提廷通图托瓦万旺威韦维魏温文翁沃乌武伍西希锡席夏香谢辛欣休许雅亚延扬耶叶伊易因英尤约云赞泽曾扎詹珍贞芝朱孜祖佐";

/// What may be a rendering: in Chinese a transliteration, in English capitalised words.
fn expressions(target: &[char], to: Target) -> Vec<&[char]> {
    static TRADITIONAL: LazyLock<String> =
        LazyLock::new(|| characters(TRANSLITERATING, Variant::HantHk).into_owned());
    match to {
        Target::Chinese(variant) => {
            let known =
                if variant.is_traditional() { TRADITIONAL.as_str() } else { TRANSLITERATING };
            let sounds = |c: char| c == '·' || known.contains(c);
            let runs = target.split(|&c| !sounds(c)).filter(|run| run.len() >= 3);
            runs.flat_map(|run| (3..=run.len().min(12)).flat_map(|length| run.windows(length)))
                .collect()
        }
        Target::English => capitalised(target),
    }
}

fn capitalised(target: &[char]) -> Vec<&[char]> {
    let mut runs = Vec::new();
    let mut start: Option<usize> = None;
    let mut end = 0;
    let mut i = 0;
    while i < target.len() {
        let length = target[i..].iter().take_while(|&&c| is_latin(c) || c == '-').count();
        if length == 0 {
            if target[i] != ' ' {
                runs.extend(start.take().and_then(|start| target.get(start..end)));
            }
            i += 1;
            continue;
        }
        if target[i].is_uppercase() {
            start.get_or_insert(i);
            end = i + length;
        } else {
            runs.extend(start.take().and_then(|start| target.get(start..end)));
        }
        i += length;
    }
    runs.extend(start.and_then(|start| target.get(start..end)));
    runs.retain(|run| run.len() >= 4);
    runs
}

fn holds(target: &[char], expression: &[char]) -> bool {
    !expression.is_empty() && target.windows(expression.len()).any(|it| it == expression)
}

/// Where something very like the usual rendering stands.
fn like(target: &[char], usual: &[char], language: Language) -> Option<(usize, usize)> {
    let place = |found: &[char]| {
        let start = target.windows(found.len()).position(|window| window == found)?;
        Some((start, start + found.len()))
    };
    match language {
        Language::Chinese => {
            // All but one character, and the first among them: 扎克伯格, 扎克伯克.
            let alike = |window: &&[char]| {
                let same = window.iter().zip(usual).filter(|(a, b)| a == b).count();
                same + 1 == usual.len()
                    && window[0] == usual[0]
                    && window.iter().all(|&c| is_han(c) || c == '·')
            };
            target.windows(usual.len()).find(alike).and_then(place)
        }
        Language::English => {
            let letters = |text: &[char]| -> Vec<char> {
                text.iter().filter(|c| c.is_alphabetic()).flat_map(|c| c.to_lowercase()).collect()
            };
            let wanted = letters(usual);
            let alike = |run: &&[char]| {
                let run = letters(run);
                run.first() == wanted.first() && distance(&run, &wanted) <= wanted.len() / 7
            };
            capitalised(target).into_iter().find(alike).and_then(place)
        }
    }
}

/// Where the name stands as in the source.
fn original(target: &[char], name: &Name, language: Language) -> Option<(usize, usize)> {
    if language == Language::English {
        return None;
    }
    let name: Vec<char> = name.text.chars().collect();
    let start = target.windows(name.len()).position(|window| window == name.as_slice())?;
    Some((start, start + name.len()))
}

/// How many letters have to change.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Variant;

    fn check(to: Target, pair: &[(&str, &str)], said: &[(usize, &str)]) {
        let kind = Kind::Paragraph;
        let pair: Vec<_> =
            pair.iter().map(|&(source, target)| Translated { kind, source, target }).collect();
        let found = across(&pair, to);
        assert_eq!(found.len(), said.len(), "{found:?}");
        for ((i, finding), (at, words)) in found.iter().zip(said) {
            assert!(i == at && finding.message.en.contains(words), "{i} {finding:?}");
        }
    }

    #[test]
    fn two_renderings_are_told() {
        let zh = Target::Chinese(Variant::Hans);
        let lindqvist = |last| {
            [
                ("The trust of Anna Lindqvist bought it.", "安娜·林德奎斯特的信托买下了它。"),
                ("Nobody spoke to Anna Lindqvist then.", "当时没有人和安娜·林德奎斯特说话。"),
                ("Today Anna Lindqvist is eighty.", last),
            ]
        };
        check(zh, &lindqvist("如今安娜·林德奎斯特已经八十岁了。"), &[]);
        check(zh, &lindqvist("如今安娜·林德奎思特已经八十岁了。"), &[(2, "elsewhere")]);
        check(zh, &lindqvist("如今Anna Lindqvist已经八十岁了。"), &[(2, "Anna Lindqvist")]);
        check(zh, &lindqvist("如今她已经八十岁了。"), &[]);
    }

    #[test]
    fn into_english() {
        let pair = |last| {
            [
                ("它属于伊万·帕夫洛夫。", "It belongs to Ivan Pavlovsky."),
                ("后来，伊万·帕夫洛夫走了。", "Later Ivan Pavlovsky left."),
                ("伊万·帕夫洛夫没有回信。", last),
            ]
        };
        check(Target::English, &pair("Ivan Pavlovsky did not answer."), &[]);
        check(Target::English, &pair("Ivan Pavlovski did not answer."), &[(2, "Pavlovski")]);
        check(Target::English, &pair("He did not answer."), &[]);
    }
}
