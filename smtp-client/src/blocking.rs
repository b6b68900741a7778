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
mod message;
mod pool;
mod stream;
mod timed;
mod wire;

use std::future::{self, Future};
use std::io::{self, Read};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::chunks::Source;
use crate::logins::{Fetch, FetchSoon, Soon};

pub use client::Client;
pub use message::Message;
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

/// A message that is read by blocking.
pub(crate) struct Blocking<R>(pub(crate) R);

impl<R: Read> Source for Blocking<R> {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use mailwright_proto::{Security, envelope::Envelope};

    use super::wire::Wire;
    use super::*;
    use crate::engine::Engine;

    /// A server in memory that counts the reads of what has arrived.
    struct Counting {
        replies: Vec<u8>,
        reads: Arc<AtomicUsize>,
    }

    impl Read for Counting {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.replies.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let n = self.replies.as_slice().read(buffer)?;
            self.replies.drain(..n);
            Ok(n)
        }
    }

    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            for line in String::from_utf8_lossy(bytes).lines() {
                self.replies.extend(match line.get(..4).unwrap_or(line) {
                    "EHLO" | "MAIL" | "RCPT" | "." => "250 ok\r\n".as_bytes(),
                    "DATA" => b"354 go on\r\n",
                    _ => b"",
                });
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Counting {
        fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
            Ok(())
        }

        fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
            Ok(())
        }

        fn may_be_readable(&mut self) -> bool {
            self.reads.fetch_add(1, Ordering::Relaxed);
            !self.replies.is_empty()
        }
    }

    #[test]
    fn read_of_a_pool_counts_for_one_message() {
        let reads = Arc::<AtomicUsize>::default();
        let server = Counting {
            replies: b"220 mx\r\n".to_vec(),
            reads: Arc::clone(&reads),
        };
        let builder = crate::Client::builder("mx.example.test", 25).security(Security::None);
        let mut engine = Engine::<Wire>::new(builder.options, at_once);
        ready(engine.connect_over(Wire::over(Box::new(server)))).unwrap();
        let to = ["b@example.test".parse().unwrap()];
        let envelope = Envelope::new("a@example.test".parse().unwrap(), to).unwrap();
        let mut counts = Vec::new();
        for is_pooled in [false, true, false, true] {
            let before = reads.load(Ordering::Relaxed);
            assert!(!is_pooled || ready(engine.is_fit()));
            let Message {
                mut content,
                mut hooks,
            } = Message::from("Subject: hello\r\n\r\nHello.\r\n");
            let sent = ready(engine.send(&envelope, &mut content, &mut hooks));
            assert!(sent.unwrap().accepted());
            counts.push(reads.load(Ordering::Relaxed) - before);
        }
        assert_eq!(counts, [1; 4]);
    }
}
