//! A driver without a wire, for checks that need a whole session.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::address::EhloName;
use crate::auth::Credentials;
use crate::config::Config;
use crate::connection::Connection;
use crate::event::{Event, Output};
use crate::secret::Secret;

/// What no check may find where no proof was given.
pub(super) const PASSWORD: &str = "c4n4ry-p4ssw0rd";

pub(super) struct Host {
    pub(super) connection: Connection,
    /// All that was written.
    pub(super) written: Vec<u8>,
    pub(super) events: Vec<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    Read,
    StartTls,
    Authenticate,
    Body,
    Idle,
    /// Closed, or failed.
    Over,
}

impl Host {
    pub(super) fn new(config: Config) -> Self {
        Self { connection: Connection::new(Arc::new(config)), written: Vec::new(), events: Vec::new() }
    }

    /// Meets every demand that needs nothing from outside.
    pub(super) fn run(&mut self) -> Demand {
        loop {
            match self.connection.poll() {
                Ok(Output::Event(event)) => self.events.push(event),
                Ok(Output::Write(bytes)) => {
                    let octets = bytes.len();
                    self.written.extend_from_slice(&bytes);
                    self.connection.sent(octets);
                }
                Ok(Output::Read) => return Demand::Read,
                Ok(Output::StartTls) => return Demand::StartTls,
                Ok(Output::Authenticate(_)) => return Demand::Authenticate,
                Ok(Output::Body(_)) => return Demand::Body,
                Ok(Output::Idle) => return Demand::Idle,
                Ok(Output::Closed) | Err(_) => return Demand::Over,
            }
        }
    }

    pub(super) fn say(&mut self, bytes: &[u8]) -> Demand {
        self.connection.receive(bytes);
        self.run()
    }
}

pub(super) fn config() -> Config {
    let literal = core::net::IpAddr::from([127, 0, 0, 1]);
    Config::new(EhloName::from(literal))
}

/// Credentials of the canary's; nothing where it could not be used, which is never.
pub(super) fn credentials() -> Option<Credentials> {
    Credentials::password("user", Secret::from(String::from(PASSWORD))).ok()
}

/// Whether bytes show the canary, raw or as base64 within PLAIN's and LOGIN's responses.
pub(super) fn shows_password(bytes: &[u8]) -> bool {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let plain = ["\0user\0", PASSWORD].concat();
    let forms = [PASSWORD.to_string(), STANDARD.encode(PASSWORD), STANDARD.encode(plain)];
    forms.iter().any(|form| memchr::memmem::find(bytes, form.as_bytes()).is_some())
}
