//! Whom a refusal concerns: the message or the client.

use mailwright::{Cause, Stage};
use mailwright_proto::reply::Reply;

/// Whom a refusal concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// The message or its recipients: the next message may be accepted.
    Message,
    /// Undecided: one such refusal may concern the message, many in a row concern the client.
    Unclear,
    /// The client: the next message would be refused as well. RFC 5321 section 4.5.4.1 requires it
    /// to wait.
    Client,
}

impl Scope {
    /// Returns whom a reply concerns, from its stage, its diagnosed cause and its codes.
    pub(super) fn of(stage: Stage, cause: Cause, reply: &Reply) -> Self {
        let is_transient = reply.code().is_transient();
        let is_of_system = reply
            .enhanced()
            .is_some_and(|code| code.subject == 3 && matches!(code.detail, 1 | 2));
        match (cause, stage) {
            (
                Cause::AccountBlocked
                | Cause::AppPasswordRequired
                | Cause::BasicAuthRetired
                | Cause::ConditionalAccess
                | Cause::CredentialsRejected
                | Cause::OAuthTokenRejected
                | Cause::ServiceUnavailable
                | Cause::SmtpAuthDisabled,
                _,
            ) => Self::Client,
            // At RCPT it may depend on the recipient's domain.
            (Cause::AuthRequired | Cause::TlsRequired, Stage::Mail) => Self::Client,
            // At the message's end it may be about addresses within the text.
            (Cause::IpReputation, Stage::Mail | Stage::Rcpt) => Self::Client,
            // At RCPT it may be about the recipient, or about how many there are.
            (Cause::Throttled, Stage::Mail | Stage::Data | Stage::Body) => Self::Client,
            // RFC 3463 section 3.4: the system is full, or takes no messages now.
            (_, Stage::Mail) if is_transient && is_of_system => Self::Client,
            (Cause::Throttled, _) => Self::Unclear,
            (_, Stage::Mail | Stage::Data) if is_transient => Self::Unclear,
            // RFC 5321 section 3.8: 421 ends the connection, independently of the message.
            _ if reply.code() == 421 => Self::Unclear,
            _ => Self::Message,
        }
    }
}

#[cfg(test)]
mod tests {
    use mailwright::knowledge::{self, Context};

    use super::Scope::{Client, Message, Unclear};
    use super::*;

    #[test]
    fn scope_follows_from_stage_cause_and_code() {
        let cases = [
            (
                Stage::Mail,
                "450 4.7.1 Error: too much mail from 192.0.2.1",
                Client,
            ),
            (Stage::Mail, "452 4.3.1 Insufficient system storage", Client),
            (Stage::Mail, "451 4.3.2 Please try again later", Client),
            (Stage::Mail, "421 4.7.0 Too many connections", Client),
            (Stage::Mail, "530 5.7.0 Authentication required", Client),
            (
                Stage::Mail,
                "550 5.7.705 Access denied, tenant has exceeded threshold",
                Client,
            ),
            (
                Stage::Mail,
                "550 5.4.5 Daily SMTP relay limit exceeded for user.",
                Client,
            ),
            (
                Stage::Mail,
                "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using Spamhaus",
                Client,
            ),
            (
                Stage::Mail,
                "450 4.1.8 Sender address rejected: Domain not found",
                Unclear,
            ),
            (
                Stage::Mail,
                "550 5.1.8 Sender address rejected: Domain not found",
                Message,
            ),
            (
                Stage::Mail,
                "552 5.3.4 Message size exceeds fixed limit",
                Message,
            ),
            (
                Stage::Rcpt,
                "450 4.2.0 Greylisted, try again later",
                Message,
            ),
            (
                Stage::Rcpt,
                "451 4.7.1 Greylisting in action, please come back later",
                Message,
            ),
            (Stage::Rcpt, "452 4.2.2 Mailbox full", Message),
            (Stage::Rcpt, "550 5.1.1 No such user", Message),
            (Stage::Rcpt, "554 5.7.1 Relay access denied", Message),
            (Stage::Rcpt, "530 5.7.0 Authentication required", Message),
            (Stage::Rcpt, "452 4.5.3 Too many recipients", Unclear),
            (
                Stage::Rcpt,
                "450 4.7.1 Number of messages per hour exceeded",
                Unclear,
            ),
            (
                Stage::Rcpt,
                "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using Spamhaus",
                Client,
            ),
            (Stage::Rcpt, "421 4.3.0 Closing", Unclear),
            (Stage::Data, "451 4.3.0 Queue file write error", Unclear),
            (
                Stage::Body,
                "452 4.4.5 Messages per second limit exceeded",
                Client,
            ),
            (
                Stage::Body,
                "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
                Client,
            ),
            (Stage::Body, "550 5.7.1 Message rejected as spam", Message),
            (Stage::Body, "451 4.3.0 Queue file write error", Message),
            (Stage::Body, "552 5.3.4 Message too big", Message),
        ];
        for (stage, line, scope) in cases {
            let reply = Reply::parse(format!("{line}\r\n").as_bytes()).expect("a reply");
            let cause = knowledge::explain(&reply, Context::at(stage)).cause;
            assert_eq!(
                Scope::of(stage, cause, &reply),
                scope,
                "{line} at {stage}: {cause}"
            );
        }
    }
}
