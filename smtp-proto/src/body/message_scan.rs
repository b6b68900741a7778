//! What an envelope has to say of a message, found by one pass over it.

use memchr::{memchr, memchr2};

/// Counts a message as it will be sent: its size for SIZE, whether it is 8bit, whether its header needs SMTPUTF8, and
/// whether it can be sent at all. [`Envelope::with_scan`](crate::envelope::Envelope::with_scan) declares all of it.
///
/// ```
/// use mailwright_proto::body::MessageScan;
/// let mut scan = MessageScan::default();
/// scan.update("Subject: grüße\n\nbody".as_bytes());
/// assert_eq!(scan.size(), 26); // two bare LFs, and a line end for the last line
/// assert!(scan.is_8bit() && scan.has_utf8_header());
/// assert_eq!(scan.nul(), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct MessageScan {
    octets: u64,
    /// LFs and CRs that stand alone, and will be two octets each.
    bare: u64,
    last: Option<u8>,
    eight_bit: bool,
    nul: Option<u64>,
    header: Header,
}

impl MessageScan {
    /// Takes the next chunk; how the message is cut into chunks changes nothing.
    pub fn update(&mut self, chunk: &[u8]) {
        self.eight_bit |= !chunk.is_ascii();
        self.header.update(chunk);
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

    /// Returns whether the header section has non-ASCII UTF-8, which only a server with SMTPUTF8
    /// accepts; RFC 6531 section 3.4.
    ///
    /// Octets above 127 in another encoding do not count: such a header is malformed, and needs
    /// only 8BITMIME.
    pub fn has_utf8_header(&self) -> bool {
        self.header.has_utf8()
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

/// The header section: everything before the first empty line, with any line ends.
#[derive(Debug, Clone)]
struct Header {
    is_over: bool,
    at_line_start: bool,
    after_cr: bool,
    eight_bit: bool,
    /// The number of octets missing from the current character; `None` after an octet that was not
    /// UTF-8.
    missing: Option<u8>,
}

impl Default for Header {
    fn default() -> Self {
        Self {
            is_over: false,
            at_line_start: true,
            after_cr: false,
            eight_bit: false,
            missing: Some(0),
        }
    }
}

impl Header {
    fn update(&mut self, chunk: &[u8]) {
        for &octet in chunk {
            if self.is_over {
                return;
            }
            match octet {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\r' | b'\n' => {
                    self.is_over = self.at_line_start;
                    (self.at_line_start, self.after_cr) = (true, octet == b'\r');
                }
                _ => (self.at_line_start, self.after_cr) = (false, false),
            }
            self.eight_bit |= !octet.is_ascii();
            self.missing = self
                .missing
                .and_then(|missing| missing_after(missing, octet));
        }
    }

    fn has_utf8(&self) -> bool {
        self.eight_bit && self.missing == Some(0)
    }
}

/// Returns how many octets of a `UTF8-char` (RFC 3629 section 4) are missing after this one.
fn missing_after(missing: u8, octet: u8) -> Option<u8> {
    match (missing.checked_sub(1), octet) {
        (None, 0..=0x7f) => Some(0),
        (None, 0xc2..=0xdf) => Some(1),
        (None, 0xe0..=0xef) => Some(2),
        (None, 0xf0..=0xf4) => Some(3),
        (Some(left), 0x80..=0xbf) => Some(left),
        _ => None,
    }
}

fn widen(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
