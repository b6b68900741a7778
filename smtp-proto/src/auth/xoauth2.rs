//! XOAUTH2: an access token of OAuth 2.0, as Google defined it and Microsoft took it over.
//!
//! `"user=" user ^A "auth=Bearer " token ^A ^A`. A refusal comes as a challenge with JSON in it,
//! which is answered with an empty line; then the final reply follows.

use alloc::vec::Vec;

use super::{Credentials, Exchange};
use crate::secret::Secret;

const SEPARATOR: u8 = 1;

#[derive(Debug)]
pub(super) struct XOAuth2 {
    message: Option<Secret>,
    failure: Option<Vec<u8>>,
}

impl XOAuth2 {
    pub(super) fn new(credentials: Credentials) -> Self {
        let parts: [&[u8]; 6] = [
            b"user=",
            credentials.user.as_bytes(),
            &[SEPARATOR],
            b"auth=Bearer ",
            credentials.secret.expose(),
            &[SEPARATOR, SEPARATOR],
        ];
        // `concat` asks for the full length at once: a vector that grows leaves copies behind.
        Self { message: Some(Secret::from(parts.concat())), failure: None }
    }
}

impl Exchange for XOAuth2 {
    fn initial_response(&mut self) -> Option<Secret> {
        self.message.take()
    }

    fn respond(&mut self, challenge: &[u8]) -> Option<Secret> {
        if let Some(message) = self.message.take() {
            return Some(message);
        }
        if self.failure.is_some() {
            return None;
        }
        self.failure = Some(challenge.to_vec());
        Some(Secret::from(Vec::new()))
    }

    fn is_complete(&self) -> bool {
        self.message.is_none() && self.failure.is_none()
    }

    fn failure(&mut self) -> Option<Vec<u8>> {
        self.failure.take()
    }
}
