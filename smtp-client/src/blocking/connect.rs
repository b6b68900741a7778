//! From a host's name to a connection: every address in turn.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};

/// The first connection that comes about within `timeout`, which all addresses share.
pub(super) fn connect(host: &str, port: u16, timeout: Duration) -> Result<TcpStream, Error> {
    let addresses = match (host, port).to_socket_addrs() {
        Ok(addresses) => distinct(addresses),
        Err(error) => return Err(Kind::Resolve { host: host.to_owned(), error }.into()),
    };
    if addresses.is_empty() {
        let error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        return Err(Kind::Resolve { host: host.to_owned(), error }.into());
    }
    connect_to(host, port, &addresses, timeout)
}

/// The same, where the host's addresses are known; there is at least one.
pub(super) fn connect_to(
    host: &str,
    port: u16,
    addresses: &[SocketAddr],
    timeout: Duration,
) -> Result<TcpStream, Error> {
    let began = Instant::now();
    let mut attempts = Vec::new();
    for (i, address) in addresses.iter().enumerate() {
        // A host whose first address is silent still gets a try at its second.
        let share = timeout.saturating_sub(began.elapsed()) / u32::try_from(addresses.len() - i).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => {
                // A reply is answered at once: RFC 9293 section 3.7.4 lets an application choose so.
                stream.set_nodelay(true).map_err(|error| unreachable(host, port, vec![(*address, error)]))?;
                return Ok(stream);
            }
            Err(error) => attempts.push((*address, error)),
        }
    }
    Err(unreachable(host, port, attempts))
}

fn unreachable(host: &str, port: u16, attempts: Vec<(SocketAddr, io::Error)>) -> Error {
    Kind::Connect { host: host.to_owned(), port, attempts }.into()
}

/// In the resolver's order (RFC 6724), each once.
fn distinct(addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut seen = Vec::new();
    for address in addresses {
        if !seen.contains(&address) {
            seen.push(address);
        }
    }
    seen
}
