//! Errors of a single call. The call changed nothing, and the session continues.

use core::error::Error;
use core::fmt;

use super::{DeclaredLimit, Extension};
use crate::body::BareLineEnd;

/// A call in the wrong state: a mistake of the caller, whatever the server and the message are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// The session is over.
    Closed,
    /// [`poll`](crate::Connection::poll) did not ask for this call.
    NotNow,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the session is over",
            Self::NotNow => "the connection is not waiting for this",
        })
    }
}

impl Error for Misuse {}

/// An envelope or a command that this server does not accept by its own offer. Nothing was sent.
///
/// ```
/// use mailwright_proto::{Misuse, SendError, envelope::Envelope};
/// # use mailwright_proto::{Config, Connection, Output, Security, address::EhloName};
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
/// // The server offers SIZE 1000.
/// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
/// let large = envelope.clone().with_size(1001);
/// assert_eq!(connection.send(&large), Err(SendError::TooLarge { size: 1001, limit: 1000 }));
/// connection.send(&envelope)?; // The session continues.
/// assert_eq!(connection.send(&envelope), Err(SendError::Misuse(Misuse::NotNow)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The call came in the wrong state.
    Misuse(Misuse),
    /// The message is larger than the server's SIZE; RFC 1870 section 4.
    TooLarge {
        /// The size of the message in octets.
        size: u64,
        /// The server's limit.
        limit: u64,
    },
    /// The server does not offer an extension that is needed.
    Unsupported(Extension),
    /// The requested time is outside the bounds that the server declares.
    OutOfBounds {
        /// The extension that has the time.
        extension: Extension,
        /// The bound in seconds: the minimum of DELIVERBY, or the maximum of FUTURERELEASE.
        limit: Option<u64>,
    },
    /// The server's LIMITS (RFC 9422) do not allow the message.
    /// [`within_limits`](crate::Connection::within_limits) returns the recipients that they allow.
    BeyondLimit(DeclaredLimit),
    /// REQUIRETLS needs TLS with a verified certificate: RFC 8689 section 4.2.1.
    Unverified,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misuse(misuse) => misuse.fmt(f),
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
        }
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Misuse(misuse) => Some(misuse),
            _ => None,
        }
    }
}

impl From<Misuse> for SendError {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

/// A chunk of a message that was not accepted. No octet of it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// The call came in the wrong state.
    Misuse(Misuse),
    /// The chunk has a bare CR or LF, and the configuration refuses them.
    BareLineEnd(BareLineEnd),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::BareLineEnd(fault) => fault.fmt(f),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Misuse(misuse) => Some(misuse),
            Self::BareLineEnd(fault) => Some(fault),
        }
    }
}

impl From<Misuse> for BodyError {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<BareLineEnd> for BodyError {
    fn from(fault: BareLineEnd) -> Self {
        Self::BareLineEnd(fault)
    }
}
