//! Streams in memory: TLS records without data and without end, a flood after a write has failed, and octets that
//! arrived while the process was stopped.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use mailwright::{Client, DialogueLine, Envelope, Outcome, Peer, Security, Trust, blocking};
use rustls::{ServerConfig, ServerConnection};
use smtp_tests::lab::{Authorities, Shown};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const CONTENT: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

fn envelope() -> Envelope {
    Envelope::new(
        "a@example.test".parse().unwrap(),
        ["b@example.test".parse().unwrap()],
    )
    .unwrap()
}

/// Returns the replies to a client's lines.
fn replies(heard: &str) -> String {
    let reply = |line: &str| match line.split([' ', ':']).next() {
        Some("EHLO") => Some("250 mx\r\n"),
        Some("MAIL" | "RCPT" | "." | "RSET") => Some("250 ok\r\n"),
        Some("DATA") => Some("354 go on\r\n"),
        Some("QUIT") => Some("221 bye\r\n"),
        _ => None,
    };
    heard.lines().filter_map(reply).collect()
}

/// Reads that a caller may make in a row without waiting.
const MOST_READS: usize = 100;

/// Reads after which such a row ends in any case.
const LAST_READ: usize = 10_000;

/// A TLS server in memory that updates its keys without end once it has accepted a message.
struct Updates {
    tls: ServerConnection,
    has_accepted: bool,
    nonblocking: bool,
    /// Reads in a row that did not wait, and the longest row.
    row: usize,
    longest: Arc<AtomicUsize>,
}

impl Updates {
    fn new(config: Arc<ServerConfig>, longest: &Arc<AtomicUsize>) -> Self {
        let mut tls = ServerConnection::new(config).unwrap();
        tls.writer().write_all(b"220 mx\r\n").unwrap();
        Self {
            tls,
            has_accepted: false,
            nonblocking: false,
            row: 0,
            longest: Arc::clone(longest),
        }
    }
}

impl Read for Updates {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.nonblocking {
            self.row += 1;
            self.longest.fetch_max(self.row, Ordering::Relaxed);
            if self.row > LAST_READ {
                return Err(io::Error::other("reads without end"));
            }
        }
        if !self.tls.wants_write() {
            if !self.has_accepted {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.tls.refresh_traffic_keys().unwrap();
        }
        self.tls.write_tls(&mut &mut *buffer)
    }
}

impl Write for Updates {
    fn write(&mut self, mut bytes: &[u8]) -> io::Result<usize> {
        let octets = self.tls.read_tls(&mut bytes)?;
        self.tls.process_new_packets().unwrap();
        let mut heard = String::new();
        match self.tls.reader().read_to_string(&mut heard) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            other => drop(other?),
        }
        self.has_accepted |= heard.ends_with("\r\n.\r\n");
        self.tls.writer().write_all(replies(&heard).as_bytes())?;
        Ok(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl blocking::Stream for Updates {
    fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        (self.nonblocking, self.row) = (nonblocking, 0);
        Ok(())
    }
}

#[test]
fn records_without_data_do_not_keep_a_read_that_never_waits() {
    let authorities = Authorities::generate();
    let longest = Arc::default();
    let trust = Trust::Roots(vec![authorities.certificate()]);
    let builder = Client::builder("127.0.0.1", 1)
        .security(Security::ImplicitTls)
        .trust(trust);
    let mut client = builder.build();
    client
        .connect_over(Updates::new(authorities.server(Shown::Good), &longest))
        .unwrap();
    for _ in 0..2 {
        assert!(client.send(&envelope(), CONTENT).unwrap().accepted());
    }
    let longest = longest.load(Ordering::Relaxed);
    assert!(
        (1..MOST_READS).contains(&longest),
        "{longest} reads in a row"
    );
}

/// The number of octets that may be read from a server after a write has failed.
const MOST_OCTETS: usize = 256 * 1024;

/// A server that answers at once. If it has octets for a flood, it cannot be written to once it has asked for a message,
/// and sends them without end.
struct InMemory {
    out: Vec<u8>,
    flood: Option<&'static [u8]>,
    is_lost: bool,
    read: Arc<AtomicUsize>,
}

impl InMemory {
    fn new(flood: Option<&'static [u8]>, read: &Arc<AtomicUsize>) -> Self {
        Self {
            out: b"220 mx\r\n".to_vec(),
            flood,
            is_lost: false,
            read: Arc::clone(read),
        }
    }
}

impl Read for InMemory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(flood) = self.flood.filter(|_| self.is_lost && self.out.is_empty()) else {
            return match self.out.as_slice().read(buffer)? {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                octets => {
                    self.out.drain(..octets);
                    Ok(octets)
                }
            };
        };
        buffer
            .iter_mut()
            .zip(flood.iter().cycle())
            .for_each(|(place, octet)| *place = *octet);
        if self.read.fetch_add(buffer.len(), Ordering::Relaxed) > 4 * MOST_OCTETS {
            return Ok(0);
        }
        Ok(buffer.len())
    }
}

impl Write for InMemory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_lost {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let heard = String::from_utf8_lossy(bytes);
        self.out.extend(replies(&heard).bytes());
        self.is_lost = self.flood.is_some() && heard.starts_with("DATA");
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl blocking::Stream for InMemory {
    fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    // Its reads never wait.
    fn set_nonblocking(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for InMemory {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.initialize_unfilled();
        match self.read(room) {
            Ok(octets) => {
                buffer.advance(octets);
                Poll::Ready(Ok(()))
            }
            Err(_) => Poll::Pending,
        }
    }
}

impl AsyncWrite for InMemory {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn flood_after_a_failed_write_is_left_within_the_limits() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // A line without end, a reply without end, replies without end.
    for octets in [b"2".as_slice(), b"250-x\r\n", b"354 go on\r\n"] {
        for is_tokio in [false, true] {
            let read = Arc::default();
            let builder = || Client::builder("127.0.0.1", 1).security(Security::None);
            let lost = InMemory::new(Some(octets), &read);
            let sent = if is_tokio {
                runtime.block_on(async {
                    let mut client = builder().build_tokio();
                    client.connect_over(lost).await.unwrap();
                    client.send(&envelope(), CONTENT).await
                })
            } else {
                let mut client = builder().build();
                client.connect_over(lost).unwrap();
                client.send(&envelope(), CONTENT)
            };
            let outcome = sent.unwrap().outcome;
            assert!(matches!(outcome, Outcome::NotSent(Some(_))), "{outcome:?}");
            let read = read.load(Ordering::Relaxed);
            assert!(
                (1..MOST_OCTETS).contains(&read),
                "{read} octets of {octets:?}, tokio: {is_tokio}"
            );
        }
    }
}

#[test]
fn octets_that_arrived_while_the_process_was_stopped_count() {
    let timeout = Duration::from_millis(20);
    let stopped = move |line: &DialogueLine| {
        if line.from == Peer::Client {
            thread::sleep(4 * timeout);
        }
    };
    let read = Arc::default();
    let builder = || {
        Client::builder("127.0.0.1", 1)
            .security(Security::None)
            .timeout(timeout)
            .on_dialogue(stopped)
    };
    let mut client = builder().build();
    client.connect_over(InMemory::new(None, &read)).unwrap();
    assert!(client.send(&envelope(), CONTENT).unwrap().accepted());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut client = builder().build_tokio();
        client
            .connect_over(InMemory::new(None, &read))
            .await
            .unwrap();
        assert!(client.send(&envelope(), CONTENT).await.unwrap().accepted());
    });
}
