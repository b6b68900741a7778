//! Addresses as validated newtypes: nothing that is one of these can break a command line.
//!
//! The grammar is RFC 5321 section 4.1.2 with the non-ASCII text of RFC 6531 section 3.3.

mod domain;
mod mailbox;
mod path;

use core::fmt;

pub use domain::{AddressLiteral, Domain, EhloName};
pub use mailbox::Mailbox;
pub use path::{ForwardPath, ReversePath};

/// Why a text is no address, and where.
///
/// ```
/// let error = "a@b\r\nRCPT TO:<c@d>".parse::<smtp_proto::Mailbox>().unwrap_err();
/// assert_eq!(error.offset(), 3);
/// assert_eq!(error.to_string(), "byte 0x0d at offset 3 is not allowed in a domain");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidAddress {
    fault: Fault,
    offset: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Byte { byte: u8, place: &'static str },
    Missing(&'static str),
    TooLong { place: &'static str, limit: usize },
}

impl InvalidAddress {
    fn byte(byte: u8, offset: usize, place: &'static str) -> Self {
        Self { fault: Fault::Byte { byte, place }, offset }
    }

    fn missing(what: &'static str, offset: usize) -> Self {
        Self { fault: Fault::Missing(what), offset }
    }

    fn too_long(place: &'static str, limit: usize) -> Self {
        Self { fault: Fault::TooLong { place, limit }, offset: limit }
    }

    /// The same fault in a text that begins `by` bytes earlier.
    fn shifted(self, by: usize) -> Self {
        Self { offset: self.offset.saturating_add(by), ..self }
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
            Fault::Byte { byte, place } => write!(f, "byte 0x{byte:02x} at offset {offset} is not allowed in {place}"),
            Fault::Missing(what) => write!(f, "{what} is missing at offset {offset}"),
            Fault::TooLong { place, limit } => write!(f, "{place} is longer than {limit} octets"),
        }
    }
}

impl core::error::Error for InvalidAddress {}

#[cfg(test)]
mod tests;
