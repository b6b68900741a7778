//! From a host's name to a connection: Happy Eyeballs, RFC 8305.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Kind};

/// How long an attempt has before the next one begins beside it: the default of RFC 8305 section 5.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// As good as for ever.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The connection that comes about first within `timeout`, which all addresses share.
pub(super) async fn connect(host: &str, port: u16, timeout: Duration) -> Result<TcpStream, Error> {
    // A clock cannot count to every number of seconds that one may ask for.
    let deadline = Instant::now() + timeout.min(LONGEST);
    let resolved = timeout_at(deadline, lookup_host((host, port)))
        .await
        .unwrap_or_else(|_| Err(silent("the resolver")));
    let addresses = match resolved {
        Ok(addresses) => interleaved(addresses),
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
    race_of(host, port, addresses, deadline).await
}

/// The same, where the host's addresses are known; there is at least one.
#[cfg(feature = "mx")]
pub(super) async fn connect_to(
    host: &str,
    port: u16,
    addresses: &[SocketAddr],
    timeout: Duration,
) -> Result<TcpStream, Error> {
    let deadline = Instant::now() + timeout.min(LONGEST);
    race_of(host, port, interleaved(addresses.iter().copied()), deadline).await
}

async fn race_of(
    host: &str,
    port: u16,
    addresses: VecDeque<SocketAddr>,
    deadline: Instant,
) -> Result<TcpStream, Error> {
    race(addresses, deadline, ATTEMPT_DELAY)
        .await
        .map_err(|attempts| {
            Kind::Connect {
                host: host.to_owned(),
                port,
                attempts,
            }
            .into()
        })
}

/// Begins with the first address, and with the next one whenever an attempt failed or took its time. The set ends the
/// attempts that lost when it is dropped.
async fn race(
    mut waiting: VecDeque<SocketAddr>,
    deadline: Instant,
    delay: Duration,
) -> Result<TcpStream, Vec<(SocketAddr, io::Error)>> {
    let mut failed = Vec::new();
    let mut tried = Vec::new();
    let mut racing = JoinSet::new();
    loop {
        if let Some(address) = waiting.pop_front() {
            tried.push(address);
            racing.spawn(async move { (address, attempt(address).await) });
        }
        let next = if waiting.is_empty() {
            deadline
        } else {
            deadline.min(Instant::now() + delay)
        };
        match timeout_at(next, racing.join_next()).await {
            Ok(Some(Ok((_, Ok(stream))))) => return Ok(stream),
            Ok(Some(Ok((address, Err(error))))) => failed.push((address, error)),
            Ok(None) if waiting.is_empty() => return Err(failed),
            Err(_) if Instant::now() >= deadline => {
                tried.retain(|address| failed.iter().all(|(other, _)| other != address));
                failed.extend(
                    tried
                        .into_iter()
                        .map(|address| (address, silent("the address"))),
                );
                return Err(failed);
            }
            // An attempt that was ended, or the next one's turn.
            Ok(_) | Err(_) => {}
        }
    }
}

async fn attempt(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // A reply is answered at once: RFC 9293 section 3.7.4 lets an application choose so.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// In the resolver's order (RFC 6724), each once, the families by turns: RFC 8305 section 4.
fn interleaved(addresses: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let mut first = VecDeque::new();
    let mut second = VecDeque::new();
    for address in addresses {
        let same = first
            .front()
            .is_none_or(|front: &SocketAddr| front.is_ipv4() == address.is_ipv4());
        let family = if same { &mut first } else { &mut second };
        if !family.contains(&address) {
            family.push_back(address);
        }
    }
    let mut mixed = VecDeque::new();
    while let Some(address) = first.pop_front() {
        mixed.push_back(address);
        mixed.extend(second.pop_front());
    }
    mixed.extend(second);
    mixed
}

fn silent(who: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("{who} did not answer in time"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_take_turns_and_each_address_stands_once() {
        let parse = |text: &str| -> SocketAddr { text.parse().unwrap() };
        let [a, b, c] = ["[::1]:25", "[::2]:25", "[::3]:25"].map(parse);
        let [x, y] = ["127.0.0.1:25", "127.0.0.2:25"].map(parse);
        assert_eq!(interleaved([a, b, a, c, x, y].into_iter()), [a, x, b, y, c]);
        assert_eq!(interleaved([x, a, b].into_iter()), [x, a, b]);
        assert_eq!(interleaved([x, y].into_iter()), [x, y]);
    }

    #[test]
    fn an_address_that_refuses_gives_way_at_once_to_the_next() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(a_refusal_then_a_connection());
    }

    async fn a_refusal_then_a_connection() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let good = listener.local_addr().expect("a port");
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port")
            .local_addr()
            .expect("a port");
        let (began, patience) = (Instant::now(), Duration::from_secs(20));
        let stream = race([closed, good].into(), began + patience, patience)
            .await
            .expect("a connection");
        assert_eq!(stream.peer_addr().ok(), Some(good));
        assert!(began.elapsed() < patience, "it waited for its turn");
        let failed = race([closed].into(), began + patience, patience)
            .await
            .expect_err("nobody listens");
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].1.kind(), io::ErrorKind::ConnectionRefused);
    }
}
