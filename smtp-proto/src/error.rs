//! Failures, by whose they are: the peer's, the policy's, the network's, or the caller's.

use core::fmt;

use crate::auth::{AuthOffer, ChallengeFault, Mechanism};
use crate::body::BareLineEnd;
use crate::reply::{Escaped, Reply, ReplyError};
use crate::timeout::Phase;

/// Why a session is over. It is repeated by every later call of [`poll`](crate::Connection::poll).
///
/// A server's "no" is no error but an [`Event`](crate::Event); a mistake of the caller is a [`Misuse`].
///
/// ```
/// use mailwright_proto::{Config, Connection, EhloName, Error, PeerFault, Phase};
/// let mut connection = Connection::new(Config::new(EhloName::try_from("client.example.test")?).into());
/// connection.receive(b"HTTP/1.1 400 Bad Request\r\n");
/// let error = connection.poll().unwrap_err();
/// assert_eq!(error.phase(), Phase::Greeting);
/// assert!(matches!(error, Error::Peer { fault: PeerFault::Malformed(_), .. }));
/// # Ok::<(), mailwright_proto::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The server broke the protocol.
    Peer {
        /// What was waited for.
        phase: Phase,
        /// How it was broken.
        fault: PeerFault,
    },
    /// A security policy of ours was not met. Nothing but QUIT was sent after that was known.
    Policy(PolicyViolation),
    /// The connection ended before the session did.
    Closed {
        /// What was waited for.
        phase: Phase,
    },
    /// The driver's deadline passed.
    TimedOut {
        /// What was waited for.
        phase: Phase,
    },
}

impl Error {
    /// Where the session stood.
    pub fn phase(&self) -> Phase {
        match self {
            Self::Peer { phase, .. } | Self::Closed { phase } | Self::TimedOut { phase } => *phase,
            Self::Policy(violation) => violation.phase(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer { phase, fault } => {
                write!(f, "the server broke the protocol at {phase}: {fault}")
            }
            Self::Policy(violation) => violation.fmt(f),
            Self::Closed { phase } => write!(f, "the server closed the connection at {phase}"),
            Self::TimedOut { phase } => write!(f, "the server did not answer in time at {phase}"),
        }
    }
}

impl core::error::Error for Error {}

/// How a server broke the protocol. Its Display text quotes the server escaped, fit for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerFault {
    /// It sent something that is no reply.
    Malformed(ReplyError),
    /// It replied with a code that has no meaning at this point.
    UnexpectedReply(Reply),
    /// It replied to nothing, or to a command that had not left yet.
    UnsolicitedReply(Reply),
    /// Bytes in the clear behind its 220 to STARTTLS: an attempt to have them taken for what TLS protects.
    /// RFC 3207 section 5 and CVE-2011-0411.
    StartTlsInjection,
    /// Bytes in the clear where a TLS handshake was due.
    ClearTextBeforeTls,
    /// A challenge that has no answer. The exchange was cancelled.
    BadChallenge(ChallengeFault),
    /// It said that a login is good, and has not proved that it knows the password, as this mechanism demands of it.
    Unproven(Mechanism),
    /// It went on with a message whose sender, or whose part, it had refused.
    WentOnAfterRefusal,
}

impl fmt::Display for PeerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::UnexpectedReply(reply) => write!(f, "unexpected reply \"{reply}\""),
            Self::UnsolicitedReply(reply) => {
                write!(f, "a reply that nothing had asked for: \"{reply}\"")
            }
            Self::StartTlsInjection => {
                f.write_str("bytes in the clear followed its reply to STARTTLS")
            }
            Self::ClearTextBeforeTls => {
                f.write_str("bytes in the clear came where TLS was to begin")
            }
            Self::BadChallenge(fault) => {
                write!(f, "the login was cancelled at a challenge: {fault}")
            }
            Self::Unproven(mechanism) => {
                write!(
                    f,
                    "it took the login by {mechanism} without a proof that it knows the password"
                )
            }
            Self::WentOnAfterRefusal => {
                f.write_str("it went on with a message that it had refused before")
            }
        }
    }
}

/// Which policy of ours was not met: what [`Config`](crate::Config) demands, and this server does not give.
///
/// ```
/// let violation = mailwright_proto::PolicyViolation::StartTlsNotOffered;
/// assert_eq!(violation.to_string(), "TLS is required, and the server does not offer STARTTLS");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyViolation {
    /// TLS is required, and the server does not offer STARTTLS.
    StartTlsNotOffered,
    /// The server offers STARTTLS, and refused it.
    StartTlsRejected(Reply),
    /// A login is demanded, and nothing keeps others from reading it.
    NotConfidential,
    /// A login is demanded, and the server offers no AUTH.
    AuthNotOffered,
    /// A login is demanded, and no mechanism is offered, allowed, and fit for the credentials.
    NoCommonMechanism(AuthOffer),
}

impl PolicyViolation {
    fn phase(&self) -> Phase {
        match self {
            Self::StartTlsNotOffered | Self::StartTlsRejected(_) => Phase::StartTls,
            Self::NotConfidential | Self::AuthNotOffered | Self::NoCommonMechanism(_) => {
                Phase::Auth
            }
        }
    }
}

impl fmt::Display for PolicyViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartTlsNotOffered => {
                f.write_str("TLS is required, and the server does not offer STARTTLS")
            }
            Self::StartTlsRejected(reply) => write!(
                f,
                "TLS is required, and the server refused STARTTLS: \"{reply}\""
            ),
            Self::NotConfidential => {
                f.write_str("a login needs TLS with a verified certificate, which is not there")
            }
            Self::AuthNotOffered => {
                f.write_str("a login is demanded, and the server offers no AUTH")
            }
            Self::NoCommonMechanism(offer) => {
                f.write_str("no login mechanism in common: the server offers")?;
                offer
                    .offered
                    .iter()
                    .try_for_each(|name| write!(f, " {}", Escaped(name.as_bytes())))?;
                f.write_str("; allowed are")?;
                offer
                    .allowed
                    .iter()
                    .try_for_each(|mechanism| write!(f, " {mechanism}"))?;
                let mut unfit = offer.unfit.iter();
                unfit
                    .try_for_each(|(mechanism, why)| write!(f, "; {mechanism} is ruled out: {why}"))
            }
        }
    }
}

/// An extension that a message needs, and the server does not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extension {
    /// 8BITMIME, for octets above 127 in the message; RFC 6152.
    EightBitMime,
    /// SMTPUTF8, for non-ASCII addresses; RFC 6531.
    SmtpUtf8,
    /// BINARYMIME, for a message in binary; RFC 3030 section 3.
    BinaryMime,
    /// CHUNKING, without which BINARYMIME has no way to travel; RFC 3030 section 2.
    Chunking,
    /// DSN, for what reports are asked for; RFC 3461.
    Dsn,
    /// AUTH, for `AUTH=` on MAIL; RFC 4954 section 5.
    Auth,
    /// REQUIRETLS; RFC 8689.
    RequireTls,
    /// MT-PRIORITY; RFC 6710.
    MtPriority,
    /// DELIVERBY; RFC 2852.
    DeliverBy,
    /// FUTURERELEASE, for a message that is to be held; RFC 4865.
    FutureRelease,
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EightBitMime => "8BITMIME",
            Self::SmtpUtf8 => "SMTPUTF8",
            Self::BinaryMime => "BINARYMIME",
            Self::Chunking => "CHUNKING",
            Self::Dsn => "DSN",
            Self::Auth => "AUTH",
            Self::RequireTls => "REQUIRETLS",
            Self::MtPriority => "MT-PRIORITY",
            Self::DeliverBy => "DELIVERBY",
            Self::FutureRelease => "FUTURERELEASE",
        })
    }
}

/// A limit that a server declares by LIMITS; RFC 9422 section 4.
///
/// ```
/// let limit = mailwright_proto::DeclaredLimit::Recipients(100);
/// assert_eq!(limit.to_string(), "the server takes 100 recipients for one message at most");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeclaredLimit {
    /// `RCPTMAX`: recipients of one message.
    Recipients(u64),
    /// `MAILMAX`: messages over one connection.
    Messages(u64),
    /// `RCPTDOMAINMAX`: domains among the recipients over one connection.
    Domains(u64),
}

impl fmt::Display for DeclaredLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipients(most) => write!(
                f,
                "the server takes {most} recipients for one message at most"
            ),
            Self::Messages(most) => write!(
                f,
                "the server takes {most} messages over one connection at most"
            ),
            Self::Domains(most) => {
                write!(
                    f,
                    "the server takes recipients of {most} domains over one connection at most"
                )
            }
        }
    }
}

/// A call that makes no sense at this point. It changed nothing: the connection is unharmed.
///
/// ```
/// # use mailwright_proto::{Config, Connection, EhloName, Envelope, Misuse, Output, Security};
/// # let name = EhloName::try_from("client.example.test")?;
/// # let mut connection = Connection::new(Config::new(name).security(Security::None).into());
/// # let mut replies = ["220 mx\r\n", "250-mx\r\n250 SIZE 1000\r\n"].into_iter();
/// # loop {
/// #     match connection.poll()? {
/// #         Output::Write => connection.transmitted(connection.transmit().len()),
/// #         Output::Read => connection.receive(replies.next().unwrap().as_bytes()),
/// #         Output::Idle => break,
/// #         _ => {}
/// #     }
/// # }
/// // The server has offered SIZE 1000.
/// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
/// let large = envelope.clone().with_size(1001);
/// assert_eq!(connection.send(&large), Err(Misuse::TooLarge { size: 1001, limit: 1000 }));
/// connection.send(&envelope)?; // it is unharmed
/// assert_eq!(connection.send(&envelope), Err(Misuse::NotNow));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// The session is over.
    Closed,
    /// Another output of [`poll`](crate::Connection::poll) has to be met first.
    NotNow,
    /// The message is larger than the server takes.
    TooLarge {
        /// The message's octets.
        size: u64,
        /// The most that the server takes.
        limit: u64,
    },
    /// The message needs an extension that the server does not offer.
    Unsupported(Extension),
    /// The message asks for a time that the server has said it does not take.
    OutOfBounds {
        /// By which extension.
        extension: Extension,
        /// The bound that the server named, in seconds: the least of DELIVERBY, the most of FUTURERELEASE.
        limit: Option<u64>,
    },
    /// The server has declared by LIMITS that it does not take so much; RFC 9422. [`within_limits`](crate::Connection::within_limits)
    /// says what it takes.
    BeyondLimit(DeclaredLimit),
    /// REQUIRETLS, and nobody has verified the certificate of this connection: RFC 8689 section 4.2.1.
    Unverified,
    /// A bare CR or LF, where the configuration refuses them.
    BareLineEnd(BareLineEnd),
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the session is over"),
            Self::NotNow => f.write_str("the connection is not waiting for this"),
            Self::TooLarge { size, limit } => {
                write!(
                    f,
                    "the message has {size} octets, and the server takes {limit} at most"
                )
            }
            Self::Unsupported(extension) => write!(
                f,
                "the server does not offer {extension}, which the message needs"
            ),
            Self::OutOfBounds { extension, limit } => {
                write!(
                    f,
                    "the server does not take the time that the message asks for by {extension}"
                )?;
                limit.map_or(Ok(()), |seconds| {
                    write!(f, ": its bound is {seconds} seconds")
                })
            }
            Self::BeyondLimit(limit) => limit.fmt(f),
            Self::Unverified => {
                f.write_str("REQUIRETLS needs TLS with a verified certificate, which is not there")
            }
            Self::BareLineEnd(fault) => fault.fmt(f),
        }
    }
}

impl core::error::Error for Misuse {}

impl From<BareLineEnd> for Misuse {
    fn from(fault: BareLineEnd) -> Self {
        Self::BareLineEnd(fault)
    }
}

/// The fault of a reply that is legal SMTP, but not here.
pub(crate) fn unexpected(phase: Phase, reply: Reply) -> Error {
    Error::Peer {
        phase,
        fault: PeerFault::UnexpectedReply(reply),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    #[test]
    fn mechanism_names_of_a_server_are_escaped() {
        let offer = AuthOffer {
            offered: vec!["X-\u{1b}[2J\u{202e}".into()],
            ..AuthOffer::default()
        };
        let text = PolicyViolation::NoCommonMechanism(offer).to_string();
        assert!(
            text.contains("the server offers X-\\x1b[2J\\xe2\\x80\\xae;"),
            "{text}"
        );
    }
}
