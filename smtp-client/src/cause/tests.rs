use smtp_proto::Reply;

use super::Cause;
use crate::Stage;

const ALL: &[Cause] = &[
    Cause::Ok,
    Cause::HostNotFound,
    Cause::DnsFailure,
    Cause::ConnectionRefused,
    Cause::ConnectionTimeout,
    Cause::NetworkUnreachable,
    Cause::ConnectionClosed,
    Cause::NotSmtp,
    Cause::Intercepted,
    Cause::ServiceUnavailable,
    Cause::StarttlsNotOffered,
    Cause::StarttlsRejected,
    Cause::StarttlsInjection,
    Cause::TlsVersion,
    Cause::CertificateExpired,
    Cause::CertificateNotYetValid,
    Cause::CertificateName,
    Cause::CertificateUntrusted,
    Cause::CertificateRevoked,
    Cause::TlsHandshake,
    Cause::AuthNotOffered,
    Cause::AuthMechanism,
    Cause::CredentialsRejected,
    Cause::OauthTokenRejected,
    Cause::AppPasswordRequired,
    Cause::ConditionalAccess,
    Cause::SmtpAuthDisabled,
    Cause::BasicAuthRetired,
    Cause::AccountBlocked,
    Cause::AuthRequired,
    Cause::TlsRequired,
    Cause::SendAsDenied,
    Cause::RelayDenied,
    Cause::SenderRejected,
    Cause::RecipientUnknown,
    Cause::RecipientRejected,
    Cause::MailboxFull,
    Cause::SenderAuthentication,
    Cause::IpReputation,
    Cause::Throttled,
    Cause::MessageTooLarge,
    Cause::ContentRejected,
    Cause::Unsupported,
    Cause::TemporaryServerFailure,
    Cause::ProtocolError,
    Cause::Timeout,
    Cause::InvalidInput,
    Cause::Unknown,
];

#[test]
fn every_cause_has_a_name_of_its_own_a_sentence_and_something_to_do() {
    let mut names: Vec<&str> = ALL.iter().map(|cause| cause.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len());
    for cause in ALL {
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(cause.name().chars().all(plain), "{cause}");
        assert!(cause.summary().ends_with('.'), "{cause}");
        assert!(!cause.fix().is_empty(), "{cause}");
        assert!(cause.fix().iter().all(|fix| fix.ends_with('.')), "{cause}");
    }
}

#[test]
fn stage_code_and_enhanced_code_tell_the_cause() {
    let cases = [
        (Stage::Greeting, "554 No SMTP service here", Cause::ServiceUnavailable),
        (Stage::Greeting, "421 4.3.2 Closing", Cause::ServiceUnavailable),
        (Stage::StartTls, "454 4.7.0 TLS not available", Cause::StarttlsRejected),
        (Stage::Ehlo, "500 What?", Cause::ProtocolError),
        (Stage::Mail, "530 5.7.0 Log in first", Cause::AuthRequired),
        (Stage::Mail, "530 5.7.57 Client not authenticated", Cause::AuthRequired),
        (Stage::Mail, "550 5.7.60 Not as this sender", Cause::SendAsDenied),
        (Stage::Mail, "553 5.7.1 Not owned by user", Cause::SendAsDenied),
        (Stage::Mail, "553 5.1.8 No such domain", Cause::SenderRejected),
        (Stage::Mail, "552 5.3.4 Too big", Cause::MessageTooLarge),
        (Stage::Mail, "451 4.3.0 Later", Cause::TemporaryServerFailure),
        (Stage::Mail, "421 4.7.0 Too many connections", Cause::Throttled),
        (Stage::Mail, "555 5.5.4 Unsupported option", Cause::Unsupported),
        (Stage::Mail, "501 5.5.4 Bad arguments", Cause::ProtocolError),
        (Stage::Rcpt, "550 5.1.1 User unknown", Cause::RecipientUnknown),
        (Stage::Rcpt, "550 5.1.10 Recipient not found", Cause::RecipientUnknown),
        (Stage::Rcpt, "450 4.1.1 Unverified", Cause::RecipientUnknown),
        (Stage::Rcpt, "552 5.2.2 Over quota", Cause::MailboxFull),
        (Stage::Rcpt, "554 5.7.1 Relay access denied", Cause::RelayDenied),
        (Stage::Rcpt, "551 User not local", Cause::RelayDenied),
        (Stage::Rcpt, "553 5.7.1 Sender not owned by user", Cause::SendAsDenied),
        (Stage::Rcpt, "550 No", Cause::RecipientRejected),
        (Stage::Rcpt, "452 4.5.3 Too many recipients", Cause::Throttled),
        (Stage::Body, "552 5.3.4 Too big", Cause::MessageTooLarge),
        (Stage::Body, "554 5.7.1 Spam", Cause::ContentRejected),
        (Stage::Body, "550 5.7.26 Unauthenticated", Cause::SenderAuthentication),
        (Stage::Body, "250 2.0.0 Ok", Cause::Ok),
        (Stage::Body, "571 Odd", Cause::Unknown),
    ];
    for (stage, line, cause) in cases {
        assert_eq!(Cause::of_reply(stage, &reply(line)), cause, "{line}");
    }
}

#[test]
fn a_refused_login_is_told_by_its_kind() {
    let cases = [
        ("535 5.7.8 Bad", Cause::CredentialsRejected, Cause::OauthTokenRejected),
        ("535 Bad", Cause::CredentialsRejected, Cause::OauthTokenRejected),
        ("534 5.7.9 Application password", Cause::AppPasswordRequired, Cause::AppPasswordRequired),
        ("534 5.7.14 Too weak", Cause::AuthMechanism, Cause::AuthMechanism),
        ("504 5.5.4 Unknown", Cause::AuthMechanism, Cause::AuthMechanism),
        ("538 5.7.11 Encrypt", Cause::TlsRequired, Cause::TlsRequired),
        ("530 5.7.0 STARTTLS first", Cause::TlsRequired, Cause::TlsRequired),
        ("454 4.7.0 Later", Cause::TemporaryServerFailure, Cause::TemporaryServerFailure),
        ("550 5.7.30 Retired", Cause::BasicAuthRetired, Cause::BasicAuthRetired),
        ("501 5.5.2 Cannot decode", Cause::ProtocolError, Cause::ProtocolError),
        ("235 2.7.0 Welcome", Cause::Ok, Cause::Ok),
    ];
    for (line, password, token) in cases {
        assert_eq!(Cause::of_auth_reply(&reply(line), false), password, "{line}");
        assert_eq!(Cause::of_auth_reply(&reply(line), true), token, "{line}");
    }
}

fn reply(line: &str) -> Reply {
    Reply::parse(format!("{line}\r\n").as_bytes()).expect("a reply")
}
