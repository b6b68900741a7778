//! What a literal stands for, however it is spelled.

/// The octets of a literal of text: a string, bytes or a character, raw or not.
pub(crate) fn octets(literal: &str) -> Vec<u8> {
    let quote = literal.find(['"', '\'']).unwrap_or_default();
    let (prefix, quoted) = literal.split_at(quote);
    let is_raw = prefix.contains('r');
    let inner = quoted.trim_end_matches('#');
    let inner = inner
        .get(1..inner.len().saturating_sub(1))
        .unwrap_or_default();
    if is_raw {
        inner.as_bytes().to_vec()
    } else {
        unescaped(inner)
    }
}

/// The value of an integer, in any base. `None` for one with a fraction.
pub(crate) fn number(literal: &str) -> Option<u128> {
    let plain = literal.replace('_', "");
    let (digits, radix) = match plain.get(..2) {
        Some("0x") => (&plain[2..], 16),
        Some("0o") => (&plain[2..], 8),
        Some("0b") => (&plain[2..], 2),
        _ => (plain.as_str(), 10),
    };
    let end = digits
        .find(|digit: char| !digit.is_digit(radix))
        .unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    let is_integer = suffix.is_empty() || suffix.starts_with(['u', 'i']);
    is_integer
        .then(|| u128::from_str_radix(digits, radix).ok())
        .flatten()
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut octets),
            c => push(c, &mut octets),
        }
    }
    octets
}

/// What stands behind a backslash. The compiler has checked it, or will.
fn escape(rest: &mut std::str::Chars<'_>, octets: &mut Vec<u8>) {
    match rest.next() {
        Some('r') => octets.push(b'\r'),
        Some('n') => octets.push(b'\n'),
        Some('t') => octets.push(b'\t'),
        Some('0') => octets.push(0),
        Some('x') => {
            let digits: String = rest.by_ref().take(2).collect();
            octets.extend(u8::from_str_radix(&digits, 16));
        }
        Some('u') => {
            let digits: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
            let c = u32::from_str_radix(&digits.replace('_', ""), 16)
                .ok()
                .and_then(char::from_u32);
            octets.extend(c.map(String::from).unwrap_or_default().bytes());
        }
        // A line that goes on below: its indent is no part of the text.
        Some('\n') => *rest = rest.as_str().trim_start().chars(),
        Some(other) => push(other, octets),
        None => {}
    }
}

fn push(c: char, octets: &mut Vec<u8>) {
    octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_gives_its_octets() {
        for (literal, expected) in [
            (r#""a\r\n""#, "a\r\n"),
            (r#"b"\x0d\x0A""#, "\r\n"),
            (r"'\u{d}'", "\r"),
            (r"b'\r'", "\r"),
            (r##"r#"a\r"b"#"##, r#"a\r"b"#),
            (r#""\"\\r\0é""#, "\"\\r\0é"),
            ("\"a\\\n   b\"", "ab"),
            ("'\"'", "\""),
        ] {
            assert_eq!(octets(literal), expected.as_bytes(), "{literal}");
        }
    }

    #[test]
    fn every_base_gives_its_number() {
        for (literal, expected) in [
            ("13", Some(13)),
            ("0x0D", Some(13)),
            ("0b1101u8", Some(13)),
            ("1_3usize", Some(13)),
            ("1.3", None),
        ] {
            assert_eq!(number(literal), expected, "{literal}");
        }
    }
}
