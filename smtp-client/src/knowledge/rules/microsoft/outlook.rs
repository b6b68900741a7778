//! Replies of Outlook.com, except those that it shares with Exchange Online.

use super::advice::DELIST;
use crate::Cause;
use crate::knowledge::Who;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};

/// Outlook.com's own rules.
pub(in crate::knowledge) static OUTLOOK: &[Rule] = &[
    Rule {
        says: "ou-002",
        cause: Cause::ContentRejected,
        example: "550 OU-002 Mail rejected by Outlook.com for policy reasons",
        ..BASE
    },
    Rule {
        code: 4,
        says: "rp-001 | rp-002 | rp-003",
        cause: Cause::Throttled,
        example: "421 RP-001 The mail server IP connecting to Outlook.com server has exceeded the rate limit allowed",
        ..BASE
    },
    Rule {
        says: "ou-001 | dy-001 | dy-002 | sc-001 | sc-002 | sc-003 | sc-004",
        cause: Cause::IpReputation,
        advice: DELIST,
        example: "550 SC-001 Mail rejected by Outlook.com for policy reasons",
        ..BASE
    },
    Rule {
        code: 5,
        says: "block list (s3150) | block list (s3140) | part of their network is on our block list",
        cause: Cause::IpReputation,
        advice: Advice {
            fix: &[
                "The owner of the network has to ask for its removal: https://olcsupport.office.com",
                "Or send through a submission server with a login.",
            ],
            who: Some(Who::Network),
            ..ADVICE
        },
        example: "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
        ..BASE
    },
];
