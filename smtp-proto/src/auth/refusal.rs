//! Why a login goes no further: what the server says within an exchange, and what it says that has no answer.

use alloc::string::String;
use core::fmt;

use super::OAuthError;
use crate::reply::Escaped;

/// Challenges of one exchange. GSSAPI and NTLM need three at most; a server must not go on for ever.
pub(crate) const MAX_CHALLENGES: u8 = 16;

/// What a server said of its refusal within the exchange, ahead of its final reply.
///
/// ```
/// use mailwright_proto::auth::{AuthFailureDetail, OAuthError};
/// let refusal = AuthFailureDetail::OAuth(OAuthError::from_challenge(br#"{"status":"invalid_token"}"#));
/// assert_eq!(refusal.to_string(), r#"{"status":"invalid_token"}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthFailureDetail {
    /// Of an access token, by XOAUTH2 or OAUTHBEARER.
    OAuth(OAuthError),
    /// By SCRAM, in one word: `invalid-proof`, `channel-bindings-dont-match`; RFC 5802 section 7.
    Scram(String),
    /// By a mechanism of the embedder's, as the server's own text or a description of it.
    Custom(String),
}

impl fmt::Display for AuthFailureDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OAuth(error) => error.fmt(f),
            Self::Scram(error) | Self::Custom(error) => Escaped(error.as_bytes()).fmt(f),
        }
    }
}

/// Why a challenge has no answer. The exchange was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChallengeFault {
    /// It is no base64, or has several lines.
    NotBase64,
    /// The mechanism has no answer to a challenge at this point.
    Unanswerable,
    /// It is not made as the mechanism's challenges are.
    Malformed,
    /// SCRAM: the nonce does not begin with the client's, or adds nothing to it. RFC 5802 section 5.1 demands both.
    Nonce,
    /// SCRAM: the salt is empty or longer than any.
    Salt,
    /// SCRAM: so few iterations that the password could be guessed from what would be sent, or so many that computing
    /// them were an attack in itself.
    Iterations(u32),
    /// SCRAM: the server does not know the password, as its signature is wrong.
    WrongSignature,
    /// The exchange exceeds the limit of 16 challenges.
    TooMany,
    /// The mechanism's response exceeds the 12,288 octets of RFC 4954 section 4.
    ResponseTooLong,
    /// A mechanism of the embedder's does not accept it, for this reason.
    Custom(&'static str),
}

impl fmt::Display for ChallengeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBase64 => f.write_str("it is no base64"),
            Self::Unanswerable => f.write_str("the mechanism has no answer to it"),
            Self::Malformed => f.write_str("it is malformed"),
            Self::Nonce => f.write_str("its nonce is not made of the client's"),
            Self::Salt => f.write_str("its salt is empty or too long"),
            Self::Iterations(count) => write!(f, "it wants {count} iterations"),
            Self::TooMany => write!(f, "too many challenges (limit {MAX_CHALLENGES})"),
            Self::ResponseTooLong => f.write_str("the response to it is too long for a line"),
            Self::Custom(reason) => f.write_str(reason),
            Self::WrongSignature => {
                f.write_str("its signature is wrong: the server does not know the password")
            }
        }
    }
}

impl core::error::Error for ChallengeFault {}
