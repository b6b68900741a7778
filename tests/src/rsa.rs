//! An RSA key for tests, which is not secret: ring can use such keys, but not generate them.

use rcgen::KeyPair;

/// Returns the key.
///
/// # Panics
///
/// If its file is malformed.
pub fn key() -> KeyPair {
    KeyPair::from_pem(include_str!("../data/rsa-key.pem")).expect("a key")
}
