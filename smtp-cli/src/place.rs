//! The target of `--server`: a host, a URL, or with LMTP a UNIX socket.

use std::path::PathBuf;
use std::str::FromStr;

use crate::server::{HostPort, SUBMISSIONS};

/// `HOST`, `HOST:PORT`, `smtp://HOST:PORT`, `smtps://HOST:PORT`, or `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Host(HostPort),
    /// A host with TLS from the start: `smtps://`.
    TlsHost(HostPort),
    Socket(PathBuf),
}

impl Place {
    /// The host, where it is one.
    pub(crate) fn host(&self) -> Option<&HostPort> {
        match self {
            Self::Host(host) | Self::TlsHost(host) => Some(host),
            Self::Socket(_) => None,
        }
    }

    /// The socket, where it is one.
    pub(crate) fn socket(&self) -> Option<&PathBuf> {
        match self {
            Self::Host(_) | Self::TlsHost(_) => None,
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
            _ => match text.split_once("://") {
                Some((scheme, rest)) => of_url(scheme, rest),
                None => text.parse().map(Self::Host),
            },
        }
    }
}

fn of_url(scheme: &str, rest: &str) -> Result<Place, String> {
    if rest.contains('@') {
        return Err("a URL with a user is not accepted: give the user with --user".to_owned());
    }
    let host: HostPort = rest.parse()?;
    match scheme.to_ascii_lowercase().as_str() {
        "smtp" => Ok(Place::Host(host)),
        "smtps" => Ok(Place::TlsHost(HostPort {
            port: host.port.or(Some(SUBMISSIONS)),
            ..host
        })),
        _ => Err(format!(
            "“{scheme}” is not a mail server's URL scheme: use smtp or smtps, or leave it out"
        )),
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
        let host = HostPort {
            host: "unix".to_owned(),
            port: Some(24),
        };
        assert_eq!("unix:24".parse(), Ok(Place::Host(host)));
        for text in [
            "unix:",
            "unix:lmtp",
            "/run/lmtp",
            "http://a.test",
            "smtp://u:p@a.test",
            "smtp://",
            "smtp://a.test/x",
        ] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_url_names_host_port_and_tls() {
        let host = |port| HostPort {
            host: "a.test".to_owned(),
            port,
        };
        assert_eq!("smtp://a.test".parse(), Ok(Place::Host(host(None))));
        assert_eq!("SMTP://a.test:25/".parse(), Ok(Place::Host(host(Some(25)))));
        assert_eq!(
            "smtps://a.test/".parse(),
            Ok(Place::TlsHost(host(Some(465))))
        );
        assert_eq!(
            "smtps://a.test:2465".parse(),
            Ok(Place::TlsHost(host(Some(2465))))
        );
    }
}
