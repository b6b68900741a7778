//! The server's side of AUTH: PLAIN, LOGIN and XOAUTH2.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::command::Auth;
use super::wire::{Gone, Line, Wire};

/// Octets in a line of the exchange, CRLF included (RFC 4954 section 4).
pub(super) const AUTH_LINE: usize = 12_288;

/// The mechanisms, as EHLO lists them.
pub(super) const MECHANISMS: &str = "PLAIN LOGIN XOAUTH2";

/// What a refused token is told before its 535.
const BEARER_ERROR: &str = r#"{"status":"401","schemes":"bearer","scope":"smtp"}"#;

const REFUSED: &str = "535 5.7.8 wrong user name, password or token";

/// The one account of a sink. Its secrets are wiped from memory on drop.
#[derive(Clone)]
pub struct Account {
    user: String,
    password: Zeroizing<Vec<u8>>,
    token: Option<Zeroizing<Vec<u8>>>,
}

/// An exchange that did not end in a login.
#[derive(Debug)]
pub(super) enum NoLogin {
    /// With this reply.
    Refused(&'static str),
    /// With the connection.
    Gone(Gone),
}

impl Account {
    /// An account whose password is also its OAuth 2.0 token.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<Vec<u8>>) -> Self {
        Self {
            user: user.into(),
            password: Zeroizing::new(password.into()),
            token: None,
        }
    }

    /// Sets another token than the password.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<Vec<u8>>) -> Self {
        self.token = Some(Zeroizing::new(token.into()));
        self
    }

    fn has_password(&self, user: &str, password: &[u8]) -> bool {
        self.user == user && *self.password == password
    }

    fn has_token(&self, user: &str, token: &[u8]) -> bool {
        self.user == user && **self.token.as_ref().unwrap_or(&self.password) == token
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl From<Gone> for NoLogin {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

/// Runs the exchange, and returns the name of the user who is now logged in. Without an account
/// everybody may log in.
pub(super) fn login(
    wire: &mut Wire,
    account: Option<&Account>,
    auth: &Auth,
) -> Result<String, NoLogin> {
    let initial = auth.initial.as_deref();
    match auth.mechanism.as_str() {
        "PLAIN" => plain(wire, account, initial),
        "LOGIN" => user_and_password(wire, account, initial),
        "XOAUTH2" => bearer(wire, account, initial),
        _ => Err(NoLogin::Refused(
            "504 5.5.4 that mechanism is not offered: PLAIN, LOGIN and XOAUTH2 are",
        )),
    }
}

/// `message = [authzid] NUL authcid NUL passwd`, RFC 4616 section 2.
fn plain(
    wire: &mut Wire,
    account: Option<&Account>,
    initial: Option<&str>,
) -> Result<String, NoLogin> {
    let message = response(wire, initial, "")?;
    let parts: Vec<&[u8]> = message.split(|&b| b == 0).collect();
    let &[acting_for, user, password] = parts.as_slice() else {
        return Err(NoLogin::Refused(
            "501 5.5.2 a PLAIN response is NUL, user name, NUL, password",
        ));
    };
    let user = user_name(user)?;
    let itself = acting_for.is_empty() || acting_for == user.as_bytes();
    if account.is_some_and(|account| !itself || !account.has_password(&user, password)) {
        return Err(NoLogin::Refused(REFUSED));
    }
    Ok(user)
}

/// Never standardised: two prompts, whose text clients ignore.
fn user_and_password(
    wire: &mut Wire,
    account: Option<&Account>,
    initial: Option<&str>,
) -> Result<String, NoLogin> {
    let user = user_name(&response(wire, initial, "Username:")?)?;
    let password = response(wire, None, "Password:")?;
    if account.is_some_and(|account| !account.has_password(&user, &password)) {
        return Err(NoLogin::Refused(REFUSED));
    }
    Ok(user)
}

/// `"user=" user ^A "auth=Bearer " token ^A ^A`. A refused one gets the reason as a challenge,
/// answers it with an empty line, and only then gets its 535.
fn bearer(
    wire: &mut Wire,
    account: Option<&Account>,
    initial: Option<&str>,
) -> Result<String, NoLogin> {
    let message = response(wire, initial, "")?;
    let parts: Vec<&[u8]> = message.split(|&b| b == 1).collect();
    let (user, token) = match parts.as_slice() {
        &[user, auth, b"", b""] => (user.strip_prefix(b"user="), bearer_token(auth)),
        _ => (None, None),
    };
    let (Some(user), Some(token)) = (user, token) else {
        return Err(NoLogin::Refused(
            "501 5.5.2 an XOAUTH2 response is user=NAME, ^A, auth=Bearer TOKEN, ^A, ^A",
        ));
    };
    let user = user_name(user)?;
    if account.is_some_and(|account| !account.has_token(&user, token)) {
        challenge(wire, BEARER_ERROR)?;
        // Whatever comes, a `*` included: the exchange has failed already.
        wire.line(AUTH_LINE)?;
        return Err(NoLogin::Refused(REFUSED));
    }
    Ok(user)
}

fn bearer_token(auth: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = auth.split_at_checked(b"auth=Bearer ".len())?;
    (scheme.eq_ignore_ascii_case(b"auth=Bearer ") && !token.is_empty()).then_some(token)
}

fn user_name(name: &[u8]) -> Result<String, NoLogin> {
    match str::from_utf8(name) {
        Ok(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(NoLogin::Refused(
            "501 5.5.2 the user name is empty or not UTF-8",
        )),
    }
}

/// The initial response if there is one, else the answer to a challenge.
fn response(
    wire: &mut Wire,
    initial: Option<&str>,
    prompt: &str,
) -> Result<Zeroizing<Vec<u8>>, NoLogin> {
    match initial {
        // RFC 4954 section 4: an initial response that is there, but empty.
        Some("=") => Ok(Zeroizing::default()),
        Some(initial) => decode(initial.as_bytes()),
        None => {
            challenge(wire, prompt)?;
            match wire.line(AUTH_LINE)? {
                Line::Whole(line) if line == b"*" => {
                    Err(NoLogin::Refused("501 5.7.0 the login was cancelled"))
                }
                Line::Whole(line) => decode(&Zeroizing::new(line)),
                Line::TooLong => Err(NoLogin::Refused(
                    "500 5.5.6 the line is longer than 12288 octets",
                )),
                Line::BareLf => Err(NoLogin::Refused(
                    "500 5.5.2 the line ends in LF: CRLF is needed",
                )),
            }
        }
    }
}

fn challenge(wire: &mut Wire, text: &str) -> Result<(), Gone> {
    wire.reply(&format!("334 {}", STANDARD.encode(text)))
}

fn decode(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, NoLogin> {
    STANDARD
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| NoLogin::Refused("501 5.5.2 that is not base64"))
}
