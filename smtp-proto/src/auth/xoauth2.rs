//! XOAUTH2: an access token of OAuth 2.0, as Google defined it and Microsoft took it over.
//!
//! `"user=" user ^A "auth=Bearer " token ^A ^A`. A refusal comes as a challenge with JSON in it, which is answered with
//! an empty line; then the final reply follows.

use alloc::vec::Vec;

use super::bearer::{Bearer, SEPARATOR};
use super::{Credentials, MechanismUnusable};
use crate::secret::Secret;

pub(super) fn exchange(credentials: &Credentials) -> Result<Bearer, MechanismUnusable> {
    let token = credentials
        .token_secret()
        .ok_or(MechanismUnusable::NoCredentials)?;
    if credentials.authzid().is_some() {
        return Err(MechanismUnusable::NoAuthzid);
    }
    let user = credentials.user().as_bytes();
    let parts: [&[u8]; 7] = [
        b"user=",
        user,
        SEPARATOR,
        b"auth=Bearer ",
        token.expose(),
        SEPARATOR,
        SEPARATOR,
    ];
    // `concat` asks for the full length at once: a vector that grows leaves copies behind.
    Ok(Bearer::new(Secret::from(parts.concat()), Vec::new()))
}
