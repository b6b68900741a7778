//! A client: one server, one connection at a time, as many messages as one likes.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use rustls::ClientConfig;
use smtp_proto::{Envelope, Security};

use super::link::{Books, Link, Until};
use crate::builder::Builder;
use crate::delivery::Delivery;
use crate::error::{Error, Kind};
use crate::facts::Facts;

/// Sends messages to one server.
///
/// It connects when it has to, and keeps the connection for the next message. After a failure
/// of the connection the next message gets a new one; a message itself is never sent twice.
///
/// ```no_run
/// use smtp_client::{BodyKind, Client, Envelope, Security, Survey};
/// use std::fs::File;
///
/// let mut client = Client::builder("localhost", 25).security(Security::None).build();
/// // A file of any size: read once to know what the envelope has to say, and once to be sent.
/// let mut survey = Survey::default();
/// survey.update(&std::fs::read("message.eml")?);
/// let kind = if survey.is_8bit() { BodyKind::EightBit } else { BodyKind::SevenBit };
/// let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?
///     .with_size(survey.size())
///     .with_body(kind);
/// let delivery = client.send(&envelope, File::open("message.eml")?)?;
/// assert!(delivery.accepted());
/// client.quit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Client {
    books: Books,
    tls: Option<Arc<ClientConfig>>,
    link: Option<Link>,
}

impl Client {
    /// A client of the server `host`, a name or an IP address, at `port`: 587 for submission, 465 with implicit TLS,
    /// 25 between servers.
    pub fn builder(host: impl Into<String>, port: u16) -> Builder {
        Builder::new(host.into(), port)
    }

    pub(crate) fn new(options: Builder) -> Self {
        Self { books: Books::new(options), tls: None, link: None }
    }

    /// Opens the connection: TCP, TLS, EHLO and the login, as far as they are wanted. Where it is open already, nothing
    /// happens. [`send`](Self::send) does this by itself.
    pub fn connect(&mut self) -> Result<(), Error> {
        if self.link.is_none() {
            self.link = Some(self.open()?);
        }
        Ok(())
    }

    /// Sends one message, as it is read: it may be larger than memory. Line ends are made CRLF, nothing else is
    /// changed. The envelope should say its size, so that a server's limit is known of before it is sent, and must say
    /// whether it is 8bit: [`Survey`](crate::Survey) finds out both.
    ///
    /// What became of it is in the [`Delivery`]. An [`Error`] says that it was not sent: no connection came about, the
    /// server has said that it cannot take it, or it could not be read to its end (then the connection is closed, as
    /// half a message is never sent).
    pub fn send(&mut self, envelope: &Envelope, mut message: impl Read) -> Result<Delivery, Error> {
        let mut link = match self.link.take() {
            Some(link) => link,
            None => self.open()?,
        };
        if let Err(misuse) = link.begin(envelope, &mut self.books) {
            self.link = Some(link);
            return Err(Kind::Message(misuse).into());
        }
        let driven = link.drive(&mut self.books, Until::Settled, &mut message);
        if driven.is_ok() && !link.is_over() {
            self.link = Some(link);
        }
        match driven {
            Err(error) if error.is_of_source() => Err(error),
            driven => Ok(self.books.ledger.close(envelope.recipients(), driven.err())),
        }
    }

    /// Says goodbye. What was accepted before stays accepted, also where this fails.
    pub fn quit(mut self) -> Result<(), Error> {
        match self.link.take() {
            Some(link) => link.quit(&mut self.books),
            None => Ok(()),
        }
    }

    /// What is known of the server: of the present connection, or of the last one, also after it failed.
    pub fn facts(&self) -> &Facts {
        &self.books.ledger.facts
    }

    fn open(&mut self) -> Result<Link, Error> {
        self.books.restart();
        if self.tls.is_none() && self.books.options.security != Security::None {
            self.tls = Some(Arc::new(self.books.options.tls.to_config().map_err(Kind::Config)?));
        }
        let mut link = Link::connect(&mut self.books, self.tls.clone())?;
        link.drive(&mut self.books, Until::Open, &mut io::empty())?;
        Ok(link)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("options", &self.books.options)
            .field("facts", self.facts())
            .field("is_open", &self.link.is_some())
            .finish()
    }
}
