//! OAUTHBEARER: an access token of OAuth 2.0; RFC 7628 section 3.1.
//!
//! `client-resp = (gs2-header kvsep *kvpair kvsep)`, `kvpair = key "=" value kvsep`. A refusal comes as a challenge with
//! JSON in it, which is answered with one `kvsep` (RFC 7628 section 3.2.3); then the final reply follows.

use alloc::format;
use alloc::string::String;

use super::bearer::{Bearer, SEPARATOR};
use super::saslname::saslname;
use super::{Credentials, MechanismUnusable};
use crate::secret::Secret;

pub(super) fn exchange(credentials: &Credentials) -> Result<Bearer, MechanismUnusable> {
    let token = credentials
        .token_secret()
        .ok_or(MechanismUnusable::NoCredentials)?;
    // There is no other place for the user than that of the authorization identity.
    let identity = saslname(credentials.authzid().unwrap_or(credentials.user()));
    let server = match credentials.server() {
        Some((host, port)) => format!("host={host}\x01port={port}\x01"),
        None => String::new(),
    };
    let parts: [&[u8]; 9] = [
        b"n,a=",
        identity.as_bytes(),
        b",",
        SEPARATOR,
        server.as_bytes(),
        b"auth=Bearer ",
        token.expose(),
        SEPARATOR,
        SEPARATOR,
    ];
    // `concat` asks for the full length at once: a vector that grows leaves copies behind.
    Ok(Bearer::new(
        Secret::from(parts.concat()),
        SEPARATOR.to_vec(),
    ))
}
