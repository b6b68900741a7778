//! Where messages go: a Maildir, memory, or nowhere. Content is kept exactly as it was received.

use std::fs::DirBuilder;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::NamedTempFile;

use super::error::SinkError;

/// Octets of a message that are taken: what Exchange Online takes, 150 MB.
pub(super) const MAX_MESSAGE: u64 = 157_286_400;

/// Two messages of one process never share a number.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// What a sink does with the messages that it accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Storage {
    /// A file a message, in the `new` folder of this Maildir, which is made if it is not there.
    Maildir(PathBuf),
    /// In memory: each [`Stored`](super::Stored) brings its content along.
    #[default]
    Memory,
    /// Counted, and forgotten.
    Discard,
}

/// A storage that is ready.
#[derive(Debug)]
pub(super) struct Store {
    storage: Storage,
    host: String,
}

/// One message on its way in. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Writer {
    name: String,
    size: u64,
    target: Target,
    failure: Option<Failure>,
}

/// A message that is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) file: Option<PathBuf>,
    pub(super) content: Option<Vec<u8>>,
}

/// Why a message cannot be kept.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is larger than [`MAX_MESSAGE`].
    TooLarge,
    /// The file system refused.
    Io(io::Error),
}

#[derive(Debug)]
enum Target {
    File(NamedTempFile, PathBuf),
    Memory(Vec<u8>),
    Nowhere,
}

impl Store {
    /// Makes the Maildir's folders where they are missing.
    pub(super) fn open(storage: Storage) -> Result<Self, SinkError> {
        let storage = match storage {
            Storage::Maildir(path) => {
                let path = make_maildir(&path).map_err(|source| SinkError::Unwritable {
                    path: path.clone(),
                    source,
                })?;
                Storage::Maildir(path)
            }
            other => other,
        };
        // In a Maildir's file names these two characters have a meaning.
        let host = gethostname::gethostname()
            .to_string_lossy()
            .replace('/', "\\057")
            .replace(':', "\\072");
        Ok(Self { storage, host })
    }

    /// Begins a message.
    pub(super) fn begin(&self) -> Writer {
        let name = unique_name(&self.host);
        let target = match &self.storage {
            Storage::Maildir(path) => tempfile::Builder::new()
                .prefix(&name)
                .rand_bytes(0)
                .tempfile_in(path.join("tmp"))
                .map(|file| Target::File(file, path.join("new").join(&name))),
            Storage::Memory => Ok(Target::Memory(Vec::new())),
            Storage::Discard => Ok(Target::Nowhere),
        };
        let (target, failure) = match target {
            Ok(target) => (target, None),
            Err(error) => (Target::Nowhere, Some(Failure::Io(error))),
        };
        Writer {
            name,
            size: 0,
            target,
            failure,
        }
    }
}

impl Writer {
    /// Takes a piece of the message. A failure is told at the end, for that is where the
    /// protocol has room for it; until then the rest is counted out.
    pub(super) fn take(&mut self, piece: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        self.size += piece.len() as u64;
        if self.size > MAX_MESSAGE {
            return self.fail(Failure::TooLarge);
        }
        match &mut self.target {
            Target::File(file, _) => {
                if let Err(error) = file.write_all(piece) {
                    self.fail(Failure::Io(error));
                }
            }
            Target::Memory(content) => content.extend_from_slice(piece),
            Target::Nowhere => {}
        }
    }

    /// Whether the message is lost already.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Makes the message last: on disk, synced, then moved where readers look.
    pub(super) fn finish(self) -> Result<Kept, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let (file, content) = match self.target {
            Target::File(file, path) => {
                file.as_file().sync_all().map_err(Failure::Io)?;
                file.persist_noclobber(&path)
                    .map_err(|error| Failure::Io(error.error))?;
                (Some(path), None)
            }
            Target::Memory(content) => (None, Some(content)),
            Target::Nowhere => (None, None),
        };
        Ok(Kept {
            name: self.name,
            size: self.size,
            file,
            content,
        })
    }

    /// Gives back at once what the message took up so far.
    fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
        self.target = Target::Nowhere;
    }
}

fn make_maildir(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    // As `maildirmake` does: only the owner may read the mail.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    ["tmp", "new", "cur"]
        .iter()
        .try_for_each(|folder| builder.create(path.join(folder)))?;
    Ok(path)
}

fn unique_name(host: &str) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!(
        "{}.M{:06}P{}Q{number}.{host}",
        now.as_secs(),
        now.subsec_micros(),
        std::process::id()
    )
}
