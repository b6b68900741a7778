//! What goes wrong between the greeting and the offer of a login.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Act, Fault, GO, GOODBYE, GREETING, OFFER, Shown, plain, to_ehlo, to_tls};
use crate::lab::World;

pub(super) fn faults() -> Vec<Fault> {
    let shows = |name, shown| plain(name, &to_tls(GREETING, shown));
    let hoster = Act::Say(&["220 relay7.hoster.test ESMTP"]);
    let overwritten = Act::Say(&["220 ********************************2******0**"]);
    vec![
        plain(
            "a usable server",
            &[
                to_ehlo(&["250-mail.example.test", "250 AUTH GSSAPI PLAIN"]),
                GOODBYE.to_vec(),
            ]
            .concat(),
        )
        .is("ok", "ehlo", 0, &["Port"]),
        plain(
            "a greeting that refuses for good",
            &[Act::Say(&["554 5.7.1 no mail from here"]), Act::Hear],
        )
        .is(
            "service-unavailable",
            "greeting",
            69,
            &["no mail from here"],
        ),
        plain(
            "a greeting that refuses for now",
            &[Act::Say(&["421 4.3.2 too busy"])],
        )
        .is("service-unavailable", "greeting", 75, &["too busy"]),
        plain(
            "a firewall that overwrites greeting and verbs",
            &[
                overwritten.clone(),
                Act::Hear,
                Act::Say(&["500 Syntax error, command \"XXXX\" unrecognized"]),
                Act::Hear,
            ],
        )
        .is(
            "starttls-not-offered",
            "starttls",
            78,
            &["firewall", "inspect"],
        ),
        plain(
            "a firewall that overwrites the offer of STARTTLS",
            &[
                overwritten,
                Act::Hear,
                Act::Say(&["250-mail.example.test", "250-SIZE 1000", "250 XXXXXXXA"]),
                Act::Hear,
            ],
        )
        .is(
            "starttls-not-offered",
            "starttls",
            78,
            &["firewall", "inspect"],
        ),
        plain(
            "not a reply after EHLO",
            &[GREETING, Act::Hear, Act::Say(&["what?"]), Act::Hear],
        )
        .is("protocol-error", "ehlo", 76, &[]),
        plain("silent after EHLO", &[GREETING, Act::Hear, Act::Silent]).is(
            "timeout",
            "ehlo",
            75,
            &[],
        ),
        plain("reset after EHLO", &[GREETING, Act::Hear, Act::Reset]).is(
            "connection-closed",
            "ehlo",
            75,
            &["reset"],
        ),
        plain("hung up after EHLO", &[GREETING, Act::Hear]).is(
            "connection-closed",
            "ehlo",
            75,
            &[],
        ),
        plain(
            "STARTTLS is not offered",
            &[
                GREETING,
                Act::Hear,
                Act::Say(&["250 mail.example.test"]),
                Act::Hear,
            ],
        )
        .is(
            "starttls-not-offered",
            "starttls",
            78,
            &["does not offer STARTTLS"],
        ),
        plain(
            "STARTTLS is refused for good",
            &[
                GREETING,
                Act::Hear,
                OFFER,
                Act::Hear,
                Act::Say(&["502 5.5.1 no"]),
            ],
        )
        .is("starttls-rejected", "starttls", 78, &["502"]),
        plain(
            "STARTTLS is refused for now",
            &[
                GREETING,
                Act::Hear,
                OFFER,
                Act::Hear,
                Act::Say(&["454 4.7.0 no TLS"]),
            ],
        )
        .is("starttls-rejected", "starttls", 75, &["454"]),
        plain(
            "a reply injected behind that to STARTTLS",
            &[
                GREETING,
                Act::Hear,
                OFFER,
                Act::Hear,
                Act::Send(b"220 go\r\n250 AUTH PLAIN\r\n"),
                Act::HearAny,
            ],
        )
        .is("starttls-injection", "starttls", 76, &[]),
        plain(
            "a reply injected in the place of the handshake",
            &[
                GREETING,
                Act::Hear,
                OFFER,
                Act::Hear,
                GO,
                Act::HearAny,
                Act::Say(&["250 mail.example.test"]),
                Act::HearAny,
            ],
        )
        .is("starttls-injection", "starttls", 76, &[]),
        plain(
            "silent after STARTTLS",
            &[GREETING, Act::Hear, OFFER, Act::Hear, GO, Act::Silent],
        )
        .is("timeout", "tls", 75, &["hello of"]),
        shows("a certificate that has expired", Shown::Expired).is(
            "certificate-expired",
            "tls",
            78,
            &[
                "2002-01-01T00:00:00Z",
                "this machine's clock says 2",
                "clock is right",
            ],
        ),
        shows("a certificate that is not valid yet", Shown::NotYetValid).is(
            "certificate-not-yet-valid",
            "tls",
            78,
            &[
                "2199-01-01T00:00:00Z",
                "this machine's clock says 2",
                "clock is right",
            ],
        ),
        plain(
            "not valid yet, and the server's clock is another",
            &to_tls(LATER, Shown::NotYetValid),
        )
        .is(
            "certificate-not-yet-valid",
            "tls",
            78,
            &[
                "the server's clock says 2199-06-01T12:00:00Z",
                "one of them is wrong",
            ],
        ),
        plain(
            "expired, and the server's clock is the same",
            &to_tls(Act::SayNow(now), Shown::Expired),
        )
        .is("certificate-expired", "tls", 78, &["agree"]),
        shows(
            "a certificate for another name",
            Shown::For("www.hoster.test"),
        )
        .is("certificate-name", "tls", 78, &["www.hoster.test"]),
        plain(
            "somebody else's server",
            &to_tls(hoster.clone(), Shown::For("*.hoster.test")),
        )
        .is("intercepted", "tls", 76, &["relay7.hoster.test"]),
        Fault {
            world: Some(World {
                records: ONE_HOST,
                fault: None,
            }),
            ..plain(
                "another name of the same host",
                &to_tls(hoster.clone(), Shown::For("*.hoster.test")),
            )
        }
        .is(
            "certificate-name",
            "tls",
            78,
            &["one host", "Use relay7.hoster.test"],
        ),
        Fault {
            world: Some(World {
                records: ALIAS,
                fault: None,
            }),
            ..plain(
                "an alias of another host",
                &to_tls(hoster.clone(), Shown::For("*.hoster.test")),
            )
        }
        .is(
            "certificate-name",
            "tls",
            78,
            &["one host", "Use relay7.hoster.test"],
        ),
        plain(
            "somebody else's server, by nobody's authority",
            &to_tls(hoster, Shown::UnknownFor("relay7.hoster.test")),
        )
        .is("intercepted", "tls", 76, &["relay7.hoster.test"]),
        shows("an unknown issuer", Shown::UnknownIssuer).is(
            "certificate-untrusted",
            "tls",
            78,
            &["Inspecting Proxy CA", "proxy"],
        ),
        shows("a self-signed certificate", Shown::SelfSigned).is(
            "certificate-untrusted",
            "tls",
            78,
            &["self-signed"],
        ),
        plain(
            "hung up after TLS",
            &[to_tls(GREETING, Shown::Good), vec![Act::Hear]].concat(),
        )
        .is("connection-closed", "ehlo", 75, &[]),
    ]
}

const ONE_HOST: &str = "mail.example.test. IN A 127.0.0.1\nrelay7.hoster.test. IN A 127.0.0.1";
const ALIAS: &str =
    "mail.example.test. IN CNAME relay7.hoster.test.\nrelay7.hoster.test. IN A 127.0.0.1";

const LATER: Act = Act::Say(&["220 mail.example.test ESMTP; Sat, 1 Jun 2199 13:00:00 +0100"]);

/// A greeting with the time of day.
fn now() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let now = rcgen::date_time_ymd(1970, 1, 1) + since;
    let month = now.month().to_string();
    let (hour, minute, second) = now.to_hms();
    format!(
        "220 mail.example.test ESMTP; {} {} {} {hour:02}:{minute:02}:{second:02} +0000",
        now.day(),
        &month[..3],
        now.year()
    )
}
