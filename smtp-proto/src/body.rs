//! The message on the wire, as slices of the caller's own bytes: within DATA with its dots stuffed, or by BDAT in
//! chunks that say how long they are; line ends made CRLF.
//!
//! RFC 5321 section 4.5.2 (transparency) and section 2.3.8 (no bare CR, no bare LF), RFC 3030 section 2 (chunks). A
//! message in which both held cannot be taken for two by any server, however it reads line ends.

mod bdat;
mod message_scan;
mod scan;

use alloc::vec::Vec;
use core::fmt;

use memchr::memchr2;

use bdat::Bdat;
pub use message_scan::MessageScan;

const CRLF: &[u8] = b"\r\n";
const DOT: &[u8] = b".";
/// Ends the data where its last line is finished; RFC 5321 section 4.1.1.4.
pub(crate) const END_OF_DATA: &[u8] = b".\r\n";
const END_OF_LINE_AND_DATA: &[u8] = b"\r\n.\r\n";

/// Octets without anything to be changed, line by line, after which it pays to look at whole blocks again.
const PATIENCE: usize = 1024;

/// What becomes of a CR or LF that stands alone. RFC 5321 section 2.3.8 lets neither out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::exhaustive_enums,
    reason = "sending them as they are is what smuggling lives on"
)]
pub enum LineEnds {
    /// Each becomes CRLF.
    #[default]
    Normalise,
    /// The chunk with it is refused.
    Refuse,
}

/// Where the next octet of the message will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    Middle,
    /// Behind a CR that is held back: the next octet says whether it was a bare one.
    AfterCr,
}

/// What makes octets a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// Lines without a lone dot, and then one.
    Data,
    /// Lines, counted.
    Chunks,
    /// Octets, counted and kept as they are; RFC 3030 section 3.
    Binary,
}

/// Frames one message, chunk by chunk.
///
/// ```
/// use mailwright_proto::body::{BodyEncoder, LineEnds};
/// let mut framer = BodyEncoder::new(LineEnds::Normalise);
/// let mut wire = framer.frame(b"one\n.two\r", false)?.to_vec();
/// wire.extend(framer.frame(b"\n...three", true)?.to_vec());
/// assert_eq!(wire, b"one\r\n..two\r\n....three\r\n.\r\n");
/// # Ok::<(), mailwright_proto::body::BareLineEnd>(())
/// ```
#[derive(Debug)]
pub struct BodyEncoder {
    framing: Framing,
    place: Place,
    line_ends: LineEnds,
    offset: u64,
}

impl BodyEncoder {
    /// At the start of a message within DATA.
    pub fn new(line_ends: LineEnds) -> Self {
        Self::of(Framing::Data, line_ends)
    }

    /// At the start of a message by BDAT; RFC 3030 section 2. Its lines are made whole as within DATA, and no dot is
    /// stuffed: the command ahead of each chunk says how long it is.
    ///
    /// ```
    /// use mailwright_proto::body::{BodyEncoder, LineEnds};
    /// let mut framer = BodyEncoder::chunked(LineEnds::Normalise);
    /// let mut wire = framer.frame(b"one\r\n.", false)?.to_vec();
    /// wire.extend(framer.frame(b"two\n", true)?.to_vec());
    /// assert_eq!(wire, b"BDAT 6\r\none\r\n.BDAT 5 LAST\r\ntwo\r\n");
    /// # Ok::<(), mailwright_proto::body::BareLineEnd>(())
    /// ```
    pub fn chunked(line_ends: LineEnds) -> Self {
        Self::of(Framing::Chunks, line_ends)
    }

    /// At the start of a message in binary, by BDAT: not an octet is changed. RFC 3030 section 3.
    pub fn binary() -> Self {
        Self::of(Framing::Binary, LineEnds::Normalise)
    }

    fn of(framing: Framing, line_ends: LineEnds) -> Self {
        Self {
            framing,
            place: Place::LineStart,
            line_ends,
            offset: 0,
        }
    }

    /// Frames the next chunk. With `last`, the end of the data follows it; a last line without an end gets one (but not
    /// in binary), and no blank line is added. By BDAT, a chunk of no octets that is not the last leaves nothing to write.
    ///
    /// The framer has moved on when this returns: a [`EncodedChunk`] that is dropped changes nothing for the next chunk.
    ///
    /// # Errors
    ///
    /// Fails if the chunk has a bare CR or LF under [`LineEnds::Refuse`]. The encoder has not moved on then.
    pub fn frame<'b>(
        &mut self,
        chunk: &'b [u8],
        last: bool,
    ) -> Result<EncodedChunk<'b>, BareLineEnd> {
        if self.framing == Framing::Binary {
            return Ok(EncodedChunk::counted(Slices::whole(chunk), last));
        }
        if self.line_ends == LineEnds::Refuse {
            self.check(chunk, last)?;
        }
        let start = self.place;
        self.place = match chunk.last() {
            None => start,
            Some(b'\r') => Place::AfterCr,
            Some(b'\n') => Place::LineStart,
            Some(_) => Place::Middle,
        };
        self.offset = self
            .offset
            .saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        let stuffs = self.framing == Framing::Data;
        let tail = match (last, self.place) {
            (false, _) => b"".as_slice(),
            (true, Place::LineStart) if stuffs => END_OF_DATA,
            (true, Place::LineStart) => b"",
            (true, Place::Middle | Place::AfterCr) if stuffs => END_OF_LINE_AND_DATA,
            (true, Place::Middle | Place::AfterCr) => CRLF,
        };
        let (head, rest) = match (start, chunk.first()) {
            (Place::AfterCr, Some(b'\n')) => (CRLF, chunk.get(1..).unwrap_or_default()),
            (Place::AfterCr, Some(_)) => (CRLF, chunk),
            _ => (b"".as_slice(), chunk),
        };
        let line_start = stuffs && start != Place::Middle;
        let clean = scan::clean(rest, stuffs);
        let lines = Slices {
            bdat: b"",
            pending: head,
            rest,
            clean,
            line_start,
            stuffs,
            tail,
        };
        Ok(match stuffs {
            true => EncodedChunk {
                bdat: Bdat::default(),
                slices: lines,
                counted: None,
            },
            false => EncodedChunk::counted(lines, last),
        })
    }

    /// Looks for a CR or LF that stands alone.
    fn check(&self, chunk: &[u8], last: bool) -> Result<(), BareLineEnd> {
        let mut after_cr = self.place == Place::AfterCr;
        let mut from = 0_usize;
        loop {
            let rest = chunk.get(from..).unwrap_or_default();
            let bare = match (after_cr, rest.first()) {
                (true, Some(b'\n')) => None,
                (true, Some(_)) => Some(from.checked_sub(1)),
                (true, None) if last => Some(from.checked_sub(1)),
                (true, None) => return Ok(()),
                (false, Some(b'\n')) => Some(Some(from)),
                (false, _) => None,
            };
            if let Some(at) = bare {
                // Nothing where the CR was held back from the chunk before.
                let at = at.and_then(|at| u64::try_from(at).ok());
                let offset = at.map_or(self.offset.saturating_sub(1), |at| {
                    self.offset.saturating_add(at)
                });
                return Err(BareLineEnd { offset });
            }
            let start = from.saturating_add(usize::from(after_cr));
            let Some(found) = memchr2(b'\r', b'\n', chunk.get(start..).unwrap_or_default()) else {
                return Ok(());
            };
            from = start.saturating_add(found);
            after_cr = chunk.get(from) == Some(&b'\r');
            from = from.saturating_add(usize::from(after_cr));
        }
    }
}

/// A chunk made ready for the wire. It borrows the chunk alone, and copies none of it.
///
/// ```
/// use mailwright_proto::body::{BodyEncoder, LineEnds};
/// let framed = BodyEncoder::new(LineEnds::Normalise).frame(b"one\r\n.two\r\n", true)?;
/// let slices: Vec<&[u8]> = framed.slices().collect();
/// assert_eq!(slices, [&b"one\r\n"[..], b".", b".two\r\n", b".\r\n"]);
/// assert_eq!(framed.len(), 15);
/// # Ok::<(), mailwright_proto::body::BareLineEnd>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "write its slices, and tell the connection how many octets went out"]
pub struct EncodedChunk<'b> {
    /// Nothing within DATA.
    bdat: Bdat,
    slices: Slices<'b>,
    /// How many octets it is, where that was counted.
    counted: Option<usize>,
}

impl<'b> EncodedChunk<'b> {
    fn counted(slices: Slices<'b>, last: bool) -> Self {
        let octets = slices.octets();
        let bdat = if octets > 0 || last {
            Bdat::new(octets, last)
        } else {
            Bdat::default()
        };
        let counted = Some(bdat.as_bytes().len().saturating_add(octets));
        Self {
            bdat,
            slices,
            counted,
        }
    }

    /// What is to be written, in order; no slice is empty.
    pub fn slices(&self) -> Slices<'_> {
        Slices {
            bdat: self.bdat.as_bytes(),
            ..self.slices.clone()
        }
    }

    /// The command ahead of a chunk by BDAT, the first of the slices: fit for a log. Nothing within DATA.
    pub fn command(&self) -> &[u8] {
        self.bdat.as_bytes()
    }

    /// How many octets that will be. Within DATA counted anew each time, as far as anything in them is changed.
    #[expect(
        clippy::len_without_is_empty,
        reason = "it is for counting, not for asking"
    )]
    pub fn len(&self) -> usize {
        self.counted.unwrap_or_else(|| self.slices().octets())
    }

    /// All of it in one piece, copied.
    pub fn to_vec(&self) -> Vec<u8> {
        self.slices()
            .fold(Vec::with_capacity(self.len()), |mut octets, slice| {
                octets.extend_from_slice(slice);
                octets
            })
    }
}

/// The slices of a [`EncodedChunk`] chunk.
#[derive(Debug, Clone)]
pub struct Slices<'b> {
    /// The command ahead of a chunk.
    bdat: &'b [u8],
    /// What goes out ahead of the rest.
    pending: &'static [u8],
    rest: &'b [u8],
    /// How much of the rest, from its start on, goes out as it is: all of it in binary.
    clean: usize,
    /// Whether the rest begins a line, and its dot has not been stuffed.
    line_start: bool,
    /// Whether dots are stuffed.
    stuffs: bool,
    tail: &'static [u8],
}

impl<'b> Iterator for Slices<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        if !self.bdat.is_empty() {
            return Some(core::mem::take(&mut self.bdat));
        }
        loop {
            if !self.pending.is_empty() {
                return Some(core::mem::take(&mut self.pending));
            }
            if self.line_start && self.rest.first() == Some(&b'.') {
                self.line_start = false;
                return Some(DOT);
            }
            if self.rest.is_empty() {
                let tail = core::mem::take(&mut self.tail);
                return (!tail.is_empty()).then_some(tail);
            }
            let run = self.take_run();
            if !run.is_empty() {
                return Some(run);
            }
        }
    }
}

impl<'b> Slices<'b> {
    /// Octets that are sent as they are.
    fn whole(octets: &'b [u8]) -> Self {
        let clean = octets.len();
        Self {
            bdat: b"",
            pending: b"",
            rest: octets,
            clean,
            line_start: false,
            stuffs: false,
            tail: b"",
        }
    }

    /// How many octets are left, the command ahead of a chunk apart.
    fn octets(&self) -> usize {
        let dirty = self.rest.get(self.clean..).unwrap_or_default();
        let added_at_start = match self.rest.first() {
            Some(b'.') => usize::from(self.line_start),
            Some(b'\n') => usize::from(self.clean == 0),
            _ => 0,
        };
        let held_back = usize::from(dirty.last() == Some(&b'\r'));
        [
            self.pending.len(),
            added_at_start,
            self.rest.len(),
            scan::count_added(dirty, self.stuffs),
            self.tail.len(),
        ]
        .into_iter()
        .fold(0_usize, usize::saturating_add)
        .saturating_sub(held_back)
    }

    /// As much as can go out as it is: up to a dot to be stuffed, or a line end to be made whole.
    fn take_run(&mut self) -> &'b [u8] {
        let mut from = core::mem::take(&mut self.clean);
        let mut by_line_from = from;
        loop {
            if from.saturating_sub(by_line_from) > PATIENCE {
                from = from.saturating_add(scan::clean(
                    self.rest.get(from..).unwrap_or_default(),
                    self.stuffs,
                ));
                by_line_from = from;
            }
            let Some(found) = memchr2(b'\r', b'\n', self.rest.get(from..).unwrap_or_default())
            else {
                self.line_start = false;
                return core::mem::take(&mut self.rest);
            };
            let at = from.saturating_add(found);
            let behind = at.saturating_add(1);
            match (self.rest.get(at), self.rest.get(behind)) {
                (Some(b'\r'), Some(b'\n')) => {
                    from = behind.saturating_add(1);
                    if self.stuffs && self.rest.get(from) == Some(&b'.') {
                        self.line_start = true;
                        return self.cut(from, from);
                    }
                }
                // The framer holds it back: the next chunk, or the tail, completes it.
                (Some(b'\r'), None) => return self.cut(at, behind),
                _ => {
                    self.pending = CRLF;
                    self.line_start = self.stuffs;
                    return self.cut(at, behind);
                }
            }
        }
    }

    /// Gives what stands before `end`, and goes on at `next`.
    fn cut(&mut self, end: usize, next: usize) -> &'b [u8] {
        let rest = self.rest;
        self.rest = rest.get(next..).unwrap_or_default();
        rest.get(..end).unwrap_or_default()
    }
}

/// A CR or LF that stands alone, in a message that was to have none.
///
/// ```
/// use mailwright_proto::body::{BodyEncoder, LineEnds};
/// let error = BodyEncoder::new(LineEnds::Refuse).frame(b"one\r\ntwo\n", true).unwrap_err();
/// assert_eq!(error.offset(), 8);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BareLineEnd {
    offset: u64,
}

impl BareLineEnd {
    /// Where it stands, in octets from the start of the message.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl fmt::Display for BareLineEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the message has a bare CR or LF at offset {}",
            self.offset
        )
    }
}

impl core::error::Error for BareLineEnd {}

#[cfg(test)]
mod tests;
