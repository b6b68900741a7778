//! The command ahead of a chunk: `bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF`; RFC 3030 section 2.

use core::fmt::{self, Write};

/// The command. It keeps its octets itself, so that framing a chunk takes no memory.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bdat {
    octets: [u8; Self::ROOM],
    length: usize,
}

impl Bdat {
    /// The command's words, and the digits of the greatest number.
    const ROOM: usize = "BDAT  LAST\r\n".len() + 20;

    pub(super) fn new(octets: usize, last: bool) -> Self {
        let mut bdat = Self::default();
        let last = if last { " LAST" } else { "" };
        // There is room for every number.
        let _ = write!(bdat, "BDAT {octets}{last}\r\n");
        bdat
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

impl Write for Bdat {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.saturating_add(text.len());
        self.octets.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
