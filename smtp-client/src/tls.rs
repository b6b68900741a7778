//! TLS by rustls: whom to trust, and what is told of a connection.

mod der;
mod identity;
mod verify;

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::facts::TlsFacts;
use identity::Presenter;
pub(crate) use identity::{ClientCertificate, Identity, Observed};
use verify::{AcceptAny, Judge};
pub(crate) use verify::{ShortKey, hosts};

/// Whose certificates are believed. In any case they have to be valid, and for the host that the builder was given.
///
/// ```no_run
/// use rustls::pki_types::{CertificateDer, pem::PemObject};
/// use mailwright::{Client, Trust};
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
    /// These authorities and no others, and servers whose own certificate is one of these, byte for
    /// byte, such as those of mail bridges and of `openssl req -x509`.
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

/// What a client wants of TLS.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsOptions {
    pub(crate) trust: Trust,
    pub(crate) minimum: TlsVersion,
    pub(crate) identity: Option<Identity>,
    pub(crate) classical_key_exchange: bool,
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
    pub(crate) fn to_config(&self, observed: &Arc<Observed>) -> Result<ClientConfig, String> {
        let mut provider = provider()?;
        if self.classical_key_exchange {
            let mut classical = CryptoProvider::clone(&provider);
            classical.kx_groups.retain(|group| !is_post_quantum(*group));
            provider = Arc::new(classical);
        }
        let versions: &[&rustls::SupportedProtocolVersion] = match self.minimum {
            TlsVersion::V1_2 => &[&rustls::version::TLS12, &rustls::version::TLS13],
            TlsVersion::V1_3 => &[&rustls::version::TLS13],
        };
        let certificate = self
            .identity
            .as_ref()
            .map(|identity| identity.to_certified_key(&provider))
            .transpose()?;
        let presenter = Presenter::new(certificate, Arc::clone(observed));
        let judge = self.judge(Arc::clone(&provider), Arc::clone(observed))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(judge))
            .with_client_cert_resolver(Arc::new(presenter));
        Ok(config)
    }

    pub(crate) fn judge(
        &self,
        provider: Arc<CryptoProvider>,
        observed: Arc<Observed>,
    ) -> Result<Judge, String> {
        let (verifier, roots): (Arc<dyn ServerCertVerifier>, _) = match &self.trust {
            Trust::System => (system_verifier(provider)?, Vec::new()),
            Trust::Roots(certificates) => {
                let mut roots = RootCertStore::empty();
                for (i, certificate) in certificates.iter().enumerate() {
                    let malformed = |_| {
                        format!(
                            "certificate {} of those to trust cannot be read: it is malformed",
                            i + 1
                        )
                    };
                    roots.add(certificate.clone()).map_err(malformed)?;
                }
                if roots.is_empty() {
                    return Err("there is no certificate among the authorities to trust".to_owned());
                }
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
                (
                    verifier.map_err(|error| error.to_string())?,
                    certificates.clone(),
                )
            }
            Trust::DangerousAcceptAnyCertificate => (
                Arc::new(AcceptAny {
                    algorithms: provider.signature_verification_algorithms,
                }),
                Vec::new(),
            ),
        };
        Ok(Judge {
            verifier,
            roots,
            witness: self.witness.clone(),
            observed,
        })
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
        Err(error) => Err(format!(
            "the operating system's authorities cannot be read: {error}"
        )),
    }
}

#[cfg(not(feature = "platform-verifier"))]
fn system_verifier(_: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    Err(
        "this program cannot read the operating system's authorities: name those to trust"
            .to_owned(),
    )
}

/// Returns the algorithms that this client offers, in words; `None` without cryptography.
pub(crate) fn offer() -> Option<String> {
    let provider = provider().ok()?;
    let suites: Vec<String> = provider
        .cipher_suites
        .iter()
        .map(|suite| suite_name(suite.suite()))
        .collect();
    let groups: Vec<String> = provider
        .kx_groups
        .iter()
        .map(|group| format!("{:?}", group.name()))
        .collect();
    Some(format!(
        "the cipher suites {}, and the key exchanges {}",
        suites.join(", "),
        groups.join(", ")
    ))
}

/// The first message of a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) bytes: usize,
    /// Whether it has the share of a post-quantum key exchange, which takes more than a thousand
    /// bytes.
    pub(crate) is_post_quantum: bool,
}

impl Hello {
    /// Returns the first message of this configuration; `None` if it cannot create one.
    pub(crate) fn of(config: &Arc<ClientConfig>, name: &ServerName<'static>) -> Option<Self> {
        let mut hello = Vec::new();
        ClientConnection::new(Arc::clone(config), name.clone())
            .ok()?
            .write_tls(&mut hello)
            .ok()?;
        let is_post_quantum = config
            .crypto_provider()
            .kx_groups
            .first()
            .is_some_and(|group| is_post_quantum(*group));
        Some(Self {
            bytes: hello.len(),
            is_post_quantum,
        })
    }
}

fn is_post_quantum(group: &dyn SupportedKxGroup) -> bool {
    use rustls::NamedGroup::{MLKEM512, MLKEM768, MLKEM1024, X25519MLKEM768, secp256r1MLKEM768};
    matches!(
        group.name(),
        MLKEM512 | MLKEM768 | MLKEM1024 | X25519MLKEM768 | secp256r1MLKEM768
    )
}

/// Returns the name of a cipher suite in the registry: rustls adds an infix of its own to those of
/// TLS 1.3.
fn suite_name(suite: rustls::CipherSuite) -> String {
    format!("{suite:?}").replace("TLS13_", "TLS_")
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
        Self {
            facts: facts(connection),
            exporter: exporter(connection),
        }
    }
}

fn exporter(connection: &ClientConnection) -> Option<[u8; 32]> {
    if connection.protocol_version() != Some(rustls::ProtocolVersion::TLSv1_3) {
        return None;
    }
    connection
        .export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""))
        .ok()
}

fn facts(connection: &ClientConnection) -> Option<TlsFacts> {
    let version = match connection.protocol_version()? {
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let suite = connection.negotiated_cipher_suite()?.suite();
    Some(TlsFacts {
        version,
        cipher_suite: suite_name(suite),
        certificates: connection.peer_certificates()?.to_vec(),
    })
}
