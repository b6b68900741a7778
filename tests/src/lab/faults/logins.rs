//! What goes wrong with a login, and that none is made where it must not be.

use super::{Act, Ask, Fault, GOODBYE, GREETING, Shown, plain, tls, to_ehlo};

const PLAIN: &[&str] = &["250-mail.example.test", "250 AUTH PLAIN"];

pub(super) fn faults() -> Vec<Fault> {
    let refuses = |name, answer: &'static [&'static str]| {
        let acts = [
            to_ehlo(PLAIN),
            vec![Act::Hear, Act::Say(answer)],
            GOODBYE.to_vec(),
        ]
        .concat();
        plain(name, &acts).asked(Ask::Password)
    };
    let offers = |name, answer: &'static [&'static str]| {
        plain(name, &[to_ehlo(answer), GOODBYE.to_vec()].concat()).asked(Ask::Password)
    };
    vec![
        refuses("a login that succeeds", &["235 2.7.0 welcome"]).is("ok", "auth", 0, &["PLAIN"]),
        offers("AUTH is not offered", &["250 mail.example.test"]).is("auth-not-offered", "auth", 77, &[]),
        plain(
            "AUTH is offered before TLS alone",
            &[
                GREETING,
                Act::Hear,
                Act::Say(&["250-mail.example.test", "250-AUTH PLAIN", "250 STARTTLS"]),
                Act::Hear,
                Act::Say(&["220 go"]),
                Act::Tls(Shown::Good),
                Act::Hear,
                Act::Say(&["250 mail.example.test"]),
                Act::Hear,
            ],
        )
        .asked(Ask::Password)
        .is("auth-not-offered", "auth", 77, &["before TLS"]),
        offers("no mechanism in common", &["250-mail.example.test", "250 AUTH GSSAPI NTLM"]).is(
            "auth-mechanism",
            "auth",
            77,
            &["GSSAPI", "NTLM", "PLAIN"],
        ),
        Fault {
            doors: plain("", &[GREETING, Act::Hear, Act::Say(PLAIN), Act::Hear])
                .doors
                .into_iter()
                .map(|(door, _)| (door, "none"))
                .collect(),
            ..plain("a login without TLS", &[])
        }
        .asked(Ask::Password)
        .is("tls-required", "auth", 78, &[]),
        refuses("wrong password", &["535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6"]).is(
            "credentials-rejected",
            "auth",
            77,
            &["535"],
        ),
        refuses(
            "password logins retired",
            &["550 5.7.30 Basic authentication is not supported for Client Submission."],
        )
        .is("basic-auth-retired", "auth", 77, &[]),
        refuses(
            "an app password is wanted",
            &[
                "534-5.7.9 Application-specific password required. For more information, go to",
                "534 5.7.9 \
               https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp",
            ],
        )
        .is("app-password-required", "auth", 77, &[]),
        refuses(
            "SMTP AUTH switched off for the tenant",
            &["535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit \
               https://aka.ms/smtp_auth_disabled for more information."],
        )
        .is("smtp-auth-disabled", "auth", 77, &["Set-TransportConfig", "admin"]),
        refuses(
            "conditional access",
            &["535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated \
               successfully. Contact your administrator."],
        )
        .is("conditional-access", "auth", 77, &[]),
        refuses(
            "security defaults keep passwords out",
            &["535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy."],
        )
        .is("conditional-access", "auth", 77, &["security defaults"]),
        refuses(
            "an account that may not send",
            &["535 5.7.8 Error: authentication failed: Your message looks like spam. You need to use web for sending or \
               prove you are not a robot"],
        )
        .is("account-blocked", "auth", 77, &[]),
        refuses("a login that fails for now", &["454 4.7.0 Temporary authentication failure"]).is(
            "temporary-server-failure",
            "auth",
            75,
            &["454"],
        ),
        tls(
            "a token that is refused",
            &[
                vec![
                    Act::Tls(Shown::Good),
                    GREETING,
                    Act::Hear,
                    Act::Say(&["250-mail.example.test", "250 AUTH XOAUTH2"]),
                    Act::Hear,
                    Act::Say(&["334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiQmVhcmVyIn0="]),
                    Act::Hear,
                    Act::Say(&["535 5.7.8 Username and Password not accepted"]),
                ],
                GOODBYE.to_vec(),
            ]
            .concat(),
        )
        .asked(Ask::Token)
        .is("oauth-token-rejected", "auth", 77, &["401"]),
        plain("hung up at the login", &[to_ehlo(PLAIN), vec![Act::Hear]].concat()).asked(Ask::Password).is(
            "connection-closed",
            "auth",
            75,
            &[],
        ),
        plain("silent at the login", &[to_ehlo(PLAIN), vec![Act::Hear, Act::Silent]].concat()).asked(Ask::Password).is(
            "timeout",
            "auth",
            75,
            &[],
        ),
    ]
}
