//! What a server's certificate says of itself.

use std::net::IpAddr;

use mailwright_proto::reply::Escaped;
use x509_parser::parse_x509_certificate;
use x509_parser::prelude::{GeneralName, X509Certificate};

use crate::utc::Utc;

/// What a certificate says of itself: nothing of it is true before somebody has checked it.
///
/// ```no_run
/// use mailwright::check::Certificate;
/// # fn example(der: &[u8]) {
/// if let Some(certificate) = Certificate::from_der(der) {
///     println!("{} until {}, issued by {}", certificate.subject, certificate.not_after, certificate.issuer);
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// Whose it is, as a distinguished name.
    pub subject: String,
    /// Who issued it, as a distinguished name.
    pub issuer: String,
    /// The host names and addresses that it is good for.
    pub names: Vec<String>,
    /// From when on it is valid: RFC 3339, UTC.
    pub not_before: String,
    /// Until when it is valid: RFC 3339, UTC.
    pub not_after: String,
}

impl Certificate {
    /// Reads a certificate in DER; nothing where it is none.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        let validity = certificate.validity();
        let shown = |text: &dyn std::fmt::Display| Escaped(text.to_string().as_bytes()).to_string();
        Some(Self {
            subject: shown(certificate.subject()),
            issuer: shown(certificate.issuer()),
            names: names(&certificate),
            not_before: Utc(validity.not_before.timestamp()).to_string(),
            not_after: Utc(validity.not_after.timestamp()).to_string(),
        })
    }

    /// Whether it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(Escaped(name.as_bytes()).to_string()),
        GeneralName::IPAddress(octets) => address(octets),
        _ => None,
    };
    extension
        .value
        .general_names
        .iter()
        .filter_map(name)
        .collect()
}

fn address(octets: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let v6 = <[u8; 16]>::try_from(octets).map(IpAddr::from);
    v4.or(v6).ok().map(|address| address.to_string())
}
