//! Framing and parsing replies, by the reader that a connection has.

use std::hint::black_box;

use mailwright_proto::reply::{BareLf, Reply, ReplyLimits, ReplyReader};

use crate::{Answer, Bench, Candidate, Entry, OURS, inputs, limit};

/// More than any input has, so that no limit stands in the way.
const LIMITS: ReplyLimits = ReplyLimits::DEFAULT
    .with_line(4096)
    .with_lines(4096)
    .with_reply(1 << 20);

/// How an input arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// In one piece.
    Whole,
    /// A line at a time.
    Lines,
    /// A byte at a time.
    Bytes,
}

type Input = (&'static str, fn() -> Vec<u8>, Cut);

const INPUTS: [Input; 8] = [
    (
        "single line",
        || b"250 2.1.0 Sender OK\r\n".to_vec(),
        Cut::Whole,
    ),
    (
        "354",
        || b"354 Start mail input; end with <CRLF>.<CRLF>\r\n".to_vec(),
        Cut::Whole,
    ),
    (
        "Exchange Online",
        || inputs::EXCHANGE_EHLO.to_vec(),
        Cut::Whole,
    ),
    ("Gmail 550", || inputs::GMAIL_550.to_vec(), Cut::Whole),
    ("1,000 lines", inputs::thousand_lines, Cut::Whole),
    ("1,000 lines by line", inputs::thousand_lines, Cut::Lines),
    ("1,000 lines by byte", inputs::thousand_lines, Cut::Bytes),
    ("10,000 in a row", inputs::ten_thousand_replies, Cut::Whole),
];

/// The pieces that an input arrives in.
pub fn pieces(input: &[u8], cut: Cut) -> impl Iterator<Item = &[u8]> {
    let mut rest = input;
    std::iter::from_fn(move || {
        let end = match cut {
            Cut::Whole => rest.len(),
            Cut::Lines => rest
                .iter()
                .position(|&byte| byte == b'\n')
                .map_or(rest.len(), |at| at + 1),
            Cut::Bytes => rest.len().min(1),
        };
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

pub(crate) fn entries() -> Vec<Entry> {
    INPUTS
        .into_iter()
        .map(|(name, input, cut)| Entry::new("reply", name, move || bench(name, input(), cut)))
        .collect()
}

fn bench(name: &'static str, input: Vec<u8>, cut: Cut) -> Bench {
    Bench {
        group: "reply",
        name,
        expected: Answer::Replies(expected(&input)),
        candidates: vec![ours(input.clone(), cut), limit::memchr(input.clone())],
        input,
    }
}

/// One reader for all rounds, as a connection has: it is warm.
fn ours(input: Vec<u8>, cut: Cut) -> Candidate {
    let mut warm = ReplyReader::new(LIMITS, BareLf::Refuse);
    let again = input.clone();
    Candidate::new(
        OURS,
        move || {
            let input = black_box(input.as_slice());
            match cut {
                Cut::Whole => feed(&mut warm, input, |reply| _ = black_box(reply.code())),
                _ => pieces(input, cut)
                    .for_each(|piece| feed(&mut warm, piece, |reply| _ = black_box(reply.code()))),
            }
        },
        move || {
            let mut reader = ReplyReader::new(LIMITS, BareLf::Refuse);
            let mut replies = Vec::new();
            for piece in pieces(&again, cut) {
                feed(&mut reader, piece, |reply| {
                    replies.push((reply.code().get(), lines(reply)))
                });
            }
            Ok(Answer::Replies(replies))
        },
    )
}

fn feed(reader: &mut ReplyReader, bytes: &[u8], mut each: impl FnMut(&Reply)) {
    reader.receive(bytes);
    while let Ok(Some(reply)) = reader.next() {
        each(&reply);
    }
}

fn lines(reply: &Reply) -> Vec<String> {
    reply
        .lines()
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect()
}

/// By the letter of RFC 5321 section 4.2, and by nothing of the code that is measured.
fn expected(input: &[u8]) -> Vec<(u16, Vec<String>)> {
    let text = std::str::from_utf8(input).expect("the inputs are ASCII");
    let mut replies = Vec::new();
    let mut lines = Vec::new();
    for line in text.split_terminator("\r\n") {
        lines.push(line.get(4..).unwrap_or_default().to_owned());
        if line.as_bytes().get(3) != Some(&b'-') {
            replies.push((
                line[..3].parse().expect("a code"),
                std::mem::take(&mut lines),
            ));
        }
    }
    replies
}
