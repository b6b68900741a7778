//! One connection, and the loop that drives the core over it.

use std::io::{self, IoSlice, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use smtp_proto::{Connection, Envelope, Framed, Misuse, Output, Phase, State, TlsInfo};

use super::chunks::Chunks;
use super::connect::connect;
use super::wire::{Wire, is_timeout};
use crate::builder::{Builder, again};
use crate::deadline::Deadline;
use crate::dialogue::Dialogue;
use crate::error::{Error, Kind};
use crate::ledger::Ledger;
use crate::redact::Redactor;

/// Octets read from the network at once: more than any reply but the longest.
const READ_BUFFER: usize = 4 * 1024;

/// How long a connection that failed is listened to for what the server had to say of it.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What outlives a connection: the options, and what is known.
pub(super) struct Books {
    pub(super) options: Builder,
    pub(super) ledger: Ledger,
    pub(super) dialogue: Dialogue,
}

impl Books {
    pub(super) fn new(mut options: Builder) -> Self {
        let redactor = options.credentials.as_ref().map(Redactor::new).unwrap_or_default();
        let dialogue = Dialogue::new(options.observer.take(), redactor);
        let ledger = new_ledger(&options, &dialogue);
        Self { options, ledger, dialogue }
    }

    /// A new connection: of the last one nothing is known any more.
    pub(super) fn restart(&mut self) {
        self.dialogue.restart();
        self.ledger = new_ledger(&self.options, &self.dialogue);
    }

    /// How long a phase may take, or a write within it go without progress.
    fn patience(&self, phase: Phase) -> Option<Duration> {
        self.options.timeouts.of(phase)
    }
}

fn new_ledger(options: &Builder, dialogue: &Dialogue) -> Ledger {
    let login = options.credentials.as_ref().map(|login| (login.user().to_owned(), login.is_token()));
    Ledger::new(login, dialogue.redactor().clone())
}

/// How far to drive; the session's own end comes first in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// The session is open for messages.
    Open,
    /// The server has said what becomes of the message under way.
    Settled,
    /// The session is over.
    Closed,
}

/// An open connection.
pub(super) struct Link {
    connection: Connection,
    wire: Wire,
    tls: Option<Arc<ClientConfig>>,
    deadline: Deadline,
    buffer: Box<[u8; READ_BUFFER]>,
    /// What the network said when it failed.
    broken: Option<io::Error>,
}

impl Link {
    pub(super) fn connect(books: &mut Books, tls: Option<Arc<ClientConfig>>) -> Result<Self, Error> {
        let options = &books.options;
        let wire = Wire::new(connect(&options.host, options.port, options.timeouts.connect)?);
        books.ledger.facts.address = wire.peer();
        Ok(Self {
            connection: Connection::new(options.to_config()),
            wire,
            tls,
            deadline: Deadline::default(),
            buffer: Box::new([0; READ_BUFFER]),
            broken: None,
        })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.connection.state(), State::Closed | State::Failed)
    }

    pub(super) fn begin(&mut self, envelope: &Envelope, books: &mut Books) -> Result<(), Misuse> {
        let id = self.connection.send(envelope)?;
        books.ledger.begin(id, envelope.recipients().len());
        Ok(())
    }

    pub(super) fn quit(mut self, books: &mut Books) -> Result<(), Error> {
        self.connection.quit().map_err(Kind::Message)?;
        let driven = self.drive(books, Until::Closed, &mut io::empty());
        self.wire.close();
        driven
    }

    /// The loop: does what the core demands until `until` has come, or the session's end.
    pub(super) fn drive(&mut self, books: &mut Books, until: Until, message: &mut dyn Read) -> Result<(), Error> {
        let mut chunks = Chunks::new(message);
        loop {
            if until == Until::Settled && books.ledger.is_settled() {
                return Ok(());
            }
            let phase = self.connection.wait().phase();
            match self.connection.poll() {
                Err(error) => {
                    books.dialogue.flush();
                    // A refusal came first, and is why the session did not go on.
                    let refusal = books.ledger.take_refusal();
                    return Err(refusal.unwrap_or_else(|| books.ledger.error(error, self.broken.as_ref())));
                }
                Ok(Output::Event(event)) => books.ledger.note(event),
                Ok(Output::Write(bytes)) => {
                    books.dialogue.client(&bytes);
                    let written = self.wire.write_all(&bytes, books.patience(phase));
                    let octets = bytes.len();
                    match written {
                        Ok(()) => self.connection.sent(octets),
                        Err(error) => self.lost(error, books),
                    }
                }
                Ok(Output::Read) => self.read(books),
                Ok(Output::StartTls) => self.start_tls(books)?,
                Ok(Output::Authenticate(_)) => match books.options.credentials.as_ref().and_then(again) {
                    Some(credentials) => self.connection.authenticate(credentials).map_err(Kind::Message)?,
                    None => self.connection.quit().map_err(Kind::Message)?,
                },
                Ok(Output::Body(_)) => self.send_chunk(&mut chunks, books)?,
                Ok(Output::Idle) if until == Until::Closed => self.connection.quit().map_err(Kind::Message)?,
                Ok(Output::Idle) => return Ok(()),
                Ok(Output::Closed) => {
                    return match books.ledger.take_refusal() {
                        Some(refusal) if until != Until::Closed => Err(refusal),
                        _ => Ok(()),
                    };
                }
            }
        }
    }

    fn read(&mut self, books: &mut Books) {
        let deadline = self.deadline.of(self.connection.wait(), &books.options.timeouts);
        match self.wire.read(self.buffer.as_mut_slice(), deadline) {
            Ok(0) => self.connection.receive_eof(),
            Ok(n) => self.receive(n, books),
            Err(error) if is_timeout(&error) => self.connection.timed_out(),
            Err(error) => {
                self.broken = Some(error);
                self.connection.receive_eof();
            }
        }
    }

    fn receive(&mut self, n: usize, books: &mut Books) {
        let bytes = self.buffer.get(..n).unwrap_or_default();
        books.dialogue.server(bytes);
        self.connection.receive(bytes);
    }

    fn start_tls(&mut self, books: &mut Books) -> Result<(), Error> {
        let deadline = self.deadline.of(self.connection.wait(), &books.options.timeouts);
        let host = &books.options.host;
        let upgrade = self.connection.state() == State::AwaitUpgrade;
        let failed = |error| Kind::Tls { host: host.clone(), upgrade, error };
        let Some(config) = self.tls.clone() else {
            return Err(Kind::Config("TLS was not configured".to_owned()).into());
        };
        let name = ServerName::try_from(host.clone())
            .map_err(|_| Kind::Config(format!("{host:?} is neither a host name nor an IP address")))?;
        let facts = self.wire.handshake(config, name, deadline).map_err(failed)?;
        books.ledger.facts.tls = facts;
        let info = TlsInfo::new(books.options.tls.verifies());
        self.connection.tls_established(info).map_err(Kind::Message)?;
        Ok(())
    }

    /// Sends the next part of a message, unless the server has said by now that it does not want it.
    fn send_chunk(&mut self, chunks: &mut Chunks<'_>, books: &mut Books) -> Result<(), Error> {
        if !chunks.is_first() {
            self.listen(books);
            if self.is_over() {
                return Ok(());
            }
        }
        let (chunk, last) = match chunks.next() {
            Ok(next) => next,
            Err(error) => {
                // Closes the connection, as the message cannot be ended without being sent.
                self.connection.quit().map_err(Kind::Message)?;
                return Err(Kind::Source(error).into());
            }
        };
        let framed = self.connection.body(chunk, last).map_err(Kind::Message)?;
        books.dialogue.body(chunk, last);
        if let Err(error) = self.write_framed(&framed, books) {
            self.lost(error, books);
        }
        Ok(())
    }

    /// Writes what the core made of a chunk, and listens whenever the server does not take it.
    fn write_framed(&mut self, framed: &Framed<'_>, books: &mut Books) -> io::Result<()> {
        let mut slices: Vec<IoSlice<'_>> = framed.slices().map(IoSlice::new).collect();
        let mut rest = slices.as_mut_slice();
        let mut progress = Instant::now();
        while !rest.is_empty() {
            match self.wire.write_vectored(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    self.connection.sent(n);
                    IoSlice::advance_slices(&mut rest, n);
                    progress = Instant::now();
                }
                Err(error) if is_timeout(&error) => {
                    if books.patience(Phase::Body).is_some_and(|patience| progress.elapsed() >= patience) {
                        self.connection.timed_out();
                        return Ok(());
                    }
                    self.listen(books);
                    if self.is_over() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes what the server has said by now, without waiting for more.
    fn listen(&mut self, books: &mut Books) {
        match self.wire.glance(self.buffer.as_mut_slice()) {
            Ok(None) => return,
            Ok(Some(0)) => self.connection.receive_eof(),
            Ok(Some(n)) => self.receive(n, books),
            Err(error) => {
                self.broken = Some(error);
                self.connection.receive_eof();
            }
        }
        while let Ok(Output::Event(event)) = self.connection.poll() {
            books.ledger.note(event);
        }
    }

    /// The network failed at a write: the server may have said why before it hung up.
    fn lost(&mut self, error: io::Error, books: &mut Books) {
        if is_timeout(&error) {
            return self.connection.timed_out();
        }
        let deadline = Instant::now().checked_add(LAST_WORDS);
        while let Ok(n @ 1..) = self.wire.read(self.buffer.as_mut_slice(), deadline) {
            self.receive(n, books);
        }
        self.broken = Some(error);
        self.connection.receive_eof();
    }
}
