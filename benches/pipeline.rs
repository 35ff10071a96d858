//! Prints the table of the README: `cargo bench --bench pipeline`.
//!
//! Each row runs the real command, as a process, with its memory on the disk, against a server on
//! this machine that answers after 300 ms plus 2 ms per output token and counts the paragraphs it
//! is sent. Nothing is judged by a clock in a test; the figures are printed beside what they are to
//! reach. Further arguments pick rows: `cargo bench --bench pipeline -- cold limit`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench is a program for people: it prints, and a panic is how its failure is told"
)]

#[path = "support/corpus.rs"]
mod corpus;
#[path = "../tests/support/desk.rs"]
mod desk;
#[path = "support/inside.rs"]
mod inside;
#[path = "support/process.rs"]
mod process;
#[path = "../tests/support/server.rs"]
mod server;
#[path = "support/table.rs"]
mod table;

use std::collections::HashSet;
use std::time::Duration;

use corpus::Article;
use desk::Desk;
use process::Finished;
use server::{Script, Server, ServerLimit};
use table::Table;

/// The corpus: 50 articles, 1,000 blocks of which a third repeat.
const ARTICLES: usize = 50;
const BLOCKS: usize = 1000;
const SEED: u64 = 20_260_501;

/// Measures some rows.
type Row = fn(&mut Table);

fn main() {
    let wanted: HashSet<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut table = Table::new();
    let rows: [(&str, Row); 7] = [
        ("cold", cold),
        ("alone", alone),
        ("limit", limit),
        ("kill", kill),
        ("fast", fast),
        ("book", book),
        ("start", start),
    ];
    for (name, row) in rows {
        if wanted.is_empty() || wanted.contains(name) {
            eprintln!("{name} …");
            row(&mut table);
        }
    }
    table.print();
}

/// A model of the usual speed.
fn model() -> Script {
    Script {
        latency: Duration::from_millis(300),
        per_token: Duration::from_millis(2),
        ..Script::default()
    }
}

/// A desk with the corpus on it.
fn desk(server: &Server, articles: &[Article], more: &str) -> Desk {
    let desk = Desk::with_server(&server.url(), more);
    for article in articles {
        desk.put(&article.name, article.text());
    }
    desk
}

/// Translates every article of the desk, as one process.
fn translate(desk: &Desk, articles: &[Article]) -> Finished {
    let names: Vec<&str> = articles.iter().map(|article| article.name.as_str()).collect();
    process::run(desk.command(&[&["translate"], &names[..]].concat()))
}

/// How many different paragraphs the articles have: blocks are paragraphs here.
fn unique(articles: &[Article]) -> usize {
    articles.iter().flat_map(|article| &article.blocks).collect::<HashSet<_>>().len()
}

/// The first run, and what is sent after small edits.
fn cold(table: &mut Table) {
    let mut articles = corpus::generate(ARTICLES, BLOCKS, SEED);
    let server = Server::start(model());
    let desk = desk(&server, &articles, "context_tokens = 32768");
    let run = translate(&desk, &articles);
    assert!(run.success, "{}", run.err);
    let (sum, longest) = server.times();
    let ideal = longest.max(sum / 8);
    let sent = server.paragraphs().len();
    let requests = server.requests().len();
    table.row(
        "cold, concurrency 8: paragraphs sent / unique",
        "1.00",
        ratio(sent as f64, unique(&articles) as f64),
    );
    table.row(
        "cold, concurrency 8: wall / ideal",
        "≤ 1.5",
        ratio(run.wall.as_secs_f64(), ideal.as_secs_f64()),
    );
    table.row("cold: requests of up to 25 paragraphs", "≤ 60", requests.to_string());

    server.forget();
    let run = translate(&desk, &articles);
    assert!(run.success, "{}", run.err);
    table.row("the same run again: requests", "0", server.requests().len().to_string());
    table.row("the same run again: wall", "< 0.2 s", seconds(run.wall));

    server.forget();
    articles[7].blocks[3] = "The proof-reader asked for one more comma, and got it.".to_owned();
    desk.put(&articles[7].name, articles[7].text());
    let run = translate(&desk, &articles);
    assert!(run.success, "{}", run.err);
    table.row(
        "one paragraph of one article edited: requests, paragraphs",
        "1, 1",
        format!("{}, {}", server.requests().len(), server.paragraphs().len()),
    );

    let blocks: HashSet<&String> = articles.iter().flat_map(|article| &article.blocks).collect();
    let holding =
        blocks.iter().filter(|block| block.to_lowercase().contains("reading room")).count();
    let term = |zh: &str| format!("[[term]]\nen = \"reading room\"\nzh = \"{zh}\"\n");
    let sent_under = |term: &str| {
        server.forget();
        desk.put("glossary/terms.toml", term);
        let run = translate(&desk, &articles);
        assert!(run.success, "{}", run.err);
        server.paragraphs().len()
    };
    let first = sent_under(&term("阅览室"));
    let changed = sent_under(&term("读书室"));
    let back = sent_under(&term("阅览室"));
    table.row(
        "one term set, changed, changed back: paragraphs sent",
        &format!("{holding}, {holding}, 0"),
        format!("{first}, {changed}, {back}"),
    );
}

/// One article alone: how soon it is there where places for requests are free, and what that
/// takes more than one request.
fn alone(table: &mut Table) {
    let articles = corpus::generate(1, 20, SEED);
    let translated = |places: usize| {
        let per_paragraph = Duration::from_millis(50);
        let server = Server::start(Script { per_paragraph, ..Script::default() });
        let more = format!("context_tokens = 32768\nconcurrency = {places}");
        let desk = desk(&server, &articles, &more);
        let run = translate(&desk, &articles);
        assert!(run.success, "{}", run.err);
        let requests = server.requests();
        let tokens: usize = requests.iter().map(|it| it.charged.0 + it.charged.1).sum();
        (run.wall, requests.len(), tokens)
    };
    let (one, eight) = (translated(1), translated(8));
    table.row(
        "an article of 20 paragraphs, 50 ms each: 1 place, 8 places",
        "≤ a third of the time",
        format!("{}, {}", millis(one.0), millis(eight.0)),
    );
    table.row(
        "the same: requests, tokens",
        "≤ twice the tokens",
        format!("{} and {}, {} and {}", one.1, eight.1, one.2, eight.2),
    );
}

/// As fast as pipeline, door and memory go by themselves.
fn fast(table: &mut Table) {
    let articles = corpus::generate(300, 30_000, SEED);
    let inside::Throughput { sent, paragraphs, requests, wall } = inside::throughput(&articles);
    assert!(sent >= unique(&articles), "{sent} of {paragraphs} with {requests} requests");
    table.row(
        "no latency, no limit, 25 a request, memory on the disk: paragraphs bought a second",
        "≥ 5,000",
        format!("{:.0}", sent as f64 / wall.as_secs_f64()),
    );
}

/// A limit used to the brim.
fn limit(table: &mut Table) {
    let articles = corpus::generate(ARTICLES, BLOCKS, SEED);
    let minute = Duration::from_secs(60);
    let limit = ServerLimit { requests: 600, window: minute, burst: Duration::from_secs(1) };
    let server = Server::start(Script { limit: Some(limit), ..model() });
    let more = "paragraphs_per_request = 1\nrequests_per_minute = 600\nburst_seconds = 1";
    let desk = desk(&server, &articles, more);
    let run = translate(&desk, &articles);
    assert!(run.success, "{}", run.err);
    let requests = server.requests();
    let first = requests[0].at;
    let in_first_minute = requests.iter().filter(|request| request.at - first < minute).count();
    table.row("limit of 600 a minute: 429s", "0", server.count(429).to_string());
    table.row(
        "limit of 600 a minute: used in a minute of work",
        "≥ 98 %",
        format!("{:.1} %", in_first_minute as f64 / 6.0),
    );
}

/// Killed half-way, then run again.
fn kill(table: &mut Table) {
    let articles = corpus::generate(ARTICLES, BLOCKS, SEED);
    let server = Server::start(model());
    let desk = desk(&server, &articles, "context_tokens = 32768");
    let names: Vec<&str> = articles.iter().map(|article| article.name.as_str()).collect();
    process::kill_when(desk.command(&[&["translate"], &names[..]].concat()), || {
        server.requests().len() >= 25
    });
    let in_flight = server.in_flight(8);
    let run = translate(&desk, &articles);
    assert!(run.success, "{}", run.err);
    let excess = server.paragraphs().len() - unique(&articles);
    table.row(
        "kill -9 half-way, run again: paragraphs sent twice",
        &format!("≤ {in_flight} in flight"),
        excess.to_string(),
    );
}

/// A book: memory, and how time grows.
fn book(table: &mut Table) {
    let server = Server::start(Script::default());
    let book = |paragraphs: usize| {
        let article = corpus::generate(1, paragraphs, SEED).remove(0);
        Article { name: format!("book-{paragraphs}.md"), blocks: article.blocks }
    };
    let time = |paragraphs: usize| {
        let articles = [book(paragraphs)];
        let desk = desk(&server, &articles, "");
        let run = translate(&desk, &articles);
        assert!(run.success, "{}", run.err);
        run
    };
    let small = time(2_000);
    let large = time(20_000);
    table.row(
        "a book of 2,000 paragraphs: peak memory",
        "< 64 MiB",
        format!("{} MiB", small.peak_kib / 1024),
    );
    table.row(
        "ten times the paragraphs: times the time",
        "≤ 12",
        ratio(large.wall.as_secs_f64(), small.wall.as_secs_f64()),
    );
}

/// How soon it is there.
fn start(table: &mut Table) {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\ncontext_tokens = 100000\n");
    let version = process::median(|| process::run(desk.command(&["--version"])));
    table.row("--version", "< 20 ms", millis(version));

    let mut remembered = corpus::generate(20, 150_000, SEED);
    for article in &remembered {
        desk.put(&article.name, article.text());
    }
    let run = translate(&desk, &remembered);
    assert!(run.success, "{}", run.err);
    let mut article = remembered.remove(0);
    article.blocks.truncate(20);
    article.name = "recalled.md".to_owned();
    desk.put(&article.name, article.text());
    let articles = [article];
    assert!(translate(&desk, &articles).success);
    let recalled = process::median(|| translate(&desk, &articles));
    table.row("a recalled article, 100,000 entries in the memory", "< 150 ms", millis(recalled));
}

fn ratio(a: f64, b: f64) -> String {
    format!("{:.2}", a / b)
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

fn millis(duration: Duration) -> String {
    format!("{:.0} ms", duration.as_secs_f64() * 1e3)
}
