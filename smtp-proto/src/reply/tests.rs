use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use super::*;

fn read_all(
    chunks: &[&[u8]],
    limits: ReplyLimits,
    bare_lf: BareLf,
) -> Result<Vec<Reply>, ReplyError> {
    let mut reader = ReplyReader::new(limits, bare_lf);
    let mut replies = Vec::new();
    for chunk in chunks {
        reader.receive(chunk);
        while let Some(reply) = reader.next()? {
            replies.push(reply);
        }
    }
    Ok(replies)
}

fn fault(raw: &[u8]) -> ReplyFault {
    Reply::parse(raw)
        .expect_err("should be refused")
        .fault()
        .clone()
}

#[test]
fn replies_are_taken_as_real_servers_send_them() {
    for (raw, code, lines) in [
        (b"250 OK\r\n".as_slice(), 250, vec!["OK"]),
        (b"250\r\n", 250, vec![""]),
        (b"250 \r\n", 250, vec![""]),
        (b"334\r\n", 334, vec![""]),
        (b"334 \r\n", 334, vec![""]),
        (b"250-\r\n250-\r\n250 end\r\n", 250, vec!["", "", "end"]),
        (b"250-a\r\n250\r\n", 250, vec!["a", ""]),
        (b"299 odd but legal\r\n", 299, vec!["odd but legal"]),
        (b"590 odd but legal\r\n", 590, vec!["odd but legal"]),
        (b"250 a\rb\r\n", 250, vec!["a\rb"]),
        (b"250  two blanks\r\n", 250, vec![" two blanks"]),
    ] {
        let reply = Reply::parse(raw).unwrap_or_else(|error| panic!("{}: {error}", Escaped(raw)));
        assert_eq!(reply.code(), code);
        assert!(
            reply.lines().eq(lines.iter().map(|line| line.as_bytes())),
            "{reply:?}"
        );
        assert_eq!(reply.raw(), raw);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_kept() {
    let gbk = b"535 Error: \xc7\xeb\xca\xc8\xd3\xc3\r\n";
    let reply = Reply::parse(gbk).unwrap();
    assert_eq!(reply.lines().next(), Some(&gbk[4..17]));
    assert_eq!(
        reply.to_string(),
        "535 Error: \\xc7\\xeb\\xca\\xc8\\xd3\\xc3"
    );
}

#[test]
fn what_is_no_reply_is_refused_at_the_byte_that_is_wrong() {
    for (raw, offset) in [
        (b"199 low\r\n".as_slice(), 0),
        (b"600 high\r\n", 0),
        (b"2x0 letter\r\n", 1),
        (b"25\r\n", 2),
        (b"\r\n", 0),
        (b"2500 four digits\r\n", 3),
        (b"250\tabc\r\n", 3),
        (b" 250 ok\r\n", 0),
        (b"HTTP/1.1 400 Bad Request\r\n", 0),
    ] {
        let ReplyFault::Malformed { offset: found, .. } = fault(raw) else {
            panic!("{}", Escaped(raw));
        };
        assert_eq!(found, offset, "{}", Escaped(raw));
    }
    assert_eq!(
        fault(b"250-a\r\n251 b\r\n"),
        ReplyFault::CodesDiffer {
            first: 250,
            other: 251
        }
    );
    assert_eq!(fault(b"250-a\r\n"), ReplyFault::Unfinished);
    assert_eq!(fault(b"250 a\r\nx"), ReplyFault::Trailing);
}

#[test]
fn a_bare_lf_is_refused_at_once_or_tolerated_by_choice() {
    assert_eq!(fault(b"250 ok\n"), ReplyFault::BareLf { offset: 6 });
    assert_eq!(
        fault(b"250-ok\n250 ok\r\n"),
        ReplyFault::BareLf { offset: 6 }
    );
    let replies = read_all(
        &[b"250-a\n250 b\r\n250 c\n"],
        ReplyLimits::DEFAULT,
        BareLf::Tolerate,
    )
    .unwrap();
    assert_eq!(replies.len(), 2);
    assert!(replies[0].lines().eq([b"a", b"b"]));
}

#[test]
fn limits_hold_at_the_octet_and_before_the_line_has_ended() {
    let limits = ReplyLimits {
        line: 10,
        lines: 3,
        reply: 25,
    };
    let read = |raw: &[u8]| {
        read_all(&[raw], limits, BareLf::Refuse).map_err(|error| error.fault().clone())
    };
    assert!(read(b"250 5678\r\n").is_ok());
    let line = Err(ReplyFault::LineTooLong { limit: 10 });
    assert_eq!(read(b"250 56789\r\n"), line);
    assert_eq!(read(b"250 5678901"), line);
    assert!(read(b"250 567890").is_ok());
    assert!(read(b"250-\r\n250-\r\n250 \r\n").is_ok());
    assert_eq!(
        read(b"250-\r\n250-\r\n250-\r\n250 \r\n"),
        Err(ReplyFault::TooManyLines { limit: 3 })
    );
    assert_eq!(
        read(b"250-5678\r\n250-5678\r\n250 56"),
        Err(ReplyFault::ReplyTooLong { limit: 25 })
    );
}

#[test]
fn an_enhanced_code_has_three_wide_parts() {
    let enhanced = |text: &str| {
        let reply = Reply::parse(format!("550 {text}\r\n").as_bytes()).unwrap();
        reply.enhanced().map(|code| code.to_string())
    };
    for code in ["5.7.509", "2.0.0", "4.4.2", "5.999.999"] {
        assert_eq!(enhanced(code).as_deref(), Some(code));
        assert_eq!(enhanced(&format!("{code} text")).as_deref(), Some(code));
    }
    for text in [
        "",
        "3.1.1 x",
        "5.7",
        "5.7.",
        "5.7.1000 x",
        "5.7.1: x",
        "1.2.3.4 x",
        "5..1 x",
        "hello 5.7.1",
        " 5.7.1",
    ] {
        assert_eq!(enhanced(text), None, "{text:?}");
    }
}

#[test]
fn chunks_change_nothing() {
    // The third is too long to be copied, and shares the buffer that the others are read from.
    let stream = b"220 hi\r\n250-a\r\n250-\r\n250 b\r\n354 go ahead; end with a line that has nothing but a dot\r\n\
                   250 2.0.0 a bit longer than what is copied\r\n550 5.1.1 no\r\n";
    let whole = read_all(&[stream], ReplyLimits::DEFAULT, BareLf::Refuse).unwrap();
    assert_eq!(whole.len(), 5);
    assert_eq!(
        whole.iter().map(Reply::raw).collect::<Vec<_>>().concat(),
        stream
    );
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(
        read_all(&bytes, ReplyLimits::DEFAULT, BareLf::Refuse).unwrap(),
        whole
    );
    for at in 0..stream.len() {
        let (a, b) = stream.split_at(at);
        assert_eq!(
            read_all(&[a, b], ReplyLimits::DEFAULT, BareLf::Refuse).unwrap(),
            whole
        );
    }
}

#[test]
fn a_server_cannot_move_the_cursor_of_a_terminal() {
    let reply = Reply::parse("550 \u{1b}[2Jü\u{9b}31m\u{202e}\u{7}\r\n".as_bytes()).unwrap();
    assert_eq!(
        reply.to_string(),
        "550 \\x1b[2Jü\\xc2\\x9b31m\\xe2\\x80\\xae\\x07"
    );
}

#[test]
fn a_compact_reply_is_the_same_reply() {
    let reply = Reply::parse(b"250 kept\r\n").unwrap();
    assert_eq!(reply.compact(), reply);
    assert_eq!(format!("{reply:?}"), String::from("Reply(250 kept)"));
}

#[test]
fn a_code_is_of_one_kind_by_its_first_digit() {
    let kinds = |code: ReplyCode| {
        let is = [
            code.is_positive_completion(),
            code.is_positive_intermediate(),
            code.is_transient(),
            code.is_permanent(),
            code.is_negative(),
        ];
        is.map(u8::from)
    };
    for (codes, expected) in [
        ([200, 299], [1, 0, 0, 0, 0]),
        ([300, 399], [0, 1, 0, 0, 0]),
        ([400, 499], [0, 0, 1, 0, 1]),
        ([500, 599], [0, 0, 0, 1, 1]),
    ] {
        for code in codes {
            assert_eq!(kinds(ReplyCode(code)), expected, "{code}");
        }
    }
}

#[test]
fn the_limits_are_those_that_the_documentation_names() {
    assert_eq!(
        ReplyLimits::default(),
        ReplyLimits {
            line: 2048,
            lines: 1024,
            reply: 65_536
        }
    );
}

#[test]
fn a_reply_may_be_as_long_as_its_limit_and_no_longer() {
    let limits = ReplyLimits {
        line: 10,
        lines: 10,
        reply: 20,
    };
    let read = |raw: &[u8]| read_all(&[raw], limits, BareLf::Refuse).map(|replies| replies.len());
    assert_eq!(read(b"250-4567\r\n250 4567\r\n"), Ok(1));
    let error = read(b"250-4567\r\n250-4567\r\n250\r\n").unwrap_err();
    assert_eq!(
        (error.line(), error.fault()),
        (3, &ReplyFault::ReplyTooLong { limit: 20 })
    );
}

#[test]
fn an_error_says_in_which_line_and_shows_how_it_begins() {
    let error = Reply::parse(b"250-one\r\n25x \x1b[2J\r\n").unwrap_err();
    assert_eq!(error.line(), 2);
    assert_eq!(
        error.to_string(),
        r#"line 2 is no reply line: byte 2 of "25x \x1b[2J" is wrong"#
    );
    let ReplyFault::Malformed { excerpt, .. } = error.fault() else {
        panic!("{error:?}")
    };
    assert_eq!(format!("{excerpt:?}"), r#""25x \x1b[2J""#);
}

#[test]
fn reply_codes_compare_with_and_convert_from_numbers() {
    let code = Reply::parse(b"451 later\r\n").unwrap().code();
    assert_eq!((code == 451, code == 450), (true, false));
    assert_eq!((451 == code, 450 == code), (true, false));
    assert_eq!((code < 500, code < 451), (true, false));
    assert_eq!((400 < code, 451 < code), (true, false));
    assert_eq!(u16::from(code), 451);
    for number in [0, 199, 600, 1000, u16::MAX] {
        assert!(ReplyCode::try_from(number).is_err(), "{number}");
        assert!(number.to_string().parse::<ReplyCode>().is_err(), "{number}");
    }
    for number in [200, 451, 599] {
        assert!(ReplyCode::try_from(number).unwrap() == number);
        assert!(number.to_string().parse::<ReplyCode>().unwrap() == number);
    }
    for text in ["", "25", "250 ", "250-", "250 OK", "+25", "2500", "25\r"] {
        assert!(text.parse::<ReplyCode>().is_err(), "{text:?}");
    }
}

#[test]
fn enhanced_codes_parse_from_their_text_only() {
    for text in ["2.0.0", "5.7.509", "4.999.999"] {
        assert_eq!(
            text.parse::<EnhancedCode>().map(|code| code.to_string()),
            Ok(String::from(text))
        );
    }
    for text in [
        "",
        "3.1.1",
        "5.7",
        "5.7.1000",
        "5.7.1 ",
        "5.7.1 x",
        " 5.7.1",
        "5.7.1\r\n",
    ] {
        assert!(text.parse::<EnhancedCode>().is_err(), "{text:?}");
    }
}
