//! What GoDaddy says. Its codes mislead (5.1.1 for a limit): the number behind `IB` tells.

use crate::Cause;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

const OUT_OF_LIMIT: Advice = Advice {
    fix: &[
        "Wait: hourly limits come free within the hour, daily ones within 24 hours.",
        "On shared hosting, check that no form or script of the site is being abused.",
    ],
    who: Some(Who::Sender),
    retry: Some(Retry::InHours),
    ..ADVICE
};

/// GoDaddy's own rules.
pub(in crate::knowledge) static GODADDY: &[Rule] = &[
    Rule {
        says: "ib108 | ib509",
        cause: Cause::SenderAuthentication,
        advice: Advice {
            fix: &[
                "Let the owner of the network set a PTR record for this address, and an address record that leads back.",
            ],
            who: Some(Who::Network),
            ..ADVICE
        },
        example: "421 Temporarily rejected. Reverse DNS for 192.0.2.1 failed. IB108",
        ..BASE
    },
    Rule {
        says: "ib506 | ib508 | spf record * ib*",
        cause: Cause::SenderAuthentication,
        example: "550 192.0.2.1 is not allowed to send from <a.test> per its SPF Record. IB508",
        ..BASE
    },
    Rule {
        says: "ib101 | ib002 | ib006",
        cause: Cause::TemporaryServerFailure,
        example: "421 Server temporarily unavailable. Try again later. IB101",
        ..BASE
    },
    Rule {
        says: "ib103 | ib104 | ib105 | ib106 | ib110 | ib111 | ib112 | ib113",
        cause: Cause::IpReputation,
        advice: Advice {
            who: Some(Who::Network),
            ..ADVICE
        },
        example: "554 Connection refused. 192.0.2.1 is listed on the Exploits Block List (XBL). IB105",
        ..BASE
    },
    Rule {
        says: "ib007 | ib504 | ib510 | ib605 | ib606 | ib607 | ib608",
        cause: Cause::Throttled,
        advice: OUT_OF_LIMIT,
        example: "550 5.1.1 <a@a.test> - 192.0.2.1 has sent to too many recipients this hour. IB607 <http://x.co/rlbounce>",
        ..BASE
    },
    Rule {
        says: "ib401",
        cause: Cause::RelayDenied,
        advice: Advice {
            summary: "This is GoDaddy's server for incoming mail, which takes no logins.",
            fix: &[
                "Use smtpout.secureserver.net, port 465 or 587; on GoDaddy's hosting, relay-hosting.secureserver.net without a login.",
            ],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "535 Authentication not allowed on IBSMTP Servers. IB401",
        ..BASE
    },
    Rule {
        says: "ib501",
        cause: Cause::SendAsDenied,
        example: "550 a.test Blank From: addresses are not allowed. Provide a valid From. IB501",
        ..BASE
    },
    Rule {
        says: "ib502 | ib503 | ib505",
        cause: Cause::SenderRejected,
        example: "550 a@a.test IP addresses are not allowed as a From: Address. Provide a valid From. IB502",
        ..BASE
    },
    Rule {
        says: "ib507",
        cause: Cause::Throttled,
        example: "550 Too many emails from this sender in a short period. IB507",
        ..BASE
    },
    Rule {
        says: "ib701 | ib702",
        cause: Cause::MessageTooLarge,
        example: "552 Message size exceeds maximum permitted. IB701",
        ..BASE
    },
    Rule {
        says: "ib212 | ib703 | ib704 | ib705",
        cause: Cause::ContentRejected,
        example: "552 Virus infected message rejected. IB705",
        ..BASE
    },
];
