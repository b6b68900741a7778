//! A stream's bytes, with TLS once it is there, and a deadline on every wait.

use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::{fd::OwnedFd, unix::net::UnixStream};
#[cfg(unix)]
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
#[cfg(unix)]
use socket2::{Domain, SockAddr, Socket, Type};

#[cfg(feature = "mx")]
use super::connect::connect_to;
use super::connect::{connect, resolve};
use super::stream::Stream;
use super::timed::Timed;
use crate::drive::{Io, Progress, is_timeout};
use crate::error::{Error, TlsFailure};
use crate::tls::Established;

/// Octets that are handed to TLS at once: four full records, so that no message is in memory twice.
const TLS_AT_ONCE: usize = 64 * 1024;

/// The limit of reads in one call that does not wait: a server can send TLS records without data
/// endlessly.
const READS_AT_ONCE: usize = 16;

/// The time-out of an attempt after its deadline: a stream does not accept zero.
const LEAST_WAIT: Duration = Duration::from_millis(1);

pub(super) struct Wire {
    timed: Timed,
    peer: Option<SocketAddr>,
    local: Option<IpAddr>,
    tls: Option<Box<ClientConnection>>,
    /// Octets that TLS has taken, and that are not out.
    under_way: usize,
}

impl Wire {
    pub(super) fn over(stream: Box<dyn Stream>) -> Self {
        Self {
            timed: Timed::new(stream),
            peer: None,
            local: None,
            tls: None,
            under_way: 0,
        }
    }

    fn connected(stream: TcpStream) -> Self {
        let (peer, local) = (
            stream.peer_addr().ok(),
            stream.local_addr().ok().map(|address| address.ip()),
        );
        Self {
            peer,
            local,
            ..Self::over(Box::new(stream))
        }
    }

    fn shake_hands(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        deadline: Option<Instant>,
    ) -> Result<Established, TlsFailure> {
        let mut tls = ClientConnection::new(config, name).map_err(TlsFailure::Tls)?;
        tls.set_buffer_limit(Some(TLS_AT_ONCE));
        while tls.is_handshaking() {
            self.write_out(&mut tls, deadline)?;
            if !tls.is_handshaking() {
                break;
            }
            self.flush(deadline)?;
            self.timed.let_read_for_all(left_until(deadline)?)?;
            if unless_interrupted(tls.read_tls(&mut self.timed.stream))? == Some(0) {
                return Err(TlsFailure::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            if let Err(error) = tls.process_new_packets() {
                // The alert that tells the server why; whether it arrives changes nothing here.
                let _ = tls.write_tls(&mut self.timed.stream);
                return Err(TlsFailure::Tls(error));
            }
        }
        self.write_out(&mut tls, deadline)?;
        let established = Established::of(&tls);
        self.tls = Some(Box::new(tls));
        Ok(established)
    }

    fn write_out(
        &mut self,
        tls: &mut ClientConnection,
        deadline: Option<Instant>,
    ) -> io::Result<()> {
        while tls.wants_write() {
            self.timed.let_write(left_until(deadline)?)?;
            unless_timed_out(write_some_of(tls, &mut self.timed.stream))?;
        }
        Ok(())
    }

    fn flush(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        loop {
            self.timed.let_write(left_until(deadline)?)?;
            if unless_timed_out(self.timed.stream.flush())?.is_some() {
                return Ok(());
            }
        }
    }

    /// Reads with the time-outs that are set; nothing where that has to be done again. Over TLS an end without a goodbye
    /// is an end too: SMTP has its own, and servers that hang up seldom say TLS's.
    fn read_once(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(tls) = &mut self.tls else {
            return unless_interrupted(self.timed.stream.read(buffer));
        };
        if let Some(n) = read_decrypted(tls, buffer)? {
            return Ok(Some(n));
        }
        unless_interrupted(tls.read_tls(&mut self.timed.stream))?;
        let processed = tls.process_new_packets();
        let mut answered = Ok(());
        while answered.is_ok() && tls.wants_write() {
            answered = write_some_of(tls, &mut self.timed.stream);
        }
        // What the server has said counts, also where nothing can be said to it any more.
        match processed
            .map_err(io::Error::other)?
            .plaintext_bytes_to_read()
        {
            0 => answered.map(|()| None),
            _ => Ok(None),
        }
    }

    /// Waits for octets until the deadline.
    fn read_until(&mut self, buffer: &mut [u8], deadline: Option<Instant>) -> io::Result<usize> {
        self.flush(deadline)?;
        self.timed.let_read(left_until(deadline)?)?;
        let mut is_last = false;
        loop {
            match self.read_once(buffer) {
                Ok(Some(n)) => return Ok(n),
                Ok(None) => {}
                // The time-out was shorter than the deadline: wait for the rest.
                Err(error) if is_timeout(&error) && !is_last => is_last = true,
                Err(error) => return Err(error),
            }
            let left = left_until(deadline)?;
            if is_last {
                self.timed.let_read_for_all(left)
            } else {
                self.timed.let_read(left)
            }?;
        }
    }

    /// What has arrived, without waiting for it.
    fn read_at_once(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        if let Some(tls) = &mut self.tls
            && let Some(n) = read_decrypted(tls, buffer)?
        {
            return Ok(Some(n));
        }
        if !self.timed.stream.may_be_readable() {
            return Ok(None);
        }
        if self.timed.stream.set_nonblocking(true).is_err() {
            return Ok(None);
        }
        let read = self.read_available(buffer);
        self.timed.stream.set_nonblocking(false)?;
        read
    }

    fn read_available(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        for _ in 0..READS_AT_ONCE {
            match self.read_once(buffer) {
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                other => return other,
            }
        }
        Ok(None)
    }

    /// Writes some of the slices before the deadline, and calls `meanwhile` every short while.
    fn write_within(
        &mut self,
        slices: &[IoSlice<'_>],
        deadline: Option<Instant>,
        mut meanwhile: impl FnMut(&mut Self) -> io::Result<Option<usize>>,
    ) -> io::Result<Progress> {
        // At least one attempt: see `read`.
        let mut left = left_until(deadline).unwrap_or(Some(LEAST_WAIT));
        loop {
            self.timed.let_write(left)?;
            match self.write_once(slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => return Ok(Progress::Wrote(n)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    if let Some(n) = meanwhile(self)? {
                        return Ok(Progress::Heard(n));
                    }
                }
                Err(error) => return Err(error),
            }
            left = left_until(deadline)?;
        }
    }

    /// Writes some of the slices, within a short while: how many octets are out.
    fn write_once(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.timed.stream.write_vectored(slices);
        };
        if self.under_way == 0 {
            self.under_way = tls.writer().write_vectored(slices)?;
        }
        while tls.wants_write() {
            write_some_of(tls, &mut self.timed.stream)?;
        }
        Ok(std::mem::take(&mut self.under_way))
    }
}

impl Io for Wire {
    async fn connect(host: &str, port: u16, timeout: Duration) -> Result<Self, Error> {
        connect(host, port, timeout).map(Self::connected)
    }

    #[cfg(feature = "mx")]
    async fn connect_to(
        host: &str,
        port: u16,
        addresses: &[SocketAddr],
        timeout: Duration,
    ) -> Result<Self, Error> {
        connect_to(host, port, addresses, timeout).map(Self::connected)
    }

    // The resolver wants a runtime, and a thread of its own, as the caller's may belong to a runtime that must not block.
    #[cfg(feature = "mx")]
    async fn look_up<T: Send>(work: impl Future<Output = T> + Send) -> io::Result<T> {
        thread::scope(|scope| {
            let looking = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                Ok(runtime.block_on(work))
            });
            looking
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    #[cfg(unix)]
    async fn connect_socket(path: &Path, patience: Duration) -> io::Result<Self> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        // Linux keeps to this also where the queue of the socket is full; other systems refuse then.
        socket.set_write_timeout(Some(patience.max(Duration::from_millis(1))))?;
        socket.connect(&SockAddr::unix(path)?)?;
        Ok(Self::over(Box::new(UnixStream::from(OwnedFd::from(
            socket,
        )))))
    }

    async fn addresses(host: String, timeout: Duration) -> Vec<IpAddr> {
        let found = resolve(&host, 0, timeout).unwrap_or_default();
        found.into_iter().map(|address| address.ip()).collect()
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    fn local(&self) -> Option<IpAddr> {
        self.local
    }

    async fn handshake(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        deadline: Option<Instant>,
    ) -> Result<Established, TlsFailure> {
        self.shake_hands(config, name, deadline)
    }

    async fn read(&mut self, buffer: &mut [u8], deadline: Option<Instant>) -> io::Result<usize> {
        match self.read_until(buffer, deadline) {
            // The process may have been stopped while octets arrived, and its time went by.
            Err(error) if is_timeout(&error) => self.read_at_once(buffer)?.ok_or(error),
            other => other,
        }
    }

    async fn glance(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        self.read_at_once(buffer)
    }

    async fn write_all(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if let Progress::Wrote(n) =
                self.write_within(&[IoSlice::new(rest)], deadline, |_| Ok(None))?
            {
                rest = rest.get(n..).unwrap_or_default();
            }
        }
        Ok(())
    }

    async fn write_some(
        &mut self,
        slices: &[IoSlice<'_>],
        buffer: &mut [u8],
        deadline: Option<Instant>,
    ) -> io::Result<Progress> {
        self.write_within(slices, deadline, |wire| wire.read_at_once(buffer))
    }

    async fn within<F: Future>(until: Option<Instant>, work: F) -> Option<F::Output> {
        let waker = Waker::from(Arc::new(Parked(thread::current())));
        let (mut work, mut context) = (pin!(work), Context::from_waker(&waker));
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
                return Some(done);
            }
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(Duration::ZERO) => return None,
                Some(left) => thread::park_timeout(left),
            }
        }
    }

    async fn close(mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            // The session is over: nothing depends on whether this is heard.
            let _ = self
                .timed
                .let_write(None)
                .and_then(|()| tls.write_tls(&mut self.timed.stream));
        }
    }
}

/// A thread that waits for another one.
struct Parked(Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// Nothing where a signal came in between: a process that was stopped and goes on sees that, too.
fn unless_interrupted<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
        other => other.map(Some),
    }
}

/// Reads what TLS has already decrypted, if there is anything.
fn read_decrypted(tls: &mut ClientConnection, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match tls.reader().read(buffer) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Some(0)),
        other => other.map(Some),
    }
}

/// Nothing where a short while is over.
fn unless_timed_out<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if is_timeout(&error) => Ok(None),
        other => other.map(Some),
    }
}

/// Writes some of what TLS has to say. A stream that takes nothing at all will not take it later either.
fn write_some_of(tls: &mut ClientConnection, stream: &mut impl Write) -> io::Result<()> {
    match unless_interrupted(tls.write_tls(stream))? {
        Some(0) => Err(io::ErrorKind::WriteZero.into()),
        _ => Ok(()),
    }
}

/// How long a wait may last. Fails where the deadline has passed.
fn left_until(deadline: Option<Instant>) -> io::Result<Option<Duration>> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    if left == Some(Duration::ZERO) {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left)
}
