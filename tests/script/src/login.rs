//! Who logs in, as a dialogue has it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailwright_proto::{
    Secret,
    auth::{Credentials, InvalidCredentials},
};

use super::Failure;
use super::escape::unescape;

/// Who logs in, and by what. It starts as nobody, with nothing.
#[derive(Debug, Clone, Default)]
pub struct Login {
    user: String,
    password: Option<Vec<u8>>,
    token: Option<Vec<u8>>,
    has_certificate: bool,
    trace: Option<String>,
    authzid: Option<String>,
    nonce: Option<[u8; 18]>,
    server: Option<(String, u16)>,
}

impl Login {
    /// Takes one line of the setup; gives whether it is one about the login.
    pub(super) fn set(&mut self, word: &str, rest: &str) -> Result<bool, Failure> {
        match word {
            "password" => self.password = Some(self.named(rest)?),
            "token" => self.token = Some(self.named(rest)?),
            "client-certificate" => (self.user, self.has_certificate) = (text(rest)?, true),
            "anonymous" => self.trace = Some(text(rest)?),
            "authzid" => self.authzid = Some(text(rest)?),
            "nonce" => self.nonce = Some(nonce(rest)?),
            "server" => {
                let (host, port) = rest
                    .split_once(' ')
                    .ok_or_else(|| Failure::new("a host and a port are needed"))?;
                self.server = Some((
                    host.to_owned(),
                    port.parse().map_err(|_| Failure::new("no such port"))?,
                ));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The secrets in it.
    pub fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        self.password.iter().chain(&self.token).map(Vec::as_slice)
    }

    /// The same for the core.
    pub fn credentials(&self) -> Result<Credentials, InvalidCredentials> {
        let secret = |octets: &Vec<u8>| Secret::from(octets.clone());
        let mut credentials = match (&self.password, &self.token, &self.trace) {
            (Some(password), ..) => Credentials::password(&self.user, secret(password))?,
            (None, Some(token), _) => Credentials::token(&self.user, secret(token))?,
            (None, None, Some(trace)) => Credentials::anonymous(trace)?,
            (None, None, None) => Credentials::certificate(&self.user)?,
        };
        if let (Some(_), Some(token)) = (&self.password, &self.token) {
            credentials = credentials.with_token(secret(token))?;
        }
        if self.has_certificate {
            credentials = credentials.with_certificate();
        }
        if let Some(authzid) = &self.authzid {
            credentials = credentials.with_authzid(authzid)?;
        }
        if let Some((host, port)) = &self.server {
            credentials = credentials.with_server(host, *port)?;
        }
        Ok(match self.nonce {
            Some(nonce) => credentials.with_nonce(nonce),
            None => credentials,
        })
    }

    /// `USER SECRET`: the secret.
    fn named(&mut self, words: &str) -> Result<Vec<u8>, Failure> {
        let (user, secret) = words
            .split_once(' ')
            .ok_or_else(|| Failure::new("a user and a secret are needed"))?;
        self.user = text(user)?;
        unescape(secret)
    }
}

fn text(words: &str) -> Result<String, Failure> {
    String::from_utf8(unescape(words)?).map_err(|error| Failure::new(error.to_string()))
}

/// As it is seen in the conversation: 24 characters of base64.
fn nonce(words: &str) -> Result<[u8; 18], Failure> {
    let octets = STANDARD
        .decode(words)
        .ok()
        .and_then(|octets| octets.try_into().ok());
    octets.ok_or_else(|| Failure::new("a nonce has 24 characters of base64"))
}
