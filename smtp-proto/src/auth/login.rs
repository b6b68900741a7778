//! LOGIN: the server asks twice, for the user and for the password.
//!
//! Described in draft-murchison-sasl-login alone. The prompts' text is ignored: servers write what they like.
//! No initial response: it is the server that speaks first, and some servers drop one without a word.

use alloc::vec::Vec;

use super::{ChallengeFault, Credentials, Exchange, MechanismUnusable};
use crate::secret::Secret;

#[derive(Debug)]
pub(super) struct Login {
    user: Option<Vec<u8>>,
    password: Option<Secret>,
}

impl Login {
    pub(super) fn new(credentials: &Credentials) -> Result<Self, MechanismUnusable> {
        let password = credentials
            .password_secret()
            .ok_or(MechanismUnusable::NoCredentials)?;
        if credentials.authzid().is_some() {
            return Err(MechanismUnusable::NoAuthzid);
        }
        Ok(Self {
            user: Some(credentials.user().into()),
            password: Some(Secret::from(password.expose().to_vec())),
        })
    }
}

impl Exchange for Login {
    fn initial_response(&mut self) -> Option<Secret> {
        None
    }

    /// Returns false: some servers send prompts as plain text or in several lines, which curl and
    /// Python's smtplib ignore as well.
    fn reads_challenges(&self) -> bool {
        false
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Secret, ChallengeFault> {
        let asked = match self.user.take() {
            Some(user) => Some(Secret::from(user)),
            None => self.password.take(),
        };
        asked.ok_or(ChallengeFault::Unanswerable)
    }

    fn is_complete(&self) -> bool {
        self.password.is_none()
    }
}
