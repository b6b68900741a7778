//! Certificates, good and bad ones, made when they are needed.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::HOST;

/// A certificate that a server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// For the host and 127.0.0.1, by the trusted authority.
    Good,
    /// For these names, by the trusted authority.
    For(&'static str),
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// By an authority that nobody trusts.
    UnknownIssuer,
    /// By itself.
    SelfSigned,
    /// For another name, and by an authority that nobody trusts.
    UnknownFor(&'static str),
}

/// One authority that is trusted, and one that is not.
#[derive(Debug)]
pub struct Authorities {
    trusted: CertifiedIssuer<'static, KeyPair>,
    unknown: CertifiedIssuer<'static, KeyPair>,
}

impl Authorities {
    /// New ones.
    pub fn generate() -> Self {
        Self {
            trusted: authority("the lab's authority"),
            unknown: authority("Inspecting Proxy CA"),
        }
    }

    /// The trusted one's certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.trusted.der().clone()
    }

    /// The same in PEM.
    pub fn pem(&self) -> String {
        self.trusted.pem()
    }

    /// A server's side of TLS.
    pub fn server(&self, shown: Shown) -> Arc<ServerConfig> {
        let name = match shown {
            Shown::For(name) | Shown::UnknownFor(name) => name,
            _ => HOST,
        };
        let mut names = vec![name.to_owned()];
        if name == HOST {
            names.push("127.0.0.1".to_owned());
        }
        let mut params = CertificateParams::new(names).expect("names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        (params.not_before, params.not_after) = match shown {
            Shown::Expired => (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1)),
            Shown::NotYetValid => (date_time_ymd(2199, 1, 1), date_time_ymd(2200, 1, 1)),
            _ => (date_time_ymd(2001, 1, 1), date_time_ymd(2199, 1, 1)),
        };
        let key = KeyPair::generate().expect("a key");
        let certificate = match shown {
            Shown::SelfSigned => params.self_signed(&key),
            Shown::UnknownIssuer | Shown::UnknownFor(_) => params.signed_by(&key, &self.unknown),
            _ => params.signed_by(&key, &self.trusted),
        };
        let chain = vec![certificate.expect("a certificate").der().clone()];
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into());
        Arc::new(config.expect("a certificate with its key"))
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}
