//! What carries a request: reqwest, or something in memory under test.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url, redirect};
use secrecy::{ExposeSecret, SecretString};

/// A request: a POST of JSON, or a GET.
#[derive(Clone)]
pub struct HttpRequest {
    /// What to do.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers beside the key's and the content type.
    pub headers: HeaderMap,
    /// The header that holds the key, and its value; shown to nobody but the provider.
    pub key: Option<(HeaderName, SecretString)>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpRequest {
    /// Without the body: it is an article's text, and with some providers it holds the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url.as_str())
            .field("headers", &self.headers)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A response, read to its end.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// A response without headers.
    pub fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, headers: HeaderMap::new(), body }
    }
}

/// Why no response came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection: nothing was sent.
    #[error("{0}")]
    Connect(String),
    /// No connection that can be trusted: nothing was sent, and trying again will not help.
    #[error("{0}")]
    Tls(String),
    /// Lost after it was sent: it may have been paid for.
    #[error("{0}")]
    Lost(String),
    /// Not answered in full by the deadline: it may have been paid for.
    #[error("no complete answer within timeout_seconds")]
    Late,
    /// The body is larger than this many bytes.
    #[error("the response is larger than {0} bytes")]
    TooLong(usize),
}

/// Carries requests. It follows no redirect and tries nothing twice.
pub trait Transport: Send + Sync {
    /// Gets ready to send, where that takes time.
    fn prepare(&self) {}

    /// Sends a request and reads the response to its end.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;
}

/// HTTP by reqwest. Nothing is set up before the first request.
pub struct Http {
    timeout: Duration,
    direct: bool,
    client: OnceLock<Result<Client, String>>,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST_BODY: usize = 32 << 20;

impl Http {
    /// A transport for one provider; `timeout` is the total deadline of a request.
    pub fn new(provider: &Url, timeout: Duration) -> Self {
        Self { timeout, direct: is_loopback(provider), client: OnceLock::new() }
    }

    fn client(&self) -> Result<&Client, TransportError> {
        self.client
            .get_or_init(|| build(self.timeout, self.direct).map_err(|error| reason(&error)))
            .as_ref()
            .map_err(|reason| TransportError::Tls(format!("cannot set up HTTP: {reason}")))
    }
}

impl Transport for Http {
    fn prepare(&self) {
        // A failure is told by `send`.
        let _ = self.client();
    }

    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            let mut headers = request.headers;
            if request.method != Method::GET {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            if let Some((name, key)) = request.key {
                let mut value = HeaderValue::from_str(key.expose_secret()).map_err(|_| {
                    TransportError::Tls("the key holds characters no header can carry".into())
                })?;
                value.set_sensitive(true);
                headers.insert(name, value);
            }
            let response = self
                .client()?
                .request(request.method, request.url)
                .headers(headers)
                .body(request.body)
                .send()
                .await
                .map_err(failure)?;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let mut body = Vec::new();
            let mut pieces = response.bytes_stream();
            while let Some(piece) = pieces.next().await {
                let piece = piece.map_err(failure)?;
                if body.len() + piece.len() > LARGEST_BODY {
                    return Err(TransportError::TooLong(LARGEST_BODY));
                }
                body.extend_from_slice(&piece);
            }
            Ok(HttpResponse { status, headers, body })
        })
    }
}

fn build(timeout: Duration, direct: bool) -> reqwest::Result<Client> {
    // The second call of a process finds a provider already installed: just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent(concat!("diptych/", env!("CARGO_PKG_VERSION")))
        // A key must not travel to where a response points.
        .redirect(redirect::Policy::none())
        // Every attempt passes the door.
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .timeout(timeout);
    if direct { client.no_proxy() } else { client }.build()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn failure(error: reqwest::Error) -> TransportError {
    let told = reason(&error);
    if comes_from_tls(&error) {
        TransportError::Tls(told)
    } else if error.is_connect() {
        TransportError::Connect(told)
    } else if error.is_timeout() {
        TransportError::Late
    } else {
        TransportError::Lost(told)
    }
}

/// The innermost cause: the outer ones say no more than that there is one. It names no address,
/// so that nothing secret in one is told.
fn reason(error: &reqwest::Error) -> String {
    let innermost = causes(error).last().map(ToString::to_string);
    super::message::sanitised(&innermost.unwrap_or_else(|| "the request failed".into()), None)
}

fn comes_from_tls(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        cause.is::<rustls::Error>()
            || cause
                .downcast_ref::<std::io::Error>()
                .and_then(std::io::Error::get_ref)
                .is_some_and(|inner| inner.is::<rustls::Error>())
    })
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause: &&'a (dyn Error + 'static)| cause.source())
}
