//! Detects that another server answers: its greeting and its certificate name another host.

use std::net::IpAddr;

use mailwright_proto::reply::Reply;
use rustls::CertificateError;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

use crate::tls::hosts;

/// The host that answers instead of the requested one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherHost {
    pub(crate) name: String,
    /// Whether both names are of one host by the DNS.
    pub(crate) is_same: bool,
}

impl OtherHost {
    /// Summarises it in one sentence.
    pub(crate) fn summary(&self, asked: &str) -> String {
        let name = &self.name;
        if self.is_same {
            format!(
                "The server's certificate is for another name: DNS says that {asked} and {name} are one host."
            )
        } else {
            format!(
                "Another server answers than {asked}: it is {name}, by its greeting and its certificate."
            )
        }
    }

    /// Returns the first advice.
    #[cfg(feature = "check")]
    pub(crate) fn fix(&self) -> String {
        let name = &self.name;
        if self.is_same {
            format!("Use {name} as the server's name.")
        } else {
            format!("If {name} is your mail service's own name, use it as the server's name.")
        }
    }
}

/// Returns whether two names are of one host, by their addresses: an alias has those of its host.
/// `peer` is the address that answered.
pub(crate) fn is_one_host(peer: Option<IpAddr>, of_asked: &[IpAddr], of_other: &[IpAddr]) -> bool {
    of_other
        .iter()
        .any(|address| peer == Some(*address) || of_asked.contains(address))
}

/// Returns the host that the greeting and the certificate agree on, if neither is of the requested
/// one. By the DNS both names may still be of one host.
pub(crate) fn other_host(
    asked: &str,
    greeting: &Reply,
    certificate: &CertificateDer<'_>,
) -> Option<String> {
    let asked = asked.trim_end_matches('.');
    // If an address was requested, there is no name to compare.
    let ServerName::DnsName(name) = ServerName::try_from(asked).ok()? else {
        return None;
    };
    let other = greeting_host(greeting)?;
    let certificate = ParsedCertificate::try_from(certificate).ok()?;
    let presented = match verify_server_name(&certificate, &ServerName::DnsName(name)) {
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            presented,
            ..
        })) => presented,
        _ => return None,
    };
    let names: Vec<&str> = hosts(&presented).collect();
    let is_foreign = !is_kin(&other, asked) && !names.iter().any(|name| is_kin(name, asked));
    let agrees = ServerName::try_from(other.as_str())
        .is_ok_and(|name| verify_server_name(&certificate, &name).is_ok())
        || names.iter().any(|name| is_kin(name, &other));
    (is_foreign && agrees).then_some(other)
}

/// Returns the name that a server gives itself, RFC 5321 section 4.2; `None` if its first word is
/// not a name.
pub(crate) fn greeting_host(greeting: &Reply) -> Option<String> {
    let line = greeting.lines().next()?;
    let word = line.split(|byte| byte.is_ascii_whitespace()).next()?;
    let name = std::str::from_utf8(word).ok()?.trim_end_matches('.');
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (name.contains('.') && name.bytes().all(is_in_name)).then(|| name.to_ascii_lowercase())
}

/// Returns whether two host names end in the same two labels, as hosts of one owner usually do.
fn is_kin(one: &str, other: &str) -> bool {
    let tail = |name: &str| {
        let mut labels = name
            .trim_end_matches('.')
            .rsplit('.')
            .map(str::to_ascii_lowercase);
        (labels.next(), labels.next())
    };
    tail(one) == tail(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_owner_are_told_by_their_last_labels() {
        for (one, other, expected) in [
            ("smtp.example.test", "mx1.EXAMPLE.test.", true),
            ("*.example.test", "example.test", true),
            ("localhost", "localhost", true),
            ("localhost", "mail.localhost", false),
            ("smtp.example.test", "smtp.example.org", false),
            ("test", "example.test", false),
        ] {
            assert_eq!(is_kin(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn hosts_are_one_by_any_address_in_common() {
        let addresses = |text: &str| {
            text.split_whitespace()
                .map(|address| address.parse().unwrap())
                .collect::<Vec<_>>()
        };
        for (peer, of_asked, of_other, expected) in [
            ("192.0.2.1", "", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.1 192.0.2.2", "192.0.2.2", true),
            ("192.0.2.1", "192.0.2.1", "192.0.2.9", false),
            ("192.0.2.1", "192.0.2.1", "", false),
            ("", "192.0.2.1", "192.0.2.1", true),
            ("", "", "", false),
        ] {
            let peer = addresses(peer).first().copied();
            assert_eq!(
                is_one_host(peer, &addresses(of_asked), &addresses(of_other)),
                expected,
                "{of_asked} {of_other}"
            );
        }
    }

    #[test]
    fn a_greeting_tells_the_servers_name() {
        let greeting = |text: &str| Reply::parse(format!("220 {text}\r\n").as_bytes()).unwrap();
        assert_eq!(
            greeting_host(&greeting("MX.Example.test. ESMTP")).as_deref(),
            Some("mx.example.test")
        );
        for text in ["ESMTP ready", "[192.0.2.1] ESMTP", "**********", ""] {
            assert_eq!(greeting_host(&greeting(text)), None, "{text}");
        }
    }
}
