//! SASLprep, RFC 4013: one spelling for the same name or password.

use alloc::string::String;

use zeroize::Zeroizing;

/// The prepared text; nothing where it is no text, nothing remains of it, or it has a character that is forbidden.
pub(super) fn saslprep(text: &[u8]) -> Option<Zeroizing<String>> {
    let text = core::str::from_utf8(text).ok()?;
    prepared(text).filter(|prepared| !prepared.is_empty())
}

#[cfg(feature = "saslprep")]
fn prepared(text: &str) -> Option<Zeroizing<String>> {
    stringprep::saslprep(text)
        .ok()
        .map(|prepared| Zeroizing::new(prepared.into_owned()))
}

/// Printable ASCII is prepared as it is.
#[cfg(not(feature = "saslprep"))]
fn prepared(text: &str) -> Option<Zeroizing<String>> {
    text.bytes()
        .all(|byte| matches!(byte, b' '..=b'~'))
        .then(|| Zeroizing::new(text.into()))
}
