//! Secrets, and the proof that a channel is fit for them.

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

/// The proof that what is written next cannot be read on its way: the encoders of AUTH demand one.
///
/// `security_layer` alone constructs it, for verified TLS or where the embedder took the danger upon itself.
#[derive(Debug)]
pub(crate) struct Confidential(());

impl Confidential {
    /// For `security_layer` alone: everything else borrows the proof that a session holds.
    pub(crate) fn attested_by_layer() -> Self {
        Self(())
    }
}
