//! A pool of connections to one server, for threads.

use std::fmt;

use mailwright_proto::envelope::Envelope;

use super::wire::Wire;
use super::{Message, at_once, ready};
use crate::delivery::Delivery;
use crate::error::Error;
use crate::facts::ConnectionInfo;
use crate::options::Options;
use crate::pool::{self, PoolLimits};

/// Several connections to one server, for as many threads as like. [`ClientBuilder::build_pool`](crate::ClientBuilder::build_pool) makes it.
///
/// Each call takes a connection for one message: one that waits, or a new one, as far as the [`PoolLimits`] allow; else
/// it waits for its turn. All connections are made by the builder's options, with its credentials, to its server. A pool
/// has no thread of its own: connections whose time is over are closed by later calls, or by [`tidy`](Self::tidy).
///
/// A connection that a server has closed meanwhile, with a word (421, 221) or without, is noticed before it is used, and
/// nothing is said to find out. Where it is lost in use, and none of the message can have been accepted, the message is
/// begun again on another one. A message of which the end has left is never sent again: it is
/// [`Unknown`](crate::Outcome::Unknown).
///
/// Logins are made one at a time. If one fails, however it ends (a refusal, a hang-up, 421, 454),
/// every message that needs a new connection fails with the same error for 15 minutes, as another
/// attempt may lock the account. Credentials from a closure are presented earlier if they differ
/// from those that failed, until two logins of the same user have failed. If a session ends while
/// its login waits for the credentials or for other logins, that is not a failed login: it has
/// presented none.
///
/// ```no_run
/// use mailwright::{Client, Envelope, Message, PoolLimits, Security};
/// use std::thread;
///
/// let builder = Client::builder("localhost", 25).security(Security::None);
/// let pool = builder.build_pool(PoolLimits::default().connections(4));
/// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
/// thread::scope(|scope| {
///     for path in ["one.eml", "two.eml", "three.eml"] {
///         let (pool, envelope) = (&pool, &envelope);
///         scope.spawn(move || println!("{path}: {:?}", pool.send(envelope, Message::file(path))));
///     }
/// });
/// pool.close();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pool {
    pool: pool::Pool<Wire>,
}

impl Pool {
    pub(crate) fn new(options: Options, limits: PoolLimits) -> Self {
        Self {
            pool: pool::Pool::new(options, limits, at_once),
        }
    }

    /// Opens a connection for the first message, unless one waits already: what is wrong with the server, its certificate
    /// or the login is then known before there is anything to send. What is known of the server.
    ///
    /// ```
    /// use mailwright::{Cause, Client, PoolLimits};
    /// let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    /// let pool = Client::builder("127.0.0.1", closed.port()).build_pool(PoolLimits::default());
    /// assert_eq!(pool.connect().unwrap_err().cause(), Cause::ConnectionRefused);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect(&self) -> Result<ConnectionInfo, Error> {
        ready(self.pool.connect())
    }

    /// Sends one message, as [`Client::send`](super::Client::send) does. If a connection is lost
    /// before any of the message can have been accepted, the message is begun again over another
    /// one, unless it is a [`Message::reader`].
    ///
    /// # Errors
    ///
    /// As for [`Client::send`](super::Client::send). The message was not sent, however often it was
    /// begun.
    pub fn send<'m>(
        &self,
        envelope: &Envelope,
        message: impl Into<Message<'m>>,
    ) -> Result<Delivery, Error> {
        let Message {
            mut content,
            mut hooks,
        } = message.into();
        ready(self.pool.send(envelope, &mut content, &mut hooks))
    }

    /// Says goodbye to the connections that have waited for too long, or whose time is over, and keeps the others. Every
    /// call does so for one of them; this is for whoever has a timer.
    pub fn tidy(&self) {
        ready(self.pool.tidy());
    }

    /// Refuses new messages, and those that wait for their turn; waits for those that are on their way; says goodbye to
    /// all connections, one after the other. A pool that is dropped hangs up without a goodbye.
    ///
    /// ```
    /// use mailwright::{Client, Envelope, PoolLimits};
    /// let pool = Client::builder("localhost", 25).build_pool(PoolLimits::default());
    /// pool.close();
    /// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
    /// let refused = pool.send(&envelope, b"Subject: late\r\n\r\n");
    /// assert!(refused.unwrap_err().to_string().contains("the pool was closed"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&self) {
        ready(self.pool.close());
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool.fmt(f)
    }
}
