//! The command ahead of a chunk: `bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF`; RFC 3030 section 2.

/// The command. It keeps its octets itself, so that framing a chunk takes no memory.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bdat {
    octets: [u8; Self::ROOM],
    length: usize,
}

impl Bdat {
    /// As many digits as the greatest number has.
    const DIGITS: usize = 20;

    const ROOM: usize = "BDAT  LAST\r\n".len() + Self::DIGITS;

    /// Put together by copies: the formatter takes ten times as long.
    pub(super) fn new(octets: usize, last: bool) -> Self {
        let (mut digits, mut first, mut left) = ([0; Self::DIGITS], Self::DIGITS, octets);
        for (at, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' | u8::try_from(left % 10).unwrap_or_default();
            (first, left) = (at, left / 10);
            if left == 0 {
                break;
            }
        }
        let mut bdat = Self::default();
        bdat.push(b"BDAT ");
        bdat.push(digits.get(first..).unwrap_or_default());
        bdat.push(if last { b" LAST\r\n" } else { b"\r\n" });
        bdat
    }

    /// There is room for every number.
    fn push(&mut self, octets: &[u8]) {
        let end = self.length.saturating_add(octets.len());
        if let Some(room) = self.octets.get_mut(self.length..end) {
            room.copy_from_slice(octets);
            self.length = end;
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_says_every_number() {
        for octets in [0, 7, 10, 99, 100, 1_014, 262_144, usize::MAX] {
            for (last, end) in [(true, " LAST"), (false, "")] {
                let expected = alloc::format!("BDAT {octets}{end}\r\n");
                assert_eq!(Bdat::new(octets, last).as_bytes(), expected.as_bytes());
            }
        }
    }
}
