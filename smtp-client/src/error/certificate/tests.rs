use super::*;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use crate::tls::{TlsOptions, Trust};

const FIXTURES: &str = include_str!("fixtures.pem");
const HOST: &str = "mail.example.test";
const IN_2050: u64 = 2_524_608_000;

fn fixture(name: &str) -> CertificateDer<'static> {
    let (_, rest) = FIXTURES.split_once(&format!("# {name}\n")).unwrap();
    CertificateDer::from_pem_slice(rest.as_bytes()).unwrap()
}

/// Judges a chain, by its names, with one root.
fn judge(root: &str, chain: &[&str], host: &'static str, now: u64) -> Result<(), Fault> {
    let options = TlsOptions {
        trust: Trust::Roots(vec![fixture(root)]),
        ..TlsOptions::default()
    };
    let judge = options
        .judge(crate::tls::provider().unwrap(), Default::default())
        .unwrap();
    let chain: Vec<_> = chain.iter().map(|name| fixture(name)).collect();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now));
    match judge.verify_server_cert(
        &chain[0],
        &chain[1..],
        &ServerName::try_from(host).unwrap(),
        &[],
        now,
    ) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InvalidCertificate(fault)) => Err(fault),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn each_flaw_of_a_certificate_has_a_reason_and_a_cure() {
    for (chain, cause, evidence, cure) in [
        (
            &["version-1"][..],
            Cause::CertificateUntrusted,
            "X.509 version 1",
            "subjectAltName",
        ),
        (
            &["sha-1"],
            Cause::CertificateUntrusted,
            "signed with SHA-1",
            "SHA-256",
        ),
        (
            &["critical"],
            Cause::CertificateUntrusted,
            "unknown critical extension",
            "without it",
        ),
        (
            &["common-name"],
            Cause::CertificateName,
            "no host at all",
            "subject alternative name",
        ),
        (
            &["purpose"],
            Cause::CertificateUntrusted,
            "extended key usage",
            "serverAuth",
        ),
        (
            &["constrained", "constrainer"],
            Cause::CertificateUntrusted,
            "name constraints",
            "name constraints",
        ),
        (
            &["own"],
            Cause::CertificateUntrusted,
            "self-signed",
            "exactly this certificate",
        ),
        (
            &["constrained"],
            Cause::CertificateUntrusted,
            "issuer is unknown",
            "trusted root",
        ),
    ] {
        let fault = judge("ca", chain, HOST, IN_2050).unwrap_err();
        let (told, explanation) = (detail(&fault), explain(&fault));
        assert_eq!(explanation.cause, cause, "{chain:?}");
        assert!(told.contains(evidence), "{chain:?}: {told}");
        assert!(
            explanation.fix.join(" ").contains(cure),
            "{chain:?}: {:?}",
            explanation.fix
        );
    }
}

#[test]
fn given_certificate_that_signed_itself_is_accepted() {
    assert_eq!(judge("own", &["own"], HOST, IN_2050), Ok(()));
}

#[test]
fn given_certificate_is_still_bound_to_its_name_and_dates() {
    let fault = |host, now| explain(&judge("own", &["own"], host, now).unwrap_err()).cause;
    assert_eq!(fault("other.example.test", IN_2050), Cause::CertificateName);
    assert_eq!(fault(HOST, 1_000_000_000), Cause::CertificateNotYetValid);
    assert_eq!(fault(HOST, 10_000_000_000), Cause::CertificateExpired);
}

#[test]
fn certificate_with_the_names_of_a_given_one_is_refused() {
    let fault = judge("own", &["twin"], HOST, IN_2050).unwrap_err();
    assert_eq!(explain(&fault).cause, Cause::CertificateUntrusted);
    assert!(is_about_the_issuer(&fault));
}

#[test]
fn names_of_hosts_are_told_from_others() {
    let fault = |presented: &[&str]| Fault::NotValidForNameContext {
        expected: ServerName::try_from("mail.example.test").unwrap(),
        presented: presented.iter().map(ToString::to_string).collect(),
    };
    let names = fault(&[
        "DnsName(\"*.example.org\")",
        "DirectoryName",
        "IpAddress(192.0.2.1)",
    ]);
    assert_eq!(
        detail(&names),
        "the certificate is for *.example.org, 192.0.2.1, and not for mail.example.test"
    );
    assert_eq!(
        explain(&names),
        Explanation::of_cause(Cause::CertificateName)
    );
    let none = fault(&["UniformResourceIdentifier(\"https://mail.example.test\")"]);
    assert_eq!(
        detail(&none),
        "the certificate is for no host at all, and not for mail.example.test"
    );
    assert!(explain(&none).summary.contains("subject alternative name"));
}

#[test]
fn no_fault_is_told_by_a_librarys_debug_text() {
    let algorithm = |oid: &[u8]| Fault::UnsupportedSignatureAlgorithmContext {
        signature_algorithm_id: [&[6, oid.len() as u8], oid].concat(),
        supported_algorithms: Vec::new(),
    };
    let of_webpki = |error| Fault::Other(rustls::OtherError(std::sync::Arc::new(error)));
    for (fault, word) in [
        (algorithm(WEAK_SIGNATURES[1].0), "signed with SHA-1"),
        (algorithm(&[0x2a, 3]), "does not have"),
        (Fault::BadSignature, "signature does not match"),
        (Fault::UnhandledCriticalExtension, "critical extension"),
        (
            of_webpki(webpki::Error::NameConstraintViolation),
            "name constraints",
        ),
        (
            of_webpki(webpki::Error::UnsupportedCertVersion),
            "version 1",
        ),
        (
            of_webpki(webpki::Error::MaximumPathDepthExceeded),
            "could not be verified",
        ),
    ] {
        let (detail, explanation) = (detail(&fault), explain(&fault));
        assert!(detail.contains(word), "{detail}");
        assert!(
            !explanation.summary.contains("issuer that is not trusted"),
            "{explanation:?}"
        );
        assert!(!detail.contains(['{', '(', '[']), "{detail}");
    }
}
