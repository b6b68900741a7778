//! What SCRAM needs of a hash, with the names of RFC 5802 section 2.2: `H()`, `HMAC()`, `Hi()`.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::auth::Mechanism;

/// What is computed of a password is as secret as the password.
pub(super) type Octets = Zeroizing<Vec<u8>>;

pub(super) trait Hash: fmt::Debug + Send + Sync {
    /// `H(str)`
    fn digest(&self, octets: &[u8]) -> Octets;

    /// `HMAC(key, str)`
    fn mac(&self, key: &[u8], octets: &[u8]) -> Octets;

    /// Whether this is `HMAC(key, str)`: how long that takes to tell depends on nothing that is secret.
    fn verify(&self, key: &[u8], octets: &[u8], claimed: &[u8]) -> bool;

    /// `Hi(str, salt, i)`
    fn stretch(&self, password: &[u8], salt: &[u8], iterations: u32) -> Octets;
}

/// The hash of a mechanism; nothing where this build has none for it.
pub(super) fn of(mechanism: Mechanism) -> Option<&'static dyn Hash> {
    match mechanism {
        #[cfg(feature = "scram")]
        Mechanism::ScramSha1 | Mechanism::ScramSha1Plus => Some(super::sha::SHA_1),
        #[cfg(feature = "scram")]
        Mechanism::ScramSha256 | Mechanism::ScramSha256Plus => Some(super::sha::SHA_256),
        _ => None,
    }
}
