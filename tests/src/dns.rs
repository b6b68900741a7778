//! A DNS server on loopback, UDP and TCP, that knows what it is told and fails where it is told to.
//!
//! ```
//! use std::time::Duration;
//! use smtp_tests::dns::{DnsServer, Fault, World};
//!
//! let world = World::parse(r#"
//!     example.test.       IN MX   10 mail.example.test.
//!     mail.example.test.  IN A    127.0.0.1
//!     example.test.       IN TXT  "v=spf1 include:_spf.example.test -all"
//! "#)
//! .fault("slow.example.test", Fault::Slow(Duration::from_secs(2)))
//! .fault("broken.test", Fault::ServFail);
//! let dns = DnsServer::start(world);
//! println!("--resolver {}", dns.address());
//! ```

mod answer;
#[cfg(test)]
mod tests;
mod world;

use std::io;
use std::net::{self, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hickory_proto::op::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::oneshot;

use answer::Reaction;
pub use world::{Fault, World};

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct DnsServer {
    address: SocketAddr,
    asked: Asked,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What was asked so far, as `TYPE name`.
type Asked = Arc<Mutex<Vec<String>>>;

/// The largest message that fits UDP or TCP.
const LARGEST: usize = 65_535;

/// How often a port is tried that is free for UDP and may be taken for TCP.
const PORTS_TO_TRY: usize = 50;

impl DnsServer {
    /// Starts it on a free port of 127.0.0.1, also from within another runtime. It answers when this returns.
    pub fn start(world: World) -> Self {
        let (udp, tcp) = bind().expect("a port on loopback");
        let address = udp.local_addr().expect("the address of the socket");
        let asked = Asked::default();
        let (stop, stopped) = oneshot::channel();
        let host = Arc::new(Host {
            world,
            asked: Arc::clone(&asked),
        });
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                tokio::spawn(serve_udp(
                    UdpSocket::from_std(udp).expect("a socket"),
                    Arc::clone(&host),
                ));
                tokio::spawn(serve_tcp(
                    TcpListener::from_std(tcp).expect("a listener"),
                    host,
                ));
                // Whether it was sent or its other end dropped: both mean the end.
                let _ = stopped.await;
            });
        });
        Self {
            address,
            asked,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens, for UDP as for TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked so far, each as `TYPE name` with a final dot, in the order of arrival.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.asked).clone()
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the DNS server ended well");
        }
    }
}

struct Host {
    world: World,
    asked: Asked,
}

impl Host {
    /// What to say to these octets, and after how long; nothing to what is no query.
    fn react(&self, query: &[u8], over_udp: bool) -> Option<(Duration, Vec<u8>)> {
        let query = Message::from_vec(query).ok()?;
        let question = query.queries.first()?;
        lock(&self.asked).push(format!("{} {}", question.query_type(), question.name()));
        match answer::to(&self.world, &query, over_udp) {
            Reaction::Silence => None,
            Reaction::Answer { after, octets } => Some((after, octets)),
        }
    }
}

fn lock(asked: &Asked) -> MutexGuard<'_, Vec<String>> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

/// UDP picks a port, and TCP has to get the same.
fn bind() -> io::Result<(net::UdpSocket, net::TcpListener)> {
    let mut refused = None;
    for _ in 0..PORTS_TO_TRY {
        let udp = net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        match net::TcpListener::bind(udp.local_addr()?) {
            Ok(tcp) => {
                udp.set_nonblocking(true)?;
                tcp.set_nonblocking(true)?;
                return Ok((udp, tcp));
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| io::Error::other("no port was tried")))
}

async fn serve_udp(socket: UdpSocket, host: Arc<Host>) {
    let socket = Arc::new(socket);
    let mut buffer = vec![0; LARGEST];
    loop {
        // An error is about an answer that a client did not wait for.
        let Ok((n, peer)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let Some((after, octets)) = host.react(&buffer[..n], true) else {
            continue;
        };
        let socket = Arc::clone(&socket);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            socket.send_to(&octets, peer).await
        });
    }
}

async fn serve_tcp(listener: TcpListener, host: Arc<Host>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        tokio::spawn(converse(stream, Arc::clone(&host)));
    }
}

/// Each message has its length before it (RFC 1035 section 4.2.2).
async fn converse(mut stream: TcpStream, host: Arc<Host>) -> io::Result<()> {
    loop {
        let mut query = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut query).await?;
        let Some((after, octets)) = host.react(&query, false) else {
            continue;
        };
        tokio::time::sleep(after).await;
        let length = u16::try_from(octets.len()).map_err(io::Error::other)?;
        stream.write_u16(length).await?;
        stream.write_all(&octets).await?;
    }
}
