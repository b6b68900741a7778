//! Secrets of the tests, and whether one of them shows up where it must not.
//!
//! A canary is a password or token that no other run has. Whoever makes one writes it into the registry, a file that
//! `cargo xtask test` names; in the end all that the tests printed is searched for what is in it. Without a registry
//! canaries are as random, and a test searches by itself.
//!
//! ```
//! let password = smtp_canary::canary();
//! assert_ne!(password, smtp_canary::canary());
//! assert!(smtp_canary::leaks(&format!("535 5.7.8 not {password}"), &password));
//! ```

mod forms;
mod registry;
mod scan;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

pub use forms::LEAST;
pub use registry::{REGISTRY, Registry};
pub use scan::{Leak, scan};

/// A new password or token, in the registry: random, of 42 characters, some of which look different in an URL.
/// It may be a token of RFC 6750 section 2.1, a word of a shell's command line, and a JSON string as it is.
///
/// # Panics
///
/// Where there is a registry that cannot be written.
pub fn canary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let canary = format!("canary-{:016x}{:016x}+/=", random(), random());
    register(&canary);
    canary
}

/// Puts a secret that was made elsewhere, or that was derived from one, into the registry: a proof, a whole response.
///
/// # Panics
///
/// Where there is a registry that cannot be written, or the secret is so short that it would be found anywhere.
pub fn register(secret: impl AsRef<[u8]>) {
    let secret = secret.as_ref();
    assert!(
        secret.len() >= forms::LEAST,
        "a canary has at least {} octets",
        forms::LEAST
    );
    if let Some(registry) = Registry::of_environment()
        && let Err(error) = registry.add(secret)
    {
        panic!("the registry of secrets cannot be written: {error}");
    }
}

/// Whether `text` holds `secret`: as it is, percent-encoded, or in base64 at any alignment, folded or not.
pub fn leaks(text: &str, secret: &str) -> bool {
    !scan(text.as_bytes(), [secret]).is_empty()
}
