//! Rejected server certificates: the evidence in words, and what to do.

#[cfg(test)]
mod tests;

use rustls::CertificateError as Fault;

use crate::cause::Cause;
use crate::knowledge::Explanation;
use crate::tls::{ShortKey, hosts};
use crate::utc::Utc;

/// Signature algorithms by the content of their object identifiers. The names of others would not
/// help.
const WEAK_SIGNATURES: [(&[u8], &str); 4] = [
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04],
        "MD5",
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05],
        "SHA-1",
    ),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], "SHA-1"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03], "SHA-1"),
];

/// The flaw of a certificate, more precisely than by its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Expired,
    NotYetValid,
    Revoked,
    OtherName,
    /// None of its names is a host's, or it has no names.
    NoHostName,
    UnknownIssuer,
    /// It is marked as an authority's, which a server's certificate never is.
    Authority,
    /// Issued by a certificate that is not an authority's.
    NotIssuedByAuthority,
    Version,
    WeakSignature(&'static str),
    UnknownSignature,
    ShortKey(ShortKey),
    BadSignature,
    CriticalExtension,
    NameConstraint,
    Purpose,
    Malformed,
    Other,
}

impl Flaw {
    fn of(fault: &Fault) -> Self {
        match fault {
            Fault::Expired | Fault::ExpiredContext { .. } => Self::Expired,
            Fault::NotValidYet | Fault::NotValidYetContext { .. } => Self::NotYetValid,
            Fault::NotValidForNameContext { presented, .. }
                if hosts(presented).next().is_none() =>
            {
                Self::NoHostName
            }
            Fault::NotValidForName | Fault::NotValidForNameContext { .. } => Self::OtherName,
            Fault::Revoked => Self::Revoked,
            Fault::UnknownIssuer => Self::UnknownIssuer,
            Fault::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id,
                ..
            }
            | Fault::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id,
                ..
            } => {
                let names = |oid: &[u8]| {
                    signature_algorithm_id
                        .windows(oid.len())
                        .any(|window| window == oid)
                };
                let weak = WEAK_SIGNATURES.iter().find(|(oid, _)| names(oid));
                weak.map_or(Self::UnknownSignature, |(_, name)| {
                    Self::WeakSignature(name)
                })
            }
            Fault::BadSignature => Self::BadSignature,
            Fault::UnhandledCriticalExtension => Self::CriticalExtension,
            Fault::InvalidPurpose | Fault::InvalidPurposeContext { .. } => Self::Purpose,
            Fault::BadEncoding => Self::Malformed,
            Fault::Other(other) => match other.0.downcast_ref::<ShortKey>() {
                Some(short) => Self::ShortKey(*short),
                None => other
                    .0
                    .downcast_ref::<webpki::Error>()
                    .map_or(Self::Other, Self::of_webpki),
            },
            _ => Self::Other,
        }
    }

    /// Returns the flaws that rustls has no name for.
    fn of_webpki(error: &webpki::Error) -> Self {
        match error {
            webpki::Error::CaUsedAsEndEntity => Self::Authority,
            webpki::Error::EndEntityUsedAsCa | webpki::Error::PathLenConstraintViolated => {
                Self::NotIssuedByAuthority
            }
            webpki::Error::UnsupportedCertVersion => Self::Version,
            webpki::Error::NameConstraintViolation => Self::NameConstraint,
            webpki::Error::UnsupportedCriticalExtension => Self::CriticalExtension,
            webpki::Error::EmptyEkuExtension => Self::Purpose,
            webpki::Error::ExtensionValueInvalid
            | webpki::Error::InvalidSerialNumber
            | webpki::Error::MalformedDnsIdentifier
            | webpki::Error::MalformedExtensions
            | webpki::Error::MalformedNameConstraint
            | webpki::Error::SignatureAlgorithmMismatch => Self::Malformed,
            _ => Self::Other,
        }
    }

    fn cause(self) -> Cause {
        match self {
            Self::Expired => Cause::CertificateExpired,
            Self::NotYetValid => Cause::CertificateNotYetValid,
            Self::OtherName | Self::NoHostName => Cause::CertificateName,
            Self::Revoked => Cause::CertificateRevoked,
            _ => Cause::CertificateUntrusted,
        }
    }

    /// Returns a summary and advice of its own; `None` if those of the cause are enough.
    fn words(self) -> Option<(&'static str, &'static [&'static str])> {
        Some(match self {
            Self::Expired
            | Self::NotYetValid
            | Self::Revoked
            | Self::OtherName
            | Self::UnknownIssuer => return None,
            Self::NoHostName => (
                "The server's certificate has no host name as its subject alternative name; a common name does not \
                 count (RFC 9525).",
                &[
                    "Tell the server's operator to have a certificate issued with the host name as a subject \
                   alternative name. With OpenSSL that is `-addext subjectAltName=DNS:HOST`.",
                ],
            ),
            Self::Authority => (
                "The server's certificate is self-signed, as that of an authority, and not among those that are \
                 trusted here.",
                &["If it is your own server, give exactly this certificate as a trusted root."],
            ),
            Self::NotIssuedByAuthority => (
                "The server's certificate was issued by a certificate that may not issue any.",
                &["Tell the server's operator to have a certificate issued by an authority."],
            ),
            Self::Version => (
                "The server's certificate is of X.509 version 1, which has no names to check: version 3 is needed.",
                &[
                    "Tell the server's operator to make a new certificate. OpenSSL makes version 3 once it has \
                   extensions, such as `-addext subjectAltName=DNS:HOST`.",
                ],
            ),
            Self::WeakSignature(_) => (
                "The server's certificate, or one that it depends on, is signed with an outdated algorithm that is \
                 not accepted.",
                &[
                    "Tell the server's operator to have a certificate issued that is signed with SHA-256.",
                ],
            ),
            Self::UnknownSignature => (
                "The server's certificate, or one that it depends on, is signed with an algorithm that this client \
                 does not support.",
                &[
                    "Ask the server's operator for a certificate with an RSA, P-256 or P-384 key, signed with SHA-256 \
                   or SHA-384.",
                ],
            ),
            Self::ShortKey(_) => (
                "The RSA key of the server's certificate, or of one that it depends on, is too short.",
                &[
                    "Tell the server's operator to make a new key of 2048 bits or more, and a certificate for it.",
                ],
            ),
            Self::BadSignature => (
                "A signature in the server's handshake or its certificates is wrong.",
                &[
                    "Tell the server's operator: a certificate may be damaged, or not belong to its key.",
                    "Try another network: a device on the way may change what passes.",
                ],
            ),
            Self::CriticalExtension => (
                "The server's certificate, or one that it depends on, has a critical extension that this client does \
                 not know, and so must not be accepted.",
                &["Tell the server's operator to have a certificate issued without it."],
            ),
            Self::NameConstraint => (
                "The authority that issued the server's certificate may not issue one for this name.",
                &[
                    "Tell the server's operator: the authority's name constraints leave the host's domain out.",
                    "Use a name of the server that the authority may vouch for.",
                ],
            ),
            Self::Purpose => (
                "The server's certificate is not meant for servers.",
                &[
                    "Tell the server's operator to have a certificate issued for server authentication (`serverAuth`).",
                ],
            ),
            Self::Malformed => (
                "The server's certificate, or one that it depends on, is malformed.",
                &["Tell the server's operator to have a new certificate issued."],
            ),
            Self::Other => (
                "The server's certificate cannot be verified.",
                &[
                    "Ask the server's operator which authority issued it, and whether all of the chain is sent.",
                ],
            ),
        })
    }
}

/// Explains a fault.
pub(super) fn explain(fault: &Fault) -> Explanation {
    let flaw = Flaw::of(fault);
    match flaw.words() {
        Some((summary, fix)) => Explanation::worded(flaw.cause(), summary, fix),
        None => Explanation::of_cause(flaw.cause()),
    }
}

/// Returns whether the issuer is not trusted, so that its certificate as a root would solve it.
#[cfg(any(feature = "check", test))]
pub(super) fn is_about_the_issuer(fault: &Fault) -> bool {
    matches!(Flaw::of(fault), Flaw::UnknownIssuer | Flaw::Authority)
}

/// Describes the evidence.
pub(super) fn detail(fault: &Fault) -> String {
    match fault {
        Fault::ExpiredContext { time, not_after } => {
            let (now, limit) = (Utc::of(*time), Utc::of(*not_after));
            return format!(
                "the certificate is valid until {limit}, and this machine's clock says {now}"
            );
        }
        Fault::NotValidYetContext { time, not_before } => {
            let (now, limit) = (Utc::of(*time), Utc::of(*not_before));
            return format!(
                "the certificate is valid only from {limit}, and this machine's clock says {now}"
            );
        }
        Fault::NotValidForNameContext {
            expected,
            presented,
        } => {
            let names: Vec<&str> = hosts(presented).collect();
            let names = if names.is_empty() {
                "no host at all".to_owned()
            } else {
                names.join(", ")
            };
            return format!(
                "the certificate is for {names}, and not for {}",
                expected.to_str()
            );
        }
        _ => {}
    }
    match Flaw::of(fault) {
        Flaw::Expired => "the certificate has expired",
        Flaw::NotYetValid => "the certificate is not valid yet",
        Flaw::Revoked => "the certificate was revoked",
        Flaw::OtherName | Flaw::NoHostName => "the certificate is for another name",
        Flaw::UnknownIssuer => "the certificate's issuer is unknown here",
        Flaw::Authority => "the certificate is that of an authority itself: it is self-signed",
        Flaw::NotIssuedByAuthority => {
            "the certificate's issuer is no authority, or may not issue so far down its chain"
        }
        Flaw::Version => "the certificate is of X.509 version 1",
        Flaw::WeakSignature(name) => return format!("a certificate is signed with {name}"),
        Flaw::UnknownSignature => {
            "a certificate is signed with an algorithm that this client does not have"
        }
        Flaw::ShortKey(short) => return short.to_string(),
        Flaw::BadSignature => "a signature does not match",
        Flaw::CriticalExtension => "a certificate has an unknown critical extension",
        Flaw::NameConstraint => {
            "the name constraints of the certificate's authority exclude its names"
        }
        Flaw::Purpose => {
            "the certificate's extended key usage does not include server authentication"
        }
        Flaw::Malformed => "a certificate is malformed",
        Flaw::Other => "the certificate could not be verified",
    }
    .to_owned()
}
