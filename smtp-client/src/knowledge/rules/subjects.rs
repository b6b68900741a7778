//! Verdicts with their subjects: two phrases that mean more together than each does in its table.
//!
//! A recipient that refuses some senders, a login that may not use an address, and an account that
//! may not send are described in the same words (`sender`, `blocked`, `not allowed`). The subject
//! tells them apart, so these rows are read before the tables that know one phrase at a time.

use crate::Cause;
use crate::Stage::{Auth, Body, Data, Ehlo, Greeting, Mail, StartTls};
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::rules::peers::PTR_RECORD;
use crate::knowledge::{Retry, Who};

/// Read from the top, after the codes with one meaning.
pub(in crate::knowledge) static SUBJECTS: &[Rule] = &[
    // A network that sent mail to an address made to catch spam.
    Rule {
        says: "spamtrap* | spam trap* | spam-trap* | honeypot*",
        unless: "disposable",
        cause: Cause::IpReputation,
        example: "450 Your address 192.0.2.1 has sent mail to a spamtrap",
        ..BASE
    },
    // A client that speaks before the greeting.
    Rule {
        not_at: &[Auth],
        about: "talk* | speak* | greeting | banner",
        says: "too soon | too early | before * banner | before * greeting",
        cause: Cause::ProtocolError,
        example: "421 You talk too soon",
        ..BASE
    },
    // Too many TLS sessions are a limit, not a failed handshake.
    Rule {
        code: 4,
        not_at: &[StartTls],
        about: "tls | ssl",
        says: "too many * sessions | too many * connections | limit*",
        cause: Cause::Throttled,
        example: "421 4.4.5 Too many TLS sessions at this time",
        ..BASE
    },
    // A sender that differs from the login, whichever command the server refuses.
    Rule {
        code: 5,
        about: "sender* | from | mail from*",
        says: "same as * auth* | same as auth* | same as the auth* | same as * user* | same as * login* | \
            same with * auth* | not match * auth* | not match auth* | match the auth* | allowed in header from | \
            allowed in the from* | permitted in the from* | permitted in header from",
        unless: "spf | dmarc* | dkim* | from this ip",
        cause: Cause::SendAsDenied,
        example: "554 5.7.1 <a@a.test>: Recipient address rejected: Sender is not same as SMTP authenticate username",
        ..BASE
    },
    // A service in its test mode delivers to the account's owner only.
    Rule {
        says: "only send testing*",
        cause: Cause::RecipientRejected,
        example: "450 You can only send testing emails to your own email address (a@a.test)",
        ..BASE
    },
    // An account that is named without its owner is the recipient's.
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail, Auth],
        about: "account* | user* | mailbox*",
        says: "is not active* | not active | not activated | not been activated* | not yet activated* | not yet active",
        unless: "user not active | your | send* | outgoing | outbound | smtp | service* | customer* | key | api* | subscription* | licen*",
        cause: Cause::RecipientRejected,
        example: "550 Account is not active",
        ..BASE
    },
    // The sender's domain in DNS.
    Rule {
        code: 5,
        not_at: &[Auth],
        about: "your domain* | your from* | your mail from* | your sender* | your address | your email* | from address | \
            mail from* | sender* | return-path | return address",
        says: "no mx* | no dns* | not dns* | no a record* | not * mx | not * mx entr* | mx for * | cannot resolve* | \
            could not resolve* | not resolvable | unresolvable",
        unless: "ip | ~ | host* | dmarc* | dkim* | spf | recipient* | rcpt*",
        cause: Cause::SenderRejected,
        example: "550 No MX for your FROM address",
        ..BASE
    },
    // A policy that names the sender's address.
    Rule {
        code: 5,
        not_at: &[Auth],
        about: "your mail from* | your from address | your sender address | your envelope*",
        says: "polic* | reject* | not accept* | not allowed | denied | block* | not liked* | refus*",
        unless: "dmarc* | dkim* | spf | recipient* | helo* | ehlo*",
        cause: Cause::SenderRejected,
        example: "553 5.7.1 For your MAIL FROM address policy analysis reported: not liked source",
        ..BASE
    },
    // A policy on clients that try recipients (chkuser).
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail, Auth, Data, Body],
        says: "you are violating* | you violate*",
        unless: "content* | spam* | message*",
        cause: Cause::RecipientRejected,
        example: "571 sorry, you are violating our security policies (#5.7.1 - chkuser)",
        ..BASE
    },
    // The recipient's own restriction.
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail],
        says: "by its owner | by the owner | by the addressee | by the mailbox owner | by recipient | by the recipient* | \
            of the addressee | personal block* | personal black* | user's block* | user's black* | \
            recipient's block* | recipient's black* | recipient has block* | user has block* | \
            user has black* | user blocked your* | recipient blocked your* | blocked mail from | \
            has blocked messages from | has blocked you* | has blacklisted you* | blacklisted your address | \
            blocked your address | chosen not to receive* | not wish to receive | not wish* to receive | \
            no longer wish* to receive | not want to receive | not want mail* | not want * mail | \
            does not want * mail | mail from strangers | known senders | approved senders | permitted senders | \
            only accepts * from | only accepts mail* | only accepting* | only accept * from | accepts mail only from* | accepts * only from* | \
            accepts messages only* | only from members | internal use only | internal mail only | \
            internal address* | internal recipient* | send-only | unmonitored | not monitored | \
            not a monitored* | receive replies | \
            mail from outside | mail from the outside | mail from external* | mail from the internet | \
            messages from external* | messages from outside* | messages from the outside* | \
            email from outside* | email from external* | from external senders | external mail not * | allowed to post | write to this user | write to this address | write to this list | limited to authenticated senders | \
            permitted to post | authorized to post | not on the whitelist of | has a whitelist | only takes mail* | only takes messages* | closed to * subscribers | non-subscribers | \
            not accept mail from your* | not accept messages from your* | not accept email from your* | not authorized you | user's reject* | recipient's reject* | not want your* | does not want your* | recipient preferences* | \
            not accept incoming* | does not send mail | cannot be any bounces | recipient refuses* | recipient rejects* | recipient declines* | user refuses* | accept external mail | \
            accept external email* | accept external messages | not in allowed-senders* | trusted contacts | trusted senders | only receives * from | \
            mailbox rejects mail from* | rejects mail from your* | refuses mail from your* | not on the allow list of | \
            not in the whitelist of | private list* | list is private | on the recipient's list | account is protected* | not accepting any mail | has restricted | reporting address | user reject* | not read | no-reply | noreply | distribution list* | distribution group*",
        about: "recipient* | mailbox* | user | user's | route | people | addressee | group | list | list* | address | owner | this account | account is protected* | \
            internal* | replies | @ | we",
        unless: "relay* | authenticate | authentication* | ip | from this domain | from spammers | spammers:",
        cause: Cause::RecipientRejected,
        advice: Advice {
            summary: "The recipient takes mail from some senders only, and this sender is not among them.",
            fix: &["Ask the recipient, or the owner of the list, to permit the sender."],
            who: Some(Who::Recipient),
            retry: Some(Retry::AfterTheFix),
            ..ADVICE
        },
        example: "550 5.7.1 <a@a.test>: Delivery to this address is restricted by its owner",
        ..BASE
    },
    // With this code a customer or a user that is not the server's own is no matter of relaying.
    Rule {
        code: 5,
        status: &[(1, 1)],
        not_at: &[Greeting, Ehlo, Mail],
        says: "not our customer* | not a local* | not local* | user not local* | not hosted here*",
        cause: Cause::RecipientUnknown,
        example: "550 5.1.1 Not our customer",
        ..BASE
    },
    // A host that the sender's domain does not permit.
    Rule {
        about: "~ | ip | ip address | client host",
        says: "to send from* | to send mail for* | to send mail from* | to send email for* | \
            to send email from* | to send messages for* | to send messages from* | to send for* | permitted sender* | allowed sender* | as a sender | as sender | designated",
        unless: "your account*",
        cause: Cause::SenderAuthentication,
        example: "550 5.7.1 192.0.2.1 is not allowed to send mail from a.test",
        ..BASE
    },
    // A login that may not use the sender's address.
    Rule {
        code: 5,
        says: "does not have permission | has no permission | no permission to send | on behalf of | sending as | own address as sender | its own address | allowed for * user | not permitted for * user | for this sender | as this sender | only send using your own* | only send from your own*",
        about: "user* | login | account* | you | client | address",
        unless: "spf | dmarc* | ~ | ip",
        cause: Cause::SendAsDenied,
        example: "550 This user may not send on behalf of a.test",
        ..BASE
    },
    Rule {
        code: 5,
        about: "sender* | from | from: | mail from* | address* | domain* | identity | identities | originator*",
        says: "equal to | must equal* | must be same* | must be the same* | must match* | must be identical* | \
            be one of your* | same as auth* | same as the auth* | same as * user | same as * login | \
            differs from * | different from the auth* | not match * login | not match * account | not match * user | not match any address* | not submit mail as | submit mail as | submit messages as | \
            an alias of* | not one of your* | only send from* | only send using* | only send as* | \
            only send mail from* | only send email* from | only use your* | rights to use* | right to use* | \
            permission to use* | may not use * address | may not use * sender | cannot use * address* | \
            authorized to use* | authorised to use* | allowed to use * sender* | \
            allowed to use * from | \
            added to your account | registered with your account | registered in your account | \
            registered to your account | registered for your account | registered on your account | \
            exist in your account | found in your account | verified in your account | \
            authorized in your account | linked to your account | associated with your account | \
            associated with this account | domain of this account | domain* of your account | \
            permitted for account | allowed for account | permitted for this account | \
            allowed for this account | not * with your account | not * to your account | not * for your account | not * in your account | added and verified | register the domain | register this domain | register your domain | registered ones | \
            identity must be* | belong to you | among your * | domain * not configured for this account | belong to your account | belong to this account | \
            belong to the auth* | belong to * account | verified identit* | validated for | \
            approved domains | allowed domains | verified domains | authorized domains | list of your* | \
            for this api key | for this smtp user | for this user | on behalf of | validate your sender | confirm your sender* | \
            confirm the sender*",
        unless: "spf | dmarc* | dkim* | ~ | ip | sandbox* | recipient* | list of spam* | rcpt* | disabled* | quota* | limit* | exceed*",
        cause: Cause::SendAsDenied,
        example: "550 5.7.1 From header must be equal to the authenticated user",
        ..BASE
    },
    // An account that may not send.
    Rule {
        code: 5,
        about: "your account* | your mailbox* | your domain* | your user | your login | your subscription* | your plan | \
            sending | outgoing | outbound | send mail | send any* | sending privileges | customer | hosting account* | \
            credits | invoice* | tenant | subscription* | sender's account | sender's mailbox | mail server | trial | mail from this account | this account * send* | for sending",
        says: "suspended | locked | stopped | revoked | turned off | switched off | terminated | frozen | \
            prevented from* | to continue sending* | hijacked | not activated for sending | restricted due* | unusual activity | for non-payment | hacked | compromised | abused | overdue | unpaid | has ended | is over | is finished | finished | run out of | \
            ran out of | not include* | no sending permission | has been banned | deactivated | disabled",
        unless: "recipient* | ip | ~ | tls | ssl | auth* mechanism* | smtp * disabled | smtp * turned off | \
            smtp * switched off | smtpclientauth* | dkim* | dmarc* | spf",
        not_at: &[Auth],
        cause: Cause::AccountBlocked,
        example: "550 5.7.1 Sending privileges of this login are revoked",
        ..BASE
    },
    // The DNS of the host that connects.
    Rule {
        about: "host name* | hostname* | client host | connecting host | your host | your server* | your address | \
            ip | ip address | ~ | client name* | server name | reverse name* | forward name*",
        says: "no reverse | no reverse * record* | no name in dns | no dns name | no dns record* | has no name* | \
            not resolve to* | does not resolve | cannot be resolved | could not be resolved | cannot resolve | cannot be found | could not be found | \
            not found | lookup failed | differ | do not match | does not match",
        unless: "relay* | helo* | ehlo* | sender* | recipient* | user* | mailbox* | from | from: | domain of * | login* | account*",
        cause: Cause::SenderAuthentication,
        advice: PTR_RECORD,
        example: "550 Connecting host has no name in DNS",
        ..BASE
    },
    // A size: units and comparisons, in any order.
    Rule {
        about: "attachment* | byte | bytes | octets | kb | kbytes | mb | mib | mbytes | megabyte* | kilobyte* | gb | size | sized | \
            bigger | larger | big | large | heavy | *000000 | *mb | *kb",
        says: "message * exceeds | mail * exceeds | email * exceeds | message exceeds | mail exceeds | \
            mail bigger | message bigger | mail larger | message larger | more than * bytes | more than * mb | \
            more than *mb | bytes long | over * mb | over * megabyte* | over * bytes | bigger than* | larger than* | takes at most* | accepts at most* | at most * mb | \
            size above* | size over* | too heavy | attachment* * exceed* | stream is more* | size is over* | \
            size is above* | maximum allowed size* | is too large | is too big | max size*",
        unless: "quota* | line* | per hour | per day | hourly | daily | mailbox full | mailbox is full | storage* | score* | \
            mailbox * size",
        cause: Cause::MessageTooLarge,
        example: "552 Your mail exceeds 10 MB",
        ..BASE
    },
    // Domains that the server does not serve.
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail, Auth],
        says: "not one of our domains | is not one of our * domains | our own domains | our domains only | \
            only * our domains | not an mx | not the mx | external address* | foreign domain* | foreign host* | remote hosts | remote domain* | \
            remote recipient* | external domain* | external recipient* | as gateway | as a gateway | \
            not handled by this* | not handled here | not served* | domain not handled | is no relay | are no relay | do not forward | \
            not forward mail* | local domains only | only local * accepted | \
            only accept * local | only accept mail for* | only accepts mail for* | only deliver to* | only delivers to* | domains we accept | domain is not ours | is not our domain | not deliver to* | forwarding not allowed | forwarding is not allowed | \
            only send to local* | without logging in | \
            not a domain of* | not responsible for* | not configured for this domain | \
            not accept mail for | not in accepted domain* | not in my routes | not in our routes | accepted domain list | not an accepted domain* | do not accept mail for | destination domain not * | not in my domains",
        unless: "sender* | from address* | dmarc* | spf | address of* | login | log in | auth* | role address* | customer | user* | mailbox* | \
            fails validation",
        cause: Cause::RelayDenied,
        example: "553 a.test is not one of our domains",
        ..BASE
    },
    // The sender's address or domain, before lists of connecting hosts.
    Rule {
        not_at: &[Auth],
        says: "sender is black* | sender is on * list* | sender is in * list* | sender is listed* | sender has been black* | sender has been denylist* | sender has been blocklist* | sender is denylist* | sending address is * list* | sending address * blocked | sending domain is * list* | sender address has been marked* | sender black* | \
            sender * blacklisted | sender denied by* | sender blocked by* | sender rejected by* | \
            sender * is on * list | sender * is in * list | sender domain * list* | from domain * list* | \
            domain of * sender * list* | your domain is on * list* | your domain is in * list* | \
            your domain is listed* | your address is on * list* | your address is in * list* | \
            your email address is * list* | address blacklisted | address is blacklisted | address * has been black* | address * has been block*list* | \
            domain * blocked by* | domain * refused by* | from spammers | spammers: | disposable | return path | return-path | originating address | reverse path | reverse-path | \
            domain of your address | domain of your e* | address you send from* | mail command needed | \
            domain name in the mail command*",
        unless: "ip | ~ | ip address | dmarc* | spf | url* | link* | recipient* | whitelist | not on * list | host | server",
        cause: Cause::SenderRejected,
        advice: Advice {
            who: Some(Who::Sender),
            retry: Some(Retry::AfterTheFix),
            ..ADVICE
        },
        example: "550 5.1.0 Sender denied by our blacklist",
        ..BASE
    },
    // An extension, a keyword or a parameter.
    Rule {
        code: 5,
        not_at: &[Auth],
        about: "smtputf8 | 8bitmime | binarymime | requiretls | deliverby | mt-priority | futurerelease | holdfor | \
            body= | internationalized | non-ascii",
        says: "disabled | not supported | unsupported | not available | not allowed | not permitted | not accepted | \
            not understood | unknown | not enabled | not recognized | not known | not implemented",
        cause: Cause::Unsupported,
        example: "501 5.5.4 REQUIRETLS has been disabled",
        ..BASE
    },
    // Encryption of the message itself, not of the session.
    Rule {
        code: 5,
        not_at: &[Greeting, Ehlo, Mail, Auth],
        says: "unencrypted mail | unencrypted message* | unencrypted email* | encrypt the message | encrypt your message* | \
            pgp | openpgp | s/mime | end-to-end*",
        about: "invalid* | need* | required | require* | only | must | not | reject* | refus*",
        unless: "tls | session* | connection* | starttls",
        cause: Cause::ContentRejected,
        example: "523 Encryption Needed: Invalid Unencrypted Mail",
        ..BASE
    },
    // Links in the message are listed, too.
    Rule {
        about: "url* | link* | body | hyperlink*",
        says: "blocklist* | blacklist* | block list* | black list* | listed | is on * list | are on * list",
        unless: "ip | ~ | client host | your server",
        not_at: &[Greeting, Ehlo, Mail],
        cause: Cause::ContentRejected,
        example: "554 5.7.1 A URL of your message is on a blocklist",
        ..BASE
    },
    // The address that connects.
    Rule {
        says: "from ~ refused | from ~ rejected | from ~ blocked | from ~ denied | from ~ deferred | matched for ~ | spam from this ip | spam from your ip* | spam from your host | spam from your server* | \
            spam from ~ | ~ is currently sending* | ~ is sending* | refuse * from ~ | \
            reject * from ~ | block * from ~ | your host ~ sent* | ~ sent us* | your server ~ sent* | tor exit* | exit node* | \
            open prox* | ~ blocked* | ~ is blocked* | ~ has been blocked* | ~ was blocked* | ~ rejected* | ~ is banned | \
            ~ banned | ~ has been banned | ~ is listed* | ~ listed* | ~ is on * list | ~ is in * list | \
            ~ has been black* | ~ is black* | ~ blacklisted | ~ has been * blacklisted | ~ not welcome | \
            ~ is not welcome | ~ is not allowed to connect | ~ has been reported* | ~ is known* | \
            ~ has a poor* | ~ has a bad* | ~ has been temporarily blocked | ~ is in quarantine | \
            your server has been ban* | your server has been block* | your server is block* | your server is ban* | \
            your host has been ban* | your host has been block* | your mail server has been * | \
            your network has been * | your ip has been * | sbl advisory | xbl advisory | pbl advisory",
        unless: "dmarc* | dkim* | spf | url* | domain * list | relay*",
        cause: Cause::IpReputation,
        example: "554 192.0.2.1 blocked",
        ..BASE
    },
];
