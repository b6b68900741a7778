//! What a connection demands of its driver, and the facts that it hands over.

use alloc::boxed::Box;
use core::fmt;
use core::ops::Deref;

use crate::auth::{AuthFailureDetail, Mechanism, MechanismUnusable};
use crate::ehlo::Capabilities;
use crate::reply::Reply;
use crate::timeout::Phase;

/// The next action of the driver, or an event. An action is repeated until it is done; an event is returned once.
///
/// Writes may be combined if they are flushed before `Read`, `StartTls` and `Closed`. The crate's front page
/// has the loop with every arm.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver that does not know them all cannot work"
)]
pub enum Output {
    /// Something happened.
    Event(Event),
    /// Write the bytes of [`transmit`](crate::Connection::transmit), then call
    /// [`transmitted`](crate::Connection::transmitted).
    Write,
    /// Flush, read, then call [`receive`](crate::Connection::receive).
    Read,
    /// Flush, make a TLS handshake, then call [`tls_established`](crate::Connection::tls_established).
    StartTls,
    /// Fetch credentials for [`auth_offer`](crate::Connection::auth_offer) now, then call
    /// [`authenticate`](crate::Connection::authenticate).
    Authenticate,
    /// Pass the next chunk of this message to [`body`](crate::Connection::body), and write the result.
    Body(TransactionId),
    /// Nothing to do: the session is open.
    Idle,
    /// Close the connection: the session is over.
    Closed,
}

/// Bytes to write. Dereferences to a slice; the `Debug` text redacts secrets.
///
/// ```
/// use mailwright_proto::{Config, Connection, Output, Secret, Security, TlsInfo};
/// use mailwright_proto::address::EhloName;
/// use mailwright_proto::auth::{Credentials, Mechanism};
/// # let name = EhloName::try_from("client.example.test")?;
/// let config = Config::new(name).security(Security::ImplicitTls).login([Mechanism::Plain]);
/// # let mut connection = Connection::new(config.into());
/// # let mut replies = ["220 mx\r\n", "250-mx\r\n250 AUTH PLAIN\r\n"].into_iter();
/// # loop {
/// #     match connection.poll()? {
/// #         Output::StartTls => connection.tls_established(TlsInfo::verified())?,
/// #         Output::Write => connection.transmitted(connection.transmit().len()),
/// #         Output::Read => connection.receive(replies.next().unwrap().as_bytes()),
/// #         Output::Authenticate => break,
/// #         _ => {}
/// #     }
/// # }
/// // …the greeting and EHLO later:
/// connection.authenticate(Credentials::password("me", Secret::from(String::from("hunter2")))?)?;
/// assert_eq!(connection.poll()?, Output::Write);
/// let bytes = connection.transmit();
/// assert_eq!(&*bytes, b"AUTH PLAIN AG1lAGh1bnRlcjI=\r\n");
/// assert_eq!(bytes.loggable(), b"AUTH PLAIN ");
/// assert_eq!(format!("{bytes:?}"), "\"AUTH PLAIN [redacted]\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Transmit<'a> {
    bytes: &'a [u8],
    loggable: usize,
}

impl<'a> Transmit<'a> {
    pub(crate) fn new(bytes: &'a [u8], loggable: usize) -> Self {
        Self { bytes, loggable }
    }

    /// What of the bytes may be shown in a log, from their start on. Where it is not all of them, the rest is a secret.
    pub fn loggable(&self) -> &'a [u8] {
        self.bytes.get(..self.loggable).unwrap_or(self.bytes)
    }
}

impl Deref for Transmit<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes
    }
}

impl fmt::Debug for Transmit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.loggable().len() < self.bytes.len() {
            "[redacted]"
        } else {
            ""
        };
        write!(f, "\"{}{secret}\"", self.loggable().escape_ascii())
    }
}

/// A fact that a session learned. Owned, so that a loop can return it; its replies share the read buffer until
/// [`Reply::compact`].
///
/// ```
/// use mailwright_proto::{Event, Outcome};
/// /// What an embedder that sends one message wants to know.
/// fn news(event: Event) -> Option<String> {
///     match event {
///         Event::Rejected { phase, reply } => Some(format!("no service at {phase}: {reply}")),
///         Event::LoginRejected { mechanism, reply, .. } => Some(format!("{mechanism} failed: {reply}")),
///         Event::Recipient { index, reply, .. } if reply.code().is_negative() => Some(format!("not to {index}: {reply}")),
///         Event::Finished { outcome: Outcome::Accepted(reply), .. } => Some(format!("sent: {reply}")),
///         Event::Finished { outcome, .. } => Some(format!("{outcome:?}")),
///         _ => None,
///     }
/// }
/// # let greeting = mailwright_proto::reply::Reply::parse(b"220 mx\r\n")?;
/// # assert_eq!(news(Event::Greeting(greeting)), None);
/// # Ok::<(), mailwright_proto::reply::ReplyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server greeted.
    Greeting(Reply),
    /// The server answered EHLO (or HELO, with which it offers nothing). After STARTTLS it comes anew,
    /// and what came before is void.
    Capabilities(Capabilities),
    /// The login is good.
    Authenticated {
        /// How.
        mechanism: Mechanism,
        /// What the server said.
        reply: Reply,
    },
    /// The server said no to the session itself: to the greeting or EHLO. The session says QUIT and ends.
    Rejected {
        /// To what.
        phase: Phase,
        /// What it said.
        reply: Reply,
    },
    /// A mechanism that both sides have cannot be used with these credentials, and the next one is tried.
    MechanismUnfit {
        /// Which one.
        mechanism: Mechanism,
        /// Why.
        reason: MechanismUnusable,
    },
    /// The server knows nothing of a mechanism that it offers, by 504, and the next one is tried.
    MechanismRefused {
        /// Which one.
        mechanism: Mechanism,
        /// What it said.
        reply: Reply,
    },
    /// The server said no to the login. The session says QUIT and ends: a second try may lock the account.
    LoginRejected {
        /// The mechanism that was tried.
        mechanism: Mechanism,
        /// What it said at the end.
        reply: Reply,
        /// What it said before that within the exchange, where the mechanism has a place for it.
        detail: Option<Box<AuthFailureDetail>>,
    },
    /// The server refused a login within the exchange, and the session ended before its final
    /// reply.
    LoginUnanswered {
        /// The mechanism that was tried.
        mechanism: Mechanism,
        /// The reported error.
        detail: Box<AuthFailureDetail>,
    },
    /// The server took the sender (2yz), or did not.
    Sender {
        /// Of which message.
        message: TransactionId,
        /// What it said to MAIL.
        reply: Reply,
    },
    /// The server took a recipient (2yz), or did not.
    Recipient {
        /// Of which message.
        message: TransactionId,
        /// Which of the envelope's recipients, from 0.
        index: usize,
        /// What it said to RCPT.
        reply: Reply,
    },
    /// What became of a message for one recipient, by LMTP alone: RFC 2033 section 4.2. It comes for those that RCPT
    /// accepted, as far as the server got, ahead of [`Finished`](Self::Finished).
    Delivery {
        /// Of which message.
        message: TransactionId,
        /// Which of the envelope's recipients, from 0.
        index: usize,
        /// What it said behind the message: 2yz, and this recipient has it.
        reply: Reply,
    },
    /// What became of a message. There is exactly one of these for each, also ahead of an error.
    Finished {
        /// Which message.
        message: TransactionId,
        /// What became of it.
        outcome: Outcome,
    },
    /// The reply to a [`Command`](crate::command::Command).
    Answer(Reply),
    /// The server is about to close the connection: 421, which may come at any time.
    ShuttingDown {
        /// What was waited for.
        phase: Phase,
        /// What it said.
        reply: Reply,
    },
}

/// A message within one connection: what [`send`](crate::Connection::send) gives, and events name. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub(crate) u64);

/// What became of a message. Nothing is claimed that the server has not said.
///
/// ```
/// use mailwright_proto::Outcome;
/// // Only this one may be sent again without the risk of sending it twice or against a "no".
/// fn may_be_sent_again(outcome: &Outcome) -> bool {
///     matches!(outcome, Outcome::NotSent)
/// }
/// assert!(!may_be_sent_again(&Outcome::Unknown));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fifth")]
pub enum Outcome {
    /// The server took it, for each recipient whose own reply was 2yz. This is its final reply; by LMTP the first of them
    /// that took it, and each recipient has an [`Event::Delivery`].
    Accepted(Reply),
    /// The server refused it.
    Refused {
        /// At which command. [`Phase::Rcpt`]: it took none of the recipients, or not all where all were wanted.
        phase: Phase,
        /// What it said.
        reply: Reply,
    },
    /// It did not go out: the session ended before its last octet had left.
    NotSent,
    /// All of it went out, and no reply came: it may have been taken, or not. By LMTP: for those recipients without an
    /// [`Event::Delivery`] that RCPT had accepted.
    Unknown,
}

/// What a driver knows of the TLS connection that it made. A certificate that was not verified keeps the session from
/// logging in, and from nothing else.
///
/// ```
/// # use mailwright_proto::{Config, Connection, Misuse, Output, Security, TlsInfo};
/// # use mailwright_proto::address::EhloName;
/// # let name = EhloName::try_from("client.example.test")?;
/// let mut connection = Connection::new(Config::new(name).security(Security::ImplicitTls).into());
/// assert_eq!(connection.poll()?, Output::StartTls);
/// connection.tls_established(TlsInfo::verified())?;
/// assert_eq!(connection.tls_established(TlsInfo::verified()), Err(Misuse::NotNow));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// Whether the certificate was checked against roots that are trusted, and against the server's name.
    pub verified: bool,
    /// What a login can be bound to this connection by: see [`with_exporter`](Self::with_exporter).
    pub exporter: Option<[u8; 32]>,
}

impl TlsInfo {
    /// Returns a connection whose certificate was verified for the server's name.
    pub fn verified() -> Self {
        Self {
            verified: true,
            exporter: None,
        }
    }

    /// Returns a connection whose certificate was not verified. No login goes over it.
    pub fn unverified() -> Self {
        Self {
            verified: false,
            exporter: None,
        }
    }

    /// The same with 32 octets of exported keying material, with the label `EXPORTER-Channel-Binding` and an empty context
    /// (RFC 9266 section 2): the -PLUS mechanisms of SCRAM need them. Only TLS 1.3, or TLS 1.2 with the extended master
    /// secret, makes them unique to a connection: with any other, leave them away.
    ///
    /// ```
    /// # let exported = [7; 32];
    /// let tls = mailwright_proto::TlsInfo::verified().with_exporter(exported);
    /// assert_eq!(tls.exporter, Some(exported));
    /// ```
    #[must_use]
    pub fn with_exporter(self, exported: [u8; 32]) -> Self {
        Self {
            exporter: Some(exported),
            ..self
        }
    }
}
