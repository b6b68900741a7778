//! Replies to a login, whoever gives them: RFC 4954 section 6, and the words of the usual servers.

use crate::Cause;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};
use crate::knowledge::{Retry, Who};

/// Words first, then codes.
pub(in crate::knowledge) static LOGINS: &[Rule] = &[
    Rule {
        says: "application specific password* | app specific password* | application-specific password* | app* password* required | app-specific password* | \
            application password* | app password* | second factor* | two-factor* | 2fa | two-step* | \
            multi-factor* | multifactor* | mfa",
        cause: Cause::AppPasswordRequired,
        example: "535 5.7.8 Authentication failed: two-factor login is on, use an app password",
        ..BASE
    },
    Rule {
        says: "token* expired | expired * token | invalid* token | token * invalid | invalid_grant | \
            invalid_token | oauth* | xoauth2* | bearer* | access token*",
        code: 5,
        cause: Cause::OAuthTokenRejected,
        example: "535 5.7.8 Error: authentication failed: the access token has expired",
        ..BASE
    },
    // Which of several reasons it is, the server does not say.
    Rule {
        code: 5,
        says: "or password* | or wrong password | or bad password | or incorrect password | or invalid password | \
            or * password wrong | or wrong username | or bad username | or wrong user name",
        unless: "app* password* | application* password*",
        cause: Cause::CredentialsRejected,
        example: "535 User is disabled or password is wrong",
        ..BASE
    },
    // A lock that no time ends.
    Rule {
        code: 5,
        about: "account* | user* | mailbox | login | sender",
        says: "locked | locked out | has been locked | is blocked | has been blocked | disabled | suspended",
        unless: "minute* | hour* | temporar* | try again* | later | wait* | ip | ~ | smtp * disabled | smtp * not | mechanism* | \
            seconds | protocol* | pop* | imap* | authentication is disabled | authentication disabled | auth* is disabled | \
            basic* | plain* | clear* | client* | login disabled | login is disabled | third-party* | third party*",
        cause: Cause::AccountBlocked,
        example: "535 5.7.8 User account is locked, too many failed logins",
        ..BASE
    },
    Rule {
        says: "too many * attempt* | too many * fail* | too many login* | too many * log* | too many auth* | \
            too many bad* | too many invalid* | too many errors | rate limit* | ratelimit* | \
            try again * later * too many | limit exceed* | exceed* * limit | temporarily locked | \
            temporarily blocked | too frequent* | frequency* | too many wrong* | too many incorrect* | \
            rate exceeded | login rate* | package exceeded | too fast | too quickly",
        cause: Cause::Throttled,
        advice: Advice {
            summary: "Too many logins, or too many that failed: the server takes none for a while.",
            fix: &[
                "Wait before the next try: each one that fails may lengthen the wait.",
                "Give many messages to one connection, rather than log in for each.",
            ],
            who: Some(Who::Sender),
            retry: Some(Retry::InHours),
            ..ADVICE
        },
        example: "535 5.7.8 Error: authentication failed: too many failed logins from this address",
        ..BASE
    },
    Rule {
        says: "ip * blocked | ip * blacklist* | ip * banned | ip * rejected | listed at* | blocked using* | \
            *spamhaus* | ip * not allowed | ip * not authori*ed | unauthori*ed ip* | your ip * ban*",
        cause: Cause::IpReputation,
        example: "535 5.7.8 Logins from your IP address are blocked: it is listed at zen.spamhaus.org",
        ..BASE
    },
    Rule {
        says: "must issue a starttls* | starttls first | starttls * first | starttls* required | \
            encrypt* required | encryption needed | requires encryption | requires tls | requires ssl | \
            tls * required | ssl * required | secure connection* | only * over tls | only * encrypted | \
            without ssl/tls* | not * without tls | plaintext * disabled | clear text * not | encrypt before* | \
            encrypt first | after starttls | after tls | before starttls | cleartext * not | plain text * not | \
            plaintext authentication disallowed* | cleartext* | not available on plain* | unencrypted* | \
            insecure connection*",
        cause: Cause::TlsRequired,
        example: "530 5.7.0 Must issue a STARTTLS command first",
        ..BASE
    },
    Rule {
        code: 5,
        about: "mechanism* | method | sasl | cram-md5 | digest-md5 | ntlm | scram* | gssapi | plain | login method | auth login | \
            auth plain | login authentication | plain authentication",
        says: "disabled | turned off | switched off | not permitted | not offered | not available | not allowed | \
            not supported | not enabled | unknown | unsupported | unavailable | unrecognized | unrecognised | \
            not recognized | not known | not accepted | deprecated",
        unless: "plaintext* | without tls | without ssl | plain text | unencrypted | encrypt* | tls | ssl | \
            no * mechanism* | user* unknown | unknown user* | account*",
        cause: Cause::AuthMechanism,
        example: "535 5.7.3 Authentication unsuccessful: mechanism disabled",
        ..BASE
    },
    Rule {
        says: "mechanism* not supported | unsupported * mechanism | unsupported auth* | \
            unrecognized authentication type | unrecognised authentication* | \
            invalid authentication mechanism | mechanism * not available | mechanism * not allowed | \
            unknown * mechanism | no such * mechanism | invalid mechanism | unrecognized auth* type | \
            authentication type not* | authentication method not* | auth type * not* | mechanism not* | \
            only * mechanism* | mechanism* disabled | mechanism * too weak | no mechanism* | auth mode * | authentication mode * | authentication * too weak",
        cause: Cause::AuthMechanism,
        example: "504 5.7.4 Unrecognized authentication type",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(7, 10), (7, 11)],
        cause: Cause::TlsRequired,
        example: "503 5.7.10 No",
        ..BASE
    },
    // These codes are about the command, even if the words mention the login.
    Rule {
        code: 504,
        cause: Cause::AuthMechanism,
        example: "504 5.5.4 No",
        ..BASE
    },
    Rule {
        says: "auth * not enabled | auth not available* | auth* not advertised | authentication not enabled | \
            authentication not allowed* | auth command used when not advertised | \
            authentication * not supported | authentication * not available | not * support authentication | \
            auth not allowed* | auth unavailable | security features not implemented | \
            no authentication mechanism* | no authentication available* | command * not recogni* | \
            unrecogni*ed command* | unknown command* | command not * | command unrecogni* | not implemented | unimplemented*",
        code: 5,
        cause: Cause::AuthNotOffered,
        example: "503 AUTH command used when not advertised",
        ..BASE
    },
    Rule {
        says: "smtp * disabled for* | smtp * not enabled | smtp access* | smtp auth* disabled | \
            smtp service * disabled | smtp is disabled* | smtp is not activated* | smtp * switched off | \
            not allowed to use smtp | not enabled for smtp* | smtp access * not allowed | \
            service is not available for this* | pop3 and imap* | imap/smtp* | pop3/smtp* | pop/smtp* | smtp/imap* | \
            authentication is disabled | authentication disabled* | authentication has been disabled | smtp * not set to* | \
            smtp * not activated | enable smtp* | has no permission | third-party * disabled | \
            third party * disabled | third-party * not enabled | third-party * not allowed | external * access * disabled | \
            external * client* disabled | mail client* disabled | not include smtp* | \
            by smtp is * off | by smtp * disabled | smtp * turned off | smtp is turned off | not activated * smtp* | access rights to this service | not have access to this service | no access to this service | \
            no rights to this service | \
            not enabled * smtp* | mail programs* not | mail programs * disabled | mail clients * not | activate * smtp* | \
            turn on * smtp* | switch on * smtp*",
        unless: "plain* | clear*",
        cause: Cause::SmtpAuthDisabled,
        example: "535 5.7.8 SMTP access is disabled for this mailbox",
        ..BASE
    },
    Rule {
        says: "basic auth*",
        cause: Cause::BasicAuthRetired,
        example: "535 5.7.3 Basic authentication is no longer accepted",
        ..BASE
    },
    Rule {
        says: "account* disabled | account* suspended | account* blocked | account* locked | account * inactive | \
            account* deactivated | account * expired | user * disabled | user * suspended | user * blocked | \
            user * locked | mailbox * disabled | mailbox * suspended | mailbox * blocked | mailbox * locked | \
            user account * not active | account * not active | account * not activated | account * not yet activated | \
            account * under review | account is pending* | inactive | suspended | deactivated | password expired | \
            password has expired | expired password | password change* | must change * password | \
            sending * disabled | credits expired | credits blocked | closed account | account is closed | \
            not enabled | has ended | on hold | has run out | run out of | no sending permission | is banned | banned | terminated | overdue | unpaid | \
            has been closed | frozen",
        cause: Cause::AccountBlocked,
        example: "535 5.7.8 Error: authentication failed: account is disabled",
        ..BASE
    },
    // Some servers refuse a wrong password for now.
    Rule {
        code: 4,
        says: "invalid * password | invalid user* | invalid login* | invalid credential* | invalid password | \
            wrong password | wrong * password | wrong user* | bad password | bad * password | bad user* | \
            incorrect password | incorrect * password | incorrect user* | password * incorrect | \
            password * wrong | password * invalid | password * not match* | password mismatch* | \
            username and password not* | user name and password not* | unknown user* | no such user | \
            user unknown | user not found | user * not exist | credentials * invalid | credentials incorrect",
        cause: Cause::CredentialsRejected,
        example: "454 4.7.0 Authentication failed: wrong user name or password",
        ..BASE
    },
    Rule {
        code: 4,
        says: "temporary* | temporarily* | try again* | unable to * at this time | internal* | backend* | \
            unavailable | not available | connection lost* | timed out | timeout | cannot connect* | \
            database* | later",
        cause: Cause::TemporaryServerFailure,
        example: "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
        ..BASE
    },
    Rule {
        code: 5,
        says: "internal * error | internal error* | temporary* | temporarily* | try again later | \
            unable to connect* | backend* | timed out | server busy",
        cause: Cause::TemporaryServerFailure,
        advice: Advice {
            retry: Some(Retry::InMinutes),
            ..ADVICE
        },
        example: "535 5.7.8 Error: authentication failed: internal error of the authentication server",
        ..BASE
    },
    Rule {
        says: "cannot decode* | invalid base64* | base64* | malformed* | bad encoding | \
            decode * fail* | syntax error* | must be specified | protocol error | already authenticated | \
            already logged* | no identity changes* | auth * aborted | authentication cancel* | \
            authentication aborted* | line too long | exchange line too long",
        code: 5,
        cause: Cause::ProtocolError,
        example: "501 5.5.2 Cannot decode response",
        ..BASE
    },
    Rule {
        code: 502,
        cause: Cause::AuthNotOffered,
        example: "502 5.5.1 No",
        ..BASE
    },
    Rule {
        code: 503,
        unless: "already* | first | identity* | helo | ehlo | transaction*",
        cause: Cause::AuthNotOffered,
        example: "503 5.5.1 Bad sequence of commands",
        ..BASE
    },
    Rule {
        says: "username and password* | user name and password* | invalid credential* | credentials * invalid | \
            credentials incorrect | bad credential* | wrong password | password * incorrect | \
            incorrect password | invalid password | invalid user* | invalid login* | \
            incorrect authentication data | login incorrect | login fail* | bad username* | bad password | \
            bad user* | unknown user* | user unknown | no such user | user not found | user * not exist | \
            wrong user* | incorrect user* | invalid username* | auth* * fail* | auth* failed | \
            auth* failure | authentication unsuccessful | authentication * rejected | authentication denied | \
            authentication credentials invalid | authentication error | not authenticated | \
            authorization failed | credentials were rejected | login denied | login refused | access denied | \
            not accepted | denied | username or passw* | user name or passw* | no authentication type* | \
            email or password* | login or password* | user or password* | id or password* | \
            password * wrong | password * invalid | password * rejected | not valid credentials",
        code: 5,
        cause: Cause::CredentialsRejected,
        example: "535 Incorrect authentication data",
        ..BASE
    },
    // What codes tell, where words do not.
    Rule {
        code: 4,
        status: &[(7, 28), (7, 1)],
        cause: Cause::Throttled,
        example: "454 4.7.28 Not now",
        ..BASE
    },
    Rule {
        code: 4,
        cause: Cause::TemporaryServerFailure,
        example: "421 4.3.0 Not now",
        ..BASE
    },
    Rule {
        code: 534,
        status: &[(7, 9)],
        cause: Cause::AppPasswordRequired,
        example: "534 5.7.9 Not so",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(5, 124)],
        cause: Cause::OAuthTokenRejected,
        example: "501 5.5.124 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(7, 30)],
        cause: Cause::BasicAuthRetired,
        example: "550 5.7.30 No",
        ..BASE
    },
    Rule {
        code: 538,
        cause: Cause::TlsRequired,
        example: "538 No",
        ..BASE
    },
    Rule {
        code: 530,
        cause: Cause::TlsRequired,
        example: "530 5.7.0 No",
        ..BASE
    },
    Rule {
        code: 5,
        status: &[(7, 13)],
        cause: Cause::AccountBlocked,
        example: "525 5.7.13 No",
        ..BASE
    },
    Rule {
        code: 525,
        cause: Cause::AccountBlocked,
        example: "525 No",
        ..BASE
    },
    Rule {
        code: 534,
        cause: Cause::AuthMechanism,
        example: "534 5.7.5 No",
        ..BASE
    },
    Rule {
        code: 500,
        cause: Cause::ProtocolError,
        example: "500 5.5.1 What?",
        ..BASE
    },
    Rule {
        code: 501,
        cause: Cause::ProtocolError,
        example: "501 5.5.4 What?",
        ..BASE
    },
    Rule {
        code: 503,
        cause: Cause::ProtocolError,
        example: "503 5.5.1 EHLO first",
        ..BASE
    },
    Rule {
        code: 535,
        cause: Cause::CredentialsRejected,
        example: "535 No",
        ..BASE
    },
    Rule {
        code: 5,
        cause: Cause::CredentialsRejected,
        example: "554 5.7.8 No",
        ..BASE
    },
];
