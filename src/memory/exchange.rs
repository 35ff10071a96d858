//! Memories as JSON Lines: seeds, exports and what imports read, one candidate a line, and after
//! them a line for each article.
//!
//! The line of a candidate holds no key: keys are computed when it is read.

mod article;

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::articles::Hints;
use super::import::Step;
use super::lines::{self, Lines};
use super::{
    Candidate, Entry, Head, Memory, MemoryError, MemoryKey, Notice, Remembered, Use, store,
};
use crate::backend::{Engine, Usage};
use crate::glossary::AskedTerm;
use crate::language::{Direction, Target};
use crate::paragraph::{Class, MarkKind, Marked};

/// What every line calls itself.
pub const SCHEMA: &str = "diptych.memory/1";

/// One line: one candidate, and what it is about.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    schema: String,
    source: Marked,
    target: Marked,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marks: Vec<MarkKind>,
    direction: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<Target>,
    class: Class,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    terms: Vec<AskedTerm>,
    engine: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    model: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    prompt: String,
    at: String,
    #[serde(default)]
    tokens_in: f64,
    #[serde(default)]
    tokens_out: f64,
    #[serde(default)]
    cost: f64,
    /// Where it came from, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    article: Option<String>,
    /// Where the paragraph is used; it stands with the first candidate of an entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    uses: Vec<Use>,
}

/// A line as it is read.
enum Row {
    Candidate(Box<Line>),
    Article(Hints),
}

impl Row {
    fn parse(line: &[u8]) -> serde_json::Result<Self> {
        // Nearly all are candidates: only what is none is looked at twice.
        serde_json::from_slice(line)
            .map(|line| Self::Candidate(Box::new(line)))
            .or_else(|error| article::ArticleLine::parse(line).map(Self::Article).ok_or(error))
    }

    fn read(self) -> Result<Step, String> {
        match self {
            Self::Candidate(line) => line.read(),
            Self::Article(hints) => Ok(Step::Article(hints)),
        }
    }
}

impl Line {
    fn of(head: &Head, candidate: &Candidate, article: Option<&str>, uses: &[Use]) -> Self {
        let Head { source, marks, to, class } = head.clone();
        let Candidate { target, terms, engine, at, usage } = candidate.clone();
        Self {
            schema: SCHEMA.to_owned(),
            source,
            target,
            marks,
            direction: to.direction(),
            variant: Some(to).filter(|to| *to != Target::English),
            class,
            terms,
            engine: engine.backend,
            model: engine.model,
            prompt: engine.prompt,
            at,
            tokens_in: usage.tokens_in,
            tokens_out: usage.tokens_out,
            cost: usage.cost,
            article: article.map(ToOwned::to_owned),
            uses: uses.to_vec(),
        }
    }

    fn read(self) -> Result<Step, String> {
        if self.schema != SCHEMA {
            let schema = self.schema.escape_debug();
            return Err(format!("`schema` is `{schema}`; this version reads `{SCHEMA}`"));
        }
        lines::time(&self.at)?;
        lines::same_marks(&self.source, &self.target)?;
        let head = lines::head(self.direction, self.variant, self.class, self.source, self.marks)?;
        let candidate = Candidate {
            target: self.target,
            terms: self.terms,
            engine: Engine { backend: self.engine, model: self.model, prompt: self.prompt },
            at: self.at,
            usage: Usage {
                tokens_in: self.tokens_in,
                tokens_out: self.tokens_out,
                cost: self.cost,
            },
        };
        Ok(Step::Machine(head, candidate, self.uses))
    }
}

/// Memories that ship with texts: read once, recalled beside the store, never written to. Clones
/// share them.
#[derive(Clone, Debug, Default)]
pub struct Seeds(Arc<HashMap<MemoryKey, Entry>>);

impl Seeds {
    /// Reads seed files, each a path (for messages) and its text. A line that cannot be used is
    /// skipped, with a notice that says where and why.
    pub fn load(files: &[(PathBuf, String)]) -> (Self, Vec<Notice>) {
        let mut entries: HashMap<MemoryKey, Entry> = HashMap::new();
        let mut notices = Vec::new();
        for (path, text) in files {
            // Text in memory is read without errors.
            for step in units(text.as_bytes()).filter_map(Result::ok) {
                match step {
                    Step::Machine(head, candidate, _) => {
                        let entry = entries
                            .entry(head.key())
                            .or_insert_with(|| Entry { head, candidates: Vec::new() });
                        entry.candidates.push(candidate);
                    }
                    Step::Skipped { line, reason } => {
                        notices.push(Notice::Line { path: path.clone(), line, reason });
                    }
                    Step::Person(_) | Step::Approved(_) | Step::Article(_) | Step::Nothing => {}
                }
            }
        }
        for entry in entries.values_mut() {
            store::in_order_of_time(&mut entry.candidates);
        }
        (Self(Arc::new(entries)), notices)
    }

    /// What the seeds hold about a paragraph.
    pub fn get(&self, key: &MemoryKey) -> Option<&Entry> {
        self.0.get(key)
    }

    /// Everything they hold.
    pub fn entries(&self) -> impl Iterator<Item = (&MemoryKey, &Entry)> {
        self.0.iter()
    }

    /// How many paragraphs they hold.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether they hold none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Writes every candidate of the store, not of its seeds, as one line, in the order of keys, and
/// what is known of the articles; returns how many candidates. Reads and writes as it goes: call it
/// on a blocking thread.
///
/// # Errors
///
/// [`MemoryError::Exchange`] where `into` fails.
pub fn export(memory: &Memory, mut into: impl Write) -> Result<usize, MemoryError> {
    let cannot = |source: io::Error| MemoryError::Exchange { doing: "export the memory", source };
    let mut written = 0;
    for Remembered { entry, uses, .. } in memory.entries() {
        let article = uses.first().map(|used| used.article.as_str());
        let mut uses_once = uses.as_slice();
        for candidate in &entry.candidates {
            let line = Line::of(&entry.head, candidate, article, std::mem::take(&mut uses_once));
            put(&line, &mut into).map_err(cannot)?;
            written += 1;
        }
    }
    for (article, to) in memory.uses().articles() {
        let hints = memory.hints(article.clone(), *to);
        if !hints.is_empty() {
            put(&article::ArticleLine::of(&hints), &mut into).map_err(cannot)?;
        }
    }
    into.flush().map_err(cannot)?;
    Ok(written)
}

fn put(line: &impl Serialize, into: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *into, line)?;
    into.write_all(b"\n")
}

/// The lines of an export, one by one, as an import takes them.
pub fn units(from: impl BufRead) -> impl Iterator<Item = io::Result<Step>> {
    let mut lines = Lines::of(from, Row::parse);
    std::iter::from_fn(move || {
        let step = lines.next().map(|next| {
            next.map(|(line, read)| match read.and_then(Row::read) {
                Ok(step) => step,
                Err(reason) => Step::Skipped { line, reason },
            })
        });
        step.transpose()
    })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::language::Variant;

    /// Any text a paragraph may be, the awkward kinds included.
    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-zA-Z &<>\"\\\\/0-9\u{0}\n\t\u{feff}\u{2028}汉字，。é]{0,40}",
        ]
    }

    fn any_kind() -> impl Strategy<Value = MarkKind> {
        prop::sample::select(vec![MarkKind::Link, MarkKind::Strong, MarkKind::Code])
    }

    /// A head whose source ends in as many kept marks as it has kinds.
    pub(in crate::memory) fn any_head() -> impl Strategy<Value = Head> {
        let to = prop::sample::select(vec![
            Target::English,
            Target::Chinese(Variant::Hans),
            Target::Chinese(Variant::HantTw),
            Target::Chinese(Variant::HantHk),
        ]);
        let class = prop::sample::select(vec![Class::Heading, Class::Cell, Class::Body]);
        (any_text(), prop::collection::vec(any_kind(), 0..4), to, class).prop_map(
            |(text, marks, to, class)| Head {
                source: with_marks(&text, marks.len()),
                marks,
                to,
                class,
            },
        )
    }

    fn with_marks(text: &str, marks: usize) -> Marked {
        let mut marked = Marked::from_plain(text).to_string();
        (1..=marks).for_each(|n| marked.push_str(&format!("<{n}/>")));
        Marked::parse(&marked).unwrap()
    }

    pub(in crate::memory) fn any_candidate() -> impl Strategy<Value = Candidate> {
        let figure = || prop_oneof![0.0..1e6_f64, Just(0.1 + 0.2)];
        let term = (any_text(), prop::collection::vec(any_text(), 0..3), any_text())
            .prop_map(|(source, accepted, no)| AskedTerm { source, accepted, forbidden: vec![no] });
        (
            any_text(),
            prop::collection::vec(term, 0..3),
            (any_text(), any_text(), any_text()),
            0..4_000_000_000_i64,
            (figure(), figure(), figure()),
        )
            .prop_map(|(target, terms, (backend, model, prompt), at, usage)| Candidate {
                target: Marked::from_plain(&target),
                terms,
                engine: Engine { backend, model, prompt },
                at: jiff::Timestamp::from_second(at).unwrap().to_string(),
                usage: Usage { tokens_in: usage.0, tokens_out: usage.1, cost: usage.2 },
            })
    }

    proptest! {
        #[test]
        fn a_line_reads_as_it_was_written(
            head in any_head(),
            mut candidate in any_candidate(),
            article in prop::option::of(any_text()),
        ) {
            candidate.target = with_marks(&candidate.target.plain(&[]), head.marks.len());
            let line = serde_json::to_string(&Line::of(&head, &candidate, article.as_deref(), &[])).unwrap();
            prop_assert!(!line.contains('\n'));
            let (seeds, notices) = Seeds::load(&[("a.jsonl".into(), line)]);
            prop_assert_eq!(notices, vec![]);
            let entry = seeds.get(&head.key());
            prop_assert_eq!(entry, Some(&Entry { head, candidates: vec![candidate] }));
        }
    }

    const GOOD: &str = r#"{"schema":"diptych.memory/1","source":"See <1>this</1>.","target":"见<1>此处</1>。","marks":["link"],"direction":"en-zh","variant":"zh-Hans","class":"body","terms":[],"engine":"main","model":"m","prompt":"1","at":"2026-04-21T08:00:00Z","cost":0.1}"#;

    /// What is said about a file of one line, by the number of the line.
    fn told(text: &str) -> Vec<(usize, String)> {
        let (seeds, notices) = Seeds::load(&[("s.jsonl".into(), text.to_owned())]);
        assert_eq!(seeds.len() + notices.len(), 1);
        notices
            .into_iter()
            .map(|notice| match notice {
                Notice::Line { line, reason, .. } => (line, reason),
                other => panic!("{other}"),
            })
            .collect()
    }

    #[track_caller]
    fn refused(from: &str, to: &str, why: &str) {
        assert!(GOOD.contains(from), "{from}");
        let broken = GOOD.replace(from, to);
        let told = told(&format!("\u{feff}\n{broken}\n"));
        assert!(matches!(&told[..], [(2, reason)] if reason.contains(why)), "{told:?}");
    }

    #[test]
    fn a_line_that_is_wrong_is_refused_and_its_number_told() {
        assert_eq!(told(GOOD), []);
        assert_eq!(told(&format!("\u{feff}{GOOD}\r\n\r\n")), []);
        refused("memory/1", "memory/2", "this version reads `diptych.memory/1`");
        refused("\"cost\"", "\"price\"", "unknown field `price`");
        refused("\"engine\":\"main\",", "", "missing field `engine` (column");
        refused("见<1>此处</1>。", "见此处。", "in `target`, tag 1 is missing");
        refused("见<1>此处</1>。", "见<1>此处。", "tag 1 is not properly nested");
        refused("[\"link\"]", "[]", "tag 1 of the source has no kind");
        refused("\"link\"", "\"blink\"", "unknown variant `blink`");
        refused("\"en-zh\"", "\"zh-en\"", "direction` zh-en and `variant` zh-Hans contradict");
        refused("\"variant\":\"zh-Hans\",", "", "which Chinese");
        refused("zh-Hans", "zh-Hant", "`zh-Hant` is not a known language");
        refused("2026-04-21T08:00:00Z", "yesterday", "`at` is `yesterday`");
        refused("}", "", "EOF");
    }

    #[test]
    fn a_broken_line_takes_no_other_along() {
        let other = GOOD.replace("this", "that");
        let text = format!("{GOOD}\n{{\"schema\": trap\n{other}\n");
        let (seeds, notices) = Seeds::load(&[("s.jsonl".into(), text)]);
        assert_eq!((seeds.len(), notices.len()), (2, 1));
        let message = notices[0].to_string();
        assert!(message.starts_with("s.jsonl:2: expected ident"), "{message}");
    }

    #[test]
    fn candidates_of_all_files_stand_in_order_of_time() {
        let at = |time: &str, text: &str| {
            let line = GOOD.replace("2026-04-21T08:00:00Z", time).replace("此处", text);
            (PathBuf::from(text), line)
        };
        let (seeds, _) = Seeds::load(&[
            at("2026-04-21T08:00:00.5Z", "三"),
            at("2026-04-21T08:00:00Z", "二"),
            at("2026-04-21T09:00:00+02:00", "一"),
            at("2026-04-21T08:00:01Z", "三"),
        ]);
        let entry = seeds.0.values().next().unwrap();
        let texts: Vec<_> = entry.candidates.iter().map(|said| said.target.prose()).collect();
        assert_eq!(texts, ["见一。", "见二。", "见三。"]);
        assert_eq!(entry.candidates[2].at, "2026-04-21T08:00:01Z");
    }
}
