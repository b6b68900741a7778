//! Why a sink could not be started.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::exit;

/// A sink that could not be started. The text names the cause and the next step.
#[derive(Debug)]
#[non_exhaustive]
pub enum SinkError {
    /// The address cannot be listened on.
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A file that was named cannot be read, or does not hold what it should.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A file or folder that was named cannot be written.
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Certificate and key cannot be used, or a throw-away certificate could not be made.
    Certificate(String),
    /// Options that do not go together, or a value that cannot be used.
    Usage(String),
    /// The system refused a thread, a signal handler or standard output.
    System(io::Error),
}

impl SinkError {
    /// The exit status of a command that ends with this error (sysexits).
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => exit::USAGE,
            Self::Unreadable { .. } => exit::NO_INPUT,
            Self::Listen { .. } | Self::System(_) => exit::UNAVAILABLE,
            Self::Unwritable { .. } | Self::Certificate(_) => exit::CONFIG,
        }
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, source } => write!(
                f,
                "cannot listen on {address}: {source}. \
                 Choose another --listen address; port 0 takes any free port"
            ),
            Self::Unreadable { path, detail } => {
                write!(f, "cannot use {}: {detail}", path.display())
            }
            Self::Unwritable { path, source } => {
                write!(
                    f,
                    "cannot write {}: {source}. Choose a place that this user may write to",
                    path.display()
                )
            }
            Self::Certificate(detail) => write!(
                f,
                "the certificate cannot be used: {detail}. \
                 Without --cert and --key a throw-away one is made"
            ),
            Self::Usage(detail) => f.write_str(detail),
            Self::System(source) => write!(f, "the system refused: {source}"),
        }
    }
}

impl std::error::Error for SinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. }
            | Self::Unwritable { source, .. }
            | Self::System(source) => Some(source),
            Self::Unreadable { .. } | Self::Certificate(_) | Self::Usage(_) => None,
        }
    }
}
