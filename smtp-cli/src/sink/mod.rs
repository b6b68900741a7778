//! A local SMTP server that accepts mail and keeps it: for trying things out, and for tests.
//!
//! It listens where it is told to, takes every recipient, and hands each message over as a
//! [`Stored`]. It never relays anything.
//!
//! ```
//! use mailwright_cli::sink::{ServerTls, Sink, SinkOptions, SinkSecurity};
//!
//! let mut sink = Sink::start(SinkOptions {
//!     security: SinkSecurity::StartTls(ServerTls::throw_away()?),
//!     ..SinkOptions::default()
//! })?;
//! println!("send mail to {}", sink.local_addr());
//! for message in sink.messages().try_iter() {
//!     println!("{} octets from {}", message.size, message.from);
//! }
//! sink.stop();
//! # Ok::<(), mailwright_cli::sink::SinkError>(())
//! ```

mod certificate;
mod command;
mod error;
mod login;
mod message;
mod path;
mod printer;
mod registry;
mod run;
mod session;
mod store;
#[cfg(test)]
mod tests;
mod unstuff;
mod wire;

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use certificate::{Authority, ServerTls};
pub use error::SinkError;
pub use login::Account;
pub use run::{SinkArgs, run};
pub use store::Storage;

use registry::{Entry, Registry};
use session::Shared;
use store::Store;
use wire::Wire;

/// How long a client may be silent (RFC 5321 section 4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(5 * 60);

/// Between attempts to accept while the system has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How a sink behaves. The default: any free port of 127.0.0.1, no TLS, any login, messages in
/// memory.
#[derive(Debug)]
pub struct SinkOptions {
    /// Where to listen. Port 0 takes any free port.
    pub listen: SocketAddr,
    /// What becomes of the messages.
    pub storage: Storage,
    /// Who may log in; with an account, everybody must. Without one any login is accepted, and
    /// none is needed.
    pub account: Option<Account>,
    /// How the connection is protected.
    pub security: SinkSecurity,
    /// How long a client may be silent. 5 minutes by default.
    pub idle: Duration,
    /// The number of messages that may wait to be received; with more, clients wait for the reply
    /// to their data. 1,024 by default.
    pub queue: usize,
}

/// How connections to a sink are protected.
#[derive(Clone, Debug, Default)]
pub enum SinkSecurity {
    /// STARTTLS is offered, and AUTH only after it.
    StartTls(ServerTls),
    /// TLS from the first byte on.
    Tls(ServerTls),
    /// No TLS. AUTH is offered in the clear.
    #[default]
    None,
}

/// A message that was accepted and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The reverse-path without angle brackets, so empty for the null sender.
    pub from: String,
    /// The forward-paths without angle brackets, in order.
    pub to: Vec<String>,
    /// Octets of the content.
    pub size: u64,
    /// Where it lies, with [`Storage::Maildir`].
    pub file: Option<PathBuf>,
    /// Whether it came under TLS.
    pub tls: bool,
    /// Who was logged in.
    pub auth: Option<String>,
    /// The content as it was received, with [`Storage::Memory`].
    pub content: Option<Vec<u8>>,
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    messages: Receiver<Stored>,
    registry: Arc<Registry>,
    acceptor: Option<JoinHandle<()>>,
}

impl Sink {
    /// Binds the address and starts to serve: one thread a connection, 64 at most.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the Maildir cannot be made.
    pub fn start(options: SinkOptions) -> Result<Self, SinkError> {
        let store = Store::open(options.storage)?;
        let failed = |source| SinkError::Listen {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stored, messages) = mpsc::sync_channel(options.queue);
        let registry = Arc::new(Registry::default());
        let shared = Shared {
            security: options.security,
            account: options.account,
            store,
            stored,
            idle: options.idle,
        };
        let sessions = Arc::clone(&registry);
        let acceptor = thread::Builder::new()
            .name("sink".to_owned())
            .spawn(move || accept(&listener, &shared, &sessions))
            .map_err(SinkError::System)?;
        Ok(Self {
            address,
            messages,
            registry,
            acceptor: Some(acceptor),
        })
    }

    /// The address that clients connect to, with its real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The messages, each handed over once. A message is here before its client is told so.
    #[must_use]
    pub fn messages(&self) -> &Receiver<Stored> {
        &self.messages
    }

    /// Stops: no new connections, 421 to the open ones. Returns once every thread has ended.
    /// Messages that were accepted before can still be received.
    pub fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else {
            return;
        };
        self.registry.stop();
        // Nothing but a connection wakes a thread that accepts.
        let woken = TcpStream::connect(reachable(self.address));
        if woken.is_ok() || acceptor.is_finished() {
            let _ = acceptor.join();
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Default for SinkOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            storage: Storage::default(),
            account: None,
            security: SinkSecurity::default(),
            idle: IDLE,
            queue: 1024,
        }
    }
}

/// Accepts until the sink stops, and ends when the last session has.
fn accept(listener: &TcpListener, shared: &Shared, registry: &Arc<Registry>) {
    thread::scope(|scope| {
        for number in 0.. {
            let Ok((stream, _)) = listener.accept() else {
                if registry.stopping() {
                    return;
                }
                thread::sleep(ACCEPT_PAUSE);
                continue;
            };
            match registry.enter(number, &stream) {
                Entry::Admitted(ticket) => {
                    let session = move || {
                        if let Ok(wire) = Wire::new(stream, shared.idle, ticket) {
                            session::serve(shared, wire);
                        }
                    };
                    // Without a thread the client sees the connection close, and may try again.
                    let _ = thread::Builder::new().spawn_scoped(scope, session);
                }
                Entry::Full => {
                    let _ = (&stream).write_all(b"421 4.3.2 too many connections\r\n");
                }
                Entry::Stopping => return,
            }
        }
    });
}

/// An address of this machine that leads to a listener on `address`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
