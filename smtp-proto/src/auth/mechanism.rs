//! The mechanisms by name, and their order.

use core::fmt;
use core::str::FromStr;

use super::invalid::{InvalidCredentials, check, check_room};

/// A SASL mechanism. Those of SCRAM and CRAM-MD5 are spoken by builds with the features `scram` and `cram-md5` alone.
///
/// ```
/// use mailwright_proto::auth::Mechanism;
/// assert_eq!("xoauth2".parse(), Ok(Mechanism::XOAuth2));
/// assert!("PLAIN-CLIENTTOKEN".parse::<Mechanism>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// A token of OAuth 2.0; RFC 7628.
    OAuthBearer,
    /// A token of OAuth 2.0, as Microsoft 365 and Gmail take it.
    XOAuth2,
    /// SCRAM with SHA-256, bound to the TLS connection; RFC 7677 and RFC 9266.
    ScramSha256Plus,
    /// SCRAM with SHA-256; RFC 7677.
    ScramSha256,
    /// SCRAM with SHA-1, bound to the TLS connection; RFC 5802 and RFC 9266.
    ScramSha1Plus,
    /// SCRAM with SHA-1; RFC 5802.
    ScramSha1,
    /// A digest of a challenge, keyed with the password; RFC 2195.
    CramMd5,
    /// User and password in one response; RFC 4616.
    Plain,
    /// User and password in two responses: never written down in an RFC, and all that many servers have.
    Login,
    /// What TLS has proved by a certificate of the client's; RFC 4422 appendix A.
    External,
    /// Nobody in particular; RFC 4505.
    Anonymous,
    /// A [`SaslMechanism`](super::SaslMechanism) of the embedder's, by its name. It is in none of the lists.
    Custom(MechanismName),
}

impl Mechanism {
    /// All built-in ones: those of [`EXTENDED`](Self::EXTENDED), then those that have to be named.
    pub const ALL: &'static [Self] = &[
        Self::OAuthBearer,
        Self::XOAuth2,
        Self::ScramSha256Plus,
        Self::ScramSha256,
        Self::ScramSha1Plus,
        Self::ScramSha1,
        Self::CramMd5,
        Self::Plain,
        Self::Login,
        Self::External,
        Self::Anonymous,
    ];

    /// The mechanisms that may be used without being named: tokens before passwords, the strongest first.
    ///
    /// The list is the same in every build: a Cargo feature adds nothing to it. The mechanisms of the features `scram` and
    /// `cram-md5` are in [`EXTENDED`](Self::EXTENDED). EXTERNAL and ANONYMOUS are in neither, since both log in without a
    /// secret.
    pub const DEFAULT: &'static [Self] =
        &[Self::OAuthBearer, Self::XOAuth2, Self::Plain, Self::Login];

    /// [`DEFAULT`](Self::DEFAULT) with the mechanisms of the features `scram` and `cram-md5`, the strongest first. A build
    /// without a feature passes over its mechanisms.
    pub const EXTENDED: &'static [Self] = &[
        Self::OAuthBearer,
        Self::XOAuth2,
        Self::ScramSha256Plus,
        Self::ScramSha256,
        Self::ScramSha1Plus,
        Self::ScramSha1,
        Self::CramMd5,
        Self::Plain,
        Self::Login,
    ];

    /// Its name in IANA's registry.
    pub fn name(self) -> &'static str {
        match self {
            Self::OAuthBearer => "OAUTHBEARER",
            Self::XOAuth2 => "XOAUTH2",
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::CramMd5 => "CRAM-MD5",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::External => "EXTERNAL",
            Self::Anonymous => "ANONYMOUS",
            Self::Custom(name) => name.as_str(),
        }
    }

    /// The same one, bound to the TLS connection; nothing where there is none, or where it is one itself.
    pub(super) fn plus(self) -> Option<Self> {
        match self {
            Self::ScramSha256 => Some(Self::ScramSha256Plus),
            Self::ScramSha1 => Some(Self::ScramSha1Plus),
            _ => None,
        }
    }

    /// Whether it is bound to the TLS connection.
    pub(super) fn is_plus(self) -> bool {
        matches!(self, Self::ScramSha256Plus | Self::ScramSha1Plus)
    }

    /// Whether the server, too, has to prove that it knows the password: RFC 5802 section 3.
    pub(crate) fn is_mutual(self) -> bool {
        self.is_plus() || self.plus().is_some()
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
        let known = Self::ALL
            .iter()
            .find(|mechanism| mechanism.name().eq_ignore_ascii_case(name));
        known.copied().ok_or(UnknownMechanism)
    }
}

/// The name of a [`SaslMechanism`](super::SaslMechanism).
///
/// ```
/// use mailwright_proto::auth::MechanismName;
/// assert_eq!(MechanismName::new("NTLM")?.as_str(), "NTLM");
/// assert_eq!(MechanismName::new("NT LM").unwrap_err().offset(), Some(2));
/// # Ok::<(), mailwright_proto::auth::InvalidCredentials>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MechanismName(&'static str);

impl MechanismName {
    /// Checks a name: `sasl-mech = 1*20mech-char`, which are upper-case letters, digits, hyphens and
    /// underscores; RFC 4422 section 3.1.
    ///
    /// # Errors
    ///
    /// Fails if the name is empty, too long, or has another character.
    pub fn new(name: &'static str) -> Result<Self, InvalidCredentials> {
        check(
            "mechanism's name",
            name.as_bytes(),
            1,
            |byte| !matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_'),
        )?;
        check_room("mechanism's name", name.len(), MAX_NAME)?;
        Ok(Self(name))
    }

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for MechanismName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Characters of a mechanism's name; RFC 4422 section 3.1.
const MAX_NAME: usize = 20;

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
