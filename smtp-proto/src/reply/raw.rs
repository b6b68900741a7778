//! The octets of a reply, in no more room than a code and a `Bytes` take.

use alloc::vec::Vec;

use bytes::Bytes;

use super::ReplyCode;

/// The longest reply that is copied. Most that a message gets are shorter, Postfix's 354 is about as long; to copy so few
/// octets takes less time than to count who shares them.
pub(super) const SHORT: u8 = 38;

const ROOM: usize = SHORT as usize;

const WORD: usize = size_of::<u128>();

/// Within itself, or shared with the buffer that they were read into.
#[derive(Clone)]
pub(super) enum Raw {
    Short { length: u8, octets: [u8; ROOM] },
    Long { code: ReplyCode, octets: Bytes },
}

impl Raw {
    /// A copy of so many octets at the start of a text, where they are few.
    #[inline]
    pub(super) fn short(text: &[u8], length: usize) -> Option<Self> {
        let octets = match text.first_chunk() {
            _ if length > ROOM => return None,
            // A copy of fixed size takes a few instructions. What it brings along behind the end is never shown.
            Some(octets) => *octets,
            None => copy(text.get(..length)?)?,
        };
        Some(Self::Short {
            length: u8::try_from(length).ok()?,
            octets,
        })
    }

    /// The code of the reply, with which every line of it begins.
    pub(super) fn code(&self) -> ReplyCode {
        match self {
            Self::Short {
                octets: [a, b, c, ..],
                ..
            } => ReplyCode::of_digits([*a, *b, *c]),
            Self::Long { code, .. } => *code,
        }
    }

    /// Copied or shared: the same.
    pub(super) fn octets(&self) -> &[u8] {
        match self {
            Self::Short { octets, length } => {
                octets.get(..usize::from(*length)).unwrap_or_default()
            }
            Self::Long { octets, .. } => octets,
        }
    }

    /// In memory that nothing else is in.
    pub(super) fn compact(&self) -> Self {
        match self {
            Self::Short { .. } => self.clone(),
            Self::Long { code, octets } => Self::Long {
                code: *code,
                octets: Bytes::from(Vec::from(&**octets)),
            },
        }
    }
}

/// Octets with zeros behind them. Most lines have between one word and two: these are copied as words, since to read what was
/// just stored in pieces of other sizes takes as long as all the rest.
#[inline]
fn copy(text: &[u8]) -> Option<[u8; ROOM]> {
    let mut octets = [0; ROOM];
    let behind = (2 * WORD)
        .checked_sub(text.len())
        .and_then(|behind| u32::try_from(behind).ok());
    match (
        text.first_chunk::<WORD>(),
        text.last_chunk::<WORD>(),
        behind,
        octets.as_chunks_mut().0,
    ) {
        (Some(start), Some(end), Some(behind), [first, second]) => {
            *first = *start;
            *second = u128::from_le_bytes(*end)
                .checked_shr(behind.saturating_mul(8))
                .unwrap_or(0)
                .to_le_bytes();
        }
        _ => octets.get_mut(..text.len())?.copy_from_slice(text),
    }
    Some(octets)
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for Raw {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_octets_are_copied_and_compared() {
        let text = [b'x'; ROOM + 1];
        assert!(Raw::short(&text, ROOM).is_some() && Raw::short(&text[..9], 9).is_some());
        assert!(Raw::short(&text, ROOM + 1).is_none() && Raw::short(&text[..9], 10).is_none());
        let raw = |text: &'static [u8]| Raw::Long {
            code: ReplyCode::of_digits(*b"250"),
            octets: Bytes::from(text),
        };
        assert!(Raw::short(b"250 a, and more", 5) == Some(raw(b"250 a")));
        assert!(Raw::short(b"250 a", 5) != Some(raw(b"250 b")));
    }

    #[test]
    fn a_copy_is_the_same_at_any_length() {
        let text: [u8; ROOM] = core::array::from_fn(|i| b'0' + i as u8);
        for length in 0..=ROOM {
            let copy = copy(&text[..length]).unwrap();
            assert_eq!(
                (
                    &copy[..length],
                    copy[length..].iter().all(|&octet| octet == 0)
                ),
                (&text[..length], true)
            );
        }
    }

    #[test]
    fn a_reply_takes_no_more_room_than_a_code_and_bytes() {
        assert!(size_of::<Raw>() <= size_of::<(ReplyCode, Bytes)>());
    }
}
