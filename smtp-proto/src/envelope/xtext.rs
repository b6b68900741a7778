//! xtext, which makes any octets fit for a parameter: RFC 3461 section 4.

use alloc::string::String;
use core::fmt::Write;

/// `xtext = *( xchar / hexchar )`: an octet that is no xchar becomes a plus and two upper-case hexadecimal digits.
pub(crate) fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_xchar(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "+{byte:02X}");
        }
    }
    out
}

/// `utf-8-addr-xtext` of RFC 6533 section 3, which is good without SMTPUTF8 as well: a character that cannot stand there
/// becomes `\x{…}` of its code point.
pub(super) fn utf8_addr_xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() && !matches!(c, '+' | '=' | '\\') {
            out.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\x{{{:02X}}}", u32::from(c));
        }
    }
    out
}

/// `xchar`: any visible ASCII but the plus and the equals sign.
fn is_xchar(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'+' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xtext_has_an_escape_for_all_that_a_parameter_cannot_hold() {
        for (text, encoded) in [
            ("QQ314159", "QQ314159"),
            ("a+b=c", "a+2Bb+3Dc"),
            ("two words", "two+20words"),
            ("\u{7f}\t", "+7F+09"),
            ("!~", "!~"),
            ("ü", "+C3+BC"),
        ] {
            assert_eq!(xtext(text), encoded);
        }
    }

    #[test]
    fn an_address_in_utf_8_is_told_by_code_points() {
        assert_eq!(utf8_addr_xtext("ü@a.test"), "\\x{FC}@a.test");
        assert_eq!(
            utf8_addr_xtext("\"a +\\\"@a"),
            "\"a\\x{20}\\x{2B}\\x{5C}\"@a"
        );
        assert_eq!(utf8_addr_xtext("=😀~!"), "\\x{3D}\\x{1F600}~!");
    }
}
