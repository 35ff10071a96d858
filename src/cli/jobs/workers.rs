//! What workers last said of themselves, for people.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::cli::visible;

/// What each worker last said.
pub(super) fn said(workers: &Path) -> Vec<Value> {
    let entries = std::fs::read_dir(workers).into_iter().flatten().filter_map(Result::ok);
    let files = entries.map(|entry| entry.path());
    let json = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.filter_map(|path| serde_json::from_slice(&std::fs::read(path).ok()?).ok()).collect()
}

/// The lines of one worker.
pub(super) fn lines(worker: &Value) -> String {
    let reason = worker["reason"].as_str().map(|it| format!(": {it}")).unwrap_or_default();
    let mut lines =
        vec![format!("worker {}: {}{reason}", text(&worker["worker"]), text(&worker["state"]))];
    for (name, backend) in worker["backends"].as_object().into_iter().flatten() {
        lines.push(format!("  backend {name}: {}", standing(backend)));
    }
    if let (Some(spent), Some(limit)) =
        (worker["budget"]["spent"].as_f64(), worker["budget"]["limit"].as_f64())
    {
        lines.push(format!("  budget: {spent:.2} of {limit:.2} spent today"));
    }
    if let Some(reason) = worker["refused_reload"].as_str() {
        lines.push(format!("  a change is not in force: {reason}"));
    }
    lines.into_iter().map(|line| visible(&line, &[]) + "\n").collect()
}

/// `open since …: status 503; requests_per_minute 12 of 600`
fn standing(backend: &Value) -> String {
    let breaker = &backend["breaker"];
    let mut line = text(&breaker["state"]).to_owned();
    if let Some(since) = breaker["since"].as_str() {
        line += &format!(" since {since}");
    }
    if let Some(seconds) = breaker["probe_in_seconds"].as_f64() {
        line += &format!(", next probe in {seconds:.0} s");
    }
    if let Some(reason) = breaker["reason"].as_str() {
        line += &format!(" ({reason})");
    }
    for (n, (name, limit)) in backend["limits"].as_object().into_iter().flatten().enumerate() {
        let sign = if n == 0 { ';' } else { ',' };
        // Writing to a String cannot fail.
        let _ = write!(line, "{sign} {name} {} of {}", limit["used"], limit["limit"]);
    }
    line
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
