//! Dialogues: conversations between a client and a server, written down as an RFC would, and run.
//!
//! A dialogue is a text file: how the client is set up, what each side says, and what the client makes of it.
//! `tests/dialogues/README.md` has the format. A new quirk of a server is a new file, not new code.

mod canary;
mod escape;
mod login;
mod message;
mod parse;
mod script;
mod turn;
pub mod words;

pub mod coverage;
pub mod machine;

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

pub use login::Login;
pub use script::{Action, Dialogue, Message, Setup, Step};

/// Why a dialogue cannot be read, or did not go as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure in these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// The dialogues of this repository, by name.
pub fn all() -> Result<Vec<(String, Dialogue)>, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dialogues");
    let unreadable = |path: &Path, error: io::Error| {
        Failure(format!("{} cannot be read: {error}", path.display()))
    };
    let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let dialogue = text
            .parse()
            .map_err(|failure| Failure(format!("{name}: {failure}")))?;
        Ok((name, dialogue))
    };
    paths.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests;
