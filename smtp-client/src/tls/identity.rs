//! The client's own certificate, and whether a server asked for it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, SignatureScheme};

/// A certificate of our own, for servers that ask for one.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Fails with a description of what is wrong with the certificate or the key.
    pub(super) fn to_certified_key(
        &self,
        provider: &CryptoProvider,
    ) -> Result<CertifiedKey, String> {
        if self.chain.is_empty() {
            return Err("the client certificate is missing".to_owned());
        }
        let found = CertifiedKey::from_der(self.chain.clone(), self.key.clone_key(), provider);
        found.map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                "the client certificate and the key do not belong together".to_owned()
            }
            rustls::Error::InvalidCertificate(_) => {
                "the client certificate cannot be read: it is no X.509 certificate of version 3".to_owned()
            }
            _ => "the key of the client certificate cannot be used: it is none of RSA with 2048 bits or more, of \
                  ECDSA with P-256 or P-384, or of Ed25519"
                .to_owned(),
        })
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// The part of the client certificate in a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientCertificate {
    /// The server did not ask for one.
    NotAsked,
    /// The server asked for one, and none was given.
    Missing,
    /// The server asked for one, and received it.
    Shown,
}

impl ClientCertificate {
    /// Returns a note for the error of a failed handshake.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::NotAsked => "",
            Self::Missing => "; it had asked for a client certificate, and none was given",
            Self::Shown => {
                "; it had asked for a client certificate, and was shown the one that was given"
            }
        }
    }
}

/// The observed behaviour of servers in the handshakes of one configuration, which is the same in
/// each.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// One asked for a client certificate.
    asked: AtomicBool,
    /// One has shown its own certificate.
    shown: AtomicBool,
    /// The last certificate that was refused.
    refused: Mutex<Option<CertificateDer<'static>>>,
}

impl Observed {
    pub(super) fn note_certificate(&self) {
        self.shown.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_refused(&self, certificate: &CertificateDer<'_>) {
        *self.refused() = Some(certificate.clone().into_owned());
    }

    /// Returns whether a server's certificate has arrived.
    pub(crate) fn has_certificate(&self) -> bool {
        self.shown.load(Ordering::Relaxed)
    }

    /// Removes and returns the last certificate that was refused.
    pub(crate) fn take_refused(&self) -> Option<CertificateDer<'static>> {
        self.refused().take()
    }

    fn refused(&self) -> MutexGuard<'_, Option<CertificateDer<'static>>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the part of the client certificate, given whether there is one.
    pub(crate) fn client_certificate(&self, has_one: bool) -> ClientCertificate {
        if !self.asked.load(Ordering::Relaxed) {
            ClientCertificate::NotAsked
        } else if has_one {
            ClientCertificate::Shown
        } else {
            ClientCertificate::Missing
        }
    }
}

/// Shows the client's certificate to servers that ask for one.
#[derive(Debug)]
pub(super) struct Presenter {
    certificate: Option<Arc<CertifiedKey>>,
    observed: Arc<Observed>,
}

impl Presenter {
    pub(super) fn new(certificate: Option<CertifiedKey>, observed: Arc<Observed>) -> Self {
        Self {
            certificate: certificate.map(Arc::new),
            observed,
        }
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.observed.asked.store(true, Ordering::Relaxed);
        self.certificate.clone()
    }

    fn has_certs(&self) -> bool {
        self.certificate.is_some()
    }
}
