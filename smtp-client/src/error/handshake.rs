//! Failed TLS handshakes and their explanations.

use std::fmt;
use std::io;

use rustls::InvalidMessage::{InvalidContentType, MessageTooLarge, UnknownProtocolVersion};
use rustls::PeerIncompatible as Incompatible;

use super::{alert, certificate};
use crate::cause::Cause;
use crate::drive::is_timeout;
use crate::impostor::OtherHost;
use crate::knowledge::Explanation;
use crate::setting::Setting;
use crate::tls::{self, ClientCertificate, Hello};

/// The payload of a TCP segment that passes on every path: IPv6 guarantees packets of 1,280 bytes,
/// 60 of them for headers.
const ONE_PACKET: usize = 1220;

/// How a TLS handshake failed.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) failure: TlsFailure,
    /// Whether it followed STARTTLS.
    pub(crate) upgrade: bool,
    pub(crate) client_certificate: ClientCertificate,
    /// The host that the greeting and the certificate name, if it is another one.
    pub(crate) other_host: Option<OtherHost>,
}

/// The reason why a handshake failed.
#[derive(Debug)]
pub(crate) enum TlsFailure {
    Tls(rustls::Error),
    Io(io::Error),
    /// With the client's first message, if the server's certificate did not arrive.
    TimedOut(Option<Hello>),
}

impl From<io::Error> for TlsFailure {
    fn from(error: io::Error) -> Self {
        match tls_error(&error) {
            Some(inner) => Self::Tls(inner.clone()),
            None if is_timeout(&error) => Self::TimedOut(None),
            None => Self::Io(error),
        }
    }
}

/// Returns the error of rustls within a stream's error.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Returns the alert with which the peer ended TLS, if a stream's error has one.
pub(crate) fn alert_of(error: &io::Error) -> Option<&rustls::Error> {
    tls_error(error).filter(|error| matches!(error, rustls::Error::AlertReceived(_)))
}

/// Returns the cause and the detail of a failed TLS handshake of another protocol than SMTP, such as
/// HTTPS to an issuer of tokens.
pub fn explain_tls(error: &rustls::Error) -> (Cause, String) {
    let failure = TlsFailure::Tls(error.clone());
    let handshake = Handshake::of(failure, false, ClientCertificate::NotAsked);
    let cause = match handshake.explain_failure().cause {
        Cause::NotSmtp => Cause::TlsHandshake,
        cause => cause,
    };
    (cause, handshake.to_string())
}

impl Handshake {
    pub(crate) fn of(
        failure: TlsFailure,
        upgrade: bool,
        client_certificate: ClientCertificate,
    ) -> Self {
        Self {
            failure,
            upgrade,
            client_certificate,
            other_host: None,
        }
    }

    /// Returns whether cleartext arrived after STARTTLS had been agreed on.
    pub(super) fn is_injection(&self) -> bool {
        self.upgrade && matches!(&self.failure, TlsFailure::Tls(error) if is_no_tls(error))
    }

    /// Explains the failure to a client that asked for this host.
    pub(super) fn explain(&self, host: &str) -> Explanation {
        let explanation = self.explain_failure();
        match &self.other_host {
            Some(other) if !other.is_same => {
                let summary = other.summary(host).into();
                Explanation {
                    summary,
                    ..Explanation::of_cause(Cause::Intercepted)
                }
            }
            Some(other) if explanation.cause == Cause::CertificateName => Explanation {
                summary: other.summary(host).into(),
                ..explanation
            },
            _ => explanation,
        }
    }

    fn explain_failure(&self) -> Explanation {
        let error = match &self.failure {
            TlsFailure::Tls(error) => error,
            TlsFailure::Io(_) if self.client_certificate == ClientCertificate::Missing => {
                return alert::client_certificate(self.client_certificate);
            }
            TlsFailure::Io(_) => return Explanation::of_cause(Cause::TlsHandshake),
            TlsFailure::TimedOut(Some(Hello {
                is_post_quantum: true,
                ..
            })) => {
                return Explanation {
                    settings: &[Setting::ClassicalKeyExchange],
                    ..Explanation::worded(
                        Cause::Timeout,
                        "The server did not answer this client's TLS handshake in time.",
                        &[
                            "The post-quantum key share makes the first message of the handshake longer than a \
                             packet, which some firewalls and old servers let get lost: leave post-quantum key \
                             exchange out.",
                            "Try again later.",
                        ],
                    )
                };
            }
            TlsFailure::TimedOut(Some(_)) => {
                return Explanation::worded(
                    Cause::Timeout,
                    "The server did not answer this client's TLS handshake in time.",
                    &[
                        "Try again later.",
                        "Check that port and kind of TLS fit: STARTTLS on 587, TLS from the start on 465.",
                        "Try another network: a firewall on the way may hold TLS back.",
                    ],
                );
            }
            TlsFailure::TimedOut(None) => return Explanation::of_cause(Cause::Timeout),
        };
        match error {
            rustls::Error::InvalidCertificate(fault) => certificate::explain(fault),
            rustls::Error::AlertReceived(alert) => alert::explain(*alert, self.client_certificate),
            rustls::Error::PeerIncompatible(
                Incompatible::ServerDoesNotSupportTls12Or13
                | Incompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Explanation::of_cause(Cause::TlsVersion),
            rustls::Error::PeerIncompatible(_) => Explanation::worded(
                Cause::TlsHandshake,
                "The server and this client have too little of TLS in common.",
                &[
                    "Ask the server's operator for TLS 1.3, or TLS 1.2 with ECDHE and the extended master secret.",
                ],
            ),
            rustls::Error::NoCertificatesPresented => Explanation::worded(
                Cause::TlsHandshake,
                "The server has no certificate to show.",
                &["Tell the server's operator to set up a certificate."],
            ),
            error if is_no_tls(error) && self.upgrade => {
                Explanation::of_cause(Cause::StarttlsInjection)
            }
            error if is_no_tls(error) => Explanation::of_cause(Cause::NotSmtp),
            _ => Explanation::worded(
                Cause::TlsHandshake,
                "The server broke the rules of TLS in the handshake.",
                &[
                    "Try another network: a device on the way may change what passes.",
                    "Ask the server's operator what its log says.",
                ],
            ),
        }
    }

    /// Returns whether the certificate's issuer is not trusted.
    #[cfg(feature = "check")]
    pub(super) fn is_about_the_issuer(&self) -> bool {
        match &self.failure {
            TlsFailure::Tls(rustls::Error::InvalidCertificate(fault)) => {
                certificate::is_about_the_issuer(fault)
            }
            _ => false,
        }
    }
}

/// Returns whether the received bytes are not a TLS record but cleartext.
fn is_no_tls(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidMessage(
            InvalidContentType | UnknownProtocolVersion | MessageTooLarge
        )
    )
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            TlsFailure::Tls(error) => self.tell(error, f)?,
            TlsFailure::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the server closed the connection during the handshake")?;
            }
            TlsFailure::Io(error) => error.fmt(f)?,
            TlsFailure::TimedOut(None) => f.write_str("the handshake was not done in time")?,
            TlsFailure::TimedOut(Some(Hello {
                bytes,
                is_post_quantum,
            })) => {
                let size = match bytes {
                    0..=ONE_PACKET => "which fit into one packet",
                    _ if *is_post_quantum => {
                        "more than one packet holds, most of them its post-quantum key share"
                    }
                    _ => "more than one packet holds",
                };
                write!(
                    f,
                    "the server's certificate did not come in time; this client had sent its hello of {bytes} bytes, \
                     {size}"
                )?;
            }
        }
        if let Some(other) = &self.other_host {
            write!(
                f,
                "; the greeting and the certificate are those of {}",
                other.name
            )?;
        }
        f.write_str(self.client_certificate.note())
    }
}

impl Handshake {
    fn tell(&self, error: &rustls::Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match error {
            error if is_no_tls(error) => {
                f.write_str("the server answered in the clear where a TLS handshake was due")
            }
            rustls::Error::InvalidCertificate(fault) => f.write_str(&certificate::detail(fault)),
            rustls::Error::AlertReceived(received) => {
                let (name, code) = (alert::name(*received), u8::from(*received));
                write!(
                    f,
                    "the server ended the handshake by the alert {name} ({code})"
                )?;
                match tls::offer() {
                    Some(offer)
                        if alert::is_about_the_offer(*received, self.client_certificate) =>
                    {
                        write!(f, "; this client has {offer}")
                    }
                    _ => Ok(()),
                }
            }
            rustls::Error::PeerIncompatible(why) => {
                write!(f, "what the server offers is no match: {}", in_words(why))
            }
            rustls::Error::PeerMisbehaved(why) => {
                write!(f, "the server broke the protocol: {}", in_words(why))
            }
            rustls::Error::InvalidMessage(why) => {
                write!(f, "the server sent a malformed message: {}", in_words(why))
            }
            rustls::Error::NoCertificatesPresented => f.write_str("the server sent no certificate"),
            rustls::Error::DecryptError => f.write_str("what the server sent cannot be decrypted"),
            rustls::Error::PeerSentOversizedRecord => {
                f.write_str("the server sent a record that is too long")
            }
            rustls::Error::InappropriateMessage { .. }
            | rustls::Error::InappropriateHandshakeMessage { .. } => {
                f.write_str("the server sent a message out of turn")
            }
            rustls::Error::FailedToGetRandomBytes => f.write_str("this system gives no randomness"),
            rustls::Error::General(why) => write!(f, "the handshake could not be made: {why}"),
            _ => f.write_str("the handshake could not be made"),
        }
    }
}

/// Returns the name of a variant as words.
fn in_words(variant: &impl fmt::Debug) -> String {
    let name = format!("{variant:?}");
    let mut words = String::new();
    for letter in name.chars().take_while(char::is_ascii_alphanumeric) {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_told_in_words() {
        assert_eq!(
            in_words(&Incompatible::NoCipherSuitesInCommon),
            "no cipher suites in common"
        );
        assert_eq!(
            in_words(&rustls::InvalidMessage::MissingData("ServerHello")),
            "missing data"
        );
    }
}
