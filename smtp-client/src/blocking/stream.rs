//! What a stream must be able to do, so that a session can be held over it.

use std::io::{self, Read, Write};
#[cfg(unix)]
use std::mem::MaybeUninit;
use std::net::TcpStream;
#[cfg(unix)]
use std::os::fd::AsFd;
use std::time::Duration;

#[cfg(unix)]
use socket2::SockRef;

/// A stream of bytes to a server, with time-outs: TCP, a UNIX socket, or an embedder's own (a proxy, a tunnel).
///
/// A read or write that takes longer fails with [`io::ErrorKind::WouldBlock`] or [`io::ErrorKind::TimedOut`].
///
/// ```
/// use mailwright::blocking::Stream;
/// use std::io::{Read, Result, Write};
/// use std::{net::TcpStream, time::Duration};
///
/// /// Counts what is read.
/// struct Counted(TcpStream, u64);
///
/// impl Read for Counted {
///     fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
///         let n = self.0.read(buffer)?;
///         self.1 += n as u64;
///         Ok(n)
///     }
/// }
///
/// impl Write for Counted {
///     fn write(&mut self, bytes: &[u8]) -> Result<usize> {
///         self.0.write(bytes)
///     }
///     fn flush(&mut self) -> Result<()> {
///         self.0.flush()
///     }
/// }
///
/// impl Stream for Counted {
///     fn set_read_timeout(&mut self, timeout: Option<Duration>) -> Result<()> {
///         Stream::set_read_timeout(&mut self.0, timeout)
///     }
///     fn set_write_timeout(&mut self, timeout: Option<Duration>) -> Result<()> {
///         Stream::set_write_timeout(&mut self.0, timeout)
///     }
///     fn set_nonblocking(&mut self, nonblocking: bool) -> Result<()> {
///         Stream::set_nonblocking(&mut self.0, nonblocking)
///     }
/// }
/// ```
pub trait Stream: Read + Write + Send {
    /// How long a read may wait; nothing for ever. Never zero.
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// How long a write may wait; nothing for ever. Never zero.
    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// Sets whether reads return at once, with [`io::ErrorKind::WouldBlock`] if there is nothing. A stream that cannot do
    /// that may leave this out: a refusal in the middle of a message is then noticed only at its end, and octets that the
    /// server sends between two messages are not noticed.
    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        let _ = nonblocking;
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Returns `false` only if a read would wait: nothing has arrived, and the stream has neither
    /// ended nor failed. The client then skips the read before a message on a kept connection.
    ///
    /// The default, `true`, is right for every stream, and costs a read between two calls of
    /// [`set_nonblocking`](Self::set_nonblocking).
    fn may_be_readable(&mut self) -> bool {
        true
    }
}

impl Stream for TcpStream {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        TcpStream::set_read_timeout(self, timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        TcpStream::set_write_timeout(self, timeout)
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        TcpStream::set_nonblocking(self, nonblocking)
    }

    #[cfg(unix)]
    fn may_be_readable(&mut self) -> bool {
        peek(self)
    }
}

#[cfg(unix)]
impl Stream for std::os::unix::net::UnixStream {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        std::os::unix::net::UnixStream::set_read_timeout(self, timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        std::os::unix::net::UnixStream::set_write_timeout(self, timeout)
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        std::os::unix::net::UnixStream::set_nonblocking(self, nonblocking)
    }

    fn may_be_readable(&mut self) -> bool {
        peek(self)
    }
}

/// Peeks at a socket with one system call, and returns whether a read may succeed or fail at once.
#[cfg(unix)]
fn peek(socket: &impl AsFd) -> bool {
    let peeked = SockRef::from(socket).recv_with_flags(
        &mut [MaybeUninit::uninit()],
        libc::MSG_PEEK | libc::MSG_DONTWAIT,
    );
    !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::os::unix::net::UnixStream;

    /// Peeks while nothing has arrived, after an octet has, after it is read, and after the end.
    #[expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
    fn peeks(mut ours: impl Stream, mut theirs: impl Write) -> [bool; 4] {
        ours.set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let silent = ours.may_be_readable();
        theirs.write_all(b"2").unwrap();
        let arrived = wait_until_readable(&mut ours);
        let mut octet = [0];
        ours.read_exact(&mut octet).unwrap();
        assert_eq!(octet, *b"2", "a peek leaves it there");
        let read = ours.may_be_readable();
        drop(theirs);
        [silent, arrived, read, wait_until_readable(&mut ours)]
    }

    fn wait_until_readable(stream: &mut impl Stream) -> bool {
        (0..2000).any(|_| {
            let is_readable = stream.may_be_readable();
            if !is_readable {
                std::thread::sleep(Duration::from_millis(10));
            }
            is_readable
        })
    }

    #[test]
    fn socket_is_readable_after_an_octet_or_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let theirs = listener.accept().unwrap().0;
        assert_eq!(peeks(ours, theirs), [false, true, false, true]);
        let (ours, theirs) = UnixStream::pair().unwrap();
        assert_eq!(peeks(ours, theirs), [false, true, false, true]);
    }
}
