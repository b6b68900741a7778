//! A stream's bytes on tokio, with TLS once it is there, and a deadline on every wait.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::mem;
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::yield_now;
#[cfg(unix)]
use tokio::time::sleep;
use tokio::time::{timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::connect::connect;
#[cfg(feature = "mx")]
use super::connect::connect_to;
use crate::drive::{Io, Progress};
use crate::error::{Error, TlsFailure};
use crate::tls::Established;

/// A stream of bytes to a server: TCP, a UNIX socket, or an embedder's own (a proxy, a tunnel). Whatever can be read and
/// written is one; nothing has to be implemented.
///
/// ```
/// use mailwright::{Client, Security};
/// use tokio::io::AsyncReadExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (ours, mut theirs) = tokio::io::duplex(1024);
/// let mut client = Client::builder("mx.example.test", 25).security(Security::None).build_tokio();
/// drop(theirs); // a server that hangs up before it has greeted
/// assert!(client.connect_over(ours).await.is_err());
/// # }
/// ```
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How long the goodbye of TLS may take.
const GOODBYE: Duration = Duration::from_millis(250);

/// How long a UNIX socket whose queue is full is let be.
#[cfg(unix)]
const FULL_QUEUE: Duration = Duration::from_millis(10);

pub(crate) struct Wire {
    layer: Layer,
    peer: Option<SocketAddr>,
    local: Option<IpAddr>,
    /// Octets that the layer has taken, and that are not out.
    under_way: usize,
}

enum Layer {
    Clear(Box<dyn Stream>),
    Tls(Box<TlsStream<Box<dyn Stream>>>),
    /// A handshake failed, or was given up.
    Gone,
}

impl Wire {
    pub(crate) fn over(stream: Box<dyn Stream>) -> Self {
        Self {
            layer: Layer::Clear(stream),
            peer: None,
            local: None,
            under_way: 0,
        }
    }

    /// Creates it over a stream from this address.
    #[cfg(feature = "check")]
    pub(crate) fn from_address(stream: Box<dyn Stream>, local: Option<IpAddr>) -> Self {
        Self {
            local,
            ..Self::over(stream)
        }
    }

    fn connected(stream: TcpStream) -> Self {
        let (peer, local) = (
            stream.peer_addr().ok(),
            stream.local_addr().ok().map(|address| address.ip()),
        );
        Self {
            peer,
            local,
            ..Self::over(Box::new(stream))
        }
    }

    fn stream(&mut self) -> io::Result<&mut dyn Stream> {
        match &mut self.layer {
            Layer::Clear(stream) => Ok(stream),
            Layer::Tls(stream) => Ok(stream),
            Layer::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    async fn read_at_once(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let stream = self.stream()?;
        poll_fn(|context| {
            Poll::Ready(match poll_read(stream, context, buffer) {
                Poll::Ready(read) => read.map(Some),
                Poll::Pending => Ok(None),
            })
        })
        .await
    }

    /// Takes the slices, sees them out, and hears what comes in meanwhile.
    fn poll_write_some(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        buffer: &mut [u8],
    ) -> Poll<io::Result<Progress>> {
        if let Poll::Ready(written) = self.poll_write(context, slices)? {
            return Poll::Ready(Ok(Progress::Wrote(written)));
        }
        poll_read(self.stream()?, context, buffer).map_ok(Progress::Heard)
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.under_way == 0 {
            match Pin::new(self.stream()?).poll_write_vectored(context, slices)? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(n) => self.under_way = n,
                Poll::Pending => return Poll::Pending,
            }
        }
        // What TLS still holds is not out. What a stream was given may be, whatever comes of flushing it.
        if let Layer::Tls(stream) = &mut self.layer {
            let flushed = Pin::new(&mut *stream).poll_flush(context);
            if stream.get_ref().1.wants_write() {
                return match flushed? {
                    Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Pending => Poll::Pending,
                };
            }
        }
        Poll::Ready(Ok(mem::take(&mut self.under_way)))
    }
}

impl Io for Wire {
    async fn connect(host: &str, port: u16, timeout: Duration) -> Result<Self, Error> {
        connect(host, port, timeout).await.map(Self::connected)
    }

    #[cfg(feature = "mx")]
    async fn connect_to(
        host: &str,
        port: u16,
        addresses: &[SocketAddr],
        timeout: Duration,
    ) -> Result<Self, Error> {
        connect_to(host, port, addresses, timeout)
            .await
            .map(Self::connected)
    }

    #[cfg(feature = "mx")]
    async fn look_up<T: Send>(work: impl Future<Output = T> + Send) -> io::Result<T> {
        Ok(work.await)
    }

    #[cfg(unix)]
    async fn connect_socket(path: &Path, patience: Duration) -> io::Result<Self> {
        let connected = async {
            loop {
                match UnixStream::connect(path).await {
                    // The queue of the socket is full, and nothing tells when it is not any more.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        sleep(FULL_QUEUE).await
                    }
                    other => break other,
                }
            }
        };
        Ok(Self::over(Box::new(timeout(patience, connected).await??)))
    }

    async fn addresses(host: String, limit: Duration) -> Vec<IpAddr> {
        let found = timeout(limit, lookup_host((host, 0))).await;
        let addresses = found.ok().and_then(Result::ok).into_iter().flatten();
        addresses.map(|address| address.ip()).collect()
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    fn local(&self) -> Option<IpAddr> {
        self.local
    }

    async fn handshake(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        deadline: Option<Instant>,
    ) -> Result<Established, TlsFailure> {
        let Layer::Clear(stream) = mem::replace(&mut self.layer, Layer::Gone) else {
            return Err(TlsFailure::Io(io::ErrorKind::NotConnected.into()));
        };
        let handshake = TlsConnector::from(config).connect(name, stream);
        let stream = within(deadline, handshake)
            .await
            .map_err(TlsFailure::from)?;
        let established = Established::of(stream.get_ref().1);
        self.layer = Layer::Tls(Box::new(stream));
        Ok(established)
    }

    async fn read(&mut self, buffer: &mut [u8], deadline: Option<Instant>) -> io::Result<usize> {
        let stream = self.stream()?;
        let read = async {
            stream.flush().await?;
            stream.read(buffer).await
        };
        match within(deadline, read).await {
            // Over TLS an end without a goodbye is an end too: SMTP has its own.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            other => other,
        }
    }

    async fn glance(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        if let Some(n) = self.read_at_once(buffer).await? {
            return Ok(Some(n));
        }
        // A stream tells what the reactor knows of it, and that may not have asked the system since the last message.
        yield_now().await;
        self.read_at_once(buffer).await
    }

    async fn write_all(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let slices = [IoSlice::new(rest)];
            let written = within(
                deadline,
                poll_fn(|context| self.poll_write(context, &slices)),
            )
            .await?;
            rest = rest.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    async fn write_some(
        &mut self,
        slices: &[IoSlice<'_>],
        buffer: &mut [u8],
        deadline: Option<Instant>,
    ) -> io::Result<Progress> {
        within(
            deadline,
            poll_fn(|context| self.poll_write_some(context, slices, buffer)),
        )
        .await
    }

    async fn within<F: Future>(until: Option<Instant>, work: F) -> Option<F::Output> {
        match until {
            Some(until) => timeout_at(until.into(), work).await.ok(),
            None => Some(work.await),
        }
    }

    async fn close(mut self) {
        if let Layer::Tls(stream) = &mut self.layer {
            // The session is over: nothing depends on whether this is heard.
            let _ = timeout(GOODBYE, stream.shutdown()).await;
        }
    }
}

fn poll_read(
    stream: &mut dyn Stream,
    context: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut room = ReadBuf::new(buffer);
    match Pin::new(stream).poll_read(context, &mut room) {
        Poll::Ready(Ok(())) => Poll::Ready(Ok(room.filled().len())),
        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Poll::Ready(Ok(0))
        }
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        Poll::Pending => Poll::Pending,
    }
}

/// Fails with [`io::ErrorKind::TimedOut`] if `work` is not ready by the deadline. It is polled once
/// even if the deadline has passed.
async fn within<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let work = pin!(work);
    match deadline {
        Some(deadline) => timeout_at(deadline.into(), work)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
        None => work.await,
    }
}
