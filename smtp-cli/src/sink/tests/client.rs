//! A client that says what it is told to, right or wrong.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::sink::{ServerTls, Sink};

/// How long a reply may take.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Client {
    io: Io,
}

enum Io {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Client {
    pub(super) fn connect(sink: &Sink) -> Self {
        let stream = TcpStream::connect(sink.local_addr()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self {
            io: Io::Plain(stream),
        }
    }

    /// Shakes hands, and checks the certificate against the throw-away CA.
    pub(super) fn handshake(self, tls: &ServerTls, name: &'static str) -> Self {
        let Io::Plain(mut stream) = self.io else {
            panic!("TLS within TLS");
        };
        let mut roots = RootCertStore::empty();
        roots.add(tls.authority().unwrap().der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name).unwrap();
        let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).unwrap();
        }
        Self {
            io: Io::Tls(Box::new(StreamOwned::new(connection, stream))),
        }
    }

    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        match &mut self.io {
            Io::Plain(stream) => stream.write_all(bytes.as_ref()).unwrap(),
            Io::Tls(stream) => {
                stream.write_all(bytes.as_ref()).unwrap();
                stream.flush().unwrap();
            }
        }
    }

    /// One reply with all its lines, or what came before the end of the connection.
    pub(super) fn reply(&mut self) -> String {
        let mut reply = Vec::new();
        let mut line_start = 0;
        while let Some(byte) = self.byte() {
            reply.push(byte);
            if byte == b'\n' {
                assert!(reply.ends_with(b"\r\n"));
                if reply.get(line_start + 3) != Some(&b'-') {
                    break;
                }
                line_start = reply.len();
            }
        }
        String::from_utf8(reply).unwrap()
    }

    /// Checks that no reply has come so far.
    pub(super) fn expect_nothing_yet(&mut self) {
        let Io::Plain(stream) = &self.io else {
            panic!("TLS")
        };
        stream
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        assert!(stream.peek(&mut [0]).is_err(), "a reply");
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    }

    /// Reads a reply, which has to begin like this.
    pub(super) fn expect(&mut self, beginning: &str) -> String {
        let reply = self.reply();
        assert!(
            reply.starts_with(beginning),
            "{beginning:?} expected, not {reply:?}"
        );
        reply
    }

    /// Sends a line, and reads the reply to it.
    pub(super) fn ask(&mut self, line: &str, beginning: &str) -> String {
        self.send(format!("{line}\r\n"));
        self.expect(beginning)
    }

    /// Waits for the server to hang up, without another byte.
    pub(super) fn expect_end(&mut self) {
        assert_eq!(self.byte(), None);
    }

    /// Whether these bytes are in what comes up to the end of the connection.
    pub(super) fn rest_contains(&mut self, bytes: &[u8]) -> bool {
        let rest: Vec<u8> = std::iter::from_fn(|| self.byte()).collect();
        rest.windows(bytes.len()).any(|window| window == bytes)
    }

    /// None at the end of the connection, reset or not.
    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        let read = match &mut self.io {
            Io::Plain(stream) => stream.read(&mut byte),
            Io::Tls(stream) => stream.read(&mut byte),
        };
        match read {
            Ok(1) => Some(byte[0]),
            Ok(_) => None,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("the server says nothing")
            }
            Err(_) => None,
        }
    }
}
