//! The connection's bytes: TCP, with TLS once it is there, and a deadline on every wait.

use std::io::{self, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::error::TlsFailure;
use crate::facts::TlsFacts;
use crate::tls;

/// How long a write waits before it looks whether the server has said why it does not read.
const GLANCE: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(super) struct Wire {
    socket: TcpStream,
    tls: Option<Box<ClientConnection>>,
    /// Octets that TLS has taken, and that are not out.
    under_way: usize,
}

impl Wire {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self { socket, tls: None, under_way: 0 }
    }

    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.socket.peer_addr().ok()
    }

    /// Makes the handshake, as a whole within the deadline.
    pub(super) fn handshake(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        deadline: Option<Instant>,
    ) -> Result<Option<TlsFacts>, TlsFailure> {
        let mut tls = ClientConnection::new(config, name).map_err(TlsFailure::Tls)?;
        // What is written is handed in by pieces of this crate's own choice.
        tls.set_buffer_limit(None);
        while tls.is_handshaking() {
            while tls.wants_write() {
                set_timeout(&self.socket, TcpStream::set_write_timeout, deadline).map_err(failure)?;
                tls.write_tls(&mut self.socket).map_err(failure)?;
            }
            if !tls.is_handshaking() {
                break;
            }
            set_timeout(&self.socket, TcpStream::set_read_timeout, deadline).map_err(failure)?;
            if tls.read_tls(&mut self.socket).map_err(failure)? == 0 {
                return Err(TlsFailure::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            if let Err(error) = tls.process_new_packets() {
                // The alert that tells the server why; whether it arrives changes nothing here.
                let _ = tls.write_tls(&mut self.socket);
                return Err(TlsFailure::Tls(error));
            }
        }
        let facts = tls::facts(&tls);
        self.tls = Some(Box::new(tls));
        self.flush(deadline).map_err(failure)?;
        Ok(facts)
    }

    /// Waits for bytes: how many, or 0 at the end. Over TLS an end without a goodbye is an end too:
    /// SMTP has its own, and servers that hang up seldom say TLS's.
    pub(super) fn read(&mut self, buffer: &mut [u8], deadline: Option<Instant>) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            set_timeout(&self.socket, TcpStream::set_read_timeout, deadline)?;
            return self.socket.read(buffer);
        };
        loop {
            match tls.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                other => return other,
            }
            set_timeout(&self.socket, TcpStream::set_read_timeout, deadline)?;
            tls.read_tls(&mut self.socket)?;
            let processed = tls.process_new_packets();
            while tls.wants_write() {
                set_timeout(&self.socket, TcpStream::set_write_timeout, deadline)?;
                tls.write_tls(&mut self.socket)?;
            }
            processed.map_err(io::Error::other)?;
        }
    }

    /// What has arrived, without waiting for it; nothing where there is nothing.
    pub(super) fn glance(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        self.socket.set_nonblocking(true)?;
        let read = self.read_available(buffer);
        self.socket.set_nonblocking(false)?;
        match read {
            Ok(n) => Ok(Some(n)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read_available(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.socket.read(buffer);
        };
        match tls.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            other => return other,
        }
        tls.read_tls(&mut self.socket)?;
        tls.process_new_packets().map_err(io::Error::other)?;
        tls.reader().read(buffer)
    }

    /// Writes all of `bytes`, as long as it gets on within `patience` each time.
    pub(super) fn write_all(&mut self, bytes: &[u8], patience: Option<Duration>) -> io::Result<()> {
        self.socket.set_write_timeout(patience)?;
        let Some(tls) = &mut self.tls else {
            return self.socket.write_all(bytes);
        };
        tls.writer().write_all(bytes)?;
        while tls.wants_write() {
            tls.write_tls(&mut self.socket)?;
        }
        Ok(())
    }

    /// Writes some of the slices: how many octets are out. Fails as timed out after a short while without progress, so
    /// that the caller can look what the server says. Then the same slices have to be handed in again: over TLS they are
    /// under way already, and only what is left of them goes out.
    pub(super) fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(GLANCE))?;
        let Some(tls) = &mut self.tls else {
            return self.socket.write_vectored(slices);
        };
        if self.under_way == 0 {
            self.under_way = tls.writer().write_vectored(slices)?;
        }
        while tls.wants_write() {
            tls.write_tls(&mut self.socket)?;
        }
        Ok(std::mem::take(&mut self.under_way))
    }

    fn flush(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        while let Some(tls) = self.tls.as_mut().filter(|tls| tls.wants_write()) {
            set_timeout(&self.socket, TcpStream::set_write_timeout, deadline)?;
            tls.write_tls(&mut self.socket)?;
        }
        Ok(())
    }

    /// Says goodbye in TLS's own way, if it can be said at once.
    pub(super) fn close(mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            // The session is over: nothing depends on whether this is heard.
            let _ =
                self.socket.set_write_timeout(Some(GLANCE)).and_then(|()| tls.write_tls(&mut self.socket).map(drop));
        }
    }
}

/// Whether an error says that the time is over: which of the two it is differs by system.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn failure(error: io::Error) -> TlsFailure {
    if is_timeout(&error) { TlsFailure::TimedOut } else { TlsFailure::Io(error) }
}

type SetTimeout = fn(&TcpStream, Option<Duration>) -> io::Result<()>;

/// Lets the next call wait until the deadline. Fails where that has passed.
fn set_timeout(socket: &TcpStream, set: SetTimeout, deadline: Option<Instant>) -> io::Result<()> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    if left == Some(Duration::ZERO) {
        return Err(io::ErrorKind::TimedOut.into());
    }
    set(socket, left)
}
