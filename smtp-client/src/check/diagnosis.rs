//! From a failed session and its evidence to a cause: what the error alone does not tell.

use std::io;
use std::net::SocketAddr;
use std::time::SystemTime;

use mailwright_proto::{
    Security,
    reply::{Escaped, Reply},
};
use rustls::pki_types::CertificateDer;

use super::certificate::Certificate;
use super::greeting;
use super::recorder::Recorder;
use super::report::CheckFailure;
use crate::cause::Cause;
use crate::error::{Error, Kind};
use crate::impostor::OtherHost;
use crate::protocol::{Protocol, Spoken};
use crate::stage::Stage;
use crate::utc::Utc;

/// A clock that is off by less is no reason for anything.
const CLOCK_TOLERANCE: i64 = 300;

const CLEAR_SMTP: &str =
    "The server speaks SMTP in the clear on this port, where TLS from the start was expected.";
const USE_STARTTLS: &str = "Use STARTTLS on this port.";

/// What is known of a session besides its error.
pub(super) struct Evidence<'a> {
    pub(super) host: &'a str,
    pub(super) security: Security,
    /// The first octets that the server sent.
    pub(super) first: Vec<u8>,
    /// What a silent server turned out to speak.
    pub(super) speaks: Option<Spoken>,
    pub(super) certificates: &'a [CertificateDer<'static>],
    pub(super) greeting: Option<&'a Reply>,
    pub(super) recorder: &'a Recorder,
    /// The host that the greeting and the certificate name, if it is another one.
    pub(super) other_host: Option<OtherHost>,
}

/// The failure that an error is, in the light of the evidence.
pub(super) fn of(error: &Error, evidence: &Evidence<'_>) -> CheckFailure {
    let failure = of_error(error);
    match failure.cause {
        Cause::NotSmtp => evidence.not_smtp(error.spoken(), failure),
        Cause::Timeout if evidence.speaks.is_some() => {
            evidence.not_smtp(None, CheckFailure::of(Stage::Greeting, Cause::NotSmtp, failure.detail))
        }
        Cause::Timeout if failure.stage == Stage::Greeting && evidence.first.is_empty() => failure.saying(
            "The server accepts the connection and says nothing.".to_owned(),
            ["A proxy or a load balancer that has no mail server behind it does this: ask the server's operator.".to_owned()],
        ),
        Cause::CertificateName
        | Cause::CertificateUntrusted
        | Cause::CertificateExpired
        | Cause::CertificateNotYetValid => evidence.certificate(failure, error.is_about_the_issuer()),
        Cause::StarttlsNotOffered | Cause::ProtocolError | Cause::Unknown if evidence.is_overwritten() => failure.saying(
            "A firewall on the way inspects SMTP and overwrites what server and client say, so that TLS does not come about.".to_owned(),
            [
                "Have the operator of this network switch the inspection of SMTP off (Cisco: `no inspect esmtp`).".to_owned(),
                "Use port 465 with TLS from the start, which such a firewall cannot read.".to_owned(),
            ],
        ),
        _ => failure,
    }
}

/// A failure as the client itself reports it.
fn of_error(error: &Error) -> CheckFailure {
    let explanation = error.explanation();
    CheckFailure {
        stage: error.stage(),
        cause: explanation.cause,
        summary: explanation.summary.into_owned(),
        detail: error.detail(),
        fix: explanation.fix.iter().copied().map(str::to_owned).collect(),
        reply: error.reply().cloned(),
        source: explanation.source,
        settings: explanation.settings,
    }
}

/// A refused login, as it is told of the ports where it was not tried again.
pub(super) fn refused_elsewhere(error: &Error, port: u16) -> CheckFailure {
    let failure = of_error(error);
    let detail = format!(
        "on port {port} {}; it is not tried again here, as that may lock the account",
        failure.detail
    );
    CheckFailure { detail, ..failure }
}

/// No address of the host accepts a connection.
pub(super) fn unreachable(
    host: &str,
    port: u16,
    attempts: Vec<(SocketAddr, io::Error)>,
) -> CheckFailure {
    let failure = of_error(
        &Kind::Connect {
            host: host.to_owned(),
            port,
            attempts,
        }
        .into(),
    );
    match failure.cause {
        // A connection that was made and at once reset: whether that is seen while connecting is a matter of luck.
        Cause::ConnectionClosed => CheckFailure { stage: Stage::Greeting, ..failure }.saying(
            "The server accepts the connection and resets it at once.".to_owned(),
            ["A firewall or the server's own list of who may connect does this: ask the server's operator.".to_owned()],
        ),
        _ => failure,
    }
}

/// An error of the operating system's in a few words.
pub(super) fn of_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut => "no answer".to_owned(),
        io::ErrorKind::ConnectionRefused => "refused".to_owned(),
        _ => error.to_string(),
    }
}

impl Evidence<'_> {
    /// Names the other protocol, quotes the server, and says what to use instead.
    fn not_smtp(&self, known: Option<&Spoken>, failure: CheckFailure) -> CheckFailure {
        let spoken = known
            .or(self.speaks.as_ref())
            .cloned()
            .or_else(|| Spoken::in_octets(&self.first));
        let Some(spoken) = spoken else {
            let in_the_clear =
                self.first.starts_with(b"220") && self.security == Security::ImplicitTls;
            return if in_the_clear {
                failure.saying(CLEAR_SMTP.to_owned(), [USE_STARTTLS.to_owned()])
            } else {
                failure
            };
        };
        if spoken.protocol == Protocol::Tls && self.security != Security::ImplicitTls {
            let detail = format!(
                "{}; to a TLS handshake the server answers by TLS",
                failure.detail
            );
            return CheckFailure { detail, ..failure }.saying(
                "The server speaks TLS from the start on this port, where SMTP in the clear was expected.".to_owned(),
                ["Use TLS from the start on this port.".to_owned()],
            );
        }
        let is_quoted = !spoken.words.is_empty() && failure.detail.contains(&spoken.words);
        let detail = if is_quoted {
            failure.detail
        } else {
            format!("{}; {spoken}", failure.detail)
        };
        let summary = format!(
            "The server on this port is not an SMTP server: it speaks {}.",
            spoken.protocol
        );
        CheckFailure {
            detail: Escaped(detail.as_bytes()).to_string(),
            ..failure
        }
        .saying(summary, [])
    }

    /// Whether the dialogue shows the marks of a firewall that overwrites verbs and greetings.
    fn is_overwritten(&self) -> bool {
        self.greeting.is_some_and(greeting::is_overwritten) || self.recorder.has_heard("XXXX")
    }

    /// What the certificate, the greeting and the clocks say.
    fn certificate(&self, failure: CheckFailure, is_about_the_issuer: bool) -> CheckFailure {
        let Some(own) = self.certificates.first() else {
            return failure;
        };
        let Some(shown) = Certificate::from_der(own) else {
            return failure;
        };
        let names = if shown.names.is_empty() {
            shown.subject.clone()
        } else {
            shown.names.join(", ")
        };
        let issuer = format!("it is for {names}, issued by {}", shown.issuer);
        let detail = |more: String| format!("{}; {more}", failure.detail);
        if let Some(other) = &self.other_host {
            let detail = detail(format!(
                "the greeting names {}, and the certificate too: {issuer}",
                other.name
            ));
            let failure = match failure.cause {
                _ if !other.is_same => CheckFailure::of(failure.stage, Cause::Intercepted, detail),
                Cause::CertificateName => CheckFailure { detail, ..failure },
                _ => return CheckFailure { detail, ..failure },
            };
            return failure.saying(other.summary(self.host), [other.fix()]);
        }
        match failure.cause {
            Cause::CertificateUntrusted if is_about_the_issuer && shown.is_self_issued() => {
                let detail = detail(issuer);
                CheckFailure { detail, ..failure }.saying(
                    "The server's certificate is self-signed, and not among those that are trusted here.".to_owned(),
                    ["If it is your own server, give its certificate as a trusted root.".to_owned()],
                )
            }
            Cause::CertificateUntrusted if is_about_the_issuer => {
                let detail = detail(issuer);
                let fix = "If the issuer is your company or a security product, a proxy on the way inspects TLS: have its \
                           authority's certificate trusted here.";
                let failure = CheckFailure { detail, ..failure };
                failure.clone().saying(failure.summary, [fix.to_owned()])
            }
            Cause::CertificateExpired | Cause::CertificateNotYetValid => {
                self.clocks(failure, &shown)
            }
            _ => {
                let detail = detail(issuer);
                CheckFailure { detail, ..failure }
            }
        }
    }

    /// Whose clock is wrong, as far as the server's greeting tells.
    fn clocks(&self, failure: CheckFailure, shown: &Certificate) -> CheckFailure {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let mut detail = format!(
            "{}; it is valid from {} until {}, and this machine's clock says {}",
            failure.detail,
            shown.not_before,
            shown.not_after,
            Utc(now)
        );
        let Some(theirs) = self.greeting.and_then(greeting::clock) else {
            return CheckFailure { detail, ..failure };
        };
        detail.push_str(&format!("; the server's clock says {}", Utc(theirs)));
        let failure = CheckFailure { detail, ..failure };
        match (theirs - now).abs() <= CLOCK_TOLERANCE {
            true => {
                let summary = format!(
                    "{} This machine's clock and the server's agree: it is the certificate.",
                    failure.summary
                );
                failure.saying(summary, [])
            }
            false => {
                let summary = format!(
                    "{} This machine's clock and the server's differ: one of them is wrong.",
                    failure.summary
                );
                failure.saying(
                    summary,
                    ["Set this machine's clock, if it is the one that is wrong.".to_owned()],
                )
            }
        }
    }
}
