//! Bytes of a server, made fit to be shown.

use core::fmt;

/// Shows bytes of the network: UTF-8 as it is, any other byte and each control character as `\xNN`.
///
/// A terminal obeys what it is shown; this leaves nothing to obey.
///
/// ```
/// use smtp_proto::Escaped;
/// assert_eq!(Escaped(b"gr\xc3\xbc\xc3\x9fe \x1b[2J \xfc").to_string(), "grüße \\x1b[2J \\xfc");
/// ```
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper, made by its users")]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if is_obeyed(c) {
                    let mut utf8 = [0; 4];
                    hex(f, c.encode_utf8(&mut utf8).as_bytes())?;
                } else {
                    write!(f, "{c}")?;
                }
            }
            hex(f, chunk.invalid())?;
        }
        Ok(())
    }
}

/// Control characters, those that turn the direction of the text around them, and those that nobody sees.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
}
