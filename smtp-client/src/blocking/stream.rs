//! What a stream must be able to do, so that a session can be held over it.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

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
}
