//! What a server of SCRAM-SHA-256 knows and computes; RFC 5802 section 3, name by name.

use std::num::NonZeroU32;

use aws_lc_rs::{constant_time, digest, hmac, pbkdf2};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// What it keeps of a password, and its part of the nonce.
pub(super) struct Keys {
    salt: [u8; 16],
    nonce: String,
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
}

impl Keys {
    /// New ones, with a salt of their own.
    pub(super) fn draw(password: &str, iterations: u32) -> Self {
        let mut random = [0; 34];
        aws_lc_rs::rand::fill(&mut random).expect("this system has random octets");
        let (salt, nonce) = random.split_at(16);
        let salt: [u8; 16] = salt.try_into().expect("16 octets");
        let iterations = NonZeroU32::new(iterations).expect("some iterations");
        let mut salted_password = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, password.as_bytes(), &mut salted_password);
        let client_key = mac(&salted_password, "Client Key");
        Self {
            salt,
            nonce: BASE64_STANDARD.encode(nonce),
            stored_key: digest::digest(&digest::SHA256, &client_key).as_ref().to_vec(),
            server_key: mac(&salted_password, "Server Key"),
        }
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.salt
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Whether a proof is one of the password that this was made of.
    pub(super) fn proved_by(&self, proof: &str, auth_message: &str) -> bool {
        let Ok(proof) = BASE64_STANDARD.decode(proof) else { return false };
        let signature = mac(&self.stored_key, auth_message);
        let client_key: Vec<u8> = proof.iter().zip(&signature).map(|(proof, signature)| proof ^ signature).collect();
        let stored_key = digest::digest(&digest::SHA256, &client_key);
        constant_time::verify_slices_are_equal(stored_key.as_ref(), &self.stored_key).is_ok()
    }

    /// The server's own proof.
    pub(super) fn signature(&self, auth_message: &str) -> String {
        BASE64_STANDARD.encode(mac(&self.server_key, auth_message))
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}
