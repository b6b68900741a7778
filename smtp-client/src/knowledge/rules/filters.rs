//! What the gateways say that filter mail for others: Mimecast, Proofpoint.

use crate::Cause;
use crate::knowledge::Who;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};

/// Mimecast's own rules.
pub(in crate::knowledge) static MIMECAST: &[Rule] = &[
    Rule {
        common: true,
        says: "anti-spoofing policy* | envelope blocked* | blocked senders* | mcspamsignature* | \
            administrative prohibition",
        cause: Cause::ContentRejected,
        advice: Advice {
            summary: "A policy of the recipient's organisation, kept at Mimecast, refuses this message or its sender.",
            fix: &["Ask the recipient's administrator to permit the sender in Mimecast."],
            who: Some(Who::Recipient),
            ..ADVICE
        },
        example: "550 Rejected by header based Anti-Spoofing policy: a@a.test - https://community.mimecast.com/docs/DOC-1369#550",
        ..BASE
    },
    Rule {
        says: "host network not allowed | local ct ip reputation*",
        cause: Cause::IpReputation,
        example: "554 Host network not allowed - https://community.mimecast.com/docs/DOC-1369#554",
        ..BASE
    },
    Rule {
        says: "open relay not allowed",
        cause: Cause::RelayDenied,
        example: "451 Open relay not allowed - https://community.mimecast.com/docs/DOC-1369#451",
        ..BASE
    },
    Rule {
        says: "account inbounds disabled* | account outbounds disabled*",
        cause: Cause::AccountBlocked,
        example: "451 Account outbounds disabled",
        ..BASE
    },
];

/// Proofpoint's own rules.
pub(in crate::knowledge) static PROOFPOINT: &[Rule] = &[
    Rule {
        says: "blocked - see *proofpoint* | *prs.proofpoint.com* | *ipcheck.proofpoint.com*",
        cause: Cause::IpReputation,
        advice: Advice { who: Some(Who::Network), ..ADVICE },
        example: "554 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.1",
        ..BASE
    },
    Rule {
        common: true,
        says: "ers-*block* | block-send-er | block-rcpt",
        cause: Cause::ContentRejected,
        example: "550 5.7.1 <a@a.test>: Recipient address rejected: ERS-Customized-Block.",
        ..BASE
    },
];
