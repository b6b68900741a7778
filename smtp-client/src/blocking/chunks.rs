//! A message by chunks, of which the last is known to be the last.

use std::io::{self, Read};

/// Octets that are read and written at once: four full records of TLS.
const CHUNK: usize = 64 * 1024;

/// Reads one octet ahead, so that the end of the data goes out with the message's last octets.
pub(super) struct Chunks<'m> {
    message: &'m mut dyn Read,
    buffer: Vec<u8>,
    /// How much of the buffer was handed out.
    used: usize,
    count: u64,
}

impl<'m> Chunks<'m> {
    pub(super) fn new(message: &'m mut dyn Read) -> Self {
        Self { message, buffer: Vec::new(), used: 0, count: 0 }
    }

    /// Whether none was handed out so far.
    pub(super) fn is_first(&self) -> bool {
        self.count == 0
    }

    /// The next chunk, and whether it is the last. Behind that come empty ones.
    pub(super) fn next(&mut self) -> io::Result<(&[u8], bool)> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let wanted = CHUNK + 1 - self.buffer.len();
        (&mut *self.message).take(wanted as u64).read_to_end(&mut self.buffer)?;
        self.used = self.buffer.len().min(CHUNK);
        self.count += 1;
        Ok((self.buffer.get(..self.used).unwrap_or_default(), self.buffer.len() <= CHUNK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_chunk_is_known_to_be_the_last_whatever_the_length() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7] {
            let message: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let mut source = message.as_slice();
            let mut chunks = Chunks::new(&mut source);
            assert!(chunks.is_first());
            let mut read = Vec::new();
            loop {
                let (chunk, last) = chunks.next().unwrap();
                assert!(last || chunk.len() == CHUNK);
                assert!(length == 0 || !chunk.is_empty(), "an empty chunk of {length}");
                read.extend_from_slice(chunk);
                if last {
                    break;
                }
            }
            assert!(read == message, "{length}");
        }
    }
}
