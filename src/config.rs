//! The settings of a run: written in `pipeline.toml`, resolved here, and then forgotten.
//!
//! [`mod@file`] is the file as written; [`Config`] is what the rest of the program is built from.
//! The core sees neither.

pub mod file;
mod service;
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::backend::http::{Account, Prices, address};
use crate::backend::kinds::{KINDS, Kind};
use crate::language::{UnknownLanguage, Variant};
use crate::queue::spool;
use crate::style::House;

pub use file::{LogFormat, OnError, Output};
pub use service::{Callbacks, TooSmall, Worker};
pub use tables::Tables;

/// The file looked for in the current folder when none is named.
pub const FILE_NAME: &str = "pipeline.toml";

/// A run's settings: every path absolute or relative to the current folder, every default filled
/// in.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Chinese that `--to zh`, or an English article without `--to`, is translated into.
    pub chinese: Variant,
    /// The folder of the memory.
    pub memory: PathBuf,
    /// The file of people's corrections; it need not exist.
    pub corrections: PathBuf,
    /// Read-only memories.
    pub seeds: Vec<PathBuf>,
    /// The files of the term base.
    pub glossary: Vec<PathBuf>,
    /// The backends in use, in the order they are tried.
    pub backends: Vec<Backend>,
    /// Whether the renderings of an article's names are asked for before its briefs.
    pub names: bool,
    /// What may be spent in one run, in the currency of the prices.
    pub budget: Option<f64>,
    /// How often a paragraph is asked for again, at most, because of what the checks found.
    pub extra_requests: usize,
    /// The files that are written beside `pair.json`.
    pub outputs: Vec<Output>,
    /// The house style.
    pub house: House,
    /// What a worker has to have as it stands here, for a command to go through it.
    pub tables: Tables,
    /// The queue.
    pub queue: spool::Settings,
    /// How a worker works.
    pub worker: Worker,
}

/// One backend's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Backend {
    /// Its name: the table's name in the file.
    pub name: String,
    /// Its kind.
    pub kind: &'static Kind,
    /// Where it is, without a slash at the end.
    pub url: String,
    /// Which model.
    pub model: String,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
    /// Requests per second, at most.
    pub requests_per_second: Option<u32>,
    /// Requests per minute, at most.
    pub requests_per_minute: Option<u32>,
    /// Requests per day, at most.
    pub requests_per_day: Option<u32>,
    /// Requests per month, at most.
    pub requests_per_month: Option<u32>,
    /// Tokens per minute, sent and received together, at most.
    pub tokens_per_minute: Option<u32>,
    /// Tokens per day, sent and received together, at most.
    pub tokens_per_day: Option<u32>,
    /// Characters per minute, at most.
    pub characters_per_minute: Option<u32>,
    /// Characters per month, at most.
    pub characters_per_month: Option<u32>,
    /// How much of a limit may go at once.
    pub burst: Duration,
    /// Requests under way at once.
    pub concurrency: usize,
    /// Paragraphs per request, at most.
    pub paragraphs_per_request: usize,
    /// Tokens of prompt and reply together, at most.
    pub context_tokens: u64,
    /// How long a request may take in all.
    pub timeout: Duration,
    /// How long an outage is waited out where there is no backend after this one.
    pub patience: Duration,
    /// What is paid.
    pub prices: Prices,
    /// Where in the provider's cloud the account is.
    pub account: Account,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not the TOML it should be. The cause names line and key.
    #[error("{}:{line}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong. Never a line of the file, which may hold what is nobody else's business.
        what: String,
    },
    /// A value does not make sense.
    #[error("{}: [{table}] {key}: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The table the key stands in.
        table: String,
        /// The key.
        key: &'static str,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A file that is named does not exist.
    #[error("{}: [{table}] names {named}, which does not exist", path.display())]
    Missing {
        /// The configuration.
        path: PathBuf,
        /// The table that names it.
        table: &'static str,
        /// What it names.
        named: String,
    },
}

impl Config {
    /// The settings of `--config FILE`, else of `pipeline.toml` in the current folder, else the
    /// defaults.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(FILE_NAME));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Self::parse(path, "")
            }
            Err(source) => Err(ConfigError::Unreadable { path: path.into(), source }),
        }
    }

    /// The settings of a file with this text; paths in it are relative to the file.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let written: file::File = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            ConfigError::Malformed { path: path.into(), line, what: error.message().to_owned() }
        })?;
        Resolver { path, base: path.parent().unwrap_or(Path::new("")) }.resolve(written)
    }
}

/// Turns a file as written into settings.
struct Resolver<'a> {
    path: &'a Path,
    base: &'a Path,
}

impl Resolver<'_> {
    fn resolve(&self, written: file::File) -> Result<Config, ConfigError> {
        let tables = Tables::of(&written, self.base);
        let file::File {
            languages,
            memory,
            glossary,
            backends,
            pipeline,
            checks,
            output,
            style,
            queue,
            worker,
            log,
        } = written;
        let chinese = languages.chinese.parse().map_err(|unknown: UnknownLanguage| {
            self.invalid("languages", "chinese", unknown.to_string())
        })?;
        if output.write.is_empty() {
            let reason =
                "name at least one of separate, side-by-side, interleaved, xliff, tmx".to_owned();
            return Err(self.invalid("output", "write", reason));
        }
        let backends = self.backends(backends, &pipeline.backends)?;
        if let Some(budget) = pipeline.budget {
            self.budget(budget, &backends)?;
        }
        Ok(Config {
            chinese,
            memory: self.base.join(memory.path),
            corrections: self.base.join(memory.corrections),
            seeds: self.files("memory", &memory.seeds)?,
            glossary: self.files("glossary", &glossary.files)?,
            backends,
            names: pipeline.names,
            budget: pipeline.budget,
            extra_requests: checks.extra_requests,
            outputs: output.write,
            house: style.into(),
            tables,
            queue: self.queue(queue)?,
            worker: self.worker(worker, checks.on_error, log.format)?,
        })
    }

    /// A budget that can be kept.
    fn budget(&self, budget: f64, backends: &[Backend]) -> Result<(), ConfigError> {
        let priced = |prices: &Prices| {
            [prices.input, prices.output, prices.characters].iter().any(|&price| price > 0.0)
        };
        let reason = if !(budget.is_finite() && budget > 0.0) {
            "must be more than 0; leave the key out for no budget"
        } else if !backends.iter().any(|backend| priced(&backend.prices)) {
            "counts nothing: give the backends their prices, price_in and price_out"
        } else {
            return Ok(());
        };
        Err(self.invalid("pipeline", "budget", reason.to_owned()))
    }

    fn backends(
        &self,
        mut written: BTreeMap<String, file::Backend>,
        used: &[String],
    ) -> Result<Vec<Backend>, ConfigError> {
        if written.is_empty() {
            written.insert(file::DEFAULT_BACKEND.to_owned(), file::Backend::default());
        }
        let known = written.keys().cloned().collect::<Vec<_>>().join(", ");
        let mut resolved = Vec::new();
        for name in used {
            let backend = written.remove(name).ok_or_else(|| {
                let reason = format!(
                    "there is no [backends.{name}] (or it is named twice); there is: {known}"
                );
                self.invalid("pipeline", "backends", reason)
            })?;
            resolved.push(self.backend(name, backend)?);
        }
        if resolved.is_empty() {
            return Err(self.invalid(
                "pipeline",
                "backends",
                format!("name at least one of: {known}"),
            ));
        }
        if resolved.len() > 1 && resolved.iter().any(|backend| !backend.kind.translates) {
            let reason = "a pseudo backend stands alone: its text is no translation".to_owned();
            return Err(self.invalid("pipeline", "backends", reason));
        }
        Ok(resolved)
    }

    fn backend(&self, name: &str, written: file::Backend) -> Result<Backend, ConfigError> {
        let table = format!("backends.{name}");
        let at_least_one = |key, value: u64| match value {
            0 => Err(self.invalid(&table, key, "must be at least 1".to_owned())),
            _ => Ok(()),
        };
        at_least_one("concurrency", written.concurrency as u64)?;
        at_least_one("paragraphs_per_request", written.paragraphs_per_request as u64)?;
        at_least_one("context_tokens", written.context_tokens.unwrap_or(1))?;
        at_least_one("timeout_seconds", written.timeout_seconds)?;
        for (key, limit) in [
            ("requests_per_second", written.requests_per_second),
            ("requests_per_minute", written.requests_per_minute),
            ("requests_per_day", written.requests_per_day),
            ("requests_per_month", written.requests_per_month),
            ("tokens_per_minute", written.tokens_per_minute),
            ("tokens_per_day", written.tokens_per_day),
            ("characters_per_minute", written.characters_per_minute),
            ("characters_per_month", written.characters_per_month),
        ] {
            if limit == Some(0) {
                let reason = "must be at least 1; leave the key out for no limit".to_owned();
                return Err(self.invalid(&table, key, reason));
            }
        }
        let seconds = |key, value: f64| {
            if value.is_finite() && (0.0..=3600.0).contains(&value) {
                Ok(Duration::from_secs_f64(value))
            } else {
                Err(self.invalid(&table, key, "must be between 0 and 3600".to_owned()))
            }
        };
        for (key, price) in [
            ("price_in", written.price_in),
            ("price_cached", written.price_cached),
            ("price_out", written.price_out),
            ("price_characters", written.price_characters),
        ] {
            if price.is_some_and(|price| !(price.is_finite() && price >= 0.0)) {
                return Err(self.invalid(&table, key, "must be 0 or more".to_owned()));
            }
        }
        let kind = Kind::named(&written.kind).ok_or_else(|| {
            let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
            let reason = format!("unknown kind `{}`: use {}", written.kind, names.join(", "));
            self.invalid(&table, "kind", reason)
        })?;
        if let Some(key) = written.particular().into_iter().find(|key| !kind.knows(key)) {
            let (name, counts) = (kind.name, kind.bills.unit());
            let reason =
                format!("means nothing to a backend of kind `{name}`, which counts {counts}");
            return Err(self.invalid(&table, key, reason));
        }
        let url = written.url.as_deref().unwrap_or(kind.url).trim_end_matches('/');
        if kind.translates
            && let Err(why) = address(url)
        {
            return Err(self.invalid(&table, "url", why.to_owned()));
        }
        let model = written.model.or_else(|| kind.model.map(str::to_owned));
        if model.is_none() && kind.keys.contains(&"model") {
            let reason = format!("is missing: a backend of kind `{}` needs one", kind.name);
            return Err(self.invalid(&table, "model", reason));
        }
        Ok(Backend {
            name: name.to_owned(),
            kind,
            url: url.to_owned(),
            model: model.unwrap_or_default(),
            key_env: written.key_env,
            requests_per_second: written.requests_per_second,
            requests_per_minute: written.requests_per_minute,
            requests_per_day: written.requests_per_day,
            requests_per_month: written.requests_per_month,
            tokens_per_minute: written.tokens_per_minute,
            tokens_per_day: written.tokens_per_day,
            characters_per_minute: written.characters_per_minute,
            characters_per_month: written.characters_per_month,
            burst: seconds("burst_seconds", written.burst_seconds)?,
            concurrency: written.concurrency,
            paragraphs_per_request: written.paragraphs_per_request,
            context_tokens: written.context_tokens.unwrap_or(kind.context_tokens),
            timeout: Duration::from_secs(written.timeout_seconds),
            patience: seconds("patience_seconds", written.patience_seconds)?,
            prices: Prices {
                input: written.price_in.unwrap_or_default(),
                cached: written.price_cached,
                output: written.price_out.unwrap_or_default(),
                characters: written.price_characters.unwrap_or_default(),
            },
            account: Account {
                project: written.project,
                location: written.location,
                region: written.region,
            },
        })
    }

    /// The files some patterns name, sorted; a pattern may match none, a plain name must exist.
    fn files(&self, table: &'static str, patterns: &[String]) -> Result<Vec<PathBuf>, ConfigError> {
        let mut files = Vec::new();
        for pattern in patterns {
            let path = self.base.join(pattern);
            if !pattern.contains(['*', '?', '[']) {
                if !path.is_file() {
                    let named = path.display().to_string();
                    return Err(ConfigError::Missing { path: self.path.into(), table, named });
                }
                files.push(path);
                continue;
            }
            let key = if table == "glossary" { "files" } else { "seeds" };
            let found = path
                .to_str()
                .ok_or_else(|| "the folder's name is not valid UTF-8".to_owned())
                .and_then(|path| glob::glob(path).map_err(|error| error.to_string()))
                .map_err(|reason| self.invalid(table, key, format!("`{pattern}`: {reason}")))?;
            files.extend(found.filter_map(Result::ok).filter(|path| path.is_file()));
        }
        files.sort();
        files.dedup();
        Ok(files)
    }

    fn invalid(&self, table: &str, key: &'static str, reason: String) -> ConfigError {
        ConfigError::Invalid { path: self.path.into(), table: table.to_owned(), key, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, because: &str) {
        let error = Config::parse(Path::new("desk/pipeline.toml"), text).unwrap_err().to_string();
        assert!(error.starts_with("desk/pipeline.toml"), "{error}");
        assert!(error.contains(because), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let config = Config::parse(Path::new("desk/pipeline.toml"), "").unwrap();
        assert_eq!(config.memory, Path::new("desk/.diptych/memory"));
        assert_eq!(config.backends[0].url, "http://127.0.0.1:11434/v1");
        assert_eq!(config.backends[0].key_env, None);
    }

    #[test]
    fn mistakes_are_named() {
        refused("[memory]\npaht = \"x\"\n", "unknown field `paht`");
        refused("[memory]\npaht = \"x\"\n", "pipeline.toml:2: ");
        refused("[languages]\nchinese = \"zh-CN\"\n", "zh-CN");
        refused("[backends.main]\nkind = \"gpt\"\n", "unknown kind `gpt`: use openai,");
        refused("[backends.main]\nconcurrency = 0\n", "at least 1");
        refused("[backends.main]\nrequests_per_minute = 0\n", "leave the key out");
        refused("[backends.main]\ntokens_per_day = 0\n", "leave the key out");
        refused("[backends.main]\ncharacters_per_month = 9\n", "`openai`, which counts tokens");
        refused("[backends.main]\npatience_seconds = -1\n", "between 0 and 3600");
        refused("[backends.main]\nurl = \"localhost:1\"\n", "not an http");
        refused("[backends.main]\nregion = \"x\"\n", "region: means nothing");
        refused("[backends.main]\nprice_cached = -1.0\n", "0 or more");
        let secret = "[backends.main]\nurl = \"https://a:canary@b/v1\"\n";
        refused(secret, "must not hold a name or password");
        refused("[pipeline]\nbackends = [\"spare\"]\n", "[backends.spare]");
        refused("[pipeline]\nbudget = 0\n", "more than 0");
        refused("[pipeline]\nbudget = 5.0\n", "price_in");
        refused("[glossary]\nfiles = [\"no-such.toml\"]\n", "does not exist");
        refused("[output]\nwrite = []\n", "at least one");
        refused("[queue]\nkind = \"kafka\"\n", "unknown variant `kafka`");
        refused("[queue]\nlease_seconds = 0\n", "between 1 and 86400");
        refused("[queue]\nkeep_done = \"long\"\n", "`long` is no age");
        refused("[worker]\narticles = 0\n", "at least 1");
        refused("[worker]\nshare = 0\n", "at least 1");
        refused("[checks]\non_error = \"hide\"\n", "unknown variant `hide`");
    }
}
