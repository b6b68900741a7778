//! Delivery to the hosts that take a domain's mail, over both drivers: which are tried, in which order, and when no other.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod command;
mod hosts;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailwright::{
    Attempt, Cause, Client, ClientBuilder, ConnectionInfo, Credentials, Delivery, Envelope, Error,
    Outcome, Secret, Security, Stage,
};
use smtp_tests::dns::{DnsServer, Fault, World};
use smtp_tests::driver::Driver;
use smtp_tests::tables::{HANG_UP, SILENCE, Table};

use hosts::Hosts;

const MESSAGE: &[u8] = b"Subject: Hello\r\n\r\nHello.\r\n";

/// Two hosts, the first preferred.
const TWO: &str = "
    example.test.     MX 20 mx2.example.test.
    example.test.     MX 10 mx1.example.test.
    mx1.example.test. A  127.0.0.1
    mx2.example.test. A  127.0.0.2
";

const GOOD: Table = &[];
const NOT_HERE: Table = &[("greeting", "421 4.3.2 not here")];

/// A message to two recipients, and what has to become of it.
struct Case {
    what: &'static str,
    zone: &'static str,
    fault: Option<(&'static str, Fault)>,
    hosts: &'static [Option<Table>],
    security: Security,
    /// In the words of [`told`].
    ends: &'static str,
    /// Which hosts were connected to, in that order.
    tried: &'static [u8],
    /// The hosts that were tried in vain.
    in_vain: &'static [&'static str],
}

const USUAL: Case = Case {
    what: "",
    zone: TWO,
    fault: None,
    hosts: &[Some(GOOD), Some(GOOD)],
    security: Security::Opportunistic,
    ends: "accepted by mx1.example.test",
    tried: &[1],
    in_vain: &[],
};

/// The second host gets it.
const NEXT: Case = Case {
    ends: "accepted by mx2.example.test",
    tried: &[1, 2],
    in_vain: &["mx1.example.test"],
    ..USUAL
};

const BOTH: &[&str] = &["mx1.example.test", "mx2.example.test"];

fn cases() -> Vec<Case> {
    let implicit = "example.test. A 127.0.0.1";
    vec![
        Case {
            what: "the most preferred host first",
            ..USUAL
        },
        Case {
            what: "no MX, and an address",
            zone: implicit,
            ends: "accepted by example.test",
            ..USUAL
        },
        Case {
            what: "an alias for the domain, and one for the host",
            zone: "example.test. CNAME other.test.\nother.test. MX 5 a.test.\na.test. CNAME b.test.\nb.test. A 127.0.0.1",
            ends: "accepted by a.test",
            ..USUAL
        },
        Case {
            what: "the null MX",
            zone: "example.test. MX 0 .\nexample.test. A 127.0.0.1",
            ends: "host-not-found in dns",
            tried: &[],
            ..USUAL
        },
        Case {
            what: "no such domain",
            zone: "",
            ends: "host-not-found in dns",
            tried: &[],
            ..USUAL
        },
        Case {
            what: "neither MX nor address",
            zone: "example.test. TXT \"nothing\"",
            ends: "host-not-found in dns",
            tried: &[],
            in_vain: &["example.test"],
            ..USUAL
        },
        Case {
            what: "SERVFAIL, though there is an address",
            zone: implicit,
            fault: Some(("example.test", Fault::ServFail)),
            ends: "dns-failure in dns",
            tried: &[],
            ..USUAL
        },
        Case {
            what: "a silent name server",
            fault: Some(("example.test", Fault::Silent)),
            ends: "dns-failure in dns",
            tried: &[],
            ..USUAL
        },
        Case {
            what: "an alias without an end",
            fault: Some(("example.test", Fault::EndlessAlias)),
            ends: "host-not-found in dns",
            tried: &[],
            in_vain: &["example.test"],
            ..USUAL
        },
        Case {
            what: "a host that is not there",
            fault: Some(("mx1.example.test", Fault::NoSuchName)),
            tried: &[2],
            ..NEXT
        },
        Case {
            what: "a host that SERVFAIL is said of",
            fault: Some(("mx1.example.test", Fault::ServFail)),
            tried: &[2],
            ..NEXT
        },
        Case {
            what: "no host is there, and of one nobody knows it",
            zone: "example.test. MX 1 mx1.example.test.\nexample.test. MX 2 mx2.example.test.",
            fault: Some(("mx2.example.test", Fault::ServFail)),
            ends: "dns-failure in dns",
            tried: &[],
            in_vain: BOTH,
            ..USUAL
        },
        Case {
            what: "a host that is down",
            hosts: &[None, Some(GOOD)],
            tried: &[2],
            ..NEXT
        },
        Case {
            what: "all hosts are down",
            hosts: &[None, None],
            ends: "connection-refused in connect",
            tried: &[],
            in_vain: BOTH,
            ..USUAL
        },
        Case {
            what: "a host's second address",
            zone: "example.test. MX 5 mx.test.\nmx.test. A 127.0.0.1\nmx.test. A 127.0.0.2",
            hosts: &[
                Some(&[("greeting", "421 4.3.2 not here")]),
                Some(&[("greeting", "421 4.3.2 nor here")]),
            ],
            ends: "service-unavailable in greeting, 421",
            tried: &[1, 2],
            in_vain: &["mx.test", "mx.test"],
            ..USUAL
        },
        Case {
            what: "more addresses than are tried",
            zone: "example.test. MX 5 mx.test.\nmx.test. A 127.0.0.1\nmx.test. A 127.0.0.2\nmx.test. A 127.0.0.3\n\
                   mx.test. A 127.0.0.4\nmx.test. A 127.0.0.5",
            hosts: &[Some(NOT_HERE); 5],
            ends: "service-unavailable in greeting, 421",
            tried: &[1, 2, 3, 4],
            in_vain: &["mx.test"; 4],
            ..USUAL
        },
        Case {
            what: "an MX name that looks like an address",
            zone: "example.test. MX 5 127.0.0.2.",
            ends: "host-not-found in dns",
            tried: &[],
            in_vain: &["127.0.0.2"],
            ..USUAL
        },
        Case {
            what: "421 at first",
            hosts: &[Some(&[("greeting", "421 4.3.2 busy")]), Some(GOOD)],
            ..NEXT
        },
        Case {
            what: "554 at first",
            hosts: &[Some(&[("greeting", "554 5.3.2 no")]), Some(GOOD)],
            ends: "service-unavailable in greeting, 554",
            in_vain: &["mx1.example.test"],
            ..USUAL
        },
        Case {
            what: "silence at first",
            hosts: &[Some(&[("greeting", SILENCE)]), Some(GOOD)],
            ..NEXT
        },
        Case {
            what: "no SMTP at all",
            hosts: &[
                Some(&[("greeting", "HTTP/1.1 400 Bad Request")]),
                Some(GOOD),
            ],
            ..NEXT
        },
        Case {
            what: "EHLO for now",
            hosts: &[Some(&[("EHLO", "451 4.3.0 later")]), Some(GOOD)],
            ..NEXT
        },
        Case {
            what: "MAIL for now",
            hosts: &[Some(&[("MAIL", "451 4.3.0 later")]), Some(GOOD)],
            ..NEXT
        },
        Case {
            what: "a goodbye in the place of a reply",
            hosts: &[Some(&[("MAIL", "421 4.3.2 bye")]), Some(GOOD)],
            ..NEXT
        },
        Case {
            what: "a lost connection before DATA",
            hosts: &[Some(&[("RCPT", HANG_UP)]), Some(GOOD)],
            ..NEXT
        },
        Case {
            what: "MAIL for good",
            hosts: &[Some(&[("MAIL", "550 5.7.1 no")]), Some(GOOD)],
            ends: "refused in mail, 550",
            ..USUAL
        },
        Case {
            what: "all recipients for now",
            hosts: &[Some(&[("RCPT", "450 4.2.0 greylisted")]), Some(GOOD)],
            ..NEXT
        },
        Case {
            what: "all recipients for now, at both hosts",
            hosts: &[
                Some(&[("RCPT", "450 4.2.0 first")]),
                Some(&[("RCPT", "451 4.2.0 second")]),
            ],
            ends: "refused in rcpt, 450",
            tried: &[1, 2],
            in_vain: BOTH,
            ..USUAL
        },
        Case {
            what: "all recipients for now, and a host that is down",
            hosts: &[Some(&[("RCPT", "450 4.2.0 greylisted")]), None],
            ends: "refused in rcpt, 450",
            in_vain: BOTH,
            ..USUAL
        },
        Case {
            what: "one recipient for now, the other accepted",
            hosts: &[Some(&[("RCPT TO:<a@", "450 4.2.0 later")]), Some(GOOD)],
            ..USUAL
        },
        Case {
            what: "one recipient for now, the other for good",
            hosts: &[
                Some(&[
                    ("RCPT TO:<a@", "450 4.2.0 later"),
                    ("RCPT", "550 5.1.1 unknown"),
                ]),
                Some(GOOD),
            ],
            ends: "refused in rcpt, 450",
            ..USUAL
        },
        Case {
            what: "all recipients for good",
            hosts: &[Some(&[("RCPT", "550 5.1.1 unknown")]), Some(GOOD)],
            ends: "refused in rcpt, 550",
            ..USUAL
        },
        Case {
            what: "DATA for now",
            hosts: &[Some(&[("DATA", "451 4.3.0 later")]), Some(GOOD)],
            ..NEXT
        },
        Case {
            what: "the message for now",
            hosts: &[Some(&[(".", "451 4.3.0 later")]), Some(GOOD)],
            ends: "refused in body, 451",
            ..USUAL
        },
        Case {
            what: "no word on the message",
            hosts: &[Some(&[(".", HANG_UP)]), Some(GOOD)],
            ends: "unknown, connection-closed in body",
            ..USUAL
        },
        Case {
            what: "STARTTLS that is refused",
            hosts: &[
                Some(&[
                    ("EHLO", "250-host\r\n250 STARTTLS"),
                    ("STARTTLS", "454 4.7.0 later"),
                ]),
                Some(GOOD),
            ],
            ..NEXT
        },
        Case {
            what: "STARTTLS that is refused for good",
            hosts: &[
                Some(&[
                    ("EHLO", "250-host\r\n250 STARTTLS"),
                    ("STARTTLS", "554 5.7.0 no"),
                ]),
                Some(GOOD),
            ],
            ..NEXT
        },
        Case {
            what: "a handshake that fails",
            hosts: &[
                Some(&[
                    ("EHLO", "250-host\r\n250 STARTTLS"),
                    ("STARTTLS", "220 go"),
                    ("\u{16}", HANG_UP),
                ]),
                Some(GOOD),
            ],
            ..NEXT
        },
        Case {
            what: "TLS that is required, and nobody's",
            security: Security::StartTls,
            ends: "starttls-not-offered in starttls",
            tried: &[1, 2],
            in_vain: BOTH,
            ..USUAL
        },
    ]
}

#[test]
fn each_message_goes_to_the_host_that_is_its_turn_and_to_no_other() {
    for case in cases() {
        for driver in Driver::ALL {
            let (hosts, dns, builder) = set_up(&case);
            let told_of = Arc::new(Mutex::new(Vec::new()));
            let watcher = Arc::clone(&told_of);
            let builder = builder
                .on_attempt(move |attempt| watcher.lock().unwrap().push(attempt.to_string()));
            let (sent, facts) = send(driver, builder, 1);
            let what = case.what;
            assert_eq!(
                told(&sent[0], &facts),
                case.ends,
                "{what}: {sent:?} {:?}",
                dns.asked()
            );
            let heard = hosts.heard();
            let tried = heard
                .iter()
                .filter_map(|line| line.strip_suffix(" connect")?.parse::<u8>().ok());
            assert_eq!(tried.collect::<Vec<_>>(), case.tried, "{what}: {heard:?}");
            let attempts: Vec<&str> = facts
                .attempts
                .iter()
                .map(|attempt| attempt.host.as_str())
                .collect();
            assert_eq!(attempts, case.in_vain, "{what}");
            let in_words: Vec<String> = facts.attempts.iter().map(Attempt::to_string).collect();
            assert_eq!(*told_of.lock().unwrap(), in_words, "{what}");
            if let Err(error) = &sent[0] {
                assert!(
                    in_words.iter().all(|words| error.detail().contains(words)),
                    "{what}: {error}"
                );
            }
        }
    }
}

#[test]
fn hosts_of_one_preference_take_turns_by_chance() {
    let zone = "
        example.test. MX 10 mx1.test.\nexample.test. MX 10 mx2.test.\nexample.test. MX 10 mx3.test.
        mx1.test. A 127.0.0.1\nmx2.test. A 127.0.0.2\nmx3.test. A 127.0.0.3
    ";
    let (hosts, dns) = (
        Hosts::start(&[Some(GOOD); 3]),
        DnsServer::start(World::parse(zone)),
    );
    let mut first = HashSet::new();
    // That one of three is never the first of 60 happens once in ten thousand million times.
    for _ in 0..60 {
        let mut client = to_domain(&hosts, &dns).build();
        client.connect().unwrap();
        first.insert(client.facts().host.clone());
        client.quit().unwrap();
        if first.len() == 3 {
            return;
        }
    }
    panic!("only {first:?} of three were ever the first");
}

#[test]
fn one_connection_carries_all_messages_of_a_domain() {
    for driver in Driver::ALL {
        let (hosts, dns) = (
            Hosts::start(&[Some(GOOD), Some(GOOD)]),
            DnsServer::start(World::parse(TWO)),
        );
        let (sent, facts) = send(driver, to_domain(&hosts, &dns), 3);
        assert!(
            sent.iter().all(|sent| told(sent, &facts) == USUAL.ends),
            "{sent:?}"
        );
        let heard = hosts.heard();
        assert_eq!(
            heard
                .iter()
                .filter(|line| line.ends_with("connect"))
                .count(),
            1,
            "{heard:?}"
        );
        assert_eq!(
            heard.iter().filter(|line| line.contains("RCPT")).count(),
            6,
            "{heard:?}"
        );
        assert_eq!(
            dns.asked()
                .iter()
                .filter(|asked| asked.starts_with("MX "))
                .count(),
            1
        );
    }
}

#[test]
fn a_connection_that_was_lost_between_messages_is_made_anew() {
    let rules: Table = &[("RSET", HANG_UP), ("MAIL FROM:<second@", HANG_UP)];
    for driver in Driver::ALL {
        let (hosts, dns) = (
            Hosts::start(&[Some(rules), Some(GOOD)]),
            DnsServer::start(World::parse(TWO)),
        );
        let (sent, facts) = send(driver, to_domain(&hosts, &dns), 2);
        assert_eq!(told(&sent[0], &ConnectionInfo::default()), "accepted by ");
        assert_eq!(told(&sent[1], &facts), NEXT.ends, "{:?}", hosts.heard());
        assert_eq!(
            facts.attempts.len(),
            2,
            "on the old connection and on a new one: {:?}",
            facts.attempts
        );
    }
}

#[test]
fn a_login_is_for_no_host_that_the_dns_names() {
    let (hosts, dns) = (
        Hosts::start(&[Some(GOOD)]),
        DnsServer::start(World::parse(TWO)),
    );
    let credentials = Credentials::password("u", Secret::from(smtp_canary::canary())).unwrap();
    let error = to_domain(&hosts, &dns)
        .credentials(credentials)
        .build()
        .connect()
        .unwrap_err();
    assert_eq!(
        (error.stage(), error.cause()),
        (Stage::Config, Cause::InvalidInput),
        "{error}"
    );
    let error = Client::mx("127.0.0.1")
        .port(hosts.port())
        .build()
        .connect()
        .unwrap_err();
    assert!(error.detail().contains("no domain name"), "{error}");
    assert_eq!((hosts.heard().len(), dns.asked().len()), (0, 0));
}

#[test]
fn a_blocking_client_works_within_a_runtime() {
    let (hosts, dns) = (
        Hosts::start(&[Some(GOOD)]),
        DnsServer::start(World::parse(TWO)),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut client = to_domain(&hosts, &dns).build();
        client.connect().unwrap();
        client.quit().unwrap();
    });
}

/// The hosts and the DNS of a case, and a client's options for them.
fn set_up(case: &Case) -> (Hosts, DnsServer, ClientBuilder) {
    let mut world = World::parse(case.zone);
    let mut is_silent = case
        .hosts
        .iter()
        .flatten()
        .any(|rules| rules.iter().any(|(_, reply)| *reply == SILENCE));
    if let Some((name, fault)) = &case.fault {
        is_silent |= *fault == Fault::Silent;
        world = world.fault(name, fault.clone());
    }
    let (hosts, dns) = (Hosts::start(case.hosts), DnsServer::start(world));
    let patience = if is_silent {
        Duration::from_millis(500)
    } else {
        Duration::from_secs(20)
    };
    let builder = to_domain(&hosts, &dns)
        .security(case.security)
        .connect_timeout(patience)
        .timeout(patience);
    (hosts, dns, builder)
}

fn to_domain(hosts: &Hosts, dns: &DnsServer) -> ClientBuilder {
    let resolver: SocketAddr = dns.address();
    Client::mx("example.test")
        .port(hosts.port())
        .resolver(resolver)
}

/// The second message has a sender of its own.
fn envelope(number: usize) -> Envelope {
    let sender = if number == 1 {
        "second@sender.test"
    } else {
        "me@sender.test"
    };
    let recipients = ["a@example.test", "b@example.test"].map(|path| path.parse().unwrap());
    Envelope::new(sender.parse().unwrap(), recipients).unwrap()
}

type Sent = (Vec<Result<Delivery, Error>>, ConnectionInfo);

fn send(driver: Driver, builder: ClientBuilder, messages: usize) -> Sent {
    let mut client = driver.build(builder).unwrap();
    let sent = (0..messages)
        .map(|number| client.send(&envelope(number), MESSAGE))
        .collect();
    let facts = client.facts().clone();
    client.quit().unwrap();
    (sent, facts)
}

/// What became of a message, in a few words.
fn told(sent: &Result<Delivery, Error>, facts: &ConnectionInfo) -> String {
    let of_error = |error: &Error| {
        let code = error
            .reply()
            .map_or_else(String::new, |reply| format!(", {}", reply.code()));
        format!("{} in {}{code}", error.cause(), error.stage())
    };
    match sent {
        Err(error) => of_error(error),
        Ok(delivery) => match &delivery.outcome {
            Outcome::Accepted(_) => {
                format!("accepted by {}", facts.host.as_deref().unwrap_or_default())
            }
            Outcome::Refused { stage, reply } => format!("refused in {stage}, {}", reply.code()),
            Outcome::NotSent(error) => format!("not sent, {:?}", error.as_ref().map(of_error)),
            Outcome::Unknown(error) => format!("unknown, {}", of_error(error)),
            other => format!("{other:?}"),
        },
    }
}
