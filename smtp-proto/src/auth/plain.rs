//! PLAIN, RFC 4616: `message = [authzid] UTF8NUL authcid UTF8NUL passwd`.

use super::single::Single;
use super::{Credentials, MechanismUnusable};
use crate::secret::Secret;

pub(super) fn exchange(credentials: &Credentials) -> Result<Single, MechanismUnusable> {
    let password = credentials
        .password_secret()
        .ok_or(MechanismUnusable::NoCredentials)?;
    let authzid = credentials.authzid().unwrap_or_default();
    let parts: [&[u8]; 5] = [
        authzid.as_bytes(),
        b"\0",
        credentials.user().as_bytes(),
        b"\0",
        password.expose(),
    ];
    // `concat` asks for the full length at once: a vector that grows leaves copies behind.
    Ok(Single::new(Secret::from(parts.concat())))
}
