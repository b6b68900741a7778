//! Single words, for replies in which no phrase is known: what is refused is named before why.

use crate::Cause;
use crate::Stage::{Body, Data, Ehlo, Greeting, Mail};
use crate::knowledge::rule::{BASE, Rule};

/// Read after all phrases, and before the codes.
pub(in crate::knowledge) static LOOSE: &[Rule] = &[
    Rule {
        says: "relay*",
        cause: Cause::RelayDenied,
        example: "553 host denies relay",
        ..BASE
    },
    Rule {
        says: "certificate*",
        cause: Cause::CertificateUntrusted,
        example: "554 That certificate does not do",
        ..BASE
    },
    Rule {
        says: "cipher* | tls version* | tls 1.*",
        cause: Cause::TlsVersion,
        example: "553 This route wants high-strength ciphers",
        ..BASE
    },
    Rule {
        says: "tls | ssl | starttls | encrypt*",
        cause: Cause::TlsRequired,
        example: "553 This route wants encryption",
        ..BASE
    },
    Rule {
        says: "authenticat* | login | logged in | password* | credential*",
        cause: Cause::AuthRequired,
        example: "550 Mail from here comes after authentication alone",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, Mail],
        says: "quota* | disk space* | mailbox * limit* | mailbox * maximum",
        unless: "send* | outgoing | outbound | messages | mails | emails | rate | per | hour* | daily | day | minute*",
        cause: Cause::MailboxFull,
        example: "552 The quota does not do",
        ..BASE
    },
    Rule {
        says: "limit* | threshold* | exceed* | maximum | number of* | too many* | too much* | frequent* | excessive*",
        cause: Cause::Throttled,
        example: "500 The sessions are at their maximum",
        ..BASE
    },
    Rule {
        says: "helo* | ehlo* | command* | syntax* | sequence* | parameter* | bracket*",
        cause: Cause::ProtocolError,
        example: "555 helohost error",
        ..BASE
    },
    Rule {
        says: "is blocked | ip | ip address | ip-address | your host | your server | your network | connection* from*",
        cause: Cause::IpReputation,
        example: "550 Mail is refused from that IP",
        ..BASE
    },
    Rule {
        says: "sender* | mail from* | from address* | from: address* | envelope from* | return-path* | reverse-path*",
        cause: Cause::SenderRejected,
        example: "554 sender is unvalidated",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, Mail],
        code: 5,
        says: "rcpt* | recipient* | destination*",
        cause: Cause::RecipientRejected,
        example: "550 Not for this recipient",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, Mail, Data, Body],
        code: 5,
        says: "mailbox* | user* | no address* | addressee*",
        cause: Cause::RecipientUnknown,
        example: "550 That mailbox is gone",
        ..BASE
    },
    Rule {
        code: 5,
        says: "account*",
        cause: Cause::AccountBlocked,
        example: "550 Something is wrong with the account",
        ..BASE
    },
    Rule {
        code: 4,
        says: "reject* due to policy* | policy violation* | policy reject* | rejected by policy*",
        cause: Cause::ContentRejected,
        example: "421 Reject due to policy violations",
        ..BASE
    },
    Rule {
        at: &[Data, Body],
        code: 5,
        says: "reject* | refus* | denied | not accepted | block*",
        cause: Cause::ContentRejected,
        example: "519 Rejected.",
        ..BASE
    },
    Rule {
        code: 5,
        says: "message* | mail content* | header* | body",
        cause: Cause::ContentRejected,
        example: "554 This message is not wanted",
        ..BASE
    },
];
