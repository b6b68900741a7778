//! What a server that accepts connections and does not greet says to a TLS handshake, over a connection of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConnection;

use crate::drive::{Io, Tls};
use crate::protocol::{Protocol, Spoken};

/// How long each step may take: a server that speaks TLS or HTTP answers at once.
const PATIENCE: Duration = Duration::from_secs(3);

/// Enough to tell one protocol from another, and to quote it.
const FIRST_OCTETS: usize = 256;

/// Returns the protocol that a silent server turns out to speak. Nothing is sent but a TLS handshake.
pub(crate) async fn protocol_at<I: Io>(address: SocketAddr, tls: &Tls, patience: Duration) -> Option<Spoken> {
    let patience = patience.min(PATIENCE);
    let deadline = || Instant::now().checked_add(patience);
    let connect = || async { I::connect(&address.ip().to_string(), address.port(), patience).await.ok() };
    let mut hello = Vec::new();
    ClientConnection::new(Arc::clone(&tls.config), tls.name.clone()).ok()?.write_tls(&mut hello).ok()?;
    let mut io = connect().await?;
    io.write_all(&hello, deadline()).await.ok()?;
    let spoken = first_words(&mut io, deadline()).await?;
    if spoken.protocol != Protocol::Tls {
        return Some(spoken);
    }
    // A greeting within TLS tells IMAP and the like from SMTP. A certificate that is not trusted keeps it from us.
    let mut io = connect().await?;
    match io.handshake(Arc::clone(&tls.config), tls.name.clone(), deadline()).await {
        Ok(_) => Some(first_words(&mut io, deadline()).await.map_or(spoken, Spoken::over_tls)),
        Err(_) => Some(spoken),
    }
}

async fn first_words<I: Io>(io: &mut I, deadline: Option<Instant>) -> Option<Spoken> {
    let mut said = vec![0; FIRST_OCTETS];
    let count = io.read(&mut said, deadline).await.ok()?;
    Spoken::in_octets(said.get(..count)?)
}
