//! The delivery log: one line of JSON for each attempt to send a message.

mod queue_id;
mod record;
#[cfg(test)]
mod tests;

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mailwright::{ClientBuilder, Message};
use mailwright_proto::reply::EscapedJson;
use serde_json::Value;

use crate::files;

/// The log of `smtp send --log`: an object of JSON for each attempt to send a message.
///
/// Its keys are `time` (RFC 3339), `server` (`host`, `port`, `address`), `from`, `message_id`,
/// `outcome` (`accepted`, `refused`, `not-sent`, `unknown`), `recipients` (`address`, `accepted`,
/// `reply`), `reply`, `queue_id`, `phase`, `cause`, `detail`, `ms`, and `dialogue` if that is asked
/// for. What is unknown is `null`. Nothing of the message but its `Message-ID` is logged, and no
/// secret. A line is appended as a whole, also if several processes write. A line that cannot be
/// written does not fail the message: [`failure`](Self::failure) reports it.
pub(crate) struct Log {
    file: Mutex<File>,
    wants_dialogue: bool,
    /// Set if the last line timed out: the next ones fail at once instead of waiting as long.
    is_held: AtomicBool,
    /// Why a line is missing, in words.
    failure: Mutex<Option<String>>,
}

/// The time that a line waits for the lock. A write takes microseconds, so a lock held for longer
/// is not for a write. The message has already been accepted, and its sender waits.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// The interval between attempts to lock.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

impl Log {
    /// Opens the file to append to it, and creates it with mode 0600 if it does not exist.
    ///
    /// An existing file must belong to this user, and loses all rights of others.
    ///
    /// # Errors
    /// Fails if the file cannot be opened, belongs to another user, or is reached by a link that
    /// another user created in a folder that everyone may write to.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = files::open_own(path)?;
        files::make_private(&file)?;
        Ok(Self {
            file: Mutex::new(file),
            wants_dialogue: false,
            is_held: AtomicBool::new(false),
            failure: Mutex::default(),
        })
    }

    /// Adds the dialogue of each attempt.
    pub(crate) fn with_dialogue(mut self) -> Self {
        self.wants_dialogue = true;
        self
    }

    /// Makes a client keep what the log needs.
    pub(crate) fn prepare(&self, builder: ClientBuilder) -> ClientBuilder {
        if self.wants_dialogue {
            builder.keep_dialogue()
        } else {
            builder
        }
    }

    /// Writes a line for each attempt to send a message. `id` is its `Message-ID`.
    pub(crate) fn watch<'m>(&'m self, message: Message<'m>, id: Option<String>) -> Message<'m> {
        message.after_attempt(move |attempt| {
            let record = record::of(attempt, id.as_deref(), self.wants_dialogue);
            self.note(self.append(&record));
        })
    }

    /// Takes the reason why the last line that is missing was not written.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Writes a line. It blocks, for [`LOCK_WAIT`] at most while others write.
    fn append(&self, record: &Value) -> io::Result<()> {
        let wait = if self.is_held.load(Ordering::Relaxed) {
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
                &mut self.file.lock().unwrap_or_else(PoisonError::into_inner),
                record,
            )?;
            let is_over = is_over();
            self.is_held.store(!locked && is_over, Ordering::Relaxed);
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

    /// Records why a line was not written.
    fn note(&self, written: io::Result<()>) {
        if let Err(error) = written {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
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
