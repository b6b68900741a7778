//! The proof that a security layer may carry credentials.

use crate::config::Config;
use crate::event::TlsInfo;

/// The proof that nobody on the way can read what is written next. The encoders of AUTH require it.
///
/// Its field is private to this file, so there is no other way to make one.
#[derive(Debug)]
pub(crate) struct Confidential(());

impl Confidential {
    /// Returns the proof for a layer of verified TLS, or if the embedder chose to expose the credentials.
    pub(crate) fn new(tls: Option<&TlsInfo>, config: &Config) -> Option<Self> {
        let is_verified = tls.is_some_and(|tls| tls.verified);
        (is_verified || config.expose_credentials).then_some(Self(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proof_needs_verified_tls_or_the_dangerous_option() {
        let config = || Config::new("client.example.test".parse().unwrap());
        let (verified, unverified) = (TlsInfo::verified(), TlsInfo::unverified());
        assert!(Confidential::new(None, &config()).is_none());
        assert!(Confidential::new(Some(&unverified), &config()).is_none());
        assert!(Confidential::new(Some(&verified), &config()).is_some());
        let exposed = config().dangerous().expose_credentials();
        assert!(Confidential::new(None, &exposed).is_some());
        assert!(Confidential::new(Some(&unverified), &exposed).is_some());
    }
}
