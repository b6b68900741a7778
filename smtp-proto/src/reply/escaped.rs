//! Escapes for text of the network: what a terminal, a log or a page must not receive as it is.

use core::fmt;

/// Shows bytes of the network: UTF-8 as it is, any other byte and each character of [`Escaped::is_needed`] as `\xNN`.
///
/// A terminal obeys what it is shown; this leaves nothing to obey.
///
/// ```
/// use mailwright_proto::reply::Escaped;
/// assert_eq!(Escaped(b"gr\xc3\xbc\xc3\x9fe \x1b[2J \xfc").to_string(), "grüße \\x1b[2J \\xfc");
/// ```
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper, made by its users")]
pub struct Escaped<'a>(pub &'a [u8]);

impl Escaped<'_> {
    /// Returns whether a terminal, a log or a page must not receive this character as it is.
    ///
    /// These are the control characters (C0, DEL, C1), line and paragraph separators, and every character that is
    /// invisible or changes how others are shown: bidirectional controls and marks, zero-width characters, variation
    /// selectors, tags, and noncharacters. In the terms of Unicode: the general categories `Cc`, `Cf`, `Zl` and `Zp`
    /// and the properties `Default_Ignorable_Code_Point` and `Noncharacter_Code_Point`.
    ///
    /// ```
    /// use mailwright_proto::reply::Escaped;
    /// assert!(Escaped::is_needed('\u{202e}') && !Escaped::is_needed('é'));
    /// ```
    pub fn is_needed(c: char) -> bool {
        c.is_control()
            || matches!(c,
                '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
                | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}')
            // The last two code points of every plane.
            || u32::from(c) & 0xfffe == 0xfffe
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if Self::is_needed(c) {
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

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
}

/// Shows a JSON text with `\uNNNN` for each character of [`Escaped::is_needed`] that JSON allows unescaped.
///
/// The value is the same: such characters occur only within strings. ASCII is left alone, because a JSON writer has
/// escaped its control characters and uses the others as line ends.
///
/// ```
/// use mailwright_proto::reply::EscapedJson;
/// assert_eq!(EscapedJson("{\"a\":\"\u{9b}2J é\"}").to_string(), "{\"a\":\"\\u009b2J é\"}");
/// ```
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper, made by its users")]
pub struct EscapedJson<'a>(pub &'a str);

impl fmt::Display for EscapedJson<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            // DEL is the one ASCII control character that JSON allows in a string.
            if c == '\u{7f}' || (!c.is_ascii() && Escaped::is_needed(c)) {
                c.encode_utf16(&mut [0; 2])
                    .iter()
                    .try_for_each(|unit| write!(f, "\\u{unit:04x}"))?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use regex_syntax::hir::{Class, HirKind};

    use super::*;

    /// Returns every character, and whether the definition's properties in Unicode's own tables
    /// contain it.
    fn all_of_unicode() -> impl Iterator<Item = (char, bool)> {
        let properties = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]";
        let hir = regex_syntax::parse(properties).unwrap();
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
            panic!("{hir:?}")
        };
        let class = class.clone();
        ('\0'..=char::MAX).map(move |c| {
            (
                c,
                class
                    .iter()
                    .any(|range| (range.start()..=range.end()).contains(&c)),
            )
        })
    }

    #[test]
    fn all_of_unicode_is_escaped_by_its_properties() {
        for (c, expected) in all_of_unicode() {
            assert_eq!(Escaped::is_needed(c), expected, "U+{:04X}", u32::from(c));
            let mut utf8 = [0; 4];
            let text: &str = c.encode_utf8(&mut utf8);
            let shown = Escaped(text.as_bytes()).to_string();
            assert_eq!(shown == text, !expected, "{shown}");
            assert!(!shown.chars().any(Escaped::is_needed), "{shown}");
        }
    }

    #[test]
    fn json_of_all_of_unicode_is_escaped_in_utf16() {
        for (c, expected) in all_of_unicode().filter(|(c, _)| *c >= '\u{7f}') {
            let shown = EscapedJson(c.encode_utf8(&mut [0; 4])).to_string();
            if !expected {
                assert_eq!(shown.chars().next(), Some(c));
                continue;
            }
            let units = shown
                .split("\\u")
                .skip(1)
                .map(|unit| u16::from_str_radix(unit, 16).unwrap());
            assert_eq!(
                char::decode_utf16(units)
                    .map(Result::unwrap)
                    .collect::<alloc::vec::Vec<_>>(),
                [c],
                "{shown}"
            );
        }
        assert_eq!(
            EscapedJson("{\n  \"a\": \"\u{a0}\"\n}\t").to_string(),
            "{\n  \"a\": \"\u{a0}\"\n}\t"
        );
    }
}
