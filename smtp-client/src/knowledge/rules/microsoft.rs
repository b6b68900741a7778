//! Replies of Exchange Online.

mod advice;
mod outlook;

pub(in crate::knowledge) use outlook::OUTLOOK;

use advice::{
    BASIC_AUTH_RETIRED, BLOCKED_SENDER, CONDITIONAL_ACCESS, CONNECTOR, DELIST, DIRECT_SEND, LIMITS,
    NOT_LOGGED_IN, RESTRICTED, SECURITY_DEFAULTS, SEND_AS, SMTP_AUTH_OFF, STS, TOKEN,
    WRONG_PASSWORD,
};

use crate::Cause;
use crate::Stage::Auth;
use crate::knowledge::Who;
use crate::knowledge::rule::{ADVICE, ANY, Advice, BASE, Rule};

/// Exchange Online's own rules. `5.7.139` alone says nothing but that a login failed: the words decide.
pub(in crate::knowledge) static EXCHANGE_ONLINE: &[Rule] = &[
    // Logins.
    Rule {
        says: "smtpclientauthentication is disabled | smtp client authentication is disabled",
        cause: Cause::SmtpAuthDisabled,
        advice: SMTP_AUTH_OFF,
        example: "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        ..BASE
    },
    Rule {
        says: "no mail-enabled subscriptions",
        cause: Cause::RecipientRejected,
        example: "451 4.4.4 Mail received as unauthenticated, incoming to a recipient domain configured in a hosted tenant which has no mail-enabled subscriptions. ATTR5",
        ..BASE
    },
    Rule {
        says: "basic authentication is disabled | basic authentication is not supported | basic auth* retired",
        cause: Cause::BasicAuthRetired,
        advice: BASIC_AUTH_RETIRED,
        example: "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(7, 30)],
        says: "basic auth* | client submission",
        cause: Cause::BasicAuthRetired,
        advice: BASIC_AUTH_RETIRED,
        example: "550 5.7.30 Client Submission needs modern authentication.",
        ..BASE
    },
    Rule {
        says: "security defaults policy | locked by your organization*",
        cause: Cause::ConditionalAccess,
        advice: SECURITY_DEFAULTS,
        example: "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.",
        ..BASE
    },
    Rule {
        says: "did not meet the criteria to be authenticated | conditional access",
        cause: Cause::ConditionalAccess,
        advice: CONDITIONAL_ACCESS,
        example: "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully.",
        ..BASE
    },
    Rule {
        says: "federated sts * unreachable | sts service was unreachable",
        cause: Cause::TemporaryServerFailure,
        advice: STS,
        example: "535 5.7.139 Authentication unsuccessful, federated STS service was unreachable.",
        ..BASE
    },
    Rule {
        says: "federated sts*",
        cause: Cause::ConditionalAccess,
        advice: STS,
        example: "535 5.7.139 Authentication unsuccessful, the federated STS URL does not support HTTPS.",
        ..BASE
    },
    Rule {
        says: "user credentials were incorrect",
        cause: Cause::CredentialsRejected,
        advice: WRONG_PASSWORD,
        example: "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(5, 124)],
        cause: Cause::OAuthTokenRejected,
        says: "xoauth2 auth data | oauth*",
        advice: TOKEN,
        example: "501 5.5.124 Invalid XOAUTH2 auth data",
        ..BASE
    },
    Rule {
        code: 535,
        status: &[(7, 3), (7, 139)],
        says: "authentication unsuccessful",
        unless: "mechanism*",
        cause: Cause::CredentialsRejected,
        advice: WRONG_PASSWORD,
        example: "535 5.7.3 Authentication unsuccessful [DB6P18901CA0015.EURP189.PROD.OUTLOOK.COM]",
        ..BASE
    },
    Rule {
        says: "client * not authenticated to send | client not authenticated",
        cause: Cause::AuthRequired,
        advice: NOT_LOGGED_IN,
        example: "530 5.7.57 Client was not authenticated to send anonymous mail during MAIL FROM",
        ..BASE
    },
    // Who sends.
    Rule {
        says: "sendasdenied* | storedrv.submission* sendas* | *sendasdeniedexception*",
        cause: Cause::SendAsDenied,
        advice: SEND_AS,
        example: "554 5.2.252 SendAsDenied; a@example.com not allowed to send as b@example.com; STOREDRV.Submission.Exception",
        ..BASE
    },
    Rule {
        says: "*submissionquotaexceeded* | message submission rate for this client has exceeded",
        cause: Cause::Throttled,
        advice: LIMITS,
        example: "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; submission quota exceeded",
        ..BASE
    },
    Rule {
        says: "daily limit for message recipients | recipient rate limit* | tenant external recipient rate | \
            exceeded its daily limit for sending*",
        cause: Cause::Throttled,
        advice: LIMITS,
        example: "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(1, 90), (7, 232), (7, 233)],
        unless: "not allowed",
        cause: Cause::Throttled,
        advice: LIMITS,
        example: "550 5.1.90 No",
        ..BASE
    },
    Rule {
        says: "storedrv* concurrent connections | sender thread limit exceeded | concurrent connections limit",
        cause: Cause::Throttled,
        advice: LIMITS,
        example: "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
        ..BASE
    },
    Rule {
        says: "tenantinboundattribution; direct send | direct send not allowed",
        cause: Cause::RelayDenied,
        advice: DIRECT_SEND,
        example: "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from unauthorized sources",
        ..BASE
    },
    Rule {
        says: "tenantattribution* | tenantinboundattribution* | relay access denied attr*",
        cause: Cause::RelayDenied,
        advice: CONNECTOR,
        example: "550 5.7.64 TenantAttribution; Relay Access Denied",
        ..BASE
    },
    Rule {
        says: "wrong office 365 region",
        cause: Cause::RelayDenied,
        advice: Advice {
            summary: "The mail went to a host of another region than the one that the recipient's organisation is in.",
            fix: &[
                "Send to the MX host that DNS names for the recipient's domain.",
                "Wait until a changed MX record is known everywhere.",
            ],
            who: Some(Who::Admin),
            ..ADVICE
        },
        example: "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35.",
        ..BASE
    },
    Rule {
        says: "bad outbound sender | tenant has exceeded threshold | spam abuse detected | unregistered domain* | \
            were not recognized as a valid sender | was not recognized as a valid sender | suspected of sending spam and",
        cause: Cause::AccountBlocked,
        advice: BLOCKED_SENDER,
        example: "550 5.1.8 Access denied, bad outbound sender",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[
            (7, 501),
            (7, 502),
            (7, 503),
            (7, 504),
            (7, 505),
            (7, 700),
            (7, 701),
            (7, 705),
            (7, 750),
        ],
        says: "access denied* | client blocked* | banned sender",
        cause: Cause::AccountBlocked,
        advice: BLOCKED_SENDER,
        example: "550 5.7.502 Access denied, banned sender",
        ..BASE
    },
    Rule {
        says: "tenant allow* block list | tenant allow/block list",
        cause: Cause::ContentRejected,
        example: "550 5.7.703 Your message can't be delivered because messages to a.test are blocked by your organization using Tenant Allow Block List.",
        ..BASE
    },
    // Where it comes from.
    Rule {
        says: "banned sending ip | traffic not accepted from this ip | were not sent * block list | \
            rate limited due to ip reputation",
        cause: Cause::IpReputation,
        advice: DELIST,
        example: "550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.office.com/",
        ..BASE
    },
    Rule {
        says: "has exceeded permitted limits within",
        cause: Cause::Throttled,
        example: "550 5.7.508 Access denied, 192.0.2.1 has exceeded permitted limits within 1 hour range",
        ..BASE
    },
    Rule {
        status: &[(7, 500)],
        says: "server busy*",
        cause: Cause::IpReputation,
        advice: DELIST,
        example: "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (AS77712344)",
        ..BASE
    },
    Rule {
        status: &[
            (7, 500),
            (7, 501),
            (7, 511),
            (7, 605),
            (7, 606),
            (7, 607),
            (7, 608),
            (7, 609),
            (7, 649),
            (7, 650),
            (7, 651),
            (7, 652),
        ],
        cause: Cause::IpReputation,
        advice: DELIST,
        example: "451 4.7.500 Access denied, please try again later [AM5EUR02FT001.eop-eur02.prod.protection.outlook.com]",
        ..BASE
    },
    Rule {
        says: "*bad helo* | ip * not match helo",
        status: &[(7, 506)],
        cause: Cause::SenderAuthentication,
        example: "550 5.7.506 Access Denied, Bad HELO",
        ..BASE
    },
    Rule {
        says: "blocked by recipient domain using customer block list | customer block list | \
            rejected by recipient* from * country",
        cause: Cause::IpReputation,
        example: "550 5.7.513 Service unavailable, Client host [192.0.2.1] blocked by a.test using Customer Block list",
        ..BASE
    },
    Rule {
        says: "meet the required authentication level | sent over ipv6 must pass either spf or dkim",
        cause: Cause::SenderAuthentication,
        example: "550 5.7.515 Access denied, sending domain a.test doesn't meet the required authentication level.",
        ..BASE
    },
    // What is sent.
    Rule {
        status: &[(7, 12)],
        says: "not authenticated by organization",
        cause: Cause::ContentRejected,
        advice: RESTRICTED,
        example: "550 5.7.12 Sender was not authenticated by organization",
        ..BASE
    },
    Rule {
        says: "message must be rfc 5322 | multiple from addresses are not allowed",
        cause: Cause::ContentRejected,
        example: "550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(6, 11), (6, 0)],
        says: "invalid char* | invalid message content | bare l*",
        cause: Cause::ContentRejected,
        example: "550 5.6.11 Invalid characters",
        ..BASE
    },
    Rule {
        says: "organization does not allow external forwarding | transport.rules.reject* | \
            rejected by organization policy | by * transport rule",
        cause: Cause::ContentRejected,
        example: "550 5.7.520 Access denied, Your organization does not allow external forwarding.",
        ..BASE
    },
    Rule {
        says: "senderfilterconfig*",
        cause: Cause::SenderRejected,
        example: "554 5.7.105 SenderFilterConfig evaluated message",
        ..BASE
    },
    // Whom it is for.
    Rule {
        says: "remote server returned not permitted to relay",
        cause: Cause::RelayDenied,
        advice: Advice {
            summary: "The recipient's server does not relay the mail that Exchange Online hands to it.",
            fix: &[
                "Ask the recipient's administrator to accept mail for that address, or to correct the MX record or the \
                 forwarding that leads there.",
                "If the mail was forwarded, check that it passes SPF or DKIM after it.",
            ],
            who: Some(Who::Recipient),
            ..ADVICE
        },
        example: "550 5.7.367 Remote server returned not permitted to relay -> 554 5.7.1 Relay access denied",
        ..BASE
    },
    Rule {
        says: "remote server returned message detected as spam",
        cause: Cause::ContentRejected,
        example: "550 5.7.350 Remote server returned message detected as spam -> 550 No",
        ..BASE
    },
    Rule {
        says: "recipient addresses rejected* access denied",
        cause: Cause::RecipientUnknown,
        example: "550 5.4.1 All recipient addresses rejected : Access denied [DM6NAM12FT001.eop-nam12.prod.protection.outlook.com]",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(4, 1)],
        says: "recipient address rejected: access denied",
        cause: Cause::RecipientUnknown,
        example: "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
        ..BASE
    },
    Rule {
        says: "resolver.adr.*notfound | recipient not found by smtp address lookup | resolver.adr.*invalid* | \
            remote server returned unknown recipient",
        cause: Cause::RecipientUnknown,
        example: "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        ..BASE
    },
    Rule {
        says: "resolver.rst.*sizelimit*",
        cause: Cause::MessageTooLarge,
        example: "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
        ..BASE
    },
    Rule {
        says: "resolver.rst.* | sender not authenticated for * | sender was not authenticated * | \
            not in allowed-senders list | sender * not in allowed*",
        cause: Cause::RecipientRejected,
        advice: RESTRICTED,
        example: "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(7, 124), (7, 129), (7, 133), (7, 134), (7, 135), (7, 136)],
        cause: Cause::RecipientRejected,
        advice: RESTRICTED,
        example: "550 5.7.136 No",
        ..BASE
    },
    Rule {
        says: "storedrv.deliver* mailbox full | *exceptionshutoffquotaexceeded* | storedrv.deliver* quota*",
        cause: Cause::MailboxFull,
        example: "550 5.2.2 STOREDRV.Deliver: mailbox full.",
        ..BASE
    },
    Rule {
        says: "storedrv.deliver* disabled | storedrv.deliver* account* disabled",
        cause: Cause::RecipientUnknown,
        example: "550 5.2.1 STOREDRV.Deliver: mailbox account is disabled; message cannot be delivered",
        ..BASE
    },
    Rule {
        status: &[(2, 121), (2, 122), (2, 14)],
        cause: Cause::Throttled,
        says: "exceeded * limit for the number of messages | exceeded * limit",
        example: "554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour.",
        ..BASE
    },
    Rule {
        at: &[Auth],
        code: 535,
        status: &[(7, ANY)],
        cause: Cause::CredentialsRejected,
        advice: WRONG_PASSWORD,
        example: "535 5.7.8 Error: authentication failed [AM0PR01CA0001.EURPRD01.PROD.OUTLOOK.COM]",
        ..BASE
    },
];
