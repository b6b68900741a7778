//! A server that answers each connection by a table of its own, and keeps a log of what it heard.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// At a reply's end: the connection ends behind it.
pub const HANG_UP: &str = "\u{4}";

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
    /// Serves the connections one after the other, each on a thread of its own.
    pub fn start(tables: impl IntoIterator<Item = Table> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let tables: Vec<Table> = tables.into_iter().collect();
        let (end, ends) = mpsc::channel();
        let (sent, unasked) = mpsc::channel();
        let log = thread::spawn(move || {
            let serve = |table| {
                let (stream, _) = listener.accept().expect("a client");
                let (end, sent) = (end.clone(), sent.clone());
                thread::spawn(move || {
                    let log = converse(&stream, table, &sent);
                    drop(stream);
                    // Whoever has a log does not wait for ends any more.
                    let _ = end.send(());
                    log
                })
            };
            let served: Vec<_> = tables.into_iter().map(serve).collect();
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

fn converse(mut stream: &TcpStream, table: Table, sent: &Sender<()>) -> Vec<String> {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a time-out");
    stream.set_nodelay(true).expect("an option");
    let answer = |word: &str| {
        table
            .iter()
            .find(|(start, _)| word.starts_with(start))
            .map(|(_, reply)| *reply)
    };
    let mut log: Vec<String> = Vec::new();
    let mut reader = BufReader::new(stream);
    let mut in_body = false;
    loop {
        let word = log.last().map_or("greeting", String::as_str);
        if !in_body || word == "." {
            let reply = answer(word).unwrap_or(match word {
                "greeting" => "220 mx.example.test",
                "DATA" => "354 go on",
                "QUIT" => "221 bye\u{4}",
                _ => "250 ok",
            });
            in_body = reply.starts_with("354");
            let before_a_while = reply.strip_suffix(HANG_UP_LATER);
            let (said, is_end) = match before_a_while.or_else(|| reply.strip_suffix(HANG_UP)) {
                Some(said) => (said, true),
                None => (reply, false),
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
                // A test that has the log does not wait any more.
                let _ = sent.send(());
            }
            if before_a_while.is_some() {
                thread::sleep(A_WHILE);
            }
            if !is_out || is_end {
                return log;
            }
        }
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(1..) => log.push(line.trim_end_matches(['\r', '\n']).to_owned()),
            _ => return log,
        }
        let chunk = log
            .last()
            .filter(|_| !in_body)
            .and_then(|line| line.strip_prefix("BDAT ")?.split(' ').next());
        if let Some(octets) = chunk.and_then(|octets| octets.parse().ok())
            && io::copy(&mut reader.by_ref().take(octets), &mut io::sink()).is_err()
        {
            return log;
        }
    }
}
