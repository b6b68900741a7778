use std::io::{Cursor, Write};

use super::*;
use crate::exit;
use mailwright::Cause;

fn message(text: &[u8]) -> Result<Message, Failure> {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(text).expect("written");
    Message::scan(file)
}

fn sent(text: &str) -> String {
    let message = message(text.as_bytes()).unwrap_or_else(|failure| panic!("{}", failure.detail));
    let mut sent = String::new();
    message
        .reader()
        .and_then(|mut reader| reader.read_to_string(&mut sent))
        .expect("read");
    sent
}

#[test]
fn bcc_is_removed_and_the_rest_is_unchanged() {
    let cases = [
        (
            "From: a\nBcc: b,\n c\nTo: d\n\nBcc: body\n",
            "From: a\nTo: d\n\nBcc: body\n",
        ),
        ("bcc: a\r\nBCC:\r\n\tb\r\n\r\nx", "\r\nx"),
        ("To: a\nBcc: b", "To: a\n"),
        ("To: a\rBcc: b\r\rx", "To: a\r\rx"),
        ("Bccx: a\n\nb", "Bccx: a\n\nb"),
        (
            "Resent-From: a\nResent-Bcc: b\nX: y\nresent-bcc: c\nTo: d\n\nx",
            "Resent-From: a\nX: y\nTo: d\n\nx",
        ),
    ];
    for (given, left) in cases {
        assert_eq!(sent(given), left, "{given:?}");
    }
}

#[test]
fn bom_and_mbox_lines_before_the_header_are_dropped() {
    let cases = [
        ("\u{feff}Bcc: a\nTo: b\n\nx", "To: b\n\nx"),
        ("\u{feff}To: a\nBcc: b\n\n\u{feff}", "To: a\n\n\u{feff}"),
        (
            "From a Mon Sep 17\nBcc: a\nTo: b\n\nFrom c",
            "To: b\n\nFrom c",
        ),
        (
            "\u{feff}>From a Mon Sep 17\r\nTo: b\r\nBcc: a\r\n\r\nx",
            "To: b\r\n\r\nx",
        ),
    ];
    for (given, left) in cases {
        assert_eq!(sent(given), left, "{given:?}");
    }
}

#[test]
fn fields_of_the_latest_resent_block_are_chosen() {
    let values = |text: &str| {
        let message =
            message(text.as_bytes()).unwrap_or_else(|failure| panic!("{}", failure.detail));
        message
            .values(Name::To)
            .unwrap_or_else(|failure| panic!("{}", failure.detail))
            .concat()
    };
    assert_eq!(values("To: a\nTo: b\n\n"), b" a\n b\n");
    assert_eq!(
        values("Resent-To: c\nResent-From: d\nResent-To: e\nTo: a\n\n"),
        b" c\n"
    );
    assert_eq!(values("Resent-From: d\nTo: a\n\n"), b"");
}

#[test]
fn a_text_without_a_header_is_refused() {
    for text in [
        b"Hello world\n".as_slice(),
        b"\r\nTo: a\r\nBcc: b\r\n\r\n",
        b"To: a\r\r\nBcc: b\r\r\n",
    ] {
        let failure = message(text).expect_err("refused");
        assert_eq!(
            (failure.cause, failure.status),
            (Cause::ContentRejected, exit::DATA)
        );
        assert!(failure.detail.contains("Line 1"), "{}", failure.detail);
    }
}

#[test]
fn message_id_is_found_in_the_header_only() {
    let long = format!("Message-ID: <{}>\nTo: a\n\n", "x".repeat(1000));
    for (text, id) in [
        ("Message-ID: <1@a.test>\r\n\r\n", Some("<1@a.test>")),
        ("To: a\nmessage-id:<2@a.test>\n\n-", Some("<2@a.test>")),
        (
            "Message-Id:\r\n <3@a.test>\r\nTo: a\r\n\r\n",
            Some("<3@a.test>"),
        ),
        ("To: a\n\nMessage-ID: <4@a.test>\n", None),
        ("X-Message-ID: <5@a.test>\n\n", None),
        ("Resent-Message-ID: <6@a.test>\nTo: a\n\n", None),
        ("Message-ID: \nTo: a\n\n", None),
        ("Message-ID: \x1b[2J\nTo: a\n\n", Some("\\x1b[2J")),
        (&long, None),
    ] {
        let message =
            message(text.as_bytes()).unwrap_or_else(|failure| panic!("{}", failure.detail));
        assert_eq!(message.id().as_deref(), id, "{text:?}");
    }
}

#[test]
fn a_message_can_be_read_again_from_its_start() {
    let message =
        message(b"To: a\nBcc: b\n\nbody").unwrap_or_else(|failure| panic!("{}", failure.detail));
    for _ in 0..2 {
        assert_eq!(message.values(Name::Bcc).ok(), Some(vec![b" b\n".to_vec()]));
        let mut all = Vec::new();
        message
            .reader()
            .and_then(|mut reader| reader.read_to_end(&mut all))
            .expect("read");
        assert_eq!(all, b"To: a\n\nbody");
    }
    assert_eq!(message.size(), 15);
}

#[test]
fn an_empty_message_and_one_with_a_nul_are_refused() {
    for text in [
        b"".as_slice(),
        b"Bcc: a",
        b"\xef\xbb\xbf",
        b"From a b\n",
        b"To: a\n\nb\0c",
    ] {
        let failure = message(text).expect_err("refused");
        assert_eq!(
            (failure.cause, failure.status),
            (Cause::ContentRejected, exit::DATA)
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_an_input_that_cannot_be_read() {
    let failure = Message::read(Some(Path::new("/nonexistent/message"))).expect_err("refused");
    assert_eq!(
        (failure.cause, failure.status),
        (Cause::InvalidInput, exit::NO_INPUT)
    );
    let failure = Message::read(Some(Path::new("/"))).expect_err("refused");
    assert_eq!(failure.status, exit::NO_INPUT);
}

#[test]
fn gaps_are_left_out_whatever_the_buffer() {
    for room in 1..8 {
        let mut reader =
            Gapped::new(Cursor::new("0123456789"), vec![0..2, 4..5, 5..7, 9..10]).expect("rewound");
        let (mut all, mut buffer) = (Vec::new(), vec![0; room]);
        loop {
            match reader.read(&mut buffer).expect("read") {
                0 => break,
                count => all.extend_from_slice(&buffer[..count]),
            }
        }
        assert_eq!(all, b"2378");
    }
}
