//! What becomes of the result on its way out.

use std::fs::OpenOptions;
use std::io;
use std::process::Command;

use serde_json::json;

use crate::support::{Run, Server, command, feed, run, send};

const MESSAGE: &[u8] = b"From: a@x.test\nTo: b@x.test\n\nHello\n";

const TAKES_ALL: &[(&str, &str)] = &[
    ("greeting", "220 mx.x.test ready"),
    ("EHLO", "250 mx.x.test"),
    ("MAIL", "250 2.1.0 ok"),
    ("RCPT", "250 2.1.5 ok"),
    ("DATA", "354 go on"),
    (".", "250 2.0.0 queued"),
    ("QUIT", "221 2.0.0 bye"),
];

/// With a standard output that takes nothing: a full disk.
fn to_a_full_disk(mut command: Command) -> Run {
    command.stdout(
        OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("the full device"),
    );
    feed(command, MESSAGE)
}

/// With a standard output that nobody reads.
fn to_nobody(mut command: Command) -> Run {
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    command.stdout(writer);
    feed(command, MESSAGE)
}

#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    for arguments in [&[][..], &["--json"]] {
        let server = Server::start(TAKES_ALL);
        let run = to_a_full_disk(command(&send(&server.address, arguments)));
        assert_eq!(run.status, 75, "{}", run.stderr);
        assert!(
            run.stderr.contains("cannot be written to standard output"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("would send it twice"), "{}", run.stderr);
    }
    for arguments in [&["demo"][..], &["--help"], &["--version"]] {
        assert_eq!(
            to_a_full_disk(command(arguments)).status,
            75,
            "{arguments:?}"
        );
    }
    let failed = to_a_full_disk(command(&["send", "--server", "a:b", "--json"]));
    assert_eq!(failed.status, 64, "{}", failed.stderr);
}

#[test]
fn whoever_has_read_enough_may_go_but_an_object_is_read_to_its_end() {
    for (arguments, status) in [(&[][..], 0), (&["--json"], 75)] {
        let server = Server::start(TAKES_ALL);
        assert_eq!(
            to_nobody(command(&send(&server.address, arguments))).status,
            status,
            "{arguments:?}"
        );
    }
}

#[test]
fn no_terminal_obeys_what_a_server_says() {
    let greeting = "220 mx.x.test \u{7f}\u{9b}\u{61c}\u{200b}\u{2028}\u{202e}\u{e0041}ü";
    let server = Server::start(&[&[("greeting", greeting)], TAKES_ALL].concat());
    let run = run(&send(&server.address, &["--json"]), MESSAGE);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let expected = "mx.x.test \\u007f\\u009b\\u061c\\u200b\\u2028\\u202e\\udb40\\udc41ü";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    assert_eq!(
        run.json()["server"]["greeting"],
        json!(greeting.trim_start_matches("220 "))
    );
}
