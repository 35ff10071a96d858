//! The OpenAI backend against a real server, with real sockets and real, short times.

use std::time::Duration;

use diptych::backend::http::{Account, Prices, Settings};
use diptych::backend::openai::OpenAi;
use diptych::backend::{Backend, BackendError, Capacity, Move, Reply};
use diptych::brief::{Brief, BriefParagraph, Context, Wanted};
use diptych::glossary::RequiredTerm;
use diptych::language::{Target, Variant};
use diptych::limits::Limits;
use diptych::limits::retry::Patience;
use diptych::limits::stop::{Stop, stop};
use diptych::paragraph::{Kind, Marked};
use secrecy::SecretString;

use crate::server::{Fault, Script, Server};

fn settings(server: &Server) -> Settings {
    Settings {
        name: "main".into(),
        url: server.url(),
        model: "m".into(),
        key: Some(SecretString::from("sk-canary")),
        capacity: Capacity::of_tokens(25, 4096),
        prices: Prices { input: 1.0, output: 2.0, ..Prices::default() },
        limits: Limits::default(),
        timeout: Duration::from_secs(10),
        account: Account::default(),
        patience: Patience::default(),
    }
}

fn brief(sources: &[&str]) -> Brief {
    let paragraph = |(i, source): (usize, &&str)| BriefParagraph {
        number: i + 1,
        kind: Kind::Paragraph,
        source: Marked::parse(source).unwrap(),
        terms: [].into(),
        complaint: None,
        reference: None,
    };
    Brief {
        to: Target::Chinese(Variant::Hans),
        context: Context { title: Some("[[x 1 heading]]".into()), ..Context::default() },
        wanted: Wanted::Translations,
        paragraphs: sources.iter().enumerate().map(paragraph).collect(),
        terms: vec![RequiredTerm {
            source: "data center".into(),
            at: 0..11,
            accepted: vec!["数据中心".into(), "机房".into()],
            forbidden: vec!["资料中心".into()],
            note: Some("not a call center".into()),
            ..RequiredTerm::default()
        }],
        names: Vec::new(),
        attempt: 0,
    }
}

async fn ask(script: Script) -> (Result<Reply, BackendError>, Server) {
    let server = Server::start(script);
    let backend = OpenAi::new(settings(&server), Stop::never(), 1).unwrap();
    let reply = backend
        .translate(&brief(&["A <1>new</1> data center &amp; more.", "It opens in 2027."]))
        .await;
    (reply, server)
}

fn numbers(reply: Result<Reply, BackendError>) -> Vec<usize> {
    reply.unwrap().items.into_iter().map(|(number, _)| number).collect()
}

#[tokio::test]
async fn a_brief_is_translated() {
    let (reply, server) = ask(Script::default()).await;
    let reply = reply.unwrap();
    assert_eq!(reply.items.len(), 2);
    let first = Marked::parse(&reply.items[0].1).unwrap();
    let source = Marked::parse("A <1>new</1> data center &amp; more.").unwrap();
    assert_eq!(source.same_marks(&first), Ok(()));
    assert!(first.as_str().contains("数据中心"));
    assert!(reply.usage.tokens_in > 0.0 && reply.usage.tokens_out > 0.0);
    let cost = (reply.usage.tokens_in + 2.0 * reply.usage.tokens_out) / 1e6;
    assert!((reply.usage.cost - cost).abs() < 1e-12);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].authorization.as_deref(), Some("Bearer sk-canary"));
    assert_eq!(requests[0].body["model"], "m");
    assert_eq!(server.paragraphs(), ["A <1>new</1> data center &amp; more.", "It opens in 2027."]);
}

#[tokio::test]
async fn no_key_no_header() {
    let server = Server::start(Script::default());
    let settings = Settings { key: None, ..settings(&server) };
    let backend = OpenAi::new(settings, Stop::never(), 1).unwrap();
    backend.translate(&brief(&["Text."])).await.unwrap();
    assert_eq!(server.requests()[0].authorization, None);
}

#[tokio::test]
async fn what_is_sound_in_a_reply_is_kept() {
    assert_eq!(numbers(ask(Script::failing(&[0], Fault::Preamble)).await.0), [1, 2]);
    assert_eq!(numbers(ask(Script::failing(&[0], Fault::Missing)).await.0), [1]);
    assert_eq!(numbers(ask(Script::failing(&[0], Fault::Cut)).await.0), [1]);
    // Whether it is a translation is for the checks to say.
    assert_eq!(numbers(ask(Script::failing(&[0], Fault::Echo)).await.0), [1, 2]);
    assert_eq!(numbers(ask(Script::failing(&[0], Fault::BrokenMarks)).await.0), [1, 2]);
}

#[tokio::test]
async fn unusable_replies_are_told_with_their_cost() {
    for fault in [Fault::Garbage, Fault::Refusal, Fault::Text("no headers".into())] {
        let (reply, server) = ask(Script::failing(&[0], fault.clone())).await;
        match reply {
            Err(BackendError::Unusable { usage, .. } | BackendError::Withheld { usage, .. }) => {
                assert!(usage.cost > 0.0, "{fault:?}")
            }
            other => panic!("{fault:?}: {other:?}"),
        }
        assert_eq!(server.requests().len(), 1, "{fault:?} is not for the door to mend");
    }
}

#[tokio::test]
async fn what_time_mends_is_sent_again() {
    for fault in [Fault::Status(503, "overloaded"), Fault::Reset, Fault::TooMany(0.2)] {
        let (reply, server) = ask(Script::failing(&[0], fault.clone())).await;
        assert_eq!(numbers(reply), [1, 2], "{fault:?}");
        assert_eq!(server.requests().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn what_time_does_not_mend_is_told_at_once() {
    let told = async |status, code| {
        let (reply, server) = ask(Script::failing(&[0], Fault::Status(status, code))).await;
        assert_eq!(server.requests().len(), 1, "{status} {code}");
        reply.unwrap_err()
    };
    assert!(matches!(told(401, "x").await, BackendError::Refused { status: 401, .. }));
    assert!(matches!(told(402, "x").await, BackendError::Quota { .. }));
    assert!(matches!(told(429, "insufficient_quota").await, BackendError::Quota { .. }));
    assert!(matches!(told(400, "context_length_exceeded").await, BackendError::TooLarge { .. }));
    assert!(matches!(told(404, "x").await, BackendError::Rejected { status: 404, .. }));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_keeps_the_key() {
    let elsewhere = Server::start(Script::default());
    let target = elsewhere.url();
    let (reply, _) = ask(Script::failing(&[0], Fault::Redirect(target.clone()))).await;
    let told = reply.unwrap_err().to_string();
    let host = target.trim_start_matches("http://").trim_end_matches("/v1");
    assert!(told.contains(host), "{told}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn nobody_there_is_told_by_host() {
    let server = Server::start(Script::default());
    let settings = settings(&server);
    let host = server.url().trim_start_matches("http://").trim_end_matches("/v1").to_owned();
    drop(server);
    let backend = OpenAi::new(settings, Stop::never(), 1).unwrap();
    let error = backend.translate(&brief(&["Text."])).await.unwrap_err();
    match &error {
        BackendError::Unreachable { host: told, .. } => assert_eq!(*told, host),
        other => panic!("{other:?}"),
    }
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn a_slow_drip_ends_at_the_deadline() {
    let server = Server::start(Script { latency: Duration::from_secs(30), ..Script::default() });
    let settings = Settings { timeout: Duration::from_millis(200), ..settings(&server) };
    let backend = OpenAi::new(settings, Stop::never(), 1).unwrap();
    let begin = std::time::Instant::now();
    let error = backend.translate(&brief(&["Text."])).await.unwrap_err();
    assert!(matches!(error, BackendError::Lost { attempts: 1, .. }), "{error:?}");
    assert_eq!(error.sends(), 1, "it may have been paid for");
    let error = backend.translate(&brief(&["One.", "Two."])).await.unwrap_err();
    assert_eq!(error.next(), Move::Smaller, "half of it may be quick enough");
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(server.requests().len(), 2, "the same request again would be as late");
}

#[tokio::test]
async fn models_without_temperature_are_asked_without() {
    let refusal = Fault::Status(400, "unsupported_value:temperature");
    let (reply, server) = ask(Script::failing(&[0], refusal)).await;
    assert_eq!(numbers(reply), [1, 2]);
    let temperature: Vec<_> =
        server.requests().iter().map(|it| it.body.get("temperature").is_some()).collect();
    assert_eq!(temperature, [true, false]);
}

#[tokio::test]
async fn another_attempt_is_another_request() {
    let server = Server::start(Script::default());
    let backend = OpenAi::new(settings(&server), Stop::never(), 1).unwrap();
    for attempt in 0..3 {
        let brief = Brief { attempt, ..brief(&["Text."]) };
        backend.translate(&brief).await.unwrap();
    }
    let requests = server.requests();
    assert_eq!(requests[0].message("system"), requests[2].message("system"));
    assert_ne!(requests[0].body["temperature"], requests[1].body["temperature"]);
}

#[tokio::test]
async fn a_stop_lets_what_is_in_flight_finish() {
    let latency = Duration::from_millis(300);
    let server = Server::start(Script { latency, ..Script::default() });
    let (switch, stop) = stop();
    let limits = Limits { concurrency: 1, ..Limits::default() };
    let backend = OpenAi::new(Settings { limits, ..settings(&server) }, stop, 1).unwrap();
    let (one, two) = (brief(&["One."]), brief(&["Two."]));
    let stopping = async {
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        switch.stop();
    };
    let (first, second, ()) =
        tokio::join!(backend.translate(&one), backend.translate(&two), stopping);
    assert_eq!(numbers(first), [1]);
    assert!(matches!(second, Err(BackendError::Stopped { .. })));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn never_more_at_once_than_configured_and_never_over_the_limit() {
    let server = Server::start(Script {
        latency: Duration::from_millis(20),
        limit: Some(crate::server::ServerLimit {
            requests: 60,
            window: Duration::from_secs(1),
            // Room for the lateness of a busy machine, not for a whole second at once.
            burst: Duration::from_millis(250),
        }),
        ..Script::default()
    });
    let limits = Limits { requests_per_second: Some(60), concurrency: 3, ..Limits::default() };
    let backend = OpenAi::new(Settings { limits, ..settings(&server) }, Stop::never(), 1).unwrap();
    let brief = brief(&["Text."]);
    // A reply takes its place among the requests in flight until it is dropped.
    let asked = (0..60).map(|_| async { backend.translate(&brief).await.is_ok() });
    let answered = futures_util::future::join_all(asked).await;
    assert!(answered.iter().all(|&answered| answered));
    assert_eq!(server.count(429), 0);
    assert!(server.most_at_once() <= 3, "{}", server.most_at_once());
}
