use std::io::{Read, Seek, Write};

use clap::Parser;

use super::*;
use crate::args::{Cli, Command};
use crate::exit;

fn composed(options: &[&str]) -> Result<String, Failure> {
    let line = ["smtp", "send", "--server", "mail.example.test"]
        .iter()
        .chain(options);
    let Command::Send(args) = Cli::try_parse_from(line).expect("a command line").command else {
        panic!("another command")
    };
    let mut file = compose(&args.content, &Addresses::of(&args)?)?;
    let mut text = String::new();
    file.rewind()
        .and_then(|()| file.read_to_string(&mut text))
        .expect("read");
    Ok(text)
}

fn text(options: &[&str]) -> String {
    composed(options).unwrap_or_else(|failure| panic!("{}", failure.detail))
}

#[test]
fn a_message_has_the_fields_that_every_message_needs() {
    let message = text(&[
        "--from",
        "a@x.test",
        "--to",
        "b@x.test",
        "--cc",
        "c@x.test",
        "--subject",
        "Grüße",
        "--body",
        "Hi",
    ]);
    for part in [
        "From: <a@x.test>",
        "To: <b@x.test>",
        "Cc: <c@x.test>",
        "Subject: =?utf-8?",
        "Date: ",
        "Message-ID: <",
        "@x.test>",
        "Hi",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn names_stand_in_the_fields_of_a_made_message() {
    let cases = [
        ("Alice Doe <a@x.test>", "\"Alice Doe\" <a@x.test>"),
        ("<a@x.test>", "<a@x.test>"),
        ("\"Doe, Alice\" <a@x.test>", "\"Doe, Alice\" <a@x.test>"),
        (
            "Ünal \"Ü\" Doe <a@x.test>",
            "=?utf-8?B?w5xuYWwgw5wgRG9l?= <a@x.test>",
        ),
    ];
    for (given, written) in cases {
        for (option, field) in [("--from", "From"), ("--to", "To"), ("--cc", "Cc")] {
            let from = ["--from", "other@x.test"];
            let others = if option == "--from" {
                &[][..]
            } else {
                &from[..]
            };
            let message = text(&[&[option, given, "--body", "Hi"], others].concat());
            assert!(
                message.contains(&format!("{field}: {written}\r\n")),
                "{option} {given}: {message}"
            );
        }
    }
}

#[test]
fn subject_and_body_may_begin_with_a_hyphen() {
    let message = text(&[
        "--from",
        "a@x.test",
        "--to",
        "b@x.test",
        "--subject",
        "- 5 % off",
        "--body",
        "--\nAlice",
    ]);
    assert!(
        message.contains("Subject: - 5 % off\r\n") && message.contains("\r\n\r\n--\r\nAlice"),
        "{message}"
    );
}

#[test]
fn nobody_learns_of_bcc() {
    let message = text(&[
        "--from",
        "a@x.test",
        "--to",
        "b@x.test",
        "--bcc",
        "hidden@x.test",
        "--body",
        "Hi",
    ]);
    assert!(!message.to_lowercase().contains("bcc") && !message.contains("hidden"));
}

#[test]
fn the_envelope_sender_is_no_part_of_the_message() {
    let message = text(&[
        "--from",
        "a@x.test",
        "--envelope-from",
        "bounces@x.test",
        "--to",
        "b@x.test",
        "--body",
        "Hi",
    ]);
    assert!(!message.contains("bounces"));
}

#[test]
fn a_text_its_html_and_an_attachment_become_one_message() {
    let mut file = tempfile::Builder::new()
        .suffix(".pdf")
        .tempfile()
        .expect("a file");
    file.write_all(b"%PDF").expect("written");
    let path = file.path().to_str().expect("a name");
    let message = text(&[
        "--from", "a@x.test", "--to", "b@x.test", "--body", "Hi", "--html", "<p>Hi", "--attach",
        path,
    ]);
    for part in [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
        "JVBERg==",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn what_no_text_part_may_hold_is_attached_as_any_octets() {
    for (content, is_text) in [
        ("a\0b", false),
        ("a\rb", false),
        ("a\r", false),
        ("a\r\nb", true),
        ("a\nb", true),
    ] {
        let mut file = tempfile::Builder::new()
            .suffix(".csv")
            .tempfile()
            .expect("a file");
        file.write_all(content.as_bytes()).expect("written");
        let message = text(&[
            "--from",
            "a@x.test",
            "--attach",
            file.path().to_str().expect("a name"),
        ]);
        assert_eq!(
            message.contains("text/csv"),
            is_text,
            "{content:?}: {message}"
        );
        assert_eq!(
            message.contains("application/octet-stream"),
            !is_text,
            "{content:?}: {message}"
        );
        assert_eq!(
            message.contains("base64"),
            !is_text,
            "{content:?}: {message}"
        );
    }
}

#[test]
fn bad_values_are_refused_by_name() {
    let cases: &[(&[&str], u8, &str)] = &[
        (
            &["--from", "a@x.test", "--subject", "a\r\nBcc: b"],
            exit::USAGE,
            "--subject: byte 0x0d at offset 1",
        ),
        (
            &["--from", "a@x.test", "--subject", "a\nb"],
            exit::USAGE,
            "--subject: byte 0x0a at offset 1",
        ),
        (
            &["--from", "a@x.test\r\nDATA", "--subject", "a"],
            exit::DATA,
            "--from: byte 0x0d at offset 8",
        ),
        (
            &["--from", "a@x.test", "--to", "b\n@x.test", "--subject", "a"],
            exit::DATA,
            "--to: byte 0x0a at offset 1",
        ),
        (
            &["--from", "A\r\nBcc: b@x.test, <a@x.test>", "--body", ""],
            exit::DATA,
            "--from: byte 0x0d at offset 1",
        ),
        (
            &["--from", "Doe, A <a@x.test>", "--body", ""],
            exit::DATA,
            "--from: “Doe” is no address",
        ),
        (
            &["--from", "a: B <a@x.test>", "--body", ""],
            exit::DATA,
            "--from: “a” is followed by a colon: put a display name",
        ),
        (
            &["--from", "a@x.test, B <b@x.test>", "--body", ""],
            exit::DATA,
            "one address is needed",
        ),
        (
            &["--from", "A <postmaster>", "--body", ""],
            exit::DATA,
            "--from: ",
        ),
        (
            &[
                "--from",
                "a@x.test",
                "--to",
                "b@x.test <c@x.test>",
                "--body",
                "",
            ],
            exit::DATA,
            "--to: “b@x.test” runs on",
        ),
        (&["--subject", "a"], exit::USAGE, "--from"),
        (
            &["--from", "a@x.test", "--attach", "/nonexistent/file"],
            exit::NO_INPUT,
            "--attach: /nonexistent/file",
        ),
    ];
    for (options, status, told) in cases {
        let failure = composed(options).expect_err("refused");
        assert_eq!(failure.status, *status, "{options:?}");
        assert!(failure.detail.contains(told), "{}", failure.detail);
    }
}

#[test]
fn a_domain_of_umlauts_is_written_in_ascii_and_a_local_part_of_them_is_not() {
    let message = text(&[
        "--from",
        "a@bücher.example",
        "--to",
        "ü@bücher.example",
        "--body",
        "Hi",
    ]);
    assert!(
        message.contains("From: <a@xn--bcher-kva.example>"),
        "{message}"
    );
    assert!(message.contains("To: <ü@bücher.example>"), "{message}");
    assert!(message.contains("@xn--bcher-kva.example>"), "{message}");
}
