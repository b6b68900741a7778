//! Paths: a mailbox, or one of the two words that may stand in its place.

use core::fmt;
use core::str::FromStr;

use super::{InvalidAddress, Mailbox};

/// Where bounces go: `MAIL FROM:<…>`. The null path `<>` says nowhere.
///
/// ```
/// use mailwright_proto::address::ReversePath;
/// assert_eq!("<>".parse::<ReversePath>()?, ReversePath::Null);
/// assert_eq!("a@example.test".parse::<ReversePath>()?.to_string(), "<a@example.test>");
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 5321 section 4.1.2 closes the list"
)]
pub enum ReversePath {
    /// `<>`: of a bounce, which must not bounce itself.
    Null,
    /// A sender.
    Mailbox(Mailbox),
}

impl ReversePath {
    /// Returns the address without brackets: the empty text for the null path.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Null => "",
            Self::Mailbox(mailbox) => mailbox.as_str(),
        }
    }

    /// Whether it is written in ASCII alone: any server can take it (RFC 6531 section 3.3).
    pub fn is_ascii(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Mailbox(mailbox) => mailbox.is_ascii(),
        }
    }

    /// Whether only a server with SMTPUTF8 can take it; see [`Mailbox::needs_smtputf8`].
    pub fn needs_smtputf8(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Mailbox(mailbox) => mailbox.needs_smtputf8(),
        }
    }

    /// What goes over the wire between the brackets, in two parts.
    pub(crate) fn on_wire(&self, utf8: bool) -> [&str; 2] {
        match self {
            Self::Null => ["", ""],
            Self::Mailbox(mailbox) => mailbox.on_wire(utf8),
        }
    }
}

impl FromStr for ReversePath {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        match text {
            "" | "<>" => Ok(Self::Null),
            _ => unbracketed(text).map(Self::Mailbox),
        }
    }
}

impl From<Mailbox> for ReversePath {
    fn from(mailbox: Mailbox) -> Self {
        Self::Mailbox(mailbox)
    }
}

impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.as_str())
    }
}

/// Where a message goes: `RCPT TO:<…>`.
///
/// ```
/// use mailwright_proto::address::ForwardPath;
/// assert_eq!("postmaster".parse::<ForwardPath>()?, ForwardPath::Postmaster);
/// assert_eq!("<b@example.test>".parse::<ForwardPath>()?.as_str(), "b@example.test");
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 5321 section 4.1.1.3 closes the list"
)]
pub enum ForwardPath {
    /// `<Postmaster>`, the one mailbox without a domain.
    Postmaster,
    /// A recipient.
    Mailbox(Mailbox),
}

impl ForwardPath {
    /// The address without brackets.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Postmaster => "Postmaster",
            Self::Mailbox(mailbox) => mailbox.as_str(),
        }
    }

    /// Whether it is written in ASCII alone: any server can take it (RFC 6531 section 3.3).
    pub fn is_ascii(&self) -> bool {
        self.as_str().is_ascii()
    }

    /// Whether only a server with SMTPUTF8 can take it; see [`Mailbox::needs_smtputf8`].
    pub fn needs_smtputf8(&self) -> bool {
        match self {
            Self::Postmaster => false,
            Self::Mailbox(mailbox) => mailbox.needs_smtputf8(),
        }
    }

    /// What goes over the wire between the brackets, in two parts.
    pub(crate) fn on_wire(&self, utf8: bool) -> [&str; 2] {
        match self {
            Self::Postmaster => ["Postmaster", ""],
            Self::Mailbox(mailbox) => mailbox.on_wire(utf8),
        }
    }
}

impl FromStr for ForwardPath {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let bare = text
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .unwrap_or(text);
        if bare.eq_ignore_ascii_case("postmaster") {
            return Ok(Self::Postmaster);
        }
        unbracketed(text).map(Self::Mailbox)
    }
}

impl From<Mailbox> for ForwardPath {
    fn from(mailbox: Mailbox) -> Self {
        Self::Mailbox(mailbox)
    }
}

impl fmt::Display for ForwardPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.as_str())
    }
}

fn unbracketed(text: &str) -> Result<Mailbox, InvalidAddress> {
    match text.strip_prefix('<') {
        None => text.parse(),
        Some(open) => match open.strip_suffix('>') {
            Some(mailbox) => mailbox
                .parse()
                .map_err(|fault: InvalidAddress| fault.shifted(1)),
            None => Err(InvalidAddress::missing("a closing bracket", text.len())),
        },
    }
}
