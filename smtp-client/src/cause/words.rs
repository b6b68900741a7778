//! The words for each cause: the stable name, a sentence, and what to do about it.

use super::Cause;

/// What is said of one cause.
pub(super) struct Words {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) fix: &'static [&'static str],
}

impl Cause {
    pub(super) const fn words(self) -> Words {
        match self {
            Self::Ok => words("ok", "Nothing is wrong.", &["Nothing needs to be done."]),
            Self::HostNotFound => words(
                "host-not-found",
                "There is no host of this name.",
                &[
                    "Check the spelling of the server's name.",
                    "Check that this machine uses a resolver that knows the name.",
                ],
            ),
            Self::DnsFailure => words(
                "dns-failure",
                "The name could not be looked up: the resolver did not answer.",
                &[
                    "Try again later.",
                    "Check this machine's network and its resolver.",
                ],
            ),
            Self::ConnectionRefused => words(
                "connection-refused",
                "Nothing accepts connections on this port of the server.",
                &[
                    "Check host and port: 587 for STARTTLS, 465 for TLS from the start.",
                    "Check that the server runs.",
                ],
            ),
            Self::ConnectionTimeout => words(
                "connection-timeout",
                "The server did not answer the connection attempt in time.",
                &[
                    "Many networks block port 25: use port 587 or 465.",
                    "Check host, port and the firewalls between here and there.",
                ],
            ),
            Self::NetworkUnreachable => words(
                "network-unreachable",
                "There is no route to the server.",
                &["Check this machine's network connection and its firewall."],
            ),
            Self::ConnectionClosed => words(
                "connection-closed",
                "The server closed the connection before it had answered.",
                &[
                    "Try again later.",
                    "If it happens each time, ask the server's operator what its log says.",
                ],
            ),
            Self::NotSmtp => words(
                "not-smtp",
                "Something answered that does not speak SMTP.",
                &[
                    "Check the port, and that the kind of TLS fits it: STARTTLS on 587, TLS from the start on 465.",
                ],
            ),
            Self::Intercepted => words(
                "intercepted",
                "Another server answered than the one that was asked for.",
                &[
                    "Ask the operator of this network whether it redirects mail ports.",
                    "Try another port or another network.",
                ],
            ),
            Self::ServiceUnavailable => words(
                "service-unavailable",
                "The server does not take mail from here now: its greeting was a refusal.",
                &[
                    "Read the server's words: they often name the reason.",
                    "Try again later, or from another network.",
                ],
            ),
            Self::StarttlsNotOffered => words(
                "starttls-not-offered",
                "TLS is required, and the server does not offer STARTTLS.",
                &[
                    "Use port 465 with TLS from the start, if the server has it.",
                    "If the server ought to offer STARTTLS, something on the way may be removing it: try another network.",
                ],
            ),
            Self::StarttlsRejected => words(
                "starttls-rejected",
                "TLS is required, and the server refused STARTTLS.",
                &[
                    "Try again later.",
                    "Use port 465 with TLS from the start, if the server has it.",
                    "Ask the server's operator: its certificate or key may be missing.",
                ],
            ),
            Self::StarttlsInjection => words(
                "starttls-injection",
                "Bytes arrived in the clear after the reply to STARTTLS: somebody may be tampering with the connection.",
                &[
                    "Do not send over this network before it is explained.",
                    "Try another network; if it happens there too, tell the server's operator.",
                ],
            ),
            Self::TlsVersion => words(
                "tls-version",
                "The server and this client have no TLS version in common.",
                &[
                    "Ask the server's operator for TLS 1.2 or 1.3.",
                    "If a higher minimum was set here, lower it to 1.2.",
                ],
            ),
            Self::CertificateExpired => words(
                "certificate-expired",
                "The server's certificate has expired.",
                &[
                    "Check that this machine's clock is right.",
                    "Tell the server's operator to renew the certificate.",
                ],
            ),
            Self::CertificateNotYetValid => words(
                "certificate-not-yet-valid",
                "The server's certificate is not valid yet.",
                &[
                    "Check that this machine's clock is right.",
                    "Tell the server's operator.",
                ],
            ),
            Self::CertificateName => words(
                "certificate-name",
                "The server's certificate is for another name.",
                &[
                    "Use the server's name as it stands in the certificate.",
                    "Tell the server's operator that the name is missing from it.",
                ],
            ),
            Self::CertificateUntrusted => words(
                "certificate-untrusted",
                "The server's certificate comes from an issuer that is not trusted here.",
                &[
                    "If the server has an authority of its own, give that authority's certificate as a trusted root.",
                    "Ask the server's operator whether intermediate certificates are missing.",
                ],
            ),
            Self::CertificateRevoked => words(
                "certificate-revoked",
                "The server's certificate was revoked.",
                &["Tell the server's operator, and do not send before there is a new one."],
            ),
            Self::TlsHandshake => words(
                "tls-handshake",
                "The TLS handshake failed.",
                &[
                    "Check that port and kind of TLS fit: STARTTLS on 587, TLS from the start on 465.",
                    "Ask the server's operator what its log says.",
                ],
            ),
            Self::AuthNotOffered => words(
                "auth-not-offered",
                "Credentials were given, and the server offers no login.",
                &[
                    "Use the submission port, 587 or 465: port 25 often has no login.",
                    "If this server needs no login, leave the user name out.",
                ],
            ),
            Self::AuthMechanism => words(
                "auth-mechanism",
                "The server and this client have no login mechanism in common.",
                &[
                    "Allow one of the mechanisms that the server offers.",
                    "If it offers only token mechanisms, use an access token.",
                ],
            ),
            Self::CredentialsRejected => words(
                "credentials-rejected",
                "The server refused the user name or password.",
                &[
                    "Check the user name: many servers want the whole mail address.",
                    "Check the password, by a login elsewhere.",
                    "Where multi-factor login is on, use an app password or an access token.",
                ],
            ),
            Self::OAuthTokenRejected => words(
                "oauth-token-rejected",
                "The server refused the access token.",
                &[
                    "Get a new token: they expire, often within an hour.",
                    "Check that the token's scope covers SMTP, and that it was issued for this user.",
                ],
            ),
            Self::AppPasswordRequired => words(
                "app-password-required",
                "This account has multi-factor login: its own password is not accepted here.",
                &[
                    "Make an app password in the account's settings, and use it.",
                    "Or use an access token.",
                ],
            ),
            Self::ConditionalAccess => words(
                "conditional-access",
                "A policy of the account's organisation does not allow this login.",
                &[
                    "Ask the organisation's administrator to allow it, or for another way to send.",
                    "Use an access token instead of a password.",
                ],
            ),
            Self::SmtpAuthDisabled => words(
                "smtp-auth-disabled",
                "Logins over SMTP are switched off for this mailbox or its organisation.",
                &[
                    "Ask the organisation's administrator to switch authenticated SMTP on for the mailbox.",
                ],
            ),
            Self::BasicAuthRetired => words(
                "basic-auth-retired",
                "The provider no longer accepts passwords over SMTP.",
                &["Use an access token."],
            ),
            Self::AccountBlocked => words(
                "account-blocked",
                "This account may not send.",
                &[
                    "Ask the provider or the administrator why it is blocked.",
                    "Change its password if somebody else may have used it.",
                ],
            ),
            Self::AuthRequired => words(
                "auth-required",
                "The server wants a login before it takes mail.",
                &["Give a user name and a password or an access token."],
            ),
            Self::TlsRequired => words(
                "tls-required",
                "This needs TLS first.",
                &["Use STARTTLS, or TLS from the start on port 465."],
            ),
            Self::SendAsDenied => words(
                "send-as-denied",
                "This login may not use that sender address.",
                &[
                    "Send as the address that belongs to the login.",
                    "Ask the administrator for the right to send as the other.",
                ],
            ),
            Self::RelayDenied => words(
                "relay-denied",
                "The server does not relay to that domain for this client.",
                &[
                    "Log in first: most servers relay only after a login.",
                    "Check that this is the server for outgoing mail.",
                ],
            ),
            Self::SenderRejected => words(
                "sender-rejected",
                "The server refused the sender address.",
                &["Check the sender address and that its domain exists."],
            ),
            Self::RecipientUnknown => words(
                "recipient-unknown",
                "The server knows no such recipient.",
                &["Check the spelling of the recipient's address."],
            ),
            Self::RecipientRejected => words(
                "recipient-rejected",
                "The server refused the recipient.",
                &[
                    "Read the server's words: they often name the reason.",
                    "Check the recipient's address, or reach the recipient in another way.",
                ],
            ),
            Self::MailboxFull => words(
                "mailbox-full",
                "The recipient's mailbox is full.",
                &["Try again later, or reach the recipient in another way."],
            ),
            Self::SenderAuthentication => words(
                "sender-authentication",
                "The sender's domain or host did not pass the checks on it: SPF, DKIM, DMARC or reverse DNS.",
                &[
                    "Send through the server that the sender's domain names for it.",
                    "Ask the domain's administrator to check its SPF, DKIM and DMARC records.",
                ],
            ),
            Self::IpReputation => words(
                "ip-reputation",
                "The address that the mail comes from is blocked.",
                &[
                    "Send through a submission server with a login, not directly.",
                    "Ask the block list named by the server to remove the address.",
                ],
            ),
            Self::Throttled => words(
                "throttled",
                "The server limits how much it takes: too many connections, messages or recipients.",
                &["Wait, then send more slowly, with fewer connections and recipients at once."],
            ),
            Self::MessageTooLarge => words(
                "message-too-large",
                "The message is larger than the server accepts.",
                &[
                    "Make it smaller: share large files by a link.",
                    "An attachment takes a third more room on the way than on disk.",
                ],
            ),
            Self::ContentRejected => words(
                "content-rejected",
                "The message itself was refused.",
                &[
                    "Read the server's words: they often name what it dislikes.",
                    "Check that the message is well formed, and what its links and attachments are.",
                ],
            ),
            Self::Unsupported => words(
                "unsupported",
                "The message or its addresses need an extension that the server does not offer.",
                &[
                    "Send it in a form that needs none: 7-bit content, addresses in ASCII.",
                    "Ask for nothing that takes one: reports, a priority, a time of delivery, verified TLS on every leg.",
                    "Use a server that offers the extension.",
                ],
            ),
            Self::TemporaryServerFailure => words(
                "temporary-server-failure",
                "The server cannot do this now.",
                &["Try again later."],
            ),
            Self::ProtocolError => words(
                "protocol-error",
                "The two sides did not understand each other: SMTP's rules were broken.",
                &[
                    "Check that host and port are those of a mail server.",
                    "Show the dialogue to the server's operator.",
                ],
            ),
            Self::Timeout => words(
                "timeout",
                "The server did not answer in time.",
                &[
                    "Try again later.",
                    "Allow more time if the server is known to be slow.",
                ],
            ),
            Self::InvalidInput => words(
                "invalid-input",
                "What was given here cannot be sent; nothing was.",
                &["Correct it as the detail says."],
            ),
            Self::Unknown => words(
                "unknown",
                "The server refused, for a reason that its reply code does not tell.",
                &["Read the server's words, or ask its operator what its log says."],
            ),
        }
    }
}

const fn words(name: &'static str, summary: &'static str, fix: &'static [&'static str]) -> Words {
    Words { name, summary, fix }
}
