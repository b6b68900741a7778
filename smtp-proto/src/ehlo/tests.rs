use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;

fn capabilities(wire: &str) -> Capabilities {
    Capabilities::from_reply(Reply::parse(wire.as_bytes()).unwrap())
}

fn mechanisms(wire: &str) -> Vec<String> {
    let capabilities = capabilities(wire);
    capabilities
        .mechanisms()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

#[test]
fn every_keyword_of_the_registry_is_known_in_any_case_and_has_a_bit_of_its_own() {
    let mut seen = 0_u64;
    for &keyword in Keyword::ALL {
        let text = keyword.to_string();
        assert_eq!(Keyword::from_bytes(text.as_bytes()), Some(keyword));
        assert_eq!(
            Keyword::from_bytes(text.to_lowercase().as_bytes()),
            Some(keyword)
        );
        assert_eq!(
            Capability::from_line(text.as_bytes()).keyword(),
            Some(keyword)
        );
        assert_eq!(seen & keyword.bit(), 0, "{keyword} shares its bit");
        seen |= keyword.bit();
    }
}

#[test]
fn the_first_line_is_never_a_keyword() {
    let answer = capabilities("250-STARTTLS\r\n250 SIZE 1\r\n");
    assert!(!answer.offers(Keyword::StartTls));
    assert_eq!(answer.host(), b"STARTTLS");
    assert_eq!(capabilities("250 SIZE 100\r\n").size(), None);
    assert_eq!(capabilities("250 \r\n").host(), b"");
    assert_eq!(
        capabilities("250-[127.0.0.1] hi\r\n250 DSN\r\n").host(),
        b"[127.0.0.1]"
    );
}

#[test]
fn parameters_are_typed_and_unreadable_ones_count_as_not_given() {
    for (line, expected) in [
        ("SIZE", Capability::Size(None)),
        ("SIZE 0", Capability::Size(Some(0))),
        ("size\t35882577", Capability::Size(Some(35_882_577))),
        ("SIZE  +5", Capability::Size(None)),
        ("SIZE 99999999999999999999", Capability::Size(None)),
        ("DELIVERBY", Capability::DeliverBy(None)),
        ("DELIVERBY 240", Capability::DeliverBy(Some(240))),
        (
            "FUTURERELEASE 86400 2026-12-31T00:00:00Z",
            Capability::FutureRelease {
                max_interval: Some(86400),
                max_date_time: Some(b"2026-12-31T00:00:00Z"),
            },
        ),
        ("MT-PRIORITY MIXER", Capability::MtPriority(Some(b"MIXER"))),
        ("NO-SOLICITING", Capability::NoSoliciting(None)),
        ("BURL imap", Capability::Burl(Words(b" imap"))),
        (
            "LIMITS RCPTMAX=100 mailmax=5 X=1 RCPTDOMAINMAX=2",
            Capability::Limits(ServerLimits {
                rcpt_max: Some(100),
                mail_max: Some(5),
                rcpt_domain_max: Some(2),
            }),
        ),
        ("8bitmime", Capability::Plain(Keyword::EightBitMime)),
        (
            "8 BITMIME",
            Capability::Unknown {
                keyword: b"8",
                parameters: Words(b" BITMIME"),
            },
        ),
        (
            "PIPE_CONNECT",
            Capability::Unknown {
                keyword: b"PIPE_CONNECT",
                parameters: Words(b""),
            },
        ),
        (
            "",
            Capability::Unknown {
                keyword: b"",
                parameters: Words(b""),
            },
        ),
    ] {
        assert_eq!(Capability::from_line(line.as_bytes()), expected, "{line}");
    }
    assert_eq!(capabilities("250-x\r\n250 SIZE 0\r\n").size(), None);
}

#[test]
fn auth_and_its_old_form_are_merged_by_whole_words() {
    let wire =
        "250-x\r\n250-AUTH=LOGIN plain\r\n250-AUTH PLAIN LOGIN CRAM-MD5\r\n250 X-EXPS=NTLM\r\n";
    assert_eq!(mechanisms(wire), ["LOGIN", "plain", "CRAM-MD5"]);
    assert!(capabilities(wire).offers_mechanism(Mechanism::Plain));
    let gmail = "250-x\r\n250 AUTH XOAUTH2 PLAIN-CLIENTTOKEN XOAUTH\r\n";
    assert!(!capabilities(gmail).offers_mechanism(Mechanism::Plain));
    assert!(capabilities(gmail).offers_mechanism(Mechanism::XOAuth2));
    assert_eq!(mechanisms("250-x\r\n250 AUTH=\r\n"), Vec::<String>::new());
    assert_eq!(mechanisms("250-x\r\n250  auth=LOGIN\r\n"), ["LOGIN"]);
}

#[test]
fn limits_are_those_that_the_server_names() {
    let answer = capabilities(
        "250-x\r\n250-SIZE 100\r\n250-SIZE 200\r\n250 LIMITS RCPTMAX=7 RCPT=8 =9 MAILMAX=x\r\n",
    );
    assert_eq!(answer.size(), Some(100));
    let limits = answer.limits().unwrap();
    assert_eq!(
        (limits.rcpt_max, limits.mail_max, limits.rcpt_domain_max),
        (Some(7), None, None)
    );
    assert_eq!(capabilities("250-x\r\n250 SIZE\r\n").limits(), None);
}

#[test]
fn words_are_compared_by_their_text_and_shown_escaped() {
    assert_ne!(Words(b"a"), Words(b"b"));
    assert_eq!(
        alloc::format!("{:?}", Words(b" PLAIN  L\x1b ")),
        r#"["PLAIN", "L\\x1b"]"#
    );
}

#[test]
fn every_keyword_is_found_by_its_name_in_any_case_and_by_nothing_else() {
    for &keyword in Keyword::ALL {
        let name = keyword.as_str();
        assert_eq!(Keyword::from_bytes(name.as_bytes()), Some(keyword));
        assert_eq!(
            Keyword::from_bytes(name.to_ascii_lowercase().as_bytes()),
            Some(keyword)
        );
        for other in [
            format!("{name}X"),
            format!("{name} "),
            format!("X{name}"),
            name[..name.len() - 1].into(),
        ] {
            assert_eq!(Keyword::from_bytes(other.as_bytes()), None, "{other}");
        }
        let reply =
            Reply::parse(format!("250-mx\r\n250-{name}\r\n250 end\r\n").as_bytes()).unwrap();
        assert!(Capabilities::from_reply(reply).offers(keyword), "{name}");
    }
}
