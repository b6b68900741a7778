//! What a server offers to log in with, and what of it is taken.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Mechanism;

/// What a server offers to log in with, and what of it is allowed here.
///
/// ```
/// use mailwright_proto::auth::{AuthOffer, Mechanism};
/// let mut offer = AuthOffer::default();
/// offer.offered = vec!["LOGIN".into(), "GSSAPI".into(), "xoauth2".into()];
/// offer.allowed = vec![Mechanism::XOAuth2, Mechanism::Plain, Mechanism::Login];
/// assert!(offer.common().eq([Mechanism::XOAuth2, Mechanism::Login]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AuthOffer {
    /// The mechanisms that the server lists, in its order and its words.
    pub offered: Vec<String>,
    /// The mechanisms that the configuration allows, in its order.
    pub allowed: Vec<Mechanism>,
    /// Of those that both sides have, the ones that cannot be used, and why. Empty until there are credentials.
    pub unfit: Vec<(Mechanism, MechanismUnusable)>,
}

/// The offer while no login is due.
pub(crate) static NO_OFFER: AuthOffer = AuthOffer {
    offered: Vec::new(),
    allowed: Vec::new(),
    unfit: Vec::new(),
};

impl AuthOffer {
    /// What both sides have, in the order of `allowed`: the best first.
    pub fn common(&self) -> impl Iterator<Item = Mechanism> {
        let offered = |name: &str| {
            self.offered
                .iter()
                .any(|offered| offered.eq_ignore_ascii_case(name))
        };
        self.allowed
            .iter()
            .copied()
            .filter(move |mechanism| offered(mechanism.name()))
    }
}

/// Why a mechanism that both sides have cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MechanismUnusable {
    /// The credentials have not got what it is made of: a password, a token, a certificate, a trace.
    NoCredentials,
    /// It has no place for the authorization identity that the credentials name.
    NoAuthzid,
    /// The credentials bring no nonce.
    NoNonce,
    /// The driver knows of no value to bind it to the TLS connection by.
    NoChannelBinding,
    /// The user's name cannot be prepared for SCRAM: it is no text, or has a character that SASLprep forbids (RFC 4013).
    /// A build without the feature `saslprep` prepares printable ASCII alone.
    User,
    /// The password cannot be prepared for SCRAM, in the same way.
    Password,
    /// This build does not speak it: a feature of the crate is off.
    NotBuiltIn,
    /// A mechanism of the embedder's cannot be used, for this reason.
    Custom(&'static str),
}

impl fmt::Display for MechanismUnusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCredentials => "the credentials have not got what it needs",
            Self::NoAuthzid => "it has no place for an authorization identity",
            Self::NoNonce => "the credentials bring no nonce",
            Self::NoChannelBinding => "there is nothing to bind it to the TLS connection by",
            Self::User => "the user's name has a character that SASLprep forbids",
            Self::Password => "the password has a character that SASLprep forbids",
            Self::NotBuiltIn => "this build does not speak it",
            Self::Custom(reason) => reason,
        })
    }
}
