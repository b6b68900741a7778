//! The reasons why a connection failed, from the system's errors.

use std::io::{self, ErrorKind};

use crate::cause::Cause;
use crate::knowledge::{Explanation, Retry};

/// `EMFILE` and `ENFILE` of UNIX systems, and Windows' own for sockets. The standard library has no kind for them.
const TOO_MANY_FILES: [i32; 3] = [23, 24, 10_024];

/// `EHOSTDOWN` of Linux, the BSDs and Windows, which has no kind either.
const HOST_DOWN: [i32; 3] = [112, 64, 10_064];

/// The reason why an attempt failed, most informative first: a refusal over a time-out, a time-out
/// over a missing route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Obstacle {
    Refused,
    /// The connection had been accepted: the server, or a device on the way, closed it.
    Reset,
    Silence,
    Forbidden,
    NoLocalAddress,
    TooManyFiles,
    NetworkDown,
    HostUnreachable,
    NoRoute,
}

impl Obstacle {
    fn of(error: &io::Error) -> Self {
        let is_one_of = |codes: &[i32]| {
            error
                .raw_os_error()
                .is_some_and(|code| codes.contains(&code))
        };
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Self::Reset,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Silence,
            ErrorKind::PermissionDenied => Self::Forbidden,
            // Linux returns the latter if the caller has chosen a port that is in use.
            ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse => Self::NoLocalAddress,
            ErrorKind::NetworkDown => Self::NetworkDown,
            ErrorKind::HostUnreachable => Self::HostUnreachable,
            _ if is_one_of(&TOO_MANY_FILES) => Self::TooManyFiles,
            _ if is_one_of(&HOST_DOWN) => Self::HostUnreachable,
            _ => Self::NoRoute,
        }
    }

    fn explain(self) -> Explanation {
        let (retry, summary, fix): (_, _, &[&str]) = match self {
            Self::Refused => return Explanation::of_cause(Cause::ConnectionRefused),
            Self::Reset => return Explanation::of_cause(Cause::ConnectionClosed),
            Self::Silence => return Explanation::of_cause(Cause::ConnectionTimeout),
            Self::NoRoute => return Explanation::of_cause(Cause::NetworkUnreachable),
            Self::Forbidden => (
                Retry::AfterTheFix,
                "This machine does not permit the connection: a local firewall or a security policy forbids it.",
                &[
                    "Check this machine's firewall for rules on outgoing connections to this port.",
                    "Check what confines this program: a container, a sandbox, SELinux or AppArmor.",
                ],
            ),
            Self::NoLocalAddress => (
                Retry::InMinutes,
                "This machine has no free local port, or no address, to connect from.",
                &[
                    "Try again in a minute: the ports of closed connections become free by themselves.",
                    "Send several messages over one connection, instead of one connection each.",
                    "If the server's address is of IPv6, check that this machine has IPv6.",
                ],
            ),
            Self::TooManyFiles => (
                Retry::InMinutes,
                "This process, or this machine, has too many files and connections open.",
                &[
                    "Use fewer connections at once.",
                    "Raise the limit on open files (`ulimit -n`).",
                ],
            ),
            Self::NetworkDown => (
                Retry::InMinutes,
                "The network of this machine is down.",
                &["Check the cable, the wireless network or the virtual network of this machine."],
            ),
            Self::HostUnreachable => (
                Retry::InMinutes,
                "The server's network says that the host cannot be reached.",
                &[
                    "Check that the server's address is right, and that the host runs.",
                    "A firewall may answer so: ask the operators of both networks.",
                ],
            ),
        };
        Explanation {
            retry,
            ..Explanation::worded(Cause::NetworkUnreachable, summary, fix)
        }
    }
}

/// Explains the failure of all attempts by the most informative one.
pub(super) fn explain<'a>(errors: impl Iterator<Item = &'a io::Error>) -> Explanation {
    errors
        .map(Obstacle::of)
        .min()
        .unwrap_or(Obstacle::NoRoute)
        .explain()
}

/// Explains the failure to connect to a UNIX socket, whose address is a file.
pub(super) fn explain_socket(error: &io::Error) -> Explanation {
    let (summary, fix): (_, &[&str]) = match error.kind() {
        ErrorKind::NotFound => (
            "There is no socket of this name.",
            &[
                "Check the path of the socket.",
                "Check that the server runs, and that its socket is where it should be.",
            ],
        ),
        ErrorKind::PermissionDenied => (
            "This user may not connect to the socket.",
            &["Check who may write to the socket and enter its folders."],
        ),
        _ => return explain(std::iter::once(error)),
    };
    Explanation::worded(Cause::NetworkUnreachable, summary, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn each_error_of_connect_is_told_as_what_it_is() {
        let told = |codes: &[i32]| {
            let errors: Vec<io::Error> = codes
                .iter()
                .copied()
                .map(io::Error::from_raw_os_error)
                .collect();
            explain(errors.iter())
        };
        for (name, codes, cause, word) in [
            (
                "EADDRNOTAVAIL",
                &[99][..],
                Cause::NetworkUnreachable,
                "no free local port",
            ),
            (
                "EADDRINUSE",
                &[98],
                Cause::NetworkUnreachable,
                "no free local port",
            ),
            (
                "EACCES",
                &[13],
                Cause::NetworkUnreachable,
                "a local firewall",
            ),
            ("EPERM", &[1], Cause::NetworkUnreachable, "a local firewall"),
            ("EMFILE", &[24], Cause::NetworkUnreachable, "too many files"),
            ("ENFILE", &[23], Cause::NetworkUnreachable, "too many files"),
            (
                "ENETDOWN",
                &[100],
                Cause::NetworkUnreachable,
                "network of this machine is down",
            ),
            (
                "EHOSTUNREACH",
                &[113],
                Cause::NetworkUnreachable,
                "host cannot be reached",
            ),
            (
                "EHOSTDOWN",
                &[112],
                Cause::NetworkUnreachable,
                "host cannot be reached",
            ),
            ("ENETUNREACH", &[101], Cause::NetworkUnreachable, "no route"),
            ("EAFNOSUPPORT", &[97], Cause::NetworkUnreachable, "no route"),
            (
                "ECONNABORTED",
                &[103],
                Cause::ConnectionClosed,
                "closed the connection",
            ),
            (
                "ECONNRESET",
                &[104],
                Cause::ConnectionClosed,
                "closed the connection",
            ),
            ("ETIMEDOUT", &[110], Cause::ConnectionTimeout, "in time"),
            (
                "ECONNREFUSED",
                &[111],
                Cause::ConnectionRefused,
                "Nothing accepts",
            ),
            (
                "ENETUNREACH, EACCES, ECONNREFUSED",
                &[101, 13, 111],
                Cause::ConnectionRefused,
                "Nothing accepts",
            ),
            (
                "ENETUNREACH, EACCES",
                &[101, 13],
                Cause::NetworkUnreachable,
                "a local firewall",
            ),
        ] {
            let explanation = told(codes);
            assert_eq!(explanation.cause, cause, "{name}");
            assert!(
                explanation.summary.contains(word),
                "{name}: {}",
                explanation.summary
            );
        }
        assert_eq!(told(&[99]).retry, Retry::InMinutes);
        assert_eq!(told(&[13]).retry, Retry::AfterTheFix);
    }
}
