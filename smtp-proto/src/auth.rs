//! AUTH: who the client says it is, and the mechanisms by which it proves it. RFC 4954.

mod anonymous;
mod bearer;
mod choice;
#[cfg(feature = "cram-md5")]
mod cram_md5;
mod credentials;
mod exchange;
mod external;
mod invalid;
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

pub(crate) use choice::Choice;
pub use credentials::Credentials;
pub use exchange::{Exchange, LoginContext, SaslMechanism};
pub use invalid::InvalidCredentials;
pub use mechanism::{Mechanism, MechanismName, UnknownMechanism};
pub use oauth_error::OAuthError;
pub(crate) use offer::NO_OFFER;
pub use offer::{AuthOffer, MechanismUnusable};
pub(crate) use refusal::MAX_CHALLENGES;
pub use refusal::{AuthFailureDetail, ChallengeFault};

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
        Mechanism::Custom(name) => {
            let own = credentials
                .custom_named(name)
                .ok_or(MechanismUnusable::NoCredentials)?;
            own.begin(&LoginContext::new(credentials, binding))?
        }
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
