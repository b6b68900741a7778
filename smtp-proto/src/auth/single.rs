//! What PLAIN, EXTERNAL and ANONYMOUS have in common: one message, and no challenge.

use super::{ChallengeFault, Exchange};
use crate::secret::Secret;

#[derive(Debug)]
pub(super) struct Single {
    message: Option<Secret>,
}

impl Single {
    pub(super) fn new(message: Secret) -> Self {
        Self {
            message: Some(message),
        }
    }
}

impl Exchange for Single {
    fn initial_response(&mut self) -> Option<Secret> {
        self.message.take()
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Secret, ChallengeFault> {
        Err(ChallengeFault::Unanswerable)
    }

    fn is_complete(&self) -> bool {
        self.message.is_none()
    }
}
