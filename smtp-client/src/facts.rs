//! What is known of a connection, also after it failed.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use mailwright_proto::{
    auth::{Mechanism, MechanismUnusable},
    ehlo::Capabilities,
    reply::Reply,
};
use rustls::pki_types::CertificateDer;

/// What a client learned of the server that it talks to, or talked to last.
///
/// ```
/// use mailwright::ConnectionInfo;
/// fn describe(facts: &ConnectionInfo) -> String {
///     let limit = facts.capabilities.as_ref().and_then(|offered| offered.size());
///     let tls = facts.tls.as_ref().map_or("no TLS", |tls| tls.version);
///     format!("{:?}, {tls}, at most {limit:?} octets", facts.address)
/// }
/// assert_eq!(describe(&ConnectionInfo::default()), "None, no TLS, at most None octets");
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// With `Client::mx`, the one of the domain's hosts that this is about.
    #[cfg(feature = "mx")]
    pub host: Option<String>,
    /// With `Client::mx`, the hosts that were tried in vain, in that order, and why.
    #[cfg(feature = "mx")]
    pub attempts: Vec<crate::mx::Attempt>,
    /// Where it is connected to. Nothing over a stream of the embedder's own.
    pub address: Option<SocketAddr>,
    /// The UNIX socket that it is connected to.
    pub socket: Option<PathBuf>,
    /// What the server said first.
    pub greeting: Option<Reply>,
    /// What the server answered to the last EHLO: after STARTTLS that is the one over TLS.
    pub capabilities: Option<Capabilities>,
    /// What the server answered to EHLO before TLS, where there was such an answer. Anyone on the way could have given
    /// it.
    pub capabilities_in_clear: Option<Capabilities>,
    /// What the server answered to EHLO over TLS.
    pub capabilities_over_tls: Option<Capabilities>,
    /// The TLS connection, once its handshake was done.
    pub tls: Option<TlsFacts>,
    /// Mechanisms that both sides have, and that came to nothing before the one that was tried in the end: the login may
    /// be a weaker one than it looks.
    pub passed_over: Vec<SkippedMechanism>,
    /// The login, once it succeeded.
    pub login: Option<Login>,
}

/// A mechanism that was not used for a login, and why.
///
/// ```
/// use mailwright::{Mechanism, SkippedMechanism, MechanismUnusable};
/// let passed_over = SkippedMechanism::MechanismUnusable(Mechanism::ScramSha256, MechanismUnusable::Password);
/// assert_eq!(passed_over.to_string(), "SCRAM-SHA-256: the password has a character that SASLprep forbids");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkippedMechanism {
    /// It cannot be used with these credentials, or over this connection.
    MechanismUnusable(Mechanism, MechanismUnusable),
    /// The server offers it, and answers AUTH with 504; RFC 4954 section 4.
    Unknown(Mechanism),
}

impl fmt::Display for SkippedMechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MechanismUnusable(mechanism, reason) => write!(f, "{mechanism}: {reason}"),
            Self::Unknown(mechanism) => write!(
                f,
                "{mechanism}: the server offers it, and does not know it (504)"
            ),
        }
    }
}

/// A TLS connection.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TlsFacts {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The suite's name in IANA's registry.
    pub cipher_suite: String,
    /// The server's certificate and those that it sent along, in DER.
    pub certificates: Vec<CertificateDer<'static>>,
}

/// A login.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Login {
    /// How.
    pub mechanism: Mechanism,
    /// Who.
    pub user: String,
}
