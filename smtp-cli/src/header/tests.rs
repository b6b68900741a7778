use super::*;

fn scan(message: &[u8]) -> Result<Header, Flaw> {
    let mut scanner = Scanner::starting_at(0);
    scanner.feed(message);
    scanner.finish()
}

fn fields(message: &str) -> Vec<(Name, &str)> {
    let at = |offset: u64| usize::try_from(offset).expect("an offset");
    let header = scan(message.as_bytes()).unwrap_or_else(|flaw| panic!("{message:?}: {flaw}"));
    header
        .fields
        .iter()
        .map(|field| (field.name, &message[at(field.start)..at(field.end)]))
        .collect()
}

#[test]
fn fields_are_found_whatever_ends_their_lines() {
    for end in ["\r\n", "\n", "\r"] {
        let message = [
            "From: a",
            "BCC : b,",
            "\tc",
            "Subject: Bcc: d",
            "bcc:e",
            "",
            "Bcc: body",
        ]
        .join(end);
        let (bcc, last) = (format!("BCC : b,{end}\tc{end}"), format!("bcc:e{end}"));
        assert_eq!(
            fields(&message),
            [
                (Name::From, &*format!("From: a{end}")),
                (Name::Bcc, &bcc),
                (Name::Bcc, &last)
            ],
            "{end:?}"
        );
    }
}

#[test]
fn a_message_without_a_body_may_end_anywhere() {
    assert_eq!(fields("To: a"), [(Name::To, "To: a")]);
    assert_eq!(fields("To: a\r\n b\r"), [(Name::To, "To: a\r\n b\r")]);
    assert_eq!(fields("To: a\r\n\r"), [(Name::To, "To: a\r\n")]);
    assert_eq!(fields(""), []);
}

#[test]
fn similar_field_names_are_left_alone() {
    assert_eq!(
        fields(
            "Bccs: a\nX-Bcc: b\nBc: d\nResent-Bccs: e\nResent-Bcc-To-Everybody: f\nX-Resent-Bcc: g\n\n"
        ),
        []
    );
}

#[test]
fn resent_fields_belong_to_their_block() {
    let message = "Received: x\nResent-From: a\nResent-To: b\nResent-Date: d\nReceived: x\nResent-Bcc: c\nFrom: o\n\n";
    let adjacent = "Resent-Bcc: a\nResent-X: x\nResent-From: b\nRESENT-TO: c\nResent-To: d\nResent-Cc: e\nTo: o\n\n";
    let found = |message: &str| -> Vec<(Name, Sending)> {
        let header = scan(message.as_bytes()).expect("a header");
        header
            .fields
            .iter()
            .map(|field| (field.name, field.sending))
            .collect()
    };
    use Sending::{Earlier, Latest, Original};
    let expected = [
        (Name::From, Latest),
        (Name::To, Latest),
        (Name::Bcc, Earlier),
        (Name::From, Original),
    ];
    assert_eq!(found(message), expected);
    let expected = [
        (Name::Bcc, Latest),
        (Name::From, Latest),
        (Name::To, Latest),
        (Name::To, Earlier),
        (Name::Cc, Earlier),
        (Name::To, Original),
    ];
    assert_eq!(found(adjacent), expected);
}

#[test]
fn mbox_lines_before_the_header_are_skipped() {
    let cases = [
        (
            "From a@x.test Fri Oct 30 11:05:30 2020\nTo: a\n\n",
            "To: a\n",
        ),
        (
            ">From a@x.test Fri Oct 30 11:05:30 2020\r\nTo: a\r\n\r\n",
            "To: a\r\n",
        ),
        (
            "From 0a0ae3e9 Mon Sep 17 00:00:00 2001\n>From b remote from c\nTo: a\n\n",
            "To: a\n",
        ),
        ("From \nTo: a", "To: a"),
        ("From : a", "From : a"),
    ];
    for (message, first) in cases {
        let header = scan(message.as_bytes()).unwrap_or_else(|flaw| panic!("{message:?}: {flaw}"));
        let start = usize::try_from(header.start).expect("an offset");
        assert!(
            message[start..].starts_with(first),
            "{message:?} starts at {start}"
        );
        assert_eq!(
            fields(message).first().map(|(_, text)| *text),
            Some(first),
            "{message:?}"
        );
    }
    assert_eq!(
        scan(b"From a\n"),
        Ok(Header {
            start: 7,
            fields: Vec::new()
        })
    );
}

#[test]
fn malformed_header_sections_are_refused_with_the_line() {
    let cases: &[(&[u8], Flaw)] = &[
        (b"\r\nTo: a\r\n\r\n", Flaw::NoField { line: 1 }),
        (b"\nTo: a\n\n", Flaw::NoField { line: 1 }),
        (b"From a b\n\nTo: a\n\n", Flaw::NoField { line: 2 }),
        (b" \r\nTo: a\r\n\r\n", Flaw::NotField { line: 1 }),
        (b"\tfolded\nTo: a\n\n", Flaw::NotField { line: 1 }),
        (b"Hello world\n", Flaw::NotField { line: 1 }),
        (b"Hello world", Flaw::NotField { line: 1 }),
        (b"Hello", Flaw::NotField { line: 1 }),
        (b": x\n\n", Flaw::NotField { line: 1 }),
        (b"From\n\n", Flaw::NotField { line: 1 }),
        (b"from a b\n\n", Flaw::NotField { line: 1 }),
        (b"To: a\nHello\nBcc: b\n\n", Flaw::NotField { line: 2 }),
        (
            b"To: a\r\nFrom b c\r\nBcc: b\r\n\r\n",
            Flaw::NotField { line: 2 },
        ),
        (b"To: a\n\xef\xbb\xbfBcc: b\n\n", Flaw::NotField { line: 2 }),
        (b"To: a\n b\n\0Bcc: b\n\n", Flaw::NotField { line: 3 }),
        (b"To: a\nB\xc3\xa9: b\n\n", Flaw::NotField { line: 2 }),
        (
            b"To: a\r\r\nBcc: b\r\r\n\r\r\n",
            Flaw::DoubledCr { line: 1 },
        ),
        (
            b"To: a\r\nCc: c\r\r\nBcc: b\r\n\r\n",
            Flaw::DoubledCr { line: 2 },
        ),
        (b"To: a\n\rBcc: b\n\r\n\r", Flaw::BareCr { line: 2 }),
        (b"To: a\r\n\rBcc: b\r\n\r\n", Flaw::BareCr { line: 2 }),
    ];
    for (message, flaw) in cases {
        assert_eq!(scan(message), Err(*flaw), "{}", message.escape_ascii());
    }
}

#[test]
fn chunk_boundaries_change_nothing() {
    for message in [
        "To: a\r\n\tb\r\nResent-Bcc: c\r\n\r\nBcc: d",
        "From a b\rTo: a\r\rx",
        "To: a\r\r\nx",
        "To: a\n\rx",
    ] {
        let mut scanner = Scanner::starting_at(0);
        let over = message.bytes().position(|octet| !scanner.feed(&[octet]));
        assert!(over.is_some_and(|at| at < message.len()), "{message:?}");
        assert_eq!(scanner.finish(), scan(message.as_bytes()), "{message:?}");
    }
}

#[test]
fn a_header_section_has_a_limit() {
    let most = usize::try_from(MAX_HEADER).expect("a length");
    let fields = "To:\n".repeat(most);
    assert!(scan(&fields.as_bytes()[..most]).is_ok());
    assert_eq!(scan(&fields.as_bytes()[..most + 1]), Err(Flaw::TooLong));
    assert!(scan(format!("To:\n\n{}", "x".repeat(most)).as_bytes()).is_ok());
}
