//! Secrets: wiped, and never shown.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

/// A password or a token: wiped from memory when dropped, and neither printed, cloned nor compared by accident.
///
/// ```
/// let secret = mailwright_proto::Secret::from(String::from("hunter2"));
/// assert_eq!(format!("{secret:?}"), "Secret");
/// assert_eq!(secret.expose(), b"hunter2");
/// ```
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// The bytes themselves. Whoever calls this answers for what becomes of them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
