//! The one line of a file, an output or a variable that is a password or token.

use std::fmt;

/// Why a text is not a one-line secret. It contains nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Empty,
    ByteOrderMark,
    Utf16,
    Nul { offset: usize },
    SeveralLines,
}

/// Keeps only the first line, since `pass` and similar tools print notes after the password.
pub(crate) fn first(text: &mut Vec<u8>) -> Result<(), Fault> {
    check_encoding(text)?;
    let end = text
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(text.len(), |end| end + 1);
    text.truncate(end);
    only(text)
}

/// Removes one LF or CRLF at the end, which belongs to the file. Fails on any other line end.
pub(crate) fn only(text: &mut Vec<u8>) -> Result<(), Fault> {
    check_encoding(text)?;
    if text.last() == Some(&b'\n') {
        text.pop();
        if text.last() == Some(&b'\r') {
            text.pop();
        }
    }
    if text.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err(Fault::SeveralLines);
    }
    match text.iter().position(|&byte| byte == 0) {
        Some(offset) => Err(Fault::Nul { offset }),
        None if text.is_empty() => Err(Fault::Empty),
        None => Ok(()),
    }
}

/// Fails if a text has a byte order mark or is UTF-16, as editors and shells of Windows write.
fn check_encoding(text: &[u8]) -> Result<(), Fault> {
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err(Fault::ByteOrderMark);
    }
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(Fault::Utf16);
    }
    // Without a mark, half the octets of ASCII in UTF-16 are NUL.
    let nuls = text.iter().filter(|&&byte| byte == 0).count();
    if nuls > 1 && nuls >= text.len() / 2 {
        Err(Fault::Utf16)
    } else {
        Ok(())
    }
}

/// Fails if a text is not an access token (RFC 6750 section 2.1), and describes it without a
/// quotation: it may contain other secrets.
pub(crate) fn check_token(text: &[u8]) -> Result<(), String> {
    let is_quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\'' | b'`'));
    if matches!(text.first(), Some(b'{' | b'[')) {
        return Err("it is JSON: only the value of its access_token is the token".to_owned());
    }
    if is_quote(text.first()) || is_quote(text.last()) {
        return Err("the token is in quotes: leave them out".to_owned());
    }
    if text
        .get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"bearer "))
    {
        return Err("the word Bearer is not a part of the token: leave it out".to_owned());
    }
    if text.starts_with(b"1//") {
        return Err(
            "it is a refresh token of Google's, which no mail server may see: use an access token"
                .to_owned(),
        );
    }
    let body = text
        .iter()
        .rposition(|&byte| byte != b'=')
        .map_or(0, |last| last + 1);
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    match text
        .iter()
        .take(body)
        .enumerate()
        .find(|(_, byte)| !is_of_token(**byte))
    {
        Some((offset, b' ' | b'\t')) => {
            Err(format!("a blank at offset {offset}, which no token has"))
        }
        Some((offset, byte)) => Err(format!(
            "byte 0x{byte:02x} at offset {offset}, which no token has"
        )),
        None => Ok(()),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::ByteOrderMark => f.write_str(
                "it begins with a byte order mark (U+FEFF): save it as UTF-8 without one",
            ),
            Self::Utf16 => {
                f.write_str("it is in UTF-16: save it as UTF-8 without a byte order mark")
            }
            Self::Nul { offset } => write!(f, "NUL at offset {offset}, which cannot be sent"),
            Self::SeveralLines => {
                f.write_str("it has more than one line end, and a secret is one line")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(choose: fn(&mut Vec<u8>) -> Result<(), Fault>, text: &[u8]) -> Result<String, Fault> {
        let mut text = text.to_vec();
        choose(&mut text).map(|()| String::from_utf8(text).expect("UTF-8"))
    }

    #[test]
    fn a_file_is_one_line_without_its_end() {
        for (text, line) in [
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a", "a"),
            (" a \n", " a "),
            ("\ta", "\ta"),
            ("ü\n", "ü"),
        ] {
            assert_eq!(left(only, text.as_bytes()), Ok(line.to_owned()), "{text:?}");
        }
        let cases: [(&[u8], Fault); 14] = [
            (b"", Fault::Empty),
            (b"\n", Fault::Empty),
            (b"a\n\n", Fault::SeveralLines),
            (b"a\nb", Fault::SeveralLines),
            (b"a\nb\n", Fault::SeveralLines),
            (b"\na", Fault::SeveralLines),
            (b"a\r", Fault::SeveralLines),
            (b"a\rb\r\n", Fault::SeveralLines),
            (b"secret\0\n", Fault::Nul { offset: 6 }),
            (b"\xef\xbb\xbfa\r\n", Fault::ByteOrderMark),
            (b"\xff\xfea\0", Fault::Utf16),
            (b"\xfe\xff\0a", Fault::Utf16),
            (b"s\0e\0c\0\n\0", Fault::Utf16),
            (b"\0s\0e\0c", Fault::Utf16),
        ];
        for (text, fault) in cases {
            assert_eq!(left(only, text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn the_first_line_of_an_output_counts() {
        for text in ["a\n", "a\nuser: u\n", "a\r\n\r\nnotes", "a"] {
            assert_eq!(left(first, text.as_bytes()), Ok("a".to_owned()), "{text:?}");
        }
        assert_eq!(left(first, b"\nsecret\n"), Err(Fault::Empty));
        assert_eq!(
            left(first, b"\xef\xbb\xbfa\nnotes"),
            Err(Fault::ByteOrderMark)
        );
    }

    #[test]
    fn what_is_no_token_is_named() {
        for token in ["ya29.a0-_~+/==", "eyJ0.eyJ.c2ln", "0.AX", "EwB/+="] {
            assert_eq!(check_token(token.as_bytes()), Ok(()), "{token}");
        }
        for (text, why) in [
            ("{\"access_token\":\"t\"}", "JSON"),
            ("{", "JSON"),
            ("[\"t\"]", "JSON"),
            ("\"t\"", "quotes"),
            ("'t'", "quotes"),
            ("Bearer t", "Bearer"),
            ("1//0refresh", "refresh token"),
            (" t", "blank at offset 0"),
            ("t ", "blank at offset 1"),
            ("access_token=t&refresh_token=r", "0x3d at offset 12"),
            ("t=t", "0x3d at offset 1"),
            ("\u{fc}", "0xc3 at offset 0"),
        ] {
            let told = check_token(text.as_bytes()).expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
