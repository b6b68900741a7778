//! What Gmail says, and Google Workspace.

use crate::Cause;
use crate::Stage::Auth;
use crate::knowledge::rule::{ADVICE, ANY, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

const APP_PASSWORD: Advice = Advice {
    summary: "Google does not take the account's own password here: it wants an app password, or an access token.",
    fix: &[
        "Switch 2-step verification on, make an app password at https://myaccount.google.com/apppasswords, and use it \
         without blanks.",
        "Or log in with an access token (XOAUTH2), of the scope https://mail.google.com/",
        "In an organisation, its administrator may have switched app passwords off: then only tokens work.",
    ],
    who: Some(Who::Sender),
    retry: Some(Retry::AfterTheFix),
    source: Some("https://support.google.com/accounts/answer/185833"),
};

const BAD_PASSWORD: Advice = Advice {
    summary: "Google refused the user name or password; the account's own password is never taken, right or wrong.",
    source: Some("https://support.google.com/mail/answer/7126229"),
    ..APP_PASSWORD
};

const WEB_LOGIN: Advice = Advice {
    summary: "Google wants to see the account's owner in a web browser before it lets this program in.",
    fix: &[
        "Sign in to https://mail.google.com with a web browser, and answer what it asks.",
        "Then make an app password, or use an access token (XOAUTH2).",
    ],
    who: Some(Who::Sender),
    retry: Some(Retry::AfterTheFix),
    source: Some("https://support.google.com/mail/answer/78754"),
};

const SENDER_RULES: Option<&str> = Some("https://support.google.com/mail/answer/81126");

/// Gmail's own rules.
pub(in crate::knowledge) static GMAIL: &[Rule] = &[
    Rule {
        says: "application-specific password required | invalidsecondfactor* | *p=invalidsecondfactor*",
        cause: Cause::AppPasswordRequired,
        advice: APP_PASSWORD,
        example: "534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor a1-2sm3 - gsmtp",
        ..BASE
    },
    Rule {
        says: "log in * web browser | *p=weblogin*",
        cause: Cause::ConditionalAccess,
        advice: WEB_LOGIN,
        example: "534-5.7.14 Please log in via your web browser and then try again.",
        ..BASE
    },
    Rule {
        says: "username and password not accepted | *p=badcredentials*",
        cause: Cause::CredentialsRejected,
        advice: BAD_PASSWORD,
        example: "535-5.7.8 Username and Password not accepted. Learn more at\r\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials a1-2sm3 - gsmtp",
        ..BASE
    },
    Rule {
        says: "too many login attempts",
        cause: Cause::Throttled,
        advice: Advice {
            summary: "Too many logins within a short time: Google takes none for a while.",
            fix: &[
                "Wait some minutes.",
                "Give many messages to one connection, rather than log in for each.",
            ],
            who: Some(Who::Sender),
            retry: Some(Retry::InMinutes),
            ..ADVICE
        },
        example: "454 4.7.0 Too many login attempts, please try again later.",
        ..BASE
    },
    Rule {
        says: "mail sending denied",
        cause: Cause::AccountBlocked,
        advice: Advice {
            fix: &[
                "Let the Workspace administrator look at the account: it may be suspended, or not registered for the relay.",
            ],
            who: Some(Who::Admin),
            ..ADVICE
        },
        example: "550 5.7.0 Mail Sending denied.",
        ..BASE
    },
    Rule {
        says: "mail relay denied* | invalid credentials for relay*",
        cause: Cause::RelayDenied,
        advice: Advice {
            summary: "The Workspace relay does not know this address, or not this login, as one of its customer's.",
            fix: &[
                "Let the Workspace administrator register this machine's address: https://admin.google.com, Apps, Google \
                 Workspace, Gmail, Routing, SMTP relay service.",
                "Or log in, and say EHLO with a name in one of the organisation's domains.",
            ],
            who: Some(Who::Admin),
            source: Some("https://support.google.com/a/answer/2956491"),
            ..ADVICE
        },
        example: "550 5.7.0 Mail relay denied [192.0.2.1]. Invalid credentials for relay for one of the domains in: a.test",
        ..BASE
    },
    Rule {
        says: "smtp relay limit exceeded | sending * quota exceeded | sending limit exceeded | \
            exceeded its sending limit | *sending quota*",
        cause: Cause::Throttled,
        advice: Advice {
            summary: "The account's or the organisation's limit of messages or recipients is used up.",
            fix: &[
                "Wait: daily limits come free within 24 hours.",
                "Send to fewer recipients, or through a service made for many messages.",
            ],
            who: Some(Who::Sender),
            retry: Some(Retry::Tomorrow),
            source: Some("https://support.google.com/a/answer/166852"),
        },
        example: "550 5.4.5 Daily user sending quota exceeded. a1-2sm3 - gsmtp",
        ..BASE
    },
    Rule {
        code: 4,
        says: "unusual rate of unsolicited* | unusual rate of *mail",
        cause: Cause::Throttled,
        advice: Advice {
            source: SENDER_RULES,
            ..ADVICE
        },
        example: "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.",
        ..BASE
    },
    Rule {
        says: "unusual rate of unsolicited* | low reputation of the sending ip | \
            ip you're using to send mail is not authorized | *p=unsolicitediperror* | *p=notauthorizederror*",
        cause: Cause::IpReputation,
        advice: Advice {
            source: SENDER_RULES,
            ..ADVICE
        },
        example: "550-5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to send email directly to our servers.",
        ..BASE
    },
    Rule {
        common: true,
        says: "low reputation of the sending domain | message is * unsolicited | message is * suspicious | \
            blocked because its content | illegal attachment | multiple addresses in from* | \
            not rfc 5322 compliant | not rfc 2822 compliant | *missing a valid address in from* | \
            *p=blockedmessage*",
        cause: Cause::ContentRejected,
        advice: Advice {
            source: SENDER_RULES,
            ..ADVICE
        },
        example: "552-5.7.0 This message was blocked because its content presents a potential security issue.",
        ..BASE
    },
    Rule {
        says: "prevents additional messages from being delivered | receiving mail * too quickly | \
            receiving mail at a rate*",
        cause: Cause::Throttled,
        advice: Advice {
            summary: "The recipient gets more mail than the mailbox takes in that time.",
            fix: &["Try again in some hours."],
            who: Some(Who::Recipient),
            retry: Some(Retry::InHours),
            ..ADVICE
        },
        example: "450 4.2.1 The user you are trying to contact is receiving mail too quickly.",
        ..BASE
    },
    Rule {
        says: "try again later, closing connection. (ehlo)",
        cause: Cause::ProtocolError,
        advice: Advice {
            summary: "Google's relay does not take the name that this client gives of itself in EHLO.",
            fix: &[
                "Give a name that DNS knows, best one in the organisation's domain (`--ehlo`): `localhost` and names without \
                 a dot are refused.",
            ],
            who: Some(Who::Sender),
            retry: Some(Retry::AfterTheFix),
            source: Some("https://support.google.com/a/answer/2956491"),
        },
        example: "421 4.7.0 Try again later, closing connection. (EHLO) a1-2sm3 - gsmtp",
        ..BASE
    },
    Rule {
        code: 421,
        says: "try again later, closing connection",
        cause: Cause::Throttled,
        example: "421 4.7.0 Try again later, closing connection. a1-2sm3 - gsmtp",
        ..BASE
    },
    Rule {
        says: "domain policy size per transaction exceeded | multiple destination domains per transaction",
        cause: Cause::Throttled,
        advice: Advice {
            summary: "Google takes the recipients of one domain only within one transaction.",
            fix: &["Send the message again, for the recipients of one domain at a time."],
            who: Some(Who::Sender),
            retry: Some(Retry::Reconnect),
            ..ADVICE
        },
        example: "452 4.5.3 Domain policy size per transaction exceeded, please try this recipient in a separate transaction.",
        ..BASE
    },
    Rule {
        says: "email account that you tried to reach is *inactive | \
            email account that you tried to reach is disabled | *p=disableduser*",
        cause: Cause::RecipientUnknown,
        example: "550 5.2.1 The email account that you tried to reach is disabled. a1-2sm3 - gsmtp",
        ..BASE
    },
    Rule {
        says: "no commands allowed to pipeline after starttls",
        cause: Cause::ProtocolError,
        example: "523 5.7.10 SMTP protocol violation, no commands allowed to pipeline after STARTTLS.",
        ..BASE
    },
    Rule {
        at: &[Auth],
        code: 535,
        status: &[(7, ANY)],
        cause: Cause::CredentialsRejected,
        advice: BAD_PASSWORD,
        example: "535 5.7.1 Not accepted a1-2sm3 - gsmtp",
        ..BASE
    },
];
