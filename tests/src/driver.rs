//! Both drivers behind one face, so that every test of one is a test of the other.

use std::io;
use std::net::TcpStream;

use mailwright::{
    ClientBuilder, ConnectionInfo, Delivery, Envelope, Error, PoolLimits, blocking, tokio,
};

/// A driver of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// `mailwright::blocking`.
    Blocking,
    /// `mailwright::tokio`.
    Tokio,
}

impl Driver {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Blocking, Self::Tokio];

    /// A client of this driver, which is not connected yet.
    pub fn build(self, builder: ClientBuilder) -> io::Result<Client> {
        Ok(match self {
            Self::Blocking => Client::Blocking(builder.build()),
            Self::Tokio => {
                let runtime = ::tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                Client::Tokio(runtime, builder.build_tokio())
            }
        })
    }
}

impl Driver {
    /// A pool of this driver, without a connection so far.
    pub fn build_pool(self, builder: ClientBuilder, limits: PoolLimits) -> io::Result<Pool> {
        Ok(match self {
            Self::Blocking => Pool::Blocking(builder.build_pool(limits)),
            Self::Tokio => {
                let runtime = ::tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                Pool::Tokio(runtime, builder.build_tokio_pool(limits))
            }
        })
    }
}

/// A pool of either driver.
#[derive(Debug)]
pub enum Pool {
    /// Of the blocking one.
    Blocking(blocking::Pool),
    /// Of tokio's, and the runtime that it runs on.
    Tokio(::tokio::runtime::Runtime, tokio::Pool),
}

impl Pool {
    /// Opens a connection.
    pub fn connect(&self) -> Result<ConnectionInfo, Error> {
        match self {
            Self::Blocking(pool) => pool.connect(),
            Self::Tokio(runtime, pool) => runtime.block_on(pool.connect()),
        }
    }

    /// Sends one message.
    pub fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<Delivery, Error> {
        match self {
            Self::Blocking(pool) => pool.send(envelope, message),
            Self::Tokio(runtime, pool) => runtime.block_on(pool.send(envelope, message)),
        }
    }

    /// Says goodbye where it is time to.
    pub fn tidy(&self) {
        match self {
            Self::Blocking(pool) => pool.tidy(),
            Self::Tokio(runtime, pool) => runtime.block_on(pool.tidy()),
        }
    }

    /// Says goodbye to all.
    pub fn close(&self) {
        match self {
            Self::Blocking(pool) => pool.close(),
            Self::Tokio(runtime, pool) => runtime.block_on(pool.close()),
        }
    }
}

/// A client of either driver.
#[derive(Debug)]
pub enum Client {
    /// Of the blocking one.
    Blocking(blocking::Client),
    /// Of tokio's, and the runtime that it runs on.
    Tokio(::tokio::runtime::Runtime, tokio::Client),
}

impl Client {
    /// Opens the connection.
    pub fn connect(&mut self) -> Result<(), Error> {
        match self {
            Self::Blocking(client) => client.connect(),
            Self::Tokio(runtime, client) => runtime.block_on(client.connect()),
        }
    }

    /// Sends one message.
    pub fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Delivery, Error> {
        match self {
            Self::Blocking(client) => client.send(envelope, message),
            Self::Tokio(runtime, client) => runtime.block_on(client.send(envelope, message)),
        }
    }

    /// Sends one message from a reader.
    pub fn send_read(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Delivery, Error> {
        match self {
            Self::Blocking(client) => client.send(envelope, blocking::Message::reader(message)),
            Self::Tokio(runtime, client) => {
                runtime.block_on(client.send(envelope, tokio::Message::reader(message)))
            }
        }
    }

    /// Opens a session over a stream that is connected to the server.
    pub fn connect_over(&mut self, stream: TcpStream) -> Result<(), Error> {
        match self {
            Self::Blocking(client) => client.connect_over(stream),
            Self::Tokio(runtime, client) => runtime.block_on(async {
                stream.set_nonblocking(true).expect("an option");
                let stream =
                    ::tokio::net::TcpStream::from_std(stream).expect("a stream of this runtime");
                client.connect_over(stream).await
            }),
        }
    }

    /// Sends messages behind one another; gives what was told of each, by its place.
    pub fn send_all(
        &mut self,
        messages: &[(&Envelope, &[u8])],
    ) -> Vec<(usize, Result<Delivery, Error>)> {
        self.send_each(messages.iter().copied())
    }

    /// Sends the messages of an iterator as they come, and returns each result with its place.
    pub fn send_each<'m>(
        &mut self,
        messages: impl Iterator<Item = (&'m Envelope, &'m [u8])>,
    ) -> Vec<(usize, Result<Delivery, Error>)> {
        let mut told = Vec::new();
        let tell = |place, delivery| told.push((place, delivery));
        // Why it ended early, if it did, is told of the messages, too.
        let _ = match self {
            Self::Blocking(client) => client.send_all(messages, tell),
            Self::Tokio(runtime, client) => runtime.block_on(client.send_all(messages, tell)),
        };
        told
    }

    /// Says goodbye.
    pub fn quit(self) -> Result<(), Error> {
        match self {
            Self::Blocking(client) => client.quit(),
            Self::Tokio(runtime, client) => runtime.block_on(client.quit()),
        }
    }

    /// What is known of the server.
    pub fn facts(&self) -> &ConnectionInfo {
        match self {
            Self::Blocking(client) => client.facts(),
            Self::Tokio(_, client) => client.facts(),
        }
    }
}
