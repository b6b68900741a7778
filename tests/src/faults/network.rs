//! A network that fails at one operation, with the faces of both drivers' streams.

use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use mailwright::blocking;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::server::Server;

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// By an error, and every later one too.
    Reset,
    /// By an error, and every later write too; what the server said can still be read.
    BrokenPipe,
    /// By the stream's end.
    Eof,
    /// Not at all, but it moves one octet.
    Short,
    /// By silence, and every later one too.
    Silence,
    /// Not at all, but nothing of what the server says arrives any more.
    Deaf,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Reset,
        Self::BrokenPipe,
        Self::Eof,
        Self::Short,
        Self::Silence,
        Self::Deaf,
    ];
}

/// Octets that the network takes at once.
const WINDOW: usize = 16 * 1024;

/// A client's end of a network, with the server at the other end. Its copies share both.
#[derive(Clone)]
pub struct Network(Arc<Mutex<State>>);

struct State {
    server: Server,
    operations: usize,
    /// Which operation fails, from 1, and how.
    fault: Option<(usize, Fault)>,
    struck: Option<Struck>,
    /// Whether each operation for tokio waits once before it is done, and whether it has.
    waits: bool,
    waited: [bool; 3],
    /// What was written and waits for a flush, where the network is one that keeps it until then.
    held_back: Option<Vec<u8>>,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    nonblocking: bool,
}

/// What the network is like since it failed.
#[derive(Clone, Copy)]
struct Struck {
    fault: Fault,
    by_read: bool,
}

/// What came of an operation.
enum Moved {
    Octets(usize),
    Error(io::ErrorKind),
    /// Nothing, for as long as anyone waits.
    Nothing,
}

impl Network {
    /// A network to this server.
    pub fn new(server: Server, fault: Option<(usize, Fault)>) -> Self {
        Self(Arc::new(Mutex::new(State {
            server,
            operations: 0,
            fault,
            struck: None,
            waits: false,
            waited: [false; 3],
            held_back: None,
            read_timeout: None,
            write_timeout: None,
            nonblocking: false,
        })))
    }

    /// The same, where nothing is ever done at once.
    pub fn slow(server: Server) -> Self {
        let network = Self::new(server, None);
        network.state().waits = true;
        network
    }

    /// The same, where nothing leaves before it is flushed.
    pub fn buffered(server: Server) -> Self {
        let network = Self::new(server, None);
        network.state().held_back = Some(Vec::new());
        network
    }

    /// How many reads and writes there were.
    pub fn operations(&self) -> usize {
        self.state().operations
    }

    /// Asks the server.
    pub fn ask<T>(&self, question: impl FnOnce(&Server) -> T) -> T {
        question(&self.state().server)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no poison")
    }

    /// Waits once, if this network does; which operation it is for is told by its number.
    fn poll_slowness(&self, context: &Context<'_>, which: usize) -> Poll<()> {
        let mut state = self.state();
        state.waited[which] = !state.waited[which] && state.waits;
        if state.waited[which] {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl State {
    /// Counts an operation. True: it is the one that fails.
    fn strike(&mut self, by_read: bool) -> bool {
        self.operations += 1;
        match self.fault {
            Some((at, fault)) if at == self.operations => {
                self.struck = Some(Struck { fault, by_read });
                true
            }
            _ => false,
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Moved {
        let is_now = self.strike(true);
        let buffer = match self.struck.map(|struck| (struck.fault, struck.by_read)) {
            Some((Fault::Reset, _)) => return Moved::Error(io::ErrorKind::ConnectionReset),
            Some((Fault::BrokenPipe, _)) if is_now => {
                return Moved::Error(io::ErrorKind::BrokenPipe);
            }
            Some((Fault::Eof, true)) => return Moved::Octets(0),
            Some((Fault::BrokenPipe, _) | (Fault::Eof, false)) => {
                return Moved::Octets(self.server.give(buffer));
            }
            Some((Fault::Silence | Fault::Deaf, _)) => return Moved::Nothing,
            Some((Fault::Short, _)) if is_now => &mut buffer[..1],
            _ => buffer,
        };
        match self.server.give(buffer) {
            0 => Moved::Nothing,
            n => Moved::Octets(n),
        }
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> Moved {
        let is_now = self.strike(false);
        let window = match self.struck.map(|struck| (struck.fault, struck.by_read)) {
            Some((Fault::Reset, _)) => return Moved::Error(io::ErrorKind::ConnectionReset),
            Some((Fault::BrokenPipe, _)) => return Moved::Error(io::ErrorKind::BrokenPipe),
            Some((Fault::Eof, false)) => return Moved::Octets(0),
            Some((Fault::Silence, _)) => return Moved::Nothing,
            Some((Fault::Short, _)) if is_now => 1,
            _ => WINDOW,
        };
        let bytes: Vec<u8> = slices
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .take(window)
            .collect();
        match &mut self.held_back {
            Some(held_back) => held_back.extend_from_slice(&bytes),
            None => self.server.take(&bytes),
        }
        Moved::Octets(bytes.len())
    }

    fn flush(&mut self) {
        if let Some(held_back) = &mut self.held_back {
            self.server.take(&std::mem::take(held_back));
        }
    }
}

impl Network {
    /// What came of an operation, for whom blocks.
    fn block(&self, moved: Moved, timeout: Option<Duration>) -> io::Result<usize> {
        match moved {
            Moved::Octets(n) => Ok(n),
            Moved::Error(kind) => Err(kind.into()),
            Moved::Nothing => {
                if !self.state().nonblocking {
                    thread::sleep(timeout.expect("a wait for ever"));
                }
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
    }
}

impl Read for Network {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (moved, timeout) = {
            let mut state = self.state();
            (state.read(buffer), state.read_timeout)
        };
        self.block(moved, timeout)
    }
}

impl Write for Network {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let (moved, timeout) = {
            let mut state = self.state();
            (state.write(slices), state.write_timeout)
        };
        self.block(moved, timeout)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.state().flush();
        Ok(())
    }
}

impl blocking::Stream for Network {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.state().read_timeout = timeout;
        Ok(())
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.state().write_timeout = timeout;
        Ok(())
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        self.state().nonblocking = nonblocking;
        Ok(())
    }
}

/// What came of an operation, for whom waits.
fn poll(moved: Moved) -> Poll<io::Result<usize>> {
    match moved {
        Moved::Octets(n) => Poll::Ready(Ok(n)),
        Moved::Error(kind) => Poll::Ready(Err(kind.into())),
        Moved::Nothing => Poll::Pending,
    }
}

impl AsyncRead for Network {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.poll_slowness(context, 0).is_pending() {
            return Poll::Pending;
        }
        let moved = self.state().read(buffer.initialize_unfilled());
        poll(moved).map_ok(|n| buffer.advance(n))
    }
}

impl AsyncWrite for Network {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.poll_slowness(context, 1).is_pending() {
            return Poll::Pending;
        }
        poll(self.state().write(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.state().flush();
        self.poll_slowness(context, 2).map(Ok)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
