//! What a server's certificate says of itself.

use std::net::IpAddr;

use serde_json::{Value, json};
use x509_parser::parse_x509_certificate;
use x509_parser::prelude::{ASN1Time, GeneralName, X509Certificate};

/// Subject, issuer, names and times of a certificate in DER; null for one that cannot be read.
pub(crate) fn details(der: &[u8]) -> Value {
    let Ok((_, certificate)) = parse_x509_certificate(der) else { return Value::Null };
    let validity = certificate.validity();
    json!({
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "names": names(&certificate),
        "not_before": rfc3339(validity.not_before),
        "not_after": rfc3339(validity.not_after),
    })
}

/// DNS names and addresses that it is good for.
fn names(certificate: &X509Certificate) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    extension
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(octets) => address(octets),
            _ => None,
        })
        .collect()
}

fn address(octets: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let v6 = <[u8; 16]>::try_from(octets).map(IpAddr::from);
    v4.or(v6).ok().map(|address| address.to_string())
}

fn rfc3339(time: ASN1Time) -> String {
    let time = time.to_datetime();
    let (date, month) = (time.date(), u8::from(time.month()));
    let (hour, minute, second) = time.to_hms();
    format!("{:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", date.year(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    #[test]
    fn a_certificate_tells_its_names_and_times() {
        let names = ["mail.example.test".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let mut params = CertificateParams::new(names).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, "a test");
        params.not_before = date_time_ymd(2026, 1, 2);
        params.not_after = date_time_ymd(2027, 3, 4);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let details = details(certificate.der());
        assert_eq!(details["names"], json!(["mail.example.test", "127.0.0.1", "::1"]));
        assert_eq!(details["not_before"], "2026-01-02T00:00:00Z");
        assert_eq!(details["not_after"], "2027-03-04T00:00:00Z");
        assert!(details["subject"].as_str().is_some_and(|subject| subject.contains("CN=a test")));
    }

    #[test]
    fn what_is_no_certificate_tells_nothing() {
        assert_eq!(details(b"not DER"), Value::Null);
    }
}
