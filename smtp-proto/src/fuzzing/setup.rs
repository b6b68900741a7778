//! Configuration and credentials of the sessions, and a search for leaked secrets.

use alloc::string::String;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::address::EhloName;
use crate::auth::{Credentials, Mechanism};
use crate::config::Config;
use crate::secret::Secret;

/// What no check may find where no proof was given.
const PASSWORD: &str = "c4n4ry-p4ssw0rd";
const TOKEN: &str = "c4n4ry-t0k3n";
pub(super) const NONCE: [u8; 18] = [7; 18];

pub(super) fn config() -> Config {
    let literal = core::net::IpAddr::from([127, 0, 0, 1]);
    Config::new(EhloName::from(literal))
}

/// Credentials of the canary's; nothing where it could not be used, which is never.
pub(super) fn credentials() -> Option<Credentials> {
    Credentials::password("user", Secret::from(String::from(PASSWORD))).ok()
}

/// What a mechanism can use, and most others too.
pub(super) fn credentials_for(mechanism: Mechanism) -> Option<Credentials> {
    if mechanism == Mechanism::Anonymous {
        return Credentials::anonymous("visitor").ok();
    }
    let token = Secret::from(String::from(TOKEN));
    let all = credentials()?.with_token(token).ok()?.with_certificate();
    Some(all.with_nonce(NONCE))
}

/// Whether bytes show a canary, raw or in a word that is base64.
pub(super) fn shows_secret(bytes: &[u8]) -> bool {
    let has = |bytes: &[u8]| {
        [PASSWORD, TOKEN]
            .iter()
            .any(|secret| memchr::memmem::find(bytes, secret.as_bytes()).is_some())
    };
    let mut words = bytes.split(u8::is_ascii_whitespace);
    has(bytes) || words.any(|word| STANDARD.decode(word).is_ok_and(|octets| has(&octets)))
}
