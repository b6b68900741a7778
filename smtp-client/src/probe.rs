//! Probes a server that does not greet with a TLS handshake, over a separate connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConnection;

use crate::drive::{Io, Tls};
use crate::protocol::{Protocol, Spoken};

/// The time-out of each step: a server that speaks TLS or HTTP answers at once.
const PATIENCE: Duration = Duration::from_secs(3);

/// Enough to tell one protocol from another, and to quote it.
const FIRST_OCTETS: usize = 256;

/// Returns the protocol of a silent server. Only a TLS handshake is sent.
pub(crate) async fn protocol_at<I: Io>(
    address: SocketAddr,
    tls: &Tls,
    patience: Duration,
) -> Option<Spoken> {
    let patience = patience.min(PATIENCE);
    let deadline = || Instant::now().checked_add(patience);
    let connect = || async {
        I::connect(&address.ip().to_string(), address.port(), patience)
            .await
            .ok()
    };
    let mut hello = Vec::new();
    ClientConnection::new(Arc::clone(&tls.config), tls.name.clone())
        .ok()?
        .write_tls(&mut hello)
        .ok()?;
    let mut io = connect().await?;
    io.write_all(&hello, deadline()).await.ok()?;
    let spoken = first_words(&mut io, deadline()).await?;
    if spoken.protocol != Protocol::Tls {
        return Some(spoken);
    }
    // A greeting within TLS distinguishes IMAP and others from SMTP. It is not read if the
    // certificate is not trusted.
    let mut io = connect().await?;
    match io
        .handshake(Arc::clone(&tls.config), tls.name.clone(), deadline())
        .await
    {
        Ok(_) => Some(
            first_words(&mut io, deadline())
                .await
                .map_or(spoken, Spoken::over_tls),
        ),
        Err(_) => Some(spoken),
    }
}

async fn first_words<I: Io>(io: &mut I, deadline: Option<Instant>) -> Option<Spoken> {
    let mut said = vec![0; FIRST_OCTETS];
    let count = io.read(&mut said, deadline).await.ok()?;
    Spoken::in_octets(said.get(..count)?)
}
