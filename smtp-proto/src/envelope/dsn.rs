//! Delivery status notifications, as they are asked for: RFC 3461.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::parameter::InvalidParameter;
use super::xtext::{utf8_addr_xtext, xtext};
use crate::address::Mailbox;

/// RFC 3461 section 4.4.
const MAX_ENVID: usize = 100;
/// RFC 3461 section 4.2.
const MAX_ORCPT: usize = 500;

/// When a recipient's fate is to be reported; RFC 3461 section 4.1. What is not asked for is not reported.
///
/// ```
/// use mailwright_proto::Notify;
/// assert_eq!("failure,delay".parse(), Ok(Notify::FAILURE | Notify::DELAY));
/// assert_eq!((Notify::SUCCESS | Notify::FAILURE).to_string(), "SUCCESS,FAILURE");
/// assert!("never,delay".parse::<Notify>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notify(u8);

impl Notify {
    /// Nothing is reported at all, not even that the message could not be delivered.
    pub const NEVER: Self = Self(0);
    /// It was delivered.
    pub const SUCCESS: Self = Self(1);
    /// It could not be delivered.
    pub const FAILURE: Self = Self(2);
    /// It takes longer than usual.
    pub const DELAY: Self = Self(4);

    const WORDS: [(Self, &'static str); 3] = [
        (Self::SUCCESS, "SUCCESS"),
        (Self::FAILURE, "FAILURE"),
        (Self::DELAY, "DELAY"),
    ];
}

impl core::ops::BitOr for Notify {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromStr for Notify {
    type Err = InvalidParameter;

    /// `never`, or some of `success`, `failure` and `delay` with commas between them, in any case.
    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        if text.eq_ignore_ascii_case("NEVER") {
            return Ok(Self::NEVER);
        }
        let word = |word: &str| {
            Self::WORDS
                .iter()
                .find(|(_, name)| name.eq_ignore_ascii_case(word))
                .map(|(kind, _)| *kind)
        };
        let all = text
            .split(',')
            .try_fold(Self::NEVER, |all, name| word(name).map(|kind| all | kind));
        all.ok_or(InvalidParameter::value(
            "NOTIFY",
            "never, or success, failure and delay with commas between them",
        ))
    }
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_first = true;
        for (kind, word) in Self::WORDS {
            if self.0 & kind.0 != 0 {
                write!(f, "{}{word}", if is_first { "" } else { "," })?;
                is_first = false;
            }
        }
        if is_first {
            f.write_str("NEVER")
        } else {
            Ok(())
        }
    }
}

/// How much of the message a report of its failure brings back; RFC 3461 section 4.3.
///
/// ```
/// use mailwright_proto::Ret;
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
/// use mailwright_proto::EnvelopeId;
/// assert_eq!("order 66".parse::<EnvelopeId>()?.to_string(), "order+2066");
/// assert!("two\r\nlines".parse::<EnvelopeId>().is_err());
/// # Ok::<(), mailwright_proto::InvalidParameter>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeId(String);

impl FromStr for EnvelopeId {
    type Err = InvalidParameter;

    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("ENVID", text, |byte| matches!(byte, b' '..=b'~'))?;
        let encoded = xtext(text);
        match encoded.len() {
            0..=MAX_ENVID => Ok(Self(encoded)),
            _ => Err(InvalidParameter::too_long("ENVID", MAX_ENVID)),
        }
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom the message was for before it was forwarded or a list took it apart, which reports repeat; RFC 3461 section 4.2.
/// Its Display text is what goes over the wire.
///
/// ```
/// use mailwright_proto::{Mailbox, OriginalRecipient};
/// let original = OriginalRecipient::of(&"me+lists@example.test".parse::<Mailbox>()?)?;
/// assert_eq!(original.to_string(), "rfc822;me+2Blists@example.test");
/// let greek = OriginalRecipient::of(&"ü@example.test".parse::<Mailbox>()?)?;
/// assert_eq!(greek.to_string(), "utf-8;\\x{FC}@example.test");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalRecipient(String);

impl OriginalRecipient {
    /// A mailbox: of the type `rfc822`, or `utf-8` (RFC 6533 section 3) where it is not ASCII.
    pub fn of(mailbox: &Mailbox) -> Result<Self, InvalidParameter> {
        let address = mailbox.as_str();
        Self::bounded(match mailbox.is_ascii() {
            true => format!("rfc822;{}", xtext(address)),
            false => format!("utf-8;{}", utf8_addr_xtext(address)),
        })
    }

    /// An address of another type in IANA's registry, such as `x400`. Any printable ASCII can be one.
    pub fn new(kind: &str, address: &str) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("ORCPT", kind, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-'
        })?;
        InvalidParameter::check("ORCPT", address, |byte| matches!(byte, b' '..=b'~'))?;
        Self::bounded(format!("{kind};{}", xtext(address)))
    }

    fn bounded(encoded: String) -> Result<Self, InvalidParameter> {
        match encoded.len() {
            0..=MAX_ORCPT => Ok(Self(encoded)),
            _ => Err(InvalidParameter::too_long("ORCPT", MAX_ORCPT)),
        }
    }
}

impl fmt::Display for OriginalRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

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
    }

    #[test]
    fn an_original_recipient_has_a_type_and_a_bound() {
        let original = OriginalRecipient::new("x400", "/G=a/S=b c/").unwrap();
        assert_eq!(original.to_string(), "x400;/G+3Da/S+3Db+20c/");
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
