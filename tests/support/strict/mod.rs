//! Servers that speak one provider's protocol and nothing else: a field, a header or a shape that
//! is not in the published schema is refused, recorded, and fails the test.
//!
//! Each file of `strict/` is one provider, written by hand from the source that its head names.

pub(crate) mod anthropic;
pub(crate) mod azure;
pub(crate) mod deepl;
pub(crate) mod google;
pub(crate) mod libretranslate;
pub(crate) mod markup;
pub(crate) mod openai;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::Value;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// Of the body.
    pub(crate) bytes: usize,
}

impl Call {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What HTTP itself brings along is nobody's business; every other header is named here.
    pub(crate) fn only_headers(&self, ours: &[&str]) -> Result<(), String> {
        const HTTP: [&str; 5] =
            ["host", "user-agent", "accept", "accept-encoding", "content-length"];
        for name in self.headers.keys() {
            let json = *name == "content-type" && self.method == Method::POST;
            if !HTTP.contains(&name.as_str()) && !ours.contains(&name.as_str()) && !json {
                return Err(format!("header {name} is not in the schema"));
            }
        }
        let wanted = (self.method == Method::POST).then_some("application/json");
        if self.header("content-type") != wanted {
            return Err("the content type is wrong".into());
        }
        Ok(())
    }

    /// Nothing but this query, in any order; a value of `None` may be anything.
    pub(crate) fn only_query(&self, ours: &[(&str, Option<&str>)]) -> Result<(), String> {
        for (key, value) in &self.query {
            let known = ours.iter().find(|(name, _)| name == key);
            let (_, wanted) = known.ok_or_else(|| format!("?{key} is not in the schema"))?;
            if wanted.is_some_and(|wanted| wanted != value) {
                return Err(format!("?{key} is {value}"));
            }
        }
        Ok(())
    }
}

/// What a server says.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Said {
    pub(crate) fn new(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

type Speaks = dyn Fn(&Call) -> Result<Said, String> + Send + Sync;

struct Room {
    speaks: Box<Speaks>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    calls: Vec<Call>,
    violations: Vec<String>,
    faults: VecDeque<Said>,
}

/// A running server.
pub(crate) struct Strict {
    address: std::net::SocketAddr,
    room: Arc<Room>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Strict {
    /// A server that speaks so; an `Err` is what the schema forbids.
    pub(crate) fn start(
        speaks: impl Fn(&Call) -> Result<Said, String> + Send + Sync + 'static,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let room = Arc::new(Room { speaks: Box::new(speaks), seen: Mutex::default() });
        let router = Router::new()
            .fallback(respond)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&room));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        Self { address, room, runtime: Some(runtime) }
    }

    /// The address to configure.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next calls get these answers instead, whatever they ask.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Said>) {
        self.room.seen.lock().unwrap().faults.extend(faults);
    }

    /// All calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.room.seen.lock().unwrap().calls.clone()
    }

    /// What was sent that the schema does not know.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.room.seen.lock().unwrap().violations.clone()
    }
}

impl Drop for Strict {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn respond(
    State(room): State<Arc<Room>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let query = uri.query().unwrap_or_default();
    let query = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
    let call = Call {
        method,
        path: uri.path().to_owned(),
        query: query.query_pairs().into_owned().collect(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        bytes: body.len(),
    };
    let fault = {
        let mut seen = room.seen.lock().unwrap();
        seen.calls.push(call.clone());
        seen.faults.pop_front()
    };
    let said = match fault.map_or_else(|| (room.speaks)(&call), Ok) {
        Ok(said) => said,
        Err(violation) => {
            room.seen.lock().unwrap().violations.push(violation);
            Said::text(400, "{}")
        }
    };
    let mut response = Response::builder().status(said.status);
    for (name, value) in said.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(said.body)).unwrap()
}

/// What a field may hold.
pub(crate) enum Holds<'a> {
    Text,
    /// One of these.
    Word(&'a [&'a str]),
    Flag,
    /// Between these.
    Number(f64, f64),
    Texts,
    /// What is checked elsewhere.
    Any,
}

/// Checks an object: no field but these, those that must be there, each of its kind.
pub(crate) fn object(value: &Value, fields: &[(&str, bool, Holds<'_>)]) -> Result<(), String> {
    let object = value.as_object().ok_or("an object is wanted")?;
    if let Some(unknown) = object.keys().find(|key| !fields.iter().any(|(name, ..)| name == key)) {
        return Err(format!("field {unknown} is not in the schema"));
    }
    for (name, required, holds) in fields {
        let Some(value) = object.get(*name) else {
            if *required {
                return Err(format!("field {name} is missing"));
            }
            continue;
        };
        let sound = match holds {
            Holds::Text => value.is_string(),
            Holds::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Holds::Flag => value.is_boolean(),
            Holds::Number(low, high) => {
                value.as_f64().is_some_and(|number| (*low..=*high).contains(&number))
            }
            Holds::Texts => {
                value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string))
            }
            Holds::Any => true,
        };
        if !sound {
            return Err(format!("field {name} holds {value}"));
        }
    }
    Ok(())
}
