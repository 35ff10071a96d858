//! Glossary files as written, and everything that can be wrong with them.
//!
//! TOML, read with the place of every key and value, so that all problems of all files are told
//! at once and each names its line.

mod take;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::folded::Folded;
use super::{Term, has_han, rows, tbx};
use crate::language::{Direction, Language, Target, Variant};

pub(super) use take::take;

/// Everything that is wrong with the glossary files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlossaryError {
    /// The problems, in the order of the files; at least one.
    pub problems: Vec<Problem>,
}

/// One problem, at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: Wrong,
}

/// What can be wrong with a glossary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The file is not TOML.
    #[error("not valid TOML: {0}")]
    Syntax(String),
    /// The file is not the table or the XML it should be.
    #[error("{0}")]
    Malformed(String),
    /// A key that means nothing here.
    #[error("unknown key `{key}`; the keys are {known}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Those that may stand there.
        known: &'static str,
    },
    /// A value of another type than the key takes.
    #[error("`{key}` takes {takes}")]
    Type {
        /// The key.
        key: String,
        /// What it takes.
        takes: &'static str,
    },
    /// A form without characters.
    #[error("`{0}` holds an empty form; write the form or remove it")]
    Empty(String),
    /// An entry without forms in a language.
    #[error("the term has no `{0}`; add its forms{hint}", hint = if *.0 == "zh" { ", or `keep = true` for a name that stays as it is" } else { "" })]
    Missing(&'static str),
    /// A kept name with a translation.
    #[error(
        "`keep = true` means that the name stays as it is, but `{0}` gives it a translation; remove one of the two"
    )]
    KeepTranslated(&'static str),
    /// A form that must and must not stand.
    #[error("`{0}` is both accepted and forbidden; remove it from one of the two")]
    ForbiddenAccepted(String),
    /// A language tag that names no direction or variant.
    #[error("`{0}` is unknown; use {1}")]
    UnknownTag(String, &'static str),
    /// Two entries that cannot be told apart.
    #[error(
        "`{form}` is also a term in {}:{line}, with other translations; join the two, or tell them apart with `case`, `not_in`, `only` or a longer form",
        .file.display()
    )]
    Clash {
        /// The form they share.
        form: String,
        /// The other file.
        file: PathBuf,
        /// The other line.
        line: usize,
    },
    /// Two entries that say the same.
    #[error("`{form}` stands already in {}:{line}, with the same translations; remove one", .file.display())]
    Duplicate {
        /// The form they share.
        form: String,
        /// The other file.
        file: PathBuf,
        /// The other line.
        line: usize,
    },
    /// More forms than an automaton holds.
    #[error("the glossary is too large to search: {0}; split it and list fewer files")]
    TooLarge(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

impl fmt::Display for GlossaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for GlossaryError {}

impl GlossaryError {
    pub(super) fn too_large(files: &[(PathBuf, String)], error: &impl fmt::Display) -> Self {
        let file = files.first().map(|(file, _)| file.clone()).unwrap_or_default();
        Self { problems: vec![Problem { file, line: 1, what: Wrong::TooLarge(error.to_string()) }] }
    }
}

/// The entries of all files, in order.
pub(super) fn read(files: &[(PathBuf, String)]) -> Result<Vec<Term>, GlossaryError> {
    let mut terms = Vec::new();
    let mut problems = Vec::new();
    for (file, text) in files {
        // A file saved with a byte order mark is still the file that was meant.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => rows::read(file, text, ',', &mut terms, &mut problems),
            Some("tsv") => rows::read(file, text, '\t', &mut terms, &mut problems),
            Some("tbx") => tbx::read(file, text, &mut terms, &mut problems),
            _ => {
                let lines = line_starts(text);
                Reader { file, lines, problems: &mut problems }.file(text, &mut terms);
            }
        }
    }
    clashes(&terms, &mut problems);
    if problems.is_empty() { Ok(terms) } else { Err(GlossaryError { problems }) }
}

const FILE_KEYS: &str = "`[[term]]`";
const TERM_KEYS: &str = "en, zh, forbid, note, case, not_in, only, keep, variants";
const VARIANTS: &str = "zh-Hans, zh-Hant-TW or zh-Hant-HK";

struct Reader<'a> {
    file: &'a Path,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn file(&mut self, text: &str, terms: &mut Vec<Term>) {
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().unwrap_or(0..0);
                return self.wrong(&at, Wrong::Syntax(error.message().to_owned()));
            }
        };
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("term", DeValue::Array(entries)) => {
                    for entry in entries.iter() {
                        match entry.get_ref() {
                            DeValue::Table(table) => {
                                let term = self.term(entry.span(), table);
                                terms.push(term);
                            }
                            _ => self.takes(&entry.span(), "term", "tables, written `[[term]]`"),
                        }
                    }
                }
                ("term", _) => self.takes(&key.span(), "term", "tables, written `[[term]]`"),
                (key_name, _) => self.unknown(&key.span(), key_name, FILE_KEYS),
            }
        }
    }

    fn term(&mut self, at: Range<usize>, table: &DeTable<'_>) -> Term {
        let (file, line) = (self.file.to_owned(), self.line(at.start));
        let mut term = Term { file, line, ..Term::default() };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "en" => term.en = self.forms(name, value),
                "zh" => term.zh = self.forms(name, value),
                "forbid" => term.forbid = self.forms(name, value),
                "not_in" => term.not_in = self.forms(name, value),
                "note" => term.note = self.text(name, value).map(str::to_owned),
                "case" => term.case = self.flag(name, value),
                "keep" => term.keep = self.flag(name, value),
                "only" => term.only = self.direction(value),
                "variants" => term.variants = self.variants(value),
                _ => self.unknown(&key.span(), name, TERM_KEYS),
            }
        }
        self.judge(&at, table, &term);
        term
    }

    /// What is wrong with an entry by itself.
    fn judge(&mut self, at: &Range<usize>, table: &DeTable<'_>, term: &Term) {
        if !table.contains_key("en") {
            self.wrong(at, Wrong::Missing("en"));
        }
        if !term.keep && !table.contains_key("zh") {
            self.wrong(at, Wrong::Missing("zh"));
        }
        for (key, given) in [("zh", !term.zh.is_empty()), ("variants", !term.variants.is_empty())] {
            if term.keep && given {
                let at = table.get_key_value(key).map_or(at.clone(), |(key, _)| key.span());
                self.wrong(&at, Wrong::KeepTranslated(key));
            }
        }
        // A form of a variant may be what another variant forbids: 資料中心.
        let accepted = term.en.iter().chain(&term.zh);
        let both: Vec<&String> = accepted.filter(|form| term.forbid.contains(form)).collect();
        for form in both {
            let at = table.get_key_value("forbid").map_or(at.clone(), |(key, _)| key.span());
            self.wrong(&at, Wrong::ForbiddenAccepted(form.clone()));
        }
    }

    fn forms(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let takes = "a string or a list of strings";
        let mut forms = Vec::new();
        let mut push = |reader: &mut Self, value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(form) if Folded::of(form).text.is_empty() => {
                reader.wrong(&value.span(), Wrong::Empty(key.to_owned()));
            }
            DeValue::String(form) => forms.push(form.trim().to_owned()),
            _ => reader.takes(&value.span(), key, takes),
        };
        match value.get_ref() {
            DeValue::Array(values) if values.is_empty() && matches!(key, "en" | "zh") => {
                self.wrong(&value.span(), Wrong::Empty(key.to_owned()));
            }
            DeValue::Array(values) => values.iter().for_each(|value| push(self, value)),
            _ => push(self, value),
        }
        forms
    }

    fn variants(&mut self, value: &Spanned<DeValue<'_>>) -> BTreeMap<Variant, Vec<String>> {
        let mut variants = BTreeMap::new();
        let DeValue::Table(table) = value.get_ref() else {
            self.takes(&value.span(), "variants", "a table, written `[term.variants]`");
            return variants;
        };
        for (key, value) in table {
            match key.get_ref().parse::<Variant>() {
                Ok(variant) => {
                    variants.insert(variant, self.forms(key.get_ref(), value));
                }
                Err(unknown) => {
                    self.wrong(&key.span(), Wrong::UnknownTag(unknown.0, VARIANTS));
                }
            }
        }
        variants
    }

    fn direction(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Direction> {
        let direction = self.text("only", value)?.parse::<Direction>();
        direction
            .map_err(|unknown| {
                self.wrong(&value.span(), Wrong::UnknownTag(unknown.0, "en-zh or zh-en"));
            })
            .ok()
    }

    fn text<'v>(&mut self, key: &str, value: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.takes(&value.span(), key, "a string");
        }
        text
    }

    fn flag(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> bool {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.takes(&value.span(), key, "true or false");
        }
        flag.unwrap_or_default()
    }

    fn takes(&mut self, at: &Range<usize>, key: &str, takes: &'static str) {
        self.wrong(at, Wrong::Type { key: key.to_owned(), takes });
    }

    fn unknown(&mut self, at: &Range<usize>, key: &str, known: &'static str) {
        self.wrong(at, Wrong::UnknownKey { key: key.to_owned(), known });
    }

    fn wrong(&mut self, at: &Range<usize>, what: Wrong) {
        let line = self.line(at.start);
        self.problems.push(Problem { file: self.file.to_owned(), line, what });
    }

    fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|&start| start <= byte)
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect()
}

/// Reports entries that share a form of a source language and cannot be told apart.
fn clashes(terms: &[Term], problems: &mut Vec<Problem>) {
    // One report for each two entries, however many forms they share.
    let mut told = std::collections::HashSet::new();
    for to in [Target::Chinese(Variant::Hans), Target::English] {
        let mut owners: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, term) in terms.iter().enumerate() {
            if !term.holds(to.direction()) {
                continue;
            }
            let forms = match to.direction().source() {
                Language::English => term.en.clone(),
                Language::Chinese => term.chinese_sources(),
            };
            for form in forms {
                let folded = Folded::of(&form);
                let owners = owners.entry(folded.lower.clone()).or_default();
                let shares = |&&other: &&usize| {
                    other != number
                        && terms
                            .get(other)
                            .is_some_and(|other| !told_apart(other, term, &folded.text, to))
                };
                if let Some(&other) = owners.iter().find(shares)
                    && told.insert((other, number))
                {
                    problems.extend(terms.get(other).map(|other| clash(other, term, form, to)));
                }
                if !owners.contains(&number) {
                    owners.push(number);
                }
            }
        }
    }
}

fn told_apart(a: &Term, b: &Term, form: &str, to: Target) -> bool {
    let by_case = !has_han(form) && {
        let written_so = |term: &Term| {
            let forms = [term.en.clone(), term.chinese_sources()].concat();
            forms.iter().any(|own| Folded::of(own).text == form)
        };
        a.case != b.case || (a.case && !(written_so(a) && written_so(b)))
    };
    let bounds = |term: &Term| {
        let english = to.direction().source() == Language::English;
        let here = term.not_in.iter().filter(|form| has_han(form) != english);
        here.map(|form| Folded::of(form).lower).collect::<std::collections::BTreeSet<_>>()
    };
    by_case || bounds(a) != bounds(b)
}

fn clash(first: &Term, second: &Term, form: String, to: Target) -> Problem {
    let (file, line) = (first.file.clone(), first.line);
    let what = if first.accepted(to) == second.accepted(to) {
        Wrong::Duplicate { form, file, line }
    } else {
        Wrong::Clash { form, file, line }
    };
    Problem { file: second.file.clone(), line: second.line, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What loading the text as `terms.toml` says, one line per problem.
    fn check(text: &str, expected: &[&str]) {
        let said = match read(&[(PathBuf::from("terms.toml"), text.to_owned())]) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        let said: Vec<_> = said.lines().collect();
        assert_eq!(said.len(), expected.len(), "{said:#?}");
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains(expected), "{said} lacks {expected}");
        }
    }

    #[test]
    fn a_string_is_a_list_of_one() {
        check("[[term]]\nen = \"chip\"\nzh = [\"芯片\"]", &[]);
        check("", &[]);
        check("\u{FEFF}[[term]]\nen = \"chip\"\nzh = \"芯片\"", &[]);
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        check(
            "[[term]]\nen = \"\"\nzh = 3\nchinese = \"x\"\nonly = \"fr-en\"\n\n[[term]]\nzh = \"山\"\n",
            &[
                "terms.toml:4: unknown key `chinese`",
                "terms.toml:2: `en` holds an empty form",
                "terms.toml:5: `fr-en` is unknown; use en-zh or zh-en",
                "terms.toml:3: `zh` takes a string or a list",
                "terms.toml:7: the term has no `en`",
            ],
        );
        check("[[term]\n", &["terms.toml:1: not valid TOML"]);
        check("[[terms]]\nen = \"a\"", &["terms.toml:1: unknown key `terms`"]);
        check(
            "[[term]]\nen = \"OpenAI\"\nkeep = true\nzh = \"开放\"",
            &["terms.toml:4: `keep = true` means"],
        );
        check(
            "[[term]]\nen = \"AI\"\nzh = \"人工智能\"\nforbid = [\"人工智能\"]",
            &["terms.toml:4: `人工智能` is both accepted and forbidden"],
        );
        check("[[term]]\nen = \"AI\"", &["or `keep = true`"]);
        check(
            "[[term]]\nen = \"a\"\nzh = \"甲\"\nvariants = { \"zh-TW\" = \"乙\" }",
            &["terms.toml:4: `zh-TW` is unknown; use zh-Hans"],
        );
    }

    #[test]
    fn clashes_name_both_places() {
        let two = |first: &str, second: &str| format!("[[term]]\n{first}\n\n[[term]]\n{second}\n");
        let river = "en = \"Amazon\"\nzh = \"亚马孙\"";
        check(
            &two("en = \"Amazon\"\nzh = \"亚马逊\"", river),
            &["terms.toml:5: `Amazon` is also a term in terms.toml:1"],
        );
        check(
            &two("en = \"amazon\"\nzh = \"亚马逊\"", "en = \"Amazon\"\nzh = \"亚马逊\""),
            &["terms.toml:5: `Amazon` stands already in terms.toml:1"],
        );
        check(
            &two("en = \"AI\"\nzh = \"人工智能\"", "en = \"machine mind\"\nzh = \"人工智能\""),
            &["terms.toml:5: `人工智能` is also a term in terms.toml:1"],
        );
        // Told apart.
        check(&two("en = \"Amazon\"\nzh = \"亚马逊\"\nnot_in = \"Amazon River\"", river), &[]);
        check(&two("en = \"Amazon\"\nzh = \"亚马逊\"\nonly = \"zh-en\"", river), &[]);
        check(
            &two("en = \"Apple\"\nzh = \"苹果公司\"\ncase = true", "en = \"apple\"\nzh = \"苹果\""),
            &[],
        );
        check(&two("en = \"Amazon River\"\nzh = \"亚马孙河\"", river), &[]);
    }
}
