//! What Yahoo and AOL say, and Apple's iCloud.

use crate::Cause;
use crate::Stage::{Auth, Greeting};
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

const POSTMASTER: Advice = Advice {
    fix: &[
        "Send less, and only to those who asked for it: complaints and volume decide.",
        "Ask for a review: https://senders.yahooinc.com/contact",
        "Or send through a submission server with a login.",
    ],
    who: Some(Who::Network),
    ..ADVICE
};

/// Yahoo's and AOL's own rules.
pub(in crate::knowledge) static YAHOO: &[Rule] = &[
    // AOL's tags: https://postmaster.aol.com/error-codes
    Rule {
        says: "rtr:ch | hvu:b* | rly:bd",
        cause: Cause::ContentRejected,
        example: "554- (HVU:B1) https://postmaster.aol.com/error-codes#554hvub1",
        ..BASE
    },
    Rule {
        says: "rtr:rd",
        cause: Cause::SenderAuthentication,
        example: "554- (RTR:RD) https://postmaster.aol.com/error-codes#554rtrrd",
        ..BASE
    },
    Rule {
        says: "dyn:t* | rly:b1 | rly:b2 | con:t*",
        cause: Cause::Throttled,
        example: "421 4.7.1 : (DYN:T1) https://postmaster.aol.com/error-codes#421dynt1",
        ..BASE
    },
    Rule {
        says: "rtr:* | con:b* | rly:*",
        cause: Cause::IpReputation,
        advice: POSTMASTER,
        example: "554- (RTR:BB) https://postmaster.aol.com/error-codes#554rtrbb",
        ..BASE
    },
    Rule {
        code: 4,
        says: "[tss04] | [tss05] | [tss11] | temporarily deferred due to unexpected volume",
        cause: Cause::IpReputation,
        advice: Advice {
            retry: Some(Retry::InHours),
            ..POSTMASTER
        },
        example: "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1",
        ..BASE
    },
    Rule {
        says: "[tss* | [tso* | [bl2* | [gl01] | all messages from * permanently deferred | \
            not accepted for policy reasons * [bl*",
        cause: Cause::IpReputation,
        advice: POSTMASTER,
        example: "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
        ..BASE
    },
    Rule {
        says: "(#auth005) | (#mbr*",
        cause: Cause::AppPasswordRequired,
        advice: Advice {
            fix: &[
                "Wait an hour: each try that fails lengthens the wait.",
                "Then log in with an app password, made in the account's security settings: the account's own is never taken.",
            ],
            who: Some(Who::Sender),
            retry: Some(Retry::InHours),
            source: Some("https://help.yahoo.com/kb/SLN15241.html"),
            ..ADVICE
        },
        example: "535 5.7.0 (#AUTH005) Too many bad auth attempts.",
        ..BASE
    },
    Rule {
        common: true,
        at: &[Auth],
        code: 5,
        says: "authentication fail* | (#auth* | username and password not accepted",
        cause: Cause::CredentialsRejected,
        advice: Advice {
            fix: &[
                "Make an app password in the account's security settings, and use it: the account's own password is not \
                 taken.",
                "The user name is the whole address.",
            ],
            source: Some("https://help.yahoo.com/kb/SLN15241.html"),
            ..ADVICE
        },
        example: "535 5.7.0 (#AUTH012) Incorrect username or password.",
        ..BASE
    },
    Rule {
        common: true,
        says: "user does not have a * account | no longer valid",
        cause: Cause::RecipientUnknown,
        example: "554 delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [0]",
        ..BASE
    },
    Rule {
        says: "delivery error: dd * mailbox is disabled | delivery error: dd * account has been disabled* | \
            dd sorry, your message * cannot be delivered",
        cause: Cause::RecipientUnknown,
        example: "554 delivery error: dd Sorry, your message to a@yahoo.com cannot be delivered. This mailbox is disabled (554.30).",
        ..BASE
    },
    Rule {
        says: "message not allowed* | message not accepted for policy reasons",
        unless: "dmarc* | dkim* | spf",
        cause: Cause::ContentRejected,
        example: "554 Message not allowed - [PH01] Email not accepted for policy reasons.",
        ..BASE
    },
];

/// iCloud's own rules.
pub(in crate::knowledge) static ICLOUD: &[Rule] = &[
    Rule {
        at: &[Greeting],
        code: 5,
        cause: Cause::IpReputation,
        example: "554 st11p00im-smtpin013.me.com ESMTP Mail not accepted",
        ..BASE
    },
    Rule {
        code: 554,
        says: "esmtp not accepting connections",
        cause: Cause::IpReputation,
        example: "554 st11p00im-smtpin013.me.com ESMTP not accepting connections",
        ..BASE
    },
    Rule {
        at: &[Auth],
        code: 535,
        cause: Cause::CredentialsRejected,
        advice: Advice {
            fix: &[
                "Make an app-specific password at https://account.apple.com, and use it: the Apple Account's own password \
                 is not taken.",
                "The user name is the whole iCloud address.",
            ],
            source: Some("https://support.apple.com/en-us/102654"),
            ..ADVICE
        },
        example: "535 5.7.8 Error: authentication failed: authentication failure",
        ..BASE
    },
    Rule {
        says: "inactive email address",
        cause: Cause::RecipientUnknown,
        example: "550 5.1.1 <a@icloud.com>: inactive email address",
        ..BASE
    },
];
