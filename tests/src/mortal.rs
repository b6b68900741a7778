//! A server whose connections die at any octet, and which knows what it took.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::SockRef;

use crate::listening::Listening;

/// Numbers that follow from a seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// By this seed.
    pub fn new(seed: u64) -> Self {
        // Zero would only lead to zero.
        Self(seed | 1)
    }

    /// By the seed in `SMTP_TEST_SEED`, or another one each time; and the seed, to be printed.
    pub fn seeded() -> (Self, u64) {
        let given = std::env::var("SMTP_TEST_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
        (Self::new(seed), seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit.max(1)
    }
}

/// A server on loopback that listens until it is dropped.
pub struct Mortal {
    known: Arc<Known>,
    listening: Listening,
}

#[derive(Default)]
struct Known {
    connections: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
    /// How often each message was taken, by its subject.
    taken: Mutex<HashMap<String, usize>>,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Fin,
    Reset,
    /// With a word, where the server may speak.
    Word(&'static [u8]),
}

const ENDS: [End; 4] = [
    End::Fin,
    End::Reset,
    End::Word(b"421 4.4.2 I have to go\r\n"),
    End::Word(b"221 2.0.0 Goodbye\r\n"),
];

/// To every hundredth message or so: its number ends with 00.
const REFUSED: &[u8] = b"554 5.6.0 Not this one\r\n";

impl Mortal {
    /// Serves; each connection dies after `1..=longest` octets in both directions.
    pub fn start(mut random: Random, longest: u64) -> Self {
        let known = Arc::<Known>::default();
        let shared = Arc::clone(&known);
        let listening = Listening::start(Listening::port(), move |stream| {
            let left = 1 + random.below(longest);
            let end = ENDS[random.below(ENDS.len() as u64) as usize];
            let known = Arc::clone(&shared);
            move || known.serve(stream, left, end)
        });
        Self { known, listening }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// How often it took a message with this subject.
    pub fn taken(&self, subject: &str) -> usize {
        self.known
            .taken
            .lock()
            .expect("no poison")
            .get(subject)
            .copied()
            .unwrap_or_default()
    }

    /// How many connections there were, and how many at the same time at most.
    pub fn connections(&self) -> (usize, usize) {
        (
            self.known.connections.load(Ordering::SeqCst),
            self.known.most.load(Ordering::SeqCst),
        )
    }
}

impl Known {
    fn serve(&self, stream: TcpStream, left: u64, end: End) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        self.most.fetch_max(
            self.now.fetch_add(1, Ordering::SeqCst) + 1,
            Ordering::SeqCst,
        );
        let mut connection = Doomed {
            lines: BufReader::new(&stream),
            left,
        };
        let may_speak = connection.converse(self).unwrap_or_default();
        // From here on another one may be opened: what the client is told last is what it counts by.
        self.now.fetch_sub(1, Ordering::SeqCst);
        match end {
            End::Word(word) if may_speak => drop((&stream).write_all(word)),
            End::Reset => drop(SockRef::from(&stream).set_linger(Some(Duration::ZERO))),
            _ => drop(stream.shutdown(Shutdown::Both)),
        }
    }
}

/// A connection with so many octets left to live.
struct Doomed<'s> {
    lines: BufReader<&'s TcpStream>,
    left: u64,
}

impl Doomed<'_> {
    /// Whether it ended between two commands; an error where it ended elsewhere.
    fn converse(&mut self, known: &Known) -> io::Result<bool> {
        self.lines.get_ref().set_nodelay(true)?;
        self.lines
            .get_ref()
            .set_read_timeout(Some(Duration::from_secs(20)))?;
        self.say(b"220 mx.example.test\r\n")?;
        // A word instead of an answer to EHLO, or right behind it, would be a refusal, which is told and not tried again.
        let mut is_open = false;
        loop {
            let Some(line) = self.line()? else {
                return Ok(is_open);
            };
            is_open |= !line.starts_with("EHLO");
            match line.split_whitespace().next().unwrap_or_default() {
                "EHLO" => self.say(b"250-mx.example.test\r\n250 PIPELINING\r\n")?,
                "DATA" => {
                    self.say(b"354 Go on\r\n")?;
                    let reply = self.message(known)?;
                    self.say(reply)?;
                }
                "QUIT" => {
                    self.say(b"221 2.0.0 Bye\r\n")?;
                    return Ok(false);
                }
                _ => self.say(b"250 2.0.0 OK\r\n")?,
            }
        }
    }

    /// Takes a message to its end, or refuses it.
    fn message(&mut self, known: &Known) -> io::Result<&'static [u8]> {
        let mut subject = String::new();
        loop {
            let line = self.line()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if let Some(text) = line.strip_prefix("Subject: ") {
                subject = text.trim_end().to_owned();
            }
            if line == ".\r\n" {
                break;
            }
        }
        if subject.ends_with("00") {
            return Ok(REFUSED);
        }
        *known
            .taken
            .lock()
            .expect("no poison")
            .entry(subject)
            .or_default() += 1;
        Ok(b"250 2.0.0 Taken\r\n")
    }

    /// The next line, or nothing where its life ends before its first octet.
    fn line(&mut self) -> io::Result<Option<String>> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut line = String::new();
        let read = (&mut self.lines).take(self.left).read_line(&mut line)?;
        self.left -= read as u64;
        match line.ends_with('\n') {
            true => Ok(Some(line)),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn say(&mut self, reply: &[u8]) -> io::Result<()> {
        let cut = reply
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let mut stream: &TcpStream = self.lines.get_ref();
        stream.write_all(&reply[..cut])?;
        self.left -= cut as u64;
        match cut == reply.len() {
            true => Ok(()),
            false => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}
