//! The core with a driver that has no wire.

use std::sync::Arc;

use mailwright_proto::{Config, Connection, Output};

/// A driver without a wire.
pub struct Host {
    /// The core.
    pub connection: Connection,
    /// All that it wrote, as commands.
    pub written: Vec<u8>,
    /// Its events, as they show themselves.
    pub told: Vec<String>,
}

/// What a session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// For the server to speak.
    Read,
    /// For a handshake.
    StartTls,
    /// For credentials.
    Authenticate,
    /// For a message's next octets.
    Body,
    /// For something to do.
    Idle,
    /// For nothing any more.
    Over,
}

impl Host {
    /// A session that has just begun.
    pub fn new(config: Config) -> Self {
        Self {
            connection: Connection::new(Arc::new(config)),
            written: Vec::new(),
            told: Vec::new(),
        }
    }

    /// Writes and hears all until something else is wanted.
    pub fn run(&mut self) -> Demand {
        loop {
            let n = match self.connection.poll() {
                Ok(Output::Event(event)) => {
                    self.told.push(format!("{event:?}"));
                    continue;
                }
                Ok(Output::Write(bytes)) => {
                    self.written.extend_from_slice(&bytes);
                    bytes.len()
                }
                Ok(Output::Read) => return Demand::Read,
                Ok(Output::StartTls) => return Demand::StartTls,
                Ok(Output::Authenticate(_)) => return Demand::Authenticate,
                Ok(Output::Body(_)) => return Demand::Body,
                Ok(Output::Idle) => return Demand::Idle,
                Ok(_) | Err(_) => return Demand::Over,
            };
            self.connection.sent(n);
        }
    }

    /// The server says this.
    pub fn say(&mut self, bytes: &[u8]) -> Demand {
        self.connection.receive(bytes);
        self.run()
    }
}
