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

/// The same JSON, with an escape for each character that a terminal obeys and that JSON lets stand as it is.
///
/// JSON has characters beyond ASCII in its strings alone, so that an escape is good wherever one of them stands.
pub(crate) fn inert_json(json: &str) -> String {
    let mut inert = String::with_capacity(json.len());
    for character in json.chars() {
        match is_obeyed(character) {
            // Writing to a String cannot fail.
            true => drop(write!(inert, "\\u{:04x}", u32::from(character))),
            false => inert.push(character),
        }
    }
    inert
}

/// Control characters from DEL on, those that end a line, and those that turn the direction of the text around them.
fn is_obeyed(character: char) -> bool {
    matches!(
        character,
        '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn bytes_that_are_no_utf8_are_shown_by_their_number() {
        assert_eq!(decode(b"gr\xfc\xdfe, \xc3\xa9"), "gr\\xfc\\xdfe, é");
    }

    #[test]
    fn json_says_the_same_without_a_character_that_a_terminal_obeys() {
        let obeyed = [
            '\u{0}', '\u{1b}', '\u{7f}', '\u{80}', '\u{9b}', '\u{9f}', '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}',
            '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
        ];
        for character in obeyed {
            let value = json!({"text": format!("a{character}é\\")});
            let shown = inert_json(&format!("{value:#}"));
            assert!(!shown.contains(character), "{shown:?}");
            assert!(shown.contains(&format!("\\u{:04x}", u32::from(character))), "{shown:?}");
            assert_eq!(serde_json::from_str::<Value>(&shown).ok(), Some(value));
        }
        assert_eq!(inert_json("{\n  \"ü\": \"\u{a0}…\"\n}"), "{\n  \"ü\": \"\u{a0}…\"\n}");
    }
}
