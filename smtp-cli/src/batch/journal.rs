//! The journal of a batch: what was begun, and what became of it, so that a run that was killed can be taken up.
//!
//! A line says that a message is about to be ended, and is on the disk before that; another says what came of it. A
//! message with the first and without the second may have been accepted.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use mailwright_proto::reply::EscapedJson;
use serde::{Deserialize, Serialize};

use super::state::{Fate, State};
use crate::failure::Failure;
use crate::files;

/// A journal that is open, and this process's alone.
pub(super) struct Journal {
    file: File,
    group: Mutex<Group>,
    synced: Condvar,
}

/// What is written, and what of it is on the disk.
struct Group {
    /// Octets of whole lines.
    length: u64,
    synced: u64,
    is_syncing: bool,
    /// Why nothing can be written any more.
    failure: Option<String>,
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(untagged)]
enum Record {
    Head(Head),
    Intent(Intent),
    Outcome(Outcome),
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Head {
    /// The version of this format.
    journal: u32,
    /// The SHA-256 digest of the batch.
    batch: String,
}

/// The end of this line's message is about to leave.
#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Intent {
    line: usize,
    /// The SHA-256 digest of what is sent.
    intent: String,
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Outcome {
    line: usize,
    outcome: Fate,
    /// What the server said, or what went wrong.
    detail: String,
    /// Whom an accepted message does not reach, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
}

const VERSION: u32 = 1;

impl Journal {
    /// Opens the journal of the batch with this digest, or begins one; `states` are those of the batch's lines, and learn
    /// what is known of them. Gives how many octets of an unfinished last line were dropped, too.
    pub(super) fn open(
        path: &Path,
        digest: &str,
        states: &mut [(usize, State)],
    ) -> Result<(Self, u64), Failure> {
        let unreadable = |error: io::Error| Failure::unreadable("--journal", path, &error);
        let mut file = files::open_own(path).map_err(unreadable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::local(format_args!(
                    "--journal: {} is in use: another process sends this batch",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(unreadable(error)),
        }
        let mut octets = Vec::new();
        file.read_to_end(&mut octets).map_err(unreadable)?;
        let head = line_of(&Record::Head(Head {
            journal: VERSION,
            batch: digest.to_owned(),
        }));
        let whole = octets
            .iter()
            .rposition(|&octet| octet == b'\n')
            .map_or(0, |end| end + 1);
        let (lines, torn) = octets.split_at(whole);
        let foreign =
            |what: &str| Failure::malformed(format_args!("--journal: {} {what}", path.display()));
        if lines.is_empty() && !head.as_bytes().starts_with(torn) {
            return Err(foreign("is no journal: give another file"));
        }
        replay(lines, digest, states).map_err(|what| foreign(&what))?;
        states.iter_mut().for_each(|(_, state)| state.end_attempt());
        let length = whole as u64;
        let unwritable = |error: io::Error| foreign(&format!("cannot be written: {error}"));
        // Not earlier: a file that is not a journal must stay unchanged.
        files::make_private(&file).map_err(unwritable)?;
        if !torn.is_empty() {
            file.set_len(length).map_err(unwritable)?;
        }
        let group = Group {
            length,
            synced: length,
            is_syncing: false,
            failure: None,
        };
        let journal = Self {
            file,
            group: Mutex::new(group),
            synced: Condvar::new(),
        };
        if lines.is_empty() {
            journal
                .append(&mut journal.group(), &head)
                .map_err(unwritable)?;
            journal.sync().map_err(unwritable)?;
            sync_folder(path).map_err(unwritable)?;
        }
        Ok((journal, torn.len() as u64))
    }

    /// Notes that the end of a line's message is about to leave, and returns when that is on the disk. Those who come
    /// meanwhile share the next trip to it.
    pub(super) fn intend(&self, line: usize, digest: String) -> io::Result<()> {
        self.append(
            &mut self.group(),
            &line_of(&Record::Intent(Intent {
                line,
                intent: digest,
            })),
        )?;
        self.sync()
    }

    /// Notes what became of a line's message.
    pub(super) fn conclude(
        &self,
        line: usize,
        fate: Fate,
        detail: &str,
        left_out: &[String],
    ) -> io::Result<()> {
        let record = Outcome {
            line,
            outcome: fate,
            detail: detail.to_owned(),
            left_out: left_out.to_vec(),
        };
        self.append(&mut self.group(), &line_of(&Record::Outcome(record)))
    }

    /// Sees to it that all of it is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        let mut group = self.group();
        let wanted = group.length;
        loop {
            group.check()?;
            if group.synced >= wanted {
                return Ok(());
            }
            if group.is_syncing {
                group = self
                    .synced
                    .wait(group)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            group.is_syncing = true;
            let written = group.length;
            drop(group);
            let synced = self.file.sync_data();
            group = self.group();
            group.is_syncing = false;
            match synced {
                Ok(()) => group.synced = written,
                // What a second try says would not be about what the first one lost.
                Err(error) => group.failure = Some(error.to_string()),
            }
            self.synced.notify_all();
        }
    }

    fn append(&self, group: &mut Group, line: &str) -> io::Result<()> {
        group.check()?;
        if let Err(error) = (&self.file).write_all(line.as_bytes()) {
            // A line that is torn here would make what follows it unreadable.
            let _ = self.file.set_len(group.length);
            group.failure = Some(error.to_string());
            self.synced.notify_all();
            return Err(error);
        }
        group.length += line.len() as u64;
        Ok(())
    }

    /// Why it cannot be written any more, if so.
    pub(super) fn failure(&self) -> Option<String> {
        self.group().failure.clone()
    }

    fn group(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Group {
    fn check(&self) -> io::Result<()> {
        match &self.failure {
            Some(failure) => Err(io::Error::other(format!(
                "the journal cannot be written: {failure}"
            ))),
            None => Ok(()),
        }
    }
}

/// Goes through a journal's lines; tells what is wrong with one.
fn replay(lines: &[u8], digest: &str, states: &mut [(usize, State)]) -> Result<(), String> {
    for (number, line) in (1..).zip(lines.split_inclusive(|&octet| octet == b'\n')) {
        let record: Record = serde_json::from_slice(line)
            .map_err(|_| format!("is damaged, or no journal: line {number} is no record"))?;
        match (number, record) {
            (
                1,
                Record::Head(Head {
                    journal: VERSION,
                    batch,
                }),
            ) if batch == digest => {}
            (
                1,
                Record::Head(Head {
                    journal: VERSION, ..
                }),
            ) => {
                return Err(
                    "is of another batch, or the batch was changed since: give another file"
                        .to_owned(),
                );
            }
            (1, _) => {
                return Err(
                    "is no journal that this version can read: give another file".to_owned(),
                );
            }
            (_, Record::Head(_)) => {
                return Err(format!("is damaged: line {number} is a second head"));
            }
            (_, Record::Intent(Intent { line, intent })) => {
                known(states, line, number)?.begin(intent)
            }
            (
                _,
                Record::Outcome(Outcome {
                    line,
                    outcome,
                    detail,
                    left_out,
                }),
            ) => {
                known(states, line, number)?.conclude(outcome, detail, left_out);
            }
        }
    }
    Ok(())
}

fn known(states: &mut [(usize, State)], line: usize, number: usize) -> Result<&mut State, String> {
    let at = states.binary_search_by_key(&line, |(line, _)| *line);
    let found = at.ok().and_then(|at| states.get_mut(at));
    found.map(|(_, state)| state).ok_or(format!(
        "is damaged: line {number} is about a line that the batch has not"
    ))
}

fn line_of(record: &Record) -> String {
    // These have no map and no number that JSON could not write.
    let json = serde_json::to_string(record).unwrap_or_default();
    format!("{}\n", EscapedJson(&json))
}

/// A file that is new is in its folder for good only then.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(files::folder_of(path))?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
