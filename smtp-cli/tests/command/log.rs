//! `smtp send --log`, and `smtp log`, which shows what it wrote.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use smtp_canary::{canary, leaks};

use crate::support::{HANG_UP, Run, Server, run, send};

const MESSAGE: &[u8] = b"From: a@x.test\nTo: b@x.test\nMessage-ID: <1@x.test>\n\nnot for the log\n";

const GOOD: &[(&str, &str)] = &[
    ("greeting", "220 mx.x.test ready"),
    ("EHLO", "250-mx.x.test\r\n250 AUTH PLAIN"),
    ("AUTH", "235 2.7.0 welcome"),
    ("MAIL", "250 2.1.0 ok"),
    ("RCPT TO:<gone@", "550 5.1.1 no such user"),
    ("RCPT", "250 2.1.5 ok"),
    ("DATA", "354 go on"),
    (".", "250 2.0.0 Ok: queued as 4F1X2Y3Z"),
    ("RSET", "250 2.0.0 ok"),
    ("QUIT", "221 2.0.0 bye"),
];

/// Sends to a server of this table with this log.
fn sent(rules: &[(&'static str, &'static str)], log: &Path, more: &[&str]) -> Run {
    let server = Server::start(&[rules, GOOD].concat());
    let log = log.to_str().expect("UTF-8");
    run(
        &send(&server.address, &[&["--log", log], more].concat()),
        MESSAGE,
    )
}

fn lines(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).expect("the log");
    assert!(
        text.ends_with('\n') && !text.contains("not for the log"),
        "{text}"
    );
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// `smtp log` with these options.
fn shown(log: &Path, options: &[&str]) -> Run {
    run(
        &[&["log", log.to_str().expect("UTF-8")], options].concat(),
        b"",
    )
}

#[test]
fn each_message_is_a_line_and_each_line_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    assert_eq!(sent(&[], &log, &[]).status, 0);
    assert_eq!(sent(&[], &log, &["--to", "gone@x.test"]).status, 67);
    assert_eq!(sent(&[("MAIL", "451 4.3.0 later")], &log, &[]).status, 75);
    assert_eq!(sent(&[(".", HANG_UP)], &log, &[]).status, 75);
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("a port")
        .to_string();
    let run = run(
        &send(&closed, &["--log", log.to_str().expect("UTF-8")]),
        MESSAGE,
    );
    assert_eq!(run.status, 69);

    let lines = lines(&log);
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["outcome"].as_str(), line["cause"].as_str()))
        .collect();
    assert_eq!(told[0], (Some("accepted"), None));
    assert_eq!(told[1], (Some("accepted"), Some("recipient-unknown")));
    assert_eq!(told[2].0, Some("refused"));
    assert_eq!(told[3], (Some("unknown"), Some("connection-closed")));
    assert_eq!(told[4], (Some("not-sent"), Some("connection-refused")));
    let keys: Vec<_> = lines[0]
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    let all = "time server from message_id outcome recipients reply queue_id phase cause detail ms";
    assert_eq!(keys.join(" "), all);
    assert_eq!(lines[0]["queue_id"], "4F1X2Y3Z");
    assert_eq!(lines[0]["from"], "a@x.test");
    assert_eq!(lines[0]["server"]["host"], "127.0.0.1");
    assert_eq!(lines[1]["recipients"][0]["accepted"], true);
    assert_eq!(lines[1]["recipients"][1]["reply"], "550 5.1.1 no such user");
    assert!(
        lines
            .iter()
            .all(|line| line["message_id"] == "<1@x.test>" && line.get("dialogue").is_none())
    );

    let all = shown(&log, &[]);
    assert_eq!(
        (all.status, all.stdout.matches(" -> ").count()),
        (0, 5),
        "{}",
        all.stdout
    );
    assert!(
        all.stdout
            .contains("accepted a@x.test -> b@x.test  via 127.0.0.1  queue id 4F1X2Y3Z"),
        "{}",
        all.stdout
    );
    assert!(
        all.stdout.contains("gone@x.test: 550 5.1.1 no such user"),
        "{}",
        all.stdout
    );
    let failed = shown(&log, &["--failed", "--since", "1h", "--json"]).json();
    assert_eq!(failed["messages"].as_array().map(Vec::len), Some(4));
    assert_eq!(failed["messages"][3], lines[4]);
    let none = shown(&log, &["--since", "2999-01-01T00:00:00Z", "--json"]).json();
    assert_eq!(none["messages"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_line_that_was_cut_off_is_told_and_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    fs::write(&log, "{\"time\": \"2026-").expect("written");
    assert_eq!(sent(&[], &log, &[]).status, 0);
    let run = shown(&log, &[]);
    assert_eq!(
        (run.status, run.stdout.lines().count()),
        (0, 1),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("line 1 is no record"), "{}", run.stderr);
}

#[test]
fn the_dialogue_is_added_where_it_is_asked_for_and_has_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, password, secret) = (
        folder.path().join("log"),
        folder.path().join("password"),
        canary(),
    );
    fs::write(&password, &secret).expect("written");
    let plain = STANDARD.encode(format!("\0u@x.test\0{secret}"));
    let repeated: &str = format!("235 2.7.0 welcome {secret} {plain}").leak();
    let password = password.to_str().expect("UTF-8");
    let login = [
        "--log-dialogue",
        "--dangerous-plaintext-auth",
        "--user",
        "u@x.test",
        "--password-file",
        password,
    ];
    let run = sent(&[("AUTH", repeated)], &log, &login);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let text = fs::read_to_string(&log).expect("the log");
    assert!(!leaks(&text, &secret), "the secret is in the log");
    let line = &lines(&log)[0];
    let said: Vec<_> = line["dialogue"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|line| line["line"].as_str())
        .collect();
    assert_eq!(said[0], "220 mx.x.test ready");
    assert!(
        said.iter()
            .any(|line| line.starts_with("AUTH PLAIN [redacted]")),
        "{said:?}"
    );
    assert!(
        said.contains(&"RCPT TO:<b@x.test>") && said.contains(&"250 2.0.0 Ok: queued as 4F1X2Y3Z"),
        "{said:?}"
    );
}

#[test]
fn a_log_that_cannot_be_opened_is_told_before_anything_is_sent() {
    let server = Server::start(GOOD);
    let run = run(
        &send(&server.address, &["--log", "/no/such/folder/log", "--json"]),
        MESSAGE,
    );
    assert_eq!(
        (run.status, run.json()["failure"]["phase"].as_str()),
        (64, Some("config"))
    );
    assert!(
        run.stdout.contains("--log /no/such/folder/log"),
        "{}",
        run.stdout
    );
    // Its thread still waits for a client: this is the first.
    drop(std::net::TcpStream::connect(&server.address));
    assert_eq!(server.log(), Vec::<String>::new());
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_that_cannot_be_written_makes_no_failure_of_a_message_that_was_sent() {
    let run = sent(&[], Path::new("/dev/full"), &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr
            .contains("could not be written to the log: No space left"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_no_log_and_no_time_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    assert_eq!(shown(&log, &[]).status, 66);
    fs::write(&log, MESSAGE).expect("written");
    let run = shown(&log, &["--json"]);
    assert_eq!(
        (run.status, run.json()["failure"]["cause"].as_str()),
        (65, Some("invalid-input"))
    );
    assert_eq!(shown(&log, &["--since", "yesterday"]).status, 64);
}

#[test]
fn a_batch_has_a_line_for_each_message() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("1"), MESSAGE).expect("a message");
    let line =
        |to: &str| format!("{{\"from\": \"a@x.test\", \"to\": [\"{to}\"], \"file\": \"1\"}}\n");
    fs::write(
        folder.path().join("batch"),
        [line("b@x.test"), line("gone@x.test")].concat(),
    )
    .expect("a batch");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let server = Server::start(GOOD);
    let (batch, log, address) = (path("batch"), path("log"), server.address.clone());
    let arguments = [
        "send",
        "--batch",
        &batch,
        "--log",
        &log,
        "--server",
        &address,
        "--security",
        "none",
    ];
    let run = run(&[&arguments[..], &["--connections", "1"]].concat(), b"");
    assert_eq!(run.status, 67, "{}", run.stderr);
    let lines = lines(Path::new(&log));
    let told: Vec<_> = lines
        .iter()
        .map(|line| (&line["recipients"][0]["address"], &line["outcome"]))
        .collect();
    let [b, gone, accepted, refused] =
        ["b@x.test", "gone@x.test", "accepted", "refused"].map(Value::from);
    assert_eq!(told, [(&b, &accepted), (&gone, &refused)]);
    assert!(
        lines.iter().all(|line| line["message_id"] == "<1@x.test>"),
        "{lines:?}"
    );
}
