use alloc::format;
use alloc::vec::Vec;

use super::*;

fn frame(chunks: &[&[u8]]) -> Vec<u8> {
    let mut framer = Framer::new(LineEnds::Normalise);
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
        let end = rest.windows(2).position(|pair| pair == b"\r\n").expect("a line end") + 2;
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
        assert_eq!(&frame(&bytes), expected, "{} byte by byte", message.escape_ascii());
        for at in 0..=message.len() {
            let (a, b) = message.split_at(at);
            assert_eq!(&frame(&[a, b]), expected, "{} cut at {at}", message.escape_ascii());
            assert_eq!(&frame(&[a, b"", b, b""]), expected, "{} cut at {at}", message.escape_ascii());
        }
    }
}

#[test]
fn a_strict_reader_finds_the_normalised_message_and_nothing_behind_it() {
    for (message, _) in CASES {
        let (read, rest) = read_strictly(&frame(&[message]));
        let mut survey = Survey::default();
        survey.update(message);
        assert_eq!(read.len() as u64, survey.size(), "{}", message.escape_ascii());
        assert!(rest.is_empty());
    }
}

#[test]
fn a_survey_counts_the_same_however_the_message_is_cut() {
    for (message, _) in CASES {
        let mut whole = Survey::default();
        whole.update(message);
        let mut bytes = Survey::default();
        message.chunks(1).for_each(|byte| bytes.update(byte));
        assert_eq!(format!("{whole:?}"), format!("{bytes:?}"));
    }
}

#[test]
fn a_framed_chunk_that_is_dropped_changes_nothing_for_the_next() {
    let mut framer = Framer::new(LineEnds::Normalise);
    drop(framer.frame(b"a\r", false).unwrap());
    assert_eq!(framer.frame(b"\n.b", true).unwrap().to_vec(), b"\r\n..b\r\n.\r\n");
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
        let mut framer = Framer::new(LineEnds::Refuse);
        let last = chunks.len() - 1;
        let fault = chunks.iter().enumerate().find_map(|(i, chunk)| framer.frame(chunk, i == last).err());
        assert_eq!(fault.map(|fault| fault.offset()), offset, "{chunks:?}");
    }
}

fn vec_of<'a>(chunks: &[&'a str]) -> Vec<&'a [u8]> {
    chunks.iter().map(|chunk| chunk.as_bytes()).collect()
}

#[test]
fn a_bare_line_end_is_told_with_its_place() {
    let error = Framer::new(LineEnds::Refuse).frame(b"one\r\ntwo\n", true).unwrap_err();
    assert!(format!("{error}").contains("offset 8"), "{error}");
}

#[test]
fn a_survey_says_of_a_message_what_there_is_to_say_wherever_it_is_cut() {
    let survey = |chunks: &[&[u8]]| {
        let mut survey = Survey::default();
        chunks.iter().for_each(|chunk| survey.update(chunk));
        (survey.size(), survey.is_8bit(), survey.nul(), survey.is_empty())
    };
    assert_eq!(survey(&[]), (0, false, None, true));
    assert_eq!(survey(&[b"", b""]), (0, false, None, true));
    assert_eq!(survey(&[b"a"]), (3, false, None, false));
    assert_eq!(survey(&[b"\xff", b"a\r\n"]), (4, true, None, false));
    assert_eq!(survey(&[b"a\r", b"\n"]), (3, false, None, false));
    assert_eq!(survey(&[b"ab", b"c\0\0", b"\0"]), (8, false, Some(3), false));
    assert_eq!(survey(&[b"\0\r\n"]), (3, false, Some(0), false));
}

/// Every CR LF, CR or LF is one line end, the last line has one, and a dot at a line's start is doubled.
fn naive(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut line_start = true;
    for (i, &octet) in message.iter().enumerate() {
        let after_cr = i > 0 && message[i - 1] == b'\r';
        match octet {
            b'\n' if after_cr => {}
            b'\r' | b'\n' => wire.extend(b"\r\n"),
            b'.' if line_start => wire.extend(b".."),
            other => wire.push(other),
        }
        line_start = matches!(octet, b'\r' | b'\n');
    }
    if !line_start {
        wire.extend(b"\r\n");
    }
    wire.extend(b".\r\n");
    wire
}

#[test]
fn a_long_message_is_framed_the_same_wherever_in_it_something_is_changed() {
    // About the length of a block, of several, and of the stretch that is searched for dots at once.
    for before in (0..3).chain(124..132).chain(254..258).chain(4093..4100) {
        for (case, _) in CASES {
            for behind in [0, 126, 127, 128, 129, 130, 1500] {
                let clean = |n: usize| b"a line. \r\n".iter().copied().cycle().take(n).collect::<Vec<u8>>();
                let message = [&clean(before), *case, &clean(behind)].concat();
                assert_eq!(frame(&[&message]), naive(&message), "{} behind {before}", case.escape_ascii());
            }
        }
    }
}
