//! Why a command could not do its work.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// The command line was wrong, or the work was.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What is wrong with the arguments; the usage is printed below it.
    Usage(String),
    /// What failed, and what to do about it.
    Work(String),
}

impl Failure {
    /// Names the step that an input or output error interrupted.
    pub(crate) fn io(doing: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Work(format!("{doing}: {error}"))
    }

    /// 64 is `EX_USAGE` of sysexits, as in the `smtp` command.
    pub(crate) fn status(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(64),
            Self::Work(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Work(message) => f.write_str(message),
        }
    }
}
