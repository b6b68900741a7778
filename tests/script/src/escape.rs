//! Odd bytes, written down.

use super::Failure;

/// What a text stands for: `\\`, `\r`, `\n`, `\t`, `\xNN`, and `\(N*text)` for N times the text.
pub(super) fn unescape(text: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let (mut meaning, behind) =
            escape(escaped).ok_or_else(|| Failure::new(format!("no such escape: {text}")))?;
        bytes.append(&mut meaning);
        rest = behind;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

/// A line of either side: with CRLF at its end, unless a backslash stands there.
pub(super) fn line(text: &str) -> Result<(Vec<u8>, bool), Failure> {
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    if backslashes % 2 == 1 {
        return Ok((unescape(&text[..text.len() - 1])?, false));
    }
    let mut bytes = unescape(text)?;
    bytes.extend_from_slice(b"\r\n");
    Ok((bytes, true))
}

/// What follows a backslash: its meaning, and what stands behind it.
fn escape(text: &str) -> Option<(Vec<u8>, &str)> {
    let rest = text.get(1..)?;
    match text.as_bytes().first()? {
        b'\\' => Some((b"\\".to_vec(), rest)),
        b'r' => Some((b"\r".to_vec(), rest)),
        b'n' => Some((b"\n".to_vec(), rest)),
        b't' => Some((b"\t".to_vec(), rest)),
        b'x' => Some((
            vec![u8::from_str_radix(rest.get(..2)?, 16).ok()?],
            rest.get(2..)?,
        )),
        b'(' => {
            let (times, rest) = rest.split_once('*')?;
            let (text, rest) = rest.split_once(')')?;
            Some((text.repeat(times.parse().ok()?).into_bytes(), rest))
        }
        _ => None,
    }
}
