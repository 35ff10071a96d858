//! A million units: `cargo bench --bench memory`.
//!
//! Writes a file of a million translations, takes it into an empty memory with the real command on
//! two cores, and measures time, the most memory the process held, recall, and what compacting
//! gives back. Further arguments pick the formats (`jsonl`, `tmx`) and the number of units:
//! `cargo bench --bench memory -- tmx 100000`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench is a program for people: it prints, and a panic is how its failure is told"
)]

#[path = "../tests/support/desk.rs"]
mod desk;
#[allow(dead_code, reason = "each bench uses its own part")]
#[path = "support/process.rs"]
mod process;
#[path = "support/table.rs"]
mod table;

use std::io::{BufWriter, Write};
use std::process::Command;
use std::time::Instant;

use desk::Desk;
use diptych::language::{Target, Variant};
use diptych::memory::{Head, Memory, Seeds, Store};
use diptych::paragraph::{Class, Marked};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use table::Table;

/// Units where no other number is given.
const UNITS: usize = 1_000_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let units = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(UNITS);
    let mut table = Table::new();
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        // Without it nobody could tell a slow program from a busy machine.
        table.row("load of the machine before", "0", load.trim().to_owned());
    }
    for format in ["jsonl", "tmx"] {
        if args.iter().all(|arg| arg.parse::<usize>().is_ok() || arg == format) {
            million(format, units, &mut table);
        }
    }
    table.print();
}

fn million(format: &str, units: usize, table: &mut Table) {
    let desk = Desk::with("");
    let name = format!("units.{format}");
    let mut file = BufWriter::new(std::fs::File::create(desk.at(&name)).unwrap());
    match format {
        "jsonl" => (0..units).for_each(|n| {
            let (source, target) = (source(n), target(n));
            writeln!(file, r#"{{"schema":"diptych.memory/1","source":"{source}","target":"{target}","direction":"en-zh","variant":"zh-Hans","class":"body","engine":"main","model":"m","prompt":"1","at":"2026-01-01T00:00:00Z","tokens_in":80.5,"tokens_out":60.25,"cost":0.0001}}"#).unwrap();
        }),
        _ => {
            let header = r#"<?xml version="1.0" encoding="UTF-8"?><tmx version="1.4"><header creationtool="bench" creationtoolversion="1" segtype="paragraph" o-tmf="x" adminlang="en" srclang="en" datatype="plaintext"/><body>"#;
            writeln!(file, "{header}").unwrap();
            (0..units).for_each(|n| {
                let (source, target) = (source(n), target(n));
                writeln!(file, r#"<tu creationdate="20260101T000000Z"><tuv xml:lang="en"><seg>{source}</seg></tuv><tuv xml:lang="zh-CN"><seg>{target}</seg></tuv></tu>"#).unwrap();
            });
            writeln!(file, "</body></tmx>").unwrap();
        }
    }
    file.into_inner().unwrap().sync_all().unwrap();
    let megabytes = std::fs::metadata(desk.at(&name)).unwrap().len() >> 20;

    let import = process::run(on_two_cores(&desk, &["memory", "import", &name]));
    assert!(import.success, "{}", import.err);
    let seconds = import.wall.as_secs_f64();
    let case = |what: &str| format!("{what}, {units} units of {format} ({megabytes} MiB)");
    table.row(&case("import"), "≤ 60 s", format!("{seconds:.1} s"));
    table.row(&case("import, memory"), "≤ 200 MiB", format!("{} MiB", import.peak_kib >> 10));

    let path = desk.at(".diptych/memory");
    let (memory, notices) = Memory::open(&path, Store::Real(Seeds::default())).unwrap();
    assert_eq!(notices, []);
    let mut random = StdRng::seed_from_u64(20_260_501);
    let asked: Vec<_> = (0..100_000).map(|_| head(random.random_range(0..units)).key()).collect();
    let begin = Instant::now();
    let hits = asked.iter().filter(|key| memory.recall(key).is_some()).count();
    let rate = hits as f64 / begin.elapsed().as_secs_f64();
    assert_eq!(hits, asked.len());
    drop(memory);
    table.row(&case("recall"), "≥ 20000 a second", format!("{rate:.0} a second"));

    let bytes = |ran: &desk::Ran, key: &str| -> u64 {
        serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()[key].as_u64().unwrap()
    };
    let begin = Instant::now();
    let compacted = desk.run(&["memory", "compact", "--json"]);
    assert_eq!(compacted.code, 0, "{}", compacted.err);
    let (before, after) = (bytes(&compacted, "before") >> 20, bytes(&compacted, "after") >> 20);
    let seconds = begin.elapsed().as_secs_f64();
    table.row(&case("compact"), "shrinks", format!("{before} → {after} MiB in {seconds:.1} s"));
    let export = process::run(desk.command(&["memory", "export", &format!("out.{format}")]));
    assert!(export.success, "{}", export.err);
    let seconds = export.wall.as_secs_f64();
    let peak = export.peak_kib >> 10;
    table.row(&case("export"), "", format!("{seconds:.1} s, {peak} MiB"));
}

fn on_two_cores(desk: &Desk, args: &[&str]) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0,1"]).arg(env!("CARGO_BIN_EXE_diptych")).args(args);
    command.current_dir(desk.path());
    command
}

fn source(n: usize) -> String {
    format!(
        "Unit {n} of the harbour’s log tells of {} boats, of the weather in the bay, and of what the \
         pilots said about both of them when the lamp was lit.",
        n % 97
    )
}

fn target(n: usize) -> String {
    format!("港务日志第{n}条记下了{}条船、海湾里的天气，以及点灯时领航员对两者的评说。", n % 97)
}

fn head(n: usize) -> Head {
    let to = Target::Chinese(Variant::Hans);
    Head { source: Marked::from_plain(&source(n)), marks: vec![], to, class: Class::Body }
}
