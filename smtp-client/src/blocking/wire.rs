//! A stream's bytes, with TLS once it is there, and a deadline on every wait.

use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::connect::connect;
use super::stream::Stream;
use crate::drive::{Io, Progress, is_timeout};
use crate::error::{Error, TlsFailure};
use crate::tls::Established;

/// How long a write waits before it looks whether the server has said why it does not read.
const GLANCE: Duration = Duration::from_millis(250);

pub(super) struct Wire {
    stream: Box<dyn Stream>,
    peer: Option<SocketAddr>,
    tls: Option<Box<ClientConnection>>,
    /// Octets that TLS has taken, and that are not out.
    under_way: usize,
}

impl Wire {
    pub(super) fn over(stream: Box<dyn Stream>) -> Self {
        Self { stream, peer: None, tls: None, under_way: 0 }
    }

    fn shake_hands(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        deadline: Option<Instant>,
    ) -> Result<Established, TlsFailure> {
        let mut tls = ClientConnection::new(config, name).map_err(TlsFailure::Tls)?;
        // What is written is handed in by pieces of this crate's own choice.
        tls.set_buffer_limit(None);
        while tls.is_handshaking() {
            while tls.wants_write() {
                self.stream.set_write_timeout(left_until(deadline)?)?;
                write_some_of(&mut tls, &mut self.stream)?;
            }
            if !tls.is_handshaking() {
                break;
            }
            self.stream.flush()?;
            self.stream.set_read_timeout(left_until(deadline)?)?;
            if unless_interrupted(tls.read_tls(&mut self.stream))? == Some(0) {
                return Err(TlsFailure::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            if let Err(error) = tls.process_new_packets() {
                // The alert that tells the server why; whether it arrives changes nothing here.
                let _ = tls.write_tls(&mut self.stream);
                return Err(TlsFailure::Tls(error));
            }
        }
        while tls.wants_write() {
            self.stream.set_write_timeout(left_until(deadline)?)?;
            write_some_of(&mut tls, &mut self.stream)?;
        }
        let established = Established::of(&tls);
        self.tls = Some(Box::new(tls));
        Ok(established)
    }

    /// Reads with the time-outs that are set; nothing where that has to be done again. Over TLS an end without a goodbye
    /// is an end too: SMTP has its own, and servers that hang up seldom say TLS's.
    fn read_once(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(tls) = &mut self.tls else {
            return unless_interrupted(self.stream.read(buffer));
        };
        match tls.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Some(0)),
            other => return other.map(Some),
        }
        unless_interrupted(tls.read_tls(&mut self.stream))?;
        let processed = tls.process_new_packets();
        let mut answered = Ok(());
        while answered.is_ok() && tls.wants_write() {
            answered = write_some_of(tls, &mut self.stream);
        }
        // What the server has said counts, also where nothing can be said to it any more.
        match processed.map_err(io::Error::other)?.plaintext_bytes_to_read() {
            0 => answered.map(|()| None),
            _ => Ok(None),
        }
    }

    fn read_available(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.read_once(buffer) {
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                other => return other,
            }
        }
    }

    /// Writes some of the slices, within a short while: how many octets are out.
    fn write_once(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.stream.write_vectored(slices);
        };
        if self.under_way == 0 {
            self.under_way = tls.writer().write_vectored(slices)?;
        }
        while tls.wants_write() {
            write_some_of(tls, &mut self.stream)?;
        }
        Ok(std::mem::take(&mut self.under_way))
    }
}

impl Io for Wire {
    async fn connect(host: &str, port: u16, timeout: Duration) -> Result<Self, Error> {
        let stream = connect(host, port, timeout)?;
        let peer = stream.peer_addr().ok();
        Ok(Self { peer, ..Self::over(Box::new(stream)) })
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
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
        self.stream.set_write_timeout(left_until(deadline)?)?;
        self.stream.flush()?;
        loop {
            let left = left_until(deadline)?;
            self.stream.set_read_timeout(left)?;
            // Reading over TLS may have to answer: a key update, for one.
            if self.tls.is_some() {
                self.stream.set_write_timeout(left)?;
            }
            if let Some(n) = self.read_once(buffer)? {
                return Ok(n);
            }
        }
    }

    async fn glance(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        if self.stream.set_nonblocking(true).is_err() {
            return Ok(None);
        }
        let read = self.read_available(buffer);
        self.stream.set_nonblocking(false)?;
        read
    }

    async fn write_all(&mut self, bytes: &[u8], patience: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(patience)?;
        let Some(tls) = &mut self.tls else {
            return self.stream.write_all(bytes);
        };
        tls.writer().write_all(bytes)?;
        while tls.wants_write() {
            write_some_of(tls, &mut self.stream)?;
        }
        Ok(())
    }

    async fn write_some(
        &mut self,
        slices: &[IoSlice<'_>],
        buffer: &mut [u8],
        patience: Option<Duration>,
    ) -> io::Result<Progress> {
        let began = Instant::now();
        loop {
            let left = patience.map_or(Duration::MAX, |patience| patience.saturating_sub(began.elapsed()));
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_write_timeout(Some(left.min(GLANCE)))?;
            match self.write_once(slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => return Ok(Progress::Wrote(n)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    if let Some(n) = self.glance(buffer).await? {
                        return Ok(Progress::Heard(n));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn close(mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            // The session is over: nothing depends on whether this is heard.
            let _ = self.stream.set_write_timeout(Some(GLANCE)).and_then(|()| tls.write_tls(&mut self.stream));
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// Nothing where a signal came in between: a process that was stopped and goes on sees that, too.
fn unless_interrupted<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
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
