use super::Cause;

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
    Cause::OAuthTokenRejected,
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
