//! A key is seen by its provider and by nobody else.
//!
//! Every command that any test runs on a desk has the key in its environment and logs everything;
//! what it prints and every file it leaves is searched for the key, plain, in base64 and with the
//! escapes of an address (`tests/support/desk.rs`). Here the key is put where else a key can
//! stand, and providers quote it back.

use std::io::{Read, Write};
use std::net::TcpListener;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::desk::{CANARY, Desk, KEY_ENV, Ran, assert_no_key};

/// A provider that answers every request with these bytes.
fn provider(response: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            // Enough of the request that the client is done sending: it is small.
            let mut request = [0; 65536];
            let read = stream.read(&mut request);
            if read.is_ok() {
                // A client that is gone is none of its business.
                let _ = stream.write_all(response.as_bytes());
            }
        }
    });
    address.to_string()
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n{body}"
    )
}

/// What providers may say; the key in it in all forms.
fn answers() -> Vec<String> {
    let escaped = CANARY.replace('+', "%2B").replace('/', "%2F");
    let basic = STANDARD.encode(format!("user:{CANARY}"));
    let quoted = [CANARY, &escaped, &basic];
    let mut answers = Vec::new();
    for quoted in quoted {
        let body =
            format!(r#"{{"error":{{"message":"no such key: {quoted}","code":"{quoted}"}}}}"#);
        for status in ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "402 Pay", "200 OK"]
        {
            answers.push(answer(status, "", &body));
        }
        answers.push(answer("401 Unauthorized", "", &format!("<h1>{quoted}</h1>")));
        let there = format!("location: https://{quoted}.example/?key={quoted}\r\n");
        answers.push(answer("302 Found", &there, ""));
        answers.push(answer("404 Not Found", &format!("x-request-id: {quoted}\r\n"), quoted));
        // A refusal of the model, and a reply that is none.
        let body = format!(r#"{{"choices":[{{"message":{{"refusal":"{quoted}"}}}}]}}"#);
        answers.push(answer("200 OK", "", &body));
        answers.push(answer("200 OK", "", quoted));
    }
    answers
}

fn desk(table: &str) -> Desk {
    let desk = Desk::with(&format!("[backends.main]\nmodel = \"m\"\n{table}\n"));
    desk.put("story.md", "# A storm\n\nThe storm passed, and the harbour opened again.\n");
    desk
}

/// Both commands that talk to providers; the desk looks for the key in all they leave.
fn run(desk: &Desk) {
    for args in
        [&["translate", "story.md"][..], &["translate", "story.md", "--json"], &["backends"]]
    {
        let ran = desk.run(args);
        assert_ne!(ran.code, 0, "{args:?}: {} {}", ran.out, ran.err);
        assert_ne!(ran.code, 101, "{args:?}: {} {}", ran.out, ran.err);
    }
}

#[test]
fn providers_that_quote_the_key_are_quoted_without_it() {
    for answer in answers() {
        let host = provider(answer);
        run(&desk(&format!("url = \"http://{host}/v1\"\nkey_env = \"{KEY_ENV}\"")));
    }
}

#[test]
fn a_key_in_the_address_is_shown_to_nobody() {
    let host = provider(answer("401 Unauthorized", "", "{}"));
    let gone = "127.0.0.1:9";
    let escaped = CANARY.replace('+', "%2B").replace('/', "%2F");
    for url in [
        format!("http://{escaped}@{host}/v1"),
        format!("http://user:{escaped}@{host}/v1"),
        format!("http://{host}/{escaped}/v1"),
        format!("http://{host}/v1?key={escaped}"),
        format!("http://{gone}/{escaped}/v1"),
        format!("https://user:{escaped}@{host}/v1"),
        // No addresses at all.
        format!("{escaped}@{host}/v1"),
        format!("ftp://{host}/{escaped}"),
        escaped.clone(),
    ] {
        // The configuration holds it by the user's own hand.
        let desk = desk(&format!("url = \"{url}\""));
        run(&desk);
        desk.put("pipeline.toml", "");
    }
}

#[test]
fn a_key_where_the_name_of_its_variable_belongs_is_not_shown() {
    let host = provider(answer("401 Unauthorized", "", "{}"));
    let desk = desk(&format!("url = \"http://{host}/v1\"\nkey_env = \"{CANARY}\""));
    run(&desk);
    desk.put("pipeline.toml", "");
}

#[test]
fn a_key_that_no_header_can_carry_is_not_shown() {
    let host = provider(answer("401 Unauthorized", "", "{}"));
    let desk = desk(&format!("url = \"http://{host}/v1\"\nkey_env = \"{KEY_ENV}\""));
    for key in [format!("{CANARY}\u{7f}"), format!("a\n{CANARY}"), format!("é{CANARY}")] {
        for command in ["backends", "translate"] {
            let mut command = desk.command(&[command]);
            if command.get_args().any(|arg| arg == "translate") {
                command.arg("story.md");
            }
            let ran = Ran::from(command.env(KEY_ENV, &key).output().unwrap());
            assert_ne!(ran.code, 0, "{} {}", ran.out, ran.err);
        }
    }
}

#[test]
fn the_search_for_the_key_finds_it_in_every_form() {
    let escaped = CANARY.replace('+', "%2B").replace('/', "%2F");
    let longer = |before: &str| STANDARD.encode(format!("{before}{CANARY}:"));
    for shown in [CANARY.to_owned(), escaped, longer(""), longer("u:"), longer("user")] {
        let text = format!("before {shown} after");
        let found = std::panic::catch_unwind(|| assert_no_key("a text", text.as_bytes()));
        assert!(found.is_err(), "{shown}");
    }
    assert_no_key("a text", b"sk-canary");
}
