//! The blocking driver: std's sockets, and no runtime.
//!
//! [`Client`] tries a host's addresses one after the other, and looks every quarter of a second, while a large message
//! goes out, whether the server has refused it.
//!
//! ```
//! use mailwright::{Cause, blocking::Client};
//! let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
//! let error = Client::builder("127.0.0.1", closed.port()).build().connect().unwrap_err();
//! assert_eq!(error.cause(), Cause::ConnectionRefused);
//! # Ok::<(), std::io::Error>(())
//! ```

mod client;
mod connect;
mod pool;
mod stream;
mod timed;
mod wire;

use std::future::{self, Future};
use std::io::{self, Read};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::chunks::{Content, Source};
use crate::logins::{Fetch, FetchSoon, Soon};

pub use client::Client;
pub use pool::Pool;
pub use stream::Stream;

/// Runs a future in which everything blocks, and so nothing waits: the first poll brings it to its end.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// A closure that blocks does so on its caller's thread.
fn at_once(fetch: Fetch) -> FetchSoon {
    Arc::new(Mutex::new(move || -> Soon {
        Box::pin(future::ready(fetch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)(
        )))
    }))
}

/// A message that a closure opens.
struct Opened<F>(F);

impl<R: Read, F: FnMut() -> io::Result<R>> Content for Opened<F> {
    type Source = Blocking<R>;

    async fn open(&mut self) -> io::Result<Blocking<R>> {
        (self.0)().map(Blocking)
    }
}

/// A message that is read by blocking.
pub(crate) struct Blocking<R>(pub(crate) R);

impl<R: Read> Source for Blocking<R> {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
