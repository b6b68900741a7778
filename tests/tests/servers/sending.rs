//! The command and both drivers against real servers: Postfix, with Dovecot for logins and
//! mailboxes. `cargo xtask test` starts them.

use std::collections::HashSet;
use std::process::Command;

use mailwright::{Client, Security};
use smtp_canary::leaks;
use smtp_tests::dns::{DnsServer, World};
use smtp_tests::driver::Driver;
use smtp_tests::servers::{
    Attempt, Door, Face, Login, Message, OTHER, PlainServer, Servers, USER, Verdict, client,
    program,
};

/// Postfix's own limit in these tests.
const SIZE_LIMIT: usize = 10_240_000;

const NOBODY: &str = "nobody@example.test";
const ELSEWHERE: &str = "somebody@elsewhere.test";

/// One row: how to send, and what must come of it.
struct Row {
    name: &'static str,
    door: Door,
    security: Security,
    login: Login,
    from: &'static str,
    to: &'static [&'static str],
    trusting: bool,
    expected: Expected,
}

/// `failure` is the phase and the cause.
struct Expected {
    exit: i32,
    refused: &'static [&'static str],
    failure: Option<(&'static str, &'static str)>,
}

const ACCEPTED: Expected = Expected {
    exit: 0,
    refused: &[],
    failure: None,
};

/// From the user to the user through the submission port, accepted.
const ORDINARY: Row = Row {
    name: "",
    door: Door::Submission,
    security: Security::StartTls,
    login: Login::User,
    from: USER,
    to: &[USER],
    trusting: true,
    expected: ACCEPTED,
};

const fn refused(row: Row, exit: i32, phase: &'static str, cause: &'static str) -> Row {
    Row {
        expected: Expected {
            exit,
            refused: row.to,
            failure: Some((phase, cause)),
        },
        ..row
    }
}

const fn over_tls(row: Row) -> Row {
    Row {
        door: Door::Smtps,
        security: Security::ImplicitTls,
        ..row
    }
}

const fn in_the_clear(row: Row) -> Row {
    Row {
        door: Door::Smtp,
        security: Security::None,
        login: Login::None,
        ..row
    }
}

const ROWS: &[Row] = &[
    Row {
        name: "a password, any mechanism",
        ..ORDINARY
    },
    Row {
        name: "a token, any mechanism",
        login: Login::Token,
        ..ORDINARY
    },
    refused(
        Row {
            name: "somebody else's sender, told at RCPT",
            login: Login::Other,
            ..ORDINARY
        },
        69,
        "rcpt",
        "send-as-denied",
    ),
    refused(
        over_tls(Row {
            name: "somebody else's sender, told at MAIL",
            login: Login::Other,
            ..ORDINARY
        }),
        69,
        "mail",
        "send-as-denied",
    ),
    refused(
        Row {
            name: "unknown recipient",
            to: &[NOBODY],
            ..ORDINARY
        },
        67,
        "rcpt",
        "recipient-unknown",
    ),
    Row {
        name: "one good and one bad recipient",
        to: &[NOBODY, USER],
        expected: Expected {
            exit: 67,
            refused: &[NOBODY],
            failure: Some(("rcpt", "recipient-unknown")),
        },
        ..ORDINARY
    },
    Row {
        name: "two recipients",
        to: &[USER, OTHER],
        ..ORDINARY
    },
    in_the_clear(Row {
        name: "no login, no TLS, local recipient",
        ..ORDINARY
    }),
    Row {
        name: "no login, STARTTLS, local recipient",
        door: Door::Smtp,
        login: Login::None,
        ..ORDINARY
    },
    refused(
        in_the_clear(Row {
            name: "no login, foreign recipient",
            to: &[ELSEWHERE],
            ..ORDINARY
        }),
        69,
        "rcpt",
        "relay-denied",
    ),
    refused(
        Row {
            name: "STARTTLS required, not offered",
            door: Door::Old,
            ..ORDINARY
        },
        78,
        "starttls",
        "starttls-not-offered",
    ),
    refused(
        Row {
            name: "a password without TLS",
            door: Door::Old,
            security: Security::None,
            ..ORDINARY
        },
        78,
        "auth",
        "tls-required",
    ),
    refused(
        Row {
            name: "a stranger's certificate, STARTTLS",
            trusting: false,
            ..ORDINARY
        },
        78,
        "tls",
        "certificate-untrusted",
    ),
    refused(
        over_tls(Row {
            name: "a stranger's certificate, implicit TLS",
            trusting: false,
            ..ORDINARY
        }),
        78,
        "tls",
        "certificate-untrusted",
    ),
];

#[test]
fn every_row_of_the_matrix_comes_out_as_foreseen_from_the_command_and_both_drivers() {
    let servers = Servers::running();
    let mut wrong = Vec::new();
    for row in ROWS {
        for face in Face::ALL {
            let faults = try_row(&servers, face, row);
            println!(
                "{:<45} {face:?}: {}",
                row.name,
                if faults.is_empty() {
                    "as foreseen"
                } else {
                    "WRONG"
                }
            );
            wrong.extend(
                faults
                    .into_iter()
                    .map(|fault| format!("{} ({face:?}): {fault}", row.name)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn try_row(servers: &Servers, face: Face, row: &Row) -> Vec<String> {
    let message = Message::new("Zwei Grüße.\r\n".as_bytes());
    let attempt = Attempt {
        door: row.door,
        security: row.security,
        login: row.login,
        mechanism: None,
        from: row.from,
        to: row.to,
        trusting: row.trusting,
        message: &message,
    };
    let verdict = face.send(servers, &attempt);
    let mut faults = faults(row, &verdict);
    if let Some((_, secret)) = row.login.credentials(servers)
        && leaks(&verdict.text, &secret)
    {
        faults.push("the secret is in the output".to_owned());
    }
    if verdict.accepted {
        let delivered = row
            .to
            .iter()
            .filter(|recipient| !row.expected.refused.contains(recipient));
        for recipient in delivered {
            if servers.stored(recipient, &message) != message.as_stored() {
                faults.push(format!("what {recipient} got is not what was sent"));
            }
        }
    }
    faults
}

fn faults(row: &Row, verdict: &Verdict) -> Vec<String> {
    let expected = &row.expected;
    let mut faults = Vec::new();
    let mut check = |what: &str, is: String, shall: String| {
        if is != shall {
            faults.push(format!("{what} is {is}, and shall be {shall}"));
        }
    };
    let accepted = expected.refused.len() < row.to.len();
    check(
        "accepted",
        verdict.accepted.to_string(),
        accepted.to_string(),
    );
    let failure = verdict.phase.as_deref().zip(verdict.cause.as_deref());
    check(
        "the failure",
        format!("{failure:?}"),
        format!("{:?}", expected.failure),
    );
    if let Some(exit) = verdict.exit {
        check(
            "the exit status",
            exit.to_string(),
            expected.exit.to_string(),
        );
    }
    if accepted {
        check(
            "the list of refused",
            format!("{:?}", verdict.refused),
            format!("{:?}", expected.refused),
        );
        check(
            "TLS",
            verdict.tls.is_some().to_string(),
            (row.security != Security::None).to_string(),
        );
        check(
            "a login",
            verdict.mechanism.is_some().to_string(),
            (row.login != Login::None).to_string(),
        );
    }
    if expected.exit == 78 && verdict.has_sent("AUTH") {
        faults.push("AUTH was sent, and nothing but QUIT may be".to_owned());
    }
    faults
}

#[test]
fn what_is_stored_is_what_was_sent() {
    let servers = Servers::running();
    let bodies: [(&str, Vec<u8>); 11] = [
        ("no body", b"".to_vec()),
        (
            "8-bit text in two encodings",
            b"Gr\xfc\xdfe, Gr\xc3\xbc\xc3\x9fe, \xe4\xbd\xa0\xe5\xa5\xbd\r\n".to_vec(),
        ),
        ("a dot first", b".\r\n..\r\n.a\r\n...\r\n. \r\n".to_vec()),
        (
            "dots inside",
            b"a\r\n.\r\nb\r\n..\r\n.c\r\nMAIL FROM:<x@example.test>\r\n.".to_vec(),
        ),
        ("bare LF", b"one\ntwo\n\n.three\n.\nfour\n".to_vec()),
        ("bare CR", b"one\rtwo\r\r.three\r.\rfour\r".to_vec()),
        (
            "line ends of all kinds",
            b"a\r\nb\nc\rd\r\n.\ne\n.\r\nf\r.\rg\n\r\n".to_vec(),
        ),
        ("no line end at the end", b"the end".to_vec()),
        ("empty lines at the end", b"the end\r\n\r\n\r\n".to_vec()),
        (
            "very long lines",
            [vec![b'x'; 998], vec![b'y'; 5_000], vec![b'z'; 100_000]].join(&b"\r\n"[..]),
        ),
        ("a line of one dot, over and over", b".\r\n".repeat(50_000)),
    ];
    for (name, body) in bodies {
        for face in Face::ALL {
            let message = Message::new(&body);
            let verdict = face.send(&servers, &Attempt::ordinary(&message));
            assert!(verdict.accepted, "{name} ({face:?}): {}", verdict.text);
            let same = servers.stored(USER, &message) == message.as_stored();
            println!(
                "{name:<45} {face:?}: {}",
                if same { "the same" } else { "CHANGED" }
            );
            assert!(
                same,
                "{name} ({face:?}): what is stored is not what was sent"
            );
        }
    }
}

#[test]
fn a_message_over_the_size_limit_is_not_sent_at_all() {
    let servers = Servers::running();
    let message = Message::of_size(SIZE_LIMIT + 1);
    for face in Face::ALL {
        let verdict = face.send(&servers, &Attempt::ordinary(&message));
        assert_too_large(face, &verdict);
        assert!(
            !verdict.has_sent("MAIL") && !verdict.has_sent("DATA"),
            "{face:?} sent {:?}",
            verdict.sent
        );
        assert!(!servers.has(USER, &message));
    }
}

/// Postfix counts its own headers too, so that a message can pass SIZE and be refused at its end.
#[test]
fn a_message_that_the_server_refuses_at_its_end_is_too_large_too() {
    let servers = Servers::running();
    let message = Message::of_size(SIZE_LIMIT - 1);
    for face in Face::ALL {
        let verdict = face.send(&servers, &Attempt::ordinary(&message));
        assert_too_large(face, &verdict);
        assert_eq!(verdict.phase.as_deref(), Some("body"), "{face:?}");
        assert!(!servers.has(USER, &message));
    }
}

#[test]
fn a_message_just_under_the_size_limit_arrives_whole() {
    let servers = Servers::running();
    for face in Face::ALL {
        let message = Message::of_size(SIZE_LIMIT - 4096);
        let verdict = face.send(&servers, &Attempt::ordinary(&message));
        assert!(verdict.accepted, "{face:?}: {}", verdict.text);
        assert!(
            servers.stored(USER, &message) == message.as_stored(),
            "{face:?}: it has changed on its way"
        );
    }
}

fn assert_too_large(face: Face, verdict: &Verdict) {
    assert!(!verdict.accepted, "{face:?}");
    assert_eq!(
        verdict.cause.as_deref(),
        Some("message-too-large"),
        "{face:?}: {}",
        verdict.text
    );
    assert_eq!(verdict.exit.unwrap_or(69), 69, "{face:?}");
}

#[test]
fn many_messages_go_over_one_connection_and_a_refused_one_does_no_harm() {
    for driver in Driver::ALL {
        send_many(driver);
    }
}

fn send_many(driver: Driver) {
    let servers = Servers::running();
    let messages: Vec<Message> = (0..25)
        .map(|i| Message::new(format!("number {i}\r\n").as_bytes()))
        .collect();
    let (mut client, sent) = client(&servers, &Attempt::ordinary(&messages[0]), driver);
    let mut replies = HashSet::new();
    for (i, message) in messages.iter().enumerate() {
        let recipient = if i % 5 == 3 { NOBODY } else { USER };
        let delivery = client
            .send(&message.envelope(USER, &[recipient]), message.bytes())
            .expect("a delivery");
        assert_eq!(
            delivery.accepted(),
            recipient == USER,
            "{:?}",
            delivery.outcome
        );
        if delivery.accepted() {
            replies.insert(format!("{:?}", delivery.outcome));
        }
    }
    client.quit().expect("the server says goodbye");

    assert_eq!(
        replies.len(),
        20,
        "each acceptance has a queue id of its own"
    );
    let sent = sent.lock().expect("the dialogue");
    let logins = sent.iter().filter(|line| line.starts_with("AUTH")).count();
    assert_eq!(logins, 1, "one connection needs one login");
    for (_, message) in messages.iter().enumerate().filter(|(i, _)| i % 5 != 3) {
        assert_eq!(servers.stored(USER, message), message.as_stored());
    }
}

#[test]
fn mail_for_a_domain_reaches_its_host_by_the_mx_over_tls_that_nobody_vouches_for() {
    let servers = Servers::running();
    let (_, port) = servers.address(Door::Smtp);
    // The first host is not there; the second one is Postfix.
    let zone = "
        example.test.     MX 5  gone.example.test.
        example.test.     MX 10 mx.example.test.
        mx.example.test.  A  127.0.0.1
    ";
    let dns = DnsServer::start(World::parse(zone));
    for driver in Driver::ALL {
        let message = Message::new(b"by MX\r\n");
        let mut client = driver
            .build(
                Client::mx("example.test")
                    .port(port)
                    .resolver(dns.address()),
            )
            .expect("a client");
        let envelope = message.envelope("me@elsewhere.test", &[USER, NOBODY]);
        let delivery = client.send(&envelope, message.bytes()).expect("a delivery");
        assert!(delivery.accepted(), "{:?}", delivery.outcome);
        let codes: Vec<_> = delivery
            .recipients
            .iter()
            .flat_map(|recipient| &recipient.reply)
            .collect();
        assert!(
            codes[0].code().is_positive_completion() && codes[1].code().is_permanent(),
            "{codes:?}"
        );
        let facts = client.facts();
        assert_eq!(facts.host.as_deref(), Some("mx.example.test"));
        assert!(facts.tls.is_some(), "Postfix offers STARTTLS");
        assert_eq!(facts.attempts.len(), 1, "{:?}", facts.attempts);
        client.quit().expect("the server says goodbye");
        assert_eq!(servers.stored(USER, &message), message.as_stored());
    }
    let message = Message::new(b"by MX, from the command\r\n");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), message.bytes()).expect("the message is written");
    let output = Command::new(program())
        .args([
            "send",
            "--mx",
            &format!("example.test:{port}"),
            "--resolver",
            &dns.address().to_string(),
        ])
        .args(["--from", "me@elsewhere.test", "--to", USER])
        .arg(file.path())
        .output()
        .expect("the command starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(servers.stored(USER, &message), message.as_stored());
}

#[test]
fn each_driver_sends_the_envelope_and_data_in_one_write_where_pipelining_is_offered() {
    for driver in Driver::ALL {
        let server = PlainServer::start();
        let message = Message::new(b"hello\r\n");
        let builder = Client::builder("127.0.0.1", server.port()).security(Security::None);
        let mut client = driver.build(builder).expect("a client");
        let delivery = client
            .send(&message.envelope(USER, &[USER, OTHER]), message.bytes())
            .expect("a delivery");
        client.quit().expect("the server says goodbye");
        assert!(delivery.accepted());
        assert_group(&server.group());
    }
}

#[test]
fn the_command_sends_the_envelope_and_data_in_one_write_where_pipelining_is_offered() {
    let server = PlainServer::start();
    let output = Command::new(program())
        .args([
            "send",
            "--security",
            "none",
            "--server",
            &format!("127.0.0.1:{}", server.port()),
        ])
        .args([
            "--from",
            USER,
            "--to",
            USER,
            "--to",
            OTHER,
            "--subject",
            "a test",
            "--body",
            "hello",
        ])
        .output()
        .expect("the command starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_group(&server.group());
}

fn assert_group(group: &str) {
    let verbs: Vec<&str> = group
        .lines()
        .filter_map(|line| line.split([':', ' ']).next())
        .collect();
    assert_eq!(verbs, ["MAIL", "RCPT", "RCPT", "DATA"], "{group}");
}
