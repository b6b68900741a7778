//! Extensions: requested if a message needs them, ignored on demand, named in the advice if they
//! are broken.

use std::fs;

use serde_json::json;

use crate::support::{Server, run, send};

const UTF8: &[u8] = "From: a@x.test\nTo: b@x.test\nSubject: héllo ✓\n\nHello\n".as_bytes();
const UTF8_BODY: &[u8] = "From: a@x.test\nTo: b@x.test\nSubject: hello\n\nhéllo\n".as_bytes();

/// Starts a server with this answer to EHLO and LHLO.
fn server(rules: &[(&'static str, &'static str)]) -> Server {
    let rest = [
        ("greeting", "220 mx.x.test ready"),
        ("MAIL", "250 2.1.0 sender ok"),
        ("RCPT", "250 2.1.5 recipient ok"),
        ("DATA", "354 go on"),
        (".", "250 2.0.0 queued"),
        ("QUIT", "221 2.0.0 bye"),
    ];
    Server::start(&[rules, &rest].concat())
}

/// Returns the client's line that begins with this verb.
fn sent<'l>(log: &'l [String], verb: &str) -> &'l str {
    log.iter()
        .find(|line| line.starts_with(verb))
        .map(String::as_str)
        .unwrap_or_default()
}

#[test]
fn utf8_header_declares_smtputf8_where_it_is_offered() {
    for (message, lmtp, declared) in [
        (UTF8, false, true),
        (UTF8, true, true),
        (UTF8_BODY, false, false),
        (UTF8_BODY, true, false),
    ] {
        let answer = "250-mx.x.test\r\n250-8BITMIME\r\n250 SMTPUTF8";
        let server = server(&[("EHLO", answer), ("LHLO", answer)]);
        let address = server.address.clone();
        let run = run(
            &send(&address, if lmtp { &["--lmtp"] } else { &[] }),
            message,
        );
        assert_eq!(run.status, 0, "{}", run.stderr);
        let log = server.log();
        let mail = sent(&log, "MAIL");
        assert_eq!(mail.ends_with(" SMTPUTF8"), declared, "{mail}");
        assert!(mail.contains(" BODY=8BITMIME"), "{mail}");
    }
}

#[test]
fn utf8_header_is_unsupported_without_smtputf8() {
    for lmtp in [false, true] {
        let answer = "250-mx.x.test\r\n250 8BITMIME";
        let server = server(&[("EHLO", answer), ("LHLO", answer)]);
        let address = server.address.clone();
        let run = run(
            &send(
                &address,
                if lmtp {
                    &["--json", "--lmtp"]
                } else {
                    &["--json"]
                },
            ),
            UTF8,
        );
        let failure = &run.json()["failure"];
        assert_eq!(
            (run.status, &failure["cause"]),
            (69, &json!("unsupported")),
            "{}",
            run.stdout
        );
        assert!(
            failure["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains("SMTPUTF8")),
            "{failure}"
        );
        assert_eq!(sent(&server.log(), "MAIL"), "");
    }
}

#[test]
fn batch_declares_smtputf8_for_utf8_headers_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("utf8.eml"), UTF8).expect("a message");
    fs::write(folder.path().join("ascii.eml"), "Subject: hello\n\nHello\n").expect("a message");
    let line =
        |file: &str| json!({"from": "a@x.test", "to": ["b@x.test"], "file": file}).to_string();
    let list = folder.path().join("list.jsonl");
    fs::write(
        &list,
        format!("{}\n{}\n", line("utf8.eml"), line("ascii.eml")),
    )
    .expect("a list");
    let server = server(&[("EHLO", "250-mx.x.test\r\n250-8BITMIME\r\n250 SMTPUTF8")]);
    let (address, list) = (server.address.clone(), list.to_string_lossy().into_owned());
    let arguments = [
        "send",
        "--server",
        &address,
        "--security",
        "none",
        "--connections",
        "1",
        "--batch",
        list.as_str(),
    ];
    let run = run(&arguments, b"");
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    let log = server.log();
    let declared = log
        .iter()
        .filter(|line| line.starts_with("MAIL"))
        .map(|line| line.ends_with(" SMTPUTF8"));
    assert_eq!(declared.collect::<Vec<_>>(), [true, false], "{log:?}");
}

const OFFERS: (&str, &str) = (
    "EHLO",
    "250-mx.x.test\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 8BITMIME",
);

#[test]
fn ignored_extension_is_not_used() {
    let server = server(&[OFFERS]);
    let address = server.address.clone();
    let run = run(
        &send(
            &address,
            &[
                "--json",
                "--ignore-extension",
                "size",
                "--ignore-extension",
                "PIPELINING",
            ],
        ),
        UTF8_BODY,
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    let report = run.json();
    assert_eq!(
        report["server"]["capabilities"],
        json!(["PIPELINING", "SIZE 1000000", "8BITMIME"])
    );
    let lines = report["dialogue"].as_array().expect("lines");
    let mail = lines.iter().position(|line| {
        line["line"]
            .as_str()
            .is_some_and(|line| line.starts_with("MAIL"))
    });
    assert_eq!(
        lines[mail.expect("MAIL") + 1]["from"],
        json!("server"),
        "{lines:?}"
    );
    assert_eq!(
        sent(&server.log(), "MAIL"),
        "MAIL FROM:<a@x.test> BODY=8BITMIME"
    );
}

#[test]
fn unknown_extension_to_ignore_is_a_usage_error() {
    let run = run(
        &send("127.0.0.1:1", &["--ignore-extension", "NONSENSE"]),
        UTF8_BODY,
    );
    assert_eq!(run.status, 64, "{}", run.stderr);
    assert!(
        run.stderr.contains("NONSENSE") && run.stderr.contains("PIPELINING"),
        "{}",
        run.stderr
    );
}

#[test]
fn broken_extension_is_named_in_the_advice() {
    for (rule, option) in [
        (
            ("RCPT", "503 5.5.1 Need MAIL before RCPT"),
            Some("--ignore-extension PIPELINING"),
        ),
        (
            ("MAIL", "501 5.5.4 Syntax error in parameters or arguments"),
            Some("--ignore-extension SIZE"),
        ),
        (("RCPT", "550 5.1.1 No such user"), None),
    ] {
        let server = server(&[rule, OFFERS]);
        let address = server.address.clone();
        let run = run(&send(&address, &["--json"]), UTF8_BODY);
        assert_ne!(run.status, 0, "{}", run.stdout);
        let fix = run.json()["failure"]["fix"].to_string();
        assert_eq!(
            option.is_none(),
            !fix.contains("--ignore-extension"),
            "{fix}"
        );
        assert!(option.is_none_or(|option| fix.contains(option)), "{fix}");
        drop(server.log());
    }
}
