//! A server that does one thing after the other, to each client the same.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use socket2::{Domain, SockRef, Socket, Type};

use super::certificates::{Authorities, Shown};
use crate::listening::Listening;

/// What hangs is ended after this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a port does.
#[derive(Debug, Clone)]
pub enum Door {
    /// Nobody listens.
    Closed,
    /// Somebody listens, and nobody answers: the queue of connections is full, and what comes is dropped.
    Full,
    /// This, one after the other, to each client.
    Acts(Vec<Act>),
}

/// One thing that a server does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Says these lines; the line ends are added.
    Say(&'static [&'static str]),
    /// Says a line of its own making, such as one with the time of day.
    SayNow(fn() -> String),
    /// Sends these octets.
    Send(&'static [u8]),
    /// Waits for a line.
    Hear,
    /// Waits for octets, whatever they are.
    HearAny,
    /// Makes the handshake of TLS.
    Tls(Shown),
    /// Reads what comes and says nothing more, until the client goes.
    Silent,
    /// Breaks the connection off by a reset.
    Reset,
}

/// What clients said, line by line.
pub type Heard = Arc<Mutex<Vec<String>>>;

/// A running server. It ends when it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    _listening: Option<Listening>,
    /// What keeps a full queue full.
    _kept: Vec<Socket>,
}

impl Server {
    /// At this address; its port may be 0, for any.
    pub(super) fn start(
        door: &Door,
        at: SocketAddr,
        authorities: &Arc<Authorities>,
        heard: &Heard,
    ) -> Self {
        match door {
            Door::Closed => Self::closed(at),
            Door::Full => Self::full(at),
            Door::Acts(acts) => Self::acting(acts.clone(), at, authorities, heard),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// A socket that is bound keeps others from the port; as it does not listen, connections are refused.
    fn closed(at: SocketAddr) -> Self {
        let socket = bound(at);
        Self::of(&socket.local_addr().expect("an address"), vec![socket])
    }

    fn full(at: SocketAddr) -> Self {
        let socket = bound(at);
        socket.listen(0).expect("a listening socket");
        let address = socket.local_addr().expect("an address");
        let mut kept = vec![socket];
        // A queue of no length still holds one or two.
        for _ in 0..4 {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            filler.set_nonblocking(true).expect("a socket's mode");
            let _ = filler.connect(&address);
            kept.push(filler);
        }
        thread::sleep(Duration::from_millis(50));
        Self::of(&address, kept)
    }

    fn of(address: &socket2::SockAddr, kept: Vec<Socket>) -> Self {
        let address = address.as_socket().expect("an address of IP");
        Self {
            address,
            _listening: None,
            _kept: kept,
        }
    }

    fn acting(
        acts: Vec<Act>,
        at: SocketAddr,
        authorities: &Arc<Authorities>,
        heard: &Heard,
    ) -> Self {
        let listener = TcpListener::bind(at).expect("a port");
        let (authorities, heard) = (Arc::clone(authorities), Arc::clone(heard));
        let listening = Listening::start(listener, move |socket| {
            let (acts, authorities, heard) =
                (acts.clone(), Arc::clone(&authorities), Arc::clone(&heard));
            // A client may hang up early.
            move || drop(perform(socket, &acts, &authorities, &heard))
        });
        Self {
            address: listening.address(),
            _listening: Some(listening),
            _kept: Vec::new(),
        }
    }
}

fn bound(at: SocketAddr) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&at.into()).expect("a port");
    socket
}

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

fn perform(
    socket: TcpStream,
    acts: &[Act],
    authorities: &Authorities,
    heard: &Heard,
) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    let own = socket.try_clone()?;
    let mut stream: Box<dyn Stream> = Box::new(socket);
    for act in acts {
        match act {
            Act::Say(lines) => {
                let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
                stream.write_all(text.as_bytes())?;
            }
            Act::SayNow(line) => stream.write_all(format!("{}\r\n", line()).as_bytes())?,
            Act::Send(octets) => stream.write_all(octets)?,
            Act::Hear => {
                let line = line(&mut stream)?;
                heard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
            Act::HearAny => drop(stream.read(&mut [0; 4096])?),
            Act::Tls(shown) => {
                let connection =
                    ServerConnection::new(authorities.server(*shown)).map_err(io::Error::other)?;
                let mut tls = StreamOwned::new(connection, own.try_clone()?);
                while tls.conn.is_handshaking() {
                    tls.conn.complete_io(&mut tls.sock)?;
                }
                stream = Box::new(tls);
            }
            Act::Silent => while stream.read(&mut [0; 4096])? > 0 {},
            Act::Reset => SockRef::from(&own).set_linger(Some(Duration::ZERO))?,
        }
        stream.flush()?;
    }
    Ok(())
}

fn line(stream: &mut dyn Stream) -> io::Result<String> {
    let mut line = Vec::new();
    let mut octet = [0];
    while !line.ends_with(b"\n") {
        if stream.read(&mut octet)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.push(octet[0]);
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}
