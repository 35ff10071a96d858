//! `diptych backends`: each backend in use, tried with one sentence.

use std::fmt::Write;
use std::time::Instant;

use anyhow::{Result, bail};
use diptych::backend::http::Prices;
use diptych::backend::{Backend, BackendError, Usage};
use diptych::brief::{Brief, BriefParagraph, Context, Wanted};
use diptych::check::{self, Subject};
use diptych::config::{self, Config};
use diptych::glossary::Glossary;
use diptych::language::Target;
use diptych::limits::{standing, stop};
use diptych::pair::json::{millionths, whole};
use diptych::paragraph::{Kind, Marked, repair};
use serde::Serialize;

use super::args::Backends;
use super::held::{Held, folder};
use super::translate::next_step;
use super::{Exit, assemble, print, signals};

/// What every backend is asked to translate.
const SENTENCE: &str = "The ferry left the harbour on time.";

#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    backends: Vec<Tried>,
}

/// What came of trying one backend.
#[derive(Debug, Serialize)]
struct Tried {
    name: String,
    model: String,
    works: bool,
    /// How long it took, in milliseconds, waiting for limits included.
    latency_ms: u64,
    /// Its translation of the sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    translation: Option<String>,
    /// Why it does not work, with the next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    tokens_in: u64,
    tokens_out: u64,
    /// Characters sent, where the provider counts them and no tokens.
    characters: u64,
    cost: f64,
    limits: String,
    /// What the provider says of its own limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<standing::Told>,
    /// The configured prices, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
}

/// Tries the backends one after the other.
pub(crate) async fn run(args: Backends) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let (switch, stop) = stop::stop();
    signals::stop_on_signal(switch)?;
    // What is sent here counts under the limits, and whoever has the memory keeps their use.
    let Some(held) = stop.or(Held::by(&config)).await else { return Ok(Exit::Nothing) };
    let _memory = match held? {
        Held::Ours(memory) => memory,
        Held::Workers(_) => bail!(
            "a worker holds the memory {} and the use of its limits, and tries the backends with every article: see its log, or stop it to try them one by one",
            folder(&config).display()
        ),
    };
    let glossary = Glossary::default();
    let backends = assemble::backends(&config, &glossary, assemble::Outages::Tell, &stop)?;
    let mut report = Report { schema: "diptych.backends/1", backends: Vec::new() };
    for (settings, backend) in config.backends.iter().zip(backends) {
        let tried = attempt(settings, &*backend, Target::Chinese(config.chinese)).await;
        if !args.json {
            print(&tried.lines())?;
        }
        report.backends.push(tried);
    }
    if args.json {
        print(&(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    let working = report.backends.iter().filter(|tried| tried.works).count();
    Ok(match working {
        0 => Exit::Nothing,
        all if all == report.backends.len() => Exit::Complete,
        _ => Exit::Partly,
    })
}

async fn attempt(settings: &config::Backend, backend: &dyn Backend, to: Target) -> Tried {
    let source = Marked::from_plain(SENTENCE);
    let paragraph = BriefParagraph {
        number: 1,
        kind: Kind::Paragraph,
        source: source.clone(),
        terms: [].into(),
        complaint: None,
        reference: None,
    };
    let brief = Brief {
        to,
        context: Context::default(),
        wanted: Wanted::Translations,
        paragraphs: vec![paragraph],
        terms: Vec::new(),
        names: Vec::new(),
        attempt: 0,
    };
    let begin = Instant::now();
    let answered = backend.translate(&brief).await;
    let latency_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (outcome, usage) = match answered {
        Ok(reply) => {
            let text = reply.items.first().map(|(_, text)| text.as_str());
            (
                text.ok_or_else(|| "the reply is empty".to_owned())
                    .and_then(|text| usable(text, to)),
                reply.usage,
            )
        }
        Err(error) => (Err(told(&error)), error.usage().unwrap_or_default()),
    };
    let Usage { tokens_in, tokens_out, cost } = usage;
    Tried {
        name: settings.name.clone(),
        model: settings.model.clone(),
        works: outcome.is_ok(),
        latency_ms,
        translation: outcome.clone().ok(),
        reason: outcome.err(),
        tokens_in: whole(tokens_in),
        tokens_out: whole(tokens_out),
        characters: backend.estimate(&brief).characters,
        cost: millionths(cost),
        limits: limits(settings),
        seen: backend.standing().map(|it| it.told).filter(|it| *it != standing::Told::default()),
        price: price(settings.prices),
    }
}

/// The translation, if it is one.
fn usable(text: &str, to: Target) -> Result<String, String> {
    let source = Marked::from_plain(SENTENCE);
    let marked = repair::repair(text, &source, &[]).map_err(|broken| broken.to_string())?;
    let plain = marked.plain(&[]);
    let subject = Subject {
        kind: Kind::Paragraph,
        source: SENTENCE,
        target: &plain,
        source_marked: &source,
        target_marked: &marked,
        marks: &[],
        to,
        terms: &[],
        precedent: None,
    };
    match check::usable(&subject) {
        Ok(()) => Ok(plain),
        Err(why) => Err(format!("its reply is no translation: {}", why.message().en)),
    }
}

fn told(error: &BackendError) -> String {
    match next_step(error) {
        Some(step) => format!("{error}; {step}"),
        None => error.to_string(),
    }
}

/// The limits that are configured, in words.
fn limits(settings: &config::Backend) -> String {
    let mut words = Vec::new();
    for (limit, unit) in [
        (settings.requests_per_second, "requests a second"),
        (settings.requests_per_minute, "requests a minute"),
        (settings.requests_per_day, "requests a day"),
        (settings.requests_per_month, "requests a month"),
        (settings.tokens_per_minute, "tokens a minute"),
        (settings.tokens_per_day, "tokens a day"),
        (settings.characters_per_minute, "characters a minute"),
        (settings.characters_per_month, "characters a month"),
    ] {
        words.extend(limit.map(|limit| format!("{limit} {unit}")));
    }
    words.push(format!("{} at once", settings.concurrency));
    words.join(", ")
}

/// The limits that the provider tells of, in words.
fn seen(told: standing::Told) -> String {
    let words = [(told.requests, "requests"), (told.tokens, "tokens")];
    let words = words.into_iter().filter_map(|(left, unit)| {
        let standing::Left { remaining, limit } = left?;
        Some(match limit {
            Some(limit) => format!("{remaining} of {limit} {unit} left"),
            None => format!("{remaining} {unit} left"),
        })
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The prices that are configured, in words.
fn price(prices: Prices) -> Option<String> {
    let Prices { input, cached, output, characters } = prices;
    let named = [
        (Some(input), "tokens in"),
        (cached, "tokens in from the cache"),
        (Some(output), "tokens out"),
        (Some(characters), "characters"),
    ];
    let words: Vec<_> = named
        .into_iter()
        .filter_map(|(price, unit)| price.filter(|price| *price > 0.0).map(|price| (price, unit)))
        .map(|(price, unit)| format!("{price} for a million {unit}"))
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

impl Tried {
    /// The lines for a person.
    fn lines(&self) -> String {
        let mut text = self.name.clone();
        // Writing to a String cannot fail.
        if !self.model.is_empty() {
            let _ = write!(text, " ({})", self.model);
        }
        let took = match self.characters {
            0 => format!("{} tokens in, {} out", self.tokens_in, self.tokens_out),
            characters => format!("{characters} characters"),
        };
        let _ = match (&self.translation, &self.reason) {
            (Some(translation), _) => writeln!(
                text,
                ": works; {} ms, {took}, cost {}\n  {SENTENCE} → {translation}",
                self.latency_ms, self.cost
            ),
            (None, reason) => {
                writeln!(text, ": does not work: {}", reason.as_deref().unwrap_or_default())
            }
        };
        let _ = writeln!(text, "  limits: {}", self.limits);
        if let Some(told) = self.seen {
            let _ = writeln!(text, "  the provider says: {}", seen(told));
        }
        if let Some(price) = &self.price {
            let _ = writeln!(text, "  price: {price}");
        }
        text
    }
}
