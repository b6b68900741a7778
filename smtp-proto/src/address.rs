//! Addresses as validated newtypes: nothing that is one of these can break a command line.
//!
//! The grammar is RFC 5321 section 4.1.2 with the non-ASCII text of RFC 6531 section 3.3.
//!
//! Every address type implements `FromStr`, `TryFrom<&str>`, `TryFrom<String>`, `AsRef<str>`,
//! `Display`, `Hash` and `Ord`. `AsRef<str>` gives the text that parses to the same address; a path's
//! `Display` also has the angle brackets. Comparison is by the text, octet by octet.

mod domain;
mod mailbox;
mod path;

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

pub use domain::{AddressLiteral, Domain, EhloName};
pub use mailbox::Mailbox;
pub use path::{ForwardPath, ReversePath};

/// Why a text is no address, and where.
///
/// ```
/// let error = "a@b\r\nRCPT TO:<c@d>".parse::<mailwright_proto::address::Mailbox>().unwrap_err();
/// assert_eq!(error.offset(), 3);
/// assert_eq!(error.to_string(), "byte 0x0d at offset 3 is not allowed in a domain");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidAddress {
    fault: Fault,
    offset: usize,
    /// The same mailbox with its local part in quotes, if that is valid.
    quoted: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Byte { byte: u8, place: &'static str },
    Missing(&'static str),
    TooLong { place: &'static str, limit: usize },
    FinalDot,
    AsciiAlready,
}

impl InvalidAddress {
    fn byte(byte: u8, offset: usize, place: &'static str) -> Self {
        Self::at(offset, Fault::Byte { byte, place })
    }

    fn missing(what: &'static str, offset: usize) -> Self {
        Self::at(offset, Fault::Missing(what))
    }

    fn too_long(place: &'static str, limit: usize) -> Self {
        Self::at(limit, Fault::TooLong { place, limit })
    }

    fn final_dot(offset: usize) -> Self {
        Self::at(offset, Fault::FinalDot)
    }

    fn ascii_already(offset: usize) -> Self {
        Self::at(offset, Fault::AsciiAlready)
    }

    fn at(offset: usize, fault: Fault) -> Self {
        Self {
            fault,
            offset,
            quoted: None,
        }
    }

    /// The same fault in a text that begins `by` bytes earlier.
    fn shifted(self, by: usize) -> Self {
        Self {
            offset: self.offset.saturating_add(by),
            ..self
        }
    }

    /// The offset in bytes of the first byte that cannot stand where it stands.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.offset;
        match self.fault {
            Fault::Byte { byte, place } => write!(
                f,
                "byte 0x{byte:02x} at offset {offset} is not allowed in {place}"
            ),
            Fault::Missing(what) => write!(f, "{what} is missing at offset {offset}"),
            Fault::TooLong { place, limit } => write!(f, "{place} is longer than {limit} octets"),
            Fault::FinalDot => write!(
                f,
                "the domain ends in a dot at offset {offset}, which has to be left out"
            ),
            Fault::AsciiAlready => write!(
                f,
                "the domain at offset {offset} is ASCII, and cannot have other A-labels"
            ),
        }?;
        match &self.quoted {
            Some(quoted) => write!(f, "; it is allowed in quotes: {quoted}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for InvalidAddress {}

/// The conversions that follow from `FromStr` and `as_str`.
macro_rules! text_conversions {
    ($($address:ty),+) => {$(
        impl TryFrom<&str> for $address {
            type Error = InvalidAddress;

            fn try_from(text: &str) -> Result<Self, InvalidAddress> {
                text.parse()
            }
        }

        impl TryFrom<String> for $address {
            type Error = InvalidAddress;

            fn try_from(text: String) -> Result<Self, InvalidAddress> {
                text.parse()
            }
        }

        impl AsRef<str> for $address {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
    )+};
}

text_conversions!(
    AddressLiteral,
    Domain,
    EhloName,
    ForwardPath,
    Mailbox,
    ReversePath
);

#[cfg(test)]
mod tests;
