//! A second look at a port that accepts connections and says nothing: what does it say to a TLS handshake?

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::drive::Tls;
use crate::ledger::protocol_of_bytes;

/// How long the second look may take: a server that speaks TLS or HTTP answers at once.
const PATIENCE: Duration = Duration::from_secs(3);

/// The protocol that a silent server turns out to speak, if it answers the first message of a TLS handshake.
/// Nothing but that is sent.
pub(super) async fn protocol_at(address: SocketAddr, tls: &Tls, patience: Duration) -> Option<&'static str> {
    let mut hello = Vec::new();
    let mut connection = ClientConnection::new(Arc::clone(&tls.config), tls.name.clone()).ok()?;
    connection.write_tls(&mut hello).ok()?;
    let said = timeout(patience.min(PATIENCE), async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&hello).await?;
        let mut said = vec![0; 16];
        let count = stream.read(&mut said).await?;
        said.truncate(count);
        std::io::Result::Ok(said)
    });
    protocol_of_bytes(&said.await.ok()?.ok()?)
}
