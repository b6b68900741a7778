//! The mechanisms in which the client says what it has, and the server compares.

use hmac::{Hmac, KeyInit, Mac};
use mailwright_proto::auth::Mechanism;
use md5::Md5;

use super::{Account, Said};

/// RFC 2195 section 2, as good as any.
const CHALLENGE: &[u8] = b"<1896.697170952@postoffice.reston.mci.net>";
const ERROR: &[u8] = br#"{"status":"401","schemes":"Bearer","scope":"mail"}"#;

#[derive(Debug)]
pub(super) struct Simple {
    mechanism: Mechanism,
    account: Account,
    heard: Vec<Vec<u8>>,
}

impl Simple {
    pub(super) fn new(mechanism: Mechanism, account: Account) -> Self {
        Self {
            mechanism,
            account,
            heard: Vec::new(),
        }
    }

    pub(super) fn step(&mut self, response: Option<&[u8]>) -> Said {
        self.heard.extend(response.map(<[u8]>::to_vec));
        let prompts: &[&[u8]] = match self.mechanism {
            Mechanism::Login => &[b"Username:", b"Password:"],
            Mechanism::CramMd5 => &[CHALLENGE],
            _ => &[b""],
        };
        if let Some(prompt) = prompts.get(self.heard.len()) {
            return Said::Challenge(prompt.to_vec());
        }
        let is_token = matches!(self.mechanism, Mechanism::XOAuth2 | Mechanism::OAuthBearer);
        match self.is_right() {
            true => Said::Accepted,
            // The error, and then its acknowledgement.
            false if is_token && self.heard.len() == 1 => Said::Challenge(ERROR.to_vec()),
            false => Said::Refused,
        }
    }

    /// Whether what was heard is, to the octet, what somebody with the account says.
    fn is_right(&self) -> bool {
        let Account {
            user,
            authzid,
            password,
            token,
        } = &self.account;
        let (user, token) = (user.as_bytes(), token.as_bytes());
        let authzid = authzid.as_deref().map(str::as_bytes);
        if self.mechanism == Mechanism::CramMd5 {
            smtp_canary::register(cram(password));
        }
        let right: Vec<Vec<u8>> = match self.mechanism {
            Mechanism::Plain => {
                vec![[authzid.unwrap_or_default(), b"\0", user, b"\0", password].concat()]
            }
            Mechanism::Login => vec![user.to_vec(), password.clone()],
            Mechanism::CramMd5 => vec![[user, b" ", cram(password).as_bytes()].concat()],
            Mechanism::XOAuth2 => {
                vec![[b"user=", user, b"\x01auth=Bearer ", token, b"\x01\x01"].concat()]
            }
            Mechanism::OAuthBearer => {
                let name = String::from_utf8_lossy(authzid.unwrap_or(user))
                    .replace('=', "=3D")
                    .replace(',', "=2C");
                vec![
                    [
                        b"n,a=",
                        name.as_bytes(),
                        b",\x01auth=Bearer ",
                        token,
                        b"\x01\x01",
                    ]
                    .concat(),
                ]
            }
            Mechanism::External | Mechanism::Anonymous => vec![authzid.unwrap_or(user).to_vec()],
            _ => return false,
        };
        self.heard == right
    }
}

fn cram(password: &[u8]) -> String {
    let Ok(keyed) = Hmac::<Md5>::new_from_slice(password) else {
        return String::new();
    };
    keyed
        .chain_update(CHALLENGE)
        .finalize()
        .into_bytes()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}
