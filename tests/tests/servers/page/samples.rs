//! Pages to look at: a server that is as it should be, one that is out of reach, and one that is an enemy.

use mailwright_cli::page::{
    Certificate, Failure, Fate, Finding, Line, Page, Port, Publish, Sender, Step, Tls, Verdict,
};

fn step(name: &str, subject: &str, at_ms: f64, took_ms: f64, note: &str) -> Step {
    Step {
        name: name.into(),
        subject: subject.into(),
        at_ms,
        took_ms,
        fate: Fate::Done,
        note: note.into(),
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A server that is as it should be, on one port of three, and a sender's domain that lacks a policy.
pub(crate) fn usable() -> Page {
    let submission = Port {
        host: "smtp.office365.com".into(),
        port: 587,
        security: "STARTTLS".into(),
        address: Some("[2603:1026:c0a:850::2]:587".into()),
        usable: true,
        stage: "AUTH".into(),
        steps: vec![
            step("DNS", "A", 0.0, 12.4, "8 addresses"),
            step("DNS", "AAAA", 0.0, 14.9, "8 addresses"),
            step(
                "Connect",
                "[2603:1026:c0a:850::2]:587",
                15.1,
                21.7,
                "connected",
            ),
            step(
                "Greeting",
                "",
                36.9,
                24.0,
                "220 FR4P281CA0001.outlook.office365.com",
            ),
            step("EHLO", "in the clear", 60.9, 22.1, "8 extensions"),
            step("STARTTLS", "", 83.0, 22.4, "220 2.0.0 SMTP server ready"),
            step("TLS", "", 105.4, 58.6, "TLSv1.3, TLS_AES_256_GCM_SHA384"),
            step("EHLO", "over TLS", 164.1, 23.0, "8 extensions"),
            step(
                "AUTH",
                "XOAUTH2",
                187.2,
                310.5,
                "235 2.7.0 Authentication successful",
            ),
        ],
        greeting: Some(
            "220 FR4P281CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready".into(),
        ),
        plain: strings(&[
            "SIZE 157286400",
            "PIPELINING",
            "DSN",
            "ENHANCEDSTATUSCODES",
            "STARTTLS",
            "8BITMIME",
        ]),
        secured: strings(&[
            "SIZE 157286400",
            "PIPELINING",
            "DSN",
            "AUTH LOGIN XOAUTH2",
            "8BITMIME",
            "CHUNKING",
            "SMTPUTF8",
        ]),
        mechanisms: strings(&["LOGIN", "XOAUTH2"]),
        tls: Some(Tls {
            version: "TLSv1.3".into(),
            cipher_suite: "TLS13_AES_256_GCM_SHA384".into(),
        }),
        chain: vec![
            Certificate {
                subject: "C=US, ST=Washington, L=Redmond, O=Microsoft Corporation, CN=outlook.com"
                    .into(),
                issuer: "C=US, O=DigiCert Inc, CN=DigiCert Cloud Services CA-1".into(),
                names: strings(&[
                    "*.internal.outlook.com",
                    "*.outlook.com",
                    "outlook.com",
                    "smtp.office365.com",
                ]),
                not_before: "2026-09-01T00:00:00Z".into(),
                not_after: "2027-08-31T23:59:59Z".into(),
            },
            Certificate {
                subject: "C=US, O=DigiCert Inc, CN=DigiCert Cloud Services CA-1".into(),
                issuer: "C=US, O=DigiCert Inc, CN=DigiCert Global Root CA".into(),
                not_before: "2020-09-25T00:00:00Z".into(),
                not_after: "2030-09-24T23:59:59Z".into(),
                ..Certificate::default()
            },
        ],
        dialogue: vec![
            Line {
                ours: false,
                text: "220 FR4P281CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready"
                    .into(),
                at_ms: 60.9,
            },
            Line {
                ours: true,
                text: "EHLO desk.example.test".into(),
                at_ms: 61.0,
            },
            Line {
                ours: false,
                text: "250-FR4P281CA0001.outlook.office365.com Hello [192.0.2.17]".into(),
                at_ms: 83.0,
            },
            Line {
                ours: false,
                text: "250 STARTTLS".into(),
                at_ms: 83.0,
            },
            Line {
                ours: true,
                text: "STARTTLS".into(),
                at_ms: 83.1,
            },
            Line {
                ours: true,
                text: "AUTH XOAUTH2 [redacted]".into(),
                at_ms: 187.2,
            },
            Line {
                ours: false,
                text: "235 2.7.0 Authentication successful".into(),
                at_ms: 497.7,
            },
        ],
        ..Port::default()
    };
    Page {
        host: "smtp.office365.com".into(),
        made: "Sat, 21 Nov 2026 10:12:13 +0000".into(),
        took_ms: 15_012.0,
        verdict: Verdict {
            cause: "ok".into(),
            good: true,
            summary:
                "Port 587 of smtp.office365.com is usable, with STARTTLS and a login by XOAUTH2."
                    .into(),
            settings: [
                ("Server", "smtp.office365.com"),
                ("Port", "587"),
                ("Security", "STARTTLS"),
                ("Login", "XOAUTH2"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
            ..Verdict::default()
        },
        ports: vec![timed_out(25), refused(465), submission],
        sender: Some(sender()),
        ..Page::default()
    }
}

/// A server that this network does not let through to.
pub(crate) fn blocked() -> Page {
    Page {
        host: "mail.example.test".into(),
        made: "Sat, 21 Nov 2026 10:12:13 +0000".into(),
        took_ms: 15_003.2,
        verdict: Verdict {
            cause: "connection-timeout".into(),
            good: false,
            summary:
                "No port of mail.example.test answers, and other mail servers do: a firewall on the way there drops \
                      the packets."
                    .into(),
            fix: strings(&[
                "Ask whoever runs this network whether mail ports are blocked: TCP 25, 465 and 587 outwards.",
                "Use port 587 with STARTTLS, which most networks let through, not port 25.",
            ]),
            ..Verdict::default()
        },
        ports: vec![timed_out(25), timed_out(465), timed_out(587)],
        compared: vec![refused(587)],
        ..Page::default()
    }
}

/// Everything that comes from the other side tries to be more than a text.
pub(crate) fn hostile() -> Page {
    let text = "</script><script>window.stolen=1</script><img src=x onerror='stolen=1'>\"'\u{202e}\u{0}\u{1b}[2J שלום ";
    let long = "x".repeat(3000);
    let mut page = usable();
    page.host = format!("{text}{long}");
    page.verdict.summary = text.repeat(4);
    page.verdict.reply = Some(format!("554 {text}{long}"));
    page.verdict.fix = vec![long.clone()];
    let port = &mut page.ports[0];
    port.host.clone_from(&long);
    port.address = Some(long.clone());
    port.greeting = Some(format!("220 {text}{long}"));
    port.plain = vec![long.clone(), text.to_owned()];
    port.steps
        .iter_mut()
        .for_each(|step| step.note = format!("{text}{long}"));
    port.steps.push(step("STARTTLS", &long, 2.0, 1.0e8, text));
    port.chain = vec![Certificate {
        subject: long.clone(),
        names: vec![text.into(), long.clone()],
        ..Certificate::default()
    }];
    port.dialogue = vec![
        Line {
            ours: false,
            text: format!("220 {text}{long}"),
            at_ms: 1.0e9
        };
        600
    ];
    let finding = Finding {
        topic: "spf".into(),
        severity: "problem".into(),
        summary: format!("{text}{long}"),
        name: long.clone(),
        found: vec![format!("{text}{long}")],
        publish: Some(Publish {
            name: long.clone(),
            kind: "TXT".into(),
            value: format!("{text}{long}"),
        }),
        source: Some(format!("https://example.test/{long}")),
    };
    page.sender = Some(Sender {
        domain: long,
        service: Some(text.into()),
        findings: vec![finding],
    });
    page
}

fn timed_out(port: u16) -> Port {
    let mut connect = step(
        "Connect",
        "192.0.2.9",
        12.6,
        15_000.0,
        "no answer within 15 s",
    );
    connect.fate = Fate::Failed;
    Port {
        host: "mail.example.test".into(),
        port,
        security: if port == 465 {
            "TLS".into()
        } else {
            "STARTTLS".into()
        },
        stage: "Connect".into(),
        steps: vec![
            step("DNS", "A", 0.0, 12.4, "192.0.2.9"),
            step("DNS", "AAAA", 0.0, 12.5, "none"),
            connect,
        ],
        failure: Some(Failure {
            cause: "connection-timeout".into(),
            summary:
                "The connection was not answered: packets are dropped on the way, as firewalls do."
                    .into(),
            detail: "192.0.2.9: no answer within 15 s".into(),
            fix: strings(&["Ask whoever runs this network whether it blocks this port."]),
            ..Failure::default()
        }),
        ..Port::default()
    }
}

fn refused(port: u16) -> Port {
    let mut refused = timed_out(port);
    refused.host = "smtp.example.test".into();
    if let Some(step) = refused.steps.last_mut() {
        step.took_ms = 0.3;
        step.note = "refused".into();
    }
    if let Some(failure) = &mut refused.failure {
        failure.cause = "connection-refused".into();
        failure.summary = "Nothing listens on this port.".into();
        failure.detail = "192.0.2.9: connection refused".into();
    }
    refused
}

fn sender() -> Sender {
    let finding =
        |topic: &str, severity: &str, summary: &str, name: &str, found: &[&str]| Finding {
            topic: topic.into(),
            severity: severity.into(),
            summary: summary.into(),
            name: name.into(),
            found: strings(found),
            ..Finding::default()
        };
    let mut policy = finding(
        "dmarc",
        "warning",
        "example.test has no DMARC policy. Google, Yahoo and Microsoft ask senders of much mail for one.",
        "_dmarc.example.test",
        &[],
    );
    policy.publish = Some(Publish {
        name: "_dmarc.example.test".into(),
        kind: "TXT".into(),
        value: "v=DMARC1; p=none".into(),
    });
    policy.source = Some("https://www.rfc-editor.org/rfc/rfc9989".into());
    Sender {
        domain: "example.test".into(),
        service: Some("Microsoft 365 (Exchange Online)".into()),
        findings: vec![
            finding(
                "mx",
                "good",
                "Mail to example.test has somewhere to go.",
                "example.test",
                &["0 mx.example.test."],
            ),
            finding(
                "spf",
                "good",
                "The SPF record of example.test lets Microsoft 365 send, and takes 2 of 10 look-ups.",
                "example.test",
                &["v=spf1 include:spf.protection.outlook.com -all"],
            ),
            finding(
                "spf",
                "note",
                "The SPF record uses `ptr`, which is slow.",
                "example.test",
                &[],
            ),
            finding(
                "dkim",
                "problem",
                "selector1._domainkey.example.test is revoked.",
                "selector1._domainkey.example.test",
                &["v=DKIM1; p="],
            ),
            policy,
        ],
    }
}
