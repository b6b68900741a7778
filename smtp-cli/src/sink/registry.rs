//! The sessions that are open: how many there may be, and how all of them are ended.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Sessions at a time. Each costs a thread and a few buffers; test suites open a handful.
pub(super) const MAX_SESSIONS: usize = 64;

/// Time for the sessions to say 421 once the sink stops. Then their connections are cut.
const FAREWELL: Duration = Duration::from_secs(1);

/// The open sessions of one sink.
#[derive(Debug, Default)]
pub(super) struct Registry {
    stopping: AtomicBool,
    sockets: Mutex<HashMap<u64, TcpStream>>,
    left: Condvar,
}

/// What becomes of a new connection.
#[derive(Debug)]
pub(super) enum Entry {
    /// It is a session for as long as the ticket lives.
    Admitted(Ticket),
    /// There are too many already.
    Full,
    /// The sink is stopping.
    Stopping,
}

/// A session's place in the registry, given back on drop.
#[derive(Debug)]
pub(super) struct Ticket {
    number: u64,
    registry: Arc<Registry>,
}

impl Registry {
    /// Counts a new connection in, unless the sink is full or stopping.
    pub(super) fn enter(self: &Arc<Self>, number: u64, stream: &TcpStream) -> Entry {
        let mut sockets = self.lock();
        if self.stopping() {
            return Entry::Stopping;
        }
        if sockets.len() >= MAX_SESSIONS {
            return Entry::Full;
        }
        let Ok(copy) = stream.try_clone() else {
            return Entry::Full;
        };
        sockets.insert(number, copy);
        Entry::Admitted(Ticket {
            number,
            registry: Arc::clone(self),
        })
    }

    /// Whether [`Registry::stop`] was called.
    pub(super) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Ends every session: politely first, then by cutting its connection.
    pub(super) fn stop(&self) {
        let sockets = self.lock();
        self.stopping.store(true, Ordering::SeqCst);
        // A session that waits for input wakes up, and can still say 421.
        cut(&sockets, Shutdown::Read);
        let (sockets, _) = self
            .left
            .wait_timeout_while(sockets, FAREWELL, |sockets| !sockets.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        cut(&sockets, Shutdown::Both);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Whether the session should end.
    pub(super) fn stopping(&self) -> bool {
        self.registry.stopping()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.number);
        self.registry.left.notify_all();
    }
}

/// A connection that is gone already needs no cutting, so errors mean nothing here.
fn cut(sockets: &HashMap<u64, TcpStream>, how: Shutdown) {
    for socket in sockets.values() {
        let _ = socket.shutdown(how);
    }
}
