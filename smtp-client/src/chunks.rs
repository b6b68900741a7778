//! A message by chunks, of which the last is known to be the last.

use std::future::Future;
use std::io;

/// Octets that are read and written at once: seven full records of TLS. Few enough to be near when they are written, and for
/// the allocator to have room at hand; and in the clear not a little more than one or two segments over loopback carry, as the
/// rest would go as a segment of its own, which costs as much as a full one.
const CHUNK: usize = 112 * 1024;

/// Behind so many chunks a driver looks whether the server has said no, which costs a blocking one three calls of the system.
const LOOK: u64 = 2;

/// Where a message comes from: every wait for it is the host's.
pub(crate) trait Source {
    /// Reads some octets: how many, or 0 at the end.
    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>>;
}

/// A message by chunks, each of which is handed out once.
pub(crate) trait Chunks {
    /// The next chunk, and whether it is the last. Behind that come empty ones.
    fn next(&mut self) -> impl Future<Output = io::Result<(&[u8], bool)>>;

    /// How many were handed out so far.
    fn count(&self) -> u64;

    /// Whether none was handed out so far.
    fn is_first(&self) -> bool {
        self.count() == 0
    }

    /// Whether it is time to look what the server has said by now.
    fn is_time_to_look(&self) -> bool {
        !self.is_first() && self.count().is_multiple_of(LOOK)
    }
}

/// A message that is in memory. None of it is copied.
pub(crate) struct Whole<'m> {
    rest: &'m [u8],
    count: u64,
}

impl<'m> Whole<'m> {
    /// Of a session that sends no message.
    pub(crate) fn nothing() -> Self {
        Self::new(&[])
    }

    pub(crate) fn new(message: &'m [u8]) -> Self {
        Self {
            rest: message,
            count: 0,
        }
    }

    /// The next chunk, and whether it is the last: nobody has to wait for it.
    pub(crate) fn take(&mut self) -> (&'m [u8], bool) {
        let (chunk, rest) = self.rest.split_at(self.rest.len().min(CHUNK));
        self.rest = rest;
        self.count += 1;
        (chunk, rest.is_empty())
    }
}

impl Chunks for Whole<'_> {
    async fn next(&mut self) -> io::Result<(&[u8], bool)> {
        Ok(self.take())
    }

    fn count(&self) -> u64 {
        self.count
    }
}

/// What is begun with: a short message needs no more, and whatever is made room for is filled with zeros first.
const SHORT: usize = 2 * 1024;

/// Reads one octet ahead, so that the end of the data goes out with the message's last octets.
pub(crate) struct ReadAhead<S> {
    source: S,
    buffer: Vec<u8>,
    /// How much of the buffer is filled, and how much of that was handed out.
    filled: usize,
    used: usize,
    count: u64,
}

impl<S> ReadAhead<S> {
    pub(crate) fn new(source: S) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            filled: 0,
            used: 0,
            count: 0,
        }
    }
}

impl<S: Source> Chunks for ReadAhead<S> {
    async fn next(&mut self) -> io::Result<(&[u8], bool)> {
        self.buffer.copy_within(self.used..self.filled, 0);
        self.filled -= self.used;
        self.used = 0;
        while self.filled <= CHUNK {
            if self.filled == self.buffer.len() {
                let length = if self.filled == 0 { SHORT } else { CHUNK + 1 };
                self.buffer.resize(length, 0);
            }
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.source.read(room).await {
                Ok(0) => break,
                Ok(n) => self.filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.used = self.filled.min(CHUNK);
        self.count += 1;
        Ok((
            self.buffer.get(..self.used).unwrap_or_default(),
            self.filled <= CHUNK,
        ))
    }

    fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocking::{Blocking, ready};

    /// All of it, by chunks of which only the last may be short; and none is empty but of an empty message.
    fn gather(chunks: &mut impl Chunks, length: usize) -> Vec<u8> {
        assert!(chunks.is_first());
        let mut read = Vec::new();
        loop {
            let (chunk, last) = ready(chunks.next()).expect("it can be read");
            assert!(last || chunk.len() == CHUNK);
            assert!(
                length == 0 || !chunk.is_empty(),
                "an empty chunk of {length}"
            );
            read.extend_from_slice(chunk);
            if last {
                assert_eq!(
                    chunks.count(),
                    u64::try_from(length.div_ceil(CHUNK).max(1)).expect("a number")
                );
                return read;
            }
        }
    }

    #[test]
    fn the_last_chunk_is_known_to_be_the_last_whatever_the_length() {
        for length in [
            0,
            1,
            SHORT - 1,
            SHORT,
            SHORT + 1,
            CHUNK - 1,
            CHUNK,
            CHUNK + 1,
            2 * CHUNK,
            2 * CHUNK + 7,
        ] {
            let message: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let read = gather(&mut ReadAhead::new(Blocking(message.as_slice())), length);
            assert!(read == message, "{length}, read");
            assert!(
                gather(&mut Whole::new(&message), length) == message,
                "{length}, in memory"
            );
        }
    }
}
