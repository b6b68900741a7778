//! A message for the client on tokio.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;

use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::attempt::DeliveryAttempt;
use crate::chunks::Source;
use crate::message::{Content, Hooks as MessageHooks, Memory, Open, from_memory};

/// A message to send on tokio: anything in memory, or an asynchronous reader. See
/// [`blocking::Message`](crate::blocking::Message).
///
/// No file blocks the reactor: readers are tokio's own, and [`file`](Self::file) reads by
/// [`tokio::fs`].
///
/// ```no_run
/// use mailwright::{Client, Envelope, tokio::Message};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let mut client = Client::builder("relay.example.test", 587).build_tokio();
/// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
/// client.send(&envelope, b"Subject: Hello\r\n\r\nHello.\r\n").await?;
/// client.send(&envelope, Message::file("message.eml")).await?;
/// client.send(&envelope, Message::reader(tokio::net::TcpStream::connect("127.0.0.1:9000").await?)).await?;
/// # Ok(())
/// # }
/// ```
pub struct Message<'m> {
    pub(super) content: Content<'m, Opener<'m>>,
    pub(super) hooks: Hooks<'m>,
}

impl<'m> Message<'m> {
    /// Returns a message of any size that can be read once.
    ///
    /// It is begun once: it is not sent again over another connection where one is lost, and not
    /// split for a server that takes fewer recipients a transaction than the envelope has.
    /// [`reopen`](Self::reopen) has neither restriction.
    pub fn reader(reader: impl AsyncRead + Send + Unpin + 'm) -> Self {
        Self::of(Content::Once(Some(Waiting(Box::new(reader)))))
    }

    /// Returns a message of any size that `open` opens from its start, each time that it is begun.
    pub fn reopen<R, F>(mut open: impl FnMut() -> F + Send + 'm) -> Self
    where
        R: AsyncRead + Send + Unpin + 'm,
        F: Future<Output = io::Result<R>> + Send + 'm,
    {
        let open = move || -> Soon<'m, DynReader<'m>> {
            let opening = open();
            Box::pin(async { Ok(Box::new(opening.await?) as DynReader<'m>) })
        };
        Self::of(Content::reopen(Opener(Box::new(open))))
    }

    /// Returns the message in a file, which is opened each time that the message is begun.
    pub fn file(path: impl AsRef<Path> + Send + 'm) -> Self {
        Self::reopen(move || File::open(path.as_ref().to_owned()))
    }

    /// Awaits `hook` each time before the last octets of the message are written, and with them its
    /// end. No server can have accepted the message before the hook has returned.
    ///
    /// If the hook fails, the end is withheld: the connection is closed, and the call fails with
    /// the hook's error.
    ///
    /// ```
    /// use mailwright::tokio::Message;
    /// let path = std::env::temp_dir().join("intent");
    /// let message = Message::from("Subject: Hello\r\n\r\nHello.\r\n")
    ///     .before_end(move || tokio::fs::write(path.clone(), "message 1"));
    /// # let _ = message;
    /// ```
    #[must_use]
    pub fn before_end<F>(mut self, mut hook: impl FnMut() -> F + Send + 'm) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'm,
    {
        let hook = move || -> Soon<'m, ()> { Box::pin(hook()) };
        self.hooks.before_end = Some(Box::new(hook));
        self
    }

    /// Calls `hook` after each attempt to send the message, before the call returns. A pool makes
    /// another attempt if the connection was lost and the message was not sent.
    ///
    /// The hook runs on the reactor. If it would block, send what it needs to another thread, for
    /// example with a channel. An attempt whose future is dropped is not reported.
    #[must_use]
    pub fn after_attempt(mut self, hook: impl FnMut(&DeliveryAttempt<'_>) + Send + 'm) -> Self {
        self.hooks.after_attempt = Some(Box::new(hook));
        self
    }

    fn in_memory(memory: Memory<'m>) -> Self {
        Self::of(Content::Memory(memory))
    }

    fn of(content: Content<'m, Opener<'m>>) -> Self {
        Self {
            content,
            hooks: Hooks {
                before_end: None,
                after_attempt: None,
            },
        }
    }
}

from_memory!();

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("is_rereadable", &self.content.is_rereadable())
            .field("before_end", &self.hooks.before_end.is_some())
            .field("after_attempt", &self.hooks.after_attempt.is_some())
            .finish_non_exhaustive()
    }
}

type DynReader<'m> = Box<dyn AsyncRead + Send + Unpin + 'm>;

type Soon<'m, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'm>>;

/// Opens a message without blocking.
pub(super) struct Opener<'m>(Box<dyn FnMut() -> Soon<'m, DynReader<'m>> + Send + 'm>);

impl<'m> Open for Opener<'m> {
    type Source = Waiting<'m>;

    async fn open(&mut self) -> io::Result<Self::Source> {
        (self.0)().await.map(Waiting)
    }
}

/// A message that is awaited.
pub(super) struct Waiting<'m>(DynReader<'m>);

impl Source for Waiting<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).await
    }
}

/// The hooks, the first of which is awaited.
pub(super) struct Hooks<'m> {
    before_end: Option<Box<dyn FnMut() -> Soon<'m, ()> + Send + 'm>>,
    after_attempt: Option<AfterAttempt<'m>>,
}

type AfterAttempt<'m> = Box<dyn FnMut(&DeliveryAttempt<'_>) + Send + 'm>;

impl MessageHooks for Hooks<'_> {
    async fn before_end(&mut self) -> io::Result<()> {
        match &mut self.before_end {
            Some(hook) => hook().await,
            None => Ok(()),
        }
    }

    fn after_attempt(&mut self) -> Option<&mut (dyn FnMut(&DeliveryAttempt<'_>) + '_)> {
        match &mut self.after_attempt {
            Some(hook) => Some(hook),
            None => None,
        }
    }
}
