//! What the other side sent, as text that loses nothing and moves nothing.

use std::fmt::Write;

/// Bytes as text: a byte that is not UTF-8 is shown as `\xNN`.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_utf8_are_shown_by_their_number() {
        assert_eq!(decode(b"gr\xfc\xdfe, \xc3\xa9"), "gr\\xfc\\xdfe, é");
    }
}
