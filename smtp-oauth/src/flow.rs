//! The ways to a token.

use std::fmt;
use std::str::FromStr;

/// How a token is got.
///
/// ```
/// use mailwright_oauth::Flow;
/// assert_eq!("client-credentials".parse(), Ok(Flow::ClientCredentials));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flow {
    /// A person opens a page on any machine, and types a code that is shown here (RFC 8628).
    Device,
    /// A person logs in by a browser on this machine, which hands the answer over on a loopback address (RFC 8252), with
    /// PKCE (RFC 7636).
    Browser,
    /// The application logs in as itself, with its own secret; no person is there (RFC 6749 section 4.4).
    ClientCredentials,
    /// A Google service account acts as a mailbox of its organisation, with a key instead of a person (RFC 7523
    /// section 2.1).
    ServiceAccount,
}

impl Flow {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Device,
        Self::Browser,
        Self::ClientCredentials,
        Self::ServiceAccount,
    ];

    /// The stable name, in lower case with a hyphen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Browser => "browser",
            Self::ClientCredentials => "client-credentials",
            Self::ServiceAccount => "service-account",
        }
    }

    /// Whether a person logs in.
    pub const fn is_of_person(self) -> bool {
        !matches!(self, Self::ClientCredentials | Self::ServiceAccount)
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Flow {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL
            .into_iter()
            .find(|flow| flow.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            format!(
                "there is no flow {name:?}: there are {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}
