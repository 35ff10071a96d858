//! What a backend may do to us, row by row of the table of faults: each with what follows.
//!
//! Where time matters the provider is in memory and the clock is paused; where the connection
//! itself is at fault the sockets are real, and the times short.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diptych::backend::http::{Settings, Way};
use diptych::backend::kinds::{Kind as BackendKind, Opening};
use diptych::backend::openai::OpenAi;
use diptych::backend::{Backend, BackendError, Reply};
use diptych::brief::{Brief, BriefParagraph, Context, Wanted};
use diptych::glossary::Glossary;
use diptych::language::{Target, Variant};
use diptych::limits::retry::Patience;
use diptych::limits::stop::Stop;
use diptych::limits::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use diptych::paragraph::{Kind, Marked};
use diptych::pipeline::Translated;
use serde_json::json;

use crate::provider::{
    Outcome, Provider, asked, backend, completion, good, paused, pipeline, settings, status, told,
    translate, translation,
};
use crate::raw::{Deed, Raw};
use crate::server::{pseudo, written};
use crate::tls;

const LATENCY: Duration = Duration::from_millis(100);

fn brief(paragraphs: usize) -> Brief {
    let paragraph = |i| BriefParagraph {
        number: i + 1,
        kind: Kind::Paragraph,
        source: Marked::from_plain(&format!("Ship {i} came in late, and the crew said nothing.")),
        terms: [].into(),
        complaint: None,
        reference: None,
    };
    Brief {
        to: Target::Chinese(Variant::Hans),
        context: Context::default(),
        wanted: Wanted::Translations,
        paragraphs: (0..paragraphs).map(paragraph).collect(),
        terms: Vec::new(),
        names: Vec::new(),
        attempt: 0,
    }
}

/// A backend asked once, on a clock of its own.
fn ask(
    decide: impl Fn(usize, Duration, &HttpRequest) -> Outcome + Send + Sync + 'static,
) -> (Result<Reply, BackendError>, Vec<f64>) {
    paused(async {
        let provider = Provider::new(LATENCY, decide);
        let reply = backend(&provider, settings("main")).translate(&brief(2)).await;
        (reply, provider.times())
    })
}

/// The first request meets this, the others a good reply.
fn once(first: impl Fn() -> Outcome) -> (Result<Reply, BackendError>, Vec<f64>) {
    let first = first();
    ask(move |index, _, request| if index == 0 { first.clone() } else { Ok(good(request)) })
}

fn is_good((reply, times): &(Result<Reply, BackendError>, Vec<f64>), requests: usize) {
    let reply = reply.as_ref().unwrap();
    assert_eq!((reply.items.len(), times.len()), (2, requests), "{times:?}");
    assert_eq!(reply.sends as usize, requests);
}

/// An article of four paragraphs through a pipeline with such a model, and how often it was asked.
fn article(
    decide: impl Fn(usize, &HttpRequest) -> Outcome + Send + Sync + 'static,
) -> (Translated, usize) {
    let folder = tempfile::tempdir().unwrap();
    paused(async {
        let provider = Provider::new(LATENCY, move |index, _, request| decide(index, request));
        let pipeline = pipeline(folder.path(), vec![backend(&provider, settings("main"))]);
        let done = translate(&pipeline, "story", 4).await;
        let asked = provider.seen().len();
        (done, asked)
    })
}

/// It is complete, and every paragraph is the translation of its own source.
fn is_whole(done: &Translated) {
    assert!(done.pair.is_complete(), "{:?}", done.failures);
    for paragraph in &done.pair.paragraphs {
        let Some(shown) = &paragraph.translation else { panic!("{paragraph:?}") };
        let number = paragraph.source.split(' ').nth(1).unwrap();
        assert!(shown.target.contains(number), "{} for {}", shown.target, paragraph.source);
    }
}

/// The real thing at this address; `timeout` is the total deadline.
async fn really(url: String, timeout: Duration) -> Result<Reply, BackendError> {
    let patience = Patience { unanswered: 1, ..Patience::default() };
    let settings = Settings { url, timeout, patience, ..settings("main") };
    OpenAi::new(settings, Stop::never(), 1).unwrap().translate(&brief(2)).await
}

const SECONDS: Duration = Duration::from_secs(20);

fn of_raw(body: &str) -> String {
    let body = serde_json::from_str(body).unwrap();
    let request = HttpRequest {
        method: reqwest::Method::POST,
        url: "http://127.0.0.1/".parse().unwrap(),
        headers: Default::default(),
        key: None,
        body: serde_json::Value::to_string(&body).into_bytes(),
    };
    String::from_utf8(good(&request).body).unwrap()
}

#[test]
fn row_01_a_refused_connection_is_tried_again_and_told_by_host() {
    is_good(&once(|| Err(TransportError::Connect("refused".into()))), 2);
    let (reply, times) = ask(|_, _, _| Err(TransportError::Connect("refused".into())));
    assert_eq!(times.len(), 3, "a server that never answered is not waited for");
    let told = reply.unwrap_err().to_string();
    assert_eq!(told, "main: no answer from main.example: refused");
}

#[tokio::test]
async fn row_01_nobody_listens_or_no_such_host() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for host in [address.to_string(), "no-such-host.invalid".to_owned()] {
        let error = really(format!("http://{host}/v1/secret-path"), SECONDS).await.unwrap_err();
        assert!(matches!(error, BackendError::Unreachable { .. }), "{error:?}");
        let told = error.to_string();
        assert!(told.contains(&host) && !told.contains("secret-path"), "{told}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn row_02_a_connection_that_hangs_is_given_up_after_five_seconds() {
    // One that is never accepted fills the queue, and the next ones are not answered at all.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let connecting = tokio::net::TcpStream::connect(address);
        waiting.push(tokio::time::timeout(Duration::from_millis(300), connecting).await);
    }
    assert!(waiting.iter().any(Result::is_err), "the queue is full");
    let begin = Instant::now();
    let error = really(format!("http://{address}/v1"), SECONDS).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error:?}");
    let took = begin.elapsed();
    assert!(took >= Duration::from_secs(4) && took < Duration::from_secs(15), "{took:?}");
}

#[tokio::test]
async fn row_03_a_reset_before_the_response_is_tried_again_and_counted() {
    let server = Raw::start(vec![Deed::Reset, Deed::Make(of_raw)]);
    let reply = really(format!("http://{}/v1", server.host()), SECONDS).await.unwrap();
    assert_eq!((reply.items.len(), reply.sends), (2, 2), "it may have been paid for");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn row_04_a_body_that_breaks_off_is_discarded_and_tried_again() {
    let server = Raw::start(vec![Deed::Truncate, Deed::Make(of_raw)]);
    let reply = really(format!("http://{}/v1", server.host()), SECONDS).await.unwrap();
    assert_eq!((reply.items.len(), reply.sends), (2, 2));
    let always = Raw::start(vec![Deed::Truncate]);
    let error = really(format!("http://{}/v1", always.host()), SECONDS).await.unwrap_err();
    assert!(matches!(error, BackendError::Lost { attempts: 3, .. }), "{error:?}");
    assert_eq!(error.sends(), 3, "what may be paid for is counted");
    assert_eq!(always.heard().len(), 3);
}

#[test]
fn row_05_malformed_json_is_asked_for_again() {
    let (done, asked) = article(|index, request| {
        let mut body = good(request).body;
        if index == 0 {
            body.truncate(body.len() / 2);
        }
        Ok(HttpResponse::new(200, body))
    });
    is_whole(&done);
    assert!((2..=3).contains(&asked), "{asked}");
}

#[tokio::test]
async fn row_06_a_slow_drip_ends_at_the_total_deadline() {
    let server = Raw::start(vec![Deed::Drip]);
    let begin = Instant::now();
    let url = format!("http://{}/v1", server.host());
    let error = really(url, Duration::from_millis(400)).await.unwrap_err();
    assert!(matches!(error, BackendError::Late { .. }), "{error:?}");
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(server.connections(), 1, "the same request would be as late");
}

#[test]
fn row_06_padding_before_the_document_is_legal() {
    let padded = |request: &HttpRequest| {
        let mut body = b"\n\n: keep-alive\n\n\r\n: keep-alive\n\n".to_vec();
        body.extend_from_slice(&good(request).body);
        HttpResponse::new(200, body)
    };
    is_good(&ask(move |_, _, request| Ok(padded(request))), 1);
}

fn error_inside(body: &serde_json::Value) -> HttpResponse {
    HttpResponse::new(200, json!({ "error": body }).to_string().into_bytes())
}

#[test]
fn row_07_an_error_inside_a_200_is_that_error() {
    is_good(&once(|| Ok(error_inside(&json!({ "code": 503, "message": "overloaded" })))), 2);
    is_good(&once(|| Ok(error_inside(&json!({ "type": "overloaded_error" })))), 2);
    let (reply, times) = ask(|_, _, _| Ok(error_inside(&json!({ "code": "insufficient_quota" }))));
    assert!(matches!(reply, Err(BackendError::Quota { .. })), "{reply:?}");
    assert_eq!(times.len(), 1);
}

#[test]
fn row_08_a_reply_cut_off_is_asked_for_in_parts_and_never_published() {
    let (done, requests) = article(|_, request| {
        let text = translation(request);
        if asked(request).1.len() == 1 {
            return Ok(completion(&text, "stop"));
        }
        // Cut in the middle of the first paragraph.
        let end = text.char_indices().nth(40).map_or(text.len(), |(at, _)| at);
        Ok(completion(&text[..end], "length"))
    });
    is_whole(&done);
    assert!(requests > 4, "{requests}");
}

#[test]
fn row_09_a_filter_or_a_refusal_leads_to_the_next_backend() {
    let filtered = |request: &HttpRequest| completion(&translation(request), "content_filter");
    let refusing = |_: &HttpRequest| {
        let message = json!({ "role": "assistant", "content": null, "refusal": "I cannot." });
        let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
        HttpResponse::new(200, json!({ "choices": [choice] }).to_string().into_bytes())
    };
    let ways: [fn(&HttpRequest) -> HttpResponse; 2] = [filtered, refusing];
    for way in ways {
        let folder = tempfile::tempdir().unwrap();
        paused(async {
            let main = Provider::new(LATENCY, move |_, _, request| Ok(way(request)));
            let spare = Provider::new(LATENCY, |_, _, request| Ok(good(request)));
            let lines: [Arc<dyn Backend>; 2] =
                [backend(&main, settings("main")), backend(&spare, settings("spare"))];
            let pipeline = pipeline(folder.path(), lines.to_vec());
            is_whole(&translate(&pipeline, "story", 4).await);
        });
        let (done, asked) = article(move |_, request| Ok(way(request)));
        assert!(done.pair.paragraphs.iter().all(|it| it.translation.is_none()));
        assert_eq!(done.failures.len(), 4, "each is named");
        assert_eq!(
            asked, 7,
            "all, the halves, and each alone once: the same model is not asked again"
        );
    }
}

#[test]
fn row_08_a_reply_used_up_by_reasoning_is_asked_for_in_parts() {
    for content in [json!(""), json!(null), json!("<think>\nThe user wants")] {
        let (done, asked) = article(move |_, request| {
            if asked(request).1.len() == 1 {
                return Ok(good(request));
            }
            let message = json!({ "role": "assistant", "content": content });
            let choice = json!({ "index": 0, "message": message, "finish_reason": "length" });
            Ok(HttpResponse::new(200, json!({ "choices": [choice] }).to_string().into_bytes()))
        });
        is_whole(&done);
        assert_eq!(asked, 7);
    }
}

#[test]
fn row_10_an_empty_reply_is_asked_for_once_more() {
    for content in [json!(""), json!(null), json!("\n\n")] {
        let (done, asked) = article(move |index, request| {
            let message = json!({ "role": "assistant", "content": content, "tool_calls": [] });
            let choice = json!({ "index": 0, "message": message, "finish_reason": "tool_calls" });
            let body = json!({ "choices": [choice] }).to_string().into_bytes();
            Ok(if index == 0 { HttpResponse::new(200, body) } else { good(request) })
        });
        is_whole(&done);
        assert!((2..=3).contains(&asked), "{asked}");
    }
}

#[test]
fn row_11_reasoning_is_no_translation() {
    for field in ["reasoning_content", "reasoning"] {
        let (done, asked) = article(move |_, request| {
            let mut message = json!({ "role": "assistant", "content": translation(request) });
            message[field] = json!("The user wants a translation, so I …");
            let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
            Ok(HttpResponse::new(200, json!({ "choices": [choice] }).to_string().into_bytes()))
        });
        is_whole(&done);
        assert_eq!(asked, 1);
    }
    let thinking = |text: &str| format!("<think>\nThe user wants …\n</think>\n\n{text}");
    let (done, requests) =
        article(move |_, request| Ok(completion(&thinking(&translation(request)), "stop")));
    is_whole(&done);
    assert_eq!(requests, 1);
    // Never closed, it was cut off.
    let (done, _) =
        article(|_, _| Ok(completion("<think>\nThe user wants a translation of", "stop")));
    assert_eq!(done.failures.len(), 4);
}

#[test]
fn row_12_a_429_with_a_time_holds_everyone_that_long() {
    for (header, value, wait) in
        [("retry-after", "7", 7.0), ("retry-after-ms", "2500", 2.5), ("retry-after", "1.5", 1.5)]
    {
        paused(async {
            let provider = Provider::new(LATENCY, move |index, _, request| {
                Ok(if index == 0 { told(429, header, value) } else { good(request) })
            });
            let backend = backend(&provider, settings("main"));
            let late = async {
                tokio::time::sleep(2 * LATENCY).await;
                backend.translate(&brief(1)).await.unwrap();
            };
            let first = async { backend.translate(&brief(2)).await.unwrap() };
            tokio::join!(first, late);
            let times = provider.times();
            assert_eq!(times.len(), 3);
            assert!(times[1..].iter().all(|at| *at >= 0.1 + wait), "{times:?}");
        });
    }
}

#[test]
fn row_13_a_429_without_a_time_is_backed_off_from() {
    let (reply, times) =
        ask(|index, _, request| Ok(if index < 12 { status(429) } else { good(request) }));
    reply.unwrap();
    let waits: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0] - 0.1).collect();
    assert!((1.0..=1.3).contains(&waits[0]), "{waits:?}");
    for pair in waits.windows(2) {
        assert!(pair[1] >= 1.2 * pair[0] || pair[1] >= 55.0, "{waits:?}");
        assert!(pair[1] <= 75.0, "{waits:?}");
    }
}

#[test]
fn row_14_a_used_up_quota_parks_the_backend() {
    let quota = || {
        let body = json!({ "error": { "code": "insufficient_quota", "message": "no credit" } });
        HttpResponse::new(429, body.to_string().into_bytes())
    };
    let ways: [fn() -> HttpResponse; 2] = [quota, || status(402)];
    for way in ways {
        paused(async {
            let provider = Provider::new(LATENCY, move |_, at, request| {
                Ok(if at.as_secs() < 400 { way() } else { good(request) })
            });
            let backend = backend(&provider, settings("main"));
            let error = backend.translate(&brief(1)).await.unwrap_err();
            assert!(matches!(error, BackendError::Quota { .. }), "{error:?}");
            let mut answered = 0;
            for _ in 0..80 {
                tokio::time::sleep(Duration::from_secs(10)).await;
                match backend.translate(&brief(1)).await {
                    Ok(_) => answered += 1,
                    Err(error) => assert!(
                        matches!(error, BackendError::Closed { .. } | BackendError::Quota { .. }),
                        "{error:?}"
                    ),
                }
            }
            let vain = provider.times().iter().filter(|at| **at < 400.0).count();
            assert_eq!(vain, 2, "one probe in five minutes");
            assert!(answered > 10, "{answered}");
        });
    }
}

#[test]
fn row_15_googles_403_for_speed_is_no_refusal() {
    paused(async {
        let provider = Provider::new(LATENCY, |index, _, request| {
            if index == 0 {
                let error = json!({ "code": 403, "message": "User Rate Limit Exceeded",
                    "errors": [{ "reason": "userRateLimitExceeded", "domain": "usageLimits" }] });
                let body = json!({ "error": error }).to_string();
                return Ok(HttpResponse::new(403, body.into_bytes()));
            }
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let texts = body["q"].as_array().map_or(1, Vec::len);
            let translated = vec![json!({ "translatedText": "船来晚了。" }); texts];
            let body = json!({ "data": { "translations": translated } });
            Ok(HttpResponse::new(200, body.to_string().into_bytes()))
        });
        let transport = Arc::clone(&provider) as Arc<dyn Transport>;
        let way = Way { transport: Some(transport), ..Way::new(Stop::never(), 1) };
        let glossary = Glossary::default();
        let opening = Opening { settings: settings("main"), way, glossary: &glossary };
        let google = (BackendKind::named("google").unwrap().open)(opening).unwrap();
        let reply = google.translate(&brief(2)).await.unwrap();
        assert_eq!((reply.items.len(), reply.sends), (2, 2));
    });
}

#[test]
fn row_16_a_refused_key_is_not_tried_again_and_not_told() {
    for code in [401, 403] {
        let body = json!({ "error": { "message": "Incorrect API key provided: sk-canary" } });
        let (reply, times) =
            ask(move |_, _, _| Ok(HttpResponse::new(code, body.to_string().into_bytes())));
        let error = reply.unwrap_err();
        assert!(matches!(error, BackendError::Refused { .. }), "{error:?}");
        assert_eq!(times.len(), 1);
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

#[test]
fn row_17_what_is_too_large_is_asked_for_in_parts() {
    let context = || {
        let body = json!({ "error": { "code": "context_length_exceeded", "message": "x" } });
        HttpResponse::new(400, body.to_string().into_bytes())
    };
    let ways: [fn() -> HttpResponse; 2] = [context, || status(413)];
    for way in ways {
        let (done, requests) = article(move |_, request| {
            Ok(if asked(request).1.len() > 1 { way() } else { good(request) })
        });
        is_whole(&done);
        assert_eq!(requests, 3 + 4, "halves, and halves again");
    }
}

#[test]
fn row_18_what_nothing_helps_is_told_at_once() {
    let long = "长".repeat(2000) + "\u{1b}[31m";
    for code in [400, 404, 422] {
        let body = json!({ "error": { "message": long } }).to_string().into_bytes();
        let (reply, times) = ask(move |_, _, _| Ok(HttpResponse::new(code, body.clone())));
        let error = reply.unwrap_err();
        assert!(matches!(error, BackendError::Rejected { .. }), "{error:?}");
        assert_eq!(times.len(), 1);
        let told = error.to_string();
        assert!(told.chars().count() < 600 && !told.contains('\u{1b}'), "{told}");
    }
}

#[test]
fn row_19_a_conflict_or_a_timeout_of_theirs_is_tried_again() {
    for code in [408, 409] {
        is_good(&once(|| Ok(status(code))), 2);
    }
}

#[test]
fn row_20_errors_of_their_own_are_tried_again() {
    for code in [500, 502, 503, 504, 529] {
        is_good(&once(|| Ok(status(code))), 2);
    }
}

#[test]
fn row_21_their_word_on_trying_again_overrides_the_status() {
    is_good(&once(|| Ok(told(400, "x-should-retry", "true"))), 2);
    let (reply, times) = ask(|_, _, _| Ok(told(503, "x-should-retry", "false")));
    assert!(matches!(reply, Err(BackendError::Busy { attempts: 1, .. })), "{reply:?}");
    assert_eq!(times.len(), 1);
}

#[test]
fn row_22_a_redirect_is_named_and_not_followed() {
    for code in [301, 302, 307, 308] {
        let target = "https://elsewhere.example/v1?token=canary";
        let (reply, times) = ask(move |_, _, _| Ok(told(code, "location", target)));
        let told = reply.unwrap_err().to_string();
        assert!(told.contains("elsewhere.example") && !told.contains("canary"), "{told}");
        assert_eq!(times.len(), 1);
    }
}

#[test]
fn row_23_what_is_sound_is_kept_and_the_rest_asked_for_again() {
    /// What a model makes of the paragraphs it should translate.
    type Muddle = fn(&str, Vec<crate::server::Asked>) -> String;
    let one_less: Muddle = |delimiter, asked| written(delimiter, &asked[1..], pseudo);
    let one_more: Muddle = |delimiter, mut asked| {
        let mut further = asked[0].clone();
        further.number = asked.len() + 1;
        asked.push(further);
        written(delimiter, &asked, pseudo)
    };
    let reordered: Muddle = |delimiter, mut asked| {
        asked.reverse();
        written(delimiter, &asked, pseudo)
    };
    let merged: Muddle = |delimiter, asked| {
        let all: String = asked.iter().map(pseudo).collect();
        written(delimiter, &asked[..1], |_| all.clone())
    };
    for muddle in [one_less, one_more, reordered, merged] {
        let (done, _) = article(move |index, request| {
            let (delimiter, asked) = asked(request);
            let text = if index == 0 { muddle(&delimiter, asked) } else { translation(request) };
            Ok(completion(&text, "stop"))
        });
        is_whole(&done);
        let twice = done.counts.paragraphs_sent - done.counts.paragraphs;
        assert_eq!(twice, done.counts.asked_again);
        assert!(twice <= 4, "only what is missing or wrong: {twice}");
    }
}

#[tokio::test]
async fn row_24_a_connection_that_cannot_be_trusted_is_given_up() {
    let server = Raw::start(vec![Deed::Answer("no TLS here".into())]);
    let error = really(format!("https://{}/v1", server.host()), SECONDS).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error:?}");
    assert_eq!(server.connections(), 1, "no second attempt, and none without TLS");
    assert!(server.heard().iter().all(|heard| !heard.contains("canary")));
}

#[tokio::test]
async fn row_24_a_certificate_that_nobody_signed_or_that_expired_is_not_accepted() {
    for certificate in [tls::SELF_SIGNED, tls::EXPIRED] {
        let server = tls::Tls::start(certificate);
        let url = format!("https://localhost:{}/v1", server.port());
        let error = really(url, SECONDS).await.unwrap_err();
        assert!(matches!(error, BackendError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains("certificate"), "{error}");
        assert_eq!(server.connections(), 1, "no second attempt");
        assert_eq!(server.heard(), b"", "nothing is said to a stranger");
    }
}

#[test]
fn row_25_a_flapping_backend_is_left_alone_for_longer_each_time() {
    paused(async {
        // Answers a probe or two, and fails again.
        let provider = Provider::new(LATENCY, |index, _, request| {
            Ok(if index % 7 >= 5 { good(request) } else { status(503) })
        });
        let patience = Patience { outage: Duration::ZERO, ..Patience::default() };
        let backend = backend(&provider, Settings { patience, ..settings("main") });
        for _ in 0..600 {
            // Elsewhere, meanwhile.
            let _ = backend.translate(&brief(1)).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let times = provider.times();
        let rests: Vec<f64> =
            times.windows(2).map(|pair| pair[1] - pair[0]).filter(|rest| *rest > 20.0).collect();
        println!("rests of a flapping backend: {rests:.0?}");
        assert!(rests.len() >= 3, "{rests:?}");
        assert!(rests.windows(2).all(|pair| pair[1] > pair[0] + 15.0), "{rests:?}");
    });
}
