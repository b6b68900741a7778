//! TLS by rustls: whom to trust, and what is told of a connection.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::facts::TlsFacts;

/// Whose certificates are believed. In any case they have to be valid, and for the host that the builder was given.
///
/// ```no_run
/// use rustls::pki_types::{CertificateDer, pem::PemObject};
/// use smtp_client::{Client, Trust};
/// let roots = CertificateDer::pem_file_iter("ca.pem")?.collect::<Result<Vec<_>, _>>()?;
/// let client = Client::builder("mail.example.test", 587).trust(Trust::Roots(roots)).build();
/// # let _ = client;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Trust {
    /// What the operating system believes.
    #[default]
    System,
    /// These authorities alone.
    Roots(Vec<CertificateDer<'static>>),
    /// Anyone's: whoever is on the way can read along and answer in the server's name.
    /// No login is made over such a connection, unless that danger is taken too.
    DangerousAcceptAnyCertificate,
}

/// A version of TLS. Later ones are greater; RFC 8997 section 3 leaves none before 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
    V1_2,
    /// TLS 1.3.
    V1_3,
}

/// A certificate of our own, for servers that ask for one.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// What a client wants of TLS.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsOptions {
    pub(crate) trust: Trust,
    pub(crate) minimum: TlsVersion,
    pub(crate) identity: Option<Identity>,
    /// Who is shown the server's certificates, also where they are then refused.
    pub(crate) witness: Option<Witness>,
}

/// Sees the server's certificates, its own first, before they are judged.
#[derive(Clone)]
pub(crate) struct Witness(pub(crate) Arc<dyn Fn(Vec<CertificateDer<'static>>) + Send + Sync>);

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}

impl TlsOptions {
    /// Whether a connection made by these options is known to end at the server that was named.
    pub(crate) fn verifies(&self) -> bool {
        !matches!(self.trust, Trust::DangerousAcceptAnyCertificate)
    }

    /// Fails with what is wrong with the options, or with this system's.
    pub(crate) fn to_config(&self) -> Result<ClientConfig, String> {
        let provider = provider()?;
        let versions: &[&rustls::SupportedProtocolVersion] = match self.minimum {
            TlsVersion::V1_2 => &[&rustls::version::TLS12, &rustls::version::TLS13],
            TlsVersion::V1_3 => &[&rustls::version::TLS13],
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .map_err(|error| error.to_string())?;
        let verifier = match &self.trust {
            Trust::System => system_verifier(provider)?,
            Trust::Roots(certificates) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates {
                    roots.add(certificate.clone()).map_err(|error| format!("an authority cannot be used: {error}"))?;
                }
                if roots.is_empty() {
                    return Err("there is no certificate among the authorities to trust".to_owned());
                }
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .map_err(|error| error.to_string())?
            }
            Trust::DangerousAcceptAnyCertificate => {
                Arc::new(AcceptAny { algorithms: provider.signature_verification_algorithms })
            }
        };
        let verifier = match &self.witness {
            Some(witness) => Arc::new(Witnessed { witness: witness.clone(), verifier }),
            None => verifier,
        };
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        match &self.identity {
            None => Ok(builder.with_no_client_auth()),
            Some(identity) => builder
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(|error| format!("the client certificate cannot be used: {error}")),
        }
    }
}

#[cfg(feature = "aws-lc-rs")]
pub(crate) fn provider() -> Result<Arc<CryptoProvider>, String> {
    Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
pub(crate) fn provider() -> Result<Arc<CryptoProvider>, String> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

/// Built without cryptography of its own, this crate takes what the process has chosen.
#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
pub(crate) fn provider() -> Result<Arc<CryptoProvider>, String> {
    let chosen = CryptoProvider::get_default().cloned();
    chosen.ok_or_else(|| "this program has installed no cryptography for rustls".to_owned())
}

#[cfg(feature = "platform-verifier")]
fn system_verifier(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) => Err(format!("the operating system's authorities cannot be read: {error}")),
    }
}

#[cfg(not(feature = "platform-verifier"))]
fn system_verifier(_: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    Err("this program cannot read the operating system's authorities: name those to trust".to_owned())
}

/// Octets that nobody can foresee; nothing where this system, or this build, has none.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut octets = [0; N];
    provider().ok()?.secure_random.fill(&mut octets).ok()?;
    Some(octets)
}

/// A connection whose handshake is done.
pub(crate) struct Established {
    /// What may be told of it.
    pub(crate) facts: Option<TlsFacts>,
    /// What a login is bound to it by: RFC 9266 section 2, with TLS 1.3 alone, where nothing makes two of them the same.
    pub(crate) exporter: Option<[u8; 32]>,
}

impl Established {
    pub(crate) fn of(connection: &ClientConnection) -> Self {
        Self { facts: facts(connection), exporter: exporter(connection) }
    }
}

fn exporter(connection: &ClientConnection) -> Option<[u8; 32]> {
    if connection.protocol_version() != Some(rustls::ProtocolVersion::TLSv1_3) {
        return None;
    }
    connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok()
}

fn facts(connection: &ClientConnection) -> Option<TlsFacts> {
    let version = match connection.protocol_version()? {
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let suite = connection.negotiated_cipher_suite()?.suite();
    Some(TlsFacts {
        version,
        // rustls names the suites of TLS 1.3 with an infix of its own.
        cipher_suite: format!("{suite:?}").replace("TLS13_", "TLS_"),
        certificates: connection.peer_certificates()?.to_vec(),
    })
}

/// Believes any certificate, but still has the server prove that it holds the key to it.
#[derive(Debug)]
struct AcceptAny {
    algorithms: WebPkiSupportedAlgorithms,
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

/// Shows the certificates to a witness, and leaves all else to a verifier.
#[derive(Debug)]
struct Witnessed {
    witness: Witness,
    verifier: Arc<dyn ServerCertVerifier>,
}

impl ServerCertVerifier for Witnessed {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        (self.witness.0)(chain.map(|certificate| certificate.clone().into_owned()).collect());
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
