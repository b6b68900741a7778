//! What a server's certificate says of itself.

use mailwright::check::Certificate;
use serde_json::{Value, json};

/// Subject, issuer, names and times of a certificate in DER; null for one that cannot be read.
pub(crate) fn details(der: &[u8]) -> Value {
    let Some(certificate) = Certificate::from_der(der) else {
        return Value::Null;
    };
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": certificate.names,
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    #[test]
    fn a_certificate_tells_its_names_and_times() {
        let names = [
            "mail.example.test".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        let mut params = CertificateParams::new(names).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, "a test");
        params.not_before = date_time_ymd(2026, 1, 2);
        params.not_after = date_time_ymd(2027, 3, 4);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let details = details(certificate.der());
        assert_eq!(
            details["names"],
            json!(["mail.example.test", "127.0.0.1", "::1"])
        );
        assert_eq!(details["not_before"], "2026-01-02T00:00:00Z");
        assert_eq!(details["not_after"], "2027-03-04T00:00:00Z");
        assert!(
            details["subject"]
                .as_str()
                .is_some_and(|subject| subject.contains("CN=a test"))
        );
    }

    #[test]
    fn what_is_no_certificate_tells_nothing() {
        assert_eq!(details(b"not DER"), Value::Null);
    }
}
