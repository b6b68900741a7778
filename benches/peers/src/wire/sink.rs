//! A server in this process: it takes messages by DATA and BDAT as fast as it can, and answers all that has come at once.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use memchr::{memchr, memmem};
use rustls::{ServerConnection, StreamOwned};

use super::place::{Place, pin_to};
use super::tls::Certificate;

const GREETING: &[u8] = b"220 sink.example.com ESMTP\r\n";
const CAPABILITIES: &[u8] =
    b"250-sink.example.com\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 CHUNKING\r\n";
const END_OF_DATA: &[u8] = b"\r\n.\r\n";

/// Octets that are read at once.
const AT_ONCE: usize = 256 * 1024;

/// How a sink answers.
#[derive(Clone)]
pub(super) enum Manner {
    Plain,
    Tls(Certificate),
    /// Each reply is on its way for so long, whatever else is on its way by then.
    Delayed(Duration),
    /// What comes is kept.
    Kept(Arc<Mutex<Vec<u8>>>),
}

/// Takes one connection, and serves it until it ends.
pub(super) fn start(manner: Manner, place: Place) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("a port");
    thread::spawn(move || {
        pin_to(place.of_the_server());
        let (stream, _) = listener.accept().expect("a client");
        stream.set_nodelay(true).expect("a socket");
        // A client that hangs up is done.
        let _ = match manner {
            Manner::Plain => serve(stream),
            Manner::Tls(certificate) => {
                let tls = ServerConnection::new(certificate.server()).expect("a configuration");
                serve(StreamOwned::new(tls, stream))
            }
            Manner::Kept(kept) => serve(Keeper { stream, kept }),
            Manner::Delayed(delay) => serve(DelayLine::new(stream, delay)),
        };
    });
    address
}

fn serve(mut stream: impl Read + Write) -> io::Result<()> {
    let mut sink = Sink::default();
    let mut buffer = vec![0; AT_ONCE];
    stream.write_all(GREETING)?;
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            n => sink.take(&buffer[..n]),
        }
        if !sink.replies.is_empty() {
            stream.write_all(&sink.replies)?;
            stream.flush()?;
            sink.replies.clear();
        }
    }
}

/// What has come, and is not done with.
#[derive(Default)]
struct Sink {
    rest: Vec<u8>,
    awaits: Awaits,
    replies: Vec<u8>,
}

#[derive(Default)]
enum Awaits {
    #[default]
    Command,
    EndOfData,
    /// So many octets of a chunk.
    Chunk(usize),
}

impl Sink {
    fn take(&mut self, octets: &[u8]) {
        // Nearly always nothing is left, and nothing copied.
        if self.rest.is_empty() {
            let used = self.work_through(octets);
            self.rest.extend_from_slice(&octets[used..]);
        } else {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(octets);
            let used = self.work_through(&all);
            all.drain(..used);
            self.rest = all;
        }
    }

    /// How many octets nothing more has to be known of.
    fn work_through(&mut self, octets: &[u8]) -> usize {
        let mut rest = octets;
        loop {
            match self.awaits {
                Awaits::Chunk(left) if left > rest.len() => {
                    self.awaits = Awaits::Chunk(left - rest.len());
                    return octets.len();
                }
                Awaits::Chunk(left) => {
                    rest = &rest[left..];
                    self.say(b"250 2.0.0 Ok: queued as 4F2A91C3\r\n");
                }
                Awaits::EndOfData => match memmem::find(rest, END_OF_DATA) {
                    Some(at) => {
                        rest = &rest[at + END_OF_DATA.len()..];
                        self.say(b"250 2.0.0 Ok: queued as 4F2A91C3\r\n");
                    }
                    // Its beginning may have come.
                    None => return octets.len() - rest.len().min(END_OF_DATA.len() - 1),
                },
                Awaits::Command => match memchr(b'\n', rest) {
                    Some(end) => {
                        self.obey(&rest[..end]);
                        rest = &rest[end + 1..];
                    }
                    None => return octets.len() - rest.len(),
                },
            }
        }
    }

    fn say(&mut self, reply: &[u8]) {
        self.awaits = Awaits::Command;
        self.replies.extend_from_slice(reply);
    }

    fn obey(&mut self, line: &[u8]) {
        match line.first_chunk() {
            Some(b"EHLO") => self.say(CAPABILITIES),
            Some(b"MAIL") => self.say(b"250 2.1.0 Sender OK\r\n"),
            Some(b"RCPT") => self.say(b"250 2.1.5 Recipient OK\r\n"),
            Some(b"RSET") => self.say(b"250 2.0.0 Ok\r\n"),
            Some(b"QUIT") => self.say(b"221 2.0.0 Bye\r\n"),
            Some(b"DATA") => {
                self.say(b"354 Start mail input\r\n");
                self.awaits = Awaits::EndOfData;
            }
            Some(b"BDAT") => {
                let size = String::from_utf8_lossy(line)
                    .split_ascii_whitespace()
                    .nth(1)
                    .and_then(|size| size.parse().ok());
                self.awaits = Awaits::Chunk(size.expect("a size"));
            }
            _ => self.say(b"500 5.5.1 What?\r\n"),
        }
    }
}

/// Holds back what is written by a thread of its own, so that what comes meanwhile is read at once.
struct DelayLine {
    stream: TcpStream,
    delay: Duration,
    line: mpsc::Sender<(Instant, Vec<u8>)>,
}

impl DelayLine {
    fn new(stream: TcpStream, delay: Duration) -> Self {
        let (line, held) = mpsc::channel::<(Instant, Vec<u8>)>();
        let mut out = stream.try_clone().expect("a socket");
        thread::spawn(move || {
            for (due, octets) in held {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if out.write_all(&octets).is_err() {
                    return;
                }
            }
        });
        Self {
            stream,
            delay,
            line,
        }
    }
}

impl Read for DelayLine {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for DelayLine {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let sent = self
            .line
            .send((Instant::now() + self.delay, octets.to_vec()));
        sent.map(|()| octets.len())
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what is read.
struct Keeper {
    stream: TcpStream,
    kept: Arc<Mutex<Vec<u8>>>,
}

impl Read for Keeper {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.stream.read(buffer)?;
        self.kept
            .lock()
            .expect("a client that lives")
            .extend_from_slice(&buffer[..n]);
        Ok(n)
    }
}

impl Write for Keeper {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
