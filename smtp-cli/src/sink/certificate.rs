//! The server's certificate: a throw-away one with its own CA, or one from files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::error::SinkError;
use crate::pem::{self, Unusable};

/// What the throw-away certificate is good for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Clocks differ a little, in containers above all.
const BACKDATED: Duration = Duration::from_secs(60 * 60);

/// Long enough for any test run, and short enough to be accepted by every verifier.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What the server needs for TLS.
#[derive(Clone)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    authority: Option<Authority>,
}

/// The certificate of a throw-away CA. Its key is gone as soon as the server's is signed.
#[derive(Clone, Debug)]
pub struct Authority {
    der: CertificateDer<'static>,
    pem: String,
}

impl ServerTls {
    /// Makes a CA and a certificate for `localhost`, 127.0.0.1 and ::1.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn throw_away() -> Result<Self, SinkError> {
        let (authority, chain, key) =
            issue().map_err(|error| SinkError::Certificate(error.to_string()))?;
        Ok(Self {
            config: server_config(chain, key)?,
            authority: Some(authority),
        })
    }

    /// Loads a certificate chain and its private key, both in PEM.
    ///
    /// # Errors
    /// When a file cannot be read or holds no such thing, or when the two do not belong together.
    pub fn from_pem_files(certificate: &Path, key: &Path) -> Result<Self, SinkError> {
        let chain =
            pem::certificates(certificate).map_err(|error| unusable(certificate, &error))?;
        let key = pem::private_key(key).map_err(|error| unusable(key, &error))?;
        Ok(Self {
            config: server_config(chain, key)?,
            authority: None,
        })
    }

    /// The throw-away CA, for clients to trust. None with a certificate from files.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls")
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// As a trust anchor.
    #[must_use]
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// As a PEM file's content.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

type Issued = (
    Authority,
    Vec<CertificateDer<'static>>,
    PrivateKeyDer<'static>,
);

fn issue() -> Result<Issued, rcgen::Error> {
    let mut ca = params(&[], "smtp sink throw-away CA")?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;

    let mut server = params(&NAMES, "smtp sink")?;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &ca)?;

    let authority = Authority {
        der: ca.der().clone(),
        pem: ca.pem(),
    };
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok((authority, vec![certificate.der().clone()], key.into()))
}

fn params(names: &[&str], common_name: &str) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names)?;
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(BACKDATED);
    let now = date_time_ymd(1970, 1, 1) + since_epoch;
    params.not_before = now - BACKDATED;
    params.not_after = now + LIFETIME;
    Ok(params)
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, SinkError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map(Arc::new)
        .map_err(|error| {
            SinkError::Certificate(match error {
                rustls::Error::InconsistentKeys(_) => "certificate and key do not belong together".to_owned(),
                rustls::Error::InvalidCertificate(_) => "it is no X.509 certificate of version 3".to_owned(),
                _ => "the key is none of RSA with 2048 bits or more, of P-256 or P-384, or of Ed25519".to_owned(),
            })
        })
}

fn unusable(path: &Path, error: &Unusable) -> SinkError {
    SinkError::Unreadable {
        path: path.to_owned(),
        detail: error.to_string(),
    }
}
