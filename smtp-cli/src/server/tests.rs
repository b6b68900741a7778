//! What options make of a server.

use clap::Parser;

use super::*;
use crate::args::{Cli, Command};

/// What `send` makes of these options: host, port, security, mechanisms.
fn resolved(options: &str) -> (String, u16, Security, Option<Vec<Mechanism>>) {
    let cli =
        Cli::try_parse_from("smtp send".split(' ').chain(options.split(' '))).expect("options");
    let Command::Send(send) = cli.command else {
        panic!("another command")
    };
    let server = send.server;
    (
        server.host().to_owned(),
        server.port(),
        server.security(),
        server.mechanisms(),
    )
}

#[test]
fn a_preset_gives_server_port_security_and_mechanisms() {
    use Mechanism::{Login, Plain, XOAuth2};
    let cases = [
        (
            "office365",
            "smtp.office365.com",
            587,
            Security::StartTls,
            Some(vec![XOAuth2, Login]),
        ),
        (
            "fastmail",
            "smtp.fastmail.com",
            465,
            Security::ImplicitTls,
            Some(vec![Plain]),
        ),
        (
            "godaddy-relay",
            "relay-hosting.secureserver.net",
            25,
            Security::None,
            None,
        ),
        (
            "amazon-ses:eu-west-1",
            "email-smtp.eu-west-1.amazonaws.com",
            587,
            Security::StartTls,
            Some(vec![Plain, Login]),
        ),
    ];
    for (name, host, port, security, mechanisms) in cases {
        assert_eq!(
            resolved(&format!("--provider {name}")),
            (host.to_owned(), port, security, mechanisms),
            "{name}"
        );
    }
}

#[test]
fn what_is_given_beside_a_preset_overrides_it() {
    let (_, port, security, mechanisms) =
        resolved("--provider office365 --user u --auth PLAIN --security tls");
    assert_eq!(
        (port, security, mechanisms),
        (465, Security::ImplicitTls, Some(vec![Mechanism::Plain]))
    );
    let (_, port, security, _) = resolved("--provider fastmail --security starttls");
    assert_eq!((port, security), (587, Security::StartTls));
    let (_, port, security, _) = resolved("--provider godaddy-relay --security opportunistic");
    assert_eq!((port, security), (25, Security::Opportunistic));
}

#[test]
fn a_server_without_a_preset_is_what_it_was() {
    assert_eq!(
        resolved("--server a.test"),
        ("a.test".to_owned(), 587, Security::StartTls, None)
    );
    assert_eq!(
        resolved("--server a.test:465"),
        ("a.test".to_owned(), 465, Security::ImplicitTls, None)
    );
    assert_eq!(
        resolved("--server a.test --lmtp"),
        ("a.test".to_owned(), 24, Security::StartTls, None)
    );
    let (host, _, security, _) = resolved("--server unix:/run/lmtp --lmtp");
    assert_eq!((host.as_str(), security), ("localhost", Security::None));
    assert_eq!(
        resolved("--server smtp://a.test"),
        ("a.test".to_owned(), 587, Security::StartTls, None)
    );
    assert_eq!(
        resolved("--server smtps://a.test/"),
        ("a.test".to_owned(), 465, Security::ImplicitTls, None)
    );
    assert_eq!(
        resolved("--server smtps://a.test:99"),
        ("a.test".to_owned(), 99, Security::ImplicitTls, None)
    );
    assert_eq!(
        resolved("--server a.test:25/"),
        ("a.test".to_owned(), 25, Security::StartTls, None)
    );
    assert_eq!(
        resolved("--mx a.test"),
        ("a.test".to_owned(), 25, Security::Opportunistic, None)
    );
    assert_eq!(
        resolved("--mx a.test:465"),
        ("a.test".to_owned(), 465, Security::Opportunistic, None)
    );
    assert_eq!(
        resolved("--mx a.test --security starttls"),
        ("a.test".to_owned(), 25, Security::StartTls, None)
    );
    assert_eq!(
        resolved("--server a.test --security tls"),
        ("a.test".to_owned(), 465, Security::ImplicitTls, None)
    );
}

#[test]
fn only_a_domain_of_two_labels_names_this_host() {
    for name in [
        "mail.example.test",
        "host-1.example",
        "a.3com",
        "x.xn--p1ai",
    ] {
        assert!(
            is_domain(name) && name.parse::<EhloName>().is_ok(),
            "{name}"
        );
    }
    for name in [
        "localhost",
        "bc1a4c534636",
        "my_host",
        "my_host.example.test",
        "192.0.2.7",
        "::1",
        "a.",
        "müller.test",
        "",
    ] {
        assert!(!is_domain(name), "{name}");
    }
}

#[test]
fn a_server_is_a_host_with_or_without_a_port() {
    let cases = [
        ("mail.example.test", "mail.example.test", None),
        ("mail.example.test:2525", "mail.example.test", Some(2525)),
        ("127.0.0.1:25", "127.0.0.1", Some(25)),
        ("[::1]:587", "::1", Some(587)),
        ("[::1]", "::1", None),
        ("::1", "::1", None),
        ("mail_1.example.test.", "mail_1.example.test.", None),
    ];
    for (text, host, port) in cases {
        assert_eq!(
            text.parse(),
            Ok(HostPort {
                host: host.to_owned(),
                port
            }),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_server_is_refused() {
    for text in [
        "", ":25", "a:", "a:0", "a:65536", "a:b", "[::1", "[a]:25", "[::1]25", "a b", "a\r\n",
        "a:1:2", "127.1:25", "a..b", "-a", "a/b",
    ] {
        assert!(text.parse::<HostPort>().is_err(), "{text:?}");
    }
}

#[test]
fn a_domain_is_no_address_and_is_delivered_to_without_a_login() {
    for options in [
        "--mx 127.0.0.1",
        "--mx [::1]",
        "--mx a..test",
        "--mx a.test --user u",
        "--mx a.test --server b.test",
    ] {
        assert!(
            Cli::try_parse_from("smtp send".split(' ').chain(options.split(' '))).is_err(),
            "{options}"
        );
    }
}

#[test]
fn a_time_is_a_number_above_zero() {
    assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
    for text in ["0", "-1", "x", "", "NaN", "inf", "1e300"] {
        assert!(seconds(text).is_err(), "{text}");
    }
}
