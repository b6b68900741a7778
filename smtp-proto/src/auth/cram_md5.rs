//! CRAM-MD5, RFC 2195 section 2: the user, a blank, and in hexadecimal HMAC-MD5 of the challenge, keyed with the password.
//!
//! What is said betrays the password to whoever can guess it, and nothing proves the server: TLS has to.

use alloc::string::String;
use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use zeroize::Zeroizing;

use super::{ChallengeFault, Credentials, Exchange, MechanismUnusable};
use crate::secret::Secret;

#[derive(Debug)]
pub(super) struct CramMd5 {
    user: String,
    password: Option<Secret>,
}

impl CramMd5 {
    pub(super) fn new(credentials: &Credentials) -> Result<Self, MechanismUnusable> {
        let password = credentials
            .password_secret()
            .ok_or(MechanismUnusable::NoCredentials)?;
        if credentials.authzid().is_some() {
            return Err(MechanismUnusable::NoAuthzid);
        }
        let password = Some(Secret::from(password.expose().to_vec()));
        Ok(Self {
            user: credentials.user().into(),
            password,
        })
    }
}

impl Exchange for CramMd5 {
    fn initial_response(&mut self) -> Option<Secret> {
        None
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault> {
        // RFC 2195 section 2: a challenge has at least its random digits, its time and its host.
        if challenge.is_empty() {
            return Err(ChallengeFault::Malformed);
        }
        let password = self.password.take().ok_or(ChallengeFault::Unanswerable)?;
        // HMAC takes keys of any length.
        let keyed = Hmac::<Md5>::new_from_slice(password.expose())
            .map_err(|_| ChallengeFault::Unanswerable)?;
        let digest = Zeroizing::new(
            keyed
                .chain_update(challenge)
                .finalize()
                .into_bytes()
                .to_vec(),
        );
        let mut response = Vec::with_capacity(self.user.len().saturating_add(1 + 2 * 16));
        response.extend_from_slice(self.user.as_bytes());
        response.push(b' ');
        response.extend(
            digest
                .iter()
                .flat_map(|octet| [digit(octet >> 4), digit(octet & 15)]),
        );
        Ok(Secret::from(response))
    }

    fn is_complete(&self) -> bool {
        self.password.is_none()
    }
}

/// RFC 2195 section 2: lower case.
fn digit(value: u8) -> u8 {
    char::from_digit(u32::from(value), 16).map_or(b'0', |digit| digit as u8)
}
