//! What the DNS says of a sender's domain, asked of a server that says what each case needs.

use std::time::{Duration, Instant};

use mailwright::sender::{self, SenderReport, Severity};
use smtp_tests::dns::{DnsServer, Fault, World};

const MICROSOFT: &str = "smtp.office365.com";

/// A domain at which nothing is wrong for mail through Microsoft 365.
const SOUND: &str = r#"
    example.test.                           MX     0 example-test.mail.protection.outlook.com.
    example-test.mail.protection.outlook.com. A    192.0.2.1
    example.test.                           TXT    "v=spf1 include:spf.protection.outlook.com -all"
    spf.protection.outlook.com.             TXT    "v=spf1 ip4:192.0.2.0/24 include:spfd.protection.outlook.com -all"
    spfd.protection.outlook.com.            TXT    "v=spf1 ip4:198.51.100.0/24 -all"
    selector1._domainkey.example.test.      CNAME  selector1-example-test._domainkey.contoso.n-v1.dkim.mail.microsoft.
    selector2._domainkey.example.test.      CNAME  selector2-example-test._domainkey.contoso.n-v1.dkim.mail.microsoft.
    selector1-example-test._domainkey.contoso.n-v1.dkim.mail.microsoft. TXT "v=DKIM1; k=rsa; p=KEY2048"
    selector2-example-test._domainkey.contoso.n-v1.dkim.mail.microsoft. TXT "v=DKIM1; k=rsa; p=KEY2048"
    _dmarc.example.test.                    TXT    "v=DMARC1; p=reject; rua=mailto:d@example.test"
"#;

/// A case: what is added to a sound domain, which lines of it are taken away, and what has to be found then.
struct Case {
    what: &'static str,
    without: &'static [&'static str],
    with: &'static str,
    found: &'static [(&'static str, Severity)],
    /// What is to be published, as `name type value`.
    publish: Option<&'static str>,
}

const CASES: &[Case] = &[
    Case {
        what: "a sound domain",
        without: &[],
        with: "",
        found: &[
            ("mx", Severity::Good),
            ("spf", Severity::Good),
            ("dkim", Severity::Good),
            ("dkim", Severity::Good),
            ("dmarc", Severity::Good),
            ("dmarc-aligned", Severity::Good),
        ],
        publish: None,
    },
    Case {
        what: "no SPF record",
        without: &["example.test. TXT"],
        with: r#"example.test. TXT "google-site-verification=1""#,
        found: &[("spf-missing", Severity::Problem)],
        publish: Some("example.test TXT v=spf1 include:spf.protection.outlook.com -all"),
    },
    Case {
        what: "two SPF records",
        without: &[],
        with: r#"example.test. TXT "v=spf1 include:_spf.google.com ~all""#,
        found: &[("spf-several", Severity::Problem)],
        publish: Some(
            "example.test TXT v=spf1 include:_spf.google.com include:spf.protection.outlook.com -all",
        ),
    },
    Case {
        what: "an SPF record of another service",
        without: &["example.test. TXT"],
        with: "example.test. TXT \"v=spf1 include:_spf.google.com ~all\"\n_spf.google.com. TXT \"v=spf1 ip4:192.0.2.9 ~all\"",
        found: &[("spf-service-missing", Severity::Problem)],
        publish: Some(
            "example.test TXT v=spf1 include:spf.protection.outlook.com include:_spf.google.com ~all",
        ),
    },
    Case {
        what: "the service by way of a redirect",
        without: &["example.test. TXT"],
        with: "example.test. TXT \"v=spf1 redirect=_spf.example.test\"\n\
               _spf.example.test. TXT \"v=spf1 include:spf.protection.outlook.com -all\"",
        found: &[("spf", Severity::Good)],
        publish: None,
    },
    Case {
        what: "eleven look-ups",
        without: &["example.test. TXT"],
        with: r#"example.test. TXT "v=spf1 include:spf.protection.outlook.com a mx a:b.test a:c.test a:d.test a:e.test mx:b.test mx:c.test mx:d.test -all""#,
        found: &[("spf-too-many-lookups", Severity::Problem)],
        publish: None,
    },
    Case {
        what: "a mechanism that there is not",
        without: &["example.test. TXT"],
        with: r#"example.test. TXT "v=spf1 inlcude:spf.protection.outlook.com -all""#,
        found: &[("spf-syntax", Severity::Problem)],
        publish: None,
    },
    Case {
        what: "an include that leads nowhere",
        without: &["example.test. TXT"],
        with: r#"example.test. TXT "v=spf1 include:spf.protection.outlook.com include:gone.test -all""#,
        found: &[("spf-include-broken", Severity::Problem)],
        publish: None,
    },
    Case {
        what: "everybody may send",
        without: &["example.test. TXT"],
        with: r#"example.test. TXT "v=spf1 include:spf.protection.outlook.com +all""#,
        found: &[("spf-all-pass", Severity::Problem)],
        publish: None,
    },
    Case {
        what: "an SPF record without an end",
        without: &["example.test. TXT"],
        with: r#"example.test. TXT "v=spf1 include:spf.protection.outlook.com""#,
        found: &[("spf-no-all", Severity::Warning)],
        publish: None,
    },
    Case {
        what: "ptr and a neutral end",
        without: &["example.test. TXT"],
        with: r#"example.test. TXT "v=spf1 ptr include:spf.protection.outlook.com ?all""#,
        found: &[
            ("spf-ptr", Severity::Note),
            ("spf-all-neutral", Severity::Note),
        ],
        publish: None,
    },
    Case {
        what: "no DKIM records",
        without: &["selector1._domainkey", "selector2._domainkey"],
        with: "",
        found: &[
            ("dkim-missing", Severity::Warning),
            ("dmarc-spf-alone", Severity::Warning),
        ],
        publish: Some(
            "selector1._domainkey.example.test CNAME \
             selector1-example-test._domainkey.<tenant>.<letter>-v1.dkim.mail.microsoft",
        ),
    },
    Case {
        what: "a DKIM alias to nowhere",
        without: &["selector1-example-test"],
        with: "",
        found: &[
            ("dkim-target-missing", Severity::Problem),
            ("dkim", Severity::Good),
        ],
        publish: None,
    },
    Case {
        what: "a revoked key",
        without: &["selector1._domainkey"],
        with: r#"selector1._domainkey.example.test. TXT "v=DKIM1; p=""#,
        found: &[("dkim-revoked", Severity::Problem)],
        publish: None,
    },
    Case {
        what: "a short key and one marked as a test",
        without: &["selector1._domainkey", "selector2._domainkey"],
        with: "selector1._domainkey.example.test. TXT \"v=DKIM1; k=rsa; p=KEY1024\"\n\
               selector2._domainkey.example.test. TXT \"v=DKIM1; t=s:y; p=KEY2048\"",
        found: &[
            ("dkim-short", Severity::Note),
            ("dkim-testing", Severity::Note),
        ],
        publish: None,
    },
    Case {
        what: "a key that was cut",
        without: &["selector1._domainkey"],
        with: r#"selector1._domainkey.example.test. TXT "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQE""#,
        found: &[("dkim-syntax", Severity::Problem)],
        publish: None,
    },
    Case {
        what: "no DMARC policy",
        without: &["_dmarc"],
        with: "",
        found: &[("dmarc-missing", Severity::Warning)],
        publish: Some(
            "_dmarc.example.test TXT v=DMARC1; p=none; rua=mailto:postmaster@example.test",
        ),
    },
    Case {
        what: "two DMARC policies",
        without: &[],
        with: r#"_dmarc.example.test. TXT "v=DMARC1; p=none""#,
        found: &[("dmarc-several", Severity::Problem)],
        publish: None,
    },
    Case {
        what: "a DMARC policy that cannot be read",
        without: &["_dmarc"],
        with: r#"_dmarc.example.test. TXT "v=DMARC1; p=block""#,
        found: &[("dmarc-syntax", Severity::Problem)],
        publish: Some(
            "_dmarc.example.test TXT v=DMARC1; p=none; rua=mailto:postmaster@example.test",
        ),
    },
    Case {
        what: "a DMARC policy of nothing",
        without: &["_dmarc"],
        with: r#"_dmarc.example.test. TXT "v=DMARC1;p=none""#,
        found: &[("dmarc-none", Severity::Note)],
        publish: None,
    },
    Case {
        what: "a policy that refuses all that goes out here",
        without: &[
            "example.test. TXT",
            "selector1._domainkey",
            "selector2._domainkey",
        ],
        with: "",
        found: &[
            ("spf-missing", Severity::Problem),
            ("dmarc-not-aligned", Severity::Problem),
        ],
        publish: None,
    },
    Case {
        what: "a null MX",
        without: &["example.test. MX"],
        with: "example.test. MX 0 .",
        found: &[("mx-null", Severity::Problem)],
        publish: Some("example.test MX 10 <host that takes mail for the domain>"),
    },
    Case {
        what: "no MX, and an address",
        without: &["example.test. MX"],
        with: "example.test. A 192.0.2.7",
        found: &[("mx-implicit", Severity::Note)],
        publish: None,
    },
    Case {
        what: "no MX and no address",
        without: &["example.test. MX"],
        with: "",
        found: &[("mx-missing", Severity::Problem)],
        publish: None,
    },
    Case {
        what: "an MX without an address",
        without: &["example-test.mail.protection"],
        with: "",
        found: &[("mx-without-address", Severity::Problem)],
        publish: None,
    },
];

#[tokio::test]
async fn each_fault_of_a_domain_is_found_with_what_to_publish() {
    for case in CASES {
        let dns = DnsServer::start(World::parse(&zone(case.without, case.with)));
        let report = examine(&dns, "me@example.test", Some(MICROSOFT)).await;
        let codes = codes(&report);
        println!(
            "{:45} {}",
            case.what,
            codes
                .iter()
                .map(|(code, _)| *code)
                .collect::<Vec<_>>()
                .join(" ")
        );
        for expected in case.found {
            assert!(
                codes.contains(expected),
                "{}: {expected:?} is not in {codes:?}",
                case.what
            );
        }
        let worst = case.found.iter().map(|(_, severity)| *severity).max();
        if case.what == "a sound domain" {
            assert_eq!(codes, case.found);
        }
        assert!(Some(report.worst()) >= worst, "{}", case.what);
        let published: Vec<String> = report.findings.iter().filter_map(published).collect();
        if let Some(expected) = case.publish {
            assert!(
                published.iter().any(|record| record == expected),
                "{}: {published:?}",
                case.what
            );
        }
    }
}

#[tokio::test]
async fn a_policy_of_the_organization_holds_for_what_is_below_it() {
    let zone = zone(
        &[],
        "news.example.test. MX 0 example-test.mail.protection.outlook.com.\n_dmarc.test. TXT \"v=DMARC1; p=none; psd=y\"",
    );
    let dns = DnsServer::start(World::parse(&zone));
    let report = examine(&dns, "me@news.example.test", Some(MICROSOFT)).await;
    let policy = report
        .findings
        .iter()
        .find(|finding| finding.code == "dmarc")
        .expect("the policy");
    assert_eq!(policy.name, "_dmarc.example.test");
    assert!(
        policy
            .summary
            .contains("news.example.test, by example.test"),
        "{}",
        policy.summary
    );
    // The key of the organization counts by the relaxed rule.
    assert!(
        codes(&report).contains(&("dmarc-aligned", Severity::Good)),
        "{:?}",
        codes(&report)
    );

    let strict = zone.replace("v=DMARC1; p=reject;", "v=DMARC1; p=reject; adkim=s;");
    let dns = DnsServer::start(World::parse(&strict));
    let report = examine(&dns, "me@news.example.test", Some(MICROSOFT)).await;
    assert!(
        codes(&report).contains(&("dmarc-not-aligned", Severity::Problem)),
        "{:?}",
        codes(&report)
    );
}

#[tokio::test]
async fn domains_of_which_nobody_can_change_the_dns_are_not_looked_up() {
    let dns = DnsServer::start(World::default());
    for (sender, server, code) in [
        ("me@gmail.com", "smtp.gmail.com", "service-owns-domain"),
        ("me@GMail.com", MICROSOFT, "foreign-domain"),
        ("me@[192.0.2.1]", MICROSOFT, "address-literal"),
    ] {
        let report = examine(&dns, sender, Some(server)).await;
        assert_eq!(
            codes(&report)
                .iter()
                .map(|(code, _)| *code)
                .collect::<Vec<_>>(),
            [code],
            "{sender}"
        );
        assert_eq!(report.asked, 0);
    }
    assert_eq!(dns.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_domain_that_does_not_exist_is_the_only_finding() {
    let dns = DnsServer::start(World::default());
    let report = examine(&dns, "me@nowhere.test", None).await;
    assert_eq!(codes(&report), [("no-such-domain", Severity::Problem)]);
    assert_eq!(dns.asked(), ["MX nowhere.test."]);
}

#[tokio::test]
async fn a_resolver_that_fails_is_told_from_a_record_that_is_missing() {
    for fault in [
        Fault::ServFail,
        Fault::Refused,
        Fault::Silent,
        Fault::Garbage(vec![0; 40]),
        Fault::WrongId,
    ] {
        let world = World::parse(&zone(&[], "")).fault("example.test", fault.clone());
        let dns = DnsServer::start(world);
        let sender = "me@example.test".parse().unwrap();
        let report = sender::examine(
            &sender,
            Some(MICROSOFT),
            Some(dns.address()),
            Duration::from_secs(1),
        )
        .await;
        let anywhere =
            sender::examine(&sender, None, Some(dns.address()), Duration::from_secs(1)).await;
        assert!(
            codes(&anywhere)
                .iter()
                .all(|(code, _)| code.ends_with("-unknown")),
            "{fault:?}: {anywhere:?}"
        );
        let codes = codes(&report);
        for code in ["mx-unknown", "spf-unknown", "dkim-unknown", "dmarc-unknown"] {
            assert!(
                codes.contains(&(code, Severity::Warning)),
                "{fault:?}: {codes:?}"
            );
        }
        assert!(
            codes.iter().all(|(code, _)| code.ends_with("-unknown")),
            "{fault:?}: {codes:?}"
        );
    }
}

#[tokio::test]
async fn hostile_answers_are_bounded() {
    let huge = format!(
        "huge.test. TXT \"v=spf1 {}\" -all",
        "\" \"ip4:192.0.2.1 ".repeat(900)
    );
    let fan: Vec<String> = (0..12).map(|n| format!("include:f{n}.fan.test")).collect();
    let fans: Vec<String> = (0..12)
        .map(|n| {
            format!(
                "f{n}.fan.test. TXT \"v=spf1 {}\" \" -all\"",
                cut(&fan.join(" "))
            )
        })
        .collect();
    let text = format!(
        "huge.test. MX 0 huge.test.\nhuge.test. A 192.0.2.1\n{huge}\n\
         loop.test. TXT \"v=spf1 include:other.loop.test -all\"\nother.loop.test. TXT \"v=spf1 redirect=loop.test\"\n\
         fan.test. TXT \"v=spf1 {}\" \" -all\"\n{}\n\
         odd.test. TXT \"v=spf1 include:\\027[2J<script>.test -all\"\n\
         loop.test. A 192.0.2.1\nfan.test. A 192.0.2.1\nodd.test. A 192.0.2.1\n\
         endless.test. A 192.0.2.1",
        cut(&fan.join(" ")),
        fans.join("\n")
    );
    let world = World::parse(&text)
        .fault("_dmarc.huge.test", Fault::EndlessAlias)
        .fault("_domainkey.huge.test", Fault::EndlessAlias);
    let dns = DnsServer::start(world);
    let start = Instant::now();
    for (domain, code) in [
        ("huge.test", "spf"),
        ("loop.test", "spf-include-broken"),
        ("fan.test", "spf-too-many-lookups"),
        ("odd.test", "spf-syntax"),
    ] {
        let report = examine(&dns, &format!("me@{domain}"), None).await;
        let codes = codes(&report);
        assert!(
            codes.iter().any(|(found, _)| *found == code),
            "{domain}: {codes:?}"
        );
        assert!(report.asked <= 100, "{domain}: {} look-ups", report.asked);
        for text in report
            .findings
            .iter()
            .flat_map(|finding| finding.found.iter().chain([&finding.summary]))
        {
            assert!(
                text.len() < 4200 && !text.contains(char::is_control),
                "{domain}: {text}"
            );
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn patience_bounds_all_look_ups_together() {
    let dns = DnsServer::start(World::default().fault("test", Fault::Silent));
    let sender = "me@example.test".parse().unwrap();
    let start = Instant::now();
    let report = sender::examine(
        &sender,
        None,
        Some(dns.address()),
        Duration::from_millis(300),
    )
    .await;
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.summary.contains("in time")),
        "{report:?}"
    );
}

async fn examine(dns: &DnsServer, sender: &str, server: Option<&str>) -> SenderReport {
    sender::examine(
        &sender.parse().expect("a mailbox"),
        server,
        Some(dns.address()),
        Duration::from_secs(60),
    )
    .await
}

fn codes(report: &SenderReport) -> Vec<(&'static str, Severity)> {
    report
        .findings
        .iter()
        .map(|finding| (finding.code, finding.severity))
        .collect()
}

fn published(finding: &sender::Finding) -> Option<String> {
    finding
        .publish
        .as_ref()
        .map(|record| format!("{} {} {}", record.name, record.kind, record.value))
}

/// The sound zone without some lines, told by their first words, and with others.
fn zone(without: &[&str], with: &str) -> String {
    let kept = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        !without.iter().any(|gone| words.join(" ").starts_with(gone))
    };
    let lines: Vec<&str> = SOUND.lines().filter(kept).chain(with.lines()).collect();
    lines
        .join("\n")
        .replace("KEY2048", &key(294))
        .replace("KEY1024", &key(162))
}

/// A key as long as one of RSA, in the strings of at most 255 octets that a TXT record consists of.
fn key(octets: usize) -> String {
    use base64::Engine;
    cut(&base64::engine::general_purpose::STANDARD.encode(vec![0x30; octets]))
}

fn cut(text: &str) -> String {
    let parts: Vec<&str> = text
        .as_bytes()
        .chunks(200)
        .map(|part| std::str::from_utf8(part).expect("ASCII"))
        .collect();
    parts.join("\" \"")
}
