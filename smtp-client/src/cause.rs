//! Why something did not go out: one stable name for each cause, a sentence, and what to do.
//!
//! Names are what scripts depend on. A cause says nothing of its evidence: the error or the reply
//! beside it does.

use std::fmt;

#[cfg(test)]
mod tests;
mod words;

/// What is in the way of a message. Of a reply [`knowledge::explain`](crate::knowledge::explain) tells it.
///
/// ```
/// use mailwright::Cause;
/// let cause = Cause::RecipientUnknown;
/// assert_eq!(cause.name(), "recipient-unknown");
/// println!("{} {}", cause.summary(), cause.fix()[0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Nothing is wrong.
    Ok,
    /// DNS says there is no such name, or that it has no address.
    HostNotFound,
    /// The resolver did not answer.
    DnsFailure,
    /// Nothing listens on that port.
    ConnectionRefused,
    /// The host did not answer the connection attempt.
    ConnectionTimeout,
    /// There is no route to the host.
    NetworkUnreachable,
    /// The server hung up.
    ConnectionClosed,
    /// Something answered that does not speak SMTP.
    NotSmtp,
    /// Somebody else's server answered.
    Intercepted,
    /// The greeting was a refusal.
    ServiceUnavailable,
    /// TLS was required, and the server does not offer STARTTLS.
    StarttlsNotOffered,
    /// TLS was required, and the server refused STARTTLS.
    StarttlsRejected,
    /// Bytes arrived in the clear after the reply to STARTTLS.
    StarttlsInjection,
    /// No TLS version in common.
    TlsVersion,
    /// The certificate's time is over.
    CertificateExpired,
    /// The certificate's time has not begun.
    CertificateNotYetValid,
    /// The certificate is for another name.
    CertificateName,
    /// The certificate's issuer is not trusted.
    CertificateUntrusted,
    /// The certificate was revoked.
    CertificateRevoked,
    /// Any other failure of TLS.
    TlsHandshake,
    /// Credentials were given, and the server offers no AUTH.
    AuthNotOffered,
    /// No mechanism in common.
    AuthMechanism,
    /// Wrong user name or password.
    CredentialsRejected,
    /// The access token was refused.
    OAuthTokenRejected,
    /// The account has multi-factor login: its own password does not work here.
    AppPasswordRequired,
    /// A policy of the account's tenant stands in the way of the login.
    ConditionalAccess,
    /// SMTP AUTH is switched off for the mailbox or the tenant.
    SmtpAuthDisabled,
    /// The provider has retired password logins.
    BasicAuthRetired,
    /// The account or tenant may not send.
    AccountBlocked,
    /// The server wants a login first.
    AuthRequired,
    /// TLS is wanted first.
    TlsRequired,
    /// This login may not use that sender address.
    SendAsDenied,
    /// The server does not relay to that domain for us.
    RelayDenied,
    /// The sender address was refused.
    SenderRejected,
    /// There is no such recipient.
    RecipientUnknown,
    /// The recipient was refused for another reason.
    RecipientRejected,
    /// The recipient's mailbox is full.
    MailboxFull,
    /// SPF, DKIM, DMARC or reverse DNS of the sending address.
    SenderAuthentication,
    /// The sending address is blocked or listed.
    IpReputation,
    /// Too many connections, messages or recipients.
    Throttled,
    /// The message is over the server's limit.
    MessageTooLarge,
    /// Spam, policy, or a malformed message.
    ContentRejected,
    /// The message needs an extension that the server does not offer.
    Unsupported,
    /// The server cannot do it now.
    TemporaryServerFailure,
    /// The peer broke SMTP.
    ProtocolError,
    /// No answer in time.
    Timeout,
    /// A mistake of our own caller's: nothing was sent.
    InvalidInput,
    /// The reply fits none of these.
    Unknown,
}

impl Cause {
    /// The stable name, in lower case with hyphens.
    pub const fn name(self) -> &'static str {
        self.words().name
    }

    /// One sentence that says what is wrong.
    pub const fn summary(self) -> &'static str {
        self.words().summary
    }

    /// What to do, the likeliest first. There is always at least one thing.
    pub const fn fix(self) -> &'static [&'static str] {
        self.words().fix
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
