//! Phrases about limits: of recipients, messages, sizes, storage and the server's own resources.
//!
//! The same words, `limit`, `quota`, `maximum`, are used for all of them, so what is limited decides.

use crate::Cause;
use crate::Stage::{Data, Ehlo, Greeting, Mail, StartTls};
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

/// Read from the top; phrases with one meaning come first.
pub(in crate::knowledge) static LIMITS: &[Rule] = &[
    Rule {
        says: "rcpt * too many | too many recipients* | too many rcpt* | recipients limit* | number of rcpt* | \
            number of recipients* | rcpt* * threshold | rcpt attempts* | total of rcpt* | allow rcpt* | \
            recipients * exceed* | recipient count*",
        unless: "this hour | per hour | per day | today | hourly | daily | in one hour | in one day",
        cause: Cause::Throttled,
        advice: Advice {
            summary: "The message has more recipients than the server takes at once.",
            fix: &["Send it to fewer recipients at a time: those that were accepted before stand."],
            who: Some(Who::Sender),
            retry: Some(Retry::Reconnect),
            ..ADVICE
        },
        example: "452 4.5.3 Error: too many recipients",
        ..BASE
    },
    Rule {
        says: "hourly *quota* | daily *quota* | monthly *quota* | sending *quota* | queue quota* | relay quota* | over your * quota | quota used* | \
            recipient quota* | message quota* | messages quota* | count quota* | email quota* | rate quota* | \
            outgoing * quota* | outbound * quota* | quota * per * | quota of messages* | quota of emails* | \
            quota of * messages | quota of * emails | \
            quota for sending* | send quota* | submission quota*",
        cause: Cause::Throttled,
        advice: Advice {
            retry: Some(Retry::InHours),
            ..ADVICE
        },
        example: "550 5.4.7 <a@a.test>: Sender rejected: Hourly Quota Exceeded",
        ..BASE
    },
    Rule {
        says: "sender * sent more than * | has sent more than * | sent too many* | have sent * messages | \
            reached * daily * limit | reached * hourly * limit | reached * sending limit | \
            reached * daily * | exceeded the max * per hour | max * per hour | max * per day | max * per minute | \
            sending limit* | send limit* | letter sending limit* | outgoing * limit* | outbound * limit* | \
            limit on outgoing* | limit * outgoing* | per hour | per minute | per second | per day | hour limit | \
            hourly limit* | daily limit* | messages in * seconds | messages in * minutes | mails in * seconds | mails in * minutes | messages a day | mails a day | emails a day | messages an hour | mails an hour | emails an hour | \
            recipients a day | for today has been hit | limit for today | rate too high | rate is too high | monthly limit* | rate limit* | rate-limit* | ratelimit* | rate * limit | \
            rate * exceeded | too quickly | too fast | too frequent* | frequency* | wait to send more* | \
            too much mail from* | too much e*mail in* | this hour | in one hour | in an hour | per * hours | per * minutes | per * seconds | in * hours | \
            in the last hour | recipients today | messages today | emails today | mails today | excessive volume | maximum number of recipients* | \
            massimo di invii* | limite di invi* | limite * invii | limite de envi* | limite * envios | limite d'envoi* | \
            quota d'envoi* | przekroczono limit* | limit wysyl* | rate overlimit* | rate over limit* | \
            versandlimit* | sendelimit* | sendekontingent*",
        unless: "reputation | set to zero | sending is disabled",
        cause: Cause::Throttled,
        example: "450 4.7.1 <a@a.test>: Sender has sent more than 30 messages per minute",
        ..BASE
    },
    // Lines are limited too: RFC 5321 section 4.5.3.1.6.
    Rule {
        says: "line length* | lines * too long* | line * too long in* | length of * line* | message * line* too long | \
            too long lines* | overlong line* | long header line* | line* exceed* * octets | line* longer than*",
        unless: "command",
        cause: Cause::ContentRejected,
        advice: LONG_LINES,
        example: "550 maximum allowed line length is 998 octets, got 1003",
        ..BASE
    },
    Rule {
        at: &[Data, crate::Stage::Body],
        says: "line too long* | line is too long*",
        cause: Cause::ContentRejected,
        advice: LONG_LINES,
        example: "500 5.0.0 Line too long",
        ..BASE
    },
    // A policy on the sender, whichever quota it names.
    Rule {
        about: "sender address rejected* | policy rejection* | sender | messages | mails | emails",
        says: "quota exceeded | exceeded * quota | over quota | quota has been exceeded",
        unless: "recipient* | mailbox* | storage | disk | inbox | your mailbox* | user* | account that you*",
        cause: Cause::Throttled,
        advice: Advice {
            retry: Some(Retry::InHours),
            ..ADVICE
        },
        example: "450 4.7.1 <a@a.test>: Sender address rejected: Policy Rejection- Quota Exceeded.",
        ..BASE
    },
    Rule {
        says: STORAGE,
        at: &[Mail, Greeting, Ehlo, StartTls],
        code: 5,
        cause: Cause::AccountBlocked,
        advice: Advice {
            summary: "The sender's own mailbox is over its quota, and may not send.",
            fix: &[
                "Delete mail from the mailbox that sends, or ask its provider for more storage.",
            ],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "552 5.2.2 Your mailbox is full",
        ..BASE
    },
    Rule {
        says: STORAGE,
        cause: Cause::MailboxFull,
        example: "550 5.2.2 <a@a.test>: Mailbox full",
        ..BASE
    },
    Rule {
        says: "message size* | message too *large | message is too * | message * too large | message * too big | \
            message * too long | mail size* | mailsize* | email size* | mail too * | mail * too large | too large * | \
            too large | too big | size limit* | maximum * size | max* message size | maximum size* | \
            size exceed* | exceed* * size | exceed* *size | exceed* size* | message length* | message exceed* | \
            message has exceeded* | attachment * too * | attachments * exceed* | data size exceed* | \
            too much mail data | too much data | size not allowed | larger than* | maxsizeerror* | \
            message file too big | length of * maximum | message of * exceed* | bytes exceed* | line limit exceeded | size of * exceed* | content length* | is too long | \
            too heavy | size policy | maximum of * mb | maximum of * kb | maximum of * bytes | limit of * mb | \
            limit of * kb | limit of * bytes | limit * octets | maximum * octets | over the maximum of* | \
            message * over the * limit | taille * message | taille limite* | nachricht * gross | zu gross | \
            tamano * mensaje | tamanho * mensagem | message too * for system | weight limit*",
        unless: "messages per* | emails per* | number of messages*",
        cause: Cause::MessageTooLarge,
        example: "552 Message size not allowed",
        ..BASE
    },
    Rule {
        says: "insufficient * storage | insufficient * space | insufficient * resource* | insufficient storage | \
            insufficient disk* | system full | system is full | not enough * space | not enough * storage | out of memory | out of disk* | \
            no space left* | disk full | low on * | system resources* | system storage | load average* | \
            load too high | server * busy | system * busy | server busy* | too busy | server * overload* | \
            high load | queue * full | resources temporarily*",
        cause: Cause::TemporaryServerFailure,
        example: "452 4.3.1 Insufficient system storage",
        ..BASE
    },
    Rule {
        says: "too many connections* | too many concurrent* | too many sessions* | too many simultaneous* | \
            too many open* | too many parallel* | too many messages* | too many *mails* | \
            too many transactions* | too many sends* | too many hosts* | too many commands* | \
            too many requests* | too many errors | too many invalid* | too many bad* | too many unknown* | \
            too many smtp* | too many recent* | too many process* | too many delivery* | too many new* | \
            received too many* | rate control* | connection rate* | message rate* | sending rate* | throttl* | slower | \
            slow down* | slowdown | unusual volume | unexpected volume | concurrent connection* | concurrency* | \
            simultaneous connection* | connection limit* | connections limit* | session limit | \
            maximum * connections | connections exceeded | max* * per connection | max* * per session | \
            per session | per connection | per transaction | messages per* | recipients per* | emails per* | \
            mails per* | hourly* | daily* | message limit* | messages limit* | recipient limit* | \
            limit of messages* | limit on the number* | limit for the number* | maximum number of* | \
            limit exceeded | limit is exceeded | limit has been *ed | limit reached* | limit was reached | \
            exceeded * limit | exceeds * limit * recipients | exceeded the max* | exceded the max* | \
            maximum credits* | received too much* | multiple destination domains* | quota policy* | policyd* | \
            number of sessions* | sessions exceed* | number * per * | threshold | too much fail* | too much *fail* | \
            thread limit* | exceeding * limit | batch limit* | quota insufficient | not enough * quota | \
            same size mails | trop de * | zu viele verbindungen* | demasiad* | muitas conex* | receiving * too *",
        unless: "reputation | score* | karma",
        cause: Cause::Throttled,
        example: "421 4.7.0 mx.a.test Error: too many commands from 192.0.2.1",
        ..BASE
    },
];

/// Phrases about a mailbox that takes no more.
const STORAGE: &str = "mailbox * full | mailbox full | mail box full | mailbox is full* | inbox is full | inbox full | \
    over quota | overquota | over the quota | over its quota | over their quota | quota exceeded | quota exceed* | \
    quota * exceeded | exceeded * quota* | exceeds * quota | exceeding * quota | exceeded storage* | \
    exceeded * storage* | out of storage* | mailbox * out of space | \
    storage * full | storage * exceeded | storage quota* | storage limit* | \
    storage reached* | insufficient storage space in mailbox | mailbox size limit* | mailbox * size limit | \
    mailbox has exceeded* | mailbox exceed* | mailbox * exceeded | mailbox * maximum * | maximum mailbox * | \
    mailbox * limit of * | not enough * space in * mailbox | no space left in mailbox | quota violation | allowed quota | quota (bytes) | not have enough space | space has been used up | receiving limit* | exceeding receiving* | \
    quotaexceeded* | disk quota* | account is over* | account is full | user is full | boite * pleine | postfach * voll | \
    mailbox over* | has too many messages* | zuviele mails* | zu viele mails* | speicherplatz* | speichervolumen* | \
    allowed storage* | trouble in home directory | buzon * lleno | caixa * cheia | casella * piena | pelna skrzynka | \
    storage allocation | storage * used up | space * used up | no room left | folder is full | user has no space | out of space | mailbox voll | postfach ist voll | buzon lleno | pleine | storage allotment | disk allotment | cannot create output | out of quota | over quote | space not enough | cuota excedida | cuota superada | \
    quota excedida | quota superata | quota depassee | quota dépassée | переполнен*";

/// What to do about lines that are longer than the 998 octets of RFC 5322 section 2.1.1.
const LONG_LINES: Advice = Advice {
    summary: "The message has a line that is longer than the server accepts.",
    fix: &[
        "Fold long header fields, and break or encode the lines of the body: at most 998 octets a line.",
        "Encode the body as quoted-printable or base64.",
    ],
    who: Some(Who::Sender),
    retry: Some(Retry::AfterTheFix),
    ..ADVICE
};
