//! Whole articles through servers that others wrote, with their limits and their chaos on.
//!
//! They stand as gateways before the scripted model server: the protocol, the limits and the
//! faults are theirs. `.ci/run` installs them where it can and names them in `DIPTYCH_AIMOCK` (a
//! folder with the npm package `@copilotkit/aimock`) and `DIPTYCH_LITELLM` (the command of
//! LiteLLM's proxy); without these a test says so and does nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::desk::{Desk, Ran};
use crate::server::{Script, Server};

/// A server of somebody else, stopped when it is dropped.
struct Other {
    child: Child,
    url: String,
    /// What it was started in, for as long as it runs.
    _folder: Option<tempfile::TempDir>,
}

impl Drop for Other {
    fn drop(&mut self) {
        // It may have ended by itself; a test that needed it has failed by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configured(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        println!("skipped: {variable} is not set");
    }
    value
}

/// aimock before `server`, with this chaos.
fn aimock(folder: &str, server: &Server, chaos: &str) -> Other {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent/aimock.mjs");
    let mut child = Command::new("node")
        .args([script, folder, &server.url(), chaos])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let url = first_line(child.stdout.take().unwrap());
    Other { child, url, _folder: None }
}

fn first_line(out: ChildStdout) -> String {
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// What a server says to a GET, over HTTP 1.0: the whole body, and then it closes.
fn get(base: &str, path: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(base.strip_prefix("http://")?).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).ok()?;
    serde_json::from_str(response.split_once("\r\n\r\n")?.1).ok()
}

/// LiteLLM's proxy before `server`, with a limit of its own.
fn litellm(command: &str, server: &Server) -> Other {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.yaml");
    let text = format!(
        "model_list:\n  - model_name: scripted\n    litellm_params:\n      \
         model: openai/scripted\n      api_base: {}\n      api_key: sk-upstream\n      \
         rpm: {RPM}\n\
         router_settings:\n  num_retries: 0\n  \
         optional_pre_call_checks: [enforce_model_rate_limits]\n\
         litellm_settings:\n  use_chat_completions_url_for_anthropic_messages: true\n\
         general_settings:\n  master_key: {KEY}\n",
        server.url()
    );
    std::fs::write(&config, text).unwrap();
    let port = free_port();
    let child = Command::new(command)
        .args(["--host", "127.0.0.1", "--telemetry", "False", "--port", &port.to_string()])
        .arg("--config")
        .arg(&config)
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut other = Other { child, url: format!("http://127.0.0.1:{port}"), _folder: Some(folder) };
    let begun = Instant::now();
    while get(&other.url, "/health/liveliness").is_none() {
        assert_eq!(other.child.try_wait().unwrap(), None, "LiteLLM does not start");
        assert!(begun.elapsed() < START, "LiteLLM does not answer");
        // It cannot tell when it is ready but by answering.
        std::thread::sleep(Duration::from_millis(100));
    }
    other
}

/// Requests a minute that LiteLLM allows: fewer than the article takes.
const RPM: usize = 30;
/// How long it may take to start, on a machine that is busy.
const START: Duration = Duration::from_secs(120);

/// A port nobody listens on. Somebody may take it before it is used; then the server that was to
/// have it does not start, and the test says so.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An article of so many paragraphs, no two alike.
fn article(paragraphs: usize) -> String {
    let things = ["harbour", "bridge", "library", "market", "tramway", "garden", "museum"];
    let deeds = ["opened", "closed", "moved", "grew", "was rebuilt"];
    let mut text = String::from("# A town in numbers\n");
    for i in 0..paragraphs {
        let thing = things[i % things.len()];
        let deed = deeds[i % deeds.len()];
        let year = 1900 + i;
        text += &format!("\nThe *{thing}* {deed} in {year}, and the council paid for it.\n");
    }
    text
}

const PARAGRAPHS: usize = 120;
const PER_REQUEST: usize = 3;

/// Translates the article through a backend at `url`; gives the run's counts.
fn translate(kind: &str, url: &str) -> Value {
    let desk = Desk::with(&format!(
        "[backends.main]\nkind = \"{kind}\"\nurl = \"{url}\"\nmodel = \"scripted\"\n\
         key_env = \"DESK_KEY\"\nparagraphs_per_request = {PER_REQUEST}\n"
    ));
    desk.put("town.md", article(PARAGRAPHS));
    let ran = desk.command(&["translate", "town.md", "--json"]).env("DESK_KEY", KEY).output();
    let ran = Ran::from(ran.unwrap());
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
    let pair = desk.pair("town.pair.json");
    assert_eq!(pair["complete"], true);
    let paragraphs = pair["paragraphs"].as_array().unwrap();
    assert_eq!(paragraphs.len(), PARAGRAPHS + 1);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    report["articles"][0]["counts"].clone()
}

const KEY: &str = "sk-front";

/// How many paragraphs a request carried: in its last message each has a header line of its own,
/// and so has the end.
fn carried(request: &Value) -> usize {
    let messages = request["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let text = messages.last().map(|message| message["content"].to_string()).unwrap_or_default();
    text.matches("[[").count().saturating_sub(1)
}

/// aimock refuses, breaks off and garbles requests by chance: the article is complete, and beyond
/// its paragraphs no more was carried than what it lost.
fn passes_aimock(kind: &str, path: &str) {
    let Some(folder) = configured("DIPTYCH_AIMOCK") else { return };
    let chaos =
        r#"{"dropRate":0.08,"malformedRate":0.05,"rateLimitRate":0.08,"disconnectRate":0.04}"#;
    let server = Server::start(Script::default());
    let other = aimock(&folder, &server, chaos);
    let counts = translate(kind, &format!("{}{path}", other.url));
    let journal = get(&other.url, "/__aimock/journal").unwrap();
    let entries = journal.as_array().unwrap();
    let lost = |entry: &&Value| {
        entry["response"]["status"] != 200 || entry["response"]["chaosAction"].is_string()
    };
    let sent = |entries: &mut dyn Iterator<Item = &Value>| -> usize {
        entries.map(|entry| carried(&entry["body"])).sum()
    };
    let all = sent(&mut entries.iter());
    let explained = sent(&mut entries.iter().filter(lost));
    println!(
        "{kind} through aimock: {} requests, {} of them lost; {all} paragraphs carried, \
         {explained} of them in vain; {counts}",
        entries.len(),
        entries.iter().filter(lost).count(),
    );
    assert!(entries.iter().filter(lost).count() > 0, "no chaos at all");
    assert_eq!(all, PARAGRAPHS + 1 + explained);
}

#[test]
fn an_article_passes_aimock_with_its_chaos_on() {
    passes_aimock("openai", "/v1");
}

/// LiteLLM allows fewer requests a minute than the article takes, says so in no header, and
/// counts what it refuses: the article is complete all the same, and paid for once.
fn passes_litellm(kind: &str, path: &str) {
    let Some(command) = configured("DIPTYCH_LITELLM") else { return };
    let server = Server::start(Script::default());
    let other = litellm(&command, &server);
    let counts = translate(kind, &format!("{}{path}", other.url));
    let requests = server.requests();
    let refused = counts["requests"].as_u64().unwrap() as usize - requests.len();
    println!(
        "{kind} through LiteLLM: {} requests reached the model, {refused} refused; {counts}",
        requests.len()
    );
    let carried: usize = requests.iter().map(|request| request.asked.len()).sum();
    assert_eq!(carried, PARAGRAPHS + 1);
    assert!(refused > 0, "its limit was never met");
}

#[test]
fn an_article_passes_litellm_with_its_limit_on() {
    passes_litellm("openai", "/v1");
}

#[test]
fn an_article_passes_aimock_as_anthropic() {
    passes_aimock("anthropic", "");
}

#[test]
fn an_article_passes_litellm_as_anthropic() {
    passes_litellm("anthropic", "");
}
