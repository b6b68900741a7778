//! The peers at the same work: each is called by what it offers to others, and says what came of it.

mod codec;
mod io_smtp;
mod lettre;
mod mail_send;
pub mod ratios;
mod stalwart;
mod stream;
pub mod wire;

use smtp_benches::{Bench, Candidate};

/// Adds everybody who can do the work.
pub fn add_to(bench: &mut Bench) {
    let (input, piece) = (&bench.input, bench.group);
    let candidates: Vec<Option<Candidate>> = match piece {
        "reply" if bench.name.contains(" by ") => vec![],
        "reply" => vec![
            Some(stalwart::replies(input)),
            Some(lettre::replies(input)),
            io_smtp::replies(input),
            Some(codec::replies(input)),
        ],
        "ehlo" => vec![
            Some(stalwart::ehlo(input)),
            Some(lettre::ehlo(input)),
            Some(io_smtp::ehlo(input)),
        ],
        "body" => vec![
            Some(mail_send::body(input)),
            Some(lettre::body(input)),
            Some(io_smtp::body(input)),
        ],
        "session" if bench.name.starts_with("DATA") => {
            vec![
                Some(mail_send::session(input)),
                Some(lettre::session(input)),
                Some(io_smtp::session(input)),
            ]
        }
        _ => vec![],
    };
    bench.candidates.extend(candidates.into_iter().flatten());
}

/// The message within what a peer has sent: those that end every message by a line end of their own add a blank line, which
/// is told here and then overlooked; those that let a bare LF out have not done the work.
fn message_sent(mut wire: Vec<u8>, asked_for: &[u8]) -> Result<smtp_benches::Answer, String> {
    let bare = wire
        .iter()
        .enumerate()
        .any(|(i, &octet)| octet == b'\n' && (i == 0 || wire[i - 1] != b'\r'));
    if bare {
        return Err("it lets bare LFs out".into());
    }
    if asked_for.ends_with(b"\r\n") && wire.ends_with(b"\r\n\r\n.\r\n") {
        wire.truncate(wire.len() - b"\r\n.\r\n".len());
        wire.extend_from_slice(b".\r\n");
    }
    Ok(smtp_benches::Answer::Wire(wire))
}
