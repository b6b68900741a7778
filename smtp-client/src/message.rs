//! A message as the embedder gives it: in memory, from a reader, or from a function that opens one.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Deref;

use bytes::Bytes;

use crate::attempt::DeliveryAttempt;
use crate::chunks::{Chunks, Source};

/// Opens a message, from its start, as often as it is begun.
pub(crate) trait Open {
    type Source: Source;

    fn open(&mut self) -> impl Future<Output = io::Result<Self::Source>>;
}

/// What the embedder wants to be called for.
pub(crate) trait Hooks {
    /// Runs before a message's end is written.
    fn before_end(&mut self) -> impl Future<Output = io::Result<()>>;

    /// Runs after each attempt.
    fn after_attempt(&mut self) -> Option<&mut (dyn FnMut(&DeliveryAttempt<'_>) + '_)>;
}

/// A message in memory.
pub(crate) enum Memory<'m> {
    Borrowed(&'m [u8]),
    Shared(Bytes),
}

impl Deref for Memory<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// The content of a message.
pub(crate) enum Content<'m, O: Open> {
    Memory(Memory<'m>),
    /// A reader. `None` once it has been used.
    Once(Option<O::Source>),
    Reopen {
        open: O,
        /// Opened ahead of its use.
        opened: Option<O::Source>,
    },
}

impl<O: Open> Content<'_, O> {
    pub(crate) fn reopen(open: O) -> Self {
        Self::Reopen { open, opened: None }
    }

    /// Returns whether the message can be begun more than once.
    pub(crate) fn is_rereadable(&self) -> bool {
        !matches!(self, Self::Once(_))
    }

    /// Opens the message before it is needed, so that a slow source holds up no connection.
    pub(crate) async fn prepare(&mut self) -> io::Result<()> {
        if let Self::Reopen { open, opened } = self
            && opened.is_none()
        {
            *opened = Some(open.open().await?);
        }
        Ok(())
    }

    /// Returns the message for one transaction.
    pub(crate) async fn begin(&mut self) -> io::Result<Reading<'_, O::Source>> {
        Ok(match self {
            Self::Memory(memory) => Reading::Memory(memory),
            Self::Once(source) => Reading::Source(
                source
                    .take()
                    .ok_or_else(|| io::Error::other("the reader has been used"))?,
            ),
            Self::Reopen { open, opened } => Reading::Source(match opened.take() {
                Some(source) => source,
                None => open.open().await?,
            }),
        })
    }
}

/// A message that one transaction reads.
pub(crate) enum Reading<'c, S> {
    Memory(&'c [u8]),
    Source(S),
}

/// The error of a hook, which is not an error of reading the message.
#[derive(Debug)]
pub(crate) struct Withheld(pub(crate) io::Error);

impl Withheld {
    /// Returns whether an error of a message is its hook's.
    pub(crate) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message's end was withheld: {}", self.0)
    }
}

impl Error for Withheld {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// Chunks whose last one is withheld until the hook has succeeded.
pub(crate) struct Guarded<'h, C, H> {
    chunks: C,
    hooks: &'h mut H,
}

impl<'h, C, H> Guarded<'h, C, H> {
    pub(crate) fn new(chunks: C, hooks: &'h mut H) -> Self {
        Self { chunks, hooks }
    }
}

impl<C: Chunks, H: Hooks> Chunks for Guarded<'_, C, H> {
    async fn next(&mut self) -> io::Result<(&[u8], bool)> {
        let (chunk, is_last) = self.chunks.next().await?;
        if is_last {
            let withheld = |error| io::Error::other(Withheld(error));
            self.hooks.before_end().await.map_err(withheld)?;
        }
        Ok((chunk, is_last))
    }

    fn count(&self) -> u64 {
        self.chunks.count()
    }
}

/// Implements `From` for everything that is a message in memory.
macro_rules! from_memory {
    () => {
        impl<'m> From<&'m [u8]> for Message<'m> {
            fn from(bytes: &'m [u8]) -> Self {
                Self::in_memory(Memory::Borrowed(bytes))
            }
        }

        impl<'m, const N: usize> From<&'m [u8; N]> for Message<'m> {
            fn from(bytes: &'m [u8; N]) -> Self {
                Self::from(bytes.as_slice())
            }
        }

        impl<const N: usize> From<[u8; N]> for Message<'_> {
            fn from(bytes: [u8; N]) -> Self {
                Self::from(bytes.to_vec())
            }
        }

        impl<'m> From<&'m Vec<u8>> for Message<'m> {
            fn from(bytes: &'m Vec<u8>) -> Self {
                Self::from(bytes.as_slice())
            }
        }

        impl<'m> From<&'m str> for Message<'m> {
            fn from(text: &'m str) -> Self {
                Self::from(text.as_bytes())
            }
        }

        impl<'m> From<&'m String> for Message<'m> {
            fn from(text: &'m String) -> Self {
                Self::from(text.as_bytes())
            }
        }

        impl From<Vec<u8>> for Message<'_> {
            fn from(bytes: Vec<u8>) -> Self {
                Self::from(bytes::Bytes::from(bytes))
            }
        }

        impl From<String> for Message<'_> {
            fn from(text: String) -> Self {
                Self::from(text.into_bytes())
            }
        }

        impl From<bytes::Bytes> for Message<'_> {
            fn from(bytes: bytes::Bytes) -> Self {
                Self::in_memory(Memory::Shared(bytes))
            }
        }
    };
}
pub(crate) use from_memory;
