//! The accounts: passwords and tokens that are new in every run, so that a leak of one is seen.

use std::fs::File;
use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

use super::shell;
use crate::failure::Failure;

/// May log in, by password or token, and send as itself.
pub(super) const USER: &str = "user@example.test";
/// May log in by password, and not send as the other one.
pub(super) const OTHER: &str = "other@example.test";

const DAY: u64 = 24 * 60 * 60;

/// The secrets of one run.
pub(super) struct Accounts {
    pub(super) user_password: String,
    pub(super) other_password: String,
    /// A token for [`USER`] that is good for a day.
    pub(super) token: String,
    /// The same claims under a signature that does not fit.
    pub(super) broken_token: String,
    signing_key: String,
}

impl Accounts {
    /// Draws new secrets.
    pub(super) fn draw() -> Result<Self, Failure> {
        let signing_key = random()?;
        Ok(Self {
            user_password: format!("canary-{}", random()?),
            other_password: format!("canary-{}", random()?),
            token: token(&signing_key)?,
            broken_token: token(&random()?)?,
            signing_key,
        })
    }

    /// All of them; of a token also the signature alone, without which the rest is worth nothing.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let tokens = [&self.token, &self.broken_token];
        let signatures = tokens
            .into_iter()
            .filter_map(|token| token.rsplit('.').next());
        [&self.user_password, &self.other_password, &self.signing_key]
            .into_iter()
            .chain(tokens)
            .map(String::as_str)
            .chain(signatures)
    }

    /// Dovecot's password file.
    pub(super) fn password_file(&self) -> String {
        // Without a system's user behind the password a line is good for logins, and names no mailbox.
        [(USER, &self.user_password), (OTHER, &self.other_password)]
            .map(|(name, password)| format!("{name}:{{PLAIN}}{password}:nobody:nogroup\n"))
            .concat()
    }

    /// The key that tokens are checked with, as Dovecot keeps it.
    pub(super) fn token_key_file(&self) -> String {
        BASE64_STANDARD.encode(&self.signing_key)
    }
}

/// A JSON Web Token, signed with HMAC and SHA-256 (RFC 7518 section 3.2).
fn token(key: &str) -> Result<String, Failure> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|error| Failure::Work(format!("this machine's clock is wrong: {error}")))?
        .as_secs();
    let claims = format!(
        r#"{{"sub":"{USER}","email":"{USER}","iss":"xtask","iat":{now},"nbf":{},"exp":{}}}"#,
        now - 5,
        now + DAY
    );
    let signed = format!(
        "{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
        BASE64_URL_SAFE_NO_PAD.encode(claims)
    );
    let option = format!("key:{key}");
    let arguments = [
        "dgst", "-sha256", "-mac", "HMAC", "-macopt", &option, "-binary",
    ];
    let signature = shell::run("openssl", arguments, signed.as_bytes())?;
    Ok(format!(
        "{signed}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(signature)
    ))
}

fn random() -> Result<String, Failure> {
    let mut bytes = [0; 24];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(Failure::io("cannot read /dev/urandom"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
