use super::*;
use crate::reply::Escaped;

#[test]
fn a_short_reply_of_one_line_takes_the_short_way_and_no_other() {
    let limits = |line| ReplyLimits {
        line,
        ..ReplyLimits::DEFAULT
    };
    let takes = |limits, text: &[u8]| {
        ReplyReader::new(limits, BareLf::Tolerate)
            .short_reply(text, text.len())
            .is_some()
    };
    assert!(takes(ReplyLimits::DEFAULT, b"250 2.1.0 Sender OK\r\n"));
    assert!(takes(limits(8), b"250 ok\r\n") && !takes(limits(7), b"250 ok\r\n"));
    assert!(!takes(
        ReplyLimits {
            lines: 0,
            ..ReplyLimits::DEFAULT
        },
        b"250 ok\r\n"
    ));
    for other in [
        b"250-ok\r\n".as_slice(),
        b"250 ok\n",
        b"ok\r\n",
        &[b"250 ".as_slice(), &[b'x'; 40], b"\r\n"].concat(),
    ] {
        assert!(!takes(ReplyLimits::DEFAULT, other), "{}", Escaped(other));
    }
}

#[test]
fn nothing_is_kept_of_what_was_handed_out() {
    let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
    for text in [
        b"250 one\r\n250 t".as_slice(),
        b"wo\r\n250-three\r\n",
        b"250 three\r\n",
    ] {
        reader.receive(text);
        while reader.next().unwrap().is_some() {}
    }
    assert!(reader.is_empty());
    reader.receive(b"25");
    assert_eq!(
        (reader.buffer.len(), reader.taken, reader.line_start),
        (2, 0, 0)
    );
}

#[test]
fn a_line_like_the_first_one_is_passed_over_as_far_as_the_limits_go() {
    let more = |limits, line: &[u8], bare_lf| {
        let mut reader = ReplyReader::new(limits, bare_lf);
        reader.receive(b"250-a\r\n");
        assert_eq!(reader.next(), Ok(None));
        reader.receive(line);
        let passed_over = reader.pass_over(reader.buffer.len()).is_none();
        assert_eq!(
            (reader.line_start, reader.lines),
            if passed_over {
                (reader.buffer.len(), 2)
            } else {
                (7, 1)
            }
        );
        passed_over
    };
    let limits = ReplyLimits {
        line: 8,
        reply: 15,
        lines: 2,
    };
    assert!(more(limits, b"250-bc\r\n", BareLf::Refuse));
    assert!(!more(
        ReplyLimits { line: 7, ..limits },
        b"250-bc\r\n",
        BareLf::Refuse
    ));
    assert!(!more(
        ReplyLimits {
            reply: 14,
            ..limits
        },
        b"250-bc\r\n",
        BareLf::Refuse
    ));
    assert!(!more(
        ReplyLimits { lines: 1, ..limits },
        b"250-bc\r\n",
        BareLf::Refuse
    ));
    for other in [b"250 bc\r\n".as_slice(), b"251-bc\r\n", b"250-bc\n"] {
        assert!(!more(limits, other, BareLf::Tolerate), "{}", Escaped(other));
    }
}

#[test]
fn what_stands_behind_lines_alike_is_left() {
    let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
    reader.receive(b"250-a\r\n");
    assert_eq!(reader.next(), Ok(None));
    reader.receive(b"250-b\r\n250-c\r\n250 d\r\n250 next\r\n");
    assert_eq!(reader.pass_over(14), Some(28));
    assert_eq!(
        (reader.line_start, reader.searched, reader.lines),
        (21, 21, 3)
    );
}
