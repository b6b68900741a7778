//! Replies of services that send for others: Amazon SES, SendGrid, Mailgun, Zoho.

use crate::Cause;
use crate::Stage::Auth;
use crate::knowledge::Who;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};

const SES_CREDENTIALS: Advice = Advice {
    fix: &[
        "Use SMTP credentials made in the SES console, not the keys of an IAM user.",
        "They belong to one region: check that the server is of the same.",
    ],
    who: Some(Who::Sender),
    source: Some("https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html"),
    ..ADVICE
};

/// Amazon SES's own rules.
pub(in crate::knowledge) static SES: &[Rule] = &[
    Rule {
        says: "authentication credentials invalid",
        unless: "pop3* | imap*",
        cause: Cause::CredentialsRejected,
        advice: SES_CREDENTIALS,
        example: "535 Authentication Credentials Invalid",
        ..BASE
    },
    Rule {
        says: "email address is not verified* | identities failed the check*",
        cause: Cause::SendAsDenied,
        advice: Advice {
            summary: "SES does not know this address as one that may be used: it has not been verified in this region.",
            fix: &[
                "Verify the sender's address or domain in the SES console, in the region of this server.",
                "In the sandbox the recipients have to be verified, too: ask for production access.",
            ],
            who: Some(Who::Admin),
            source: Some("https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html"),
            ..ADVICE
        },
        example: "554 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: a@a.test",
        ..BASE
    },
    Rule {
        says: "maximum sending rate exceeded | daily message quota exceeded | daily sending quota exceeded | \
            throttling failure*",
        cause: Cause::Throttled,
        advice: Advice {
            source: Some(
                "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html",
            ),
            ..ADVICE
        },
        example: "454 Throttling failure: Maximum sending rate exceeded.",
        ..BASE
    },
    Rule {
        says: "sending suspended for this account | sending paused for this account | account is * shut down",
        cause: Cause::AccountBlocked,
        advice: Advice {
            fix: &["Look for the reason in the SES console, and answer it there."],
            who: Some(Who::Admin),
            ..ADVICE
        },
        example: "454 Temporary service failure: Sending paused for this account. For more information, please check the inbox",
        ..BASE
    },
    Rule {
        says: "not authorized to perform 'ses:* | not authorized to perform: ses:* | access denied: user * ses:*",
        cause: Cause::SendAsDenied,
        advice: Advice {
            fix: &["Let the policy of the IAM user allow ses:SendRawEmail for this sender."],
            who: Some(Who::Admin),
            ..ADVICE
        },
        example: "554 Access denied: User `arn:aws:iam::123456789012:user/a' is not authorized to perform `ses:SendRawEmail'",
        ..BASE
    },
    Rule {
        says: "invalid mail from domain* | missing final | illegal address",
        cause: Cause::SenderRejected,
        example: "501 Invalid MAIL FROM address provided, missing final '@domain'",
        ..BASE
    },
    Rule {
        common: true,
        says: "configuration set * does not exist | configurationsetdoesnotexist* | invalid message-id",
        cause: Cause::ContentRejected,
        example: "554 Transaction failed: Configuration set `a' does not exist.",
        ..BASE
    },
];

/// SendGrid's own rules.
pub(in crate::knowledge) static SENDGRID: &[Rule] = &[
    Rule {
        says: "unauthenticated senders not allowed",
        cause: Cause::AuthRequired,
        advice: Advice {
            fix: &[
                "Log in: the user name is the word apikey, the password an API key that may send mail.",
            ],
            ..ADVICE
        },
        example: "550 Unauthenticated senders not allowed",
        ..BASE
    },
    Rule {
        says: "from address does not match a verified sender identity | verified sender identity",
        cause: Cause::SendAsDenied,
        advice: Advice {
            fix: &[
                "Verify the sender in SendGrid: Settings, Sender Authentication.",
                "Or send as an address that is verified.",
            ],
            who: Some(Who::Admin),
            source: Some(
                "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/sender-identity",
            ),
            ..ADVICE
        },
        example: "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
        ..BASE
    },
    Rule {
        says: "maximum credits exceeded | you have exceeded your messaging limits",
        cause: Cause::Throttled,
        example: "451 Authentication failed: Maximum credits exceeded",
        ..BASE
    },
    Rule {
        says: "provided authorization grant is invalid, expired, or revoked | bad username / password",
        cause: Cause::CredentialsRejected,
        advice: Advice {
            fix: &[
                "The user name is the word apikey, and the password an API key that has not been revoked and may send mail.",
            ],
            ..ADVICE
        },
        example: "535 Authentication failed: The provided authorization grant is invalid, expired, or revoked",
        ..BASE
    },
    Rule {
        common: true,
        says: "account disabled | user account is suspended | account is * review",
        cause: Cause::AccountBlocked,
        example: "535 Authentication failed: account disabled",
        ..BASE
    },
];

/// Mailgun's own rules.
pub(in crate::knowledge) static MAILGUN: &[Rule] = &[
    Rule {
        says: "sandbox subdomains are for test* | authorized recipients | free accounts are for test*",
        cause: Cause::RelayDenied,
        advice: Advice {
            fix: &[
                "Add a domain of your own in Mailgun's control panel.",
                "Or add the recipient to the authorised ones of the sandbox domain.",
            ],
            who: Some(Who::Admin),
            ..ADVICE
        },
        example: "554 Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients",
        ..BASE
    },
    Rule {
        common: true,
        says: "domain * is not allowed to send | business verification | domain * disabled | not allowed to send: *",
        cause: Cause::AccountBlocked,
        example: "421 Domain a.test is not allowed to send: The domain is unverified and requires DNS configuration.",
        ..BASE
    },
    Rule {
        common: true,
        says: "hourly rate limit | exceeded * limit, messages",
        cause: Cause::Throttled,
        example: "421 The domain a.test has exceeded its hourly rate limit",
        ..BASE
    },
];

/// Zoho's own rules.
pub(in crate::knowledge) static ZOHO: &[Rule] = &[
    Rule {
        says: "relaying disallowed as*",
        cause: Cause::SendAsDenied,
        advice: Advice {
            fix: &["Send as the address that logs in, or as one of its aliases in Zoho Mail."],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "553 Relaying disallowed as a@a.test",
        ..BASE
    },
    Rule {
        common: true,
        says: "unusual sending activity | outgoing blocked* | sender address blocked",
        cause: Cause::AccountBlocked,
        example: "550 5.4.6 Unusual sending activity detected. Please try after sometime.",
        ..BASE
    },
    Rule {
        at: &[Auth],
        code: 535,
        cause: Cause::CredentialsRejected,
        advice: Advice {
            fix: &[
                "With two-factor login, make an application-specific password and use it.",
                "Check the data centre of the account: smtp.zoho.com, smtp.zoho.eu, smtp.zoho.in.",
            ],
            ..ADVICE
        },
        example: "535 Authentication Failed",
        ..BASE
    },
];
