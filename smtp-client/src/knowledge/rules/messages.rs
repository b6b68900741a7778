//! Phrases about the recipient, the message, and what the server can do.

use crate::Cause;
use crate::Stage::{Ehlo, Greeting, Mail, Rcpt};
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

/// Read from the top; phrases with one meaning come first.
pub(in crate::knowledge) static MESSAGES: &[Rule] = &[
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
            message loop* | mail * loop* | too many received* | received:*exceed*",
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
    // The order of commands, whichever one is missing.
    Rule {
        code: 503,
        says: "before | not yet * | not given | must have* | need* | first | without* | specify* | specified* | no valid recipient*",
        cause: Cause::ProtocolError,
        example: "503 Must have sender and recipient first.",
        ..BASE
    },
    // A delivery report that the server does not support.
    Rule {
        code: 5,
        says: "dsn * disabled | dsn is * | dsn support* | dsn not * | notify * not * | notify parameter* | \
            ret parameter* | envid * not * | orcpt * not * | delivery status notification* | delivery receipt*",
        cause: Cause::Unsupported,
        advice: Advice {
            fix: &["Do not ask this server for delivery reports: leave out NOTIFY, RET and ENVID."],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "501 5.7.1 DSN support is disabled",
        ..BASE
    },
    // The recipient.
    Rule {
        code: 4,
        says: "user unknown* | unverified*",
        cause: Cause::RecipientUnknown,
        example: "450 4.1.1 Unverified",
        ..BASE
    },
    // The form of the recipient's address.
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail],
        says: "invalid email address* | malformed address | malformed recipient* | malformed local* | domain missing* | missing domain | \
            missing or malformed | user address required | domain name required | bad recipient address syntax | \
            bad address syntax | recipient address syntax* | invalid address syntax | not a valid rfc* address | \
            not a valid rfc-5321 | invalid recipient syntax | unbalanced * address",
        cause: Cause::RecipientRejected,
        advice: ADDRESS_SYNTAX,
        example: "501 <a@a.test.>: domain missing or malformed",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(1, 3)],
        not_at: &[Greeting, Ehlo, Mail],
        unless: "relay*",
        cause: Cause::RecipientRejected,
        advice: ADDRESS_SYNTAX,
        example: "501 5.1.3 Bad address",
        ..BASE
    },
    Rule {
        at: &[Rcpt],
        code: 501,
        unless: "lookup* | command* | parameter* not * | option* | esmtp* | size* | body* | helo* | ehlo* | base64*",
        cause: Cause::RecipientRejected,
        advice: ADDRESS_SYNTAX,
        example: "501 Syntax error in parameters or arguments",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, Mail],
        says: "user unknown | unknown user* | unknown recipient* | recipient unknown | unknown mailbox | \
            unknown address | unknown account | unknown local* | unknown or * | addressee unknown | \
            address unknown | mailbox unknown | account unknown | no such user* | no such recipient* | \
            no such mailbox* | no such address* | no such person* | no such account* | no such email* | \
            no such local* | no such domain* | no user* | no mailbox* | no recipient | does not exist | \
            do not exist | not exist | user not found | recipient not found | \
            mailbox not found | address not found | account not found | email * not found | \
            could not be found | not be found* | \
            no account* | not have an account* | does not have a* | \
            does not have an* | invalid recipient* | invalid mailbox* | invalid address* | invalid user* | \
            recipient * invalid | address * invalid | recipient is invalid | destinataire invalide | \
            invalid destination* | invalid rcpt* | bad destination* | bad recipient* | bad address* | \
            bad mailbox* | illegal alias | unrouteable address | unroutable address | unrouteable domain | \
            unroutable domain | undeliverable address* | address * undeliverable | not a valid user | \
            not a valid mailbox | not a valid recipient | not a valid * address | not a valid email* | \
            not a known* | is not a valid* | is not valid* | not valid recipient* | no valid recipient* | \
            no valid rcpt* | no longer available* | no longer on server | no longer valid* | \
            no longer in use* | no longer exists* | no longer with* | not listed in* | not known* | \
            is not known | is not known* | not our user | not a registered* | not registered* | unallocated | \
            not in * directory | not in recipient list | not in * recipient* | recipient does not* | \
            address does not* | marked as invalid | address has been *d | user has moved* | \
            mailbox has moved* | misspelled | host unknown* | unknown host* | unknown domain* | \
            domain unknown* | domain not found* | domain does not* | no mx* | \
            mx record* not found | name or service not known | domain is not reachable* | \
            host not found* | not a valid domain | blank mailhost* | recipient cannot be verified | recipient could not be verified | \
            recipient * cannot be verified | recipient * could not be verified | badrcptto* | in my badrcptto* | \
            invalid-recipient* | user does not* | user not exist* | not found | not found: | were unknown | was unknown | no one at* | not an active* | \
            user not active | not local | no longer accepts* | no such id | nie ma takiego* | não existe | não encontrad* | nao encontrad* | introuvable | \
            не существует | не найден* | recipient unrecogni* | recipient * not recogni* | recipient not recogni* | address not recogni* | \
            address unrecogni* | unrecogni*ed recipient* | unrecogni*ed address* | not a recogni* | @> not used | not used for mail | \
            non-existent* | non-existant* | nonexistant* | nonexistent* | non existent* | user is unknown* | unbekannt* | inconnu* | \
            desconocido* | sconosciuto* | * not exist | \
            invalid rcptto* | cannot deliver mail for* | no longer on this server* | unbekannter* | existiert nicht | \
            n'existe pas | no existe | nao existe | non esiste | nie istnieje | not poped for* | not * used for more than | \
            expired account | account expired | blocked due to inactivity | boite * archiv* | archived recipient | \
            expired mailbox | null mx* | nullmx* | (nullmx) | does not accept mail (nullmx) | account closed* | mailbox closed* | verification problem | local part*",
        cause: Cause::RecipientUnknown,
        example: "550 5.1.1 <a@a.test>: Recipient address rejected: User unknown in virtual mailbox table",
        ..BASE
    },
    Rule {
        code: 4,
        says: "scanner* failed | scan failed | *scan failed | scanning failed | scanner* * unavailable | error in processing* | \
            unable to scan* | cannot scan* | could not scan* | filter * unavailable",
        cause: Cause::TemporaryServerFailure,
        example: "451 4.5.0 Error in processing, virus_scan FAILED: all scanners failed",
        ..BASE
    },
    Rule {
        says: "viru* | malware* | spam | spam* | viral* | *spam | junk* | unsolicited* | phish* | infected* | worm* | \
            trojan* | bare lf* | bare cr* | bare newline* | bare <lf>* | stray newline* | stray linefeed* | *smtplf.html* | \
            line feed* | invalid line end*",
        unless: "spam ip | spam source",
        cause: Cause::ContentRejected,
        example: "554 5.7.1 Message rejected as spam",
        ..BASE
    },
    Rule {
        code: 4,
        says: "licen*",
        cause: Cause::TemporaryServerFailure,
        example: "422 License expired",
        ..BASE
    },
    Rule {
        code: 4,
        says: TEMPORARY,
        cause: Cause::TemporaryServerFailure,
        example: "451 4.3.0 Message rejected by policy for now. Please try again later",
        ..BASE
    },
    // A choice of the recipient, before the words for refused content.
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail],
        says: "recipient prohibited* | recipient is prohibited* | \
            mailing list* | members-only* | members only* | non-member* | restricted to members | not subscribed* | \
            to this group | to this list | post to this* | internal senders* | allowed senders | accepts mail from * only | \
            only accepts * from | accepts messages only from* | authenticated senders only | by recipient* | by the recipient* | by this recipient* | target address | for one or more recipients | \
            recipient's policy | recipient preferences* | recipient's preferences*",
        unless: "transport.rules* | customer block list",
        cause: Cause::RecipientRejected,
        example: "550 Mail is rejected by recipients",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(1, 1), (1, 2), (1, 6), (1, 10)],
        not_at: &[Greeting, Ehlo, Mail],
        unless: "sender* | from address* | authenticat*",
        cause: Cause::RecipientUnknown,
        example: "550 5.1.1 No",
        ..BASE
    },
    // Before the message is sent, a policy is about an address.
    Rule {
        at: &[Rcpt],
        code: 5,
        says: "policy | policy reason* | policy re* | local policy*",
        unless: "spam* | virus* | content* | domain based",
        cause: Cause::RecipientRejected,
        example: "554 5.7.1 <a@a.test>: Refused for policy reasons",
        ..BASE
    },
    Rule {
        at: &[Mail],
        code: 5,
        says: "policy | policy reason* | policy re* | local policy*",
        unless: "spam* | virus* | content*",
        cause: Cause::SenderRejected,
        example: "554 5.7.1 <a@a.test>: Refused for policy reasons",
        ..BASE
    },
    Rule {
        code: 5,
        says: "suspicio* | ube | uce | \
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
            from: header* | from header* | no from* | 8-bit * header* | mime* | url in* | banned url* | unwanted* | \
            inappropriate* | unacceptable content* | denied by* | subject is mandatory* | \
            *surbl* | *uribl* | refused by * filter | rejected by filter* | rejected by * filter* | milter* | \
            quarantine* | abuse | abusive | advertis*ment* | advertising | contains * *ed | executable* | \
            macro* | encrypted archive* | password protected* | message content* | content | invalid char* | \
            line* too long in* | lines * too long* | message * malformed | message * compliant | considered as spam | matched map* | end-of-data rejected* | \
            file * not allowed | files * not allowed | mail is rejected | mail is not accepted | \
            possible forged* | duplicate message | mass mailer* | gtube* | eicar* | discarded | banned: | blank subject | empty message | empty body | no subject",
        cause: Cause::ContentRejected,
        example: "554 5.7.1 Message content rejected",
        ..BASE
    },
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail],
        says: "nobody here | nobody by* | nobody with* | no one here | no one with* | no one by* | \
            left the company | has left | left us | left our* | is not here | not here | discontinued | \
            was removed | been removed | was deleted | been deleted | has been closed | was closed | no matching* | \
            not present | no longer here | is gone | moved away | unroutable * domain | unrouteable * domain | \
            verified as existing | one of our users | one of our customers | our customer's | no entry | not match any* | \
            does not match any* | never existed | no alias* | not an existing* | no such alias* | address book | not in use | no longer works* | who that is | validrcptto* | lookup failed permanently | account is closed | no longer accepted here* | moved to | inesistente | inexistant* | inexistente | onbekend* | could not find * address | \
            could not find * recipient | could not find * user | unable to find * recipient | unable to find recipient | \
            unable to find * user | cannot find * user | \
            not a subscriber here | no longer employed* | cannot be resolved | could not be resolved | not in our database | not in the database",
        unless: "sender* | from | ip | ~ | message* | attachment* | virus* | helo* | your domain",
        cause: Cause::RecipientUnknown,
        example: "550 Nobody here with that name",
        ..BASE
    },
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail],
        says: "mailbox unavailable | mailbox not available | mailbox is unavailable* | invalid domain* | \
            account unavailable | account is unavailable",
        cause: Cause::RecipientUnknown,
        example: "550 Requested action not taken: mailbox unavailable",
        ..BASE
    },
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail],
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
            fix: &[
                "Reach the recipient in another way.",
                "Take the address off the list: mail to it will not arrive.",
            ],
            who: Some(Who::Recipient),
            ..ADVICE
        },
        example: "550 5.2.1 <a@a.test>: Recipient address rejected: mailbox is disabled",
        ..BASE
    },
    Rule {
        not_at: &[Greeting, Ehlo, Mail],
        says: "recipient address rejected* | recipient rejected* | recipient refused* | recipient * rejected | \
            recipient blocked* | recipient * unavailable | recipient temporarily* | recipient not allowed* | \
            recipient not accepted* | recipient preferences* | recipient's server* | recipient error* | \
            user * not accept* | access denied * recipient | restricted recipient* | rejected by recipient* | \
            rejected by the recipient* | rejected by * recipient* | blocked by recipient* | \
            blocked by * recipient* | refused by recipient* | not accepting mail* | does not accept mail* | \
            do not accept mail* | not accept * mail from* | not accept messages* | \
            not accepting messages* | address rejected* | rejected by destination* | delivery * restricted* | \
            delivery not authorized* | not authorized to deliver* | envelope recipient* | \
            verify * recipient | unverified address* | undeliverable* | access denied to mailbox | \
            allowed to receive* | not receive mail* | does not want your* | does not want * mail | \
            rcpt is rejected | recipient is rejected",
        cause: Cause::RecipientRejected,
        example: "550 5.7.1 <a@a.test>: Recipient address rejected: Not today",
        ..BASE
    },
    // What the server cannot do.
    Rule {
        says: "smtputf8* | utf8smtp* | utf-8* | internationali* | 8bitmime* | 8-bit* | 8bit* | binarymime* | \
            requiretls* | option not supported* | unsupported option* | unsupported esmtp* | \
            unsupported parameter* | unsupported * parameter* | parameter* not supported | parameter* not recogni* | parameters not * | \
            unrecognized parameter* | unknown * parameter* | parameter * unknown | parameter unknown | option * unknown | option unknown | body type not supported* | body=* | \
            deliverby* | conversion * not *",
        cause: Cause::Unsupported,
        example: "555 5.5.4 Unsupported option: X",
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
        code: 5,
        says: TEMPORARY,
        unless: "permanent*",
        cause: Cause::TemporaryServerFailure,
        example: "554 5.3.0 Internal server error",
        ..BASE
    },
];

/// Phrases that say that the refusal is for now.
const TEMPORARY: &str = "error sending message* | error delivering* | error sending * deliver* | unexpected failure | \
    unexpected error | write error* | right now | at the moment | too much load | come back* | busy | restart* | upgrading | upgrades | please resend | try * in a few* | temporar* | temporary* | try again* | try later* | later | internal * error | internal error* | \
    local error* | server error* | system error* | system config* | configuration error* | \
    service * unavailable | service unavailable* | service not available* | service not active | \
    service * not available | currently unavailable* | not available | resources* | shutting down* | \
    shutdown* | going down* | starting up* | maintenance | timed out | timeout* | time out | \
    connection dropped* | lost connection* | connection reset* | connection * lost | idle* | \
    dns * fail* | dns lookup* | dns query* | name server* | message expired* | queue.expired* | misconfigured | cannot create user output* | \
    delivery time expired | unable to deliver* | could not load* | backend* | database error* | database * unavailable | database fail* | \
    no healthy* | failure | retry* | please wait* | deferred* | delayed* | unable to process* | \
    unable to accommodate* | cannot process* | could not process*";

/// What to do about an address that the server cannot read.
const ADDRESS_SYNTAX: Advice = Advice {
    summary: "The server does not accept the form of the recipient's address.",
    fix: &[
        "Check the recipient's address: its local part, its domain, and dots in odd places.",
        "If the address is right, reach the recipient in another way: this server cannot read it.",
    ],
    who: Some(Who::Sender),
    ..ADVICE
};
