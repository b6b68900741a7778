//! Phrases about the sender: what its account may use, whether the account may send at all, and its address.

use crate::Cause;
use crate::Stage::{Ehlo, Mail};
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

/// Read from the top; phrases with one meaning come first.
pub(in crate::knowledge) static SENDERS: &[Rule] = &[
    // The account. `your`, sending, or the stage distinguish it from a recipient's account.
    Rule {
        says: "your account* | your mailbox * suspended | your mailbox * blocked | your mailbox * disabled | \
            your email account* | your domain * suspended | your * subscription* | your smtp account* | \
            sending account* | sender's account* | sender account* | sending * suspended | sending * disabled | \
            sending * paused | sending * is paused | sending * blocked | sending * restricted* | sending is disabled | \
            blocked from sending* | prohibited from sending* | banned from sending* | suspended from sending* | \
            disabled from sending* | restricted from sending* | blocked for sending* | blocked for outgoing* | \
            suspended for sending* | suspended for spam* | account * sending spam | outgoing mail* * *ed | outgoing * blocked | \
            outgoing * suspended | outgoing * disabled | hold on outgoing* | outgoing mail suspension* | \
            outbound * blocked | outbound * disabled | outbound * suspended | \
            account * under review | account is pending* | account * not * to send* | account not * send* | \
            domain * not allowed to send* | not been activated* | not * activated | not yet activated* | \
            user * suspended * sending | inactive * user account | *outboundspamexception | user license expired | subscription * expired | \
            sending rights* | sending mail is disabled* | sender * suspended | sender * disabled | \
            account is not allowed to send* | account cannot send* | \
            main account* | no longer allowed to send* | suspected of sending spam | \
            insufficient funds | insufficient balance | insufficient credit* | \
            insufficient * credits | insufficient * balance | out of credits | not enough credit* | no credits* | \
            payment required | plan * expired | trial * expired | trial has ended | trial * is over | upgrade your plan | your organization cannot send* | your organisation cannot send* | smtp service suspended | smtp service * suspended | tenant * not allowed to send | subscription * ended | not approved for sending | \
            unusual sending activity | suspicious activity * account | compromised | sending is blocked | \
            account * contact * support | sending is disabled for* | to continue sending* | \
            account locked for spam* | account * locked for spam* | account * blocked for spam* | \
            account * disabled for spam* | account * due to spam* | mailbox * due to abuse complaints | \
            verification is pending | verification pending | pending verification | business verification* | \
            pending approval | change your password* | reset your password* | user * blocked * unblock* | \
            account * blocked * unblock* | disabilitat*invio | bloccat*invio | envio * bloquead* | versand * gesperrt",
        unless: "associated with your account | testing emails | recipient * disabled | recipient * suspended | mail from your account | \
            not valid | mailbox unavailable | invalid mailbox | verified in your account | sender signature* | \
            address * on your account | address * in your account | domain * on your account | domain * in your account",
        cause: Cause::AccountBlocked,
        example: "550 5.7.0 Sending is paused for this account",
        ..BASE
    },
    Rule {
        at: &[Mail, Ehlo],
        code: 5,
        says: "account * suspended | account * disabled | account * blocked | account * locked | account * inactive | account * not active* | \
            account suspended | account disabled | account blocked | account locked | account inactive | \
            user * suspended | user * disabled | user * blocked | user * locked | user suspended | user disabled | \
            domain * suspended | domain suspended | mailbox * disabled | mailbox * suspended | mailbox * blocked",
        cause: Cause::AccountBlocked,
        example: "550 5.7.1 Account suspended",
        ..BASE
    },
    // The address of another user.
    Rule {
        says: "not owned by* | send as | sendas* | permissions to send* | permission to send* | \
            rights to send* | not allowed to send as* | not authorized to send* | not authorised to send* | \
            not permitted to send* | not allowed to send from* | not allowed to send mail from* | \
            not allowed to use * address* | not authorized to use* | not authorised to use* | \
            not permitted to use* | sender * not match* | from address * not match* | from * must match* | \
            from * must be same* | must * same as * auth* | must * same as * user | must equal authorized* | \
            must match * auth* | must match * user | must match * login | not belong to * user | \
            does not belong to* | sender address * not allowed* | sender address * not authorized* | \
            sender is not allowed* | sender not allowed* | sender not authorized* | sender not authorised* | \
            sender mismatch* | sender * mismatch* | from * mismatch* | not verified | unverified * sender | unverified sender* | \
            unverified domain* | unverified from* | must be verified | has to be verified | domain unverified | \
            domain * unverified | verify the sender* | verify your sender* | verify your domain | unconfigured * domain* | \
            domain * not configured* | unregistered sender* | sender * not registered | \
            domain * not registered | domain * not associated* | domain * not authorized* | domain * not authorised* | \
            not a verified* | not an authorized* | not an authorised* | \
            from address not* | from address is not* | from address * must be* | must use this domain | \
            restricted to sending domain* | from/sender* | \
            is not an authorized sender* | not authorised as sender* | sender signature* | sender identit* | blank from* | \
            header from * not * | envelope from * not auth* | header from address is not* | not the owner* | \
            sender verification required | incorrect authentication for* | conform* with auth* | mail from account* | \
            not authorized * from address | from that email address | address is not authori*ed | \
            from address is not authori*ed | not authori*ed to send* | not your address | not * one of your addresses | \
            not match * authenticated* | local user only | local users only | not local sender | mail from* is non-local | \
            sender * not local | sender * must be local | use your own address* | do not own* | does not own* | \
            from address * not validated | sender * not validated | domain * not validated | \
            from address * not confirmed | sender * not confirmed | domain * not confirmed | \
            domain has not been linked | domain * not linked* | domain * not been verified | absender gehort nicht* | \
            absender gehoert nicht* | absender * nicht erlaubt | absender * nicht berechtigt | absender nicht zugelassen | \
            address * not active on your account | sending from * not allowed | not a registered gateway* | different address or alias",
        unless: "spf | null sender* | recipient address rejected: unverified* | unverified address | recipient * must be verified",
        cause: Cause::SendAsDenied,
        example: "553 5.7.1 <b@a.test>: Sender address rejected: not owned by user a@a.test",
        ..BASE
    },
    Rule {
        code: 5,
        says: "authentication unsuccessful | authentication failed* | authentication failure* | \
            authentication rejected | authentication denied | \
            invalid credential* | incorrect authentication data | username and password* | auth error | \
            authentication error | login error | login fail* | code d'authentification invalide | wrong password | incorrect password | \
            bad password | credentials * not valid | credentials * no longer valid | re-authenticate*",
        cause: Cause::CredentialsRejected,
        example: "550 5.7.8 Auth error",
        ..BASE
    },
    // The address itself.
    Rule {
        says: "domain of sender* | sender domain* | sender's domain* | sender address rejected* | \
            sender address * rejected | sender address blocked | accepting mail from this sender | accept mail from this sender | sender rejected* | sender is rejected | sender denied* | \
            sender blocked* | sender refused* | sender is blocked* | sender * does not exist | sender unknown* | \
            sender verify failed* | sender verification failed* | sender callback* | sender not accepted* | \
            invalid sender* | bad sender* | fake sender* | forged sender | sender invalid* | invalid mail from* | \
            mail from * invalid | check sender address | sender address must* | sender must* | \
            invalid return*path | sender * not exist | unknown sender* | unable to verify sender | \
            could not verify sender | badmailfrom* | envelope sender is in my* | envelope sender* | \
            bad return path* | from address rejected* | emetteur invalide* | expediteur * | remitente * | \
            remetente * | absender* | valid sender domain* | badsendermx | sendernoa | dead domain | empty email address | returned mail* | backscatter* | batv | bounc*deny* | third-party dsn* | cname record* | \
            sender is spam* | server does not accept mail from* | bounces are not accepted | bounces with more* | bounces to * recipient* | mx for sender* | sender envelope* | \
            sender's mx* | sender address | return address* | from domain* | unresolvable * from domain* | \
            sender domain must* | null sender* | empty sender* | empty envelope sender* | denies the sender | \
            deny the sender | mail from is* | requires valid sender* | sending domain* | null reverse-path* | invalid dns mx* | mx or a/aaaa* | \
            your domain * black*list* | your domain * block*list* | your domain * blocked | your domain has been* | \
            your email address * blocked | your email address * black*list* | your address * blocked | \
            your address * black*list* | domain must resolve | no access for this domain | no access for this sender | \
            no access for this user",
        unless: "by sender's policy | possible forged sender",
        cause: Cause::SenderRejected,
        example: "450 4.1.8 <a@a.test>: Sender address rejected: Domain not found",
        ..BASE
    },
    Rule {
        at: &[Mail],
        code: 5,
        says: "unknown* | not found | does not exist | not exist* | no such* | not valid* | invalid* | \
            unavailable | unroutable* | unrouteable* | malformed* | no mx* | cannot resolve* | not resolve* | \
            does not resolve* | nullmx* | null mx* | address rejected* | not accepted | must contain a domain | \
            fully*qualified* | bounces* | rejected",
        unless: "spam* | virus* | content* | policy* | helo* | ehlo* | command* | syntax* | parameter* | \
            protocol* | authent* | mechanism* | ip | service * unavailable | service unavailable",
        cause: Cause::SenderRejected,
        advice: Advice {
            retry: Some(Retry::AfterTheFix),
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "550 5.7.1 Mailbox unavailable",
        ..BASE
    },
    Rule {
        status: &[(1, 7), (1, 8), (7, 27)],
        cause: Cause::SenderRejected,
        example: "553 5.1.8 No",
        ..BASE
    },
];
