//! A backend that translates nothing: deterministic, offline, free. For tests, benches and a look
//! at the layout of a pair.
//!
//! What it writes says so in the text itself. It keeps marks and figures, honours terms and has
//! the length and script of a translation, so that the checks have nothing to say.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};

use crate::backend::kinds::{Kind, Opening, TOKEN_KEYS};
use crate::backend::{Backend, BackendError, Capacity, Engine, Estimate, Reply, Usage, prompt};
use crate::brief::Brief;
use crate::glossary::RequiredTerm;
use crate::language::traditional::characters;
use crate::language::{Language, Target, is_han, is_latin};
use crate::paragraph::{Marked, Token};

/// What `kind = "pseudo"` means.
pub(super) const KIND: Kind = Kind {
    name: "pseudo",
    url: "",
    model: Some("pseudo"),
    context_tokens: 4096,
    keys: TOKEN_KEYS,
    translates: false,
    open: |Opening { settings, .. }| Ok(Arc::new(Pseudo::new(&settings.name, settings.capacity))),
};

/// The backend.
#[derive(Clone, Debug)]
pub struct Pseudo {
    engine: Engine,
    capacity: Capacity,
}

impl Pseudo {
    /// A backend of this name.
    pub fn new(name: &str, capacity: Capacity) -> Self {
        let engine =
            Engine { backend: name.to_owned(), model: "pseudo".to_owned(), prompt: String::new() };
        Self { engine, capacity }
    }
}

impl Backend for Pseudo {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn capacity(&self) -> Capacity {
        self.capacity
    }

    fn estimate(&self, brief: &Brief) -> Estimate {
        prompt::estimate(brief)
    }

    fn cost(&self, _: Estimate) -> f64 {
        0.0
    }

    fn translate<'a>(&'a self, brief: &'a Brief) -> BoxFuture<'a, Result<Reply, BackendError>> {
        let into = brief.to.language();
        let items = brief
            .paragraphs
            .iter()
            .map(|paragraph| {
                let text = translate(&paragraph.source, into, &brief.terms);
                let text = match brief.to {
                    Target::Chinese(variant) => characters(text.as_str(), variant),
                    Target::English => text.as_str().into(),
                };
                (paragraph.number, text.into_owned())
            })
            .collect();
        future::ready(Ok(Reply { items, usage: Usage::default(), sends: 1, place: None })).boxed()
    }
}

/// Text that looks like a translation and says that it is none.
///
/// Of the terms, those whose source form stands in the text are honoured; the others are ignored.
pub fn translate(source: &Marked, into: Language, terms: &[RequiredTerm]) -> Marked {
    let prose = source.prose();
    let mut terms: Vec<_> = terms.iter().filter(|term| occurs(&prose, &term.source)).collect();
    // A longer term is looked for before those inside it.
    terms.sort_by_key(|term| std::cmp::Reverse(term.source.len()));
    let mut writer = Writer { into, terms: &terms, text: String::new() };
    let mut tokens = vec![Token::Text(label(into).into())];
    for token in source.tokens() {
        tokens.push(match token {
            Token::Text(text) => {
                writer.write(&text);
                Token::Text(std::mem::take(&mut writer.text).into())
            }
            other => match other {
                Token::Open(n) => Token::Open(n),
                Token::Close(n) => Token::Close(n),
                Token::Kept(n) => Token::Kept(n),
                Token::Text(_) => continue,
            },
        });
    }
    let written: String = Marked::from_tokens(tokens.iter().cloned()).prose();
    // A term may be split by a mark: then its form stands at the end.
    for term in terms {
        if let Some(first) = term.accepted.first()
            && !term.accepted.iter().any(|form| written.contains(form.as_str()))
        {
            let (open, close) =
                if into == Language::Chinese { ("（", "）") } else { (" (", ")") };
            tokens.push(Token::Text(format!("{open}{first}{close}").into()));
        }
    }
    Marked::from_tokens(tokens)
}

fn label(into: Language) -> &'static str {
    match into {
        Language::Chinese => "［伪译］",
        Language::English => "[pseudo] ",
    }
}

fn occurs(text: &str, form: &str) -> bool {
    !form.is_empty() && text.contains(form)
}

struct Writer<'a> {
    into: Language,
    terms: &'a [&'a RequiredTerm],
    text: String,
}

impl Writer<'_> {
    fn write(&mut self, mut source: &str) {
        while let Some(first) = source.chars().next() {
            let length = if let Some((length, form)) = self.term(source) {
                self.put(&form);
                length
            } else if first.is_ascii_digit() || is_latin(first) {
                let length =
                    run(source, |c| is_latin(c) || c.is_ascii_digit() || ".,:/-%'’_@".contains(c));
                // The end of a sentence is not part of its last word.
                let length =
                    source[..length].trim_end_matches(['.', ',', ':', '\'', '’', '-']).len().max(1);
                self.word(&source[..length.max(first.len_utf8())]);
                length.max(first.len_utf8())
            } else if let Some((length, scale)) = self.han_scale(source) {
                self.text.push_str(scale);
                length
            } else if is_han(first) && self.into == Language::English {
                let word = syllables(hash(first.encode_utf8(&mut [0; 4])), 1);
                self.put(&word);
                first.len_utf8()
            } else {
                self.sign(first);
                first.len_utf8()
            };
            source = &source[length..];
        }
    }

    /// The scale that begins here, in Han characters.
    fn han_scale(&self, source: &str) -> Option<(usize, &'static str)> {
        if self.into != Language::English {
            return None;
        }
        SCALES.iter().filter(|(han, ..)| source.starts_with(han)).find_map(|(han, ..)| {
            let scale = self.scale(han)?;
            Some((han.len(), scale))
        })
    }

    /// The term that begins here, if it does not begin or end inside a word.
    fn term(&self, source: &str) -> Option<(usize, String)> {
        let word = |c: Option<char>| c.is_some_and(is_latin);
        self.terms.iter().find_map(|term| {
            let rest = source.strip_prefix(term.source.as_str())?;
            let inside = word(term.source.chars().next_back()) && word(rest.chars().next());
            let form = term.accepted.first()?;
            (!inside).then(|| (term.source.len(), form.clone()))
        })
    }

    fn word(&mut self, word: &str) {
        if let Some(scale) = self.scale(&word.to_lowercase()) {
            return self.text.push_str(scale);
        }
        let kept = word.contains(|c: char| c.is_ascii_digit()) || word.contains("://");
        match self.into {
            _ if kept => self.put(word),
            Language::Chinese => {
                let count = 1 + word.len() / 5;
                let han: String =
                    (0..count as u64).map(|i| pick(HAN, hash(word) + i * 7)).collect();
                self.text.push_str(&han);
            }
            Language::English => {
                let made = syllables(hash(word), 1 + word.len() / 4);
                self.put(&made);
            }
        }
    }

    /// What a word that belongs to the figure before it becomes: figures keep their values.
    fn scale(&self, word: &str) -> Option<&'static str> {
        let (_, english, chinese) = SCALES.iter().find(|(source, english, _)| match self.into {
            Language::Chinese => english.trim() == word,
            Language::English => *source == word,
        })?;
        let behind_a_figure = self.text.ends_with(|c: char| c.is_ascii_digit());
        behind_a_figure.then_some(match self.into {
            Language::Chinese => chinese,
            Language::English => english,
        })
    }

    /// Puts a word or a figure down, apart from a word before it.
    fn put(&mut self, word: &str) {
        let apart = |c: char| c.is_ascii_alphanumeric() || is_latin(c);
        if self.text.ends_with(apart) && word.starts_with(apart) {
            self.text.push(' ');
        }
        self.text.push_str(word);
    }

    fn sign(&mut self, sign: char) {
        match self.into {
            Language::Chinese => match sign {
                // Between Han and Han there is none; between words `put` sets one.
                ' ' => {}
                ',' => self.text.push('，'),
                '.' => self.text.push('。'),
                ';' => self.text.push('；'),
                ':' => self.text.push('：'),
                '?' => self.text.push('？'),
                '!' => self.text.push('！'),
                '(' => self.text.push('（'),
                ')' => self.text.push('）'),
                other => self.text.push(other),
            },
            Language::English => {
                let plain = match sign {
                    '，' | '、' => ", ",
                    '。' => ". ",
                    '；' => "; ",
                    '：' => ": ",
                    '？' => "? ",
                    '！' => "! ",
                    '（' => " (",
                    '）' => ") ",
                    '《' | '「' => " “",
                    '》' | '」' => "” ",
                    other => return self.text.push(other),
                };
                self.text.push_str(plain);
            }
        }
    }
}

fn run(text: &str, within: impl Fn(char) -> bool) -> usize {
    text.find(|c| !within(c)).unwrap_or(text.len())
}

/// A scale as a Chinese source has it, what it is in English, and what the English word becomes in
/// Chinese; longer ones first.
const SCALES: [(&str, &str, &str); 8] = [
    ("万亿", " trillion", "万亿"),
    ("十亿", " billion", "十亿"),
    ("百万", " million", "百万"),
    ("亿", " hundred million", "亿"),
    ("万", " ten thousand", "万"),
    ("千", " thousand", "千"),
    ("百", " hundred", "百"),
    ("％", " percent", "%"),
];
/// Characters that are the same in every variant of Chinese and seldom stand in terms.
const HAN: &str = "山水木石田禾竹米羊牛犬兔鹿虎舟弓刀巾衣瓜果豆麻棉茶酒糖油菜松柏梅桃杏李花草露根春夏秋冬晨夕雨雪冰霜雷虹江河湖海岸沙泥土丘谷原野林";
const SYLLABLES: [&str; 16] = [
    "ba", "ken", "lo", "mir", "tas", "vo", "dun", "fe", "gal", "ri", "sol", "wen", "pa", "nor",
    "zu", "hel",
];

fn pick(from: &str, index: u64) -> char {
    let count = from.chars().count() as u64;
    from.chars().nth((index % count) as usize).unwrap_or('山')
}

fn syllables(mut hash: u64, count: usize) -> String {
    let mut word = String::new();
    for _ in 0..count {
        word.push_str(SYLLABLES[(hash % 16) as usize]);
        hash = hash / 16 + 1;
    }
    word
}

/// FNV-1a: small, and the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) >> 8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn term(source: &str, target: &str) -> RequiredTerm {
        RequiredTerm {
            source: source.into(),
            at: 0..source.chars().count(),
            accepted: vec![target.into()],
            forbidden: Vec::new(),
            ..RequiredTerm::default()
        }
    }

    fn check(source: &str, into: Language, terms: &[RequiredTerm], holds: &[&str]) {
        let source = Marked::parse(source).unwrap();
        let target = translate(&source, into, terms);
        assert_eq!(source.same_marks(&target), Ok(()));
        for piece in holds {
            assert!(target.as_str().contains(piece), "{piece} in {target}");
        }
        assert_eq!(target, translate(&source, into, terms));
    }

    #[test]
    fn figures_terms_and_marks_are_kept() {
        let terms = [term("data center", "数据中心"), term("OpenAI", "OpenAI")];
        check(
            "OpenAI spent $5.2 billion (50%) on a <1>data</1> center and one data center, \
             see <2/> of 2026-04-21.",
            Language::Chinese,
            &terms,
            &["［伪译］", "OpenAI", "$5.2十亿", "50%", "<1>", "<2/>", "数据中心", "2026-04-21"],
        );
        check("<1>data</1> center", Language::Chinese, &terms[..1], &["（", "）"]);
        check(
            "中国国会于2026年通过<1>法案</1>，拨款3亿元。",
            Language::English,
            &[term("国会", "Congress")],
            &["[pseudo] ", "Congress", "2026", "3 hundred million", ". "],
        );
    }

    #[test]
    fn the_length_is_that_of_a_translation() {
        let english = "The company said on Tuesday that it would build three more factories in \
                       the region, and that the first of them would open before the summer.";
        let plain = |text: &str, into| translate(&Marked::from_plain(text), into, &[]).plain(&[]);
        let chinese = plain(english, Language::Chinese);
        let ratio = |a: &str, b: &str| a.chars().count() as f64 / b.chars().count() as f64;
        assert!((0.19..0.72).contains(&ratio(&chinese, english)), "{chinese}");
        let source = "该公司周二表示，将在当地再建三座工厂，其中第一座将在夏季之前投产，其余两座的时间尚未确定。";
        let back = plain(source, Language::English);
        assert!((2.0..7.4).contains(&ratio(&back, source)), "{back}");
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_marks(text in ".{0,60}", into_chinese: bool) {
            let into = if into_chinese { Language::Chinese } else { Language::English };
            let source = Marked::from_tokens([
                Token::Open(1), Token::Text(text.into()), Token::Close(1), Token::Kept(2),
            ]);
            let target = translate(&source, into, &[]);
            prop_assert_eq!(source.same_marks(&target), Ok(()));
            prop_assert_eq!(Marked::parse(target.as_str()), Ok(target));
        }
    }
}
