//! What a run costs: told before, bounded while, true after.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::desk::Desk;
use crate::server::{Asked, Fault, Script, Server, pseudo};

const PRICES: &str = "price_in = 2.0\nprice_out = 8.0\ncontext_tokens = 32768";

/// An article of so many paragraphs, with a figure in each.
fn article(name: &str, paragraphs: usize) -> String {
    let paragraph = |i: usize| {
        format!(
            "Ship number {i} of the {name} line came in late that evening, and the crew said \
             nothing about the storm that had kept them waiting outside the harbour since noon.\n\n"
        )
    };
    format!("# What the {name} line told us\n\n")
        + &(0..paragraphs).map(|i| paragraph(i + 11)).collect::<String>()
}

/// What the server charged, at the prices above.
fn charged(server: &Server) -> f64 {
    let price = |(input, output): (usize, usize)| (input * 2 + output * 8) as f64 / 1e6;
    server.requests().into_iter().map(|request| price(request.charged)).sum()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn everything_before_the_work_is_the_same_in_every_request() {
    let server = Server::start(Script::failing(&[0, 2], Fault::Missing));
    let desk = Desk::with_server(&server.url(), "paragraphs_per_request = 3");
    desk.put("glossary/terms.toml", "[[term]]\nen = \"harbour\"\nzh = [\"港口\"]\n");
    for name in ["red", "blue"] {
        desk.put(&format!("{name}.md"), article(name, 8));
    }
    assert_eq!(desk.run(&["translate", "red.md", "blue.md"]).code, 0);
    let requests = server.requests();
    assert!(requests.len() > 6);
    let before = |request: &crate::server::Request| {
        let messages = request.body["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0]["role"], "system");
        messages[0].to_string()
    };
    let first = before(&requests[0]);
    assert!(first.len() > 1500, "it is worth caching");
    for request in &requests {
        assert_eq!(before(request), first);
        // The word drawn for the request stands in what follows, and only there.
        let user = request.message("user");
        let delimiter = user.split_once("[[").unwrap().1.split(' ').next().unwrap();
        assert!(!first.contains(delimiter));
    }
}

/// A script and settings under which a run is at one end of what it may cost.
struct End {
    name: &'static str,
    script: Script,
    more: &'static str,
    /// How often a paragraph is sent.
    sends: usize,
}

fn figures(asked: &Asked) -> String {
    asked.text.chars().filter(char::is_ascii_digit).collect()
}

fn ends() -> Vec<End> {
    let answering = |answer: fn(&Asked) -> String, tokens| Script {
        answer: Arc::new(answer),
        tokens,
        ..Script::default()
    };
    // As short as a human translation ever is, and as long.
    let short = |asked: &Asked| {
        let chars = asked.text.chars().count();
        format!("第{}号船{}。", figures(asked), "晚".repeat((chars * 19 / 100).saturating_sub(7)))
    };
    let long = |asked: &Asked| {
        let words = "那天傍晚很迟才驶进港口的船上没有一个船员愿意向我们说起海上的风暴，";
        let text = words.chars().cycle().take(asked.text.chars().count() * 68 / 100);
        format!("第{}号船：{}。", figures(asked), text.collect::<String>())
    };
    let wrong = |asked: &Asked| {
        let words = "那天傍晚很迟才驶进港口的船上没有一个船员愿意向我们说起海上的风暴，";
        let text = words.chars().cycle().take(asked.text.chars().count() * 68 / 100);
        format!("第9999号船：{}。", text.collect::<String>())
    };
    let once = "[checks]\nextra_requests = 0\n";
    vec![
        End { name: "as it comes", script: answering(pseudo, 1.0), more: "", sends: 1 },
        End { name: "short", script: answering(short, 1.0), more: once, sends: 1 },
        End { name: "short, sparing tokens", script: answering(short, 0.7), more: once, sends: 1 },
        End { name: "long", script: answering(long, 1.0), more: once, sends: 1 },
        End { name: "long, many tokens", script: answering(long, 1.2), more: once, sends: 1 },
        End { name: "long and in doubt", script: answering(wrong, 1.2), more: "", sends: 2 },
    ]
}

#[test]
fn the_true_cost_falls_into_the_range_that_was_told() {
    for End { name, script, more, sends } in ends() {
        let server = Server::start(script);
        let desk = Desk::with_server(&server.url(), &format!("{PRICES}\n{more}"));
        desk.put("story.md", article("red", 30));
        let (code, plan) = desk.json(&["translate", "story.md", "--dry-run"]);
        assert_eq!(code, 0);
        assert!(server.requests().is_empty(), "{name}");
        let plan = &plan["articles"][0]["plan"];
        let (code, report) = desk.json(&["translate", "story.md"]);
        assert_eq!(code, 0, "{name}: {report}");
        let counts = &report["counts"];
        assert!(
            counts["paragraphs_sent"].as_u64().unwrap() >= 31 * sends as u64 - 1,
            "{name}: {counts}"
        );
        let usage = &counts["usage"];
        let cost = number(&usage["cost"]);
        assert!((cost - charged(&server)).abs() < 1e-9, "{name}");
        for (key, plan_key, true_value) in [
            ("cost", "cost", cost),
            ("tokens_in", "tokens_in", number(&usage["tokens_in"])),
            ("tokens_out", "tokens_out", number(&usage["tokens_out"])),
            ("requests", "requests", number(&counts["requests"])),
        ] {
            let (low, high) = (number(&plan["low"][plan_key]), number(&plan["high"][plan_key]));
            assert!(
                low <= true_value && true_value <= high,
                "{name}: {key} {low} {true_value} {high}"
            );
        }
        // A range that holds everything tells nothing.
        let (low, high) = (number(&plan["low"]["cost"]), number(&plan["high"]["cost"]));
        assert!(high < 20.0 * low, "{low} {high}");
        assert!(low < number(&plan["cost"]) && number(&plan["cost"]) < high);
    }
}

#[test]
fn a_dry_run_tells_the_range_in_words() {
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), PRICES);
    desk.put("story.md", article("red", 5));
    let ran = desk.run(&["translate", "story.md", "--dry-run"]);
    assert!(ran.out.contains("cost at least 0.00"), "{}", ran.out);
    assert!(ran.out.contains("; at most 0.0"), "{}", ran.out);
}

#[test]
fn what_was_paid_for_in_vain_is_in_the_cost() {
    // A refusal, a cut reply and an echo, all charged.
    let faults = [Fault::Refusal, Fault::Cut, Fault::Echo];
    let server = Server::start(Script {
        fault: Arc::new(move |index, _| faults.get(index).cloned()),
        ..Script::default()
    });
    let desk = Desk::with_server(&server.url(), &format!("{PRICES}\nconcurrency = 1"));
    desk.put("story.md", article("red", 12));
    let (code, report) = desk.json(&["translate", "story.md"]);
    assert_eq!(code, 0, "{report}");
    let told = number(&report["counts"]["usage"]["cost"]);
    assert!((told - charged(&server)).abs() < 1e-9, "{told} {}", charged(&server));
    // The pair tells what the shown texts cost, and that is less.
    let pair = number(&desk.pair("story.pair.json")["usage"]["cost"]);
    assert!(pair > 0.0 && pair < told, "{pair} {told}");
    let summary = desk.run(&["translate", "story.md"]);
    assert!(summary.out.contains("cost 0"), "{}", summary.out);
}

#[test]
fn a_budget_stops_a_run_before_it_is_passed() {
    let server = Server::start(Script { latency: Duration::from_millis(5), ..Script::default() });
    let budget = |budget: f64| {
        format!(
            "[backends.main]\nurl = \"{}\"\nmodel = \"scripted\"\n{PRICES}\n\
             [pipeline]\nbudget = {budget}\n",
            server.url()
        )
    };
    let limit = 0.02;
    let desk = Desk::with(&budget(limit));
    let names: Vec<String> = (0..6).map(|i| format!("story-{i}.md")).collect();
    for name in &names {
        desk.put(name, article(name.trim_end_matches(".md"), 12));
    }
    let arguments: Vec<&str> =
        ["translate"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let (code, report) = desk.json(&arguments);
    assert_eq!(code, 2, "{report}");
    assert_eq!(report["complete"], false);
    let spent = charged(&server);
    assert!(spent <= limit && spent > limit / 4.0, "{spent}");
    assert!((number(&report["counts"]["usage"]["cost"]) - spent).abs() < 1e-9);
    let told = report.to_string();
    assert!(told.contains("the budget of 0.02 does not reach for it"), "{told}");
    assert!(told.contains("raise budget of [pipeline]"), "{told}");

    // What was bought is kept: with more money only the rest is sent.
    let bought = server.paragraphs();
    server.forget();
    desk.put("pipeline.toml", budget(5.0));
    let (code, report) = desk.json(&arguments);
    assert_eq!(code, 0, "{report}");
    let rest = server.paragraphs();
    assert!(rest.iter().all(|text| !bought.contains(text)));
    assert_eq!(bought.len() + rest.len(), 6 * 13);
}

#[test]
fn requests_are_small_where_places_are_free_and_full_where_a_limit_binds() {
    let requests = |more: &str, names: &[&str]| {
        let server =
            Server::start(Script { per_paragraph: Duration::from_millis(2), ..Script::default() });
        let desk = Desk::with_server(&server.url(), &format!("context_tokens = 32768\n{more}"));
        for name in names {
            desk.put(name, article(name, 20));
        }
        let ran = desk.run(&[&["translate"], names].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let requests = server.requests();
        for request in &requests {
            // Consecutive paragraphs of one article, in their order.
            let numbers: Vec<usize> =
                request.asked.iter().filter_map(|asked| figures(asked).parse().ok()).collect();
            assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
        }
        requests.into_iter().map(|request| request.asked.len()).collect::<Vec<_>>()
    };
    let spread = requests("", &["a.md"]);
    assert!((4..=8).contains(&spread.len()) && spread.iter().all(|&size| size < 8), "{spread:?}");
    assert_eq!(requests("concurrency = 1", &["a.md"]), [21]);
    assert_eq!(requests("requests_per_minute = 20", &["a.md"]), [21]);
    // Eight articles at once have no place to spare.
    let names = ["a.md", "b.md", "c.md", "d.md", "e.md", "f.md", "g.md", "h.md"];
    let together = requests("", &names);
    assert!(together.len() <= 16, "{together:?}");
}

#[test]
fn a_budget_too_small_for_anything_sends_nothing() {
    let server = Server::start(Script::default());
    let desk = Desk::with(&format!(
        "[backends.main]\nurl = \"{}\"\nmodel = \"scripted\"\n{PRICES}\n\
         [pipeline]\nbudget = 0.0001\n",
        server.url()
    ));
    desk.put("story.md", article("red", 3));
    let ran = desk.run(&["translate", "story.md"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("raise budget of [pipeline]"), "{}", ran.err);
    assert!(server.requests().is_empty());
}
