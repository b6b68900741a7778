//! A driver in memory, for tests of programs that embed the core.
//!
//! [`Driver`] performs every action that needs no decision, records what was written and what happened, and stops where
//! your program or the server has to act. No socket and no thread is needed, and nothing waits.
//!
//! ```
//! use mailwright_proto::testing::Driver;
//! use mailwright_proto::{Config, Event, Outcome, Output, Security};
//! use mailwright_proto::address::EhloName;
//! use mailwright_proto::envelope::Envelope;
//!
//! let config = Config::new(EhloName::try_from("client.example.test")?).security(Security::None);
//! let mut driver = Driver::new(config);
//! assert_eq!(driver.receive("220 mx.example.test\r\n"), Ok(Output::Read));
//! assert_eq!(driver.written, b"EHLO client.example.test\r\n");
//! assert_eq!(driver.receive("250-mx.example.test\r\n250 PIPELINING\r\n"), Ok(Output::Idle));
//!
//! driver.written.clear();
//! let envelope = Envelope::new("a@example.test".parse()?, ["b@example.test".parse()?])?;
//! let id = driver.connection.send(&envelope)?;
//! assert_eq!(driver.run(), Ok(Output::Read));
//! assert_eq!(driver.written, b"MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n");
//! assert_eq!(driver.receive("250 ok\r\n250 ok\r\n354 go on\r\n"), Ok(Output::Body(id)));
//!
//! // The server refuses the message. Which reply would your program report?
//! driver.body(b"Hello.\r\n", true)?;
//! assert_eq!(driver.receive("554 5.7.1 rejected as spam\r\n"), Ok(Output::Idle));
//! let Some(Event::Finished { outcome: Outcome::Refused { reply, .. }, .. }) = driver.events.last() else {
//!     panic!("{:?}", driver.events)
//! };
//! assert_eq!(reply.code(), 554);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::config::Config;
use crate::connection::Connection;
use crate::error::{BodyError, Error};
use crate::event::{Event, Output};

/// A driver of one [`Connection`] in memory; see the [module](self).
#[derive(Debug)]
#[non_exhaustive]
pub struct Driver {
    /// The connection, for all calls of an embedder.
    pub connection: Connection,
    /// All bytes written so far, commands and messages.
    pub written: Vec<u8>,
    /// All events so far.
    pub events: Vec<Event>,
}

impl Driver {
    /// Returns the driver of a new session.
    pub fn new(config: impl Into<Arc<Config>>) -> Self {
        Self {
            connection: Connection::new(config.into()),
            written: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Writes and collects events until something else is to be done, and returns that.
    ///
    /// # Errors
    ///
    /// Fails if the session ended with an error.
    pub fn run(&mut self) -> Result<Output, Error> {
        loop {
            match self.connection.poll()? {
                Output::Event(event) => self.events.push(event),
                Output::Write => {
                    let bytes = self.connection.transmit();
                    self.written.extend_from_slice(&bytes);
                    self.connection.transmitted(bytes.len());
                }
                action => return Ok(action),
            }
        }
    }

    /// Passes bytes of the server to the connection, and continues like [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// Fails if the session ended with an error.
    pub fn receive(&mut self, bytes: impl AsRef<[u8]>) -> Result<Output, Error> {
        self.connection.receive(bytes.as_ref());
        self.run()
    }

    /// Passes the next chunk of a message to the connection, and writes it. With `last`, it ends the message.
    ///
    /// # Errors
    ///
    /// Fails like [`Connection::body`].
    pub fn body(&mut self, chunk: &[u8], last: bool) -> Result<(), BodyError> {
        let encoded = self.connection.body(chunk, last)?;
        for slice in encoded.slices() {
            self.written.extend_from_slice(slice);
            self.connection.transmitted(slice.len());
        }
        Ok(())
    }
}
