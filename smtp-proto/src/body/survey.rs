//! What an envelope has to say of a message, found by one pass over it.

use memchr::{memchr, memchr2};

/// Counts a message as it will be sent: its size for SIZE, whether it is 8bit, and whether it can be sent at all.
///
/// ```
/// use smtp_proto::Survey;
/// let mut survey = Survey::default();
/// survey.update("Subject: grüße\n\nbody".as_bytes());
/// assert_eq!(survey.size(), 26); // two bare LFs, and a line end for the last line
/// assert!(survey.is_8bit());
/// assert_eq!(survey.nul(), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Survey {
    octets: u64,
    /// LFs and CRs that stand alone, and will be two octets each.
    bare: u64,
    last: Option<u8>,
    eight_bit: bool,
    nul: Option<u64>,
}

impl Survey {
    /// Takes the next chunk; how the message is cut into chunks changes nothing.
    pub fn update(&mut self, chunk: &[u8]) {
        self.eight_bit |= !chunk.is_ascii();
        if self.nul.is_none() {
            self.nul = memchr(0, chunk).map(|at| self.octets.saturating_add(widen(at)));
        }
        // A CR counts as bare until the LF behind it says otherwise.
        let mut from = 0_usize;
        while let Some(found) = memchr2(b'\r', b'\n', chunk.get(from..).unwrap_or_default()) {
            let at = from.saturating_add(found);
            let before = match at.checked_sub(1) {
                Some(before) => chunk.get(before).copied(),
                None => self.last,
            };
            match (chunk.get(at), before) {
                (Some(b'\n'), Some(b'\r')) => self.bare = self.bare.saturating_sub(1),
                _ => self.bare = self.bare.saturating_add(1),
            }
            from = at.saturating_add(1);
        }
        self.octets = self.octets.saturating_add(widen(chunk.len()));
        self.last = chunk.last().copied().or(self.last);
    }

    /// The message's octets with CRLF line ends and a last line that ends, without stuffed dots; RFC 1870 section 5.
    pub fn size(&self) -> u64 {
        let end = match self.last {
            None | Some(b'\r' | b'\n') => 0,
            Some(_) => 2,
        };
        self.octets.saturating_add(self.bare).saturating_add(end)
    }

    /// Whether an octet above 127 is in it.
    pub fn is_8bit(&self) -> bool {
        self.eight_bit
    }

    /// The offset of the first NUL, which RFC 5321 section 4.5.2 lets a server refuse, and RFC 5322 has no place for.
    pub fn nul(&self) -> Option<u64> {
        self.nul
    }

    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        self.octets == 0
    }
}

fn widen(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
