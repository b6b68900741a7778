//! What XOAUTH2 and OAUTHBEARER have in common: one message, and a refusal that comes as a challenge.

use alloc::vec::Vec;

use super::{AuthFailureDetail, ChallengeFault, Exchange, OAuthError};
use crate::secret::Secret;

/// What stands between the parts of a message, and at its end.
pub(super) const SEPARATOR: &[u8] = b"\x01";

#[derive(Debug)]
pub(super) struct Bearer {
    message: Option<Secret>,
    /// What a refusal is answered with: it says nothing, and asks for the final reply.
    acknowledgement: Option<Vec<u8>>,
    failure: Option<OAuthError>,
}

impl Bearer {
    pub(super) fn new(message: Secret, acknowledgement: Vec<u8>) -> Self {
        Self {
            message: Some(message),
            acknowledgement: Some(acknowledgement),
            failure: None,
        }
    }
}

impl Exchange for Bearer {
    fn initial_response(&mut self) -> Option<Secret> {
        self.message.take()
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault> {
        let acknowledgement = self
            .acknowledgement
            .take()
            .ok_or(ChallengeFault::Unanswerable)?;
        self.failure = Some(OAuthError::from_challenge(challenge));
        Ok(Secret::from(acknowledgement))
    }

    fn is_complete(&self) -> bool {
        self.message.is_none() && self.acknowledgement.is_some()
    }

    fn failure(&mut self) -> Option<AuthFailureDetail> {
        self.failure.take().map(AuthFailureDetail::OAuth)
    }
}
