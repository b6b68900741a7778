//! A log of what was sent: one line of JSON a message. Feature `log`.

mod head;
mod queue_id;
mod record;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mailwright_proto::reply::EscapedJson;
use serde_json::Value;

use crate::files;
pub(crate) use head::{Headed, message_id};
pub(crate) use record::Sent;

/// A file in which a line is written for each message that a [`Client`](crate::Client) or a [`Pool`](crate::Pool) is given,
/// once it is known what became of it; [`Client::send_all`](crate::Client::send_all) writes one for each message that it has
/// begun. One that a pool begins again over another connection has a line for each time. It is an object of JSON with the
/// keys `time` (RFC 3339), `server` (`host`, `port`, `address`), `from`, `message_id`, `outcome` (`accepted`, `refused`,
/// `not-sent`, `unknown`), `recipients` (`address`, `accepted`, `reply`), `reply`, `queue_id`, `phase`, `cause`, `detail`,
/// `ms`, and where it is asked for `dialogue`.
///
/// What is not known is `null`. There is no secret in it, and nothing of the message but its `Message-ID`. A line is
/// appended as a whole, also where several processes write. That a line cannot be written is no failure of the message:
/// [`failure`](Self::failure) reports it. A line waits at most 5 seconds for another process that
/// holds the file's lock; on tokio a blocking thread writes it. Nor is there a line where the
/// future of a call was dropped.
/// Clones write to the same file.
///
/// ```
/// use mailwright::{Client, Envelope, Log};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("sent.log");
/// let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
/// let mut client = Client::builder("127.0.0.1", closed.port()).log(Log::open(&path)?).build();
/// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
/// assert!(client.send(&envelope, b"Message-ID: <1@example.test>\r\n\r\nHello.\r\n".as_slice()).is_err());
/// let line: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
/// assert_eq!(line["outcome"], "not-sent");
/// assert_eq!(line["cause"], "connection-refused");
/// assert_eq!(line["message_id"], "<1@example.test>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
    wants_dialogue: bool,
}

/// The time that a line waits for the lock. A write takes microseconds, so a lock held for longer
/// is not for a write. The message has already been accepted, and its sender waits.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// The interval between attempts to lock.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The time that a task waits for its line, including the lock. The writing thread may still finish
/// later.
const WRITE_WAIT: Duration = Duration::from_secs(10);

struct Shared {
    file: Mutex<File>,
    /// Set if the last line timed out: the next ones fail at once instead of waiting as long.
    is_held: AtomicBool,
    /// Why a line is missing, in words.
    failure: Mutex<Option<String>>,
}

impl Log {
    /// Opens the file to append to it, and creates it with mode 0600 if it does not exist.
    ///
    /// An existing file must belong to this user, and loses all rights of others.
    ///
    /// # Errors
    /// Fails if the file cannot be opened, belongs to another user, or is reached by a link that
    /// another user created in a folder that everyone may write to.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = files::open_own(path.as_ref())?;
        files::make_private(&file)?;
        let file = Mutex::new(file);
        let shared = Shared {
            file,
            is_held: AtomicBool::new(false),
            failure: Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            wants_dialogue: false,
        })
    }

    /// Adds the dialogue of each message, as [`ClientBuilder::on_dialogue`](crate::ClientBuilder::on_dialogue) shows it: without secrets,
    /// and without the message's text.
    #[must_use]
    pub fn with_dialogue(mut self) -> Self {
        self.wants_dialogue = true;
        self
    }

    /// Why the last line that could not be written was not, if there was one. It is told once.
    pub fn failure(&self) -> Option<String> {
        self.shared
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    pub(crate) fn wants_dialogue(&self) -> bool {
        self.wants_dialogue
    }

    /// Returns the deadline for writing a line.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(WRITE_WAIT)
    }

    /// Writes a line. It blocks, for [`LOCK_WAIT`] at most while others write.
    pub(crate) fn append(&self, record: &Value) -> io::Result<()> {
        let wait = if self.shared.is_held.load(Ordering::Relaxed) {
            Duration::ZERO
        } else {
            LOCK_WAIT
        };
        let ends = Instant::now().checked_add(wait);
        let is_over = || ends.is_none_or(|ends| Instant::now() >= ends);
        loop {
            // Other threads hold this lock for one write only, and wait for no other process with
            // it.
            let locked = try_append(
                &mut self
                    .shared
                    .file
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner),
                record,
            )?;
            let is_over = is_over();
            self.shared
                .is_held
                .store(!locked && is_over, Ordering::Relaxed);
            if locked {
                return Ok(());
            }
            if is_over {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    "another process holds the lock of the file",
                ));
            }
            thread::sleep(LOCK_PAUSE);
        }
    }

    /// Records why a line was not written: it got no thread, took too long, or failed.
    pub(crate) fn ended(&self, written: Option<io::Result<io::Result<()>>>) {
        let late = || {
            Err(io::Error::new(
                ErrorKind::TimedOut,
                "writing it took too long",
            ))
        };
        if let Err(error) = written.map_or_else(late, io::Result::flatten) {
            *self
                .shared
                .failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("wants_dialogue", &self.wants_dialogue)
            .finish_non_exhaustive()
    }
}

/// Appends a line, or returns false if another process has the lock. The lock is needed because a
/// long write may be split. A pipe or device has neither lock nor end.
fn try_append(file: &mut File, record: &Value) -> io::Result<bool> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => {
            return Err(error);
        }
        _ => {}
    }
    let written = append(file, record);
    let _ = file.unlock();
    written.map(|()| true)
}

fn append(file: &mut File, record: &Value) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0)).ok();
    let is_torn = length.is_some_and(|length| length > 0) && !ends_a_line(file)?;
    // A line that a crash cut off takes this one not with it.
    let record = record.to_string();
    let line = format!(
        "{}{}\n",
        if is_torn { "\n" } else { "" },
        EscapedJson(&record)
    );
    let written = file.write_all(line.as_bytes());
    if let (Err(_), Some(length)) = (&written, length) {
        // Half a line is none: that it stays is no worse than that it was written.
        let _ = file.set_len(length);
    }
    written
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
