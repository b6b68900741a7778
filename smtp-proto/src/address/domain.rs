//! Hosts: domains, address literals, and the name that a client gives in EHLO.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use super::InvalidAddress;

/// RFC 5321 section 4.5.3.1.2.
const MAX_DOMAIN: usize = 255;
/// RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;

/// A domain: `Domain = sub-domain *("." sub-domain)`, RFC 5321 section 4.1.2.
///
/// Beyond the grammar it takes an underscore (Windows hosts have them in their names), and non-ASCII
/// text (U-labels, RFC 6531 section 3.3), with which an envelope needs SMTPUTF8. Such text must not
/// contain line breaks or separators. Further rules for labels are those of IDNA, whose tables are
/// not in this crate.
///
/// ```
/// use mailwright_proto::address::Domain;
/// assert_eq!("mail.example.test".parse::<Domain>()?.as_str(), "mail.example.test");
/// assert_eq!("a..b".parse::<Domain>().unwrap_err().offset(), 2);
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

impl Domain {
    /// The domain as it goes over the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        check_domain(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An address in a domain's place: `[192.0.2.1]`, `[IPv6:2001:db8::1]`, `[tag:content]`; RFC 5321 section 4.1.3.
///
/// ```
/// use mailwright_proto::address::AddressLiteral;
/// let literal: AddressLiteral = "[IPv6:::1]".parse()?;
/// assert_eq!(literal, AddressLiteral::from(std::net::IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])));
/// assert_eq!(literal.to_string(), "[IPv6:::1]");
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressLiteral(String);

impl AddressLiteral {
    /// Returns the literal with its brackets, as it goes over the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<IpAddr> for AddressLiteral {
    fn from(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(address) => format!("[{address}]"),
            IpAddr::V6(address) => format!("[IPv6:{address}]"),
        })
    }
}

impl FromStr for AddressLiteral {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let open = text
            .strip_prefix('[')
            .ok_or(InvalidAddress::missing("an opening bracket", 0))?;
        let content = open
            .strip_suffix(']')
            .ok_or(InvalidAddress::missing("a closing bracket", text.len()))?;
        if let Ok(address) = content.parse::<Ipv4Addr>() {
            return Ok(Self::from(IpAddr::V4(address)));
        }
        let (tag, rest) = content
            .split_once(':')
            .ok_or(InvalidAddress::missing("an IPv4 address or a tag", 1))?;
        if tag.eq_ignore_ascii_case("IPv6") {
            return match rest.parse::<Ipv6Addr>() {
                Ok(address) => Ok(Self::from(IpAddr::V6(address))),
                Err(_) => Err(InvalidAddress::missing("an IPv6 address", "[IPv6:".len())),
            };
        }
        check_domain(tag).map_err(|fault| fault.shifted(1))?;
        check_dcontent(rest).map_err(|fault| fault.shifted(tag.len().saturating_add(2)))?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AddressLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a client calls itself in EHLO and HELO: its domain, or its address literal; RFC 5321 section 4.1.4.
///
/// ```
/// use mailwright_proto::address::EhloName;
/// assert_eq!(EhloName::try_from("client.example.test")?.to_string(), "client.example.test");
/// assert!(EhloName::try_from("client\r\nMAIL FROM:<>").is_err());
/// # Ok::<(), mailwright_proto::address::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EhloName {
    /// A host with a name of its own.
    Domain(Domain),
    /// A host without one.
    Literal(AddressLiteral),
}

impl EhloName {
    /// Returns the name as it goes over the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Domain(domain) => domain.as_str(),
            Self::Literal(literal) => literal.as_str(),
        }
    }
}

impl FromStr for EhloName {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text.starts_with('[') {
            return text.parse().map(Self::Literal);
        }
        // RFC 6531 section 3.7.1: EHLO is sent before anybody knows whether SMTPUTF8 is there.
        check_ascii_domain(text)?;
        text.parse().map(Self::Domain)
    }
}

impl From<IpAddr> for EhloName {
    fn from(address: IpAddr) -> Self {
        Self::Literal(address.into())
    }
}

impl fmt::Display for EhloName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

pub(super) fn check_domain(text: &str) -> Result<(), InvalidAddress> {
    if text.len() > MAX_DOMAIN {
        return Err(InvalidAddress::too_long("a domain", MAX_DOMAIN));
    }
    let (labels, root) = text
        .strip_suffix('.')
        .map_or((text, None), |labels| (labels, Some(labels.len())));
    let mut start = 0_usize;
    for label in labels.split('.') {
        check_label(label).map_err(|fault| fault.shifted(start))?;
        start = start.saturating_add(label.len()).saturating_add(1);
    }
    root.map_or(Ok(()), |offset| Err(InvalidAddress::final_dot(offset)))
}

/// The same in ASCII alone.
pub(super) fn check_ascii_domain(text: &str) -> Result<(), InvalidAddress> {
    check_domain(text)?;
    match text.bytes().position(|byte| !byte.is_ascii()) {
        Some(offset) => Err(InvalidAddress::byte(
            byte_at(text, offset),
            offset,
            "a domain in ASCII",
        )),
        None => Ok(()),
    }
}

/// Checks `sub-domain = Let-dig [Ldh-str]`, and also accepts underscores and non-ASCII text.
fn check_label(label: &str) -> Result<(), InvalidAddress> {
    if let Some((offset, _)) = label.char_indices().find(|(_, c)| !is_label_char(*c)) {
        return Err(InvalidAddress::byte(
            byte_at(label, offset),
            offset,
            "a domain",
        ));
    }
    if label.len() > MAX_LABEL {
        return Err(InvalidAddress::too_long("a label of a domain", MAX_LABEL));
    }
    let last = label.len().saturating_sub(1);
    match (label.as_bytes().first(), label.as_bytes().last()) {
        (None, _) | (_, None) => Err(InvalidAddress::missing("a label of a domain", 0)),
        (Some(b'-'), _) => Err(InvalidAddress::byte(b'-', 0, "the first place of a label")),
        (_, Some(b'-')) => Err(InvalidAddress::byte(
            b'-',
            last,
            "the last place of a label",
        )),
        _ => Ok(()),
    }
}

/// Returns whether a character may be part of a label, as combining marks, joiners and middle dots
/// may. The full stops of UTS #46 separate labels.
fn is_label_char(c: char) -> bool {
    match c {
        '-' | '_' => true,
        '\u{2028}' | '\u{2029}' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}' => false,
        _ if c.is_ascii() => c.is_ascii_alphanumeric(),
        _ => !c.is_control() && !c.is_whitespace(),
    }
}

/// `dcontent = %d33-90 / %d94-126`, RFC 5321 section 4.1.3.
fn check_dcontent(text: &str) -> Result<(), InvalidAddress> {
    match text
        .bytes()
        .position(|byte| !matches!(byte, 33..=90 | 94..=126))
    {
        Some(offset) => Err(InvalidAddress::byte(
            byte_at(text, offset),
            offset,
            "an address literal",
        )),
        None if text.is_empty() => Err(InvalidAddress::missing(
            "the content of an address literal",
            0,
        )),
        None => Ok(()),
    }
}

fn byte_at(text: &str, offset: usize) -> u8 {
    text.as_bytes().get(offset).copied().unwrap_or_default()
}
