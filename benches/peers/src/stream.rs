//! A server in memory: it has the same replies for every round, and keeps what it is sent where that is asked for.

use std::future::Future;
use std::hint::black_box;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Gives its replies one a read, over and over.
#[derive(Debug)]
pub(crate) struct Stream {
    opening: Vec<u8>,
    replies: Vec<Vec<u8>>,
    at: usize,
    offset: usize,
    kept: Option<Kept>,
}

/// What a stream was sent.
pub(crate) type Kept = Arc<Mutex<Vec<u8>>>;

impl Stream {
    pub(crate) fn new(replies: &[&[u8]]) -> Self {
        let replies = replies.iter().map(|reply| reply.to_vec()).collect();
        Self {
            opening: Vec::new(),
            replies,
            at: 0,
            offset: 0,
            kept: None,
        }
    }

    /// With something that is said once, ahead of all else.
    pub(crate) fn behind(self, opening: &[u8]) -> Self {
        Self {
            opening: opening.to_vec(),
            ..self
        }
    }

    /// Keeps what it is sent.
    pub(crate) fn keeping(replies: &[&[u8]]) -> (Self, Kept) {
        let kept = Kept::default();
        (
            Self {
                kept: Some(Arc::clone(&kept)),
                ..Self::new(replies)
            },
            kept,
        )
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.opening.is_empty() {
            buffer.put_slice(&std::mem::take(&mut this.opening));
            return Poll::Ready(Ok(()));
        }
        let rest = &this.replies[this.at][this.offset..];
        let n = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..n]);
        this.offset += n;
        if this.offset == this.replies[this.at].len() {
            this.offset = 0;
            this.at = (this.at + 1) % this.replies.len();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        black_box(octets);
        if let Some(kept) = &self.kept {
            kept.lock().expect("one thread").extend_from_slice(octets);
        }
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl lettre::transport::smtp::client::AsyncTokioStream for Stream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 25).into())
    }
}

/// Nothing here ever waits, so that one poll is enough.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a stream in memory made somebody wait"),
    }
}
