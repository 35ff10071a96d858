//! `diptych memory`: what is remembered, out and in, forgotten, compacted.

mod export;
mod import;
mod keeper;

use std::fmt::Write;

use anyhow::{Result, anyhow, bail};
use diptych::config::Config;
use diptych::memory::forget::{Asked, Forget, Named};
use diptych::memory::stats::Group;
use diptych::memory::{Compacted, Stats};
use diptych::pair::json::{millionths, whole};
use jiff::Timestamp;
use serde::Serialize;

use super::args::memory as args;
use super::args::memory::MemoryCommand;
use super::held::{Held, folder};
use super::report::plural;
use super::{Exit, assemble, print, print_json};

/// Runs one of the commands.
pub(crate) async fn run(args: args::Memory) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let held = Held::by(&config).await?;
    let json = args.json;
    match args.command {
        MemoryCommand::Stats => stats(&held, &config, json).await,
        MemoryCommand::Export(args) => export::run(&held, &config, args, json).await,
        MemoryCommand::Import(args) => import::run(&held, &config, args, json).await,
        MemoryCommand::Forget(args) => forget(&held, &config, args, json).await,
        MemoryCommand::Compact => compact(&held, json).await,
    }
}

async fn stats(held: &Held, config: &Config, json: bool) -> Result<Exit> {
    #[derive(Serialize)]
    struct All {
        #[serde(flatten)]
        stats: Stats,
        /// Paragraphs that people said something about.
        corrections: usize,
        bytes: u64,
    }
    let (stats, bytes) = held.stats().await?;
    let corrections = assemble::corrections(&config.corrections)?.len();
    let all = All { stats, corrections, bytes };
    if json {
        return print_json("diptych.memory-stats/1", all);
    }
    let All { stats, corrections, bytes } = all;
    let mut text = format!(
        "memory: {}, {}\n{}, {} by machines, {} by people\nused in {} at {}\nspent: {}; saved by using paragraphs again: {}\n",
        folder(config).display(),
        size(bytes),
        plural(stats.paragraphs, "paragraph"),
        plural(stats.all.translations, "translation"),
        plural(corrections, "correction"),
        plural(stats.articles, "article"),
        plural(stats.uses, "place"),
        millionths(stats.all.cost),
        millionths(stats.saved),
    );
    let ages = stats.ages.iter().map(|age| {
        let name = match (age.from_days, age.days) {
            (0, Some(1)) => "less than 1 day".to_owned(),
            (1, Some(days)) => format!("1 day to {} days", days - 1),
            (from, Some(days)) => format!("{from} to {} days", days - 1),
            (from, None) => format!("{from} days and more"),
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
        let translations = if count == 1 { "translation " } else { "translations" };
        let _ = writeln!(
            text,
            "  {name:width$}  {count:>9} {translations}  {tokens:>11} {}  {cost}",
            if tokens == 1 { "token " } else { "tokens" }
        );
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

async fn forget(held: &Held, config: &Config, args: args::Forget, json: bool) -> Result<Exit> {
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
            folder(config).display()
        );
    }
    let forgotten = held.forget(Asked { what, yes: args.yes }).await?;
    if json {
        return print_json("diptych.memory-forget/1", forgotten);
    }
    let (paragraphs, translations, cost) =
        (forgotten.paragraphs, forgotten.translations, forgotten.cost);
    let mut text = format!(
        "{}: {} of {}, bought for {}\n",
        if args.yes { "forgotten" } else { "would be forgotten" },
        plural(translations, "translation"),
        plural(paragraphs, "paragraph"),
        millionths(cost)
    );
    if forgotten.kept_for_other_articles > 0 {
        let kept = plural(forgotten.kept_for_other_articles, "paragraph");
        let _ = writeln!(text, "kept, as other articles use them too: {kept}");
    }
    if forgotten.still_in_seeds > 0 {
        let seeds = plural(forgotten.still_in_seeds, "paragraph");
        let _ = writeln!(text, "still recalled from read-only memories (seeds): {seeds}");
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

async fn compact(held: &Held, json: bool) -> Result<Exit> {
    let Compacted { records, before, after } = held.compact().await?;
    if json {
        return print_json("diptych.memory-compact/1", Compacted { records, before, after });
    }
    print(&format!(
        "compacted: {}, {} before, {} now\n",
        plural(records, "record"),
        size(before),
        size(after)
    ))?;
    Ok(Exit::Complete)
}
