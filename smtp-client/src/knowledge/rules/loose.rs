//! Single words, for replies in which no phrase is known: what is refused is named before why.

use crate::Cause;
use crate::Stage::{Auth, Body, Data, Ehlo, Greeting, Mail, Rcpt, StartTls};
use crate::knowledge::rule::{BASE, Rule};

/// Read after all phrases, and before the codes.
pub(in crate::knowledge) static LOOSE: &[Rule] = &[
    Rule {
        about: "~ | ip | ips | ip address* | your host | your server* | your mail server* | your mailserver | \
            your network* | netblock | your isp | your provider | client host | connecting host | this network | \
            connection* from | address range* | address space | hosting provider*",
        says: "block* | banned | ban | reject* | refus* | denied | abuse* | spam* | not welcome | not accepted | not accept* | \
            not allowed | not permitted | reputation | sender score | quarantine* | reported | listing | distrust*",
        unless: "recipient* | relay* | helo* | ehlo* | login* | auth*",
        cause: Cause::IpReputation,
        example: "550 Your provider is refused",
        ..BASE
    },
    Rule {
        says: "relay*",
        cause: Cause::RelayDenied,
        example: "553 host denies relay",
        ..BASE
    },
    Rule {
        code: 5,
        says: "archive* | zip | *.exe | password-protected*",
        cause: Cause::ContentRejected,
        example: "554 The archive is unwelcome",
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
        says: "tls | ssl | starttls | clear-text | cleartext | encrypt*",
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
        code: 5,
        says: "score* | points",
        about: "exceed* | high | limit* | over | above",
        cause: Cause::ContentRejected,
        example: "550 Score 12.3 exceeds the limit",
        ..BASE
    },
    Rule {
        says: "size | mb | kb | bytes | byte | octets | megabyte* | bigger | larger | heavy | too big | too large",
        about: "limit* | exceed* | maximum | max | above | over | than | too",
        unless: "per | hour* | daily | mailbox* | score* | line*",
        cause: Cause::MessageTooLarge,
        example: "552 Declared bytes: above the limit",
        ..BASE
    },
    Rule {
        says: "allowance | used up * messages | used up * mails | messages * used up | mails * used up | too much mail now | too fast | too quick* | unusual * rate* | unusual rate* | too much mail* | \
            rate* exceeded | sessions * allowed | connections * allowed | session* * maximum | \
            connection count* | message count*",
        cause: Cause::Throttled,
        example: "452 Allowance used up",
        ..BASE
    },
    Rule {
        says: "limit* | threshold* | exceed* | maximum | number of* | too many* | too much* | frequent* | excessive*",
        cause: Cause::Throttled,
        example: "500 The commands are at their maximum",
        ..BASE
    },
    Rule {
        says: "helo* | ehlo* | command* | syntax* | sequence* | parameter* | bracket*",
        cause: Cause::ProtocolError,
        example: "555 helohost error",
        ..BASE
    },
    Rule {
        unless: "message is blocked | words*",
        says: "is blocked | you are not welcome | ip | ip address | ip-address | your host | your server | your network | connection* from*",
        cause: Cause::IpReputation,
        example: "550 Not from that IP address",
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
        says: "rcpt* | recipient* | destination* | forward path | forward-path | access to *@*",
        cause: Cause::RecipientRejected,
        example: "550 Not for this recipient",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, Auth, Rcpt, Data, Body],
        code: 5,
        about: "domain* | resolve*",
        says: "denied | block* | black*list* | banned | reject* | refus* | not allowed | not permitted | not accept* | not resolve* | \
            cannot resolve* | could not resolve* | not valid | no valid | invalid",
        cause: Cause::SenderRejected,
        example: "501 Denied domain name",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, Mail, Data, Body],
        code: 5,
        says: "mailbox* | user* | no address* | addressee*",
        unless: "cancel*",
        cause: Cause::RecipientUnknown,
        example: "550 That mailbox is away",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, Mail, Data, Body],
        code: 5,
        says: "this address | to address | an address | e-mail address | email address | receiver* | \
            this recipient",
        unless: "your * address | sender* | from*",
        cause: Cause::RecipientRejected,
        example: "550 Failed to deliver to address <a@a.test>",
        ..BASE
    },
    Rule {
        at: &[Rcpt],
        code: 5,
        says: "account*",
        unless: "your* | send* | outgoing | outbound | smtp | customer* | quota*",
        cause: Cause::RecipientUnknown,
        example: "550 Dormant account",
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
        code: 5,
        says: "subject | filter* | tampered | inspection | date field | media | from field | \
            signature of* | keyword* | pattern* | words | dcc | html | fake*",
        cause: Cause::ContentRejected,
        example: "554 The subject is unwelcome",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, StartTls, Auth, Mail, Rcpt],
        code: 5,
        says: "reject* | refus* | denied | not accepted | block*",
        cause: Cause::ContentRejected,
        example: "519 Rejected.",
        ..BASE
    },
    Rule {
        code: 5,
        says: "mail data | message* | mail content* | header* | body",
        cause: Cause::ContentRejected,
        example: "554 This message is not wanted",
        ..BASE
    },
];
