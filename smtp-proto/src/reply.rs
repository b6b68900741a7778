//! Replies: what a server says, kept whole. RFC 5321 section 4.2.

mod error;
mod escaped;
mod parse;
mod raw;
mod reader;

use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use memchr::memchr;

pub(crate) use parse::TEXT_OFFSET;
use raw::Raw;

pub use error::{Excerpt, ReplyError, ReplyFault};
pub use escaped::{Escaped, EscapedJson};
pub use reader::{BareLf, ReplyLimits, ReplyReader};

/// The three digits of a reply: 200 to 599.
///
/// Codes that no RFC lists are taken by their first digit, as RFC 5321 section 4.3.2 asks, except while a session
/// opens: there [`Connection`](crate::Connection) accepts the one code that the RFC names for each step.
///
/// ```
/// let code = mailwright_proto::reply::Reply::parse(b"451 4.7.0 later\r\n")?.code();
/// assert!(code == 451 && u16::from(code) == 451);
/// assert!(code.is_transient() && code.is_negative() && !code.is_permanent());
/// # Ok::<(), mailwright_proto::reply::ReplyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

impl ReplyCode {
    pub(crate) const SERVICE_READY: Self = Self(220);
    pub(crate) const AUTHENTICATED: Self = Self(235);
    pub(crate) const COMPLETED: Self = Self(250);
    pub(crate) const CHALLENGE: Self = Self(334);
    pub(crate) const NOT_AVAILABLE: Self = Self(421);

    /// The code of three digits, which the grammar has found to be one.
    fn of_digits([a, b, c]: [u8; 3]) -> Self {
        let [a, b, c] = [
            u16::from(a & 0x0f),
            u16::from(b & 0x0f),
            u16::from(c & 0x0f),
        ];
        Self(
            a.wrapping_mul(100)
                .wrapping_add(b.wrapping_mul(10))
                .wrapping_add(c),
        )
    }

    /// The number itself, 200 to 599.
    pub fn get(self) -> u16 {
        self.0
    }

    /// 2yz: done.
    pub fn is_positive_completion(self) -> bool {
        matches!(self.0, 200..=299)
    }

    /// 3yz: go on.
    pub fn is_positive_intermediate(self) -> bool {
        matches!(self.0, 300..=399)
    }

    /// 4yz: not now; the same may succeed later.
    pub fn is_transient(self) -> bool {
        matches!(self.0, 400..=499)
    }

    /// 5yz: no; the same will fail again.
    pub fn is_permanent(self) -> bool {
        matches!(self.0, 500..=599)
    }

    /// 4yz or 5yz.
    pub fn is_negative(self) -> bool {
        matches!(self.0, 400..=599)
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<ReplyCode> for u16 {
    fn from(code: ReplyCode) -> Self {
        code.0
    }
}

impl TryFrom<u16> for ReplyCode {
    type Error = InvalidCode;

    fn try_from(number: u16) -> Result<Self, InvalidCode> {
        match number {
            200..=599 => Ok(Self(number)),
            _ => Err(InvalidCode("a reply code has to be 200 to 599")),
        }
    }
}

impl FromStr for ReplyCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        match parse::reply_line(text.as_bytes()) {
            Ok(line) if text.len() == parse::CODE_LENGTH => Ok(line.code),
            _ => Err(InvalidCode("a reply code has to be 200 to 599")),
        }
    }
}

impl PartialEq<u16> for ReplyCode {
    fn eq(&self, number: &u16) -> bool {
        self.0 == *number
    }
}

impl PartialEq<ReplyCode> for u16 {
    fn eq(&self, code: &ReplyCode) -> bool {
        *self == code.0
    }
}

impl PartialOrd<u16> for ReplyCode {
    fn partial_cmp(&self, number: &u16) -> Option<Ordering> {
        self.0.partial_cmp(number)
    }
}

impl PartialOrd<ReplyCode> for u16 {
    fn partial_cmp(&self, code: &ReplyCode) -> Option<Ordering> {
        self.partial_cmp(&code.0)
    }
}

/// A number or text that is neither a [`ReplyCode`] nor an [`EnhancedCode`].
///
/// ```
/// use mailwright_proto::reply::ReplyCode;
/// let error = ReplyCode::try_from(199).unwrap_err();
/// assert_eq!(error.to_string(), "a reply code has to be 200 to 599");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCode(&'static str);

impl fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for InvalidCode {}

/// An enhanced status code: `5.7.509`; RFC 3463 section 2.
///
/// Its parts are wide, as real servers use numbers beyond 255.
///
/// ```
/// use mailwright_proto::reply::{EnhancedCode, Reply};
/// let reply = Reply::parse(b"550 5.7.509 Access denied\r\n")?;
/// assert_eq!(reply.enhanced(), Some(EnhancedCode { class: 5, subject: 7, detail: 509 }));
/// assert_eq!("5.7.509".parse().ok(), reply.enhanced());
/// # Ok::<(), mailwright_proto::reply::ReplyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "RFC 3463 section 2 fixes the three parts"
)]
pub struct EnhancedCode {
    /// 2 success, 4 transient, 5 permanent.
    pub class: u16,
    /// What it is about: 1 addresses, 2 mailbox, 3 mail system, 4 network, 5 protocol, 6 content, 7 security.
    pub subject: u16,
    /// The detail within the subject.
    pub detail: u16,
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl FromStr for EnhancedCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        parse::enhanced_code(text.as_bytes())
            .filter(|_| !text.contains(' '))
            .ok_or(InvalidCode(
                "an enhanced status code has to be class.subject.detail, such as 5.7.509",
            ))
    }
}

/// One reply, all of its lines, with every byte that was sent.
///
/// A short one has its octets within itself. The text of a long one is shared with the buffer that it was read into, and
/// keeps that buffer alive: whoever keeps replies for long calls [`Reply::compact`].
///
/// ```
/// use mailwright_proto::reply::Reply;
/// let reply = Reply::parse(b"550-5.1.1 No such user,\r\n550 5.1.1 and no such luck.\r\n")?;
/// assert_eq!(reply.code(), 550);
/// assert_eq!(reply.enhanced().map(|code| code.to_string()).as_deref(), Some("5.1.1"));
/// assert_eq!(reply.lines().last(), Some(b"5.1.1 and no such luck.".as_slice()));
/// # Ok::<(), mailwright_proto::reply::ReplyError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// Whole lines, each with its code, its separator and its line end: the reader made sure.
    raw: Raw,
}

impl Reply {
    /// Reads exactly one reply with [`ReplyLimits::DEFAULT`], bare LF refused.
    ///
    /// # Errors
    ///
    /// Fails if the reply is malformed, incomplete or followed by more bytes.
    pub fn parse(raw: &[u8]) -> Result<Self, ReplyError> {
        let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
        reader.receive(raw);
        match reader.next()? {
            Some(reply) if reader.is_empty() => Ok(reply),
            found => Err(reader.unfinished(found.is_some())),
        }
    }

    /// The code, the same in each of its lines.
    pub fn code(&self) -> ReplyCode {
        self.raw.code()
    }

    /// The enhanced status code at the start of its first line's text, if there is one.
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        self.lines().next().and_then(parse::enhanced_code)
    }

    /// The text of each line: without code, separator and line end; at least one, perhaps empty.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.raw();
        core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (line, behind) = split_line(rest);
            rest = behind;
            Some(line.get(TEXT_OFFSET..).unwrap_or_default())
        })
    }

    /// The bytes as they came, with codes and line ends.
    pub fn raw(&self) -> &[u8] {
        self.raw.octets()
    }

    /// A copy in memory of its own, for keeping.
    pub fn compact(&self) -> Self {
        Self {
            raw: self.raw.compact(),
        }
    }
}

/// The first of whole lines without its line end, and what is behind it.
pub(crate) fn split_line(lines: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b'\n', lines).unwrap_or(lines.len());
    let (line, behind) = lines.split_at_checked(end).unwrap_or((lines, &[]));
    (
        line.strip_suffix(b"\r").unwrap_or(line),
        behind.get(1..).unwrap_or_default(),
    )
}

/// The code and all text, on one line, escaped: fit for a terminal.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code().fmt(f)?;
        self.lines()
            .filter(|line| !line.is_empty())
            .try_for_each(|line| write!(f, " {}", Escaped(line)))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({self})")
    }
}

#[cfg(test)]
mod tests;
