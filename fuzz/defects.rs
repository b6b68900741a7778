//! What stands between the code under test and its check: nothing, or with the feature `planted` one defect a target.
//!
//! A check that finds its defect can find something. Each defect needs an input of some shape, as real ones do.

#[cfg(not(feature = "planted"))]
pub use mailwright_proto::fuzzing::{
    honest as reply_parser, honest as ehlo_capabilities, honest as command_injection,
    honest as body_roundtrip, honest as auth_exchange, honest as session,
    honest as starttls_boundary, honest as transaction,
};

#[cfg(feature = "planted")]
pub use planted::*;

#[cfg(feature = "planted")]
mod planted {
    /// A reply of three lines loses its last octet.
    pub fn reply_parser(raw: &mut Vec<u8>) {
        if raw.iter().filter(|&&byte| byte == b'\n').count() > 2 {
            raw.pop();
        }
    }

    /// A capability with a parameter is taken for another.
    pub fn ehlo_capabilities(printed: &mut Vec<u8>) {
        replace(printed, b"\nSIZE 1", b"\nSIZE 2");
        replace(printed, b"\nAUTH P", b"\nAUTH Q");
    }

    /// A plus in an address becomes a line end.
    pub fn command_injection(line: &mut Vec<u8>) {
        replace(line, b"+", b"\r\n");
    }

    /// A dot in the middle of a message is not stuffed.
    pub fn body_roundtrip(wire: &mut Vec<u8>) {
        replace(wire, b"\r\n..", b"\r\n.");
    }

    /// A session that gives up logs in all the same.
    pub fn auth_exchange(written: &mut Vec<u8>) {
        if written.ends_with(b"QUIT\r\n") {
            written.extend_from_slice(b"AUTH LOGIN\r\n");
        }
    }

    /// The second message of a session finishes twice.
    pub fn session(log: &mut Vec<u8>) {
        if log.len() == 2 {
            log.push(b'f');
        }
    }

    /// A login depends on what was said in the clear.
    pub fn starttls_boundary(log: &mut Vec<u8>) {
        replace(log, b"AUTH", b"NOOP");
    }

    /// A recipient refused in a group is told as accepted.
    pub fn transaction(told: &mut Vec<u8>) {
        replace(told, b"1: 452", b"1: 250");
    }

    fn replace(bytes: &mut Vec<u8>, what: &[u8], with: &[u8]) {
        if let Some(at) = bytes.windows(what.len()).position(|window| window == what) {
            bytes.splice(at..at + what.len(), with.iter().copied());
        }
    }
}
