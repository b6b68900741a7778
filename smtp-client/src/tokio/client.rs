//! A client on tokio: one server, one connection at a time, as many messages as one likes.

use std::fmt;
use std::future::Future;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use mailwright_proto::{auth::Credentials, envelope::Envelope};
use tokio::task::spawn_blocking;

use super::Message;
use super::wire::{Stream, Wire};
use crate::delivery::Delivery;
use crate::engine::Engine;
use crate::error::Error;
use crate::facts::ConnectionInfo;
use crate::logins::{Fetch, FetchSoon, Fetched, NoCredentials, Soon};
use crate::options::Options;

/// Sends messages to one server, as [`blocking::Client`](crate::blocking::Client) does, without blocking.
/// [`ClientBuilder::build_tokio`](crate::ClientBuilder::build_tokio) makes it.
///
/// A future of it may be dropped at any time. The connection is then given up, and what is known of the message
/// is told by [`interrupted`](Self::interrupted) and by the error of every later call: such a client does not go on, as
/// its owner may not know that a message was under way.
///
/// ```
/// use mailwright::{Client, Security, Stage};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let mut client = Client::builder("no-such-host.invalid", 25).security(Security::None).build_tokio();
/// assert_eq!(client.connect().await.unwrap_err().stage(), Stage::Dns);
/// # });
/// ```
pub struct Client {
    engine: Engine<Wire>,
}

impl Client {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            engine: Engine::new(options, on_another_thread),
        }
    }

    /// Log in with what this gives, as [`ClientBuilder::credentials_with`](crate::ClientBuilder::credentials_with) does, by a future that is awaited.
    ///
    /// ```
    /// use mailwright::{Client, Credentials, Secret};
    /// let client = Client::builder("smtp.office365.com", 587).build_tokio().credentials_with(|| async {
    ///     let token = tokio::task::spawn_blocking(|| std::fs::read_to_string("/run/mail/token")).await??;
    ///     Ok(Credentials::token("me@example.test", Secret::from(token))?)
    /// });
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn credentials_with<F, Soon>(mut self, fetch: F) -> Self
    where
        F: FnMut() -> Soon + Send + 'static,
        Soon: Future<Output = Result<Credentials, NoCredentials>> + Send + 'static,
    {
        self.engine.fetch_with(awaited(fetch));
        self
    }

    /// Opens the connection: TCP (to whichever address answers first, RFC 8305), TLS, EHLO and the login, as far as they
    /// are wanted. Where it is open already, nothing happens. [`send`](Self::send) does this by itself.
    pub async fn connect(&mut self) -> Result<(), Error> {
        self.engine.connect().await
    }

    /// Opens a session over a stream that somebody else connected to the server: a proxy's, a UNIX socket. It takes the
    /// place of the present connection. TLS, EHLO and the login follow as on a connection of the client's own.
    pub async fn connect_over(&mut self, stream: impl Stream + 'static) -> Result<(), Error> {
        self.engine.connect_over(Wire::over(Box::new(stream))).await
    }

    /// Sends one message: anything in memory, or an asynchronous reader (see [`Message`]). The
    /// envelope and the server's limits matter as for
    /// [`blocking::Client::send`](crate::blocking::Client::send).
    ///
    /// # Errors
    ///
    /// As for the blocking client; and a previous call was interrupted.
    pub async fn send<'m>(
        &mut self,
        envelope: &Envelope,
        message: impl Into<Message<'m>>,
    ) -> Result<Delivery, Error> {
        let Message {
            mut content,
            mut hooks,
        } = message.into();
        self.engine.send(envelope, &mut content, &mut hooks).await
    }

    /// Sends messages that are in memory, as [`blocking::Client::send_all`](crate::blocking::Client::send_all) does. Where
    /// its future is dropped, [`interrupted`](Self::interrupted) tells what became of those that `tell` was not told of.
    pub async fn send_all<'m>(
        &mut self,
        messages: impl IntoIterator<Item = (&'m Envelope, &'m [u8])>,
        mut tell: impl FnMut(usize, Result<Delivery, Error>),
    ) -> Result<(), Error> {
        self.engine
            .send_all(&mut messages.into_iter(), &mut tell)
            .await
    }

    /// Says goodbye. What was accepted before stays accepted, also where this fails.
    pub async fn quit(self) -> Result<(), Error> {
        self.engine.quit().await
    }

    /// Where the future of a call was dropped before its end: what became of the messages that it had begun and not told
    /// of, the oldest first. Nothing where none was dropped.
    pub fn interrupted(&mut self) -> Option<&[mailwright_proto::Outcome]> {
        self.engine.interrupted()
    }

    /// What is known of the server: of the present connection, or of the last one, also after it failed.
    pub fn facts(&self) -> &ConnectionInfo {
        self.engine.facts()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.engine.fmt(f)
    }
}

/// A closure whose future is awaited.
pub(super) fn awaited<F, W>(mut fetch: F) -> FetchSoon
where
    F: FnMut() -> W + Send + 'static,
    W: Future<Output = Fetched> + Send + 'static,
{
    Arc::new(Mutex::new(move || -> Soon { Box::pin(fetch()) }))
}

/// A closure that blocks does so where that is no harm. Its panic is the caller's, as it is without a thread between.
pub(crate) fn on_another_thread(fetch: Fetch) -> FetchSoon {
    Arc::new(Mutex::new(move || -> Soon {
        let fetch = Arc::clone(&fetch);
        let fetched =
            spawn_blocking(move || fetch.lock().unwrap_or_else(PoisonError::into_inner)());
        Box::pin(async {
            match fetched.await {
                Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
                other => other?,
            }
        })
    }))
}
