//! A server on a port of 127.0.0.1 that does to its connections what no HTTP library would.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What it does with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Breaks it off before anything is answered.
    Reset,
    /// Answers with fewer bytes than it announced.
    Truncate,
    /// Sends the head of a response, and then a byte every 20 ms for ever.
    Drip,
    /// Answers with this body.
    Answer(String),
    /// Answers every request with the body this makes of it.
    Make(fn(&str) -> String),
}

/// The server.
pub(crate) struct Raw {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    /// Does one deed after the other, the last one for ever.
    pub(crate) fn start(deeds: Vec<Deed>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (counted, hears) = (Arc::clone(&connections), Arc::clone(&heard));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let index = counted.fetch_add(1, Ordering::SeqCst);
                let deed = deeds[index.min(deeds.len() - 1)].clone();
                let hears = Arc::clone(&hears);
                let Ok(stream) = stream else { continue };
                // A client that goes away is its own business.
                std::thread::spawn(move || done(stream, &deed, &hears).unwrap_or_default());
            }
        });
        Self { address, connections, heard }
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The bodies of the requests that were read.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn done(mut stream: TcpStream, deed: &Deed, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    if let Deed::Reset = deed {
        // Closed with something unread, it is reset.
        let mut one = [0];
        stream.read_exact(&mut one)?;
        return Ok(());
    }
    let body = request(&mut stream)?;
    heard.lock().unwrap().push(body.clone());
    let head = |length: usize| {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n"
        )
    };
    match deed {
        Deed::Reset => {}
        Deed::Truncate => {
            stream.write_all(head(1000).as_bytes())?;
            stream.write_all(b"{\"choices\": [")?;
        }
        Deed::Drip => {
            stream.write_all(head(1 << 20).as_bytes())?;
            loop {
                stream.write_all(b" ")?;
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Deed::Answer(text) => {
            stream.write_all(head(text.len()).as_bytes())?;
            stream.write_all(text.as_bytes())?;
        }
        Deed::Make(make) => {
            let text = make(&body);
            stream.write_all(head(text.len()).as_bytes())?;
            stream.write_all(text.as_bytes())?;
        }
    }
    Ok(())
}

/// Reads a request to its end.
fn request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let n = stream.read(&mut piece)?;
        read.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if n == 0 {
                return Ok(String::new());
            }
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        if n == 0 || body.len() >= length.unwrap_or(0) {
            return Ok(body.to_owned());
        }
    }
}
