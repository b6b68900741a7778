//! A client: one server, one connection at a time, as many messages as one likes.

use std::fmt;

use mailwright_proto::envelope::Envelope;

use super::stream::Stream;
use super::wire::Wire;
use super::{Message, at_once, ready};
use crate::builder::ClientBuilder;
use crate::delivery::Delivery;
use crate::engine::Engine;
use crate::error::Error;
use crate::facts::ConnectionInfo;
use crate::options::Options;

/// Sends messages to one server.
///
/// It connects when it has to, and keeps the connection for the next message. After a failure
/// of the connection the next message gets a new one; a message itself is never sent twice.
///
/// ```no_run
/// use mailwright::{Client, Envelope, Message, MessageScan, Security};
///
/// let mut client = Client::builder("localhost", 25).security(Security::None).build();
/// // A file of any size: read once to know what the envelope has to say, and once to be sent.
/// let mut scan = MessageScan::default();
/// scan.update(&std::fs::read("message.eml")?);
/// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?.with_scan(&scan);
/// let delivery = client.send(&envelope, Message::file("message.eml"))?;
/// assert!(delivery.accepted());
/// client.quit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Client {
    engine: Engine<Wire>,
}

impl Client {
    /// A client of the server `host`, a name or an IP address, at `port`: 587 for submission, 465 with implicit TLS,
    /// 25 between servers.
    pub fn builder(host: impl Into<String>, port: u16) -> ClientBuilder {
        ClientBuilder::new(host.into(), port)
    }

    /// A client of the hosts that take mail for `domain`, to deliver to it without a login: port 25, TLS where STARTTLS is
    /// offered (a refused STARTTLS or a failed handshake is a failure at that host, and never a way around TLS). Feature
    /// `mx`.
    ///
    /// The hosts are those of the domain's MX records, the most preferred first and at random within one preference;
    /// without MX it is the domain itself (RFC 5321 section 5.1), and with the null MX of RFC 7505 there is none. Where one
    /// cannot be reached, breaks off, or refuses for now, before any of the message has left, the next one is tried, and
    /// [`ConnectionInfo::attempts`] tells why. A refusal for good is the domain's word. At most 10 hosts are tried, and 4 addresses
    /// of each.
    ///
    /// All recipients of one envelope go to that one host: they should be of this domain. The DNS is believed as it is: with
    /// [`Security::StartTls`](crate::Security::StartTls) the certificate has to be that of the host which the MX record names.
    /// The client does not know whether it is one of these hosts itself.
    ///
    /// ```no_run
    /// use mailwright::{Client, Envelope};
    ///
    /// let mut client = Client::mx("example.com").ehlo("mail.example.org".parse()?).build();
    /// let envelope = Envelope::new("me@example.org".parse()?, ["a@example.com".parse()?, "b@example.com".parse()?])?;
    /// let delivery = client.send(&envelope, b"Subject: Hello\r\n\r\nHello.\r\n")?;
    /// println!("{:?} at {:?}", delivery.outcome, client.facts().host);
    /// client.quit()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "mx")]
    pub fn mx(domain: impl Into<String>) -> ClientBuilder {
        ClientBuilder::of_domain(domain.into())
    }

    pub(crate) fn new(options: Options) -> Self {
        Self {
            engine: Engine::new(options, at_once),
        }
    }

    /// Opens the connection: TCP, TLS, EHLO and the login, as far as they are wanted. Where it is open already, nothing
    /// happens. [`send`](Self::send) does this by itself.
    pub fn connect(&mut self) -> Result<(), Error> {
        ready(self.engine.connect())
    }

    /// Opens a session over a stream that somebody else connected to the server: a proxy's, a UNIX socket. It takes the
    /// place of the present connection. TLS, EHLO and the login follow as on a connection of the client's own.
    pub fn connect_over(&mut self, stream: impl Stream + 'static) -> Result<(), Error> {
        ready(self.engine.connect_over(Wire::over(Box::new(stream))))
    }

    /// Sends one message: anything in memory, or a reader of any length (see [`Message`]). Line ends
    /// become CRLF; nothing else is changed. The envelope should declare the message's size, so that
    /// a server's limit is applied before the message is sent, and must declare whether it is 8bit
    /// and whether its header needs SMTPUTF8: see [`Envelope::with_scan`].
    ///
    /// If the server's LIMITS (RFC 9422) allow fewer recipients a transaction than the envelope has,
    /// the message goes in several transactions, over a new connection where one has reached its
    /// limit. The outcomes are joined: the [`Delivery`] is accepted if one part was, and each
    /// recipient has its own outcome. An envelope that goes to all recipients or to none is not
    /// split, and neither is a [`Message::reader`].
    ///
    /// # Errors
    ///
    /// The message was not sent: no connection was made, the server has declared that it cannot take
    /// the message, the message could not be read to its end, or its
    /// [`before_end`](Message::before_end) hook failed. In the last two cases the connection is
    /// closed, as half a message is never sent.
    ///
    /// ```no_run
    /// use mailwright::{Client, Envelope, Message};
    ///
    /// let to = std::fs::read_to_string("members")?;
    /// let to = to.lines().map(str::parse).collect::<Result<Vec<_>, _>>()?;
    /// let envelope = Envelope::new("list@example.test".parse()?, to)?;
    /// let mut client = Client::builder("relay.example.test", 587).build();
    /// let delivery = client.send(&envelope, Message::file("message.eml"))?;
    /// for recipient in &delivery.recipients {
    ///     println!("{}: {}", recipient.path, recipient.accepted);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send<'m>(
        &mut self,
        envelope: &Envelope,
        message: impl Into<Message<'m>>,
    ) -> Result<Delivery, Error> {
        let Message {
            mut content,
            mut hooks,
        } = message.into();
        ready(self.engine.send(envelope, &mut content, &mut hooks))
    }

    /// Sends messages that are in memory over one connection, one behind the other without waiting, as far as the server
    /// allows: with PIPELINING the end of one and the envelope of the next are one write. [`ClientBuilder::transfer`] can allow
    /// for more.
    ///
    /// `tell` is told what became of each that was begun, by its place among `messages`, as soon as that is known. The
    /// call ends with the messages, or with the session: an [`Error`] says why. What was not begun by then is still in
    /// the iterator, where that was handed in by `&mut`, and nothing of it was sent.
    ///
    /// ```no_run
    /// use mailwright::{Client, Envelope, Security, Transfer};
    ///
    /// let mut client = Client::builder("localhost", 25)
    ///     .security(Security::None)
    ///     .transfer(Transfer::Window { messages: 16, octets: Transfer::WINDOW_OCTETS })
    ///     .build();
    /// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
    /// let message = b"Subject: Hello\r\n\r\nHello.\r\n".as_slice();
    /// let messages = (0..1000).map(|_| (&envelope, message));
    /// client.send_all(messages, |place, delivery| println!("{place}: {delivery:?}"))?;
    /// client.quit()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_all<'m>(
        &mut self,
        messages: impl IntoIterator<Item = (&'m Envelope, &'m [u8])>,
        mut tell: impl FnMut(usize, Result<Delivery, Error>),
    ) -> Result<(), Error> {
        ready(self.engine.send_all(&mut messages.into_iter(), &mut tell))
    }

    /// Says goodbye. What was accepted before stays accepted, also where this fails.
    pub fn quit(self) -> Result<(), Error> {
        ready(self.engine.quit())
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
