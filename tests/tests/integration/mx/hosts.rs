//! The hosts of a domain: servers at 127.0.0.1, 127.0.0.2 and so on, all at one port, each by a table of replies.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What a server answers to lines that begin with a word; `greeting` and `.` are words too. The first one decides.
pub(crate) type Rules = &'static [(&'static str, &'static str)];

/// Ends the connection instead of a reply.
pub(crate) const HANG_UP: &str = "";

/// Says nothing, and waits for the client to go.
pub(crate) const SILENCE: &str = "silence";

/// What is not in the table goes well.
const GOOD: Rules = &[
    ("greeting", "220 host ESMTP"),
    ("EHLO", "250 host"),
    ("MAIL", "250 2.1.0 ok"),
    ("RCPT", "250 2.1.5 ok"),
    ("DATA", "354 go on"),
    (".", "250 2.0.0 queued as 4711"),
    ("RSET", "250 2.0.0 ok"),
    ("QUIT", "221 2.0.0 bye"),
];

/// How often a port is tried that is free at the first address and taken at another.
const PORTS_TO_TRY: usize = 50;

/// Servers that run until this is dropped.
pub(crate) struct Hosts {
    port: u16,
    over: Arc<AtomicBool>,
    heard: Arc<Mutex<Vec<String>>>,
    threads: Vec<(Ipv4Addr, JoinHandle<()>)>,
}

impl Hosts {
    /// The first is at 127.0.0.1, the next one at 127.0.0.2; nobody listens where there are no rules.
    pub(crate) fn start(rules: &[Option<Rules>]) -> Self {
        let (port, listeners) = bind(rules.len());
        let (over, heard) = (
            Arc::new(AtomicBool::new(false)),
            Arc::<Mutex<Vec<String>>>::default(),
        );
        let mut threads = Vec::new();
        for ((listener, rules), place) in listeners.into_iter().zip(rules).zip(1..) {
            let Some(rules) = *rules else { continue };
            let (over, heard) = (Arc::clone(&over), Arc::clone(&heard));
            let thread = thread::spawn(move || {
                while let Ok((stream, _)) = listener.accept() {
                    if over.load(Ordering::SeqCst) {
                        return;
                    }
                    converse(&stream, rules, |line| {
                        heard.lock().unwrap().push(format!("{place} {line}"))
                    });
                }
            });
            threads.push((Ipv4Addr::new(127, 0, 0, place), thread));
        }
        Self {
            port,
            over,
            heard,
            threads,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// All that was said to them, each line behind its host's number; a connection begins with `connect`.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        for (address, thread) in self.threads.drain(..) {
            // It may have ended by itself, with its test.
            let _ = TcpStream::connect((address, self.port));
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "a server failed");
        }
    }
}

/// One port at so many addresses.
fn bind(addresses: usize) -> (u16, Vec<TcpListener>) {
    for _ in 0..PORTS_TO_TRY {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let others = (2..).take(addresses.saturating_sub(1));
        let others: Result<Vec<_>, _> = others
            .map(|last| TcpListener::bind(SocketAddr::from(([127, 0, 0, last], port))))
            .collect();
        if let Ok(others) = others {
            return (port, std::iter::once(first).chain(others).collect());
        }
    }
    panic!("no port is free at all addresses");
}

fn converse(stream: &TcpStream, rules: Rules, note: impl Fn(&str)) {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let answer = |word: &str| {
        let found = rules
            .iter()
            .chain(GOOD)
            .find(|(start, _)| word.starts_with(start));
        found.map_or("502 5.5.1 not in the table", |(_, reply)| *reply)
    };
    note("connect");
    let (mut lines, mut writer) = (BufReader::new(stream).lines(), stream);
    let (mut word, mut in_body) = ("greeting".to_owned(), false);
    loop {
        if !in_body || word == "." {
            let reply = answer(&word);
            in_body = reply.starts_with("354");
            if reply == HANG_UP
                || (reply != SILENCE
                    && writer.write_all(format!("{reply}\r\n").as_bytes()).is_err())
            {
                return;
            }
        }
        let Some(Ok(line)) = lines.next() else { return };
        note(&line);
        word = line;
    }
}
