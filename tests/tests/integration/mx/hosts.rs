//! The hosts of a domain: servers at 127.0.0.1, 127.0.0.2 and so on, all at one port, each by a table of replies.

use std::borrow::Cow;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use smtp_tests::listening::Listening;
use smtp_tests::tables::{Event, Table, converse, find};

/// How often a port is tried that is free at the first address and taken at another.
const PORTS_TO_TRY: usize = 50;

/// Servers that run until this is dropped.
pub(crate) struct Hosts {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    _listening: Vec<Listening>,
}

impl Hosts {
    /// The first is at 127.0.0.1, the next one at 127.0.0.2; without a table none listens.
    pub(crate) fn start(tables: &[Option<Table>]) -> Self {
        let (port, listeners) = bind(tables.len());
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let hosts = listeners.into_iter().zip(tables).zip(1..);
        let listening = hosts.filter_map(|((listener, table), place)| {
            let (table, heard) = ((*table)?, Arc::clone(&heard));
            let note = move |text: &str| heard.lock().unwrap().push(format!("{place} {text}"));
            Some(Listening::in_turn(listener, move |stream| {
                note("connect");
                converse(
                    &stream,
                    |word| find(table, word).map(Cow::Borrowed),
                    |event| {
                        if let Event::Line(line) = event {
                            note(line);
                        }
                    },
                );
            }))
        });
        Self {
            port,
            _listening: listening.collect(),
            heard,
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
