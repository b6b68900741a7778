//! Stages and codes that decide regardless of the words.

use crate::Cause;
use crate::Stage::{Ehlo, Greeting, Mail, StartTls};
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};

/// Refusals of STARTTLS, and codes with one meaning.
pub(in crate::knowledge) static STAGES: &[Rule] = &[
    Rule {
        at: &[StartTls],
        code: 4,
        cause: Cause::StarttlsRejected,
        example: "454 4.7.0 TLS not available due to local problem",
        ..BASE
    },
    Rule {
        at: &[StartTls],
        code: 5,
        cause: Cause::StarttlsRejected,
        example: "502 unimplemented (#5.5.1)",
        ..BASE
    },
    // Codes with one meaning, regardless of the words.
    Rule {
        code: 552,
        status: &[(2, 3)],
        cause: Cause::MessageTooLarge,
        example: "552 5.2.3 No",
        ..BASE
    },
    // A full mailbox in any language, unless a limit on sending has the same code.
    Rule {
        code: 552,
        status: &[(2, 2)],
        not_at: &[Greeting, Ehlo, Mail],
        unless: "send* | sent | outgoing | outbound | rate* | hour* | daily | per day | message size* | too large | too big",
        cause: Cause::MailboxFull,
        example: "552 5.2.2 Mailbox van ontvanger is vol",
        ..BASE
    },
    Rule {
        status: &[(3, 4)],
        unless: "sign in* | your account",
        cause: Cause::MessageTooLarge,
        example: "552 5.3.4 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(2, 252), (7, 60)],
        cause: Cause::SendAsDenied,
        example: "550 5.7.60 No",
        ..BASE
    },
];

/// Replies that refuse nothing, but for XOAUTH2's: it tells of a refused token in a challenge, JSON in base64 (`{"`).
pub(in crate::knowledge) static POSITIVE: &[Rule] = &[
    Rule {
        code: 334,
        says: "eyj*",
        cause: Cause::OAuthTokenRejected,
        example: "334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=",
        ..BASE
    },
    Rule {
        code: 334,
        cause: Cause::Ok,
        advice: says("The login goes on: the server waits for the client's next response."),
        example: "334 VXNlcm5hbWU6",
        ..BASE
    },
    Rule {
        code: 354,
        cause: Cause::Ok,
        advice: says(
            "The server waits for the message, and for the dot alone on a line that ends it.",
        ),
        example: "354 Start mail input; end with <CRLF>.<CRLF>",
        ..BASE
    },
    Rule {
        code: 3,
        cause: Cause::Ok,
        advice: says("The server waits for more."),
        example: "300 Go on",
        ..BASE
    },
    Rule {
        code: 220,
        at: &[StartTls],
        cause: Cause::Ok,
        advice: says("The server is ready for the TLS handshake."),
        example: "220 2.0.0 Ready to start TLS",
        ..BASE
    },
    Rule {
        code: 220,
        cause: Cause::Ok,
        advice: says("The server is ready."),
        example: "220 mail.example.test ESMTP",
        ..BASE
    },
    Rule {
        code: 221,
        cause: Cause::Ok,
        advice: says("The server says goodbye, and closes the connection."),
        example: "221 2.0.0 Bye",
        ..BASE
    },
    Rule {
        code: 235,
        cause: Cause::Ok,
        advice: says("The login succeeded."),
        example: "235 2.7.0 Authentication successful",
        ..BASE
    },
    Rule {
        code: 251,
        cause: Cause::Ok,
        advice: says("The server takes the recipient, and forwards the mail to another address."),
        example: "251 2.1.5 User not local; will forward to <a@a.test>",
        ..BASE
    },
    Rule {
        code: 252,
        cause: Cause::Ok,
        advice: says(
            "The server does not say whether there is such a user, and takes mail for it.",
        ),
        example: "252 2.0.0 Cannot VRFY user, but will accept message",
        ..BASE
    },
    Rule {
        cause: Cause::Ok,
        advice: says("The server did what it was asked for."),
        example: "250 2.1.0 Ok",
        ..BASE
    },
];

const fn says(summary: &'static str) -> Advice {
    Advice { summary, ..ADVICE }
}
