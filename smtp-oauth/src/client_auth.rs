//! The ways to send a client secret.

use std::fmt;
use std::str::FromStr;

/// How an application sends its client secret (RFC 6749 section 2.3.1).
///
/// ```
/// use mailwright_oauth::ClientAuth;
/// assert_eq!("basic".parse(), Ok(ClientAuth::Basic));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ClientAuth {
    /// With HTTP Basic, and in the body if the issuer answers `invalid_client`. The issuer checks
    /// the client before a code or refresh token, so none is spent twice. For Microsoft and Google
    /// in the body at once, as their documentation says.
    #[default]
    Automatic,
    /// With HTTP Basic only, which every issuer should accept: `client_secret_basic`.
    Basic,
    /// In the body only: `client_secret_post`.
    Body,
}

impl ClientAuth {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Automatic, Self::Basic, Self::Body];

    /// Returns the stable name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Basic => "basic",
            Self::Body => "body",
        }
    }
}

impl fmt::Display for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ClientAuth {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL
            .into_iter()
            .find(|way| way.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            format!(
                "no client authentication {name:?}: use {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}
