//! LMTP: what becomes of a message for each of its recipients.

use serde_json::{Value, json};

use crate::support::{Run, Server, run};

const MESSAGE: &[u8] = b"From: a@x.test\nTo: b@x.test\n\nHello\n";

/// Dovecot's answers: two mailboxes are there, and one is not.
const RULES: &[(&str, &str)] = &[
    ("greeting", "220 mx.x.test LMTP ready"),
    ("LHLO", "250-mx.x.test\r\n250 ENHANCEDSTATUSCODES"),
    ("MAIL", "250 2.1.0 OK"),
    ("RCPT TO:<nobody", "550 5.1.1 User doesn't exist"),
    ("RCPT", "250 2.1.5 OK"),
    ("DATA", "354 OK"),
    (
        ".",
        "250 2.0.0 <b@x.test> Saved\r\n250 2.0.0 <c@x.test> Saved",
    ),
    ("QUIT", "221 2.0.0 Bye"),
];

/// The same but for what is said behind the message.
fn rules(behind: &'static str) -> Vec<(&'static str, &'static str)> {
    [&[(".", behind)], RULES].concat()
}

fn send(server: &Server, more: &[&str]) -> Run {
    let address = server.address.clone();
    let recipients = [
        "--to",
        "b@x.test",
        "--to",
        "nobody@x.test",
        "--to",
        "c@x.test",
    ];
    let arguments = [
        &[
            "send", "--json", "--lmtp", "--server", &address, "--from", "a@x.test",
        ][..],
        &recipients,
        more,
    ];
    run(&arguments.concat(), MESSAGE)
}

fn recipients(run: &Run) -> Vec<(Value, Value)> {
    let report = run.json();
    let recipients = report["recipients"].as_array().expect("recipients").iter();
    recipients
        .map(|one| (one["accepted"].clone(), one["reply"]["text"][0].clone()))
        .collect()
}

#[test]
fn two_good_recipients_and_a_bad_one_have_three_outcomes_and_status_67() {
    let server = Server::start(RULES);
    let run = send(&server, &["--security", "none"]);
    assert_eq!(run.status, 67, "{}{}", run.stdout, run.stderr);
    let expected = [
        (json!(true), json!("<b@x.test> Saved")),
        (json!(false), json!("User doesn't exist")),
        (json!(true), json!("<c@x.test> Saved")),
    ];
    assert_eq!(recipients(&run), expected);
    let report = run.json();
    assert_eq!(
        (&report["accepted"], &report["reply"]["text"][0]),
        (&json!(true), &json!("<b@x.test> Saved"))
    );
    let failure = &report["failure"];
    assert_eq!(
        (&failure["cause"], &failure["phase"]),
        (&json!("recipient-unknown"), &json!("rcpt"))
    );
    assert!(server.log().iter().any(|line| line.starts_with("LHLO ")));
}

#[test]
fn a_refusal_behind_the_message_is_the_recipients_own() {
    let server = Server::start(&rules(
        "452 4.2.2 <b@x.test> Busy\r\n552 5.2.2 <c@x.test> Quota exceeded",
    ));
    let run = send(&server, &["--security", "none"]);
    assert_eq!(run.status, 67, "{}{}", run.stdout, run.stderr);
    let report = run.json();
    assert_eq!(
        (
            &report["accepted"],
            &report["recipients"][2]["reply"]["code"]
        ),
        (&json!(false), &json!(552))
    );
}

#[test]
fn what_nobody_said_of_a_recipient_is_not_known() {
    let server = Server::start(&rules(
        "250 2.0.0 <b@x.test> Saved\r\n421 4.3.2 Shutting down",
    ));
    let run = send(&server, &["--security", "none", "--bcc", "d@x.test"]);
    assert_eq!(run.status, 75, "{}{}", run.stdout, run.stderr);
    let expected = [
        (json!(true), json!("<b@x.test> Saved")),
        (json!(false), json!("User doesn't exist")),
        (json!(false), json!("Shutting down")),
        (json!(false), Value::Null),
    ];
    assert_eq!(recipients(&run), expected);
    assert_eq!(run.json()["accepted"], true);
}

#[test]
fn a_unix_socket_needs_no_tls_and_is_told_as_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start_at(&folder.path().join("lmtp"), RULES);
    let run = send(&server, &[]);
    assert_eq!(run.status, 67, "{}{}", run.stdout, run.stderr);
    let told = &run.json()["server"];
    assert_eq!(
        (&told["host"], &told["address"]),
        (&json!(server.address), &json!(server.address))
    );
    assert_eq!(
        (&told["port"], &told["greeting"]),
        (&Value::Null, &json!("mx.x.test LMTP ready"))
    );
}

#[test]
fn a_socket_that_is_not_there_is_told_with_its_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = format!("unix:{}", folder.path().join("nothing").display());
    let run = run(
        &[
            "send", "--json", "--lmtp", "--server", &path, "--from", "a@x.test", "--to", "b@x.test",
        ],
        MESSAGE,
    );
    let report = run.json();
    let failure = &report["failure"];
    assert_eq!(
        (run.status, &failure["phase"], &report["server"]),
        (69, &json!("connect"), &Value::Null),
        "{failure}"
    );
    assert!(
        failure["detail"]
            .as_str()
            .expect("a detail")
            .contains("/nothing cannot be connected to"),
        "{failure}"
    );
}

#[test]
fn a_check_speaks_lmtp_too() {
    let server = Server::start(RULES);
    let address = server.address.clone();
    let run = run(
        &[
            "check",
            "--json",
            "--lmtp",
            "--security",
            "none",
            "--server",
            &address,
        ],
        b"",
    );
    let report = run.json();
    let port = &report["ports"][0];
    assert_eq!(
        (run.status, &port["usable"], &port["phase"]),
        (0, &json!(true), &json!("ehlo")),
        "{report}"
    );
    assert_eq!(
        port["capabilities"]["plain"],
        json!(["ENHANCEDSTATUSCODES"])
    );
    let log = server.log();
    assert!(
        log[0].starts_with("LHLO ") && !log.iter().any(|line| line.starts_with("EHLO")),
        "{log:?}"
    );
}
