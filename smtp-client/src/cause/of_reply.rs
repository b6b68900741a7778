//! From a refusal to its cause, as far as stage, code and enhanced code tell.
//!
//! The rules are one table, read from the top: the first that fits decides. What a reply means in
//! words is not asked here.

use smtp_proto::Reply;

use super::Cause;
use crate::Stage;

impl Cause {
    /// The cause behind a reply to anything but AUTH, which has [`of_auth_reply`](Self::of_auth_reply); [`Cause::Ok`] for
    /// one that refuses nothing.
    pub fn of_reply(stage: Stage, reply: &Reply) -> Self {
        Self::by(RULES, stage, reply)
    }

    /// The cause behind a reply to AUTH. `token` tells a login by access token from one by password.
    pub fn of_auth_reply(reply: &Reply, token: bool) -> Self {
        match Self::by(AUTH_RULES, Stage::Auth, reply) {
            Self::CredentialsRejected if token => Self::OauthTokenRejected,
            cause => cause,
        }
    }

    fn by(rules: &[Rule], stage: Stage, reply: &Reply) -> Self {
        let code = reply.code().get();
        if code < 400 {
            return Self::Ok;
        }
        let status = reply.enhanced().map(|status| (status.subject, status.detail));
        rules.iter().find(|rule| rule.fits(stage, code, status)).map_or(Self::Unknown, |rule| rule.cause)
    }
}

/// One line of a table. An empty list of stages or statuses fits any; a code of one digit fits its
/// whole class, and 0 any.
struct Rule {
    stages: &'static [Stage],
    code: u16,
    status: &'static [(u16, u16)],
    cause: Cause,
}

impl Rule {
    fn fits(&self, stage: Stage, code: u16, status: Option<(u16, u16)>) -> bool {
        (self.stages.is_empty() || self.stages.contains(&stage))
            && (self.code == 0 || self.code == code || self.code == code / 100)
            && (self.status.is_empty()
                || status.is_some_and(|status| self.status.iter().any(|one| covers(*one, status))))
    }
}

/// Stands in the place of a detail for every detail of its subject.
const ANY: u16 = u16::MAX;

fn covers(rule: (u16, u16), status: (u16, u16)) -> bool {
    rule.0 == status.0 && (rule.1 == ANY || rule.1 == status.1)
}

const fn rule(stages: &'static [Stage], code: u16, status: &'static [(u16, u16)], cause: Cause) -> Rule {
    Rule { stages, code, status, cause }
}

const EVERYWHERE: &[Stage] = &[];
const GREETING: &[Stage] = &[Stage::Greeting];
const EHLO: &[Stage] = &[Stage::Ehlo];
const STARTTLS: &[Stage] = &[Stage::StartTls];
const MAIL: &[Stage] = &[Stage::Mail];
const RCPT: &[Stage] = &[Stage::Rcpt];
const DATA: &[Stage] = &[Stage::Data];
const BODY: &[Stage] = &[Stage::Body];
const MESSAGE: &[Stage] = &[Stage::Data, Stage::Body];

/// Replies to AUTH: RFC 4954 section 6, and the registry of enhanced codes.
const AUTH_RULES: &[Rule] = &[
    rule(EVERYWHERE, 4, &[(7, 28)], Cause::Throttled),
    rule(EVERYWHERE, 4, &[], Cause::TemporaryServerFailure),
    rule(EVERYWHERE, 534, &[(7, 9)], Cause::AppPasswordRequired),
    rule(EVERYWHERE, 5, &[(5, 124)], Cause::OauthTokenRejected),
    rule(EVERYWHERE, 5, &[(7, 30)], Cause::BasicAuthRetired),
    rule(EVERYWHERE, 5, &[(7, 10), (7, 11)], Cause::TlsRequired),
    rule(EVERYWHERE, 538, &[], Cause::TlsRequired),
    rule(EVERYWHERE, 530, &[], Cause::TlsRequired),
    rule(EVERYWHERE, 5, &[(7, 13)], Cause::AccountBlocked),
    rule(EVERYWHERE, 525, &[], Cause::AccountBlocked),
    rule(EVERYWHERE, 504, &[], Cause::AuthMechanism),
    rule(EVERYWHERE, 534, &[], Cause::AuthMechanism),
    rule(EVERYWHERE, 502, &[], Cause::AuthNotOffered),
    rule(EVERYWHERE, 500, &[], Cause::ProtocolError),
    rule(EVERYWHERE, 501, &[], Cause::ProtocolError),
    rule(EVERYWHERE, 503, &[], Cause::ProtocolError),
    rule(EVERYWHERE, 535, &[], Cause::CredentialsRejected),
    rule(EVERYWHERE, 5, &[(7, ANY)], Cause::CredentialsRejected),
];

/// Every other reply: RFC 5321 section 4.2.3, RFC 3463 section 3, and the registry of enhanced codes.
const RULES: &[Rule] = &[
    // Where the stage alone decides.
    rule(GREETING, 0, &[], Cause::ServiceUnavailable),
    rule(STARTTLS, 0, &[], Cause::StarttlsRejected),
    // Codes of one meaning, for now or for good.
    rule(EVERYWHERE, 0, &[(7, 500), (7, 511), (7, 606), (7, 650)], Cause::IpReputation),
    rule(EVERYWHERE, 0, &[(2, 2)], Cause::MailboxFull),
    rule(EVERYWHERE, 0, &[(2, 3), (2, 11), (3, 4)], Cause::MessageTooLarge),
    rule(EVERYWHERE, 0, &[(5, 3), (7, 28)], Cause::Throttled),
    rule(EVERYWHERE, 0, &[(1, 1), (1, 10)], Cause::RecipientUnknown),
    rule(EVERYWHERE, 0, &[(7, 10), (7, 11)], Cause::TlsRequired),
    // For now.
    rule(EVERYWHERE, 452, &[], Cause::Throttled),
    rule(EVERYWHERE, 4, &[(2, 1), (7, ANY)], Cause::Throttled),
    rule(EVERYWHERE, 4, &[], Cause::TemporaryServerFailure),
    // For good: what is asked for first.
    rule(EVERYWHERE, 530, &[(7, 7)], Cause::TlsRequired),
    rule(EVERYWHERE, 530, &[], Cause::AuthRequired),
    rule(EVERYWHERE, 5, &[(7, 57)], Cause::AuthRequired),
    // Who sends.
    rule(EVERYWHERE, 5, &[(7, 501), (7, 502), (7, 503), (7, 705), (7, 708), (7, 750)], Cause::AccountBlocked),
    rule(EVERYWHERE, 5, &[(2, 252), (7, 60)], Cause::SendAsDenied),
    rule(
        EVERYWHERE,
        5,
        &[(7, 20), (7, 21), (7, 22), (7, 23), (7, 24), (7, 25), (7, 26), (7, 29), (7, 509)],
        Cause::SenderAuthentication,
    ),
    rule(EVERYWHERE, 5, &[(1, 7), (1, 8), (7, 27)], Cause::SenderRejected),
    rule(EVERYWHERE, 5, &[(4, 5)], Cause::Throttled),
    // What is sent.
    rule(EVERYWHERE, 5, &[(6, 3), (6, 7), (6, 9)], Cause::Unsupported),
    rule(EVERYWHERE, 555, &[], Cause::Unsupported),
    rule(MAIL, 552, &[], Cause::MessageTooLarge),
    rule(BODY, 552, &[], Cause::MessageTooLarge),
    rule(MESSAGE, 5, &[(5, 1)], Cause::RecipientRejected),
    rule(EVERYWHERE, 5, &[(6, ANY), (7, 12)], Cause::ContentRejected),
    // Grammar and order, whatever the stage.
    rule(EVERYWHERE, 500, &[], Cause::ProtocolError),
    rule(EVERYWHERE, 501, &[(5, ANY)], Cause::ProtocolError),
    rule(EVERYWHERE, 502, &[], Cause::ProtocolError),
    rule(EVERYWHERE, 503, &[], Cause::ProtocolError),
    rule(EVERYWHERE, 504, &[], Cause::ProtocolError),
    // Where it goes. Postfix tells of a sender that the login does not own only at RCPT.
    rule(RCPT, 553, &[(7, 1)], Cause::SendAsDenied),
    rule(RCPT, 5, &[(1, ANY), (2, 1), (4, 1), (7, 13)], Cause::RecipientUnknown),
    rule(RCPT, 5, &[(7, 1), (7, 54), (7, 64), (7, 68)], Cause::RelayDenied),
    rule(RCPT, 551, &[], Cause::RelayDenied),
    rule(RCPT, 552, &[], Cause::MailboxFull),
    rule(RCPT, 5, &[], Cause::RecipientRejected),
    // What remains of each stage.
    rule(EHLO, 501, &[], Cause::ProtocolError),
    rule(EHLO, 554, &[], Cause::ServiceUnavailable),
    rule(MAIL, 5, &[(7, 1), (7, 2)], Cause::SendAsDenied),
    rule(MAIL, 5, &[], Cause::SenderRejected),
    rule(EVERYWHERE, 5, &[(7, 54), (7, 64), (7, 68)], Cause::RelayDenied),
    rule(DATA, 554, &[], Cause::ContentRejected),
    rule(BODY, 550, &[], Cause::ContentRejected),
    rule(BODY, 5, &[(7, ANY)], Cause::ContentRejected),
    rule(BODY, 554, &[], Cause::ContentRejected),
];
