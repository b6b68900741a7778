//! Why there is no token: which party is at fault, and the issuer's own words.

mod http;

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use mailwright_proto::{Redactor, reply::Escaped};

use crate::kinds::Kinds;
pub(crate) use http::HttpError;

/// The limit of an issuer's text, in octets: Microsoft's longest have about 600.
const MAX_SAID: usize = 1000;

/// Why there is no token. It shows no secret.
///
/// ```
/// use mailwright_oauth::{ErrorKind, Issuer};
/// let error = Issuer::at("http://login.example.test/token").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// ```
pub struct Error(Box<Fault>);

/// The kind of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument, or this system, cannot lead to a token.
    InvalidInput,
    /// The issuer refused the request: see [`Error::refusal`].
    Refused,
    /// The store has no profile of that name.
    NoProfile,
    /// There is no refresh token to renew the access token with.
    NoRefreshToken,
    /// The access token has expired, and there is no refresh token.
    Expired,
    /// Nobody completed the login in time.
    LoginTimedOut,
    /// The name of the issuer's host could not be resolved.
    NameResolution,
    /// The issuer did not answer in time.
    Timeout,
    /// The TLS handshake with the issuer failed: see [`Error::tls`].
    Tls,
    /// The connection to the issuer failed.
    Connection,
    /// The issuer cannot answer now: HTTP status 429 or 5xx.
    Unavailable,
    /// The answer is not usable HTTP: a redirect, malformed, or too long.
    InvalidHttp,
    /// The answer is not one of OAuth 2.0.
    InvalidAnswer,
    /// The answer has no access token.
    NoAccessToken,
    /// The token is not a Bearer token, the only type that mail servers accept.
    TokenType,
    /// Another process holds the profile.
    Locked,
    /// Others may read or replace the file with the tokens.
    Exposed,
    /// The file with the tokens cannot be read or written.
    File,
    /// The file with the tokens is damaged.
    Damaged,
}

pub(crate) enum Fault {
    /// A mistake of our own caller's.
    Input(String),
    /// The issuer said no.
    Refused(Refusal),
    /// There is no such profile.
    NoProfile { profile: String, folder: PathBuf },
    /// There is no refresh token; the access token may have expired.
    NoRefreshToken { profile: String, has_expired: bool },
    /// Nobody completed a login in this time.
    NobodyCame { time: Duration },
    /// No answer, or none by HTTP.
    NoAnswer { host: String, error: HttpError },
    /// An answer that is not OAuth's.
    Nonsense { host: String, why: String },
    /// An OAuth answer without an access token.
    NoToken { host: String },
    /// A token of another type than Bearer, the only one that mail servers accept.
    TokenType { host: String, kind: String },
    /// Another process holds the profile.
    Busy { profile: String },
    /// Others may read or replace the file.
    Exposed { path: PathBuf, why: String },
    /// The file cannot be read or written.
    File {
        path: PathBuf,
        doing: &'static str,
        error: io::Error,
    },
    /// The file is not what was written.
    Damaged { path: PathBuf, why: String },
}

/// The answer of an issuer that gives no token: RFC 6749 section 5.2, RFC 8628 section 3.5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    issuer: Kinds,
    error: String,
    description: Option<String>,
    entra_code: Option<u32>,
}

impl Refusal {
    /// Creates a refusal of the issuer's texts: cut, escaped and redacted.
    pub(crate) fn new(
        issuer: Kinds,
        error: &str,
        description: Option<&str>,
        redactor: &Redactor,
    ) -> Self {
        let description = description.filter(|text| !text.trim().is_empty());
        Self {
            issuer,
            error: clean(error, redactor),
            entra_code: description.and_then(entra_code),
            description: description.map(|text| clean(text, redactor)),
        }
    }

    /// Returns the issuer: `microsoft`, `google` or `own`, as [`Issuer::name`](crate::Issuer::name).
    pub fn issuer(&self) -> &'static str {
        self.issuer.name()
    }

    /// Returns the error's name, such as `invalid_grant`.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// Returns the issuer's description, escaped and without secrets.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the number that Microsoft Entra ID gives: 700082 of `AADSTS700082`.
    pub fn entra_code(&self) -> Option<u32> {
        self.entra_code
    }

    /// Returns whether the issuer says that a later request may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.error.as_str(),
            "temporarily_unavailable" | "server_error" | "slow_down"
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.description {
            Some(description) => write!(f, "{}: {description}", self.error),
            None => f.write_str(&self.error),
        }
    }
}

impl Error {
    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Fault::Input(_) => ErrorKind::InvalidInput,
            Fault::Refused(_) => ErrorKind::Refused,
            Fault::NoProfile { .. } => ErrorKind::NoProfile,
            Fault::NoRefreshToken {
                has_expired: true, ..
            } => ErrorKind::Expired,
            Fault::NoRefreshToken { .. } => ErrorKind::NoRefreshToken,
            Fault::NobodyCame { .. } => ErrorKind::LoginTimedOut,
            Fault::NoAnswer { error, .. } => error.kind(),
            Fault::Nonsense { .. } => ErrorKind::InvalidAnswer,
            Fault::NoToken { .. } => ErrorKind::NoAccessToken,
            Fault::TokenType { .. } => ErrorKind::TokenType,
            Fault::Busy { .. } => ErrorKind::Locked,
            Fault::Exposed { .. } => ErrorKind::Exposed,
            Fault::File { .. } => ErrorKind::File,
            Fault::Damaged { .. } => ErrorKind::Damaged,
        }
    }

    /// Returns the issuer's refusal, if it refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &*self.0 {
            Fault::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Returns the failed TLS handshake's error, if that is the reason.
    pub fn tls(&self) -> Option<&rustls::Error> {
        match &*self.0 {
            Fault::NoAnswer {
                error: HttpError::Tls(error),
                ..
            } => Some(error),
            _ => None,
        }
    }

    /// Returns the host that did not answer as it should, with its port if it is not the usual one.
    pub fn host(&self) -> Option<&str> {
        match &*self.0 {
            Fault::NoAnswer { host, .. }
            | Fault::Nonsense { host, .. }
            | Fault::NoToken { host }
            | Fault::TokenType { host, .. } => Some(host),
            _ => None,
        }
    }

    /// Returns whether a later request may succeed without a person: the issuer did not answer, or
    /// said so.
    pub fn is_transient(&self) -> bool {
        match self.kind() {
            ErrorKind::NameResolution
            | ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::Unavailable => true,
            ErrorKind::Refused => self.refusal().is_some_and(Refusal::is_transient),
            _ => false,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Issuers, files and the system's errors are quoted: the whole text is escaped.
        Escaped(self.0.to_string().as_bytes()).fmt(f)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(why) => f.write_str(why),
            Self::Refused(refusal) => write!(f, "the issuer answered: {refusal}"),
            Self::NoProfile { profile, folder } => {
                write!(f, "{} holds no profile {profile:?}", folder.display())
            }
            Self::NoRefreshToken { profile, .. } => {
                write!(f, "the profile {profile:?} has no refresh token")
            }
            Self::NobodyCame { time } => write!(f, "no login within {} s", time.as_secs_f64()),
            Self::NoAnswer { host, error } => write!(f, "{host}: {error}"),
            Self::Nonsense { host, why } => write!(f, "{host}: {why}"),
            Self::NoToken { host } => write!(
                f,
                "{host}: no access_token in the answer (RFC 6749 section 5.1)"
            ),
            Self::TokenType { host, kind } => {
                write!(f, "{host}: a token of the type \"{kind}\", and not Bearer")
            }
            Self::Busy { profile } => {
                write!(f, "the profile {profile:?} is locked by another process")
            }
            Self::Exposed { path, why } => write!(f, "{}: {why}", path.display()),
            Self::File { path, doing, error } => {
                write!(f, "{} cannot be {doing}: {error}", path.display())
            }
            Self::Damaged { path, why } => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("detail", &self.to_string())
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Fault::File { error, .. } => Some(error),
            Fault::NoAnswer { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// Returns the first of Entra's numbers in a description: `AADSTS700082: The refresh token has
/// expired …`.
fn entra_code(description: &str) -> Option<u32> {
    let (_, rest) = description.split_once("AADSTS")?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..digits)?.parse().ok()
}

/// Returns an issuer's text, fit to be shown.
fn clean(text: &str, redactor: &Redactor) -> String {
    let mut cut = text.len().min(MAX_SAID);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    // Secrets are searched before escapes could hide them, and at the end where the cut may have
    // left a part of one.
    let shown = redactor.redact_cut(text.get(..cut).unwrap_or_default());
    // Entra ends its lines with CRLF.
    Escaped(shown.replace(['\r', '\n'], " ").trim().as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_repeated_by_an_issuer_is_redacted() {
        let secret = "canary-of-a-refresh-token";
        let said = format!("the token {secret} is bad\u{1b}[2J\r\nTrace ID: 1");
        let redactor = Redactor::of_secrets([secret.as_bytes()]);
        let refusal = Refusal::new(Kinds::Own, "invalid_grant", Some(&said), &redactor);
        assert_eq!(
            refusal.to_string(),
            "invalid_grant: the token [redacted] is bad\\x1b[2J  Trace ID: 1"
        );
        let error = Error::from(Fault::Refused(refusal));
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn long_answer_is_cut_at_a_character() {
        let said = "ü".repeat(2_000);
        let refusal = Refusal::new(
            Kinds::Own,
            "invalid_grant",
            Some(&said),
            &Redactor::default(),
        );
        assert!(
            refusal
                .description()
                .is_some_and(|text| text.len() <= MAX_SAID * 4)
        );
    }

    #[test]
    fn entra_number_is_found_in_a_description() {
        for (text, found) in [
            (
                "AADSTS700082: The refresh token has expired.",
                Some(700_082),
            ),
            ("(AADSTS65001) AADSTS50000", Some(65_001)),
            ("AADSTS", None),
            ("AADSTS99999999999", None),
            ("no number", None),
        ] {
            assert_eq!(entra_code(text), found, "{text}");
        }
    }
}
