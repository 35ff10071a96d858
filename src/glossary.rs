//! The term base: which terms are fixed, and where they occur in a text.
//!
//! It is made from the text of glossary files by [`Glossary::load`] and never changes afterwards.
//! It reads no files itself, and it does not judge translations: [`crate::check::terms`] does.

pub mod load;
pub mod matching;
pub mod rows;
pub mod tbx;
pub mod write;
pub mod review;
pub mod suggest;
pub(crate) mod folded;
mod places;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::language::traditional::{characters, convert, looks_traditional};
use crate::language::{Direction, Target, Variant, is_han};
use crate::paragraph::{Mark, Marked};

use folded::Folded;
use matching::{Index, Inflects, Pattern, Ranges};
use places::{Places, addresses};

pub use load::{GlossaryError, Problem};

/// A term that occurs in a source text, with what a translation of that text must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredTerm {
    /// The form as it stands in the text.
    pub source: String,
    /// Where it stands first, in Unicode scalar values of the text without marks.
    pub at: Range<usize>,
    /// Where it stands again, in whichever form, in the same unit.
    pub again: Vec<Range<usize>>,
    /// The accepted forms, the preferred first. At least one must stand in the target.
    pub accepted: Vec<String>,
    /// Forms that must not stand in the target.
    pub forbidden: Vec<String>,
    /// Whether capital and small letters differ in the target.
    pub case: bool,
    /// A note for translators and models.
    pub note: Option<String>,
}

/// A term as it was given to a backend, kept with the reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedTerm {
    /// The form in the source.
    pub source: String,
    /// The accepted forms.
    pub accepted: Vec<String>,
    /// The forbidden forms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<String>,
}

impl From<&RequiredTerm> for AskedTerm {
    fn from(term: &RequiredTerm) -> Self {
        Self {
            source: term.source.clone(),
            accepted: term.accepted.clone(),
            forbidden: term.forbidden.clone(),
        }
    }
}

/// An entry of the term base, as it is written in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// The English forms, the preferred first; at least one.
    pub en: Vec<String>,
    /// The Simplified Chinese forms, the preferred first; none where the name is kept.
    pub zh: Vec<String>,
    /// Forms of a Traditional variant, where they are not simply those of `zh` converted.
    pub variants: BTreeMap<Variant, Vec<String>>,
    /// Forms, of either language, that must not stand in a target.
    pub forbid: Vec<String>,
    /// Longer expressions, of either language, inside which the term is not meant.
    pub not_in: Vec<String>,
    /// The only direction it holds in.
    pub only: Option<Direction>,
    /// Whether the English form stands in both languages.
    pub keep: bool,
    /// Whether capital and small letters differ.
    pub case: bool,
    /// A note for translators and models.
    pub note: Option<String>,
    /// The file it stands in.
    pub file: PathBuf,
    /// The line it begins on, from 1.
    pub line: usize,
}

impl Term {
    /// Whether it holds in this direction.
    pub fn holds(&self, direction: Direction) -> bool {
        self.only.is_none_or(|only| only == direction)
    }

    /// The forms accepted in a target, the preferred first.
    pub fn accepted(&self, to: Target) -> Vec<String> {
        match to {
            _ if self.keep => self.en.clone(),
            Target::English => self.en.clone(),
            Target::Chinese(variant) => self.chinese(variant),
        }
    }

    /// The forms that must not stand in a target: those written in its language. A form of Latin
    /// letters counts in Chinese too where the term itself is written in them there.
    fn forbidden(&self, to: Target, accepted: &[String]) -> Vec<String> {
        let latin_in_chinese = self.keep || self.zh.iter().any(|form| !has_han(form));
        let mut forbidden: Vec<String> = match to {
            Target::English => self.forbid.iter().filter(|form| !has_han(form)).cloned().collect(),
            Target::Chinese(variant) => self
                .forbid
                .iter()
                .filter(|form| latin_in_chinese || has_han(form))
                .map(|form| convert(form, variant).into_owned())
                .collect(),
        };
        // 资料中心 is wrong in Beijing and, converted, the right word in Taipei.
        forbidden.retain(|form| !accepted.contains(form));
        forbidden
    }

    /// The forms looked for in Chinese texts, without conversion.
    fn chinese_sources(&self) -> Vec<String> {
        if self.keep {
            return self.en.clone();
        }
        self.zh.iter().chain(self.variants.values().flatten()).cloned().collect()
    }

    fn chinese(&self, variant: Variant) -> Vec<String> {
        match self.variants.get(&variant) {
            Some(forms) => forms.clone(),
            None => {
                let mut forms: Vec<String> = Vec::new();
                for form in self.zh.iter().flat_map(|form| derived(form, variant)) {
                    if !forms.contains(&form) {
                        forms.push(form);
                    }
                }
                forms
            }
        }
    }
}

/// A form in another variant: in its words, then in its characters alone. The words go too far
/// where a piece of a name looks like one (国家安全局 becomes 國家安全域性), so both count.
fn derived(form: &str, variant: Variant) -> [String; 2] {
    [convert(form, variant).into_owned(), characters(form, variant).into_owned()]
}

/// The term base in force.
#[derive(Debug)]
pub struct Glossary {
    terms: Vec<Term>,
    english: Index,
    /// The forms of Simplified texts, and the Traditional ones that were written by hand.
    chinese: Index,
    /// The same and all converted forms. Conversion is slow to start, so it waits for the first
    /// Traditional text.
    traditional: OnceLock<Option<Index>>,
}

impl Default for Glossary {
    /// A term base without terms.
    fn default() -> Self {
        let traditional = OnceLock::new();
        Self { terms: Vec::new(), english: Index::empty(), chinese: Index::empty(), traditional }
    }
}

impl Glossary {
    /// Reads glossary files: pairs of a path, for messages, and the file's text.
    ///
    /// # Errors
    /// All problems of all files at once, each with its file and line.
    pub fn load(files: &[(PathBuf, String)]) -> Result<Self, GlossaryError> {
        let terms = load::read(files)?;
        let english = Index::new(english_patterns(&terms), Inflects::Yes);
        let chinese = Index::new(chinese_patterns(&terms, &[]), Inflects::No);
        match (english, chinese) {
            (Ok(english), Ok(chinese)) => {
                Ok(Self { terms, english, chinese, traditional: OnceLock::new() })
            }
            (Err(error), _) | (_, Err(error)) => Err(GlossaryError::too_large(files, &error)),
        }
    }

    /// The entries, in the order of the files.
    pub fn entries(&self) -> &[Term] {
        &self.terms
    }

    /// The terms that occur in a source text without marks, each entry once, from left to right.
    pub fn terms(&self, plain_source: &str, to: Target) -> Vec<RequiredTerm> {
        self.required(plain_source, &[], to).into_iter().map(|(_, term)| term).collect()
    }

    /// The same for a marked source. What is kept whole (code, addresses) is not searched; places
    /// are those of the text without marks.
    pub fn terms_of(&self, source: &Marked, marks: &[Mark], to: Target) -> Vec<RequiredTerm> {
        self.occurring(source, marks, to).into_iter().map(|(_, term)| term).collect()
    }

    /// The same, each with the entry it comes from.
    pub fn occurring(
        &self,
        source: &Marked,
        marks: &[Mark],
        to: Target,
    ) -> Vec<(&Term, RequiredTerm)> {
        self.required(&source.plain(marks), &source.kept(marks), to)
    }

    /// `kept` are ranges of the text, in Unicode scalar values, in which nothing is looked for.
    fn required(
        &self,
        plain: &str,
        kept: &[Range<usize>],
        to: Target,
    ) -> Vec<(&Term, RequiredTerm)> {
        if self.terms.is_empty() {
            return Vec::new();
        }
        let index = match to {
            Target::Chinese(_) => &self.english,
            Target::English => self.chinese_for(plain),
        };
        let folded = Folded::of(plain);
        let mut outside = folded.bytes(kept);
        outside.extend(addresses(&folded.text));
        let mut places = Places::of(plain);
        let mut required: Vec<(&Term, RequiredTerm)> = Vec::new();
        let mut seen: HashMap<usize, usize> = HashMap::new();
        for found in index.matches(&folded, &Ranges::new(outside)) {
            let at = folded.place(&found.at);
            if let Some((_, first)) = seen.get(&found.entry).and_then(|&i| required.get_mut(i)) {
                first.again.push(at);
                continue;
            }
            let Some(term) = self.terms.get(found.entry) else { continue };
            seen.insert(found.entry, required.len());
            let source = places.slice(&at).to_owned();
            let accepted = term.accepted(to);
            let forbidden = term.forbidden(to, &accepted);
            let (case, note, again) = (term.case, term.note.clone(), Vec::new());
            required
                .push((term, RequiredTerm { source, at, again, accepted, forbidden, case, note }));
        }
        required
    }

    fn chinese_for(&self, plain: &str) -> &Index {
        if !looks_traditional(plain) {
            return &self.chinese;
        }
        self.traditional
            .get_or_init(|| {
                let variants = [Variant::HantTw, Variant::HantHk];
                Index::new(chinese_patterns(&self.terms, &variants), Inflects::No).ok()
            })
            .as_ref()
            .unwrap_or(&self.chinese)
    }
}

/// What is looked for in English texts.
fn english_patterns(terms: &[Term]) -> Vec<Pattern> {
    patterns(terms, Direction::EnglishToChinese, |term| term.en.clone(), <[String]>::to_vec)
}

/// What is looked for in Chinese texts: the forms as written and as converted to `variants`.
fn chinese_patterns(terms: &[Term], variants: &[Variant]) -> Vec<Pattern> {
    let with_converted = |forms: &[String]| {
        let converted = variants
            .iter()
            .flat_map(|&variant| forms.iter().flat_map(move |form| derived(form, variant)));
        forms.iter().cloned().chain(converted).collect::<Vec<_>>()
    };
    let forms = |term: &Term| with_converted(&term.chinese_sources());
    patterns(terms, Direction::ChineseToEnglish, forms, with_converted)
}

fn patterns(
    terms: &[Term],
    direction: Direction,
    forms: impl Fn(&Term) -> Vec<String>,
    not_in: impl Fn(&[String]) -> Vec<String>,
) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for (entry, term) in terms.iter().enumerate().filter(|(_, term)| term.holds(direction)) {
        let mut seen = HashSet::new();
        let forms = forms(term).into_iter().map(|form| (form, false));
        let not_in = not_in(&term.not_in).into_iter().map(|form| (form, true));
        for (form, not_in) in forms.chain(not_in) {
            let form = Folded::of(&form).text;
            if !form.is_empty() && seen.insert((form.clone(), not_in)) {
                patterns.push(Pattern { entry, form, case: term.case, not_in, inflected: false });
            }
        }
    }
    patterns
}

/// Whether a form is written in Chinese characters.
fn has_han(form: &str) -> bool {
    form.chars().any(is_han)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use proptest::prelude::*;

    const HANS: Target = Target::Chinese(Variant::Hans);

    fn glossary(text: &str) -> Glossary {
        Glossary::load(&[("terms.toml".into(), text.to_owned())]).unwrap()
    }

    static BASE: LazyLock<Glossary> = LazyLock::new(|| {
        glossary(
            r#"
            term = [
                { en = ["data center", "data centre"], zh = "数据中心", forbid = ["资料中心", "data centrum"] },
                { en = "Apple", zh = ["苹果公司", "苹果"], case = true, not_in = "Big Apple", only = "en-zh" },
                { en = "apple", zh = "苹果" },
                { en = "Amazon", zh = "亚马逊", case = true, not_in = ["Amazon basin"] },
                { en = "Amazon River", zh = "亚马孙河" },
                { en = "United States", zh = "美国" },
                { en = "parliament", zh = "国会" },
                { en = "China", zh = "中国", not_in = "发展中国家" },
                { en = "company", zh = "公司" },
                { en = "AI", zh = "人工智能", case = true },
                { en = "AI chip", zh = "AI芯片" },
                { en = "OpenAI", keep = true },
                { en = "GPT-4", keep = true },
                { en = "box", zh = "盒子" },
                { en = "new york", zh = "纽约" },
                { en = "new york stock exchange", zh = "纽交所" },
            ]"#,
        )
    });

    /// The forms found, as they stand in the text.
    fn check(to: Target, text: &str, found: &[&str]) {
        let terms = BASE.terms(text, to);
        assert_eq!(terms.iter().map(|term| term.source.as_str()).collect::<Vec<_>>(), found);
        for term in terms {
            let chars = text.chars().skip(term.at.start).take(term.at.len());
            assert_eq!(chars.collect::<String>(), term.source);
        }
    }

    #[test]
    fn english_words_have_borders_plurals_and_possessives() {
        check(HANS, "Two data centers, one data centre’s cables", &["data centers"]);
        check(HANS, "Data Centres' power", &["Data Centres"]);
        check(HANS, "the data centre's roof", &["data centre"]);
        check(HANS, "METADATA CENTERS", &[]);
        check(HANS, "companies and accompanying boxes", &["companies", "boxes"]);
        check(HANS, "AI-driven, OpenAIs, AIs; said FAIR", &["AI", "OpenAIs"]);
        check(HANS, "GPT-4o, GPT-4.1 and GPT-4.", &["GPT-4"]);
        check(HANS, "O'Apple, she'll amazon.com Apple'll", &[]);
        check(HANS, "see https://openai.com/OpenAI or www.OpenAI.com", &[]);
    }

    #[test]
    fn apple_is_a_fruit() {
        check(HANS, "Apple sells no apples.", &["Apple", "apples"]);
        check(HANS, "the Big Apple", &[]);
        check(HANS, "Big Apple and Apple", &["Apple"]);
        let terms = BASE.terms("Apple sells no apples.", HANS);
        assert_eq!(terms[0].accepted, ["苹果公司", "苹果"]);
        assert_eq!(terms[1].accepted, ["苹果"]);
    }

    #[test]
    fn the_amazon_is_a_river() {
        check(HANS, "Amazon ships on the Amazon River", &["Amazon", "Amazon River"]);
        check(HANS, "the Amazon basin and an amazon", &[]);
        assert_eq!(BASE.terms("on the Amazon River", HANS)[0].accepted, ["亚马孙河"]);
    }

    #[test]
    fn chinese_has_no_borders() {
        check(Target::English, "美国会对此作出回应", &["美国"]);
        check(Target::English, "美国国会对此作出回应", &["美国", "国会"]);
        check(Target::English, "发展中国家和中国", &["中国"]);
        check(Target::English, "发展中国家", &[]);
        check(Target::English, "用 AI 芯片训练OpenAI的模型", &["AI 芯片", "OpenAI"]);
        check(Target::English, "苹果", &["苹果"]);
        assert_eq!(BASE.terms("苹果", Target::English)[0].accepted, ["apple"]);
    }

    #[test]
    fn a_longer_form_that_fails_hides_no_shorter_one() {
        check(HANS, "the New York stock exchanged hands", &["New York"]);
        check(HANS, "the New York Stock Exchange", &["New York Stock Exchange"]);
    }

    #[test]
    fn forms_of_a_variant_and_of_a_language() {
        let glossary = glossary(
            "[[term]]\nen = \"Apple\"\nzh = \"苹果公司\"\nforbid = [\"苹果牌\", \"Appel\"]\n\
             [term.variants]\n\"zh-Hant-TW\" = \"蘋果\"\n",
        );
        let accepted = |to| glossary.terms("Apple", to)[0].accepted.clone();
        assert_eq!(accepted(HANS), ["苹果公司"]);
        assert_eq!(accepted(Target::Chinese(Variant::HantTw)), ["蘋果"]);
        assert_eq!(glossary.terms("Apple", HANS)[0].forbidden, ["苹果牌"]);
        assert_eq!(glossary.terms("苹果公司", Target::English)[0].forbidden, ["Appel"]);
        assert_eq!(glossary.terms("蘋果", Target::English)[0].accepted, ["Apple"]);
    }

    #[test]
    fn a_derived_form_may_keep_its_words() {
        let glossary = glossary("[[term]]\nen = \"security bureau\"\nzh = \"国家安全局\"\n");
        let taiwan = Target::Chinese(Variant::HantTw);
        let accepted = &glossary.terms("a security bureau", taiwan)[0].accepted;
        assert!(accepted.contains(&"國家安全局".to_owned()), "{accepted:?}");
        assert_eq!(glossary.terms("國家安全局表示", Target::English).len(), 1);
    }

    #[test]
    fn code_holds_no_terms() {
        let marks = [Mark::Kept { kind: crate::paragraph::MarkKind::Code, bytes: "`AI`".into() }];
        let marked = Marked::parse("<1/> is AI").unwrap();
        let terms = BASE.terms_of(&marked, &marks, HANS);
        assert_eq!((terms.len(), terms[0].at.clone()), (1, 8..10));
    }

    #[test]
    fn simplified_texts_are_told() {
        assert!(!looks_traditional("苹果公司发布了新款手机，中国国会"));
        assert!(looks_traditional("蘋果"));
    }

    proptest! {
        #[test]
        fn places_hold_what_they_say(text in "[ 美国会AIs’'芯片companyie\u{a0}.-4GPT]{0,60}") {
            for to in [HANS, Target::English] {
                let mut free = 0;
                for term in BASE.terms(&text, to) {
                    let found: String = text.chars().skip(term.at.start).take(term.at.len()).collect();
                    prop_assert_eq!(&found, &term.source);
                    prop_assert!(term.at.start >= free && !term.at.is_empty());
                    free = term.at.end;
                }
            }
        }
    }
}
