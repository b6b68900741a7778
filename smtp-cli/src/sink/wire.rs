//! One connection: buffered, in the clear or under TLS, with replies gathered until input is due.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::registry::Ticket;

/// Octets a read takes at most, and octets of replies that wait at most.
const BUFFER: usize = 16 * 1024;

/// How long a client may take to hang up after our last reply.
const LINGER: Duration = Duration::from_secs(1);

/// Why there is no more input.
#[derive(Debug)]
pub(super) enum Gone {
    /// The client hung up, or the connection broke.
    Lost,
    /// Nothing came for too long.
    Idle,
    /// The sink is being stopped.
    Stopping,
}

/// A line as it was framed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Its content, without the CRLF.
    Whole(Vec<u8>),
    /// It was longer than allowed, and its bytes are gone.
    TooLong,
    /// It ended in LF without CR.
    BareLf,
}

/// A connection with its buffers.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    input: Box<[u8]>,
    start: usize,
    end: usize,
    output: Vec<u8>,
    ticket: Ticket,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    /// Takes a connection that was just accepted. `idle` bounds each wait for the client.
    pub(super) fn new(stream: TcpStream, idle: Duration, ticket: Ticket) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(idle))?;
        stream.set_write_timeout(Some(idle))?;
        Ok(Self {
            stream: Stream::Plain(stream),
            input: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
            output: Vec::new(),
            ticket,
        })
    }

    /// Whether the connection is encrypted.
    pub(super) fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Returns whether the sink is being stopped.
    pub(super) fn is_stopping(&self) -> bool {
        self.ticket.stopping()
    }

    /// Whether input is here that nobody has read yet.
    pub(super) fn has_input(&self) -> bool {
        self.start < self.end
    }

    /// The input that is here, or the next that comes: never empty.
    pub(super) fn input(&mut self) -> Result<&[u8], Gone> {
        if !self.has_input() {
            self.fill()?;
        }
        Ok(&self.input[self.start..self.end])
    }

    /// Marks `count` octets of the input as read.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Reads up to the next LF, keeping no more than `limit` octets.
    pub(super) fn line(&mut self, limit: usize) -> Result<Line, Gone> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let input = self.input()?;
            let end = input.iter().position(|&b| b == b'\n').map(|at| at + 1);
            let part = &input[..end.unwrap_or(input.len())];
            let taken = part.len();
            too_long |= line.len() + taken > limit;
            if !too_long {
                line.extend_from_slice(part);
            }
            self.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if too_long {
            return Ok(Line::TooLong);
        }
        line.pop();
        match line.pop() {
            Some(b'\r') => Ok(Line::Whole(line)),
            _ => Ok(Line::BareLf),
        }
    }

    /// Puts a reply line into the group that leaves when input is due.
    pub(super) fn reply(&mut self, line: &str) -> Result<(), Gone> {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
        if self.output.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    /// Sends the replies that wait.
    pub(super) fn flush(&mut self) -> Result<(), Gone> {
        if self.output.is_empty() {
            return Ok(());
        }
        let output = std::mem::take(&mut self.output);
        let sent = match &mut self.stream {
            Stream::Plain(tcp) => tcp.write_all(&output),
            Stream::Tls(tls) => tls.write_all(&output).and_then(|()| tls.flush()),
        };
        sent.map_err(|_| Gone::Lost)
    }

    /// Shakes hands. The caller has made sure that no input in the clear is left.
    pub(super) fn start_tls(mut self, config: Arc<ServerConfig>) -> Result<Self, Gone> {
        self.flush()?;
        let Stream::Plain(mut tcp) = self.stream else {
            return Err(Gone::Lost);
        };
        let mut connection = ServerConnection::new(config).map_err(|_| Gone::Lost)?;
        while connection.is_handshaking() {
            match connection.complete_io(&mut tcp) {
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Gone::Lost),
            }
        }
        self.stream = Stream::Tls(Box::new(StreamOwned::new(connection, tcp)));
        self.start = 0;
        self.end = 0;
        Ok(self)
    }

    /// Sends what waits and hangs up, so that the last reply reaches the client.
    pub(super) fn close(mut self) {
        let _ = self.flush();
        let tcp = match &mut self.stream {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => {
                tls.conn.send_close_notify();
                let _ = tls.flush();
                &mut tls.sock
            }
        };
        let _ = tcp.shutdown(Shutdown::Write);
        drain(tcp);
    }

    fn fill(&mut self) -> Result<(), Gone> {
        self.flush()?;
        loop {
            if self.ticket.stopping() {
                return Err(Gone::Stopping);
            }
            let read = match &mut self.stream {
                Stream::Plain(tcp) => tcp.read(&mut self.input),
                Stream::Tls(tls) => tls.read(&mut self.input),
            };
            match read {
                Ok(0) => break,
                Ok(count) => {
                    self.start = 0;
                    self.end = count;
                    return Ok(());
                }
                // A read with a time-out is not restarted after a signal.
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(Gone::Idle);
                }
                Err(_) => break,
            }
        }
        Err(if self.ticket.stopping() {
            Gone::Stopping
        } else {
            Gone::Lost
        })
    }
}

/// Reads what still comes, for a while: a socket closed with unread input resets the connection,
/// and the client never sees the reply.
fn drain(tcp: &mut TcpStream) {
    let until = Instant::now() + LINGER;
    let mut scrap = [0; 4096];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || tcp.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match tcp.read(&mut scrap) {
            Ok(0) => return,
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
