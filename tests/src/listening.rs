//! A listening socket that serves each connection until it is dropped.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Accepts connections until it is dropped, and then waits for the ones that are still served.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// Listens on a free loopback port.
    pub fn port() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").expect("a port")
    }

    /// Calls `accepted` for each connection, and runs the function that it returns on a thread.
    pub fn start<J: FnOnce() + Send + 'static>(
        listener: TcpListener,
        mut accepted: impl FnMut(TcpStream) -> J + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            thread::scope(|scope| {
                while let Ok((stream, _)) = listener.accept() {
                    if over.load(Ordering::SeqCst) {
                        return;
                    }
                    scope.spawn(accepted(stream));
                }
            });
        });
        Self {
            address,
            is_over,
            thread: Some(thread),
        }
    }

    /// Serves one connection after the other.
    pub fn in_turn(
        listener: TcpListener,
        mut serve: impl FnMut(TcpStream) + Send + 'static,
    ) -> Self {
        Self::start(listener, move |stream| {
            serve(stream);
            || {}
        })
    }

    /// Returns the address that clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // A connection wakes the thread. It fails if the thread has ended by a panic.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "a server failed");
        }
    }
}
