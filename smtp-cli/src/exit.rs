//! Exit statuses: those of sysexits, so that a script can tell a typing error from a refused mail.

use mailwright::{Cause, Stage};
use mailwright_proto::reply::Reply;

/// Accepted for every recipient.
pub(crate) const OK: u8 = 0;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 64;
/// A message, a reply or an address is malformed.
pub(crate) const DATA: u8 = 65;
/// An input file cannot be read.
pub(crate) const NO_INPUT: u8 = 66;
/// Recipients were refused for good.
pub(crate) const NO_USER: u8 = 67;
/// There is no such host.
pub(crate) const NO_HOST: u8 = 68;
/// Refused for good, or unreachable.
pub(crate) const UNAVAILABLE: u8 = 69;
/// Worth another try later.
pub(crate) const TRY_AGAIN: u8 = 75;
/// The peer broke the protocol.
pub(crate) const PROTOCOL: u8 = 76;
/// The login was refused, or none was possible.
pub(crate) const NO_LOGIN: u8 = 77;
/// TLS or configuration.
pub(crate) const CONFIG: u8 = 78;

/// The status for a cause and the reply that told it, if one did.
///
/// A 4yz reply is worth another try whatever its cause; a cause that nobody knows goes by the
/// reply's class.
pub(crate) fn of(cause: Cause, reply: Option<&Reply>) -> u8 {
    match reply.map(Reply::code) {
        Some(code) if code.is_transient() => TRY_AGAIN,
        Some(code) if cause == Cause::Unknown && code.is_permanent() => UNAVAILABLE,
        _ => of_cause(cause),
    }
}

/// The status for what the client reports. Its caller's mistakes differ by where it met them: among the options, in an
/// address or the message, or in reading the message while it went out.
pub(crate) fn of_error(stage: Stage, cause: Cause, reply: Option<&Reply>) -> u8 {
    match (stage, cause) {
        (Stage::Config, Cause::InvalidInput) => USAGE,
        (Stage::Body, Cause::InvalidInput) => NO_INPUT,
        _ => of(cause, reply),
    }
}

/// The status when recipients were refused, and why the first of them was.
///
/// It is 67 for what is wrong with recipients, and where others got the message. Where nobody did, and the
/// reason is another (the relay, the login, the sender), it is that reason's.
pub(crate) fn of_recipients<'a>(
    cause: Cause,
    refusals: impl IntoIterator<Item = &'a Reply>,
    accepted_for_others: bool,
) -> u8 {
    let for_good = refusals
        .into_iter()
        .find(|reply| reply.code().is_permanent());
    let of_recipient = matches!(
        cause,
        Cause::RecipientUnknown | Cause::RecipientRejected | Cause::MailboxFull | Cause::Unknown
    );
    match for_good {
        None => TRY_AGAIN,
        Some(_) if accepted_for_others || of_recipient => NO_USER,
        Some(reply) => of(cause, Some(reply)),
    }
}

fn of_cause(cause: Cause) -> u8 {
    match cause {
        Cause::Ok => OK,
        Cause::InvalidInput => DATA,
        Cause::HostNotFound => NO_HOST,
        Cause::ConnectionRefused
        | Cause::ConnectionTimeout
        | Cause::NetworkUnreachable
        | Cause::ServiceUnavailable
        | Cause::SendAsDenied
        | Cause::RelayDenied
        | Cause::SenderRejected
        | Cause::RecipientUnknown
        | Cause::RecipientRejected
        | Cause::MailboxFull
        | Cause::SenderAuthentication
        | Cause::IpReputation
        | Cause::MessageTooLarge
        | Cause::ContentRejected
        | Cause::Unsupported => UNAVAILABLE,
        Cause::NotSmtp | Cause::Intercepted | Cause::StarttlsInjection | Cause::ProtocolError => {
            PROTOCOL
        }
        Cause::AuthNotOffered
        | Cause::AuthMechanism
        | Cause::CredentialsRejected
        | Cause::OAuthTokenRejected
        | Cause::AppPasswordRequired
        | Cause::ConditionalAccess
        | Cause::SmtpAuthDisabled
        | Cause::BasicAuthRetired
        | Cause::AccountBlocked
        | Cause::AuthRequired => NO_LOGIN,
        Cause::StarttlsNotOffered
        | Cause::StarttlsRejected
        | Cause::TlsVersion
        | Cause::CertificateExpired
        | Cause::CertificateNotYetValid
        | Cause::CertificateName
        | Cause::CertificateUntrusted
        | Cause::CertificateRevoked
        | Cause::TlsHandshake
        | Cause::TlsRequired => CONFIG,
        // What is left may be over by the next try: DNS, time-outs, lost connections, limits.
        _ => TRY_AGAIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(line: &str) -> Reply {
        Reply::parse(format!("{line}\r\n").as_bytes()).expect("a reply")
    }

    #[test]
    fn a_transient_reply_is_worth_another_try_whatever_its_cause() {
        let transient = reply("454 4.7.0 TLS not available");
        for cause in [
            Cause::StarttlsRejected,
            Cause::CredentialsRejected,
            Cause::ServiceUnavailable,
            Cause::Unknown,
        ] {
            assert_eq!(of(cause, Some(&transient)), TRY_AGAIN, "{cause}");
        }
    }

    #[test]
    fn a_cause_alone_gives_its_own_status() {
        let permanent = reply("550 5.7.1 No");
        let cases = [
            (Cause::HostNotFound, NO_HOST),
            (Cause::ConnectionRefused, UNAVAILABLE),
            (Cause::ConnectionClosed, TRY_AGAIN),
            (Cause::StarttlsInjection, PROTOCOL),
            (Cause::CertificateName, CONFIG),
            (Cause::CredentialsRejected, NO_LOGIN),
            (Cause::Timeout, TRY_AGAIN),
            (Cause::Unknown, TRY_AGAIN),
        ];
        for (cause, status) in cases {
            assert_eq!(of(cause, None), status, "{cause}");
        }
        assert_eq!(of(Cause::Unknown, Some(&permanent)), UNAVAILABLE);
    }

    #[test]
    fn a_callers_mistake_has_the_status_of_its_kind() {
        let of_input = |stage| of_error(stage, Cause::InvalidInput, None);
        assert_eq!(
            [Stage::Config, Stage::Mail, Stage::Body].map(of_input),
            [USAGE, DATA, NO_INPUT]
        );
        assert_eq!(
            of_error(Stage::Body, Cause::ConnectionClosed, None),
            TRY_AGAIN
        );
    }

    #[test]
    fn one_recipient_refused_for_good_outweighs_those_refused_for_now() {
        let (later, never) = (reply("450 4.2.1 Later"), reply("550 5.1.1 Unknown"));
        for accepted_for_others in [false, true] {
            let status = |refusals: &[&Reply]| {
                of_recipients(
                    Cause::RecipientUnknown,
                    refusals.iter().copied(),
                    accepted_for_others,
                )
            };
            assert_eq!(status(&[&later]), TRY_AGAIN);
            assert_eq!(status(&[&later, &never]), NO_USER);
        }
    }

    #[test]
    fn a_reason_that_is_no_recipients_keeps_its_own_status_where_nobody_got_the_message() {
        let never = reply("554 5.7.1 Relay access denied");
        assert_eq!(
            of_recipients(Cause::RelayDenied, [&never], false),
            UNAVAILABLE
        );
        assert_eq!(
            of_recipients(Cause::AuthRequired, [&never], false),
            NO_LOGIN
        );
        assert_eq!(of_recipients(Cause::RelayDenied, [&never], true), NO_USER);
    }
}
