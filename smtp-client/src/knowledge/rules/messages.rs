//! Words about what is sent, and about whom it is for.

use crate::Cause;
use crate::Stage::Rcpt;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

/// In the order of trust: what is said in one way alone comes first.
pub(in crate::knowledge) static MESSAGES: &[Rule] = &[
    // Limits.
    Rule {
        says: "rcpt * too many | too many recipients* | too many rcpt* | recipients limit* | number of rcpt* | \
            number of recipients* | rcpt* * threshold | rcpt attempts* | total of rcpt* | allow rcpt* | \
            recipients * exceed* | recipient count*",
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
        says: "hourly *quota* | daily *quota* | monthly *quota* | sending quota* | queue quota* | \
            recipient quota* | message quota* | messages quota* | outgoing * quota* | quota * per *",
        cause: Cause::Throttled,
        advice: Advice { retry: Some(Retry::InHours), ..ADVICE },
        example: "550 5.4.7 <a@a.test>: Sender rejected: Hourly Quota Exceeded",
        ..BASE
    },
    Rule {
        says: "mailbox * full | mailbox full | mail box full | mailbox is full* | inbox is full | inbox full | \
            over quota | overquota | over the quota | over its quota | over their quota | quota exceeded | \
            quota exceed* | quota * exceeded | exceeded * quota* | exceeds * quota | exceeding * quota | \
            exceeded storage* | exceeded * storage* | out of storage* | storage * full | storage * exceeded | \
            storage quota* | storage limit* | insufficient storage space in mailbox | mailbox size limit* | \
            mailbox * size limit | mailbox has exceeded* | mailbox exceed* | mailbox * exceeded | \
            not enough * space in * mailbox | no space left in mailbox | quota violation | quotaexceeded* | \
            disk quota* | account is over* | account is full | user is full | boite * pleine | \
            postfach * voll | mailbox over* | has too many messages* | zuviele mails* | zu viele mails* | \
            speicherplatz* | speichervolumen* | allowed storage* | trouble in home directory",
        cause: Cause::MailboxFull,
        example: "552 5.2.2 <a@a.test>: Mailbox full",
        ..BASE
    },
    Rule {
        says: "message size* | message too *large | message is too * | message * too large | message * too big | \
            message * too long | mail size* | email size* | mail too * | mail * too large | too large * | \
            too large | too big | size limit* | maximum * size | max* message size | maximum size* | \
            size exceed* | exceed* * size | exceed* size* | message length* | message exceed* | \
            message has exceeded* | attachment * too * | attachments * exceed* | data size exceed* | \
            too much mail data | too much data | size not allowed | larger than* | maxsizeerror* | \
            message file too big | length of * maximum | size of * exceed* | content length* | is too long | \
            too heavy | size policy",
        cause: Cause::MessageTooLarge,
        example: "552 5.3.4 Message size exceeds fixed limit",
        ..BASE
    },
    Rule {
        says: "insufficient * storage | insufficient * space | insufficient * resource* | insufficient storage | \
            insufficient disk* | not enough * space | not enough * storage | out of memory | out of disk* | \
            no space left* | disk full | low on * | system resources* | system storage | load average* | \
            load too high | server * busy | system * busy | server busy* | too busy | server * overload* | \
            high load",
        cause: Cause::TemporaryServerFailure,
        example: "452 4.3.1 Insufficient system storage",
        ..BASE
    },
    Rule {
        says: "too many connections* | too many concurrent* | too many sessions* | too many simultaneous* | \
            too many open* | too many parallel* | too many messages* | too many *mails* | \
            too many transactions* | too many sends* | too many hosts* | too many commands* | \
            too many requests* | too many errors | too many invalid* | too many bad* | too many unknown* | \
            too many smtp* | too much mail from* | too many recent* | too many process* | \
            too many delivery* | too many new* | sent too many* | received too many* | rate limit* | \
            rate-limit* | ratelimit* | rate * exceeded | rate * limit | rate control* | connection rate* | \
            message rate* | sending rate* | throttl* | slow down* | slowdown | too fast | too quickly | \
            too frequent* | frequency* | excessive volume | unusual volume | unusual activity | \
            unexpected volume | unusual sending* | concurrent connection* | concurrency* | \
            simultaneous connection* | connection limit* | connections limit* | maximum * connections | \
            connections exceeded | max* * per connection | max* * per session | messages per* | \
            recipients per* | emails per* | mails per* | per hour | per minute | per second | per day | \
            hourly limit* | daily limit* | hourly* | daily* | sending limit* | message limit* | \
            messages limit* | recipient limit* | limit of messages* | limit on the number* | \
            limit for the number* | maximum number of* | limit exceeded | limit has been *ed | \
            limit reached* | limit was reached | exceeded * limit | exceeds * limit * recipients | \
            exceeded the max* | exceded the max* | maximum credits* | received too much* | \
            multiple destination domains* | quota policy* | policyd* | number of sessions* | \
            sessions exceed* | number * per * | threshold | too much fail* | too much *fail* | \
            thread limit* | exceeding * limit | batch limit* | quota insufficient | not enough * quota | \
            sending quota* | same size mails",
        cause: Cause::Throttled,
        example: "421 4.7.0 mx.a.test Error: too many connections from 192.0.2.1",
        ..BASE
    },
    Rule {
        says: "grey list* | greylist* | graylist* | gray list* | grey-list* | postgrey* | greylisting*",
        cause: Cause::TemporaryServerFailure,
        advice: Advice {
            summary: "The server lets mail from those that it does not know yet wait (greylisting), and takes it at a later try.",
            fix: &[
                "Send the same message again, from the same address, in some minutes: that is all that is asked for.",
            ],
            who: Some(Who::Sender),
            retry: Some(Retry::InMinutes),
            ..ADVICE
        },
        example: "450 4.2.0 <a@a.test>: Recipient address rejected: Greylisted",
        ..BASE
    },
    Rule {
        says: "too many hops | possible mail loop | hop count* | mail loop* | loop detected | routing loop* | loops back* | \
            message loop* | mail * loop*",
        cause: Cause::Unknown,
        advice: Advice {
            summary: "The mail goes in a circle between servers.",
            fix: &[
                "Let the administrator of the recipient's domain check its MX records and its forwardings.",
                "Check that the server here does not hand its mail to itself.",
            ],
            who: Some(Who::Recipient),
            retry: Some(Retry::AfterTheFix),
            ..ADVICE
        },
        example: "554 5.4.6 Too many hops",
        ..BASE
    },
    // Order, whatever is missing.
    Rule {
        code: 503,
        says: "must have* | need* | first | without* | specify* | specified*",
        cause: Cause::ProtocolError,
        example: "503 Must have sender and recipient first.",
        ..BASE
    },
    // The sender's address.
    Rule {
        says: "domain of sender* | sender domain* | sender's domain* | sender address rejected* | \
            sender address * rejected | sender address blocked | sender rejected* | sender denied* | \
            sender blocked* | sender refused* | sender is blocked* | sender * does not exist | \
            sender verify failed* | sender verification failed* | sender callback* | sender not accepted* | \
            invalid sender* | bad sender* | sender invalid* | invalid mail from* | mail from * invalid | \
            invalid return*path | sender * not exist | unknown sender* | unable to verify sender | \
            could not verify sender | badmailfrom* | envelope sender is in my* | envelope sender* | \
            bad return path* | from address rejected* | emetteur invalide* | valid sender domain* | \
            does not accept mail (nullmx) | sender's mx* | sender address | return address* | from domain* | \
            sender domain must* | null sender* | empty sender* | empty envelope sender* | denies the sender | \
            deny the sender | mail from is* | requires valid sender* | sending domain*",
        cause: Cause::SenderRejected,
        example: "450 4.1.8 <a@a.test>: Sender address rejected: Domain not found",
        ..BASE
    },
    // The recipient's.
    Rule {
        says: "user unknown | unknown user* | unknown recipient* | recipient unknown | unknown mailbox | \
            unknown address | unknown account | unknown local* | unknown or * | addressee unknown | \
            address unknown | mailbox unknown | account unknown | no such user* | no such recipient* | \
            no such mailbox* | no such address* | no such person* | no such account* | no such email* | \
            no such local* | no such domain* | no user* | no mailbox* | no recipient | does not exist | \
            doesn't exist | do not exist | not exist | user not found | recipient not found | \
            mailbox not found | address not found | account not found | email * not found | \
            could not be found | not be found* | mailbox unavailable | mailbox not available | \
            mailbox is unavailable | no account* | not have an account* | doesn't have a* | \
            doesn't have an* | invalid recipient* | invalid mailbox* | invalid address* | invalid user* | \
            recipient * invalid | address * invalid | recipient is invalid | destinataire invalide | \
            invalid destination* | invalid rcpt* | bad destination* | bad recipient* | bad address* | \
            bad mailbox* | illegal alias | unrouteable address | unroutable address | unrouteable domain | \
            unroutable domain | undeliverable address* | address * undeliverable | not a valid user | \
            not a valid mailbox | not a valid recipient | not a valid * address | not a valid email* | \
            not a known* | isn't a valid* | is not valid* | not valid recipient* | no valid recipient* | \
            no valid rcpt* | no longer available* | no longer on server | no longer valid* | \
            no longer in use* | no longer exists* | no longer with* | not listed in* | not known* | \
            is not known | isn't known* | not our user | not a registered* | not registered* | unallocated | \
            not in * directory | not in recipient list | not in * recipient* | recipient does not* | \
            address does not* | marked as invalid | address has been *d | user has moved* | \
            mailbox has moved* | misspelled | host unknown* | unknown host* | unknown domain* | \
            domain unknown* | domain not found* | domain does not* | invalid domain* | no mx* | \
            invalid dns* | mx record* not found | name or service not known | domain is not reachable* | \
            host not found* | not a valid domain | blank mailhost* | badrcptto* | in my badrcptto* | \
            invalid-recipient* | user doesn't* | user not exist* | user is unknown* | unbekannt* | inconnu* | \
            desconocido* | sconosciuto* | *n't exist | account unavailable | account is unavailable | \
            invalid rcptto* | account closed* | mailbox closed* | verification problem | local part*",
        cause: Cause::RecipientUnknown,
        example: "550 5.1.1 <a@a.test>: Recipient address rejected: User unknown in virtual mailbox table",
        ..BASE
    },
    Rule {
        says: "viru* | malware* | spam | spam* | viral* | *spam | junk* | unsolicited* | phish* | suspicio* | ube | uce | \
            bulk mail* | bulk | content reject* | content * reject* | content * blocked | content * denied | \
            content denied | content filter* | banned content* | banning* | banned file* | \
            illegal attachment* | attachment* | file type* | file extension* | dangerous* | policy reasons* | \
            policy rejection* | policy violation* | mailpolicy* | local policy* | by policy | \
            policy restriction* | security polic* | message policy* | policy error | rejected by * policy | \
            policy | prohibited* | prohibition* | message rejected* | message was rejected* | \
            message has been rejected* | message refused* | message blocked* | message has been blocked* | \
            message was blocked* | message filtered* | message not allowed* | message not accepted* | \
            message denied* | mail rejected* | mail refused* | mail denied* | email rejected* | \
            e-mail rejected* | body * reject* | header* * not * | header error* | header * missing | \
            missing * header* | duplicate * header* | duplicate header* | headers are not* | invalid header* | \
            malformed* | rfc 5322* | rfc5322* | rfc 2822* | rfc2822* | rfc 822* | not rfc compliant | \
            not rfc* | not compliant* | multiple * header* | multiple from* | multiple addresses in from* | header_content* | mail content* | blocked sender* | envelope blocked* | header based* | header-based* | multiple subject* | \
            from: header* | from header* | no from* | bare lf* | bare cr* | bare newline* | bare <lf>* | \
            stray newline* | 8-bit * header* | mime* | url in* | banned url* | unwanted* | \
            inappropriate* | unacceptable content* | denied by* | subject is mandatory* | \
            *surbl* | *uribl* | refused by * filter | rejected by filter* | rejected by * filter* | milter* | \
            quarantine* | abuse* | advert* | infected* | worm* | trojan* | contains * *ed | executable* | \
            macro* | encrypted archive* | password protected* | message content* | content | invalid char* | \
            line* too long in* | lines * too long* | message * malformed | message * compliant",
        cause: Cause::ContentRejected,
        example: "554 5.7.1 Message rejected as spam",
        ..BASE
    },
    Rule {
        says: "recipient disabled* | recipient * disabled | recipient * suspended | recipient inactive* | \
            mailbox * disabled | mailbox disabled* | mailbox is disabled* | mailbox * inactive | \
            mailbox is inactive* | mailbox * blocked | mailbox * frozen | mailbox is frozen* | \
            mailbox * suspended | mailbox * locked | account * disabled | account disabled* | \
            account is disabled* | account * inactive | account * blocked | account * suspended | \
            account * locked | user * disabled | user disabled* | user * inactive | user * blocked | \
            user * suspended | user * locked | inactive | suspended | disabled | deactivated",
        cause: Cause::RecipientUnknown,
        advice: Advice {
            summary: "The recipient's mailbox is switched off.",
            fix: &["Reach the recipient in another way.", "Take the address off the list: mail to it will not arrive."],
            who: Some(Who::Recipient),
            ..ADVICE
        },
        example: "550 5.2.1 <a@a.test>: Recipient address rejected: mailbox is disabled",
        ..BASE
    },
    Rule {
        says: "recipient address rejected* | recipient rejected* | recipient refused* | recipient * rejected | \
            recipient blocked* | recipient * unavailable | recipient temporarily* | recipient not allowed* | \
            recipient not accepted* | recipient preferences* | recipient's server* | recipient error* | \
            user * not accept* | access denied * recipient | restricted recipient* | rejected by recipient* | \
            rejected by the recipient* | rejected by * recipient* | blocked by recipient* | \
            blocked by * recipient* | refused by recipient* | not accepting mail* | does not accept mail* | \
            doesn't accept mail* | do not accept mail* | not accept * mail from* | not accept messages* | \
            not accepting messages* | address rejected* | rejected by destination* | delivery * restricted* | \
            delivery not authorized* | not authorized to deliver* | envelope recipient* | \
            verify * recipient | unverified address* | undeliverable* | access denied to mailbox | \
            allowed to receive* | not receive mail*",
        cause: Cause::RecipientRejected,
        example: "550 5.7.1 <a@a.test>: Recipient address rejected: Not today",
        ..BASE
    },
    // What the server cannot do.
    Rule {
        says: "smtputf8* | utf8smtp* | utf-8* | internationali* | 8bitmime* | 8-bit* | 8bit* | binarymime* | \
            requiretls* | option not supported* | unsupported option* | unsupported esmtp* | \
            unsupported parameter* | parameter* not supported | parameter* not recogni* | parameters not * | \
            unrecognized parameter* | unknown * parameter* | body=* | deliverby* | conversion * not *",
        cause: Cause::Unsupported,
        example: "555 5.5.4 Unsupported option: SMTPUTF8",
        ..BASE
    },
    Rule {
        says: "unrecognized command* | unrecognised command* | command unrecognized* | command * unrecognized | \
            command not recognized* | command not recognised* | command * not recognized | unknown command* | \
            command unknown* | invalid command* | bad command* | unsupported command* | unimplemented* | \
            not implemented* | command not * | command rejected | data command rejected* | syntax error* | \
            bad syntax* | invalid syntax* | address syntax* | syntax* | bad sequence* | out of sequence* | \
            improper sequence* | wrong sequence* | sequence of commands* | out of order* | \
            improper * pipelin* | pipelin* | synchronization error* | synchronisation error* | \
            protocol error* | protocol violation* | protocol* | need mail* | need rcpt* | mail first | \
            rcpt first | sender already* | nested mail* | helo first | ehlo first | hello first | say helo* | \
            send helo* | polite people* | expected * helo | helo required* | duplicate helo* | \
            duplicate ehlo* | line too long* | garbage* | parse error* | cannot parse* | no recipients* | \
            argument* | without rcpt* | without mail* | without data* | ended early | no such command",
        cause: Cause::ProtocolError,
        example: "502 5.5.2 Error: command not recognized",
        ..BASE
    },
    Rule {
        code: 4,
        says: "user unknown* | unverified*",
        at: &[Rcpt],
        cause: Cause::RecipientUnknown,
        example: "450 4.1.1 Unverified",
        ..BASE
    },
    Rule {
        says: "temporar* | temporary* | try again* | try later* | later | internal * error | internal error* | \
            local error* | server error* | system error* | system config* | configuration error* | \
            service * unavailable | service unavailable* | service not available* | service not active | \
            service * not available | currently unavailable* | not available | resources* | shutting down* | \
            shutdown* | going down* | starting up* | maintenance | timed out | timeout* | time out | \
            connection dropped* | lost connection* | connection reset* | connection * lost | idle* | \
            dns * fail* | dns lookup* | dns query* | name server* | message expired* | queue.expired* | \
            delivery time expired | unable to deliver* | could not load* | backend* | database* | \
            no healthy* | failure | retry* | please wait* | deferred* | delayed* | unable to process* | \
            unable to accommodate* | cannot process* | could not process*",
        cause: Cause::TemporaryServerFailure,
        example: "451 4.3.0 Temporary server error. Please try again later",
        ..BASE
    },
];
