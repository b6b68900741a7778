//! What the embedder decides before a session begins.

use alloc::vec::Vec;

use crate::address::EhloName;
use crate::auth::Mechanism;
use crate::body::LineEnds;
use crate::ehlo::Keyword;
use crate::reply::{BareLf, ReplyLimits};

/// How a session comes by TLS. The driver makes the handshake, and picks the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "drivers have to know them all")]
pub enum Security {
    /// STARTTLS, and no session without it; RFC 3207. Port 587.
    #[default]
    StartTls,
    /// TLS before the first octet; RFC 8314 section 3. Port 465.
    ImplicitTls,
    /// STARTTLS where it is offered. A refusal or a failed handshake is a failure, never a fallback.
    Opportunistic,
    /// No TLS.
    None,
}

/// How messages travel.
///
/// ```
/// use mailwright_proto::{Config, Transfer, address::EhloName};
/// let config = Config::new(EhloName::try_from("client.example.test")?)
///     .transfer(Transfer::Window { messages: 16, octets: Transfer::WINDOW_OCTETS });
/// # let _ = config;
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Transfer {
    /// By DATA, which every server has. A message in binary goes by BDAT all the same, as it has to.
    #[default]
    Data,
    /// By BDAT where CHUNKING is offered, once the replies to MAIL and RCPT are in: RFC 3030 section 4.2.
    Chunks,
    /// By BDAT, right behind MAIL and RCPT, and several messages at a time, where CHUNKING and PIPELINING are offered.
    ///
    /// That is more than RFC 3030 section 4.2 grants, and what large senders do. RSET stands before each message
    /// behind another one, so that what was refused lends nothing to the next. One that is to go to all recipients or
    /// none keeps to [`Chunks`](Self::Chunks).
    ///
    /// Replies are attributed by position. If a server sends one reply too many while nothing is awaited, the session
    /// fails, provided that the driver reads what has arrived before it writes: the drivers of the client do so before each
    /// message on a kept connection. If the surplus reply arrives after the next commands have left, it cannot be
    /// distinguished from the reply to the first of them. Each later reply is then attributed to the next command, and a
    /// refused message can be reported as accepted. With [`Data`](Self::Data) a surplus reply before DATA makes the session
    /// fail, since only 354 answers DATA.
    Window {
        /// How many messages may be under way.
        messages: usize,
        /// How many octets may be unanswered before another message is started.
        octets: usize,
    },
}

impl Transfer {
    /// What fits into the socket buffers of both ends, so that neither waits for the other to read.
    pub const WINDOW_OCTETS: usize = 256 * 1024;
}

/// Policy and limits of a session.
///
/// ```
/// use mailwright_proto::{Config, Security, address::EhloName, auth::Mechanism};
/// let config = Config::new(EhloName::try_from("client.example.test")?)
///     .security(Security::StartTls)
///     .login([Mechanism::XOAuth2, Mechanism::Login]);
/// # let _ = config;
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) ehlo_name: EhloName,
    pub(crate) security: Security,
    /// Empty: no login is wanted.
    pub(crate) mechanisms: Vec<Mechanism>,
    pub(crate) limits: ReplyLimits,
    pub(crate) bare_lf: BareLf,
    pub(crate) line_ends: LineEnds,
    pub(crate) transfer: Transfer,
    pub(crate) is_lmtp: bool,
    /// Extensions that are treated as not offered.
    pub(crate) ignored: Vec<Keyword>,
    pub(crate) expose_credentials: bool,
}

impl Config {
    /// TLS by STARTTLS, required; no login; the default limits.
    pub fn new(ehlo_name: EhloName) -> Self {
        Self {
            ehlo_name,
            security: Security::default(),
            mechanisms: Vec::new(),
            limits: ReplyLimits::DEFAULT,
            bare_lf: BareLf::default(),
            line_ends: LineEnds::default(),
            transfer: Transfer::default(),
            is_lmtp: false,
            ignored: Vec::new(),
            expose_credentials: false,
        }
    }

    /// How the session comes by TLS.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Demand a login, by one of these mechanisms, the best first. None at all: no login.
    #[must_use]
    pub fn login(mut self, mechanisms: impl IntoIterator<Item = Mechanism>) -> Self {
        self.mechanisms = mechanisms.into_iter().collect();
        self
    }

    /// How much a server may say.
    #[must_use]
    pub fn limits(mut self, limits: ReplyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// What to make of reply lines that end in LF alone. They are refused, unless this says otherwise.
    #[must_use]
    pub fn bare_lf(mut self, bare_lf: BareLf) -> Self {
        self.bare_lf = bare_lf;
        self
    }

    /// What to make of a bare CR or LF in a message. They are normalised, unless this says otherwise.
    #[must_use]
    pub fn line_ends(mut self, line_ends: LineEnds) -> Self {
        self.line_ends = line_ends;
        self
    }

    /// How messages travel. By DATA, one after the other, unless this says otherwise.
    #[must_use]
    pub fn transfer(mut self, transfer: Transfer) -> Self {
        self.transfer = transfer;
        self
    }

    /// Speak LMTP, by which mail is handed to the mailboxes themselves: LHLO in EHLO's place, and behind each message one reply
    /// for every recipient that was accepted, which come as [`Event::Delivery`](crate::Event::Delivery). RFC 2033.
    ///
    /// One message is under way at a time, and a chunk waits for the reply to the one before: nothing but the count of
    /// the replies says which is whose, and one too few is not to be made up for by the reply to what comes next.
    ///
    /// ```
    /// use mailwright_proto::{Config, Security, address::EhloName};
    /// let config = Config::new(EhloName::try_from("client.example.test")?).security(Security::None).lmtp();
    /// # let _ = config;
    /// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
    /// ```
    #[must_use]
    pub fn lmtp(mut self) -> Self {
        self.is_lmtp = true;
        self
    }

    /// Treats these extensions as not offered, for servers and middleboxes that offer extensions
    /// they do not implement correctly.
    ///
    /// [`Capabilities::lines`](crate::ehlo::Capabilities::lines) still has the server's answer as it was sent.
    ///
    /// ```
    /// use mailwright_proto::{Config, address::EhloName, ehlo::Keyword};
    /// let config = Config::new(EhloName::try_from("client.example.test")?).ignore_extensions([Keyword::Pipelining]);
    /// # let _ = config;
    /// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
    /// ```
    #[must_use]
    pub fn ignore_extensions(mut self, keywords: impl IntoIterator<Item = Keyword>) -> Self {
        self.ignored = keywords.into_iter().collect();
        self
    }

    /// What can be had at the price of security, apart so that nobody takes it by accident.
    pub fn dangerous(self) -> Dangerous {
        Dangerous { config: self }
    }
}

/// The dangerous part of a [`Config`].
///
/// ```
/// use mailwright_proto::{Config, Security, address::EhloName, auth::Mechanism};
/// // Only for a server on this very machine.
/// let config = Config::new(EhloName::try_from("client.example.test")?)
///     .security(Security::None)
///     .login([Mechanism::Plain])
///     .dangerous()
///     .expose_credentials();
/// # let _ = config;
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug)]
pub struct Dangerous {
    config: Config,
}

impl Dangerous {
    /// Log in also where anyone on the way can read along: without TLS, or with a certificate that nobody verified.
    #[must_use]
    pub fn expose_credentials(mut self) -> Config {
        self.config.expose_credentials = true;
        self.config
    }
}
