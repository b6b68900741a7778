//! AUTH: who the client says it is, and the mechanisms by which it proves it. RFC 4954.

mod anonymous;
mod bearer;
mod choice;
#[cfg(feature = "cram-md5")]
mod cram_md5;
mod credentials;
mod external;
mod json;
mod login;
mod mechanism;
mod oauth_error;
mod oauthbearer;
mod offer;
mod plain;
mod refusal;
mod saslname;
mod scram;
mod single;
mod xoauth2;

use alloc::boxed::Box;
use core::fmt;

use crate::secret::Secret;

pub(crate) use choice::Choice;
pub use credentials::{Credentials, InvalidCredentials};
pub use mechanism::{Mechanism, UnknownMechanism};
pub use oauth_error::OAuthError;
pub(crate) use offer::NO_OFFER;
pub use offer::{AuthOffer, MechanismUnusable};
pub use refusal::{AuthFailureDetail, ChallengeFault};

/// A mechanism at work: challenge in, response out.
pub(crate) trait Exchange: fmt::Debug + Send + Sync {
    /// What the client says with the AUTH command itself, where the mechanism lets it speak first.
    fn initial_response(&mut self) -> Option<Secret>;

    /// Returns whether challenges carry information. If not, one that is not base64 is answered as
    /// well.
    fn reads_challenges(&self) -> bool {
        true
    }

    /// Returns the response to a challenge. If there is none, the exchange must be cancelled. Every
    /// mechanism has a last challenge, so that an exchange ends.
    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault>;

    /// Whether the server may say by now that the login is good.
    fn is_complete(&self) -> bool;

    /// What the server said of a failure within the exchange, ahead of its final reply.
    fn failure(&mut self) -> Option<AuthFailureDetail> {
        None
    }
}

/// Begins the exchange of a mechanism, where the credentials are fit for it.
fn begin(
    mechanism: Mechanism,
    credentials: &Credentials,
    binding: Binding<'_>,
) -> Result<Box<dyn Exchange>, MechanismUnusable> {
    if !credentials.supports(mechanism) {
        return Err(MechanismUnusable::NoCredentials);
    }
    Ok(match mechanism {
        Mechanism::OAuthBearer => Box::new(oauthbearer::exchange(credentials)?),
        Mechanism::XOAuth2 => Box::new(xoauth2::exchange(credentials)?),
        #[cfg(feature = "cram-md5")]
        Mechanism::CramMd5 => Box::new(cram_md5::CramMd5::new(credentials)?),
        Mechanism::Plain => Box::new(plain::exchange(credentials)?),
        Mechanism::Login => Box::new(login::Login::new(credentials)?),
        Mechanism::External => Box::new(external::exchange(credentials)?),
        Mechanism::Anonymous => Box::new(anonymous::exchange(credentials)?),
        Mechanism::ScramSha256Plus
        | Mechanism::ScramSha256
        | Mechanism::ScramSha1Plus
        | Mechanism::ScramSha1 => Box::new(scram::exchange(mechanism, credentials, binding)?),
        #[cfg(not(feature = "cram-md5"))]
        Mechanism::CramMd5 => return Err(MechanismUnusable::NotBuiltIn),
    })
}

/// What a login says of the TLS connection below it: `gs2-cbind-flag`, RFC 5802 section 7.
#[derive(Debug, Clone, Copy)]
enum Binding<'a> {
    /// `n`: nothing, as the client has no binding, or does not want one.
    None,
    /// `y`: that it is not bound because the server was not heard to offer it. A server that did offer it then knows
    /// that somebody stands between.
    NotOffered,
    /// `p`: that it is this very connection; RFC 9266.
    Exporter(&'a [u8; 32]),
}

#[cfg(test)]
mod tests;
