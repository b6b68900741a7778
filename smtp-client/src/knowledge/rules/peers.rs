//! Phrases about the client: TLS, logins, the checks on its domain, its host and its network.

use crate::Cause;
use crate::Stage::Greeting;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

const TLS_FIRST: Rule = Rule {
    cause: Cause::TlsRequired,
    ..BASE
};

/// What to do about the name of the host that sends.
pub(in crate::knowledge) const PTR_RECORD: Advice = Advice {
    summary: "The DNS name of the sending host's address (its PTR record) is missing, or does not lead back to the address.",
    fix: &[
        "Let the owner of the network set a PTR record for the address, and an address record that leads back.",
        "Or send through a submission server with a login.",
    ],
    who: Some(Who::Network),
    ..ADVICE
};

/// In the order of trust: what is said in one way alone comes first.
pub(in crate::knowledge) static PEERS: &[Rule] = &[
    // TLS.
    Rule {
        says: "must issue a starttls* | starttls first | starttls * first | starttls * required | \
            starttls required* | tls is required | tls required | tls encryption * required | require* tls | \
            requires ssl | session encryption is required | encryption required* | encryption is required | \
            without ssl/tls* | secure connection * required | secure connection * needed | encrypted connection * required | use a secure* | \
            unencrypted * not * | unencrypted session* | unencrypted connection* | not encrypted | tls * mandatory | need* tls | use encryption | tls*connection required | tls/ssl* connection required | tls * must be used | \
            only * over tls | only * encrypted connections",
        ..Rule {
            example: "530 5.7.0 Must issue a STARTTLS command first",
            ..TLS_FIRST
        }
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
            tls currently unavailable | starttls not * | unable to start tls | tls not supported | not * support starttls | not * support tls | \
            tls * configuration error | starttls command rejected* | security subsystem",
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
            excessive authentication* | too many * auth attempts | too many * login attempts",
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
            authentication service * unavailable | unable to authenticate at present | account service * unavailable",
        cause: Cause::TemporaryServerFailure,
        example: "454 4.7.0 Authentication service currently unavailable",
        ..BASE
    },
    // The sending network, before its words match a missing login.
    Rule {
        says: "from this range | from this ip range | ip range | your country | this country | that country | \
            from * country | countries | geographic* | geoip* | geo-block* | geoblock*",
        cause: Cause::IpReputation,
        example: "550 Unauthenticated mail not allowed from this range",
        ..BASE
    },
    Rule {
        code: 4,
        says: "signing failed | unable to sign* | temporary * dns lookup* | temporary lookup failure | dns * temporar* | temperror* | \
            could not complete * callout | could not complete * verif* | unable to look up* | unable to lookup*",
        cause: Cause::TemporaryServerFailure,
        example: "450 4.4.0 Temporary DMARC DNS lookup failure",
        ..BASE
    },
    Rule {
        says: "dmarc* | dkim* | spf | spf* | [spf] | remote ip check error | sender policy framework* | unauthenticated email from* | \
            sender is unauthenticated | sender could not be authenticated | sender cannot be authenticated | mail * unauthenticated | purported responsible* | \
            domain mismatches client ip | mismatches client ip | *openspf* | spoof* | \
            message * not pass authentication | authentication checks | authentication information or fail* | \
            unauthenticated mail* | unauthenticated message* | arc * fail* | not align | not aligned | alignment* | not signed | unsigned | signature is required | signature required | not dkim* | anti-spoof* | not designated* | \
            domain owner * policy | bimi* | sender id * not * | sender-id | (pra) | mail from domain * not authorized* | not permitted by the domain* | \
            does not allow sending mail* | not allowed to send * mail for *",
        cause: Cause::SenderAuthentication,
        example: "550 5.7.1 Email rejected per DMARC policy for a.test",
        ..BASE
    },
    Rule {
        code: 5,
        says: "smtp * not enabled for | smtp * is not enabled | smtp access * disabled | smtp is disabled for | smtp service is disabled | \
            smtp auth * disabled",
        cause: Cause::SmtpAuthDisabled,
        example: "550 5.7.1 SMTP access is disabled for a",
        ..BASE
    },
    Rule {
        says: "claims to * own domain* | claims to be from* | claims to come from* | fails validation | failed validation | fails authentication*",
        about: "domain* | message* | from | sender*",
        cause: Cause::SenderAuthentication,
        example: "550 5.7.1 The message claims to come from our own domain",
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
            smtp auth* | must be authenticated | must authenticate* | must first authenticate* | must * be authenticated | \
            need to authenticate | need* authentication | requires authentication | require* auth* | \
            authenticate first | please authenticate* | not authenticated | not logged in | must * log in* | \
            must login | need to log in | please log in | please login | log in first | login first | \
            login required | issue an auth* | issue auth* | auth first | send auth* | only authenticated* | \
            authenticated users only | without authentication | unauthenticated sender* | no authentication* | \
            check for new mail before sending | receive * mail before sending | check * mail before sending | \
            check * mail first | first check your mail* | check your mail with* | pop account | sign in to * first | sign in first | please sign in | log in before* | identify yourself* | \
            authenticate yourself* | did not authenticate | not authenticate | needs a login | log on before* | need to log on | must log on | please log on | log on first | login is needed | login is required | requires a login | requires login | pop before smtp | pop-before-smtp | authorization required | \
            unauthenticated client* | anonymous * not * | autenticac* necess* | necess* autenticac* | authentification requise | \
            requiere autenticac*",
        unless: "must match authenticated* | sender was not authenticated | sender not authenticated | restriction check",
        cause: Cause::AuthRequired,
        example: "530 5.7.0 Authentication required",
        ..BASE
    },
    // Relaying. Sendmail adds a missing PTR record to it, which is not the reason.
    Rule {
        says: "relay* * denied | relay* denied* | relay* not permitted | relay* not allowed | relay* prohibited | \
            relay* rejected | relay* forbidden | relay* refused | relay* disallowed | relay* disabled | \
            relay* blocked | relay* restricted* | relay* not authorized* | relay* not authorised* | relaying to * prohibited* | unable to relay* | \
            cannot relay* | not relay* | no relay* | not a relay | as a relay | open relay* | \
            not permitted to relay* | not allowed to relay* | not authorized to relay* | unauthorized relay* | \
            refuse* to relay* | third-party relay* | third party relay* | forwarding to remote* | \
            not our customer | not a local domain | domain not local | not a local * | user not local* | \
            non-local* | nonlocal* | not in my list of allowed rcpthosts | *rcpthosts* | domain is not in* | \
            is not allowed to be relayed* | not a gateway | we do not handle mail for* | \
            do not handle mail for* | do not accept mail for* | not accept mail for that* | not hosted here | \
            not host* this domain | mail for this domain | no mail for that domain | domain is not hosted* | \
            domain not hosted* | mx do not point to us | hostname is not authorized | as mail gate | mx only | not allowed to send to destination | delivery is not allowed to this* | \
            use * smtp * of your provider | sandbox* | verified recipients",
        unless: "mail from* is non-local | sender is not allowed to relay | account suspended | account * suspended | \
            account disabled | account * disabled | outbound * disabled | outbound * suspended | dynamic ip*",
        cause: Cause::RelayDenied,
        example: "554 5.7.1 <a@a.test>: Relay access denied",
        ..BASE
    },
    // DNS of the sending host.
    Rule {
        says: "reverse pointer* | looks generic | unresolvable relay host* | dns lookup failure: * | ptr | ptr * | no ptr* | missing ptr* | bad ptr* | reverse dns* | reverse lookup* | \
            reverse hostname* | reverse name* | rdns* | fcrdns* | ip name lookup failed | \
            cannot find your hostname | cannot find your reverse hostname | cannot resolve your* | \
            client host rejected: cannot* | could not resolve * ip | unable to resolve * client* | \
            forward-confirmed* | generic reverse* | hostname * not match* | host name * not match* | \
            may not be mail exchanger | dynamic-looking* | generic hostname* | cannot verify * hostname | ip must resolve | unverif* sending ip* | ip does not resolve | host cannot be resolved | host does not resolve | hostname * no address",
        cause: Cause::SenderAuthentication,
        advice: PTR_RECORD,
        example: "450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.1]",
        ..BASE
    },
    Rule {
        status: &[(7, 25)],
        cause: Cause::SenderAuthentication,
        advice: PTR_RECORD,
        example: "550 5.7.25 No",
        ..BASE
    },
    // The registry's codes of SPF, DKIM, DMARC and ARC: RFC 7372 section 3 and its successors.
    Rule {
        status: &[
            (7, 20),
            (7, 21),
            (7, 22),
            (7, 23),
            (7, 24),
            (7, 26),
            (7, 29),
        ],
        cause: Cause::SenderAuthentication,
        example: "550 5.7.26 No",
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
    // Links and domains within the message are listed, too.
    Rule {
        not_at: &[Greeting, crate::Stage::Ehlo, crate::Stage::Mail],
        says: "domain present in * | url* * list* | links * list* | *surbl* | *uribl* | urlbl* | *#urlbl* | spam url* | *listed url* | url in message | uribl*",
        cause: Cause::ContentRejected,
        example: "550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL",
        ..BASE
    },
    // The sending address: how much comes from it, then its reputation.
    Rule {
        code: 4,
        says: "too many connections* | too many concurrent* | too many simultaneous* | too many sessions* | too many errors | \
            rate limit* | ratelimit* | throttled | trop de connexions | muitas conex* | demasiadas conex*",
        unless: "reputation | *bl | blacklist* | blocklist* | spam*",
        cause: Cause::Throttled,
        example: "421 4.7.0 Too many simultaneous connections from your IP",
        ..BASE
    },
    Rule {
        says: "poor reputation* | karma | low reputation of the sending ip | bad reputation* | blocked using* | blocked by * rbl | rejected by * rbl | rbl* | dnsbl* | *dnsbl* | *spamhaus* | \
            *spamcop* | ivmsip | from the following ip* | *sorbs.net* | *barracudacentral* | *abuseat.org* | *uceprotect* | *senderscore* | \
            *csi.cloudmark.com* | *abusix* | *invaluement* | *psbl* | *mailspike* | \
            *trendmicro.com/reputation* | *senderbase* | *talosintelligence* | cdrbl | block list* | \
            blocklist* | black list* | blacklist* | black-list* | block-list* | denylist* | is listed* | \
            listed in * list | listed in *bl | listed on* | listed at* | listed by* | is on * list | found on * list | found on one or more * | in * blacklist | realtime block* | in the pbl | in prison | \
            banned sending* | ip is hangup | invalid ip",
        unless: "sender envelope * | your domain * black* | your domain * block* | your email address * | your address * black* | domain * black*list* | url* * list* | \
            spam pattern* | *listed by recipient | *listed by the recipient",
        cause: Cause::IpReputation,
        example: "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        ..BASE
    },
    Rule {
        says: "reputation | your access to * rejected | access from * blocked | no access from * | no access for * ip | access * forbidden* | listed as * | open proxy* | dynamic* ip* | \
            dynamic * ips | dynamic/* | bad sender ip* | sender ip* | remotehost* | spam ips | server of your isp | \
            your isp's * server | use your isp* | not * from your ip* | ips blocked | access to submit messages* | not allowed to connect | connection refused - * | connections * refused | refus* * connection from * | ip * has been blocked | ip * is blocked | ip * blocked | ip * banned | ip * ban | \
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
             client not allowed | host not allowed | sending ip* | source ip* | untrusted ip* | unauthorized interface* | blocked by ldap* | ip check*",
        unless: "sender envelope* | concurren* | rate limit* | connection limit* | connections limit* | too many connections | \
            limit reached | message rate* | rate * too high | helo* | ehlo* | relay not * | relaying*",
        cause: Cause::IpReputation,
        example: "550 5.7.1 No access from here: the IP is blocked",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        code: 4,
        says: "too many* | throttl* | limit exceeded | concurrent* | connection limit* | connections limit* | \
            max * per connection | slow down*",
        cause: Cause::Throttled,
        example: "421 4.7.0 Connection limit exceeded",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        says: "session* | connections open | connection count | connections * host | connections * ip | over the limit | over limit",
        about: "only | limit* | allowed | exceed* | maximum | max | over | you have * connections",
        unless: "not allowed",
        cause: Cause::Throttled,
        example: "421 Only 5 sessions from one host are allowed",
        ..BASE
    },
    // A server that is busy, or at its own limit, refuses nobody in particular.
    Rule {
        at: &[Greeting],
        code: 4,
        says: "limit | limits | its limit* | maximum",
        cause: Cause::Throttled,
        example: "451 The server has reached its limit for processing requests from your host",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        code: 421,
        says: "busy",
        cause: Cause::ServiceUnavailable,
        example: "421 4.4.1 192.0.2.1: Network is busy",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        says: "synchroni* | protocol error* | protocol violation* | before greeting | before the greeting | \
            before banner* | before the banner* | pregreet* | early talk* | talk* before* | out of turn | speak* before*",
        cause: Cause::ProtocolError,
        example: "554 SMTP synchronization error",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        says: "~",
        unless: "unavailable | not available | busy | load | too many* | limit* | maintenance | shutting* | helo* | ehlo* | \
            closing* | timeout* | timed out | rate* | frequen* | synchroni* | protocol* | relay* | auth* | concurren*",
        cause: Cause::IpReputation,
        example: "421 4.7.1 Intrusion prevention active for [192.0.2.1]",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        says: "refus* | block* | banned | denied | reject* | abuse* | complaint* | spam* | not accept* | not allowed | not welcome | \
            not permitted | quarantine*",
        about: "~ | connection* | network* | ip | your host | client host | your server | provider* | you | this host",
        unless: "busy | load | try again* | unavailable | helo* | ehlo*",
        cause: Cause::IpReputation,
        example: "554 Connections from this network are not accepted",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        code: 5,
        says: "blocked | block*list* | black*list* | banned | bad host* | not welcome* | spammer* | abuse*",
        cause: Cause::IpReputation,
        example: "550 Connection from a known bad host",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        code: 4,
        cause: Cause::ServiceUnavailable,
        example: "421 4.3.2 Service shutting down",
        ..BASE
    },
    Rule {
        at: &[Greeting],
        code: 5,
        cause: Cause::ServiceUnavailable,
        example: "554 No SMTP service here",
        ..BASE
    },
];
