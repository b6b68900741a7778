//! EXTERNAL, RFC 4422 appendix A: what TLS has proved counts, and the client names at most whom it acts as.

use super::single::Single;
use super::{Credentials, MechanismUnusable};
use crate::secret::Secret;

pub(super) fn exchange(credentials: &Credentials) -> Result<Single, MechanismUnusable> {
    if !credentials.has_certificate() {
        return Err(MechanismUnusable::NoCredentials);
    }
    let identity = credentials.authzid().unwrap_or(credentials.user());
    Ok(Single::new(Secret::from(identity.as_bytes().to_vec())))
}
