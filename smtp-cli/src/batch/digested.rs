//! A message whose digest is computed while it is read.

use std::cell::RefCell;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::list::hex;

/// The digest of what was read of a message since it was last opened.
#[derive(Default)]
pub(super) struct Running(RefCell<Sha256>);

impl Running {
    /// Returns `inner`, which adds to the digest what is read from it. The digest begins anew.
    pub(super) fn of<R>(&self, inner: R) -> Digested<'_, R> {
        self.0.take();
        Digested {
            inner,
            running: self,
        }
    }

    /// Returns the digest of what was read so far, in hexadecimal.
    pub(super) fn hex(&self) -> String {
        hex(&self.0.borrow().clone().finalize())
    }
}

pub(super) struct Digested<'d, R> {
    inner: R,
    running: &'d Running,
}

impl<R: Read> Read for Digested<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        self.running.0.borrow_mut().update(read);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_begins_anew_with_each_opening() {
        let running = Running::default();
        for _ in 0..2 {
            let read = io::read_to_string(running.of(b"abc".as_slice())).unwrap();
            assert_eq!(read, "abc");
            assert_eq!(
                running.hex(),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            );
        }
    }
}
