//! The server's side of SCRAM, RFC 5802 section 5, over ring.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailwright_proto::auth::Mechanism;
use ring::{digest, hmac, pbkdf2};

use super::{Account, Said};

/// How a server can betray its client, or somebody who pretends to be it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deceit {
    /// It does not know the password, takes any proof, and makes a signature up.
    WrongSignature,
    /// The same, with a signature that is cut off.
    CutSignature,
    /// The same, without any signature.
    NoSignature,
    /// The same, without as much as a challenge.
    AcceptedAtOnce,
    /// It adds nothing to the client's nonce.
    NonceNotExtended,
    /// It cuts the client's nonce off.
    NonceCut,
    /// It names another nonce.
    NonceOfItsOwn,
    /// It names another salt than it computes with.
    OtherSalt,
    /// It names no salt.
    NoSalt,
    /// It names so many iterations.
    Iterations(u32),
    /// It demands an extension.
    Extension,
}

const SALT: &[u8] = b"sixteen octets..";
const ITERATIONS: u32 = 4096;
const NONCE: &str = "3rfcNHYJY1ZVvWVs7j";

#[derive(Debug)]
pub(super) struct Scram {
    is_plus: bool,
    hash: Hash,
    account: Account,
    exporter: Option<[u8; 32]>,
    deceit: Option<Deceit>,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        }
    }

    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
        }
    }
}

#[derive(Debug)]
enum State {
    Start,
    Proof {
        header: String,
        first_bare: String,
        first: String,
        nonce: String,
    },
    /// The client's answer to the last challenge decides nothing any more.
    Told(bool),
}

impl Scram {
    pub(super) fn new(
        mechanism: Mechanism,
        account: Account,
        exporter: Option<[u8; 32]>,
        deceit: Option<Deceit>,
    ) -> Self {
        let name = mechanism.name();
        let hash = if name.contains("SHA-256") {
            Hash::Sha256
        } else {
            Hash::Sha1
        };
        Self {
            is_plus: name.ends_with("-PLUS"),
            hash,
            account,
            exporter,
            deceit,
            state: State::Start,
        }
    }

    pub(super) fn step(&mut self, response: Option<&[u8]>) -> Said {
        let Some(response) = response else {
            return Said::Challenge(Vec::new());
        };
        let Ok(text) = std::str::from_utf8(response) else {
            return Said::Refused;
        };
        match std::mem::replace(&mut self.state, State::Told(false)) {
            State::Start => self.on_first(text).unwrap_or(Said::Refused),
            State::Proof {
                header,
                first_bare,
                first,
                nonce,
            } => self
                .on_final(text, &header, &[&first_bare, &first], &nonce)
                .unwrap_or(Said::Refused),
            State::Told(true) => Said::Accepted,
            State::Told(false) => Said::Refused,
        }
    }

    /// `gs2-cbind-flag "," [ authzid ] "," "n=" saslname ",r=" c-nonce`
    fn on_first(&mut self, message: &str) -> Option<Said> {
        let mut parts = message.splitn(3, ',');
        let (flag, authzid, bare) = (parts.next()?, parts.next()?, parts.next()?);
        let (user, client_nonce) = bare.strip_prefix("n=")?.split_once(",r=")?;
        let is_bound = match flag {
            "p=tls-exporter" => self.is_plus && self.exporter.is_some(),
            "y" if self.exporter.is_some() => {
                return Some(self.fail("server-does-support-channel-binding"));
            }
            "n" | "y" => !self.is_plus,
            _ => false,
        };
        let acts_as = authzid.strip_prefix("a=").map(unescaped);
        let is_known = unescaped(user) == self.account.user && acts_as == self.account.authzid;
        if !is_bound || !is_known {
            return None;
        }
        let nonce = match self.deceit {
            Some(Deceit::AcceptedAtOnce) => return Some(Said::Accepted),
            Some(Deceit::NonceNotExtended) => client_nonce.to_owned(),
            Some(Deceit::NonceCut) => client_nonce[..client_nonce.len() - 1].to_owned(),
            Some(Deceit::NonceOfItsOwn) => format!("{NONCE}{NONCE}"),
            _ => format!("{client_nonce}{NONCE}"),
        };
        let salt = match self.deceit {
            Some(Deceit::OtherSalt) => b"another salt....",
            Some(Deceit::NoSalt) => b"".as_slice(),
            _ => SALT,
        };
        let iterations = match self.deceit {
            Some(Deceit::Iterations(count)) => count,
            _ => ITERATIONS,
        };
        let demand = if self.deceit == Some(Deceit::Extension) {
            "m=future,"
        } else {
            ""
        };
        let first = format!(
            "{demand}r={nonce},s={},i={iterations}",
            STANDARD.encode(salt)
        );
        let header = format!("{flag},{authzid},");
        self.state = State::Proof {
            header,
            first_bare: bare.to_owned(),
            first: first.clone(),
            nonce,
        };
        Some(Said::Challenge(first.into_bytes()))
    }

    /// `"c=" base64 ",r=" c-nonce s-nonce ",p=" base64`
    fn on_final(
        &mut self,
        message: &str,
        header: &str,
        earlier: &[&str; 2],
        nonce: &str,
    ) -> Option<Said> {
        let (without_proof, proof) = message.rsplit_once(",p=")?;
        smtp_canary::register(proof);
        smtp_canary::register(message);
        let (binding, repeated) = without_proof.strip_prefix("c=")?.split_once(",r=")?;
        let exported = self.exporter.filter(|_| self.is_plus);
        let expected = [
            header.as_bytes(),
            exported.as_ref().map_or(b"", <[u8; 32]>::as_slice),
        ]
        .concat();
        if STANDARD.decode(binding).ok()? != expected {
            return Some(self.fail("channel-bindings-dont-match"));
        }
        let auth_message = format!("{},{},{without_proof}", earlier[0], earlier[1]);
        let salted = self.salted_password()?;
        let client_key = self.hmac(&salted, b"Client Key");
        let stored_key = digest::digest(self.hash.digest(), &client_key);
        let signature = self.hmac(stored_key.as_ref(), auth_message.as_bytes());
        let mut claimed = STANDARD.decode(proof).ok()?;
        claimed
            .iter_mut()
            .zip(&signature)
            .for_each(|(octet, signed)| *octet ^= signed);
        let proves_it = claimed == client_key;
        let server_key = self.hmac(&salted, b"Server Key");
        let mut signature = self.hmac(&server_key, auth_message.as_bytes());
        match self.deceit {
            Some(Deceit::NoSignature) => return Some(Said::Accepted),
            Some(Deceit::WrongSignature) => signature[3] ^= 1,
            Some(Deceit::CutSignature) => signature.truncate(8),
            Some(_) => {}
            None if repeated == nonce && proves_it => {}
            None => return Some(self.fail("invalid-proof")),
        }
        self.state = State::Told(true);
        Some(Said::Challenge(
            format!("v={}", STANDARD.encode(signature)).into_bytes(),
        ))
    }

    fn fail(&mut self, error: &str) -> Said {
        self.state = State::Told(false);
        Said::Challenge(format!("e={error}").into_bytes())
    }

    fn salted_password(&self) -> Option<Vec<u8>> {
        let mut salted = vec![0; self.hash.digest().output_len()];
        let iterations = NonZeroU32::new(ITERATIONS)?;
        pbkdf2::derive(
            self.hash.pbkdf2(),
            iterations,
            SALT,
            &self.account.password,
            &mut salted,
        );
        Some(salted)
    }

    fn hmac(&self, key: &[u8], octets: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(self.hash.hmac(), key), octets)
            .as_ref()
            .to_vec()
    }
}

fn unescaped(name: &str) -> String {
    name.replace("=2C", ",").replace("=3D", "=")
}
