//! Parameters that nothing here knows, and what makes any parameter's value unfit.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// Octets of one parameter, value included. An extension may ask for more room than RFC 5321 section 4.5.3.1.4 gives a
/// line; none in IANA's registry asks for more than this.
const MAX_PARAMETER: usize = 512;

/// What the envelope has typed fields for.
const TYPED: &[&str] = &[
    "SIZE",
    "BODY",
    "SMTPUTF8",
    "RET",
    "ENVID",
    "NOTIFY",
    "ORCPT",
    "AUTH",
    "REQUIRETLS",
    "MT-PRIORITY",
    "BY",
    "HOLDFOR",
    "HOLDUNTIL",
];

/// A parameter of MAIL or RCPT that has no type of its own here: `esmtp-param`, RFC 5321 section 4.1.2. Whether the server
/// offers its extension is for the embedder to find out.
///
/// ```
/// use mailwright_proto::envelope::Parameter;
/// assert_eq!(Parameter::new("XVERP", None)?.to_string(), "XVERP");
/// assert_eq!(Parameter::new("TRANSID", Some("<12@a.test>"))?, "TRANSID=<12@a.test>".parse()?);
/// assert!(Parameter::new("X", Some("a b")).is_err());
/// assert!(Parameter::new("SIZE", Some("1")).is_err(), "the envelope has a field for that");
/// # Ok::<(), mailwright_proto::envelope::InvalidParameter>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    keyword: String,
    value: Option<String>,
}

impl Parameter {
    /// Returns a parameter of a keyword, and of a value if the keyword takes one.
    ///
    /// # Errors
    ///
    /// Fails if the keyword is not letters, digits and hyphens, if the value has anything but visible ASCII without the
    /// equals sign, if both together are longer than 512 octets, or if the envelope has a field for the keyword.
    pub fn new(keyword: &str, value: Option<&str>) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("a keyword", keyword, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-'
        })?;
        if keyword.starts_with('-') {
            return Err(InvalidParameter(Fault::Byte {
                byte: b'-',
                offset: 0,
                place: "a keyword",
            }));
        }
        if let Some(value) = value {
            InvalidParameter::check("a value", value, |byte| {
                byte.is_ascii_graphic() && byte != b'='
            })?;
        }
        if keyword.len().saturating_add(value.map_or(0, str::len)) > MAX_PARAMETER {
            return Err(InvalidParameter::too_long("a parameter", MAX_PARAMETER));
        }
        if let Some(typed) = TYPED
            .iter()
            .find(|typed| typed.eq_ignore_ascii_case(keyword))
        {
            return Err(InvalidParameter(Fault::Typed(typed)));
        }
        Ok(Self {
            keyword: keyword.to_owned(),
            value: value.map(str::to_owned),
        })
    }

    /// Returns the keyword.
    pub fn keyword(&self) -> &str {
        &self.keyword
    }

    /// Returns the value.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

impl FromStr for Parameter {
    type Err = InvalidParameter;

    /// Parses `KEYWORD` or `KEYWORD=VALUE`.
    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        match text.split_once('=') {
            Some((keyword, value)) => Self::new(keyword, Some(value)),
            None => Self::new(text, None),
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keyword)?;
        self.value
            .iter()
            .try_for_each(|value| write!(f, "={value}"))
    }
}

/// Why something cannot be a parameter of MAIL or RCPT.
///
/// ```
/// let error = mailwright_proto::envelope::Parameter::new("X", Some("a\r\nQUIT")).unwrap_err();
/// assert_eq!(error.to_string(), "byte 0x0d at offset 1 is not allowed in a value");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidParameter(Fault);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Byte {
        byte: u8,
        offset: usize,
        place: &'static str,
    },
    Empty(&'static str),
    TooLong {
        what: &'static str,
        limit: usize,
    },
    Value {
        what: &'static str,
        expected: &'static str,
    },
    Typed(&'static str),
}

impl InvalidParameter {
    /// Text that is not empty, and has none but good bytes.
    pub(super) fn check(
        place: &'static str,
        text: &str,
        is_good: impl Fn(u8) -> bool,
    ) -> Result<(), Self> {
        let bad = text.bytes().enumerate().find(|(_, byte)| !is_good(*byte));
        match bad {
            Some((offset, byte)) => Err(Self(Fault::Byte {
                byte,
                offset,
                place,
            })),
            None if text.is_empty() => Err(Self(Fault::Empty(place))),
            None => Ok(()),
        }
    }

    pub(super) fn too_long(what: &'static str, limit: usize) -> Self {
        Self(Fault::TooLong { what, limit })
    }

    pub(super) const fn value(what: &'static str, expected: &'static str) -> Self {
        Self(Fault::Value { what, expected })
    }
}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Fault::Byte {
                byte,
                offset,
                place,
            } => {
                write!(
                    f,
                    "byte 0x{byte:02x} at offset {offset} is not allowed in {place}"
                )
            }
            Fault::Empty(what) => write!(f, "{what} is empty"),
            Fault::TooLong { what, limit } => write!(f, "{what} is longer than {limit} octets"),
            Fault::Value { what, expected } => write!(f, "{what} has to be {expected}"),
            Fault::Typed(keyword) => {
                write!(f, "{keyword} is said by a field of the envelope's own")
            }
        }
    }
}

impl core::error::Error for InvalidParameter {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn what_would_break_a_line_or_another_parameter_is_no_parameter() {
        for (keyword, value) in [
            ("", None),
            ("-X", None),
            ("X Y", None),
            ("X=Y", None),
            ("X\r\n", None),
            ("Ü", None),
            ("X", Some("")),
            ("X", Some("a=b")),
            ("X", Some("a b")),
            ("X", Some("a\r\nRSET")),
            ("X", Some("ü")),
            ("X", Some("\0")),
        ] {
            assert!(
                Parameter::new(keyword, value).is_err(),
                "{keyword:?} {value:?}"
            );
        }
        let longest = "v".repeat(511);
        assert!(Parameter::new("X", Some(&longest)).is_ok());
        assert!(Parameter::new("XY", Some(&longest)).is_err());
    }

    #[test]
    fn what_has_a_type_goes_by_that() {
        for keyword in TYPED {
            let error = Parameter::new(&keyword.to_ascii_lowercase(), Some("1")).unwrap_err();
            assert_eq!(
                error.to_string(),
                alloc::format!("{keyword} is said by a field of the envelope's own")
            );
        }
        let parameter = Parameter::new("SUBMITTER", Some("a@b.test")).unwrap();
        assert_eq!(
            (parameter.keyword(), parameter.value()),
            ("SUBMITTER", Some("a@b.test"))
        );
    }
}
