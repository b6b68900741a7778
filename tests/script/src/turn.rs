//! What a client says before it waits for the server.

use mailwright_proto::reply::Escaped;

use super::Failure;
use super::machine::Cut;

/// Octets that leave in one piece, and the replies that they want.
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    pub(super) asks: Asks,
}

#[derive(Clone, Copy)]
pub(super) enum Asks {
    ForEachLine,
    /// Each chunk of BDAT has a reply of its own; RFC 3030 section 2.
    AtItsEnd {
        of_each_recipient: bool,
    },
    Nothing,
}

/// What a client says in one turn.
pub(super) struct Turn<'a> {
    pub(super) expected: &'a [u8],
    pub(super) is_cut: bool,
    pub(super) said: Vec<u8>,
    /// How many writes of commands there were.
    pub(super) writes: usize,
}

impl Turn<'_> {
    /// Takes what the client says, or as much of it as the network does.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let room = self.expected.len().saturating_sub(self.said.len());
        let n = if self.is_cut {
            bytes.len().min(room)
        } else {
            bytes.len()
        };
        self.said.extend_from_slice(&bytes[..n]);
        n
    }

    pub(super) fn is_full(&self) -> bool {
        self.said.len() >= self.expected.len()
    }

    pub(super) fn check(&self, cut: Cut) -> Result<(), Failure> {
        if self.said != self.expected {
            let (said, expected) = (Escaped(&self.said), Escaped(self.expected));
            return Err(Failure::new(format!(
                "the client said \"{said}\" and not \"{expected}\""
            )));
        }
        let is_gathered = matches!(cut, Cut::Lines | Cut::Turns);
        match self.writes {
            0 | 1 => Ok(()),
            _ if !is_gathered => Ok(()),
            writes => Err(Failure::new(format!(
                "\"{}\" took {writes} writes",
                Escaped(&self.said)
            ))),
        }
    }
}
