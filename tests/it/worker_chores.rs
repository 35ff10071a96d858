//! What a worker does beside its work, and what it says.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use diptych::worker::callback::signature;
use secrecy::SecretString;
use serde_json::Value;

use crate::desk::Desk;
use crate::running::Running;
use crate::server::{Script, Server};

const PATIENCE: Duration = Duration::from_secs(60);

/// Takes results: fails the first request, and gives the others on, head and body.
fn receiver() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let (send, received) = channel();
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let request = request(&mut stream);
            let status = if n == 0 { "503 Busy" } else { "204 No Content" };
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            if n > 0 && send.send(request).is_err() {
                return;
            }
        }
    });
    (host, received)
}

fn request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}

#[test]
fn a_result_is_sent_signed_until_it_is_taken() {
    let (host, received) = receiver();
    let desk = Desk::with(&format!(
        "[backends.main]\nkind = \"pseudo\"\n[worker]\ncallback_hosts = [\"{host}\"]\n\
         callback_key_env = \"TEST_CALLBACK_KEY\"\n"
    ));
    desk.put("story.md", "The ferry left on time.\n");
    let ran = desk.run(&["submit", "story.md", "--callback", "http://elsewhere.example/"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("elsewhere.example is not among"), "{}", ran.err);
    let ran = desk.run(&["submit", "story.md", "--callback", &format!("http://{host}/done")]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ended = Running::spawn(desk.command(&["worker", "--until-empty"])).ended();
    assert_eq!(ended.code, 1);
    assert!(ended.said.contains("TEST_CALLBACK_KEY is not set"), "{}", ended.said);
    // A job that any program hands in is held to the list as well.
    desk.put("queue/new/other.md.job.toml", "callback = \"http://169.254.169.254/\"\n");
    desk.put("queue/new/other.md", "The ferry left early.\n");
    let mut command = desk.command(&["worker", "--log", "json"]);
    command.env("TEST_CALLBACK_KEY", "canary-key");
    let mut worker = Running::spawn(command);
    worker.published(2);
    let (head, body) = received.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("post /done "), "{head}");
    let signature = signature(&SecretString::from("canary-key".to_owned()), &body);
    assert!(head.contains(&format!("x-diptych-signature: {signature}")), "{head}");
    let result: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&result["name"], &result["state"]), (&"story.md".into(), &"done".into()));
    worker.until("called back\"");
    let ended = worker.stop();
    assert!(!ended.said.contains("canary-key"), "{}", ended.said);
    assert_eq!(std::fs::read_dir(desk.at("queue/callbacks")).unwrap().count(), 0);
    let (_, jobs) = desk.json(&["jobs", "show", "other.md"]);
    let reason = jobs["jobs"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("169.254.169.254 is not among"), "{reason}");
}

#[test]
fn a_supervisor_is_told_that_it_is_ready_alive_and_stopping() {
    let desk = Desk::with("[backends.main]\nkind = \"pseudo\"\n");
    let socket = UnixDatagram::bind(desk.at("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = desk.command(&["worker"]);
    command.env("NOTIFY_SOCKET", desk.at("notify")).env("WATCHDOG_USEC", "100000");
    let worker = Running::spawn(command);
    let next = || {
        let mut told = [0; 64];
        let length = socket.recv(&mut told).unwrap();
        String::from_utf8(told[..length].to_vec()).unwrap()
    };
    while next() != "READY=1" {}
    while next() != "WATCHDOG=1" {}
    worker.signal("TERM");
    while next() != "STOPPING=1" {}
    assert_eq!(worker.ended().code, 0);
}

#[test]
fn a_worker_says_how_it_is_and_never_what_it_reads() {
    let canary = "Zebedee counted the lighthouses twice";
    let server = Server::start(Script::default());
    let desk = Desk::with_server(&server.url(), "key_env = \"TEST_BACKEND_KEY\"\n");
    desk.put("story.md", format!("{canary}.\n\nNobody waved.\n"));
    assert_eq!(desk.run(&["submit", "story.md"]).code, 0);
    let mut command = desk.command(&["worker", "--log", "json"]);
    command.env("TEST_BACKEND_KEY", "canary-key").env("DIPTYCH_LOG", "trace");
    let mut worker = Running::spawn(command);
    worker.published(1);
    let report = loop {
        let (_, jobs) = desk.json(&["jobs"]);
        if jobs["workers"][0]["done"] == 1 {
            break jobs["workers"][0].clone();
        }
    };
    assert_eq!(report["state"], "working");
    assert_eq!(report["queue"]["waiting"], 0);
    assert_eq!(report["counts"]["paragraphs_sent"], 2);
    assert!(report["worker"].is_string());
    let ended = worker.stop();
    let ours = ended.said.lines().filter(|line| line.contains("diptych") || line.contains("job"));
    for line in ours {
        assert!(!line.contains("Zebedee") && !line.contains("canary-key"), "{line}");
    }
    assert!(!ended.said.contains("canary-key"), "the key is in the log");
    let json = |line: &str| serde_json::from_str::<Value>(line).is_ok();
    let other = ended.said.lines().find(|line| !json(line));
    assert_eq!(other, None, "every line of the log is JSON");
    let (_, jobs) = desk.json(&["jobs"]);
    assert_eq!(jobs["workers"], Value::Array(vec![]));
    let config = desk.read("pipeline.toml") + "[worker]\nexport = \"exports\"\n";
    desk.put("pipeline.toml", config);
    let mut worker = Running::start(&desk);
    worker.until("exported the memory");
    assert_eq!(worker.stop().code, 0);
    let exported = std::fs::read_dir(desk.at("exports")).unwrap().next().unwrap().unwrap();
    assert!(std::fs::read_to_string(exported.path()).unwrap().contains(canary));
}

#[test]
fn what_has_an_error_is_held_where_that_is_asked() {
    let script = Script {
        answer: std::sync::Arc::new(|_| "渡轮于99分钟后离开。".to_owned()),
        ..Script::default()
    };
    let server = Server::start(script);
    let text = "The ferry left 12 minutes late.\n";
    for (on_error, end) in [("publish-flagged", "done"), ("hold", "failed")] {
        let more = format!("[checks]\non_error = \"{on_error}\"\n");
        let desk = Desk::with_server(&server.url(), &more);
        desk.put("story.md", text);
        assert_eq!(desk.run(&["submit", "story.md"]).code, 0);
        assert_eq!(desk.run(&["worker", "--until-empty"]).code, 0);
        let (_, jobs) = desk.json(&["jobs", "show", "story.md"]);
        let job = &jobs["jobs"][0];
        assert_eq!(job["state"], end, "{job}");
        let folder = std::path::PathBuf::from(job["path"].as_str().unwrap());
        assert!(desk.path().join(folder).join("story.zh.md").exists());
        if end == "failed" {
            assert!(job["reason"].as_str().unwrap().contains("held"), "{job}");
        }
    }
}
