//! The scripted server: answers each connection by a table or a function, and logs its lines.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::listening::Listening;

/// At a reply's end: the connection ends behind it.
pub const HANG_UP: &str = "\u{4}";

/// Sends no reply.
pub const SILENCE: &str = "";

/// At a reply's end: the connection ends a while after it, when whoever read the reply has long gone on.
pub const HANG_UP_LATER: &str = "\u{5}";

/// Within a reply: the following text is sent unsolicited, a while after the text before it.
pub const UNASKED: char = '\u{6}';

/// That while.
const A_WHILE: Duration = Duration::from_millis(50);

/// What is said to whom: to the first line that begins with the word. `greeting` and `.` are words, too. What no table
/// has is answered in the positive.
pub type Table = &'static [(&'static str, &'static str)];

/// A server on loopback, for as many connections as it has tables.
pub struct Tables {
    address: SocketAddr,
    ends: Receiver<()>,
    unasked: Receiver<()>,
    log: JoinHandle<Vec<Vec<String>>>,
}

impl Tables {
    /// Serves one connection for each table, each on a thread of its own.
    pub fn start(tables: impl IntoIterator<Item = Table>) -> Self {
        let answer = |table: Table| move |word: &str| find(table, word).map(Cow::Borrowed);
        Self::answering(tables.into_iter().map(answer))
    }

    /// Serves connections that each get these replies, one after every line of the client.
    pub fn in_order(connections: usize, replies: &'static [&'static str]) -> Self {
        let answer = |_| {
            let mut replies = replies.iter();
            move |_: &str| Some(Cow::Borrowed(*replies.next().unwrap_or(&HANG_UP)))
        };
        Self::answering((0..connections).map(answer))
    }

    /// Serves one connection for each function; see [`converse`].
    pub fn answering<A>(answers: impl IntoIterator<Item = A>) -> Self
    where
        A: FnMut(&str) -> Option<Cow<'static, str>> + Send + 'static,
    {
        let listener = Listening::port();
        let address = listener.local_addr().expect("an address");
        let answers: Vec<A> = answers.into_iter().collect();
        let (end, ends) = mpsc::channel();
        let (sent, unasked) = mpsc::channel();
        let log = thread::spawn(move || {
            let serve = |answer| {
                let (stream, _) = listener.accept().expect("a client");
                let (end, sent) = (end.clone(), sent.clone());
                thread::spawn(move || {
                    let mut log = Vec::new();
                    converse(&stream, answer, |event| match event {
                        Event::Line(line) => log.push(line.to_owned()),
                        // The receiver is gone once the test has asked for the log.
                        Event::Unasked => drop(sent.send(())),
                    });
                    drop(stream);
                    let _ = end.send(());
                    log
                })
            };
            let served: Vec<_> = answers.into_iter().map(serve).collect();
            served
                .into_iter()
                .map(|thread| thread.join().expect("a connection's thread"))
                .collect()
        });
        Self {
            address,
            ends,
            unasked,
            log,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until one more of its connections is closed.
    pub fn wait_for_an_end(&self) {
        self.ends.recv().expect("a connection's thread");
    }

    /// Waits until the server has sent another unsolicited text.
    pub fn wait_for_unasked(&self) {
        self.unasked.recv().expect("a connection's thread");
    }

    /// Returns whether one more of its connections is closed.
    pub fn has_ended(&self) -> bool {
        self.ends.try_recv().is_ok()
    }

    /// What was said over each connection, line by line. Waits for all of them.
    pub fn log(self) -> Vec<Vec<String>> {
        self.log.join().expect("the server's thread")
    }
}

/// Returns the reply of the first row whose word starts the line.
pub fn find(table: Table, line: &str) -> Option<&'static str> {
    let mut rows = table.iter();
    rows.find(|(word, _)| line.starts_with(word))
        .map(|(_, reply)| *reply)
}

/// Reported by [`converse`].
#[derive(Debug)]
pub enum Event<'l> {
    /// The client sent a line.
    Line(&'l str),
    /// The text after [`UNASKED`] was sent.
    Unasked,
}

/// Serves one connection until it ends.
///
/// `answer` is called with `greeting`, then with each line outside a message and with the `.` that
/// ends one. An empty reply sends nothing; for `None` the default reply is sent, which is positive.
pub fn converse(
    mut stream: &TcpStream,
    mut answer: impl FnMut(&str) -> Option<Cow<'static, str>>,
    mut report: impl FnMut(Event<'_>),
) {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a time-out");
    stream.set_nodelay(true).expect("an option");
    let mut reader = BufReader::new(stream);
    let (mut word, mut in_body) = ("greeting".to_owned(), false);
    loop {
        if !in_body || word == "." {
            let reply = answer(&word).unwrap_or(Cow::Borrowed(match word.as_str() {
                "greeting" => "220 mx.example.test",
                "DATA" => "354 go on",
                "QUIT" => "221 bye\u{4}",
                _ => "250 ok",
            }));
            in_body = reply.starts_with("354");
            let before_a_while = reply.strip_suffix(HANG_UP_LATER);
            let (said, is_end) = match before_a_while.or_else(|| reply.strip_suffix(HANG_UP)) {
                Some(said) => (said, true),
                None => (&*reply, false),
            };
            let (said, unasked) = said.split_once(UNASKED).unwrap_or((said, ""));
            let said = if said.is_empty() {
                String::new()
            } else {
                format!("{said}\r\n")
            };
            let mut is_out = stream.write_all(said.as_bytes()).is_ok();
            if !unasked.is_empty() {
                thread::sleep(A_WHILE);
                is_out &= stream.write_all(unasked.as_bytes()).is_ok();
                report(Event::Unasked);
            }
            if before_a_while.is_some() {
                thread::sleep(A_WHILE);
            }
            if !is_out || is_end {
                return;
            }
        }
        word.clear();
        if !matches!(reader.read_line(&mut word), Ok(1..)) {
            return;
        }
        word.truncate(word.trim_end_matches(['\r', '\n']).len());
        report(Event::Line(&word));
        let chunk = word
            .strip_prefix("BDAT ")
            .filter(|_| !in_body)
            .and_then(|rest| rest.split(' ').next()?.parse().ok());
        if let Some(octets) = chunk
            && io::copy(&mut reader.by_ref().take(octets), &mut io::sink()).is_err()
        {
            return;
        }
    }
}
