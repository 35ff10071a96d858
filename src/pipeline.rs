//! The sentence as one function: [`Pipeline::translate`].
//!
//! The core returns a [`Pair`] and tells a [`Progress`] sink how far it is; it writes to no
//! terminal and to no file but the memory.

pub mod budget;
pub mod counts;
pub mod buy;
pub mod commission;
pub mod recall;
pub mod outlook;
mod coming;
mod naming;
mod failure;
mod gather;
pub mod gauges;
mod plan;
mod revise;
mod run;
mod shares;
pub mod single_flight;

use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use crate::article::{Article, Document};
use crate::backend::{Backend, BackendError, Usage};
use crate::brief::Ask;
use crate::check::{self, Severity, names::Translated as Both};
use crate::glossary::Glossary;
use crate::language::{Language, Scripts, Target};
use crate::limits::stop::{self, Stop, StopSwitch};
use crate::memory::Corrections;
use crate::memory::{Memory, MemoryError};
use crate::pair::{Origin, Pair, PairParagraph};
use crate::paragraph::{Paragraph, ParagraphId};
use crate::style::House;

use budget::Budget;
use buy::Wanted;
pub use coming::Coming;
pub use counts::Counts;
pub use failure::Failure;
pub use plan::{Bill, Plan};
use recall::{Query, Said};
pub use run::Run;
use single_flight::SingleFlight;

/// Everything a translation needs, resolved and ready. One for all articles of a run.
pub struct Pipeline {
    memory: Memory,
    corrections: Corrections,
    glossary: Glossary,
    lines: Arc<[Line]>,
    house: House,
    chinese: crate::language::Variant,
    names: bool,
    extra_requests: usize,
    budget: Option<Arc<Budget>>,
    clock: Clock,
    stop: Stop,
    /// The articles under way that have not asked for anything yet: they share what is free.
    coming: Arc<AtomicUsize>,
    flight: SingleFlight,
    /// The run of whoever names none.
    run: Run,
    /// Pulled when the memory cannot be written any more: what is asked for then would be lost.
    unkept: StopSwitch,
    keeping: Stop,
}

/// Tells the time as RFC 3339 in UTC.
pub type Clock = Arc<dyn Fn() -> String + Send + Sync>;

/// What a pipeline is made of.
pub struct Parts {
    /// What machines said.
    pub memory: Memory,
    /// What people said.
    pub corrections: Corrections,
    /// What is fixed.
    pub glossary: Glossary,
    /// Who translates, in the order they are tried; at least one.
    pub backends: Vec<Arc<dyn Backend>>,
    /// How it is written.
    pub house: House,
    /// Which Chinese an English article becomes, unless it is told otherwise.
    pub chinese: crate::language::Variant,
    /// Whether the renderings of an article's names are asked for before its briefs, where the
    /// backend is one that heeds them.
    pub names: bool,
    /// How often a paragraph is asked for again, at most, because of what the checks found.
    pub extra_requests: usize,
    /// What may be spent, if that is limited.
    pub budget: Option<Arc<Budget>>,
    /// What time it is.
    pub clock: Clock,
    /// Whether to stop.
    pub stop: Stop,
}

/// A backend, and why it was left last. Whether it may be asked again is for its door to say.
struct Line {
    backend: Arc<dyn Backend>,
    left: Mutex<Option<Arc<BackendError>>>,
}

/// How one article is to be translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// What into; else into the other language, in the default variant.
    pub to: Option<Target>,
    /// Whether machines are asked again.
    pub refresh: Refresh,
}

/// Whether the memory may answer for a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// What is remembered serves.
    #[default]
    Never,
    /// Machines are asked again; people's words and rules stand all the same.
    Machines,
}

/// How far an article is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It is read: so many paragraphs, so many of them to be asked for.
    Read {
        /// All paragraphs.
        paragraphs: usize,
        /// Those nobody has translated yet.
        missing: usize,
    },
    /// So many more paragraphs are settled: translated, or given up.
    Settled(usize),
}

/// Is told how far an article is. Must not block.
pub trait Progress: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event);
}

/// Listens to nothing.
impl Progress for () {
    fn event(&self, _event: Event) {}
}

/// An article translated as far as it goes.
#[derive(Debug)]
pub struct Translated {
    /// The pair.
    pub pair: Pair,
    /// The document it was made from, to write its versions with.
    pub document: Document,
    /// What this run did for it.
    pub counts: Counts,
    /// The paragraphs without a translation, and why.
    pub failures: Vec<(ParagraphId, Failure)>,
}

/// Why an article cannot be translated at all.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// There is nothing in it to translate.
    #[error("there is no text to translate in it")]
    NoProse,
    /// Its language is neither of ours, or cannot be told.
    #[error(
        "its language cannot be told: it is neither clearly English nor clearly Chinese; name what it is to become with --to"
    )]
    UnknownLanguage,
    /// Not a word of it is in the language that is translated from.
    #[error("it is already in the language of --to {0}, or in neither English nor Chinese")]
    SameLanguage(Target),
    /// The memory cannot be used.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

impl Pipeline {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            memory,
            corrections,
            glossary,
            backends,
            house,
            chinese,
            names,
            extra_requests,
            budget,
            clock,
            stop,
        } = parts;
        let (unkept, keeping) = stop::stop();
        let lines = backends.into_iter().map(|backend| Line { backend, left: Mutex::default() });
        Self {
            memory,
            corrections,
            glossary,
            lines: lines.collect(),
            house,
            chinese,
            names,
            extra_requests,
            budget,
            clock,
            stop,
            coming: Arc::default(),
            flight: SingleFlight::default(),
            run: Run::default(),
            unkept,
            keeping,
        }
    }

    /// Announces an article, until this is dropped or it is under way: those before it then leave
    /// it its share of the places for requests, instead of taking all that are free.
    pub fn expect(&self) -> Coming {
        Coming::new(&self.coming)
    }

    /// The same with another term base and other corrections. Both may be at work at the same
    /// time: they share the backends with their limits, and what is in flight.
    #[must_use]
    pub fn renewed(&self, glossary: Glossary, corrections: Corrections) -> Self {
        Self {
            memory: self.memory.clone(),
            corrections,
            glossary,
            lines: self.lines.clone(),
            house: self.house,
            chinese: self.chinese,
            names: self.names,
            extra_requests: self.extra_requests,
            budget: self.budget.clone(),
            clock: self.clock.clone(),
            stop: self.stop.clone(),
            coming: self.coming.clone(),
            flight: self.flight.clone(),
            run: self.run.clone(),
            unkept: self.unkept.clone(),
            keeping: self.keeping.clone(),
        }
    }

    /// The memory it recalls from and remembers in.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The sentence: an article is cut into paragraphs; what people and the memory already said
    /// is recalled; the rest goes, with its fixed terms, to a backend; the checks read what comes
    /// back; in the house style it leaves as a pair.
    pub async fn translate(
        &self,
        article: &Article,
        options: Options,
        progress: &dyn Progress,
    ) -> Result<Translated, PipelineError> {
        self.sentence(article, options, progress, &self.run).await
    }

    /// As [`Self::translate`], as a part of this run, and stopped with it.
    pub async fn translate_in(
        &self,
        run: &Run,
        article: &Article,
        options: Options,
        progress: &dyn Progress,
    ) -> Result<Translated, PipelineError> {
        let sentence = Box::pin(self.sentence(article, options, progress, run));
        run.stop().also_for(sentence).await
    }

    async fn sentence(
        &self,
        article: &Article,
        options: Options,
        progress: &dyn Progress,
        run: &Run,
    ) -> Result<Translated, PipelineError> {
        let coming = self.expect();
        let document = Document::parse(article.text.clone(), article.format);
        let to = self.target(&document, options.to)?;
        let mut queries = self.queries(&article.name, &document, to);
        let mut said = self.recall(&queries, options.refresh);
        self.compare(&article.name, &mut queries, &mut said);
        let missing = missing(&said);
        progress.event(Event::Read { paragraphs: queries.len(), missing: missing.len() });
        self.record_earlier(&article.name, &queries).await?;
        let names =
            self.settle_names(&article.name, &document, &mut queries, &said, options).await?;
        let wanted = Wanted { document: &document, queries: &queries, missing, to };
        let bought = self.buy(wanted, options.refresh, run, coming, progress).await?;
        for (position, answer) in bought.said {
            said[position] = Some(answer);
        }
        self.record_article(article, &queries, &said).await?;
        check_names(&queries, &mut said, to);
        let mut counts = bought.counts;
        counts += names;
        count(&said, &mut counts);
        Ok(Translated {
            pair: pair(&document, to, queries, said),
            counts,
            failures: bought.failures,
            document,
        })
    }

    /// What a document is translated into.
    fn target(&self, document: &Document, asked: Option<Target>) -> Result<Target, PipelineError> {
        document.target(asked, self.chinese)
    }

    /// Keeps which paragraphs the article is made of.
    async fn record_article(
        &self,
        article: &Article,
        queries: &[Query<'_>],
        said: &[Option<Said>],
    ) -> Result<(), MemoryError> {
        let Some(first) = queries.first() else { return Ok(()) };
        let paragraphs =
            queries.iter().zip(said).map(|(query, said)| said.as_ref().map(|_| query.key));
        self.memory.record_article(&article.name, first.to, paragraphs.collect()).await
    }
}

/// The places nobody has an answer for, in order.
fn missing(said: &[Option<Said>]) -> Vec<usize> {
    said.iter().enumerate().filter(|(_, said)| said.is_none()).map(|(i, _)| i).collect()
}

/// The paragraphs to be asked for; identical ones once.
fn asks(queries: &[Query<'_>], said: &[Option<Said>]) -> Vec<Ask> {
    let mut seen = HashSet::new();
    let missing = missing(said).into_iter().map(|position| &queries[position]);
    missing.filter(|query| seen.insert(query.key)).map(Query::ask).collect()
}

/// Looks across the whole pair for names that are rendered in two ways.
fn check_names(queries: &[Query<'_>], said: &mut [Option<Said>], to: Target) {
    let pair: Vec<Both<'_>> = queries
        .iter()
        .zip(said.iter())
        .map(|(query, said)| Both {
            kind: query.paragraph.kind,
            source: &query.plain,
            target: said.as_ref().map_or("", |said| &said.translation.target),
        })
        .collect();
    for (i, finding) in check::names::across(&pair, to) {
        if let Some(Some(said)) = said.get_mut(i) {
            said.translation.findings.push(finding);
        }
    }
}

/// Counts what is shown.
fn count(said: &[Option<Said>], counts: &mut Counts) {
    counts.paragraphs += said.len();
    for said in said {
        let Some(said) = said else {
            counts.untranslated += 1;
            continue;
        };
        match said.translation.origin {
            Origin::Person => counts.corrected += 1,
            Origin::Rule => counts.by_rule += 1,
            Origin::Machine(_) if said.bought_now => {}
            Origin::Machine(_) => counts.recalled += 1,
        }
        for finding in &said.translation.findings {
            match finding.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
            }
        }
    }
}

/// The pair of a document and what was said about its paragraphs.
fn pair(document: &Document, to: Target, queries: Vec<Query<'_>>, said: Vec<Option<Said>>) -> Pair {
    let mut paid = HashSet::new();
    let paragraphs = queries.into_iter().zip(said).map(|(query, said)| {
        let usage = match &said {
            Some(said) if paid.insert(query.key) => said.usage.noted(),
            _ => Usage::default(),
        };
        let Paragraph { id, kind, source, marks, .. } = query.paragraph;
        PairParagraph {
            id: id.clone(),
            kind: *kind,
            source: query.plain,
            source_marked: source.clone(),
            marks: marks.clone(),
            translation: said.map(|said| said.translation),
            usage,
        }
    });
    let paragraphs: Vec<PairParagraph> = paragraphs.collect();
    Pair {
        title: document.title(),
        source: to.direction().source(),
        to,
        usage: paragraphs.iter().map(|paragraph| paragraph.usage).sum(),
        paragraphs,
        furniture: document.furniture().map(str::to_owned).collect(),
    }
}

impl Document {
    /// What it is translated into: what is asked for, else the other language, Chinese in the
    /// variant `chinese`.
    ///
    /// # Errors
    ///
    /// [`PipelineError`], where that is nothing.
    pub fn target(
        &self,
        asked: Option<Target>,
        chinese: crate::language::Variant,
    ) -> Result<Target, PipelineError> {
        if self.paragraphs().is_empty() {
            return Err(PipelineError::NoProse);
        }
        match asked {
            Some(to) if self.lacks(to.direction().source()) => Err(PipelineError::SameLanguage(to)),
            Some(to) => Ok(to),
            None => match self.language() {
                Some(Language::English) => Ok(Target::Chinese(chinese)),
                Some(Language::Chinese) => Ok(Target::English),
                None => Err(PipelineError::UnknownLanguage),
            },
        }
    }

    /// Whether not a single letter of its prose is in the language.
    fn lacks(&self, language: Language) -> bool {
        let scripts = self
            .paragraphs()
            .iter()
            .map(|paragraph| Scripts::of(&paragraph.source.prose()))
            .fold(Scripts::default(), std::ops::Add::add);
        match language {
            Language::English => scripts.latin_words == 0,
            Language::Chinese => scripts.han == 0,
        }
    }
}
