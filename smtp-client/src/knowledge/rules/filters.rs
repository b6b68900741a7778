//! Replies of gateways that filter mail for others (Mimecast, Proofpoint), and of services that
//! reply with tags.

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
        advice: Advice {
            who: Some(Who::Network),
            ..ADVICE
        },
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

/// Replies of Cox and Spectrum (Charter): the tag after `AUP#` has the meaning.
pub(in crate::knowledge) static AUP: &[Rule] = &[
    Rule {
        says: "aup#cxdns | aup#*11* | no rdns* | reverse dns*",
        common: true,
        cause: Cause::SenderAuthentication,
        example: "554 charter.net ESMTP not accepting messages, reverse DNS - <192.0.2.1> AUP#I-1150",
        ..BASE
    },
    Rule {
        says: "aup#urlbl*",
        cause: Cause::ContentRejected,
        example: "552 5.2.0 Message contains a listed URL - AUP#URLBL011",
        ..BASE
    },
    Rule {
        says: "aup#cxsndr",
        cause: Cause::SenderAuthentication,
        example: "554 5.2.0 Message rejected - AUP#CXSNDR",
        ..BASE
    },
    Rule {
        says: "aup#cxthrt | aup#cxmj | aup#1010 | aup#1020 | aup#o-1010 | aup#o-1020",
        cause: Cause::AccountBlocked,
        example: "554 5.7.1 Sending is limited - AUP#CXTHRT",
        ..BASE
    },
    Rule {
        says: "aup#cxcnct | aup#cxmxrt | aup#i-13* | aup#i-14* | aup#13* | aup#14* | aup#o-13* | aup#o-14* | aup#*1540 | \
            aup#*1550 | aup#*1580",
        cause: Cause::Throttled,
        example: "452 4.1.0 requested action aborted: try again later - AUP#CXMXRT",
        ..BASE
    },
    Rule {
        says: "aup#*1500 | aup#*1520",
        cause: Cause::SendAsDenied,
        example: "550 5.7.1 Sender rejected. AUP#O-1500",
        ..BASE
    },
    Rule {
        says: "aup#*1530",
        cause: Cause::MessageTooLarge,
        example: "552 5.2.0 Rejected. AUP#O-1530",
        ..BASE
    },
    Rule {
        says: "aup#cxbl | aup#cdrbl | aup#ipbl* | aup#1000 | aup#*12* | aup#bl",
        cause: Cause::IpReputation,
        example: "554 cmsmtp ESMTP server not available AUP#CXBL",
        ..BASE
    },
];

/// Replies of Facebook: a tag after the link to its page.
pub(in crate::knowledge) static FACEBOOK: &[Rule] = &[
    Rule {
        says: "rcp-p1 | int-p1 | int-p3 | int-p4 | rcp-t4",
        unless: "recipient preferences*",
        cause: Cause::RecipientUnknown,
        example: "550 5.1.1 RCP-P1 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#rcp",
        ..BASE
    },
    Rule {
        says: "rcp-p2 | rcp-p3",
        cause: Cause::RecipientRejected,
        example: "550 5.7.1 RCP-P2 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#rcp",
        ..BASE
    },
    Rule {
        says: "pol-p5 | pol-p6 | msg-p2 | msg-p3",
        cause: Cause::ContentRejected,
        example: "554 5.7.1 POL-P6 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#pol",
        ..BASE
    },
    Rule {
        says: "pol-p7 | dns-p3 | dns-t2",
        cause: Cause::SenderAuthentication,
        example: "554 5.7.1 POL-P7 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#pol",
        ..BASE
    },
    Rule {
        says: "pol-p1 | pol-p2 | pol-p3 | pol-p4 | pol-t1 | pol-t2 | pol-t3",
        cause: Cause::IpReputation,
        example: "554 5.7.1 POL-P2 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#pol",
        ..BASE
    },
    Rule {
        says: "dns-p1 | dns-p2 | dns-t1",
        cause: Cause::SenderRejected,
        example: "550 5.1.8 DNS-P1 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#dns",
        ..BASE
    },
    Rule {
        says: "con-t1 | con-t2 | con-t3 | con-t4 | msg-t1",
        cause: Cause::Throttled,
        example: "421 4.7.0 CON-T2 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#con",
        ..BASE
    },
    Rule {
        says: "msg-p1 | int-p2",
        cause: Cause::MessageTooLarge,
        example: "552 5.3.0 MSG-P1 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#msg",
        ..BASE
    },
    Rule {
        says: "rcp-t1 | int-t*",
        cause: Cause::TemporaryServerFailure,
        example: "451 4.2.0 RCP-T1 https://www.facebook.com/postmaster/response_codes?ip=192.0.2.1#rcp",
        ..BASE
    },
];
