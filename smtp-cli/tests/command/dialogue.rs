//! What is said to a server, and what is made of its answers.

use std::fs;

use serde_json::{Value, json};

use crate::support::{HANG_UP, Server, run, send};

const MESSAGE: &[u8] =
    b"From: A <a@x.test>\nTo: b@x.test\nBcc: hidden@x.test,\n other@x.test\n\nHello\n.dot\n";

const TAKES_ALL: &[(&str, &str)] = &[
    ("greeting", "220 mx.x.test ready"),
    (
        "EHLO",
        "250-mx.x.test hello\r\n250-SIZE 1000000\r\n250 ENHANCEDSTATUSCODES",
    ),
    ("MAIL", "250 2.1.0 sender ok"),
    ("RCPT", "250 2.1.5 recipient ok"),
    ("DATA", "354 go on"),
    (".", "250 2.0.0 queued as 4F2A"),
    ("QUIT", "221 2.0.0 bye"),
];

/// The table above, with some rules before its own.
fn with(rules: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [rules, TAKES_ALL].concat()
}

#[test]
fn an_accepted_message_is_told_to_people_with_its_queue_id() {
    let server = Server::start(TAKES_ALL);
    let run = run(&send(&server.address, &[]), MESSAGE);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_eq!(
        run.stdout,
        "b@x.test: accepted: 250 2.1.5 recipient ok\naccepted: 250 2.0.0 queued as 4F2A\n"
    );
    let log = server.log();
    assert!(
        log.contains(&"From: A <a@x.test>".to_owned()) && log.contains(&"..dot".to_owned()),
        "{log:?}"
    );
    assert!(
        !log.iter()
            .any(|line| line.contains("hidden") || line.contains("other")),
        "{log:?}"
    );
    assert_eq!(log.last().map(String::as_str), Some("QUIT"));
}

#[test]
fn the_object_is_that_of_the_contract() {
    let server = Server::start(TAKES_ALL);
    let address = server.address.clone();
    let run = run(&send(&address, &["--json", "--cc", "c@x.test"]), MESSAGE);
    let report = run.json();
    assert_eq!(run.status, 0, "{}", run.stderr);
    let keys: Vec<&str> = report
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "accepted",
            "server",
            "tls",
            "auth",
            "recipients",
            "reply",
            "failure",
            "dialogue",
            "ms"
        ]
    );
    let port: u16 = address
        .rsplit(':')
        .next()
        .expect("a port")
        .parse()
        .expect("a number");
    let capabilities = ["SIZE 1000000", "ENHANCEDSTATUSCODES"];
    let expected = json!({"host": "127.0.0.1", "port": port, "address": address, "greeting": "mx.x.test ready", "capabilities": capabilities});
    assert_eq!(report["server"], expected);
    let reply = json!({"code": 250, "enhanced": "2.1.5", "text": ["recipient ok"]});
    let recipient = |address| json!({"address": address, "accepted": true, "reply": reply});
    assert_eq!(
        report["recipients"],
        json!([recipient("b@x.test"), recipient("c@x.test")])
    );
    assert_eq!(
        report["reply"],
        json!({"code": 250, "enhanced": "2.0.0", "text": ["queued as 4F2A"]})
    );
    assert_eq!(
        (&report["tls"], &report["auth"], &report["failure"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let first = &report["dialogue"][0];
    assert_eq!(
        (&first["from"], &first["line"]),
        (&json!("server"), &json!("220 mx.x.test ready"))
    );
    assert!(first["ms"].is_number() && report["ms"].is_number());
    assert!(run.stderr.contains("accepted: 250"), "{}", run.stderr);
}

#[test]
fn recipients_come_from_the_message_and_each_once() {
    let server = Server::start(TAKES_ALL);
    let arguments = [
        "send",
        "--server",
        &server.address.clone(),
        "--security",
        "none",
        "-t",
        "--to",
        "B@x.test",
        "--to",
        "b@X.test",
    ];
    let run = run(&arguments, MESSAGE);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let log = server.log();
    let rcpt: Vec<&String> = log.iter().filter(|line| line.starts_with("RCPT")).collect();
    assert_eq!(
        rcpt,
        [
            "RCPT TO:<B@x.test>",
            "RCPT TO:<b@X.test>",
            "RCPT TO:<hidden@x.test>",
            "RCPT TO:<other@x.test>"
        ]
    );
    assert!(
        log.iter()
            .any(|line| line.starts_with("MAIL FROM:<a@x.test>")),
        "{log:?}"
    );
}

/// Returns the envelope of a message sent with -t, and its content as sent.
fn sent_by_its_fields(message: &str) -> (Vec<String>, Vec<String>) {
    let server = Server::start(TAKES_ALL);
    let run = run(
        &[
            "send",
            "--server",
            &server.address.clone(),
            "--security",
            "none",
            "-t",
        ],
        message.as_bytes(),
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    let log = server.log();
    let is_of_envelope = |line: &&String| line.starts_with("MAIL") || line.starts_with("RCPT");
    let envelope = log
        .iter()
        .filter(is_of_envelope)
        .map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned());
    let content = log
        .iter()
        .skip_while(|line| *line != "DATA")
        .skip(1)
        .take_while(|line| *line != ".")
        .cloned();
    (envelope.collect(), content.collect())
}

#[test]
fn a_resent_message_goes_to_its_newest_resent_block() {
    let message = "Resent-Bcc: hidden@x.test\nResent-From: d@x.test\nResent-To: E <e@x.test>\nReceived: by y.test\n\
                   Resent-From: old@x.test\nResent-Bcc: older@x.test\nFrom: a@x.test\nTo: b@x.test\n\nHello\n";
    let (envelope, content) = sent_by_its_fields(message);
    assert_eq!(
        envelope,
        ["FROM:<d@x.test>", "TO:<e@x.test>", "TO:<hidden@x.test>"]
    );
    let left = [
        "Resent-From: d@x.test",
        "Resent-To: E <e@x.test>",
        "Received: by y.test",
        "Resent-From: old@x.test",
        "From: a@x.test",
        "To: b@x.test",
        "",
        "Hello",
    ];
    assert_eq!(content, left);
}

#[test]
fn the_sender_field_names_the_sender_of_several_authors() {
    let (envelope, _) = sent_by_its_fields(
        "From: a@x.test, b@x.test\nSender: B <b@x.test>\nTo: c@x.test\n\nHello\n",
    );
    assert_eq!(envelope, ["FROM:<b@x.test>", "TO:<c@x.test>"]);
    let (envelope, _) =
        sent_by_its_fields("From: a@x.test\nSender: b@x.test\nTo: c@x.test\n\nHello\n");
    assert_eq!(envelope, ["FROM:<a@x.test>", "TO:<c@x.test>"]);
}

#[test]
fn the_envelope_sender_may_be_nobody() {
    let server = Server::start(TAKES_ALL);
    let run = run(&send(&server.address, &["--envelope-from", "<>"]), MESSAGE);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        server
            .log()
            .iter()
            .any(|line| line.starts_with("MAIL FROM:<> ") || line == "MAIL FROM:<>")
    );
}

#[test]
fn a_bcc_behind_a_byte_order_mark_is_nobodys_business() {
    let server = Server::start(TAKES_ALL);
    let message = "\u{feff}Bcc: hidden@x.test\nTo: b@x.test\n\nHello\n";
    let run = run(&send(&server.address, &["-t"]), message.as_bytes());
    assert_eq!(run.status, 0, "{}", run.stderr);
    let log = server.log();
    assert!(
        log.iter().any(|line| line == "RCPT TO:<hidden@x.test>"),
        "{log:?}"
    );
    let content: Vec<&String> = log
        .iter()
        .skip_while(|line| *line != "DATA")
        .skip(1)
        .collect();
    assert_eq!(content[..2], ["To: b@x.test", ""]);
}

#[test]
fn an_attachment_that_is_text_by_name_alone_is_sent_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("records.csv");
    fs::write(&file, "a\0b").expect("written");
    let server = Server::start(TAKES_ALL);
    let run = run(
        &send(
            &server.address,
            &["--attach", file.to_str().expect("a name")],
        ),
        b"",
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(server.log().iter().any(|line| line == "YQBi"));
}

#[test]
fn what_is_wished_for_a_message_goes_out_with_its_envelope() {
    let extensions = "250-mx.x.test\r\n250-DSN\r\n250-MT-PRIORITY\r\n250-DELIVERBY 60\r\n250 FUTURERELEASE 99 2099-01-01T00:00:00Z";
    let server = Server::start(&with(&[("EHLO", extensions)]));
    let dsn = [
        "--notify",
        "success,failure",
        "--ret",
        "headers",
        "--envid",
        "order 66",
    ];
    let times = [
        "--priority",
        "-3",
        "--deliver-by",
        "60r",
        "--hold-for",
        "99",
    ];
    let run = run(&send(&server.address, &[dsn, times].concat()), MESSAGE);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let log = server.log();
    let mail = log
        .iter()
        .find(|line| line.starts_with("MAIL"))
        .expect("MAIL");
    assert!(
        mail.ends_with("RET=HDRS ENVID=order+2066 MT-PRIORITY=-3 BY=60;R HOLDFOR=99"),
        "{mail}"
    );
    assert!(
        log.iter()
            .any(|line| line == "RCPT TO:<b@x.test> NOTIFY=SUCCESS,FAILURE"),
        "{log:?}"
    );
}

#[test]
fn a_domain_of_umlauts_goes_out_by_its_a_labels_where_smtputf8_is_not_offered() {
    let to = [
        "--to",
        "info@bücher.example",
        "--to",
        "info@xn--bcher-kva.example",
    ];
    let server = Server::start(TAKES_ALL);
    let run_without = run(&send(&server.address, &to), MESSAGE);
    assert_eq!(run_without.status, 0, "{}", run_without.stderr);
    let rcpt = |log: &[String]| {
        log.iter()
            .filter(|line| line.starts_with("RCPT"))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        rcpt(&server.log()),
        ["RCPT TO:<b@x.test>", "RCPT TO:<info@xn--bcher-kva.example>"]
    );

    let server = Server::start(&with(&[("EHLO", "250-mx.x.test\r\n250 SMTPUTF8")]));
    let run_with = run(&send(&server.address, &to), MESSAGE);
    assert_eq!(run_with.status, 0, "{}", run_with.stderr);
    let log = server.log();
    assert_eq!(
        rcpt(&log),
        ["RCPT TO:<b@x.test>", "RCPT TO:<info@bücher.example>"]
    );
    assert!(
        log.iter()
            .any(|line| line.starts_with("MAIL") && line.ends_with(" SMTPUTF8")),
        "{log:?}"
    );

    let server = Server::start(TAKES_ALL);
    let refused = run(
        &send(
            &server.address,
            &["--json", "--to", "bücherwurm@bücher.example"],
        ),
        MESSAGE,
    );
    assert_eq!(
        (refused.status, &refused.json()["failure"]["cause"]),
        (69, &json!("unsupported"))
    );
    assert!(rcpt(&server.log()).is_empty());
}

#[test]
fn what_is_wished_for_and_not_offered_is_unsupported_and_nothing_is_sent() {
    let wishes: &[&[&str]] = &[
        &["--notify", "never"],
        &["--ret", "full"],
        &["--envid", "x"],
        &["--require-tls"],
        &["--priority", "1"],
        &["--deliver-by", "60"],
        &["--hold-for", "60"],
    ];
    for wish in wishes {
        let server = Server::start(TAKES_ALL);
        let run = run(
            &send(&server.address, &[&["--json"][..], wish].concat()),
            MESSAGE,
        );
        let failure = &run.json()["failure"];
        assert_eq!(
            (run.status, &failure["cause"]),
            (69, &json!("unsupported")),
            "{wish:?}: {failure}"
        );
        assert_eq!(failure["phase"], "mail", "{wish:?}");
        let log = server.log();
        assert!(
            !log.iter().any(|line| line.starts_with("MAIL")),
            "{wish:?}: {log:?}"
        );
    }
}

#[test]
fn without_a_login_no_login_is_to_blame_for_a_refused_sender() {
    let server = Server::start(&with(&[("MAIL", "550 5.7.1 not that sender")]));
    let run = run(&send(&server.address, &["--json"]), MESSAGE);
    assert_eq!(
        (run.status, &run.json()["failure"]["cause"]),
        (69, &json!("sender-rejected"))
    );
    assert!(!run.stderr.contains("login"), "{}", run.stderr);
}

#[test]
fn a_composed_message_needs_no_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.txt");
    fs::write(&file, "attached").expect("written");
    let server = Server::start(TAKES_ALL);
    let name = file.to_str().expect("a name");
    let run = run(
        &send(
            &server.address,
            &[
                "--bcc",
                "c@x.test",
                "--subject",
                "Hello",
                "--body",
                "Text",
                "--attach",
                name,
            ],
        ),
        b"",
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    let log = server.log();
    for line in ["Subject: Hello", "To: <b@x.test>", "RCPT TO:<c@x.test>"] {
        assert!(log.iter().any(|sent| sent == line), "{line} in {log:?}");
    }
    assert!(
        !log.iter()
            .any(|line| line.to_ascii_lowercase().starts_with("bcc"))
    );
}

#[test]
fn refusals_are_told_by_phase_cause_and_status() {
    let cases = [
        (
            ("greeting", "554 5.3.2 no service"),
            "greeting",
            "service-unavailable",
            69,
        ),
        (
            ("greeting", "421 4.3.2 later"),
            "greeting",
            "service-unavailable",
            75,
        ),
        (
            ("MAIL", "530 5.7.0 log in first"),
            "mail",
            "auth-required",
            77,
        ),
        (
            ("MAIL", "451 4.3.0 later"),
            "mail",
            "temporary-server-failure",
            75,
        ),
        (
            ("RCPT", "550 5.1.1 unknown"),
            "rcpt",
            "recipient-unknown",
            67,
        ),
        (("RCPT", "452 4.2.2 full"), "rcpt", "mailbox-full", 75),
        (
            ("RCPT", "554 5.7.1 relay denied"),
            "rcpt",
            "relay-denied",
            69,
        ),
        ((".", "554 5.7.1 spam"), "body", "content-rejected", 69),
        (
            (".", "451 4.7.1 greylisted"),
            "body",
            "temporary-server-failure",
            75,
        ),
        (
            ("EHLO", "250-mx.x.test\r\n250 SIZE 10"),
            "mail",
            "message-too-large",
            69,
        ),
    ];
    for (rule, phase, cause, status) in cases {
        let server = Server::start(&with(&[rule]));
        let run = run(&send(&server.address, &["--json"]), MESSAGE);
        let report = run.json();
        assert_eq!(
            (&report["failure"]["phase"], &report["failure"]["cause"]),
            (&json!(phase), &json!(cause)),
            "{}",
            run.stderr
        );
        assert_eq!(run.status, status, "{rule:?}");
        assert_eq!(
            (&report["accepted"], &report["recipients"][0]["accepted"]),
            (&json!(false), &json!(false))
        );
        assert!(
            report["failure"]["fix"]
                .as_array()
                .is_some_and(|fix| !fix.is_empty())
        );
        assert!(run.stderr.contains(cause), "{}", run.stderr);
        server.log();
    }
}

#[test]
fn a_message_taken_for_some_recipients_is_accepted_and_tells_of_the_others() {
    let server = Server::start(&with(&[
        ("RCPT TO:<c@", "550 5.1.1 unknown"),
        ("RCPT TO:<d@", "450 4.2.1 later"),
    ]));
    let run = run(
        &send(
            &server.address,
            &["--to", "c@x.test", "--to", "d@x.test", "--json"],
        ),
        MESSAGE,
    );
    let report = run.json();
    assert_eq!((run.status, &report["accepted"]), (67, &json!(true)));
    let accepted: Vec<&Value> = report["recipients"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["accepted"])
        .collect();
    assert_eq!(accepted, [&json!(true), &json!(false), &json!(false)]);
    assert_eq!(report["failure"]["cause"], "recipient-unknown");
    assert_eq!(report["reply"]["code"], 250);
}

#[test]
fn a_connection_lost_after_the_end_of_data_leaves_the_outcome_unknown() {
    let server = Server::start(&with(&[(".", HANG_UP)]));
    let run = run(&send(&server.address, &["--json"]), MESSAGE);
    let report = run.json();
    assert_eq!(
        (run.status, &report["accepted"], &report["failure"]["phase"]),
        (75, &json!(false), &json!("body"))
    );
    assert!(
        report["failure"]["summary"]
            .as_str()
            .is_some_and(|summary| summary.contains("unknown")),
        "{report}"
    );
    assert!(run.stderr.contains("unknown"));
    assert_eq!(report["recipients"][0]["accepted"], false);
}

#[test]
fn a_failed_goodbye_undoes_nothing() {
    let server = Server::start(&with(&[("QUIT", HANG_UP)]));
    let run = run(&send(&server.address, &[]), MESSAGE);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
}

#[test]
fn the_dialogue_is_shown_on_demand_and_escaped() {
    let server = Server::start(&with(&[("greeting", "220 mx.x.test \u{1b}[2Jready")]));
    let run = run(&send(&server.address, &["-v"]), MESSAGE);
    assert_eq!(run.status, 0);
    for line in [
        "< 220 mx.x.test \\x1b[2Jready",
        "> MAIL FROM:<a@x.test>",
        "> QUIT",
    ] {
        assert!(run.stderr.contains(line), "{line} in {}", run.stderr);
    }
    assert!(!run.stderr.contains('\u{1b}'));
}

#[test]
fn without_starttls_nothing_is_sent_but_the_goodbye() {
    let server = Server::start(TAKES_ALL);
    let run = starttls(&server.address);
    assert_eq!(
        (run.0, &run.1["failure"]["cause"]),
        (78, &json!("starttls-not-offered"))
    );
    assert_eq!(run.1["failure"]["phase"], "starttls");
    let log = server.log();
    assert!(
        log.iter()
            .all(|line| line.starts_with("EHLO") || line == "QUIT"),
        "{log:?}"
    );
}

#[test]
fn bytes_in_the_clear_after_starttls_are_an_attack() {
    let ehlo = (
        "EHLO",
        "250-mx.x.test\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS",
    );
    for reply in [
        "220 go\r\n250-x",
        "220 go\r\n250 mx.x.test\r\n235 welcome",
        "220 go\r\nx",
    ] {
        let server = Server::start(&[("STARTTLS", reply), ehlo, TAKES_ALL[0]]);
        let run = starttls(&server.address);
        assert_eq!(
            (run.0, &run.1["failure"]["cause"]),
            (76, &json!("starttls-injection")),
            "{}",
            run.1
        );
        assert_eq!(run.1["failure"]["phase"], "starttls");
        let log = server.log();
        assert!(
            !log.iter()
                .any(|line| line.starts_with("AUTH") || line.contains("c2VjcmV0")),
            "{log:?}"
        );
    }
}

/// A send with a login where TLS is required: status and report.
fn starttls(server: &str) -> (i32, Value) {
    let arguments = [
        "send",
        "--server",
        server,
        "--from",
        "a@x.test",
        "--to",
        "b@x.test",
        "--user",
        "u",
        "--password-command",
        "echo secret",
        "--json",
    ];
    let run = run(&arguments, MESSAGE);
    (run.status, run.json())
}
