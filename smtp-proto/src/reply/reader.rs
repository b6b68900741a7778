//! The framer: bytes in any chunks, replies out. Limits hold while bytes are buffered.

use core::iter;

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr, memchr_iter};

use super::error::{Excerpt, ReplyError, ReplyFault};
use super::parse::{ReplyLine, TEXT_OFFSET, reply_line};
use super::raw::{Raw, SHORT};
use super::{Reply, ReplyCode};

/// How much a server may say. They hold while bytes are buffered: what is over them is refused before its line ends.
///
/// ```
/// use mailwright_proto::reply::{BareLf, ReplyLimits, ReplyReader};
/// let mut reader = ReplyReader::new(ReplyLimits::DEFAULT.with_line(10), BareLf::Refuse);
/// reader.receive(b"220 this goes on");
/// assert_eq!(reader.next().unwrap_err().to_string(), "line 1 is longer than 10 octets");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyLimits {
    /// Octets in one line, its line end included.
    pub line: usize,
    /// Lines in one reply.
    pub lines: usize,
    /// Octets in one reply, codes and line ends included.
    pub reply: usize,
}

impl ReplyLimits {
    /// Four times the 512 octets of RFC 5321 section 4.5.3.1.5, as real servers say more; the rest is
    /// far beyond the longest EHLO answers and refusals that are seen, and small enough for any host.
    pub const DEFAULT: Self = Self {
        line: 2048,
        lines: 1024,
        reply: 64 * 1024,
    };

    /// Sets the octets in one line.
    #[must_use]
    pub const fn with_line(self, octets: usize) -> Self {
        Self {
            line: octets,
            ..self
        }
    }

    /// Sets the lines in one reply.
    #[must_use]
    pub const fn with_lines(self, lines: usize) -> Self {
        Self { lines, ..self }
    }

    /// Sets the octets in one reply.
    #[must_use]
    pub const fn with_reply(self, octets: usize) -> Self {
        Self {
            reply: octets,
            ..self
        }
    }
}

impl Default for ReplyLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What to make of a line that ends in LF alone.
///
/// ```
/// use mailwright_proto::reply::{BareLf, ReplyLimits, ReplyReader};
/// let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Tolerate);
/// reader.receive(b"220 mx\n");
/// assert!(reader.next()?.is_some());
/// # Ok::<(), mailwright_proto::reply::ReplyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "it is yes or no")]
pub enum BareLf {
    /// Refuse it at once: RFC 5321 section 2.3.8.
    #[default]
    Refuse,
    /// Take it for a line's end.
    Tolerate,
}

/// Frames and parses replies out of a byte stream.
///
/// Every byte is searched once, however it arrives: a partial line is not searched again.
///
/// ```
/// use mailwright_proto::reply::{BareLf, ReplyLimits, ReplyReader};
/// let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
/// reader.receive(b"250-mx.example.test\r\n250 PIPE");
/// assert_eq!(reader.next()?, None);
/// reader.receive(b"LINING\r\n");
/// assert_eq!(reader.next()?.map(|reply| reply.code().get()), Some(250));
/// # Ok::<(), mailwright_proto::reply::ReplyError>(())
/// ```
#[derive(Debug)]
pub struct ReplyReader {
    buffer: BytesMut,
    /// How much of the buffer, from its start on, was handed out.
    taken: usize,
    /// How much of the buffer holds no further LF.
    searched: usize,
    /// Where the unfinished line begins.
    line_start: usize,
    /// The lines of the unfinished reply so far.
    lines: u32,
    limits: ReplyLimits,
    bare_lf: BareLf,
    /// The longest reply of one line that keeps to the limits and is copied.
    short: u8,
}

impl ReplyReader {
    /// An empty reader.
    pub fn new(limits: ReplyLimits, bare_lf: BareLf) -> Self {
        let longest = if limits.lines > 0 {
            limits.line.min(limits.reply)
        } else {
            0
        };
        Self {
            buffer: BytesMut::new(),
            taken: 0,
            searched: 0,
            line_start: 0,
            lines: 0,
            limits,
            bare_lf,
            short: u8::try_from(longest).map_or(SHORT, |longest| longest.min(SHORT)),
        }
    }

    /// Takes all of `bytes`. Call [`next`](Self::next) until it gives nothing before handing in more:
    /// then no more is kept than one unfinished reply within its limits.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.forget_taken();
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next complete reply, if there is one.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are no reply, or exceed a limit. The rest of the stream has no meaning then: every later call
    /// repeats the error.
    #[expect(
        clippy::should_implement_trait,
        reason = "None is not the end: more may be received"
    )]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Reply>, ReplyError> {
        if self.has_unread() {
            self.search()
        } else {
            Ok(None)
        }
    }

    /// Whether anything was received that was not searched for the end of a line.
    #[inline]
    pub(crate) fn has_unread(&self) -> bool {
        self.searched < self.buffer.len()
    }

    fn search(&mut self) -> Result<Option<Reply>, ReplyError> {
        let unread = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(found) = memchr(b'\n', unread) else {
            return self.wait_for_more();
        };
        let length = found.wrapping_add(1);
        let end = self.searched.wrapping_add(length);
        // Nearly always a line is a whole reply, and nothing of it was searched before.
        if self.searched == self.taken
            && let Some(raw) = self.short_reply(unread, length)
        {
            (self.taken, self.searched, self.line_start) = (end, end, end);
            return Ok(Some(Reply { raw }));
        }
        self.read_lines(end)
    }

    /// Where the next line ends, its line end included.
    #[inline]
    fn find_line_end(&self) -> Option<usize> {
        let found = memchr(b'\n', self.buffer.get(self.searched..)?)?;
        Some(self.searched.wrapping_add(found).wrapping_add(1))
    }

    /// The reply that is a single short line, as most are, where there is nothing to complain of.
    #[inline]
    fn short_reply(&self, text: &[u8], length: usize) -> Option<Raw> {
        if length > usize::from(self.short) {
            return None;
        }
        let line = reply_line(text.get(..length)?.strip_suffix(b"\r\n")?).ok()?;
        Raw::short(text, length).filter(|_| line.last)
    }

    /// From the line on that ends at `end`.
    #[inline(never)]
    fn read_lines(&mut self, end: usize) -> Result<Option<Reply>, ReplyError> {
        let mut next = Some(end);
        loop {
            if self.lines > 0 {
                next = next.and_then(|end| self.pass_over(end));
            }
            let Some(end) = next else {
                return self.wait_for_more();
            };
            let line = self.line(end)?;
            self.searched = end;
            if line.last {
                return Ok(Some(self.take(end, line.code)));
            }
            self.line_start = end;
            self.lines = self.lines.wrapping_add(1);
            next = self.find_line_end();
        }
    }

    /// Passes over lines, of which the first one ends at `end`, as long as they begin as the first one of the reply did, hyphen
    /// and all, so that there is nothing to be parsed, and nothing to complain of. Gives where the line behind them ends.
    #[inline(never)]
    fn pass_over(&mut self, end: usize) -> Option<usize> {
        let beginning = self
            .buffer
            .get(self.taken..)?
            .first_chunk::<TEXT_OFFSET>()?;
        let most = u32::try_from(self.limits.lines).unwrap_or(u32::MAX);
        let reply_end = self.taken.saturating_add(self.limits.reply);
        let (mut start, mut lines) = (self.line_start, self.lines);
        let further = memchr_iter(b'\n', self.buffer.get(end..)?)
            .map(|at| end.wrapping_add(at).wrapping_add(1));
        let next = iter::once(end).chain(further).find(|&end| {
            let line = self.buffer.get(start..end).unwrap_or_default();
            let is_alike = line.first_chunk() == Some(beginning) && line.ends_with(b"\r\n");
            if !is_alike || line.len() > self.limits.line || end > reply_end || lines >= most {
                return true;
            }
            lines = lines.wrapping_add(1);
            start = end;
            false
        });
        (self.line_start, self.searched, self.lines) = (start, start, lines);
        next
    }

    /// No line ends: what there is of one has to be within the limits.
    fn wait_for_more(&mut self) -> Result<Option<Reply>, ReplyError> {
        self.check_lengths(self.buffer.len())?;
        self.searched = self.buffer.len();
        Ok(None)
    }

    /// Whether nothing is kept, not even a part of a line.
    pub fn is_empty(&self) -> bool {
        self.taken == self.buffer.len()
    }

    /// Makes room, once what was handed out needs none any more.
    fn forget_taken(&mut self) {
        match self.taken {
            0 => return,
            taken if taken == self.buffer.len() => self.buffer.clear(),
            taken => self.buffer.advance(taken),
        }
        self.searched = self.searched.saturating_sub(self.taken);
        self.line_start = self.line_start.saturating_sub(self.taken);
        self.taken = 0;
    }

    /// Why the unfinished line will never be a reply, where its octets say so by now.
    pub(crate) fn hopeless(&self) -> Option<ReplyError> {
        let line = self
            .buffer
            .get(self.line_start..)
            .filter(|line| !line.is_empty())?;
        match line.get(..TEXT_OFFSET).unwrap_or(line) {
            start if start.len() < TEXT_OFFSET && start.iter().all(u8::is_ascii_digit) => None,
            start => {
                let offset = reply_line(start).err()?;
                Some(self.error(ReplyFault::Malformed {
                    offset,
                    excerpt: Excerpt::of(line),
                }))
            }
        }
    }

    fn check_lengths(&self, end: usize) -> Result<(), ReplyError> {
        if end.wrapping_sub(self.line_start) > self.limits.line {
            return Err(self.error(ReplyFault::LineTooLong {
                limit: self.limits.line,
            }));
        }
        if end.wrapping_sub(self.taken) > self.limits.reply {
            return Err(self.error(ReplyFault::ReplyTooLong {
                limit: self.limits.reply,
            }));
        }
        Ok(())
    }

    /// The code that the unfinished reply began with, where a line of it is whole.
    fn first_code(&self) -> Option<ReplyCode> {
        let digits = self.buffer.get(self.taken..)?.first_chunk()?;
        (self.lines > 0).then(|| ReplyCode::of_digits(*digits))
    }

    /// How many lines of the unfinished reply there are by now.
    fn count(&self) -> usize {
        usize::try_from(self.lines).unwrap_or(usize::MAX)
    }

    /// Parses the line that ends, its line end included, at `end`.
    fn line(&self, end: usize) -> Result<ReplyLine, ReplyError> {
        self.check_lengths(end)?;
        if self.count() >= self.limits.lines {
            return Err(self.error(ReplyFault::TooManyLines {
                limit: self.limits.lines,
            }));
        }
        let whole = self.buffer.get(self.line_start..end).unwrap_or_default();
        let (content, crlf) = match whole.strip_suffix(b"\r\n") {
            Some(content) => (content, true),
            None => (whole.strip_suffix(b"\n").unwrap_or(whole), false),
        };
        // What is no reply at all is told as that, however its line ends.
        let line = match reply_line(content) {
            Ok(line) => line,
            Err(offset) => {
                return Err(self.error(ReplyFault::Malformed {
                    offset,
                    excerpt: Excerpt::of(content),
                }));
            }
        };
        if !crlf && self.bare_lf == BareLf::Refuse {
            return Err(self.error(ReplyFault::BareLf {
                offset: content.len(),
            }));
        }
        match self.first_code() {
            Some(first) if first != line.code => Err(self.error(ReplyFault::CodesDiffer {
                first: first.get(),
                other: line.code.get(),
            })),
            _ => Ok(line),
        }
    }

    fn take(&mut self, end: usize, code: ReplyCode) -> Reply {
        let text = self.buffer.get(self.taken..).unwrap_or_default();
        let raw = match Raw::short(text, end.wrapping_sub(self.taken)) {
            Some(short) => {
                self.taken = end;
                short
            }
            None => Raw::Long {
                code,
                octets: self.share(end),
            },
        };
        (self.line_start, self.lines) = (self.searched, 0);
        Reply { raw }
    }

    /// Gives away the buffer's front, which ends at `end`, without a copy.
    fn share(&mut self, end: usize) -> Bytes {
        self.buffer.advance(self.taken);
        let octets = self.buffer.split_to(end.saturating_sub(self.taken));
        (self.taken, self.searched) = (0, 0);
        octets.freeze()
    }

    #[cold]
    fn error(&self, fault: ReplyFault) -> ReplyError {
        ReplyError {
            line: self.count().saturating_add(1),
            fault,
        }
    }

    /// What is wrong with a text that should have been one whole reply: an end too early, or more behind it.
    pub(super) fn unfinished(&self, more: bool) -> ReplyError {
        match more {
            true => ReplyError {
                line: 1,
                fault: ReplyFault::Trailing,
            },
            false => self.error(ReplyFault::Unfinished),
        }
    }
}

#[cfg(test)]
mod tests;
