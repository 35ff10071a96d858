//! A name rendered in two ways across a pair. A warning, at the odd one out.
//!
//! Looked for are the names that recur in the source ([`crate::names`]). The rendering of one is
//! the longest transliteration, in English the longest run of capitalised words, that at least two
//! translations of its paragraphs share and that no other paragraph's translation has; a paragraph
//! of the name that lacks it is reported only if something very like it stands there instead: 扎克伯格
//! and 扎克伯克, Zhang Ruochen and Zhang Ruo Chen, or the name itself left in Latin letters.
//!
//! Measured with `cargo bench --bench checks`, see `docs/checks.md`: of 2,663 paragraphs in 290
//! documents that people translated, none is flagged; of 9,781 paragraphs of Markdown, 2. Blind
//! spots: two renderings that have nothing in common (联邦快递 and FedEx's 菲德克斯), names of one
//! paragraph, abbreviations, names that [`crate::names`] does not see.

use std::collections::{HashMap, HashSet};
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
    if names.is_empty() {
        return Vec::new();
    }
    let targets: Vec<Vec<char>> = pair.iter().map(|both| both.target.chars().collect()).collect();
    let looked = Looked { pair, to, found: Found::in_all(&targets, to), targets: &targets };
    let mut seen = HashSet::new();
    let found = names.iter().flat_map(|name| looked.odd_ones(name));
    found.filter(|(i, finding)| seen.insert((*i, finding.target_at))).collect()
}

/// A pair as it is searched.
struct Looked<'a> {
    pair: &'a [Translated<'a>],
    to: Target,
    /// The characters of each translation.
    targets: &'a [Vec<char>],
    found: Found<'a>,
}

impl Looked<'_> {
    fn odd_ones(&self, name: &Name) -> Vec<(usize, Finding)> {
        let targets: Vec<(usize, &[char])> = name
            .paragraphs
            .iter()
            .filter_map(|&i| Some((i, self.targets.get(i)?.as_slice())))
            .filter(|(_, target)| !target.is_empty())
            .collect();
        // An abbreviation is translated and not transliterated: HKMA is 金管局.
        let abbreviated = !name.text.chars().any(|c| c.is_lowercase() || is_han(c));
        if abbreviated {
            return Vec::new();
        }
        let Some(usual) = self.rendering(name, &targets) else { return Vec::new() };
        let language = self.to.language();
        let others = targets.iter().filter(|(_, target)| !holds(target, usual));
        others
            .filter_map(|&(i, target)| {
                let at =
                    like(target, usual, language).or_else(|| original(target, name, language))?;
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
                Some((i, finding))
            })
            .collect()
    }

    /// The longest expression that two translations of a name's paragraphs share, and no others
    /// have.
    fn rendering<'t>(&self, name: &Name, targets: &[(usize, &'t [char])]) -> Option<&'t [char]> {
        // More say nothing new and take long.
        const LOOKED_AT: usize = 8;
        let mut best: Option<&[char]> = None;
        let mut tried = HashSet::new();
        for &(_, target) in targets.iter().take(LOOKED_AT) {
            for expression in expressions(target, self.to) {
                if best.is_some_and(|best| expression.len() <= best.len())
                    || !tried.insert(expression)
                {
                    continue;
                }
                let own = |i: usize| name.paragraphs.binary_search(&i).is_ok();
                let mut at = self.found.candidates(expression, self.to).iter().copied();
                let holds = |&i: &usize| holds(&self.targets[i], expression);
                if at.clone().filter(|&i| own(i)).filter(holds).nth(1).is_none() {
                    continue;
                }
                let elsewhere =
                    at.any(|i| !own(i) && !self.pair[i].source.contains(&name.text) && holds(&i));
                if !elsewhere {
                    best = Some(expression);
                }
            }
        }
        best
    }
}

/// Which translations hold the pieces that expressions are made of, so that looking for one reads
/// few of them: a long article has many names.
struct Found<'a>(HashMap<&'a [char], Vec<usize>>);

impl<'a> Found<'a> {
    fn in_all(targets: &'a [Vec<char>], to: Target) -> Self {
        let mut found: HashMap<&[char], Vec<usize>> = HashMap::new();
        for (i, target) in targets.iter().enumerate() {
            for piece in runs(target, to).into_iter().flat_map(|run| pieces(run, to)) {
                let at = found.entry(piece).or_default();
                if at.last() != Some(&i) {
                    at.push(i);
                }
            }
        }
        Self(found)
    }

    /// The translations that may hold an expression: those of its rarest piece, ascending.
    fn candidates(&self, expression: &[char], to: Target) -> &[usize] {
        let at =
            pieces(expression, to).map(|piece| self.0.get(piece).map_or(&[][..], Vec::as_slice));
        at.min_by_key(|at| at.len()).unwrap_or_default()
    }
}

/// What an expression is looked up by: in Chinese three characters, in English a word.
fn pieces(run: &[char], to: Target) -> impl Iterator<Item = &[char]> {
    let (three, words) = match to {
        Target::Chinese(_) => (Some(run.windows(SHORTEST)), None),
        Target::English => (None, Some(run.split(|&c| !is_in_word(c)))),
    };
    let words = words.into_iter().flatten().filter(|word| !word.is_empty());
    three.into_iter().flatten().chain(words)
}

/// The runs that expressions are parts of.
fn runs(target: &[char], to: Target) -> Vec<&[char]> {
    match to {
        Target::Chinese(variant) => {
            let sounds = sounds(variant);
            target.split(|&c| !sounds(c)).filter(|run| run.len() >= SHORTEST).collect()
        }
        Target::English => capitalised(target),
    }
}

/// The characters that transliterations are written with.
const TRANSLITERATING: &str = "阿埃艾爱安奥澳巴柏班邦鲍贝本比彼毕宾波伯勃博布策茨达戴丹当德登邓迪蒂丁东杜顿多恩尔儿法凡范菲费芬福弗夫佛盖甘冈高戈哥格葛古瓜哈海汉豪赫亨胡华惠霍基吉季加贾简杰金津卡凯坎康考科柯克肯孔库夸奎昆拉莱兰朗劳勒雷蕾里理利莉丽林琳隆卢鲁路伦罗洛吕马玛麦迈曼芒毛梅门蒙孟米密缪明摩莫默姆穆娜纳南瑙内尼妮宁纽努诺欧帕派潘佩彭皮平珀普奇契钱乔切琴丘热日荣茹儒瑞若撒萨塞赛桑森沙莎山珊尚绍舍申圣施史舒朔斯思丝司松苏孙索塔泰坦汤唐陶特腾提廷通图托瓦万旺威韦维魏温文翁沃乌武伍西希锡席夏香谢辛欣休许雅亚延扬耶叶伊易因英尤约云赞泽曾扎詹珍贞芝朱孜祖佐";

/// Characters of a transliteration at least, and at most.
const SHORTEST: usize = 3;
const LONGEST: usize = 12;

/// Whether a character may stand in a transliteration.
fn sounds(variant: Variant) -> impl Fn(char) -> bool {
    static KNOWN: LazyLock<[HashSet<char>; 2]> = LazyLock::new(|| {
        let traditional = characters(TRANSLITERATING, Variant::HantHk);
        [TRANSLITERATING, &traditional].map(|all| all.chars().chain(['·']).collect())
    });
    let known = &KNOWN[usize::from(variant.is_traditional())];
    |c| known.contains(&c)
}

/// What may be a rendering: in Chinese a transliteration, in English capitalised words.
fn expressions(target: &[char], to: Target) -> Vec<&[char]> {
    let runs = runs(target, to);
    match to {
        Target::Chinese(_) => {
            let lengths = |run: &'_ [char]| SHORTEST..=run.len().min(LONGEST);
            runs.into_iter()
                .flat_map(|run| lengths(run).flat_map(|length| run.windows(length)))
                .collect()
        }
        Target::English => runs,
    }
}

fn is_in_word(c: char) -> bool {
    is_latin(c) || c == '-'
}

fn capitalised(target: &[char]) -> Vec<&[char]> {
    let mut runs = Vec::new();
    let mut start: Option<usize> = None;
    let mut end = 0;
    let mut i = 0;
    while i < target.len() {
        let length = target[i..].iter().take_while(|&&c| is_in_word(c)).count();
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
    fn an_abbreviation_is_no_transliteration() {
        let pair = [
            ("The fund of HKMA was closed.", "金管局的基金约有一千人。"),
            ("Nobody in HKMA knew of it.", "金管局里没人知道，基金约有一万人。"),
            ("Later HKMA opened it again.", "后来金管局重新开放了基金，基金的人都来了。"),
        ];
        check(Target::Chinese(Variant::Hans), &pair, &[]);
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
