//! A message for the blocking client.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Blocking;
use crate::message::{BeforeEnd, Content, Memory, Open, from_memory};

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
    pub(super) hook: Hook<'m>,
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
    pub fn before_end(self, hook: impl FnMut() -> io::Result<()> + 'm) -> Self {
        Self {
            hook: Hook(Some(Box::new(hook))),
            ..self
        }
    }

    fn in_memory(memory: Memory<'m>) -> Self {
        Self::of(Content::Memory(memory))
    }

    fn of(content: Content<'m, Opener<'m>>) -> Self {
        Self {
            content,
            hook: Hook(None),
        }
    }
}

from_memory!();

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("is_rereadable", &self.content.is_rereadable())
            .field("before_end", &self.hook.0.is_some())
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

/// The hook, which runs on the caller's thread.
pub(super) struct Hook<'m>(Option<Box<dyn FnMut() -> io::Result<()> + 'm>>);

impl BeforeEnd for Hook<'_> {
    async fn before_end(&mut self) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), |hook| hook())
    }
}
