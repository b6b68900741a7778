//! Why bytes are no reply, and where.

use alloc::boxed::Box;
use core::fmt;

use super::Escaped;

/// Why bytes are no reply: in which line of it, and what is wrong there.
///
/// ```
/// let error = mailwright_proto::reply::Reply::parse(b"250-one\r\n25x two\r\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 2 is no reply line: byte 2 of \"25x two\" is wrong");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyError {
    pub(super) line: usize,
    pub(super) fault: ReplyFault,
}

impl ReplyError {
    /// The line within the reply, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong with it.
    pub fn fault(&self) -> &ReplyFault {
        &self.fault
    }
}

/// What can be wrong with a reply. Offsets count the bytes of the line, from 0; limits are in octets or lines.
///
/// ```
/// use mailwright_proto::reply::{Reply, ReplyFault};
/// let error = Reply::parse(b"SSH-2.0-OpenSSH_9.6\r\n").unwrap_err();
/// let ReplyFault::Malformed { offset: 0, excerpt } = error.fault() else { panic!("{error}") };
/// assert_eq!(excerpt.as_bytes(), b"SSH-2.0-OpenSSH_9.6");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyFault {
    /// No code, a code below 200 or above 599, or neither blank nor hyphen behind it.
    Malformed {
        /// The first byte that is wrong.
        offset: usize,
        /// The start of the line.
        excerpt: Excerpt,
    },
    /// A line within a reply has another code than its first.
    CodesDiffer {
        /// The code of the first line.
        first: u16,
        /// The other code.
        other: u16,
    },
    /// A line ends in LF without CR.
    BareLf {
        /// Where the LF stands.
        offset: usize,
    },
    /// A line has more octets than [`ReplyLimits::line`](crate::reply::ReplyLimits::line).
    LineTooLong {
        /// The limit.
        limit: usize,
    },
    /// A reply has more lines than [`ReplyLimits::lines`](crate::reply::ReplyLimits::lines).
    TooManyLines {
        /// The limit.
        limit: usize,
    },
    /// A reply has more octets than [`ReplyLimits::reply`](crate::reply::ReplyLimits::reply).
    ReplyTooLong {
        /// The limit.
        limit: usize,
    },
    /// The text ends before the reply does (of [`Reply::parse`](crate::reply::Reply::parse) alone).
    Unfinished,
    /// The text goes on behind the reply (of [`Reply::parse`](crate::reply::Reply::parse) alone).
    Trailing,
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match &self.fault {
            ReplyFault::Malformed { offset, excerpt } => {
                write!(
                    f,
                    "line {line} is no reply line: byte {offset} of \"{excerpt}\" is wrong"
                )
            }
            ReplyFault::CodesDiffer { first, other } => {
                write!(
                    f,
                    "line {line} has the code {other} in a reply that began with {first}"
                )
            }
            ReplyFault::BareLf { offset } => {
                write!(f, "line {line} ends in a bare LF at byte {offset}")
            }
            ReplyFault::LineTooLong { limit } => {
                write!(f, "line {line} is longer than {limit} octets")
            }
            ReplyFault::TooManyLines { limit } => {
                write!(f, "the reply has more than {limit} lines")
            }
            ReplyFault::ReplyTooLong { limit } => {
                write!(f, "the reply is longer than {limit} octets")
            }
            ReplyFault::Unfinished => {
                write!(f, "the reply ends in its line {line}, before its end")
            }
            ReplyFault::Trailing => f.write_str("something follows the reply"),
        }
    }
}

impl core::error::Error for ReplyError {}

/// The start of a line that was none: enough to tell an HTTP server from an SSH one.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt(Box<[u8]>);

impl Excerpt {
    /// Enough for any protocol's name for itself.
    const LENGTH: usize = 80;

    pub(super) fn of(line: &[u8]) -> Self {
        Self(line.get(..Self::LENGTH).unwrap_or(line).into())
    }

    /// The bytes, at most 80.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
