//! Where `--server` points to: a host, or by LMTP a UNIX socket.

use std::path::PathBuf;
use std::str::FromStr;

use crate::server::HostPort;

/// `HOST`, `HOST:PORT`, or `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Host(HostPort),
    Socket(PathBuf),
}

impl Place {
    /// The host, where it is one.
    pub(crate) fn host(&self) -> Option<&HostPort> {
        match self {
            Self::Host(host) => Some(host),
            Self::Socket(_) => None,
        }
    }

    /// The socket, where it is one.
    pub(crate) fn socket(&self) -> Option<&PathBuf> {
        match self {
            Self::Host(_) => None,
            Self::Socket(path) => Some(path),
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(path) if cfg!(unix) && path.contains('/') => Ok(Self::Socket(path.into())),
            Some(path) if path.contains('/') => Err("this system has no UNIX sockets".to_owned()),
            // A host may be called `unix`.
            _ => text.parse().map(Self::Host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_a_path_with_a_slash_and_all_else_a_host() {
        let socket = |path: &str| Ok(Place::Socket(path.into()));
        assert_eq!("unix:/run/lmtp".parse(), socket("/run/lmtp"));
        assert_eq!("unix:./lmtp".parse(), socket("./lmtp"));
        let host = HostPort { host: "unix".to_owned(), port: Some(24) };
        assert_eq!("unix:24".parse(), Ok(Place::Host(host)));
        for text in ["unix:", "unix:lmtp", "/run/lmtp"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
