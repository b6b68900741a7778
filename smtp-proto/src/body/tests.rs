use alloc::format;
use alloc::vec::Vec;

use super::*;

fn frame(chunks: &[&[u8]]) -> Vec<u8> {
    let mut framer = BodyEncoder::new(LineEnds::Normalise);
    let mut wire = Vec::new();
    for (i, chunk) in chunks.iter().enumerate() {
        let framed = framer.frame(chunk, i + 1 == chunks.len()).unwrap();
        assert!(framed.slices().all(|slice| !slice.is_empty()));
        assert_eq!(framed.len(), framed.to_vec().len());
        wire.extend(framed.to_vec());
    }
    wire
}

/// What a reader by the letter of RFC 5321 takes for the message, and whatever follows its end.
fn read_strictly(wire: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut message = Vec::new();
    let mut rest = wire;
    loop {
        let end = rest
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .expect("a line end")
            + 2;
        let (line, behind) = rest.split_at(end);
        rest = behind;
        match line {
            b".\r\n" => return (message, rest.to_vec()),
            _ => message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line)),
        }
    }
}

const CASES: &[(&[u8], &[u8])] = &[
    (b"", b".\r\n"),
    (b"a", b"a\r\n.\r\n"),
    (b"a\r\n", b"a\r\n.\r\n"),
    (b"a\n", b"a\r\n.\r\n"),
    (b"a\r", b"a\r\n.\r\n"),
    (b".", b"..\r\n.\r\n"),
    (b".\r\n", b"..\r\n.\r\n"),
    (b"..\r\n", b"...\r\n.\r\n"),
    (b"a\r\n.\r\nb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\r.\rb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\r\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\n.\r\nb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\r\r\nb", b"a\r\n\r\nb\r\n.\r\n"),
    (b"a\n\rb", b"a\r\n\r\nb\r\n.\r\n"),
    (b"\r\n", b"\r\n.\r\n"),
    (b"\n\n\n", b"\r\n\r\n\r\n.\r\n"),
    (b"\r\r\r", b"\r\n\r\n\r\n.\r\n"),
    (b"a.b\r\nc.d\r\n", b"a.b\r\nc.d\r\n.\r\n"),
    (b"\xff\x00\r\n.\xff", b"\xff\x00\r\n..\xff\r\n.\r\n"),
];

#[test]
fn every_message_ends_once_wherever_its_chunks_are_cut() {
    for (message, expected) in CASES {
        assert_eq!(&frame(&[message]), expected, "{}", message.escape_ascii());
        let mut bytes: Vec<&[u8]> = message.chunks(1).collect();
        bytes.push(b"");
        assert_eq!(
            &frame(&bytes),
            expected,
            "{} byte by byte",
            message.escape_ascii()
        );
        for at in 0..=message.len() {
            let (a, b) = message.split_at(at);
            assert_eq!(
                &frame(&[a, b]),
                expected,
                "{} cut at {at}",
                message.escape_ascii()
            );
            assert_eq!(
                &frame(&[a, b"", b, b""]),
                expected,
                "{} cut at {at}",
                message.escape_ascii()
            );
        }
    }
}

#[test]
fn a_strict_reader_finds_the_normalised_message_and_nothing_behind_it() {
    for (message, _) in CASES {
        let (read, rest) = read_strictly(&frame(&[message]));
        let mut scan = MessageScan::default();
        scan.update(message);
        assert_eq!(read.len() as u64, scan.size(), "{}", message.escape_ascii());
        assert!(rest.is_empty());
    }
}

#[test]
fn message_scan_is_independent_of_the_cuts() {
    for (message, _) in CASES {
        let mut whole = MessageScan::default();
        whole.update(message);
        let mut bytes = MessageScan::default();
        message.chunks(1).for_each(|byte| bytes.update(byte));
        assert_eq!(format!("{whole:?}"), format!("{bytes:?}"));
    }
}

#[test]
fn a_framed_chunk_that_is_dropped_changes_nothing_for_the_next() {
    let mut framer = BodyEncoder::new(LineEnds::Normalise);
    drop(framer.frame(b"a\r", false).unwrap());
    assert_eq!(
        framer.frame(b"\n.b", true).unwrap().to_vec(),
        b"\r\n..b\r\n.\r\n"
    );
}

#[test]
fn bare_line_ends_are_refused_on_request_at_their_offset() {
    for (chunks, offset) in [
        (vec_of(&["a\nb"]), Some(1)),
        (vec_of(&["a\rb"]), Some(1)),
        (vec_of(&["\n"]), Some(0)),
        (vec_of(&["ab\r\nc\r"]), Some(5)),
        (vec_of(&["ab\r", "c"]), Some(2)),
        (vec_of(&["ab\r", "\r\n"]), Some(2)),
        (vec_of(&["ab\r\n", "\n"]), Some(4)),
        (vec_of(&["a\r\n\r\r\n"]), Some(3)),
        (vec_of(&["ab\r", "\nc\r\n"]), None),
        (vec_of(&["ab\r", "", "\nc"]), None),
        (vec_of(&["\r\n\r\n"]), None),
        (vec_of(&[""]), None),
    ] {
        let mut framer = BodyEncoder::new(LineEnds::Refuse);
        let last = chunks.len() - 1;
        let fault = chunks
            .iter()
            .enumerate()
            .find_map(|(i, chunk)| framer.frame(chunk, i == last).err());
        assert_eq!(fault.map(|fault| fault.offset()), offset, "{chunks:?}");
    }
}

fn vec_of<'a>(chunks: &[&'a str]) -> Vec<&'a [u8]> {
    chunks.iter().map(|chunk| chunk.as_bytes()).collect()
}

#[test]
fn a_bare_line_end_is_told_with_its_place() {
    let error = BodyEncoder::new(LineEnds::Refuse)
        .frame(b"one\r\ntwo\n", true)
        .unwrap_err();
    assert!(format!("{error}").contains("offset 8"), "{error}");
}

#[test]
fn message_scan_reports_size_8bit_nul_and_empty() {
    let scan = |chunks: &[&[u8]]| {
        let mut scan = MessageScan::default();
        chunks.iter().for_each(|chunk| scan.update(chunk));
        (scan.size(), scan.is_8bit(), scan.nul(), scan.is_empty())
    };
    assert_eq!(scan(&[]), (0, false, None, true));
    assert_eq!(scan(&[b"", b""]), (0, false, None, true));
    assert_eq!(scan(&[b"a"]), (3, false, None, false));
    assert_eq!(scan(&[b"\xff", b"a\r\n"]), (4, true, None, false));
    assert_eq!(scan(&[b"a\r", b"\n"]), (3, false, None, false));
    assert_eq!(scan(&[b"ab", b"c\0\0", b"\0"]), (8, false, Some(3), false));
    assert_eq!(scan(&[b"\0\r\n"]), (3, false, Some(0), false));
}

/// Every CR LF, CR or LF is one line end, and the last line has one.
fn normalised(message: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for (i, &octet) in message.iter().enumerate() {
        match octet {
            b'\n' if i > 0 && message[i - 1] == b'\r' => {}
            b'\r' | b'\n' => lines.extend(b"\r\n"),
            other => lines.push(other),
        }
    }
    if message
        .last()
        .is_some_and(|octet| !matches!(octet, b'\r' | b'\n'))
    {
        lines.extend(b"\r\n");
    }
    lines
}

/// A dot at a line's start is doubled, and a lone one ends the data.
fn naive(message: &[u8]) -> Vec<u8> {
    let lines = normalised(message);
    let mut wire = Vec::new();
    for (i, &octet) in lines.iter().enumerate() {
        let line_start = i == 0 || lines[i - 1] == b'\n';
        if line_start && octet == b'.' {
            wire.push(b'.');
        }
        wire.push(octet);
    }
    wire.extend(b".\r\n");
    wire
}

#[test]
fn a_long_message_is_framed_the_same_wherever_in_it_something_is_changed() {
    // About the length of a block, of several, and of the stretch that is searched for dots at once.
    for before in (0..3).chain(124..132).chain(254..258).chain(4093..4100) {
        for (case, _) in CASES {
            for behind in [0, 127, 128, 129, 1500] {
                let clean = |n: usize| {
                    b"a line. \r\n"
                        .iter()
                        .copied()
                        .cycle()
                        .take(n)
                        .collect::<Vec<u8>>()
                };
                let message = [&clean(before), *case, &clean(behind)].concat();
                assert_eq!(
                    frame(&[&message]),
                    naive(&message),
                    "{} behind {before}",
                    case.escape_ascii()
                );
            }
        }
    }
}

/// The message that a reader of RFC 3030 section 2 takes from chunks: the octets that each command counts, up to LAST.
fn read_chunks(wire: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    let mut rest = wire;
    loop {
        let end = rest
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .expect("a command")
            + 2;
        let command = core::str::from_utf8(&rest[..end]).expect("words");
        let size = command.strip_prefix("BDAT ").expect("BDAT").trim_end();
        let (size, last) = size
            .strip_suffix(" LAST")
            .map_or((size, false), |size| (size, true));
        let (chunk, behind) = rest[end..].split_at(size.parse().expect("a number"));
        message.extend_from_slice(chunk);
        rest = behind;
        if last {
            assert!(rest.is_empty(), "nothing follows the last chunk");
            return message;
        }
    }
}

/// Each chunk framed, with all that is told of it held against its octets.
fn frame_chunks(mut framer: BodyEncoder, chunks: &[&[u8]]) -> Vec<u8> {
    let mut wire = Vec::new();
    for (i, chunk) in chunks.iter().enumerate() {
        let framed = framer.frame(chunk, i + 1 == chunks.len()).unwrap();
        let octets = framed.to_vec();
        assert!(framed.slices().all(|slice| !slice.is_empty()));
        assert_eq!(framed.len(), octets.len());
        assert_eq!(
            framed.slices().next().unwrap_or_default(),
            framed.command(),
            "the command is the first slice"
        );
        assert!(octets.starts_with(framed.command()));
        wire.extend(octets);
    }
    wire
}

#[test]
fn chunks_hold_the_normalised_message_without_a_dot_more_wherever_they_are_cut() {
    for (message, _) in CASES {
        let read = |chunks: &[&[u8]]| {
            read_chunks(&frame_chunks(
                BodyEncoder::chunked(LineEnds::Normalise),
                chunks,
            ))
        };
        for at in 0..=message.len() {
            let (a, b) = message.split_at(at);
            assert_eq!(
                read(&[a, b]),
                normalised(message),
                "{} cut at {at}",
                message.escape_ascii()
            );
            assert_eq!(
                read(&[a, b"", b, b""]),
                normalised(message),
                "{} cut at {at}",
                message.escape_ascii()
            );
        }
    }
}

#[test]
fn a_message_in_binary_keeps_every_octet() {
    for (message, _) in CASES {
        for at in 0..=message.len() {
            let (a, b) = message.split_at(at);
            let wire = frame_chunks(BodyEncoder::binary(), &[a, b"", b]);
            assert_eq!(
                &read_chunks(&wire),
                message,
                "{} cut at {at}",
                message.escape_ascii()
            );
        }
    }
}

#[test]
fn a_chunk_says_how_long_it_is_and_whether_it_is_the_last() {
    let mut framer = BodyEncoder::chunked(LineEnds::Normalise);
    let framed = framer.frame(b"one\n.two\r", false).unwrap();
    assert_eq!(framed.command(), b"BDAT 9\r\n");
    assert_eq!(framed.to_vec(), b"BDAT 9\r\none\r\n.two");
    let nothing = framer.frame(b"", false).unwrap();
    assert_eq!(
        (nothing.command(), nothing.len(), nothing.slices().count()),
        (&b""[..], 0, 0)
    );
    assert_eq!(
        framer.frame(b"", true).unwrap().to_vec(),
        b"BDAT 2 LAST\r\n\r\n"
    );
    assert_eq!(
        BodyEncoder::binary().frame(b"", true).unwrap().to_vec(),
        b"BDAT 0 LAST\r\n"
    );
    assert_eq!(
        BodyEncoder::new(LineEnds::Normalise)
            .frame(b"one", true)
            .unwrap()
            .command(),
        b""
    );
}

#[test]
fn the_command_of_a_chunk_has_room_for_every_number() {
    let command = bdat::Bdat::new(usize::MAX, true);
    assert_eq!(
        command.as_bytes(),
        format!("BDAT {} LAST\r\n", usize::MAX).as_bytes()
    );
}

#[test]
fn bare_line_ends_are_refused_in_chunks_and_kept_in_binary() {
    let error = BodyEncoder::chunked(LineEnds::Refuse)
        .frame(b"one\r\n.two\n", true)
        .unwrap_err();
    assert_eq!(error.offset(), 9);
    assert_eq!(
        BodyEncoder::binary()
            .frame(b"a\nb\r", true)
            .unwrap()
            .to_vec(),
        b"BDAT 4 LAST\r\na\nb\r"
    );
}

#[test]
fn a_long_message_in_chunks_is_the_same_wherever_in_it_something_is_changed() {
    for before in (0..3).chain(124..132).chain(4093..4100) {
        for (case, _) in CASES {
            for behind in [0, 127, 128, 1500] {
                let clean = |n: usize| {
                    b"a line. \r\n"
                        .iter()
                        .copied()
                        .cycle()
                        .take(n)
                        .collect::<Vec<u8>>()
                };
                let message = [&clean(before), *case, &clean(behind)].concat();
                let wire = frame_chunks(BodyEncoder::chunked(LineEnds::Normalise), &[&message]);
                assert_eq!(
                    read_chunks(&wire),
                    normalised(&message),
                    "{} behind {before}",
                    case.escape_ascii()
                );
            }
        }
    }
}

#[test]
fn utf8_before_the_first_empty_line_needs_smtputf8() {
    for (message, needs) in [
        ("", false),
        ("Subject: x\r\n\r\nbody", false),
        ("Subject: héllo ✓\r\n\r\nbody", true),
        ("Subject: héllo\n\nbody", true),
        ("Subject: x\r\n\r\nhéllo", false),
        ("Subject: x\n\nhéllo", false),
        ("Subject: x\r\rhéllo", false),
        ("Subject: x\r\n\nhéllo", false),
        ("Subject: x\r\n folded ü\r\nTo: a@b\r\n\r\n", true),
        ("X-😀: x", true),
        ("\r\nhéllo: no header at all", false),
        ("\nhéllo: no header at all", false),
    ] {
        for length in [1, 2, 3, 1000] {
            let mut scan = MessageScan::default();
            message
                .as_bytes()
                .chunks(length)
                .for_each(|chunk| scan.update(chunk));
            assert_eq!(
                scan.has_utf8_header(),
                needs,
                "{message:?} in chunks of {length}"
            );
        }
    }
    for latin in [
        &b"Subject: h\xe9llo\r\n\r\n"[..],
        b"Subject: \x80\n\n",
        b"Subject: \xc3",
        b"X: \xc3\xb6\xff\n\n",
    ] {
        let mut scan = MessageScan::default();
        scan.update(latin);
        assert_eq!(
            (scan.is_8bit(), scan.has_utf8_header()),
            (true, false),
            "{latin:?}"
        );
    }
}
