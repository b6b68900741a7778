//! The public machine: a session, its transactions, and what the driver is to do next.

mod closing;
mod demands;
mod limits;
mod lmtp;
mod opening;
mod sending;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use crate::auth::{AuthOffer, Choice, Credentials, Exchange, Mechanism, NO_OFFER};
use crate::body::EncodedChunk;
use crate::command::{self, Command};
use crate::config::{Config, Security};
use crate::ehlo::{Capabilities, Keyword};
use crate::envelope::Envelope;
use crate::error::{BodyError, Error, Extension, Misuse, PeerFault, SendError};
use crate::event::{Event, Output, TlsInfo, TransactionId, Transmit};
use crate::pipeline::{Expect, Pipeline};
use crate::reply::{Reply, ReplyCode};
use crate::secret::Secret;
use crate::security_layer::SecurityLayer;
use crate::state::{STARTS, State, Trigger};
use crate::timeout::{Phase, Timer};
use crate::transaction::{self, Means, Stage, Transaction};

/// One SMTP session, from the client's side, without the wire.
///
/// It opens itself: TLS if it is implicit, greeting, EHLO, STARTTLS, EHLO, AUTH, as its [`Config`] demands.
/// The driver asks [`poll`](Self::poll) what to do, and tells what it did; the crate's front page shows the loop.
///
/// ```
/// use mailwright_proto::{Config, Connection, Event, Output, Phase, Security, address::EhloName};
/// let config = Config::new(EhloName::try_from("client.example.test")?).security(Security::None);
/// let mut connection = Connection::new(config.into());
/// assert!(matches!(connection.poll()?, Output::Read));
/// assert_eq!(connection.timer().phase(), Phase::Greeting);
/// connection.receive(b"220 mx.example.test\r\n");
/// assert!(matches!(connection.poll()?, Output::Event(Event::Greeting(_))));
/// assert_eq!(connection.poll()?, Output::Write);
/// assert_eq!(&*connection.transmit(), b"EHLO client.example.test\r\n");
/// connection.transmitted(connection.transmit().len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    state: State,
    session: SecurityLayer,
    pipeline: Pipeline,
    events: VecDeque<Event>,
    /// The oldest first; only the last may be without its end of data.
    transactions: VecDeque<Transaction>,
    next_message: u64,
    /// What counts against the server's LIMITS. On the heap, as few servers count domains.
    domains: Option<Box<limits::Domains>>,
    /// On the heap, as sessions without a login have none.
    offer: Option<Box<AuthOffer>>,
    /// On the heap, as it is needed for a moment alone.
    login: Option<Box<Login>>,
    /// Whether the network has nothing more to give.
    eof: bool,
    /// Why the session is over, or will be when QUIT is done.
    error: Option<Box<Error>>,
    /// Counts what starts a timer anew.
    turn: u32,
}

/// An AUTH exchange under way.
#[derive(Debug)]
struct Login {
    mechanism: Mechanism,
    exchange: Box<dyn Exchange>,
    /// An initial response that was too long for the command's own line.
    held_back: Option<Secret>,
    /// The number of challenges so far.
    challenges: u8,
    /// What may be tried instead, should the server not know the mechanism.
    choice: Choice,
}

impl Connection {
    /// A session that has just been connected, and has exchanged nothing.
    pub fn new(config: Arc<Config>) -> Self {
        let session = SecurityLayer::in_the_clear(&config);
        let [over_tls, in_the_clear] = STARTS;
        let mut connection = Self {
            state: over_tls,
            session,
            config,
            pipeline: Pipeline::new(),
            // One at a time is what nearly all sessions need, and an idle one keeps.
            events: VecDeque::with_capacity(1),
            transactions: VecDeque::with_capacity(1),
            next_message: 0,
            domains: None,
            offer: None,
            login: None,
            eof: false,
            error: None,
            turn: 0,
        };
        if connection.config.security != Security::ImplicitTls {
            connection.state = in_the_clear;
            connection.pipeline.expect(Expect::Greeting);
        }
        connection
    }

    /// Returns the next action or event. An action is repeated until it is done, an event is returned once.
    ///
    /// # Errors
    ///
    /// Fails if the session ended with an [`Error`], after all events were returned. Every later call repeats the error.
    pub fn poll(&mut self) -> Result<Output, Error> {
        // Most calls come when nothing new was received.
        if self.eof || self.session.reader.has_unread() {
            self.read_replies();
        }
        if let Some(event) = self.events.pop_front() {
            return Ok(Output::Event(event));
        }
        match self.state {
            State::Failed => Err(self
                .error
                .as_deref()
                .cloned()
                .unwrap_or(Error::Closed { phase: Phase::Idle })),
            State::Closed => Ok(Output::Closed),
            State::AwaitTls | State::AwaitUpgrade => Ok(Output::StartTls),
            State::AwaitCredentials => Ok(Output::Authenticate),
            _ => Ok(self.action()),
        }
    }

    fn action(&mut self) -> Output {
        self.pipeline.release(self.may_pipeline());
        if self.pipeline.is_writable() {
            return Output::Write;
        }
        match self.receiving() {
            Some(message) => Output::Body(message),
            None if self.pipeline.is_empty() => Output::Idle,
            None => Output::Read,
        }
    }

    /// Returns the bytes that [`Output::Write`] asks to be written; otherwise none.
    ///
    /// Pass the number of those that were written to [`transmitted`](Self::transmitted).
    pub fn transmit(&self) -> Transmit<'_> {
        if self.state.is_over() {
            return Transmit::new(b"", 0);
        }
        Transmit::new(self.pipeline.writable(), self.pipeline.loggable())
    }

    /// Returns the mechanisms of both sides. It is complete while [`Output::Authenticate`] asks for credentials.
    pub fn auth_offer(&self) -> &AuthOffer {
        self.offer.as_deref().unwrap_or(&NO_OFFER)
    }

    /// Takes all of `bytes`, at any time. Call [`poll`](Self::poll) until it demands [`Output::Read`] before the
    /// next call: then the machine keeps no more than an unfinished reply, within the limits.
    ///
    /// Bytes where a handshake is due end the session: they are not the server's, or not for anyone to read as if
    /// TLS had brought them (RFC 3207 section 5).
    pub fn receive(&mut self, bytes: &[u8]) {
        let (phase, fault) = match self.state {
            _ if bytes.is_empty() => return,
            State::Closed | State::Failed => return,
            State::AwaitTls => (Phase::Tls, PeerFault::ClearTextBeforeTls),
            State::AwaitUpgrade => (Phase::StartTls, PeerFault::StartTlsInjection),
            _ => return self.session.reader.receive(bytes),
        };
        self.fail(Error::Peer { phase, fault });
    }

    /// The connection is gone: end of file, or an error of the network. What was received before still counts.
    pub fn receive_eof(&mut self) {
        self.eof = true;
    }

    /// Reports that `n` bytes of output were written: of [`transmit`](Self::transmit), of the slices of
    /// [`body`](Self::body) and of [`drain_commands`](Self::drain_commands), in the order in which they were returned.
    ///
    /// If the connection fails, this count decides between [`Outcome::NotSent`](crate::Outcome::NotSent) and
    /// [`Outcome::Unknown`](crate::Outcome::Unknown).
    pub fn transmitted(&mut self, n: usize) {
        if n > 0 && self.phase() == Phase::Body {
            self.turn = self.turn.wrapping_add(1);
        }
        self.pipeline.transmitted(n);
    }

    /// Reports that the handshake of [`Output::StartTls`] is done. Discards all that was learned in the clear:
    /// RFC 3207 section 4.2.
    ///
    /// # Errors
    ///
    /// Fails if no handshake was asked for.
    pub fn tls_established(&mut self, tls: TlsInfo) -> Result<(), Misuse> {
        let implicit = match self.state {
            State::AwaitTls => true,
            State::AwaitUpgrade => false,
            _ => return Err(self.misuse()),
        };
        self.session = SecurityLayer::over_tls(&self.config, tls);
        self.advance(Trigger::TlsEstablished);
        match implicit {
            true => self.pipeline.expect(Expect::Greeting),
            false => self.say_ehlo(),
        }
        Ok(())
    }

    /// Logs in with these credentials, as [`Output::Authenticate`] asks. If no mechanism can use them, the session ends
    /// with [`PolicyViolation::NoCommonMechanism`](crate::PolicyViolation::NoCommonMechanism).
    ///
    /// # Errors
    ///
    /// Fails if no credentials were asked for.
    pub fn authenticate(&mut self, credentials: Credentials) -> Result<(), Misuse> {
        if self.state != State::AwaitCredentials {
            return Err(self.misuse());
        }
        self.begin_login(credentials);
        Ok(())
    }

    /// The deadline of [`timer`](Self::timer) has passed: the session is over, by [`Error::TimedOut`] unless it was QUIT
    /// that went unanswered.
    ///
    /// ```
    /// # use mailwright_proto::{Config, Connection, Error, Phase, Security, address::EhloName};
    /// # let name = EhloName::try_from("client.example.test")?;
    /// let mut connection = Connection::new(Config::new(name).security(Security::None).into());
    /// connection.timed_out();
    /// assert_eq!(connection.poll().unwrap_err(), Error::TimedOut { phase: Phase::Greeting });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timed_out(&mut self) {
        match self.state {
            State::AwaitQuit if self.pipeline.front() == Some(Expect::Quit) => self.end_quit(),
            _ => {
                let phase = self.phase();
                self.fail(self.hopeless(phase).unwrap_or(Error::TimedOut { phase }));
            }
        }
    }

    /// What is waited for. The driver's timer starts anew when this changes, and only then.
    pub fn timer(&self) -> Timer {
        Timer::new(self.phase(), self.turn)
    }

    /// How many messages may be started now.
    ///
    /// With PIPELINING that is one as soon as the last message's end of data was handed in: its final
    /// reply comes with the replies to the next one. RFC 2920 section 3.1. [`Transfer::Window`](crate::Transfer::Window) allows for more.
    pub fn available_transactions(&self) -> usize {
        if self.state == State::Ready {
            self.room()
        } else {
            0
        }
    }

    /// Starts a message, if [`available_transactions`](Self::available_transactions) allows one.
    ///
    /// # Errors
    ///
    /// Fails, and sends nothing, if the server cannot accept the message by its own offer: its SIZE, its extensions, its
    /// [LIMITS](Self::within_limits), its bounds of a time; or if REQUIRETLS has no verified TLS. Fails with
    /// [`SendError::Misuse`] if no message may start now.
    pub fn send(&mut self, envelope: &Envelope) -> Result<TransactionId, SendError> {
        if self.available_transactions() == 0 {
            return Err(self.misuse().into());
        }
        self.start_transaction(envelope)
    }

    /// Frames the next chunk of the message that [`Output::Body`] asks for. Write the slices that come of it, and
    /// report them by [`transmitted`](Self::transmitted). With `last`, the end of the data is among them.
    ///
    /// A message that is not handed in to its end is never sent: all that [`quit`](Self::quit) can do then is close.
    ///
    /// # Errors
    ///
    /// Fails with [`BodyError::BareLineEnd`] if the chunk has a bare CR or LF under
    /// [`LineEnds::Refuse`](crate::body::LineEnds::Refuse), and with [`BodyError::Misuse`] if no message is asked for or a command
    /// is still to be written. The chunk is not accepted then.
    pub fn body<'b>(&mut self, chunk: &'b [u8], last: bool) -> Result<EncodedChunk<'b>, BodyError> {
        let misuse = self.misuse();
        if !self.takes_body() || self.state.is_over() {
            return Err(misuse.into());
        }
        let transaction = self
            .transactions
            .back_mut()
            .filter(|transaction| transaction.stage == Stage::Body);
        let Some(transaction) = transaction else {
            return Err(misuse.into());
        };
        let framed = transaction.framer.frame(chunk, last)?;
        if last {
            transaction.on(transaction::Trigger::Last);
        }
        match transaction.means {
            Means::Data if last => self
                .pipeline
                .expect_after_body(Expect::EndOfData(transaction.id), framed.len()),
            Means::Data => self.pipeline.hand_out(framed.len()),
            Means::Chunks | Means::Window if framed.len() > 0 => {
                self.pipeline
                    .expect_after_body(Expect::Chunk(transaction.id, last), framed.len());
            }
            _ => {}
        }
        Ok(framed)
    }

    /// Moves the commands that may leave by now to the end of `into`, for a driver that writes many things at once; gives
    /// how many octets that are. They stand behind all that was handed out before: the slices of bodies, and what was
    /// gathered before. [`poll`](Self::poll) does not demand them any more, and [`transmitted`](Self::transmitted) counts everything in
    /// that order.
    ///
    /// So the end of one message and the next one's MAIL, RCPT and DATA leave in one write (RFC 2920 section 3.1), and
    /// so do many messages of a [`Transfer::Window`](crate::Transfer::Window).
    ///
    /// ```
    /// # use mailwright_proto::{Config, Connection, Output, Security};
    /// # use mailwright_proto::address::EhloName;
    /// # use mailwright_proto::envelope::Envelope;
    /// # let config = Config::new(EhloName::try_from("client.example.test")?).security(Security::None);
    /// # let mut connection = Connection::new(config.into());
    /// # let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
    /// # let open = ["220 mx\r\n", "250-mx\r\n250 PIPELINING\r\n", "250 ok\r\n250 ok\r\n354 go on\r\n"];
    /// # let mut replies = open.into_iter();
    /// # loop {
    /// #     match connection.poll()? {
    /// #         Output::Write => connection.transmitted(connection.transmit().len()),
    /// #         Output::Read => connection.receive(replies.next().unwrap().as_bytes()),
    /// #         Output::Idle => _ = connection.send(&envelope)?,
    /// #         Output::Body(_) => break,
    /// #         _ => {}
    /// #     }
    /// # }
    /// // The server has said 354 to a first message. Its end and the next envelope leave together:
    /// let mut out = connection.body(b"Hello.\r\n", true)?.to_vec();
    /// connection.send(&envelope)?;
    /// connection.drain_commands(&mut out);
    /// assert!(out.starts_with(b"Hello.\r\n.\r\nMAIL FROM:<a@example.test>\r\n") && out.ends_with(b"DATA\r\n"));
    /// // …write all of `out`, and then:
    /// connection.transmitted(out.len());
    /// assert!(matches!(connection.poll()?, Output::Read));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drain_commands(&mut self, into: &mut Vec<u8>) -> usize {
        let before = into.len();
        if !self.state.is_over() {
            self.pipeline.drain(self.may_pipeline(), into);
        }
        into.len().saturating_sub(before)
    }

    /// Sends a command between messages. Its reply is an [`Event::Answer`].
    ///
    /// # Errors
    ///
    /// Fails with [`SendError::Unsupported`] if an argument is not ASCII and the server does not offer SMTPUTF8, and with
    /// [`SendError::Misuse`] if a message is in progress or the session is not open.
    pub fn command(&mut self, command: Command) -> Result<(), SendError> {
        if self.state != State::Ready || !self.transactions.is_empty() {
            return Err(self.misuse().into());
        }
        if !command.fits(
            self.capabilities()
                .is_some_and(|offered| offered.offers(Keyword::SmtpUtf8)),
        ) {
            return Err(SendError::Unsupported(Extension::SmtpUtf8));
        }
        self.pipeline
            .push(Expect::Answer, |out| command::other(out, &command));
        Ok(())
    }

    /// Ends the session: by QUIT where that can be said, else at once. A message that is not
    /// finished is not sent, and what was sent to its end is waited for.
    ///
    /// # Errors
    ///
    /// Fails with [`Misuse::Closed`] if the session is over.
    pub fn quit(&mut self) -> Result<(), Misuse> {
        let handed_over = self
            .transactions
            .iter()
            .all(|transaction| transaction.stage.is_handed_over());
        match self.state {
            State::Closed | State::Failed => return Err(Misuse::Closed),
            State::AwaitQuit => {}
            State::Ready | State::AwaitCredentials if handed_over => self.say_quit(),
            _ => self.close(),
        }
        Ok(())
    }

    /// Where the session stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// What the server offers under the present security layer. Nothing before its answer to EHLO, and again nothing
    /// between a handshake and the next answer.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.session.capabilities.as_ref()
    }

    /// Handles replies until one of them is a fact for the embedder.
    fn read_replies(&mut self) {
        while self.events.is_empty() && !self.state.is_over() {
            match self.session.reader.next() {
                Ok(Some(reply)) => self.on_reply(reply),
                Ok(None) if self.eof => self.on_eof(),
                Ok(None) => {
                    // Such a reply does not answer a command that leaves before the reply's end.
                    let is_partial = !self.session.reader.is_empty();
                    self.session.began_early |= is_partial && !self.pipeline.front_has_left();
                    return;
                }
                Err(error) => {
                    self.fail(Error::Peer {
                        phase: self.phase(),
                        fault: PeerFault::Malformed(error),
                    });
                }
            }
        }
    }

    fn on_reply(&mut self, reply: Reply) {
        self.turn = self.turn.wrapping_add(1);
        let began_early = mem::take(&mut self.session.began_early);
        if reply.code() == ReplyCode::NOT_AVAILABLE {
            return self.on_shutdown(reply);
        }
        let Some(expect) = (if began_early {
            None
        } else {
            self.pipeline.pop()
        }) else {
            return self.on_early_reply(reply);
        };
        match expect {
            Expect::Greeting => self.on_greeting(reply),
            Expect::Ehlo => self.on_ehlo(reply),
            Expect::Helo => self.on_helo(reply),
            Expect::StartTls => self.on_starttls(reply),
            Expect::Auth => self.on_auth(reply),
            Expect::AuthCancelled => self.say_quit(),
            Expect::Mail(message) => self.on_mail(message, reply),
            Expect::Rcpt(message, index) => self.on_rcpt(message, index, reply),
            Expect::Data(message, _) => self.on_data(message, reply),
            Expect::EndOfData(message) => self.on_end_of_data(message, reply),
            Expect::Chunk(message, last) => self.on_chunk(message, last, reply),
            Expect::Rset => self.on_rset(reply),
            Expect::Answer => self.events.push_back(Event::Answer(reply)),
            Expect::Quit => self.end_quit(),
        }
    }

    fn advance(&mut self, trigger: Trigger) {
        self.turn = self.turn.wrapping_add(1);
        self.state = self.state.after(trigger);
    }

    fn misuse(&self) -> Misuse {
        if self.state.is_over() {
            Misuse::Closed
        } else {
            Misuse::NotNow
        }
    }

    fn may_pipeline(&self) -> bool {
        self.capabilities()
            .is_some_and(|offered| offered.offers(Keyword::Pipelining))
    }

    /// The message that the server waits for the octets of.
    fn receiving(&self) -> Option<TransactionId> {
        let last = self
            .transactions
            .back()
            .filter(|transaction| transaction.stage == Stage::Body);
        last.filter(|_| self.takes_body())
            .map(|transaction| transaction.id)
    }

    /// Whether a message's next octets may leave. Without PIPELINING a chunk waits for the reply to the one before; so it does
    /// by LMTP: were a chunk refused with the last one under way, nobody could tell how many replies that would have.
    fn takes_body(&self) -> bool {
        match self.may_pipeline() && !self.config.is_lmtp {
            true => self.pipeline.holds_nothing() && self.pipeline.has_room(),
            false => self.pipeline.is_empty(),
        }
    }

    fn phase(&self) -> Phase {
        match (self.state, self.pipeline.front()) {
            (State::Closed | State::Failed, _) => Phase::Idle,
            (State::AwaitTls | State::AwaitUpgrade, _) => Phase::Tls,
            (State::AwaitCredentials, _) => Phase::Auth,
            (_, Some(expect)) if expect.is_to_content() && !self.pipeline.front_has_left() => {
                Phase::Body
            }
            (_, Some(expect)) => expect.phase(),
            (_, None) if self.receiving().is_some() => Phase::Body,
            (_, None) => Phase::Idle,
        }
    }
}

#[cfg(test)]
mod tests;
