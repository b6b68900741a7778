//! How far a session got.

use std::fmt;

use mailwright_proto::Phase;

/// Where something happened: the core's phases, and what a driver does before them.
///
/// ```
/// use mailwright::{Stage, mailwright_proto::Phase};
/// assert_eq!(Stage::StartTls.name(), "starttls");
/// assert_eq!(Stage::from(Phase::EndOfData), Stage::Body);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Before anything was tried.
    Config,
    /// Looking up the host's name.
    Dns,
    /// Connecting.
    Connect,
    /// The server's first words.
    Greeting,
    /// EHLO or HELO.
    Ehlo,
    /// STARTTLS, up to its reply.
    StartTls,
    /// The TLS handshake.
    Tls,
    /// The login.
    Auth,
    /// The sender.
    Mail,
    /// The recipients.
    Rcpt,
    /// DATA, up to its reply.
    Data,
    /// The message, up to its final reply.
    Body,
    /// The goodbye.
    Quit,
}

impl Stage {
    /// The stable name: the variant's, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Ehlo => "ehlo",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Body => "body",
            Self::Quit => "quit",
        }
    }
}

impl From<Phase> for Stage {
    /// A connection that breaks while it is idle breaks where the next message would begin.
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Greeting => Self::Greeting,
            Phase::Ehlo => Self::Ehlo,
            Phase::StartTls => Self::StartTls,
            Phase::Tls => Self::Tls,
            Phase::Auth => Self::Auth,
            Phase::Rcpt => Self::Rcpt,
            Phase::Data => Self::Data,
            Phase::Body | Phase::EndOfData => Self::Body,
            Phase::Quit => Self::Quit,
            _ => Self::Mail,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
