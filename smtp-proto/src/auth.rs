//! AUTH: who the client says it is, and the mechanisms by which it proves it. RFC 4954.

mod login;
mod plain;
mod xoauth2;

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::secret::Secret;

/// A SASL mechanism that this crate speaks.
///
/// ```
/// use smtp_proto::Mechanism;
/// assert_eq!("xoauth2".parse(), Ok(Mechanism::XOAuth2));
/// assert!("PLAIN-CLIENTTOKEN".parse::<Mechanism>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// A token of OAuth 2.0, as Microsoft 365 and Gmail take it.
    XOAuth2,
    /// User and password in one response; RFC 4616.
    Plain,
    /// User and password in two responses: never written down in an RFC, and all that many servers have.
    Login,
}

impl Mechanism {
    /// All of them, the strongest first.
    pub const ALL: &'static [Self] = &[Self::XOAuth2, Self::Plain, Self::Login];

    /// Its name in IANA's registry.
    pub fn name(self) -> &'static str {
        match self {
            Self::XOAuth2 => "XOAUTH2",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    fn takes(self, kind: Kind) -> bool {
        match self {
            Self::XOAuth2 => kind == Kind::Token,
            Self::Plain | Self::Login => kind == Kind::Password,
        }
    }

    /// Begins the exchange.
    pub(crate) fn begin(self, credentials: Credentials) -> Box<dyn Exchange> {
        match self {
            Self::XOAuth2 => Box::new(xoauth2::XOAuth2::new(credentials)),
            Self::Plain => Box::new(plain::Plain::new(credentials)),
            Self::Login => Box::new(login::Login::new(credentials)),
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mechanism {
    type Err = UnknownMechanism;

    fn from_str(name: &str) -> Result<Self, UnknownMechanism> {
        let known = Self::ALL.iter().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name));
        known.copied().ok_or(UnknownMechanism)
    }
}

/// A name that is no mechanism of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct UnknownMechanism;

impl fmt::Display for UnknownMechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such mechanism: known are ")?;
        for (i, mechanism) in Mechanism::ALL.iter().enumerate() {
            write!(f, "{}{mechanism}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownMechanism {}

/// Who logs in, and what proves it. Its Debug text shows the user alone.
///
/// ```
/// use smtp_proto::{Credentials, Secret};
/// let credentials = Credentials::password("user@example.test", Secret::from(String::from("hunter2")))?;
/// assert!(!format!("{credentials:?}").contains("hunter2"));
/// # Ok::<(), smtp_proto::InvalidCredentials>(())
/// ```
#[derive(Debug)]
pub struct Credentials {
    user: String,
    secret: Secret,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Password,
    Token,
}

impl Credentials {
    /// A user and a password. Neither may be empty or have a NUL in it (RFC 4616 section 2), and both together
    /// must find room in one line of an exchange.
    pub fn password(user: &str, password: Secret) -> Result<Self, InvalidCredentials> {
        check("user", user.as_bytes(), |byte| byte == 0)?;
        check("password", password.expose(), |byte| byte == 0)?;
        check_room(user, &password)?;
        Ok(Self { user: user.to_owned(), secret: password, kind: Kind::Password })
    }

    /// A user and an access token of OAuth 2.0. Neither may be empty; a token is printable ASCII
    /// (RFC 6750 section 2.1), and a user has no control characters, which are XOAUTH2's separators.
    pub fn token(user: &str, token: Secret) -> Result<Self, InvalidCredentials> {
        check("user", user.as_bytes(), |byte| byte.is_ascii_control())?;
        check("token", token.expose(), |byte| !byte.is_ascii_graphic())?;
        check_room(user, &token)?;
        Ok(Self { user: user.to_owned(), secret: token, kind: Kind::Token })
    }

    /// Who logs in.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// What proves it.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Whether the secret is an access token, not a password.
    pub fn is_token(&self) -> bool {
        self.kind == Kind::Token
    }

    /// Whether a mechanism can use them: XOAUTH2 takes a token, the others a password.
    pub fn suit(&self, mechanism: Mechanism) -> bool {
        mechanism.takes(self.kind)
    }
}

/// Octets that a response may have so that its base64 stays within the 12,288 of RFC 4954 section 4, less
/// what a mechanism adds to user and secret.
const MAX_CREDENTIALS: usize = 12_288 / 4 * 3 - 64;

fn check(what: &'static str, bytes: &[u8], refused: fn(u8) -> bool) -> Result<(), InvalidCredentials> {
    if bytes.is_empty() {
        return Err(InvalidCredentials { what, fault: Fault::Empty });
    }
    match bytes.iter().position(|&byte| refused(byte)) {
        Some(offset) => Err(InvalidCredentials { what, fault: Fault::Byte { offset } }),
        None => Ok(()),
    }
}

fn check_room(user: &str, secret: &Secret) -> Result<(), InvalidCredentials> {
    match user.len().saturating_add(secret.expose().len()) > MAX_CREDENTIALS {
        true => Err(InvalidCredentials { what: "user with its secret", fault: Fault::TooLong }),
        false => Ok(()),
    }
}

/// Why credentials cannot be used with any server. It names the place of a byte, never the byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCredentials {
    what: &'static str,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Empty,
    TooLong,
    Byte { offset: usize },
}

impl InvalidCredentials {
    /// The offset of the byte that cannot be sent; nothing where it is all empty, or too long.
    pub fn offset(&self) -> Option<usize> {
        match self.fault {
            Fault::Byte { offset } => Some(offset),
            Fault::Empty | Fault::TooLong => None,
        }
    }
}

impl fmt::Display for InvalidCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::Byte { offset } => write!(f, "the {} has a byte at offset {offset} that cannot be sent", self.what),
            Fault::Empty => write!(f, "the {} is empty", self.what),
            Fault::TooLong => write!(f, "the {} has more than {MAX_CREDENTIALS} octets", self.what),
        }
    }
}

impl core::error::Error for InvalidCredentials {}

/// What a server offers to log in with, and what of it is allowed here.
///
/// ```
/// use smtp_proto::{Mechanism, Offer};
/// let mut offer = Offer::default();
/// offer.offered = vec!["LOGIN".into(), "GSSAPI".into(), "xoauth2".into()];
/// offer.allowed = vec![Mechanism::XOAuth2, Mechanism::Plain, Mechanism::Login];
/// assert!(offer.common().eq([Mechanism::XOAuth2, Mechanism::Login]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Offer {
    /// The mechanisms that the server lists, in its order and its words.
    pub offered: Vec<String>,
    /// The mechanisms that the configuration allows, in its order.
    pub allowed: Vec<Mechanism>,
}

impl Offer {
    /// What both sides have, in the order of `allowed`: the best first.
    pub fn common(&self) -> impl Iterator<Item = Mechanism> {
        let offered = |name: &str| self.offered.iter().any(|offered| offered.eq_ignore_ascii_case(name));
        self.allowed.iter().copied().filter(move |mechanism| offered(mechanism.name()))
    }
}

/// A mechanism at work: challenge in, response out.
pub(crate) trait Exchange: fmt::Debug + Send + Sync {
    /// What the client says with the AUTH command itself, where the mechanism lets it speak first.
    fn initial_response(&mut self) -> Option<Secret>;

    /// The response to a challenge; nothing where the challenge has no answer, and the exchange is to be cancelled.
    fn respond(&mut self, challenge: &[u8]) -> Option<Secret>;

    /// Whether the server may say by now that the login is good.
    fn is_complete(&self) -> bool;

    /// What the server said of a failure within the exchange, ahead of its final reply.
    fn failure(&mut self) -> Option<Vec<u8>> {
        None
    }
}

#[cfg(test)]
mod tests;
