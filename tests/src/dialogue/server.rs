//! The server's side of a dialogue, over a real socket and real TLS.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use mailwright_proto::reply::Escaped;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::{Failure, Step};

/// How long a client may take to say its part. It is never that slow: this ends what hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// A certificate for 127.0.0.1 that signs itself, and its key.
#[derive(Debug, Clone)]
pub struct Identity {
    config: Arc<ServerConfig>,
    /// What a client has to trust.
    pub certificate: CertificateDer<'static>,
}

impl Identity {
    /// A new one, over every version of TLS.
    pub fn generate() -> Result<Self, Failure> {
        Self::speaking(rustls::ALL_VERSIONS)
    }

    /// A new one, over these versions of TLS alone.
    pub fn speaking(versions: &[&'static SupportedProtocolVersion]) -> Result<Self, Failure> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).map_err(fault)?;
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(fault)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .map_err(fault)?;
        Ok(Self {
            config: Arc::new(config),
            certificate,
        })
    }

    /// The server's side of a handshake.
    pub fn accept(&self) -> Result<ServerConnection, Failure> {
        ServerConnection::new(Arc::clone(&self.config)).map_err(fault)
    }
}

/// Accepts one client, says what the server says, and checks what the client says.
pub fn play(listener: &TcpListener, steps: &[Step], identity: &Identity) -> Result<(), Failure> {
    let (socket, _) = listener.accept().map_err(fault)?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(fault)?;
    socket.set_nodelay(true).map_err(fault)?;
    let mut stream = Stream::Plain(socket);
    for step in steps {
        match step {
            // A burst is one write: over the loopback interface it arrives as one.
            Step::Server { bursts, .. } => {
                for burst in bursts {
                    // A client may hang up before it has heard all.
                    let _ = stream.write_all(burst).and_then(|()| stream.flush());
                }
            }
            Step::Client { bytes, .. } => hear(&mut stream, bytes)?,
            Step::Tls => stream = stream.shake_hands(identity)?,
            Step::Eof => return Ok(()),
            Step::TimeOut => {}
        }
    }
    let mut more = [0; 256];
    match stream.read(&mut more) {
        // The start of a handshake that the server never makes.
        Ok(_) if more.starts_with(&[22, 3]) => Ok(()),
        Ok(n @ 1..) => Err(Failure::new(format!(
            "the client went on: \"{}\"",
            Escaped(&more[..n])
        ))),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(Failure::new("the client did not hang up"))
        }
        _ => Ok(()),
    }
}

fn hear(stream: &mut Stream, expected: &[u8]) -> Result<(), Failure> {
    let mut said = vec![0; expected.len()];
    let mut length = 0;
    while length < expected.len() {
        let read = stream.read(&mut said[length..]);
        length += read.as_ref().copied().unwrap_or(0);
        if said[..length] != expected[..length] || matches!(read, Ok(0) | Err(_)) {
            let (said, expected) = (Escaped(&said[..length]), Escaped(expected));
            return Err(Failure::new(format!(
                "the client said \"{said}\" and not \"{expected}\" ({read:?})"
            )));
        }
    }
    Ok(())
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    fn shake_hands(self, identity: &Identity) -> Result<Self, Failure> {
        let Self::Plain(mut socket) = self else {
            return Err(Failure::new("there is TLS already"));
        };
        let mut tls = identity.accept()?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).map_err(fault)?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(tls, socket))))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

fn fault(error: impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}
