//! From a host's name to a connection: every address in turn.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};

/// The first connection that comes about within `timeout`, which all addresses share.
pub(super) fn connect(host: &str, port: u16, timeout: Duration) -> Result<TcpStream, Error> {
    let began = Instant::now();
    let addresses = match resolve(host, port, timeout) {
        Ok(addresses) => distinct(addresses.into_iter()),
        Err(error) => {
            return Err(Kind::Resolve {
                host: host.to_owned(),
                error,
            }
            .into());
        }
    };
    if addresses.is_empty() {
        let error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        return Err(Kind::Resolve {
            host: host.to_owned(),
            error,
        }
        .into());
    }
    connect_to(
        host,
        port,
        &addresses,
        timeout.saturating_sub(began.elapsed()),
    )
}

/// Asks the system's resolver.
pub(super) fn resolve(host: &str, port: u16, timeout: Duration) -> io::Result<Vec<SocketAddr>> {
    resolve_by(host, port, timeout, move |host| {
        Ok((host, port).to_socket_addrs()?.collect())
    })
}

/// Runs a look-up on a separate thread, as `getaddrinfo` has no deadline. The thread ends with the
/// look-up.
fn resolve_by(
    host: &str,
    port: u16,
    timeout: Duration,
    look_up: impl FnOnce(&str) -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let host = host.to_owned();
    let (told, answer) = mpsc::channel();
    // After the time-out the receiver is gone.
    thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(move || drop(told.send(look_up(&host))))?;
    answer
        .recv_timeout(timeout)
        .unwrap_or_else(|_| Err(silent()))
}

fn silent() -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        "the resolver did not answer in time",
    )
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
        let share = timeout.saturating_sub(began.elapsed())
            / u32::try_from(addresses.len() - i).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => {
                // A reply is answered at once: RFC 9293 section 3.7.4 lets an application choose so.
                stream
                    .set_nodelay(true)
                    .map_err(|error| unreachable(host, port, vec![(*address, error)]))?;
                return Ok(stream);
            }
            Err(error) => attempts.push((*address, error)),
        }
    }
    Err(unreachable(host, port, attempts))
}

fn unreachable(host: &str, port: u16, attempts: Vec<(SocketAddr, io::Error)>) -> Error {
    Kind::Connect {
        host: host.to_owned(),
        port,
        attempts,
    }
    .into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::Cause;

    #[test]
    fn silent_resolver_is_given_up_when_the_time_is_over() {
        let (release, held) = mpsc::channel::<()>();
        let silent = resolve_by("x.test", 25, Duration::from_millis(20), move |_| {
            Err(io::Error::other(format!("{:?}", held.recv())))
        });
        let error = Error::from(Kind::Resolve {
            host: "x.test".to_owned(),
            error: silent.unwrap_err(),
        });
        assert_eq!(error.cause(), Cause::DnsFailure, "{error}");
        assert!(error.to_string().contains("in time"), "{error}");
        drop(release);
        let found = resolve_by("x.test", 25, Duration::from_secs(60), |_| Ok(Vec::new()));
        assert_eq!(found.unwrap(), []);
    }
}
