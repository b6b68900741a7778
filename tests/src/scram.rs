//! A server that logs in by SCRAM-SHA-256 over real TLS, and somebody who stands between it and its client.
//!
//! What it computes is AWS-LC's, not the core's: neither can repeat a mistake of the other.

mod between;
mod proof;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::{ProtocolVersion, ServerConnection, StreamOwned};

pub use between::{Between, Meddling};
use proof::Keys;

use crate::dialogue::server::Identity;

/// What the server offers when it means well.
pub const OFFER: &str = "250-mx.example.test\r\n250 AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256\r\n";

const PATIENCE: Duration = Duration::from_secs(20);
const ITERATIONS: u32 = 4096;

/// What the server made of a login.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// By which mechanism the client tried it.
    pub mechanism: String,
    /// `gs2-cbind-flag`: `p=tls-exporter`, `y` or `n`.
    pub flag: String,
    /// The client's part of the nonce.
    pub nonce: String,
    /// Why it was refused: `server-error-value` of RFC 5802 section 7. Nothing where it was good.
    pub error: Option<&'static str>,
}

/// Serves one client over implicit TLS, up to its QUIT. The user may be anyone.
pub fn serve(listener: &TcpListener, identity: &Identity, password: &str) -> io::Result<Login> {
    let (socket, _) = listener.accept()?;
    let stream = established(socket, identity)?;
    let exporter = match stream.conn.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => exported(&stream.conn)?,
        _ => [0; 32],
    };
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 mx.example.test\r\n")?;
    hear(&mut stream)?;
    say(&mut stream, OFFER)?;
    let login = log_in(&mut stream, &exporter, password)?;
    say(&mut stream, if login.error.is_none() { "235 2.7.0 welcome\r\n" } else { "535 5.7.8 no\r\n" })?;
    hear(&mut stream)?;
    say(&mut stream, "221 2.0.0 bye\r\n")?;
    Ok(login)
}

/// The server's side of TLS, its handshake done.
fn established(socket: TcpStream, identity: &Identity) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(identity.accept().map_err(io::Error::other)?, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// RFC 9266 section 2, on the server's side.
fn exported(tls: &ServerConnection) -> io::Result<[u8; 32]> {
    tls.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).map_err(io::Error::other)
}

fn log_in(stream: &mut BufReader<impl Read + Write>, exporter: &[u8; 32], password: &str) -> io::Result<Login> {
    let auth = hear(stream)?;
    let [_, mechanism, first] = auth.split(' ').collect::<Vec<_>>()[..] else {
        return Err(malformed());
    };
    let first = decoded(first)?;
    let (header, bare) = first.match_indices(',').nth(1).map(|(at, _)| first.split_at(at + 1)).ok_or_else(malformed)?;
    let flag = header.split(',').next().unwrap_or_default().to_owned();
    let own = attribute(bare, "r=").ok_or_else(malformed)?.to_owned();

    let keys = Keys::draw(password, ITERATIONS);
    let nonce = format!("{own}{}", keys.nonce());
    let server_first = format!("r={nonce},s={},i={ITERATIONS}", BASE64_STANDARD.encode(keys.salt()));
    challenge(stream, &server_first)?;
    let last = decoded(&hear(stream)?)?;
    let (without_proof, proof) = last.rsplit_once(",p=").ok_or_else(malformed)?;
    smtp_canary::register(proof);
    smtp_canary::register(&last);

    let is_bound = flag == "p=tls-exporter";
    let binding = [header.as_bytes(), if is_bound { exporter } else { b"" }].concat();
    let auth_message = [bare, &server_first, without_proof].join(",");
    let error = if is_bound != (mechanism == "SCRAM-SHA-256-PLUS") {
        Some("other-error")
    } else if flag == "y" {
        // RFC 5802 section 6: it does support what the client did not hear it offer.
        Some("server-does-support-channel-binding")
    } else if attribute(without_proof, "c=") != Some(&BASE64_STANDARD.encode(binding)) {
        Some("channel-bindings-dont-match")
    } else if attribute(without_proof, "r=") != Some(&nonce) {
        Some("other-error")
    } else if !keys.proved_by(proof, &auth_message) {
        Some("invalid-proof")
    } else {
        None
    };
    challenge(stream, &error.map_or_else(|| format!("v={}", keys.signature(&auth_message)), |why| format!("e={why}")))?;
    hear(stream)?;
    Ok(Login { mechanism: mechanism.to_owned(), flag, nonce: own, error })
}

fn attribute<'t>(message: &'t str, name: &str) -> Option<&'t str> {
    message.split(',').find_map(|attribute| attribute.strip_prefix(name))
}

fn challenge(stream: &mut BufReader<impl Read + Write>, text: &str) -> io::Result<()> {
    say(stream, &format!("334 {}\r\n", BASE64_STANDARD.encode(text)))
}

fn say(stream: &mut BufReader<impl Read + Write>, text: &str) -> io::Result<()> {
    let stream = stream.get_mut();
    stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
}

fn hear(stream: &mut BufReader<impl Read>) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}

fn decoded(text: &str) -> io::Result<String> {
    let octets = BASE64_STANDARD.decode(text).map_err(io::Error::other)?;
    String::from_utf8(octets).map_err(io::Error::other)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the client's message is malformed")
}
