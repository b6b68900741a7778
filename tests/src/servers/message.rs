//! Messages to send, each with a mark of its own.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use mailwright::{Envelope, ForwardPath, MessageScan};

/// A complete message whose first header marks it.
#[derive(Clone, Debug)]
pub struct Message {
    mark: String,
    bytes: Vec<u8>,
}

impl Message {
    /// A message with that body, whose line ends stay as they are.
    pub fn new(body: &[u8]) -> Self {
        let mark = mark();
        let headers = format!("{mark}\r\nFrom: user@example.test\r\nSubject: a test\r\n\r\n");
        Self {
            bytes: [headers.as_bytes(), body].concat(),
            mark,
        }
    }

    /// A message of so many octets, in lines of 78 octets with their ends. The first may be shorter.
    pub fn of_size(octets: usize) -> Self {
        let mut message = Self::new(b"");
        let left = octets - message.bytes.len();
        message
            .bytes
            .extend((0..left).rev().map(|from_the_end| match from_the_end % 78 {
                // A line feed needs room for a carriage return before it.
                0 if from_the_end + 1 < left => b'\n',
                1 => b'\r',
                _ => b'x',
            }));
        message
    }

    /// The first header, which no other message has.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// The message as it is given to whoever sends it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The message as a maildir keeps it: every line ends in LF, the last one too.
    pub fn as_stored(&self) -> Vec<u8> {
        let mut stored = Vec::with_capacity(self.bytes.len());
        let mut bytes = self.bytes.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if byte == b'\r' {
                bytes.next_if_eq(&b'\n');
            }
            stored.push(if byte == b'\r' { b'\n' } else { byte });
        }
        if stored.last() != Some(&b'\n') {
            stored.push(b'\n');
        }
        stored
    }

    /// The envelope, with the message's size and kind.
    ///
    /// # Panics
    ///
    /// Where an address is none, or there is no recipient.
    pub fn envelope(&self, from: &str, to: &[&str]) -> Envelope {
        let mut scan = MessageScan::default();
        scan.update(&self.bytes);
        let recipients = to
            .iter()
            .map(|path| path.parse::<ForwardPath>().expect("a recipient"));
        let envelope =
            Envelope::new(from.parse().expect("a sender"), recipients).expect("recipients");
        envelope.with_scan(&scan)
    }
}

fn mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_nanos());
    format!(
        "X-Mark: {now:x}-{:x}-{:x}",
        process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_exactly_the_size_that_was_asked_for() {
        for octets in 1000..1200 {
            let message = Message::of_size(octets);
            let mut scan = MessageScan::default();
            scan.update(message.bytes());
            assert_eq!(
                (message.bytes().len(), scan.size()),
                (octets, octets as u64)
            );
        }
    }

    #[test]
    fn what_is_stored_has_one_kind_of_line_end() {
        let message = Message::new(b"a\rb\nc\r\n\r\rd");
        assert!(message.as_stored().ends_with(b"a\nb\nc\n\n\nd\n"));
    }
}
