//! SCRAM, RFC 5802, with SHA-1 or SHA-256 (RFC 7677), bound to the TLS connection or not (RFC 9266).
//!
//! ```text
//! client-first-message = gs2-header client-first-message-bare
//! client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]
//! client-final-message = channel-binding "," nonce ["," extensions] "," proof
//! ```
//!
//! The password never leaves, and the server has to prove that it knows it, too: only then is the login complete.

mod hash;
mod message;
mod prepare;
#[cfg(feature = "scram")]
mod sha;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use core::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::saslname::saslname;
use super::{
    AuthFailureDetail, Binding, ChallengeFault, Credentials, Exchange, Mechanism, MechanismUnusable,
};
use crate::secret::Secret;
use hash::Hash;
use message::{ServerFinal, ServerFirst};

/// Fewer than RFC 7677 section 4 wants make the password easy to guess from a proof, and no known server asks for fewer.
/// Beyond the most that OWASP asks of PBKDF2 (1,300,000, with SHA-1) a server would only burn the client's time.
const ITERATIONS: RangeInclusive<u32> = 4096..=1_300_000;

/// Octets of a salt. Servers have 8 to 64; one without would make the same keys of the same password everywhere.
const SALT: RangeInclusive<usize> = 1..=256;

/// Octets of both nonces together. Servers add some 20 to 50.
const MAX_NONCE: usize = 512;

pub(super) fn exchange(
    mechanism: Mechanism,
    credentials: &Credentials,
    binding: Binding<'_>,
) -> Result<Scram, MechanismUnusable> {
    let hash = hash::of(mechanism).ok_or(MechanismUnusable::NotBuiltIn)?;
    let nonce = STANDARD.encode(credentials.nonce().ok_or(MechanismUnusable::NoNonce)?);
    let password = credentials
        .password_secret()
        .ok_or(MechanismUnusable::NoCredentials)?;
    let password = prepare::saslprep(password.expose()).ok_or(MechanismUnusable::Password)?;
    let user = prepare::saslprep(credentials.user().as_bytes()).ok_or(MechanismUnusable::User)?;
    Ok(Scram::new(
        hash,
        header(binding, credentials.authzid()),
        &user,
        &nonce,
        password,
    ))
}

/// `cbind-input = gs2-header [ cbind-data ]`, and how much of it is the header.
struct BindingInput {
    octets: Vec<u8>,
    header: usize,
}

/// `gs2-header = gs2-cbind-flag "," [ authzid ] ","`, `authzid = "a=" saslname`, RFC 5802 section 7.
fn header(binding: Binding<'_>, authzid: Option<&str>) -> BindingInput {
    let (flag, data): (_, &[u8]) = match binding {
        Binding::None => ("n", b""),
        Binding::NotOffered => ("y", b""),
        Binding::Exporter(exported) => ("p=tls-exporter", exported),
    };
    let authzid = authzid
        .map(|authzid| format!("a={}", saslname(authzid)))
        .unwrap_or_default();
    let header = format!("{flag},{authzid},").into_bytes();
    BindingInput {
        header: header.len(),
        octets: [header.as_slice(), data].concat(),
    }
}

#[derive(Debug)]
pub(super) struct Scram {
    hash: &'static dyn Hash,
    /// `cbind-input`.
    binding: Vec<u8>,
    first: Option<Secret>,
    first_bare: String,
    nonce: String,
    step: Step,
    error: Option<String>,
}

/// What the server says next.
#[derive(Debug)]
enum Step {
    First {
        password: Zeroizing<String>,
    },
    Final {
        server_key: Zeroizing<Vec<u8>>,
        auth_message: Vec<u8>,
    },
    /// Nothing: it is proved.
    Proved,
    /// Nothing that could make the login good.
    Over,
}

impl Scram {
    fn new(
        hash: &'static dyn Hash,
        binding: BindingInput,
        user: &str,
        nonce: &str,
        password: Zeroizing<String>,
    ) -> Self {
        let first_bare = format!("n={},r={nonce}", saslname(user));
        let header = binding.octets.get(..binding.header).unwrap_or_default();
        let first = Secret::from([header, first_bare.as_bytes()].concat());
        let (binding, step) = (binding.octets, Step::First { password });
        Self {
            hash,
            binding,
            first: Some(first),
            first_bare,
            nonce: nonce.into(),
            step,
            error: None,
        }
    }

    fn on_server_first(
        &mut self,
        challenge: &[u8],
        password: &str,
    ) -> Result<Secret, ChallengeFault> {
        // RFC 5802 section 7 has errors in the last message alone. What is wrong with the first may be told at once.
        if let Some(ServerFinal::Error(error)) = ServerFinal::parse(challenge) {
            return Ok(self.give_in(error));
        }
        let ServerFirst {
            nonce,
            salt,
            iterations,
        } = ServerFirst::parse(challenge).ok_or(ChallengeFault::Malformed)?;
        if nonce
            .strip_prefix(self.nonce.as_str())
            .is_none_or(str::is_empty)
            || nonce.len() > MAX_NONCE
        {
            return Err(ChallengeFault::Nonce);
        }
        if !SALT.contains(&salt.len()) {
            return Err(ChallengeFault::Salt);
        }
        if !ITERATIONS.contains(&iterations) {
            return Err(ChallengeFault::Iterations(iterations));
        }
        let without_proof = format!("c={},r={nonce}", STANDARD.encode(&self.binding));
        let parts = [
            self.first_bare.as_bytes(),
            challenge,
            without_proof.as_bytes(),
        ];
        let auth_message = parts.join(b",".as_slice());
        // RFC 5802 section 3, name by name.
        let salted_password = self.hash.stretch(password.as_bytes(), &salt, iterations);
        let client_key = self.hash.mac(&salted_password, b"Client Key");
        let stored_key = self.hash.digest(&client_key);
        let client_signature = self.hash.mac(&stored_key, &auth_message);
        let mut proof = client_key;
        proof
            .iter_mut()
            .zip(client_signature.iter())
            .for_each(|(key, signature)| *key ^= signature);
        let proof = Zeroizing::new(STANDARD.encode(&*proof));
        self.step = Step::Final {
            server_key: self.hash.mac(&salted_password, b"Server Key"),
            auth_message,
        };
        Ok(Secret::from(
            [without_proof.as_bytes(), b",p=", proof.as_bytes()].concat(),
        ))
    }

    /// The last word is the server's. RFC 4954 section 4 has no room for it in the 235: it comes as a challenge, and is
    /// answered with nothing.
    fn on_server_final(
        &mut self,
        challenge: &[u8],
        key: &[u8],
        auth_message: &[u8],
    ) -> Result<Secret, ChallengeFault> {
        match ServerFinal::parse(challenge).ok_or(ChallengeFault::Malformed)? {
            ServerFinal::Error(error) => Ok(self.give_in(error)),
            ServerFinal::Signature(signature)
                if self.hash.verify(key, auth_message, &signature) =>
            {
                self.step = Step::Proved;
                Ok(Secret::from(Vec::new()))
            }
            ServerFinal::Signature(_) => Err(ChallengeFault::WrongSignature),
        }
    }

    /// The final reply says the rest.
    fn give_in(&mut self, error: &str) -> Secret {
        self.error = Some(error.into());
        Secret::from(Vec::new())
    }
}

impl Exchange for Scram {
    fn initial_response(&mut self) -> Option<Secret> {
        self.first.take()
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, ChallengeFault> {
        match mem::replace(&mut self.step, Step::Over) {
            Step::First { password } => self.on_server_first(challenge, &password),
            Step::Final {
                server_key,
                auth_message,
            } => self.on_server_final(challenge, &server_key, &auth_message),
            Step::Proved | Step::Over => Err(ChallengeFault::Unanswerable),
        }
    }

    fn is_complete(&self) -> bool {
        matches!(self.step, Step::Proved)
    }

    fn failure(&mut self) -> Option<AuthFailureDetail> {
        self.error.take().map(AuthFailureDetail::Scram)
    }
}

#[cfg(feature = "scram")]
#[cfg(test)]
mod tests;
