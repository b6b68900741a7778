//! The loop that drives the core, once for every host.
//!
//! It is written as `async`. What waits is the host's ([`Io`]): tokio's waits for its reactor, and the blocking
//! one's never does, as it blocks. So there is one text, and `blocking` runs it by a single poll.

mod books;
mod ends;
mod handshake;
mod together;

use std::future::Future;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mailwright_proto::{Connection, Output, State, TlsInfo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::chunks::Chunks;
use crate::deadline::Deadline;
use crate::error::{Error, Kind, TlsFailure, alert_of};
use crate::tls::{Established, Observed};

pub(crate) use books::{Books, PhaseWatcher};

/// Octets read from the network at once: the replies to a window of messages, and more than any reply but the longest.
const READ_BUFFER: usize = 2 * 1024;

/// Slices that are written at once: half of what Linux takes in one call.
const SLICES: usize = 512;

/// How long a connection that failed is listened to for what the server had to say of it.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A connection's bytes, and every wait for them. An error of the kinds that [`is_timeout`] knows says that time is over.
pub(crate) trait Io: Sized {
    /// Connects to one of the host's addresses; all of them share the time.
    fn connect(
        host: &str,
        port: u16,
        timeout: Duration,
    ) -> impl Future<Output = Result<Self, Error>>;

    /// Connects to a UNIX socket.
    #[cfg(unix)]
    fn connect_socket(path: &Path, timeout: Duration) -> impl Future<Output = io::Result<Self>>;

    /// Connects to one of these addresses of the host, of which there is at least one; all of them share the time.
    #[cfg(feature = "mx")]
    fn connect_to(
        host: &str,
        port: u16,
        addresses: &[SocketAddr],
        timeout: Duration,
    ) -> impl Future<Output = Result<Self, Error>>;

    /// Waits for look-ups, which want a runtime of tokio's: an error says that there is none to be had.
    #[cfg(feature = "mx")]
    fn look_up<T: Send>(
        work: impl Future<Output = T> + Send,
    ) -> impl Future<Output = io::Result<T>>;

    /// Returns the addresses of a host, or none if they are not found in time.
    fn addresses(host: String, timeout: Duration) -> impl Future<Output = Vec<IpAddr>>;

    /// Whom it is connected to, where that is an address.
    fn peer(&self) -> Option<SocketAddr>;

    /// Returns this end's address, if it is connected from one.
    fn local(&self) -> Option<IpAddr>;

    /// Makes the TLS handshake, as a whole within the deadline.
    fn handshake(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Established, TlsFailure>>;

    /// Waits for bytes: how many, or 0 at the end.
    fn read(
        &mut self,
        buffer: &mut [u8],
        deadline: Option<Instant>,
    ) -> impl Future<Output = io::Result<usize>>;

    /// What has arrived, without waiting for it; nothing where there is nothing.
    fn glance(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<Option<usize>>>;

    /// Writes all of `bytes` before the deadline.
    fn write_all(
        &mut self,
        bytes: &[u8],
        deadline: Option<Instant>,
    ) -> impl Future<Output = io::Result<()>>;

    /// Writes some of the slices or reads what the server sends meanwhile, whichever happens first before the deadline.
    ///
    /// After [`Progress::Heard`] the caller passes the same slices again: part of them may be in flight.
    fn write_some(
        &mut self,
        slices: &[IoSlice<'_>],
        buffer: &mut [u8],
        deadline: Option<Instant>,
    ) -> impl Future<Output = io::Result<Progress>>;

    /// Does this until it is done, or until then: nothing where that came first. Unlike the others it is no connection's.
    fn within<F: Future>(
        until: Option<Instant>,
        work: F,
    ) -> impl Future<Output = Option<F::Output>>;

    /// Says goodbye in TLS's own way, if it can be said at once.
    fn close(self) -> impl Future<Output = ()>;
}

/// How to make a connection's TLS, and whose certificate is to be there.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) name: ServerName<'static>,
    pub(crate) observed: Arc<Observed>,
}

/// What came of trying to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// So many octets are out: never 0.
    Wrote(usize),
    /// So many octets came in; 0 at the end.
    Heard(usize),
}

/// Whether an error says that the time is over: which of the two it is differs by system.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// How far to drive; the session's own end comes first in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// The server has offered a login that would do, or needs none: the next wait is for the credentials.
    Offered,
    /// The session is open for messages.
    Open,
    /// The server has said what becomes of the message under way.
    Settled,
    /// The session is over.
    Closed,
}

/// An open connection.
pub(crate) struct Link<I> {
    connection: Connection,
    io: I,
    tls: Option<Tls>,
    deadline: Deadline,
    /// When a goodbye has taken long enough.
    leave_by: Option<Instant>,
    /// Empty where nothing is under way.
    buffer: Vec<u8>,
    /// What the network said when it failed.
    broken: Option<io::Error>,
    /// Whether the handshake followed STARTTLS, as long as the server has sent nothing since: with
    /// TLS 1.3 the client completes it before the server has verified the client's certificate.
    unconfirmed: Option<bool>,
    /// Set once what had arrived is read, for the message that follows at once.
    was_read: bool,
    /// Whether a message was begun on it.
    was_used: bool,
}

impl<I: Io> Link<I> {
    pub(crate) fn new(io: I, tls: Option<Tls>, books: &mut Books) -> Self {
        books.ledger.facts.address = io.peer();
        Self {
            connection: Connection::new(books.options.to_config(&books.logins, io.local())),
            io,
            tls,
            deadline: Deadline::default(),
            leave_by: None,
            buffer: Vec::new(),
            broken: None,
            unconfirmed: None,
            was_read: false,
            was_used: false,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.connection.state(), State::Closed | State::Failed)
    }

    /// Whether a message may be begun now.
    pub(crate) fn has_room(&self) -> bool {
        self.connection.available_transactions() > 0
    }

    /// The loop: does what the core demands until `until` has come, or the session's end.
    pub(crate) async fn drive(
        &mut self,
        books: &mut Books,
        until: Until,
        chunks: &mut impl Chunks,
    ) -> Result<(), Error> {
        loop {
            if until == Until::Settled && books.ledger.is_settled() {
                return Ok(());
            }
            match self.connection.poll() {
                Err(error) => return Err(self.failure(error, books)),
                Ok(Output::Event(event)) => books.ledger.note(event),
                Ok(Output::Write) => self.write_commands(books).await,
                Ok(Output::Read) => self.read(books).await,
                Ok(Output::StartTls) => self.start_tls(books).await?,
                Ok(Output::Authenticate) if until == Until::Offered => return Ok(()),
                Ok(Output::Authenticate) => self.log_in(books).await?,
                Ok(Output::Body(_)) => self.send_chunk(chunks, books).await?,
                Ok(Output::Idle) if until == Until::Closed => {
                    self.connection.quit().map_err(Kind::Misuse)?
                }
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

    async fn read(&mut self, books: &mut Books) {
        books.enter(self.connection.timer().phase());
        let deadline = self.deadline(books);
        match self.io.read(room(&mut self.buffer), deadline).await {
            Ok(n) => self.receive(n, books),
            Err(error) if is_timeout(&error) => self.connection.timed_out(),
            Err(error) => self.break_off(error),
        }
    }

    /// Returns the deadline of the awaited event.
    fn deadline(&mut self, books: &Books) -> Option<Instant> {
        let deadline = self
            .deadline
            .of(self.connection.timer(), &books.options.timeouts);
        self.leave_by.or(deadline)
    }

    async fn write_commands(&mut self, books: &mut Books) {
        let deadline = self.deadline(books);
        let bytes = self.connection.transmit();
        books.dialogue.client(&bytes);
        let written = self.io.write_all(&bytes, deadline).await;
        let octets = bytes.len();
        match written {
            Ok(()) => self.connection.transmitted(octets),
            Err(error) => self.lost(error, books).await,
        }
    }

    /// Waits for the first octets of a greeting, and returns whether none arrived before `until`.
    pub(crate) async fn is_silent(&mut self, books: &mut Books, until: Option<Instant>) -> bool {
        let until = self.deadline(books).into_iter().chain(until).min();
        match self.io.read(room(&mut self.buffer), until).await {
            Err(error) if is_timeout(&error) => return true,
            Err(error) => self.break_off(error),
            Ok(n) => self.receive(n, books),
        }
        false
    }

    fn receive(&mut self, n: usize, books: &mut Books) {
        let bytes = self.buffer.get(..n).unwrap_or_default();
        if bytes.is_empty() {
            return self.connection.receive_eof();
        }
        books.dialogue.server(bytes);
        self.unconfirmed = None;
        self.connection.receive(bytes);
    }

    fn break_off(&mut self, error: io::Error) {
        self.broken = Some(error);
        self.connection.receive_eof();
    }

    async fn start_tls(&mut self, books: &mut Books) -> Result<(), Error> {
        books.enter(self.connection.timer().phase());
        let deadline = self.deadline(books);
        let upgrade = self.connection.state() == State::AwaitUpgrade;
        let Some(Tls { config, name, .. }) = self.tls.clone() else {
            return Err(Kind::Config("TLS was not configured".to_owned()).into());
        };
        let Established { facts, exporter } = match self.io.handshake(config, name, deadline).await
        {
            Ok(established) => established,
            Err(failure) => return Err(self.handshake_failed(failure, upgrade, books).await),
        };
        self.unconfirmed = Some(upgrade);
        books.ledger.facts.tls = facts;
        let info = if books.options.tls.verifies() {
            TlsInfo::verified()
        } else {
            TlsInfo::unverified()
        };
        let info = exporter.map_or(info, |exported| info.with_exporter(exported));
        self.connection
            .tls_established(info)
            .map_err(Kind::Misuse)?;
        Ok(())
    }

    async fn log_in(&mut self, books: &mut Books) -> Result<(), Error> {
        let fetched = books.logins.fetch().await;
        match fetched.and_then(|credentials| books.options.complete(credentials)) {
            Ok(credentials) => {
                self.check_before_login(books).await?;
                books.present(&credentials);
                self.connection
                    .authenticate(credentials)
                    .map_err(Kind::Misuse)?;
            }
            Err(error) => {
                books.ledger.refuse(Kind::NoCredentials(error).into());
                self.connection.quit().map_err(Kind::Misuse)?;
            }
        }
        Ok(())
    }

    /// Sends the next part of a message, unless the server has said by now that it does not want it.
    async fn send_chunk(
        &mut self,
        chunks: &mut impl Chunks,
        books: &mut Books,
    ) -> Result<(), Error> {
        if chunks.is_time_to_look() {
            self.look(books).await;
            // A part that went before may have been refused by now.
            if !matches!(self.connection.poll(), Ok(Output::Body(_))) {
                return Ok(());
            }
        }
        let (chunk, last) = match chunks.next().await {
            Ok(next) => next,
            Err(error) => {
                // Closes the connection, as the message cannot be ended without being sent.
                self.connection.quit().map_err(Kind::Misuse)?;
                return Err(Kind::Source(error).into());
            }
        };
        let framed = self.connection.body(chunk, last).map_err(Kind::Body)?;
        books.dialogue.body(chunk, last, framed.command());
        if let Err(error) = self.write_slices(framed.slices(), books).await {
            self.lost(error, books).await;
        }
        Ok(())
    }

    /// Writes slices, and hears what the server says meanwhile.
    async fn write_slices<'s>(
        &mut self,
        mut slices: impl Iterator<Item = &'s [u8]>,
        books: &mut Books,
    ) -> io::Result<()> {
        let mut deadline = books.deadline_of_write();
        let mut some = Vec::new();
        loop {
            some.clear();
            some.extend(slices.by_ref().take(SLICES).map(IoSlice::new));
            let mut rest = some.as_mut_slice();
            if rest.is_empty() || self.is_over() {
                return Ok(());
            }
            while !rest.is_empty() && !self.is_over() {
                match self
                    .io
                    .write_some(rest, room(&mut self.buffer), deadline)
                    .await?
                {
                    Progress::Wrote(n) => {
                        deadline = books.deadline_of_write();
                        self.connection.transmitted(n);
                        IoSlice::advance_slices(&mut rest, n);
                    }
                    Progress::Heard(n) => {
                        self.receive(n, books);
                        self.note_events(books);
                    }
                }
            }
        }
    }

    fn note_events(&mut self, books: &mut Books) {
        while let Ok(Output::Event(event)) = self.connection.poll() {
            books.ledger.note(event);
        }
    }

    /// The network failed at a write: the server may have said why before it hung up.
    async fn lost(&mut self, error: io::Error, books: &mut Books) {
        if is_timeout(&error) {
            return self.connection.timed_out();
        }
        let deadline = Instant::now().checked_add(LAST_WORDS);
        let mut error = error;
        // Each read is examined at once, so that the limits of the reply reader end a flood.
        while !self.is_over() {
            match self.io.read(room(&mut self.buffer), deadline).await {
                Ok(n @ 1..) => {
                    self.receive(n, books);
                    self.note_events(books);
                }
                // An alert says more than that the connection cannot be written to.
                Err(alert) if alert_of(&alert).is_some() => {
                    error = alert;
                    break;
                }
                _ => break,
            }
        }
        self.break_off(error);
    }
}

/// Room to read into.
fn room(buffer: &mut Vec<u8>) -> &mut [u8] {
    buffer.resize(READ_BUFFER, 0);
    buffer
}
