//! Somebody in the middle with a certificate that the client believes: two TLS sessions, and every octet passed on.

use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{OFFER, PATIENCE, established, hear, say};
use crate::dialogue::server::Identity;

/// What somebody in the middle does besides listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meddling {
    /// Nothing.
    None,
    /// Takes the -PLUS out of the server's offer.
    Stripping,
}

/// Somebody in the middle.
#[derive(Debug)]
pub struct Between<'a> {
    /// Who it says it is.
    pub identity: &'a Identity,
    /// Whose server it connects to, and where.
    pub server: (&'a Identity, SocketAddr),
    /// What it does.
    pub meddling: Meddling,
}

impl Between<'_> {
    /// Serves one client, until either side hangs up.
    pub fn serve(&self, listener: &TcpListener) -> io::Result<()> {
        let (socket, _) = listener.accept()?;
        let mut client = BufReader::new(established(socket, self.identity)?);
        let mut server = BufReader::new(self.connect()?);
        pass_reply(&mut server, &mut client)?;
        say(&mut server, &format!("{}\r\n", hear(&mut client)?))?;
        match self.meddling {
            Meddling::None => pass_reply(&mut server, &mut client)?,
            Meddling::Stripping => {
                heard_reply(&mut server)?;
                say(&mut client, &OFFER.replace("SCRAM-SHA-256-PLUS ", ""))?;
            }
        }
        while let Ok(line) = hear(&mut client) {
            say(&mut server, &format!("{line}\r\n"))?;
            pass_reply(&mut server, &mut client)?;
        }
        Ok(())
    }

    fn connect(&self) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let (identity, address) = self.server;
        let mut roots = RootCertStore::empty();
        roots
            .add(identity.certificate.clone())
            .map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::from(address.ip());
        let tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(StreamOwned::new(tls, socket))
    }
}

fn pass_reply(
    from: &mut BufReader<impl Read>,
    to: &mut BufReader<impl Read + Write>,
) -> io::Result<()> {
    say(to, &heard_reply(from)?)
}

/// One reply, all its lines.
fn heard_reply(from: &mut BufReader<impl Read>) -> io::Result<String> {
    let mut reply = String::new();
    loop {
        let line = hear(from)?;
        reply += &format!("{line}\r\n");
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(reply);
        }
    }
}
