//! `pipeline.toml` as it is written. Unknown keys are refused; every default is named here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::style::{House, Quotes, Spacing, TitleCase};

/// The name of the backend that is there without being written.
pub const DEFAULT_BACKEND: &str = "main";

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// `[languages]`
    pub languages: Languages,
    /// `[memory]`
    pub memory: Memory,
    /// `[glossary]`
    pub glossary: Glossary,
    /// `[backends.NAME]`
    pub backends: BTreeMap<String, Backend>,
    /// `[pipeline]`
    pub pipeline: Pipeline,
    /// `[checks]`
    pub checks: Checks,
    /// `[output]`
    pub output: OutputTable,
    /// `[style]`
    pub style: Style,
    /// `[queue]`
    pub queue: Queue,
    /// `[worker]`
    pub worker: Worker,
    /// `[log]`
    pub log: Log,
}

/// `[languages]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Languages {
    /// The default variant of Chinese.
    pub chinese: String,
}

/// `[memory]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Memory {
    /// The folder of what machines said.
    pub path: String,
    /// The file of what people said.
    pub corrections: String,
    /// Patterns of read-only memories.
    pub seeds: Vec<String>,
}

/// `[glossary]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Glossary {
    /// Patterns of the term base's files.
    pub files: Vec<String>,
}

/// `[backends.NAME]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backend {
    /// The protocol: the name of one of [`crate::backend::kinds::KINDS`].
    pub kind: String,
    /// The base address, without the protocol's own paths; that of the kind unless given.
    pub url: Option<String>,
    /// The model's name; that of the kind unless given.
    pub model: Option<String>,
    /// The name of the environment variable that holds the key.
    pub key_env: Option<String>,
    /// A limit.
    pub requests_per_second: Option<u32>,
    /// A limit.
    pub requests_per_minute: Option<u32>,
    /// A limit.
    pub requests_per_day: Option<u32>,
    /// A limit.
    pub requests_per_month: Option<u32>,
    /// A limit.
    pub tokens_per_minute: Option<u32>,
    /// A limit.
    pub tokens_per_day: Option<u32>,
    /// A limit.
    pub characters_per_minute: Option<u32>,
    /// A limit.
    pub characters_per_month: Option<u32>,
    /// How much of a limit may go at once.
    pub burst_seconds: f64,
    /// Requests under way at once.
    pub concurrency: usize,
    /// At most.
    pub paragraphs_per_request: usize,
    /// Of prompt and reply together.
    pub context_tokens: Option<u64>,
    /// A total deadline.
    pub timeout_seconds: u64,
    /// How long an outage is waited out.
    pub patience_seconds: f64,
    /// Per million tokens sent.
    pub price_in: Option<f64>,
    /// Per million tokens sent that the provider had in its cache.
    pub price_cached: Option<f64>,
    /// Per million tokens received.
    pub price_out: Option<f64>,
    /// Per million characters sent.
    pub price_characters: Option<f64>,
    /// Google's project.
    pub project: Option<String>,
    /// Google's location.
    pub location: Option<String>,
    /// Azure's region.
    pub region: Option<String>,
}

impl Backend {
    /// The keys that are written and that only some kinds know.
    pub(super) fn particular(&self) -> Vec<&'static str> {
        let written = [
            ("model", self.model.is_some()),
            ("tokens_per_minute", self.tokens_per_minute.is_some()),
            ("tokens_per_day", self.tokens_per_day.is_some()),
            ("characters_per_minute", self.characters_per_minute.is_some()),
            ("characters_per_month", self.characters_per_month.is_some()),
            ("context_tokens", self.context_tokens.is_some()),
            ("price_in", self.price_in.is_some()),
            ("price_cached", self.price_cached.is_some()),
            ("price_out", self.price_out.is_some()),
            ("price_characters", self.price_characters.is_some()),
            ("project", self.project.is_some()),
            ("location", self.location.is_some()),
            ("region", self.region.is_some()),
        ];
        written.into_iter().filter(|(_, is)| *is).map(|(key, _)| key).collect()
    }
}

/// `[pipeline]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pipeline {
    /// The backends to use, in order.
    pub backends: Vec<String>,
    /// What may be spent in one run.
    pub budget: Option<f64>,
}

/// `[checks]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checks {
    /// How often a paragraph in which an error was found is asked for again, at most.
    pub extra_requests: usize,
    /// What a worker does with an article in which an error was found.
    pub on_error: OnError,
}

/// What a worker does with a complete article that has a finding of severity error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// Publishes it, with its findings.
    #[default]
    PublishFlagged,
    /// Sets it aside, for a person to look at.
    Hold,
}

/// A form a pair is written in, beside `pair.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// One file per language.
    Separate,
    /// One self-contained page.
    SideBySide,
    /// One Markdown file, paragraph by paragraph.
    Interleaved,
    /// XLIFF 2.1, for a translator's tool.
    Xliff,
    /// TMX 1.4b, for a translation memory.
    Tmx,
}

/// `[output]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputTable {
    /// The forms to write.
    pub write: Vec<Output>,
}

/// `[style]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Style {
    /// In Chinese, between Han characters and Latin letters.
    pub han_latin: Spaces,
    /// In Chinese, between Han characters and figures.
    pub han_digit: Spaces,
    /// In English, the shape of quotation marks.
    pub quotes: QuoteShape,
    /// In English, the capitals of titles and headings.
    pub title_case: Capitals,
}

/// Which queue it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueKind {
    /// A folder.
    #[default]
    Spool,
}

/// `[queue]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// Which queue it is.
    pub kind: QueueKind,
    /// Its folder.
    pub path: String,
    /// How long a file written in place has to stay unchanged.
    pub settle_seconds: f64,
    /// How long a worker may be silent before its jobs are another's.
    pub lease_seconds: f64,
    /// How much is kept of published jobs.
    pub keep_done: Kept,
    /// How much is kept of jobs set aside.
    pub keep_failed: Kept,
}

/// How much is kept: a number of jobs, or an age such as `"30 days"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Kept {
    /// So many jobs, the newest.
    Newest(usize),
    /// What is younger, or `"all"`.
    Younger(String),
}

/// `[worker]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    /// Articles in hand at once.
    pub articles: usize,
    /// How long a worker that is told to stop may take.
    pub grace_seconds: f64,
    /// How many workers divide the limits of the backends.
    pub share: u32,
    /// The hosts that callbacks may go to.
    pub callback_hosts: Vec<String>,
    /// The name of the environment variable that holds the key callbacks are signed with.
    pub callback_key_env: Option<String>,
    /// The folder that the memory is exported to once a day.
    pub export: Option<String>,
}

/// `[log]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How a line of the log is written.
    pub format: LogFormat,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One object a line.
    Json,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            kind: QueueKind::Spool,
            path: "queue".to_owned(),
            settle_seconds: 2.0,
            lease_seconds: 30.0,
            keep_done: Kept::Newest(10_000),
            keep_failed: Kept::Newest(10_000),
        }
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            articles: 16,
            grace_seconds: 25.0,
            share: 1,
            callback_hosts: Vec::new(),
            callback_key_env: None,
            export: None,
        }
    }
}

/// What stands between a Han character and its neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spaces {
    /// Nothing.
    #[default]
    None,
    /// One space.
    Space,
    /// What the translation has.
    Keep,
}

/// The shape of quotation marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuoteShape {
    /// “ ”
    #[default]
    Curly,
    /// " "
    Straight,
    /// What the translation has.
    Keep,
}

/// The capitals of English titles and headings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Capitals {
    /// What the translation has.
    #[default]
    Keep,
    /// All words but the small ones.
    Title,
}

impl Default for Languages {
    fn default() -> Self {
        Self { chinese: "zh-Hans".to_owned() }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            path: ".diptych/memory".to_owned(),
            corrections: "corrections.jsonl".to_owned(),
            seeds: vec!["examples/*.memory.jsonl".to_owned()],
        }
    }
}

impl Default for Glossary {
    fn default() -> Self {
        Self { files: vec!["glossary/*.toml".to_owned()] }
    }
}

impl Default for Backend {
    fn default() -> Self {
        Self {
            kind: "openai".to_owned(),
            url: None,
            model: None,
            key_env: None,
            requests_per_second: None,
            requests_per_minute: None,
            requests_per_day: None,
            requests_per_month: None,
            tokens_per_minute: None,
            tokens_per_day: None,
            characters_per_minute: None,
            characters_per_month: None,
            burst_seconds: 1.0,
            concurrency: 8,
            paragraphs_per_request: 25,
            context_tokens: None,
            timeout_seconds: 120,
            patience_seconds: 600.0,
            price_in: None,
            price_cached: None,
            price_out: None,
            price_characters: None,
            project: None,
            location: None,
            region: None,
        }
    }
}

impl Default for Pipeline {
    fn default() -> Self {
        Self { backends: vec![DEFAULT_BACKEND.to_owned()], budget: None }
    }
}

impl Default for Checks {
    fn default() -> Self {
        // The same backend, told what was wrong; then the next.
        Self { extra_requests: 2, on_error: OnError::default() }
    }
}

impl Default for OutputTable {
    fn default() -> Self {
        Self { write: vec![Output::Separate, Output::SideBySide] }
    }
}

impl From<Style> for House {
    fn from(style: Style) -> Self {
        Self {
            han_latin: style.han_latin.into(),
            han_digit: style.han_digit.into(),
            quotes: style.quotes.into(),
            title_case: style.title_case.into(),
        }
    }
}

impl From<Capitals> for TitleCase {
    fn from(capitals: Capitals) -> Self {
        match capitals {
            Capitals::Keep => Self::Keep,
            Capitals::Title => Self::Title,
        }
    }
}

impl From<Spaces> for Spacing {
    fn from(spaces: Spaces) -> Self {
        match spaces {
            Spaces::None => Self::None,
            Spaces::Space => Self::Space,
            Spaces::Keep => Self::Keep,
        }
    }
}

impl From<QuoteShape> for Quotes {
    fn from(shape: QuoteShape) -> Self {
        match shape {
            QuoteShape::Curly => Self::Curly,
            QuoteShape::Straight => Self::Straight,
            QuoteShape::Keep => Self::Keep,
        }
    }
}
