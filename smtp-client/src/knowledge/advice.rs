//! Who can do something about a cause, and whether another try can help, where no rule knows better.

use super::{Retry, Who};
use crate::Cause;

/// Who can do something about it.
pub(super) fn who(cause: Cause) -> Who {
    use Cause as C;
    match cause {
        C::AccountBlocked
        | C::BasicAuthRetired
        | C::ConditionalAccess
        | C::SmtpAuthDisabled
        | C::SenderAuthentication
        | C::RelayDenied => Who::Admin,
        C::ConnectionTimeout
        | C::DnsFailure
        | C::Intercepted
        | C::IpReputation
        | C::NetworkUnreachable => Who::Network,
        C::MailboxFull | C::RecipientRejected => Who::Recipient,
        C::CertificateExpired
        | C::CertificateName
        | C::CertificateNotYetValid
        | C::CertificateRevoked
        | C::CertificateUntrusted
        | C::ConnectionClosed
        | C::ServiceUnavailable
        | C::StarttlsInjection
        | C::StarttlsNotOffered
        | C::StarttlsRejected
        | C::TemporaryServerFailure
        | C::Timeout
        | C::TlsHandshake
        | C::TlsVersion
        | C::Unknown => Who::Operator,
        _ => Who::Sender,
    }
}

/// Whether another try can help. A reply that refuses for now says that it can, unless nothing comes by waiting.
pub(super) fn retry(cause: Cause, is_transient: bool) -> Retry {
    use Cause as C;
    match cause {
        C::Ok => Retry::NotNeeded,
        C::AuthRequired | C::TlsRequired | C::RelayDenied | C::CertificateUntrusted => {
            Retry::AfterTheFix
        }
        C::IpReputation | C::MailboxFull if is_transient => Retry::InHours,
        C::MailboxFull => Retry::Tomorrow,
        C::Throttled if is_transient => Retry::InMinutes,
        C::Throttled => Retry::InHours,
        C::ConnectionClosed
        | C::DnsFailure
        | C::ServiceUnavailable
        | C::TemporaryServerFailure
        | C::Timeout => Retry::InMinutes,
        _ if is_transient => Retry::InMinutes,
        _ => Retry::AfterTheFix,
    }
}
