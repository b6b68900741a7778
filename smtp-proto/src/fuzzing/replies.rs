//! The reply parser against a reader so simple that it can be seen to be right.

use alloc::vec::Vec;

use super::Tamper;
use crate::reply::{BareLf, Reply, ReplyLimits, ReplyReader};

/// Small, so that a fuzzer reaches them.
const LIMITS: ReplyLimits = ReplyLimits {
    line: 64,
    lines: 8,
    reply: 256,
};

/// Any bytes in any chunks give the same replies, and the same refusal, as a naive reader finds in the whole.
///
/// The first byte chooses what becomes of a bare LF, the second how the rest is cut.
///
/// # Panics
///
/// Where that does not hold: that is what it is for.
pub fn reply_parser(input: &[u8], tamper: Tamper) {
    let Some(([choice, step], stream)) = input.split_first_chunk::<2>() else {
        return;
    };
    let bare_lf = if choice & 1 == 0 {
        BareLf::Refuse
    } else {
        BareLf::Tolerate
    };
    let expected = naive(stream, bare_lf);
    let step = usize::from(*step).max(1);
    assert!(
        read(stream.chunks(step), bare_lf, tamper) == expected,
        "cut by {step}, it reads otherwise"
    );
    assert!(
        read(core::iter::once(stream), bare_lf, tamper) == expected,
        "whole, it reads otherwise"
    );
}

/// The replies, and whether the stream was refused behind them.
fn read<'a>(
    chunks: impl Iterator<Item = &'a [u8]>,
    bare_lf: BareLf,
    tamper: Tamper,
) -> (Vec<Vec<u8>>, bool) {
    let mut reader = ReplyReader::new(LIMITS, bare_lf);
    let mut replies = Vec::new();
    for chunk in chunks {
        reader.receive(chunk);
        loop {
            match reader.next() {
                Ok(Some(reply)) => {
                    check(&reply);
                    let mut raw = reply.raw().to_vec();
                    tamper(&mut raw);
                    replies.push(raw);
                }
                Ok(None) => break,
                Err(_) => {
                    assert!(reader.next().is_err(), "a refused stream is taken again");
                    return (replies, true);
                }
            }
        }
    }
    (replies, false)
}

/// What a reply says of itself agrees with its bytes.
fn check(reply: &Reply) {
    let lines = reply.raw().iter().filter(|&&byte| byte == b'\n').count();
    assert!(reply.lines().count() == lines, "lines are lost");
    assert!(
        (200..=599).contains(&reply.code().get()),
        "a code out of range"
    );
}

/// Byte by byte, by the letter of RFC 5321 section 4.2, with nothing remembered but the lines of one reply.
fn naive(stream: &[u8], bare_lf: BareLf) -> (Vec<Vec<u8>>, bool) {
    let mut replies = Vec::new();
    let mut reply: Vec<u8> = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    let mut lines = 0_usize;
    for &byte in stream {
        line.push(byte);
        reply.push(byte);
        if line.len() > LIMITS.line || reply.len() > LIMITS.reply {
            return (replies, true);
        }
        if byte != b'\n' {
            continue;
        }
        lines = lines.saturating_add(1);
        let crlf = line.ends_with(b"\r\n");
        let text = line
            .strip_suffix(b"\r\n")
            .or(line.strip_suffix(b"\n"))
            .unwrap_or_default();
        let same_code = reply.get(..3) == text.get(..3);
        let last = match text {
            [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9']
            | [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ', ..] => true,
            [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9', b'-', ..] => false,
            _ => return (replies, true),
        };
        if lines > LIMITS.lines || !same_code || (!crlf && bare_lf == BareLf::Refuse) {
            return (replies, true);
        }
        line.clear();
        if last {
            replies.push(core::mem::take(&mut reply));
            lines = 0;
        }
    }
    (replies, false)
}
