//! ANONYMOUS, RFC 4505 section 2: `message = [ email / token ]`, for the server's log.

use super::single::Single;
use super::{Credentials, MechanismUnusable};
use crate::secret::Secret;

pub(super) fn exchange(credentials: &Credentials) -> Result<Single, MechanismUnusable> {
    let trace = credentials
        .trace()
        .ok_or(MechanismUnusable::NoCredentials)?;
    if credentials.authzid().is_some() {
        return Err(MechanismUnusable::NoAuthzid);
    }
    Ok(Single::new(Secret::from(trace.as_bytes().to_vec())))
}
