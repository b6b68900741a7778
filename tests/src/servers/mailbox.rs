//! The maildirs that the servers deliver into.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::{Message, Servers};

const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(10);

impl Servers {
    /// The message as it was stored for `mailbox`, from its own first header on: the servers put
    /// theirs before it. Waits for its delivery.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    pub fn stored(&self, mailbox: &str, message: &Message) -> Vec<u8> {
        let start = Instant::now();
        loop {
            if let Some(stored) = self.find(mailbox, message) {
                return stored;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{} was not delivered to {mailbox}",
                message.mark()
            );
            thread::sleep(PAUSE);
        }
    }

    /// Whether the message is in the mailbox now.
    pub fn has(&self, mailbox: &str, message: &Message) -> bool {
        self.find(mailbox, message).is_some()
    }

    /// A message of the mailbox that has this line in it, if there is one.
    pub fn holding(&self, mailbox: &str, line: &str) -> Option<String> {
        let mut texts = self
            .messages(mailbox)?
            .map(|stored| String::from_utf8_lossy(&stored).into_owned());
        texts.find(|text| text.lines().any(|one| one == line))
    }

    /// All that is in the mailbox now.
    pub fn all(&self, mailbox: &str) -> Vec<Vec<u8>> {
        self.messages(mailbox).into_iter().flatten().collect()
    }

    /// All that is in the mailbox. Before the first delivery there is no maildir at all.
    fn messages(&self, mailbox: &str) -> Option<impl Iterator<Item = Vec<u8>>> {
        let maildir = PathBuf::from(self.fact("maildirs"))
            .join(mailbox)
            .join("new");
        let entries = fs::read_dir(maildir).ok()?;
        Some(entries.filter_map(|entry| fs::read(entry.ok()?.path()).ok()))
    }

    fn find(&self, mailbox: &str, message: &Message) -> Option<Vec<u8>> {
        self.messages(mailbox)?.find_map(|stored| {
            let mark = message.mark().as_bytes();
            // Our mark is in the headers, and a big message need not be searched to its end.
            let start = stored[..stored.len().min(8192)]
                .windows(mark.len())
                .position(|window| window == mark)?;
            Some(stored[start..].to_vec())
        })
    }
}
