//! Verifiers of server certificates.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};

use super::{Observed, Witness, der};
use crate::utc::Utc;

/// The shortest RSA key that both providers of cryptography accept.
const LEAST_RSA_BITS: usize = 2048;

/// Accepts any certificate, but still requires the server to prove that it holds its key.
#[derive(Debug)]
pub(super) struct AcceptAny {
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Delegates to a verifier, except for a certificate that is itself one of the given roots, and
/// explains a signature that does not match.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(super) verifier: Arc<dyn ServerCertVerifier>,
    /// The given roots, if any.
    pub(super) roots: Vec<CertificateDer<'static>>,
    /// Receives the certificates first.
    pub(super) witness: Option<Witness>,
    pub(super) observed: Arc<Observed>,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.observed.note_certificate();
        let chain = || std::iter::once(end_entity).chain(intermediates);
        if let Some(Witness(witness)) = &self.witness {
            witness(
                chain()
                    .map(|certificate| certificate.clone().into_owned())
                    .collect(),
            );
        }
        let verdict = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let verdict = match verdict {
            Err(_) if self.roots.contains(end_entity) => verify_root(end_entity, server_name, now),
            verdict => verdict.map_err(|error| explained(error, chain())),
        };
        if verdict.is_err() {
            self.observed.note_refused(end_entity);
        }
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verdict = self
            .verifier
            .verify_tls12_signature(message, certificate, signature);
        verdict.map_err(|error| explained(error, [certificate]))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verdict = self
            .verifier
            .verify_tls13_signature(message, certificate, signature);
        verdict.map_err(|error| explained(error, [certificate]))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Verifies the name and the dates of a server's certificate that is one of the given roots, byte
/// for byte. No other certificate has to vouch for it, and the signature of the handshake proves
/// that the server holds its key.
fn verify_root(
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    let (not_before, not_after) =
        der::validity(certificate).ok_or(CertificateError::BadEncoding)?;
    let time =
        |time: Utc| UnixTime::since_unix_epoch(Duration::from_secs(time.0.max(0).unsigned_abs()));
    if Utc::of(now) < not_before {
        return Err(CertificateError::NotValidYetContext {
            time: now,
            not_before: time(not_before),
        }
        .into());
    }
    if Utc::of(now) > not_after {
        return Err(CertificateError::ExpiredContext {
            time: now,
            not_after: time(not_after),
        }
        .into());
    }
    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
    Ok(ServerCertVerified::assertion())
}

/// An RSA key that is too short for its signatures to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShortKey {
    bits: usize,
}

impl fmt::Display for ShortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an RSA key has {} bits, and {LEAST_RSA_BITS} are needed",
            self.bits
        )
    }
}

impl StdError for ShortKey {}

/// Replaces the error of a signature that does not match if an RSA key is too short, since both
/// have the same error.
fn explained<'c>(
    error: rustls::Error,
    chain: impl IntoIterator<Item = &'c CertificateDer<'c>>,
) -> rustls::Error {
    if error != rustls::Error::InvalidCertificate(CertificateError::BadSignature) {
        return error;
    }
    let bits = |certificate| {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        der::rsa_bits(&parsed.subject_public_key_info())
    };
    match chain
        .into_iter()
        .filter_map(bits)
        .min()
        .filter(|bits| *bits < LEAST_RSA_BITS)
    {
        Some(bits) => CertificateError::Other(OtherError(Arc::new(ShortKey { bits }))).into(),
        None => error,
    }
}

/// Returns the hosts among the names of a certificate, which webpki formats as `DnsName("…")` and
/// `IpAddress(…)`.
pub(crate) fn hosts(presented: &[String]) -> impl Iterator<Item = &str> {
    presented.iter().filter_map(|name| {
        let of_kind = |prefix, suffix| name.strip_prefix(prefix)?.strip_suffix(suffix);
        of_kind("DnsName(\"", "\")").or(of_kind("IpAddress(", ")"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::pem::PemObject;

    #[test]
    fn wrong_signature_by_a_short_key_is_told_as_that() {
        let (_, fixture) = include_str!("../error/certificate/fixtures.pem")
            .split_once("# short-key")
            .unwrap();
        let short = CertificateDer::from_pem_slice(fixture.as_bytes()).unwrap();
        let wrong = || rustls::Error::InvalidCertificate(CertificateError::BadSignature);
        let rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(told))) =
            explained(wrong(), [&short])
        else {
            panic!("it is not told")
        };
        assert_eq!(
            told.to_string(),
            "an RSA key has 1024 bits, and 2048 are needed"
        );
        let (_, fixture) = include_str!("../error/certificate/fixtures.pem")
            .split_once("# own")
            .unwrap();
        let other = CertificateDer::from_pem_slice(fixture.as_bytes()).unwrap();
        assert_eq!(explained(wrong(), [&other]), wrong());
    }
}
