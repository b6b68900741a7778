//! A pool of connections to one server, for tasks.

use std::fmt;
use std::future::Future;

use mailwright_proto::{auth::Credentials, envelope::Envelope};

use super::Message;
use super::client::{awaited, on_another_thread};
use super::wire::Wire;
use crate::delivery::Delivery;
use crate::error::Error;
use crate::facts::ConnectionInfo;
use crate::logins::NoCredentials;
use crate::options::Options;
use crate::pool::{self, PoolLimits};

/// Several connections to one server, for as many tasks as like: as [`blocking::Pool`](crate::blocking::Pool) is, which
/// says how it keeps its connections. [`ClientBuilder::build_tokio_pool`](crate::ClientBuilder::build_tokio_pool) makes it.
///
/// A future of it may be dropped at any time: its place is then the next one's, and its connection is given up. What
/// became of its message is then known to nobody: where that matters, let a task of its own send it.
///
/// ```no_run
/// use mailwright::{Client, Envelope, PoolLimits, Security};
/// use std::sync::Arc;
/// use tokio::task::JoinSet;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let builder = Client::builder("localhost", 25).security(Security::None);
/// let pool = Arc::new(builder.build_tokio_pool(PoolLimits::default().connections(4)));
/// let envelope = Arc::new(Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?);
/// let mut tasks = JoinSet::new();
/// for text in ["one", "two", "three"] {
///     let (pool, envelope) = (Arc::clone(&pool), Arc::clone(&envelope));
///     let message = format!("Subject: {text}\r\n\r\nHello.\r\n");
///     tasks.spawn(async move { println!("{:?}", pool.send(&envelope, message).await) });
/// }
/// tasks.join_all().await;
/// pool.close().await;
/// # Ok(())
/// # }
/// ```
pub struct Pool {
    pool: pool::Pool<Wire>,
}

impl Pool {
    pub(crate) fn new(options: Options, limits: PoolLimits) -> Self {
        Self {
            pool: pool::Pool::new(options, limits, on_another_thread),
        }
    }

    /// Log in with what this gives, as [`Client::credentials_with`](super::Client::credentials_with) does: each new
    /// connection asks for its own.
    ///
    /// ```
    /// use mailwright::{Client, Credentials, PoolLimits, Secret};
    /// let pool = Client::builder("smtp.office365.com", 587).build_tokio_pool(PoolLimits::default());
    /// let pool = pool.credentials_with(|| async {
    ///     let token = tokio::task::spawn_blocking(|| std::fs::read_to_string("/run/mail/token")).await??;
    ///     Ok(Credentials::token("me@example.test", Secret::from(token))?)
    /// });
    /// # let _ = pool;
    /// ```
    #[must_use]
    pub fn credentials_with<F, Soon>(mut self, fetch: F) -> Self
    where
        F: FnMut() -> Soon + Send + 'static,
        Soon: Future<Output = Result<Credentials, NoCredentials>> + Send + 'static,
    {
        self.pool.fetch_with(awaited(fetch));
        self
    }

    /// Opens a connection for the first message, as [`blocking::Pool::connect`](crate::blocking::Pool::connect) does.
    pub async fn connect(&self) -> Result<ConnectionInfo, Error> {
        self.pool.connect().await
    }

    /// Sends one message, as [`blocking::Pool::send`](crate::blocking::Pool::send) does.
    ///
    /// # Errors
    ///
    /// As for the blocking pool.
    pub async fn send<'m>(
        &self,
        envelope: &Envelope,
        message: impl Into<Message<'m>>,
    ) -> Result<Delivery, Error> {
        let Message {
            mut content,
            mut hooks,
        } = message.into();
        self.pool.send(envelope, &mut content, &mut hooks).await
    }

    /// Says goodbye to the connections whose time is over, as [`blocking::Pool::tidy`](crate::blocking::Pool::tidy) does.
    pub async fn tidy(&self) {
        self.pool.tidy().await;
    }

    /// Refuses new messages, and those that wait for their turn; waits for those that are on their way; says goodbye to
    /// all connections, one after the other. A pool that is dropped hangs up without a goodbye.
    ///
    /// From its first poll on the pool is closed, also where its future is dropped.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool.fmt(f)
    }
}
