//! Failures, by whose they are: the peer's, the policy's, the network's, or the caller's.

mod call;

use core::fmt;

use crate::auth::{AuthOffer, ChallengeFault, Mechanism};
use crate::reply::{Escaped, Reply, ReplyError};
use crate::timeout::Phase;

pub use call::{BodyError, Misuse, SendError};

/// Why a session is over. It is repeated by every later call of [`poll`](crate::Connection::poll).
///
/// A refusal of the server is no error but an [`Event`](crate::Event). What a single call can fail with is a [`Misuse`],
/// a [`SendError`] or a [`BodyError`], and leaves the session as it is.
///
/// ```
/// use mailwright_proto::{Config, Connection, Error, PeerFault, Phase, address::EhloName};
/// let mut connection = Connection::new(Config::new(EhloName::try_from("client.example.test")?).into());
/// connection.receive(b"HTTP/1.1 400 Bad Request\r\n");
/// let error = connection.poll().unwrap_err();
/// assert_eq!(error.phase(), Phase::Greeting);
/// assert!(matches!(error, Error::Peer { fault: PeerFault::Malformed(_), .. }));
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
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

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Peer { fault, .. } => Some(fault),
            Self::Policy(violation) => Some(violation),
            Self::Closed { .. } | Self::TimedOut { .. } => None,
        }
    }
}

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

impl core::error::Error for PeerFault {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Malformed(error) => Some(error),
            Self::BadChallenge(fault) => Some(fault),
            _ => None,
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

impl core::error::Error for PolicyViolation {}

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
    use crate::body::{BodyEncoder, LineEnds};

    /// Returns the texts of an error and of all its sources.
    fn chain(error: &dyn core::error::Error) -> vec::Vec<alloc::string::String> {
        core::iter::successors(Some(error), |error| error.source())
            .map(|error| error.to_string())
            .collect()
    }

    #[test]
    fn every_wrapped_error_is_a_source() {
        let malformed = Reply::parse(b"nonsense\r\n").unwrap_err();
        let text = malformed.to_string();
        let error = Error::Peer {
            phase: Phase::Greeting,
            fault: PeerFault::Malformed(malformed),
        };
        assert_eq!(chain(&error).len(), 3);
        assert_eq!(chain(&error).last(), Some(&text));
        let fault = ChallengeFault::NotBase64;
        let error = Error::Peer {
            phase: Phase::Auth,
            fault: PeerFault::BadChallenge(fault),
        };
        assert_eq!(chain(&error).last(), Some(&fault.to_string()));
        assert_eq!(
            chain(&Error::Policy(PolicyViolation::AuthNotOffered)).len(),
            2
        );
        let bare = BodyEncoder::new(LineEnds::Refuse).frame(b"\n", true);
        assert_eq!(chain(&BodyError::from(bare.unwrap_err())).len(), 2);
        assert_eq!(chain(&BodyError::from(Misuse::NotNow)).len(), 2);
        assert_eq!(chain(&SendError::from(Misuse::NotNow)).len(), 2);
    }

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
