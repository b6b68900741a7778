//! What stage, enhanced code and basic code tell, where words do not: RFC 5321 section 4.2.3, RFC 3463 section 3, and
//! the registry of enhanced codes.

use crate::Cause;
use crate::Stage::{Body, Data, Ehlo, Mail, Rcpt};
use crate::knowledge::rule::{ANY, BASE, Rule};

/// Of a reply at a known stage the earlier rows decide; without one, the rows that ask for none.
pub(in crate::knowledge) static CODES: &[Rule] = &[
    // Codes of one meaning, for now or for good.
    Rule {
        status: &[(2, 2)],
        cause: Cause::MailboxFull,
        example: "550 5.2.2 No",
        ..BASE
    },
    Rule {
        status: &[(2, 3), (2, 11)],
        cause: Cause::MessageTooLarge,
        example: "554 5.2.3 No",
        ..BASE
    },
    Rule {
        status: &[(5, 3), (7, 28)],
        cause: Cause::Throttled,
        example: "452 4.5.3 Not now",
        ..BASE
    },
    Rule {
        status: &[(7, 10), (7, 11)],
        cause: Cause::TlsRequired,
        example: "550 5.7.10 No",
        ..BASE
    },
    // For now.
    Rule {
        code: 4,
        status: &[(3, ANY), (4, ANY)],
        cause: Cause::TemporaryServerFailure,
        example: "452 4.3.1 Not now",
        ..BASE
    },
    Rule {
        code: 452,
        cause: Cause::Throttled,
        example: "452 Not now",
        ..BASE
    },
    Rule {
        code: 4,
        status: &[(2, 1), (7, ANY)],
        cause: Cause::Throttled,
        example: "421 4.7.0 Not now",
        ..BASE
    },
    Rule {
        code: 4,
        cause: Cause::TemporaryServerFailure,
        example: "451 Not now",
        ..BASE
    },
    // For good: what is asked for first.
    Rule {
        code: 530,
        status: &[(7, 7)],
        cause: Cause::TlsRequired,
        example: "530 5.7.7 No",
        ..BASE
    },
    Rule {
        code: 530,
        cause: Cause::AuthRequired,
        example: "530 5.7.0 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(7, 57)],
        cause: Cause::AuthRequired,
        example: "550 5.7.57 No",
        ..BASE
    },
    // Who sends.
    Rule {
        code: 5,
        status: &[(7, 501), (7, 502), (7, 503), (7, 705), (7, 708), (7, 750)],
        cause: Cause::AccountBlocked,
        example: "550 5.7.705 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(7, 509)],
        cause: Cause::SenderAuthentication,
        example: "550 5.7.509 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(4, 5)],
        cause: Cause::Throttled,
        example: "550 5.4.5 No",
        ..BASE
    },
    // What is sent.
    Rule {
        code: 5,
        status: &[(6, 3), (6, 7), (6, 9)],
        cause: Cause::Unsupported,
        example: "550 5.6.7 No",
        ..BASE
    },
    Rule {
        code: 555,
        cause: Cause::Unsupported,
        example: "555 5.5.4 No",
        ..BASE
    },
    Rule {
        at: &[Mail, Body],
        code: 552,
        cause: Cause::MessageTooLarge,
        example: "552 No",
        ..BASE
    },
    Rule {
        at: &[Data, Body],
        code: 5,
        status: &[(5, 1)],
        cause: Cause::RecipientRejected,
        example: "554 5.5.1 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(6, ANY), (7, 12)],
        cause: Cause::ContentRejected,
        example: "550 5.7.12 No",
        ..BASE
    },
    // Grammar and order, whatever the stage.
    Rule {
        code: 500,
        cause: Cause::ProtocolError,
        example: "500 What?",
        ..BASE
    },
    Rule {
        code: 501,
        status: &[(5, ANY)],
        cause: Cause::ProtocolError,
        example: "501 5.5.4 What?",
        ..BASE
    },
    Rule {
        at: &[Ehlo],
        code: 501,
        cause: Cause::ProtocolError,
        example: "501 What?",
        ..BASE
    },
    Rule {
        code: 502,
        cause: Cause::ProtocolError,
        example: "502 5.5.1 What?",
        ..BASE
    },
    Rule {
        code: 503,
        cause: Cause::ProtocolError,
        example: "503 5.5.1 Not now",
        ..BASE
    },
    Rule {
        code: 504,
        cause: Cause::ProtocolError,
        example: "504 5.5.4 What?",
        ..BASE
    },
    // Where it goes. Postfix tells of a sender that the login does not own only at RCPT.
    Rule {
        at: &[Rcpt],
        code: 553,
        status: &[(7, 1)],
        cause: Cause::SendAsDenied,
        example: "553 5.7.1 No",
        ..BASE
    },
    Rule {
        at: &[Rcpt],
        code: 5,
        status: &[(1, ANY), (2, 1), (4, 1), (7, 13)],
        cause: Cause::RecipientUnknown,
        example: "550 5.1.4 No",
        ..BASE
    },
    Rule {
        at: &[Rcpt],
        code: 5,
        status: &[(7, 1), (7, 54), (7, 64), (7, 68)],
        cause: Cause::RelayDenied,
        example: "550 5.7.1 No",
        ..BASE
    },
    Rule {
        at: &[Rcpt],
        code: 551,
        cause: Cause::RelayDenied,
        example: "551 No",
        ..BASE
    },
    Rule {
        at: &[Rcpt],
        code: 552,
        cause: Cause::MailboxFull,
        example: "552 No",
        ..BASE
    },
    Rule {
        at: &[Rcpt],
        code: 5,
        cause: Cause::RecipientRejected,
        example: "550 No",
        ..BASE
    },
    // What remains of each stage.
    Rule {
        at: &[Ehlo],
        code: 554,
        cause: Cause::ServiceUnavailable,
        example: "554 No",
        ..BASE
    },
    Rule {
        at: &[Mail],
        code: 5,
        status: &[(7, 1), (7, 2)],
        cause: Cause::SendAsDenied,
        example: "550 5.7.1 No",
        ..BASE
    },
    Rule {
        at: &[Mail],
        code: 5,
        cause: Cause::SenderRejected,
        example: "550 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(7, 54), (7, 64), (7, 68)],
        cause: Cause::RelayDenied,
        example: "550 5.7.64 No",
        ..BASE
    },
    Rule {
        at: &[Data, Body],
        code: 554,
        cause: Cause::ContentRejected,
        example: "554 No",
        ..BASE
    },
    Rule {
        at: &[Body],
        code: 550,
        cause: Cause::ContentRejected,
        example: "550 No",
        ..BASE
    },
    Rule {
        at: &[Body],
        code: 5,
        status: &[(7, ANY)],
        cause: Cause::ContentRejected,
        example: "571 5.7.1 No",
        ..BASE
    },
    // What is left where nobody knows the stage.
    Rule {
        code: 5,
        status: &[(2, 1), (1, 0)],
        cause: Cause::RecipientRejected,
        example: "550 5.2.1 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(1, ANY), (4, 4), (4, 1)],
        cause: Cause::RecipientUnknown,
        example: "550 5.1.4 No",
        ..BASE
    },
    Rule {
        code: 501,
        cause: Cause::ProtocolError,
        example: "501 What?",
        ..BASE
    },
    Rule {
        code: 525,
        cause: Cause::AccountBlocked,
        example: "525 No",
        ..BASE
    },
    Rule {
        code: 551,
        cause: Cause::RelayDenied,
        example: "551 No",
        ..BASE
    },
    Rule {
        code: 552,
        cause: Cause::MessageTooLarge,
        example: "552 No",
        ..BASE
    },
    Rule {
        code: 521,
        cause: Cause::ServiceUnavailable,
        example: "521 No",
        ..BASE
    },
];
