//! What a server says of a token that it does not take.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::json;
use crate::reply::Escaped;

/// Octets of the text that are kept. What real servers send has a few hundred.
const MAX_RAW: usize = 2048;

/// The error of XOAUTH2 and OAUTHBEARER: a challenge with JSON in it, RFC 7628 section 3.2.2.
///
/// Whatever cannot be read is not there; the text itself always is. Its Display text is that text, fit for a terminal.
///
/// ```
/// use mailwright_proto::auth::OAuthError;
/// let error = OAuthError::from_challenge(br#"{"status":"401","schemes":"Bearer","scope":"https://mail.google.com/"}"#);
/// assert_eq!(error.status.as_deref(), Some("401"));
/// assert_eq!(error.scope.as_deref(), Some("https://mail.google.com/"));
/// assert_eq!(OAuthError::from_challenge(b"no JSON").to_string(), "no JSON");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OAuthError {
    /// Why: `invalid_token`, or as with Google and Microsoft a status of HTTP.
    pub status: Option<String>,
    /// The authentication schemes that would do: `Bearer`.
    pub schemes: Option<String>,
    /// The scope that a token has to have.
    pub scope: Option<String>,
    /// Where to read how to get one: the address of an OpenID configuration.
    pub openid_configuration: Option<String>,
    /// The text itself, its first 2,048 octets.
    pub raw: Vec<u8>,
}

impl OAuthError {
    /// Reads the octets of a challenge, its base64 taken off.
    pub fn from_challenge(challenge: &[u8]) -> Self {
        let raw = challenge.get(..MAX_RAW).unwrap_or(challenge);
        let mut error = Self {
            raw: raw.to_vec(),
            ..Self::default()
        };
        for (name, value) in json::members(raw).unwrap_or_default() {
            let field = match name.as_str() {
                "status" => &mut error.status,
                "schemes" => &mut error.schemes,
                "scope" => &mut error.scope,
                "openid-configuration" => &mut error.openid_configuration,
                _ => continue,
            };
            // Of two with one name the first counts: a reader who searches the text finds that one.
            if field.is_none() {
                *field = value;
            }
        }
        error
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.raw).fmt(f)
    }
}
