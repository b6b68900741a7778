//! Messages and envelopes.

use std::hint::black_box;

use mailwright_proto::{
    address::ForwardPath,
    body::{BodyEncoder, LineEnds, MessageScan},
    envelope::{BodyKind, Envelope, Notify, Recipient},
};

use super::Work;

/// Frames a message and consumes all output.
fn frame(mut framer: BodyEncoder, message: Vec<u8>, piece: usize) -> Work {
    Box::new(move || {
        let pieces = message
            .chunks(piece)
            .map(|piece| (piece, false))
            .chain([(&b""[..], true)]);
        for (piece, last) in pieces {
            match framer.frame(piece, last) {
                Ok(framed) => {
                    _ = black_box((framed.len(), framed.slices().count(), framed.to_vec()))
                }
                Err(error) => _ = black_box(error.offset()),
            }
        }
    })
}

fn data(message: Vec<u8>) -> Work {
    frame(BodyEncoder::new(LineEnds::Normalise), message, usize::MAX)
}

pub(crate) fn body_dots(n: usize) -> Work {
    data(b".\r\n".repeat(n))
}

pub(crate) fn body_line_feeds(n: usize) -> Work {
    data(b"\n".repeat(n))
}

pub(crate) fn body_carriage_returns(n: usize) -> Work {
    data(b"\r".repeat(n))
}

pub(crate) fn body_refused_at_end(n: usize) -> Work {
    frame(
        BodyEncoder::new(LineEnds::Refuse),
        [b"a\r\n".repeat(n), b"\n".to_vec()].concat(),
        usize::MAX,
    )
}

pub(crate) fn body_chunked(n: usize) -> Work {
    frame(
        BodyEncoder::chunked(LineEnds::Normalise),
        b"a line\nanother\r\n\r".repeat(n),
        usize::MAX,
    )
}

pub(crate) fn body_by_octet(n: usize) -> Work {
    frame(
        BodyEncoder::new(LineEnds::Normalise),
        b".\r\n\n".repeat(n),
        1,
    )
}

fn scan(message: Vec<u8>, piece: usize) -> Work {
    Box::new(move || {
        let mut scan = MessageScan::default();
        message.chunks(piece).for_each(|piece| scan.update(piece));
        black_box((scan.size(), scan.nul(), scan.is_8bit()));
    })
}

pub(crate) fn scan_line_feeds(n: usize) -> Work {
    scan("ü:\n\r".repeat(n).into(), usize::MAX)
}

pub(crate) fn scan_by_octet(n: usize) -> Work {
    scan("ü:\r\n ".repeat(n).into(), 1)
}

pub(super) fn paths(n: usize) -> Vec<ForwardPath> {
    (0..n)
        .map(|i| {
            format!("user@host{i}.example.test")
                .parse()
                .expect("a path")
        })
        .collect()
}

pub(super) fn envelope(n: usize) -> Envelope {
    Envelope::new("sender@example.test".parse().expect("a path"), paths(n)).expect("recipients")
}

/// Calls every accessor of an envelope.
fn use_up(envelope: &Envelope) {
    let all: Vec<usize> = (0..envelope.recipients().len()).collect();
    let part = envelope
        .subset(&all)
        .expect("recipients")
        .with_body_kind(BodyKind::EightBit);
    black_box((envelope.needs_smtputf8(), part == *envelope, part.clone()));
}

pub(crate) fn envelope_of_paths(n: usize) -> Work {
    let paths = paths(n);
    Box::new(move || {
        use_up(
            &Envelope::new("a@example.test".parse().expect("a path"), paths).expect("recipients"),
        )
    })
}

pub(crate) fn envelope_of_recipients(n: usize) -> Work {
    let recipients: Vec<Recipient> = paths(n)
        .into_iter()
        .map(|path| Recipient::new(path).with_notify(Notify::Never))
        .collect();
    Box::new(move || {
        let sender = "a@example.test".parse().expect("a path");
        use_up(&Envelope::from_recipients(sender, recipients).expect("recipients"));
    })
}
