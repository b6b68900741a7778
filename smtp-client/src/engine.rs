//! What a client does, whatever its host: open, send, say goodbye. The clients of the hosts are thin around it.

mod gate;
#[cfg(feature = "mx")]
mod mx;

mod parts;

use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use mailwright_proto::{Phase, Security, envelope::Envelope};
use rustls::pki_types::ServerName;

use crate::chunks::{Chunks, Whole};
use crate::delivery::Delivery;
use crate::drive::{Books, Io, Link, Tls, Until};
use crate::error::{Error, Kind};
use crate::facts::ConnectionInfo;
use crate::logins::{Fetch, FetchSoon, Logins};
use crate::message::{Content, Hooks, Open};
#[cfg(feature = "mx")]
use crate::mx::Trail;
use crate::options::Options;
use crate::probe;
use crate::stage::Stage;

pub(crate) use gate::Gate;

/// The time after which a server without a greeting is probed for TLS.
const DOUBT: Duration = Duration::from_secs(5);

pub(crate) struct Engine<I> {
    books: Books,
    /// Made when it is first needed, and shared with those that are to the same server by the same options.
    tls: Arc<OnceLock<Tls>>,
    /// The gate that its logins share with those of the other connections of a pool.
    gate: Option<Arc<Gate>>,
    link: Option<Link<I>>,
    /// How the open session was reached, until its first message: where it is refused for now, the
    /// next host follows.
    #[cfg(feature = "mx")]
    trail: Option<Trail>,
    /// Whether a call is under way. Found set at the start of another, it was cut off: its future was dropped.
    at_work: bool,
    /// What is known of the messages under way when a call was cut off.
    cut_off: Option<Vec<mailwright_proto::Outcome>>,
}

impl<I: Io> Engine<I> {
    /// `shape` makes of a closure that blocks what this host can wait for.
    pub(crate) fn new(mut options: Options, shape: impl FnOnce(Fetch) -> FetchSoon) -> Self {
        let logins = mem::take(&mut options.logins).map(shape);
        Self::of(options, logins, Arc::default(), None)
    }

    pub(crate) fn of(
        options: Options,
        logins: Logins<FetchSoon>,
        tls: Arc<OnceLock<Tls>>,
        gate: Option<Arc<Gate>>,
    ) -> Self {
        let mut books = Books::new(options, logins);
        books.is_pooled = gate.is_some();
        Self {
            books,
            tls,
            gate,
            link: None,
            #[cfg(feature = "mx")]
            trail: None,
            at_work: false,
            cut_off: None,
        }
    }

    /// Whether there is a connection.
    pub(crate) fn is_open(&self) -> bool {
        self.link.is_some()
    }

    /// Closes a kept connection on which no further message may begin, and returns whether it is still open.
    pub(crate) async fn is_fit(&mut self) -> bool {
        if let Some(link) = &mut self.link {
            let is_quiet = link.is_quiet(&mut self.books).await;
            link.rest();
            if !is_quiet {
                self.link = None;
            }
        }
        self.is_open()
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn fetch_with(&mut self, fetch: FetchSoon) {
        self.books.logins = Logins::Fetched(fetch);
    }

    pub(crate) fn facts(&self) -> &ConnectionInfo {
        &self.books.ledger.facts
    }

    pub(crate) async fn connect(&mut self) -> Result<(), Error> {
        self.enter()?;
        let opened = self.open(None).await;
        self.at_work = false;
        opened
    }

    /// Opens a session over a stream that somebody else connected.
    pub(crate) async fn connect_over(&mut self, io: I) -> Result<(), Error> {
        self.enter()?;
        self.link = None;
        #[cfg(feature = "mx")]
        {
            self.trail = None;
        }
        let opened = self.open(Some(io)).await;
        self.at_work = false;
        opened
    }

    pub(crate) async fn send(
        &mut self,
        envelope: &Envelope,
        content: &mut Content<'_, impl Open>,
        hooks: &mut impl Hooks,
    ) -> Result<Delivery, Error> {
        self.enter()?;
        let began = Instant::now();
        let sent = self.send_content(envelope, content, hooks).await;
        self.books.report(envelope, began, &sent, hooks);
        self.at_work = false;
        sent
    }

    /// To the server, or to whichever host of the domain takes it.
    async fn send_chunks(
        &mut self,
        envelope: &Envelope,
        chunks: &mut impl Chunks,
    ) -> Result<Delivery, Error> {
        #[cfg(feature = "mx")]
        if self.books.options.exchange.is_some() {
            return self.send_to_domain(envelope, chunks).await;
        }
        self.transact(envelope, chunks).await
    }

    pub(crate) async fn quit(mut self) -> Result<(), Error> {
        match self.link.take() {
            Some(link) if !self.at_work => link.quit(&mut self.books).await,
            _ => Ok(()),
        }
    }

    /// What is known of the messages under way in a call that was cut off, if one was.
    pub(crate) fn interrupted(&mut self) -> Option<&[mailwright_proto::Outcome]> {
        if mem::take(&mut self.at_work) {
            if let Some(link) = self.link.take() {
                link.abandon(&mut self.books);
            }
            self.cut_off = Some(self.books.ledger.take_outcomes());
        }
        self.cut_off.as_deref()
    }

    /// A call begins, unless the one before it never ended.
    fn enter(&mut self) -> Result<(), Error> {
        if let Some(outcomes) = self.interrupted() {
            return Err(Kind::CutOff(outcomes.to_vec()).into());
        }
        self.books.ledger.told();
        self.at_work = true;
        Ok(())
    }

    async fn open(&mut self, io: Option<I>) -> Result<(), Error> {
        if self.is_ready().await {
            return Ok(());
        }
        #[cfg(feature = "mx")]
        if io.is_none() && self.books.options.exchange.is_some() {
            return self.open_to_domain().await;
        }
        if let Some(error) = self.gate.as_ref().and_then(|gate| gate.refused()) {
            return Err(error);
        }
        self.books.restart();
        let tls = self.tls()?;
        let options = &self.books.options;
        let io = match io {
            Some(io) => io,
            None => {
                connect(
                    &options.host,
                    options.port,
                    options.socket.as_deref(),
                    options.timeouts.of_connect(),
                )
                .await?
            }
        };
        self.books
            .ledger
            .facts
            .socket
            .clone_from(&self.books.options.socket);
        self.begin(io, tls).await
    }

    /// Opens a session unless a kept one accepts another message.
    async fn open_for_message(&mut self) -> Result<(), Error> {
        // A pool has read by now, on the connection that it chose for this message.
        let was_read = self.link.as_mut().map(Link::take_was_read);
        self.open(None).await?;
        // What arrived since the last message is read before anything is written.
        if was_read == Some(false) && !self.is_fit().await {
            self.open(None).await?;
        }
        if let Some(link) = &mut self.link {
            link.take_was_read();
        }
        Ok(())
    }

    /// Whether there is a connection, and a message may be begun on it.
    async fn is_ready(&mut self) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        // Without PIPELINING an RSET behind a message that was refused has to be answered first.
        let is_ready = link.has_room()
            || link
                .drive(&mut self.books, Until::Open, &mut Whole::nothing())
                .await
                .is_ok()
                && !link.is_over();
        if !is_ready {
            self.link = None;
        }
        is_ready
    }

    /// What TLS needs, if it is wanted.
    fn tls(&self) -> Result<Option<Tls>, Error> {
        let options = &self.books.options;
        match (options.security, self.tls.get()) {
            (Security::None, _) => Ok(None),
            (_, Some(tls)) => Ok(Some(tls.clone())),
            (_, None) => {
                let prepared = prepare(options).map_err(Kind::Config)?;
                Ok(Some(self.tls.get_or_init(|| prepared).clone()))
            }
        }
    }

    /// Opens a session over what is connected.
    async fn begin(&mut self, io: I, tls: Option<Tls>) -> Result<(), Error> {
        let doubt = tls
            .clone()
            .zip(io.peer())
            .filter(|(_, peer)| may_speak_tls(&self.books.options, *peer));
        // Kept here while it works, so that nothing is lost with a future that is dropped.
        let link = self.link.insert(Link::new(io, tls, &mut self.books));
        let foreign = match doubt {
            Some((tls, peer)) => spoken_instead(link, &mut self.books, &tls, peer).await,
            None => None,
        };
        let driven = match (foreign, &self.gate) {
            (Some(error), _) => Err(error),
            (None, None) => {
                link.drive(&mut self.books, Until::Open, &mut Whole::nothing())
                    .await
            }
            (None, Some(gate)) => Self::log_in(link, &mut self.books, gate).await,
        };
        link.rest();
        if driven.is_err() {
            self.link = None;
        }
        driven
    }

    /// Opens the session; its login waits for those of the other connections.
    async fn log_in(link: &mut Link<I>, books: &mut Books, gate: &Arc<Gate>) -> Result<(), Error> {
        link.drive(books, Until::Offered, &mut Whole::nothing())
            .await?;
        let is_fetched = matches!(books.logins, Logins::Fetched(_));
        let turn = gate.enter::<I>(is_fetched).await?;
        let opened = link.drive(books, Until::Open, &mut Whole::nothing()).await;
        turn.end(&opened);
        opened
    }

    /// Sends messages as long as the session lasts: see `Client::send_all`.
    pub(crate) async fn send_all<'m>(
        &mut self,
        messages: &mut impl Iterator<Item = (&'m Envelope, &'m [u8])>,
        tell: &mut impl FnMut(usize, Result<Delivery, Error>),
    ) -> Result<(), Error> {
        self.enter()?;
        let mut sent = self.open_for_message().await;
        if let (Ok(()), Some(link)) = (&sent, &mut self.link) {
            sent = link.send_all(&mut self.books, messages, tell).await;
            link.rest();
            if link.is_over() {
                self.link = None;
            }
        }
        self.at_work = false;
        sent
    }

    async fn transact(
        &mut self,
        envelope: &Envelope,
        chunks: &mut impl Chunks,
    ) -> Result<Delivery, Error> {
        self.start(envelope).await?;
        let Some(link) = &mut self.link else {
            return Ok(self.books.ledger.close(envelope.recipients(), None));
        };
        let driven = link.drive(&mut self.books, Until::Settled, chunks).await;
        link.rest();
        if driven.is_err() || link.is_over() {
            self.link = None;
        }
        match driven {
            Err(error) if error.is_of_source() => Err(error),
            driven => Ok(self.books.ledger.close(envelope.recipients(), driven.err())),
        }
    }
}

/// To the host's port, or to a socket that stands in its place.
async fn connect<I: Io>(
    host: &str,
    port: u16,
    socket: Option<&Path>,
    patience: Duration,
) -> Result<I, Error> {
    match socket {
        #[cfg(unix)]
        Some(path) => {
            let connected = I::connect_socket(path, patience).await;
            connected.map_err(|error| {
                Kind::Socket {
                    path: path.to_owned(),
                    error,
                }
                .into()
            })
        }
        _ => I::connect(host, port, patience).await,
    }
}

/// Returns whether a server that does not greet may be waiting for a TLS handshake. Hosts of MX
/// records and port 25 are excluded: some delay the greeting on purpose.
fn may_speak_tls(options: &Options, peer: SocketAddr) -> bool {
    #[cfg(feature = "mx")]
    if options.exchange.is_some() {
        return false;
    }
    options.security != Security::ImplicitTls && peer.port() != 25
}

/// Waits a while for the greeting. If none arrives, a second connection shows which protocol the
/// server speaks.
async fn spoken_instead<I: Io>(
    link: &mut Link<I>,
    books: &mut Books,
    tls: &Tls,
    peer: SocketAddr,
) -> Option<Error> {
    let patience = books
        .options
        .timeouts
        .of(Phase::Greeting)
        .map_or(DOUBT, |patience| DOUBT.min(patience / 2));
    if !link
        .is_silent(books, Instant::now().checked_add(patience))
        .await
    {
        return None;
    }
    let spoken = probe::protocol_at::<I>(peer, tls, patience).await?;
    Some(
        Kind::Foreign {
            host: books.options.host.clone(),
            stage: Stage::Greeting,
            spoken,
        }
        .into(),
    )
}

/// All that TLS needs, before anything is connected: what is wrong with it is wrong here.
pub(crate) fn prepare(options: &Options) -> Result<Tls, String> {
    let host = &options.host;
    // A certificate's names have no final dot: RFC 6066 section 3, RFC 5280 section 4.2.1.6.
    let name = ServerName::try_from(host.strip_suffix('.').unwrap_or(host).to_owned());
    let name = name.map_err(|_| format!("{host:?} is neither a host name nor an IP address"))?;
    let observed = Arc::default();
    Ok(Tls {
        config: Arc::new(options.tls.to_config(&observed)?),
        name,
        observed,
    })
}

impl<I> fmt::Debug for Engine<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("host", &self.books.options.host)
            .field("port", &self.books.options.port)
            .field("security", &self.books.options.security)
            .field("credentials", &self.books.logins)
            .field("facts", &self.books.ledger.facts)
            .field("is_open", &self.link.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::Trust;

    #[test]
    fn dot_at_the_end_of_a_host_is_no_part_of_its_certificate() {
        let mut options = Options::new("mx.example.test.".to_owned(), 25);
        options.tls.trust = Trust::DangerousAcceptAnyCertificate;
        assert_eq!(
            prepare(&options).unwrap().name,
            ServerName::try_from("mx.example.test").unwrap()
        );
    }
}
