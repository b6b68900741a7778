//! A message made ready for DATA, by the framer that a connection has.

use std::hint::black_box;

use mailwright_proto::body::{BodyEncoder, LineEnds};

use crate::{Answer, Bench, Candidate, Entry, OURS, inputs, limit};

pub(crate) fn entries(octets: usize) -> Vec<Entry> {
    let entry = |name, input: fn(usize) -> Vec<u8>| {
        Entry::new("body", name, move || bench(name, input(octets)))
    };
    vec![
        entry("text", inputs::text),
        entry("base64", inputs::base64),
        entry("dots", inputs::dots),
        entry("bare LFs", inputs::bare_lf),
    ]
}

fn bench(name: &'static str, input: Vec<u8>) -> Bench {
    Bench {
        group: "body",
        name,
        expected: Answer::Wire(expected(&input)),
        candidates: vec![ours(input.clone()), limit::memcpy(input.clone())],
        input,
    }
}

/// The whole message as its last chunk, counted as `Connection::body` counts it.
fn ours(input: Vec<u8>) -> Candidate {
    let again = input.clone();
    Candidate::new(
        OURS,
        move || {
            if let Ok(framed) = BodyEncoder::new(LineEnds::Normalise).frame(black_box(&input), true)
            {
                black_box(framed.len());
                framed.slices().for_each(|slice| _ = black_box(slice));
            }
        },
        move || {
            let framed = BodyEncoder::new(LineEnds::Normalise)
                .frame(&again, true)
                .map_err(|error| error.to_string())?;
            let wire = framed.to_vec();
            match framed.len() == wire.len() {
                true => Ok(Answer::Wire(wire)),
                false => Err("its octets are counted wrong".into()),
            }
        },
    )
}

/// Line by line: CRLF behind each, a dot doubled where a line begins with one, a lone dot at the end.
fn expected(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() * 2);
    for line in message.split_inclusive(|&octet| octet == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}
