//! `Mailbox = Local-part "@" ( Domain / address-literal )`, RFC 5321 section 4.1.2.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::InvalidAddress;
use super::domain::{AddressLiteral, check_ascii_domain, check_domain};

/// RFC 5321 section 4.5.3.1.3 gives a path 256 octets, its brackets included. The 64 octets of a
/// local part (section 4.5.3.1.1) are not held: bounce addresses of mailing lists are longer, and get through.
const MAX_MAILBOX: usize = 254;

/// A mailbox: `user@example.test`, `"two words"@example.test`, `user@[192.0.2.1]`.
///
/// Non-ASCII text (RFC 6531 section 3.3) is accepted; an envelope with it needs SMTPUTF8. Dots at
/// the ends of a local part, or next to each other, are only valid in quotes: the error then has
/// the quoted form.
///
/// ```
/// use mailwright_proto::address::Mailbox;
/// let mailbox: Mailbox = "\"a@b\"@example.test".parse()?;
/// assert_eq!((mailbox.local_part(), mailbox.domain()), ("\"a@b\"", "example.test"));
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mailbox {
    text: String,
    at: usize,
    /// The domain in A-labels, where it is not ASCII and somebody knows them.
    ascii_domain: Option<String>,
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
        self.text
            .get(self.at.saturating_add(1)..)
            .unwrap_or_default()
    }

    /// Whether it is written in ASCII alone: any server can take it (RFC 6531 section 3.3).
    pub fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    /// The same with what its domain is in A-labels, for servers without SMTPUTF8 and for the DNS: RFC 5891 section 4.4.
    /// To find them takes IDNA's tables, which are not in here.
    ///
    /// # Errors
    ///
    /// Fails if `domain` is no ASCII domain, or if the mailbox's own domain is ASCII and another one.
    ///
    /// ```
    /// use mailwright_proto::address::Mailbox;
    /// let mailbox = "info@bücher.example".parse::<Mailbox>()?.with_ascii_domain("xn--bcher-kva.example")?;
    /// assert_eq!(mailbox.domain(), "bücher.example");
    /// assert_eq!(mailbox.ascii_domain(), Some("xn--bcher-kva.example"));
    /// assert!(!mailbox.needs_smtputf8());
    /// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
    /// ```
    pub fn with_ascii_domain(mut self, domain: &str) -> Result<Self, InvalidAddress> {
        check_ascii_domain(domain)?;
        if self.at.saturating_add(1).saturating_add(domain.len()) > MAX_MAILBOX {
            return Err(InvalidAddress::too_long("a mailbox", MAX_MAILBOX));
        }
        if self.domain().is_ascii() {
            let offset = self.at.saturating_add(1);
            return match self.domain() == domain {
                true => Ok(self),
                false => Err(InvalidAddress::ascii_already(offset)),
            };
        }
        self.ascii_domain = Some(domain.to_owned());
        Ok(self)
    }

    /// The domain, or literal, in ASCII: as it is, or by its A-labels where those are known.
    pub fn ascii_domain(&self) -> Option<&str> {
        self.ascii_domain
            .as_deref()
            .or_else(|| Some(self.domain()).filter(|domain| domain.is_ascii()))
    }

    /// Whether only a server with SMTPUTF8 can take it: its local part is not ASCII, or its domain is not, and nobody
    /// knows its A-labels. RFC 6531 section 3.2.
    pub fn needs_smtputf8(&self) -> bool {
        // Nearly all are ASCII, and this is asked of each recipient.
        if self.is_ascii() {
            return false;
        }
        !self.local_part().is_ascii() || self.ascii_domain().is_none()
    }

    /// What goes over the wire, in two parts: with `utf8` as it is, else with A-labels.
    pub(crate) fn on_wire(&self, utf8: bool) -> [&str; 2] {
        match &self.ascii_domain {
            Some(domain) if !utf8 => [self.text.get(..=self.at).unwrap_or_default(), domain],
            _ => [&self.text, ""],
        }
    }
}

impl FromStr for Mailbox {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let at = if text.starts_with('"') {
            quoted_string(text)?
        } else {
            dot_string(text).map_err(|fault| InvalidAddress {
                quoted: quoted(text),
                ..fault
            })?
        };
        let start = at.saturating_add(1);
        let host = text.get(start..).unwrap_or_default();
        if host.starts_with('[') {
            host.parse::<AddressLiteral>().map(drop)
        } else {
            check_domain(host)
        }
        .map_err(|fault| fault.shifted(start))?;
        if text.len() > MAX_MAILBOX {
            return Err(InvalidAddress::too_long("a mailbox", MAX_MAILBOX));
        }
        Ok(Self {
            text: text.to_owned(),
            at,
            ascii_domain: None,
        })
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
            b'@' if at_atom_start => {
                return Err(InvalidAddress::missing("an atom of the local part", offset));
            }
            b'@' => return Ok(offset),
            b'.' if at_atom_start => {
                return Err(InvalidAddress::byte(
                    byte,
                    offset,
                    "the first place of an atom",
                ));
            }
            b'.' => at_atom_start = true,
            _ if is_atext(byte) => at_atom_start = false,
            _ => return Err(InvalidAddress::byte(byte, offset, "a local part")),
        }
    }
    Err(InvalidAddress::missing("an @", text.len()))
}

/// Returns the mailbox with its local part in quotes, if only its dots are invalid: within quotes
/// they may be anywhere.
fn quoted(text: &str) -> Option<Box<str>> {
    let (local_part, host) = text.split_once('@')?;
    let has_other_fault = local_part.is_empty()
        || !local_part
            .bytes()
            .all(|byte| byte == b'.' || is_atext(byte));
    let quoted = format!("\"{local_part}\"@{host}");
    let is_valid = !has_other_fault && quoted.parse::<Mailbox>().is_ok();
    is_valid.then(|| quoted.into_boxed_str())
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
