//! Results sent to whoever asked for them: signed, only to configured hosts, tried again for a day.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::limits::transport::{HttpRequest, Transport};
use crate::queue::spool::callbacks::Due;

/// The header with the signature: `sha256=` and the HMAC-SHA256 of the body in hexadecimal.
pub const SIGNATURE: &str = "x-diptych-signature";
/// The first pause after a failure; each that follows is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_secs(3600);
/// After this a result is not sent any more.
pub const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// Why an address is not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no address.
    #[error("`{0}` is no http:// or https:// address, or holds a name and password")]
    NoAddress(String),
    /// Its host is not on the list.
    #[error("its host {0} is not among [worker] callback_hosts")]
    Host(String),
}

/// Whether results may be sent to an address. A host on the list stands for its usual port; another
/// port is named with it (`cms.example:8080`).
///
/// # Errors
///
/// [`Refused`].
pub fn allowed(address: &str, hosts: &[String]) -> Result<Url, Refused> {
    let refused = || Refused::NoAddress(address.to_owned());
    let url: Url = address.parse().map_err(|_| refused())?;
    let plain = url.username().is_empty() && url.password().is_none();
    if !plain || !["http", "https"].contains(&url.scheme()) {
        return Err(refused());
    }
    let host = url.host_str().ok_or_else(refused)?;
    let named = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    if hosts.iter().any(|known| known.eq_ignore_ascii_case(&named)) {
        Ok(url)
    } else {
        Err(Refused::Host(named))
    }
}

/// The signature of a body.
pub fn signature(key: &SecretString, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes());
    let tag = hmac::sign(&key, body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// What came of trying to send a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It need not be sent any more: it has been, or it is given up.
    Over,
    /// It is to be tried again later.
    Later,
}

/// Sends results.
pub struct Caller {
    hosts: Vec<String>,
    key: SecretString,
    tries: HashMap<String, (Instant, Duration)>,
}

impl Caller {
    /// Sends to these hosts, signed with this key.
    pub fn new(hosts: Vec<String>, key: SecretString) -> Self {
        Self { hosts, key, tries: HashMap::new() }
    }

    /// Sends a result, if it is time for it.
    pub async fn send(&mut self, due: &Due, transport: &dyn Transport) -> Sent {
        if self.tries.get(&due.name).is_some_and(|(next, _)| *next > Instant::now()) {
            return Sent::Later;
        }
        let reason = match self.try_to(due, transport).await {
            Ok(()) => {
                tracing::info!(result = due.name, "called back");
                self.tries.remove(&due.name);
                return Sent::Over;
            }
            Err(reason) => reason,
        };
        if due.age > PATIENCE {
            tracing::error!(result = due.name, %reason, "called back in vain for a day: given up");
            self.tries.remove(&due.name);
            return Sent::Over;
        }
        let pause = match self.tries.get(&due.name) {
            Some((_, pause)) => (*pause * 2).min(LONGEST),
            None => FIRST,
        };
        tracing::warn!(result = due.name, %reason, seconds = pause.as_secs(), "called back in vain");
        self.tries.insert(due.name.clone(), (Instant::now() + pause, pause));
        Sent::Later
    }

    async fn try_to(&self, due: &Due, transport: &dyn Transport) -> Result<(), String> {
        let url = allowed(&due.address, &self.hosts).map_err(|why| why.to_string())?;
        let mut headers = HeaderMap::new();
        let signature = HeaderValue::from_str(&signature(&self.key, &due.body));
        let signature = signature.map_err(|error| error.to_string())?;
        headers.insert(HeaderName::from_static(SIGNATURE), signature);
        let body = due.body.clone();
        let request = HttpRequest { method: Method::POST, url, headers, key: None, body };
        match transport.send(request).await {
            Ok(response) if (200..300).contains(&response.status) => Ok(()),
            // What it says may be anybody's business.
            Ok(response) => Err(format!("status {}", response.status)),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::future::BoxFuture;

    use super::*;
    use crate::limits::transport::{HttpResponse, TransportError};

    #[test]
    fn only_hosts_on_the_list_are_called() {
        let hosts = ["cms.example".to_owned(), "127.0.0.1:8080".to_owned()];
        for good in ["https://cms.example/done?x=1", "http://CMS.example", "http://127.0.0.1:8080/"]
        {
            assert!(allowed(good, &hosts).is_ok(), "{good}");
        }
        for bad in [
            "https://cms.example:8443/",
            "http://127.0.0.1/",
            "https://cms.example.evil/",
            "https://cms.example@evil/",
            "https://user:word@cms.example/",
            "file:///etc/passwd",
            "cms.example",
            "http://169.254.169.254/",
        ] {
            assert!(allowed(bad, &hosts).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_signature_is_the_one_of_rfc_4231() {
        let key = SecretString::from("Jefe".to_owned());
        assert_eq!(
            signature(&key, b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[derive(Default)]
    struct Answers(Mutex<Vec<u16>>, Mutex<usize>);

    impl Transport for Answers {
        fn send(&self, _: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
            *self.1.lock().unwrap() += 1;
            let status = self.0.lock().unwrap().pop().unwrap_or(200);
            Box::pin(async move { Ok(HttpResponse::new(status, vec![])) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_is_sent_until_it_is_taken_at_growing_intervals() {
        let key = SecretString::from("key".to_owned());
        let mut caller = Caller::new(vec!["cms.example".into()], key);
        let address = "https://cms.example/".to_owned();
        let mut due = Due { name: "a".into(), address, body: vec![], age: Duration::ZERO };
        let answers = Answers(Mutex::new(vec![302, 500, 503]), Mutex::default());
        let begun = Instant::now();
        while caller.send(&due, &answers).await == Sent::Later {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(*answers.1.lock().unwrap(), 4);
        assert_eq!(begun.elapsed().as_secs(), 1 + 2 + 4);
        due.age = PATIENCE * 2;
        answers.0.lock().unwrap().push(500);
        assert_eq!(caller.send(&due, &answers).await, Sent::Over, "given up");
    }
}
