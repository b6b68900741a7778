//! Why a message was not accepted.

use std::error::Error as StdError;
use std::fmt;

use mailwright::{Delivery, Outcome};

/// Why a message was not accepted.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// An address of lettre's envelope cannot be sent over SMTP. Nothing was sent.
    Envelope(Box<dyn StdError + Send + Sync>),
    /// The message was not sent.
    NotSent(mailwright::Error),
    /// The server refused the message, or its final reply did not arrive: see
    /// [`Delivery::outcome`].
    NotAccepted(Delivery),
}

impl Error {
    pub(crate) fn envelope(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::Envelope(Box::new(error))
    }

    /// Returns whether the whole message was sent and no final reply arrived. The server may have
    /// accepted it: sending it again may deliver it twice.
    ///
    /// ```
    /// # fn example(result: Result<(), mailwright_lettre::Error>) {
    /// if let Err(error) = result && !error.is_unknown() {
    ///     // It is certain that nobody has the message.
    /// }
    /// # }
    /// ```
    pub fn is_unknown(&self) -> bool {
        matches!(self.outcome(), Some(Outcome::Unknown(_)))
    }

    /// Returns whether the server refused the message for now, with a 4yz reply.
    pub fn is_transient(&self) -> bool {
        matches!(self.outcome(), Some(Outcome::Refused { reply, .. }) if reply.code().is_transient())
    }

    /// Returns whether the server refused the message permanently, with a 5yz reply.
    pub fn is_permanent(&self) -> bool {
        matches!(self.outcome(), Some(Outcome::Refused { reply, .. }) if reply.code().is_permanent())
    }

    /// Returns the outcome of the message and of each recipient, if a server was asked.
    pub fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::NotAccepted(delivery) => Some(delivery),
            _ => None,
        }
    }

    fn outcome(&self) -> Option<&Outcome> {
        self.delivery().map(|delivery| &delivery.outcome)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Envelope(error) => write!(f, "invalid envelope: {error}"),
            Self::NotSent(error) => error.fmt(f),
            Self::NotAccepted(delivery) => match &delivery.outcome {
                Outcome::Refused { reply, .. } => write!(f, "refused by the server: {reply}"),
                Outcome::Unknown(error) => write!(f, "sent, but not confirmed: {error}"),
                _ => f.write_str("not sent"),
            },
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Envelope(error) => Some(&**error),
            Self::NotSent(error) => Some(error),
            Self::NotAccepted(delivery) => match &delivery.outcome {
                Outcome::Unknown(error) => Some(error),
                _ => None,
            },
        }
    }
}

impl From<mailwright::Error> for Error {
    fn from(error: mailwright::Error) -> Self {
        Self::NotSent(error)
    }
}
