//! The page of a report, opened in a browser: what it shows, on a desk and on a phone, in the light and in the dark.
#![cfg(feature = "servers")]

use std::env;
use std::fs;
use std::path::Path;

use serde_json::json;
use smtp_cli::page::{Certificate, Failure, Finding, Line, Page, Port, Publish, Sender, Step, Tls, Verdict};
use smtp_tests::browser::{Browser, Screen};

const PHONE: u32 = 360;
const DESK: u32 = 1280;

/// Where pictures of the pages are left, for whoever wants to look at them.
const PICTURES: &str = "SMTP_TEST_PICTURES";

#[test]
fn a_page_is_readable_on_every_screen_and_asks_nobody_for_anything() {
    let mut browser = Browser::start();
    for (name, page) in [("usable", usable()), ("blocked", blocked()), ("hostile", hostile())] {
        let html = page.render();
        for (width, dark) in [(PHONE, false), (PHONE, true), (DESK, false), (DESK, true)] {
            let seen = browser.look(&html, Screen { width, dark });
            let place = format!("{name}, {width} pixels, dark: {dark}");
            assert_eq!(seen.requests, Vec::<String>::new(), "{place}");
            assert_eq!(seen.errors, Vec::<String>::new(), "{place}");
            assert_eq!(seen.over, 0, "{place}: it has to be scrolled sideways");
            assert_eq!(seen.faint, Vec::<String>::new(), "{place}");
            assert_eq!(seen.misplaced, Vec::<String>::new(), "{place}");
            if let Some(folder) = env::var_os(PICTURES) {
                let file = format!("{name}-{width}-{}.png", if dark { "dark" } else { "light" });
                fs::write(Path::new(&folder).join(file), browser.picture()).expect("a picture");
            }
        }
    }
}

#[test]
fn the_page_shows_the_verdict_each_step_and_the_sender() {
    let mut browser = Browser::start();
    let page = usable();
    browser.look(&page.render(), Screen { width: PHONE, dark: false });
    let texts = |browser: &mut Browser, selector: &str| {
        browser.evaluate(&format!("[...document.querySelectorAll({selector:?})].map(e => e.textContent.trim())"))
    };
    assert_eq!(texts(&mut browser, "h1"), json!([page.verdict.summary]));
    assert_eq!(texts(&mut browser, "#cause"), json!(["✓ ok"]));
    assert_eq!(texts(&mut browser, "#use dd"), json!(["smtp.office365.com", "587", "STARTTLS", "XOAUTH2"]));
    for (index, port) in page.ports.iter().enumerate() {
        let names = texts(&mut browser, &format!("#p{index} svg .name"));
        let names: Vec<&str> = names.as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
        assert_eq!(names.len(), port.steps.len(), "the picture of {}", port.port);
        assert!(names.iter().zip(&port.steps).all(|(name, step)| name.starts_with(&step.name)), "{names:?}");
        let bars = browser.evaluate(&format!("document.querySelectorAll('#p{index} svg rect').length"));
        assert_eq!(bars, json!(port.steps.len()));
        let rows = browser.evaluate(&format!("document.querySelectorAll('#p{index} tbody tr').length"));
        assert_eq!(rows, json!(port.steps.len()), "the table of {}", port.port);
        let lines = texts(&mut browser, &format!("#p{index} .dialogue li code"));
        let said: Vec<&str> = port.dialogue.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(lines, json!(said), "the dialogue of {}", port.port);
        assert_eq!(texts(&mut browser, &format!("#p{index} svg title")).as_array().map(Vec::len), Some(1));
    }
    assert_eq!(texts(&mut browser, "#sender .publish dd"), json!(["_dmarc.example.test", "TXT", "v=DMARC1; p=none"]));
    assert_eq!(browser.evaluate("document.querySelectorAll('script, img, link, iframe, object').length"), json!(0));
}

#[test]
fn what_a_server_says_stays_a_text() {
    let mut browser = Browser::start();
    let page = hostile();
    let seen = browser.look(&page.render(), Screen { width: DESK, dark: false });
    assert_eq!(seen.errors, Vec::<String>::new());
    assert_eq!(
        browser.evaluate("window.stolen === undefined && document.querySelectorAll('script, img').length"),
        json!(0)
    );
    let greeting = browser.evaluate("document.querySelector('#p0 h4 + p code').textContent");
    assert!(
        greeting.as_str().is_some_and(|text| text.starts_with("220 </script><script>window.stolen=1")),
        "{greeting}"
    );
}

/// What the tests above look for is found where it is planted.
#[test]
fn the_browser_sees_what_is_wrong_with_a_page() {
    let mut browser = Browser::start();
    let planted = "<!doctype html><meta name=viewport content='width=device-width'><body style='margin:0'><div style='width:500px'>wide</div>\
                   <p style='color:#999'>faint</p><img src='http://127.0.0.1:9/picture'>\
                   <svg width='100' height='20'><text x='90' y='12'>over the edge</text><text x='92' y='12'>over it</text>\
                   <text class='name' x='0' y='12'>name</text><rect x='1' width='5' height='9'></rect></svg>\
                   <script>console.error('told'); undefinedFunction()</script>";
    let seen = browser.look(planted, Screen { width: PHONE, dark: false });
    assert_eq!(seen.requests, ["http://127.0.0.1:9/picture"]);
    assert!(seen.errors.iter().any(|error| error.contains("undefinedFunction")), "{:?}", seen.errors);
    assert!(seen.errors.iter().any(|error| error.contains("told")), "{:?}", seen.errors);
    assert!(seen.over >= 140, "{}", seen.over);
    assert!(seen.faint.iter().any(|text| text.contains("faint")), "{:?}", seen.faint);
    for kind in ["over the edge", "one over another", "under a bar"] {
        assert!(seen.misplaced.iter().any(|found| found.starts_with(kind)), "{kind}: {:?}", seen.misplaced);
    }
}

fn step(name: &str, subject: &str, at_ms: f64, took_ms: f64, note: &str) -> Step {
    Step { name: name.into(), subject: subject.into(), at_ms, took_ms, done: true, note: note.into() }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A server that is as it should be, on one port of three, and a sender's domain that lacks a policy.
fn usable() -> Page {
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
            step("Connect", "[2603:1026:c0a:850::2]:587", 15.1, 21.7, "connected"),
            step("Greeting", "", 36.9, 24.0, "220 FR4P281CA0001.outlook.office365.com"),
            step("EHLO", "in the clear", 60.9, 22.1, "8 extensions"),
            step("STARTTLS", "", 83.0, 22.4, "220 2.0.0 SMTP server ready"),
            step("TLS", "", 105.4, 58.6, "TLSv1.3, TLS_AES_256_GCM_SHA384"),
            step("EHLO", "over TLS", 164.1, 23.0, "8 extensions"),
            step("AUTH", "XOAUTH2", 187.2, 310.5, "235 2.7.0 Authentication successful"),
        ],
        greeting: Some("220 FR4P281CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready".into()),
        plain: strings(&["SIZE 157286400", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES", "STARTTLS", "8BITMIME"]),
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
        tls: Some(Tls { version: "TLSv1.3".into(), cipher_suite: "TLS13_AES_256_GCM_SHA384".into() }),
        chain: vec![
            Certificate {
                subject: "C=US, ST=Washington, L=Redmond, O=Microsoft Corporation, CN=outlook.com".into(),
                issuer: "C=US, O=DigiCert Inc, CN=DigiCert Cloud Services CA-1".into(),
                names: strings(&["*.internal.outlook.com", "*.outlook.com", "outlook.com", "smtp.office365.com"]),
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
                text: "220 FR4P281CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready".into(),
                at_ms: 60.9,
            },
            Line { ours: true, text: "EHLO desk.example.test".into(), at_ms: 61.0 },
            Line {
                ours: false,
                text: "250-FR4P281CA0001.outlook.office365.com Hello [192.0.2.17]".into(),
                at_ms: 83.0,
            },
            Line { ours: false, text: "250 STARTTLS".into(), at_ms: 83.0 },
            Line { ours: true, text: "STARTTLS".into(), at_ms: 83.1 },
            Line { ours: true, text: "AUTH XOAUTH2 [redacted]".into(), at_ms: 187.2 },
            Line { ours: false, text: "235 2.7.0 Authentication successful".into(), at_ms: 497.7 },
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
            summary: "Port 587 of smtp.office365.com is usable, with STARTTLS and a login by XOAUTH2.".into(),
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
fn blocked() -> Page {
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
fn hostile() -> Page {
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
    port.steps.iter_mut().for_each(|step| step.note = format!("{text}{long}"));
    port.steps.push(step("STARTTLS", &long, 2.0, 1.0e8, text));
    port.chain =
        vec![Certificate { subject: long.clone(), names: vec![text.into(), long.clone()], ..Certificate::default() }];
    port.dialogue = vec![Line { ours: false, text: format!("220 {text}{long}"), at_ms: 1.0e9 }; 600];
    let finding = Finding {
        topic: "spf".into(),
        severity: "problem".into(),
        summary: format!("{text}{long}"),
        name: long.clone(),
        found: vec![format!("{text}{long}")],
        publish: Some(Publish { name: long.clone(), kind: "TXT".into(), value: format!("{text}{long}") }),
        source: Some(format!("https://example.test/{long}")),
    };
    page.sender = Some(Sender { domain: long, service: Some(text.into()), findings: vec![finding] });
    page
}

fn timed_out(port: u16) -> Port {
    let mut connect = step("Connect", "192.0.2.9", 12.6, 15_000.0, "no answer within 15 s");
    connect.done = false;
    Port {
        host: "mail.example.test".into(),
        port,
        security: if port == 465 { "TLS".into() } else { "STARTTLS".into() },
        stage: "Connect".into(),
        steps: vec![step("DNS", "A", 0.0, 12.4, "192.0.2.9"), step("DNS", "AAAA", 0.0, 12.5, "none"), connect],
        failure: Some(Failure {
            cause: "connection-timeout".into(),
            summary: "The connection was not answered: packets are dropped on the way, as firewalls do.".into(),
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
    let finding = |topic: &str, severity: &str, summary: &str, name: &str, found: &[&str]| Finding {
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
    policy.publish =
        Some(Publish { name: "_dmarc.example.test".into(), kind: "TXT".into(), value: "v=DMARC1; p=none".into() });
    policy.source = Some("https://www.rfc-editor.org/rfc/rfc9989".into());
    Sender {
        domain: "example.test".into(),
        service: Some("Microsoft 365 (Exchange Online)".into()),
        findings: vec![
            finding("mx", "good", "Mail to example.test has somewhere to go.", "example.test", &["0 mx.example.test."]),
            finding(
                "spf",
                "good",
                "The SPF record of example.test lets Microsoft 365 send, and takes 2 of 10 look-ups.",
                "example.test",
                &["v=spf1 include:spf.protection.outlook.com -all"],
            ),
            finding("spf", "note", "The SPF record uses `ptr`, which is slow.", "example.test", &[]),
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
