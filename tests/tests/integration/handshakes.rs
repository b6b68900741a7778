//! TLS handshakes over real sockets: the errors of failed ones, and which ones succeed.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mailwright::{
    Cause, Client, ClientBuilder, Credentials, Error, Secret, Security, Setting, Stage, Trust,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use smtp_tests::command::program;
use smtp_tests::driver::Driver;

/// The time-out for each side.
const LIMIT: Duration = Duration::from_secs(20);

struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
struct Certified {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, purpose: ExtendedKeyUsagePurpose) -> Certified {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        Certified {
            certificate: params.signed_by(&key, &self.0).unwrap().der().clone(),
            key,
        }
    }
}

impl Certified {
    fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}

/// The TLS version and security of a server.
#[derive(Clone, Copy)]
struct Place {
    version: &'static SupportedProtocolVersion,
    security: Security,
}

const PLACES: [Place; 4] = [
    Place {
        version: &rustls::version::TLS13,
        security: Security::StartTls,
    },
    Place {
        version: &rustls::version::TLS13,
        security: Security::ImplicitTls,
    },
    Place {
        version: &rustls::version::TLS12,
        security: Security::StartTls,
    },
    Place {
        version: &rustls::version::TLS12,
        security: Security::ImplicitTls,
    },
];

/// Returns a server configuration that requires a client certificate of this authority.
fn requiring(authority: &Authority, place: Place) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority.0.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let own = authority.issue(ExtendedKeyUsagePurpose::ServerAuth);
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[place.version])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![own.certificate.clone()], own.key())
        .unwrap()
}

/// Returns a server configuration with a self-signed certificate for this name, marked as an
/// authority's.
fn self_signed(name: &str) -> (ServerConfig, CertificateDer<'static>) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.clone()],
                Certified {
                    certificate: certificate.clone(),
                    key,
                }
                .key(),
            )
            .unwrap();
    (config, certificate)
}

const GREETING: &str = "220 mx.example.test\r\n";

/// Serves one client, and ends with it.
fn serve(
    config: ServerConfig,
    place: Place,
    greeting: &'static str,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        if place.security == Security::StartTls {
            answer(
                &mut socket,
                &[greeting, "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n"],
            );
        }
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        while tls.is_handshaking() {
            // If this fails, the alert is already sent.
            if tls.complete_io(&mut socket).is_err() {
                return;
            }
        }
        let greeting = if place.security == Security::StartTls {
            ""
        } else {
            greeting
        };
        converse(&mut StreamOwned::new(tls, socket), greeting);
    });
    (address, thread)
}

/// Sends the first reply, and each further one after a line of the client.
fn answer(socket: &mut TcpStream, replies: &[&str]) {
    let mut lines = BufReader::new(socket.try_clone().unwrap());
    for (i, reply) in replies.iter().enumerate() {
        if i > 0 {
            lines.read_line(&mut String::new()).unwrap();
        }
        socket.write_all(reply.as_bytes()).unwrap();
    }
}

/// Serves the session over TLS: EHLO, which offers a login, and QUIT. Ends if the client hangs up.
fn converse(stream: &mut (impl Read + Write), greeting: &str) {
    stream.write_all(greeting.as_bytes()).unwrap();
    for reply in ["250-mx\r\n250 AUTH PLAIN\r\n", "221 bye\r\n"] {
        let mut octet = [0];
        while octet != *b"\n" {
            if stream.read_exact(&mut octet).is_err() {
                return;
            }
        }
        if stream.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn connect(
    authority: &Authority,
    place: Place,
    driver: Driver,
    shape: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<(), Error> {
    let (address, serving) = serve(requiring(authority, place), place, GREETING);
    let builder = Client::builder(address.ip().to_string(), address.port())
        .security(place.security)
        .timeout(LIMIT)
        .trust(Trust::Roots(vec![authority.0.der().clone()]));
    let mut client = driver.build(shape(builder)).unwrap();
    let connected = client.connect();
    client.quit().unwrap();
    serving.join().unwrap();
    connected
}

#[test]
fn accepted_client_certificate_opens_the_session() {
    let authority = Authority::new();
    for place in PLACES {
        for driver in Driver::ALL {
            let own = authority.issue(ExtendedKeyUsagePurpose::ClientAuth);
            let connected = connect(&authority, place, driver, |builder| {
                builder.client_certificate(vec![own.certificate.clone()], own.key())
            });
            assert!(connected.is_ok(), "{driver:?}: {connected:?}");
        }
    }
}

#[test]
fn missing_client_certificate_is_a_failed_handshake() {
    let authority = Authority::new();
    for place in PLACES {
        for driver in Driver::ALL {
            let error = connect(&authority, place, driver, |builder| builder).unwrap_err();
            assert_eq!(
                (error.stage(), error.cause()),
                (Stage::Tls, Cause::TlsHandshake),
                "{driver:?}: {error}"
            );
            let explanation = error.explanation();
            assert!(
                explanation
                    .summary
                    .contains("requires a client certificate"),
                "{}",
                explanation.summary
            );
            assert_eq!(explanation.settings, [Setting::ClientCertificate]);
            assert!(
                error.to_string().contains("none was given"),
                "{driver:?}: {error}"
            );
        }
    }
}

#[test]
fn untrusted_client_certificate_is_a_failed_handshake() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for place in PLACES {
        for driver in Driver::ALL {
            let own = stranger.issue(ExtendedKeyUsagePurpose::ClientAuth);
            let error = connect(&authority, place, driver, |builder| {
                builder.client_certificate(vec![own.certificate.clone()], own.key())
            });
            let error = error.unwrap_err();
            assert_eq!(
                (error.stage(), error.cause()),
                (Stage::Tls, Cause::TlsHandshake),
                "{driver:?}: {error}"
            );
            let explanation = error.explanation();
            assert!(
                explanation
                    .summary
                    .contains("refused the client certificate"),
                "{}",
                explanation.summary
            );
            assert_eq!(explanation.settings, [Setting::ClientCertificate]);
        }
    }
}

#[test]
fn send_and_check_name_the_option_for_a_client_certificate() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("ca.pem");
    fs::write(&roots, authority.0.pem()).unwrap();
    for place in PLACES {
        let send = [
            "send",
            "--from",
            "a@example.test",
            "--to",
            "b@example.test",
            "--subject",
            "hello",
        ];
        for (arguments, at) in [(&send[..], "/failure"), (&["check"], "/verdict")] {
            let (address, serving) = serve(requiring(&authority, place), place, GREETING);
            let (status, report) = run(arguments, address, place, &roots);
            serving.join().unwrap();
            let failure = report.pointer(at).unwrap();
            assert_eq!(
                (status, failure["cause"].as_str()),
                (Some(78), Some("tls-handshake")),
                "{report}"
            );
            assert!(
                failure["fix"].to_string().contains("--client-cert"),
                "{report}"
            );
        }
    }
}

const STARTTLS: Place = Place {
    version: &rustls::version::TLS13,
    security: Security::StartTls,
};

fn to(host: &str, address: SocketAddr) -> ClientBuilder {
    Client::builder(host, address.port()).timeout(LIMIT)
}

#[test]
fn given_certificate_of_the_server_itself_is_trusted() {
    for driver in Driver::ALL {
        let (config, certificate) = self_signed("localhost");
        let (address, serving) = serve(config, STARTTLS, GREETING);
        let mut client = driver
            .build(to("localhost", address).trust(Trust::Roots(vec![certificate])))
            .unwrap();
        client.connect().unwrap();
        client.quit().unwrap();
        serving.join().unwrap();
    }
}

#[test]
fn login_over_an_unchecked_certificate_names_what_is_missing() {
    for driver in Driver::ALL {
        let (address, serving) = serve(self_signed("localhost").0, STARTTLS, GREETING);
        let credentials = Credentials::password("me", Secret::from(smtp_canary::canary())).unwrap();
        let builder = to("localhost", address)
            .trust(Trust::DangerousAcceptAnyCertificate)
            .credentials(credentials);
        let error = driver.build(builder).unwrap().connect().unwrap_err();
        serving.join().unwrap();
        let explanation = error.explanation();
        assert_eq!(
            (error.cause(), explanation.cause),
            (Cause::TlsRequired, Cause::TlsRequired),
            "{error}"
        );
        assert!(
            explanation.summary.contains("was not verified"),
            "{}",
            explanation.summary
        );
        assert_eq!(
            explanation.settings,
            [Setting::Roots, Setting::PlaintextAuth]
        );
    }
}

#[test]
fn foreign_greeting_and_certificate_are_another_server() {
    for driver in Driver::ALL {
        let (config, certificate) = self_signed("relay7.hoster.test");
        let (address, serving) = serve(config, STARTTLS, "220 relay7.hoster.test ESMTP\r\n");
        let builder = to("localhost", address).trust(Trust::Roots(vec![certificate]));
        let error = driver.build(builder).unwrap().connect().unwrap_err();
        serving.join().unwrap();
        assert_eq!(
            (error.stage(), error.cause()),
            (Stage::Tls, Cause::Intercepted),
            "{driver:?}: {error}"
        );
        assert!(
            error
                .explanation()
                .summary
                .contains("it is relay7.hoster.test"),
            "{}",
            error.explanation().summary
        );
    }
}

/// Answers the client's hello with these bytes, and waits for its end.
fn answering(bytes: &'static [u8]) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut hello = [0; 4096];
        assert!(socket.read(&mut hello).unwrap() > 0);
        socket.write_all(bytes).unwrap();
        // The client ends the connection with a close or a reset.
        while matches!(socket.read(&mut hello), Ok(1..)) {}
    });
    (address, thread)
}

#[test]
fn fatal_alert_is_explained() {
    for (code, cause, summary, detail) in [
        (
            40,
            Cause::TlsHandshake,
            "no cipher suite in common",
            "TLS_AES_256_GCM_SHA384",
        ),
        (
            71,
            Cause::TlsHandshake,
            "no cipher suite in common",
            "TLS_AES_256_GCM_SHA384",
        ),
        (
            70,
            Cause::TlsVersion,
            "no TLS version in common",
            "protocol_version",
        ),
        (
            80,
            Cause::TlsHandshake,
            "error of its own",
            "internal_error",
        ),
        (
            112,
            Cause::TlsHandshake,
            "does not know its host by this name",
            "unrecognized_name",
        ),
        (
            116,
            Cause::TlsHandshake,
            "requires a client certificate",
            "certificate_required",
        ),
        (
            47,
            Cause::TlsHandshake,
            "could not make sense",
            "illegal_parameter",
        ),
    ] {
        for driver in Driver::ALL {
            let alert: &'static [u8] = Box::leak(Box::new([21, 3, 3, 0, 2, 2, code]));
            let (address, serving) = answering(alert);
            let builder = to("localhost", address)
                .security(Security::ImplicitTls)
                .trust(Trust::Roots(vec![self_signed("localhost").1]));
            let error = driver.build(builder).unwrap().connect().unwrap_err();
            serving.join().unwrap();
            let explanation = error.explanation();
            assert_eq!(
                (error.stage(), error.cause()),
                (Stage::Tls, cause),
                "{code} {driver:?}: {error}"
            );
            assert!(
                explanation.summary.contains(summary),
                "{code} {driver:?}: {}",
                explanation.summary
            );
            assert!(
                error.to_string().contains(detail),
                "{code} {driver:?}: {error}"
            );
        }
    }
}

#[test]
fn silence_after_the_hello_tells_its_size() {
    for driver in Driver::ALL {
        let (address, serving) = answering(b"");
        let builder = to("localhost", address)
            .timeout(Duration::from_secs(1))
            .security(Security::ImplicitTls)
            .trust(Trust::Roots(vec![self_signed("localhost").1]));
        let error = driver.build(builder).unwrap().connect().unwrap_err();
        serving.join().unwrap();
        assert_eq!(
            (error.stage(), error.cause()),
            (Stage::Tls, Cause::Timeout),
            "{driver:?}: {error}"
        );
        // ring has no post-quantum key share.
        let told = error.to_string();
        assert!(
            told.contains("hello of ") && told.contains("fit into one packet"),
            "{driver:?}: {told}"
        );
        assert_eq!(error.explanation().settings, []);
    }
}

fn run(
    arguments: &[&str],
    address: SocketAddr,
    place: Place,
    roots: &Path,
) -> (Option<i32>, serde_json::Value) {
    let security = if place.security == Security::StartTls {
        "starttls"
    } else {
        "tls"
    };
    let output = Command::new(program())
        .args(arguments)
        .args([
            "--json",
            "--server",
            &address.to_string(),
            "--security",
            security,
            "--timeout",
            "20",
            "--ca-file",
        ])
        .arg(roots)
        .output()
        .unwrap();
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).unwrap(),
    )
}
