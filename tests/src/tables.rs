//! A server that answers each connection by a table of its own, and keeps a log of what it heard.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// At a reply's end: the connection ends behind it.
pub const HANG_UP: &str = "\u{4}";

/// What is said to whom: to the first line that begins with the word. `greeting` and `.` are words, too. What no table
/// has is answered in the positive.
pub type Table = &'static [(&'static str, &'static str)];

/// A server on loopback, for as many connections as it has tables.
pub struct Tables {
    address: SocketAddr,
    log: JoinHandle<Vec<Vec<String>>>,
}

impl Tables {
    /// Serves the connections one after the other, each on a thread of its own.
    pub fn start(tables: impl IntoIterator<Item = Table> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let tables: Vec<Table> = tables.into_iter().collect();
        let log = thread::spawn(move || {
            let serve = |table| {
                let (stream, _) = listener.accept().expect("a client");
                thread::spawn(move || converse(&stream, table))
            };
            let served: Vec<_> = tables.into_iter().map(serve).collect();
            served.into_iter().map(|thread| thread.join().expect("a connection's thread")).collect()
        });
        Self { address, log }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was said over each connection, line by line. Waits for all of them.
    pub fn log(self) -> Vec<Vec<String>> {
        self.log.join().expect("the server's thread")
    }
}

fn converse(mut stream: &TcpStream, table: Table) -> Vec<String> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time-out");
    stream.set_nodelay(true).expect("an option");
    let answer = |word: &str| table.iter().find(|(start, _)| word.starts_with(start)).map(|(_, reply)| *reply);
    let mut log: Vec<String> = Vec::new();
    let mut lines = BufReader::new(stream).lines();
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
            let (said, is_end) = match reply.strip_suffix(HANG_UP) {
                Some(said) => (said, true),
                None => (reply, false),
            };
            let said = if said.is_empty() { String::new() } else { format!("{said}\r\n") };
            if stream.write_all(said.as_bytes()).is_err() || is_end {
                return log;
            }
        }
        match lines.next() {
            Some(Ok(line)) => log.push(line),
            _ => return log,
        }
    }
}
