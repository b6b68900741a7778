//! A message for the blocking client.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Blocking;
use crate::attempt::DeliveryAttempt;
use crate::message::{Content, Hooks as MessageHooks, Memory, Open, from_memory};

/// A message to send: anything in memory, or a reader.
///
/// Whatever is in memory converts by itself: `&[u8]`, `[u8; N]`, `Vec<u8>`, `&str`, `String` and
/// [`Bytes`](bytes::Bytes). None of it is copied, except an array that is passed by value.
///
/// ```no_run
/// use mailwright::{Client, Envelope, Message};
/// use std::fs::File;
///
/// let mut client = Client::builder("relay.example.test", 587).build();
/// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
/// client.send(&envelope, b"Subject: Hello\r\n\r\nHello.\r\n")?;
/// client.send(&envelope, format!("Subject: {}\r\n\r\nHello.\r\n", 2))?;
/// client.send(&envelope, Message::file("message.eml"))?;
/// client.send(&envelope, Message::reader(std::io::stdin()))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
    pub fn reader(reader: impl Read + 'm) -> Self {
        let reader: DynReader<'m> = Box::new(reader);
        Self::of(Content::Once(Some(Blocking(reader))))
    }

    /// Returns a message of any size that `open` opens from its start, each time that it is begun.
    ///
    /// ```
    /// use mailwright::Message;
    /// use std::fs::File;
    ///
    /// let message = Message::reopen(|| File::open("message.eml"));
    /// # let _ = message;
    /// ```
    pub fn reopen<R: Read + 'm>(mut open: impl FnMut() -> io::Result<R> + 'm) -> Self {
        let open = move || open().map(|reader| Box::new(reader) as DynReader<'m>);
        Self::of(Content::reopen(Opener(Box::new(open))))
    }

    /// Returns the message in a file, which is opened each time that the message is begun.
    pub fn file(path: impl AsRef<Path> + 'm) -> Self {
        Self::reopen(move || File::open(path.as_ref()))
    }

    /// Calls `hook` each time before the last octets of the message are written, and with them its
    /// end. No server can have accepted the message before the hook has returned.
    ///
    /// If the hook fails, the end is withheld: the connection is closed, and the call fails with
    /// the hook's error. A queue that must not send twice records here that the message may be
    /// accepted from now on.
    ///
    /// ```
    /// use mailwright::Message;
    /// let message = Message::from("Subject: Hello\r\n\r\nHello.\r\n").before_end(|| {
    ///     std::fs::write(std::env::temp_dir().join("intent"), "message 1")
    /// });
    /// # let _ = message;
    /// ```
    #[must_use]
    pub fn before_end(mut self, hook: impl FnMut() -> io::Result<()> + 'm) -> Self {
        self.hooks.before_end = Some(Box::new(hook));
        self
    }

    /// Calls `hook` after each attempt to send the message, before the call returns. A pool makes
    /// another attempt if the connection was lost and the message was not sent.
    ///
    /// ```
    /// use mailwright::{Client, Envelope, Message};
    ///
    /// let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    /// let mut client = Client::builder("127.0.0.1", closed.port()).build();
    /// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
    /// let mut log = Vec::new();
    /// let message = Message::from("Subject: Hello\r\n\r\nHello.\r\n")
    ///     .after_attempt(|attempt| log.push(format!("{}: {:?}", attempt.host, attempt.result)));
    /// assert!(client.send(&envelope, message).is_err());
    /// assert!(log[0].starts_with("127.0.0.1: Err"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn after_attempt(mut self, hook: impl FnMut(&DeliveryAttempt<'_>) + 'm) -> Self {
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

type DynReader<'m> = Box<dyn Read + 'm>;

/// Opens a message by blocking.
pub(super) struct Opener<'m>(Box<dyn FnMut() -> io::Result<DynReader<'m>> + 'm>);

impl<'m> Open for Opener<'m> {
    type Source = Blocking<DynReader<'m>>;

    async fn open(&mut self) -> io::Result<Self::Source> {
        (self.0)().map(Blocking)
    }
}

/// The hooks, which run on the caller's thread.
pub(super) struct Hooks<'m> {
    before_end: Option<Box<dyn FnMut() -> io::Result<()> + 'm>>,
    after_attempt: Option<AfterAttempt<'m>>,
}

type AfterAttempt<'m> = Box<dyn FnMut(&DeliveryAttempt<'_>) + 'm>;

impl MessageHooks for Hooks<'_> {
    async fn before_end(&mut self) -> io::Result<()> {
        self.before_end.as_mut().map_or(Ok(()), |hook| hook())
    }

    fn after_attempt(&mut self) -> Option<&mut (dyn FnMut(&DeliveryAttempt<'_>) + '_)> {
        match &mut self.after_attempt {
            Some(hook) => Some(hook),
            None => None,
        }
    }
}
