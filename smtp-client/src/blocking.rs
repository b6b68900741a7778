//! The blocking driver: std's sockets, and no runtime.

mod client;
mod connect;
mod stream;
mod wire;

use std::future::Future;
use std::io::{self, Read};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::chunks::Source;

pub use client::Client;
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

/// A message that is read by blocking.
pub(crate) struct Blocking<R>(pub(crate) R);

impl<R: Read> Source for Blocking<R> {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
