//! Delivery status notifications, as they are asked for: RFC 3461.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use super::parameter::InvalidParameter;
use super::xtext::{utf8_addr_xtext, xtext};
use crate::address::Mailbox;

/// RFC 3461 section 4.4.
const MAX_ENVID: usize = 100;
/// RFC 3461 section 4.2.
const MAX_ORCPT: usize = 500;
/// The address type of RFC 6533 section 3.
const UTF_8: &str = "utf-8";

/// Whether, and on which events, a recipient's delivery is reported; RFC 3461 section 4.1.
///
/// ```
/// use mailwright_proto::envelope::{Notify, NotifyOn};
/// assert_eq!("failure,delay".parse(), Ok(Notify::On(NotifyOn::FAILURE | NotifyOn::DELAY)));
/// assert_eq!(Notify::from(NotifyOn::SUCCESS).to_string(), "SUCCESS");
/// assert!("never,delay".parse::<Notify>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 3461 section 4.1 closes the list"
)]
pub enum Notify {
    /// Nothing is reported, not even a failure.
    Never,
    /// These events are reported, and no others.
    On(NotifyOn),
}

/// The events that a report is asked for: at least one, combined with `|`.
///
/// ```
/// use mailwright_proto::envelope::NotifyOn;
/// let events = NotifyOn::FAILURE | NotifyOn::DELAY;
/// assert!(events.contains(NotifyOn::DELAY) && !events.contains(NotifyOn::SUCCESS));
/// assert_eq!(events.to_string(), "FAILURE,DELAY");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NotifyOn(u8);

impl NotifyOn {
    /// The message was delivered.
    pub const SUCCESS: Self = Self(1);
    /// The message could not be delivered.
    pub const FAILURE: Self = Self(2);
    /// Delivery takes longer than usual.
    pub const DELAY: Self = Self(4);

    const WORDS: [(Self, &'static str); 3] = [
        (Self::SUCCESS, "SUCCESS"),
        (Self::FAILURE, "FAILURE"),
        (Self::DELAY, "DELAY"),
    ];

    /// Returns whether all of `events` are among these.
    pub fn contains(self, events: Self) -> bool {
        self.0 & events.0 == events.0
    }

    fn from_word(word: &str) -> Option<Self> {
        let mut words = Self::WORDS.iter();
        words
            .find(|(_, name)| name.eq_ignore_ascii_case(word))
            .map(|(event, _)| *event)
    }
}

impl core::ops::BitOr for NotifyOn {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for NotifyOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Self::WORDS
            .iter()
            .filter(|(event, _)| self.contains(*event));
        for (i, (_, word)) in words.enumerate() {
            write!(f, "{}{word}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl From<NotifyOn> for Notify {
    fn from(events: NotifyOn) -> Self {
        Self::On(events)
    }
}

impl FromStr for Notify {
    type Err = InvalidParameter;

    /// Parses `never`, or a comma-separated list of `success`, `failure` and `delay`, in any case.
    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        if text.eq_ignore_ascii_case("NEVER") {
            return Ok(Self::Never);
        }
        let mut events = text.split(',').map(NotifyOn::from_word);
        let first = events.next().flatten();
        let all = first.and_then(|first| events.try_fold(first, |all, event| Some(all | event?)));
        all.map(Self::On).ok_or(InvalidParameter::value(
            "NOTIFY",
            "never, or success, failure and delay with commas between them",
        ))
    }
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("NEVER"),
            Self::On(events) => events.fmt(f),
        }
    }
}

/// How much of the message a report of its failure brings back; RFC 3461 section 4.3.
///
/// ```
/// use mailwright_proto::envelope::Ret;
/// assert_eq!("headers".parse(), Ok(Ret::Headers));
/// assert_eq!(Ret::Headers.to_string(), "HDRS");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 3461 section 4.3 closes the list"
)]
pub enum Ret {
    /// All of it.
    Full,
    /// Its header alone.
    Headers,
}

impl FromStr for Ret {
    type Err = InvalidParameter;

    /// `full`, `headers`, or as on the wire `HDRS`.
    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        match text {
            _ if text.eq_ignore_ascii_case("full") => Ok(Self::Full),
            _ if text.eq_ignore_ascii_case("headers") || text.eq_ignore_ascii_case("hdrs") => {
                Ok(Self::Headers)
            }
            _ => Err(InvalidParameter::value("RET", "full or headers")),
        }
    }
}

impl fmt::Display for Ret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "FULL",
            Self::Headers => "HDRS",
        })
    }
}

/// A name of the sender's own for an envelope, which reports repeat: printable ASCII, at most 100 octets as xtext; RFC 3461
/// section 4.4. Its Display text is what goes over the wire.
///
/// ```
/// use mailwright_proto::envelope::EnvelopeId;
/// assert_eq!("order 66".parse::<EnvelopeId>()?.to_string(), "order+2066");
/// assert!("two\r\nlines".parse::<EnvelopeId>().is_err());
/// # Ok::<(), mailwright_proto::envelope::InvalidParameter>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeId(String);

impl EnvelopeId {
    /// Returns the name as it was given, not as xtext.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EnvelopeId {
    type Err = InvalidParameter;

    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("ENVID", text, |byte| matches!(byte, b' '..=b'~'))?;
        if xtext(text).len() > MAX_ENVID {
            return Err(InvalidParameter::too_long("ENVID", MAX_ENVID));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&xtext(&self.0))
    }
}

/// Whom the message was for before it was forwarded or a list took it apart, which reports repeat; RFC 3461 section 4.2.
/// Its Display text is what goes over the wire.
///
/// ```
/// use mailwright_proto::{address::Mailbox, envelope::OriginalRecipient};
/// let original = OriginalRecipient::from_mailbox(&"me+lists@example.test".parse::<Mailbox>()?)?;
/// assert_eq!(original.to_string(), "rfc822;me+2Blists@example.test");
/// let greek = OriginalRecipient::from_mailbox(&"ü@example.test".parse::<Mailbox>()?)?;
/// assert_eq!(greek.to_string(), "utf-8;\\x{FC}@example.test");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalRecipient {
    kind: String,
    address: String,
}

impl OriginalRecipient {
    /// Returns a mailbox's address, of the type `rfc822`, or `utf-8` (RFC 6533 section 3) if it is not ASCII.
    ///
    /// # Errors
    ///
    /// Fails if the encoded parameter would be longer than 500 octets.
    pub fn from_mailbox(mailbox: &Mailbox) -> Result<Self, InvalidParameter> {
        let kind = if mailbox.is_ascii() { "rfc822" } else { UTF_8 };
        Self::new(kind, mailbox.as_str())
    }

    /// Returns an address of a type in IANA's registry, such as `x400`. The address is any printable ASCII; of the type
    /// `utf-8` it is any text.
    ///
    /// # Errors
    ///
    /// Fails if the type is not letters, digits and hyphens, if the address is empty or has another character than its
    /// type allows, or if the encoded parameter would be longer than 500 octets.
    pub fn new(kind: &str, address: &str) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("ORCPT", kind, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-'
        })?;
        let is_utf8 = kind.eq_ignore_ascii_case(UTF_8);
        InvalidParameter::check("ORCPT", address, |byte| {
            is_utf8 || matches!(byte, b' '..=b'~')
        })?;
        let original = Self {
            kind: kind.to_owned(),
            address: address.to_owned(),
        };
        match original.to_string().len() {
            0..=MAX_ORCPT => Ok(original),
            _ => Err(InvalidParameter::too_long("ORCPT", MAX_ORCPT)),
        }
    }

    /// Returns the type of the address: `rfc822`, `utf-8`, or another of IANA's registry.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the address as it was given, not encoded.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Display for OriginalRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = if self.kind.eq_ignore_ascii_case(UTF_8) {
            utf8_addr_xtext(&self.address)
        } else {
            xtext(&self.address)
        };
        write!(f, "{};{encoded}", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notify_is_never_or_a_list() {
        for (text, wire) in [
            ("never", "NEVER"),
            ("Success", "SUCCESS"),
            ("delay,failure", "FAILURE,DELAY"),
            ("success,failure,delay,success", "SUCCESS,FAILURE,DELAY"),
        ] {
            assert_eq!(
                text.parse::<Notify>().map(|notify| notify.to_string()),
                Ok(wire.to_string())
            );
        }
        for text in ["", "never,success", "success,", "success failure", "always"] {
            let error = text.parse::<Notify>().expect_err(text);
            let expected =
                "NOTIFY has to be never, or success, failure and delay with commas between them";
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn ret_is_full_or_the_header() {
        assert_eq!(
            ["FULL", "Headers", "hdrs"].map(str::parse),
            [Ok(Ret::Full), Ok(Ret::Headers), Ok(Ret::Headers)]
        );
        assert_eq!(Ret::Full.to_string(), "FULL");
        assert_eq!(
            "some".parse::<Ret>().unwrap_err().to_string(),
            "RET has to be full or headers"
        );
    }

    #[test]
    fn an_envelope_id_is_printable_and_short() {
        assert!("x".repeat(100).parse::<EnvelopeId>().is_ok());
        let long = "x".repeat(101).parse::<EnvelopeId>().unwrap_err();
        assert_eq!(long.to_string(), "ENVID is longer than 100 octets");
        assert!(
            "+".repeat(34).parse::<EnvelopeId>().is_err(),
            "102 octets as xtext"
        );
        assert_eq!(
            "".parse::<EnvelopeId>().unwrap_err().to_string(),
            "ENVID is empty"
        );
        let fault = "a\nb".parse::<EnvelopeId>().unwrap_err();
        assert_eq!(
            fault.to_string(),
            "byte 0x0a at offset 1 is not allowed in ENVID"
        );
        assert!("ü".parse::<EnvelopeId>().is_err());
        assert_eq!("a+b".parse::<EnvelopeId>().unwrap().as_str(), "a+b");
    }

    #[test]
    fn an_original_recipient_has_a_type_and_a_bound() {
        let original = OriginalRecipient::new("x400", "/G=a/S=b c/").unwrap();
        assert_eq!(original.to_string(), "x400;/G+3Da/S+3Db+20c/");
        assert_eq!(original.kind(), "x400");
        assert_eq!(original.address(), "/G=a/S=b c/");
        let ascii = OriginalRecipient::new("UTF-8", "a+b@c.test").unwrap();
        assert_eq!(ascii.to_string(), "UTF-8;a\\x{2B}b@c.test");
        let hostile = OriginalRecipient::new("utf-8", "ü\r\nRSET").unwrap();
        assert_eq!(hostile.to_string(), "utf-8;\\x{FC}\\x{0D}\\x{0A}RSET");
        assert!(OriginalRecipient::new("rfc822", &"x".repeat(493)).is_ok());
        assert!(OriginalRecipient::new("rfc822", &"x".repeat(494)).is_err());
        for (kind, address) in [
            ("", "a"),
            ("a", ""),
            ("a;b", "c"),
            ("a", "b\r\n"),
            ("a b", "c"),
        ] {
            assert!(
                OriginalRecipient::new(kind, address).is_err(),
                "{kind} {address}"
            );
        }
    }
}
