//! Credentials that no server could take, and the checks that find them.

use core::fmt;

/// Why credentials cannot be used with any server. It names the place of a byte, never the byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCredentials {
    what: &'static str,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Empty,
    TooLong { most: usize },
    Byte { offset: usize },
}

impl InvalidCredentials {
    /// The offset of the byte that cannot be sent; nothing where it is all empty, or too long.
    pub fn offset(&self) -> Option<usize> {
        match self.fault {
            Fault::Byte { offset } => Some(offset),
            Fault::Empty | Fault::TooLong { .. } => None,
        }
    }
}

impl fmt::Display for InvalidCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::Byte { offset } => write!(
                f,
                "the {} has a byte at offset {offset} that cannot be sent",
                self.what
            ),
            Fault::Empty => write!(f, "the {} is empty", self.what),
            Fault::TooLong { most } => write!(f, "the {} has more than {most} octets", self.what),
        }
    }
}

impl core::error::Error for InvalidCredentials {}

pub(super) fn check(
    what: &'static str,
    bytes: &[u8],
    least: usize,
    refused: fn(u8) -> bool,
) -> Result<(), InvalidCredentials> {
    if bytes.len() < least {
        return Err(InvalidCredentials {
            what,
            fault: Fault::Empty,
        });
    }
    match bytes.iter().position(|&byte| refused(byte)) {
        Some(offset) => Err(InvalidCredentials {
            what,
            fault: Fault::Byte { offset },
        }),
        None => Ok(()),
    }
}

pub(super) fn check_room(
    what: &'static str,
    length: usize,
    most: usize,
) -> Result<(), InvalidCredentials> {
    match length > most {
        true => Err(InvalidCredentials {
            what,
            fault: Fault::TooLong { most },
        }),
        false => Ok(()),
    }
}
