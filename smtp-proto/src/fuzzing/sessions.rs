//! An embedder that does anything, against a server that says anything.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Tamper;
use super::input::Input;
use super::setup::{config, credentials};
use crate::auth::Mechanism;
use crate::command::Command;
use crate::config::{Security, Transfer};
use crate::connection::Connection;
use crate::envelope::Envelope;
use crate::error::Error;
use crate::event::{Event, Outcome, Output, TlsInfo, TransactionId};

/// What a message has come to.
#[derive(Default)]
struct Message {
    /// How many octets were handed out when its last one was.
    ends_at: Option<usize>,
    finished: u8,
}

/// What the embedder keeps of its session.
#[derive(Default)]
struct Books {
    messages: BTreeMap<TransactionId, Message>,
    /// Octets that were handed out, bodies and what was gathered behind them, and those of them that have left: nothing may
    /// overtake the others.
    handed_out: usize,
    left: usize,
    log: Vec<u8>,
}

/// Arbitrary calls of an embedder against arbitrary bytes of a server: nothing panics, a misuse changes nothing, an error
/// repeats, each message finishes exactly once, and none is accepted that was not sent to its end.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn session(input: &[u8], tamper: Tamper) {
    let mut input = Input::new(input);
    let choice = input.byte();
    let security = match choice % 4 {
        0 => Security::StartTls,
        1 => Security::ImplicitTls,
        2 => Security::Opportunistic,
        _ => Security::None,
    };
    let login: &[Mechanism] = if input.flag() {
        &[Mechanism::Plain, Mechanism::Login]
    } else {
        &[]
    };
    let transfer = match choice / 4 % 3 {
        0 => Transfer::Data,
        1 => Transfer::Chunks,
        _ => Transfer::Window {
            messages: 3,
            octets: 256,
        },
    };
    let config = config()
        .security(security)
        .login(login.iter().copied())
        .transfer(transfer);
    let config = if choice / 12 % 2 == 1 {
        config.lmtp()
    } else {
        config
    };
    let mut connection = Connection::new(alloc::sync::Arc::new(config));
    let mut books = Books::default();
    while !input.is_empty() {
        act(&mut connection, &mut input, &mut books);
        drain(&mut connection, &mut books, input.byte());
    }
    connection.receive_eof();
    let error = end(&mut connection, &mut books);
    if let Some(error) = error {
        assert!(
            connection.poll().err().as_ref() == Some(&error),
            "an error is not repeated"
        );
    }
    let Books {
        messages, mut log, ..
    } = books;
    tamper(&mut log);
    let finished = messages
        .values()
        .map(|message| usize::from(message.finished))
        .fold(0, usize::saturating_add);
    assert!(
        finished == messages.len() && log.len() == finished,
        "a message finished twice, or never"
    );
}

/// One call of an embedder's.
fn act(connection: &mut Connection, input: &mut Input<'_>, books: &mut Books) {
    let before = (
        connection.state(),
        connection.timer(),
        connection.available_transactions(),
    );
    let is_refused = match input.byte() % 12 {
        0..=3 => {
            connection.receive(input.bytes());
            return;
        }
        4 => {
            let recipients = usize::from(input.byte()) % 4;
            envelope(recipients, input.flag()).is_some_and(|envelope| {
                let sent = connection.send(&envelope);
                sent.map(|id| books.messages.insert(id, Message::default()))
                    .is_err()
            })
        }
        5 => {
            let (last, short) = (input.flag(), input.flag());
            let framed = connection
                .body(input.bytes(), last)
                .map(|framed| framed.len());
            framed
                .map(|octets| {
                    books.hand_out(connection, octets, short);
                    let mut messages = books.messages.values_mut();
                    if let Some(message) = messages.next_back().filter(|_| last) {
                        message.ends_at = Some(books.handed_out);
                    }
                })
                .is_err()
        }
        10 => {
            let octets = connection.drain_commands(&mut Vec::new());
            books.hand_out(connection, octets, input.flag());
            return;
        }
        11 => {
            books.go_on(connection, input.flag());
            return;
        }
        6 => connection.command(Command::Noop).is_err(),
        7 => {
            let tls = if input.flag() {
                TlsInfo::verified()
            } else {
                TlsInfo::unverified()
            };
            connection.tls_established(tls).is_err()
        }
        8 => credentials().is_some_and(|credentials| connection.authenticate(credentials).is_err()),
        _ => match input.byte() % 8 {
            0 => connection.quit().is_err(),
            1 => return connection.timed_out(),
            2 => return connection.receive_eof(),
            _ => return,
        },
    };
    if is_refused {
        let after = (
            connection.state(),
            connection.timer(),
            connection.available_transactions(),
        );
        assert!(before == after, "a refused call changed something");
    }
}

impl Books {
    /// Octets that leave at once, or half of them where they fall short, unless some before them have not left.
    fn hand_out(&mut self, connection: &mut Connection, octets: usize, short: bool) {
        let is_behind = self.left < self.handed_out;
        self.handed_out = self.handed_out.saturating_add(octets);
        if !is_behind {
            self.go_on(connection, short);
        }
    }

    /// What has not left does, or half of it.
    fn go_on(&mut self, connection: &mut Connection, short: bool) {
        let behind = self.handed_out.saturating_sub(self.left);
        let octets = if short { behind / 2 } else { behind };
        connection.transmitted(octets);
        self.left = self.left.saturating_add(octets);
    }
}

/// Meets the demands that a driver meets by itself, the writes by as many octets as `step` says.
fn drain(connection: &mut Connection, books: &mut Books, step: u8) {
    // A demand that is never met would be repeated for ever.
    for _ in 0..64 {
        let sent = match connection.poll() {
            Ok(Output::Event(event)) => {
                note(event, books);
                continue;
            }
            Ok(Output::Write) => {
                assert!(
                    books.left == books.handed_out,
                    "a command overtakes what was handed out before it"
                );
                connection.transmit().len().min(usize::from(step))
            }
            _ => return,
        };
        connection.transmitted(sent);
    }
}

/// Hears the session out: the error that it ended with, if it was one.
fn end(connection: &mut Connection, books: &mut Books) -> Option<Error> {
    loop {
        match connection.poll() {
            Ok(Output::Event(event)) => note(event, books),
            Ok(Output::Write) => connection.transmitted(connection.transmit().len()),
            Ok(Output::Closed) => return None,
            Err(error) => return Some(error),
            // At the end of file nothing but the end is to be done; this is what brings a handshake to it.
            Ok(_) => connection.timed_out(),
        }
    }
}

fn note(event: Event, books: &mut Books) {
    let Event::Finished { message, outcome } = event else {
        return;
    };
    let message = books.messages.get_mut(&message);
    assert!(message.is_some(), "a message finished that was never begun");
    let Some(message) = message else { return };
    message.finished = message.finished.saturating_add(1);
    books.log.push(b'f');
    let claims = matches!(outcome, Outcome::Accepted(_) | Outcome::Unknown);
    let has_left = message.ends_at.is_some_and(|end| end <= books.left);
    assert!(
        !claims || has_left,
        "a message that was not sent to its end is told as {outcome:?}"
    );
}

fn envelope(recipients: usize, all_or_none: bool) -> Option<Envelope> {
    let to = "b@example.test".parse().ok()?;
    let envelope =
        Envelope::new("a@example.test".parse().ok()?, alloc::vec![to; recipients]).ok()?;
    Some(if all_or_none {
        envelope.with_all_or_none()
    } else {
        envelope
    })
}
