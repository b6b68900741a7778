//! A message that does not come to its end before somebody agrees.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::list::hex;

/// Reads a message, and asks `agree` before it tells that there is no more of it.
///
/// The last octets of a message leave together with its end, and that one is known by reading on: what `agree` does is
/// done before any of them leaves. It is handed the digest of what was read.
pub(super) struct Guarded<R, F> {
    inner: R,
    digest: Sha256,
    agree: Option<F>,
    /// Why nobody agreed: whoever reads on in spite of that learns it again, and never of an end.
    refusal: Option<String>,
}

impl<R: Read, F: FnOnce(String) -> io::Result<()>> Guarded<R, F> {
    pub(super) fn new(inner: R, agree: F) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            agree: Some(agree),
            refusal: None,
        }
    }
}

impl<R: Read, F: FnOnce(String) -> io::Result<()>> Read for Guarded<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(refusal) = &self.refusal {
            return Err(io::Error::other(refusal.clone()));
        }
        let count = self.inner.read(buffer)?;
        self.digest.update(&buffer[..count]);
        if count == 0
            && !buffer.is_empty()
            && let Some(agree) = self.agree.take()
        {
            let agreed = agree(hex(&self.digest.finalize_reset()));
            self.refusal = agreed.as_ref().err().map(ToString::to_string);
            agreed?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_once_and_only_when_all_was_read() {
        let mut asked = Vec::new();
        let mut reader = Guarded::new(b"abc".as_slice(), |digest| {
            asked.push(digest);
            Ok(())
        });
        let mut octets = [0; 3];
        reader.read_exact(&mut octets).unwrap();
        assert_eq!(reader.read(&mut []).unwrap(), 0);
        assert!(reader.agree.is_some(), "it asked too early");
        assert_eq!([(); 2].map(|()| reader.read(&mut octets).unwrap()), [0, 0]);
        assert_eq!(
            asked,
            ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]
        );
    }

    #[test]
    fn who_does_not_agree_keeps_the_end_back_for_ever() {
        let mut reader = Guarded::new(b"".as_slice(), |_| Err(io::Error::other("no")));
        for _ in 0..3 {
            assert_eq!(reader.read(&mut [0]).unwrap_err().to_string(), "no");
        }
    }
}
