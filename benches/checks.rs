//! Prints how well the checks do on pairs of paragraphs, and how fast they are:
//!
//! ```text
//! cargo bench --bench checks -- --numbers FILE --numbers-bad FILE --terms FILE --terms-bad FILE
//! ```
//!
//! The files are JSON Lines as `support/judged.rs` describes them. `--numbers` and `--terms` hold
//! translations by people, in which a finding is false (in tier B of `--numbers` it may be right);
//! the `-bad` files hold the same with one thing made wrong, which is found if there is an error
//! that the translation before (`tgt_good`) does not have. `--folders SOURCE TARGET` names two
//! folders of Markdown files, English and Chinese, in which translations have the names of their
//! sources. Every option may be given more than
//! once or not at all. `--show N` prints the first N false alarms and misses of each row,
//! `--half odd` or `--half even` those of one half, `--dump FILE` writes every finding of every
//! pair there, so that two versions of the checks can be compared. The halves of the table are the odd and the
//! even lines of a file: rules are made while reading one and confirmed on the other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench is a program for people: it prints, and a panic is how its failure is told"
)]

#[path = "support/documents.rs"]
mod documents;
#[path = "support/judged.rs"]
mod judged;

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diptych::check::{self, Finding, Severity};
use diptych::language::{Target, Variant};
use documents::Read;
use judged::Pair;

/// What was asked for.
#[derive(Default)]
struct Asked {
    files: BTreeMap<&'static str, Vec<PathBuf>>,
    show: usize,
    half: Option<bool>,
    only: Option<String>,
    dump: Option<PathBuf>,
    folders: Vec<(PathBuf, PathBuf)>,
}

const FILES: [&str; 4] = ["--numbers", "--numbers-bad", "--terms", "--terms-bad"];

fn asked() -> Asked {
    let mut asked = Asked::default();
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(option) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{option} needs a value"));
        match option.as_str() {
            "--show" => asked.show = value().parse().expect("--show takes a number"),
            "--half" => asked.half = Some(value() == "odd"),
            "--only" => asked.only = Some(value()),
            "--folders" => asked.folders.push((value().into(), value().into())),
            "--dump" => asked.dump = Some(value().into()),
            _ => match FILES.into_iter().find(|file| *file == option) {
                Some(file) => asked.files.entry(file).or_default().push(value().into()),
                None => panic!(
                    "{option} is none of {FILES:?}, --show, --half, --only, --dump, --folders"
                ),
            },
        }
    }
    asked
}

/// Pairs counted in all, on odd lines and on even lines.
#[derive(Clone, Copy, Default)]
struct Counted([(usize, usize); 3]);

impl Counted {
    fn count(&mut self, odd: bool, hit: bool) {
        for at in [0, if odd { 1 } else { 2 }] {
            self.0[at].0 += usize::from(hit);
            self.0[at].1 += 1;
        }
    }

    fn row(&self, case: &str, reach: &str) {
        let cell = |(hit, all): (usize, usize)| match all {
            0 => "–".to_owned(),
            _ => format!("{hit} of {all} = {:.1} %", 100.0 * hit as f64 / all as f64),
        };
        let [all, odd, even] = self.0.map(cell);
        println!("| {case} | {reach} | {all} | {odd} | {even} |");
    }
}

fn main() {
    let asked = asked();
    let read = |option: &str| -> Vec<Pair> {
        asked.files.get(option).into_iter().flatten().flat_map(|file| judged::read(file)).collect()
    };
    let [numbers, numbers_bad, terms, terms_bad] = FILES.map(read);
    let pairs = numbers.len() + numbers_bad.len() + terms.len() + terms_bad.len();
    if pairs == 0 && asked.folders.is_empty() {
        println!(
            "give files: {FILES:?} or --folders; the head of benches/checks.rs says what they hold"
        );
        return;
    }
    if let Some(file) = &asked.dump {
        dump(file, [&numbers, &numbers_bad, &terms, &terms_bad].into_iter().flatten());
    }
    println!("| case | to reach | all | odd lines | even lines |\n|---|---|---|---|---|");
    for (tier, reach) in [("A", "≤ 1.0 %"), ("B", "≤ 5 %")] {
        for (name, reach, least) in
            [("an error", reach, Severity::Error), ("any finding", "–", Severity::Warning)]
        {
            let of_tier = numbers.iter().filter(|pair| pair.tier == tier);
            let case = format!("numbers, tier {tier}: {name}");
            false_alarms(&asked, &case, reach, of_tier, "numbers", least);
        }
    }
    found(&asked, "numbers made wrong", "≥ 97 %", &numbers_bad, "numbers", Severity::Warning);
    found(&asked, "– by an error", "–", &numbers_bad, "numbers", Severity::Error);
    let kinds: BTreeSet<&str> = numbers_bad.iter().map(|pair| pair.mutation.as_str()).collect();
    for kind in kinds {
        let of_kind = numbers_bad.iter().filter(|pair| pair.mutation == kind);
        let mut counted = Counted::default();
        for pair in of_kind {
            counted.count(pair.odd, is_found(pair, "numbers", Severity::Warning));
        }
        counted.row(&format!("– {kind}"), "≥ 90 %");
    }
    false_alarms(&asked, "terms: an error", "≤ 1 %", terms.iter(), "terms", Severity::Warning);
    found(&asked, "terms made wrong", "≥ 99 %", &terms_bad, "terms", Severity::Warning);
    false_alarms(
        &asked,
        "all checks: an error",
        "≤ 3 %",
        numbers.iter().chain(&terms),
        "",
        Severity::Error,
    );
    let (count, read) = documents::names(numbers.iter().chain(&terms));
    let case = format!("names, across {count} documents: a warning");
    in_documents(&asked, &case, &read, "names", Severity::Warning);
    for (source, target) in &asked.folders {
        let to = Target::Chinese(Variant::Hans);
        let (count, unlike, read) = documents::folders(source, target, to);
        println!(
            "| Markdown files; of these, left out for other paragraphs | – | {count}; {unlike} | – | – |"
        );
        in_documents(&asked, "Markdown, all checks: an error", &read, "", Severity::Error);
        in_documents(&asked, "Markdown, marks: an error", &read, "marks", Severity::Error);
        for check in ["marks", "names"] {
            let case = format!("Markdown, {check}: any finding");
            in_documents(&asked, &case, &read, check, Severity::Warning);
        }
    }
    if pairs > 0 && asked.only.as_deref().is_none_or(|only| only == "speed") {
        speed(&numbers.iter().chain(&terms).collect::<Vec<_>>());
    }
}

/// Writes every finding, a line for each pair.
fn dump<'a>(file: &Path, pairs: impl Iterator<Item = &'a Pair>) {
    let lines = pairs.map(|pair| {
        let good = pair.good.as_ref().map(|good| pair.judge(good)).unwrap_or_default();
        serde_json::to_string(&(pair.judge(&pair.target), good)).unwrap() + "\n"
    });
    std::fs::write(file, lines.collect::<String>())
        .unwrap_or_else(|error| panic!("{} cannot be written: {error}", file.display()));
}

fn of<'a>(
    findings: &'a [Finding],
    check: &'a str,
    least: Severity,
) -> impl Iterator<Item = &'a Finding> {
    findings.iter().filter(move |finding| {
        finding.severity >= least && (check.is_empty() || finding.check == check)
    })
}

/// Whether a check finds what was made wrong, and did not find it before.
fn is_found(pair: &Pair, check: &str, least: Severity) -> bool {
    let findings = pair.judge(&pair.target);
    let before = pair.good.as_ref().map(|good| pair.judge(good)).unwrap_or_default();
    of(&findings, check, least)
        .any(|finding| !before.iter().any(|known| known.message == finding.message))
}

fn false_alarms<'a>(
    asked: &Asked,
    case: &str,
    reach: &str,
    pairs: impl Iterator<Item = &'a Pair>,
    check: &str,
    least: Severity,
) {
    let mut counted = Counted::default();
    let mut shown = 0;
    for pair in pairs {
        let findings = pair.judge(&pair.target);
        let mut errors = of(&findings, check, least).peekable();
        counted.count(pair.odd, errors.peek().is_some());
        if errors.peek().is_some() && asked.shows(case, pair, shown) {
            shown += 1;
            println!("\n{case}\n  {}\n  {}", pair.source, pair.target);
            for finding in errors {
                println!("  → {}: {}", finding.check, finding.message.en);
            }
        }
    }
    counted.row(case, reach);
}

/// Paragraphs of whole documents with a finding.
fn in_documents(asked: &Asked, case: &str, read: &[Read], check: &str, least: Severity) {
    let mut counted = Counted::default();
    let mut shown = 0;
    for paragraph in read {
        let mut found = of(&paragraph.findings, check, least).peekable();
        counted.count(paragraph.odd, found.peek().is_some());
        let wanted = asked.half.is_none_or(|odd| odd == paragraph.odd)
            && asked.only.as_deref().is_none_or(|only| case.contains(only));
        if found.peek().is_some() && shown < asked.show && wanted {
            shown += 1;
            println!("\n{case}\n  {}\n  {}", paragraph.source, paragraph.target);
            for finding in found {
                println!("  → {}: {}", finding.check, finding.message.en);
            }
        }
    }
    counted.row(case, "–");
}

fn found(asked: &Asked, case: &str, reach: &str, pairs: &[Pair], check: &str, least: Severity) {
    let mut counted = Counted::default();
    let mut shown = 0;
    for pair in pairs {
        let hit = is_found(pair, check, least);
        counted.count(pair.odd, hit);
        if !hit && asked.shows(case, pair, shown) {
            shown += 1;
            println!(
                "\n{case}: {} {}\n  {}\n  {}",
                pair.mutation, pair.change, pair.source, pair.target
            );
        }
    }
    counted.row(case, reach);
}

impl Asked {
    fn shows(&self, case: &str, pair: &Pair, shown: usize) -> bool {
        shown < self.show
            && self.half.is_none_or(|odd| odd == pair.odd)
            && self.only.as_deref().is_none_or(|only| case.contains(only))
    }
}

/// Paragraphs a second on one core: all checks, then each alone.
fn speed(pairs: &[&Pair]) {
    let row = |name: &str, reach: &str, look: &dyn Fn(&Pair)| {
        let started = Instant::now();
        let busy = || processor_time().unwrap_or_else(|| started.elapsed());
        let (begin, mut judged) = (busy(), 0_u32);
        while busy().saturating_sub(begin) < Duration::from_secs(1) && !pairs.is_empty() {
            pairs.iter().for_each(|pair| look(pair));
            judged += u32::try_from(pairs.len()).unwrap_or(u32::MAX);
        }
        let each = f64::from(judged) / busy().saturating_sub(begin).as_secs_f64();
        println!("| {name}, paragraphs a second on one core | {reach} | {each:.0} | – | – |");
    };
    row("all checks", "≥ 20,000", &|pair| drop(black_box(pair.judge(&pair.target))));
    for check in check::all() {
        row(&format!("– {}", check.name()), "–", &|pair| {
            drop(black_box(pair.look(&pair.target, |subject| check.check(subject))));
        });
    }
}

/// What this thread had of a processor, so that other programs on the machine do not count; Linux
/// tells it, elsewhere the clock on the wall serves.
fn processor_time() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split_whitespace().next()?.parse().ok()?))
}
