//! A scripted model server for tests and benches: real HTTP on a port of 127.0.0.1, speaking
//! `/v1/chat/completions`.
//!
//! It finds the paragraphs in our prompt, answers each through a closure, keeps a limit of its
//! own, fails where told to, and remembers all it saw. It runs on threads of its own, so that a
//! blocking test of the command line can use it as well as an async one; dropped, it is gone.
//!
//! ```ignore
//! let server = Server::start(Script { latency: Duration::from_millis(5), ..Script::default() });
//! run(&format!("url = \"{}\"", server.url()));
//! assert_eq!(server.requests().len(), 2);
//! assert_eq!(server.paragraphs(), ["First.", "Second."]);
//! ```
#![allow(dead_code, reason = "each test and bench uses its own part")]
#![allow(unreachable_pub, reason = "it is a module of several programs")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test is told")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use diptych::glossary::RequiredTerm;
use diptych::language::{Language, Scripts};
use diptych::paragraph::Marked;
use serde_json::{Value, json};

/// A paragraph as it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its number in the request.
    pub number: usize,
    /// Its kind, as in `pair.json`.
    pub kind: String,
    /// The marked source.
    pub text: String,
    /// The terms of the request: source form and preferred target form.
    pub terms: Vec<(String, String)>,
    /// The names of the request whose renderings are settled, and these.
    pub names: Vec<(String, String)>,
    /// Its earlier source and translation, where the source was edited.
    pub earlier: Option<(String, String)>,
}

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status, with an error document of this `code`, or of this `code:param`.
    Status(u16, &'static str),
    /// 429 with `Retry-After` in seconds.
    TooMany(f64),
    /// The connection breaks before the response is complete.
    Reset,
    /// 200 with something that is no JSON.
    Garbage,
    /// The reply breaks off in its last paragraph, `finish_reason` is `length`.
    Cut,
    /// The last paragraph is missing.
    Missing,
    /// A greeting, a code fence and a note around the reply.
    Preamble,
    /// The `refusal` field instead of text.
    Refusal,
    /// Each paragraph comes back as its source.
    Echo,
    /// Each paragraph loses its tags, and gains one that never was.
    BrokenMarks,
    /// Exactly this reply text.
    Text(String),
    /// Nothing, for ever.
    Silence,
    /// A redirect to this address.
    Redirect(String),
}

/// The server's own limit, kept strictly: a request beyond it gets 429 with `Retry-After`.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimit {
    /// Requests in any window.
    pub requests: usize,
    /// The window.
    pub window: Duration,
    /// How much of it may come at once, in time; at least one request may.
    pub burst: Duration,
}

type Answer = dyn Fn(&Asked) -> String + Send + Sync;
type Faults = dyn Fn(usize, &[Asked]) -> Option<Fault> + Send + Sync;

/// How the server behaves.
#[derive(Clone)]
pub struct Script {
    /// Before every good reply.
    pub latency: Duration,
    /// For each token of it, on top.
    pub per_token: Duration,
    /// For each paragraph of it, on top.
    pub per_paragraph: Duration,
    /// No good reply leaves before this is true.
    pub open: Option<tokio::sync::watch::Receiver<bool>>,
    /// Its limit.
    pub limit: Option<ServerLimit>,
    /// How many tokens it counts where another tokenizer counts one.
    pub tokens: f64,
    /// The translation of a paragraph; [`pseudo`] unless set.
    pub answer: Arc<Answer>,
    /// The fault of a request, by its index from 0 and its paragraphs.
    pub fault: Arc<Faults>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            per_token: Duration::ZERO,
            per_paragraph: Duration::ZERO,
            open: None,
            limit: None,
            tokens: 1.0,
            answer: Arc::new(pseudo),
            fault: Arc::new(|_, _| None),
        }
    }
}

impl Script {
    /// The requests of these indices fail so.
    pub fn failing(indices: &'static [usize], fault: Fault) -> Self {
        let fault: Arc<Faults> =
            Arc::new(move |index, _| indices.contains(&index).then(|| fault.clone()));
        Self { fault, ..Self::default() }
    }
}

/// A request as it was seen.
#[derive(Clone, Debug)]
pub struct Request {
    /// When it came.
    pub at: Instant,
    /// When it was answered; never, if the client went away before.
    pub answered: Option<Instant>,
    /// What it got: 429 under the limit, the fault's status, or 200.
    pub status: u16,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The whole body.
    pub body: Value,
    /// Its paragraphs.
    pub asked: Vec<Asked>,
    /// The tokens it was charged for: of the prompt, and of the reply.
    pub charged: (usize, usize),
}

impl Request {
    /// The message of this role.
    pub fn message(&self, role: &str) -> &str {
        let messages = self.body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        messages
            .iter()
            .find(|message| message["role"] == role)
            .and_then(|message| message["content"].as_str())
            .unwrap_or_default()
    }
}

/// A running server.
pub struct Server {
    address: std::net::SocketAddr,
    room: Arc<Room>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    /// Starts one.
    pub fn start(script: Script) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let room = Arc::new(Room { script, seen: Mutex::default() });
        let router = Router::new().fallback(respond).with_state(Arc::clone(&room));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        Self { address, room, runtime: Some(runtime) }
    }

    /// The base address to configure.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.room.seen.lock().unwrap().requests.clone()
    }

    /// The texts of all paragraphs that requests carried, those refused with an error excepted;
    /// names are none.
    pub fn paragraphs(&self) -> Vec<String> {
        let requests = self.requests();
        let answered = requests.into_iter().filter(|request| request.status == 200);
        let asked = answered.flat_map(|request| request.asked);
        asked.filter(|asked| asked.kind != "name").map(|asked| asked.text).collect()
    }

    /// How many requests got this status.
    pub fn count(&self, status: u16) -> usize {
        self.requests().iter().filter(|request| request.status == status).count()
    }

    /// The paragraphs that a client with so many places for requests had in flight at its end, at
    /// most: those of the requests not answered and, in the other places, of those answered last,
    /// which may not have been remembered yet.
    pub fn in_flight(&self, places: usize) -> usize {
        let mut requests = self.requests();
        requests.sort_by_key(|request| {
            std::cmp::Reverse((request.answered.is_none(), request.answered))
        });
        requests.iter().take(places).map(|request| request.asked.len()).sum()
    }

    /// How many requests were being answered at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.room.seen.lock().unwrap().most_at_once
    }

    /// The sum of the times that all good replies took, and the longest of them.
    pub fn times(&self) -> (Duration, Duration) {
        let seen = self.room.seen.lock().unwrap();
        (seen.times.iter().sum(), seen.times.iter().max().copied().unwrap_or_default())
    }

    /// Forgets what it saw.
    pub fn forget(&self) {
        let mut seen = self.room.seen.lock().unwrap();
        seen.requests.clear();
        seen.times.clear();
        seen.most_at_once = 0;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The pseudo-translation into the other language, terms honoured.
pub fn pseudo(asked: &Asked) -> String {
    let source = Marked::parse(&asked.text).unwrap_or_else(|_| Marked::from_plain(&asked.text));
    let into = Scripts::of(&source.prose()).language().map_or(Language::Chinese, Language::other);
    let terms: Vec<_> = asked
        .terms
        .iter()
        .map(|(source, target)| RequiredTerm {
            source: source.clone(),
            at: 0..0,
            accepted: vec![target.clone()],
            forbidden: Vec::new(),
            ..RequiredTerm::default()
        })
        .collect();
    diptych::backend::pseudo::translate(&source, into, &terms).as_str().to_owned()
}

struct Room {
    script: Script,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    accepted: VecDeque<Instant>,
    /// The server's bucket is empty until then, less its burst.
    level: Option<Instant>,
    times: Vec<Duration>,
    at_once: usize,
    most_at_once: usize,
}

impl Seen {
    /// How long until the limit has room; takes the place if that is now.
    fn admit(&mut self, limit: ServerLimit, now: Instant) -> Result<(), Duration> {
        while self.accepted.front().is_some_and(|&at| now - at >= limit.window) {
            self.accepted.pop_front();
        }
        if let Some(&first) = self.accepted.front()
            && self.accepted.len() >= limit.requests
        {
            return Err(limit.window - (now - first));
        }
        let interval = limit.window / u32::try_from(limit.requests).unwrap();
        let level = self.level.map_or(now, |level| level.max(now));
        let ahead = level + interval - now;
        if ahead > limit.burst.max(interval) {
            return Err(ahead - limit.burst.max(interval));
        }
        self.level = Some(level + interval);
        self.accepted.push_back(now);
        Ok(())
    }
}

async fn respond(State(room): State<Arc<Room>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let at = Instant::now();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let authorization = headers.get("authorization").map(|it| it.to_str().unwrap().to_owned());
    let mut request = Request {
        at,
        answered: None,
        status: 200,
        authorization,
        body,
        asked: Vec::new(),
        charged: (0, 0),
    };
    let user = request.message("user").to_owned();
    let prompt = [request.message("system"), &user].concat();
    let (delimiter, asked) = read(&user);
    request.asked = asked.clone();

    let (index, fault) = {
        let mut seen = room.seen.lock().unwrap();
        let index = seen.requests.len();
        let fault = match room.script.limit.map(|limit| seen.admit(limit, at)) {
            Some(Err(wait)) => Some(Fault::TooMany(wait.as_secs_f64())),
            Some(Ok(())) | None => (room.script.fault)(index, &asked),
        };
        request.status = match &fault {
            Some(Fault::Status(status, _)) => *status,
            Some(Fault::TooMany(_)) => 429,
            Some(Fault::Redirect(_)) => 308,
            _ => 200,
        };
        seen.requests.push(request);
        seen.at_once += 1;
        seen.most_at_once = seen.most_at_once.max(seen.at_once);
        (index, fault)
    };
    let (response, charged) = write(&room, fault, &prompt, &delimiter, &asked, at).await;
    let mut seen = room.seen.lock().unwrap();
    seen.at_once = seen.at_once.saturating_sub(1);
    if let Some(request) = seen.requests.get_mut(index) {
        request.answered = Some(Instant::now());
        request.charged = charged;
    }
    drop(seen);
    response
}

async fn write(
    room: &Room,
    fault: Option<Fault>,
    prompt: &str,
    delimiter: &str,
    asked: &[Asked],
    at: Instant,
) -> (Response<Body>, (usize, usize)) {
    let free = |response| (response, (0, 0));
    let error = |code: &str| {
        let (code, param) = code.split_once(':').unwrap_or((code, ""));
        json!({ "error": { "message": "scripted", "code": code, "param": param } })
    };
    let mut finish = "stop";
    let mut refusal = Value::Null;
    let good = || written(delimiter, asked, |asked| (room.script.answer)(asked));
    let text = match fault {
        Some(Fault::Status(status, code)) => return free(respond_with(status, &error(code))),
        Some(Fault::TooMany(seconds)) => {
            let mut response = respond_with(429, &error("rate_limit_exceeded"));
            let value = format!("{seconds:.3}").parse().unwrap();
            response.headers_mut().insert("retry-after", value);
            return free(response);
        }
        Some(Fault::Redirect(target)) => {
            let mut response = respond_with(308, &Value::Null);
            response.headers_mut().insert("location", target.parse().unwrap());
            return free(response);
        }
        Some(Fault::Reset) => {
            let broken = std::io::Error::other("scripted");
            let pieces = [Ok(Bytes::from_static(b"{\"choices\"")), Err(broken)];
            return free(Response::new(Body::from_stream(futures_util::stream::iter(pieces))));
        }
        Some(Fault::Garbage) => return free(Response::new(Body::from("<html>scripted</html>"))),
        Some(Fault::Cut) => {
            finish = "length";
            let text = good();
            let end = text.rfind("\n[[").unwrap_or(text.len());
            let cut = text[..end].char_indices().nth_back(1).map_or(0, |(at, _)| at);
            text[..cut].to_owned()
        }
        Some(Fault::Missing) => {
            let kept = &asked[..asked.len().saturating_sub(1)];
            written(delimiter, kept, |asked| (room.script.answer)(asked))
        }
        Some(Fault::Preamble) => {
            format!("好的，以下是译文：\n\n```\n{}\n```\n\n如需修改请告诉我。", good())
        }
        Some(Fault::Refusal) => {
            refusal = json!("I cannot help with that.");
            String::new()
        }
        Some(Fault::Echo) => written(delimiter, asked, |asked| asked.text.clone()),
        Some(Fault::BrokenMarks) => {
            written(delimiter, asked, |asked| format!("{}<99>", asked.text.replace(['<', '>'], "")))
        }
        Some(Fault::Text(text)) => text,
        Some(Fault::Silence) => std::future::pending().await,
        None => good(),
    };
    let tokens =
        |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 4 }).sum::<usize>() / 4;
    let out = tokens(&text);
    let time = room.script.latency
        + room.script.per_token * u32::try_from(out).unwrap()
        + room.script.per_paragraph * u32::try_from(asked.len()).unwrap();
    tokio::time::sleep(time.saturating_sub(at.elapsed())).await;
    if let Some(mut open) = room.script.open.clone() {
        // Where nobody can open it any more, it is open.
        let _ = open.wait_for(|open| *open).await;
    }
    room.seen.lock().unwrap().times.push(at.elapsed());
    let content = if refusal.is_null() { json!(text) } else { Value::Null };
    let scaled = |tokens: usize| (tokens as f64 * room.script.tokens).round() as usize;
    let charged = (scaled(tokens(prompt)), scaled(out));
    let response = respond_with(
        200,
        &json!({
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": content, "refusal": refusal },
                "finish_reason": finish,
            }],
            "usage": { "prompt_tokens": charged.0, "completion_tokens": charged.1 },
        }),
    );
    (response, charged)
}

fn respond_with(status: u16, body: &Value) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

pub fn written(delimiter: &str, asked: &[Asked], text: impl Fn(&Asked) -> String) -> String {
    let mut reply = String::new();
    for asked in asked {
        let Asked { number, kind, .. } = asked;
        reply.push_str(&format!("[[{delimiter} {number} {kind}]]\n{}\n", text(asked)));
    }
    reply + &format!("[[{delimiter} end]]")
}

/// The delimiter of a user message, and the paragraphs between its lines.
pub fn read(user: &str) -> (String, Vec<Asked>) {
    let header = |line: &str| {
        let mut words = line.strip_prefix("[[")?.strip_suffix("]]")?.split(' ');
        let delimiter = words.next()?.to_owned();
        let number: usize = words.next()?.parse().ok()?;
        Some((delimiter, number, words.next()?.to_owned()))
    };
    let Some((delimiter, ..)) = user.lines().find_map(header) else {
        return (String::new(), Vec::new());
    };
    let end = format!("[[{delimiter} end]]");
    let terms: Vec<_> = user
        .lines()
        .take_while(|line| header(line).is_none())
        .filter_map(|line| line.strip_prefix("- ")?.split_once(" → "))
        .map(|(source, rest)| {
            let target = rest.split([';', '(']).next().unwrap_or_default();
            (source.to_owned(), target.trim().to_owned())
        })
        .collect();
    let names: Vec<_> = user
        .lines()
        .find_map(|line| line.strip_prefix("Names that recur in the article; ")?.split_once(": "))
        .into_iter()
        .flat_map(|(_, names)| names.split("; ").filter_map(|name| name.split_once(" → ")))
        .map(|(name, rendering)| (name.to_owned(), rendering.to_owned()))
        .collect();
    let mut asked: Vec<Asked> = Vec::new();
    for line in user.lines().take_while(|line| *line != end) {
        match header(line).filter(|(word, ..)| *word == delimiter) {
            Some((_, number, kind)) => {
                let earlier = earlier(user, &delimiter, number);
                let (text, terms, names) = (String::new(), terms.clone(), names.clone());
                asked.push(Asked { number, kind, text, terms, names, earlier });
            }
            None => {
                if let Some(last) = asked.last_mut() {
                    if !last.text.is_empty() {
                        last.text.push('\n');
                    }
                    last.text.push_str(line);
                }
            }
        }
    }
    (delimiter, asked)
}

/// The earlier version of a paragraph, if the prompt shows one.
fn earlier(user: &str, delimiter: &str, number: usize) -> Option<(String, String)> {
    let after = |name: &str| {
        let header = format!("[[{delimiter} earlier {number} {name}]]\n");
        let (_, rest) = user.split_once(header.as_str())?;
        rest.split_once(&format!("\n[[{delimiter} ")).map(|(text, _)| text.to_owned())
    };
    Some((after("source")?, after("translation")?))
}
