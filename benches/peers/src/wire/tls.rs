//! One certificate for all measurements over TLS.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// Made for this run, and believed in by nobody else.
#[derive(Clone)]
pub(super) struct Certificate {
    pub(super) certificate: CertificateDer<'static>,
    server: Arc<ServerConfig>,
}

impl Certificate {
    pub(super) fn new() -> Self {
        let made =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let server = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key);
        Self {
            certificate,
            server: Arc::new(server.expect("a configuration")),
        }
    }

    pub(super) fn server(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server)
    }

    pub(super) fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("a root");
        Arc::new(
            ClientConfig::builder()
                .with_root_certificates(roots)
                .with_no_client_auth(),
        )
    }

    pub(super) fn name() -> ServerName<'static> {
        ServerName::try_from("127.0.0.1").expect("a name")
    }
}
