//! A server that logs in by SCRAM-SHA-256 over real TLS, and somebody who stands between it and its client.
//!
//! What it makes of a login is the model server's, [`sasl`](crate::sasl): AWS-LC computes it, and not the core.

mod between;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::{ProtocolVersion, ServerConnection, StreamOwned};

pub use between::{Between, Meddling};

use crate::dialogue::server::Identity;
use crate::sasl::{Account, Server};

/// What the server offers when it means well.
pub const OFFER: &str = "250-mx.example.test\r\n250 AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256\r\n";

const PATIENCE: Duration = Duration::from_secs(20);
/// Its one user.
pub const USER: &str = "user";

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
    pub error: Option<String>,
}

/// Serves one client over implicit TLS, up to its QUIT.
pub fn serve(listener: &TcpListener, identity: &Identity, password: &str) -> io::Result<Login> {
    let (socket, _) = listener.accept()?;
    let stream = established(socket, identity)?;
    let account = Account {
        user: USER.to_owned(),
        password: password.into(),
        ..Account::default()
    };
    let server = match stream.conn.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => {
            Server::new(account).with_exporter(exported(&stream.conn)?)
        }
        _ => Server::new(account),
    };
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 mx.example.test\r\n")?;
    hear(&mut stream)?;
    say(&mut stream, OFFER)?;
    let login = log_in(&mut stream, server)?;
    hear(&mut stream)?;
    say(&mut stream, "221 2.0.0 bye\r\n")?;
    Ok(login)
}

/// The server's side of TLS, its handshake done.
fn established(
    socket: TcpStream,
    identity: &Identity,
) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(identity.accept().map_err(io::Error::other)?, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// RFC 9266 section 2, on the server's side.
fn exported(tls: &ServerConnection) -> io::Result<[u8; 32]> {
    tls.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""))
        .map_err(io::Error::other)
}

/// Passes each line to the model and its reply back, up to the one that ends the exchange.
fn log_in(stream: &mut BufReader<impl Read + Write>, mut server: Server) -> io::Result<Login> {
    let mut line = hear(stream)?;
    let [_, mechanism, first] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err(malformed());
    };
    let first = decoded(first)?;
    let flag = first.split(',').next().unwrap_or_default().to_owned();
    let nonce = attribute(&first, "r=").ok_or_else(malformed)?.to_owned();
    let mut login = Login {
        mechanism: mechanism.to_owned(),
        flag,
        nonce,
        error: None,
    };
    loop {
        let reply = server.hear(&line);
        say(stream, &reply)?;
        let Some(challenge) = reply.strip_prefix("334 ") else {
            return Ok(login);
        };
        login.error = attribute(&decoded(challenge.trim_end())?, "e=").map(str::to_owned);
        line = hear(stream)?;
    }
}

fn attribute<'t>(message: &'t str, name: &str) -> Option<&'t str> {
    message
        .split(',')
        .find_map(|attribute| attribute.strip_prefix(name))
}

fn say(stream: &mut BufReader<impl Read + Write>, text: &str) -> io::Result<()> {
    let stream = stream.get_mut();
    stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush())
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
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the client's message is malformed",
    )
}
