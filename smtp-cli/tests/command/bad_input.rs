//! What is refused before anything is connected to.

use std::fs;

use serde_json::{Value, json};

use crate::support::{command, feed, run, send};

/// A server that must not be needed.
const NOWHERE: &str = "127.0.0.1:1";

const MESSAGE: &[u8] = b"From: a@x.test\nTo: b@x.test\n\nHello\n";

#[test]
fn usage_errors_have_the_status_of_sysexits() {
    let cases: &[&[&str]] = &[
        &[],
        &["no-such-command"],
        &["send"],
        &["send", "--no-such-option"],
        &["send", "--server", NOWHERE, "--security", "maybe"],
        &[
            "send",
            "--server",
            NOWHERE,
            "--user",
            "u",
            "--auth",
            "NO-SUCH-MECHANISM",
        ],
        &["send", "--server", "a:b"],
        &["send", "--server", "127.1:25"],
        &[
            "send",
            "--server",
            "smtps://a.test",
            "--security",
            "starttls",
        ],
        &["send", "--server", "http://a.test"],
        &["send", "--mx", "smtp://a.test"],
        &["send", "--server", NOWHERE, "--timeout", "0"],
        &["send", "--server", NOWHERE, "--password", "secret"],
        &["send", "--server", NOWHERE, "--password-file", "file"],
        &["send", "--server", NOWHERE, "file", "--subject", "s"],
        &["send", "--server", NOWHERE, "--client-cert", "file"],
        &["send", "--server", NOWHERE, "--mx", "x.test"],
        &["send", "--server", "unix:/nonexistent/lmtp"],
        &["check", "--server", "unix:/nonexistent/lmtp", "--lmtp"],
        &["send", "--server", NOWHERE, "--notify", "never,success"],
        &["send", "--server", NOWHERE, "--ret", "nothing"],
        &["send", "--server", NOWHERE, "--envid", "two\r\nlines"],
        &["send", "--server", NOWHERE, "--priority", "10"],
        &["send", "--server", NOWHERE, "--deliver-by", "0r"],
        &["send", "--server", NOWHERE, "--hold-for", "0"],
    ];
    for arguments in cases {
        let run = run(arguments, MESSAGE);
        assert_eq!(run.status, 64, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stdout.is_empty() && !run.stderr.is_empty(),
            "{arguments:?}"
        );
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["send", "--help"],
        &["sink", "--help"],
    ] {
        let run = run(arguments, b"");
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!run.stdout.is_empty());
    }
}

#[test]
fn whatever_would_reach_the_wire_is_checked_by_name_and_offset() {
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["--to", "c@x.test\r\nDATA"],
            65,
            "--to: byte 0x0d at offset 8",
        ),
        (&["--cc", "c\n@x.test"], 65, "--cc: byte 0x0a at offset 1"),
        (&["--bcc", "c@x.test\n"], 65, "--bcc: byte 0x0a at offset 8"),
        (
            &["--envelope-from", "<a@x.test>\r\n"],
            65,
            "--envelope-from",
        ),
        (&["--to", "nobody"], 65, "--to"),
        (
            &["--ehlo", "x.test\r\nMAIL"],
            64,
            "--ehlo: byte 0x0d at offset 6",
        ),
        (&["--user", "u\nv"], 64, "--user: byte 0x0a at offset 1"),
        (
            &["--subject", "s\r\nBcc: c@x.test"],
            64,
            "--subject: byte 0x0d at offset 1",
        ),
        (
            &["--ca-file", "/nonexistent/ca.pem"],
            66,
            "--ca-file: /nonexistent/ca.pem",
        ),
        (
            &["--subject", "s", "--attach", "/nonexistent/file"],
            66,
            "--attach: /nonexistent/file",
        ),
        (
            &["--user", "u", "--password-file", "/nonexistent/file"],
            66,
            "--password-file: /nonexistent/file",
        ),
        (
            &["--user", "u", "--password-command", "exit 3"],
            66,
            "--password-command",
        ),
        (&["--user", "u"], 64, "--user"),
        (&["/nonexistent/message"], 66, "FILE: /nonexistent/message"),
    ];
    for (options, status, told) in cases {
        let run = run(
            &send(NOWHERE, &[options, &["--json"][..]].concat()),
            MESSAGE,
        );
        assert_eq!(run.status, *status, "{options:?}: {}", run.stderr);
        let report = run.json();
        assert_eq!(
            (&report["server"], &report["accepted"]),
            (&Value::Null, &Value::Bool(false)),
            "{options:?}"
        );
        assert_eq!(report["failure"]["cause"], "invalid-input", "{options:?}");
        assert_eq!(report["failure"]["phase"], "config", "{options:?}");
        let detail = report["failure"]["detail"].as_str().expect("a detail");
        assert!(detail.contains(told), "{options:?}: {detail}");
        assert!(run.stderr.contains(told), "{options:?}: {}", run.stderr);
    }
}

#[test]
fn an_empty_message_and_one_with_a_nul_are_refused() {
    for message in [b"".as_slice(), b"To: b@x.test\n\na\0b\n"] {
        let run = run(&send(NOWHERE, &["--json"]), message);
        assert_eq!(run.status, 65);
        assert_eq!(run.json()["failure"]["cause"], "content-rejected");
    }
}

#[test]
fn an_envelope_needs_a_sender_and_a_recipient() {
    let cases: &[(&[&str], &[u8], i32)] = &[
        (&["--from", "a@x.test"], MESSAGE, 64),
        (&["--from", "a@x.test", "-t"], b"Subject: s\n\nx", 64),
        (
            &["--from", "a@x.test", "-t"],
            b"To: b@x.test, nobody here\n\nx",
            65,
        ),
        (
            &["--from", "a@x.test", "-t"],
            b"To: <c@x.test> <d@x.test>\n\nx",
            65,
        ),
        (
            &["--from", "a@x.test", "-t"],
            b"To: c@x.test: d@x.test\n\nx",
            65,
        ),
        (
            &["--from", "a@x.test", "-t"],
            b"To: c@x.test:, d@x.test\n\nx",
            65,
        ),
        (
            &["--from", "a@x.test", "-t"],
            b"To: <c@x.test>x@y.test\n\nx",
            65,
        ),
        (&["--to", "b@x.test"], b"Subject: s\n\nx", 64),
        (&["--to", "b@x.test"], b"From: a@x.test, c@x.test\n\nx", 64),
        (
            &["--to", "b@x.test"],
            b"From: a@x.test, c@x.test\nSender: a@x.test, c@x.test\n\nx",
            64,
        ),
        (
            &["--to", "b@x.test"],
            b"Resent-To: b@x.test\nFrom: a@x.test\n\nx",
            64,
        ),
        (
            &["--from", "a@x.test", "-t"],
            b"Resent-From: a@x.test\nTo: b@x.test\n\nx",
            64,
        ),
        (&["--to", "b@x.test", "--subject", "s"], b"", 64),
    ];
    for (options, message, status) in cases {
        let run = run(
            &[&["send", "--server", NOWHERE], *options].concat(),
            message,
        );
        assert_eq!(run.status, *status, "{options:?}: {}", run.stderr);
    }
}

#[test]
fn a_text_without_a_header_is_refused_with_the_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, batch) = (folder.path().join("1.eml"), folder.path().join("batch"));
    let entry = json!({"from": "a@x.test", "to": ["b@x.test"], "file": "1.eml"});
    fs::write(&batch, format!("{entry}\n")).expect("written");
    let (file, batch) = (
        file.to_str().expect("a name"),
        batch.to_str().expect("a name"),
    );
    let cases: &[(&[u8], &str)] = &[
        (b"Hello world\n", "Line 1 of"),
        (
            b"\r\nFrom: a@x.test\r\nBcc: c@x.test\r\n\r\nHello\r\n",
            "Line 1 of",
        ),
        (
            b"From: a@x.test\nTo: b@x.test\nHello\nBcc: c@x.test\n",
            "Line 3 of",
        ),
        (b"From: a@x.test\r\r\nBcc: c@x.test\r\r\n\r\r\n", "CR CR LF"),
    ];
    for (message, told) in cases {
        fs::write(file, message).expect("written");
        for arguments in [
            &["--from", "a@x.test", "--to", "b@x.test"][..],
            &["-t", "-"],
            &["--lmtp", "-t", file],
            &["--batch", batch],
        ] {
            let run = run(
                &[
                    &["send", "--json", "--server", NOWHERE, "--security", "none"],
                    arguments,
                ]
                .concat(),
                message,
            );
            let failure = &run.json()["failure"];
            assert_eq!(
                (run.status, &failure["cause"]),
                (65, &json!("content-rejected")),
                "{arguments:?}: {}",
                run.stderr
            );
            assert!(
                failure["detail"]
                    .as_str()
                    .is_some_and(|detail| detail.contains(told)),
                "{arguments:?}: {failure}"
            );
        }
    }
}

#[test]
fn a_header_section_without_end_is_refused() {
    let run = run(
        &send(NOWHERE, &["--json"]),
        "To:\n".repeat(300_000).as_bytes(),
    );
    let report = run.json();
    assert_eq!(
        (run.status, &report["failure"]["cause"]),
        (65, &Value::from("content-rejected")),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("header section is longer than 1048576 octets"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_not_the_messages_fault() {
    for arguments in [&[][..], &["--subject", "s"]] {
        let mut command = command(&send(NOWHERE, arguments));
        command.env("TMPDIR", "/nonexistent");
        let run = feed(command, MESSAGE);
        assert_eq!(run.status, 75, "{}", run.stderr);
        assert!(
            run.stderr.contains("temporary file in /nonexistent"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn certificates_and_keys_are_options_like_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, content: String| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("written");
        path.to_str().expect("a name").to_owned()
    };
    let bad = write(
        "bad.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
    );
    let (one, other) = (
        rcgen::KeyPair::generate().expect("a key"),
        rcgen::KeyPair::generate().expect("a key"),
    );
    let params = rcgen::CertificateParams::new(["x.test".to_owned()]).expect("parameters");
    let certificate = write(
        "certificate.pem",
        params.self_signed(&one).expect("a certificate").pem(),
    );
    let key = write("key.pem", other.serialize_pem());
    for options in [
        &["--ca-file", &bad][..],
        &["--client-cert", &certificate, "--client-key", &key],
    ] {
        let plain = [
            "send", "--server", NOWHERE, "--from", "a@x.test", "--to", "b@x.test", "--json",
        ];
        let run = run(&[&plain, options].concat(), MESSAGE);
        assert_eq!(
            (run.status, &run.json()["failure"]["phase"]),
            (64, &Value::from("config")),
            "{}",
            run.stderr
        );
        assert_eq!(run.json()["failure"]["cause"], "invalid-input");
    }
}

#[test]
fn secrets_are_checked_before_connecting() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    let name = file.to_str().expect("a name");
    let both = [
        (b"".as_slice(), "empty"),
        (b"\n", "empty"),
        (b"a\0b", "NUL at offset 1"),
        (b"\xef\xbb\xbfa\r\n", "byte order mark"),
        (b"\xff\xfea\0\n\0", "UTF-16"),
        (b"a\n\n", "more than one line end"),
        (b"a\nb\n", "more than one line end"),
    ];
    for (content, told) in both {
        fs::write(&file, content).expect("written");
        for option in ["--password-file", "--token-file"] {
            let run = run(&send(NOWHERE, &["--user", "u", option, name]), MESSAGE);
            assert_eq!(run.status, 65, "{}", run.stderr);
            assert!(
                run.stderr.contains(option) && run.stderr.contains(told),
                "{}",
                run.stderr
            );
        }
    }
    for (content, told) in [
        ("{\"access_token\":\"t\"}", "JSON"),
        ("\"t\"", "quotes"),
        ("t ", "blank at offset 1"),
    ] {
        fs::write(&file, content).expect("written");
        let as_file = run(
            &send(NOWHERE, &["--user", "u", "--token-file", name]),
            MESSAGE,
        );
        let command_line = format!("cat {name}");
        let as_output = run(
            &send(NOWHERE, &["--user", "u", "--token-command", &command_line]),
            MESSAGE,
        );
        let mut as_variable = command(&send(NOWHERE, &["--user", "u"]));
        as_variable.env("SMTP_TOKEN", content);
        for run in [as_file, as_output, feed(as_variable, MESSAGE)] {
            assert!(
                run.status == 65 && run.stderr.contains(told),
                "{}",
                run.stderr
            );
        }
    }
    fs::write(&file, "a\0b").expect("written");
    let mut both = command(&send(
        NOWHERE,
        &[
            "--user",
            "u",
            "--token-command",
            "echo a",
            "--password-file",
            name,
        ],
    ));
    both.env("SMTP_PASSWORD", "unused");
    let run = feed(both, MESSAGE);
    assert!(
        run.status == 65 && run.stderr.contains("--password-file: NUL at offset 1"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_login_that_nothing_was_given_for_says_what_to_give() {
    let cases = [
        (
            ["XOAUTH2", "OAUTHBEARER"],
            77,
            "--token-file, --token-command or $SMTP_TOKEN",
        ),
        (["EXTERNAL", "PLAIN"], 64, "--client-cert and --client-key"),
    ];
    for ([first, second], status, told) in cases {
        let mut command = command(&send(
            NOWHERE,
            &["--user", "u", "--auth", first, "--auth", second, "--json"],
        ));
        command.env("SMTP_PASSWORD", "unused");
        let run = feed(command, MESSAGE);
        let failure = &run.json()["failure"];
        assert_eq!(
            (run.status, &failure["phase"]),
            (status, &Value::from("config")),
            "{}",
            run.stderr
        );
        assert!(
            failure["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains(told)),
            "{failure}"
        );
        assert!(
            failure["fix"].as_array().is_some_and(|fix| !fix.is_empty()),
            "{failure}"
        );
    }
}

#[test]
fn a_usage_error_is_one_object_with_json() {
    let run = run(&["send", "--json", "--server", "a:b"], b"");
    assert_eq!(
        (run.status, &run.json()["failure"]["cause"]),
        (64, &Value::from("invalid-input"))
    );
}

#[test]
fn a_closed_port_is_told_with_the_recipients_that_were_meant() {
    let closed = run(&send(NOWHERE, &["--json"]), MESSAGE);
    assert_eq!(
        (closed.status, &closed.json()["failure"]["cause"]),
        (69, &Value::from("connection-refused"))
    );
    assert_eq!(closed.json()["recipients"][0]["address"], "b@x.test");
}
