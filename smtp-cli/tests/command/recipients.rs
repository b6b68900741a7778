//! The command's report on each recipient: as JSON, as text, in the log and in the journal of a
//! batch.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Run, Server, run};

const MESSAGE: &[u8] = b"From: s@x.test\nTo: a@x.test\n\nHello\n";

const RULES: [(&str, &str); 8] = [
    ("greeting", "220 mx.test"),
    ("EHLO", "250-mx.test\r\n250 PIPELINING"),
    ("MAIL", "250 2.1.0 ok"),
    ("RCPT TO:<gone", "550 5.1.1 no such user"),
    ("RCPT", "250 2.1.5 fine"),
    ("DATA", "354 go on"),
    (".", "250 2.0.0 queued"),
    ("", "250 2.0.0 ok"),
];

const TO: [&str; 3] = ["a@x.test", "gone@x.test", "c@x.test"];

struct Sent {
    json: Run,
    text: Run,
    logged: Value,
}

/// Sends to the three recipients through a server with this rule and the others: once as JSON with
/// a log, once as text.
fn sent(rule: (&'static str, &'static str), more: &[&str]) -> Sent {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let log = log.to_str().expect("UTF-8");
    let send = |options: &[&str]| {
        let server = Server::start(&[&[rule], &RULES[..]].concat());
        let to: Vec<&str> = TO.iter().flat_map(|to| ["--to", *to]).collect();
        let plain = [
            "send",
            "--server",
            &server.address,
            "--from",
            "s@x.test",
            "--security",
            "none",
        ];
        run(&[&plain[..], &to, more, options].concat(), MESSAGE)
    };
    let (json, text) = (send(&["--json", "--log", log]), send(&[]));
    let line = fs::read_to_string(log).expect("a log");
    Sent {
        json,
        text,
        logged: serde_json::from_str(&line).expect("one line"),
    }
}

fn codes(json: &Value) -> Value {
    json["recipients"]
        .as_array()
        .expect("recipients")
        .iter()
        .map(|one| one["reply"]["code"].clone())
        .collect()
}

#[test]
fn recipients_show_their_own_replies_and_the_failure_the_rest() {
    let (ok, gone) = (json!(250), json!(550));
    let (plain, all_or_none): (&[&str], &[&str]) = (&[], &["--all-or-none"]);
    let cases = [
        (("NOTHING", ""), all_or_none, json!([ok, gone, ok]), 550),
        (
            ("RCPT TO:<c", "421 4.3.2 shutting down"),
            plain,
            json!([ok, gone, 421]),
            550,
        ),
        (
            ("MAIL", "451 4.7.1 not now"),
            plain,
            json!([null, null, null]),
            451,
        ),
        (
            ("DATA", "554 5.7.1 not that"),
            plain,
            json!([ok, gone, ok]),
            554,
        ),
        (
            (".", "552 5.3.4 too large"),
            plain,
            json!([ok, gone, ok]),
            552,
        ),
    ];
    for (rule, more, expected, code) in cases {
        let Sent { json, text, logged } = sent(rule, more);
        let object = json.json();
        assert_eq!(codes(&object), expected, "{rule:?}: {object}");
        assert_eq!(
            object["failure"]["reply"]["code"], code,
            "{rule:?}: {object}"
        );
        assert!(
            object["recipients"]
                .as_array()
                .expect("recipients")
                .iter()
                .all(|one| one["accepted"] == false)
        );
        for (one, code) in logged["recipients"]
            .as_array()
            .expect("recipients")
            .iter()
            .zip(expected.as_array().unwrap())
        {
            let said = one["reply"]
                .as_str()
                .and_then(|reply| reply.get(..3)?.parse::<u16>().ok());
            assert_eq!(json!(said), *code, "{rule:?}: {logged}");
        }
        for (to, code) in TO.iter().zip(expected.as_array().expect("codes")) {
            let is_refused = text.stdout.contains(&format!("{to}: refused: "));
            assert_eq!(
                is_refused,
                code.as_u64().is_some_and(|code| code >= 400),
                "{rule:?}: {}",
                text.stdout
            );
        }
    }
}

fn batch(folder: &Path, rules: &[(&'static str, &'static str)], more: &[&str]) -> (Value, String) {
    let server = Server::start(rules);
    let path = folder.join("batch");
    let plain = [
        "send",
        "--batch",
        path.to_str().expect("UTF-8"),
        "--server",
        &server.address,
        "--security",
        "none",
    ];
    let run = run(
        &[&plain[..], &["--connections", "1", "--json"], more].concat(),
        b"",
    );
    (
        run.json(),
        fs::read_to_string(folder.join("batch.journal")).expect("a journal"),
    )
}

#[test]
fn journal_keeps_open_what_was_not_refused_for_good_for_all() {
    // The message is refused for good only if each recipient was; the next run sends it to the others.
    let (plain, all_or_none): (&[&str], &[&str]) = (&[], &["--all-or-none"]);
    let cases = [
        (("NOTHING", ""), all_or_none, "refused"),
        (("RCPT TO:<c", "421 4.3.2 shutting down"), plain, "not_sent"),
        (("RCPT", "450 4.2.0 greylisted"), plain, "not_sent"),
        (("RCPT", "550 5.1.1 no such user"), plain, "refused"),
        (("MAIL", "451 4.3.0 not now"), plain, "not_sent"),
        ((".", "554 5.6.0 not that"), plain, "refused"),
    ];
    for (rule, more, outcome) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("1"), MESSAGE).expect("a message");
        let line = json!({"from": "s@x.test", "to": TO, "file": "1"}).to_string();
        fs::write(folder.path().join("batch"), line).expect("a batch");
        // The rule for the unknown recipient precedes the case's own rule for RCPT.
        let rules = [&[RULES[3], rule], &RULES[..]].concat();
        let (object, journal) = batch(folder.path(), &rules, more);
        assert_eq!(object[outcome], 1, "{rule:?}: {object}");
        assert_eq!(
            journal.contains("a@x.test: "),
            rule.0 == "RCPT",
            "{rule:?}: {journal}"
        );
        if outcome == "not_sent" {
            let (object, journal) = batch(folder.path(), &RULES, more);
            assert_eq!(
                (&object["accepted"], &object["recipients_left_out"]),
                (&json!(1), &json!(1)),
                "{object}"
            );
            assert!(
                journal.ends_with("\"left_out\":[\"gone@x.test: 550 5.1.1 no such user\"]}\n"),
                "{journal}"
            );
        }
    }
}
