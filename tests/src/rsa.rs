//! An RSA key for tests, which is no secret: ring uses such keys, and makes none.

use rcgen::KeyPair;

/// The key.
///
/// # Panics
///
/// If its file is not what it should be.
pub fn key() -> KeyPair {
    KeyPair::from_pem(include_str!("../data/rsa-key.pem")).expect("a key")
}
