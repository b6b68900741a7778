//! A message is the same message for every reader, and has one end.

use alloc::vec::Vec;

use super::Tamper;
use super::input::Input;
use crate::body::{BodyEncoder, LineEnds, MessageScan};

/// Any octets in any chunks: what a strict reader, one that takes a bare LF for a line's end, and one that takes a bare
/// CR for it each find is the normalised message, with one end of data behind it and nothing more. By BDAT the same
/// message arrives, or in binary the octets themselves.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn body_roundtrip(input: &[u8], tamper: Tamper) {
    let mut input = Input::new(input);
    let step = usize::from(input.byte()).max(1);
    let message = input.rest();
    let expected = normalised(message);
    let mut framer = BodyEncoder::new(LineEnds::Normalise);
    let mut scan = MessageScan::default();
    let mut wire = Vec::new();
    for (chunk, last) in chunks(message, step) {
        scan.update(chunk);
        let framed = framer.frame(chunk, last);
        assert!(framed.is_ok(), "a chunk is refused");
        let Ok(framed) = framed else { return };
        let bytes = framed.to_vec();
        assert!(bytes.len() == framed.len(), "its octets are counted wrong");
        wire.extend_from_slice(&bytes);
    }
    tamper(&mut wire);
    assert!(
        scan.size() == u64::try_from(expected.len()).unwrap_or(u64::MAX),
        "the size is counted wrong"
    );
    for reader in [line_strict as Reader, line_by_lf, line_by_cr] {
        let found = read(&wire, reader);
        assert!(found.is_some(), "a reader finds no end");
        let Some((found, rest)) = found else { return };
        assert!(found == expected, "a reader finds another message");
        assert!(
            rest.is_empty(),
            "something is left behind the end of the data"
        );
    }
    strict_framing_agrees(message);
    assert!(
        by_chunks(message, step, BodyEncoder::chunked(LineEnds::Normalise)) == Some(expected),
        "chunks carry another message"
    );
    assert!(
        by_chunks(message, step, BodyEncoder::binary()).as_deref() == Some(message),
        "octets in binary are not kept"
    );
}

/// A message in chunks of so many octets, and which is the last. Where the number is even, an empty one is the last, so that
/// the end of the data has to do with whatever stands before it.
fn chunks(message: &[u8], step: usize) -> impl Iterator<Item = (&[u8], bool)> {
    let is_apart = step.is_multiple_of(2) || message.is_empty();
    let mut chunks = message.chunks(step).peekable();
    let mut is_ended = false;
    core::iter::from_fn(move || match chunks.next() {
        Some(chunk) => {
            is_ended = !is_apart && chunks.peek().is_none();
            Some((chunk, is_ended))
        }
        None if is_ended => None,
        None => {
            is_ended = true;
            Some((&[], true))
        }
    })
}

/// What a server makes of the message that comes to it by BDAT; nothing where that has not exactly one end.
fn by_chunks(message: &[u8], step: usize, mut framer: BodyEncoder) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    for (chunk, last) in chunks(message, step) {
        let framed = framer.frame(chunk, last).ok()?;
        let bytes = framed.to_vec();
        assert!(bytes.len() == framed.len(), "its octets are counted wrong");
        wire.extend_from_slice(&bytes);
    }
    let (mut found, mut rest) = (Vec::new(), wire.as_slice());
    loop {
        let (command, behind) = line_strict(rest)?;
        let words = command.strip_prefix(b"BDAT ")?;
        let digits = words.strip_suffix(b" LAST").unwrap_or(words);
        let octets: usize = core::str::from_utf8(digits).ok()?.parse().ok()?;
        found.extend_from_slice(behind.get(..octets)?);
        rest = behind.get(octets..)?;
        if digits.len() < words.len() {
            return rest.is_empty().then_some(found);
        }
    }
}

/// Where bare line ends are refused, what is not refused is what normalising leaves alone.
fn strict_framing_agrees(message: &[u8]) {
    let refused = BodyEncoder::new(LineEnds::Refuse)
        .frame(message, true)
        .is_err();
    let is_clean = normalised(message)
        .strip_suffix(b"\r\n")
        .is_some_and(|whole| whole == message)
        || normalised(message) == message;
    assert!(
        refused != is_clean,
        "refused where it is clean, or taken where it is not"
    );
}

/// Every CR LF, CR or LF is one line end, and the last line has one.
fn normalised(message: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut octets = message.iter().peekable();
    let mut at_line_start = true;
    while let Some(&octet) = octets.next() {
        at_line_start = matches!(octet, b'\r' | b'\n');
        match octet {
            b'\r' => {
                octets.next_if(|&&next| next == b'\n');
                lines.extend_from_slice(b"\r\n");
            }
            b'\n' => lines.extend_from_slice(b"\r\n"),
            other => lines.push(other),
        }
    }
    if !at_line_start {
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// The first line of a text without its end, and what follows; nothing where it has no end.
type Reader = fn(&[u8]) -> Option<(&[u8], &[u8])>;

fn line_strict(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memmem::find(text, b"\r\n")?;
    Some((text.get(..at)?, text.get(at.saturating_add(2)..)?))
}

fn line_by_lf(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'\n', text)?;
    let line = text.get(..at)?;
    Some((
        line.strip_suffix(b"\r").unwrap_or(line),
        text.get(at.saturating_add(1)..)?,
    ))
}

fn line_by_cr(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr2(b'\r', b'\n', text)?;
    let rest = text.get(at..)?;
    let rest = rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..))?;
    Some((text.get(..at)?, rest))
}

/// The message that a server with such a reader takes, and what it finds behind it; nothing where it finds no end.
fn read(wire: &[u8], reader: Reader) -> Option<(Vec<u8>, &[u8])> {
    let mut message = Vec::new();
    let mut rest = wire;
    while let Some((line, behind)) = reader(rest) {
        rest = behind;
        if line == b"." {
            return Some((message, rest));
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        message.extend_from_slice(b"\r\n");
    }
    None
}
