//! PLAIN, RFC 4616: `message = [authzid] UTF8NUL authcid UTF8NUL passwd`.

use alloc::vec::Vec;

use super::{Credentials, Exchange};
use crate::secret::Secret;

#[derive(Debug)]
pub(super) struct Plain {
    message: Option<Secret>,
}

impl Plain {
    pub(super) fn new(credentials: Credentials) -> Self {
        let (user, password) = (credentials.user.as_bytes(), credentials.secret.expose());
        let length = user.len().saturating_add(password.len()).saturating_add(2);
        // Of its full length at once: a vector that grows leaves copies behind.
        let mut message = Vec::with_capacity(length);
        message.push(0);
        message.extend_from_slice(user);
        message.push(0);
        message.extend_from_slice(password);
        Self { message: Some(Secret::from(message)) }
    }
}

impl Exchange for Plain {
    fn initial_response(&mut self) -> Option<Secret> {
        self.message.take()
    }

    /// The same message, where it was too long for the command's own line (RFC 4954 section 4).
    fn respond(&mut self, _challenge: &[u8]) -> Option<Secret> {
        self.message.take()
    }

    fn is_complete(&self) -> bool {
        self.message.is_none()
    }
}
