//! `Mailbox = Local-part "@" ( Domain / address-literal )`, RFC 5321 section 4.1.2.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::InvalidAddress;
use super::domain::{AddressLiteral, check_domain};

/// RFC 5321 section 4.5.3.1.3 gives a path 256 octets, its brackets included. The 64 octets of a
/// local part (section 4.5.3.1.1) are not held: bounce addresses of mailing lists are longer, and get through.
const MAX_MAILBOX: usize = 254;

/// A mailbox: `user@example.test`, `"two words"@example.test`, `user@[192.0.2.1]`.
///
/// Non-ASCII text (RFC 6531 section 3.3) is taken; an envelope with it needs SMTPUTF8.
///
/// ```
/// use smtp_proto::Mailbox;
/// let mailbox: Mailbox = "\"a@b\"@example.test".parse()?;
/// assert_eq!((mailbox.local_part(), mailbox.domain()), ("\"a@b\"", "example.test"));
/// # Ok::<(), smtp_proto::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailbox {
    text: String,
    at: usize,
}

impl Mailbox {
    /// The whole, as it goes over the wire, without brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`, with its quotes if it has them.
    pub fn local_part(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// What stands behind the `@`: a domain, or an address literal in its brackets.
    pub fn domain(&self) -> &str {
        self.text.get(self.at.saturating_add(1)..).unwrap_or_default()
    }

    /// Whether any server can take it: one that is not ASCII alone needs SMTPUTF8 (RFC 6531 section 3.3).
    pub fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }
}

impl FromStr for Mailbox {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let at = if text.starts_with('"') { quoted_string(text)? } else { dot_string(text)? };
        let start = at.saturating_add(1);
        let host = text.get(start..).unwrap_or_default();
        if host.starts_with('[') { host.parse::<AddressLiteral>().map(drop) } else { check_domain(host) }
            .map_err(|fault| fault.shifted(start))?;
        if text.len() > MAX_MAILBOX {
            return Err(InvalidAddress::too_long("a mailbox", MAX_MAILBOX));
        }
        Ok(Self { text: text.to_owned(), at })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `Dot-string = Atom *("." Atom)`; gives the offset of the `@` behind it.
fn dot_string(text: &str) -> Result<usize, InvalidAddress> {
    let mut at_atom_start = true;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'@' if at_atom_start => return Err(InvalidAddress::missing("an atom of the local part", offset)),
            b'@' => return Ok(offset),
            b'.' if at_atom_start => return Err(InvalidAddress::byte(byte, offset, "the first place of an atom")),
            b'.' => at_atom_start = true,
            _ if is_atext(byte) => at_atom_start = false,
            _ => return Err(InvalidAddress::byte(byte, offset, "a local part")),
        }
    }
    Err(InvalidAddress::missing("an @", text.len()))
}

/// `Quoted-string = DQUOTE *QcontentSMTP DQUOTE`; gives the offset of the `@` behind it.
fn quoted_string(text: &str) -> Result<usize, InvalidAddress> {
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            0..=31 | 127 => return Err(InvalidAddress::byte(byte, offset, "a quoted local part")),
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let end = offset.saturating_add(1);
                return match text.as_bytes().get(end) {
                    Some(b'@') => Ok(end),
                    Some(&byte) => Err(InvalidAddress::byte(byte, end, "the place of the @")),
                    None => Err(InvalidAddress::missing("an @", end)),
                };
            }
            _ => {}
        }
    }
    Err(InvalidAddress::missing("a closing quote", text.len()))
}

/// `atext` of RFC 5322 section 3.2.3, and UTF-8 beyond ASCII by RFC 6531 section 3.3.
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}
