//! `diptych memory`: what is remembered, out and in, forgotten, compacted.

mod export;
mod import;

use std::fmt::Write;

use anyhow::{Context, Result, anyhow, bail};
use diptych::config::Config;
use diptych::memory::forget::{Forget, Named};
use diptych::memory::stats::Group;
use diptych::memory::{self, Memory, Stats};
use diptych::pair::json::{millionths, whole};
use jiff::Timestamp;
use serde::Serialize;

use super::args::memory as args;
use super::args::memory::MemoryCommand;
use super::report::plural;
use super::{Exit, assemble, print, print_json};

/// Runs one of the commands.
pub(crate) async fn run(args: args::Memory) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let pseudo = assemble::pretends(&config);
    let memory = assemble::memory(&config, pseudo).await?;
    let json = args.json;
    // The store blocks: nothing else runs meanwhile, and nothing waits for it.
    let work = tokio::task::spawn_blocking(move || match args.command {
        MemoryCommand::Stats => stats(&memory, &config, json),
        MemoryCommand::Export(args) => export::run(&memory, &config, args, json),
        MemoryCommand::Import(args) => import::run(&memory, &config, args, json),
        MemoryCommand::Forget(args) => forget(&memory, args, json),
        MemoryCommand::Compact => compact(&memory, json),
    });
    work.await.context("the command broke off")?
}

fn stats(memory: &Memory, config: &Config, json: bool) -> Result<Exit> {
    #[derive(Serialize)]
    struct All {
        #[serde(flatten)]
        stats: Stats,
        /// Paragraphs that people said something about.
        corrections: usize,
        bytes: u64,
    }
    let stats = Stats::of(memory.entries(), Timestamp::now());
    let corrections = assemble::corrections(&config.corrections)?.len();
    let all = All { stats, corrections, bytes: memory.size()? };
    if json {
        return print_json("diptych.memory-stats/1", all);
    }
    let All { stats, corrections, bytes } = all;
    let mut text = format!(
        "memory: {}, {}\n{}, {} by machines, {} by people\nused in {} at {}\nspent: {}; saved by using paragraphs again: {}\n",
        memory.path().display(),
        size(bytes),
        plural(count(stats.paragraphs), "paragraph"),
        plural(count(stats.all.translations), "translation"),
        plural(corrections, "correction"),
        plural(count(stats.articles), "article"),
        plural(count(stats.uses), "place"),
        millionths(stats.all.cost),
        millionths(stats.saved),
    );
    let ages = stats.ages.iter().map(|age| {
        let name = match age.days {
            Some(1) => "under a day".to_owned(),
            Some(days) => format!("under {days} days"),
            None => "older".to_owned(),
        };
        (name, age.group)
    });
    let groups = |groups: &std::collections::BTreeMap<String, Group>| {
        groups.iter().map(|(name, group)| (name.clone(), *group)).collect::<Vec<_>>()
    };
    table(&mut text, "by engine", groups(&stats.engines));
    table(&mut text, "by direction", groups(&stats.directions));
    table(&mut text, "by age", ages.collect());
    print(&text)?;
    Ok(Exit::Complete)
}

fn table(text: &mut String, title: &str, groups: Vec<(String, Group)>) {
    let width = groups.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let _ = writeln!(text, "{title}:");
    for (name, group) in groups {
        let tokens = whole(group.tokens_in + group.tokens_out);
        let cost = millionths(group.cost);
        let count = group.translations;
        let _ =
            writeln!(text, "  {name:width$}  {count:>9} translations  {tokens:>11} tokens  {cost}");
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn forget(memory: &Memory, args: args::Forget, json: bool) -> Result<Exit> {
    #[derive(Default, Serialize)]
    struct Forgotten {
        done: bool,
        paragraphs: u64,
        translations: u64,
        cost: f64,
        kept_for_other_articles: u64,
        still_in_seeds: u64,
    }
    let time = |name, text: Option<&str>| text.map(|text| time(name, text)).transpose();
    let what = Forget {
        paragraph: args.paragraph.as_deref().map(Named::of),
        article: args.article.map(|name| name.replace('\\', "/")),
        engine: args.engine,
        before: time("--before", args.before.as_deref())?,
        since: time("--since", args.since.as_deref())?,
    };
    if what.is_empty() {
        bail!(
            "say what to forget: --paragraph, --article, --engine, --before or --since; the whole \
             memory is forgotten by deleting {}",
            memory.path().display()
        );
    }
    let mut forgotten = Forgotten { done: args.yes, ..Forgotten::default() };
    for remembered in memory.entries() {
        let Some(gone) = what.of(&remembered) else { continue };
        forgotten.kept_for_other_articles += u64::from(gone.shared);
        forgotten.paragraphs += u64::from(!gone.candidates.is_empty());
        forgotten.translations += gone.candidates.len() as u64;
        forgotten.cost += gone.candidates.iter().map(|said| said.usage.cost).sum::<f64>();
        if args.yes {
            memory.forget(&remembered, &gone)?;
        }
        forgotten.still_in_seeds += u64::from(!gone.shared && memory.is_seeded(&remembered.key));
    }
    if args.yes {
        memory.settle()?;
    }
    if json {
        return print_json("diptych.memory-forget/1", forgotten);
    }
    let Forgotten { paragraphs, translations, cost, .. } = forgotten;
    let mut text = format!(
        "{}: {translations} translations of {paragraphs} paragraphs, which cost {}\n",
        if args.yes { "forgotten" } else { "would be forgotten" },
        millionths(cost)
    );
    if forgotten.kept_for_other_articles > 0 {
        let kept = forgotten.kept_for_other_articles;
        let _ = writeln!(text, "kept: {kept} paragraphs that other articles use too");
    }
    if forgotten.still_in_seeds > 0 {
        let seeds = forgotten.still_in_seeds;
        let _ = writeln!(
            text,
            "{seeds} of them stand in read-only memories (seeds) and are recalled from there"
        );
    }
    text.push_str(match (args.yes, translations) {
        (false, 1..) => "nothing is changed yet: run it again with --yes\n",
        (true, 1..) => "`diptych memory compact` gives the space on the disk back\n",
        _ => "",
    });
    print(&text)?;
    Ok(Exit::Complete)
}

/// A time, or a day, whose begin in UTC is meant.
fn time(name: &str, text: &str) -> Result<Timestamp> {
    text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()).map_err(|_| {
        anyhow!("{name}: `{text}` is no time such as 2026-04-21 or 2026-04-21T08:00:00Z")
    })
}

fn compact(memory: &Memory, json: bool) -> Result<Exit> {
    let memory::Compacted { records, before, after } = memory.compact()?;
    if json {
        return print_json(
            "diptych.memory-compact/1",
            memory::Compacted { records, before, after },
        );
    }
    print(&format!(
        "compacted: {records} records, {} before, {} now\n",
        size(before),
        size(after)
    ))?;
    Ok(Exit::Complete)
}

/// A count of records as one of things in memory.
fn count(records: u64) -> usize {
    usize::try_from(records).unwrap_or(usize::MAX)
}
