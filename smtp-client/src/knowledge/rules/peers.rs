//! Words about whoever sends: TLS, logins, the sending host, the sender, and how much of it there is.

use crate::Cause;
use crate::Stage::Greeting;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

const TLS_FIRST: Rule = Rule { cause: Cause::TlsRequired, ..BASE };

/// In the order of trust: what is said in one way alone comes first.
pub(in crate::knowledge) static PEERS: &[Rule] = &[
    // TLS.
    Rule {
        says: "must issue a starttls* | starttls first | starttls * first | starttls * required | \
            starttls required* | tls is required | tls required | tls encryption * required | require* tls | \
            requires ssl | session encryption is required | encryption required* | encryption is required | \
            without ssl/tls* | secure connection * required | encrypted connection * required | use a secure* | \
            unencrypted * not * | tls * mandatory | need* tls",
        ..Rule { example: "530 5.7.0 Must issue a STARTTLS command first", ..TLS_FIRST }
    },
    Rule {
        says: "untrustedroot* | certificate * not trusted | untrusted * certificate | certificate verif* fail* | \
            certificate * fail* verif* | self-signed cert* | self signed cert* | certificate chain*",
        cause: Cause::CertificateUntrusted,
        example: "454 4.7.0 Failed to establish appropriate TLS channel: UntrustedRoot: Access Denied.",
        ..BASE
    },
    Rule {
        says: "certificate * expired | expired certificate",
        cause: Cause::CertificateExpired,
        example: "454 4.7.5 Certificate of the peer has expired",
        ..BASE
    },
    Rule {
        says: "encryption too weak* | tls version* | tls * too old | tlsv1* not supported | tls 1.0* | tls 1.1* | \
            unsupported tls* | deprecated tls* | legacy tls* | weak cipher*",
        cause: Cause::TlsVersion,
        example: "403 4.7.0 encryption too weak 0 less than 128",
        ..BASE
    },
    Rule {
        says: "tls not available* | tls unavailable* | tls is not available* | tls temporarily* | \
            tls currently unavailable | starttls not * | unable to start tls | tls not supported | \
            tls * configuration error | starttls command rejected*",
        cause: Cause::StarttlsRejected,
        example: "454 TLS not available due to temporary reason",
        ..BASE
    },
    Rule {
        says: "tls handshake* | tls negotiation fail* | tls session* | tls * fail* | ssl handshake* | ssl_accept*",
        cause: Cause::TlsHandshake,
        example: "403 4.7.0 TLS handshake failed.",
        ..BASE
    },
    // Logins, outside of one.
    Rule {
        says: "too many * auth* | too many login* | too many failed* | auth* error limit* | \
            excessive authentication* | too many * attempts",
        cause: Cause::Throttled,
        advice: Advice {
            summary: "Too many logins, or too many that failed: the server takes none for a while.",
            fix: &[
                "Wait before the next try: each one that fails may lengthen the wait.",
                "Check the user name and the password before it.",
            ],
            who: Some(Who::Sender),
            retry: Some(Retry::InHours),
            ..ADVICE
        },
        example: "421 4.7.0 Too many failed logins, closing connection",
        ..BASE
    },
    Rule {
        code: 4,
        says: "auth* temporar* | temporar* auth* | cannot authenticate due to * temporary* | \
            authentication service * unavailable",
        cause: Cause::TemporaryServerFailure,
        example: "454 4.7.0 Temporary authentication failure.",
        ..BASE
    },
    Rule {
        says: "dmarc* | dkim * fail* | dkim check* | dkim * not * | spf * fail* | spf check* | spf record* | \
            spf policy* | spf: * | spf sender* | fail* spf* | spf fail* | sender policy framework* | \
            unauthenticated email from* | sender is unauthenticated | dkim sender* | no dkim* | bad spf* | \
            spf *not authorized | not authorized * spf* | spf=fail* | dkim=fail* | spf -all | spf softfail | \
            spf permerror | spf temperror | purported responsible* | domain mismatches client ip | \
            mismatches client ip | *openspf* | spoof* | message * not pass authentication | \
            authentication checks | authentication information or fail* | unauthenticated mail* | \
            unauthenticated message* | arc * fail* | not designated* | domain owner * policy | bimi* | \
            mail from domain * not authorized* | not permitted by the domain*",
        cause: Cause::SenderAuthentication,
        example: "550 5.7.1 Email rejected per DMARC policy for a.test",
        ..BASE
    },
    Rule {
        says: "client host rejected: access denied",
        cause: Cause::AuthRequired,
        advice: Advice {
            summary: "The server takes mail only from clients that have logged in, and this one has not.",
            ..ADVICE
        },
        example: "554 5.7.1 <localhost[127.0.0.1]>: Client host rejected: Access denied",
        ..BASE
    },
    Rule {
        says: "authentication required | authentication is required | auth* required | smtp authentication | \
            smtp auth* | must be authenticated | must authenticate | must * authenticate* | \
            need to authenticate | need* authentication | requires authentication | require* auth* | \
            authenticate first | please authenticate* | not authenticated | not logged in | must * log in* | \
            must login | need to log in | please log in | please login | log in first | login first | \
            login required | issue auth* | auth first | send auth* | only authenticated* | \
            authenticated users only | without authentication | unauthenticated sender* | no authentication* | \
            check for new mail before sending | pop before smtp | pop-before-smtp | authorization required | \
            unauthenticated client* | anonymous * not *",
        cause: Cause::AuthRequired,
        example: "530 5.7.0 Authentication required",
        ..BASE
    },
    // Relaying. Sendmail adds a missing PTR record to it, which is not the reason.
    Rule {
        says: "relay* * denied | relay* denied* | relay* not permitted | relay* not allowed | relay* prohibited | \
            relay* rejected | relay* forbidden | relay* refused | relay* disallowed | relay* disabled | \
            relay* blocked | relay* restricted* | relaying to * prohibited* | unable to relay* | \
            cannot relay* | can't relay* | not relay* | no relay* | not a relay | as a relay | open relay* | \
            not permitted to relay* | not allowed to relay* | not authorized to relay* | unauthorized relay* | \
            refuse* to relay* | third-party relay* | third party relay* | forwarding to remote* | \
            not our customer | not a local domain | domain not local | not a local * | user not local* | \
            non-local* | nonlocal* | not in my list of allowed rcpthosts | *rcpthosts* | domain isn't in* | \
            isn't allowed to be relayed* | not a gateway | we don't handle mail for* | \
            do not handle mail for* | don't accept mail for* | not accept mail for that* | not hosted here | \
            not host* this domain | mail for this domain | no mail for that domain | domain is not hosted* | \
            domain not hosted* | mx do not point to us",
        cause: Cause::RelayDenied,
        example: "554 5.7.1 <a@a.test>: Relay access denied",
        ..BASE
    },
    // DNS of the sending host.
    Rule {
        says: "ptr | ptr * | no ptr* | missing ptr* | bad ptr* | reverse dns* | reverse lookup* | \
            reverse hostname* | reverse name* | rdns* | fcrdns* | ip name lookup failed | \
            cannot find your hostname | cannot find your reverse hostname | cannot resolve your* | \
            client host rejected: cannot* | could not resolve * ip | unable to resolve * client* | \
            forward-confirmed* | generic reverse* | hostname * not match* | host name * not match* | \
            may not be mail exchanger | dynamic-looking* | generic hostname*",
        cause: Cause::SenderAuthentication,
        advice: Advice {
            summary: "The DNS name of the sending host's address (its PTR record) is missing, or does not lead back to the address.",
            fix: &[
                "Let the owner of the network set a PTR record for the address, and an address record that leads back.",
                "Or send through a submission server with a login.",
            ],
            who: Some(Who::Network),
            ..ADVICE
        },
        example: "450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.1]",
        ..BASE
    },
    Rule {
        code: 4,
        says: "helo command rejected* | helo * not resolve* | ehlo * not resolve*",
        cause: Cause::SenderAuthentication,
        example: "450 4.7.1 <a.test>: Helo command rejected: Host not found",
        ..BASE
    },
    Rule {
        says: "helo command rejected* | invalid helo* | invalid ehlo* | bad helo* | bad ehlo* | helo/ehlo* | \
            helo name* | ehlo name* | forged helo* | invalid hostname* | fully-qualified hostname* | \
            fully qualified hostname* | helo * invalid | ehlo * invalid | helo requires* | ehlo requires* | \
            invalid domain name* | not a valid hostname",
        cause: Cause::ProtocolError,
        advice: Advice {
            summary: "The server does not take the name that this client gives of itself in EHLO.",
            fix: &["Give a name that DNS knows, or this machine's address in brackets."],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        ..BASE
    },
    // The sending address and its reputation.
    Rule {
        says: "blocked using* | blocked by * rbl | rejected by * rbl | rbl* | dnsbl* | *dnsbl* | *spamhaus* | \
            *spamcop* | *sorbs.net* | *barracudacentral* | *abuseat.org* | *uceprotect* | *senderscore* | \
            *csi.cloudmark.com* | *abusix* | *invaluement* | *psbl* | *mailspike* | \
            *trendmicro.com/reputation* | *senderbase* | *talosintelligence* | cdrbl | block list* | \
            blocklist* | black list* | blacklist* | black-list* | block-list* | denylist* | is listed* | \
            listed in * list | listed in *bl | listed on* | listed at* | listed by* | is on * list | banned sending*",
        cause: Cause::IpReputation,
        example: "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        ..BASE
    },
    Rule {
        says: "reputation | ip * has been blocked | ip * is blocked | ip * blocked | ip * banned | ip * ban | \
            ip is banned | ip * rejected | ip is rejected | ip * denied | ip * refused | blocked ip | \
            bad ip | ip rejected | client host blocked* | client host rejected* | host rejected* | \
            host * blocked | host is blocked* | your host * denied | your ip | your server * blocked | \
            your network* | dynamic ip* | dynamic address* | dynamically assigned* | dynamic/residential* | \
            residential* | dial-up* | dialup* | spam source | spamming issues | known spammer* | \
            comcast block* | attacks from* | connections * not accepted from* | \
            connection * not accepted from* | not accept * from your * | address locked* | \
            connection rejected by policy* | connection refused by policy* | ip frequency* | \
            excessive * rejected recipients | flooding our* | access denied to your ip | network is blocked | \
            mail from your * rejected | directory harvest* | mail from ip * refused | black ip | bad ip* | \
            remote ip* | unauthorized interface* | blocked by ldap* | ip check*",
        cause: Cause::IpReputation,
        example: "550 5.7.1 Connection refused: your IP has been blocked",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        code: 4,
        says: "too many* | rate limit* | throttl* | limit exceeded | concurrent*",
        cause: Cause::Throttled,
        example: "421 4.7.0 mx.a.test Error: too many connections from 192.0.2.1",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        code: 4,
        cause: Cause::ServiceUnavailable,
        example: "421 4.3.2 Service shutting down",
        ..BASE
    },
    Rule { at: &[Greeting], code: 5, cause: Cause::ServiceUnavailable, example: "554 No SMTP service here", ..BASE },
    // The sender's account, and what it may use.
    Rule {
        says: "not owned by* | send as | sendas* | permissions to send* | permission to send* | \
            rights to send* | not allowed to send as* | not authorized to send* | not authorised to send* | \
            not permitted to send* | not allowed to send from* | not allowed to send mail from* | \
            not allowed to use * address* | not authorized to use* | not authorised to use* | \
            not permitted to use* | sender * not match* | from address * not match* | from * must match* | \
            must * same as * auth* | must equal authorized* | must match * auth* | not belong to * user | \
            does not belong to you* | sender address * not allowed* | sender address * not authorized* | \
            sender is not allowed* | sender not allowed* | sender not authorized* | sender not authorised* | \
            sender mismatch* | not verified | unverified sender* | from address not* | from address is not* | \
            is not an authorized sender* | not authorised as sender* | sender signature* | blank from* | \
            header from * not * | envelope from * not auth* | header from address is not* | not the owner* | \
            sender verification required | conform* with auth* | mail from account* | \
            not authorized * from address | from that email address | address is not authori*ed | \
            from address is not authori*ed | not authori*ed to send* | not your address | \
            not match * authenticated*",
        cause: Cause::SendAsDenied,
        example: "553 5.7.1 <b@a.test>: Sender address rejected: not owned by user a@a.test",
        ..BASE
    },
    Rule {
        says: "your account* | sending account* | sender's account* | sending * suspended | sending * disabled | \
            sending * paused | sending * blocked | sending * restricted* | outgoing mail* * *ed | \
            outgoing * blocked | outgoing * suspended | outbound * blocked | outbound * disabled | \
            account * not active* | account * under review | account is pending* | account * not * to send* | \
            account not * send* | domain * not allowed to send* | not been activated* | \
            user * suspended * sending | inactive * user account | license expired | subscription * expired | \
            sending rights* | sending mail is disabled* | sender * suspended | sender * disabled | \
            account isn't allowed to send* | account is not allowed to send* | account cannot send* | \
            account can not send* | main account*",
        cause: Cause::AccountBlocked,
        example: "550 5.7.0 Sending has been suspended for this account",
        ..BASE
    },
    Rule {
        code: 5,
        says: "authentication unsuccessful | authentication failed* | authentication failure* | \
            invalid credential* | incorrect authentication data | username and password* | auth error | \
            authentication error | login error | login fail* | wrong password | incorrect password | \
            bad password | credentials * not valid | credentials * no longer valid | re-authenticate*",
        cause: Cause::CredentialsRejected,
        example: "550 5.7.8 Authentication failed",
        ..BASE
    },
];
