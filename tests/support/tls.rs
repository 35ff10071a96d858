//! A server on a port of 127.0.0.1 that speaks TLS, with a certificate that nobody should trust.

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

/// The key of both certificates. It opens nothing.
const KEY: &str = include_str!("../tls/key.pem");
/// Valid for a hundred years, signed by nobody but itself.
pub(crate) const SELF_SIGNED: &str = include_str!("../tls/self-signed.pem");
/// The same, valid until 2021.
pub(crate) const EXPIRED: &str = include_str!("../tls/expired.pem");

/// The server.
pub(crate) struct Tls {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tls {
    /// Shows this certificate, and reads what a client says to it after all.
    pub(crate) fn start(certificate: &str) -> Self {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (counted, hears) = (Arc::clone(&connections), Arc::clone(&heard));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let Ok(mut stream) = stream else { continue };
                let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let said = listen(&mut connection, &mut stream);
                hears.lock().unwrap().extend(said);
            }
        });
        Self { address, connections, heard }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What was said through the TLS, deciphered.
    pub(crate) fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }
}

/// What a client says before it goes away, or is silent for a second.
fn listen(connection: &mut ServerConnection, stream: &mut TcpStream) -> Vec<u8> {
    let mut said = vec![0; 4096];
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    let read = Stream::new(connection, stream).read(&mut said).unwrap_or_default();
    said.truncate(read);
    said
}
